// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of gmemtop's header and its meters, of marks on unusual values, of what a narrow, low or wide page leaves out
 * or adds, and of the pages of reboots: against golden files, and for the marks' exact places.
 */
#include "fixture/episodes.h"
#include "top/top_meters.h"
#include "top/tty.h"

/* Prints a frame for the golden files; spans as a line of letters below theirs. */
static void golden_frame(const struct world *w, struct gm_top *t, unsigned int width, unsigned int height,
			 const char *name)
{
	static const char letter[] = "|HSDW!#KU";
	struct gm_frame f = { 0 };
	struct gm_str out = { 0 };

	gm_top_frame(w->m, t, width, height, &f);
	assert_int_equal(f.err, 0);
	for (size_t i = 0; i < f.nr; i++) {
		const struct gm_line *l = &f.line[i];
		char marks[512];
		unsigned int end = 0;

		gm_str_printf(&out, "%c %s\n", letter[l->attr], l->text);
		assert_true(gm_columns(l->text) <= width);
		memset(marks, ' ', sizeof(marks));
		for (size_t k = 0; k < l->spans && i + 1 < f.nr; k++) {
			const struct gm_frame_span *s = &l->span[k];

			assert_true(s->at + s->len <= width);
			memset(marks + s->at, letter[s->attr], s->len);
			end = s->at + s->len > end ? s->at + s->len : end;
		}
		if (end)
			gm_str_printf(&out, "~ %.*s\n", (int)end, marks);
	}
	golden(name, out.s);
	gm_str_release(&out);
	gm_frame_release(&f);
}

static bool shows(const struct world *w, struct gm_top *t, unsigned int width, unsigned int height, const char *what)
{
	struct gm_frame f = { 0 };
	bool found = false;

	gm_top_frame(w->m, t, width, height, &f);
	for (size_t i = 0; i < f.nr; i++)
		found |= strstr(f.line[i].text, what) != NULL;
	gm_frame_release(&f);
	return found;
}

/* ---- meters ---- */

static void nodes_world(struct world *w, unsigned int nodes)
{
	memset(w, 0, sizeof(*w));
	w->now = W_S;
	assert_int_equal(gm_model_new(&w->m), 0);
	gm_model_keep_heat(w->m);
	w_meta(w, GM_MODE_FULL, nodes);
	w_probes(w);
	w_machine(w, 1, 5001, "qemu-kvm", "qemu-kvm -name web-1", 4 * W_GIB, 2 * W_GIB);
	w_machine(w, 2, 5002, "qemu-kvm", "qemu-kvm -name web-2", 2 * W_GIB, W_GIB);
	for (unsigned int i = 0; i < 40; i++) {
		w_inode(w, 1, 4 * W_GIB, 2 * W_GIB + 1000 * i, W_GIB / 4, 100 * i, true);
		w_tick(w);
	}
}

/* One node has no bar, two have a line each on a wide page and half a line on a narrow one, many a character each. */
static void test_nodes(void **state)
{
	static const unsigned int nodes[] = { 1, 2, 4, 16 }, widths[] = { 80, 132, 200 };
	char name[64];
	struct world w;
	struct gm_top t;

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(nodes); i++) {
		nodes_world(&w, nodes[i]);
		gm_top_init(&t);
		t.cost = (struct gm_top_cost){ .known = true, .cpu = 0.0042, .resident_bytes = 31 << 20 };
		for (size_t k = 0; k < GM_ARRAY_SIZE(widths); k++) {
			snprintf(name, sizeof(name), "top_nodes_%u_%u.txt", nodes[i], widths[k]);
			golden_frame(&w, &t, widths[k], 18, name);
		}
		world_free(&w);
	}
}

static void test_fill(void **state)
{
	static const double v[] = { 0, 1e-9, 4, 8 };
	char buf[64];

	(void)state;
	assert_int_equal(gm_top_fill(buf, 10, 0.5), 5);
	assert_string_equal(buf, "|||||");
	assert_int_equal(gm_top_fill(buf, 10, 1e-9), 1); /* little is not nothing */
	assert_int_equal(gm_top_fill(buf, 10, 0), 0);
	assert_int_equal(gm_top_fill(buf, 10, 7), 10);
	assert_int_equal(gm_top_fill(buf, 0, 1), 0);
	assert_string_equal(gm_top_spark(buf, v, 4, 8, true), " .:#");
	assert_string_equal(gm_top_spark(buf, v, 4, 0, true), "    ");
}

