// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * replay_steer.c - the loop of a replay, and its steering. Going back starts at a mark (replay_marks.c), or at the
 * beginning: the model of that position is fed the records that follow, up to the requested tick. So the model never
 * depends on the way to a position.
 */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "model/reboot.h"
#include "session/session_int.h"
#include "past/replay.h"

#define NSEC	1000000000ull
#define SEEKING_NS	250000000ull	/* interval of the tool's seeking() */

/* ---- feeding ---- */

/* Calls the tool's seeking() when due. Return true if the seek may go on; false: stopped by the user or a signal. */
static int may_go_on(struct gm_run *r)
{
	uint64_t now = gm_now_ns();

	if (gm_run_has_stop_request() || r->ended)
		return 0;
	if (!r->s.tool->seeking || now - r->steer.seeking_ns < SEEKING_NS)
		return 1;
	r->steer.seeking_ns = now;
	return r->s.tool->seeking(&r->s, r->steer.tick_ns) != 1;
}

/*
 * Polls once, which mostly brings one more tick. Returns 1; 0: the recording has ended (sets ended, applies the records
 * behind the last tick); -errno.
 */
static int poll_tick(struct gm_run *r, uint64_t timeout_ns)
{
	int err = r->src->ops->poll(r->src, timeout_ns), err2;

	if (err < 0)
		return err;
	if (!err)
		r->steer.ended = r->steer.knows_end = true;
	err2 = err ? gm_marks_note_tick(r) : gm_run_apply_sample(r);
	return err2 ? err2 : err;
}

/* Feeds one more tick. Returns 1; 0: the recording has ended, or the seek was stopped; -errno. */
static int feed_tick(struct gm_run *r)
{
	return may_go_on(r) ? poll_tick(r, 0) : 0;
}

/* Rewinds without messages: a pipe that cannot go back is no failure, and messages would disturb the display. */
static int rewind_quietly(struct gm_run *r)
{
	enum gm_log_level level = gm_log_level();
	int err;

	gm_log_init(r->s.tool->name, GM_LOG_QUIET);
	err = gm_replay_rewind(r->src);
	gm_log_init(r->s.tool->name, level);
	return err;
}

/*
 * Goes to the beginning, with a new model. Returns 0 or -errno; -ESPIPE, and -ENOENT of an overwritten segment, leave
 * everything unchanged.
 */
static int restart_replay(struct gm_run *r)
{
	struct gm_steering *st = &r->steer;
	struct gm_model *m;
	int err;

	err = gm_model_new_like(r->s.model, &m);
	if (err)
		return gm_errno(err, "cannot go back");
	err = rewind_quietly(r);
	if (err) {
		gm_model_free(m);
		return err == -ESPIPE || err == -ENOENT ? err : gm_errno(err, "cannot go back");
	}
	gm_model_free(r->s.model);
	r->s.model = m;
	gm_run_drop_sample(r);
	st->nr = st->tick = st->tick_ns = st->max_tick_ns = 0;
	st->ended = r->last_seen = false;
	return 0;
}

/*
 * Goes back to the mark; to the beginning if mk is NULL or the data that it needs are gone. Returns the same as
 * restart_replay().
 */
static int go_to_mark(struct gm_run *r, const struct gm_mark *mk)
{
	enum gm_log_level level = gm_log_level();
	int err = -ENOENT;

	gm_log_init(r->s.tool->name, GM_LOG_QUIET);
	if (mk)
		err = gm_mark_restore(r, mk);
	gm_log_init(r->s.tool->name, level);
	return err ? restart_replay(r) : 0;
}

/* Goes back or forward to this tick. Returns the same as restart_replay(). */
static int seek_tick(struct gm_run *r, uint64_t tick)
{
	const struct gm_mark *mk = gm_mark_for_tick(r, tick);
	int err = tick < r->steer.tick || gm_mark_is_ahead(r, mk) ? go_to_mark(r, mk) : 0;

	err = err ? err : 1;
	while (err > 0 && r->steer.tick < tick)
		err = feed_tick(r);
	return err < 0 ? err : 0;
}

/* ---- where to ---- */

static int steer_ticks(struct gm_run *r, double by)
{
	uint64_t at = r->steer.tick, n = by < 0 ? (uint64_t)-by : (uint64_t)by;

	if (by < 0 ? at <= 1 : r->steer.ended)
		return 1;
	r->steer.paused = true;
	return seek_tick(r, by > 0 ? at + n : at > n ? at - n : 1);
}

static int steer_to(struct gm_run *r, double to)
{
	uint64_t ns = to > 0 ? to < (double)INT64_MAX ? (uint64_t)to : INT64_MAX : 0;
	const struct gm_mark *mk = gm_mark_for_time(r, ns);
	bool back = r->steer.max_tick_ns >= ns && r->steer.tick;
	int err;

	if (!back && r->steer.ended)
		return 1;
	err = back || gm_mark_is_ahead(r, mk) ? go_to_mark(r, mk) : 0;
	if (err)
		return err;
	do {
		err = feed_tick(r);
	} while (err > 0 && r->steer.tick_ns < ns);
	return err < 0 ? err : 0;
}

