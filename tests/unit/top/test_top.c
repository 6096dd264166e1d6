// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of gmemtop's frames: against golden files at several sizes, and for properties at any size and after any keys:
 * the right number of lines, no line too wide, no control characters.
 */
#include <locale.h>
#include "fixture/frame_world.h"
#include "top/top.h"
#include "top/top_int.h"
#include "top/tty.h"
#include "report/frame.h"

/* Prints a frame for the golden files, with the attribute as a letter in front of each line. */
static void frame_text(const struct gm_frame *f, struct gm_str *out, bool attrs)
{
	static const char letter[] = "|HSDW!#KU";

	assert_int_equal(f->err, 0);
	for (size_t i = 0; i < f->nr; i++) {
		if (attrs)
			gm_str_printf(out, "%c ", letter[f->line[i].attr]);
		gm_str_printf(out, "%s\n", f->line[i].text);
	}
	assert_int_equal(out->err, 0);
}

static void golden_frame(const struct world *w, struct gm_top *t, unsigned int width, unsigned int height,
			 const char *name)
{
	struct gm_frame f = { 0 };
	struct gm_str out = { 0 };

	gm_top_frame(w->m, t, width, height, &f);
	frame_text(&f, &out, height);
	golden(name, out.s);
	gm_str_release(&out);
	gm_frame_release(&f);
}

static void test_sizes(void **state)
{
	static const struct {
		unsigned int w, h;
	} sizes[] = { { 20, 5 }, { 40, 10 }, { 80, 24 }, { 132, 43 }, { 200, 60 } };
	char name[64];
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	for (size_t i = 0; i < GM_ARRAY_SIZE(sizes); i++) {
		snprintf(name, sizeof(name), "top_%ux%u.txt", sizes[i].w, sizes[i].h);
		golden_frame(&w, &t, sizes[i].w, sizes[i].h, name);
	}
	golden_frame(&w, &t, 80, 0, "top_batch.txt");
	t.ascii = true;
	golden_frame(&w, &t, 160, 0, "top_ascii.txt");
	world_free(&w);
}

/* The memory of machines with untracked files or VMs is n/a, with the reason above the table. */
static void test_untracked(void **state)
{
	const uint32_t flags[] = { 0, GM_OBJ_SIBLINGS };
	struct world w;
	struct gm_top t;
	union gm_any r;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	for (size_t i = 0, n = 0; i < w.m->vms.nr && n < GM_ARRAY_SIZE(flags); i++) {
		const struct gm_vm *vm = w.m->vms.at[i];

		if (vm->dead_ns)
			continue;
		r = (union gm_any){ 0 };
		gm_rec_init(&r.h, GM_K_VM, w.m->now_ns);
		r.as_VM.vm = vm->id;
		r.as_VM.flags = flags[n];
		r.as_VM.untracked_files = flags[n++] ? 0 : 4000;
		assert_int_equal(gm_model_apply(w.m, &r), 0);
	}
	golden_frame(&w, &t, 100, 0, "top_untracked.txt");
	gm_top_key(w.m, &t, GM_KEY_DOWN);
	gm_top_key(w.m, &t, GM_KEY_ENTER);
	golden_frame(&w, &t, 132, 43, "top_untracked_detail.txt");
	world_free(&w);
}

static void press(const struct world *w, struct gm_top *t, const unsigned int *keys, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		gm_top_key(w->m, t, keys[i]);
}

static void page(const char *name, const unsigned int *keys, size_t nr, unsigned int width, unsigned int height)
{
	struct world w;
	struct gm_top t;

	world_make(&w, true);
	gm_top_init(&t);
	press(&w, &t, keys, nr);
	golden_frame(&w, &t, width, height, name);
	world_free(&w);
}

#define PAGE(name, w, h, ...) page(name, (const unsigned int[]){ __VA_ARGS__ }, \
				   GM_ARRAY_SIZE(((const unsigned int[]){ __VA_ARGS__ })), w, h)

static void test_pages(void **state)
{
	(void)state;
	PAGE("top_tree.txt", 80, 40, 't');
	PAGE("top_detail.txt", 80, 24, GM_KEY_DOWN, GM_KEY_ENTER);
	PAGE("top_detail_phase.txt", 100, 70, GM_KEY_DOWN, GM_KEY_ENTER, GM_KEY_LEFT);
	PAGE("top_detail_orphan.txt", 80, 24, GM_KEY_DOWN, GM_KEY_DOWN, GM_KEY_ENTER);
	PAGE("top_help.txt", 80, 78, '?');
	PAGE("top_probes.txt", 80, 24, 'o', GM_KEY_DOWN);
	PAGE("top_typing.txt", 80, 12, '/', 'w', 'e', 'b');
	PAGE("top_none.txt", 80, 8, '/', 'x', 'x', GM_KEY_ENTER);
	PAGE("top_sorted.txt", 80, 14, 'M', ' ');
	PAGE("top_sort_list.txt", 80, 14, GM_KEY_F(6), GM_KEY_DOWN);
	PAGE("top_reboots.txt", 100, 16, GM_KEY_DOWN, GM_KEY_DOWN, GM_KEY_DOWN, GM_KEY_DOWN, GM_KEY_F(9));
	PAGE("top_filtered.txt", 80, 14, '/', 'w', 'e', 'b', GM_KEY_ENTER);
	PAGE("top_search_help.txt", 80, 14, 'h', GM_KEY_F(3), 'z', 'a', 'p', GM_KEY_ENTER);
}

