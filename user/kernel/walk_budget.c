// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* walk_budget.c - converts a sample's time to pages, and pages to each inode's share. */
#include "gm_conf.h"
#include "gm_weight.h"
#include "kernel/walk_budget.h"

#define FIRST_PS	70000		/* of a page, before the first measurement */
#define PER_MILLE_OF_NS		900		/* of 1000: the rest is for finding the inodes and for reporting */
#define WEIGHT		65536		/* weight of earlier samples, in pages */
#define FIRST_SHARE	16		/* the number of inodes that the first share assumes */
#define MIN_PS	1000
#define MAX_PS		5000000		/* a busy CPU does not make a page cost more than this */

static uint64_t clamp(uint64_t v, uint64_t min, uint64_t max)
{
	return v < min ? min : v > max ? max : v;
}

static void set_pages(struct gm_budget *b)
{
	if (b->ns)
		b->pages = clamp(b->ns * PER_MILLE_OF_NS / b->page_ps, GM_WALK_LEAF, GM_WALK_MOST);
}

void gm_budget_init(struct gm_budget *b, uint64_t ns, uint64_t pages)
{
	*b = (struct gm_budget){ .ns = pages ? 0 : ns ? ns : GM_BUDGET_NS, .pages = pages, .page_ps = FIRST_PS };
	set_pages(b);
	b->share = b->pages / FIRST_SHARE ?: 1;
}

/*
 * Sets the next share, so that shares by weight use up the budget: what inodes with few pages leave makes the others'
 * share larger from sample to sample. The kernel saves up shares below one leaf.
 */
static void set_share(struct gm_budget *b, const struct gm_budget_used *used)
{
	uint64_t most = b->pages * GM_WEIGHT_MOST, fair = most / (used->weights ?: GM_WEIGHT_MOST), more;

	if (!fair)
		fair = 1;
	more = used->pages ? (uint64_t)((double)b->share * (double)b->pages / (double)used->pages) : b->pages;
	b->share = used->cut ? fair : clamp(more, fair, most);
}

void gm_budget_next(struct gm_budget *b, const struct gm_budget_used *used)
{
	if (used->pages)
		b->page_ps = clamp((b->page_ps * WEIGHT + used->ns * 1000) / (WEIGHT + used->pages), MIN_PS, MAX_PS);
	set_pages(b);
	set_share(b, used);
}
