// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of steps back in every kind of recording: after a jump, gmemtop draws the same bytes as after a replay up to
 * there. And tests of packed models, which the jumps use.
 */
#include "fixture/tape.h"
#include <errno.h>
#include <sys/stat.h>
#include "base/log.h"
#include "model/reboot_int.h"
#include "record/flight.h"
#include "session/session_int.h"
#include "past/replay.h"

bool gm_run_has_stop_request(void)
{
	return false;
}

int gm_run_idle(struct gm_run *r)
{
	(void)r;
	return 1;
}

/* ---- frames of a replay from the beginning ---- */

struct straight {
	uint64_t ticks;
	char *shot[2 * MANY];	/* the frame after so many ticks */
	uint64_t tick_ns[2 * MANY];
	char *end;		/* after all records */
};

static void straight_free(struct straight *s)
{
	for (size_t i = 0; i < 2 * MANY; i++)
		free(s->shot[i]);
	free(s->end);
}

static struct gm_model *model_new(void)
{
	struct gm_model *m;

	assert_int_equal(gm_model_new(&m), 0);
	gm_model_keep_heat(m);
	assert_int_equal(gm_model_keep_reboots(m), 0);
	return m;
}

static char *picture_of(const struct gm_model *m)
{
	struct gm_str out = { 0 };

	picture(&out, m);
	return out.s;
}

static void play(struct straight *s, const char *const *paths, unsigned int nr, const struct gm_at *at)
{
	struct gm_model *m = model_new();
	struct gm_rec_stream *recs;
	union gm_any rec;

	*s = (struct straight){ .end = NULL };
	assert_int_equal(gm_past_open(&recs, paths, nr, at), 0);
	while (recs->ops->next(recs, &rec) == 1) {
		assert_int_equal(gm_model_apply(m, &rec), 0);
		if (rec.h.kind != GM_K_TICK || s->ticks + 1 >= 2 * MANY)
			continue;
		s->shot[++s->ticks] = picture_of(m);
		s->tick_ns[s->ticks] = rec.h.ts_ns;
	}
	s->end = picture_of(m);
	gm_rec_stream_close(recs);
	gm_model_free(m);
}

/* ---- frames after jumps ---- */

static const struct gm_tool tool = { .name = "test" };

static void run_open(struct gm_run *r, const char *const *paths, unsigned int nr, const struct gm_at *at, uint64_t each)
{
	*r = (struct gm_run){ .s.tool = &tool, .fd = -1, .go = -1, .s.steered = true, .by_sample = true };
	r->s.model = model_new();
	r->steer.marks.fixed = each;
	r->steer.marks.most = each == 1 ? 1 << 20 : 0;
	assert_int_equal(gm_run_add_sinks(r), 0);
	assert_int_equal(gm_past_open(&r->recs, paths, nr, at), 0);
	assert_int_equal(gm_replay_open(&r->src, r->recs, 0, &r->feed), 0);
}

static void run_close(struct gm_run *r)
{
	gm_marks_release(&r->steer.marks);
	r->src->ops->close(r->src);
	gm_model_free(r->s.model);
	gm_str_release(&r->held);
}

static void is_at(const struct gm_run *r, const struct straight *s, uint64_t tick)
{
	struct gm_str out = { 0 };

	assert_int_equal(r->steer.tick, tick);
	picture(&out, r->s.model);
	assert_string_equal(out.s, r->steer.ended ? s->end : s->shot[tick]);
	gm_str_release(&out);
}

/* Checks frames after jumps in all directions. each: records between two marks; 0: no marks. */
static void every_way(const char *const *paths, unsigned int nr, const struct gm_at *at, uint64_t each)
{
	struct straight s;
	struct gm_run r;
	uint64_t seed = 5, tick;

	play(&s, paths, nr, at);
	assert_true(s.ticks > 0);
	run_open(&r, paths, nr, at, each ? each : UINT64_MAX >> 1);
	assert_int_equal(gm_session_steer(&r.s, GM_STEER_TO, 1e300), 0);
	is_at(&r, &s, s.ticks);
	assert_int_equal(r.steer.marks.at.nr > 0, each && r.steer.nr > each);
	for (int i = 0; i < 8 && r.steer.tick > 1; i++) {
		tick = r.steer.tick - 1;
		assert_int_equal(gm_session_steer(&r.s, GM_STEER_TICKS, -1), 0);
		is_at(&r, &s, tick);
	}
	for (int i = 0; i < 12; i++) {
		tick = 1 + unit_random(&seed) % s.ticks;
		assert_true(gm_session_steer(&r.s, GM_STEER_TICKS, (double)tick - (double)r.steer.tick) >= 0);
		is_at(&r, &s, tick);
	}
	for (int i = 0; i < 12; i++) {
		uint64_t ns = r.recs->first_ns + unit_random(&seed) % (r.recs->last_ns - r.recs->first_ns + 1);

		assert_true(gm_session_steer(&r.s, GM_STEER_TO, (double)ns) >= 0);
		for (tick = 1; tick < s.ticks && s.tick_ns[tick] < (uint64_t)(double)ns;)
			tick++;
		is_at(&r, &s, tick);
	}
	for (int i = 0; i < 10; i++) {
		assert_true(gm_session_steer(&r.s, GM_STEER_EPISODE, i < 5 ? -1 : 1) >= 0);
		is_at(&r, &s, r.steer.tick);
	}
	run_close(&r);
	straight_free(&s);
}