/* The tree at all sizes; with a row folded, and all; by ASCII. */
static void test_tree(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	PAGE("top_tree_200x60.txt", 200, 60, 't');
	PAGE("top_tree_132x43.txt", 132, 43, 't', GM_KEY_DOWN, GM_KEY_DOWN);
	PAGE("top_tree_80x24.txt", 80, 24, 't', GM_KEY_END);
	PAGE("top_tree_40x10.txt", 40, 10, 't', GM_KEY_PGDN);
	PAGE("top_tree_20x5.txt", 20, 5, 't');
	PAGE("top_tree_folded.txt", 80, 16, 't', '*', GM_KEY_DOWN, GM_KEY_RIGHT);
	world_make(&w, true);
	gm_top_init(&t);
	t.ascii = true;
	press(&w, &t, (const unsigned int[]){ 't', GM_KEY_DOWN, GM_KEY_DOWN, GM_KEY_LEFT }, 4);
	golden_frame(&w, &t, 80, 24, "top_tree_ascii.txt");
	world_free(&w);
}

static void replay_page(const char *name, const struct gm_top_replay *r, unsigned int width, unsigned int height,
			unsigned int key)
{
	struct world w;
	struct gm_top t;

	world_make(&w, true);
	gm_top_init(&t);
	t.replay = *r;
	t.replay.on = true;
	t.replay.now_ns = w.m->now_ns;
	t.replay.first_ns = w.m->now_ns - 70 * W_S;
	if (r->last_ns)
		t.replay.last_ns = w.m->now_ns + r->last_ns; /* the remaining time */
	gm_top_key(w.m, &t, key);
	golden_frame(&w, &t, width, height, name);
	world_free(&w);
}

static void test_replay(void **state)
{
	struct gm_top_replay r = {
		.name = "night-\x1b[2J-of-the-long-recording.rec", .speed = 2, .last_ns = 140 * W_S, .zone_s = 3600
	};

	(void)state;
	replay_page("top_replay_80x24.txt", &r, 80, 24, 0);
	replay_page("top_replay_40x10.txt", &r, 40, 10, 0);
	replay_page("top_replay_20x5.txt", &r, 20, 5, 0);
	replay_page("top_replay_help.txt", &r, 80, 60, 'h');
	replay_page("top_replay_typing.txt", &r, 80, 8, ':');
	r.seeking = true;
	replay_page("top_replay_seeking.txt", &r, 80, 8, 0);
	r.seeking = false;
	r.paused = true;
	r.note = "this is the end";
	replay_page("top_replay_paused.txt", &r, 120, 8, 0);
	r.ended = true;
	r.note = NULL;
	r.last_ns = 0; /* a pipe, whose length is unknown */
	replay_page("top_replay_end.txt", &r, 80, 8, 0);
	r.ended = r.paused = false;
	r.speed = 1.0 / 64;
	r.last_ns = 10 * W_S;
	replay_page("top_replay_slow.txt", &r, 132, 8, 0);
	r.speed = 0;
	replay_page("top_replay_max.txt", &r, 132, 8, 'o');
}

/* Keys of a replay have no effect live, and the pause of a live run has none in a replay. */
static void test_replay_keys(void **state)
{
	static const unsigned int keys[] = { 'f', 'b', '(', ')', '{', '}',	   'n',		'N',
					     '[', ']', '^', '$', ':', GM_KEY_LEFT, GM_KEY_RIGHT };
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	for (size_t i = 0; i < GM_ARRAY_SIZE(keys); i++) {
		gm_top_key(w.m, &t, keys[i]);
		assert_int_equal(t.steer, GM_TOP_STEER_NONE);
		assert_false(t.going);
		assert_true(t.no_past);
	}
	golden_frame(&w, &t, 80, 10, "top_no_past.txt");
	gm_top_key(w.m, &t, ' ');
	assert_true(t.paused && !t.no_past);
	gm_top_init(&t);
	t.replay.on = true;
	for (size_t i = 0; i < GM_ARRAY_SIZE(keys); i++) {
		t.steer = GM_TOP_STEER_NONE;
		gm_top_key(w.m, &t, keys[i]);
		assert_true(t.steer != GM_TOP_STEER_NONE || t.going);
		gm_top_key(w.m, &t, GM_KEY_ESC);
	}
	gm_top_key(w.m, &t, ' ');
	assert_false(t.paused);
	assert_int_equal(t.steer, GM_TOP_STEER_PAUSE);
	/* Arrows choose the phase on this page. */
	t.page = GM_TOP_DETAIL;
	t.steer = GM_TOP_STEER_NONE;
	gm_top_key(w.m, &t, GM_KEY_RIGHT);
	assert_int_equal(t.steer, GM_TOP_STEER_NONE);
	gm_top_key(w.m, &t, '(');
	assert_int_equal(t.steer, GM_TOP_STEER_BY);
	assert_int_equal(t.steer_arg, -10);
	/* Esc drops the typed text; Enter without a text does nothing. */
	t.steer = GM_TOP_STEER_NONE;
	for (const char *k = ":12"; *k; k++)
		gm_top_key(w.m, &t, (unsigned char)*k);
	assert_string_equal(t.go, "12");
	gm_top_key(w.m, &t, GM_KEY_ESC);
	gm_top_key(w.m, &t, ':');
	gm_top_key(w.m, &t, GM_KEY_ENTER);
	assert_int_equal(t.steer, GM_TOP_STEER_NONE);
	assert_false(t.going);
	world_free(&w);
}

