// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of the flight recorder: contents of the ring, kept files, the ring of a killed recorder. The time is that of
 * the records, so ten minutes pass at once.
 */
#include "fixture/unit.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/log.h"
#include "base/vec.h"
#include "record/flight.h"
#include "record/rec_stream.h"

#define SEC 1000000000ull
#define REAL 1795688100ull * SEC	/* 2026-11-26 10:15:00 UTC */

struct rig {
	char dir[40];
	struct gm_flight_opts o;
	struct gm_flight *f;
	uint64_t ns, seq;
	unsigned int keys;
};

static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	strcpy(r->dir, "/tmp/gm_test_flight.XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	r->o = (struct gm_flight_opts){ .dir = r->dir, .keep_ns = 60 * SEC, .max_bytes = 8 << 20, .kept_max = 3 };
	r->ns = 1000 * SEC;
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;
	char cmd[80];

	gm_flight_close(r->f);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", r->dir);
	assert_int_equal(system(cmd), 0);
	free(r);
	return 0;
}

static void put(struct rig *r, union gm_any *u, unsigned int kind)
{
	gm_rec_init(&u->h, kind, r->ns);
	assert_int_equal(gm_flight_put(r->f, &u->h), 0);
}

static void edge(struct rig *r, uint32_t edge)
{
	union gm_any u = { .as_KEYFRAME.edge = edge };

	put(r, &u, GM_K_KEYFRAME);
}

/* Writes a keyframe when the ring needs one, like the session; it only has a meta record. */
static void keyframe(struct rig *r)
{
	union gm_any u = { .as_META.real_ns = 1 };

	if (!gm_flight_needs_keyframe(r->f))
		return;
	edge(r, GM_KEYFRAME_BEGIN);
	put(r, &u, GM_K_META);
	edge(r, GM_KEYFRAME_END);
	r->keys++;
}

static void begin(struct rig *r)
{
	union gm_any u = { .as_META.real_ns = 1 };

	assert_int_equal(gm_flight_open(&r->f, &r->o), 0);
	put(r, &u, GM_K_META);
}

/* Writes a second: n events that cannot be compressed, then a tick. */
static void second(struct rig *r, unsigned int n)
{
	uint64_t seed = r->seq + 1;
	union gm_any u;

	r->ns += SEC;
	for (unsigned int i = 0; i < n; i++) {
		keyframe(r);
		memset(&u, 0, sizeof(u.as_PUNCH));
		for (size_t k = 2; k < sizeof(u.as_PUNCH) / 8; k++)
			u.raw[k] = unit_random(&seed);
		put(r, &u, GM_K_PUNCH);
	}
	keyframe(r);
	memset(&u, 0, sizeof(u));
	u.as_TICK.seq = ++r->seq;
	put(r, &u, GM_K_TICK);
}

static uint64_t ring_bytes(const struct rig *r, unsigned int *nr)
{
	uint64_t sum = 0;
	struct dirent *e;
	DIR *d = opendir(r->dir);

	*nr = 0;
	while ((e = readdir(d))) {
		char path[400];
		struct stat st;

		if (strncmp(e->d_name, "segment-", 8))
			continue;
		snprintf(path, sizeof(path), "%s/%s", r->dir, e->d_name);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		sum += (uint64_t)st.st_size;
		++*nr;
	}
	closedir(d);
	return sum;
}

struct got {
	uint64_t first_seq, last_seq, ticks, losses;
	unsigned int keys;	/* number of keyframes */
	bool gap, last;
};

static struct got read_path(const char *path)
{
	struct got g = { 0 };
	struct gm_rec_stream *r;
	union gm_any rec;

	assert_int_equal(gm_rec_stream_open(&r, path), 0);
	while (r->ops->next(r, &rec) == 1) {
		g.keys += rec.h.kind == GM_K_KEYFRAME && rec.as_KEYFRAME.edge == GM_KEYFRAME_BEGIN;
		g.losses += rec.h.kind == GM_K_LOSS ? rec.as_LOSS.count : 0;
		if (rec.h.kind != GM_K_TICK)
			continue;
		g.gap |= g.ticks && rec.as_TICK.seq != g.last_seq + 1;
		g.first_seq = g.ticks++ ? g.first_seq : rec.as_TICK.seq;
		g.last_seq = rec.as_TICK.seq;
		g.last = rec.as_TICK.last;
	}
	gm_rec_stream_close(r);
	return g;
}

/* Checks a kept file: it has all records of at least the last minute, and an index of its keyframes. */
static void check_kept(struct rig *r, const char *path, uint64_t at_least)
{
	struct gm_rec_reader_info info;
	struct got g = read_path(path);
	struct gm_rec_reader *f;

	assert_false(g.gap);
	assert_int_equal(g.last_seq, r->seq);
	assert_true(g.ticks >= at_least);
	assert_int_equal(g.losses, 0);
	assert_int_equal(gm_rec_reader_open(&f, path), 0);
	assert_int_equal(gm_rec_reader_info(f, &info), 0);
	assert_true(info.indexed);
	assert_false(info.incomplete);
	assert_int_equal(info.codec, r->o.codec);
	assert_true(g.first_seq == 1 || info.keyframes >= 7);
	gm_rec_reader_close(f);
}

