// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of bpf/gm_candidate.h: which untracked objects get an id from a scan of all tasks. */
#include "fixture/unit.h"
#include "gm_candidate.h"

#define A	0xffff888000001000ull
#define B	(A + 64 * GM_CANDIDATES)	/* has the same slot as A */

static struct gm_candidate places[GM_CANDIDATES];

static int found(__u64 object, __u32 scan)
{
	return gm_candidate_again(&places[gm_candidate_place(object)], object, scan);
}

static void test_second_scan(void **state)
{
	(void)state;
	memset(places, 0, sizeof(places));
	assert_false(found(A, 1));
	assert_false(found(A, 1)); /* found by another descriptor in the same scan */
	assert_true(found(A, 2));
}

/* A scan in between did not find it: the object at the address is another one. */
static void test_scan_left_out(void **state)
{
	(void)state;
	memset(places, 0, sizeof(places));
	assert_false(found(A, 1));
	assert_false(found(A, 3));
	assert_true(found(A, 4));
}

/*
 * Two objects with one slot, in the same order in each scan, both get an id. An object with an id is no candidate.
 */
static void test_shared_place(void **state)
{
	(void)state;
	memset(places, 0, sizeof(places));
	assert_int_equal(gm_candidate_place(A), gm_candidate_place(B));
	assert_false(found(A, 1));
	assert_false(found(B, 1));
	assert_true(found(A, 2));
	assert_false(found(B, 2));
	assert_true(found(B, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_scan),
		cmocka_unit_test(test_scan_left_out),
		cmocka_unit_test(test_shared_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
