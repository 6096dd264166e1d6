// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * top_keys.c - the table of keys: the key, the pages on which it works, and its function. Footer and help are made from
 * the table. Capital letters sort by the column that names them.
 */
#include "base/utf8.h"
#include "top/top_int.h"
#include "top/tty.h"

#include <stdio.h>
#include <string.h>

/* Bit of a page; a page that does not exist has no keys. */
#define ON(page) ((unsigned int)(page) < 32 ? 1u << (page) : 0u)
#define LISTS	(ON(GM_TOP_MAIN))
#define SCROLLS	(ON(GM_TOP_TREE) | ON(GM_TOP_DETAIL) | ON(GM_TOP_HELP) | ON(GM_TOP_PROBES) | ON(GM_TOP_PINS))
#define ALL	(LISTS | SCROLLS)

typedef void (*key_fn)(const struct gm_model *m, struct gm_top *t, int arg);

enum key_source { ALWAYS = 0, LIVE, REPLAY };

struct key {
	unsigned int key[3];		/* alternatives */
	unsigned int pages;
	const char *name, *brief;	/* brief: text in the footer; NULL: only in the help */
	const char *help;		/* NULL: an alias of the row above */
	key_fn fn;
	int arg;
	enum key_source source;
};

static void open_page(struct gm_top *t, enum gm_top_page page)
{
	t->back = t->page;
	t->page = page;
	t->scroll = 0;
}

static void close_page(struct gm_top *t)
{
	t->page = t->back == t->page ? GM_TOP_MAIN : t->back;
	t->back = GM_TOP_MAIN;
	t->scroll = 0;
}

static void do_page(const struct gm_model *m, struct gm_top *t, int page)
{
	(void)m;
	if (t->page == (enum gm_top_page)page)
		close_page(t);
	else
		open_page(t, (enum gm_top_page)page);
}

static void do_back(const struct gm_model *m, struct gm_top *t, int arg)
{
	(void)m, (void)arg;
	if (t->page != GM_TOP_MAIN)
		close_page(t);
	else
		t->filter[0] = '\0';
}

static void do_quit(const struct gm_model *m, struct gm_top *t, int arg)
{
	(void)m, (void)arg;
	t->quit = true;
}

static void do_pause(const struct gm_model *m, struct gm_top *t, int arg)
{
	(void)m, (void)arg;
	t->paused = !t->paused;
}

/* A steering command as an int: enum gm_top_steer in the low byte, its argument above. */
#define STEER(what, arg) ((what) | (int)((unsigned int)(arg) << 8))

static void do_steer(const struct gm_model *m, struct gm_top *t, int arg)
{
	(void)m;
	t->steer = (enum gm_top_steer)(arg & 0xff);
	t->steer_arg = arg >> 8;
}

static void do_go(const struct gm_model *m, struct gm_top *t, int arg)
{
	(void)m, (void)arg;
	t->going = true;
	t->go[0] = '\0';
}

static void do_reverse(const struct gm_model *m, struct gm_top *t, int arg)
{
	(void)m, (void)arg;
	t->reverse = !t->reverse;
}

static void do_columns(const struct gm_model *m, struct gm_top *t, int arg)
{
	(void)m, (void)arg;
	t->set = t->set == GM_TOP_PHASES ? GM_TOP_MEMORY : GM_TOP_PHASES;
}

static void do_heat(const struct gm_model *m, struct gm_top *t, int arg)
{
	(void)m, (void)arg;
	t->heat = !t->heat;
}

static void do_filter(const struct gm_model *m, struct gm_top *t, int arg)
{
	(void)m, (void)arg;
	t->typing = true;
}

/* Sorts by the next column of the set. A column that was left out is shown when it sorts. */
static void do_sort(const struct gm_model *m, struct gm_top *t, int step)
{
	unsigned int i = t->sort < gm_top_cols_nr ? t->sort : 0;

	do {
		i = step > 0 ? (i + 1) % gm_top_cols_nr : (i ? i : gm_top_cols_nr) - 1;
	} while (!gm_col_is_shown(m, t, i) && i != t->sort);
	t->sort = i;
	t->reverse = false;
}