static void all_ways(const char *const *paths, unsigned int nr, const struct gm_at *at)
{
	every_way(paths, nr, at, 0);
	every_way(paths, nr, at, 1); /* marks are thinned out */
	every_way(paths, nr, at, 50);
}

/* ---- kinds of recordings ---- */

static int put_record(void *arg, const union gm_any *rec)
{
	return gm_rec_writer_put(arg, &rec->h);
}

static int put_flight(void *arg, const union gm_any *rec)
{
	return gm_flight_put(arg, &rec->h);
}

/* Copies a recording, with a keyframe every 20 ticks. */
static void with_keyframes(struct unit_file *to, const char *from, enum gm_codec codec)
{
	struct gm_model *m = model_new();
	struct gm_rec_reader *in;
	struct gm_rec_writer *out;
	union gm_any rec;

	unit_file_init(to);
	assert_int_equal(gm_rec_reader_open(&in, from), 0);
	assert_int_equal(gm_rec_writer_open(&out, to->path, codec), 0);
	while (gm_rec_reader_next(in, &rec) == 1) {
		assert_int_equal(gm_rec_writer_put(out, &rec.h), 0);
		assert_int_equal(gm_model_apply(m, &rec), 0);
		if (rec.h.kind == GM_K_TICK && m->ticks % 20 == 0)
			assert_int_equal(gm_model_emit_keyframe(m, put_record, out), 0);
	}
	gm_rec_reader_close(in);
	assert_int_equal(gm_rec_writer_close(out), 0);
	gm_model_free(m);
}

static void test_plain_and_keyframes(void **state)
{
	struct unit_file f;
	struct tape t;

	(void)state;
	tape_reboots(&t, 14);
	all_ways((const char *[]){ t.file.path }, 1, NULL);
	with_keyframes(&f, t.file.path, GM_CODEC_NONE);
	all_ways((const char *[]){ f.path }, 1, NULL);
	unit_file_release(&f);
	with_keyframes(&f, t.file.path, GM_CODEC_ZSTD); /* a chunk has several ticks */
	every_way((const char *[]){ f.path }, 1, NULL, 50);
	unit_file_release(&f);
	tape_free(&t);
}

/* Older formats, of which the first has no index and no keyframes. */
static void test_versions(void **state)
{
	static const char *const files[] = {
		"tests/contract/golden/full-6.18.rec",		 "tests/contract/golden/versions/1.1.rec",
		"tests/contract/golden/versions/1.1-window.rec", "tests/contract/golden/versions/2.1-zlib.rec",
		"tests/contract/golden/versions/2.1-zstd.rec",
	};

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(files); i++)
		all_ways(&files[i], 1, NULL);
}

static void test_damaged(void **state)
{
	static char buf[1 << 18];
	struct unit_file f;
	struct tape t;
	size_t len;

	(void)state;
	tape_reboots(&t, 12);
	unit_file_init(&f);
	len = unit_file_get(&t.file, buf, sizeof(buf));
	assert_true(len < sizeof(buf));
	for (size_t i = 1; i < 4; i++)
		buf[len / 4 * i] ^= 0x40;
	unit_file_set(&f, buf, len);
	all_ways((const char *[]){ f.path }, 1, NULL);
	unit_file_set(&f, buf, len - len / 5); /* and ends in the middle of a chunk */
	all_ways((const char *[]){ f.path }, 1, NULL);
	unit_file_release(&f);
	tape_free(&t);
}

