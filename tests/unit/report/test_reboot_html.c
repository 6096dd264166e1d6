// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of the length of gmemreboot's page, and what a long page leaves out. tests/contract/golden/webpage.py compares
 * the page's numbers with the JSON.
 */
#include "fixture/episodes.h"
#include "report/reboot_html.h"

#include <string.h>

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* Makes a page of nr reboots with different durations and so many calls each. */
static void page_of(struct world *w, struct gm_str *out, unsigned int nr, unsigned int calls)
{
	struct gm_rbhtml html = { 0 };

	full_world(w);
	assert_int_equal(gm_model_keep_reboots(w->m), 0);
	for (unsigned int i = 0; i < nr; i++) {
		struct gm_episode *e = e_new(w, "vm-<1>", i * 2000 * E_MS, (1000 + i) * E_MS);

		e_who(e, GM_REBOOT_RECREATE, GM_REBOOT_STEADY, 1, 2, 100, 100);
		for (unsigned int k = 0; k < calls; k++)
			e_call(e, true, GM_PHASE_ZAP, k * E_MS, E_MS, 0, E_MS, 1, 200 + k, "cpu");
		e_rest(e, true);
	}
	assert_int_equal(gm_rbhtml_tick(&html, w->m, false, out), 0);
	assert_int_equal(out->len, 0);
	assert_int_equal(gm_rbhtml_tick(&html, w->m, true, out), 0);
	gm_rbhtml_release(&html);
}

static void test_short(void **state)
{
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	page_of(&w, &out, 3, 5);
	assert_int_equal(count(out.s, "{\"type\":\"episode\""), 3);
	assert_non_null(strstr(out.s, "\"episodes_left_out\":0,\"calls_left_out\":0"));
	assert_int_equal(count(out.s, "\"critical_path\":[{"), 3);
	assert_int_equal(count(out.s, "vm-\\u003c1>"), 4); /* three reboots, and the slowest is named */
	assert_null(strstr(out.s, "vm-<1>"));
	gm_str_release(&out);
	world_free(&w);
}

/* The slowest reboots keep their calls; others have no list of calls, which differs from an empty list. */
static void test_long(void **state)
{
	struct gm_str out = { 0 };
	const char *slow, *fast;
	struct world w;

	(void)state;
	page_of(&w, &out, 400, 100);
	assert_true(out.len < 5 << 20);
	assert_int_equal(count(out.s, "{\"type\":\"episode\""), 400);
	assert_null(strstr(out.s, "\"calls_left_out\":0"));
	assert_true(count(out.s, "\"tasks\":null,\"critical_path\":null,\"critical_path_left_out_ns\":") > 100);
	fast = strstr(out.s, "\"wall_ns\":1000000000,");
	slow = strstr(out.s, "\"wall_ns\":1399000000,");
	assert_non_null(fast);
	assert_non_null(slow);
	assert_memory_equal(strstr(fast, "\"critical_path\":"), "\"critical_path\":null", 20);
	assert_memory_equal(strstr(slow, "\"critical_path\":"), "\"critical_path\":[{", 18);
	gm_str_release(&out);
	world_free(&w);
}

/* Of too many episodes, a page has the newest. */
static void test_many(void **state)
{
	struct gm_rbhtml html = { 0 };
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	full_world(&w);
	assert_int_equal(gm_model_keep_reboots(w.m), 0);
	for (unsigned int i = 0; i < GM_RBHTML_EPISODES + 6; i++) {
		struct gm_episode *e = e_new(&w, "vm", i * 10 * E_MS, 5 * E_MS);

		e_who(e, GM_REBOOT_RECREATE, GM_REBOOT_STEADY, 1, 2, 100, 100);
	}
	assert_int_equal(gm_rbhtml_tick(&html, w.m, true, &out), 0);
	assert_non_null(strstr(out.s, "\"episodes_left_out\":6,"));
	assert_int_equal(count(out.s, "{\"type\":\"episode\""), GM_RBHTML_EPISODES);
	assert_null(strstr(out.s, "{\"type\":\"episode\",\"episode\":6,"));
	assert_non_null(strstr(out.s, "{\"type\":\"episode\",\"episode\":7,"));
	gm_rbhtml_release(&html);
	gm_str_release(&out);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