static void select_row(const struct gm_row *r, struct gm_top *t)
{
	t->selected = r->mc ? r->mc->id : 0;
	t->selected_inode = r->orphan ? r->orphan->id : 0;
}

enum move { UP = -1, DOWN = 1, PAGE_UP = -2, PAGE_DOWN = 2, HOME = -3, END = 3 };

/* Return the position to which a move leads from `at` among nr positions. */
static size_t moved_position(const struct gm_top *t, size_t at, size_t nr, int move)
{
	size_t step = move == PAGE_UP || move == PAGE_DOWN ? (t->visible > 1 ? t->visible - 1 : 1) : 1;

	if (move == HOME || !nr)
		return 0;
	if (move == END)
		return nr - 1;
	if (move < 0)
		return at > step ? at - step : 0;
	return at + step < nr ? at + step : nr - 1;
}

static void do_select(const struct gm_model *m, struct gm_top *t, int move)
{
	struct gm_rows rows;

	if (gm_rows_build(m, t, &rows))
		return;
	if (rows.nr)
		select_row(&rows.at[moved_position(t, gm_rows_selected(&rows, t), rows.nr, move)], t);
	gm_rows_release(&rows);
}

/* Scrolls without an upper bound: gm_top_frame() limits scroll to the page's length. */
static void do_scroll(const struct gm_model *m, struct gm_top *t, int move)
{
	(void)m;
	t->scroll = (unsigned int)moved_position(t, t->scroll, 1u << 30, move);
}

static void do_detail(const struct gm_model *m, struct gm_top *t, int arg)
{
	struct gm_rows rows;

	(void)arg;
	if (gm_rows_build(m, t, &rows))
		return;
	if (rows.nr) {
		select_row(&rows.at[gm_rows_selected(&rows, t)], t);
		open_page(t, GM_TOP_DETAIL);
	}
	gm_rows_release(&rows);
}

static const struct gm_machine *selected_machine(const struct gm_model *m, const struct gm_top *t)
{
	for (size_t i = 0; i < m->machines.nr; i++) {
		const struct gm_machine *mc = m->machines.at[i];

		if (mc->id == t->selected)
			return mc;
	}
	return NULL;
}

/* Selects the next phase in which the selected machine has a count. */
static void do_phase(const struct gm_model *m, struct gm_top *t, int step)
{
	const struct gm_machine *mc = selected_machine(m, t);
	unsigned int p = t->phase < GM_PHASE_NR ? t->phase : 0;
	struct gm_hist h;

	for (unsigned int i = 0; mc && i < GM_PHASE_NR; i++) {
		p = (p + GM_PHASE_NR + (unsigned int)step) % GM_PHASE_NR;
		gm_machine_hist(mc, p, &h);
		if (!h.count)
			continue;
		t->phase = p;
		return;
	}
}