/* Applies ninety seconds of a machine whose faults get slower, come in bursts and sometimes take very long. */
static void heat_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->now = 100 * W_S;
	assert_int_equal(gm_model_new(&w->m), 0);
	gm_model_keep_heat(w->m);
	w_meta(w, GM_MODE_FULL, 1);
	w_probes(w);
	w_machine(w, 1, 5001, "qemu-kvm", "qemu-kvm -name web-1", 4 * W_GIB, W_GIB);
	w_tick(w);
	for (unsigned int i = 0; i < 90; i++) {
		if (i % 30 < 20)
			w_hist(w, 1, GM_PHASE_GUEST_FAULT, 4000 + 1500 * i, 40 << i % 10);
		if (i == 40)
			w_hist(w, 1, GM_PHASE_GUEST_FAULT, 3000000000, 40);
		if (i == 89)
			w_hist(w, 1, GM_PHASE_ZERO, 900, 40 * i);
		w_tick(w);
	}
}

static void heat_page(const char *name, unsigned int width, unsigned int height, bool ascii, unsigned int phases)
{
	struct world w;
	struct gm_top t;

	heat_world(&w);
	gm_top_init(&t);
	t.ascii = ascii;
	press(&w, &t, (const unsigned int[]){ GM_KEY_ENTER, 'H' }, 2);
	while (phases--)
		gm_top_key(w.m, &t, GM_KEY_RIGHT);
	golden_frame(&w, &t, width, height, name);
	world_free(&w);
}

static void test_heat(void **state)
{
	(void)state;
	heat_page("top_heat_80x24.txt", 80, 24, false, 0);
	heat_page("top_heat_132x43.txt", 132, 43, false, 0);
	heat_page("top_heat_ascii.txt", 80, 40, true, 0);
	heat_page("top_heat_one_tick.txt", 40, 20, false, 1);
	PAGE("top_heat_young.txt", 80, 30, GM_KEY_DOWN, GM_KEY_ENTER, 'H');
}

/* Counts that are too old for every column are still in the table of phases. */
static void test_heat_over(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	heat_world(&w);
	for (unsigned int i = 0; i < GM_HISTORY; i++)
		w_tick(&w);
	gm_top_init(&t);
	gm_top_show(&t, "phases");
	golden_frame(&w, &t, 80, 10, "top_phases_over.txt");
	press(&w, &t, (const unsigned int[]){ GM_KEY_ENTER, 'H' }, 2);
	golden_frame(&w, &t, 80, 14, "top_heat_over.txt");
	world_free(&w);
}

/* The report at the end, and a view of a model that keeps no heat, cover the whole session. */
static void test_since_start(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	heat_world(&w);
	for (unsigned int i = 0; i < 30; i++)
		w_tick(&w);
	gm_top_init(&t);
	gm_top_show(&t, "phases");
	w.m->meta.flags |= GM_META_REPORT_AT_END;
	golden_frame(&w, &t, 80, 0, "top_phases_report.txt");
	w.m->meta.flags = 0;
	w.m->keep_heat = false;
	golden_frame(&w, &t, 80, 0, "top_phases_unkept.txt");
	world_free(&w);
}

static void test_phases(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	assert_int_equal(gm_top_show(&t, "phase"), -EINVAL);
	assert_int_equal(gm_top_show(&t, "phases"), 0);
	assert_int_equal(t.set, GM_TOP_PHASES);
	assert_int_equal(gm_top_show(&t, "memory"), 0);
	assert_int_equal(gm_top_sort_by(&t, "destr99"), 0);
	golden_frame(&w, &t, 80, 0, "top_phases_in_memory.txt"); /* the column to sort by is shown */
	world_free(&w);
	PAGE("top_phases_80x24.txt", 80, 24, 'p');
	PAGE("top_phases_sorted.txt", 80, 16, 'p', '9', 'r');
	PAGE("top_phases_132x43.txt", 132, 43, 'p');
	PAGE("top_phases_200x60.txt", 200, 60, 'p');
	PAGE("top_phases_20x5.txt", 20, 5, 'p');
	PAGE("top_80x24.txt", 80, 24, 'p', 'p');
	PAGE("top_phases_batch.txt", 80, 0, 'p');
}

static void test_empty(void **state)
{
	struct world w = { 0 };
	struct gm_top t;

	(void)state;
	assert_int_equal(gm_model_new(&w.m), 0);
	gm_top_init(&t);
	golden_frame(&w, &t, 80, 6, "top_empty.txt");
	world_free(&w);
}

/* Without guest faults, the times are those of host faults, with a mark; without both they are n/a. */
static void test_na(void **state)
{
	struct world w = { .now = W_S };
	struct gm_top t;

	(void)state;
	assert_int_equal(gm_model_new(&w.m), 0);
	w_inventory(&w);
	gm_top_init(&t);
	golden_frame(&w, &t, 80, 12, "top_na.txt");
	w_probe(&w, GM_WANTED, GM_PROBE_ATTACHED, W_BIT(HOST_FAULT), "host_fault", "fexit:x", "");
	w_hist(&w, 1, GM_PHASE_HOST_FAULT, 5000, 100);
	w_tick(&w);
	golden_frame(&w, &t, 80, 12, "top_host_faults.txt");
	world_free(&w);
}

/* ---- keys ---- */

