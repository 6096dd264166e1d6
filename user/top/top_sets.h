/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * top_sets.h - sets of columns of the main page: which columns it shows, in which order. The first two sets are made
 * from the table of columns; a settings file (settings.h) and the page of columns change them and add others.
 *
 * gm_sets_init(), then the other functions in any order. The machine's name is the first column of every set. Columns
 * are numbers in the table (top_cols.c). Nothing is allocated.
 */
#ifndef GM_TOP_TOP_SETS_H
#define GM_TOP_TOP_SETS_H

#include <stdbool.h>
#include <stddef.h>

#define GM_SETS_MAX	8
#define GM_SET_NAME	24	/* bytes of a name, with its end */
#define GM_SET_COLS	96	/* columns of a set at most */

struct gm_top_columns {
	char name[GM_SET_NAME];
	bool changed;			/* differs from the settings file */
	unsigned char nr, col[GM_SET_COLS];
};
struct gm_top_sets {
	struct gm_top_columns at[GM_SETS_MAX];
	unsigned int nr;
	/* names of sets that were dropped: the settings file still has them; beyond the last of these it keeps them */
	char dropped[GM_SETS_MAX][GM_SET_NAME];
	unsigned int drops;
};

void gm_sets_init(struct gm_top_sets *s);
/* Return the number of the set with this name; s->nr: none. */
unsigned int gm_sets_find(const struct gm_top_sets *s, const char *name);
/*
 * Adds a copy of set `from` with this name, or changes the set that has the name into such a copy. Sets *nr to its
 * number. Returns NULL, or why it failed, as a part of a sentence.
 */
const char *gm_sets_copy(struct gm_top_sets *s, unsigned int from, const char *name, unsigned int *nr);
/* Drops set nr; the first two become what the table of columns says. */
void gm_sets_drop(struct gm_top_sets *s, unsigned int nr);

/* Return true if a set of this name was dropped, and not added again. */
bool gm_sets_was_dropped(const struct gm_top_sets *s, const char *name);
/* Return true if the settings file has other sets. gm_sets_saved(): it now has these. */
bool gm_sets_have_changed(const struct gm_top_sets *s);
void gm_sets_saved(struct gm_top_sets *s);

/* Empties the set, but for the machine's name. */
void gm_set_clear(struct gm_top_columns *c);
bool gm_set_has(const struct gm_top_columns *c, unsigned int col);
/* Adds the column at the end. Does nothing if the set has it. */
void gm_set_add(struct gm_top_columns *c, unsigned int col);
/* Adds the column at the end, or removes it. */
void gm_set_toggle(struct gm_top_columns *c, unsigned int col);
/* Moves the column one place: way -1 to the left, 1 to the right. */
void gm_set_move(struct gm_top_columns *c, unsigned int col, int way);

#endif
