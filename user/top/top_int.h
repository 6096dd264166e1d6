/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * top_int.h - shared by top*.c; not for other files.
 *
 * gm_top_build() fills a struct gm_page by one page function; gm_top_frame() copies its lines to the frame,
 * gm_top_key() and gm_top_mouse() look up in it what input means. A page function that needs rows builds and releases
 * them itself. Errors are in the err of the page's frames.
 */
#ifndef GM_TOP_TOP_INT_H
#define GM_TOP_TOP_INT_H

#include "top/top.h"
#include "report/frame.h"

/* Summary of one phase of one machine. */
struct gm_phase_summary {
	uint64_t count, p50_ns, p99_ns;
	double rate;			/* per second, over the last tick */
};
/* A line of the main page with its numbers computed, so that sorting and printing use the same ones. */
struct gm_row {
	const struct gm_machine *mc;	/* NULL: an orphan's row */
	const struct gm_inode *orphan;
	char name[320];			/* printable (gm_plain()) */
	uint32_t pid;			/* owner, or a process that pins the orphan; 0: unknown */
	unsigned int vms;		/* live VMs */
	bool gone;			/* its last VM was destroyed a short time ago */
	bool counted;			/* alloc and free rates are observed */
	struct gm_mem mem;
	struct gm_halves halves;
	struct gm_rates rates;
	/* Set for phases whose columns are shown; guest_fault stands for gm_top_fault_phase(). */
	struct gm_phase_summary phase[GM_PHASE_NR];
	uint64_t reboots;
	const struct gm_episode *last;	/* its last finished reboot; NULL: none, or no longer kept */
};
struct gm_rows {
	struct gm_row *at;
	size_t nr;
};
/* Builds the rows that match the filter and --vm, sorted. The caller releases them. 0 or -ENOMEM. */
int gm_rows_build(const struct gm_model *m, const struct gm_top *t, struct gm_rows *out);
/* Frees the rows and zeroes *r. */
void gm_rows_release(struct gm_rows *r);
/* Adds a line that says why there is no row: the filter, --vm, or no VM. */
struct gm_page;
void gm_top_explain_empty(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
/* Return the index of the selected row; 0 if it does not exist (any more). */
size_t gm_rows_selected(const struct gm_rows *r, const struct gm_top *t);
/*
 * Return the phase that FLT columns show: guest faults, or host faults where the host cannot show guest faults;
 * GM_PHASE_NR: neither.
 */
unsigned int gm_top_fault_phase(const struct gm_model *m);
/* Return true if the main page's times are since the start, not of the last ticks. */
bool gm_top_is_since_start(const struct gm_model *m);

/* Unit of a column's value; CSV has bytes in place of pages, and percent in place of pages of a byte. */
enum gm_col_unit { GM_UNIT_AS_IT_IS = 0, GM_UNIT_PAGES, GM_UNIT_SHARE };
enum gm_col_set { GM_COL_MEMORY = 0, GM_COL_PHASES, GM_COL_BOTH };
struct gm_col {
	const char *name, *help;
	char letter;			/* key that sorts by this column */
	/* least width: in batch, on a screen (0: the same); min < max: grows into unused width */
	unsigned char width, min, max;
	unsigned char drop;		/* 0: never left out; else the highest is left out first */
	bool left;			/* left-aligned */
	bool up;			/* sorts ascending unless reversed */
	bool orphan;			/* has a value in an orphan's row, too */
	unsigned char set;		/* enum gm_col_set */
	unsigned char node;		/* NUMA node, for a column per node */
	bool of_phase;
	unsigned char phase;		/* phase of a column with of_phase */
	bool (*need)(const struct gm_model *m, const struct gm_col *c);	/* NULL: on every host */
	unsigned char unit;		/* enum gm_col_unit */
	/* the number that fmt prints; NULL: the column is a name, or a picture, which CSV leaves out */
	double (*value)(const struct gm_row *r, const struct gm_col *c);
	int (*cmp)(const struct gm_row *a, const struct gm_row *b, const struct gm_col *c);
	void (*fmt)(const struct gm_model *m, const struct gm_top *t, const struct gm_row *r,
		    const struct gm_col *c, unsigned int width, char *buf, size_t size);
};
extern const struct gm_col gm_top_cols[];
extern const unsigned int gm_top_cols_nr;
/* Return true if this host has the column. */
bool gm_col_is_available(const struct gm_model *m, unsigned int col);
/* Return true if the column is in the set shown, or sorted by. */
bool gm_col_is_shown(const struct gm_model *m, const struct gm_top *t, unsigned int col);
/* Return the set of columns that is shown. */
const struct gm_top_columns *gm_top_shown(const struct gm_top *t);
/*
 * Sets order[], of GM_SET_COLS elements, to the columns that this host has of the set that is shown, and the one that
 * is sorted by. Returns their number.
 */
unsigned int gm_top_order(const struct gm_model *m, const struct gm_top *t, unsigned char *order);
/* Formats what the column shows. Returns buf, or a constant. */
const char *gm_col_help(const struct gm_col *c, char *buf, size_t size);
/* Return true if the column is of the other set, and shown only because the page is wide. */
bool gm_col_is_extra(const struct gm_model *m, const struct gm_top *t, unsigned int col);
/* Return true if the column is of a phase that this host cannot show: such columns are left out before all others. */
bool gm_col_is_empty(const struct gm_model *m, unsigned int col);

/* A column's head on the screen: columns from .. to - 1. */
struct gm_head {
	unsigned int from, to, col;
};
#define GM_COLS_MAX 96

/* A page: info lines that may be cut on a low terminal, fixed lines that stay, and a body that scrolls. */
struct gm_page {
	struct gm_frame info, fixed, body;
	/* what body line i stands for, if i < targets; else nothing */
	struct gm_target *target;
	size_t targets, targets_cap;
	size_t focus;			/* body line that must be visible; SIZE_MAX: none */
	struct gm_head head[GM_COLS_MAX];	/* heads in the last fixed line */
	unsigned int heads;
	unsigned int width;
	bool batch;
};
/* Says what the last body line stands for. Lack of memory is in the body's err. */
void gm_page_target(struct gm_page *p, const struct gm_target *target);
/* Return what a body line stands for; NULL: nothing. */
const struct gm_target *gm_page_at(const struct gm_page *p, size_t line);
bool gm_target_is(const struct gm_target *a, const struct gm_target *b); /* Return true if they are the same. */
/* Selects what a line stands for; NULL: changes nothing. */
void gm_top_select(struct gm_top *t, const struct gm_target *target);
/* Return the body line of t->at, else of the selected machine or orphan, else the first one; SIZE_MAX: none. */
size_t gm_page_selected(const struct gm_page *p, const struct gm_top *t);
/* Marks the selected line of a list, and sets p->focus. Nothing in batch. */
void gm_page_mark_selected(struct gm_page *p, const struct gm_top *t);
/* Marks a body line as selected, over the whole width, and sets p->focus. Nothing in batch. */
void gm_page_highlight(struct gm_page *p, size_t line);
/* Extends the heads of tables in the body over the whole width. Nothing in batch. */
void gm_page_pad_heads(struct gm_page *p);
/* Adds a text to the body, line by line. */
void gm_page_text(struct gm_page *p, const struct gm_str *text);
/* Return true if the rows below this row of the tree are hidden. */
bool gm_target_is_folded(const struct gm_top *t, const struct gm_target *at);
void gm_page_release(struct gm_page *p);

/* A page as a table row. Its keys are in the table of keys. */
struct gm_view {
	const char *name;		/* for people */
	void (*lines)(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
	bool is_list;			/* has a selected row; else it scrolls */
};
/* Return the row of t's page; of a page that does not exist: the main page's. */
const struct gm_view *gm_top_view(const struct gm_top *t);
/* Fills p, of this width, with the lines of t's page; batch: as plain text. The caller releases it. */
void gm_top_build(const struct gm_model *m, const struct gm_top *t, unsigned int width, bool batch, struct gm_page *p);

/* Page functions: each adds its info lines and its body to *p, and sets p->focus. */
void gm_top_main(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_tree(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_detail(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_help(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_probes(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_pins(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_sort_list(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_reboots(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_choose(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_reboot(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
/* Adds title and totals, the info lines of most pages. */
void gm_top_info(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
/* Adds the position of a replay, the first info line of every page. */
void gm_top_replay_line(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
/* Adds how many machines the filter and --vm leave, and their sums; nothing if they leave all. */
void gm_top_filter_line(const struct gm_model *m, const struct gm_top *t, const struct gm_rows *rows,
			struct gm_page *p);
/* Adds the bottom line: what is typed, or the keys that have an effect now and the place in a longer page. */
void gm_top_footer(const struct gm_top *t, size_t lines, unsigned int width, struct gm_frame *out);
/* Return the key whose name or label is at column x of the bottom line; 0: none. */
unsigned int gm_top_footer_key(const struct gm_top *t, size_t lines, unsigned int width, unsigned int x);

/* ---- the table of keys (top_keys.c) ---- */

/* LIVE: in a live session; NO_PAST: in one that keeps no past; REPLAY: where there is a past. */
enum gm_key_source { GM_KEY_ALWAYS = 0, GM_KEY_LIVE, GM_KEY_NO_PAST, GM_KEY_REPLAY, GM_KEY_SEARCH };

/* A key. Help, the bottom line and the man page's list are made from, or checked against, these rows. */
struct gm_key_row {
	unsigned int key[4];		/* alternatives */
	unsigned int pages;		/* bits of enum gm_top_page */
	const char *name, *brief;	/* brief: text in the bottom line; NULL: only in the help */
	const char *help;		/* NULL: an alias of the row above */
	/* Changes t; p is t's page, built at the width of the last frame. */
	void (*fn)(const struct gm_model *m, struct gm_top *t, const struct gm_page *p, int arg);
	int arg;
	enum gm_key_source source;	/* when it has an effect */
	const char *label;		/* beside the F key in the bottom line; NULL: key[] has no F key */
	unsigned char drop;		/* of labels: the highest is left out first where the width does not suffice */
};
extern const struct gm_key_row gm_top_keys[];
extern const unsigned int gm_top_keys_nr;
/* Return true if the row's kind of session (live, replay, search) is the one at hand. */
bool gm_key_is_available(const struct gm_key_row *k, const struct gm_top *t);
bool gm_key_is_active(const struct gm_key_row *k,
		      const struct gm_top *t); /* Return true if it works on t's page now. */
/* Return the number of the F key among a row's keys; 0: none. */
unsigned int gm_key_f(const struct gm_key_row *k);

/* Formats what pins an inode: "held by qemu-kvm[1234] fd 12, mapping". Returns buf. */
char *gm_top_pinned_by(const struct gm_inode *in, char *buf, size_t size);
/*
 * Formats pages per node: "N0 1.0G  N1 12.9G", "N0 ~1.0G ..." where they may be wrong; empty on a host with one node.
 * Returns buf.
 */
char *gm_top_nodes(const struct gm_model *m, const struct gm_mem *mem, char *buf, size_t size);
/* Adds the lines of an inode with its nodes and pins, for tree and detail; indent in columns. */
void gm_top_inode_lines(const struct gm_model *m, const struct gm_inode *in, unsigned int indent, unsigned int width,
			struct gm_frame *f);
/* Formats pages as bytes: "1.2G", or "n/a" while the page size is unknown. Returns buf. */
char *gm_top_pages(const struct gm_model *m, char *buf, size_t size, uint64_t pages);
/* Adds the heatmap of a phase: counts of the last ticks, a column per tick, a row per octave of time. */
void gm_top_heat(const struct gm_model *m, const struct gm_top *t, const struct gm_machine *mc, unsigned int phase,
		 struct gm_page *p);
/* Return the phase that the detail page shows: the chosen one, or the first that has times if that has none. */
unsigned int gm_top_shown_phase(const struct gm_top *t, const struct gm_machine *mc);
/* Return the phase's counts per second over the last tick; 0 if the model keeps no heat (gm_model_keep_heat()). */
double gm_top_rate(const struct gm_machine *mc, unsigned int phase);
/* Formats a bar of at most width columns for value out of max; needs a buf of 3 * width + 1 bytes. Returns buf. */
char *gm_top_bar(char *buf, unsigned int width, double value, double max, bool ascii);

/* Items on one line, separated by two blanks; items that do not fit are left out. */
struct gm_items {
	char text[1024];
	unsigned int width;
};
/* Appends a formatted item if it fits. */
void gm_item(struct gm_items *it, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
