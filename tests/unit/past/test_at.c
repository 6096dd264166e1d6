// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of --at: moments, and the stretch of a recording between two moments. */
#include "fixture/unit.h"
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include "base/log.h"
#include "record/rec_file.h"
#include "past/past.h"

#define SEC 1000000000ull
/* 2026-11-26 10:15:00 UTC: `date -u -d 2026-11-26T10:15:00Z +%s`. */
#define REAL0 (1795688100ull * SEC)
#define MONO0 (5000 * SEC)

static void at_is(const char *s, enum gm_when_kind from, uint64_t from_ns, enum gm_when_kind to, uint64_t to_ns)
{
	struct gm_at at;

	if (gm_at_parse(s, &at))
		fail_msg("%s is refused", s);
	assert_int_equal(at.from.kind, from);
	assert_int_equal(at.from.ns, from_ns);
	assert_int_equal(at.to.kind, to);
	assert_int_equal(at.to.ns, to_ns);
}

static void test_forms(void **state)
{
	(void)state;
	at_is("90s", GM_WHEN_START, 90 * SEC, GM_WHEN_OPEN, 0);
	at_is("+90", GM_WHEN_START, 90 * SEC, GM_WHEN_OPEN, 0);
	at_is("-30s", GM_WHEN_END, 30 * SEC, GM_WHEN_OPEN, 0);
	at_is("2m..", GM_WHEN_START, 120 * SEC, GM_WHEN_OPEN, 0);
	at_is("..500ms", GM_WHEN_OPEN, 0, GM_WHEN_START, SEC / 2);
	at_is("10:15..10:20:30.5", GM_WHEN_CLOCK, 36900 * SEC, GM_WHEN_CLOCK, 37230 * SEC + SEC / 2);
	at_is("9:05", GM_WHEN_CLOCK, 32700 * SEC, GM_WHEN_OPEN, 0);
	at_is("2026-11-26T10:15:00Z", GM_WHEN_REAL, REAL0, GM_WHEN_OPEN, 0);
	at_is("2026-11-26 10:15:00.25Z..-1s", GM_WHEN_REAL, REAL0 + SEC / 4, GM_WHEN_END, SEC);
	at_is("@1795688100", GM_WHEN_REAL, REAL0, GM_WHEN_OPEN, 0);
	at_is("@1795688100.5", GM_WHEN_REAL, REAL0 + SEC / 2, GM_WHEN_OPEN, 0);
	setenv("TZ", "XXX-2", 1);
	tzset();
	at_is("2026-11-26T12:15:00", GM_WHEN_REAL, REAL0, GM_WHEN_OPEN, 0);
	setenv("TZ", "UTC", 1);
	tzset();
}

static void test_junk(void **state)
{
	static const char *const junk[] = { "",
					    "..",
					    "x",
					    "10:15x",
					    "25:00",
					    "24:00",
					    "10:60",
					    "10:15:60",
					    "10:15:",
					    "-",
					    "+",
					    "1.2.3",
					    "--5s",
					    "5s5",
					    "2026-13-01T00:00",
					    "2026-11-26",
					    "2026-11-26T",
					    "2026-11-26X10:15",
					    "@",
					    "@x",
					    "@-5",
					    "1s..x",
					    "x..1s",
					    "1s...2s",
					    "99999999999999999999s",
					    "@99999999999999999999",
					    "2026-11-26T10:15:00ZZ" };
	struct gm_at at;

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		if (!gm_at_parse(junk[i], &at))
			fail_msg("'%s' is taken", junk[i]);
}

/* ---- windows ---- */

/* Ten seconds: a meta record, then each second a VM's creation (id 1 ..), its histogram's gain, a tick. */
static void put(struct gm_rec_writer *w, union gm_any *u, unsigned int kind, uint64_t ns)
{
	gm_rec_init(&u->h, kind, MONO0 + ns);
	assert_int_equal(gm_rec_writer_put(w, &u->h), 0);
	memset(u, 0, sizeof(*u));
}

static void write_it(struct unit_file *f, enum gm_codec codec, bool whole)
{
	union gm_any u = { 0 };
	struct gm_rec_writer *w;

	unit_file_init(f);
	assert_int_equal(gm_rec_writer_open(&w, f->path, codec), 0);
	u.as_META.real_ns = REAL0;
	u.as_META.page_size = 4096;
	put(w, &u, GM_K_META, 0);
	for (uint32_t i = 1; i <= 10; i++) {
		u.as_VM_CREATE.ev.vm = i;
		u.as_VM_CREATE.ev.tgid = 10 + i;
		put(w, &u, GM_K_VM_CREATE, i * SEC - SEC / 2);
		u.as_LOSS.count = i;
		memcpy(u.as_LOSS.what, "ring_full", 9);
		put(w, &u, GM_K_LOSS, i * SEC);
		u.as_TICK.seq = i;
		u.as_TICK.last = i == 10 && whole;
		put(w, &u, GM_K_TICK, i * SEC);
	}
	assert_int_equal(gm_rec_writer_close(w), 0);
}

static int open_at(const char *path, const char *at, struct gm_rec_stream **out)
{
	struct gm_at a;

	assert_int_equal(gm_at_parse(at, &a), 0);
	return gm_past_open(out, &path, 1, &a);
}

