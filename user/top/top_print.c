// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_print.c - a page as text; the main page's rows as CSV, by the table of columns. */
#include "top/top_print.h"

#include <math.h>
#include <string.h>

#include "base/csv.h"
#include "report/csv_time.h"
#include "top/top_int.h"

static const char *state_of(const struct gm_row *r)
{
	return r->orphan ? "orphan" : r->gone ? "gone" : r->mc && r->mc->dup ? "dup" : "live";
}

static const char *name_of(const struct gm_row *r)
{
	const char *of = r->orphan ? gm_vm_machine_name(r->orphan->vm) : r->mc->name;

	return of[0] ? of : r->name;
}

static double value_of(const struct gm_model *m, const struct gm_row *r, const struct gm_col *c)
{
	double v = c->value(r, c);

	if (c->unit == GM_UNIT_PAGES)
		return v * m->meta.page_size;
	return c->unit == GM_UNIT_SHARE ? 100 * v * m->meta.page_size : v;
}

/* The text of the table decides whether there is a value, and how it is marked. */
static void put_cell(struct gm_str *out, const struct gm_model *m, const struct gm_top *t, const struct gm_row *r,
		     const struct gm_col *c)
{
	char text[512];
	size_t mark;
	double v;

	gm_str_puts(out, ",");
	if (!c->value) {
		gm_csv_text(out, name_of(r));
		return;
	}
	if (r->orphan && !c->orphan)
		return;
	c->fmt(m, t, r, c, c->width, text, sizeof(text));
	mark = strspn(text, "~>=");
	if (text[mark] < '0' || text[mark] > '9')
		return;
	v = value_of(m, r, c);
	gm_str_printf(out, "%.*s%.*f", (int)mark, text, rint(v) == v ? 0 : 3, v);
}

static void begin(struct gm_top_csv *c, struct gm_str *out, const struct gm_model *m, const struct gm_top *t)
{
	unsigned char order[GM_SET_COLS];
	unsigned int nr = gm_top_order(m, t, order);

	c->begun = true;
	gm_str_puts(out, GM_CSV_TIME ",state");
	for (unsigned int i = 0; i < nr; i++) {
		if (i && !gm_top_cols[order[i]].value)
			continue;
		c->col[c->nr++] = order[i];
		gm_str_printf(out, ",%s", gm_top_cols[order[i]].name);
	}
	gm_str_puts(out, "\r\n");
}

void gm_top_csv(struct gm_top_csv *c, struct gm_str *out, const struct gm_model *m, const struct gm_top *t)
{
	struct gm_rows rows;
	int err;

	if (!c->begun)
		begin(c, out, m, t);
	if (c->printed && c->printed == m->ticks)
		return;
	c->printed = m->ticks;
	err = gm_rows_build(m, t, &rows);
	out->err = out->err ? out->err : err;
	if (err)
		return;
	for (size_t i = 0; i < rows.nr; i++) {
		gm_csv_time(out, m, m->now_ns);
		gm_str_printf(out, ",%s", state_of(&rows.at[i]));
		for (unsigned int k = 0; k < c->nr; k++)
			put_cell(out, m, t, &rows.at[i], &gm_top_cols[c->col[k]]);
		gm_str_puts(out, "\r\n");
	}
	gm_rows_release(&rows);
}

void gm_top_print(struct gm_str *out, const struct gm_model *m, struct gm_top *t, unsigned int width)
{
	struct gm_frame f = { 0 };

	if (t->printed && t->printed == m->ticks)
		return;
	t->printed = m->ticks;
	gm_top_frame(m, t, width, 0, &f);
	out->err = out->err ? out->err : f.err;
	for (size_t i = 0; i < f.nr; i++)
		gm_str_printf(out, "%s\n", f.line[i].text);
	gm_str_puts(out, "\n");
	gm_frame_release(&f);
}
