// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_main.c - the main page: column layout and the table; and the pages of plain text. */
#include "base/fmt.h"
#include "report/pins_report.h"
#include "top/top_int.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

#define COLS_MAX GM_COLS_MAX
#define PINS_MIN 20	/* columns for pins of an orphan; less is useless */
struct layout {
	unsigned int width[COLS_MAX];	/* width[i] 0: column i is left out */
	unsigned int drop[COLS_MAX];	/* 0: never left out; else the highest is left out first */
	unsigned int nr, total;		/* total: width of all columns with a blank between */
};

static void sum_widths(struct layout *l)
{
	l->total = 0;
	for (unsigned int i = 0; i < l->nr; i++)
		l->total += l->width[i] ? l->width[i] + (l->total ? 1 : 0) : 0;
}

/* Leaves out the least important column. Return false if none can be left out. */
static bool drop_column(struct layout *l, unsigned int sorted)
{
	unsigned int worst = COLS_MAX, drop = 0;

	for (unsigned int i = 0; i < l->nr; i++) {
		if (l->width[i] && i != sorted && l->drop[i] && l->drop[i] >= drop) {
			worst = i;
			drop = l->drop[i];
		}
	}
	if (worst == COLS_MAX)
		return false;
	l->width[worst] = 0;
	sum_widths(l);
	return true;
}

/* Gives unused width to the names, as far as they need it, then to the history. */
static void widen_columns(struct layout *l, unsigned int width, unsigned int names)
{
	for (unsigned int i = 0; i < l->nr; i++) {
		const struct gm_col *c = &gm_top_cols[i];
		unsigned int most = i == 0 && names < c->max ? names : c->max;

		if (!l->width[i] || most <= l->width[i] || l->total >= width)
			continue;
		l->width[i] += most - l->width[i] < width - l->total ? most - l->width[i] : width - l->total;
		sum_widths(l);
	}
}

static void fit_columns(const struct gm_model *m, const struct gm_top *t, const struct gm_rows *rows,
			unsigned int width, struct layout *l)
{
	unsigned int names = 0;

	l->nr = gm_top_cols_nr < COLS_MAX ? gm_top_cols_nr : COLS_MAX;
	for (unsigned int i = 0; i < l->nr; i++) {
		l->width[i] = gm_col_is_shown(m, t, i) ? gm_top_cols[i].width : 0;
		l->drop[i] = gm_top_cols[i].drop + (gm_col_is_empty(m, i) ? UINT8_MAX : 0);
	}
	sum_widths(l);
	while (l->total > width && drop_column(l, t->sort))
		;
	if (l->total > width)
		l->width[0] = l->width[0] > l->total - width ? l->width[0] - (l->total - width) : 1;
	for (size_t i = 0; i < rows->nr; i++) {
		const struct gm_row *r = &rows->at[i];
		unsigned int need = (unsigned int)gm_columns(r->name) + (r->orphan	       ? 9
									 : r->gone	       ? 7
									 : r->mc && r->mc->dup ? 6
											       : 0);

		names = need > names ? need : names;
	}
	sum_widths(l);
	widen_columns(l, width, names);
}

static void add_blanks(struct gm_str *b, unsigned int n)
{
	gm_str_printf(b, "%*s", (int)n, "");
}

static void put_cell(struct gm_str *b, const char *text, unsigned int width, bool left)
{
	char cell[512];
	size_t used;

	snprintf(cell, sizeof(cell), "%s", text);
	gm_cut(cell, width);
	used = gm_columns(cell);
	if (!left)
		add_blanks(b, width - (unsigned int)used);
	gm_str_puts(b, cell);
	if (left)
		add_blanks(b, width - (unsigned int)used);
}

/*
 * Adds a column's title. The arrow of the sorted column replaces the blank before its name if the column has no room.
 */
