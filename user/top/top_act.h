/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* top_act.h - the functions of keys, for the table of keys (top_keys.c). Each changes t as one key says. */
#ifndef GM_TOP_TOP_ACT_H
#define GM_TOP_TOP_ACT_H

#include "top/top_int.h"

/* p is t's page, built at the width of the last frame; arg is the row's. */
#define GM_ACT_ARGS const struct gm_model *m, struct gm_top *t, const struct gm_page *p, int arg

enum gm_move { GM_MOVE_UP = -1, GM_MOVE_DOWN = 1, GM_MOVE_PAGE_UP = -2, GM_MOVE_PAGE_DOWN = 2, GM_MOVE_HOME = -3,
	GM_MOVE_END = 3 };
/* A steering command as an int: enum gm_top_steer in the low byte, its argument above. */
#define GM_STEER_ARG(what, arg) ((what) | (int)((unsigned int)(arg) << 8))

void gm_act_page(GM_ACT_ARGS);	  /* opens the page arg, or closes it */
void gm_act_page_of(GM_ACT_ARGS); /* selects the row in focus, then opens or closes the page arg */
void gm_act_open(GM_ACT_ARGS);	  /* opens the detail of the selected row, or sorts by the selected column */
void gm_act_back(GM_ACT_ARGS);	  /* leaves the page; on the main page: drops search, filter, then quits */
void gm_act_leave(GM_ACT_ARGS);	  /* leaves the page; on the main page: quits */
void gm_act_quit(GM_ACT_ARGS);
void gm_act_pause(GM_ACT_ARGS);
void gm_act_interval(GM_ACT_ARGS); /* arg 1: longer, -1: shorter */
void gm_act_steer(GM_ACT_ARGS);	   /* arg: GM_STEER_ARG() */
void gm_act_go(GM_ACT_ARGS);	   /* begins typing a time */
void gm_act_filter(GM_ACT_ARGS);   /* begins typing a filter */
void gm_act_search(GM_ACT_ARGS);   /* begins typing a text to search */
void gm_act_find(GM_ACT_ARGS);	   /* arg 1: next, -1: previous */
void gm_act_reverse(GM_ACT_ARGS);
void gm_act_columns(GM_ACT_ARGS);  /* changes between the column sets */
void gm_act_sort(GM_ACT_ARGS);	   /* sorts by the next (1) or previous (-1) column of the set */
void gm_act_select(GM_ACT_ARGS);   /* arg: enum gm_move */
void gm_act_scroll(GM_ACT_ARGS);   /* arg: enum gm_move */
void gm_act_fold(GM_ACT_ARGS);	   /* arg -1: folds the row, or the one that it belongs to; 1: unfolds it */
void gm_act_fold_all(GM_ACT_ARGS); /* folds all rows, or unfolds them */
void gm_act_heat(GM_ACT_ARGS);
void gm_act_phase(GM_ACT_ARGS); /* arg 1: next, -1: previous */

#endif
