// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Two recordings' reboots compared: the same is noise, a line that grew is named with its change, too few and n/a are
 * not judged; conditions are read strictly, and hold only beyond noise.
 */
#include <math.h>
#include "fixture/episodes.h"
#include "report/reboot_diff.h"
#include "report/reboot_report_int.h"

#define SIDES 20

/* Reboots with some noise of their own; zero_ns is added to the line zero, gap_ns to the time before the bind. */
static void make_side(struct gm_rbdiff_side *s, const char *name, unsigned int nr, uint64_t seed, uint64_t zero_ns,
		      uint64_t gap_ns)
{
	struct world w;

	full_world(&w);
	*s = (struct gm_rbdiff_side){ .name = name, .m = w.m };
	for (unsigned int i = 0; i < nr; i++) {
		struct gm_episode *e = e_recreate(&w);
		uint64_t noise = unit_random(&seed) % E_MS;

		e->new[GM_PHASE_ZERO].wall_ns += zero_ns + noise;
		e->first_bind_ns += gap_ns;
		e->end_ns += zero_ns + gap_ns + noise;
		e->end_min_ns = e->end_ns;
		e_rest(e, true);
	}
	assert_int_equal(gm_rbdiff_end(s, NULL), 0);
	assert_int_equal(s->nr, nr);
}

struct pair {
	struct gm_rbdiff_side a, b;
	struct gm_rbdiff d;
};

static void make_pair(struct pair *p, unsigned int nr, uint64_t zero_ns, uint64_t gap_ns)
{
	make_side(&p->a, "a.rec", nr, 1, 0, 0);
	make_side(&p->b, "b.rec", nr, 2, zero_ns, gap_ns);
	assert_int_equal(gm_rbdiff_make(&p->d, &p->a, &p->b), 0);
}

static void free_pair(struct pair *p)
{
	gm_rbdiff_release(&p->a);
	gm_rbdiff_release(&p->b);
}

static enum gm_rbdiff_verdict verdict(const struct pair *p, const char *name)
{
	unsigned int q;

	assert_true(gm_reboot_quantity_find(name, &q));
	assert_non_null(gm_rbdiff_find(&p->d, q));
	return gm_rbdiff_find(&p->d, q)->verdict;
}

static enum gm_rblimit_result check_limit(const struct pair *p, const char *text)
{
	struct gm_rblimits l = { .nr = 0 };
	char why[300] = "";

	if (gm_rblimit_add(&l, text, why, sizeof(why)))
		fail_msg("%s: %s", text, why);
	return gm_rblimit_check(&l.at[0], &p->d);
}

static void test_noise(void **state)
{
	struct gm_rblimits none = { .nr = 0 };
	struct gm_str out = { 0 };
	struct pair p;

	(void)state;
	make_pair(&p, SIDES, 0, 0);
	for (unsigned int i = 0; i < p.d.nr; i++)
		assert_int_equal(p.d.row[i].verdict, p.d.row[i].side[0].known ? GM_RBDIFF_NOISE : GM_RBDIFF_NA);
	assert_int_equal(check_limit(&p, "wall > +0%"), GM_LIMIT_OK);
	assert_int_equal(check_limit(&p, "wall < -0%"), GM_LIMIT_OK);
	gm_rbdiff_text(&out, &p.d, &none);
	assert_non_null(strstr(out.s, "No line differs by more than noise"));
	gm_str_release(&out);
	free_pair(&p);
}

/* 60 ms more for zero, in 2 s: named, and the sums above it. By hand: the median wall clock is 2.0 s, so 3 %. */
static void test_line(void **state)
{
	struct gm_rblimits l = { .nr = 0 };
	struct gm_str out = { 0 };
	char why[300];
	struct pair p;

	(void)state;
	make_pair(&p, SIDES, 60 * E_MS, 0);
	assert_int_equal(verdict(&p, "zero"), GM_RBDIFF_GREW);
	assert_int_equal(verdict(&p, "faults"), GM_RBDIFF_GREW);
	assert_int_equal(verdict(&p, "wall"), GM_RBDIFF_GREW);
	assert_int_equal(verdict(&p, "alloc"), GM_RBDIFF_NOISE);
	assert_int_equal(verdict(&p, "between"), GM_RBDIFF_NOISE);
	assert_int_equal(check_limit(&p, "wall > +2%"), GM_LIMIT_EXCEEDED);
	assert_int_equal(check_limit(&p, "wall > +4%"), GM_LIMIT_OK);
	assert_int_equal(check_limit(&p, "new.zero > +59ms"), GM_LIMIT_EXCEEDED);
	assert_int_equal(check_limit(&p, "new.zero>+62ms "), GM_LIMIT_OK);
	assert_int_equal(check_limit(&p, "wall < -2%"), GM_LIMIT_OK);
	assert_int_equal(gm_rblimit_add(&l, "wall > +2%", why, sizeof(why)), 0);
	assert_int_equal(gm_rblimit_add(&l, "memory > +50%", why, sizeof(why)), 0);
	gm_rbdiff_text(&out, &p.d, &l);
	golden("reboot_diff.txt", out.s);
	gm_str_clear(&out);
	gm_rbdiff_json(&out, &p.d, &l);
	golden("reboot_diff.jsonl", out.s);
	gm_str_release(&out);
	free_pair(&p);
}

