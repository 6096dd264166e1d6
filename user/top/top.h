/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * top.h - gmemtop's pages, as frames of a given size.
 *
 * gm_top_frame() depends only on the model and struct gm_top; gm_top_key() and gm_top_mouse() turn input into a new
 * state. None of them uses a terminal. Columns, pages and keys are tables (top_cols.c, top_views.c, top_keys.c): a new
 * one is a row.
 *
 * Call gm_top_init() first, then gm_top_sort_by() and gm_top_show() as needed; then, for each sample or input,
 * gm_top_key() or gm_top_mouse(), and gm_top_frame(). struct gm_top owns nothing; want and the strings in replay must
 * outlive it. A frame belongs to the caller; lack of memory is in its err.
 */
#ifndef GM_TOP_TOP_H
#define GM_TOP_TOP_H

#include "report/frame.h"
#include "top/top_sets.h"

/* The first sets of columns of the main page. The column that is sorted by is shown in every set. */
enum gm_top_set { GM_TOP_MEMORY, GM_TOP_PHASES };
enum gm_top_page { GM_TOP_MAIN, GM_TOP_TREE, GM_TOP_DETAIL, GM_TOP_HELP, GM_TOP_PROBES, GM_TOP_PINS, GM_TOP_SORT,
	GM_TOP_REBOOTS, GM_TOP_REBOOT, GM_TOP_COLUMNS, GM_TOP_PAGES };

/* Colours: those for any terminal, for one with a light background, none. */
enum gm_theme { GM_THEME_UNSET = 0, GM_THEME_TERMINAL, GM_THEME_LIGHT, GM_THEME_MONO };
/* Return the name of an enum gm_theme; NULL: no such theme, or GM_THEME_UNSET. */
const char *gm_theme_name(unsigned int theme);

/* What a line of a page stands for. Fields that a kind does not need are 0. */
enum gm_target_kind { GM_TARGET_NONE = 0, GM_TARGET_MACHINE, GM_TARGET_ORPHAN, GM_TARGET_VM, GM_TARGET_INODE,
	GM_TARGET_FILE, GM_TARGET_BINDING, GM_TARGET_PIN, GM_TARGET_COLUMN, GM_TARGET_PHASE, GM_TARGET_REBOOT };
struct gm_target {
	enum gm_target_kind kind;
	uint32_t machine, vm, inode;	/* ids of the objects that it belongs to */
	uint32_t nr;			/* id of a file, number of a binding, pin, column, phase or reboot */
	unsigned int depth;		/* of the tree: 0 for a machine */
	bool below;			/* of the tree: rows belong to this one, shown or hidden */
	unsigned int hidden;		/* of the tree: how many are hidden */
};
#define GM_TOP_FOLDS	64	/* rows of the tree whose fold differs from the others' */

/* A mouse event: button or wheel, and the cell from the top left one (0, 0). */
enum gm_mouse_what { GM_MOUSE_CLICK, GM_MOUSE_DOUBLE_CLICK, GM_MOUSE_WHEEL_UP, GM_MOUSE_WHEEL_DOWN };
struct gm_mouse {
	enum gm_mouse_what what;
	unsigned int x, y;
};

/* Replay command of the last key; the caller executes it and sets GM_TOP_STEER_NONE. */
enum gm_top_steer {
	GM_TOP_STEER_NONE = 0,
	GM_TOP_STEER_PAUSE,		/* pause or resume; at the end: play again from the beginning */
	GM_TOP_STEER_FASTER,		/* arg 1: twice as fast, -1: half */
	GM_TOP_STEER_TICKS,		/* arg: ticks forward, or back if negative */
	GM_TOP_STEER_BY,		/* arg: seconds forward, or back if negative */
	GM_TOP_STEER_EPISODE,		/* arg 1: next, -1: previous */
	GM_TOP_STEER_EDGE,		/* arg 1: the end, -1: the beginning */
	GM_TOP_STEER_GO,		/* go to the time in gm_top.go */
};

/* Position of a replay. */
struct gm_top_replay {
	/* a replay is shown; else the other fields are unused and the replay keys have no effect */
	bool on;
	bool paused, ended, seeking;
	const char *name;		/* name of the recording */
	const char *note;		/* why the last key had no effect, or NULL */
	double speed;			/* 0: as fast as possible */
	uint64_t first_ns, last_ns, now_ns;	/* last_ns 0: unknown */
	/* a live session that keeps its past; at_live: its newest sample is shown, taken at live_ns */
	bool live, at_live;
	uint64_t live_ns, lost;		/* lost: records lost since the sample that is shown */
	int zone_s;			/* seconds to add to UTC */
};

