// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * merge.c - several recordings as one: chooses the next record, and what becomes of it. Some records of one recording
 * make several (a scan ends with what all reported), some make none (all ticks but the leader's).
 */
#include "past/merge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "past/merge_int.h"

/* ---- opening ---- */

static int fetch_record(struct gm_stream *s)
{
	int n = 1;

	if (s->pending || s->ended)
		return s->pending;
	n = s->in->ops->next(s->in, &s->next);
	s->pending = n == 1;
	s->ended = n == 0;
	return n;
}

/* Reads the first meta record, which has the clocks, and rewinds the recording. */
static int read_meta(struct gm_stream *s)
{
	union gm_any rec;
	int n;

	while ((n = s->in->ops->next(s->in, &rec)) == 1 && rec.h.kind != GM_K_META)
		;
	if (n < 0)
		return n;
	if (n == 0 || !rec.as_META.real_ns)
		return gm_err(-EBADMSG, "cannot merge recordings: %s: it has no wall clock time", s->name);
	s->meta = rec.as_META;
	return s->in->ops->rewind(s->in);
}

static bool is_same_boot(const struct gm_rec_meta *a, const struct gm_rec_meta *b)
{
	return a->boot[0] && !strcmp(a->boot, b->boot) && !strcmp(a->host, b->host);
}

static int compare_begin(const void *a, const void *b)
{
	const struct gm_stream *x = a, *y = b;

	return x->meta.real_ns < y->meta.real_ns ? -1 : x->meta.real_ns > y->meta.real_ns;
}

static int64_t clock_offset(const struct gm_rec_meta *a, const struct gm_rec_meta *b)
{
	return (int64_t)((a->real_ns - a->h.ts_ns) - (b->real_ns - b->h.ts_ns));
}

/* Assigns clocks and hosts to the streams, which are in the order in which they began. */
static int assign_clocks(struct gm_merge *m)
{
	const struct gm_rec_meta *first = &m->s[0].meta;
	uint32_t hosts = 0;

	for (unsigned int i = 0; i < m->nr; i++) {
		struct gm_stream *s = &m->s[i];
		unsigned int j = 0;

		if (s->meta.page_size != first->page_size)
			return gm_err(-EINVAL, "cannot merge recordings: %s has pages of %u bytes, %s of %u",
				      m->s[0].name, first->page_size, s->name, s->meta.page_size);
		while (j < i && !is_same_boot(&s->meta, &m->s[j].meta))
			j++;
		s->host = j < i ? m->s[j].host : hosts++;
		/* one boot has one clock, even if the wall clock was set in between */
		s->shift = j < i ? m->s[j].shift : clock_offset(&s->meta, first);
	}
	for (unsigned int i = 0; i < m->nr; i++) {
		m->s[i].more_hosts = hosts + i;
		m->s[i].stride = m->nr;
	}
	return 0;
}

static void set_times(struct gm_merge *m)
{
	m->recs.first_ns = UINT64_MAX;
	m->recs.last_ns = 0;
	for (unsigned int i = 0; i < m->nr; i++) {
		const struct gm_stream *s = &m->s[i];

		if (gm_merge_ns(s, s->in->first_ns) < m->recs.first_ns)
			m->recs.first_ns = gm_merge_ns(s, s->in->first_ns);
		if (gm_merge_ns(s, s->in->last_ns) > m->recs.last_ns)
			m->recs.last_ns = gm_merge_ns(s, s->in->last_ns);
	}
	m->recs.first_real_ns = m->s[0].meta.real_ns - (m->s[0].meta.h.ts_ns - m->recs.first_ns);
}

static bool pop_record(struct gm_merge *m, union gm_any *rec)
{
	int n = m->out_at < m->out.len ? gm_rec_check(m->out.s + m->out_at, m->out.len - m->out_at, rec) : 0;

	if (n <= 0) {
		gm_str_clear(&m->out);
		m->out_at = 0;
		return false;
	}
	m->out_at += (size_t)n;
	if (rec->h.ts_ns > m->ts_ns)
		m->ts_ns = rec->h.ts_ns;
	return true;
}

/* ---- kinds that are changed ---- */

/* Pushes one meta record for all, reduced to what all can show. */
static int push_meta(struct gm_merge *m, uint64_t ts_ns)
{
	union gm_any u = { .as_META = m->s[0].meta };
	struct gm_rec_meta *r = &u.as_META;

	m->has_pushed_meta = true;
	r->real_ns += ts_ns - r->h.ts_ns;
	r->h.ts_ns = ts_ns;
	for (unsigned int i = 1; i < m->nr; i++) {
		const struct gm_rec_meta *o = &m->s[i].meta;

		r->nodes = o->nodes > r->nodes ? o->nodes : r->nodes;
		r->cpus = o->cpus > r->cpus ? o->cpus : r->cpus;
		r->mode = r->mode && (!o->mode || o->mode > r->mode) ? o->mode : r->mode;
		r->flags &= o->flags;
		r->init_on_alloc = o->init_on_alloc == r->init_on_alloc ? r->init_on_alloc : GM_UNKNOWN;
		r->init_on_free = o->init_on_free == r->init_on_free ? r->init_on_free : GM_UNKNOWN;
		r->emulated = o->emulated == r->emulated ? r->emulated : GM_UNKNOWN;
		if (strcmp(o->release, r->release))
			snprintf(r->release, sizeof(r->release), "several kernels");
	}
	return gm_merge_push(m, &u);
}

#define PROBES_MAX 256

/* Returns the index of a probe in the joint list; the list's length: it is not in it. */
static size_t find_probe(const struct gm_merge *m, const char *name)
{
	size_t i = 0;

	while (i < m->probes.nr && strcmp(((struct gm_rec_probe *)m->probes.at[i])->probe, name))
		i++;
	return i;
}

static void prefix_reason(const struct gm_stream *s, struct gm_rec_probe *r)
{
	const char *base = strrchr(s->name, '/');
	char why[sizeof(r->why)];

	snprintf(why, sizeof(why), "%.40s: %.100s", base ? base + 1 : s->name,
		 r->why[0] ? r->why : gm_probe_state_name(r->state));
	memcpy(r->why, why, sizeof(why));
}

/* Pushes the outcome of a probe, if it is worse than the one pushed before. */
static int push_probe(struct gm_merge *m, struct gm_stream *s, union gm_any *rec)
{
	struct gm_rec_probe *r = &rec->as_PROBE;
	size_t at = find_probe(m, r->probe);
	struct gm_rec_probe *was = at < m->probes.nr ? m->probes.at[at] : NULL;

	if (at == PROBES_MAX)
		return 0;
	s->probes[at / 64] |= 1ull << at % 64;
	if (r->state != GM_PROBE_ATTACHED)
		prefix_reason(s, r);
	if (!was) {
		was = malloc(sizeof(*was));
		if (!was || gm_vec_push(&m->probes, was)) {
			free(was);
			return -ENOMEM;
		}
	} else if (was->state != GM_PROBE_ATTACHED) {
		return 0;
	} else if (r->state == GM_PROBE_ATTACHED) {
		r->phases &= was->phases;
		r->missing |= was->missing;
		r->partly = (r->partly | was->partly) & r->phases;
		if (!r->unseen[0])
			memcpy(r->unseen, was->unseen, sizeof(r->unseen));
	}
	*was = *r;
	return gm_merge_push(m, rec);
}

/* Pushes probes that a recording of an older tool does not know as absent: what they feed is not observed there. */
static int push_unknown_probes(struct gm_merge *m)
{
	int err = 0;

	for (unsigned int i = 0; i < m->nr; i++) {
		struct gm_stream *s = &m->s[i];
		bool told = s->probes[0] | s->probes[1] | s->probes[2] | s->probes[3];

		for (size_t p = 0; told && p < m->probes.nr && !err; p++) {
			union gm_any u = { .as_PROBE = *(struct gm_rec_probe *)m->probes.at[p] };

			if (s->probes[p / 64] >> p % 64 & 1 || u.as_PROBE.state != GM_PROBE_ATTACHED)
				continue;
			u.as_PROBE.state = GM_PROBE_ABSENT;
			u.as_PROBE.hook[0] = '\0';
			snprintf(u.as_PROBE.why, sizeof(u.as_PROBE.why), "the tool that recorded it has no such probe");
			err = push_probe(m, s, &u);
		}
	}
	return err;
}

/* Return true for the first recording that has not ended: its ticks are passed on. */
static bool is_leader(const struct gm_merge *m, const struct gm_stream *s)
{
	for (unsigned int i = 0; i < m->nr; i++)
		if (m->s[i].started && !m->s[i].ended)
			return &m->s[i] == s;
	return true;
}

static bool is_last_stream(const struct gm_merge *m, const struct gm_stream *s)
{
	for (unsigned int i = 0; i < m->nr; i++)
		if (&m->s[i] != s && !m->s[i].ended)
			return false;
	return true;
}

static int push_tick(struct gm_merge *m, const struct gm_stream *s, union gm_any *rec)
{
	bool last = rec->as_TICK.last && is_last_stream(m, s);
	int err = push_unknown_probes(m);

	if (err || (!last && !is_leader(m, s)))
		return err;
	rec->as_TICK.seq = ++m->seq;
	rec->as_TICK.last = last;
	m->had_last = last;
	return gm_merge_push(m, rec);
}

/* ---- a recording that begins in the middle ---- */

static int note_base(struct gm_stream *s, const union gm_any *rec)
{
	uint64_t *base;

	if (rec->h.kind != GM_K_INODE || gm_hmap_get(&s->inode_base, rec->as_INODE.inode))
		return 0;
	base = malloc(2 * sizeof(*base));
	if (!base || gm_hmap_put(&s->inode_base, rec->as_INODE.inode, base)) {
		free(base);
		return -ENOMEM;
	}
	base[0] = rec->as_INODE.allocated_pages;
	base[1] = rec->as_INODE.freed_pages;
	return 0;
}

static int handle_keyframe(struct gm_stream *s, const struct gm_rec_keyframe *r)
{
	s->in_key = r->edge == GM_KEYFRAME_BEGIN;
	return s->in_key ? 0 : gm_merge_begin_counts(s);
}

static void note_vm_created(struct gm_stream *s, const union gm_any *rec)
{
	uint64_t ns = rec->h.kind == GM_K_VM_CREATE || (rec->h.kind == GM_K_VM && !rec->as_VM.born_ns) ? rec->h.ts_ns
		      : rec->h.kind == GM_K_VM ? rec->as_VM.born_ns
					       : 0;

	if (ns > s->newest_vm_ns)
		s->newest_vm_ns = ns;
}

static int merge_record(struct gm_merge *m, struct gm_stream *s, union gm_any *rec)
{
	int err = gm_merge_translate(s, m->next_id, rec);

	if (!err && !m->has_pushed_meta)
		err = push_meta(m, rec->h.ts_ns);
	if (!err && s->in_key)
		err = note_base(s, rec);
	if (err)
		return err;
	gm_merge_rebase(s, rec);
	note_vm_created(s, rec);
	switch (rec->h.kind) {
	case GM_K_META: return 0;
	case GM_K_KEYFRAME: return handle_keyframe(s, &rec->as_KEYFRAME);
	case GM_K_PROBE: return push_probe(m, s, rec);
	case GM_K_TICK: return push_tick(m, s, rec);
	case GM_K_SCAN: return gm_merge_scan(m, s, rec);
	case GM_K_PIN: return s->tasks.in_progress ? gm_merge_collect(&s->tasks, rec) : 0;
	case GM_K_BINDING: return s->bindings.in_progress ? gm_merge_collect(&s->bindings, rec) : gm_merge_push(m, rec);
	case GM_K_LOSS:
	case GM_K_OPS:
	case GM_K_PROG: err = gm_merge_sum(s, m->s, m->nr, rec); return err || s->in_key ? err : gm_merge_push(m, rec);
	}
	return gm_merge_push(m, rec);
}

/* ---- as a sequence ---- */

/* Chooses the stream whose record is next by wall clock; NULL: all have ended. */
static int choose_stream(struct gm_merge *m, struct gm_stream **out)
{
	*out = NULL;
	for (unsigned int i = 0; i < m->nr; i++) {
		struct gm_stream *s = &m->s[i];
		int n = fetch_record(s);

		if (n < 0)
			return n;
		if (n && (!*out || gm_merge_ns(s, s->next.h.ts_ns) < gm_merge_ns(*out, (*out)->next.h.ts_ns)))
			*out = s;
	}
	return 0;
}

static int fill_last_tick(struct gm_merge *m, union gm_any *rec)
{
	memset(&rec->as_TICK, 0, sizeof(rec->as_TICK));
	gm_rec_init(&rec->h, GM_K_TICK, m->ts_ns);
	rec->as_TICK.seq = ++m->seq;
	rec->as_TICK.last = 1;
	m->had_last = true;
	return 1;
}

static int merge_next(struct gm_rec_stream *r, union gm_any *rec)
{
	struct gm_merge *m = (struct gm_merge *)r;
	struct gm_stream *s;
	int err;

	while (!pop_record(m, rec)) {
		err = choose_stream(m, &s);
		if (err)
			return err;
		if (!s)
			return m->had_last || !m->has_pushed_meta ? 0 : fill_last_tick(m, rec);
		s->pending = false;
		s->started = true;
		err = merge_record(m, s, &s->next);
		if (err)
			return err == -ENOMEM ? gm_errno(err, "cannot merge recordings") : err;
		fetch_record(s); /* so that the other streams know whether it has ended */
	}
	return 1;
}

static int merge_rewind(struct gm_rec_stream *r)
{
	struct gm_merge *m = (struct gm_merge *)r;
	int err = 0;

	gm_merge_reset(m);
	for (unsigned int i = 0; i < m->nr && !err; i++)
		err = m->s[i].in->ops->rewind(m->s[i].in);
	return err == -ENOENT ? -EIO : err; /* the file has changed since */
}

static int merge_seek(struct gm_rec_stream *r, uint64_t ts_ns)
{
	struct gm_merge *m = (struct gm_merge *)r;
	int err = 0;

	gm_merge_reset(m);
	for (unsigned int i = 0; i < m->nr && !err; i++) {
		struct gm_stream *s = &m->s[i];

		err = s->in->ops->seek(s->in, gm_merge_ns_back(s, ts_ns));
	}
	return err;
}

static void merge_close(struct gm_rec_stream *r)
{
	struct gm_merge *m = (struct gm_merge *)r;

	gm_merge_reset(m);
	for (unsigned int i = 0; i < m->nr; i++)
		gm_rec_stream_close(m->s[i].in);
	gm_str_release(&m->out);
	free(m);
}

static const struct gm_rec_stream_ops merge_ops = {
	.next = merge_next, .rewind = merge_rewind, .seek = merge_seek, .mark = gm_merge_mark, .back = gm_merge_back,
		.close = merge_close,
};

int gm_merge_open(struct gm_rec_stream **out, struct gm_rec_stream **recs, const char *const *names, unsigned int nr)
{
	struct gm_merge *m = calloc(1, sizeof(*m));
	int err = m ? 0 : gm_errno(-ENOMEM, "cannot merge recordings");

	if (!m) {
		for (unsigned int i = 0; i < nr; i++)
			gm_rec_stream_close(recs[i]);
		return err;
	}
	m->recs.ops = &merge_ops;
	m->nr = nr;
	for (unsigned int i = 0; i < nr; i++) {
		m->s[i].in = recs[i];
		m->s[i].name = names[i];
	}
	for (unsigned int i = 0; i < nr && !err; i++)
		err = read_meta(&m->s[i]);
	if (!err) {
		qsort(m->s, nr, sizeof(m->s[0]), compare_begin);
		err = assign_clocks(m);
	}
	if (err) {
		merge_close(&m->recs);
		return err;
	}
	set_times(m);
	*out = &m->recs;
	return 0;
}
