// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * window.c - a stretch of a recording. A model of its own reads the records until FROM and reports its state as a
 * keyframe; the records after that are passed on.
 *
 * FROM and TO lie before the first record that is later. The kernel's sums (histograms) are reported once a tick, so a
 * window that begins between two ticks has all that was reported at the second one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/vec.h"
#include "base/str.h"
#include "base/fmt.h"
#include "base/log.h"
#include "model/model.h"
#include "past/past.h"

#define NSEC 1000000000ull

enum state { FRESH, KEYFRAME, PASSING, TICK_DUE, ENDED };

struct window {
	struct gm_rec_stream recs;	/* first: ops get this pointer */
	struct gm_rec_stream *inner;
	uint64_t from_ns, to_ns;	/* 0: the beginning; UINT64_MAX: the end */
	enum state state;
	struct gm_str key;	/* the keyframe's records */
	size_t key_at;
	bool pending;		/* next is the first record after FROM */
	bool had_last;
	uint64_t ts_ns, seq;	/* of the records that were passed on */
	union gm_any next;
};

/* ---- moments ---- */

static uint64_t to_real_ns(const struct gm_rec_stream *r, uint64_t ns)
{
	return r->first_real_ns + (ns - r->first_ns);
}

/* Formats a time in this machine's time zone, "2026-11-26 10:15:03". */
static const char *clock_text(char *buf, size_t size, const struct gm_rec_stream *r, uint64_t ns)
{
	time_t sec = (time_t)(to_real_ns(r, ns) / NSEC);
	struct tm tm;

	if (!r->first_real_ns || !localtime_r(&sec, &tm) || !strftime(buf, size, "%F %T", &tm))
		snprintf(buf, size, "?");
	return buf;
}

static int report_outside(const struct gm_rec_stream *r, const char *option, const char *what)
{
	char a[40], b[40], len[16];

	return gm_err(-ERANGE, "%s: %s: the recording has %s to %s (%s)", option, what,
		      clock_text(a, sizeof(a), r, r->first_ns),
		      r->last_ns ? clock_text(b, sizeof(b), r, r->last_ns) : "?",
		      r->last_ns ? gm_fmt_ns(len, sizeof(len), r->last_ns - r->first_ns) : "?");
}

/* Finds the first moment with that time of day from `since` on. */
static int resolve_clock(const struct gm_rec_stream *r, const char *option, uint64_t of_day, uint64_t since,
			 uint64_t *ns)
{
	uint64_t real = to_real_ns(r, since);
	time_t sec = (time_t)(real / NSEC);
	struct tm tm;

	if (!r->first_real_ns || !localtime_r(&sec, &tm))
		return gm_err(-ERANGE, "%s: this recording has no wall clock time", option);
	for (int day = 0; day < 2; day++) {
		struct tm t = { .tm_year = tm.tm_year,
				.tm_mon = tm.tm_mon,
				.tm_mday = tm.tm_mday + day,
				.tm_isdst = -1,
				.tm_hour = (int)(of_day / (3600 * NSEC)),
				.tm_min = (int)(of_day / (60 * NSEC) % 60),
				.tm_sec = (int)(of_day / NSEC % 60) };
		uint64_t at = (uint64_t)mktime(&t) * NSEC + of_day % NSEC;

		if (at < real)
			continue;
		*ns = since + (at - real);
		return 0;
	}
	return report_outside(r, option, "no such time of day");
}

/* Converts a moment to a time of the records. */
static int resolve_moment(const struct gm_rec_stream *r, const char *option, const struct gm_when *w, uint64_t since,
			  uint64_t otherwise, uint64_t *ns)
{
	switch (w->kind) {
	case GM_WHEN_OPEN: *ns = otherwise; return 0;
	case GM_WHEN_START: *ns = r->first_ns + w->ns; return *ns < w->ns ? -ERANGE : 0;
	case GM_WHEN_END:
		if (!r->last_ns)
			return gm_err(-ERANGE, "%s: the end of this recording is unknown, because it is not a file",
				      option);
		*ns = r->last_ns - r->first_ns > w->ns ? r->last_ns - w->ns : r->first_ns;
		return 0;
	case GM_WHEN_CLOCK: return resolve_clock(r, option, w->ns, since, ns);
	case GM_WHEN_REAL:
		if (!r->first_real_ns)
			return gm_err(-ERANGE, "%s: this recording has no wall clock time", option);
		*ns = w->ns > r->first_real_ns	  ? r->first_ns + (w->ns - r->first_real_ns)
		      : w->ns == r->first_real_ns ? r->first_ns
						  : 0;
		return 0;
	}
	return -EINVAL;
}

