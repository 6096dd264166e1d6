// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/model: the kernel's statistics of the tool's programs, live, from a recording, and untrusted. */
#include "fixture/model_world.h"
#include "record/rec_file.h"
#include "record/feed.h"
#include "past/replay.h"

static union gm_any make_prog(const struct world *w, const char *name, uint64_t runs, uint64_t run_ns)
{
	union gm_any rec = make(w, GM_K_PROG);

	strncpy(rec.as_PROG.name, name, sizeof(rec.as_PROG.name));
	rec.as_PROG.runs = runs;
	rec.as_PROG.run_ns = run_ns;
	rec.as_PROG.stats = GM_YES;
	return rec;
}

static void prog(struct world *w, const char *name, uint64_t runs, uint64_t run_ns)
{
	union gm_any rec = make_prog(w, name, runs, run_ns);

	put(w, &rec);
}

static const struct gm_rec_prog *told(const struct world *w, size_t i)
{
	assert_true(i < w->m->progs.nr);
	return &((struct gm_prog *)w->m->progs.at[i])->rec;
}

static void test_newest(void **state)
{
	struct world *w = *state;
	union gm_any rec;

	prog(w, "gm_page_add", 1, 100);
	prog(w, "gm_scan_vms", 2, 200);
	assert_int_equal(w->m->progs.nr, 2);
	rec = make_prog(w, "gm_page_add", 7, 900);
	rec.as_PROG.skipped = 3;
	rec.as_PROG.stats = GM_NO;
	put(w, &rec);
	assert_int_equal(w->m->progs.nr, 2);
	assert_string_equal(told(w, 0)->name, "gm_page_add");
	assert_int_equal(told(w, 0)->runs, 7);
	assert_int_equal(told(w, 0)->run_ns, 900);
	assert_int_equal(told(w, 0)->skipped, 3);
	assert_int_equal(told(w, 0)->stats, GM_NO);
	assert_string_equal(told(w, 1)->name, "gm_scan_vms");
	assert_int_equal(told(w, 1)->runs, 2);
}

/* More programs than a tool has: the first ones stay and are still updated. */
static void test_too_many(void **state)
{
	struct world *w = *state;
	char name[32];

	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		prog(w, name, i, i);
	}
	assert_int_equal(w->m->progs.nr, 256);
	assert_string_equal(told(w, 255)->name, "p255");
	prog(w, "p255", 1, 12345);
	prog(w, "p256", 1, 12345);
	assert_int_equal(w->m->progs.nr, 256);
	assert_int_equal(told(w, 255)->run_ns, 12345);
}

/* Names that gm_rec_check() refuses. */
static void test_names(void **state)
{
	struct world *w = *state;
	union gm_any rec = make_prog(w, "", 1, 1);

	memset(rec.as_PROG.name, 'x', sizeof(rec.as_PROG.name));
	put(w, &rec);
	put(w, &rec);
	assert_int_equal(w->m->progs.nr, 1);
	assert_int_equal(strnlen(told(w, 0)->name, 32), 31);
	prog(w, "a\x1b[2Jb", 1, 1);
	assert_string_equal(told(w, 1)->name, "a\\x1b[2Jb");
	prog(w, "", 5, 5);
	assert_int_equal(w->m->progs.nr, 3);
	assert_string_equal(told(w, 2)->name, "");
}

static void test_checked(void **state)
{
	struct world *w = *state;
	union gm_any rec = make_prog(w, "", 1, 1), out;

	memset(rec.as_PROG.name, 'x', sizeof(rec.as_PROG.name));
	rec.as_PROG.stats = 77;
	assert_int_equal(gm_rec_check(&rec, rec.h.len, &out), rec.h.len);
	assert_int_equal(out.as_PROG.stats, GM_UNKNOWN);
	assert_int_equal(out.as_PROG.name[31], 0);
}

static int sink(void *arg, const union gm_any *rec)
{
	return gm_model_apply(((struct world *)arg)->m, rec);
}

static void test_replayed(void **state)
{
	struct world *w = *state;
	struct gm_feed feed = { 0 };
	struct gm_source *src;
	struct gm_rec_stream *recs;
	struct unit_file f;
	struct gm_rec_writer *rec;

	unit_file_init(&f);
	assert_int_equal(gm_rec_writer_open(&rec, f.path, GM_CODEC_NONE), 0);
	for (unsigned int i = 1; i <= 3; i++) {
		union gm_any p = make_prog(w, "gm_page_add", i, 100 * i), t = make(w, GM_K_TICK);

		t.as_TICK.seq = i;
		t.as_TICK.last = i == 3;
		assert_int_equal(gm_rec_writer_put(rec, &p.h), 0);
		assert_int_equal(gm_rec_writer_put(rec, &t.h), 0);
	}
	assert_int_equal(gm_rec_writer_close(rec), 0);
	assert_int_equal(gm_feed_add(&feed, sink, w), 0);
	assert_int_equal(gm_rec_stream_open(&recs, f.path), 0);
	assert_int_equal(gm_replay_open(&src, recs, 0, &feed), 0);
	while (src->ops->poll(src, 1000000) > 0)
		;
	src->ops->close(src);
	unit_file_release(&f);
	assert_int_equal(w->m->ticks, 3);
	assert_int_equal(w->m->progs.nr, 1);
	assert_int_equal(told(w, 0)->runs, 3);
	assert_int_equal(told(w, 0)->run_ns, 300);
	assert_int_equal(told(w, 0)->stats, GM_YES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_newest),  MODEL_TEST(test_too_many), MODEL_TEST(test_names),
		MODEL_TEST(test_checked), MODEL_TEST(test_replayed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