/* A ring that is bounded by time has a minute and an eighth, at most two minutes. */
static void test_time(void **state)
{
	struct rig *r = *state;
	char path[300];

	for (int codec = 0; codec < 3; codec++) {
		r->o.codec = (enum gm_codec)codec;
		begin(r);
		for (unsigned int i = 1; i <= 200; i++) {
			second(r, 3);
			if (i % 37)
				continue;
			assert_int_equal(gm_flight_keep(r->f, "try", REAL, path, sizeof(path)), 0);
			check_kept(r, path, i < 60 ? i : 60);
			assert_true(read_path(path).ticks <= 60 + 3 * 8 + 2);
			assert_true(gm_flight_needs_keyframe(r->f));
		}
		assert_int_equal(gm_flight_close(r->f), 0);
		r->f = NULL;
		r->seq = 0;
	}
	assert_true(r->keys > 30);
}

/* A ring that is bounded by size is never larger, with any number of records between two ticks. */
static void test_room(void **state)
{
	struct rig *r = *state;
	unsigned int nr, most = 0;
	uint64_t seen = 0;
	char path[300];

	r->o.max_bytes = 1 << 20;
	begin(r);
	for (unsigned int i = 0; i < 60; i++) {
		second(r, i % 7 ? 800 : 10000);
		uint64_t bytes = ring_bytes(r, &nr);

		assert_true(bytes <= r->o.max_bytes);
		seen = bytes > seen ? bytes : seen;
		most = nr > most ? nr : most;
	}
	assert_true(seen > r->o.max_bytes / 2);
	assert_true(most >= 4 && most <= 10);
	assert_int_equal(gm_flight_keep(r->f, "full", REAL, path, sizeof(path)), 0);
	assert_int_equal(read_path(path).last_seq, r->seq);
	assert_false(read_path(path).gap);
	assert_int_equal(read_path(path).keys, 1);
}

static void test_names(void **state)
{
	static const struct {
		const char *reason, *name;
	} n[] = {
		{ "episode 2.3s", "kept-20261126T101500Z-episode-2.3s.gmrec" },
		{ "../../etc/x", "kept-20261126T101500Z-..-..-etc-x.gmrec" },
		{ "", "kept-20261126T101500Z-kept.gmrec" },
		{ "\n\x1b[31m;rm -rf", "kept-20261126T101500Z-31m-rm-rf.gmrec" },
		{ "", "kept-20261126T101500Z-kept-1.gmrec" },
	};
	struct rig *r = *state;
	char path[300], want[300];

	r->o.kept_max = 0;
	begin(r);
	for (size_t i = 0; i < GM_ARRAY_SIZE(n); i++) {
		second(r, 1);
		assert_int_equal(gm_flight_keep(r->f, n[i].reason, REAL, path, sizeof(path)), 0);
		snprintf(want, sizeof(want), "%s/%s", r->dir, n[i].name);
		assert_string_equal(path, want);
	}
}

/* The oldest kept files are removed. */
static void test_kept_max(void **state)
{
	struct rig *r = *state;
	char path[5][300];

	begin(r);
	for (unsigned int i = 0; i < 5; i++) {
		second(r, 1);
		assert_int_equal(gm_flight_keep(r->f, "x", REAL + i * SEC, path[i], sizeof(path[i])), 0);
	}
	assert_int_not_equal(access(path[0], F_OK), 0);
	assert_int_not_equal(access(path[1], F_OK), 0);
	for (unsigned int i = 2; i < 5; i++)
		assert_int_equal(access(path[i], F_OK), 0);
}

/* A folder has one recorder at a time; the next one continues the numbers without the old session's segments. */
static void test_lock_and_next(void **state)
{
	struct rig *r = *state;
	struct gm_flight *other;
	char path[300];

	begin(r);
	for (unsigned int i = 0; i < 30; i++)
		second(r, 1);
	assert_int_equal(gm_flight_open(&other, &r->o), -EBUSY);
	assert_int_equal(gm_flight_close(r->f), 0);
	r->seq = 100;
	begin(r);
	for (unsigned int i = 0; i < 20; i++)
		second(r, 1);
	assert_int_equal(gm_flight_keep(r->f, "x", REAL, path, sizeof(path)), 0);
	assert_int_equal(read_path(path).first_seq, 101);
	assert_int_equal(read_path(r->dir).first_seq, 101);
	for (unsigned int i = 0; i < 60; i++)
		second(r, 1);
	snprintf(path, sizeof(path), "%s/segment-00000001.gmrec", r->dir);
	assert_int_not_equal(access(path, F_OK), 0); /* the old segment is removed */
}

