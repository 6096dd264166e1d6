// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of steps and jumps in a replay: the frame at a tick equals that of a replay from the beginning up to the tick.
 * The test makes these frames record by record, without the session.
 */
#include "fixture/tape.h"
#include <errno.h>
#include <fcntl.h>
#include "base/clock.h"
#include "base/log.h"
#include "session/session_int.h"
#include "top/top_steer.h"
#include "top/tty.h"
#include "past/replay.h"

/* ---- stand-ins for the rest of the session ---- */

static bool stop;
static int (*on_idle)(struct gm_run *r);

bool gm_run_has_stop_request(void)
{
	return stop;
}

int gm_run_idle(struct gm_run *r)
{
	return on_idle ? on_idle(r) : 1;
}

/* A stand-in that only parses seconds after the beginning. */
int gm_at_parse(const char *s, struct gm_at *out)
{
	char *end;

	*out = (struct gm_at){ .from = { GM_WHEN_START, strtoull(s, &end, 10) * SEC } };
	return end == s || strcmp(end, "s") ? -EINVAL : 0;
}

/* ---- a session that plays the recording ---- */

static uint64_t shown, raws, events, sought, slow_at;
static int seek_ret;

static int tool_tick(struct gm_session *s, bool last)
{
	(void)s, (void)last;
	shown++;
	return 0;
}

/* Delays the slow_at-th record, so that a jump to it takes long. */
static int tool_record(struct gm_session *s, const union gm_any *rec)
{
	uint64_t begin = gm_now_ns();

	(void)s, (void)rec;
	while (++raws == slow_at && gm_now_ns() - begin < 300000000)
		raws--;
	return 0;
}

static int tool_event(struct gm_session *s, const union gm_any *rec)
{
	(void)s, (void)rec;
	events++;
	return 0;
}

static int tool_seeking(struct gm_session *s, uint64_t now_ns)
{
	(void)s, (void)now_ns;
	sought++;
	return seek_ret;
}

static const struct gm_tool tool = { .name = "test", .tick = tool_tick, .record = tool_record, .event = tool_event,
	.seeking = tool_seeking };

static void session_open(struct gm_run *r, const char *path)
{
	*r = (struct gm_run){ .s.tool = &tool, .fd = -1, .go = -1, .s.steered = true };
	shown = raws = events = sought = 0;
	seek_ret = 0;
	slow_at = 0;
	stop = false;
	on_idle = NULL;
	assert_int_equal(gm_model_new(&r->s.model), 0);
	gm_model_keep_heat(r->s.model);
	assert_int_equal(gm_model_keep_reboots(r->s.model), 0);
	assert_int_equal(gm_run_add_sinks(r), 0);
	assert_int_equal(gm_rec_stream_open(&r->recs, path), 0);
	assert_int_equal(gm_replay_open(&r->src, r->recs, 0, &r->feed), 0);
	r->steer.marks.fixed = 1;
}

static void session_close(struct gm_run *r)
{
	r->src->ops->close(r->src);
	gm_model_free(r->s.model);
	gm_str_release(&r->held);
	gm_marks_release(&r->steer.marks);
}

static void is_at(const struct gm_run *r, const struct tape *t, uint64_t tick)
{
	struct gm_steer_state st;
	struct gm_str out = { 0 };

	gm_session_steer_state(&r->s, &st);
	assert_int_equal(st.tick, tick);
	if (tick) {
		picture(&out, r->s.model);
		assert_string_equal(out.s, t->shot[tick]);
	}
	gm_str_release(&out);
}

static int steer(struct gm_run *r, enum gm_steer what, double arg)
{
	return gm_session_steer(&r->s, what, arg);
}

/* ---- tests ---- */

static void test_every_tick(void **state)
{
	struct tape t;
	struct gm_run r;

	(void)state;
	tape_reboots(&t, 4);
	session_open(&r, t.file.path);
	for (uint64_t i = 1; i <= t.ticks; i++) {
		assert_int_equal(steer(&r, GM_STEER_TICKS, 1), 0);
		is_at(&r, &t, i);
		assert_int_equal(shown, i);
	}
	for (uint64_t i = t.ticks; i-- > 1;) {
		assert_int_equal(steer(&r, GM_STEER_TICKS, -1), 0);
		is_at(&r, &t, i);
	}
	assert_int_equal(steer(&r, GM_STEER_TICKS, -1), 1);
	is_at(&r, &t, 1);
	session_close(&r);
	tape_free(&t);
}

