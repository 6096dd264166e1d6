// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/model/reboot_saving.c: what re-using the inode would have saved, from exactly known costs. */
#include "fixture/model_world.h"
#include "model/reboot.h"

#define SEC	1000000000ull
#define PAGES	200

static void call(struct world *w, unsigned int kind, uint32_t vm, uint32_t inode, uint64_t ns)
{
	union gm_any rec = make_ev(w, kind, vm, kind == GM_K_VM_CREATE || kind == GM_K_VM_DESTROY ? 0 : inode, inode);

	rec.ev.dur_ns = rec.ev.self_ns = ns;
	rec.ev.tid = rec.ev.tgid = 100;
	rec.ev.flags = GM_EV_CPU;
	if (kind == GM_K_EVICT)
		rec.as_EVICT.pages = PAGES;
	if (kind == GM_K_BIND)
		rec.as_BIND.npages = 256;
	if (kind == GM_K_FALLOCATE)
		rec.as_FALLOCATE.pages = PAGES;
	put(w, &rec);
	w->ns += 20000;
}

/* Adds n values of ns each. */
static void times_of(struct world *w, uint32_t vm, unsigned int phase, uint64_t ns, uint64_t n)
{
	union gm_any rec = make(w, GM_K_HIST);

	rec.as_HIST.vm = vm;
	rec.as_HIST.phase = phase;
	rec.as_HIST.sum_ns = ns * n;
	rec.as_HIST.min_ns = rec.as_HIST.max_ns = ns;
	rec.as_HIST.cells_nr = 1;
	rec.as_HIST.cells[0].slot = gm_hist_slot(ns);
	rec.as_HIST.cells[0].count = n;
	put(w, &rec);
}

static void parts_of(struct world *w, uint32_t vm, const uint64_t part_ns[GM_PART_NR], uint64_t found,
		     uint64_t found_ns)
{
	union gm_any rec = make(w, GM_K_SPLIT);

	rec.as_SPLIT.vm = vm;
	rec.as_SPLIT.phase = GM_PHASE_GUEST_FAULT;
	memcpy(rec.as_SPLIT.part_ns, part_ns, GM_PART_NR * sizeof(part_ns[0]));
	rec.as_SPLIT.found = found;
	rec.as_SPLIT.found_ns = found_ns;
	rec.as_SPLIT.first_ns = w->ns - 1000;
	rec.as_SPLIT.last_ns = w->ns;
	rec.as_SPLIT.flags = GM_EV_CPU;
	put(w, &rec);
}

/* Adds n faults that found their page, each with ns and 300 ns of mapping. */
static void found(struct world *w, uint32_t vm, uint64_t n, uint64_t ns)
{
	const uint64_t part[GM_PART_NR] = { [GM_PART_OTHER] = n * ns, [GM_PART_MAP] = n * 300 };

	times_of(w, vm, GM_PHASE_GUEST_FAULT, ns + 300, n);
	times_of(w, vm, GM_PHASE_MAP, 300, n);
	parts_of(w, vm, part, n, n * ns);
}

/* Adds n faults that zeroed a page and allocated it (alloc 0: fallocate did). */
static void made(struct world *w, uint32_t vm, uint64_t n, uint64_t alloc, uint64_t zero)
{
	const uint64_t part[GM_PART_NR] = {
		[GM_PART_ALLOC] = n * alloc, [GM_PART_ZERO] = n * zero, [GM_PART_MAP] = n * 300
	};

	times_of(w, vm, GM_PHASE_ALLOC, alloc, n);
	times_of(w, vm, GM_PHASE_ZERO, zero, n);
	times_of(w, vm, GM_PHASE_MAP, 300, n);
	times_of(w, vm, GM_PHASE_GUEST_FAULT, alloc + zero + 300, n);
	parts_of(w, vm, part, 0, 0);
}

