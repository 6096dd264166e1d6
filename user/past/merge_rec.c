// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * merge_rec.c - what merging changes in a record: fields that mean something else in another recording (a table), and
 * sums.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/hist.h"
#include "past/merge_int.h"

/* ---- fields ---- */

#define F(k, type, field, class) { GM_K_##k, offsetof(struct type, field), class }
#define BOUNDS(k, type) F(k, type, begin_max_ns, 't'), F(k, type, end_min_ns, 't')
static const struct field {
	unsigned int kind;
	size_t at;
	char class;		/* as in gm_merge_class() */
} fields[] = {
	F(PROC, gm_rec_proc, tgid, 'p'),
	F(VM, gm_rec_vm, vm, 'v'), F(VM, gm_rec_vm, tgid, 'p'), F(VM, gm_rec_vm, tid, 'p'),
		F(VM, gm_rec_vm, born_ns, 't'),
	F(INODE, gm_rec_inode, inode, 'i'), F(INODE, gm_rec_inode, born_ns, 't'),
		F(INODE, gm_rec_inode, touched_ns, 't'),
	F(FILE, gm_rec_file, file, 'f'), F(FILE, gm_rec_file, inode, 'i'), F(FILE, gm_rec_file, vm, 'v'),
	F(FILE, gm_rec_file, born_ns, 't'),
	F(BINDING, gm_rec_binding, vm, 'v'), F(BINDING, gm_rec_binding, file, 'f'),
		F(BINDING, gm_rec_binding, inode, 'i'),
	F(PIN, gm_rec_pin, vm, 'v'), F(PIN, gm_rec_pin, file, 'f'), F(PIN, gm_rec_pin, inode, 'i'),
		F(PIN, gm_rec_pin, tgid, 'p'),
	F(ATTRS, gm_rec_attrs, vm, 'v'), F(ATTRS, gm_rec_attrs, as_of_ns, 't'),
	F(HIST, gm_rec_hist, vm, 'v'),
	F(SPLIT, gm_rec_split, vm, 'v'), F(SPLIT, gm_rec_split, first_ns, 't'), F(SPLIT, gm_rec_split, last_ns, 't'),
	F(CALLS, gm_rec_calls, vm, 'v'), F(CALLS, gm_rec_calls, since_ns, 't'), F(CALLS, gm_rec_calls, last_ns, 't'),
	F(CPU, gm_rec_cpu, tgid, 'p'),
	BOUNDS(VM_CREATE, gm_ev_vm), BOUNDS(VM_DESTROY, gm_ev_vm),
	BOUNDS(CREATE, gm_ev_inode), BOUNDS(RELEASE, gm_ev_inode), BOUNDS(EVICT, gm_ev_inode),
	F(CREATE, gm_ev_inode, touched_ns, 't'), F(RELEASE, gm_ev_inode, touched_ns, 't'),
		F(EVICT, gm_ev_inode, touched_ns, 't'),
};

/* Fields of all events. */
static const struct field ev_fields[] = {
	{ 0, offsetof(struct gm_ev, vm), 'v' }, { 0, offsetof(struct gm_ev, file), 'f' },
	  { 0, offsetof(struct gm_ev, inode), 'i' },
	{ 0, offsetof(struct gm_ev, tgid), 'p' }, { 0, offsetof(struct gm_ev, tid), 'p' },
};

char gm_merge_class(unsigned int kind, size_t offset)
{
	if (offset == offsetof(struct gm_rec, ts_ns))
		return 't';
	for (size_t i = 0; gm_kind_is_event(kind) && i < GM_ARRAY_SIZE(ev_fields); i++)
		if (ev_fields[i].at == offset)
			return ev_fields[i].class;
	for (size_t i = 0; i < GM_ARRAY_SIZE(fields); i++)
		if (fields[i].kind == kind && fields[i].at == offset)
			return fields[i].class;
	return 0;
}

/*
 * Converts a stream's id to the merged one. Merged ids are given out in sequence when an id first appears: for the
 * model, an unknown id below one that has ended has ended, too.
 */
static int map_id(struct gm_hmap *ids, uint32_t *next, uint32_t *id)
{
	uintptr_t ours;

	if (!*id)
		return 0;
	ours = (uintptr_t)gm_hmap_get(ids, *id);
	if (!ours) {
		if (*next == UINT32_MAX)
			return -EOVERFLOW;
		ours = ++*next;
		if (gm_hmap_put(ids, *id, (void *)ours))
			return -ENOMEM;
	}
	*id = (uint32_t)ours;
	return 0;
}

static uint64_t shift_ns(uint64_t ns, int64_t by)
{
	uint64_t back = 0 - (uint64_t)by;

	if (by < 0)
		return ns > back ? ns - back : 1;
	return ns <= UINT64_MAX - (uint64_t)by ? ns + (uint64_t)by : UINT64_MAX;
}