static const struct key keys[] = {
	{ { 'q', 'Q' }, ALL, "q", "quit", "quit", do_quit, 0 },
	{ { GM_KEY_ESC }, SCROLLS, "Esc", "back", "go back; on the main page: remove the filter", do_back, 0 },
	{ { GM_KEY_ESC }, LISTS, "Esc", NULL, NULL, do_back, 0 },
	{ { 'h', '?' }, ALL, "h", "help", "this page (also ?)", do_page, GM_TOP_HELP },
	/* Keys as in less and mpv, as far as they were free. */
	{ { ' ' }, ALL, "Space", "pause", "pause or resume; at the end: start again", do_steer,
	  STEER(GM_TOP_STEER_PAUSE, 0), REPLAY },
	{ { 'b' }, ALL, "b", NULL, NULL, do_steer, STEER(GM_TOP_STEER_TICKS, -1), REPLAY },
	{ { 'f' }, ALL, "f b", "step", "one sample forward, back", do_steer, STEER(GM_TOP_STEER_TICKS, 1), REPLAY },
	{ { '(' }, ALL, "(", NULL, NULL, do_steer, STEER(GM_TOP_STEER_BY, -10), REPLAY },
	{ { ')' }, ALL, ") (", "10s", "10 seconds forward, back (also arrows where unused)", do_steer,
	  STEER(GM_TOP_STEER_BY, 10), REPLAY },
	{ { GM_KEY_LEFT }, ALL & ~ON(GM_TOP_DETAIL), "Left", NULL, NULL, do_steer, STEER(GM_TOP_STEER_BY, -10),
	  REPLAY },
	{ { GM_KEY_RIGHT }, ALL & ~ON(GM_TOP_DETAIL), "Right", NULL, NULL, do_steer, STEER(GM_TOP_STEER_BY, 10),
	  REPLAY },
	{ { '{' }, ALL, "{", NULL, NULL, do_steer, STEER(GM_TOP_STEER_BY, -60), REPLAY },
	{ { '}' }, ALL, "} {", "1m", "a minute forward, back", do_steer, STEER(GM_TOP_STEER_BY, 60), REPLAY },
	{ { 'N' }, ALL, "N", NULL, NULL, do_steer, STEER(GM_TOP_STEER_EPISODE, -1), REPLAY },
	{ { 'n' }, ALL, "n N", "reboot", "to the end of the next, previous reboot", do_steer,
	  STEER(GM_TOP_STEER_EPISODE, 1), REPLAY },
	{ { '[' }, ALL, "[", NULL, NULL, do_steer, STEER(GM_TOP_STEER_FASTER, -1), REPLAY },
	{ { ']' }, ALL, "] [", "speed", "double, halve the speed: 1/64x to 64x, then max", do_steer,
	  STEER(GM_TOP_STEER_FASTER, 1), REPLAY },
	{ { '^' }, ALL, "^", NULL, NULL, do_steer, STEER(GM_TOP_STEER_EDGE, -1), REPLAY },
	{ { '$' }, ALL, "^ $", NULL, "to the beginning, to the end", do_steer, STEER(GM_TOP_STEER_EDGE, 1), REPLAY },
	{ { ':' }, ALL, ":", "go to", "to a time that you type: 10:15:03, 90s, -30s", do_go, 0, REPLAY },
	{ { GM_KEY_UP, 'k' }, LISTS, "Up k", NULL, "select the row above; elsewhere: scroll", do_select, UP },
	{ { GM_KEY_DOWN, 'j' }, LISTS, "Down j", NULL, "the row below", do_select, DOWN },
	{ { GM_KEY_PGUP }, LISTS, "PgUp", NULL, "a page up", do_select, PAGE_UP },
	{ { GM_KEY_PGDN }, LISTS, "PgDn", NULL, "a page down", do_select, PAGE_DOWN },
	{ { GM_KEY_HOME, 'g' }, LISTS, "Home g", NULL, "to the top", do_select, HOME },
	{ { GM_KEY_END, 'G' }, LISTS, "End G", NULL, "to the end", do_select, END },
	{ { GM_KEY_UP, 'k' }, SCROLLS, "Up k", NULL, NULL, do_scroll, UP },
	{ { GM_KEY_DOWN, 'j' }, SCROLLS, "Down j", NULL, NULL, do_scroll, DOWN },
	{ { GM_KEY_PGUP }, SCROLLS, "PgUp", NULL, NULL, do_scroll, PAGE_UP },
	{ { GM_KEY_PGDN }, SCROLLS, "PgDn", NULL, NULL, do_scroll, PAGE_DOWN },
	{ { GM_KEY_HOME, 'g' }, SCROLLS, "Home g", NULL, NULL, do_scroll, HOME },
	{ { GM_KEY_END, 'G' }, SCROLLS, "End G", NULL, NULL, do_scroll, END },
	{ { GM_KEY_ENTER }, LISTS, "Enter", "detail",
	  "the selected machine: phases, histogram, heatmap, pins", do_detail, 0 },
	{ { GM_KEY_LEFT }, ON(GM_TOP_DETAIL), "Left", NULL, NULL, do_phase, -1 },
	{ { GM_KEY_RIGHT }, ON(GM_TOP_DETAIL), "<- ->", "phase",
	  "detail: previous, next phase", do_phase, 1 },
	{ { 'H' }, ON(GM_TOP_DETAIL), "H", "heatmap", "detail: heatmap of the phase, or its histogram",
	  do_heat, 0 },
	{ { 'p' }, LISTS, "p", "phases", "main page: columns of phases, or of memory", do_columns, 0 },
	{ { 't' }, ALL, "t", "tree", "machine > vm > inode > file > binding", do_page, GM_TOP_TREE },
	{ { 'K' }, ALL, "K", "pins", "what pins memory and VMs, leftovers first", do_page, GM_TOP_PINS },
	{ { '/' }, LISTS | ON(GM_TOP_TREE), "/", "filter",
	  "show only machines whose name contains the text", do_filter, 0 },
	{ { '<', ',' }, LISTS | ON(GM_TOP_TREE), "<", NULL, NULL, do_sort, -1 },
	{ { '>', '.' }, LISTS | ON(GM_TOP_TREE), "<>", "sort",
	  "sort by the previous, next column", do_sort, 1 },
	{ { 'r' }, LISTS | ON(GM_TOP_TREE), "r", NULL, "reverse the order", do_reverse, 0 },
	{ { ' ' }, ALL, "Space", "pause", "pause the display; sampling continues", do_pause, 0, LIVE },
	{ { 'o' }, ALL, "o", "observed",
	  "what this kernel shows, by which hook, and why not", do_page, GM_TOP_PROBES },
};

