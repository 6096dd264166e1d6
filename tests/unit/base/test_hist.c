// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Compares the histogram with its definition: bucket i holds 2^((i-1)/8) s < v <= 2^(i/8) s. The test computes the
 * bounds with long double powl, without the table of the code under test.
 */
#include "fixture/unit.h"
#include <math.h>
#include <stdlib.h>
#include "base/hist.h"

/* Returns 1e9 * 2^(i/8) ns; i is an index as in Prometheus. */
static long double bound_of(int i)
{
	return 1e9L * powl(2.0L, (long double)i / 8);
}

static unsigned int reference_slot(uint64_t ns)
{
	int lo = -192, hi = 97; /* smallest i in [lo, hi) with bound >= ns; 97: overflow */

	while (lo < hi) {
		int mid = lo + (hi - lo) / 2;

		if (bound_of(mid) >= (long double)ns)
			hi = mid;
		else
			lo = mid + 1;
	}
	return (unsigned int)(lo + 192);
}

static void test_table(void **state)
{
	unsigned int s;

	(void)state;
	assert_int_equal(GM_HIST_BOUNDS, GM_HIST_SLOTS - 1);
	for (s = 0; s < GM_HIST_BOUNDS; s++)
		assert_int_equal(gm_hist_bounds[s], (uint64_t)floorl(bound_of(GM_HIST_PROM_OF_SLOT(s))));
}

static void test_log2(void **state)
{
	unsigned int p;

	(void)state;
	for (p = 0; p < 64; p++) {
		assert_int_equal(gm_log2(1ULL << p), p);
		assert_int_equal(gm_log2((1ULL << p) | ((1ULL << p) - 1)), p);
	}
}

static void test_slot_at_bounds(void **state)
{
	unsigned int s;

	(void)state;
	for (s = 0; s < GM_HIST_BOUNDS; s++) {
		uint64_t b = (uint64_t)floorl(bound_of((int)s - 192));

		assert_int_equal(gm_hist_slot(b - 1), reference_slot(b - 1));
		assert_int_equal(gm_hist_slot(b), reference_slot(b));
		assert_int_equal(gm_hist_slot(b), s);
		assert_int_equal(gm_hist_slot(b + 1), reference_slot(b + 1));
		assert_int_equal(gm_hist_slot(b + 1), s + 1);
	}
}

static void test_slot_at_ends(void **state)
{
	(void)state;
	assert_int_equal(gm_hist_slot(0), 0);
	assert_int_equal(gm_hist_slot(59), 0);
	assert_int_equal(gm_hist_slot(60), 1);
	assert_int_equal(gm_hist_slot(4096000000000ULL), 288);
	assert_int_equal(gm_hist_slot(4096000000001ULL), 289);
	assert_int_equal(gm_hist_slot(1ULL << 42), 289);
	assert_int_equal(gm_hist_slot(UINT64_MAX), 289);
}

static void test_slot_small_values(void **state)
{
	uint64_t ns;

	(void)state;
	for (ns = 0; ns < 20000; ns++)
		assert_int_equal(gm_hist_slot(ns), reference_slot(ns));
}

static void test_slot_random(void **state)
{
	uint64_t seed = 42;
	unsigned int i;

	(void)state;
	for (i = 0; i < 1000000; i++) {
		uint64_t ns = unit_random_size(&seed);

		if (gm_hist_slot(ns) != reference_slot(ns))
			fail_msg("%llu ns: slot %u, not %u", (unsigned long long)ns, gm_hist_slot(ns),
				 reference_slot(ns));
	}
}

static void test_prom_index(void **state)
{
	unsigned int s;

	(void)state;
	for (s = 0; s < GM_HIST_SLOTS; s++)
		assert_int_equal(GM_HIST_SLOT_OF_PROM(GM_HIST_PROM_OF_SLOT(s)), s);
	/* exactly one second ends the bucket of index 0 */
	assert_int_equal(GM_HIST_PROM_OF_SLOT(gm_hist_slot(1000000000)), 0);
	assert_int_equal(GM_HIST_PROM_OF_SLOT(gm_hist_slot(1000000001)), 1);
}

static void test_upper(void **state)
{
	(void)state;
	assert_int_equal(gm_hist_upper_ns(0), 59);
	assert_int_equal(gm_hist_upper_ns(192), 1000000000);
	assert_int_equal(gm_hist_upper_ns(288), 4096000000000ULL);
	assert_int_equal(gm_hist_upper_ns(289), UINT64_MAX);
	assert_int_equal(gm_hist_upper_ns(12345), UINT64_MAX);
}

static void test_add_merge(void **state)
{
	struct gm_hist a = { 0 }, b = { 0 }, all = { 0 }, empty = { 0 };
	uint64_t seed = 7;
	unsigned int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		uint64_t ns = unit_random_size(&seed) >> 16;

		gm_hist_add(i % 3 ? &a : &b, ns);
		gm_hist_add(&all, ns);
	}
	assert_int_equal(all.count, 10000);
	gm_hist_merge(&a, &b);
	assert_memory_equal(&a, &all, sizeof(all));
	gm_hist_merge(&a, &empty);
	assert_memory_equal(&a, &all, sizeof(all));
	gm_hist_merge(&empty, &all);
	assert_memory_equal(&empty, &all, sizeof(all));
}