static int resolve_both(struct window *w, const struct gm_at *at)
{
	const char *option = at->option ? at->option : "--at";
	const struct gm_rec_stream *r = w->inner;
	int err = resolve_moment(r, option, &at->from, r->first_ns, 0, &w->from_ns);

	if (!err)
		err = resolve_moment(r, option, &at->to, w->from_ns > r->first_ns ? w->from_ns : r->first_ns,
				     UINT64_MAX, &w->to_ns);
	if (err)
		return err;
	if (w->from_ns > w->to_ns)
		return gm_err(-EINVAL, "%s: TO is before FROM (FROM..TO)", option);
	if (w->to_ns < r->first_ns)
		return report_outside(r, option, "TO is before the recording's begin");
	return r->last_ns && w->from_ns > r->last_ns ? report_outside(r, option, "FROM is after the recording's end")
						     : 0;
}

/* ---- the records ---- */

static int add_key(void *arg, const union gm_any *rec)
{
	struct gm_str *key = arg;

	gm_str_add(key, (const char *)rec, rec->h.len);
	return key->err;
}

/* Reads the records up to FROM into the model; the first record after FROM stays pending. */
static int read_until_from(struct window *w, struct gm_model *m)
{
	int n;

	while ((n = w->inner->ops->next(w->inner, &w->next)) == 1 && w->next.h.ts_ns <= w->from_ns) {
		if (w->next.h.kind == GM_K_TICK)
			w->seq = w->next.as_TICK.seq;
		n = gm_model_apply(m, &w->next);
		if (n < 0)
			return n;
	}
	w->pending = n == 1;
	return n < 0 ? n : 0;
}

static int make_keyframe(struct window *w)
{
	struct gm_model *m;
	int err = gm_model_new(&m);

	if (err)
		return err;
	err = read_until_from(w, m);
	if (!err && m->now_ns < w->from_ns)
		m->now_ns = w->from_ns; /* the last state before FROM was still valid at FROM */
	gm_str_clear(&w->key);
	if (!err)
		err = gm_model_emit_keyframe(m, add_key, &w->key);
	gm_model_free(m);
	return err;
}

static int start_window(struct window *w)
{
	int err = 0;

	w->state = PASSING;
	w->pending = w->had_last = false;
	w->key_at = 0;
	w->seq = 0;
	if (w->from_ns <= w->inner->first_ns)
		return 0;
	err = w->inner->last_ns ? w->inner->ops->seek(w->inner, w->from_ns) : 0;
	if (!err)
		err = make_keyframe(w);
	w->state = KEYFRAME;
	return err;
}

static bool key_next(struct window *w, union gm_any *rec)
{
	int n = w->key_at < w->key.len ? gm_rec_check(w->key.s + w->key_at, w->key.len - w->key_at, rec) : 0;

	w->key_at += n > 0 ? (size_t)n : 0;
	return n > 0;
}

static int pass_record(struct window *w, union gm_any *rec)
{
	int n = 1;

	if (w->pending)
		memcpy(rec, &w->next, w->next.h.len);
	else
		n = w->inner->ops->next(w->inner, rec);
	w->pending = false;
	if (n == 1 && rec->h.ts_ns <= w->to_ns) {
		if (rec->h.kind == GM_K_TICK) {
			w->seq = rec->as_TICK.seq;
			w->had_last = rec->as_TICK.last;
		}
		if (rec->h.ts_ns > w->ts_ns)
			w->ts_ns = rec->h.ts_ns;
		return 1;
	}
	w->state = n < 0 || w->had_last ? ENDED : TICK_DUE;
	return n < 0 ? n : 0;
}

