// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The answer of a reboot against sums made by hand; its block of text: five lines of 80 columns at most, whatever the
 * numbers and names; quantities by name; the distribution over several reboots.
 */
#include "fixture/episodes.h"
#include "report/reboot_report_int.h"
#include "report/reboot_spread.h"
#include "report/text.h"

static void check_sum(const struct gm_reboot_sum *sum, uint64_t wall_ns, enum gm_sum_kind kind)
{
	assert_int_equal(sum->wall_ns, wall_ns);
	assert_int_equal(sum->kind, kind);
}

/*
 * By hand: teardown zap 40 + release 20 + destroy 100 + free 230 (the unbind ran in parallel); set-up vm_create 4 +
 * create 0.03 + bind 1; faults 300. Work: the same calls and the unbind's 3, and 48000 faults of 8 us. Of the faults'
 * wall clock map has 900 of 8000.
 */
static void test_sums(void **state)
{
	struct gm_reboot_answer a;
	struct world w;

	(void)state;
	full_world(&w);
	gm_reboot_answer(w.m, e_recreate(&w), &a);
	check_sum(&a.part[GM_REBOOT_TEARDOWN], 390 * E_MS, GM_SUM_EXACT);
	check_sum(&a.part[GM_REBOOT_SETUP], 5030 * E_US, GM_SUM_EXACT);
	check_sum(&a.part[GM_REBOOT_FAULTS], 300 * E_MS, GM_SUM_EXACT);
	check_sum(&a.memory, 695030 * E_US, GM_SUM_EXACT);
	assert_int_equal(a.elsewhere_ns, 1304970 * E_US);
	assert_true(a.work_known);
	assert_int_equal(a.work_ns, 393 * E_MS + 5030 * E_US + 48000 * 8 * E_US);
	assert_true(a.vm_known);
	assert_int_equal(a.vm_ns, 40 * E_MS + 33750 * E_US);
	assert_string_equal(a.why, "");
	world_free(&w);
}

/* Sums that miss something are bounds or n/a, and say why. */
static void test_bounds(void **state)
{
	struct gm_reboot_answer a;
	struct gm_episode *e;
	struct world w;

	(void)state;
	full_world(&w);
	gm_reboot_answer(w.m, e_overlap(&w), &a); /* calls are missing, busy was not measured */
	check_sum(&a.part[GM_REBOOT_TEARDOWN], 180 * E_MS, GM_SUM_LEAST);
	check_sum(&a.part[GM_REBOOT_SETUP], 10 * E_MS, GM_SUM_LEAST);
	check_sum(&a.part[GM_REBOOT_FAULTS], 0, GM_SUM_NA);
	check_sum(&a.memory, 190 * E_MS, GM_SUM_LEAST);
	assert_false(a.work_known);
	assert_false(a.vm_known);
	assert_string_equal(a.why, "there were more calls than are kept");
	e = e_recreate(&w);
	e->blurred = true;
	gm_reboot_answer(w.m, e, &a);
	check_sum(&a.part[GM_REBOOT_FAULTS], 300 * E_MS, GM_SUM_ABOUT);
	check_sum(&a.memory, 695030 * E_US, GM_SUM_ABOUT);
	e = e_recreate(&w);
	e->new[GM_PHASE_GUEST_FAULT].untimed = 3;
	gm_reboot_answer(w.m, e, &a);
	check_sum(&a.part[GM_REBOOT_FAULTS], 300 * E_MS, GM_SUM_LEAST);
	gm_reboot_answer(w.m, e_handover(&w), &a);
	check_sum(&a.memory, 2 * E_MS, GM_SUM_EXACT);
	world_free(&w);
}

/* A host that sees no functions: nothing was measured, so nothing is 0. */
static void test_na(void **state)
{
	struct gm_reboot_answer a;
	struct gm_episode *e;
	struct world w;

	(void)state;
	full_world(&w);
	w_probe(&w, GM_REQUIRED, GM_PROBE_REFUSED, GM_ALL_PHASES, "all", "", "not allowed here");
	e = e_new(&w, "guest-0", 100 * W_S, 5 * E_MS);
	e_who(e, GM_REBOOT_RECREATE, GM_REBOOT_STEADY, 1, 2, 7, 7);
	e_rest(e, false);
	gm_reboot_answer(w.m, e, &a);
	for (unsigned int p = 0; p < GM_REBOOT_PARTS; p++)
		check_sum(&a.part[p], 0, GM_SUM_NA);
	check_sum(&a.memory, 0, GM_SUM_NA);
	assert_non_null(strstr(a.why, "not allowed here"));
	world_free(&w);
}

/* ---- the block ---- */

static void block_of(struct gm_str *out, const struct world *w, const struct gm_episode *e, const struct gm_saving *s)
{
	const struct gm_reboot_facts f = e_facts(w, e, s);

	gm_str_clear(out);
	gm_reboot_block(out, w->m, &f);
	assert_int_equal(out->err, 0);
}

