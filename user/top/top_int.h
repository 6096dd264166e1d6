/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * top_int.h - shared by top*.c; not for other files.
 *
 * gm_top_frame() fills a struct gm_page by one page function and copies its lines to the frame. A page function that
 * needs rows builds and releases them itself. Errors are in the err of the page's frames.
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
	struct gm_rates rates;
	/* Set for phases whose columns are shown; guest_fault stands for gm_top_fault_phase(). */
	struct gm_phase_summary phase[GM_PHASE_NR];
	uint64_t reboots;
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

enum gm_col_set { GM_COL_MEMORY = 0, GM_COL_PHASES, GM_COL_BOTH };
struct gm_col {
	const char *name, *help;
	char letter;			/* key that sorts by this column */
	unsigned char width, min, max;	/* min < max: grows into unused width */
	unsigned char drop;		/* 0: never left out; else the highest is left out first */
	bool left;			/* left-aligned */
	bool up;			/* sorts ascending unless reversed */
	bool orphan;			/* has a value in an orphan's row, too */
	unsigned char set;		/* enum gm_col_set */
	unsigned char node;		/* NUMA node, for a column per node */
	bool of_phase;
	unsigned char phase;		/* phase of a column with of_phase */
	bool (*need)(const struct gm_model *m, const struct gm_col *c);	/* NULL: on every host */
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
/* Return true if the column is of a phase that this host cannot show: such columns are left out before all others. */
bool gm_col_is_empty(const struct gm_model *m, unsigned int col);

/* A page: info lines that may be cut on a low terminal, fixed lines that stay, and a body that scrolls. */
struct gm_page {
	struct gm_frame info, fixed, body;
	size_t focus;			/* body line that must be visible; SIZE_MAX: none */
	unsigned int width;
	bool batch;
};
/* Page functions: each adds its info lines and its body to *p, and sets p->focus. */
void gm_top_main(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_tree(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_detail(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_help(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_probes(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_pins(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
/* Adds title and totals, the info lines of most pages. */
void gm_top_info(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
/* Adds the position of a replay, the first info line of every page. */
void gm_top_replay_line(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
/* Adds a line with the keys that have an effect now, cut to width. */
void gm_top_footer(const struct gm_top *t, unsigned int width, struct gm_frame *out);

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
