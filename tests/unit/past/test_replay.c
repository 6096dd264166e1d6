// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of a recording as a source: order, frames, pace, and the end of a damaged recording. */
#include "fixture/unit.h"
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include "base/log.h"
#include "record/rec_file.h"
#include "past/replay.h"

#define MS 1000000ULL

struct log {
	unsigned int nr, ticks, losses;
	uint64_t last_ts, last_seq;
	uint32_t last;
	char what[32];
	int fail_at;		/* the record at which the sink fails; -1: none */
};

static int sink(void *arg, const union gm_any *rec)
{
	struct log *l = arg;

	if ((int)l->nr == l->fail_at)
		return -ENOSPC;
	l->nr++;
	l->last_ts = rec->h.ts_ns;
	if (rec->h.kind == GM_K_TICK) {
		l->ticks++;
		l->last_seq = rec->as_TICK.seq;
		l->last = rec->as_TICK.last;
	}
	if (rec->h.kind == GM_K_LOSS) {
		l->losses++;
		memcpy(l->what, rec->as_LOSS.what, sizeof(l->what));
	}
	return 0;
}

/* Makes a recording with a record a tick, a tick every 20 ms, the last one marked. */
static void record(struct unit_file *f, unsigned int ticks, bool mark_last)
{
	struct gm_rec_vm vm = { .vm = 1 };
	struct gm_rec_tick t = { 0 };
	struct gm_rec_writer *w;
	unsigned int i;

	unit_file_init(f);
	assert_int_equal(gm_rec_writer_open(&w, f->path, GM_CODEC_NONE), 0);
	for (i = 1; i <= ticks; i++) {
		gm_rec_init(&vm.h, GM_K_VM, 1000 * MS + 20 * MS * i - 5 * MS);
		gm_rec_init(&t.h, GM_K_TICK, 1000 * MS + 20 * MS * i);
		t.seq = i;
		t.last = mark_last && i == ticks;
		assert_int_equal(gm_rec_writer_put(w, &vm.h), 0);
		assert_int_equal(gm_rec_writer_put(w, &t.h), 0);
	}
	assert_int_equal(gm_rec_writer_close(w), 0);
}

struct player {
	struct gm_source *s;
	struct gm_feed f;
	struct log log;
};

static int open_replay(struct gm_source **out, const char *path, double speed, struct gm_feed *f)
{
	struct gm_rec_stream *recs;
	int err = gm_rec_stream_open(&recs, path);

	return err ? err : gm_replay_open(out, recs, speed, f);
}

static void player_init(struct player *p, const struct unit_file *f, double speed)
{
	memset(p, 0, sizeof(*p));
	p->log.fail_at = -1;
	assert_int_equal(open_replay(&p->s, f->path, speed, &p->f), 0);
	assert_false(p->s->live);
	gm_feed_add(&p->f, sink, &p->log);
}

