// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_act.c - what keys do: a function for each row of the table of keys. */
#include "top/top_act.h"
#include "base/fmt.h"
#include "base/vec.h"

#include <stdio.h>
#include <string.h>

#define ARGS_UNUSED ((void)m, (void)p, (void)arg)

/* ---- pages ---- */

/* Opens a page above the present one. Pages above a page that is open already are closed. */
static void open_page(struct gm_top *t, enum gm_top_page page)
{
	for (unsigned int i = 0; i < t->backs; i++) {
		if (t->back[i].page == page) {
			t->backs = i;
			break;
		}
	}
	if (t->page != page && (!t->backs || t->back[t->backs - 1].page != t->page) && t->backs < GM_TOP_PAGES) {
		t->back[t->backs].page = t->page;
		t->back[t->backs++].scroll = t->scroll;
	}
	t->page = page;
	t->scroll = t->found = 0;
}

static void close_page(struct gm_top *t)
{
	t->page = GM_TOP_MAIN;
	t->scroll = t->found = 0;
	t->search[0] = '\0';
	if (!t->backs)
		return;
	t->page = t->back[--t->backs].page;
	t->scroll = t->back[t->backs].scroll;
}

void gm_act_page(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	if (t->page == (enum gm_top_page)arg)
		close_page(t);
	else
		open_page(t, (enum gm_top_page)arg);
}

/* Opens a page about the selected row. */
void gm_act_page_of(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	gm_top_select(t, gm_page_at(p, p->focus));
	gm_act_page(m, t, p, arg);
}

void gm_act_open(GM_ACT_ARGS)
{
	const struct gm_target *at = gm_page_at(p, p->focus);

	ARGS_UNUSED;
	if (!at)
		return;
	gm_top_select(t, at);
	if (at->kind != GM_TARGET_COLUMN) {
		open_page(t, GM_TOP_DETAIL);
		return;
	}
	t->sort = at->nr;
	t->reverse = false;
	close_page(t);
}

void gm_act_back(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	if (t->page != GM_TOP_MAIN)
		close_page(t);
	else if (t->search[0])
		t->search[0] = '\0';
	else if (t->filter[0])
		t->filter[0] = '\0';
	else
		t->quit = true;
}

void gm_act_leave(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	if (t->page != GM_TOP_MAIN)
		close_page(t);
	else
		t->quit = true;
}

void gm_act_quit(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->quit = true;
}

/* ---- time ---- */

void gm_act_pause(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->paused = !t->paused;
}

void gm_act_interval(GM_ACT_ARGS)
{
	static const unsigned int steps_ms[] = { 100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000 };
	uint64_t to = t->interval_ns;
	char ns[8];

	ARGS_UNUSED;
	for (size_t i = 0; i < GM_ARRAY_SIZE(steps_ms); i++) {
		uint64_t step = steps_ms[arg > 0 ? i : GM_ARRAY_SIZE(steps_ms) - 1 - i] * 1000000ull;

		if (arg > 0 ? step > t->interval_ns : step < t->interval_ns) {
			to = step;
			break;
		}
	}
	snprintf(t->note, sizeof(t->note), "interval %s%s", gm_fmt_ns(ns, sizeof(ns), to),
		 to != t->interval_ns ? " (100ms to 1m00s)"
		 : arg > 0	      ? ": the longest"
				      : ": the shortest");
	t->interval_ns = to;
}

void gm_act_steer(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->steer = (enum gm_top_steer)(arg & 0xff);
	t->steer_arg = arg >> 8;
}

/* ---- what is typed ---- */

void gm_act_go(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->going = true;
	t->go[0] = '\0';
}

void gm_act_filter(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->typing = true;
}

void gm_act_search(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->searching = true;
	t->search[0] = '\0';
}

void gm_act_find(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->find = arg;
}

/* ---- columns ---- */

void gm_act_reverse(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->reverse = !t->reverse;
}

void gm_act_columns(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->set = t->set == GM_TOP_PHASES ? GM_TOP_MEMORY : GM_TOP_PHASES;
}

