/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * top.h - gmemtop's pages, as frames of a given size.
 *
 * gm_top_frame() is a pure function of the model and the state below; gm_top_key() turns a key into a new
 * state. Neither knows a terminal. Columns, pages and keys are tables (top_cols.c, top.c, top_keys.c): a new
 * one is a row.
 */
#ifndef GM_TOP_TOP_H
#define GM_TOP_TOP_H

#include "report/frame.h"

/* Columns of the main page. The one that is sorted by is shown in both sets. */
enum gm_top_set { GM_TOP_MEMORY, GM_TOP_PHASES };
enum gm_top_page { GM_TOP_MAIN, GM_TOP_TREE, GM_TOP_DETAIL, GM_TOP_HELP, GM_TOP_PROBES, GM_TOP_PINS };

/* What a key asked for of a replay; whoever owns it carries it out and sets GM_TOP_STEER_NONE. */
enum gm_top_steer {
	GM_TOP_STEER_NONE = 0,
	GM_TOP_STEER_PAUSE,		/* or go on; from the end: from the beginning */
	GM_TOP_STEER_FASTER,		/* arg 1: twice as fast, -1: half */
	GM_TOP_STEER_TICKS,		/* arg: forward, or back */
	GM_TOP_STEER_BY,		/* arg: seconds */
	GM_TOP_STEER_EPISODE,		/* arg 1: next, -1: previous */
	GM_TOP_STEER_EDGE,		/* arg 1: the end, -1: the beginning */
	GM_TOP_STEER_GO,		/* to the time in gm_top.go */
};

/* Where a replay stands. */
struct gm_top_replay {
	bool on;			/* there is one: else nothing of it is shown, and its keys are none */
	bool paused, ended, seeking;
	const char *name;		/* the recording's */
	const char *note;		/* what became of the last key, or NULL */
	double speed;			/* 0: as fast as it can */
	uint64_t first_ns, last_ns, now_ns;	/* last 0: not known */
	int zone_s;			/* seconds to add to UTC */
};

/* What gmemtop costs, over the last look; filled by the caller. Not known in frames for a file, nor in a replay. */
struct gm_top_cost {
	bool known, progs_known;	/* progs: the kernel keeps statistics of BPF programs */
	/* its own process; its programs, in the time of whom they look at: shares of one CPU */
	double cpu, progs;
	uint64_t resident_bytes;
};

struct gm_top {
	enum gm_top_page page, back;	/* back: page that Esc returns to */
	enum gm_top_set set;
	unsigned int sort;		/* column number, of either set */
	bool reverse;
	bool paused;			/* the caller stops applying ticks to what is shown */
	bool quit;
	bool typing;			/* a filter is being typed */
	bool going;			/* a time to go to is being typed */
	bool no_past;			/* the last key was one that steers a replay, but there is none */
	char go[40];			/* that time */
	enum gm_top_steer steer;
	int steer_arg;
	struct gm_top_cost cost;
	struct gm_top_replay replay;	/* filled by the caller */
	bool ascii;			/* bars of ASCII instead of Unicode blocks */
	char filter[64];		/* substring of the machine's name; empty: all */
	const char *want;		/* --vm's argument, or NULL (gm_vm_matches()) */
	uint32_t selected;		/* machine id; 0: first row */
	uint32_t selected_inode;	/* an orphan's row is selected: its id; else 0 */
	unsigned int phase;		/* which the detail page shows: enum gm_phase */
	bool heat;			/* shows it as a heatmap (gm_model_keep_heat()), not as a histogram */
	unsigned int scroll;		/* first body line shown; kept in bounds by gm_top_frame() */
	unsigned int visible;		/* body lines of the last frame: how far a page key goes */
};

void gm_top_init(struct gm_top *t);
/* 0, or -EINVAL for no such column (name as in the header, any case). */
int gm_top_sort_by(struct gm_top *t, const char *column);
const char *gm_top_column(unsigned int i); /* the names of all columns; NULL: no more */
/* 0, or -EINVAL for no such set of columns. */
int gm_top_show(struct gm_top *t, const char *set);
const char *gm_top_set_name(unsigned int set); /* enum gm_top_set: memory, phases; NULL: no such */
/*
 * One frame of exactly `height` lines of at most `width` columns (height 0: as many as it takes, for batch:
 * no footer, no selection). Made for 20x5 and up; smaller ones are cut. Where the width does not suffice for
 * all columns, those of phases that are n/a and then the least important go first (the sorted one stays).
 * Times are of the last GM_HEAT_WINDOW to 2 * GM_HEAT_WINDOW - 1 ticks on the main page, since the start on the
 * detail page; and everywhere where the model keeps no heat, or the session reports at its end only.
 * t: only scroll and visible are changed.
 */
void gm_top_frame(const struct gm_model *m, struct gm_top *t, unsigned int width, unsigned int height,
		  struct gm_frame *out);
void gm_top_key(const struct gm_model *m, struct gm_top *t, unsigned int key);

#endif
