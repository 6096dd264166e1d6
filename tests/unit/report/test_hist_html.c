// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of gmemhist's page: in a long run a column of the heatmap has several ticks, and columns add up to the totals;
 * of many machines those with the most time are kept. tests/contract/golden/webpage.py compares the page's numbers with
 * the JSON.
 */
#include "fixture/model_world.h"
#include "report/hist_html.h"

#include <stdio.h>
#include <string.h>

#define TICKS 1000

static void open_html(struct gm_histhtml *h, enum gm_by by)
{
	*h = (struct gm_histhtml){ .phases = 1u << GM_PHASE_ALLOC | 1u << GM_PHASE_ZERO, .by = by };
	assert_int_equal(gm_histhtml_open(h, NULL), 0);
}

static uint64_t sum_of(const struct gm_histhtml *h, unsigned int phase)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < h->columns; i++)
		if (h->column[i].nr)
			sum += count_of(h->column[i].at[0].phase[phase]);
	return sum;
}

/* Phases begin and end; a tick has values of none, one or both. */
static void test_columns(void **state)
{
	struct world *w = *state;
	struct gm_str out = { 0 };
	struct gm_histhtml h;
	uint64_t alloc = 0, zero = 0, span = 0;

	vm_create(w, 1, 100);
	proc(w, 100, 7, "web");
	open_html(&h, GM_BY_MACHINE);
	for (unsigned int i = 1; i <= TICKS; i++) {
		w->ns += 1000000;
		if (i % 3 == 0) {
			hist(w, 1, GM_PHASE_ALLOC, i % 7 + 1, 1000);
			alloc += i % 7 + 1;
		}
		if (i % 50 == 1) {
			hist(w, 1, GM_PHASE_ZERO, 2, 500);
			zero += 2;
		}
		tick(w);
		assert_int_equal(gm_histhtml_tick(&h, w->m, false, &out), 0);
		assert_in_range(h.columns, 1, GM_HISTHTML_COLUMNS);
		assert_int_equal(sum_of(&h, GM_PHASE_ALLOC), alloc);
		assert_int_equal(sum_of(&h, GM_PHASE_ZERO), zero);
	}
	assert_in_range(h.columns, GM_HISTHTML_COLUMNS / 2, GM_HISTHTML_COLUMNS);
	for (unsigned int i = 0; i < h.columns; i++) {
		span += h.column[i].interval_ns;
		assert_true(!i || h.column[i].ts_ns > h.column[i - 1].ts_ns);
	}
	assert_int_equal(span, h.column[h.columns - 1].ts_ns - w->m->first_ns);
	assert_int_equal(out.len, 0);
	assert_int_equal(gm_histhtml_tick(&h, w->m, true, &out), 0);
	assert_non_null(strstr(out.s, "\"ticks_of_column\":16"));
	gm_str_release(&out);
	gm_histhtml_close(&h);
}

static void test_many_machines(void **state)
{
	struct world *w = *state;
	struct gm_str out = { 0 };
	struct gm_histhtml h;
	unsigned int lines = 0;

	open_html(&h, GM_BY_VM);
	for (uint32_t vm = 1; vm <= GM_HISTHTML_SCOPES + 10; vm++) {
		vm_create(w, vm, 100 + vm);
		hist(w, vm, GM_PHASE_ALLOC, 1, 1000 * vm);
	}
	tick(w);
	assert_int_equal(gm_histhtml_tick(&h, w->m, true, &out), 0);
	for (const char *s = out.s; (s = strstr(s, "\"phase\":\"alloc\",\"per\":\"page\",\"vm\":")); s++)
		lines++;
	assert_int_equal(lines, GM_HISTHTML_SCOPES);
	assert_null(strstr(out.s, "\"per\":\"page\",\"vm\":10,"));
	assert_non_null(strstr(out.s, "\"per\":\"page\",\"vm\":11,"));
	gm_str_release(&out);
	gm_histhtml_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_columns),
		MODEL_TEST(test_many_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
