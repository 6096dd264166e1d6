// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_past.c - keeps the last minutes of a live session, and shows them: each segment of records begins with a mark, a
 * packed copy of the live model. What is older than the limits goes, a segment with its mark at a time.
 */
#include "session/live_past.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "past/replay.h"
#include "record/history.h"

#define SEGMENT_MIN	(256u << 10)	/* bytes of records between two marks at least, where the limit allows it */
#define SEGMENTS_MIN	4		/* a segment is at most this part of the limit */
#define BYTES_MIN	(1u << 20)
#define BYTES_MAX	(4ull << 30)
#define BYTES_FOR_TIME	(256u << 20)	/* the limit if a time is given */

struct gm_past {
	struct gm_run run;		/* the session that shows the past; its model is NULL while it is not shown */
	struct gm_history *ring;
	bool shown;
	bool off;			/* it ended early: why */
	const char *why;
};

int gm_history_parse(void *to, const char *arg, char *why, size_t size)
{
	struct gm_history_limit *l = to;
	uint64_t n;

	*l = (struct gm_history_limit){ .given = true };
	if (!strcmp(arg, "0"))
		return 0;
	if (!gm_parse_duration(arg, 0, &n) && n >= 1000000000ull) {
		l->ns = n;
		l->bytes = BYTES_FOR_TIME;
		return 0;
	}
	if (!gm_parse_bytes(arg, &n) && n >= BYTES_MIN && n <= BYTES_MAX) {
		l->bytes = n;
		return 0;
	}
	snprintf(why, size, "not 0, a time from 1s, nor a size from 1M to 4G: '%s' (like 10m, 64M)", arg);
	return -EINVAL;
}

/* ---- keeping ---- */

/* Ends the history: what was kept is freed. The session goes on without. */
static void give_up(struct gm_past *p, const char *why)
{
	struct gm_marks *m = &p->run.steer.marks;

	while (m->at.nr) {
		gm_marks_drop_first(m);
		gm_history_drop(p->ring);
	}
	p->off = true;
	p->why = why;
}

static bool is_segment_due(const struct gm_past *p, const struct gm_history_limit *l, uint64_t now)
{
	const struct gm_marks *m = &p->run.steer.marks;
	uint64_t most = l->bytes / SEGMENTS_MIN / 2, least = m->at.nr ? 2 * (m->bytes / m->at.nr) : 0;

	least = least > SEGMENT_MIN ? least : SEGMENT_MIN;
	return !m->at.nr || gm_history_last_bytes(p->ring) >= (least < most ? least : most) ||
	       (l->ns && now - gm_marks_tick_ns(m, m->at.nr - 1) >= l->ns / SEGMENTS_MIN);
}

static int begin_segment(struct gm_run *r, struct gm_past *p)
{
	struct gm_place *place;
	int err = gm_history_begin(p->ring, &place);

	return err ? err : gm_marks_add(&p->run.steer.marks, r, place);
}

/* Drops the oldest segments beyond the limits, but not the last one. */
static void drop_oldest(struct gm_past *p, const struct gm_history_limit *l, uint64_t now)
{
	struct gm_marks *m = &p->run.steer.marks;

	while (m->at.nr > 1 &&
	       (gm_history_bytes(p->ring) + m->bytes > l->bytes || (l->ns && gm_marks_tick_ns(m, 1) + l->ns < now))) {
		gm_marks_drop_first(m);
		gm_history_drop(p->ring);
	}
}

static void keep_tick(struct gm_run *r, struct gm_past *p)
{
	const struct gm_history_limit *l = &r->s.want.history;
	struct gm_marks *m = &p->run.steer.marks;
	int err = 0;

	if (!r->held.len && is_segment_due(p, l, r->steer.tick_ns))
		err = begin_segment(r, p);
	if (!err)
		err = gm_marks_note_live(m, r);
	drop_oldest(p, l, r->steer.tick_ns);
	if (err)
		give_up(p, "no memory");
	else if (m->at.nr && m->bytes / m->at.nr > l->bytes / 2)
		give_up(p, "the state of this host is too large for --history");
	p->run.recs->first_ns = m->at.nr ? gm_marks_tick_ns(m, 0) : 0;
	p->run.recs->last_ns = r->steer.tick_ns;
}

/* A failure ends the history, not the session. */
static int sink_past(void *arg, const union gm_any *rec)
{
	struct gm_run *r = arg;
	struct gm_past *p = r->past;

	if (p->off)
		return 0;
	if (gm_history_put(p->ring, rec))
		give_up(p, "no memory");
	else if (rec->h.kind == GM_K_TICK)
		keep_tick(r, p);
	return 0;
}

int gm_live_past_open(struct gm_run *r)
{
	struct gm_past *p = calloc(1, sizeof(*p));
	int err = p ? gm_history_new(&p->ring) : -ENOMEM;

	r->past = p;
	if (!err)
		err = gm_history_open(p->ring, &p->run.recs);
	if (err)
		return gm_errno(err, "cannot keep a history");
	p->run.s = (struct gm_session){ .tool = r->s.tool, .opts = r->s.opts, .steered = true };
	p->run.s.opts.map = NULL; /* the live session's; names are in the records */
	p->run.fd = p->run.go = -1;
	p->run.steer.speed = 1;
	p->run.steer.marks.is_floor = true;
	err = gm_run_add_sinks(&p->run);
	if (!err)
		err = gm_replay_open(&p->run.src, p->run.recs, 1, &p->run.feed);
	gm_run_apply_by_sample(&p->run);
	return err ? err : gm_feed_add(&r->feed, sink_past, r);
}