static uint64_t position_ns(const struct gm_run *r)
{
	return r->steer.tick ? r->steer.tick_ns : r->s.model->now_ns;
}

static int steer_by(struct gm_run *r, double seconds)
{
	double to = (double)position_ns(r) + seconds * 1e9;
	int err;

	if (seconds < 0 && r->steer.tick <= 1)
		return 1;
	err = steer_to(r, to);
	/* Go back one tick at least: an interval longer than the step would otherwise bring the same tick again. */
	if (!err && seconds < 0 && r->steer.tick > 1 && (double)r->steer.tick_ns > to)
		err = seek_tick(r, r->steer.tick - 1);
	return err;
}

/* Goes to the end of the next episode: among the ticks that were read before, then in what follows. */
static int next_episode(struct gm_run *r)
{
	const struct gm_marks *m = &r->steer.marks;
	uint64_t at = r->steer.tick, found = gm_marks_find_episode(m, at, 1);
	int err = 1;

	if (found || r->steer.knows_end)
		return found ? seek_tick(r, found) : 1;
	err = seek_tick(r, m->ticks) ?: 1;
	while (err > 0 && !(found = gm_marks_find_episode(m, at, 1)))
		err = feed_tick(r);
	if (err < 0 || found || !r->steer.ended)
		return err < 0 ? err : 0;
	err = seek_tick(r, at);
	return err && err != -ESPIPE && err != -ENOENT ? err : 1;
}

static int previous_episode(struct gm_run *r)
{
	uint64_t found = gm_marks_find_episode(&r->steer.marks, r->steer.tick, -1);

	return found ? seek_tick(r, found) : 1;
}

static int steer_episode(struct gm_run *r, double which)
{
	if (!r->s.model->reboots)
		return 1;
	r->steer.paused = true;
	return which < 0 ? previous_episode(r) : next_episode(r);
}

/* ---- the contract ---- */

/* Moves the replay and calls tick() at the position reached. */
static int seek(struct gm_run *r, int (*to)(struct gm_run *r, double arg), double arg)
{
	enum gm_log_level level = gm_log_level();
	bool was_paused = r->steer.paused;
	int ret, err = 0;

	r->steer.silent = true;
	r->steer.seeking_ns = gm_now_ns();
	gm_replay_set_speed(r->src, 0);
	/* errors in a recording were reported before, or will be when it plays */
	gm_log_init(r->s.tool->name, level > GM_LOG_ERR ? GM_LOG_ERR : level);
	ret = to(r, arg);
	gm_log_init(r->s.tool->name, level);
	gm_replay_set_speed(r->src, r->steer.speed);
	r->steer.silent = false;
	if (ret)
		r->steer.paused = was_paused;
	if (ret < 0)
		return ret;
	if (r->s.tool->tick)
		err = r->s.tool->tick(&r->s, r->last_seen);
	r->ended |= err > 0;
	return err < 0 ? err : ret;
}

int gm_session_steer(struct gm_session *s, enum gm_steer what, double arg)
{
	struct gm_run *r = (struct gm_run *)s;

	switch (what) {
	case GM_STEER_PAUSE:
		if (arg == 0 && r->steer.ended)
			return 1;
		r->steer.paused = arg != 0;
		gm_replay_set_speed(r->src, r->steer.speed); /* time spent paused is not caught up */
		return 0;
	case GM_STEER_SPEED:
		r->steer.speed = arg;
		gm_replay_set_speed(r->src, arg);
		return 0;
	case GM_STEER_TICKS: return seek(r, steer_ticks, arg);
	case GM_STEER_BY: return seek(r, steer_by, arg);
	case GM_STEER_TO: return seek(r, steer_to, arg);
	case GM_STEER_EPISODE: return seek(r, steer_episode, arg);
	}
	return gm_err(-EINVAL, "unknown replay command");
}

/* Return the first time not before the recording's start at which the local clock shows day_ns of a day. */
static uint64_t next_clock_time_ns(uint64_t day_ns, uint64_t first_real_ns)
{
	time_t first = (time_t)(first_real_ns / NSEC), t;
	struct tm tm;

	if (!localtime_r(&first, &tm))
		return first_real_ns;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	t = mktime(&tm);
	if ((uint64_t)t * NSEC + day_ns < first_real_ns) {
		tm.tm_mday++;
		tm.tm_isdst = -1;
		t = mktime(&tm);
	}
	return (uint64_t)t * NSEC + day_ns;
}

/*
 * Return CLOCK_REALTIME at time 0 of the records; 0: unknown. Before the first tick the model does not know it yet, but
 * the record stream may.
 */
