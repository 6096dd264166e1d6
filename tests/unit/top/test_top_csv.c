// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of gmemtop's CSV: golden files, cells of a name that is hostile, marks, columns that stay the same. */
#include "fixture/frame_world.h"
#include "top/top.h"
#include "top/top_print.h"
#include "top/top_int.h"

static void golden_csv(const struct world *w, struct gm_top *t, const char *name)
{
	struct gm_top_csv c = { 0 };
	struct gm_str out = { 0 };

	gm_top_csv(&c, &out, w->m, t);
	assert_int_equal(out.err, 0);
	golden(name, out.s);
	gm_str_release(&out);
}

static void test_golden(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	golden_csv(&w, &t, "top.csv");
	gm_top_show(&t, "phases");
	gm_top_sort_by(&t, "MACHINE");
	golden_csv(&w, &t, "top_phases.csv");
	world_free(&w);
}

/* Return the number of cells in each line; fails if lines differ. Quoted cells may have anything. */
static unsigned int cells(const char *s)
{
	unsigned int nr = 0, commas = 0;
	bool quoted = false;

	for (; *s; s++) {
		quoted ^= *s == '"';
		commas += !quoted && *s == ',';
		if (quoted || *s != '\n')
			continue;
		assert_int_equal(s[-1], '\r');
		assert_true(!nr || nr == commas + 1);
		nr = commas + 1;
		commas = 0;
	}
	return nr;
}

/* Every row has as many cells as the header, whatever a machine is called, and also after the columns have changed. */
static void test_cells(void **state)
{
	static const char *const evil[] = { "a,b\"c", "=1+1", "-2", "@x", "\"", ",", "x\ny" };
	struct gm_top_csv c = { 0 };
	struct gm_str out = { 0 };
	struct world w;
	struct gm_top t;
	unsigned int nr;

	(void)state;
	world_make(&w, true);
	for (size_t i = 0; i < GM_ARRAY_SIZE(evil); i++) {
		struct gm_machine *mc = w.m->machines.at[i];

		snprintf(mc->name, sizeof(mc->name), "%s", evil[i]);
	}
	gm_top_init(&t);
	gm_top_csv(&c, &out, w.m, &t);
	nr = cells(out.s);
	assert_true(nr > 10);
	gm_top_show(&t, "phases");
	gm_top_csv(&c, &out, w.m, &t);
	assert_int_equal(cells(out.s), nr);
	assert_non_null(strstr(out.s, ",\"'=1+1\","));
	assert_non_null(strstr(out.s, ",\"a,b\"\"c\","));
	gm_str_release(&out);
	world_free(&w);
}

/* A bound keeps its mark, what is not known is an empty cell: machines with untracked VMs and files. */
static void test_marks(void **state)
{
	struct gm_top_csv c = { 0 };
	struct gm_str out = { 0 };
	struct world w;
	struct gm_top t;
	union gm_any r = { 0 };

	(void)state;
	world_make(&w, true);
	gm_rec_init(&r.h, GM_K_VM, w.m->now_ns);
	r.as_VM.vm = 2;
	r.as_VM.flags = GM_OBJ_SIBLINGS;
	assert_int_equal(gm_model_apply(w.m, &r), 0);
	gm_top_init(&t);
	gm_top_csv(&c, &out, w.m, &t);
	assert_non_null(strstr(out.s, ",db-primary,5002,>=1,"));
	gm_str_release(&out);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