static void test_keys(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	PAGE("top_80x24.txt", 80, 24, 0); /* an unknown key changes nothing */
	press(&w, &t, (const unsigned int[]){ GM_KEY_END, GM_KEY_ENTER, '?', GM_KEY_ESC }, 4);
	assert_int_equal(t.page, GM_TOP_DETAIL);
	gm_top_key(w.m, &t, GM_KEY_ESC);
	assert_int_equal(t.page, GM_TOP_MAIN);
	press(&w, &t, (const unsigned int[]){ 't', 'o', 'o', 't' }, 4);
	assert_int_equal(t.page, GM_TOP_MAIN);
	press(&w, &t, (const unsigned int[]){ '/', 'a', 'q', GM_KEY_BACKSPACE, 'b', GM_KEY_ENTER }, 6);
	assert_string_equal(t.filter, "ab");
	assert_false(t.typing || t.quit);
	gm_top_key(w.m, &t, GM_KEY_ESC);
	assert_string_equal(t.filter, "");
	press(&w, &t, (const unsigned int[]){ ' ', 'r', 'q' }, 3);
	assert_true(t.paused && t.reverse && t.quit);
	world_free(&w);
}

static void test_sort(void **state)
{
	struct world w;
	struct gm_top t;
	unsigned int first;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	assert_int_equal(gm_top_sort_by(&t, "alloc/S"), 0);
	assert_int_equal(gm_top_sort_by(&t, "nonsense"), -EINVAL);
	assert_int_equal(gm_top_sort_by(&t, ""), -EINVAL);
	first = t.sort;
	gm_top_key(w.m, &t, '>');
	assert_int_not_equal(t.sort, first);
	gm_top_key(w.m, &t, '<');
	assert_int_equal(t.sort, first);
	world_free(&w);
}

/* The selection is a machine, not a line: it moves with the machine when the order changes. */
static void test_selection(void **state)
{
	struct world w;
	struct gm_top t;
	uint32_t chosen;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	press(&w, &t, (const unsigned int[]){ GM_KEY_DOWN, GM_KEY_DOWN, GM_KEY_DOWN }, 3);
	chosen = t.selected;
	assert_int_equal(chosen, 6);
	press(&w, &t, (const unsigned int[]){ 'M', 'r', GM_KEY_ENTER }, 3);
	assert_int_equal(t.selected, chosen);
	world_free(&w);
}

/* q and Esc leave a page and quit only from the main one, Esc drops search and filter before; F10 quits anywhere. */
static void test_leave(void **state)
{
	static const unsigned int leave[] = { 'q', GM_KEY_ESC };
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	for (size_t i = 0; i < GM_ARRAY_SIZE(leave); i++) {
		gm_top_init(&t);
		press(&w, &t, (const unsigned int[]){ 't', GM_KEY_ENTER, 'h', leave[i], leave[i] }, 5);
		assert_int_equal(t.page, GM_TOP_TREE);
		assert_false(t.quit);
		press(&w, &t, (const unsigned int[]){ leave[i] }, 1);
		assert_int_equal(t.page, GM_TOP_MAIN);
		assert_false(t.quit);
		gm_top_key(w.m, &t, leave[i]);
		assert_true(t.quit);
	}
	gm_top_init(&t);
	press(&w, &t, (const unsigned int[]){ '/', 'w', GM_KEY_ENTER, GM_KEY_F(3), 'w', GM_KEY_ENTER }, 6);
	assert_string_equal(t.search, "w");
	gm_top_key(w.m, &t, GM_KEY_ESC);
	assert_string_equal(t.search, "");
	assert_string_equal(t.filter, "w");
	gm_top_key(w.m, &t, GM_KEY_ESC);
	assert_string_equal(t.filter, "");
	assert_false(t.quit);
	press(&w, &t, (const unsigned int[]){ 'h', GM_KEY_F(10) }, 2);
	assert_true(t.quit);
	world_free(&w);
}

/* Search goes to what it finds as it is typed, wraps, and says if there is nothing; all rows stay. */
static void test_search(void **state)
{
	struct gm_frame f = { 0 };
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	press(&w, &t, (const unsigned int[]){ GM_KEY_F(3), 'c', 'h', '/' }, 4);
	assert_int_equal(t.selected, 4);
	press(&w, &t, (const unsigned int[]){ 'x' }, 1);
	assert_string_equal(t.note, "not found");
	press(&w, &t, (const unsigned int[]){ GM_KEY_BACKSPACE, GM_KEY_ENTER, GM_KEY_HOME, 'n' }, 4);
	assert_int_equal(t.selected, 4);
	assert_string_equal(t.filter, "");
	/* In the tree, what is searched may be in any row. n goes on and wraps, N goes back. */
	press(&w, &t, (const unsigned int[]){ 't', GM_KEY_HOME, GM_KEY_F(3), 'p', 'i', 'n', ':', GM_KEY_ENTER }, 8);
	assert_int_equal(t.at.kind, GM_TARGET_PIN);
	assert_int_equal(t.at.machine, 1);
	assert_int_equal(t.at.nr, 0);
	press(&w, &t, (const unsigned int[]){ 'n', 'n' }, 2);
	assert_int_equal(t.at.machine, 5);
	press(&w, &t, (const unsigned int[]){ 'n', 'n' }, 2);
	assert_int_equal(t.at.machine, 1);
	gm_top_key(w.m, &t, 'N');
	assert_int_equal(t.at.machine, 5);
	/* A page that scrolls shows the line, wherever it was; each n another one. */
	press(&w, &t, (const unsigned int[]){ 'h', GM_KEY_F(3), 'P', 'F', 'L', 'T', GM_KEY_ENTER }, 7);
	gm_top_frame(w.m, &t, 80, 12, &f);
	assert_true(t.found && t.scroll + t.visible >= t.found);
	gm_frame_release(&f);
	world_free(&w);
}