void gm_act_sort(GM_ACT_ARGS)
{
	unsigned int i = t->sort < gm_top_cols_nr ? t->sort : 0;

	ARGS_UNUSED;
	do {
		i = arg > 0 ? (i + 1) % gm_top_cols_nr : (i ? i : gm_top_cols_nr) - 1;
	} while (!gm_col_is_shown(m, t, i) && i != t->sort);
	t->sort = i;
	t->reverse = false;
}

/* ---- lists ---- */

/* Return the position to which a move leads from `at` among nr positions. */
static size_t moved_position(const struct gm_top *t, size_t at, size_t nr, int move)
{
	size_t step = move == GM_MOVE_PAGE_UP || move == GM_MOVE_PAGE_DOWN ? (t->visible > 1 ? t->visible - 1 : 1) : 1;

	if (move == GM_MOVE_HOME || !nr)
		return 0;
	if (move == GM_MOVE_END)
		return nr - 1;
	if (move < 0)
		return at > step ? at - step : 0;
	return at + step < nr ? at + step : nr - 1;
}

/* Lines of a list that stand for nothing lie between those that do; a move that ends on one goes on. */
void gm_act_select(GM_ACT_ARGS)
{
	size_t at = moved_position(t, p->focus < p->targets ? p->focus : 0, p->targets, arg);

	ARGS_UNUSED;
	while (at < p->targets && !gm_page_at(p, at)) {
		if (arg < 0 && !at)
			break;
		at = arg < 0 ? at - 1 : at + 1;
	}
	gm_top_select(t, gm_page_at(p, at));
}

/* Scrolls without an upper bound: gm_top_frame() limits scroll to the page's length. */
void gm_act_scroll(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->found = 0;
	t->scroll = (unsigned int)moved_position(t, t->scroll, 1u << 30, arg);
}

/* ---- tree ---- */

static void change_fold(struct gm_top *t, const struct gm_target *at)
{
	for (unsigned int i = 0; i < t->folds; i++) {
		if (!gm_target_is(&t->fold[i], at))
			continue;
		memmove(&t->fold[i], &t->fold[i + 1], (t->folds - i - 1) * sizeof(t->fold[0]));
		t->folds--;
		return;
	}
	if (t->folds == GM_TOP_FOLDS) /* the oldest is as all others again */
		memmove(&t->fold[0], &t->fold[1], --t->folds * sizeof(t->fold[0]));
	t->fold[t->folds++] = *at;
}

/* Return the row above that the row at `line` belongs to; the row itself if there is none. */
static size_t parent_line(const struct gm_page *p, size_t line)
{
	for (size_t i = line; i-- > 0;) {
		const struct gm_target *at = gm_page_at(p, i);

		if (at && at->depth < p->target[line].depth)
			return i;
	}
	return line;
}

void gm_act_fold(GM_ACT_ARGS)
{
	const struct gm_target *at = gm_page_at(p, p->focus);
	bool folded;

	ARGS_UNUSED;
	if (!at)
		return;
	folded = gm_target_is_folded(t, at);
	gm_top_select(t, at);
	if (at->below && folded != (arg < 0))
		change_fold(t, at);
	else if (arg < 0)
		gm_top_select(t, gm_page_at(p, parent_line(p, p->focus)));
}

void gm_act_fold_all(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->folded = !t->folded;
	t->folds = 0;
}

/* ---- detail ---- */

void gm_act_heat(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->heat = !t->heat;
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
void gm_act_phase(GM_ACT_ARGS)
{
	const struct gm_machine *mc = selected_machine(m, t);
	unsigned int phase = t->phase < GM_PHASE_NR ? t->phase : 0;
	struct gm_hist h;

	ARGS_UNUSED;
	for (unsigned int i = 0; mc && i < GM_PHASE_NR; i++) {
		phase = (phase + GM_PHASE_NR + (unsigned int)arg) % GM_PHASE_NR;
		gm_machine_hist(mc, phase, &h);
		if (!h.count)
			continue;
		t->phase = phase;
		return;
	}
}
