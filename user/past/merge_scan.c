// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * merge_scan.c - merges scans. What a scan does not report has ended, so a merged scan reports what all the other
 * recordings last reported, too.
 */
#include "past/merge_int.h"

static int push_list(struct gm_merge *m, const struct gm_str *list)
{
	if (list->len)
		gm_str_add(&m->out, list->s, list->len);
	return m->out.err;
}

static void begin_scan(struct gm_scan_records *w, uint64_t ns)
{
	gm_str_clear(&w->now);
	w->now_ns = ns;
	w->in_progress = true;
}

static void end_scan(struct gm_scan_records *w)
{
	struct gm_str was = w->done;

	w->done = w->now;
	w->now = was;
	w->begin_ns = w->now_ns;
	w->in_progress = false;
	w->complete_nr++;
}

static int push_edge(struct gm_merge *m, uint32_t what, uint32_t edge, uint64_t ns)
{
	union gm_any u = { .as_SCAN = { .what = what, .edge = edge } };

	gm_rec_init(&u.h, GM_K_SCAN, ns);
	return gm_merge_push(m, &u);
}

/*
 * Return true if a stream ended and all its vms were created before its last scan, which therefore reported all pins.
 */
static bool is_final(const struct gm_stream *s)
{
	return s->ended && (!s->newest_vm_ns || s->newest_vm_ns < s->tasks.begin_ns);
}

/*
 * Returns since when all streams have scanned: the merged scan has no information on what was created later. A stream
 * that ended does not scan again, so a vm after its last scan stays unscanned. 0: a stream has not scanned.
 */
static uint64_t scanned_since(const struct gm_merge *m)
{
	uint64_t since = UINT64_MAX;

	for (unsigned int i = 0; i < m->nr; i++) {
		const struct gm_stream *s = &m->s[i];

		if (!s->started || is_final(s))
			continue;
		if (!s->tasks.begin_ns)
			return 0;
		if (s->tasks.begin_ns < since)
			since = s->tasks.begin_ns;
	}
	return since == UINT64_MAX ? 0 : since;
}

static int end_task_scan(struct gm_merge *m, struct gm_stream *s, uint64_t ns)
{
	uint64_t since;
	int err;

	end_scan(&s->tasks);
	since = scanned_since(m);
	if (!since)
		return 0;
	err = push_edge(m, GM_SCAN_TASKS, GM_SCAN_BEGIN, since);
	for (unsigned int i = 0; i < m->nr && !err; i++)
		err = push_list(m, &m->s[i].tasks.done);
	return err ? err : push_edge(m, GM_SCAN_TASKS, GM_SCAN_END, ns);
}

/*
 * Return true if each scan of all streams reports bindings. The bindings of a recording with probes for them are
 * unknown here.
 */
static bool has_only_binding_scans(const struct gm_merge *m)
{
	for (unsigned int i = 0; i < m->nr; i++)
		if (m->s[i].started && (m->s[i].has_binding_events || !m->s[i].bindings.complete_nr))
			return false;
	return true;
}

/* Pushes a list's records with the time ns, that of the scan in which they are reported. */
static int push_dated(struct gm_merge *m, const struct gm_str *list, uint64_t ns)
{
	union gm_any rec;
	int n;

	for (size_t at = 0; at < list->len; at += (size_t)n) {
		n = gm_rec_check(list->s + at, list->len - at, &rec);
		if (n <= 0 || m->out.err)
			break;
		rec.h.ts_ns = ns;
		gm_merge_push(m, &rec);
	}
	return m->out.err;
}

static int end_binding_scan(struct gm_merge *m, struct gm_stream *s, uint64_t ns)
{
	bool all;
	int err;

	end_scan(&s->bindings);
	all = has_only_binding_scans(m);
	err = push_edge(m, all ? GM_SCAN_BINDINGS : GM_SCAN_OBJECTS, GM_SCAN_BEGIN, s->bindings.begin_ns);
	for (unsigned int i = 0; i < m->nr && !err && all; i++)
		err = &m->s[i] != s ? push_dated(m, &m->s[i].bindings.done, s->bindings.begin_ns) : 0;
	if (!err)
		err = push_list(m, &s->bindings.done);
	return err ? err : push_edge(m, all ? GM_SCAN_BINDINGS : GM_SCAN_OBJECTS, GM_SCAN_END, ns);
}

int gm_merge_scan(struct gm_merge *m, struct gm_stream *s, const union gm_any *rec)
{
	const struct gm_rec_scan *r = &rec->as_SCAN;
	struct gm_scan_records *w = r->what == GM_SCAN_TASKS	  ? &s->tasks
				    : r->what == GM_SCAN_BINDINGS ? &s->bindings
								  : NULL;

	s->has_binding_events |= r->what == GM_SCAN_OBJECTS && !s->in_key;
	if (!w)
		return gm_merge_push(m, rec);
	if (r->edge == GM_SCAN_BEGIN) {
		begin_scan(w, r->h.ts_ns);
		return 0;
	}
	if (!w->in_progress)
		return 0;
	return w == &s->tasks ? end_task_scan(m, s, r->h.ts_ns) : end_binding_scan(m, s, r->h.ts_ns);
}

int gm_merge_collect(struct gm_scan_records *w, const union gm_any *rec)
{
	gm_str_add(&w->now, (const char *)rec, rec->h.len);
	return w->now.err;
}