static double realtime_of_zero(const struct gm_run *r)
{
	const struct gm_rec_meta *meta = &r->s.model->meta;

	if (meta->real_ns)
		return (double)meta->real_ns - (double)meta->h.ts_ns;
	return r->recs && r->recs->first_real_ns ? (double)r->recs->first_real_ns - (double)r->recs->first_ns : 0;
}

int gm_session_steer_when(struct gm_session *s, const struct gm_when *when)
{
	double real = realtime_of_zero((const struct gm_run *)s);
	struct gm_steer_state st;

	gm_session_steer_state(s, &st);
	switch (when->kind) {
	case GM_WHEN_START: return gm_session_steer(s, GM_STEER_TO, (double)st.first_ns + (double)when->ns);
	case GM_WHEN_END:
		return st.last_ns ? gm_session_steer(s, GM_STEER_TO, (double)st.last_ns - (double)when->ns) : 1;
	case GM_WHEN_CLOCK:
		if (real == 0)
			return 1;
		return gm_session_steer(s, GM_STEER_TO,
					(double)next_clock_time_ns(when->ns, (uint64_t)(real + (double)st.first_ns)) -
						real);
	case GM_WHEN_REAL: return real != 0 ? gm_session_steer(s, GM_STEER_TO, (double)when->ns - real) : 1;
	case GM_WHEN_OPEN: break;
	}
	return 1;
}

void gm_session_steer_state(const struct gm_session *s, struct gm_steer_state *out)
{
	const struct gm_run *r = (const struct gm_run *)s;

	*out = (struct gm_steer_state){
		.paused = r->steer.paused,
		.ended = r->steer.ended,
		.speed = r->steer.speed,
		.first_ns = r->recs && r->recs->first_ns ? r->recs->first_ns : s->model->first_ns,
		.last_ns = r->recs && r->recs->last_ns ? r->recs->last_ns
			   : r->steer.knows_end	       ? r->steer.last_ns
						       : 0,
		.now_ns = s->model->now_ns,
		.tick = r->steer.tick,
	};
}

/* ---- the loop ---- */

/* Return true if -d has elapsed: that much of the recording, or of real time in a session that is steered. */
static bool is_duration_over(const struct gm_run *r, uint64_t deadline_ns)
{
	const struct gm_steering *st = &r->steer;
	uint64_t most = r->s.opts.duration_ns;

	if (!most)
		return false;
	return r->s.steered ? gm_now_ns() >= deadline_ns : st->tick && st->tick_ns - st->first_tick_ns >= most;
}

/* Waits at the end of the recording, while the tool shows its last sample. 0 or -errno. */
static int wait_at_end(struct gm_run *r, uint64_t deadline_ns)
{
	struct pollfd fd = { .fd = r->fd, .events = POLLIN };
	int err = 1;

	while (err > 0 && r->fd >= 0 && !gm_run_has_stop_request() && !r->ended && gm_now_ns() < deadline_ns) {
		uint64_t left_ms = (deadline_ns - gm_now_ns()) / 1000000 + 1;

		if (poll(&fd, 1, left_ms < 1000 ? (int)left_ms : 1000) < 0 && errno != EINTR)
			return gm_errno(-errno, "waiting");
		err = gm_run_idle(r);
	}
	return err < 0 ? err : 0;
}

/*
 * One step of a replay that is steered: nothing is polled while it is paused or at its end, from which it can go back.
 */
static int poll_steered(struct gm_run *r)
{
	int err;

	if (r->steer.paused || r->steer.ended) {
		poll(NULL, 0, GM_IDLE_NS / 1000000);
		return 1;
	}
	err = poll_tick(r, GM_IDLE_NS);
	if (err)
		return err;
	err = r->s.tool->tick ? r->s.tool->tick(&r->s, true) : 0;
	r->ended |= err > 0;
	return err < 0 ? err : 1;
}

/* Calls the last tick() of a recording that ends within a sample: reports include that part. */
static int end_report(struct gm_run *r)
{
	int err = gm_run_apply_sample(r);

	return err || !r->s.tool->tick ? err : r->s.tool->tick(&r->s, true);
}

int gm_run_replay(struct gm_run *r)
{
	uint64_t count = r->s.tool->own_count ? 0 : r->s.opts.count, length = r->s.opts.duration_ns;
	uint64_t now = gm_now_ns(), deadline = length && length < UINT64_MAX - now ? now + length : UINT64_MAX;
	int err;

	do {
		err = r->s.steered ? poll_steered(r) : r->src->ops->poll(r->src, GM_IDLE_NS);
		if (err > 0 && (r->fd >= 0 || r->s.steered || r->s.opts.speed > 0))
			err = gm_run_idle(r);
	} while (err > 0 && !gm_run_has_stop_request() && !r->ended && !(count && r->ticks >= count) &&
		 !is_duration_over(r, deadline));
	if (err >= 0 && !r->last_seen && !r->ended)
		err = end_report(r);
	if (err >= 0 && r->s.tool->stays)
		err = wait_at_end(r, deadline);
	return err < 0 ? err : 0;
}
