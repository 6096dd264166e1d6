// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Replay: takes records out of a recording and pushes them when their time has come. The first record's
 * time and the moment of the first poll are the two zero points.
 */
#include "source/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/log.h"
#include "base/util.h"
#include "record/recfile.h"

#define NSEC		1000000000ULL
#define PAUSE_NS	NSEC		/* not polled for longer: the clock stood still meanwhile */
#define PATH_SHOWN	200

struct gm_replay {
	struct gm_source source;	/* first: ops get this pointer */
	struct gm_recr *file;
	double speed;
	bool pending, started, ended;
	bool had_last;			/* the recording's own last tick was pushed */
	uint64_t zero_rec_ns, zero_ns;	/* the two zero points */
	uint64_t left_ns;		/* when poll() returned last */
	uint64_t ts_ns, seq;		/* latest seen: what follows damage is dated and numbered by them */
	union gm_any rec;		/* the next one, when pending */
	char path[PATH_SHOWN];
};

/* False: a signal came, or somebody else wants the session's attention. */
static bool sleep_until(const struct gm_replay *r, uint64_t ns)
{
	struct pollfd wake = { .fd = r->source.wake_fd, .events = POLLIN };
	uint64_t now = gm_now_ns(), left = ns > now ? ns - now : 0;
	struct timespec ts = { .tv_sec = (time_t)(left / NSEC), .tv_nsec = (long)(left % NSEC) };

	return ppoll(&wake, 1, &ts, NULL) == 0;
}

static uint64_t add_capped(uint64_t a, double b)
{
	return b < (double)(INT64_MAX - (int64_t)a) ? a + (uint64_t)b : INT64_MAX;
}

/* Records that look back (an object's first sight, a lagging CPU) are due at once. */
static uint64_t due_ns(const struct gm_replay *r)
{
	uint64_t ts = r->rec.h.ts_ns;

	if (ts <= r->zero_rec_ns)
		return 0;
	return add_capped(r->zero_ns, (double)(ts - r->zero_rec_ns) / r->speed);
}

static void start_clock(struct gm_replay *r, uint64_t now)
{
	if (!r->started) {
		r->zero_ns = now;
		r->zero_rec_ns = r->rec.h.ts_ns;
		r->started = true;
	} else if (now - r->left_ns > PAUSE_NS) {
		r->zero_ns += now - r->left_ns;
	}
	r->left_ns = now;
}

/* 1: the pending record may go; 0: not before the deadline, or a signal came. */
static int wait_for_turn(struct gm_replay *r, uint64_t deadline)
{
	uint64_t due, now;

	if (r->speed <= 0)
		return 1;
	due = due_ns(r);
	now = gm_now_ns();
	if (due <= now)
		return 1;
	if (now >= deadline)
		return 0;
	return sleep_until(r, due < deadline ? due : deadline) && due <= deadline;
}

static void note(struct gm_replay *r)
{
	if (r->rec.h.ts_ns > r->ts_ns)
		r->ts_ns = r->rec.h.ts_ns;
	if (r->rec.h.kind != GM_K_TICK)
		return;
	r->seq = r->rec.as_TICK.seq;
	r->had_last = r->rec.as_TICK.last;
}

static int push_loss(struct gm_replay *r, struct gm_feed *f)
{
	struct gm_rec_loss *l = &r->rec.as_LOSS;

	memset(l, 0, sizeof(*l));
	gm_rec_init(&l->h, GM_K_LOSS, r->ts_ns);
	l->count = 1;
	strcpy(l->what, "recording_incomplete");
	return gm_feed_push(f, &r->rec);
}

static int push_last_tick(struct gm_replay *r, struct gm_feed *f)
{
	struct gm_rec_tick *t = &r->rec.as_TICK;

	memset(t, 0, sizeof(*t));
	gm_rec_init(&t->h, GM_K_TICK, r->ts_ns);
	t->seq = r->seq + 1;
	t->last = 1;
	return gm_feed_push(f, &r->rec);
}

static int finish(struct gm_replay *r, struct gm_feed *f)
{
	const struct gm_recr_end *end = gm_recr_end(r->file);
	int err;

	r->ended = true;
	if (!end->why[0] && !end->incomplete)
		return 0;
	if (end->why[0])
		gm_warn("recording is incomplete: %s: byte %" PRIu64 ": %s", r->path, end->offset, end->why);
	else
		gm_warn("recording is incomplete: %s: its recorder did not finish", r->path);
	err = push_loss(r, f);
	return err || r->had_last ? err : push_last_tick(r, f);
}

static int fetch(struct gm_replay *r)
{
	if (!r->pending)
		r->pending = gm_recr_next(r->file, &r->rec) == 1;
	return r->pending;
}

static int run(struct gm_replay *r, struct gm_feed *f, uint64_t deadline)
{
	int err;

	while (fetch(r)) {
		if (!wait_for_turn(r, deadline))
			return 1;
		r->pending = false;
		note(r);
		err = gm_feed_push(f, &r->rec);
		if (err)
			return err;
		if (r->rec.h.kind == GM_K_TICK)
			return 1;
	}
	return finish(r, f);
}

static int replay_poll(struct gm_source *s, struct gm_feed *f, uint64_t timeout_ns)
{
	struct gm_replay *r = (struct gm_replay *)s;
	int ret;

	if (r->ended)
		return 0;
	if (r->speed > 0 && fetch(r))
		start_clock(r, gm_now_ns());
	ret = run(r, f, r->speed > 0 ? add_capped(r->left_ns, (double)timeout_ns) : 0);
	if (r->speed > 0)
		r->left_ns = gm_now_ns();
	return ret;
}

static int replay_tick(struct gm_source *s, struct gm_feed *f, bool last)
{
	(void)s;
	(void)f;
	(void)last;
	return 0;
}

static void replay_close(struct gm_source *s)
{
	struct gm_replay *r = (struct gm_replay *)s;

	if (!r)
		return;
	gm_recr_close(r->file);
	free(r);
}

static const struct gm_source_ops replay_ops = {
	.poll = replay_poll,
	.tick = replay_tick,
	.close = replay_close,
};

int gm_replay_open(struct gm_source **out, const char *path, double speed)
{
	struct gm_replay *r;
	int err;

	if (!(speed >= 0) || !isfinite(speed))
		return gm_err(-EINVAL, "replay speed must be 0 or more");
	r = calloc(1, sizeof(*r));
	if (!r)
		return gm_errno(-ENOMEM, "cannot replay: %s", path);
	err = gm_recr_open(&r->file, path);
	if (err) {
		free(r);
		return err;
	}
	r->source.ops = &replay_ops;
	r->source.wake_fd = -1;
	r->speed = speed;
	snprintf(r->path, sizeof(r->path), "%s", path);
	*out = &r->source;
	return 0;
}
