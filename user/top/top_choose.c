// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * top_choose.c - the page on which columns are chosen: those of the set that is shown, in their order, then the others.
 * And what its keys do.
 */
#include "top/top_act.h"

#include <stdio.h>
#include <string.h>

#define ARGS_UNUSED ((void)m, (void)p, (void)arg)

static struct gm_top_columns *shown(struct gm_top *t)
{
	return &t->sets.at[t->set < t->sets.nr ? t->set : 0];
}

/* ---- the page ---- */

static void put_choice(unsigned int col, bool chosen, struct gm_page *p)
{
	struct gm_target at = { GM_TARGET_COLUMN, .nr = col };
	char help[160];

	gm_frame_add(&p->body, GM_ATTR_NORMAL, "[%c] %-8s  %s", chosen ? 'x' : ' ', gm_top_cols[col].name,
		     gm_col_help(&gm_top_cols[col], help, sizeof(help)));
	gm_page_target(p, &at);
}

void gm_top_choose(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	const struct gm_top_columns *c = gm_top_shown(t);

	gm_frame_add(&p->fixed, GM_ATTR_BOLD, "columns of set %s, %u of %u, in their order", c->name, t->set + 1,
		     t->sets.nr);
	for (unsigned int i = 0; i < c->nr; i++)
		if (gm_col_is_available(m, c->col[i]))
			put_choice(c->col[i], true, p);
	gm_frame_add(&p->body, GM_ATTR_DIM, "available:");
	for (unsigned int i = 0; i < gm_top_cols_nr; i++)
		if (gm_col_is_available(m, i) && !gm_set_has(c, i))
			put_choice(i, false, p);
	gm_page_mark_selected(p, t);
}

/* ---- its keys ---- */

/* Return the column that a line stands for; gm_top_cols_nr: none. */
static unsigned int column_at(const struct gm_page *p, size_t line)
{
	const struct gm_target *at = gm_page_at(p, line);

	return at && at->kind == GM_TARGET_COLUMN ? at->nr : gm_top_cols_nr;
}

/* The selection goes to the next line, so that the key chooses several columns in turn. */
void gm_act_toggle(GM_ACT_ARGS)
{
	unsigned int col = column_at(p, p->focus);
	const struct gm_target *next = gm_page_at(p, p->focus + 1);

	ARGS_UNUSED;
	if (col == gm_top_cols_nr)
		return;
	next = next ? next : gm_page_at(p, p->focus + 2);
	gm_top_select(t, next ? next : gm_page_at(p, p->focus ? p->focus - 1 : 0));
	gm_set_toggle(shown(t), col);
}

void gm_act_move(GM_ACT_ARGS)
{
	unsigned int col = column_at(p, p->focus);

	ARGS_UNUSED;
	if (col == gm_top_cols_nr)
		return;
	gm_top_select(t, gm_page_at(p, p->focus));
	gm_set_move(shown(t), col, arg);
}

void gm_act_columns(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->set = t->set + 1 < t->sets.nr ? t->set + 1 : 0;
	if (t->sets.nr > 2 || t->page == GM_TOP_COLUMNS)
		snprintf(t->note, sizeof(t->note), "set %s", gm_top_shown(t)->name);
}

void gm_act_name_set(GM_ACT_ARGS)
{
	ARGS_UNUSED;
	t->naming = true;
	t->set_name[0] = '\0';
}

void gm_act_drop_set(GM_ACT_ARGS)
{
	unsigned int before = t->sets.nr;

	ARGS_UNUSED;
	snprintf(t->note, sizeof(t->note), "set %s is dropped", gm_top_shown(t)->name);
	gm_sets_drop(&t->sets, t->set);
	if (t->sets.nr == before)
		snprintf(t->note, sizeof(t->note), "set %s is as it was built in", gm_top_shown(t)->name);
	t->set = t->set < t->sets.nr ? t->set : 0;
}