static void fill_last_tick(struct window *w, union gm_any *rec)
{
	memset(&rec->as_TICK, 0, sizeof(rec->as_TICK));
	gm_rec_init(&rec->h, GM_K_TICK, w->ts_ns);
	rec->as_TICK.seq = w->seq + 1;
	rec->as_TICK.last = 1;
	w->state = ENDED;
}

static int window_next(struct gm_rec_stream *r, union gm_any *rec)
{
	struct window *w = (struct window *)r;
	int n = w->state == FRESH ? start_window(w) : 0;

	if (n)
		return n;
	if (w->state == KEYFRAME) {
		if (key_next(w, rec)) {
			w->ts_ns = w->from_ns;
			return 1;
		}
		w->state = PASSING;
	}
	if (w->state == PASSING)
		n = pass_record(w, rec);
	if (n || w->state != TICK_DUE)
		return n;
	fill_last_tick(w, rec);
	return 1;
}

static int window_rewind(struct gm_rec_stream *r)
{
	struct window *w = (struct window *)r;
	int err = w->inner->ops->rewind(w->inner);

	if (err)
		return err; /* nothing has changed */
	w->state = FRESH;
	w->ts_ns = 0;
	return 0;
}

static int window_seek(struct gm_rec_stream *r, uint64_t ts_ns)
{
	(void)ts_ns;
	return window_rewind(r);
}

struct window_place {
	struct gm_place place;	/* first: ops get this pointer */
	struct gm_place *inner;
	struct window was;
};

static void window_place_free(struct gm_place *p)
{
	gm_place_free(((struct window_place *)p)->inner);
	free(p);
}

static int window_mark(struct gm_rec_stream *r, struct gm_place **out)
{
	struct window *w = (struct window *)r;
	struct window_place *p = w->inner->ops->mark ? calloc(1, sizeof(*p)) : NULL;
	int err = p ? w->inner->ops->mark(w->inner, &p->inner) : -ENOMEM;

	if (err) {
		free(p);
		return err;
	}
	p->place = (struct gm_place){ .free = window_place_free, .bytes = sizeof(*p) + p->inner->bytes };
	p->was = *w;
	*out = &p->place;
	return 0;
}

/* Returns to a position. The keyframe, once made, stays the same. */
static int window_back(struct gm_rec_stream *r, const struct gm_place *place)
{
	const struct window_place *p = (const struct window_place *)place;
	struct window *w = (struct window *)r;
	struct gm_str key = w->key;
	int err = w->inner->ops->back(w->inner, p->inner);

	if (err)
		return err; /* nothing has changed */
	*w = p->was;
	w->key = key;
	return 0;
}

static void window_close(struct gm_rec_stream *r)
{
	struct window *w = (struct window *)r;

	gm_rec_stream_close(w->inner);
	gm_str_release(&w->key);
	free(w);
}

static const struct gm_rec_stream_ops window_ops = {
	.next = window_next, .rewind = window_rewind, .seek = window_seek, .mark = window_mark, .back = window_back,
		.close = window_close,
};

int gm_window_open(struct gm_rec_stream **out, struct gm_rec_stream *inner, const struct gm_at *at)
{
	struct window *w = calloc(1, sizeof(*w));
	int err;

	if (!w) {
		gm_rec_stream_close(inner);
		return gm_errno(-ENOMEM, "cannot read recording");
	}
	w->recs.ops = &window_ops;
	w->inner = inner;
	err = resolve_both(w, at);
	if (err) {
		window_close(&w->recs);
		return err;
	}
	w->recs.first_ns = w->from_ns > inner->first_ns ? w->from_ns : inner->first_ns;
	w->recs.last_ns = w->to_ns < inner->last_ns ? w->to_ns : inner->last_ns;
	w->recs.first_real_ns = inner->first_real_ns ? to_real_ns(inner, w->recs.first_ns) : 0;
	*out = &w->recs;
	return 0;
}