static void add_block(struct gm_str *all, const struct world *w, const struct gm_episode *e, const struct gm_saving *s)
{
	const struct gm_reboot_facts f = e_facts(w, e, s);

	gm_reboot_block(all, w->m, &f);
	gm_str_puts(all, "\n");
}

/* One block for each style, and for each kind of gap. */
static void test_golden(void **state)
{
	struct gm_saving s = e_saving(), na = { .na = "nothing was freed" };
	struct gm_str out = { 0 };
	struct gm_episode *e;
	struct world w;

	(void)state;
	full_world(&w);
	add_block(&out, &w, e_recreate(&w), &s);
	add_block(&out, &w, e_shutdown(&w), &na);
	add_block(&out, &w, e_overlap(&w), &na);
	add_block(&out, &w, e_handover(&w), &na);
	add_block(&out, &w, e_inplace(&w), &s);
	e = e_recreate(&w);
	e->style = GM_REBOOT_LINK;
	add_block(&out, &w, e, &na);
	e = e_recreate(&w); /* fallocate allocated: the saving lies in the set-up */
	e->new[GM_PHASE_FALLOCATE].wall_ns = 80 * E_MS;
	add_block(&out, &w, e, &s);
	e = e_recreate(&w);
	e->start_ns -= 100 * E_MS;
	add_block(&out, &w, e, &s);
	world_free(&w);
	world_init(&w); /* no hook on zap */
	assert_int_equal(gm_model_keep_reboots(w.m), 0);
	e = e_overlap(&w);
	e->cut_steps = false;
	add_block(&out, &w, e, &na);
	golden("reboot_answers.txt", out.s);
	gm_str_release(&out);
	world_free(&w);
}

static void check_block(const char *text)
{
	unsigned int lines = 0;
	size_t col = 0;

	for (; *text; text++) {
		col = *text == '\n' ? 0 : col + 1;
		lines += *text == '\n';
		if (col > 80 || lines > 5)
			fail_msg("wider than 80 columns, or more than 5 lines: %.*s", 100, text);
	}
}

static struct gm_episode *random_episode(struct world *w, uint64_t *seed)
{
	uint64_t part[GM_PART_NR], busy = unit_random_size(seed) >> 24, len = (busy + 1) << 4;
	struct gm_episode *e = e_new(w, "a-machine-with-quite-a-long-name-17", 1 + (unit_random_size(seed) >> 2), len);

	e_who(e, unit_random(seed) % 7, unit_random(seed) % 4, 1, (uint32_t)unit_random(seed) % 3,
	      (uint32_t)unit_random_size(seed), (uint32_t)unit_random_size(seed));
	for (unsigned int p = 0; p < GM_PART_NR; p++)
		part[p] = 1 + (unit_random_size(seed) >> 34);
	e_call(e, true, GM_PHASE_RELEASE, 0, len / 4, 0, len / 4, 0, 1, "vmm");
	e_call(e, false, GM_PHASE_FALLOCATE, len / 4, len / 4, 0, len / 4, 0, 1, "vmm");
	e_faults(e, unit_random(seed) % 50, part, unit_random(seed) % 2 ? busy : 0);
	e_rest(e, unit_random(seed) % 2);
	e->end_known = unit_random(seed) % 4;
	e->start_max_ns += unit_random(seed) % 4 ? 0 : len / 2;
	e->cut_steps = !(unit_random(seed) % 4);
	e->blurred = !(unit_random(seed) % 4);
	return e;
}

static void test_random(void **state)
{
	struct gm_str out = { 0 };
	uint64_t seed = 20261130;

	(void)state;
	for (unsigned int i = 0; i < 2000; i++) {
		struct gm_saving s = { .na = "because of something" };
		struct world w;

		if (unit_random(&seed) % 2)
			s.na[0] = '\0';
		full_world(&w);
		s.free_ns.mid = (double)unit_random_size(&seed) * (unit_random(&seed) % 8 ? 1 : -1);
		s.wall_ns = (struct gm_interval){ (double)unit_random_size(&seed), (double)unit_random_size(&seed),
						  (double)unit_random_size(&seed) };
		block_of(&out, &w, random_episode(&w, &seed), &s);
		check_block(out.s);
		world_free(&w);
	}
	gm_str_release(&out);
}

/* ---- quantities ---- */

static void test_names(void **state)
{
	char name[GM_RQ_NAME_LEN];
	unsigned int q;

	(void)state;
	for (unsigned int i = 0; i < GM_RQ_NR; i++) {
		assert_true(gm_reboot_quantity_find(gm_reboot_quantity_name(name, i), &q));
		assert_int_equal(q, i);
	}
	assert_true(gm_reboot_quantity_find("zap", &q));
	assert_int_equal(q, GM_RQ_OLD + GM_PHASE_ZAP);
	assert_true(gm_reboot_quantity_find("alloc", &q));
	assert_int_equal(q, GM_RQ_NEW + GM_PHASE_ALLOC);
	assert_false(gm_reboot_quantity_find("", &q));
	assert_false(gm_reboot_quantity_find("old.", &q));
	assert_false(gm_reboot_quantity_find("walls", &q));
}

