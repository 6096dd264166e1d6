// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of compared recordings: equal durations are noise, shifted ones are not, differences below the resolution of
 * slots have no verdict, and the rate of false verdicts is that of the method.
 */
#include "fixture/unit.h"
#include <math.h>
#include <stdlib.h>
#include "report/hist_diff.h"

/* One side of a comparison: a model that gets histograms and ticks. */
struct side {
	struct gm_diff_side d;
	uint64_t ns;
};

static void apply(struct side *s, union gm_any *r, unsigned int kind)
{
	s->ns += 1000;
	gm_rec_init(&r->h, kind, s->ns);
	assert_int_equal(gm_model_apply(s->d.m, r), 0);
}

static void side_init(struct side *s, const char *name)
{
	memset(s, 0, sizeof(*s));
	s->ns = 1000;
	s->d.name = name;
	assert_int_equal(gm_model_new(&s->d.m), 0);
	assert_int_equal(gm_diff_open(&s->d, NULL), 0);
}

static void add(struct side *s, unsigned int phase, uint64_t ns, uint32_t count)
{
	union gm_any r = { 0 };

	r.as_HIST.phase = phase;
	r.as_HIST.cells_nr = 1;
	r.as_HIST.cells[0] = (struct gm_cell){ .slot = gm_hist_slot(ns), .count = count };
	r.as_HIST.sum_ns = ns * count;
	r.as_HIST.min_ns = r.as_HIST.max_ns = ns;
	apply(s, &r, GM_K_HIST);
}

static void side_tick(struct side *s)
{
	union gm_any r = { 0 };

	apply(s, &r, GM_K_TICK);
	assert_int_equal(gm_diff_tick(&s->d, s->d.m), 0);
}

static void observed(struct side *s, unsigned int phase, uint32_t state)
{
	union gm_any r = { 0 };

	r.as_PROBE.state = state;
	r.as_PROBE.phases = 1u << phase;
	strcpy(r.as_PROBE.probe, "it");
	strcpy(r.as_PROBE.why, "not here");
	apply(s, &r, GM_K_PROBE);
}

/* Returns a latency of a lognormal-like distribution with this median and a spread of about a factor of 2. */
static uint64_t latency(uint64_t *seed, double median)
{
	double sum = 0;

	for (int i = 0; i < 12; i++)
		sum += (double)(unit_random(seed) >> 11) / 9007199254740992.0;
	return (uint64_t)(median * exp(0.7 * (sum - 6)));
}

static unsigned int make_rows(struct side *a, struct side *b, struct gm_diff_row *rows)
{
	unsigned int nr;

	assert_int_equal(gm_diff_end(&a->d), 0);
	assert_int_equal(gm_diff_end(&b->d), 0);
	assert_int_equal(gm_diff_make(&a->d, &b->d, UINT32_MAX, rows, &nr), 0);
	return nr;
}

/* Compares ticks of n operations each; b's median is `times` a's. Returns the verdict on alloc. */
static struct gm_diff_row verdict(unsigned int ticks, unsigned int n, double times, uint64_t *seed)
{
	struct gm_diff_row rows[GM_PHASE_NR];
	struct side a, b;

	side_init(&a, "a");
	side_init(&b, "b");
	for (unsigned int t = 0; t < ticks; t++) {
		for (unsigned int i = 0; i < n; i++) {
			add(&a, GM_PHASE_ALLOC, latency(seed, 20000), 1);
			add(&b, GM_PHASE_ALLOC, latency(seed, 20000 * times), 1);
		}
		side_tick(&a);
		side_tick(&b);
	}
	assert_int_equal(make_rows(&a, &b, rows), 1);
	gm_diff_release(&a.d);
	gm_diff_release(&b.d);
	return rows[0];
}

static void test_shifts(void **state)
{
	uint64_t seed = 42;
	struct gm_diff_row r;

	(void)state;
	r = verdict(20, 50, 1.5, &seed);
	assert_int_equal(r.verdict, GM_DIFF_SLOWER);
	assert_true(r.intervals && r.test.n_a == 20 && r.test.effect > 0.9);
	r = verdict(20, 50, 0.6, &seed);
	assert_int_equal(r.verdict, GM_DIFF_FASTER);
	r = verdict(3, 300, 1.5, &seed);
	assert_int_equal(r.verdict, GM_DIFF_SLOWER);
	assert_true(!r.intervals && r.test.n_a == 900);
	r = verdict(3, 300, 0.6, &seed);
	assert_int_equal(r.verdict, GM_DIFF_FASTER);
}

static void test_too_few(void **state)
{
	uint64_t seed = 42;

	(void)state;
	assert_int_equal(verdict(1, 7, 10, &seed).verdict, GM_DIFF_TOO_FEW);
	assert_int_equal(verdict(1, 8, 10, &seed).verdict, GM_DIFF_SLOWER);
}

/*
 * Equal sources, by both units: at most about one verdict in a hundred is not noise (of 600 trials, 15 would be 3.7
 * sigma).
 */
static void test_false_calls(void **state)
{
	uint64_t seed = 4711;
	unsigned int calls[2] = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 600; i++) {
		calls[0] += verdict(12, 10, 1, &seed).verdict != GM_DIFF_NOISE;
		calls[1] += verdict(2, 60, 1, &seed).verdict != GM_DIFF_NOISE;
	}
	if (calls[0] > 15 || calls[1] > 15)
		fail_msg("false calls: %u by intervals, %u by operations, of 600", calls[0], calls[1]);
}

