// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_lists.c - small pages: the columns to sort by; the reboots of a machine. And what a filter leaves. */
#include "base/fmt.h"
#include "model/observe.h"
#include "model/reboot.h"
#include "report/reboot_report.h"
#include "top/top_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- sort ---- */

static void put_column(const struct gm_top *t, unsigned int col, struct gm_page *p)
{
	const struct gm_col *c = &gm_top_cols[col];
	struct gm_target at = { GM_TARGET_COLUMN, .nr = col };
	bool half = strlen(c->name) > 2 && !strcmp(c->name + strlen(c->name) - 2, "50");

	if (c->help || !c->of_phase)
		gm_frame_add(&p->body, GM_ATTR_NORMAL, "%s %c  %-8s  %s", col == t->sort ? ">" : " ",
			     c->letter ? c->letter : ' ', c->name, c->help ? c->help : "resident on this NUMA node");
	else
		gm_frame_add(&p->body, GM_ATTR_NORMAL, "%s    %-8s  %s of %s per %s", col == t->sort ? ">" : " ",
			     c->name, half ? "median time" : "99th percentile", gm_phase_name(c->phase),
			     gm_phase_per(c->phase));
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

/* ---- reboots ---- */

static const struct gm_machine *find_machine(const struct gm_model *m, const struct gm_top *t)
{
	const struct gm_machine *mc = NULL;
	struct gm_rows rows;

	if (gm_rows_build(m, t, &rows))
		return NULL;
	if (rows.nr)
		mc = rows.at[gm_rows_selected(&rows, t)].mc;
	gm_rows_release(&rows);
	return mc;
}

/* Adds the machine's episodes, the newest first, as gmemreboot's table. */
static void put_reboots(const struct gm_model *m, const struct gm_machine *mc, struct gm_page *p)
{
	const struct gm_vec none = { 0 }, *all = gm_model_episodes(m) ? gm_model_episodes(m) : &none;
	struct gm_reboot_facts *rows = calloc(all->nr ? all->nr : 1, sizeof(*rows));
	struct gm_str text = { 0 };
	size_t nr = 0;

	if (!rows) {
		p->body.err = -ENOMEM;
		return;
	}
	for (size_t i = all->nr; i-- > 0;) {
		const struct gm_episode *e = all->at[i];

		if (e->machine == mc->id)
			gm_reboot_facts(m, e, &rows[nr++]);
	}
	gm_reboot_list(&text, m, rows, nr);
	gm_page_text(p, &text);
	gm_str_release(&text);
	free(rows);
}

void gm_top_reboots(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	const struct gm_machine *mc = find_machine(m, t);
	char name[320];

	gm_top_info(m, t, p);
	if (!mc) {
		gm_frame_add(&p->body, GM_ATTR_DIM, "no machine is selected");
		return;
	}
	gm_frame_add(&p->fixed, GM_ATTR_BOLD, "reboots of %s, the newest first (gmemreboot has all of each)",
		     gm_plain(name, sizeof(name), mc->name));
	put_reboots(m, mc, p);
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