/* Many columns of the header belong to one place: no line is longer than the page at any width. */
static void test_widths(void **state)
{
	struct gm_frame f = { 0 };
	struct world w;
	struct gm_top t;

	(void)state;
	for (unsigned int nodes = 1; nodes <= 16; nodes += 5) {
		nodes_world(&w, nodes);
		gm_top_init(&t);
		t.cost = (struct gm_top_cost){ .known = true, .progs_known = true, .resident_bytes = 31 << 20 };
		for (unsigned int width = 20; width < 320; width++) {
			gm_top_frame(w.m, &t, width, 24, &f);
			assert_int_equal(f.err, 0);
			for (size_t i = 0; i < f.nr; i++)
				assert_true(gm_columns(f.line[i].text) <= width);
		}
		world_free(&w);
	}
	gm_frame_release(&f);
}

/* ---- unusual values ---- */

/* Machine 1: its faults take four times as long in the last ten of sixty seconds; machine 2's do not change. */
static void slow_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->now = W_S;
	assert_int_equal(gm_model_new(&w->m), 0);
	gm_model_keep_heat(w->m);
	w_meta(w, GM_MODE_FULL, 1);
	w_probes(w);
	w_machine(w, 1, 5001, "qemu-kvm", "qemu-kvm -name slow", 4 * W_GIB, W_GIB);
	w_machine(w, 2, 5002, "qemu-kvm", "qemu-kvm -name !same", 4 * W_GIB, 2 * W_GIB);
	for (unsigned int i = 0; i < 60; i++) {
		w_hist(w, 1, GM_PHASE_GUEST_FAULT, i < 50 ? 10000 : 45000, 400);
		w_hist(w, 2, GM_PHASE_GUEST_FAULT, 10000, 400);
		w_inode(w, 1, 4 * W_GIB, W_GIB + 1000 * i, -1, i < 30 ? 0 : 10 * i, true);
		w_tick(w);
	}
}

static void test_unusual(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	slow_world(&w);
	gm_top_init(&t);
	golden_frame(&w, &t, 100, 18, "top_unusual.txt");
	assert_true(gm_top_is_slow(w.m, w.m->machines.at[0], GM_PHASE_GUEST_FAULT, 0.99));
	assert_false(gm_top_is_slow(w.m, w.m->machines.at[1], GM_PHASE_GUEST_FAULT, 0.99));
	assert_false(gm_top_is_slow(w.m, w.m->machines.at[0], GM_PHASE_ZERO, 0.99)); /* nothing was counted */
	assert_false(shows(&w, &t, 100, 0, "!2"));				     /* in batch a figure is a figure */
	for (unsigned int i = 0; i < GM_HISTORY; i++) { /* after some time, slow is usual */
		w_hist(&w, 1, GM_PHASE_GUEST_FAULT, 45000, 400);
		w_tick(&w);
	}
	assert_false(gm_top_is_slow(w.m, w.m->machines.at[0], GM_PHASE_GUEST_FAULT, 0.99));
	world_free(&w);
}

static void test_frees_slower(void **state)
{
	struct gm_rates ring[GM_HISTORY] = { { 0 } };

	(void)state;
	for (size_t i = 0; i < 20; i++)
		ring[i] = (struct gm_rates){ .alloc_pages = 10 };
	assert_false(gm_top_frees_slower(ring, 20)); /* nothing was freed: it just starts */
	ring[3].free_pages = 1;
	assert_true(gm_top_frees_slower(ring, 20));
	assert_false(gm_top_frees_slower(ring, GM_HEAT_WINDOW - 1)); /* too early to say so */
	ring[3].free_pages = 120;				     /* more than half of what was allocated */
	assert_false(gm_top_frees_slower(ring, 20));
	assert_false(gm_top_frees_slower(ring, 0));
}

/* ---- narrow, low, wide ---- */

/* Columns of which no machine has a value are left out before all others; those that have one stay. */
static void test_na_first(void **state)
{
	struct world w = { .now = W_S };
	struct gm_top t;

	(void)state;
	assert_int_equal(gm_model_new(&w.m), 0);
	w_inventory(&w);
	gm_top_init(&t);
	golden_frame(&w, &t, 132, 18, "top_na_132.txt");
	golden_frame(&w, &t, 80, 18, "top_na_80.txt");
	golden_frame(&w, &t, 40, 10, "top_na_40.txt");
	assert_false(shows(&w, &t, 40, 10, "FLT99"));
	assert_true(shows(&w, &t, 40, 10, "SIZE"));
	world_free(&w);
}