/* A merge with the recording of another host, some seconds later, with keyframes and pins. */
static void test_merged(void **state)
{
	struct unit_file f;
	struct tape t, u;

	(void)state;
	tape_reboots(&t, 10);
	tape_begin(&u);
	u.ns += 7 * SEC / 2;
	for (uint32_t vm = 1; vm < 20; vm++) {
		union gm_any scan = { .as_SCAN = { .what = GM_SCAN_TASKS, .edge = GM_SCAN_BEGIN } };
		union gm_any pin = {
			.as_PIN = { .what = GM_PIN_FD, .vm = vm, .file = vm, .inode = vm, .tgid = 100, .fd = 3 }
		};
		union gm_any loss = { .as_LOSS = { .count = vm, .what = "ring_full" } };

		tape_boot(&u, vm);
		tape_put(&u, &scan, GM_K_SCAN);
		tape_put(&u, &pin, GM_K_PIN);
		scan.as_SCAN.edge = GM_SCAN_END;
		tape_put(&u, &scan, GM_K_SCAN);
		tape_put(&u, &loss, GM_K_LOSS);
		tape_faults(&u, vm, 100 + vm);
		tape_tick(&u, SEC, false);
		tape_tick(&u, SEC, vm == 19);
		tape_down(&u, vm);
	}
	assert_int_equal(gm_rec_writer_close(u.w), 0);
	with_keyframes(&f, u.file.path, GM_CODEC_ZLIB);
	all_ways((const char *[]){ t.file.path, f.path }, 2, NULL);
	all_ways((const char *[]){ u.file.path, f.path, t.file.path }, 3, NULL);
	unit_file_release(&f);
	tape_free(&t);
	tape_free(&u);
}

/* --at of a recording with keyframes, and of a merge. */
static void test_window(void **state)
{
	const struct gm_at at = { .from = { GM_WHEN_START, 30 * SEC }, .to = { GM_WHEN_END, 20 * SEC } };
	struct unit_file f;
	struct tape t;

	(void)state;
	tape_reboots(&t, 12);
	with_keyframes(&f, t.file.path, GM_CODEC_NONE);
	all_ways((const char *[]){ f.path }, 1, &at);
	all_ways((const char *[]){ f.path, t.file.path }, 2, &at);
	unit_file_release(&f);
	tape_free(&t);
}

/* The recorder removes the oldest segments meanwhile: a step back ends there, and the frame stays. */
static void ring_forgets(const char *dir)
{
	struct straight s;
	struct gm_run r;
	char cmd[80];

	play(&s, &dir, 1, NULL);
	run_open(&r, &dir, 1, NULL, UINT64_MAX >> 1);
	assert_int_equal(gm_session_steer(&r.s, GM_STEER_TO, 1e300), 0);
	snprintf(cmd, sizeof(cmd), "rm $(ls %s/segment-* | head -n -1)", dir);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(gm_session_steer(&r.s, GM_STEER_TICKS, -1), -ENOENT);
	is_at(&r, &s, s.ticks);
	run_close(&r);
	straight_free(&s);
}

static void test_ring(void **state)
{
	char dir[] = "/tmp/gm_test_back.XXXXXX", cmd[80];
	struct gm_flight_opts o = { .keep_ns = 120 * SEC, .max_bytes = 8 << 20 };
	struct gm_model *m = model_new();
	struct gm_flight *fl;
	struct gm_rec_reader *in;
	union gm_any rec;
	struct tape t;
	unsigned int segments = 0;

	(void)state;
	tape_reboots(&t, 12);
	o.dir = mkdtemp(dir);
	assert_non_null(o.dir);
	assert_int_equal(gm_flight_open(&fl, &o), 0);
	assert_int_equal(gm_rec_reader_open(&in, t.file.path), 0);
	while (gm_rec_reader_next(in, &rec) == 1) {
		assert_int_equal(gm_flight_put(fl, &rec.h), 0);
		assert_int_equal(gm_model_apply(m, &rec), 0);
		if (rec.h.kind != GM_K_TICK || !gm_flight_needs_keyframe(fl))
			continue;
		assert_int_equal(gm_model_emit_keyframe(m, put_flight, fl), 0);
		segments++;
	}
	gm_rec_reader_close(in);
	assert_int_equal(gm_flight_close(fl), 0);
	gm_model_free(m);
	assert_true(segments > 1);
	all_ways((const char *[]){ dir }, 1, NULL);
	snprintf(cmd, sizeof(cmd), "rm $(ls %s/segment-* | sed -n 2p)", dir); /* removes a segment */
	assert_int_equal(system(cmd), 0);
	all_ways((const char *[]){ dir }, 1, NULL);
	ring_forgets(dir);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	assert_int_equal(system(cmd), 0);
	tape_free(&t);
}