/* The ring of a running recorder, and one that is cut anywhere, is read to its last complete chunk. */
static void test_killed(void **state)
{
	struct rig *r = *state;
	char newest[300], copy[300];
	struct got g;
	struct stat st;
	unsigned int nr;

	begin(r);
	for (unsigned int i = 0; i < 75; i++)
		second(r, 1);
	g = read_path(r->dir);
	assert_int_equal(g.last_seq, r->seq + 1); /* the reader adds a last tick */
	assert_true(g.last && !g.losses && g.ticks >= 61);
	gm_flight_close(r->f);
	r->f = NULL;
	ring_bytes(r, &nr);
	for (uint32_t i = 1; i < 100; i++) {
		snprintf(copy, sizeof(copy), "%s/segment-%08u.gmrec", r->dir, i);
		if (!access(copy, F_OK))
			strcpy(newest, copy);
	}
	assert_int_equal(stat(newest, &st), 0);
	for (off_t len = st.st_size - 1; len >= 0; len -= 5) {
		assert_int_equal(truncate(newest, len), 0);
		g = read_path(r->dir);
		assert_false(g.gap);
		assert_true(g.ticks >= 61 - 9 && g.last);
		assert_int_equal(g.losses, 1);
	}
}

/* A missing segment is reported and counted; the others are read. */
static void test_missing(void **state)
{
	struct rig *r = *state;
	char path[300];
	struct got g;

	begin(r);
	for (unsigned int i = 0; i < 60; i++)
		second(r, 1);
	gm_flight_close(r->f);
	r->f = NULL;
	snprintf(path, sizeof(path), "%s/segment-00000003.gmrec", r->dir);
	assert_int_equal(unlink(path), 0);
	g = read_path(r->dir);
	assert_true(g.gap);
	assert_int_equal(g.losses, 1);
	assert_int_equal(g.first_seq, 1);
}

/* Writes three seconds while no file may have more than 100 bytes; returns the messages. */
static void limited(struct rig *r, char *said, size_t size)
{
	struct rlimit old, lim;
	int was = dup(2), to[2];
	ssize_t n;

	assert_int_equal(pipe(to), 0); /* a pipe, which the limit does not apply to */
	gm_log_init("test_flight", GM_LOG_WARN);
	assert_int_equal(dup2(to[1], 2), 2);
	close(to[1]);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	lim = old;
	lim.rlim_cur = 100;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &lim), 0);
	for (unsigned int i = 0; i < 3; i++)
		second(r, 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(dup2(was, 2), 2);
	close(was);
	gm_log_init("test_flight", GM_LOG_QUIET);
	n = gm_read_all(to[0], said, size - 1);
	close(to[0]);
	said[n > 0 ? n : 0] = '\0';
}

/* A file may not grow: losses are counted in the next segment. No other segment is removed, as that does not help. */
static void test_file_size_limit(void **state)
{
	struct rig *r = *state;
	char said[400];
	struct got g;

	signal(SIGXFSZ, SIG_IGN);
	begin(r);
	for (unsigned int i = 0; i < 20; i++)
		second(r, 1);
	limited(r, said, sizeof(said));
	assert_non_null(strstr(said, "no file may become larger (RLIMIT_FSIZE)"));
	assert_null(strstr(said, "disk"));
	for (unsigned int i = 0; i < 20; i++)
		second(r, 1);
	gm_flight_close(r->f);
	r->f = NULL;
	g = read_path(r->dir);
	assert_true(g.losses >= 3);
	assert_int_equal(g.first_seq, 1);
	assert_int_equal(g.last_seq, r->seq + 1);
}

/* The recorder's memory does not grow with the number of records. */
static void test_memory(void **state)
{
	struct rig *r = *state;
	size_t before, after;

	r->o.max_bytes = 2 << 20;
	begin(r);
	for (unsigned int i = 0; i < 50; i++)
		second(r, 500);
	before = mallinfo2().uordblks;
	for (unsigned int i = 0; i < 400; i++)
		second(r, 500);
	after = mallinfo2().uordblks;
	assert_true(after <= before + 4096);
}

static void test_refused(void **state)
{
	struct rig *r = *state;
	struct gm_flight *f;

	r->o.max_bytes = 1000;
	assert_int_equal(gm_flight_open(&f, &r->o), -EINVAL);
	r->o.max_bytes = 1 << 20;
	r->o.dir = "/proc/nothing/here";
	assert_int_equal(gm_flight_open(&f, &r->o), -ENOENT);
	r->o.dir = "/dev/null";
	assert_int_equal(gm_flight_open(&f, &r->o), -ENOTDIR);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_time),	T(test_room),	 T(test_names),		  T(test_kept_max), T(test_lock_and_next),
		T(test_killed), T(test_missing), T(test_file_size_limit), T(test_memory),   T(test_refused),
	};

	gm_log_init("test_flight", getenv("V") ? GM_LOG_WARN : GM_LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
