// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Bars that nest, lives with bounds, lanes of reboots, and uuids of tracks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "report/perfetto_pb.h"
#include "report/timeline.h"

static struct gm_bar bar(uint64_t begin, uint64_t end)
{
	return (struct gm_bar){ .begin = begin, .end = end };
}

static void test_nests(void **state)
{
	struct gm_bar b[] = { bar(20, 30), bar(10, 50), bar(40, 60), bar(50, 50), bar(50, 70) };

	(void)state;
	gm_bars_nest(b, 5, false);
	assert_int_equal(b[0].begin, 10);
	assert_int_equal(b[1].begin, 20);
	assert_false(b[1].instant);
	assert_int_equal(b[2].begin, 40); /* it ends after the one around it */
	assert_true(b[2].instant);
	assert_int_equal(b[2].end, 60);
	assert_int_equal(b[3].end, 70);
	assert_false(b[3].instant);
	assert_true(b[4].instant); /* without length, inside the longer one of the same begin */
}

static void test_cut(void **state)
{
	struct gm_life life = { .id = 1 };
	struct gm_bar thread[] = { bar(10, 50), bar(40, 60) }, object[] = { bar(10, 50), bar(40, 60) };

	(void)state;
	gm_bars_nest(thread, 2, true);
	assert_int_equal(thread[1].end, 50);
	assert_false(thread[1].instant);
	object[0].life = &life;
	gm_bars_nest(object, 2, false);
	assert_int_equal(object[1].end, 50);
	assert_false(object[1].instant);
}

static void test_deep(void **state)
{
	struct gm_bar b[100];

	(void)state;
	for (size_t i = 0; i < 100; i++)
		b[i] = bar(i, 1000 - i);
	gm_bars_nest(b, 100, false);
	assert_false(b[31].instant);
	assert_true(b[99].instant);
}

static void test_life(void **state)
{
	struct gm_life l = { .id = 3, .begin_min = 5, .begin = 10, .end_min = 20, .end = 30, .ended = true };
	struct gm_bar b[3];

	(void)state;
	assert_int_equal(gm_life_bars(&l, b), 3);
	assert_int_equal(b[0].what, GM_BAR_BEGINS);
	assert_int_equal(b[0].begin, 5);
	assert_int_equal(b[1].what, GM_BAR_LIFE);
	assert_int_equal(b[1].end, 20);
	assert_int_equal(b[2].what, GM_BAR_ENDS);
	assert_int_equal(b[2].end, 30);
	assert_string_equal(gm_life_begun(&l), "between two samples");
	assert_string_equal(gm_life_ended(&l), "between two samples");
	l.begin_min = l.begin;
	l.end_min = l.end;
	assert_int_equal(gm_life_bars(&l, b), 1);
	assert_string_equal(gm_life_begun(&l), "observed");
	assert_string_equal(gm_life_ended(&l), "observed");
	l.old = true;
	l.ended = false;
	assert_string_equal(gm_life_begun(&l), "before the recording");
	assert_string_equal(gm_life_ended(&l), "not in the recording");
}

static void test_lanes(void **state)
{
	struct gm_episode e[] = { { .machine = 1, .start_ns = 10, .end_ns = 30 },
				  { .machine = 2, .start_ns = 11, .end_ns = 31 },
				  { .machine = 1, .start_ns = 20, .end_ns = 40 },
				  { .machine = 1, .start_ns = 30, .end_ns = 50 },
				  { .machine = 1, .start_ns = 60, .end_ns = 70 } };
	static const unsigned int want[] = { 0, 0, 1, 0, 0 };
	struct gm_vec all = { 0 };

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(e); i++)
		assert_int_equal(gm_vec_push(&all, &e[i]), 0);
	for (size_t i = 0; i < GM_ARRAY_SIZE(e); i++)
		assert_int_equal(gm_episode_lane(&all, &e[i]), want[i]);
	gm_vec_release(&all);
}

static void test_certain(void **state)
{
	struct gm_episode e = { .start_ns = 10, .start_max_ns = 20, .end_min_ns = 50, .end_ns = 60, .end_known = true };

	(void)state;
	assert_true(gm_episode_certain(&e).known);
	assert_int_equal(gm_episode_certain(&e).begin, 20);
	assert_int_equal(gm_episode_certain(&e).end, 50);
	e.end_min_ns = 15; /* begin and end between the same two samples */
	assert_false(gm_episode_certain(&e).known);
	assert_int_equal(gm_episode_certain(&e).begin, 10);
	assert_int_equal(gm_episode_certain(&e).end, 60);
}

/* Two tracks whose hashes are equal get two uuids, each the same when it is asked for again. */
static void test_uuids(void **state)
{
	struct gm_pf f = { .seed = 7 }, other = { .seed = 7 };
	struct gm_str out = { 0 };
	uint64_t id, next;
	bool is_new;
	void *taken;

	(void)state;
	id = gm_pf_uuid(&f, GM_PF_VM, 1, 0, &is_new, &out);
	assert_true(is_new);
	assert_int_equal(gm_pf_uuid(&f, GM_PF_VM, 1, 0, &is_new, &out), id);
	assert_false(is_new);
	assert_int_not_equal(gm_pf_uuid(&f, GM_PF_INODE, 1, 0, &is_new, &out), id);
	/* the other trace has another track where VM 1 would be */
	gm_pf_uuid(&other, GM_PF_VM, 2, 0, &is_new, &out);
	taken = other.tracks.at[0];
	assert_int_equal(gm_hmap_put(&other.by_uuid, id, taken), 0);
	next = gm_pf_uuid(&other, GM_PF_VM, 1, 0, &is_new, &out);
	assert_true(is_new);
	assert_int_equal(next, id + 1);
	assert_int_equal(gm_pf_uuid(&other, GM_PF_VM, 1, 0, &is_new, &out), next);
	assert_false(is_new);
	assert_int_equal(out.err, 0);
	gm_pf_release(&f);
	gm_pf_release(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nests), cmocka_unit_test(test_cut),   cmocka_unit_test(test_deep),
		cmocka_unit_test(test_life),  cmocka_unit_test(test_lanes), cmocka_unit_test(test_certain),
		cmocka_unit_test(test_uuids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
