// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_attach_idle.c - when hooks that wait for gmem come and go, and how often they do on a host whose VMs churn. */
#include "fixture/unit.h"

#include "kernel/attach_idle.h"

#define SEC 1000000000ull
#define START (1000 * SEC)

/* Asks, does what is said with result err, and returns it. */
static enum gm_idle_act step(struct gm_idle *i, bool has_gmem, bool tick, int err, uint64_t now)
{
	enum gm_idle_act act = gm_idle_next(i, has_gmem, tick, now);

	gm_idle_done(i, act, err, now);
	return act;
}

static void test_start(void **state)
{
	struct gm_idle i;

	(void)state;
	gm_idle_init(&i);
	assert_int_equal(step(&i, true, true, 0, START), GM_IDLE_NOTHING);
	assert_true(i.attached);
	gm_idle_init(&i);
	assert_int_equal(step(&i, false, true, 0, START), GM_IDLE_DETACH);
	assert_int_equal(step(&i, false, true, 0, START + SEC), GM_IDLE_NOTHING);
}

/* They come at any time, and go at a tick, when there has been no gmem for a while. */
static void test_life(void **state)
{
	uint64_t t = START;
	struct gm_idle i;

	(void)state;
	gm_idle_init(&i);
	step(&i, false, true, 0, t);
	t += 1000 * SEC;
	assert_int_equal(step(&i, true, false, 0, t), GM_IDLE_ATTACH);
	assert_int_equal(step(&i, true, true, 0, t + SEC), GM_IDLE_NOTHING);
	t += 100 * SEC;
	assert_int_equal(step(&i, false, false, 0, t), GM_IDLE_NOTHING);
	assert_int_equal(step(&i, false, true, 0, t + GM_IDLE_LEAST_NS - 1), GM_IDLE_NOTHING);
	/* the second VM of a reboot */
	assert_int_equal(step(&i, true, false, 0, t + GM_IDLE_LEAST_NS), GM_IDLE_NOTHING);
	t += 200 * SEC;
	assert_int_equal(step(&i, false, false, 0, t), GM_IDLE_NOTHING);
	assert_int_equal(step(&i, false, false, 0, t + GM_IDLE_LEAST_NS), GM_IDLE_NOTHING);
	assert_int_equal(step(&i, false, true, 0, t + GM_IDLE_LEAST_NS), GM_IDLE_DETACH);
}

/* After a failure each tick tries again, and no event does. */
static void test_failure(void **state)
{
	struct gm_idle i;

	(void)state;
	gm_idle_init(&i);
	step(&i, false, true, 0, START);
	assert_int_equal(step(&i, true, false, -1, START + 100 * SEC), GM_IDLE_ATTACH);
	assert_int_equal(step(&i, true, false, -1, START + 101 * SEC), GM_IDLE_NOTHING);
	assert_int_equal(step(&i, true, true, -1, START + 101 * SEC), GM_IDLE_ATTACH);
	assert_int_equal(step(&i, false, true, 0, START + 102 * SEC), GM_IDLE_NOTHING);
	assert_int_equal(step(&i, true, true, 0, START + 103 * SEC), GM_IDLE_ATTACH);
	assert_int_equal(step(&i, true, true, 0, START + 104 * SEC), GM_IDLE_NOTHING);
}

/* How often hooks are attached in an hour in which a VM comes every `period` and lives for `life`. */
static unsigned int attachments(uint64_t period, uint64_t life)
{
	unsigned int nr = 0;
	struct gm_idle i;

	gm_idle_init(&i);
	step(&i, false, true, 0, START);
	for (uint64_t t = SEC; t < 3600 * SEC; t += SEC)
		nr += step(&i, t % period < life, true, 0, START + t) == GM_IDLE_ATTACH;
	return nr;
}

/* What comes every few seconds leaves the hooks in place after some; what comes twice an hour gets them each time. */
static void test_churn(void **state)
{
	(void)state;
	assert_int_equal(attachments(5 * SEC, SEC), 2);
	assert_in_range(attachments(20 * SEC, SEC), 2, 5);
	assert_in_range(attachments(50 * SEC, SEC), 2, 6);
	assert_int_equal(attachments(1700 * SEC, 10 * SEC), 3);
}

/* A host that has come to rest gets the short wait back. */
static void test_rest(void **state)
{
	struct gm_idle i;
	uint64_t t = START;

	(void)state;
	gm_idle_init(&i);
	step(&i, false, true, 0, t);
	for (int n = 0; n < 100; n++, t += 2 * i.wait_ns) {
		step(&i, true, true, 0, t);
		step(&i, false, true, 0, t + SEC);
		step(&i, false, true, 0, t + 2 * SEC + i.wait_ns);
	}
	assert_in_range(i.wait_ns, GM_IDLE_LEAST_NS + 1, GM_IDLE_MOST_NS);
	for (int n = 0; n < 10; n++, t += 3600 * SEC) {
		step(&i, true, true, 0, t + 3600 * SEC);
		step(&i, false, true, 0, t + 3601 * SEC);
		step(&i, false, true, 0, t + 3700 * SEC);
	}
	assert_int_equal(i.wait_ns, GM_IDLE_LEAST_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start), cmocka_unit_test(test_life), cmocka_unit_test(test_failure),
		cmocka_unit_test(test_churn), cmocka_unit_test(test_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
