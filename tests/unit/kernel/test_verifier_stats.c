// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests the verifier's numbers of instructions and states, read from its log, with the texts of several kernels. */
#include "fixture/unit.h"
#include "kernel/verifier_stats.h"

static void test_words(void **state)
{
	struct gm_verified v;

	(void)state;
	v = gm_verified_parse("verification time 310 usec\nstack depth 24+0\n"
			      "processed 1234 insns (limit 1000000) max_states_per_insn 4 total_states 80 "
			      "peak_states 79 mark_read 20\n");
	assert_int_equal(v.insns, 1234);
	assert_int_equal(v.states, 80);
	assert_int_equal(v.peak_states, 79);
	assert_int_equal(v.ns, 310000);
	v = gm_verified_parse("processed 18446744073709551615 insns (limit 1000000) new_word 7 peak_states 3 "
			      "total_states 2");
	assert_true(v.insns == UINT64_MAX);
	assert_int_equal(v.states, 2);
	assert_int_equal(v.peak_states, 3);
}

static void test_other_words(void **state)
{
	struct gm_verified v;

	(void)state;
	v = gm_verified_parse("processed 5 insns");
	assert_int_equal(v.insns, 5);
	assert_int_equal(v.states, 0);
	assert_int_equal(v.peak_states, 0);
	v = gm_verified_parse("R1 type=ctx expected=fp\n");
	assert_int_equal(v.insns, 0);
	assert_int_equal(gm_verified_parse("").insns, 0);
	assert_int_equal(gm_verified_parse("processed insns").insns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_other_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