void gm_live_past_close(struct gm_run *r)
{
	struct gm_past *p = r->past;

	if (!p)
		return;
	if (p->run.src)
		p->run.src->ops->close(p->run.src);
	gm_model_free(p->run.s.model);
	gm_str_release(&p->run.held);
	gm_str_release(&p->run.s.out);
	gm_marks_release(&p->run.steer.marks);
	gm_history_free(p->ring);
	free(p);
	r->past = NULL;
}

/* ---- showing ---- */

static void leave(struct gm_past *p)
{
	p->shown = false;
	gm_model_free(p->run.s.model);
	p->run.s.model = NULL;
	gm_run_drop_sample(&p->run);
	p->run.steer.paused = p->run.steer.ended = p->run.steer.knows_end = false;
}

/* Shows the newest sample that is kept, as the past, paused. 0; 1: nothing is kept; -errno. */
static int enter(struct gm_run *r, struct gm_past *p)
{
	int err;

	if (!p->run.steer.marks.at.nr)
		return 1;
	p->run.steer.tick = UINT64_MAX; /* so that it goes to a mark */
	err = gm_run_seek_tick(&p->run, r->steer.tick);
	p->shown = !err;
	p->run.steer.paused = true;
	if (err)
		leave(p);
	return err;
}

/* After a step: at the end the live session is shown again; where the records were dropped, the oldest sample. */
static int settle(struct gm_past *p, int err)
{
	if (p->off || !p->run.s.model || p->run.steer.ended) {
		leave(p);
		return err == -ENOENT || err > 0 ? 0 : err;
	}
	p->run.steer.knows_end = false;
	if (err != -ENOENT)
		return err;
	p->run.steer.tick = UINT64_MAX;
	err = gm_run_seek_tick(&p->run, 0);
	return err < 0 ? err : -ENOENT;
}

/* Return true if the sample that is shown is not kept any more: the next one may not be either. */
static bool is_dropped(const struct gm_past *p)
{
	return p->run.steer.tick_ns < gm_marks_tick_ns(&p->run.steer.marks, 0);
}

static bool is_forward(enum gm_steer what, double arg)
{
	return what == GM_STEER_SPEED || (what == GM_STEER_PAUSE && arg == 0) ||
	       (what != GM_STEER_PAUSE && what != GM_STEER_TO && arg > 0);
}

static int steer_past(struct gm_run *r, struct gm_past *p, enum gm_steer what, double arg)
{
	uint64_t before;
	int err;

	if (what == GM_STEER_TO && arg >= (double)r->steer.tick_ns) {
		leave(p);
		return 0;
	}
	if (!p->shown) {
		err = is_forward(what, arg) ? 1 : enter(r, p);
		if (err || what == GM_STEER_PAUSE)
			return err;
	}
	if (is_dropped(p) && what != GM_STEER_PAUSE && what != GM_STEER_SPEED)
		return settle(p, -ENOENT);
	before = p->run.steer.tick;
	err = settle(p, gm_run_steer(&p->run, what, arg));
	return !err && arg < 0 && p->shown && p->run.steer.tick == before ? 1 : err;
}

int gm_session_steer(struct gm_session *s, enum gm_steer what, double arg)
{
	struct gm_run *r = (struct gm_run *)s;

	return r->past ? steer_past(r, r->past, what, arg) : gm_run_steer(r, what, arg);
}

int gm_session_steer_when(struct gm_session *s, const struct gm_when *when)
{
	struct gm_run *r = (struct gm_run *)s;
	int err;

	if (!r->past)
		return gm_run_steer_when(r, when);
	err = r->past->shown ? 0 : enter(r, r->past);
	return err ? err : settle(r->past, gm_run_steer_when(&r->past->run, when));
}

void gm_session_steer_state(const struct gm_session *s, struct gm_steer_state *out)
{
	const struct gm_run *r = (const struct gm_run *)s;
	const struct gm_past *p = r->past;

	gm_run_steer_state(p && p->shown ? &p->run : r, out);
	if (!p)
		return;
	out->keeps = true;
	out->at_live = !p->shown;
	out->live_ns = r->steer.tick_ns;
	out->lost = p->shown ? r->s.model->lost - p->run.s.model->lost : 0;
	out->why = p->why;
}

struct gm_session *gm_session_shown(struct gm_session *s)
{
	struct gm_run *r = (struct gm_run *)s;

	return r->past && r->past->shown ? &r->past->run.s : s;
}

int gm_live_past_play(struct gm_run *r)
{
	struct gm_past *p = r->past;
	int err;

	if (!p || !p->shown || p->run.steer.paused)
		return 1;
	err = gm_run_poll_tick(&p->run, 0);
	err = settle(p, err > 0 ? 0 : err);
	if (!p->shown && r->s.tool->tick)
		err = r->s.tool->tick(&r->s, false);
	r->ended |= err > 0;
	return err < 0 && err != -ENOENT ? err : 1;
}