/* Returns the tick of a time, by the list of ticks. */
static uint64_t tick_at(const struct tape *t, uint64_t ns)
{
	uint64_t i = 1;

	while (i < t->ticks && t->tick_ns[i] < ns)
		i++;
	return i;
}

static uint64_t tick_before(const struct tape *t, uint64_t ns)
{
	uint64_t i = t->ticks;

	while (i > 1 && t->tick_ns[i] > ns)
		i--;
	return i;
}

static uint64_t next_over(const struct tape *t, uint64_t at)
{
	for (uint64_t i = at + 1; i <= t->ticks; i++)
		if (t->over[i] > t->over[at])
			return i;
	return at;
}

static uint64_t previous_over(const struct tape *t, uint64_t at)
{
	for (uint64_t i = at; i-- > 1;)
		if (t->over[i] > t->over[i - 1])
			return i;
	return at;
}

static void test_random(void **state)
{
	uint64_t seed = 11, at = 1, events_seen;
	struct tape t;
	struct gm_run r;

	(void)state;
	tape_reboots(&t, 6);
	session_open(&r, t.file.path);
	assert_int_equal(steer(&r, GM_STEER_TICKS, 1), 0);
	for (int i = 0; i < 400; i++) {
		int64_t n = (int64_t)(unit_random(&seed) >> 40) % 20 - 10;
		int64_t to;

		switch (unit_random(&seed) >> 62) {
		case 0:
			to = (int64_t)at + n;
			if (n && !(n < 0 && at == 1))
				at = to < 1 ? 1 : to > (int64_t)t.ticks ? t.ticks : (uint64_t)to;
			assert_true(!n || steer(&r, GM_STEER_TICKS, (double)n) >= 0);
			break;
		case 1:
			to = (int64_t)t.tick_ns[at] + n * (int64_t)SEC;
			if (n)
				at = n < 0 ? tick_before(&t, (uint64_t)to) : tick_at(&t, (uint64_t)to);
			assert_true(!n || steer(&r, GM_STEER_BY, (double)n) >= 0);
			break;
		case 2:
			at = tick_at(&t, 1000 * SEC + (uint64_t)(n + 10) * 5 * SEC);
			assert_true(steer(&r, GM_STEER_TO, (double)(1000 * SEC + (uint64_t)(n + 10) * 5 * SEC)) >= 0);
			break;
		case 3:
			to = (int64_t)(n < 0 ? previous_over(&t, at) : next_over(&t, at));
			assert_int_equal(steer(&r, GM_STEER_EPISODE, n < 0 ? -1 : 1), to == (int64_t)at);
			at = (uint64_t)to;
			break;
		}
		is_at(&r, &t, at);
	}
	assert_true(steer(&r, GM_STEER_TO, 1e300) >= 0);
	is_at(&r, &t, t.ticks);
	/* The tool gets each record once, even after steps back. */
	assert_int_equal(raws, t.nr);
	assert_int_equal(r.ticks, t.ticks);
	events_seen = events;
	assert_true(events_seen > 0);
	assert_int_equal(steer(&r, GM_STEER_TO, 0), 0);
	assert_true(steer(&r, GM_STEER_TO, 1e300) >= 0);
	assert_int_equal(events, events_seen);
	session_close(&r);
	tape_free(&t);
}

static void test_episodes(void **state)
{
	uint64_t at = 0, stops = 0;
	struct tape t;
	struct gm_run r;

	(void)state;
	tape_reboots(&t, 3);
	assert_int_equal(t.over[t.ticks], 3); /* two reboots, a shutdown */
	session_open(&r, t.file.path);
	while (!steer(&r, GM_STEER_EPISODE, 1)) {
		at = next_over(&t, at);
		is_at(&r, &t, at);
		assert_true(r.steer.paused);
		stops++;
	}
	is_at(&r, &t, at); /* without a target, the replay stays */
	assert_int_equal(stops, 3);
	for (stops = 0; !steer(&r, GM_STEER_EPISODE, -1); stops++) {
		at = previous_over(&t, at);
		is_at(&r, &t, at);
	}
	assert_int_equal(stops, 2);
	is_at(&r, &t, at);
	session_close(&r);
	tape_free(&t);
}