/* Checks a window: it has creations from .. to as events, earlier VMs as state, and a last tick. */
static void holds(struct gm_rec_stream *r, uint32_t before, uint32_t from, uint32_t to)
{
	uint32_t vms = 0, next = from, last = 0, ticks = 0;
	bool key = false, keyed = false;
	union gm_any rec;

	while (r->ops->next(r, &rec) == 1) {
		assert_int_equal(last, 0);
		if (rec.h.kind == GM_K_KEYFRAME) {
			key = rec.as_KEYFRAME.edge == GM_KEYFRAME_BEGIN;
			keyed = true;
		}
		vms += key && rec.h.kind == GM_K_VM;
		if (rec.h.kind == GM_K_VM_CREATE) {
			assert_false(key);
			assert_int_equal(rec.ev.vm, next++);
		}
		if (rec.h.kind == GM_K_TICK) {
			last = rec.as_TICK.last;
			ticks += !last || rec.as_TICK.seq == 10; /* the recording's own ticks */
		}
	}
	assert_int_equal(vms, before);
	assert_int_equal(keyed, before > 0);
	assert_int_equal(next, to + 1);
	assert_int_equal(ticks, to - from + 1);
	assert_int_equal(last, 1);
	assert_int_equal(r->ops->next(r, &rec), 0);
}

static void test_windows(void **state)
{
	static const struct {
		const char *at;
		uint32_t before, from, to;
	} w[] = {
		{ "3s..7s", 3, 4, 7 },
		{ "3.2s..6.4s", 3, 4, 6 },
		{ "..5s", 0, 1, 5 },
		{ "8s", 8, 9, 10 },
		{ "-2s", 8, 9, 10 },
		{ "0s..1s", 0, 1, 1 },
		{ "10:15:03..10:15:07", 3, 4, 7 },
		{ "@1795688103..@1795688107", 3, 4, 7 },
		{ "2026-11-26T10:15:03Z..-3s", 3, 4, 7 },
		{ "2026-11-26T10:00..3s", 0, 1, 3 },
		{ "3s..2026-11-27T00:00", 3, 4, 10 },
	};
	struct unit_file f;
	struct gm_rec_stream *r;

	(void)state;
	for (int codec = 0; codec < 3; codec++) {
		write_it(&f, (enum gm_codec)codec, true);
		for (size_t i = 0; i < sizeof(w) / sizeof(w[0]); i++) {
			assert_int_equal(open_at(f.path, w[i].at, &r), 0);
			holds(r, w[i].before, w[i].from, w[i].to);
			assert_int_equal(r->ops->rewind(r), 0);
			holds(r, w[i].before, w[i].from, w[i].to);
			gm_rec_stream_close(r);
		}
		unit_file_release(&f);
	}
}

static void test_outside(void **state)
{
	static const char *const bad[] = { "11s",   "7s..3s",		"..2026-11-26T10:00",
					   "11:00", "2026-11-27T00:00", "10:14:00" };
	struct unit_file f;
	struct gm_rec_stream *r;

	(void)state;
	write_it(&f, GM_CODEC_NONE, true);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!open_at(f.path, bad[i], &r))
			fail_msg("%s is taken", bad[i]);
	unit_file_release(&f);
}

/* A recorded window begins with a keyframe; a window of a window; a damaged window. */
static void test_of_windows(void **state)
{
	struct unit_file f, g;
	struct gm_rec_stream *r;
	struct gm_rec_writer *w;
	union gm_any rec;
	char byte = 0;
	int vms = 0;

	(void)state;
	write_it(&f, GM_CODEC_NONE, false);
	unit_file_init(&g);
	assert_int_equal(gm_rec_writer_open(&w, g.path, GM_CODEC_ZSTD), 0);
	assert_int_equal(open_at(f.path, "2s..9s", &r), 0);
	while (r->ops->next(r, &rec) == 1)
		assert_int_equal(gm_rec_writer_put(w, &rec.h), 0);
	gm_rec_stream_close(r);
	assert_int_equal(gm_rec_writer_close(w), 0);
	assert_int_equal(open_at(g.path, "2s..4s", &r), 0); /* relative to the window's own begin, at 2 s */
	holds(r, 4, 5, 6);
	gm_rec_stream_close(r);
	assert_int_equal(open_at(g.path, "..10:15:04", &r), 0);
	holds(r, 2, 3, 4);
	gm_rec_stream_close(r);
	unit_file_release(&g);
	assert_int_equal(pwrite(f.fd, &byte, 1, 32 + 32 + 40), 1);
	if (!open_at(f.path, "3s..5s", &r)) {
		while (r->ops->next(r, &rec) == 1)
			vms += rec.h.kind == GM_K_VM_CREATE;
		gm_rec_stream_close(r);
		assert_int_equal(vms, 2); /* the records behind the damage */
	}
	unit_file_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),	cmocka_unit_test(test_junk),	   cmocka_unit_test(test_windows),
		cmocka_unit_test(test_outside), cmocka_unit_test(test_of_windows),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	gm_log_init("test_at", GM_LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