static void put_title(const struct gm_top *t, unsigned int i, unsigned int width, bool batch, struct gm_str *b)
{
	const struct gm_col *c = &gm_top_cols[i];
	const char *arrow = c->up != t->reverse ? (t->ascii ? "^" : "▴") : (t->ascii ? "v" : "▾");
	bool first = !b->len;
	char name[32];

	if (i != t->sort || batch) {
		gm_str_puts(b, first ? "" : " ");
		put_cell(b, c->name, width, c->left);
		return;
	}
	snprintf(name, sizeof(name), "%s%s%s", c->left ? "" : arrow, c->name, c->left ? arrow : "");
	if (gm_columns(name) > width && !first) {
		put_cell(b, name, width + 1, c->left);
	} else {
		gm_str_puts(b, first ? "" : " ");
		put_cell(b, name, width, c->left);
	}
}

static void put_head(const struct gm_top *t, const struct layout *l, struct gm_page *p)
{
	struct gm_str b = { 0 };

	for (unsigned int i = 0; i < l->nr; i++) {
		unsigned int from = b.len ? (unsigned int)gm_columns(b.s) : 0;

		if (!l->width[i])
			continue;
		put_title(t, i, l->width[i], p->batch, &b);
		if (b.len)
			p->head[p->heads++] = (struct gm_head){ from, (unsigned int)gm_columns(b.s), i };
	}
	if (b.len && gm_columns(b.s) < p->width)
		add_blanks(&b, p->width - (unsigned int)gm_columns(b.s));
	gm_frame_add_str(&p->fixed, GM_ATTR_HEAD, &b);
}

static void put_row(const struct gm_model *m, const struct gm_top *t, const struct gm_row *r, const struct layout *l,
		    struct gm_page *p)
{
	struct gm_target at = { r->mc ? GM_TARGET_MACHINE : GM_TARGET_ORPHAN, r->mc ? r->mc->id : 0,
				.inode = r->orphan ? r->orphan->id : 0 };
	struct gm_str b = { 0 };
	enum gm_attr attr = r->orphan ? GM_ATTR_WARN : r->gone ? GM_ATTR_DIM : GM_ATTR_NORMAL;
	char cell[512];

	for (unsigned int i = 0; i < l->nr; i++) {
		const struct gm_col *c = &gm_top_cols[i];

		if (!l->width[i])
			continue;
		gm_str_puts(&b, b.len ? " " : "");
		if (r->orphan && !c->orphan) {
			if (b.s && gm_columns(b.s) + PINS_MIN <= p->width)
				gm_str_puts(&b, gm_top_pinned_by(r->orphan, cell, sizeof(cell)));
			break;
		}
		c->fmt(m, t, r, c, l->width[i], cell, sizeof(cell));
		put_cell(&b, cell, l->width[i], c->left);
	}
	gm_frame_add_str(&p->body, attr, &b);
	gm_page_target(p, &at);
}

void gm_top_main(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	struct gm_rows rows;
	struct layout l;

	gm_top_info(m, t, p);
	p->body.err = gm_rows_build(m, t, &rows);
	if (p->body.err)
		return;
	fit_columns(m, t, &rows, p->width, &l);
	put_head(t, &l, p);
	gm_top_filter_line(m, t, &rows, p);
	for (size_t i = 0; i < rows.nr; i++)
		put_row(m, t, &rows.at[i], &l, p);
	gm_page_mark_selected(p, t);
	if (!rows.nr)
		gm_top_explain_empty(m, t, p);
	gm_rows_release(&rows);
}

void gm_top_pins(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	char age[8];

	gm_top_info(m, t, p);
	gm_fmt_ns(age, sizeof(age), m->now_ns > m->pins_ns ? m->now_ns - m->pins_ns : 0);
	gm_frame_add(&p->fixed, GM_ATTR_BOLD, "what pins memory and VMs%s%s%s, leftovers first",
		     m->pins_ns ? ", as of " : "", m->pins_ns ? age : "", m->pins_ns ? " ago" : "");
	gm_frame_pins(&p->body, m, t->want, true);
}

void gm_top_probes(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	struct gm_str b = { 0 };

	(void)t;
	gm_frame_add(&p->info, GM_ATTR_BOLD, "gmemtop: what this kernel shows, and by which hook");
	gm_text_check(&b, m);
	gm_page_text(p, &b);
	gm_str_release(&b);
}