static void begin(struct world *w)
{
	union gm_any meta = make(w, GM_K_META), rec = make(w, GM_K_PROBE);

	w->ns = SEC;
	meta.as_META.page_size = 4096;
	put(w, &meta);
	memcpy(rec.as_PROBE.probe, "all", 4);
	rec.as_PROBE.state = GM_PROBE_ATTACHED;
	rec.as_PROBE.phases = GM_ALL_PHASES;
	put(w, &rec);
	assert_int_equal(gm_model_keep_reboots(w->m), 0);
}

static void up(struct world *w, uint32_t vm)
{
	call(w, GM_K_VM_CREATE, vm, 0, 5000);
	call(w, GM_K_CREATE, vm, vm, 3000);
	call(w, GM_K_BIND, vm, vm, 4000);
	w->ns += SEC;
}

/* Takes a VM down; its memory is freed in 20000 ns. */
static void down(struct world *w, uint32_t vm)
{
	w->ns += 100000;
	call(w, GM_K_VM_DESTROY, vm, 0, 40000);
	call(w, GM_K_RELEASE, vm, vm, 25000);
	call(w, GM_K_EVICT, 0, vm, 20000);
}

/* Boots the first VM. */
static void booted(struct world *w)
{
	begin(w);
	up(w, 1);
	made(w, 1, PAGES, 1000, 600);
}

/* Ends the first VM and boots its successor. */
static void replaced(struct world *w)
{
	down(w, 1);
	up(w, 2);
}

/* Boots both VMs; many faults of the first one found their page. */
static void rebuilt(struct world *w)
{
	booted(w);
	found(w, 1, 10000, 400);
	replaced(w);
}

/* Ends the reboot and returns its saving. */
static struct gm_saving end(struct world *w)
{
	struct gm_saving s;

	for (int i = 0; i < 4; i++) {
		union gm_any rec = make(w, GM_K_TICK);

		w->ns += SEC / 10;
		rec = make(w, GM_K_TICK);
		put(w, &rec);
	}
	assert_int_equal(gm_model_episodes(w->m)->nr, 1);
	gm_episode_saving(w->m, gm_model_episodes(w->m)->at[0], &s);
	assert_string_equal(s.na, "");
	assert_true(s.total_ns.low <= s.total_ns.mid && s.total_ns.mid <= s.total_ns.high);
	return s;
}

static void near(double got, double want, double part)
{
	if (got < want * (1 - part) || got > want * (1 + part))
		fail_msg("expected %.0f within %.1f %%, got %.0f", want, part * 100, got);
}

/* The old VM's faults that found their pages give the cost of the new one's. */
static void test_found_before(void **state)
{
	struct world *w = *state;
	struct gm_saving s;

	rebuilt(w);
	made(w, 2, PAGES, 1000, 600);
	s = end(w);
	near(s.free_ns.mid, 20000, 0);
	near(s.alloc_ns.mid, PAGES * (1000 - 400), 0.001);
	near(s.zero_ns.mid, PAGES * 600, 0.001);
	/* 2 % of 400: two parts in the root of 10000; and 3 % of 600 */
	near(s.alloc_ns.low, PAGES * (600 - 8 - 18), 0.001);
	near(s.alloc_ns.high, PAGES * (600 + 8 + 18), 0.001);
}

/* Few such faults give wide bounds. */
static void test_found_few(void **state)
{
	struct world *w = *state;
	struct gm_saving s;

	booted(w);
	replaced(w);
	made(w, 2, PAGES, 1000, 600);
	found(w, 2, 1, 400);
	s = end(w);
	near(s.alloc_ns.low, 0, 0);
	near(s.alloc_ns.mid, PAGES * (1000 - 400), 0.001);
	near(s.alloc_ns.high, PAGES * (1000 + 18), 0.001);
}