/* Applies a key to a line being typed. Return true if typing goes on; Esc empties the line. */
static bool edit_line(char *text, size_t size, unsigned int key)
{
	size_t len = strlen(text);

	if (key == GM_KEY_ESC) {
		text[0] = '\0';
	} else if (key == GM_KEY_BACKSPACE && len) {
		while (--len && ((unsigned char)text[len] & 0xc0) == 0x80)
			;
		text[len] = '\0';
	} else {
		gm_utf8_add(text, size, key);
	}
	return key != GM_KEY_ESC && key != GM_KEY_ENTER;
}

static void edit_go_time(struct gm_top *t, unsigned int key)
{
	t->going = edit_line(t->go, sizeof(t->go), key);
	if (!t->going && t->go[0])
		t->steer = GM_TOP_STEER_GO;
}

static bool is_available(const struct key *k, const struct gm_top *t)
{
	return k->source == ALWAYS || (k->source == REPLAY) == t->replay.on;
}

static bool is_active(const struct key *k, const struct gm_top *t)
{
	return k->pages & ON(t->page) && is_available(k, t);
}

static bool sort_by_letter(const struct gm_model *m, struct gm_top *t, unsigned int key)
{
	for (unsigned int i = 0; i < gm_top_cols_nr; i++) {
		if (gm_top_cols[i].letter && (unsigned char)gm_top_cols[i].letter == key && gm_col_is_available(m, i)) {
			t->sort = i;
			return true;
		}
	}
	return false;
}

static bool matches_key(const struct key *k, unsigned int key)
{
	return key && (k->key[0] == key || k->key[1] == key || k->key[2] == key);
}

/* Return true if the key steers a replay and none is shown. */
static bool needs_replay(const struct gm_top *t, unsigned int key)
{
	for (size_t i = 0; i < GM_ARRAY_SIZE(keys); i++)
		if (matches_key(&keys[i], key) && keys[i].source == REPLAY && keys[i].pages & ON(t->page))
			return !t->replay.on;
	return false;
}

void gm_top_key(const struct gm_model *m, struct gm_top *t, unsigned int key)
{
	t->no_past = false;
	if (t->typing) {
		t->typing = edit_line(t->filter, sizeof(t->filter), key);
		return;
	}
	if (t->going) {
		edit_go_time(t, key);
		return;
	}
	for (size_t i = 0; i < GM_ARRAY_SIZE(keys); i++) {
		if (matches_key(&keys[i], key) && is_active(&keys[i], t)) {
			keys[i].fn(m, t, keys[i].arg);
			return;
		}
	}
	if ((t->page == GM_TOP_MAIN || t->page == GM_TOP_TREE) && sort_by_letter(m, t, key))
		return;
	t->no_past = needs_replay(t, key);
}

