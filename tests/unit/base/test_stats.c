// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests the rank test against numbers computed by its definition (all pairs, variance from the ranks), its false
 * alarms on equal distributions, Holm's correction, and gains of histograms.
 */
#include "fixture/unit.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/hist.h"
#include "base/stats.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void near(double got, double want)
{
	if (fabs(got - want) > 1e-12 * fmax(1, fabs(want)))
		fail_msg("got %.17g, want %.17g", got, want);
}

static struct gm_rank_test test_of(const double *a, size_t na, const double *b, size_t nb)
{
	struct gm_rank_test t;

	assert_int_equal(gm_rank_test_values(a, na, b, nb, &t), 0);
	assert_int_equal(t.n_a, na);
	assert_int_equal(t.n_b, nb);
	return t;
}

static void test_definition(void **state)
{
	const double a[] = { 13, 2, 1, 2, 8, 3, 5, 21 }, b[] = { 40, 3, 2, 3, 4, 9, 8, 31, 30 };
	const double c[] = { 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5 }, d[] = { 11, 12, 13, 14, 15, 16, 17, 18 };
	struct gm_rank_test t = test_of(a, N(a), b, N(b));

	(void)state;
	near(t.u, 48.5);
	near(t.effect, 0.67361111111111116);
	near(t.z, 1.161121536192129);
	near(t.p, 0.24559247774093462);
	t = test_of(c, N(c), d, N(d));
	near(t.effect, 1);
	near(t.z, 3.308161698516173);
	near(t.p, 0.00093910569911719055);
}

/* Swapped samples have the same p and the opposite direction. */
static void test_swapped(void **state)
{
	const double a[] = { 13, 2, 1, 2, 8, 3, 5, 21 }, b[] = { 40, 3, 2, 3, 4, 9, 8, 31, 30 };
	struct gm_rank_test x = test_of(a, N(a), b, N(b)), y = test_of(b, N(b), a, N(a));

	(void)state;
	near(x.p, y.p);
	near(x.effect, 1 - y.effect);
	near(x.z, -y.z);
}

static void test_counted_values(void **state)
{
	const struct gm_tie ties[] = { { 7, 5, 1 }, { 8, 0, 0 }, { 9, 2, 8 } };
	struct gm_rank_test t;

	(void)state;
	gm_rank_test(ties, N(ties), &t);
	near(t.u, 50.5);
	near(t.effect, 0.80158730158730163);
	near(t.z, 2.3307809168902343);
	near(t.p, 0.019764914871574737);
}

static void test_nothing_to_report(void **state)
{
	const struct gm_tie same[] = { { 7, 1000, 3000 } }, one_sided[] = { { 7, 1000, 0 }, { 9, 1, 0 } };
	struct gm_rank_test t;

	(void)state;
	gm_rank_test(same, 1, &t);
	near(t.effect, 0.5);
	near(t.p, 1);
	gm_rank_test(one_sided, 2, &t);
	near(t.effect, 0.5);
	near(t.p, 1);
	gm_rank_test(NULL, 0, &t);
	near(t.p, 1);
}

/* Counts of a fleet's month do not overflow or become NaN. */
static void test_huge(void **state)
{
	const struct gm_tie ties[] = { { 1, 1000000000000, 999999000000 }, { 2, 1000000000000, 1000001000000 } };
	struct gm_rank_test t;

	(void)state;
	gm_rank_test(ties, 2, &t);
	assert_true(isfinite(t.z) && isfinite(t.p) && t.p < 1 && t.effect > 0.5 && t.effect < 0.500001);
}

/*
 * Of many trials with equal distributions, about one of twenty has p < 0.05. 4000 trials have a standard error of 0.35
 * percentage points; the bounds are four of these (the correction for continuity makes the rate lower).
 */
static void test_false_alarms(void **state)
{
	uint64_t seed = 20261122;
	unsigned int alarms[3] = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 4000; i++) {
		static const unsigned int size[3] = { 8, 20, 100 };

		for (unsigned int k = 0; k < 3; k++) {
			double a[100], b[100];

			for (unsigned int j = 0; j < size[k]; j++) {
				a[j] = gm_hist_slot(1000 + unit_random(&seed) % 100000);
				b[j] = gm_hist_slot(1000 + unit_random(&seed) % 100000);
			}
			alarms[k] += test_of(a, size[k], b, size[k]).p < 0.05;
		}
	}
	for (unsigned int k = 0; k < 3; k++)
		if (alarms[k] < 4000 * 0.036 || alarms[k] > 4000 * 0.064)
			fail_msg("false alarms: %u of 4000 in case %u", alarms[k], k);
}

static void test_holm(void **state)
{
	double p[] = { 0.01, 0.04, 0.03, 0.005, 0.9 }, one[] = { 0.02 };
	const double want[] = { 0.04, 0.09, 0.09, 0.025, 0.9 };

	(void)state;
	assert_int_equal(gm_holm(p, N(p)), 0);
	for (size_t i = 0; i < N(p); i++)
		near(p[i], want[i]);
	assert_int_equal(gm_holm(one, 1), 0);
	near(one[0], 0.02);
	assert_int_equal(gm_holm(NULL, 0), 0);
}

