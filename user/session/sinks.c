// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sinks.c - the sinks that every record passes, live or replayed: recorder, the tool's record(), model, the tool. When
 * a replay went back, recorder and tool do not get the records again that they already had.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "session/session_int.h"

/*
 * Limits of the records that wait for the model, in bytes. A sample that grows beyond SAMPLE_MAX ends early where the
 * source is a kernel. A recording's ticks are fixed, so a replay applies the records before the sample is complete.
 */
#define SAMPLE_MAX	(16u << 20)
#define SAMPLES_MAX	(64u << 20)	/* while the model is frozen */
#define SAMPLE_KEPT	(256u << 10)	/* memory kept for the next sample; a larger one, after a burst, is freed */

static int sink_count(void *arg, const union gm_any *rec)
{
	struct gm_steering *st = &((struct gm_run *)arg)->steer;

	if (rec->h.ts_ns > st->last_ns)
		st->last_ns = rec->h.ts_ns;
	st->is_repeat = ++st->nr <= st->most;
	if (!st->is_repeat)
		st->most = st->nr;
	return 0;
}

/* ---- the recorder ---- */

/*
 * A keyframe is due when KEYFRAME_NS of the records' clock and KEYFRAME_EVERY times the bytes of the last keyframe have
 * passed since the last one: keyframes are at most a fifth of the file, and little is to be read from a keyframe to any
 * later moment. After KEYFRAME_MAX_NS a keyframe is due in any case.
 */
#define KEYFRAME_NS	10000000000ull
#define KEYFRAME_MAX_NS	60000000000ull
#define KEYFRAME_EVERY	4

static int write_key_record(void *arg, const union gm_any *rec)
{
	return gm_rec_writer_put(((struct gm_run *)arg)->rec, &rec->h);
}

/*
 * Return true if a keyframe is due: only between two samples, and only if the model has applied all of the last one,
 * which it has not while it is frozen.
 */
static bool is_keyframe_due(const struct gm_run *r)
{
	const struct gm_keying *k = &r->keying;
	uint64_t passed = k->tick_ns - k->last_ns, bytes = gm_rec_writer_bytes(r->rec) - k->last_bytes;

	if (!k->at_tick || r->held.len || !k->last_ns || passed < KEYFRAME_NS)
		return false;
	return bytes >= KEYFRAME_EVERY * k->size || passed >= KEYFRAME_MAX_NS;
}

static int write_keyframe(struct gm_run *r)
{
	struct gm_keying *k = &r->keying;
	uint64_t before = gm_rec_writer_bytes(r->rec);
	int err = gm_model_emit_keyframe(r->s.model, write_key_record, r);

	k->last_ns = k->tick_ns;
	k->last_bytes = gm_rec_writer_bytes(r->rec);
	k->size = k->last_bytes - before;
	return err;
}

static int sink_record(void *arg, const union gm_any *rec)
{
	struct gm_run *r = arg;
	struct gm_keying *k = &r->keying;
	int err = 0;

	if (r->steer.is_repeat)
		return 0;
	if (is_keyframe_due(r))
		err = write_keyframe(r);
	k->at_tick = rec->h.kind == GM_K_TICK;
	if (k->at_tick) {
		k->tick_ns = rec->h.ts_ns;
		k->last_ns = k->last_ns ? k->last_ns : rec->h.ts_ns;
	}
	return err ? err : gm_rec_writer_put(r->rec, &rec->h);
}

static int sink_tool_record(void *arg, const union gm_any *rec)
{
	struct gm_run *r = arg;

	return r->steer.is_repeat ? 0 : r->s.tool->record(&r->s, rec);
}

/* ---- the model, and the samples that wait for it ---- */

static int apply_held(struct gm_run *r, size_t upto)
{
	union gm_any rec;
	int err = 0, n;

	for (size_t at = 0; !err && at < upto; at += (size_t)n) {
		n = gm_rec_check(r->held.s + at, r->held.len - at, &rec);
		if (n <= 0)
			break;
		err = gm_model_apply(r->s.model, &rec);
	}
	r->held.len -= upto;
	if (r->held.len)
		memmove(r->held.s, r->held.s + upto, r->held.len);
	else if (upto > SAMPLE_KEPT)
		gm_str_release(&r->held);
	r->complete = 0;
	return err;
}