/* Rows of the tree: fold, unfold, go to the row above; a folded row keeps its selection. */
static void test_fold(void **state)
{
	struct gm_frame f = { 0 };
	struct world w;
	struct gm_top t;
	size_t all;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	gm_top_key(w.m, &t, 't');
	gm_top_frame(w.m, &t, 80, 24, &f);
	all = t.visible;
	press(&w, &t, (const unsigned int[]){ GM_KEY_DOWN, GM_KEY_DOWN, GM_KEY_DOWN, GM_KEY_DOWN }, 4);
	assert_int_equal(t.at.kind, GM_TARGET_BINDING);
	gm_top_key(w.m, &t, GM_KEY_LEFT); /* nothing below: to the file */
	assert_int_equal(t.at.kind, GM_TARGET_FILE);
	press(&w, &t, (const unsigned int[]){ GM_KEY_LEFT, GM_KEY_LEFT, GM_KEY_LEFT }, 3);
	assert_int_equal(t.at.kind, GM_TARGET_INODE);
	assert_int_equal(t.folds, 2);
	gm_top_key(w.m, &t, GM_KEY_DOWN); /* the next machine: what is folded is skipped */
	assert_int_equal(t.at.kind, GM_TARGET_MACHINE);
	press(&w, &t, (const unsigned int[]){ GM_KEY_UP, '+' }, 2);
	assert_int_equal(t.folds, 1);
	/* Everything folded: as many rows as machines. More folds than are kept are as all others again. */
	press(&w, &t, (const unsigned int[]){ '*', GM_KEY_END }, 2);
	assert_int_equal(t.at.machine, 4);
	gm_top_frame(w.m, &t, 80, 24, &f);
	assert_true(all >= 7);
	for (unsigned int i = 0; i < 3 * GM_TOP_FOLDS; i++)
		press(&w, &t, (const unsigned int[]){ '+', GM_KEY_UP }, 2);
	gm_top_frame(w.m, &t, 80, 24, &f);
	gm_frame_release(&f);
	world_free(&w);
}

static void test_interval(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	t.interval_ns = W_S;
	gm_top_key(w.m, &t, '+');
	assert_true(t.interval_ns == 2 * W_S);
	assert_string_equal(t.note, "interval 2.00s (100ms to 1m00s)");
	golden_frame(&w, &t, 132, 12, "top_interval.txt");
	for (int i = 0; i < 12; i++)
		gm_top_key(w.m, &t, '+');
	assert_true(t.interval_ns == 60 * W_S);
	assert_string_equal(t.note, "interval 1m00s: the longest");
	for (int i = 0; i < 12; i++)
		gm_top_key(w.m, &t, '-');
	assert_true(t.interval_ns == W_S / 10);
	t.interval_ns = 3 * W_S; /* -i 3 */
	gm_top_key(w.m, &t, '-');
	assert_true(t.interval_ns == 2 * W_S);
	t.replay.on = true;
	gm_top_key(w.m, &t, '+');
	assert_true(t.interval_ns == 2 * W_S);
	world_free(&w);
}

/* ---- mouse ---- */

static void mouse(const struct world *w, struct gm_top *t, enum gm_mouse_what what, unsigned int x, unsigned int y)
{
	struct gm_frame f = { 0 };

	gm_top_frame(w->m, t, 80, 24, &f);
	gm_top_mouse(w->m, t, &(struct gm_mouse){ what, x, y });
	gm_frame_release(&f);
}

static void test_mouse(void **state)
{
	struct world w;
	struct gm_top t;
	unsigned int sort;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	mouse(&w, &t, GM_MOUSE_CLICK, 3, 8); /* the second row */
	assert_int_equal(t.selected, 1);
	assert_int_equal(t.page, GM_TOP_MAIN);
	mouse(&w, &t, GM_MOUSE_CLICK, 3, 20); /* below the rows */
	assert_int_equal(t.selected, 1);
	mouse(&w, &t, GM_MOUSE_CLICK, 50, 8); /* again: open */
	assert_int_equal(t.page, GM_TOP_DETAIL);
	mouse(&w, &t, GM_MOUSE_WHEEL_DOWN, 1, 1);
	assert_int_equal(t.scroll, 3);
	mouse(&w, &t, GM_MOUSE_WHEEL_UP, 1, 1);
	assert_int_equal(t.scroll, 0);
	gm_top_key(w.m, &t, 'q');
	mouse(&w, &t, GM_MOUSE_DOUBLE_CLICK, 3, 7);
	assert_int_equal(t.page, GM_TOP_DETAIL);
	assert_int_equal(t.selected, 2);
	gm_top_key(w.m, &t, 'q');
	/* A head sorts, again the other way round; between two heads nothing happens. */
	sort = t.sort;
	mouse(&w, &t, GM_MOUSE_CLICK, 2, 6);
	assert_int_not_equal(t.sort, sort);
	assert_string_equal(gm_top_column(t.sort), "MACHINE");
	assert_false(t.reverse);
	mouse(&w, &t, GM_MOUSE_CLICK, 2, 6);
	assert_true(t.reverse);
	mouse(&w, &t, GM_MOUSE_CLICK, 79, 6);
	assert_string_equal(gm_top_column(t.sort), "REBOOT");
	/* The wheel moves the selection of a list. */
	press(&w, &t, (const unsigned int[]){ 'M', GM_KEY_HOME }, 2);
	mouse(&w, &t, GM_MOUSE_WHEEL_DOWN, 1, 1);
	mouse(&w, &t, GM_MOUSE_WHEEL_UP, 1, 1);
	/* The bottom line's labels are their keys: F1, F3, F4, F5. */
	mouse(&w, &t, GM_MOUSE_CLICK, 26, 23);
	assert_int_equal(t.page, GM_TOP_TREE);
	mouse(&w, &t, GM_MOUSE_CLICK, 0, 23);
	assert_int_equal(t.page, GM_TOP_HELP);
	/* A click ends what is typed. */
	press(&w, &t, (const unsigned int[]){ 'q', 'q', '/', 'f', 'n' }, 5);
	mouse(&w, &t, GM_MOUSE_CLICK, 3, 7);
	assert_false(t.typing);
	assert_string_equal(t.filter, "fn");
	world_free(&w);
}