/* Compares A in one slot with B in the next one, or the one after. */
static enum gm_verdict by_slots(unsigned int apart)
{
	struct gm_diff_row rows[GM_PHASE_NR];
	struct side a, b;

	side_init(&a, "a");
	side_init(&b, "b");
	add(&a, GM_PHASE_ZERO, gm_hist_bounds[80], 100000);
	add(&b, GM_PHASE_ZERO, gm_hist_bounds[80 + apart], 100000);
	side_tick(&a);
	side_tick(&b);
	assert_int_equal(make_rows(&a, &b, rows), 1);
	gm_diff_release(&a.d);
	gm_diff_release(&b.d);
	return rows[0].verdict;
}

static void test_resolution(void **state)
{
	(void)state;
	assert_int_equal(by_slots(0), GM_DIFF_NOISE);
	assert_int_equal(by_slots(1), GM_DIFF_NOISE);
	assert_int_equal(by_slots(2), GM_DIFF_SLOWER);
}

/* A million operations make any difference significant, so its size decides. */
static void test_trifle(void **state)
{
	struct gm_diff_row rows[GM_PHASE_NR];
	struct side a, b;

	(void)state;
	side_init(&a, "a");
	side_init(&b, "b");
	add(&a, GM_PHASE_ZERO, 1000, 1000000);
	add(&a, GM_PHASE_ZERO, 4000, 1000000);
	add(&b, GM_PHASE_ZERO, 1000, 950000);
	add(&b, GM_PHASE_ZERO, 4000, 1050000);
	side_tick(&a);
	side_tick(&b);
	assert_int_equal(make_rows(&a, &b, rows), 1);
	assert_true(rows[0].p_holm < 1e-9 && rows[0].test.effect > 0.512 && rows[0].test.effect < 0.513);
	assert_int_equal(rows[0].verdict, GM_DIFF_NOISE);
	gm_diff_release(&a.d);
	gm_diff_release(&b.d);
}

static void test_not_seen(void **state)
{
	struct gm_str out = { 0 };
	struct gm_diff_row rows[GM_PHASE_NR];
	struct side a, b;
	unsigned int nr;

	(void)state;
	side_init(&a, "a");
	side_init(&b, "b");
	observed(&a, GM_PHASE_ZERO, GM_PROBE_ATTACHED);
	observed(&b, GM_PHASE_ZERO, GM_PROBE_ABSENT);
	add(&a, GM_PHASE_ZERO, 1000, 100);
	nr = make_rows(&a, &b, rows);
	assert_int_equal(nr, 1);
	assert_int_equal(rows[0].verdict, GM_DIFF_NA);
	gm_diff_text(&out, &a.d, &b.d, rows, nr);
	assert_non_null(strstr(out.s, "n/a in B: not here\n"));
	gm_str_clear(&out);
	gm_diff_json(&out, &a.d, &b.d, rows, nr);
	assert_non_null(strstr(out.s, "\"b\":{\"recording\":\"b\",\"lost\":0,\"na\":\"not here\"}"));
	assert_non_null(strstr(out.s, "\"verdict\":\"na\"}\n"));
	gm_str_release(&out);
	gm_diff_release(&a.d);
	gm_diff_release(&b.d);
}

/* Holm's correction is over all tested phases: more phases need more evidence. */
static void test_corrected(void **state)
{
	struct gm_diff_row rows[GM_PHASE_NR];
	struct side a, b;
	uint64_t seed = 17;
	unsigned int nr;

	(void)state;
	side_init(&a, "a");
	side_init(&b, "b");
	for (int t = 0; t < 12; t++) {
		for (unsigned int p = GM_PHASE_ALLOC; p <= GM_PHASE_HOST_FAULT; p++) {
			add(&a, p, latency(&seed, 20000), 1);
			add(&b, p, latency(&seed, p == GM_PHASE_ALLOC ? 60000 : 20000), 1);
		}
		side_tick(&a);
		side_tick(&b);
	}
	nr = make_rows(&a, &b, rows);
	assert_int_equal(nr, 6);
	assert_true(fabs(rows[0].p_holm - 6 * rows[0].test.p) < 1e-12);
	assert_int_equal(rows[0].verdict, GM_DIFF_SLOWER);
	for (unsigned int i = 1; i < nr; i++)
		assert_int_equal(rows[i].verdict, GM_DIFF_NOISE);
	gm_diff_release(&a.d);
	gm_diff_release(&b.d);
}

static void test_nothing(void **state)
{
	struct gm_diff_row rows[GM_PHASE_NR];
	struct gm_str out = { 0 };
	struct side a, b;

	(void)state;
	side_init(&a, "a");
	side_init(&b, "b");
	assert_int_equal(make_rows(&a, &b, rows), 0);
	gm_diff_text(&out, &a.d, &b.d, rows, 0);
	assert_non_null(strstr(out.s, "nothing to compare"));
	gm_str_release(&out);
	gm_diff_release(&a.d);
	gm_diff_release(&b.d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shifts),	   cmocka_unit_test(test_too_few), cmocka_unit_test(test_false_calls),
		cmocka_unit_test(test_resolution), cmocka_unit_test(test_trifle),  cmocka_unit_test(test_not_seen),
		cmocka_unit_test(test_corrected),  cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