/* The sorted column's mark has room: no head touches it, and its name is whole. */
static void test_sort_mark(void **state)
{
	struct world w;
	struct gm_top t;
	char head[40];

	(void)state;
	world_make(&w, true);
	for (unsigned int col = 1; gm_top_column(col); col++) {
		const struct gm_col *c = &gm_top_cols[col];

		gm_top_init(&t);
		t.sort = col;
		t.ascii = true;
		if (!gm_col_is_available(w.m, col))
			continue;
		snprintf(head, sizeof(head), c->left ? " %2$s%1$s" : " %1$s%2$s", c->up ? "^" : "v", c->name);
		if (!shows(&w, &t, 132, 24, head))
			fail_msg("no \"%s\" in the line of heads", head);
	}
	world_free(&w);
}

/* On a wide page names are not cut, and the times of phases are beside the memory's columns. */
static void test_wide(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	w_machine(&w, 77, 7700, "qemu", "qemu -name a-machine-of-the-billing-department-in-frankfurt-blue-17", W_GIB,
		  W_GIB);
	w_tick(&w);
	gm_top_init(&t);
	golden_frame(&w, &t, 220, 24, "top_wide.txt");
	assert_true(shows(&w, &t, 160, 24, "a-machine-of-the-billing-department-in-frankfurt-blue-17 "));
	assert_true(shows(&w, &t, 220, 24, " MAP50"));
	assert_false(shows(&w, &t, 159, 24, " MAP50"));
	world_free(&w);
}

/* ---- detail ---- */

/* The detail opens on the phase chosen last; if the machine has no time of it, on the first of which it has. */
static void test_first_phase(void **state)
{
	struct world w = { .now = W_S };
	struct gm_top t;

	(void)state;
	assert_int_equal(gm_model_new(&w.m), 0);
	gm_model_keep_heat(w.m);
	w_meta(&w, GM_MODE_FULL, 1);
	w_probes(&w);
	w_machine(&w, 1, 5001, "qemu-kvm", "qemu-kvm -name web-1", 4 * W_GIB, W_GIB);
	w_tick(&w);
	w_hist(&w, 1, GM_PHASE_MAP, 900, 400);
	w_hist(&w, 1, GM_PHASE_ZERO, 900, 400);
	w_tick(&w);
	gm_top_init(&t);
	gm_top_key(w.m, &t, GM_KEY_ENTER);
	assert_true(shows(&w, &t, 80, 24, ">zero"));
	assert_int_equal(gm_top_shown_phase(&t, w.m->machines.at[0]), GM_PHASE_ZERO);
	gm_top_key(w.m, &t, GM_KEY_RIGHT);
	assert_true(shows(&w, &t, 80, 24, ">map"));
	w_hist(&w, 1, GM_PHASE_GUEST_FAULT, 900, 400);
	w_tick(&w);
	assert_true(shows(&w, &t, 80, 24, ">map")); /* what is chosen stays */
	gm_top_init(&t);
	gm_top_key(w.m, &t, GM_KEY_ENTER);
	assert_true(shows(&w, &t, 80, 24, ">guest_fault"));
	world_free(&w);
}

/* VMs, inodes and pins are in the first 24 lines, and what this host cannot show is one line. */
static void test_detail(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	gm_top_key(w.m, &t, GM_KEY_DOWN);
	gm_top_key(w.m, &t, GM_KEY_ENTER);
	assert_true(shows(&w, &t, 80, 24, "VCPUS"));
	assert_true(shows(&w, &t, 80, 24, "pin: qemu-system-x86[5001] mapping of 16.0G"));
	assert_true(shows(&w, &t, 80, 24, "n/a (o: why): zap, prepare, convert, populate, prefault"));
	golden_frame(&w, &t, 200, 60, "top_detail_200x60.txt");
	golden_frame(&w, &t, 132, 43, "top_detail_132x43.txt");
	golden_frame(&w, &t, 40, 10, "top_detail_40x10.txt");
	golden_frame(&w, &t, 20, 5, "top_detail_20x5.txt");
	t.heat = true;
	golden_frame(&w, &t, 200, 60, "top_detail_heat_200x60.txt");
	world_free(&w);
}

/* ---- reboots ---- */