/* The steps of the session's idle loop, one for each call. */
static const struct tape *loop_tape;
static unsigned int loop_step;

static int loop_idle(struct gm_run *r)
{
	struct gm_steer_state st;

	gm_session_steer_state(&r->s, &st);
	switch (loop_step) {
	case 0: /* plays to the end and does not exit */
		if (!st.ended)
			return 1;
		is_at(r, loop_tape, loop_tape->ticks);
		assert_int_equal(st.last_ns, loop_tape->tick_ns[loop_tape->ticks]);
		assert_int_equal(steer(r, GM_STEER_PAUSE, 0), 1);
		break;
	case 1: /* steps back from the end */
		assert_int_equal(steer(r, GM_STEER_TICKS, -1), 0);
		is_at(r, loop_tape, loop_tape->ticks - 1);
		break;
	case 2: /* stands still */
		is_at(r, loop_tape, loop_tape->ticks - 1);
		assert_int_equal(steer(r, GM_STEER_TO, 0), 0);
		assert_int_equal(steer(r, GM_STEER_PAUSE, 0), 0);
		is_at(r, loop_tape, 1);
		break;
	case 3: /* plays again to the end */
		if (!st.ended)
			return 1;
		is_at(r, loop_tape, loop_tape->ticks);
		r->ended = true;
		break;
	}
	loop_step++;
	return 1;
}

static void test_loop(void **state)
{
	struct tape t;
	struct gm_run r;

	(void)state;
	tape_reboots(&t, 2);
	session_open(&r, t.file.path);
	loop_tape = &t;
	loop_step = 0;
	on_idle = loop_idle;
	assert_int_equal(gm_run_replay(&r), 0);
	assert_int_equal(loop_step, 4);
	assert_int_equal(r.ticks, t.ticks);
	session_close(&r);
	tape_free(&t);
}

/* A long jump can be stopped, by the tool and by a signal. */
static void test_break(void **state)
{
	struct tape t;
	struct gm_run r;

	(void)state;
	tape_reboots(&t, 2);
	session_open(&r, t.file.path);
	stop = true;
	assert_int_equal(steer(&r, GM_STEER_TO, 1e300), 0);
	is_at(&r, &t, 0);
	stop = false;
	assert_int_equal(steer(&r, GM_STEER_TICKS, 5), 0);
	is_at(&r, &t, 5);
	assert_int_equal(steer(&r, GM_STEER_TO, (double)t.tick_ns[5]), 0); /* the jump reaches its tick */
	is_at(&r, &t, 5);
	assert_int_equal(sought, 0);
	slow_at = raws + 1;
	seek_ret = 1;
	assert_int_equal(steer(&r, GM_STEER_TO, 1e300), 0);
	assert_int_equal(sought, 1);
	is_at(&r, &t, 6);
	session_close(&r);
	tape_free(&t);
}