static void check_quantity(const struct world *w, const struct gm_reboot_facts *f, const char *name, uint64_t ns)
{
	unsigned int q;
	uint64_t got;

	assert_true(gm_reboot_quantity_find(name, &q));
	assert_true(gm_reboot_quantity(w->m, f, q, &got));
	assert_int_equal(got, ns);
}

static void check_unknown(const struct world *w, const struct gm_reboot_facts *f, const char *name)
{
	unsigned int q;
	uint64_t got;

	assert_true(gm_reboot_quantity_find(name, &q));
	assert_false(gm_reboot_quantity(w->m, f, q, &got));
}

static void test_quantities(void **state)
{
	struct gm_reboot_facts f;
	struct world w;

	(void)state;
	full_world(&w);
	f.e = e_recreate(&w);
	f.saving = e_saving();
	gm_reboot_answer(w.m, f.e, &f.answer);
	check_quantity(&w, &f, "wall", 2000 * E_MS);
	check_quantity(&w, &f, "memory", 695030 * E_US);
	check_quantity(&w, &f, "elsewhere", 1304970 * E_US);
	check_quantity(&w, &f, "between", 120 * E_MS);
	check_quantity(&w, &f, "saved", 231 * E_MS);
	check_quantity(&w, &f, "free", 230 * E_MS);
	check_quantity(&w, &f, "alloc", 150 * E_MS);
	check_quantity(&w, &f, "new.zap", 0);
	check_quantity(&w, &f, "user", 652485 * E_US);
	check_unknown(&w, &f, "unknown");
	f.e = e_overlap(&w);
	f.saving = (struct gm_saving){ .na = "nothing was freed" };
	gm_reboot_answer(w.m, f.e, &f.answer);
	check_quantity(&w, &f, "between", 0);
	check_unknown(&w, &f, "memory");
	check_unknown(&w, &f, "teardown");
	check_unknown(&w, &f, "alloc");
	check_unknown(&w, &f, "saved");
	f.e = e_shutdown(&w);
	gm_reboot_answer(w.m, f.e, &f.answer);
	check_quantity(&w, &f, "teardown", 30 * E_MS);
	check_unknown(&w, &f, "setup");
	check_unknown(&w, &f, "alloc");
	world_free(&w);
}

/* ---- the distribution ---- */

/* Six reboots of 2 s to 7 s, and a shutdown and an open one that do not count. */
static size_t make_six(struct world *w, struct gm_reboot_facts facts[8])
{
	const struct gm_saving saving = e_saving();

	for (size_t i = 0; i < 8; i++) {
		struct gm_episode *e = i == 6 ? e_shutdown(w) : i == 7 ? e_inplace(w) : e_recreate(w);

		if (i < 6) {
			e->end_ns += i * W_S;
			e->end_min_ns = e->end_ns;
			e_rest(e, true);
		}
		facts[i] = e_facts(w, e, &saving);
	}
	return 8;
}

static void test_spread(void **state)
{
	struct gm_reboot_facts facts[8];
	struct gm_str out = { 0 };
	struct gm_spread s;
	uint64_t values[8];
	struct world w;
	size_t nr;

	(void)state;
	full_world(&w);
	nr = make_six(&w, facts);
	gm_spread_make(w.m, facts, nr, GM_RQ_WALL, values, &s);
	assert_int_equal(s.known, 6);
	assert_int_equal(s.p50_ns, 4 * W_S); /* the third of six */
	assert_int_equal(s.p90_ns, 7 * W_S); /* the sixth: 0.9 of 6 is more than 5 */
	assert_int_equal(s.max_ns, 7 * W_S);
	assert_int_equal(s.max_episode, 6);
	gm_spread_make(w.m, facts, nr, GM_RQ_OLD + GM_PHASE_FREE, values, &s);
	assert_true(s.sum_ns == 6 * 230.0 * E_MS && s.of_wall_ns == 27.0 * W_S);
	gm_spread_text(&out, w.m, facts, nr);
	golden("reboot_spread.txt", out.s);
	gm_str_clear(&out);
	gm_spread_text(&out, w.m, facts, 4);
	assert_int_equal(out.len, 0);
	gm_spread_json(&out, w.m, facts, nr);
	golden("reboot_spread.jsonl", out.s);
	gm_str_release(&out);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),	   cmocka_unit_test(test_bounds), cmocka_unit_test(test_na),
		cmocka_unit_test(test_golden),	   cmocka_unit_test(test_random), cmocka_unit_test(test_names),
		cmocka_unit_test(test_quantities), cmocka_unit_test(test_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
