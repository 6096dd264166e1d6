// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_lists.c - the page of columns to sort by, and what a filter leaves. */
#include "base/fmt.h"
#include "model/observe.h"
#include "top/top_int.h"

#include <stdio.h>
#include <string.h>

/* ---- sort ---- */

const char *gm_col_help(const struct gm_col *c, char *buf, size_t size)
{
	bool half = strlen(c->name) > 2 && !strcmp(c->name + strlen(c->name) - 2, "50");

	if (c->help || !c->of_phase)
		return c->help ? c->help : "resident on this NUMA node";
	snprintf(buf, size, "%s of %s per %s", half ? "median time" : "99th percentile", gm_phase_name(c->phase),
		 gm_phase_per(c->phase));
	return buf;
}

static void put_column(const struct gm_top *t, unsigned int col, struct gm_page *p)
{
	const struct gm_col *c = &gm_top_cols[col];
	struct gm_target at = { GM_TARGET_COLUMN, .nr = col };
	char help[160];

	gm_frame_add(&p->body, GM_ATTR_NORMAL, "%s %c  %-8s  %s", col == t->sort ? ">" : " ",
		     c->letter ? c->letter : ' ', c->name, gm_col_help(c, help, sizeof(help)));
	gm_page_target(p, &at);
}

void gm_top_sort_list(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	struct gm_top now = *t;

	gm_frame_add(&p->fixed, GM_ATTR_BOLD, "sort by (Enter), or on the main page by the letter alone");
	for (unsigned int i = 0; i < gm_top_cols_nr; i++)
		if (gm_col_is_available(m, i))
			put_column(t, i, p);
	if (t->at.kind != GM_TARGET_COLUMN)
		now.at = (struct gm_target){ GM_TARGET_COLUMN, .nr = t->sort };
	gm_page_mark_selected(p, &now);
}

/* ---- filter ---- */

static unsigned int count_machines(const struct gm_rows *rows)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < rows->nr; i++)
		nr += rows->at[i].mc != NULL;
	return nr;
}

void gm_top_filter_line(const struct gm_model *m, const struct gm_top *t, const struct gm_rows *rows, struct gm_page *p)
{
	struct gm_top all = *t;
	struct gm_rows every;
	struct gm_items it = { .width = p->width };
	uint64_t pages = 0, size = 0;
	bool untracked = false;
	char a[8], b[8];

	if (!t->filter[0] && !(t->want && t->want[0]))
		return;
	all.filter[0] = '\0';
	all.want = NULL;
	p->info.err = p->info.err ? p->info.err : gm_rows_build(m, &all, &every);
	if (p->info.err)
		return;
	for (size_t i = 0; i < rows->nr; i++) {
		pages += rows->at[i].mem.resident_pages;
		size += rows->at[i].mem.size_bytes;
		untracked |= rows->at[i].mem.untracked;
	}
	gm_item(&it, "shown: %u of %u machines", count_machines(rows), count_machines(&every));
	gm_item(&it, "resident %s%s of %s%s", untracked ? ">=" : "", gm_top_pages(m, a, sizeof(a), pages),
		untracked ? ">=" : "", gm_fmt_bytes(b, sizeof(b), size));
	gm_item(&it, "the totals above are of all");
	gm_frame_add(&p->info, GM_ATTR_BOLD, "%s", it.text);
	gm_rows_release(&every);
}