/* The labels of F keys are spans of their own. */
static void test_labels(void **state)
{
	struct gm_frame f = { 0 };
	struct world w;
	struct gm_top t;
	const struct gm_line *l;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	gm_top_frame(w.m, &t, 80, 24, &f);
	l = &f.line[23];
	assert_memory_equal(l->text, "F1Help F3Search F4Filter", 24);
	assert_true(l->spans >= 9);
	assert_int_equal(l->span[0].attr, GM_ATTR_KEY);
	assert_int_equal(l->span[0].at, 2);
	assert_int_equal(l->span[0].len, 4);
	assert_int_equal(l->span[1].at, 9);
	gm_frame_release(&f);
	world_free(&w);
}

/* ---- the man page ---- */

#define MAN_PAGE "tools/gmemtop.8"
#define MAN_BEGIN ".\\\" begin keys (GM_GOLDEN_UPDATE=1 build/unit/test_top)\n"
#define MAN_END ".\\\" end keys\n"

static void put_troff(struct gm_str *out, const char *text)
{
	for (; *text; text++)
		gm_str_printf(out, *text == '-' ? "\\%c" : "%c", *text);
	gm_str_puts(out, "\n");
}

static void put_man_keys(struct gm_str *out)
{
	for (unsigned int i = 0; i < gm_top_keys_nr; i++) {
		const struct gm_key_row *k = &gm_top_keys[i];

		if (!k->help || k->source == GM_KEY_REPLAY)
			continue;
		gm_str_puts(out, ".TP\n.B ");
		put_troff(out, k->name);
		put_troff(out, k->help);
	}
}

