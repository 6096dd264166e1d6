// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_main.c - the main page: column layout and the table; and the pages of plain text. */
#include "base/fmt.h"
#include "report/pins_report.h"
#include "top/top_meters.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

#define COLS_MAX GM_COLS_MAX
#define WIDE_BAR 24	/* columns of a history on a wide page, least */
#define EXTRA_DROP 100	/* added to the drop of columns that only a wide page has */
#define NA_DROP 1000	/* added to the drop of columns without any value */
#define PINS_MIN 20	/* columns for pins of an orphan; less is useless */
struct layout {
	unsigned int width[COLS_MAX];	/* width[i] 0: column i is left out */
	unsigned int drop[COLS_MAX];	/* 0: never left out; else the highest is left out first */
	unsigned int nr, total;		/* total: width of all columns with a blank between */
	unsigned char order[GM_SET_COLS];	/* columns from left to right */
	unsigned int shown;		/* number of these */
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

/* Gives unused width to the names, as far as they need it, then to bars (none in batch) and the history. */
static void widen_columns(struct layout *l, unsigned int width, unsigned int names, bool batch)
{
	for (unsigned int i = 0; i < l->nr; i++) {
		const struct gm_col *c = &gm_top_cols[i];
		unsigned int most = i == 0 && names < c->max ? names : c->max;

		if (!l->width[i] || most <= l->width[i] || l->total >= width || (batch && c->min > c->width))
			continue;
		l->width[i] += most - l->width[i] < width - l->total ? most - l->width[i] : width - l->total;
		sum_widths(l);
	}
}

/* Return the columns that the longest name needs, with the mark behind it. */
static unsigned int names_width(const struct gm_rows *rows)
{
	unsigned int most = 0;

	for (size_t i = 0; i < rows->nr; i++) {
		const struct gm_row *r = &rows->at[i];
		unsigned int need = (unsigned int)gm_columns(r->name) + (r->orphan	       ? 9
									 : r->gone	       ? 7
									 : r->mc && r->mc->dup ? 6
											       : 0);

		most = need > most ? need : most;
	}
	return most;
}

/* Return true if no row has a value in the column: this host cannot show it. */
static bool is_na(const struct gm_model *m, const struct gm_top *t, const struct gm_rows *rows, unsigned int col)
{
	const struct gm_col *c = &gm_top_cols[col];
	char cell[512];
	bool any = false;

	for (size_t i = 0; i < rows->nr; i++) {
		if (rows->at[i].orphan && !c->orphan)
			continue;
		c->fmt(m, t, &rows->at[i], c, c->width, cell, sizeof(cell));
		if (cell[0] && strcmp(cell, "n/a") != 0)
			return false;
		any = true;
	}
	return any;
}

/* Return a column's least width: the sorted one has room for its mark; a wide page has some for bars and full names. */
static unsigned int least_width(const struct gm_top *t, unsigned int col, unsigned int names)
{
	const struct gm_col *c = &gm_top_cols[col];
	unsigned int width = t->height && c->min > c->width ? c->min : c->width, most = col ? WIDE_BAR : names;
	unsigned int mark = (unsigned int)strlen(c->name) + 1;

	most = most < c->max ? most : c->max;
	if (t->height && t->width >= GM_EXTRA_MIN && c->min < c->max && width < most)
		width = most;
	return col == t->sort && t->height && width < mark ? mark : width;
}

static void fit_columns(const struct gm_model *m, const struct gm_top *t, const struct gm_rows *rows,
			unsigned int width, struct layout *l)
{
	unsigned int names = names_width(rows);

	l->nr = gm_top_cols_nr < COLS_MAX ? gm_top_cols_nr : COLS_MAX;
	for (unsigned int i = 0; i < l->nr; i++) {
		l->width[i] = gm_col_is_shown(m, t, i) ? least_width(t, i, names) : 0;
		l->drop[i] = gm_top_cols[i].drop + (gm_col_is_extra(m, t, i) ? EXTRA_DROP : 0);
		if (l->width[i] && (gm_col_is_empty(m, i) || is_na(m, t, rows, i)))
			l->drop[i] += NA_DROP;
	}
	l->shown = gm_top_order(m, t, l->order);
	sum_widths(l);
	while (l->total > width && drop_column(l, t->sort))
		;
	if (l->total > width)
		l->width[0] = l->width[0] > l->total - width ? l->width[0] - (l->total - width) : 1;
	sum_widths(l);
	widen_columns(l, width, names, !t->height);
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

/* Adds a column's title. The mark of the sorted column is beside its name. */
static void put_title(const struct gm_top *t, unsigned int i, unsigned int width, bool batch, struct gm_str *b)
{
	const struct gm_col *c = &gm_top_cols[i];
	const char *mark = c->up != t->reverse ? (t->ascii ? "^" : "▴") : (t->ascii ? "v" : "▾");
	char name[32];

	if (i != t->sort || batch)
		mark = "";
	snprintf(name, sizeof(name), "%s%s%s", c->left ? "" : mark, c->name, c->left ? mark : "");
	gm_str_puts(b, b->len ? " " : "");
	put_cell(b, name, width, c->left);
}

static void put_head(const struct gm_top *t, const struct layout *l, struct gm_page *p)
{
	struct gm_str b = { 0 };

	for (unsigned int k = 0; k < l->shown; k++) {
		unsigned int from = b.len ? (unsigned int)gm_columns(b.s) : 0, i = l->order[k];

		if (!l->width[i])
			continue;
		put_title(t, i, l->width[i], p->batch, &b);
		if (b.len)
			p->head[p->heads++] = (struct gm_head){ from, (unsigned int)gm_columns(b.s), i };
	}
	if (!p->batch && b.len && gm_columns(b.s) < p->width)
		add_blanks(&b, p->width - (unsigned int)gm_columns(b.s));
	gm_frame_add_str(&p->fixed, GM_ATTR_HEAD, &b);
}

/* A row's cells, kept until its line exists: spans belong to a line. */
struct cells {
	struct {
		unsigned int at, len, col;	/* without the blanks before it */
		unsigned int bar;		/* how many '|' it begins with */
		bool unusual;
	} at[COLS_MAX];
	unsigned int nr;
};

static void note_cell(struct cells *cells, const char *text, unsigned int at, unsigned int width, unsigned int col)
{
	unsigned int len = (unsigned int)gm_columns(text);

	len = len < width ? len : width;
	cells->at[cells->nr].at = at + (gm_top_cols[col].left ? 0 : width - len);
	cells->at[cells->nr].len = len;
	cells->at[cells->nr].col = col;
	cells->at[cells->nr].bar = (unsigned int)strspn(text, "|");
	cells->at[cells->nr++].unusual = text[0] == GM_UNUSUAL;
}

/* Colours an unusual value, the bar of a share and the history. A name has no colour, whatever it begins with. */
static void colour_cells(const struct cells *cells, struct gm_frame *f)
{
	for (unsigned int i = 0; i < cells->nr; i++) {
		if (!cells->at[i].col)
			continue;
		if (gm_top_cols[cells->at[i].col].left)
			gm_frame_span(f, GM_ATTR_BAR, cells->at[i].at, cells->at[i].len);
		else if (cells->at[i].unusual)
			gm_frame_span(f, GM_ATTR_UNUSUAL, cells->at[i].at, cells->at[i].len);
		else if (cells->at[i].bar)
			gm_frame_span(f, GM_ATTR_BAR, cells->at[i].at, cells->at[i].bar);
	}
}

static void put_row(const struct gm_model *m, const struct gm_top *t, const struct gm_row *r, const struct layout *l,
		    struct gm_page *p)
{
	struct gm_target at = { r->mc ? GM_TARGET_MACHINE : GM_TARGET_ORPHAN, r->mc ? r->mc->id : 0,
				.inode = r->orphan ? r->orphan->id : 0 };
	struct gm_str b = { 0 };
	enum gm_attr attr = r->orphan ? GM_ATTR_WARN : r->gone ? GM_ATTR_DIM : GM_ATTR_NORMAL;
	struct cells cells = { .nr = 0 };
	char cell[512];

	for (unsigned int k = 0; k < l->shown; k++) {
		unsigned int i = l->order[k];
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
		note_cell(&cells, cell, b.len ? (unsigned int)gm_columns(b.s) : 0, l->width[i], i);
		put_cell(&b, cell, l->width[i], c->left);
	}
	gm_frame_add_str(&p->body, attr, &b);
	if (attr == GM_ATTR_NORMAL)
		colour_cells(&cells, &p->body);
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
