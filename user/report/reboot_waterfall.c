// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reboot_waterfall.c - the waterfall: a row for each line of the ledger on the wall clock, with its calls drawn where
 * they happened. Faults are drawn as one stretch. Columns without any call or fault are dots in the last row.
 */
#include "base/fmt.h"
#include "report/reboot_report_int.h"

#include <stdio.h>
#include <string.h>

#define LABEL	16
#define FIGURES	15	/* "  41.2s  99.9%", and the border */
#define COLS_MAX 200

struct waterfall {
	const struct gm_episode *e;
	uint64_t wall;
	unsigned int cols;
	double row[COLS_MAX];	/* covered share of the column's time; above 1 where calls overlap */
	bool any[COLS_MAX];	/* something is drawn in this column, in any row */
};

static double column_of(const struct waterfall *f, uint64_t t)
{
	uint64_t start = f->e->start_ns, end = f->e->end_ns;

	t = t < start ? start : t > end ? end : t;
	return (double)(t - start) / (double)f->wall * f->cols;
}

/* Cover the columns of a call; one that is too short to see still covers its column. */
static void cover_columns(struct waterfall *f, uint64_t begin, uint64_t end)
{
	double from = column_of(f, begin), to = column_of(f, end);
	unsigned int first = (unsigned int)from, last = (unsigned int)to;

	first = first < f->cols ? first : f->cols - 1;
	last = last < f->cols ? last : f->cols - 1;
	for (unsigned int i = first; i <= last; i++) {
		double lo = from > i ? from : i, hi = to < i + 1 ? to : i + 1;

		if (hi <= lo && i > first)
			continue; /* ends on the column's edge */
		f->row[i] += (hi > lo ? hi - lo : 0) + 1e-9;
		f->any[i] = true;
	}
}

/* Write a row. on_wall: its share of the wall clock is known. */
static void put_row(struct gm_str *out, const struct waterfall *f, const char *side, const char *name, uint64_t wall_ns,
		    bool on_wall)
{
	char bar[COLS_MAX + 1], label[40], len[8], percent[16];

	for (unsigned int i = 0; i < f->cols; i++)
		bar[i] = f->row[i] >= 0.5 ? '#' : f->row[i] > 0 ? '-' : ' ';
	bar[f->cols] = '\0';
	snprintf(label, sizeof(label), "%s%s", side, name);
	gm_fmt_ns(len, sizeof(len), wall_ns);
	gm_reboot_percent(percent, sizeof(percent), wall_ns, f->wall);
	gm_str_printf(out, "%-*.*s|%s|%6s %6s\n", LABEL, LABEL, label, bar, on_wall ? len : "n/a",
		      on_wall ? percent : "n/a");
}

static void put_line_row(struct gm_str *out, struct waterfall *f, bool old_side, unsigned int line)
{
	const struct gm_line_cost *l = old_side ? &f->e->old[line] : &f->e->new[line];
	bool any = false;

	memset(f->row, 0, sizeof(f->row));
	for (size_t i = 0; i < f->e->steps.nr; i++) {
		const struct gm_step *s = f->e->steps.at[i];

		if (s->line != line || s->old_side != old_side)
			continue;
		cover_columns(f, s->begin_ns, s->end_ns);
		any = true;
	}
	if (any)
		put_row(out, f, old_side ? "old " : "new ", gm_line_name(line), l->wall_ns, true);
}

static void put_faults_row(struct gm_str *out, struct waterfall *f)
{
	uint64_t from = f->e->first_fault_ns;

	if (!gm_reboot_has_faults(f->e))
		return;
	from = from ? from : f->e->first_bind_ns;
	memset(f->row, 0, sizeof(f->row));
	cover_columns(f, from < f->e->start_ns ? f->e->start_ns : from, f->e->end_ns);
	put_row(out, f, "new ", "faults", gm_reboot_faults_wall(f->e),
		gm_reboot_faults_wall(f->e) || f->e->faults_on_wall);
}

static void put_rest_row(struct gm_str *out, const struct waterfall *f)
{
	uint64_t rest = gm_reboot_wall_sum(f->e) - gm_reboot_wall_of_lines(f->e);
	char bar[COLS_MAX + 1], len[8], percent[16];

	for (unsigned int i = 0; i < f->cols; i++)
		bar[i] = f->any[i] ? ' ' : '.';
	bar[f->cols] = '\0';
	gm_str_printf(out, "%-*s|%s|%6s %6s\n", LABEL, "neither", bar, gm_fmt_ns(len, sizeof(len), rest),
		      gm_reboot_percent(percent, sizeof(percent), rest, f->wall));
}

/*
 * Write the axis. T: the old VM's end, B: the first bind, F: the first fault; of several in one column the last is
 * shown.
 */
static void put_axis(struct gm_str *out, const struct waterfall *f)
{
	const struct {
		char mark;
		uint64_t at;
	} marks[] = {
		{ 'T', f->e->teardown_end_ns },
		{ 'B', f->e->first_bind_ns },
		{ 'F', f->e->first_fault_ns },
	};
	char bar[COLS_MAX + 1];

	memset(bar, '.', f->cols);
	bar[f->cols] = '\0';
	for (size_t i = 0; i < GM_ARRAY_SIZE(marks); i++) {
		unsigned int col = marks[i].at >= f->e->start_ns ? (unsigned int)column_of(f, marks[i].at) : 0;

		if (marks[i].at >= f->e->start_ns && marks[i].at <= f->e->end_ns)
			bar[col < f->cols ? col : f->cols - 1] = marks[i].mark;
	}
	gm_str_printf(out, "%-*s|%s|  wall  %%wall\n", LABEL, "", bar);
}

void gm_reboot_waterfall(struct gm_str *out, const struct gm_episode *e, unsigned int width)
{
	struct waterfall f = { .e = e, .wall = gm_episode_wall(e) };

	width = width < 60 ? 60 : width > COLS_MAX ? COLS_MAX : width;
	f.cols = width - LABEL - FIGURES;
	if (!f.wall)
		return;
	gm_str_puts(out, "\n");
	put_axis(out, &f);
	for (unsigned int side = 0; side < 2; side++)
		for (unsigned int i = 0; i < GM_LINE_NR; i++)
			put_line_row(out, &f, side == 0, gm_reboot_order[i]);
	put_faults_row(out, &f);
	put_rest_row(out, &f);
	gm_str_puts(out, "T: teardown over  B: first bind  F: first fault  #: half its column  -: less\n");
}