static void add_prompt(struct gm_items *it, const char *what, const char *text, const char *keep)
{
	gm_item(it, "%s: %s_", what, text);
	gm_item(it, "Enter %s", keep);
	gm_item(it, "Esc drop");
}

void gm_top_footer(const struct gm_top *t, unsigned int width, struct gm_frame *out)
{
	struct gm_items it = { .width = width };
	bool typing = t->typing || t->going, keys_shown = !typing && !t->no_past;
	char filter[4 * sizeof(t->filter)], go[4 * sizeof(t->go)];

	gm_plain(filter, sizeof(filter), t->filter);
	if (t->typing)
		add_prompt(&it, "filter", filter, "keep");
	else if (t->going)
		add_prompt(&it, "go to", gm_plain(go, sizeof(go), t->go[0] ? t->go : "10:15:03 / 90s"), "go");
	else if (t->no_past)
		gm_item(&it, "only a replay goes back: --record FILE now, --replay FILE then");
	else if (filter[0] && (t->page == GM_TOP_MAIN || t->page == GM_TOP_TREE))
		gm_item(&it, "filter \"%s\"", filter);
	for (size_t i = 0; i < GM_ARRAY_SIZE(keys) && keys_shown; i++) {
		if (keys[i].brief && is_active(&keys[i], t))
			gm_item(&it, "%s %s", keys[i].name, keys[i].brief);
	}
	gm_cut(it.text, width);
	gm_frame_add(out, !keys_shown ? GM_ATTR_BOLD : GM_ATTR_DIM, "%s", it.text);
}

/* Adds the help of phase columns: a phase's two columns in one line. */
static void put_phase_help(const struct gm_model *m, struct gm_frame *f)
{
	for (unsigned int i = 0; i < gm_top_cols_nr; i++) {
		const struct gm_col *c = &gm_top_cols[i];
		size_t len = strlen(c->name);

		if (!c->help && c->of_phase && !strcmp(c->name + len - 2, "50"))
			gm_frame_add(f, GM_ATTR_NORMAL, "       %-8s median time of %s per %s; %.*s99: 99th percentile",
				     c->name, gm_phase_name(c->phase), gm_phase_per(c->phase), (int)len - 2, c->name);
	}
	if (gm_top_is_since_start(m))
		gm_frame_add(f, GM_ATTR_NORMAL, "  Times are since the start.");
	else
		gm_frame_add(f, GM_ATTR_NORMAL,
			     "  Times are of the last %d to %d samples; since the start in a machine's detail.",
			     GM_HEAT_WINDOW, 2 * GM_HEAT_WINDOW - 1);
}

void gm_top_help(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	gm_frame_add(&p->info, GM_ATTR_BOLD, "gmemtop: keys and columns");
	for (size_t i = 0; i < GM_ARRAY_SIZE(keys); i++) {
		if (keys[i].help && is_available(&keys[i], t))
			gm_frame_add(&p->body, GM_ATTR_NORMAL, "  %-8s %s", keys[i].name, keys[i].help);
	}
	gm_frame_add(&p->body, GM_ATTR_NORMAL, "%s", "");
	gm_frame_add(&p->body, GM_ATTR_BOLD, "  key  column   (the key sorts by it)");
	for (unsigned int i = 0; i < gm_top_cols_nr; i++) {
		const struct gm_col *c = &gm_top_cols[i];

		if (c->help)
			gm_frame_add(&p->body, GM_ATTR_NORMAL, "   %c   %-8s %s", c->letter ? c->letter : ' ', c->name,
				     c->help);
	}
	if (m->meta.nodes > 1)
		gm_frame_add(&p->body, GM_ATTR_NORMAL, "       %-8s %s", "N0 N1 ..", "resident per NUMA node");
	put_phase_help(m, &p->body);
	gm_frame_add(&p->body, GM_ATTR_NORMAL, "%s", "");
	gm_frame_add(&p->body, GM_ATTR_NORMAL,
		     "  n/a: not available on this host (o says why)   -: no samples in this interval");
}