static void test_pipe(void **state)
{
	struct tape t;
	struct gm_run r;
	char path[32], buf[65536];
	size_t len;
	int fd[2];

	(void)state;
	tape_reboots(&t, 2);
	len = unit_file_get(&t.file, buf, sizeof(buf));
	assert_true(len < sizeof(buf));
	assert_int_equal(pipe(fd), 0);
	fcntl(fd[1], F_SETPIPE_SZ, sizeof(buf));
	assert_int_equal(write(fd[1], buf, len), len);
	close(fd[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd[0]);
	session_open(&r, path);
	assert_int_equal(steer(&r, GM_STEER_TICKS, 4), 0);
	is_at(&r, &t, 4);
	/* The replay has read the next record. */
	assert_int_equal(steer(&r, GM_STEER_SPEED, 1e-6), 0);
	assert_int_equal(r.src->ops->poll(r.src, 0), 1); /* due at once: time begins here */
	assert_int_equal(r.src->ops->poll(r.src, 0), 1);
	is_at(&r, &t, 5);
	assert_int_equal(steer(&r, GM_STEER_TICKS, -1), -ESPIPE);
	assert_int_equal(steer(&r, GM_STEER_BY, -1), -ESPIPE);
	assert_int_equal(steer(&r, GM_STEER_EPISODE, -1), 1); /* none came before */
	is_at(&r, &t, 5);
	assert_int_equal(steer(&r, GM_STEER_TICKS, 1), 0); /* the failed jump has lost nothing */
	is_at(&r, &t, 6);
	assert_int_equal(steer(&r, GM_STEER_EPISODE, 1), 0);
	is_at(&r, &t, next_over(&t, 6));
	assert_int_equal(steer(&r, GM_STEER_TICKS, 1), 0);
	assert_int_equal(steer(&r, GM_STEER_EPISODE, -1), -ESPIPE);
	is_at(&r, &t, next_over(&t, 6) + 1);
	session_close(&r);
	close(fd[0]);
	tape_free(&t);
}

/* Keys reach the session like in gmemtop. */
static void test_keys(void **state)
{
	static const struct {
		const char *keys;
		uint64_t tick;
		double speed;
		const char *note;
	} steps[] = {
		{ "f", 1, 1, NULL },
		{ "ff", 3, 1, NULL },
		{ "b", 2, 1, NULL },
		{ ")", 12, 1, NULL },
		{ "(", 2, 1, NULL },
		{ "}", 62, 1, NULL },
		{ "{", 2, 1, NULL },
		{ "bb", 1, 1, "this is the beginning" },
		{ "]", 1, 2, NULL },
		{ "[[", 1, 0.5, NULL },
		{ "]]]]]]]", 1, 64, NULL },
		{ "]", 1, 0, NULL },
		{ "[", 1, 64, NULL },
		{ "[[[[[[[[[[[[[[", 1, 1.0 / 64, NULL },
		{ ":9s\r", 9, 1.0 / 64, NULL },
		{ ":x\r", 9, 1.0 / 64, "no such time" },
		{ ":4s\x1b", 9, 1.0 / 64, "no such time" },
		{ "^", 1, 1.0 / 64, NULL },
	};
	struct gm_top top;
	struct tape t;
	struct gm_run r;

	(void)state;
	tape_reboots(&t, 2);
	session_open(&r, t.file.path);
	gm_top_init(&top);
	r.s.opts.replay[0] = "/some/where.rec";
	r.s.opts.replays = 1;
	gm_steer_top_init(&r.s, &top);
	assert_string_equal(top.replay.name, "where.rec");
	assert_int_equal(steer(&r, GM_STEER_SPEED, 1), 0);
	for (size_t i = 0; i < GM_ARRAY_SIZE(steps); i++) {
		for (const char *k = steps[i].keys; *k; k++) {
			gm_top_key(r.s.model, &top,
				   *k == '\r'	  ? GM_KEY_ENTER
				   : *k == '\x1b' ? GM_KEY_ESC
						  : (unsigned char)*k);
			assert_int_equal(gm_steer_top_execute(&r.s, &top), 0);
		}
		gm_steer_top_state(&r.s, &top);
		is_at(&r, &t, steps[i].tick);
		assert_true(top.replay.speed == steps[i].speed);
		assert_int_equal(!top.replay.note, !steps[i].note);
		if (steps[i].note)
			assert_string_equal(top.replay.note, steps[i].note);
	}
	assert_true(top.replay.paused);
	gm_top_key(r.s.model, &top, ' ');
	assert_int_equal(gm_steer_top_execute(&r.s, &top), 0);
	assert_false(r.steer.paused);
	gm_top_key(r.s.model, &top, 'n');
	assert_int_equal(gm_steer_top_execute(&r.s, &top), 0);
	is_at(&r, &t, next_over(&t, 1));
	gm_top_key(r.s.model, &top, '$');
	assert_int_equal(gm_steer_top_execute(&r.s, &top), 0);
	gm_steer_top_state(&r.s, &top);
	is_at(&r, &t, t.ticks);
	assert_true(top.replay.ended);
	gm_top_key(r.s.model, &top, ' ');
	assert_int_equal(gm_steer_top_execute(&r.s, &top), 0);
	is_at(&r, &t, 1);
	assert_false(r.steer.paused);
	session_close(&r);
	tape_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_tick), cmocka_unit_test(test_random), cmocka_unit_test(test_episodes),
		cmocka_unit_test(test_loop),	   cmocka_unit_test(test_break),  cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_keys),
	};

	gm_log_init("test", GM_LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
