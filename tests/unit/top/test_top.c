// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gmemtop's frames: against golden files at several sizes, and for properties that hold at any size and
 * after any keys: exactly so many lines, none too wide, nothing a terminal would obey.
 */
#include <locale.h>
#include "fixture/frame_world.h"
#include "top/top.h"
#include "top/tty.h"
#include "report/frame.h"

/* Every attribute shows in the golden files, as one letter in front of each line. */
static void frame_text(const struct gm_frame *f, struct gm_str *out, bool attrs)
{
	static const char letter[] = "|HSDW!#";

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

/* Memory of machines some of whose files or VMs are not tracked: n/a, and above the table why. */
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
	PAGE("top_help.txt", 80, 73, '?');
	PAGE("top_probes.txt", 80, 24, 'o', GM_KEY_DOWN);
	PAGE("top_typing.txt", 80, 12, '/', 'w', 'e', 'b');
	PAGE("top_none.txt", 80, 8, '/', 'x', 'x', GM_KEY_ENTER);
	PAGE("top_sorted.txt", 80, 14, 'M', ' ');
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
		t.replay.last_ns = w.m->now_ns + r->last_ns; /* what is left */
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
	r.last_ns = 0; /* a pipe: how long it is was not known */
	replay_page("top_replay_end.txt", &r, 80, 8, 0);
	r.ended = r.paused = false;
	r.speed = 1.0 / 64;
	r.last_ns = 10 * W_S;
	replay_page("top_replay_slow.txt", &r, 132, 8, 0);
	r.speed = 0;
	replay_page("top_replay_max.txt", &r, 132, 8, 'o');
}

/* A replay's keys are none live, and the pause of live observing is none in a replay. */
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
	/* Arrows choose the phase where they did. */
	t.page = GM_TOP_DETAIL;
	t.steer = GM_TOP_STEER_NONE;
	gm_top_key(w.m, &t, GM_KEY_RIGHT);
	assert_int_equal(t.steer, GM_TOP_STEER_NONE);
	gm_top_key(w.m, &t, '(');
	assert_int_equal(t.steer, GM_TOP_STEER_BY);
	assert_int_equal(t.steer_arg, -10);
	/* Esc drops what was typed, Enter alone goes nowhere. */
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

/* Ninety seconds of a machine whose faults get slower, come in bursts and now and then take very long. */
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

/* What was counted is too long ago for every column, but not forgotten in the table of phases. */
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

/* A report at the end is about all that was seen; so is a view of a model that keeps no heat. */
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
	golden_frame(&w, &t, 80, 0, "top_phases_in_memory.txt"); /* the one that is sorted by is there */
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

/* Fault times without a guest's: the host's stand in, and say so; without both: n/a. */
static void test_na(void **state)
{
	struct world w = { .now = W_S };
	struct gm_top t;

	(void)state;
	assert_int_equal(gm_model_new(&w.m), 0);
	w_meta(&w, GM_MODE_INVENTORY, 1);
	w_probe(&w, GM_REQUIRED, GM_PROBE_REFUSED, ~0u, "everything", "", "no privilege to attach");
	w_vm(&w, 1, 100, 1);
	w_inode(&w, 1, 1000, 100, -1, 0, false);
	w_file(&w, 1, 1, 1);
	w_tick(&w);
	w_tick(&w);
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
	PAGE("top_80x24.txt", 80, 24, 0); /* a key of no meaning changes nothing */
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
			/* Only our own blocks and arrows are not ASCII: U+2581..258F, U+25B4, U+25BE. */
			if (*p >= 0x80) {
				assert_int_equal(p[0], 0xe2);
				assert_true(p[1] == 0x96);
				p += 2;
			}
		}
	}
}

static unsigned int random_key(uint64_t *seed)
{
	static const char plain[] = "qhtorpjkgG/<>?MPVSRAFTB59%ZH abwfnN:()";
	uint64_t r = unit_random(seed) >> 8;

	switch (r % 4) {
	case 0: return (unsigned int)(r >> 8) & 0x1fffff;
	case 1: return GM_KEY_UP + (unsigned int)((r >> 8) % 12);
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

/* State out of range (a stale one, a wild caller's) is borne. */
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

/* A thousand machines: the tick's share that the frame takes (at most 100 ms, without sanitizers). */
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

/* Names in a locale that can show them: as they are, by the columns that they take. */
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
	assert_string_equal(gm_plain(buf, sizeof(buf), "e\xcc\x81"), "e\xcc\x81"); /* combines: no column */
	assert_int_equal(gm_columns(buf), 1);
	assert_string_equal(gm_plain(buf, sizeof(buf), "\xcc\x81"), "\\u0301"); /* with nothing of ours */
	assert_string_equal(gm_plain(buf, sizeof(buf),
				     "a\xe2\x80\x8b"
				     "b\xff"),
			    "a\\u200bb\\xff");
	assert_string_equal(gm_plain_ascii(buf, sizeof(buf), "\xc3\xa4"), "\\u00e4");
	setlocale(LC_CTYPE, "C");
}

/* A row with a wide name is as wide as any other, and the filter finds it whatever the locale can show. */
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

/* The overhead is shown when the caller knows it, the programs' part when the kernel keeps it. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_untracked),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_replay_keys),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_since_start),
		cmocka_unit_test(test_heat),
		cmocka_unit_test(test_heat_over),
		cmocka_unit_test(test_na),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_selection),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_wild_state),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_text_helpers),
		cmocka_unit_test(test_text_utf8),
		cmocka_unit_test(test_top_utf8_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
