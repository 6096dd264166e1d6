/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* top_int.h - what top*.c share; nobody else includes it. */
#ifndef GM_TOP_TOP_INT_H
#define GM_TOP_TOP_INT_H

#include "top/top.h"
#include "report/frame.h"

/* One phase of one machine in a few numbers. */
struct gm_few {
	uint64_t count, p50_ns, p99_ns;
	double rate;			/* per second, over the last tick */
};
/* A line of the main page with its numbers worked out, so that sorting and printing see the same ones. */
struct gm_row {
	const struct gm_machine *mc;	/* NULL: an orphan's row */
	const struct gm_inode *orphan;
	char name[320];			/* painted */
	uint32_t pid;			/* owner, or who holds the orphan; 0 not known */
	unsigned int vms;		/* alive */
	bool gone;			/* its last vm died a moment ago */
	bool counted;			/* alloc and free rates are observed */
	struct gm_mem mem;
	struct gm_rates rates;
	/* Of the phases whose columns are shown; guest_fault stands for gm_top_fault_phase(). */
	struct gm_few phase[GM_PHASE_NR];
	uint64_t reboots;
};
struct gm_rows {
	struct gm_row *at;
	size_t nr;
};
/* The rows that filter and --vm let through, sorted. 0 or -ENOMEM. */
int gm_rows_build(const struct gm_model *m, const struct gm_top *t, struct gm_rows *out);
void gm_rows_release(struct gm_rows *r);
/* Why there is no row: the filter, --vm, or no VM. */
struct gm_page;
void gm_top_empty(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
/* Index of the selected row, 0 when it is not there (any more). */
size_t gm_rows_selected(const struct gm_rows *r, const struct gm_top *t);
/* Guest faults, or host faults where the host cannot show the guest's; GM_PHASE_NR: neither. */
unsigned int gm_top_fault_phase(const struct gm_model *m);
/* Are the main page's times of all the session, not of the last ticks? */
bool gm_top_since_start(const struct gm_model *m);

enum gm_col_set { GM_COL_MEMORY = 0, GM_COL_PHASES, GM_COL_BOTH };
struct gm_col {
	const char *name, *help;
	char letter;			/* key that sorts by it */
	unsigned char width, min, max;	/* min < max: takes its share of the room left over */
	unsigned char drop;		/* 0: stays; else the highest goes first */
	bool left;			/* aligned */
	bool up;			/* sorts upwards unless reversed */
	bool orphan;			/* means something for an orphan's row, too */
	unsigned char set;		/* enum gm_col_set */
	unsigned char node;		/* of a column per node */
	bool of_phase;
	unsigned char phase;		/* which, of a column of_phase */
	bool (*need)(const struct gm_model *m, const struct gm_col *c);	/* NULL: always there */
	int (*cmp)(const struct gm_row *a, const struct gm_row *b, const struct gm_col *c);
	void (*fmt)(const struct gm_model *m, const struct gm_top *t, const struct gm_row *r,
		    const struct gm_col *c, unsigned int width, char *buf, size_t size);
};
extern const struct gm_col gm_top_cols[];
extern const unsigned int gm_top_cols_nr;
/* Has this host such a column? */
bool gm_col_needed(const struct gm_model *m, unsigned int col);
/* Is it in the set shown, or sorted by? */
bool gm_col_shown(const struct gm_model *m, const struct gm_top *t, unsigned int col);
/* A phase's column with nothing to show on this host: goes before all others. */
bool gm_col_empty(const struct gm_model *m, unsigned int col);

/* A page: info lines that a low terminal may lose, fixed lines that stay, and a body that scrolls. */
struct gm_page {
	struct gm_frame info, fixed, body;
	size_t focus;			/* body line that must be seen; SIZE_MAX: none */
	unsigned int width;
	bool batch;
};
/* The pages: each adds its info lines and its body to *p, and says which body line must be seen. */
void gm_top_main(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_tree(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_detail(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_help(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_probes(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
void gm_top_pins(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
/* Title and totals: the info lines of every page. */
void gm_top_info(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
/* Where a replay stands: the first info line of every page, as nothing else does. */
void gm_top_replay_line(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
/* The keys that do something now, cut to width. */
void gm_top_footer(const struct gm_top *t, unsigned int width, struct gm_frame *out);

/* "held by qemu-kvm[1234] fd 12, mapping": who keeps an inode alive. Returns buf. */
char *gm_top_holders(const struct gm_inode *in, char *buf, size_t size);
/* "N0 1.0G  N1 12.9G", "N0 ~1.0G ..." where they may be wrong; empty on a host of one node. Returns buf. */
char *gm_top_nodes(const struct gm_model *m, const struct gm_mem *mem, char *buf, size_t size);
/* An inode with its nodes and pins, for tree and detail; indent in columns. */
void gm_top_inode_lines(const struct gm_model *m, const struct gm_inode *in, unsigned int indent, unsigned int width,
			struct gm_frame *f);
/* "1.2G", or "n/a" where the page size was not told yet. */
char *gm_top_pages(const struct gm_model *m, char *buf, size_t size, uint64_t pages);
/* The phase's counts over the last ticks, a column each, by octave of their time. */
void gm_top_heat(const struct gm_model *m, const struct gm_top *t, const struct gm_machine *mc, unsigned int phase,
		 struct gm_page *p);
/* Counts per second over the last tick; 0 where nothing is kept (gm_model_keep_heat()). */
double gm_top_rate(const struct gm_machine *mc, unsigned int phase);
/* A bar of at most width columns, value out of max; buf >= 3 * width + 1. */
char *gm_top_bar(char *buf, unsigned int width, double value, double max, bool ascii);

/* Things on one line, two blanks between, those that do not fit left out. */
struct gm_items {
	char text[1024];
	unsigned int width;
};
/* Appends a formatted thing if it fits. */
void gm_item(struct gm_items *it, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