/* ---- packed models ---- */

static int put_text(void *arg, const union gm_any *rec)
{
	gm_str_add(arg, (const char *)rec, rec->h.len);
	return 0;
}

static void told(struct gm_str *out, const struct gm_model *m)
{
	assert_int_equal(gm_model_emit_keyframe(m, put_text, out), 0);
	picture(out, m);
}

/* After contradicting records, a packed and an unpacked model are equal. */
static void test_pack(void **state)
{
	struct world a = { .m = model_new(), .ns = 1000 }, b = { .m = NULL };
	uint64_t rnd = 77, rnd_b;

	(void)state;
	for (uint32_t i = 0; i < 30000; i++) {
		struct gm_packed p;

		random_record(&a, &rnd, 1 + i / 20);
		if (b.m)
			random_record(&b, &rnd_b, 1 + i / 20);
		if (i % 1500)
			continue;
		if (b.m) {
			struct gm_str x = { 0 }, y = { 0 };

			told(&x, a.m);
			told(&y, b.m);
			assert_int_equal(x.len, y.len);
			assert_memory_equal(x.s, y.s, x.len);
			gm_str_release(&x);
			gm_str_release(&y);
			check_model(b.m);
			gm_model_free(b.m);
		}
		assert_int_equal(gm_model_pack(a.m, &p), 0);
		assert_int_equal(gm_model_unpack(&p, &b.m), 0);
		free(p.word);
		check_model(b.m);
		b.ns = a.ns;
		rnd_b = rnd;
	}
	assert_true(a.m->dead_vms > GM_MODEL_DEAD_MAX && gm_model_episodes(a.m)->nr > 0 && a.m->joined.nr > 0);
	gm_model_free(a.m);
	gm_model_free(b.m);
}

/* The copy's pointers point into the copy, as the packed model has been freed. */
static void test_pack_reasons(void **state)
{
	struct gm_model *a = model_new(), *b;
	union gm_any rec = { 0 };
	struct gm_packed p;

	(void)state;
	gm_rec_init(&rec.h, GM_K_PROBE, 1);
	strcpy(rec.as_PROBE.probe, "all_tasks");
	strcpy(rec.as_PROBE.why, "they are hidden");
	rec.as_PROBE.state = GM_PROBE_REFUSED;
	assert_int_equal(gm_model_apply(a, &rec), 0);
	assert_int_equal(gm_model_pack(a, &p), 0);
	assert_int_equal(gm_model_unpack(&p, &b), 0);
	free(p.word);
	gm_model_free(a);
	assert_string_equal(b->tasks_na, "they are hidden");
	gm_model_free(b);
}

static void calls(struct world *w, unsigned int nr)
{
	for (; nr; nr--) {
		w->ns += 1000;
		ev(w, GM_K_PUNCH, 1, 1, 1);
	}
}

/* A copy forgets the oldest calls at the same time as the packed model. */
static void test_pack_bound(void **state)
{
	struct world a = { .m = model_new(), .ns = 1000000 }, b;
	struct gm_packed p;
	size_t most;

	(void)state;
	vm_create(&a, 1, 100);
	calls(&a, 40000);
	assert_int_equal(gm_model_pack(a.m, &p), 0);
	b = (struct world){ .ns = a.ns };
	assert_int_equal(gm_model_unpack(&p, &b.m), 0);
	free(p.word);
	for (int i = 0; i < 10; i++) {
		calls(&a, 5000);
		calls(&b, 5000);
		assert_int_equal(b.m->reboots->steps_nr, a.m->reboots->steps_nr);
		assert_int_equal(b.m->reboots->dropped_ns, a.m->reboots->dropped_ns);
	}
	most = (size_t)GM_STEPS_EACH * a.m->keep_dead;
	assert_in_range(b.m->reboots->steps_nr, most / 2, most);
	//X->keep_dead / 2, GM_STEPS_EACH * a.m->keep_dead);
	gm_model_free(a.m);
	gm_model_free(b.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pack),	   cmocka_unit_test(test_pack_reasons),
		cmocka_unit_test(test_pack_bound), cmocka_unit_test(test_plain_and_keyframes),
		cmocka_unit_test(test_damaged),	   cmocka_unit_test(test_versions),
		cmocka_unit_test(test_merged),	   cmocka_unit_test(test_window),
		cmocka_unit_test(test_ring),
	};

	gm_log_init("test", GM_LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