static int hold_record(struct gm_run *r, const union gm_any *rec)
{
	gm_str_add(&r->held, (const char *)rec, rec->h.len);
	if (r->held.err)
		return r->held.err;
	if (rec->h.kind == GM_K_TICK) {
		r->complete = r->held.len;
		r->sample_full = false;
		return r->frozen && r->held.len <= SAMPLES_MAX ? 0 : apply_held(r, r->complete);
	}
	r->sample_full = r->held.len - r->complete > SAMPLE_MAX;
	return r->sample_full && !r->s.live ? apply_held(r, r->held.len) : 0;
}

static int sink_model(void *arg, const union gm_any *rec)
{
	struct gm_run *r = arg;

	return r->by_sample ? hold_record(r, rec) : gm_model_apply(r->s.model, rec);
}

void gm_run_apply_by_sample(struct gm_run *r)
{
	const struct gm_tool *t = r->s.tool;

	r->by_sample = t->idle && !t->event && (r->s.live || r->s.steered || r->fd >= 0 || r->s.opts.speed > 0);
}

void gm_run_drop_sample(struct gm_run *r)
{
	gm_str_clear(&r->held);
	r->complete = 0;
	r->sample_full = false;
}

int gm_run_apply_sample(struct gm_run *r)
{
	return apply_held(r, r->held.len);
}

int gm_session_freeze(struct gm_session *s, bool on)
{
	struct gm_run *r = (struct gm_run *)s;

	r->frozen = on;
	return on ? 0 : apply_held(r, r->complete);
}

/* ---- the tool ---- */

static int handle_tick(struct gm_run *r, const struct gm_rec_tick *tick)
{
	struct gm_steering *st = &r->steer;

	st->tick++;
	st->tick_ns = tick->h.ts_ns;
	if (!st->first_tick_ns)
		st->first_tick_ns = st->tick_ns;
	st->max_tick_ns = st->tick_ns > st->max_tick_ns ? st->tick_ns : st->max_tick_ns;
	r->ticks += !st->is_repeat;
	r->ticked_ns = gm_now_ns();
	r->sample_ns = r->sample_began_ns ? r->ticked_ns - r->sample_began_ns : 0;
	r->last_seen = tick->last;
	/* Checked at each tick until --vm matches: machines come and go. */
	r->vm_matched = r->vm_matched || !r->s.opts.vm || gm_model_has_vm(r->s.model, r->s.opts.vm);
	if (!r->vm_matched && r->s.tool->stays && r->ticks == 1 && !tick->last)
		gm_warn("--vm %s: no such VM yet", r->s.opts.vm);
	return r->s.tool->tick && !st->silent ? r->s.tool->tick(&r->s, tick->last) : 0;
}

static int sink_tool(void *arg, const union gm_any *rec)
{
	struct gm_run *r = arg;
	const struct gm_tool *t = r->s.tool;
	int err = 0;

	if (rec->h.kind == GM_K_TICK)
		err = handle_tick(r, &rec->as_TICK);
	else if (t->event && gm_kind_is_event(rec->h.kind) && !r->steer.is_repeat)
		err = t->event(&r->s, rec);
	if (err <= 0)
		return err;
	r->ended = true;
	return 0;
}

int gm_run_add_sinks(struct gm_run *r)
{
	int err = gm_feed_add(&r->feed, sink_count, r);

	gm_machine_map_on(r->s.opts.map, &r->feed, !r->s.opts.replays);
	if (!err && r->rec)
		err = gm_feed_add(&r->feed, sink_record, r);
	if (!err && r->s.tool->record)
		err = gm_feed_add(&r->feed, sink_tool_record, r);
	if (!err)
		err = gm_feed_add(&r->feed, sink_model, r);
	return err ? err : gm_feed_add(&r->feed, sink_tool, r);
}