/* ---- gains ---- */

static void test_gain(void **state)
{
	static struct gm_hist now, prev, gain, want;
	uint64_t seed = 7;

	(void)state;
	memset(&now, 0, sizeof(now));
	memset(&want, 0, sizeof(want));
	for (unsigned int i = 0; i < 1000; i++)
		gm_hist_add(&now, 1000 + unit_random(&seed) % 1000000);
	prev = now;
	for (unsigned int i = 0; i < 500; i++) {
		uint64_t ns = 2000 + unit_random(&seed) % 500000;

		gm_hist_add(&now, ns);
		gm_hist_add(&want, ns);
	}
	gm_hist_gain(&gain, &now, &prev);
	assert_int_equal(gain.count, 500);
	assert_int_equal(gain.sum_ns, want.sum_ns);
	assert_memory_equal(gain.slot, want.slot, sizeof(want.slot));
	/* the extremes are bounds of the outermost slots, which have the true extremes */
	assert_true(gain.min_ns <= want.min_ns && gm_hist_slot(gain.min_ns) == gm_hist_slot(want.min_ns));
	assert_true(gain.max_ns >= want.max_ns && gm_hist_slot(gain.max_ns) == gm_hist_slot(want.max_ns));
}

static void test_gain_extremes(void **state)
{
	static struct gm_hist now, prev, gain;

	(void)state;
	memset(&now, 0, sizeof(now));
	memset(&prev, 0, sizeof(prev));
	gm_hist_gain(&gain, &now, &prev);
	assert_int_equal(gain.count, 0);
	gm_hist_add(&now, 5000);
	gm_hist_gain(&gain, &now, &prev);
	assert_int_equal(gain.min_ns, 5000);
	assert_int_equal(gain.max_ns, 5000);
	prev = now;
	gm_hist_add(&now, 123456); /* a new maximum is exact */
	gm_hist_add(&now, 4321);   /* a new minimum, too */
	gm_hist_gain(&gain, &now, &prev);
	assert_int_equal(gain.count, 2);
	assert_int_equal(gain.min_ns, 4321);
	assert_int_equal(gain.max_ns, 123456);
	prev = now;
	gm_hist_add(&now, UINT64_MAX / 4);
	gm_hist_add(&now, 20);
	gm_hist_gain(&gain, &now, &prev);
	assert_int_equal(gain.min_ns, 20);
	assert_int_equal(gain.max_ns, UINT64_MAX / 4);
	/* different histograms have no gain */
	gm_hist_gain(&gain, &prev, &now);
	assert_int_equal(gain.count, 0);
	assert_int_equal(gain.sum_ns, 0);
}

static void is_middle(const char *want, size_t nr, const uint64_t *values)
{
	char buf[GM_FMT_MEDIAN_LEN];
	uint64_t v[8];

	memcpy(v, values, nr * sizeof(*v));
	assert_string_equal(gm_fmt_median(buf, sizeof(buf), v, nr), want);
}

/* With fewer than five values, the least and the largest replace the median, since a median of two means nothing. */
static void test_median(void **state)
{
	uint64_t few[] = { 5, 1 }, odd[] = { 9, 1, 5 }, even[] = { 8, 1, 5, 2 },
		 huge[] = { UINT64_MAX, UINT64_MAX - 2 };

	(void)state;
	assert_int_equal(gm_median(NULL, 0), 0);
	assert_int_equal(gm_median(few, 1), 5);
	assert_int_equal(gm_median(few, 2), 3);
	assert_int_equal(gm_median(odd, 3), 5);
	assert_int_equal(gm_median(even, 4), 3); /* 3.5 */
	assert_true(gm_median(huge, 2) == UINT64_MAX - 1);
	is_middle("-", 0, (const uint64_t[]){ 0 });
	is_middle("1.00s", 1, (const uint64_t[]){ 1000000000 });
	is_middle("1.0ms..2.00s", 2, (const uint64_t[]){ 2000000000, 1000000 });
	is_middle("1ns..999ms", 4, (const uint64_t[]){ 5, 1, 3, 999000000 });
	is_middle("7ns", 4, (const uint64_t[]){ 7, 7, 7, 7 });
	is_middle("3ns", 5, (const uint64_t[]){ 5, 4, 3, 2, 1 });
	is_middle("40ns", 6, (const uint64_t[]){ 10, 20, 30, 50, 60, 70 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_definition),     cmocka_unit_test(test_swapped),
		cmocka_unit_test(test_counted_values), cmocka_unit_test(test_nothing_to_report),
		cmocka_unit_test(test_huge),	       cmocka_unit_test(test_false_alarms),
		cmocka_unit_test(test_holm),	       cmocka_unit_test(test_gain),
		cmocka_unit_test(test_gain_extremes),  cmocka_unit_test(test_median),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