uint64_t gm_merge_ns(const struct gm_stream *s, uint64_t ns)
{
	return ns ? shift_ns(ns, s->shift) : 0;
}

uint64_t gm_merge_ns_back(const struct gm_stream *s, uint64_t ns)
{
	return ns ? shift_ns(ns, s->shift == INT64_MIN ? INT64_MAX : -s->shift) : 0;
}

/*
 * Converts a process id. In a merge that was recorded, ids have a host's number already: that host stays a host of its
 * own.
 */
static uint32_t map_pid(const struct gm_stream *s, uint32_t id)
{
	uint32_t was = id >> GM_PID_BITS;
	uint32_t host = was ? s->more_hosts + (was - 1) * s->stride : s->host;

	return id ? gm_pid(id) | host << GM_PID_BITS : 0;
}

static int translate_field(struct gm_stream *s, uint32_t next_id[GM_ID_NR], const struct field *f, char *rec)
{
	uint32_t u;
	uint64_t t;
	int err = 0;

	if (f->class == 't') {
		memcpy(&t, rec + f->at, sizeof(t));
		t = gm_merge_ns(s, t);
		memcpy(rec + f->at, &t, sizeof(t));
		return 0;
	}
	memcpy(&u, rec + f->at, sizeof(u));
	switch (f->class) {
	case 'p': u = map_pid(s, u); break;
	case 'v': err = map_id(&s->ids[GM_ID_VM], &next_id[GM_ID_VM], &u); break;
	case 'f': err = map_id(&s->ids[GM_ID_FILE], &next_id[GM_ID_FILE], &u); break;
	case 'i': err = map_id(&s->ids[GM_ID_INODE], &next_id[GM_ID_INODE], &u); break;
	}
	memcpy(rec + f->at, &u, sizeof(u));
	return err;
}

int gm_merge_translate(struct gm_stream *s, uint32_t next_id[GM_ID_NR], union gm_any *rec)
{
	int err = 0;

	rec->h.ts_ns = gm_merge_ns(s, rec->h.ts_ns);
	for (size_t i = 0; gm_kind_is_event(rec->h.kind) && !err && i < GM_ARRAY_SIZE(ev_fields); i++)
		err = translate_field(s, next_id, &ev_fields[i], (char *)rec);
	for (size_t i = 0; !err && i < GM_ARRAY_SIZE(fields); i++)
		if (fields[i].kind == rec->h.kind)
			err = translate_field(s, next_id, &fields[i], (char *)rec);
	return err;
}

/* ---- sums ---- */

static bool is_same_count(const struct gm_rec *a, const struct gm_rec *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case GM_K_LOSS:
		return ((const struct gm_rec_loss *)a)->kind == ((const struct gm_rec_loss *)b)->kind &&
		       !strcmp(((const struct gm_rec_loss *)a)->what, ((const struct gm_rec_loss *)b)->what);
	case GM_K_OPS: return ((const struct gm_rec_ops *)a)->phase == ((const struct gm_rec_ops *)b)->phase;
	default: return !strcmp(((const struct gm_rec_prog *)a)->name, ((const struct gm_rec_prog *)b)->name);
	}
}

static struct gm_merge_count *find_count(const struct gm_stream *s, const struct gm_rec *r)
{
	for (size_t i = 0; i < s->counts.nr; i++) {
		struct gm_merge_count *t = s->counts.at[i];

		if (is_same_count(&t->now.h, r))
			return t;
	}
	return NULL;
}

static uint64_t excess(uint64_t now, uint64_t base)
{
	return now > base ? now - base : 0;
}

#define ADD(field) (sum->field += excess(t->now.KIND.field, t->base.KIND.field))
static void add_loss(struct gm_rec_loss *sum, const struct gm_merge_count *t)
{
#define KIND loss
	ADD(count);
#undef KIND
}

static void add_ops(struct gm_rec_ops *sum, const struct gm_merge_count *t)
{
#define KIND ops
	ADD(seen), ADD(done), ADD(failed), ADD(unfinished), ADD(lost);
#undef KIND
}

static void add_prog(struct gm_rec_prog *sum, const struct gm_merge_count *t)
{
#define KIND prog
	ADD(run_ns), ADD(runs), ADD(skipped);
#undef KIND
	if (t->now.prog.stats < sum->stats)
		sum->stats = t->now.prog.stats;
}

static void clear_sum(union gm_any *rec)
{
	switch (rec->h.kind) {
	case GM_K_LOSS: rec->as_LOSS.count = 0; break;
	case GM_K_OPS:
		rec->as_OPS.seen = rec->as_OPS.done = rec->as_OPS.failed = rec->as_OPS.unfinished = rec->as_OPS.lost =
			0;
		break;
	case GM_K_PROG: rec->as_PROG.run_ns = rec->as_PROG.runs = rec->as_PROG.skipped = 0; break;
	}
}