/* A machine with reboots of all kinds, the newest last. */
static void reboots_world(struct world *w)
{
	struct gm_episode *(*const make[])(struct world *) = { e_recreate, e_overlap, e_shutdown, e_recreate,
							       e_inplace };

	full_world(w);
	assert_int_equal(gm_model_keep_reboots(w->m), 0);
	w_machine(w, 1, 4711, "vmm", "vmm -name guest-0", W_GIB, W_GIB / 2);
	w_machine(w, 2, 4712, "vmm", "vmm -name quiet", W_GIB, W_GIB / 4);
	w_tick(w);
	w_tick(w); /* before the episodes: the next tick would compute them again, from calls that never were */
	for (size_t i = 0; i < GM_ARRAY_SIZE(make); i++) {
		struct gm_episode *e = make[i](w);

		e->machine = ((struct gm_machine *)w->m->machines.at[0])->id;
		e->end_min_ns = e->end_ns += i == 3 ? W_S : 0;
	}
}

static void test_reboots(void **state)
{
	static const struct {
		unsigned int w, h;
	} sizes[] = { { 20, 5 }, { 40, 10 }, { 80, 24 }, { 132, 43 }, { 200, 60 } };
	char name[64];
	struct world w;
	struct gm_top t;

	(void)state;
	reboots_world(&w);
	gm_top_init(&t);
	gm_top_key(w.m, &t, GM_KEY_F(9));
	assert_int_equal(t.page, GM_TOP_REBOOTS);
	for (size_t i = 0; i < GM_ARRAY_SIZE(sizes); i++) {
		snprintf(name, sizeof(name), "top_reboots_%ux%u.txt", sizes[i].w, sizes[i].h);
		golden_frame(&w, &t, sizes[i].w, sizes[i].h, name);
	}
	/* The last line is the first reboot; Enter opens it at length, and Esc leads back to its line. */
	gm_top_key(w.m, &t, GM_KEY_DOWN);
	assert_int_equal(t.at.kind, GM_TARGET_REBOOT);
	assert_int_equal(t.at.nr, 4);
	gm_top_key(w.m, &t, GM_KEY_END);
	gm_top_key(w.m, &t, GM_KEY_ENTER);
	assert_int_equal(t.page, GM_TOP_REBOOT);
	golden_frame(&w, &t, 100, 70, "top_reboot.txt");
	gm_top_key(w.m, &t, GM_KEY_ESC);
	assert_int_equal(t.page, GM_TOP_REBOOTS);
	assert_int_equal(t.at.nr, 1);
	/* A reboot that is no longer kept is said to be so. */
	t.page = GM_TOP_REBOOT;
	t.at.nr = 99;
	assert_true(shows(&w, &t, 80, 24, "no longer kept"));
	/* The other machine has none. */
	gm_top_init(&t);
	gm_top_key(w.m, &t, GM_KEY_DOWN);
	gm_top_key(w.m, &t, GM_KEY_F(9));
	assert_true(shows(&w, &t, 80, 24, "no reboot was seen"));
	world_free(&w);
}

/* The last reboot's duration is a column: a time, its bound, or n/a. */
static void test_last_reboot(void **state)
{
	struct gm_episode *e;
	struct gm_machine *mc;
	struct world w;
	struct gm_top t;

	(void)state;
	reboots_world(&w);
	mc = w.m->machines.at[0];
	gm_top_init(&t);
	gm_top_sort_by(&t, "LASTREB");
	e = w.m->reboots->episodes.at[0];
	mc->last_episode = e->id;
	mc->episodes[GM_REBOOT_RECREATE] = 1;
	assert_true(shows(&w, &t, 80, 24, " 2.00s"));
	e->end_min_ns -= W_S;
	assert_true(shows(&w, &t, 80, 24, "<=2.00s"));
	e->end_known = false;
	assert_true(shows(&w, &t, 80, 24, ">=1.00s"));
	mc->last_episode = 99; /* no longer kept */
	assert_false(shows(&w, &t, 80, 24, ".00s"));
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),	     cmocka_unit_test(test_fill),
		cmocka_unit_test(test_widths),	     cmocka_unit_test(test_unusual),
		cmocka_unit_test(test_frees_slower), cmocka_unit_test(test_na_first),
		cmocka_unit_test(test_sort_mark),    cmocka_unit_test(test_wide),
		cmocka_unit_test(test_first_phase),  cmocka_unit_test(test_detail),
		cmocka_unit_test(test_reboots),	     cmocka_unit_test(test_last_reboot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