static char *read_page(void)
{
	FILE *f = fopen(MAN_PAGE, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	return text;
}

/* The man page lists the keys of the table; those of a replay it explains at more length. */
static void test_man_keys(void **state)
{
	char *page = read_page(), *begin = strstr(page, MAN_BEGIN), *end = strstr(page, MAN_END);
	struct gm_str want = { 0 };

	(void)state;
	assert_non_null(begin);
	assert_non_null(end);
	begin += strlen(MAN_BEGIN);
	put_man_keys(&want);
	if (getenv("GM_GOLDEN_UPDATE")) {
		FILE *f = fopen(MAN_PAGE, "w");

		assert_non_null(f);
		fprintf(f, "%.*s%s%s", (int)(begin - page), page, want.s, end);
		fclose(f);
	} else if ((size_t)(end - begin) != want.len || memcmp(begin, want.s, want.len)) {
		fail_msg("%s: its keys are not those of the table (GM_GOLDEN_UPDATE=1)", MAN_PAGE);
	}
	gm_str_release(&want);
	free(page);
}

/* ---- properties ---- */

static void check_frame(const struct gm_frame *f, unsigned int width, unsigned int height)
{
	assert_int_equal(f->err, 0);
	if (height)
		assert_int_equal(f->nr, height);
	for (size_t i = 0; i < f->nr; i++) {
		const unsigned char *p = (const unsigned char *)f->line[i].text;

		assert_true(gm_columns(f->line[i].text) <= width);
		for (; *p; p++) {
			assert_true(*p >= 0x20 && *p != 0x7f);
			/* Not ASCII: the frame's lines, blocks and arrows (U+2500.., U+2581..258F, U+25B4, U+25BE). */
			if (*p >= 0x80) {
				assert_int_equal(p[0], 0xe2);
				assert_true(p[1] == 0x96 || p[1] == 0x94);
				p += 2;
			}
		}
	}
}

static unsigned int random_key(uint64_t *seed)
{
	static const char plain[] = "qhtorpjkgG/<>?MPVSRAFTB59%ZH abwfnN:()eK+-*=I";
	uint64_t r = unit_random(seed) >> 8;

	switch (r % 4) {
	case 0: return (unsigned int)(r >> 8) & 0x1fffff;
	case 1:
		return r & 1 << 20 ? GM_KEY_F((unsigned int)(r >> 8) % 12 + 1)
				   : GM_KEY_UP + (unsigned int)((r >> 8) % 12);
	default: return (unsigned char)plain[(r >> 8) % (sizeof(plain) - 1)];
	}
}

static void test_random(void **state)
{
	struct gm_frame f = { 0 };
	uint64_t seed = 7;
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	for (unsigned int i = 0; i < 10000; i++) {
		unsigned int width = 20 + (unsigned int)(unit_random_size(&seed) % 300);
		unsigned int height = 5 + (unsigned int)(unit_random_size(&seed) % 100);

		if (i % 7 == 0)
			width = (unsigned int)(unit_random(&seed) >> 32) % 20;
		if (i % 11 == 0)
			height = 1 + (unsigned int)(unit_random(&seed) >> 32) % 5;
		gm_top_key(w.m, &t, random_key(&seed));
		if (i % 5 == 0)
			gm_top_mouse(w.m, &t, &(struct gm_mouse){ (enum gm_mouse_what)(i % 4), i % 97, (i / 5) % 41 });
		t.ascii = i % 3 == 0;
		t.replay = (struct gm_top_replay){ .on = i & 64,
						   .name = "a.rec",
						   .speed = (double)(i % 5),
						   .first_ns = i % 2 ? unit_random(&seed) : 0,
						   .last_ns = i % 3 ? unit_random(&seed) : 0,
						   .now_ns = unit_random(&seed),
						   .zone_s = (int)unit_random(&seed),
						   .note = i & 8 ? "note" : NULL,
						   .seeking = i & 16 };
		gm_top_frame(w.m, &t, width, i % 13 ? height : 0, &f);
		check_frame(&f, width, i % 13 ? height : 0);
		if (i % 500 == 0)
			w_tick(&w);
	}
	gm_frame_release(&f);
	world_free(&w);
}

/* Stale or random states out of range do no harm. */
static void test_wild_state(void **state)
{
	struct gm_top t = { .page = (enum gm_top_page)99,
			    .set = (enum gm_top_set)9,
			    .sort = 1000,
			    .selected = 4711,
			    .phase = 77,
			    .selected_inode = 815,
			    .scroll = ~0u,
			    .want = "no such" };
	struct gm_frame f = { 0 };
	struct world w;

	(void)state;
	world_make(&w, true);
	for (unsigned int p = 0; p < 8; p++) {
		gm_top_frame(w.m, &t, 80, 24, &f);
		check_frame(&f, 80, 24);
		gm_top_key(w.m, &t, '>');
		t.page = (enum gm_top_page)p;
		t.sort = 1000;
		t.scroll = ~0u;
		t.want = p & 1 ? NULL : "2";
		t.heat = p & 2;
	}
	gm_frame_release(&f);
	world_free(&w);
}

/* A frame of a thousand machines (it takes at most 100 ms, without sanitizers). */
static void test_many(void **state)
{
	struct gm_frame f = { 0 };
	struct world w = { .now = W_S };
	struct gm_top t;
	char cmd[64];

	(void)state;
	assert_int_equal(gm_model_new(&w.m), 0);
	w_meta(&w, GM_MODE_FULL, 4);
	w_probes(&w);
	for (uint32_t i = 1; i <= 1000; i++) {
		snprintf(cmd, sizeof(cmd), "qemu-kvm -name m%04u", i);
		w_machine(&w, i, 10000 + i, "qemu-kvm", cmd, W_GIB, i * 100);
		w_hist(&w, i, GM_PHASE_GUEST_FAULT, 10000 + i, 100);
	}
	w_tick(&w);
	w_tick(&w);
	gm_top_init(&t);
	gm_top_frame(w.m, &t, 80, 24, &f);
	check_frame(&f, 80, 24);
	for (int i = 0; i < 3; i++)
		gm_top_key(w.m, &t, GM_KEY_PGDN);
	gm_top_frame(w.m, &t, 80, 24, &f);
	assert_int_equal(f.line[22].attr, GM_ATTR_SELECTED); /* just scrolled into sight */
	for (int i = 0; i < 100; i++)
		gm_top_key(w.m, &t, GM_KEY_PGDN);
	gm_top_frame(w.m, &t, 80, 24, &f);
	check_frame(&f, 80, 24);
	assert_int_equal(f.line[22].attr, GM_ATTR_SELECTED);
	assert_memory_equal(f.line[22].text, "m0001", 5);
	gm_frame_release(&f);
	world_free(&w);
}

static void test_text_helpers(void **state)
{
	char buf[64];

	(void)state;
	assert_string_equal(gm_plain(buf, sizeof(buf), "a\xc3\xa4\x1b[m\xff"), "a\\u00e4\\x1b[m\\xff");
	assert_string_equal(gm_plain(buf, sizeof(buf), "\xf0\x9f\x90\xa7"), "\\U0001f427");
	assert_string_equal(gm_plain(buf, 8, "ab\xc3\xa4"), "ab"); /* no escape is cut in two */
	assert_string_equal(gm_plain(buf, 3, "abcdef"), "ab");
	strcpy(buf, "a\xe2\x96\x88\xe2\x96\x88");
	assert_int_equal(gm_columns(buf), 3);
	gm_cut(buf, 2);
	assert_string_equal(buf, "a\xe2\x96\x88");
	strcpy(buf, "web-frontend-01");
	gm_shorten(buf, 10);
	assert_string_equal(buf, "web-f~d-01");
	gm_shorten(buf, 1);
	assert_int_equal(strlen(buf), 1);
	gm_shorten(buf, 0);
	assert_string_equal(buf, "");
}

static bool shows(const struct gm_frame *f, const char *what)
{
	for (size_t i = 0; i < f->nr; i++)
		if (strstr(f->line[i].text, what))
			return true;
	return false;
}

#define SERVER "\xe6\x9c\x8d\xe5\x8a\xa1\xe5\x99\xa8"	/* three characters of two columns each */

/* Names in a locale that can show them are unchanged, and take their columns. */
static void test_text_utf8(void **state)
{
	char buf[64];

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	assert_string_equal(gm_plain(buf, sizeof(buf), SERVER), SERVER);
	assert_int_equal(gm_columns(buf), 6);
	gm_cut(buf, 5);
	assert_string_equal(buf, "\xe6\x9c\x8d\xe5\x8a\xa1");
	assert_int_equal(gm_columns(gm_pad(buf, sizeof(buf), 7)), 7);
	strcpy(buf, SERVER "-" SERVER);
	gm_shorten(buf, 8);
	assert_string_equal(buf, "\xe6\x9c\x8d\xe5\x8a\xa1~\xe5\x99\xa8");
	assert_string_equal(gm_plain(buf, sizeof(buf), "e\xcc\x81"), "e\xcc\x81"); /* combining: no column */
	assert_int_equal(gm_columns(buf), 1);
	assert_string_equal(gm_plain(buf, sizeof(buf), "\xcc\x81"), "\\u0301"); /* no base character */
	assert_string_equal(gm_plain(buf, sizeof(buf),
				     "a\xe2\x80\x8b"
				     "b\xff"),
			    "a\\u200bb\\xff");
	assert_string_equal(gm_plain_ascii(buf, sizeof(buf), "\xc3\xa4"), "\\u00e4");
	setlocale(LC_CTYPE, "C");
}

/* A row with a wide name is as wide as any other, and the filter finds it in any locale. */
static void test_top_utf8_name(void **state)
{
	static const char *const locales[] = { "C", "C.UTF-8" };
	struct world w;
	struct gm_top t;
	struct gm_frame f = { 0 };

	(void)state;
	world_init(&w);
	w_machine(&w, 77, 7700, "qemu", "q -name " SERVER, 1 << 20, 1 << 19);
	w_tick(&w);
	gm_top_init(&t);
	for (size_t i = 0; i < GM_ARRAY_SIZE(locales); i++) {
		setlocale(LC_CTYPE, locales[i]);
		strcpy(t.filter, "\xe5\x8a\xa1");
		gm_top_frame(w.m, &t, 132, 24, &f);
		for (size_t k = 0; k < f.nr; k++)
			assert_true(gm_columns(f.line[k].text) <= 132);
		assert_true(shows(&f, i ? SERVER " " : "\\u670d\\u52a1\\u5668 "));
		gm_frame_clear(&f);
	}
	setlocale(LC_CTYPE, "C");
	gm_frame_release(&f);
	world_free(&w);
}

/* The overhead is shown if the caller knows it, the programs' part if the kernel keeps statistics. */
static void test_cost(void **state)
{
	struct world w = { 0 };
	struct gm_frame f = { 0 };
	struct gm_top t;

	(void)state;
	assert_int_equal(gm_model_new(&w.m), 0);
	w_meta(&w, GM_MODE_FULL, 1);
	w_probes(&w);
	for (int i = 0; i < 3; i++)
		w_tick(&w);
	gm_top_init(&t);
	gm_top_frame(w.m, &t, 120, 24, &f);
	assert_false(shows(&f, "overhead"));
	gm_frame_clear(&f);
	t.cost = (struct gm_top_cost){ .known = true, .cpu = 0.0042, .progs = 0.5, .resident_bytes = 31 << 20 };
	gm_top_frame(w.m, &t, 120, 24, &f);
	assert_true(shows(&f, "overhead 0.4% CPU, 31.0M"));
	gm_frame_clear(&f);
	t.cost.progs_known = true;
	gm_top_frame(w.m, &t, 120, 24, &f);
	assert_true(shows(&f, "overhead 0.4% CPU + 50.0% in the kernel, 31.0M"));
	gm_frame_release(&f);
	world_free(&w);
}

/* The past of a live session: how long ago, how to come back; on the live screen nothing but the keys. */
static void test_past(void **state)
{
	struct world w;
	struct gm_top t;

	(void)state;
	world_make(&w, true);
	gm_top_init(&t);
	t.replay = (struct gm_top_replay){ .on = true, .live = true, .at_live = true };
	golden_frame(&w, &t, 80, 12, "top_past_live.txt");
	t.replay.at_live = false;
	t.replay.paused = true;
	t.replay.first_ns = w.m->now_ns - 5 * W_S;
	t.replay.now_ns = w.m->now_ns;
	t.replay.last_ns = t.replay.live_ns = w.m->now_ns + 72 * W_S;
	golden_frame(&w, &t, 80, 12, "top_past.txt");
	golden_frame(&w, &t, 40, 10, "top_past_40x10.txt");
	t.replay.lost = 7;
	t.replay.note = "this part was overwritten";
	golden_frame(&w, &t, 132, 12, "top_past_lost.txt");
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),	      cmocka_unit_test(test_untracked),
		cmocka_unit_test(test_pages),	      cmocka_unit_test(test_tree),
		cmocka_unit_test(test_replay),	      cmocka_unit_test(test_replay_keys),
		cmocka_unit_test(test_empty),	      cmocka_unit_test(test_phases),
		cmocka_unit_test(test_since_start),   cmocka_unit_test(test_heat),
		cmocka_unit_test(test_heat_over),     cmocka_unit_test(test_na),
		cmocka_unit_test(test_keys),	      cmocka_unit_test(test_sort),
		cmocka_unit_test(test_selection),     cmocka_unit_test(test_leave),
		cmocka_unit_test(test_search),	      cmocka_unit_test(test_fold),
		cmocka_unit_test(test_interval),      cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_labels),	      cmocka_unit_test(test_man_keys),
		cmocka_unit_test(test_random),	      cmocka_unit_test(test_wild_state),
		cmocka_unit_test(test_many),	      cmocka_unit_test(test_cost),
		cmocka_unit_test(test_text_helpers),  cmocka_unit_test(test_text_utf8),
		cmocka_unit_test(test_top_utf8_name), cmocka_unit_test(test_past),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