static void add_to_sum(union gm_any *rec, const struct gm_merge_count *t)
{
	switch (rec->h.kind) {
	case GM_K_LOSS: add_loss(&rec->as_LOSS, t); break;
	case GM_K_OPS: add_ops(&rec->as_OPS, t); break;
	case GM_K_PROG: add_prog(&rec->as_PROG, t); break;
	}
}

#define COUNTS_MAX 1024	/* recordings are untrusted input */

int gm_merge_sum(struct gm_stream *s, struct gm_stream *all, unsigned int nr, union gm_any *rec)
{
	struct gm_merge_count *t = find_count(s, &rec->h);

	if (!t && s->counts.nr == COUNTS_MAX)
		return 0;
	if (!t) {
		t = calloc(1, sizeof(*t));
		if (!t || gm_vec_push(&s->counts, t)) {
			free(t);
			return -ENOMEM;
		}
	}
	memcpy(&t->now, rec, rec->h.len);
	clear_sum(rec);
	for (unsigned int i = 0; i < nr; i++) {
		t = find_count(&all[i], &rec->h);
		if (t)
			add_to_sum(rec, t);
	}
	return 0;
}

static uint64_t ops_ended(const struct gm_rec_ops *o)
{
	return o->done + o->failed + o->unfinished + o->lost;
}

int gm_merge_begin_counts(struct gm_stream *s)
{
	for (size_t i = 0; i < s->counts.nr; i++) {
		struct gm_merge_count *t = s->counts.at[i];

		t->base = t->now;
		/* operations in progress count as begun later, as in a model that begins here */
		if (t->now.h.kind == GM_K_OPS && t->base.ops.seen > ops_ended(&t->base.ops))
			t->base.ops.seen = ops_ended(&t->base.ops);
	}
	s->began_with_key = true;
	return 0;
}

/* ---- what began before the recording ---- */

static void rebase_pages(const struct gm_stream *s, uint32_t inode, __u64 *allocated, __u64 *freed)
{
	const uint64_t *base = gm_hmap_get(&s->inode_base, inode);

	if (!base)
		return;
	*allocated = excess(*allocated, base[0]);
	*freed = excess(*freed, base[1]);
}

void gm_merge_rebase(const struct gm_stream *s, union gm_any *rec)
{
	switch (rec->h.kind) {
	case GM_K_INODE:
		rebase_pages(s, rec->as_INODE.inode, &rec->as_INODE.allocated_pages, &rec->as_INODE.freed_pages);
		break;
	case GM_K_CREATE:
	case GM_K_RELEASE:
	case GM_K_EVICT:
		rebase_pages(s, rec->ev.inode, &rec->as_EVICT.allocated_pages, &rec->as_EVICT.freed_pages);
		break;
	case GM_K_HIST:
		if (s->began_with_key)
			gm_rec_hist_narrow(&rec->as_HIST, &rec->as_HIST.min_ns, &rec->as_HIST.max_ns);
		break;
	}
}

void gm_stream_reset(struct gm_stream *s)
{
	for (size_t i = 0; i < s->counts.nr; i++)
		free(s->counts.at[i]);
	gm_vec_release(&s->counts);
	for (size_t i = 0; i < s->inode_base.cap; i++)
		free(s->inode_base.slots[i].val);
	gm_hmap_release(&s->inode_base);
	for (unsigned int i = 0; i < GM_ID_NR; i++)
		gm_hmap_release(&s->ids[i]);
	gm_str_release(&s->tasks.done);
	gm_str_release(&s->tasks.now);
	gm_str_release(&s->bindings.done);
	gm_str_release(&s->bindings.now);
	s->tasks = s->bindings = (struct gm_scan_records){ 0 };
	s->newest_vm_ns = 0;
	memset(s->probes, 0, sizeof(s->probes));
	s->pending = s->started = s->ended = s->in_key = s->began_with_key = s->has_binding_events = false;
}

/* ---- what is due ---- */

int gm_merge_push(struct gm_merge *m, const union gm_any *rec)
{
	gm_str_add(&m->out, (const char *)rec, rec->h.len);
	return m->out.err;
}

void gm_merge_reset(struct gm_merge *m)
{
	for (unsigned int i = 0; i < m->nr; i++)
		gm_stream_reset(&m->s[i]);
	for (size_t i = 0; i < m->probes.nr; i++)
		free(m->probes.at[i]);
	gm_vec_release(&m->probes);
	gm_str_clear(&m->out);
	m->out_at = 0;
	m->has_pushed_meta = m->had_last = false;
	m->seq = m->ts_ns = 0;
	memset(m->next_id, 0, sizeof(m->next_id));
}
