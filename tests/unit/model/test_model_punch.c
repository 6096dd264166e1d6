// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/model/model_punch.c: the cause of punches, and phases that a hook shows in part. */
#include "fixture/model_world.h"
#include "model/observe.h"

#define MS 1000000ull

/* Slot 0 of vm 1: guest pages 0x100 to 0x1ff are pages 16 to 271 of inode 1. */
static void begin(struct world *w)
{
	union gm_any rec;

	vm_create(w, 1, 100);
	rec = make_ev(w, GM_K_BIND, 1, 1, 1);
	rec.as_BIND.base_gfn = 0x100;
	rec.as_BIND.npages = 256;
	rec.as_BIND.pgoff = 16;
	put(w, &rec);
}

static void convert(struct world *w, uint32_t tid, uint64_t gfn, uint64_t npages)
{
	union gm_any rec = make_ev(w, GM_K_CONVERT, 1, 0, 0);

	rec.ev.tid = tid;
	rec.as_CONVERT.base_gfn = gfn;
	rec.as_CONVERT.npages = npages;
	put(w, &rec);
}

static union gm_any punch(struct world *w, uint32_t tid, uint64_t pgoff, uint64_t npages, const char *comm)
{
	union gm_any rec = make_ev(w, GM_K_PUNCH, 1, 1, 1);

	rec.ev.tgid = 100;
	rec.ev.tid = tid;
	snprintf(rec.ev.comm, sizeof(rec.ev.comm), "%s", comm);
	rec.as_PUNCH.pgoff = pgoff;
	rec.as_PUNCH.npages = npages;
	put(w, &rec);
	return rec;
}

/* Returns "convert", "~balloon", or "" for an unknown cause. */
static const char *why(struct world *w, const union gm_any *rec)
{
	const struct gm_cause *c = gm_punch_cause(w->m, rec);
	static char text[32];

	snprintf(text, sizeof(text), "%s%s", c && strcmp(c->by, "range") ? "~" : "", c ? c->name : "");
	return text;
}

static const char *why_punch(struct world *w, uint32_t tid, uint64_t pgoff, uint64_t npages)
{
	union gm_any rec = punch(w, tid, pgoff, npages, "CPU 0/KVM");

	return why(w, &rec);
}

static void test_conversion(void **state)
{
	struct world *w = *state;

	w->ns = 1000 * MS;
	begin(w);
	assert_string_equal(why_punch(w, 7, 16, 32), "");
	w->ns += MS;
	convert(w, 7, 0x110, 32);
	w->ns += MS;
	assert_string_equal(why_punch(w, 7, 32, 32), "convert");
	assert_string_equal(why_punch(w, 7, 40, 8), "convert");
	assert_string_equal(why_punch(w, 7, 32, 33), ""); /* one more page */
	assert_string_equal(why_punch(w, 7, 31, 8), "");
	assert_string_equal(why_punch(w, 8, 32, 32), ""); /* another thread */
	w->ns += 998 * MS;
	assert_string_equal(why_punch(w, 7, 32, 32), "convert");
	w->ns += 2 * MS;
	assert_string_equal(why_punch(w, 7, 32, 32), ""); /* long after */
}

/* Each vCPU converts independently; the oldest conversions are forgotten. */
static void test_side_by_side(void **state)
{
	struct world *w = *state;

	w->ns = 1000 * MS;
	begin(w);
	for (uint32_t tid = 1; tid <= GM_CONVERTED_NR + 1; tid++)
		convert(w, tid, 0x100 + tid, 1);
	w->ns += MS;
	assert_string_equal(why_punch(w, 1, 17, 1), "");
	assert_string_equal(why_punch(w, 2, 18, 1), "convert");
	assert_string_equal(why_punch(w, GM_CONVERTED_NR + 1, 17 + GM_CONVERTED_NR, 1), "convert");
}

