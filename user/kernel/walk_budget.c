// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* walk_budget.c - turns a sample's time into pages, and pages into each inode's share. */
#include "gm_conf.h"
#include "gm_weight.h"
#include "kernel/walk_budget.h"

#define FIRST_PS	70000		/* a page, before any was measured */
#define OF_NS		900		/* of 1000: the rest is for finding the inodes and for what their walks tell */
#define WEIGHT		65536		/* pages by which earlier samples count */
#define FIRST_SHARE	16		/* as if there were so many inodes */
#define LEAST_PS	1000
#define MOST_PS		5000000		/* a CPU that others take away does not make pages cost more than this */

static uint64_t within(uint64_t v, uint64_t min, uint64_t max)
{
	return v < min ? min : v > max ? max : v;
}

static void set_pages(struct gm_budget *b)
{
	if (b->ns)
		b->pages = within(b->ns * OF_NS / b->page_ps, GM_WALK_LEAF, GM_WALK_MOST);
}

void gm_budget_init(struct gm_budget *b, uint64_t ns, uint64_t pages)
{
	*b = (struct gm_budget){ .ns = pages ? 0 : ns ? ns : GM_BUDGET_NS, .pages = pages, .page_ps = FIRST_PS };
	set_pages(b);
	b->share = b->pages / FIRST_SHARE ?: 1;
}

/*
 * Shares by weight, of a budget that is used up by them: what inodes with little to look at leave makes the others'
 * share larger from sample to sample. A share below one leaf is saved up in the kernel.
 */
static void set_share(struct gm_budget *b, const struct gm_budget_used *used)
{
	uint64_t most = b->pages * GM_WEIGHT_MOST, fair = most / (used->weights ?: GM_WEIGHT_MOST), more;

	if (!fair)
		fair = 1;
	more = used->pages ? (uint64_t)((double)b->share * (double)b->pages / (double)used->pages) : b->pages;
	b->share = used->cut ? fair : within(more, fair, most);
}

void gm_budget_next(struct gm_budget *b, const struct gm_budget_used *used)
{
	if (used->pages)
		b->page_ps =
			within((b->page_ps * WEIGHT + used->ns * 1000) / (WEIGHT + used->pages), LEAST_PS, MOST_PS);
	set_pages(b);
	set_share(b, used);
}
