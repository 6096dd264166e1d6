// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests the table of a start's steps: sums, counts, parts that were measured apart, more names than rows. */
#include "fixture/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/timing.h"

static uint64_t now_ns;
uint64_t gm_now_ns(void)
{
	return now_ns;
}
uint64_t gm_real_ns(void)
{
	return now_ns;
}

static void step(const char *name, unsigned int ms)
{
	now_ns += ms * 1000000ull;
	gm_timing_step(name);
}

/* Returns what gm_timing_print() writes to stderr; the caller frees it. */
static char *printed(void)
{
	char *text = calloc(1, 8192);
	int was = dup(2), fd[2];

	assert_non_null(text);
	assert_int_equal(pipe(fd), 0);
	dup2(fd[1], 2);
	close(fd[1]);
	gm_timing_print();
	dup2(was, 2);
	close(was);
	assert_true(read(fd[0], text, 8191) >= 0);
	close(fd[0]);
	return text;
}

static void test_sums(void **state)
{
	char *text;

	(void)state;
	gm_log_init("t", GM_LOG_DEBUG);
	gm_timing_step("before"); /* nothing began yet */
	gm_timing_begin();
	step("load", 20);
	gm_timing_split("verifier", 15000000);
	step("attach", 1);
	step("load", 30);
	gm_timing_split("verifier", 10000000);
	text = printed();
	assert_string_equal(text, "t: started in 51.0 ms:\n"
				  "t:       25.0 ms    2 x  load\n"
				  "t:       25.0 ms    2 x  verifier\n"
				  "t:        1.0 ms    1 x  attach\n");
	free(text);
	text = printed();
	assert_string_equal(text, ""); /* once */
	free(text);
}

static void test_bounds(void **state)
{
	static char names[40][16];
	char *text;

	(void)state;
	gm_log_init("t", GM_LOG_DEBUG);
	gm_timing_begin();
	for (int i = 0; i < 40; i++) {
		snprintf(names[i], sizeof(names[i]), "s%d", i);
		step(names[i], 1);
	}
	gm_timing_split("s0", 500000000); /* more than the step took */
	text = printed();
	assert_non_null(strstr(text, "started in 40.0 ms"));
	assert_non_null(strstr(text, "      1.0 ms    1 x  s22\n"));
	assert_non_null(strstr(text, "     18.0 ms    2 x  s0\n"));
	assert_non_null(strstr(text, "      0.0 ms   17 x  other\n"));
	assert_null(strstr(text, "s23"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