/* A pause of user space between teardown and bind: no line of the kernel's grew. */
static void test_between(void **state)
{
	struct pair p;

	(void)state;
	make_pair(&p, SIDES, 0, 30 * E_MS);
	assert_int_equal(verdict(&p, "between"), GM_RBDIFF_GREW);
	assert_int_equal(verdict(&p, "elsewhere"), GM_RBDIFF_GREW);
	assert_int_equal(verdict(&p, "memory"), GM_RBDIFF_NOISE);
	assert_int_equal(verdict(&p, "zero"), GM_RBDIFF_NOISE);
	free_pair(&p);
}

static void test_unknown(void **state)
{
	struct pair p;

	(void)state;
	make_pair(&p, GM_RBDIFF_MIN - 1, 600 * E_MS, 0);
	assert_int_equal(verdict(&p, "wall"), GM_RBDIFF_TOO_FEW);
	assert_int_equal(check_limit(&p, "wall > +1%"), GM_LIMIT_UNKNOWN);
	free_pair(&p);
	make_pair(&p, GM_RBDIFF_MIN, 600 * E_MS, 0); /* this many are enough for any difference */
	assert_int_equal(verdict(&p, "wall"), GM_RBDIFF_GREW);
	free_pair(&p);
	make_pair(&p, 0, 0, 0);
	assert_int_equal(verdict(&p, "wall"), GM_RBDIFF_NA);
	assert_int_equal(check_limit(&p, "wall > +1%"), GM_LIMIT_UNKNOWN);
	assert_int_equal(check_limit(&p, "new.populate > +1%"), GM_LIMIT_UNKNOWN);
	free_pair(&p);
	make_pair(&p, SIDES, 0, 0);
	for (unsigned int i = 0; i < SIDES; i++) /* calls are missing in B */
		((struct gm_episode *)gm_model_episodes(p.b.m)->at[i])->cut_steps = true;
	free(p.b.facts);
	assert_int_equal(gm_rbdiff_end(&p.b, NULL), 0);
	assert_int_equal(gm_rbdiff_make(&p.d, &p.a, &p.b), 0);
	assert_int_equal(verdict(&p, "zap"), GM_RBDIFF_NA);
	assert_int_equal(check_limit(&p, "zap > +1%"), GM_LIMIT_UNKNOWN);
	assert_int_equal(check_limit(&p, "new.populate > +1%"), GM_LIMIT_OK); /* known on one side: none */
	free_pair(&p);
}

static void test_refused(void **state)
{
	static const char *const wrong[] = { "",
					     "wall",
					     "wall >",
					     "wall > 10%",
					     "wall > -10%",
					     "wall < +10%",
					     "walls > +1%",
					     "wall = +1%",
					     "wall > +%",
					     "wall > +1",
					     "wall > +1%%",
					     "wall > +1 %",
					     "wall > +1e3%",
					     "wall > +nan%",
					     "wall > +1..2%",
					     "old. > +1%",
					     "> +1%",
					     "wall > +1ms x",
					     "user > +1%" };
	struct gm_rblimits l = { .nr = 0 };
	char why[300];

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(wrong); i++) {
		why[0] = '\0';
		if (!gm_rblimit_add(&l, wrong[i], why, sizeof(why)))
			fail_msg("accepted: %s", wrong[i]);
		assert_true(why[0]);
	}
	for (unsigned int i = 0; i < GM_LIMITS_MAX; i++)
		assert_int_equal(gm_rblimit_add(&l, "wall > +1.5%", why, sizeof(why)), 0);
	assert_int_equal(gm_rblimit_add(&l, "wall > +1.5%", why, sizeof(why)), -EINVAL);
	assert_true(l.at[0].change == 1.5 && l.at[0].percent && l.at[0].more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noise),	cmocka_unit_test(test_line),	cmocka_unit_test(test_between),
		cmocka_unit_test(test_unknown), cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