/* One of 20 faults that found their page lost its CPU for 10 ms, so the mean is not used. */
static void test_found_inflated(void **state)
{
	struct world *w = *state;
	struct gm_saving s;

	booted(w);
	found(w, 1, 19, 400);
	found(w, 1, 1, 10000000);
	replaced(w);
	made(w, 2, PAGES, 1000, 600);
	s = end(w);
	near(s.alloc_ns.mid, PAGES * (1000 - 400), 0.09);
	assert_true(s.alloc_ns.low <= PAGES * 600 && s.alloc_ns.high >= PAGES * 600);
}

/*
 * With pages by fallocate, the saving is its call and the faults' zeroing; the rest of the faults is the cost of
 * finding a page.
 */
static void test_fallocate(void **state)
{
	const uint64_t part[GM_PART_NR] = {
		[GM_PART_OTHER] = PAGES * 300, [GM_PART_ZERO] = PAGES * 700, [GM_PART_MAP] = PAGES * 300
	};
	struct world *w = *state;
	struct gm_saving s;

	rebuilt(w);
	times_of(w, 2, GM_PHASE_ALLOC, 900, PAGES);
	call(w, GM_K_FALLOCATE, 2, 2, 7000);
	times_of(w, 2, GM_PHASE_ZERO, 700, PAGES);
	times_of(w, 2, GM_PHASE_GUEST_FAULT, 1300, PAGES);
	parts_of(w, 2, part, 0, 0);
	s = end(w);
	near(s.alloc_ns.mid, PAGES * 900 + 7000, 0.001);
	near(s.zero_ns.mid, PAGES * (300 + 700 - 400), 0.001);
}

/* Zeroing never sleeps, so a zeroing that takes thousands of times as long had lost its CPU. */
static void test_lost_cpu(void **state)
{
	struct world *w = *state;
	struct gm_saving s;

	rebuilt(w);
	made(w, 2, PAGES - 4, 1000, 600);
	made(w, 2, 1, 1000, 3000000);
	made(w, 2, 1, 1000, 4000000);
	made(w, 2, 1, 1000, 9000000);
	made(w, 2, 1, 5000000, 600); /* as long as zero's slow values */
	s = end(w);
	near(s.zero_ns.mid, PAGES * 600, 0.05);
	near(s.alloc_ns.mid, PAGES * (1000 - 400), 0.08);
	assert_true(s.zero_ns.low <= PAGES * 600 && s.zero_ns.high >= PAGES * 600);
	assert_true(s.alloc_ns.low <= PAGES * 600 && s.alloc_ns.high >= PAGES * 600);
}

/* An allocation may sleep, so its slow values belong to a page's cost. */
static void test_slow_allocator(void **state)
{
	struct world *w = *state;
	struct gm_saving s;

	rebuilt(w);
	made(w, 2, PAGES - 10, 1000, 600);
	made(w, 2, 10, 2000000, 600);
	s = end(w);
	near(s.alloc_ns.mid, (PAGES - 10) * 1000 + 10 * 2000000 - PAGES * 400, 0.001);
}

/* Later faults of the machine do not change the saving of a reboot that has ended, nor does a copy of the model. */
static void test_settled_once(void **state)
{
	struct gm_packed packed = { 0 };
	struct gm_model *copy = NULL;
	struct world *w = *state;
	struct gm_saving before, later;

	booted(w);
	replaced(w);
	made(w, 2, PAGES, 1000, 600);
	before = end(w);
	found(w, 2, 10000, 100);
	later = end(w);
	assert_memory_equal(&later, &before, sizeof(before));
	assert_int_equal(gm_model_pack(w->m, &packed), 0);
	assert_int_equal(gm_model_unpack(&packed, &copy), 0);
	gm_episode_saving(copy, gm_model_episodes(copy)->at[0], &later);
	assert_memory_equal(&later, &before, sizeof(before));
	gm_model_free(copy);
	free(packed.word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_found_before), MODEL_TEST(test_found_few), MODEL_TEST(test_found_inflated),
		MODEL_TEST(test_fallocate),    MODEL_TEST(test_lost_cpu),  MODEL_TEST(test_slow_allocator),
		MODEL_TEST(test_settled_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
