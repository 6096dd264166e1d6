/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * walk_budget.h - how many pages a sample looks at, all inodes together, and how many of these each inode is given
 * (bpf/gm_walk.bpf.c). A budget of time becomes pages by what a page has cost so far.
 */
#ifndef GM_KERNEL_WALK_BUDGET_H
#define GM_KERNEL_WALK_BUDGET_H

#include <stdint.h>

#define GM_BUDGET_NS	10000000ull	/* 10 ms a sample, unless -C page-budget says otherwise */

struct gm_budget {
	uint64_t ns;		/* of each sample; 0: pages are given, not time */
	uint64_t pages;		/* of this sample */
	uint64_t share;		/* of an inode of the largest weight (gm_weight.h) that has more pages to look at */
	uint64_t page_ps;	/* picoseconds a page costs, by the samples so far */
};

/* What a sample's walks came to. */
struct gm_budget_used {
	uint64_t pages, ns;
	uint64_t weights;	/* sum, of inodes that had pages to read */
	uint32_t wanting;	/* inodes that had pages to look at */
	uint32_t cut;		/* of these, got nothing as the budget was used up */
};

/* ns and pages: as asked for; both 0: the default. */
void gm_budget_init(struct gm_budget *b, uint64_t ns, uint64_t pages);
/* After a sample: the next one's pages and share. */
void gm_budget_next(struct gm_budget *b, const struct gm_budget_used *used);

#endif