static void test_min_max(void **state)
{
	struct gm_hist h = { 0 }, low = { 0 };

	(void)state;
	gm_hist_add(&h, 500);
	gm_hist_add(&h, 300);
	assert_int_equal(h.min_ns, 300);
	assert_int_equal(h.max_ns, 500);
	assert_int_equal(h.sum_ns, 800);
	gm_hist_add(&low, 0);
	gm_hist_merge(&h, &low);
	assert_int_equal(h.min_ns, 0);
	assert_int_equal(h.count, 3);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Every quantile of random samples must be within half a slot (2^(1/16)) and half a ns of the true one. */
static void quantiles_of(uint64_t *v, size_t nr)
{
	const long double half = powl(2.0L, 1.0L / 16);
	struct gm_hist h = { 0 };
	size_t i, k;

	for (i = 0; i < nr; i++)
		gm_hist_add(&h, v[i]);
	qsort(v, nr, sizeof(*v), by_value);
	for (k = 0; k <= 1000; k++) {
		size_t rank = (nr * k + 999) / 1000;
		long double got = (long double)gm_hist_quantile(&h, (double)k / 1000);
		long double want = (long double)v[rank ? rank - 1 : 0];

		if (got > want * half + 0.5001L || got < want / half - 0.5001L)
			fail_msg("q %zu/1000 of %zu: %Lf, not %Lf", k, nr, got, want);
	}
}

static void test_quantile_random(void **state)
{
	static uint64_t v[5000];
	uint64_t seed = 99;
	size_t nr, i, round;

	(void)state;
	for (round = 0; round < 60; round++) {
		nr = 1 + unit_random(&seed) % (round < 30 ? 20 : 5000);
		for (i = 0; i < nr; i++)
			v[i] = 60 + unit_random_size(&seed) % 4000000000000ULL;
		quantiles_of(v, nr);
	}
}

static void test_quantile_edges(void **state)
{
	struct gm_hist h = { 0 };

	(void)state;
	assert_int_equal(gm_hist_quantile(&h, 0.5), 0);
	gm_hist_add(&h, 12345);
	assert_int_equal(gm_hist_quantile(&h, 0), 12345); /* a single value is exact, as min and max are */
	assert_int_equal(gm_hist_quantile(&h, 0.5), 12345);
	assert_int_equal(gm_hist_quantile(&h, 1), 12345);
	assert_int_equal(gm_hist_quantile(&h, -3), 12345);
	assert_int_equal(gm_hist_quantile(&h, 7), 12345);
	assert_int_equal(gm_hist_quantile(&h, (double)NAN), 12345);
}

static void test_quantile_rank(void **state)
{
	struct gm_hist h = { 0 };
	unsigned int i;

	(void)state;
	/* 7 fast ones in 100: the 7 % quantile is the 7th, though 0.07 * 100 > 7 in binary */
	for (i = 0; i < 100; i++)
		gm_hist_add(&h, i < 7 ? 1000 : 1000000);
	assert_true(gm_hist_quantile(&h, 0.07) < 2000);
	assert_true(gm_hist_quantile(&h, 0.0701) > 900000);
}

static void test_quantile_ends(void **state)
{
	struct gm_hist h = { 0 };

	(void)state;
	gm_hist_add(&h, 10);
	gm_hist_add(&h, 20);
	gm_hist_add(&h, 9000000000000ULL);
	assert_int_equal(gm_hist_quantile(&h, 0.1), 59);
	assert_int_equal(gm_hist_quantile(&h, 1), 9000000000000ULL);
	/* an untrusted record may contradict itself; the quantile is then one of its bounds */
	h.max_ns = 5;
	assert_int_equal(gm_hist_quantile(&h, 0.1), 10);
}

/* The search by tables equals the exact one for every ns that the tables cover, and for longer times. */
static void test_quick(void **state)
{
	uint16_t fine[GM_SLOT_FINE], coarse[GM_SLOT_COARSE];
	uint64_t ns, seed = 3;

	(void)state;
	gm_hist_tables(fine, coarse);
	for (ns = 0; ns <= 64ull * GM_SLOT_COARSE + 100; ns++)
		assert_int_equal(gm_hist_slot_quick(ns, fine, coarse), gm_hist_slot(ns));
	for (int i = 0; i < 100000; i++) {
		ns = unit_random(&seed) >> (unit_random(&seed) % 64);
		assert_int_equal(gm_hist_slot_quick(ns, fine, coarse), gm_hist_slot(ns));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quick),	       cmocka_unit_test(test_table),
		cmocka_unit_test(test_log2),	       cmocka_unit_test(test_slot_at_bounds),
		cmocka_unit_test(test_slot_at_ends),   cmocka_unit_test(test_slot_small_values),
		cmocka_unit_test(test_slot_random),    cmocka_unit_test(test_prom_index),
		cmocka_unit_test(test_upper),	       cmocka_unit_test(test_add_merge),
		cmocka_unit_test(test_min_max),	       cmocka_unit_test(test_quantile_random),
		cmocka_unit_test(test_quantile_edges), cmocka_unit_test(test_quantile_rank),
		cmocka_unit_test(test_quantile_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
