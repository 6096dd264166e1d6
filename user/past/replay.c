// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * replay.c - reads records from a sequence and pushes each when it is due. The first record's time and the moment of
 * the first poll are the two zero points.
 */
#include "past/replay.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include "base/log.h"
#include "base/clock.h"

#define NSEC		1000000000ULL
#define PAUSE_NS	NSEC		/* without a poll for longer than this, the clock stood still */

struct gm_replay {
	struct gm_source source;	/* first: ops get this pointer */
	struct gm_rec_stream *recs;
	double speed;
	bool pending, started, ended;
	uint64_t zero_rec_ns, zero_ns;	/* the two zero points */
	uint64_t left_ns;		/* when poll() last returned */
	union gm_any rec;		/* the next one, when pending */
};

/* Sleeps until ns. False: a signal came, or wake_fd is readable. */
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

/*
 * Returns when the next record is due. Records of an earlier time (an object's discovery, a lagging CPU) are due at
 * once.
 */
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

/* Waits until the pending record is due. 1; 0: it is not due before the deadline, or a signal came. */
static int wait_until_due(struct gm_replay *r, uint64_t deadline)
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

/* Makes a record pending. 1; 0: the end; -errno. */
static int fetch_record(struct gm_replay *r)
{
	int n = 1;

	if (r->ended)
		return 0;
	if (!r->pending)
		n = r->recs->ops->next(r->recs, &r->rec);
	r->pending = n == 1;
	r->ended = n == 0;
	return n;
}

static int push_due_records(struct gm_replay *r, uint64_t deadline)
{
	int err;

	while ((err = fetch_record(r)) == 1) {
		if (!wait_until_due(r, deadline))
			return 1;
		r->pending = false;
		err = gm_feed_push(r->source.feed, &r->rec);
		if (err)
			return err;
		if (r->rec.h.kind == GM_K_TICK)
			return 1;
	}
	return err;
}

static int replay_poll(struct gm_source *s, uint64_t timeout_ns)
{
	struct gm_replay *r = (struct gm_replay *)s;
	int ret;

	if (r->speed > 0 && fetch_record(r) == 1)
		start_clock(r, gm_now_ns());
	ret = push_due_records(r, r->speed > 0 ? add_capped(r->left_ns, (double)timeout_ns) : 0);
	if (r->speed > 0)
		r->left_ns = gm_now_ns();
	return ret;
}

static int replay_tick(struct gm_source *s, bool last)
{
	(void)s;
	(void)last;
	return 0;
}

static void replay_close(struct gm_source *s)
{
	struct gm_replay *r = (struct gm_replay *)s;

	gm_rec_stream_close(r->recs);
	free(r);
}

static const struct gm_source_ops replay_ops = {
	.poll = replay_poll,
	.tick = replay_tick,
	.close = replay_close,
};

int gm_replay_open(struct gm_source **out, struct gm_rec_stream *recs, double speed, struct gm_feed *f)
{
	struct gm_replay *r = NULL;
	int err = 0;

	if (!(speed >= 0) || !isfinite(speed))
		err = gm_err(-EINVAL, "replay speed must be 0 or more");
	if (!err && !(r = calloc(1, sizeof(*r))))
		err = gm_errno(-ENOMEM, "cannot replay");
	if (err) {
		gm_rec_stream_close(recs);
		return err;
	}
	r->source.ops = &replay_ops;
	r->source.feed = f;
	r->source.wake_fd = -1;
	r->recs = recs;
	r->speed = speed;
	*out = &r->source;
	return 0;
}

void gm_replay_set_speed(struct gm_source *s, double speed)
{
	struct gm_replay *r = (struct gm_replay *)s;

	r->speed = speed;
	r->started = false;
}

int gm_replay_rewind(struct gm_source *s)
{
	struct gm_replay *r = (struct gm_replay *)s;
	int err = r->recs->ops->rewind(r->recs);

	if (!err)
		r->pending = r->started = r->ended = false;
	return err;
}

int gm_replay_mark(struct gm_source *s, struct gm_place **out)
{
	struct gm_replay *r = (struct gm_replay *)s;

	return r->pending || !r->recs->ops->mark ? -ENOTSUP : r->recs->ops->mark(r->recs, out);
}

int gm_replay_back(struct gm_source *s, const struct gm_place *p)
{
	struct gm_replay *r = (struct gm_replay *)s;
	int err = r->recs->ops->back(r->recs, p);

	if (!err)
		r->pending = r->started = r->ended = false;
	return err;
}

uint64_t gm_replay_next_ns(struct gm_source *s)
{
	struct gm_replay *r = (struct gm_replay *)s;

	return fetch_record(r) == 1 ? r->rec.h.ts_ns : 0;
}
