// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_rows.c - episodes as tables (CSV) for other programs. */
#include "report/reboot_report_int.h"
#include "report/text.h"

#include <inttypes.h>
#include <stdio.h>
#include "base/csv.h"

/* ---- CSV ---- */

void gm_reboot_csv_head(struct gm_str *out)
{
	gm_str_puts(out, "episode,machine,style,end,start_ns,episode_wall_ns,side,line,count,pages,work_ns,off_cpu_ns,"
			 "blocked_ns,wall_ns,na,episode_wall_min_ns,episode_wall_max_ns\n");
}

static void csv_cell(struct gm_str *out, uint64_t v, bool known)
{
	if (known)
		gm_str_printf(out, "%" PRIu64, v);
	gm_str_puts(out, ",");
}

static void csv_lead(struct gm_str *out, const struct gm_episode *e, const char *side, const char *line)
{
	gm_str_printf(out, "%u,", e->id);
	gm_csv_text(out, e->name);
	gm_str_printf(out, ",%s,%s,", e->style == GM_REBOOT_UNKNOWN ? "" : gm_reboot_style_name(e->style),
		      gm_reboot_end_name(e->end));
	csv_cell(out, e->start_ns, e->start_ns == e->start_max_ns);
	csv_cell(out, gm_episode_wall(e), gm_episode_is_timed(e));
	gm_str_printf(out, "%s,%s,", side, line);
}

/* Write the bounds of an unknown duration, and end the row. */
static void csv_tail(struct gm_str *out, const struct gm_episode *e)
{
	bool timed = gm_episode_is_timed(e);

	gm_str_puts(out, ",");
	csv_cell(out, gm_episode_wall_min(e), !timed);
	if (!timed && e->end_known)
		gm_str_printf(out, "%" PRIu64, gm_episode_wall(e));
	gm_str_puts(out, "\n");
}

static void csv_line(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e, bool old_side,
		     unsigned int line)
{
	const struct gm_line_cost *l = old_side ? &e->old[line] : &e->new[line];
	const char *na = gm_reboot_line_na(m, e, old_side, line);

	if (!na && !gm_reboot_line_is_shown(l))
		return;
	csv_lead(out, e, old_side ? "old" : "new", gm_line_name(line));
	csv_cell(out, l->count, !na);
	csv_cell(out, l->pages, !na && l->pages);
	csv_cell(out, l->work_ns, !na && gm_reboot_line_is_work_known(e, old_side, line));
	csv_cell(out, l->off_ns, !na && l->cpu_known);
	csv_cell(out, l->blocked_ns, !na && l->cpu_known);
	csv_cell(out, l->wall_ns, !na && gm_reboot_line_is_on_wall(e, old_side, line));
	gm_csv_text(out, na ? na : "");
	csv_tail(out, e);
}

void gm_reboot_csv(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e)
{
	for (unsigned int side = 0; side < 2; side++)
		for (unsigned int i = 0; i < GM_LINE_NR; i++)
			csv_line(out, m, e, side == 0, gm_reboot_order[i]);
	for (unsigned int i = 0; i < GM_ARRAY_SIZE(e->rest_ns) && gm_episode_is_timed(e); i++) {
		if (!e->rest_ns[i])
			continue;
		csv_lead(out, e, "neither", gm_reboot_rest_name(i));
		gm_str_printf(out, ",,,,,%" PRIu64 ",", e->rest_ns[i]);
		csv_tail(out, e);
	}
}
