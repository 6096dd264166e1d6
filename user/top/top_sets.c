// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_sets.c - sets of columns, and the order in which the main page shows the columns of one. */
#include "base/vec.h"
#include "top/top_int.h"

#include <stdio.h>
#include <string.h>

#define NAME_COLUMN	0	/* the machine's name in the table of columns */
#define TABLE_SETS	2	/* sets that the table of columns makes */

/* ---- one set ---- */

static unsigned int place_of(const struct gm_top_columns *c, unsigned int col)
{
	unsigned int i = 0;

	while (i < c->nr && c->col[i] != col)
		i++;
	return i;
}

bool gm_set_has(const struct gm_top_columns *c, unsigned int col)
{
	return place_of(c, col) < c->nr;
}

void gm_set_add(struct gm_top_columns *c, unsigned int col)
{
	if (c->nr == GM_SET_COLS || gm_set_has(c, col))
		return;
	c->col[c->nr++] = (unsigned char)col;
	c->changed = true;
}

void gm_set_clear(struct gm_top_columns *c)
{
	c->nr = 0;
	gm_set_add(c, NAME_COLUMN);
}

void gm_set_toggle(struct gm_top_columns *c, unsigned int col)
{
	unsigned int i = place_of(c, col);

	if (i == c->nr) {
		gm_set_add(c, col);
		return;
	}
	if (col == NAME_COLUMN)
		return;
	memmove(&c->col[i], &c->col[i + 1], c->nr - i - 1u);
	c->nr--;
	c->changed = true;
}

void gm_set_move(struct gm_top_columns *c, unsigned int col, int way)
{
	unsigned int i = place_of(c, col), to = way < 0 ? i - 1 : i + 1;

	if (i == c->nr || !i || !to || to >= c->nr)
		return;
	c->col[i] = c->col[to];
	c->col[to] = (unsigned char)col;
	c->changed = true;
}

/* ---- all sets ---- */

const char *gm_top_set_name(unsigned int set)
{
	static const char *const names[] = { [GM_TOP_MEMORY] = "memory", [GM_TOP_PHASES] = "phases" };

	return set < GM_ARRAY_SIZE(names) ? names[set] : NULL;
}

/* Makes a set of the columns that the table names for it. */
static void fill_from_table(struct gm_top_columns *c, enum gm_top_set set)
{
	unsigned int of = set == GM_TOP_PHASES ? GM_COL_PHASES : GM_COL_MEMORY;

	gm_set_clear(c);
	for (unsigned int i = 0; i < gm_top_cols_nr; i++)
		if (gm_top_cols[i].set == of || gm_top_cols[i].set == GM_COL_BOTH)
			gm_set_add(c, i);
	c->changed = false;
}

void gm_sets_init(struct gm_top_sets *s)
{
	*s = (struct gm_top_sets){ .nr = TABLE_SETS };
	for (unsigned int i = 0; i < s->nr; i++) {
		snprintf(s->at[i].name, sizeof(s->at[i].name), "%s", gm_top_set_name(i));
		fill_from_table(&s->at[i], (enum gm_top_set)i);
	}
}

unsigned int gm_sets_find(const struct gm_top_sets *s, const char *name)
{
	unsigned int i = 0;

	while (i < s->nr && strcmp(s->at[i].name, name) != 0)
		i++;
	return i;
}

const char *gm_sets_copy(struct gm_top_sets *s, unsigned int from, const char *name, unsigned int *nr)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	unsigned int i = gm_sets_find(s, name);

	if (!name[0] || strspn(name, letters) != strlen(name))
		return "a set's name has letters, digits, - and _";
	if (strlen(name) >= GM_SET_NAME)
		return "a set's name has 23 characters at most";
	if (i == GM_SETS_MAX)
		return "there are 8 sets at most";
	s->at[i] = s->at[from];
	snprintf(s->at[i].name, sizeof(s->at[i].name), "%s", name);
	s->at[i].changed = true;
	s->nr += i == s->nr;
	*nr = i;
	return NULL;
}

void gm_sets_drop(struct gm_top_sets *s, unsigned int nr)
{
	if (nr < TABLE_SETS) {
		fill_from_table(&s->at[nr], (enum gm_top_set)nr);
		s->at[nr].changed = true;
		return;
	}
	memcpy(s->dropped[s->drops % GM_SETS_MAX], s->at[nr].name, GM_SET_NAME);
	s->drops++;
	memmove(&s->at[nr], &s->at[nr + 1], (s->nr - nr - 1) * sizeof(s->at[0]));
	s->nr--;
}

bool gm_sets_was_dropped(const struct gm_top_sets *s, const char *name)
{
	for (unsigned int i = 0; i < s->drops && i < GM_SETS_MAX; i++)
		if (!strcmp(s->dropped[i], name))
			return gm_sets_find(s, name) == s->nr;
	return false;
}

bool gm_sets_have_changed(const struct gm_top_sets *s)
{
	bool changed = s->drops;

	for (unsigned int i = 0; i < s->nr; i++)
		changed |= s->at[i].changed;
	return changed;
}

void gm_sets_saved(struct gm_top_sets *s)
{
	for (unsigned int i = 0; i < s->nr; i++)
		s->at[i].changed = false;
	s->drops = 0;
}

/* ---- what the main page shows ---- */

const struct gm_top_columns *gm_top_shown(const struct gm_top *t)
{
	return &t->sets.at[t->set < t->sets.nr ? t->set : 0];
}

bool gm_col_is_shown(const struct gm_model *m, const struct gm_top *t, unsigned int col)
{
	return gm_col_is_available(m, col) &&
	       (col == t->sort || gm_set_has(gm_top_shown(t), col) || gm_col_is_extra(m, t, col));
}

/* Return the place of the sorted column, which the set does not have: before the first column behind it in the table.
 */
static unsigned int place_of_sorted(const struct gm_top_columns *c, unsigned int sort)
{
	unsigned int i = 0;

	while (i < c->nr && c->col[i] < sort)
		i++;
	return i;
}

unsigned int gm_top_order(const struct gm_model *m, const struct gm_top *t, unsigned char *order)
{
	struct gm_top_columns all = *gm_top_shown(t);
	unsigned int nr = 0;

	if (t->sort < gm_top_cols_nr && !gm_set_has(&all, t->sort) && all.nr < GM_SET_COLS) {
		unsigned int i = place_of_sorted(&all, t->sort);

		memmove(&all.col[i + 1], &all.col[i], all.nr - i);
		all.col[i] = (unsigned char)t->sort;
		all.nr++;
	}
	for (unsigned int i = 0; i < gm_top_cols_nr; i++)
		if (gm_col_is_extra(m, t, i))
			gm_set_add(&all, i);
	for (unsigned int i = 0; i < all.nr; i++)
		if (gm_col_is_available(m, all.col[i]))
			order[nr++] = all.col[i];
	return nr;
}