/* Overhead of gmemtop over the last sample, set by the caller. Unknown in batch frames and in a replay. */
struct gm_top_cost {
	bool known, progs_known;	/* progs_known: the kernel keeps statistics of BPF programs */
	/* shares of one CPU: cpu is gmemtop's process; progs its BPF programs, which run on the workload's time */
	double cpu, progs;
	uint64_t resident_bytes;
};

struct gm_top {
	enum gm_top_page page;
	/* pages below this one: Esc returns to the last of them */
	struct { enum gm_top_page page; unsigned int scroll; } back[GM_TOP_PAGES];
	unsigned int backs;
	struct gm_top_sets sets;
	unsigned int set;		/* number of the set that is shown: enum gm_top_set, or a later one */
	bool naming;			/* the name of a new set is being typed */
	char set_name[GM_SET_NAME];	/* the typed name */
	/* the sets have changed and their page was left: the caller saves them, says so in note, and clears this */
	bool save;
	unsigned int sort;		/* column number, of any set */
	bool reverse;
	bool paused;			/* the caller freezes the model */
	bool quit;
	bool typing;			/* a filter is being typed */
	bool searching;			/* a text to search is being typed */
	bool going;			/* a time for GM_TOP_STEER_GO is being typed */
	bool no_past;			/* the last key steers a replay, but none is shown */
	char go[40];			/* the typed time */
	enum gm_top_steer steer;
	int steer_arg;
	struct gm_top_cost cost;
	struct gm_top_replay replay;	/* set by the caller */
	bool ascii;			/* bars of ASCII instead of Unicode blocks */
	char filter[64];		/* substring of the machine's name; empty: all */
	char search[64];		/* text that n and N find; empty: none */
	unsigned int found;		/* on pages that scroll: 1 + the line that the last search found; 0: none */
	int find;			/* for gm_top_key(): 1: search forward, -1: back */
	char note[320];			/* what the last key did or found, shown until the next key; empty: nothing */
	uint64_t printed;		/* the last sample that gm_top_print() printed, by gm_model.ticks */
	uint64_t interval_ns;		/* changed by keys, the caller applies it; 0: unknown */
	const char *want;		/* --vm's argument, or NULL (gm_vm_matches()) */
	uint32_t selected;		/* machine id; 0: first row */
	uint32_t selected_inode;	/* an orphan's row is selected: its id; else 0 */
	struct gm_target at;		/* selected row of the tree or of a list without machines */
	bool folded;			/* the tree's rows are folded, but for those in fold[]; else the reverse */
	struct gm_target fold[GM_TOP_FOLDS];
	unsigned int folds;
	unsigned int phase;		/* phase on the detail page: enum gm_phase */
	bool heat;			/* show the phase as a heatmap (gm_model_keep_heat()), not as a histogram */
	unsigned int scroll;		/* first body line shown; kept in bounds by gm_top_frame() */
	/* Of the last frame: its size, its first body line, and how many body lines fit. */
	unsigned int width, height, body_y, visible;
};

/* Resets t: main page, columns of memory, sorted by RES. */
void gm_top_init(struct gm_top *t);
/* Sets the sort column by its name in the header, any case. 0, or -EINVAL: no such column. */
int gm_top_sort_by(struct gm_top *t, const char *column);
const char *gm_top_column(unsigned int i); /* Return the name of the i-th column; NULL: no more. */
/* Shows the set of columns with this name. 0, or -EINVAL: no such set. */
int gm_top_show(struct gm_top *t, const char *set);
/* Return the name of an enum gm_top_set: memory, phases; NULL: no such set. Others are in gm_top.sets. */
const char *gm_top_set_name(unsigned int set);
/*
 * Fills out with a frame of exactly `height` lines of at most `width` columns (height 0: as many as needed, for batch:
 * no footer, no selection). Designed for 20x5 and larger; smaller frames are cut. Where the width does not suffice for
 * all columns, columns of phases that are n/a are left out first, then the least important ones (the sorted one stays).
 *
 * Times on the main page are of the last GM_HEAT_WINDOW to 2 * GM_HEAT_WINDOW - 1 ticks, those on the detail page since
 * the start. If the model keeps no heat, or the session reports at its end only, all times are since the start. Changes
 * only scroll and the fields about the last frame of t. Errors: out->err.
 */
void gm_top_frame(const struct gm_model *m, struct gm_top *t, unsigned int width, unsigned int height,
		  struct gm_frame *out);
/*
 * Applies a key (a character or enum gm_key) to t. Sets t->quit to end, t->steer for a replay command, t->no_past for a
 * replay key without a replay. Unknown keys are ignored.
 */
void gm_top_key(const struct gm_model *m, struct gm_top *t, unsigned int key);
/*
 * Applies a mouse event to t, by the last frame: a click selects a row, opens the selected row, sorts by a head, or
 * presses the key of the bottom line; the wheel moves the selection, or scrolls.
 */
void gm_top_mouse(const struct gm_model *m, struct gm_top *t, const struct gm_mouse *event);

#endif