static int player_poll(struct player *p, uint64_t timeout_ns)
{
	return p->s->ops->poll(p->s, timeout_ns);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static void test_a_tick_a_poll(void **state)
{
	struct unit_file f;
	struct player p;
	unsigned int i;

	(void)state;
	record(&f, 5, true);
	player_init(&p, &f, 0);
	for (i = 1; i <= 5; i++) {
		assert_int_equal(player_poll(&p, 0), 1);
		assert_int_equal(p.log.ticks, i);
		assert_int_equal(p.log.nr, 2 * i);
		assert_int_equal(p.s->ops->tick(p.s, false), 0);
	}
	assert_int_equal(player_poll(&p, 0), 0);
	assert_int_equal(player_poll(&p, 0), 0);
	assert_int_equal(p.log.nr, 10);
	assert_int_equal(p.log.losses, 0);
	p.s->ops->close(p.s);
	unit_file_release(&f);
}

static void test_sink_error(void **state)
{
	struct unit_file f;
	struct player p;

	(void)state;
	record(&f, 2, true);
	player_init(&p, &f, 0);
	p.log.fail_at = 1;
	assert_int_equal(player_poll(&p, 0), -ENOSPC);
	p.s->ops->close(p.s);
	unit_file_release(&f);
}

static void drain(struct player *p)
{
	while (player_poll(p, 0) == 1)
		;
}

static void test_cut_short(void **state)
{
	static unsigned char data[4096];
	struct unit_file f;
	struct player p;
	size_t len;

	(void)state;
	record(&f, 3, true);
	len = unit_file_get(&f, data, sizeof(data));
	unit_file_set(&f, data, len - 112 - 1); /* inside of the last chunk before the index */
	player_init(&p, &f, 0);
	drain(&p);
	assert_int_equal(p.log.losses, 1);
	assert_string_equal(p.log.what, "recording_incomplete");
	assert_int_equal(p.log.ticks, 3); /* two of the file, and one that the replay adds */
	assert_int_equal(p.log.last, 1);
	assert_int_equal(p.log.last_seq, 3);
	assert_int_equal(p.log.last_ts, 1040 * MS);
	p.s->ops->close(p.s);
	unit_file_release(&f);
}

/* A recording that is cut or damaged before its first record cannot be replayed. */
static void test_no_whole_record(void **state)
{
	static unsigned char data[4096];
	struct unit_file f;
	struct player p;

	(void)state;
	record(&f, 1, true);
	assert_true(unit_file_get(&f, data, sizeof(data)) > 100);
	for (size_t len = 100; len >= 32; len--) {
		unit_file_set(&f, data, len);
		player_init(&p, &f, 0);
		assert_int_equal(player_poll(&p, 0), -EBADMSG);
		assert_int_equal(player_poll(&p, 0), -EBADMSG);
		assert_int_equal(p.log.nr, 0);
		p.s->ops->close(p.s);
	}
	unit_file_release(&f);
}

/* A damaged chunk in the middle: the loss is reported at its place, and later records are read. */
static void test_gap(void **state)
{
	static unsigned char data[4096];
	struct unit_file f;
	struct player p;
	size_t len, first;
	uint32_t bytes;

	(void)state;
	record(&f, 5, true);
	len = unit_file_get(&f, data, sizeof(data));
	memcpy(&bytes, data + 32 + 4, sizeof(bytes));
	first = 32 + 32 + bytes;
	data[first + 40] ^= 0xff; /* in the second chunk */
	unit_file_set(&f, data, len);
	player_init(&p, &f, 0);
	drain(&p);
	assert_int_equal(p.log.losses, 1);
	assert_string_equal(p.log.what, "recording_incomplete");
	assert_int_equal(p.log.ticks, 4);
	assert_int_equal(p.log.last, 1);
	assert_int_equal(p.log.last_seq, 5);
	p.s->ops->close(p.s);
	unit_file_release(&f);
}

/* A complete recording that the recorder did not close: that is reported, and no second last tick is added. */
static void test_unfinished(void **state)
{
	static unsigned char data[4096];
	struct unit_file f;
	struct player p;
	size_t len;

	(void)state;
	record(&f, 3, true);
	len = unit_file_get(&f, data, sizeof(data));
	data[20] |= 1;
	unit_file_set(&f, data, len);
	player_init(&p, &f, 0);
	drain(&p);
	assert_int_equal(p.log.losses, 1);
	assert_int_equal(p.log.ticks, 3);
	p.s->ops->close(p.s);
	unit_file_release(&f);
}

static void test_no_record_at_all(void **state)
{
	struct unit_file f;
	struct player p;

	(void)state;
	record(&f, 0, true);
	player_init(&p, &f, 1);
	assert_int_equal(player_poll(&p, MS), 0);
	assert_int_equal(p.log.nr, 0);
	p.s->ops->close(p.s);
	unit_file_release(&f);
}

/* Plays a recording of 85 ms; returns the time. */
static uint64_t play(double speed, uint64_t timeout_ns, unsigned int *polls)
{
	uint64_t begin = now_ns(), due;
	struct unit_file f;
	struct player p;

	record(&f, 5, true);
	player_init(&p, &f, speed);
	for (*polls = 0; player_poll(&p, timeout_ns) == 1; ++*polls) {
		due = p.log.nr ? (uint64_t)((double)(p.log.last_ts - 1015 * MS) / speed) : 0;
		assert_true(now_ns() - begin >= due); /* never early */
	}
	assert_int_equal(p.log.nr, 10);
	p.s->ops->close(p.s);
	unit_file_release(&f);
	return now_ns() - begin;
}

/* Returns the shortest of some plays, as the test itself may wait for a CPU. */
static uint64_t shortest_play(double speed)
{
	uint64_t best = UINT64_MAX, took;
	unsigned int polls;

	for (unsigned int i = 0; i < 20; i++) {
		took = play(speed, 1000 * MS, &polls);
		best = took < best ? took : best;
	}
	return best;
}

static void test_pace(void **state)
{
	unsigned int polls;

	(void)state;
	assert_true(play(1, 1000 * MS, &polls) >= 85 * MS);
	assert_int_equal(polls, 5);
	assert_true(play(1, 2 * MS, &polls) >= 85 * MS);
	assert_true(polls >= 10); /* the timeout ends most polls, not a record */
	assert_true(play(0.5, 1000 * MS, &polls) >= 170 * MS);
	assert_true(shortest_play(1000) < 80 * MS);
}

/* After a pause of the display, records come at the recording's pace. */
static void test_pause(void **state)
{
	struct timespec pause = { .tv_sec = 1, .tv_nsec = 100 * 1000000 };
	struct unit_file f;
	struct player p;

	(void)state;
	record(&f, 5, true);
	player_init(&p, &f, 0.02); /* a second between two samples: shorter than the pause, longer than any delay */
	assert_int_equal(player_poll(&p, 1000 * MS), 1);
	assert_int_equal(p.log.nr, 2);
	nanosleep(&pause, NULL);
	assert_int_equal(player_poll(&p, 0), 1);
	assert_int_equal(p.log.nr, 2);
	p.s->ops->close(p.s);
	unit_file_release(&f);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void test_signal_ends_waiting(void **state)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval timer = { .it_value.tv_usec = 20000 };
	struct unit_file f;
	struct player p;
	uint64_t begin;

	(void)state;
	record(&f, 5, true);
	player_init(&p, &f, 1e-6);
	sigaction(SIGALRM, &sa, NULL);
	assert_int_equal(player_poll(&p, 0), 1); /* the first record comes at once */
	begin = now_ns();
	setitimer(ITIMER_REAL, &timer, NULL);
	assert_int_equal(player_poll(&p, 20000 * MS), 1);
	assert_true(now_ns() - begin < 10000 * MS);
	p.s->ops->close(p.s);
	unit_file_release(&f);
}

static void test_cannot_open(void **state)
{
	struct gm_source *s;
	struct unit_file f;

	(void)state;
	record(&f, 1, true);
	assert_int_equal(open_replay(&s, f.path, -1, NULL), -EINVAL);
	assert_int_equal(open_replay(&s, f.path, (double)NAN, NULL), -EINVAL);
	assert_int_equal(open_replay(&s, f.path, (double)INFINITY, NULL), -EINVAL);
	assert_int_equal(open_replay(&s, "/nonexistent/x", 0, NULL), -ENOENT);
	unit_file_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_tick_a_poll),
		cmocka_unit_test(test_sink_error),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_no_whole_record),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_no_record_at_all),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_signal_ends_waiting),
		cmocka_unit_test(test_cannot_open),
	};

	gm_log_init("test_replay", GM_LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