static void test_failed(void **state)
{
	struct world *w = *state;
	union gm_any rec;

	w->ns = 1000 * MS;
	begin(w);
	rec = make_ev(w, GM_K_CONVERT, 1, 0, 0);
	rec.ev.ret = -22;
	rec.ev.tid = 7;
	rec.as_CONVERT.base_gfn = 0x100;
	rec.as_CONVERT.npages = 256;
	put(w, &rec);
	w->ns += MS;
	assert_string_equal(why_punch(w, 7, 16, 1), "");
	convert(w, 7, 0x100, 256);
	w->ns += MS;
	rec = punch(w, 7, 16, 1, "x");
	assert_string_equal(why(w, &rec), "convert");
	rec.ev.ret = -5;
	assert_string_equal(why(w, &rec), "");
	rec.h.kind = GM_K_FALLOCATE;
	rec.ev.ret = 0;
	assert_string_equal(why(w, &rec), "");
}

static void test_patterns(void **state)
{
	static const struct {
		const char *comm;
		uint32_t tid;
		uint64_t npages;
		const char *why;
	} cases[] = {
		{ "_balloon", 9, 1, "~balloon" },
		{ "__balloon", 9, 512, "~balloon" },
		{ "v_balloon", 9, 1024, "~balloon" },
		{ "qemu-system-x86", 100, 1, "~balloon" },
		{ "qemu-kvm", 100, 1, "~balloon" },
		{ "kvm", 100, 1, "~balloon" },
		{ "qemu-system-x86", 100, 2, "" }, /* virtio-mem, free page reporting, ... */
		{ "qemu-system-x86", 101, 1, "" }, /* not the main thread */
		{ "kvm-nx-lpage-re", 100, 1, "" },
		{ "firecracker", 100, 1, "" }, /* its one thread for devices has virtio-mem, too */
		{ "gmemguest", 100, 1, "" },
	};
	struct world *w = *state;

	w->ns = 1000 * MS;
	begin(w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(cases); i++) {
		union gm_any rec = punch(w, cases[i].tid, 16, cases[i].npages, cases[i].comm);

		assert_string_equal(why(w, &rec), cases[i].why);
	}
}

/* A punch that a scan found has no range and no thread. */
static void test_noticed(void **state)
{
	struct world *w = *state;
	union gm_any rec;

	w->ns = 1000 * MS;
	begin(w);
	rec = make_ev(w, GM_K_PUNCH, 1, 0, 1);
	rec.ev.flags = GM_EV_NODUR | GM_EV_BY_SCAN;
	rec.as_PUNCH.pages = 16;
	put(w, &rec);
	assert_string_equal(why(w, &rec), "");
	assert_int_equal(w->m->counts.events[GM_K_PUNCH], 1);
	assert_null(w->m->total[GM_PHASE_PUNCH]);
}

static void test_partly(void **state)
{
	struct world *w = *state;
	union gm_any rec = make(w, GM_K_PROBE);
	struct gm_sight s;

	strcpy(rec.as_PROBE.probe, "fallocate");
	strcpy(rec.as_PROBE.why, "fentry is refused");
	strcpy(rec.as_PROBE.unseen, "by io_uring");
	rec.as_PROBE.state = GM_PROBE_ATTACHED;
	rec.as_PROBE.cls = GM_WANTED;
	rec.as_PROBE.phases = 1u << GM_PHASE_FALLOCATE | 1u << GM_PHASE_PUNCH;
	rec.as_PROBE.partly = 1u << GM_PHASE_PUNCH;
	put(w, &rec);
	s = gm_model_sight(w->m, GM_PHASE_PUNCH);
	assert_int_equal(s.seen, GM_SEEN_PART);
	assert_string_equal(s.why, "not by io_uring: fentry is refused");
	assert_int_equal(gm_model_sight(w->m, GM_PHASE_FALLOCATE).seen, GM_SEEN_ALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_conversion), MODEL_TEST(test_side_by_side), MODEL_TEST(test_failed),
		MODEL_TEST(test_patterns),   MODEL_TEST(test_noticed),	    MODEL_TEST(test_partly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
