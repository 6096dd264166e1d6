// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of the past of a live session: the frame at a tick is that of the live session at the tick, whichever way the
 * past came to it and however much of it was dropped.
 */
#include "fixture/tape.h"
#include <errno.h>
#include "base/log.h"
#include "session/live_past.h"

bool gm_run_has_stop_request(void)
{
	return false;
}

int gm_run_idle(struct gm_run *r)
{
	(void)r;
	return 1;
}

static int on_idle(struct gm_session *s)
{
	(void)s;
	return 0;
}

static int on_tick(struct gm_session *s, bool last)
{
	(void)s, (void)last;
	return 0;
}

static const struct gm_tool tool = { .name = "test", .tick = on_tick, .idle = on_idle };

/* A live session whose records come from a tape; it has seen `ticks` of them. */
struct live {
	struct tape tape;
	struct gm_run r;
	struct gm_rec_reader *file;
};

static void run_to(struct live *l, uint64_t tick)
{
	union gm_any rec;

	while (l->r.steer.tick < tick && gm_rec_reader_next(l->file, &rec) == 1)
		assert_int_equal(gm_feed_push(&l->r.feed, &rec), 0);
}

static void live_open(struct live *l, uint64_t bytes, uint64_t ns)
{
	*l = (struct live){ .r = { .s.tool = &tool, .fd = -1, .go = -1, .s.live = true } };
	gm_log_init("test", GM_LOG_QUIET);
	tape_reboots(&l->tape, 12);
	l->r.s.want.history = (struct gm_history_limit){ .bytes = bytes, .ns = ns };
	assert_int_equal(gm_model_new(&l->r.s.model), 0);
	gm_model_keep_heat(l->r.s.model);
	assert_int_equal(gm_model_keep_reboots(l->r.s.model), 0);
	assert_int_equal(gm_run_add_sinks(&l->r), 0);
	assert_int_equal(gm_live_past_open(&l->r), 0);
	gm_run_apply_by_sample(&l->r);
	assert_int_equal(gm_rec_reader_open(&l->file, l->tape.file.path), 0);
}

static void live_close(struct live *l)
{
	gm_live_past_close(&l->r);
	gm_rec_reader_close(l->file);
	gm_model_free(l->r.s.model);
	gm_str_release(&l->r.held);
	tape_free(&l->tape);
}

static uint64_t shown_tick(struct live *l)
{
	struct gm_steer_state st;

	gm_session_steer_state(&l->r.s, &st);
	return st.tick;
}

/* Compares what is shown with the frame of that tick. */
static void assert_shows(struct live *l, uint64_t tick)
{
	struct gm_str out = { 0 };

	assert_int_equal(shown_tick(l), tick);
	picture(&out, gm_session_shown(&l->r.s)->model);
	assert_string_equal(out.s, l->tape.shot[tick]);
	gm_str_release(&out);
}

static bool at_live(struct live *l)
{
	struct gm_steer_state st;

	gm_session_steer_state(&l->r.s, &st);
	return st.at_live;
}

static int steer(struct live *l, enum gm_steer what, double arg)
{
	return gm_session_steer(&l->r.s, what, arg);
}

static void test_steps(void **state)
{
	struct live l;

	(void)state;
	live_open(&l, 64u << 20, 0);
	assert_int_equal(steer(&l, GM_STEER_PAUSE, 1), 1); /* nothing is kept yet */
	run_to(&l, 20);
	assert_int_equal(steer(&l, GM_STEER_TICKS, 1), 1);
	assert_true(at_live(&l));
	assert_int_equal(steer(&l, GM_STEER_PAUSE, 1), 0);
	assert_shows(&l, 20);
	run_to(&l, 25);
	assert_shows(&l, 20);
	for (uint64_t tick = 19; tick > 0; tick--) {
		assert_int_equal(steer(&l, GM_STEER_TICKS, -1), 0);
		assert_shows(&l, tick);
	}
	assert_int_equal(steer(&l, GM_STEER_TICKS, -1), 1);
	assert_int_equal(steer(&l, GM_STEER_TICKS, 7), 0);
	assert_shows(&l, 8);
	assert_int_equal(steer(&l, GM_STEER_TO, 0), 0);
	assert_shows(&l, 1);
	assert_int_equal(steer(&l, GM_STEER_TO, 1e300), 0);
	assert_true(at_live(&l));
	assert_shows(&l, 25);
	live_close(&l);
}

