/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * walk_budget.h - how many pages a sample reads, and how many of them each inode may use (bpf/gm_walk.bpf.c). A budget
 * of time becomes pages by the cost of a page so far. gm_budget_init(), then gm_budget_next() after each sample;
 * nothing fails.
 */
#ifndef GM_KERNEL_WALK_BUDGET_H
#define GM_KERNEL_WALK_BUDGET_H

#include <stdint.h>

#define GM_BUDGET_NS	10000000ull	/* 10 ms a sample, unless -C page-budget says otherwise */

struct gm_budget {
	uint64_t ns;		/* of each sample; 0: the budget is in pages, not time */
	uint64_t pages;		/* pages of this sample */
	uint64_t share;		/* of an inode with the largest weight (gm_weight.h) that has more pages to read */
	uint64_t page_ps;	/* cost of a page in picoseconds, by the samples so far */
};

/* What a sample's page walks used. */
struct gm_budget_used {
	uint64_t pages, ns;
	uint64_t weights;	/* sum over inodes that had pages to read */
	uint32_t wanting;	/* inodes that had pages to read */
	uint32_t cut;		/* of these, inodes that got nothing because the budget was used up */
};

/* Begins with a budget of ns, or of pages; both 0: the default. */
void gm_budget_init(struct gm_budget *b, uint64_t ns, uint64_t pages);
/* Computes the next sample's pages and share, after a sample. */
void gm_budget_next(struct gm_budget *b, const struct gm_budget_used *used);

#endif
