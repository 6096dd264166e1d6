// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * top_keys.c - the table of keys: the keys, the pages on which they work, and their function. The bottom line and the
 * help are made from the table, and the man page's list is checked against it. Capital letters sort by the column that
 * names them.
 */
#include "base/vec.h"
#include "top/top_act.h"
#include "top/tty.h"

/* Bit of a page; a page that does not exist has no keys. */
#define ON(page) ((unsigned int)(page) < 32 ? 1u << (page) : 0u)
#define MAIN	ON(GM_TOP_MAIN)
#define TREE	ON(GM_TOP_TREE)
#define DETAIL	ON(GM_TOP_DETAIL)
#define LISTS	(MAIN | TREE | ON(GM_TOP_SORT))
#define SCROLLS	(DETAIL | ON(GM_TOP_HELP) | ON(GM_TOP_PROBES) | ON(GM_TOP_PINS) | ON(GM_TOP_REBOOTS))
#define ALL	(LISTS | SCROLLS)
#define F(n)	GM_KEY_F(n)
#define STEER(what, n) gm_act_steer, GM_STEER_ARG(GM_TOP_STEER_##what, n), GM_KEY_REPLAY

const struct gm_key_row gm_top_keys[] = {
	{ { F(1), 'h', '?' }, ALL, "h F1", NULL, "this page; ? too", gm_act_page, GM_TOP_HELP, .label = "Help" },
	{ { F(3) }, ALL, "F3", NULL, "search: goes to the next match as you type, hides nothing", gm_act_search,
	  .label = "Search", .drop = 3 },
	{ { 'n' }, ALL, "n N", "next", "the next, previous match; F3 while you type, too", gm_act_find, 1,
	  GM_KEY_SEARCH },
	{ { 'N' }, ALL, "N", NULL, NULL, gm_act_find, -1, GM_KEY_SEARCH },
	{ { F(4), '/' }, MAIN | TREE, "/ F4", NULL, "filter: show only machines whose name contains the text",
	  gm_act_filter, .label = "Filter", .drop = 2 },
	{ { F(5), 't' }, ALL, "t F5", NULL, "tree: machine > vm > inode > file > binding", gm_act_page, GM_TOP_TREE,
	  .label = "Tree", .drop = 4 },
	{ { F(6) }, ALL, "F6", NULL, "sort: choose the column from a list", gm_act_page, GM_TOP_SORT, .label = "Sort",
	  .drop = 5 },
	{ { F(7), 'p' }, MAIN, "p F7", NULL, "columns of phases, or of memory", gm_act_columns, .label = "Phases",
	  .drop = 8 },
	{ { F(8), 'K' }, ALL, "K F8", NULL, "pins: what pins memory and VMs, leftovers first",
	  gm_act_page_of, GM_TOP_PINS, .label = "Pins", .drop = 7 },
	{ { F(9), 'e' }, MAIN | TREE | DETAIL | ON(GM_TOP_REBOOTS), "e F9", NULL,
	  "reboots of the selected machine, and what each cost", gm_act_page_of, GM_TOP_REBOOTS, .label = "Reboots",
	  .drop = 6 },
	{ { F(10), 'Q' }, ALL, "Q F10", NULL, "quit, from every page", gm_act_quit, .label = "Quit", .drop = 1 },
	{ { 'q' }, ALL, "q", NULL, "leave the page; on the main page: quit", gm_act_leave },
	{ { GM_KEY_ESC }, ALL, "Esc", NULL, "leave the page; on the main page: drop search, then filter, then quit",
	  gm_act_back },
	/* Keys as in less and mpv, as far as they were free. */
	{ { ' ' }, ALL, "Space", "pause", "pause or resume; at the end: start again", STEER(PAUSE, 0) },
	{ { 'b' }, ALL, "b", NULL, NULL, STEER(TICKS, -1) },
	{ { 'f' }, ALL, "f b", "step", "one sample forward, back", STEER(TICKS, 1) },
	{ { '(' }, ALL, "(", NULL, NULL, STEER(BY, -10) },
	{ { ')' }, ALL, ") (", "10s", "10 seconds forward, back; arrows too where they do nothing else",
	  STEER(BY, 10) },
	{ { GM_KEY_LEFT }, ALL & ~(DETAIL | TREE), "Left", NULL, NULL, STEER(BY, -10) },
	{ { GM_KEY_RIGHT }, ALL & ~(DETAIL | TREE), "Right", NULL, NULL, STEER(BY, 10) },
	{ { '{' }, ALL, "{", NULL, NULL, STEER(BY, -60) },
	{ { '}' }, ALL, "} {", "1m", "a minute forward, back", STEER(BY, 60) },
	{ { 'N' }, ALL, "N", NULL, NULL, STEER(EPISODE, -1) },
	{ { 'n' }, ALL, "n N", "reboot", "to the end of the next, previous reboot", STEER(EPISODE, 1) },
	{ { '[' }, ALL, "[", NULL, NULL, STEER(FASTER, -1) },
	{ { ']' }, ALL, "] [", "speed", "double, halve the speed: 1/64x to 64x, then max", STEER(FASTER, 1) },
	{ { '^' }, ALL, "^", NULL, NULL, STEER(EDGE, -1) },
	{ { '$' }, ALL, "^ $", NULL, "to the beginning, to the end", STEER(EDGE, 1) },
	{ { ':' }, ALL, ":", "go to", "to a time that you type: 10:15:03, 90s, -30s", gm_act_go, 0, GM_KEY_REPLAY },
	{ { GM_KEY_ENTER }, MAIN | TREE, "Enter", "detail", "the selected machine: phases, histogram, heatmap, pins",
	  gm_act_open },
	{ { GM_KEY_ENTER }, ON(GM_TOP_SORT), "Enter", "sort by it", NULL, gm_act_open },
	{ { GM_KEY_UP, 'k' }, LISTS, "Up k", NULL, "select the row above; elsewhere: scroll", gm_act_select,
	  GM_MOVE_UP },
	{ { GM_KEY_DOWN, 'j' }, LISTS, "Down j", NULL, "the row below", gm_act_select, GM_MOVE_DOWN },
	{ { GM_KEY_PGUP }, LISTS, "PgUp", NULL, "a page up", gm_act_select, GM_MOVE_PAGE_UP },
	{ { GM_KEY_PGDN }, LISTS, "PgDn", NULL, "a page down", gm_act_select, GM_MOVE_PAGE_DOWN },
	{ { GM_KEY_HOME, 'g' }, LISTS, "Home g", NULL, "to the top", gm_act_select, GM_MOVE_HOME },
	{ { GM_KEY_END, 'G' }, LISTS, "End G", NULL, "to the end", gm_act_select, GM_MOVE_END },
	{ { GM_KEY_UP, 'k' }, SCROLLS, "Up k", NULL, NULL, gm_act_scroll, GM_MOVE_UP },
	{ { GM_KEY_DOWN, 'j' }, SCROLLS, "Down j", NULL, NULL, gm_act_scroll, GM_MOVE_DOWN },
	{ { GM_KEY_PGUP }, SCROLLS, "PgUp", NULL, NULL, gm_act_scroll, GM_MOVE_PAGE_UP },
	{ { GM_KEY_PGDN }, SCROLLS, "PgDn", NULL, NULL, gm_act_scroll, GM_MOVE_PAGE_DOWN },
	{ { GM_KEY_HOME, 'g' }, SCROLLS, "Home g", NULL, NULL, gm_act_scroll, GM_MOVE_HOME },
	{ { GM_KEY_END, 'G' }, SCROLLS, "End G", NULL, NULL, gm_act_scroll, GM_MOVE_END },
	{ { GM_KEY_LEFT, '-' }, TREE, "<- -", NULL, "tree: hide the rows below; again: go to the row above them",
	  gm_act_fold, -1 },
	{ { GM_KEY_RIGHT, '+', '=' }, TREE, "-> +", "fold", "tree: show them again", gm_act_fold, 1 },
	{ { '*' }, TREE, "*", NULL, "tree: hide all but machines, or show all", gm_act_fold_all },
	{ { GM_KEY_LEFT }, DETAIL, "<-", NULL, NULL, gm_act_phase, -1 },
	{ { GM_KEY_RIGHT }, DETAIL, "<- ->", "phase", "detail: previous, next phase", gm_act_phase, 1 },
	{ { 'H' }, DETAIL, "H", "heatmap", "detail: heatmap of the phase, or its histogram", gm_act_heat },
	{ { '<', ',' }, MAIN | TREE, "<", NULL, NULL, gm_act_sort, -1 },
	{ { '>', '.' }, MAIN | TREE, "<>", NULL, "sort by the previous, next column", gm_act_sort, 1 },
	{ { 'r', 'I' }, MAIN | TREE, "r I", NULL, "reverse the order", gm_act_reverse },
	{ { ' ' }, ALL, "Space", "pause", "pause the display; samples continue", gm_act_pause, 0, GM_KEY_LIVE },
	{ { '+', '=' }, ALL & ~TREE, "+ -", "interval", "sample less often, more often: every 100ms to 1m",
	  gm_act_interval, 1, GM_KEY_LIVE },
	{ { '-' }, ALL & ~TREE, "-", NULL, NULL, gm_act_interval, -1, GM_KEY_LIVE },
	{ { 'o' }, ALL, "o", "observed", "what this kernel shows, by which hook, and why not", gm_act_page,
	  GM_TOP_PROBES },
};
const unsigned int gm_top_keys_nr = GM_ARRAY_SIZE(gm_top_keys);

bool gm_key_is_available(const struct gm_key_row *k, const struct gm_top *t)
{
	switch (k->source) {
	case GM_KEY_ALWAYS: return true;
	case GM_KEY_LIVE: return !t->replay.on;
	case GM_KEY_REPLAY: return t->replay.on;
	case GM_KEY_SEARCH: return t->search[0];
	}
	return false;
}

bool gm_key_is_active(const struct gm_key_row *k, const struct gm_top *t)
{
	return k->pages & ON(t->page) && gm_key_is_available(k, t);
}

unsigned int gm_key_f(const struct gm_key_row *k)
{
	for (size_t i = 0; i < GM_ARRAY_SIZE(k->key); i++)
		if (k->key[i] > GM_KEY_F0)
			return k->key[i] - GM_KEY_F0;
	return 0;
}