static void test_play(void **state)
{
	struct live l;

	(void)state;
	live_open(&l, 64u << 20, 0);
	run_to(&l, 30);
	assert_int_equal(steer(&l, GM_STEER_TICKS, -5), 0);
	assert_int_equal(gm_live_past_play(&l.r), 1); /* paused */
	assert_shows(&l, 25);
	assert_int_equal(steer(&l, GM_STEER_SPEED, 0), 0);
	assert_int_equal(steer(&l, GM_STEER_PAUSE, 0), 0);
	for (uint64_t tick = 26; tick <= 30; tick++) {
		assert_int_equal(gm_live_past_play(&l.r), 1);
		assert_shows(&l, tick);
	}
	assert_int_equal(gm_live_past_play(&l.r), 1);
	assert_true(at_live(&l));
	live_close(&l);
}

static void test_reboots(void **state)
{
	uint64_t wanted = 0;
	struct live l;

	(void)state;
	live_open(&l, 64u << 20, 0);
	run_to(&l, 60);
	for (uint64_t tick = 1; tick < 60; tick++)
		if (l.tape.over[tick] != l.tape.over[tick - 1])
			wanted = tick;
	assert_true(wanted);
	assert_int_equal(steer(&l, GM_STEER_EPISODE, -1), 0);
	assert_shows(&l, wanted);
	assert_int_equal(steer(&l, GM_STEER_EPISODE, 1), 1);
	assert_shows(&l, wanted);
	live_close(&l);
}

/* What is beyond the limit is dropped, also while it is shown; the memory stays below the limit. */
static void test_limit(void **state)
{
	struct live l;
	uint64_t first;

	(void)state;
	live_open(&l, 64u << 20, 20 * SEC);
	run_to(&l, 2);
	assert_int_equal(steer(&l, GM_STEER_PAUSE, 1), 0);
	run_to(&l, l.tape.ticks);
	assert_shows(&l, 2); /* the model that is shown stays */
	assert_int_equal(steer(&l, GM_STEER_TICKS, 1), -ENOENT);
	first = shown_tick(&l);
	assert_true(first > 3);
	assert_shows(&l, first);
	assert_int_equal(steer(&l, GM_STEER_TICKS, -1), 1);
	assert_shows(&l, first);
	assert_int_equal(steer(&l, GM_STEER_TICKS, 1), 0);
	assert_shows(&l, first + 1);
	live_close(&l);
}

/* Where not even one state fits, the session goes on without a past, and says why. */
static void test_too_large(void **state)
{
	struct gm_steer_state st;
	struct live l;

	(void)state;
	live_open(&l, 1000, 0);
	run_to(&l, 10);
	assert_int_equal(steer(&l, GM_STEER_TICKS, -1), 1);
	gm_session_steer_state(&l.r.s, &st);
	assert_non_null(st.why);
	assert_shows(&l, 10);
	live_close(&l);
}

static void test_option(void **state)
{
	static const char *const bad[] = { "", "5", "10x", "100ms", "4K", "8G", "-1", "1m30" };
	struct gm_history_limit l;
	char why[200];

	(void)state;
	assert_int_equal(gm_history_parse(&l, "0", why, sizeof(why)), 0);
	assert_int_equal(l.bytes, 0);
	assert_int_equal(gm_history_parse(&l, "10m", why, sizeof(why)), 0);
	assert_int_equal(l.ns, 600 * SEC);
	assert_int_equal(gm_history_parse(&l, "64M", why, sizeof(why)), 0);
	assert_int_equal(l.bytes, 64u << 20);
	assert_int_equal(l.ns, 0);
	for (size_t i = 0; i < GM_ARRAY_SIZE(bad); i++)
		assert_int_equal(gm_history_parse(&l, bad[i], why, sizeof(why)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps), cmocka_unit_test(test_play),	cmocka_unit_test(test_reboots),
		cmocka_unit_test(test_limit), cmocka_unit_test(test_too_large), cmocka_unit_test(test_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
