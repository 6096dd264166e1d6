// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* hist_html.c - collects the columns of the heatmap, and the objects of gmemhist's pages. */
#include "report/hist_html.h"

#include <errno.h>
#include <stdlib.h>

#include "model/observe.h"
#include "report/html_page.h"
#include "report/json_lines_int.h"

int gm_histhtml_open(struct gm_histhtml *h, const char *want)
{
	h->want = want;
	h->stride = 1;
	return gm_histview_new(&h->view, GM_BY_HOST, want);
}

void gm_histhtml_close(struct gm_histhtml *h)
{
	for (unsigned int i = 0; i < h->columns; i++)
		gm_picture_release(&h->column[i]);
	h->columns = 0;
	gm_histview_free(h->view);
	h->view = NULL;
}

/* ---- columns ---- */

/* Adds the later picture to the earlier one, and releases it. Pictures of the host have one scope, or none. */
static void merge_later(struct gm_picture *to, struct gm_picture *later)
{
	struct gm_scope *s = to->at, *more = later->at;

	to->ts_ns = later->ts_ns;
	to->interval_ns += later->interval_ns;
	if (!later->nr)
		return;
	if (!to->nr) {
		later->interval_ns = to->interval_ns;
		gm_picture_release(to);
		*to = *later;
		*later = (struct gm_picture){ 0 };
		return;
	}
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		struct gm_hist *moved = more->phase[p];

		if (moved && s->phase[p]) {
			gm_hist_merge(s->phase[p], moved);
		} else if (moved) {
			s->phase[p] = moved;
			more->phase[p] = NULL;
		}
	}
	for (unsigned int w = 0; w < GM_FAULT_KINDS; w++)
		for (unsigned int p = 0; p < GM_PART_NR; p++)
			s->split.part_ns[w][p] += more->split.part_ns[w][p];
	gm_picture_release(later);
}

/* Each two columns become one. */
static void halve(struct gm_histhtml *h)
{
	for (unsigned int i = 0; i < h->columns / 2; i++) {
		struct gm_picture first = h->column[2 * i];

		merge_later(&first, &h->column[2 * i + 1]);
		h->column[i] = first;
	}
	h->columns /= 2;
	h->stride *= 2;
}

static int add_tick(struct gm_histhtml *h, const struct gm_model *m)
{
	struct gm_picture gains;
	int err = gm_histview_gains(h->view, m, &gains);

	if (err)
		return err;
	if (h->columns && h->filled < h->stride) {
		merge_later(&h->column[h->columns - 1], &gains);
		h->filled++;
		return 0;
	}
	if (h->columns == GM_HISTHTML_COLUMNS)
		halve(h);
	h->column[h->columns++] = gains;
	h->filled = 1;
	return 0;
}

/* ---- objects ---- */

static void put_scope(struct gm_str *lines, const struct gm_model *m, const struct gm_scope *s, uint32_t phases,
		      uint64_t interval_ns)
{
	const struct gm_line_of of = {
		.has_vm = s->by == GM_BY_VM,
		.vm = s->vm,
		.machine = s->by == GM_BY_HOST ? NULL : s->machine,
		.interval_ns = interval_ns,
	};

	for (unsigned int i = 0; i < GM_PHASE_NR; i++)
		if (phases >> i & 1 && s->phase[i] && gm_hist_total(s->phase[i]))
			gm_line_phase(lines, m, i, s->phase[i], &s->split, &of);
}

/* "phases":[..] and the end of the object. Empties lines. */
static void put_lines(struct gm_json *j, struct gm_str *lines)
{
	size_t begin;

	gm_json_arr(j, "phases");
	begin = j->out->len;
	gm_html_add_lines(j->out, lines);
	if (j->out->len > begin)
		j->out->s[begin] = ' '; /* a comma that nothing stands before */
	gm_json_end_arr(j);
	gm_json_end_obj(j);
	gm_str_clear(lines);
}

static void open_object(struct gm_json *j, struct gm_str *data, const char *type)
{
	gm_str_puts(data, ",\n");
	gm_json_init(j, data);
	gm_json_obj(j, NULL);
	gm_json_str(j, "type", type);
}

static void put_column(struct gm_str *data, const struct gm_model *m, const struct gm_picture *p, uint32_t phases)
{
	struct gm_str lines = { 0 };
	struct gm_json j;

	open_object(&j, data, "interval");
	gm_json_u64(&j, "ts_ns", p->ts_ns);
	gm_json_u64(&j, "interval_ns", p->interval_ns);
	if (p->nr)
		put_scope(&lines, m, &p->at[0], phases, p->interval_ns ? p->interval_ns : 1);
	put_lines(&j, &lines);
	gm_str_release(&lines);
}

static uint64_t time_of(const struct gm_scope *s)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < GM_PHASE_NR; i++)
		sum += s->phase[i] ? s->phase[i]->sum_ns : 0;
	return sum;
}

static int by_time(const void *a, const void *b)
{
	uint64_t x = time_of(a), y = time_of(b);

	return x > y ? -1 : x < y;
}

/* Totals: all scopes in the order of --json, or those with the most time. */
static int put_totals(struct gm_histhtml *h, const struct gm_model *m, struct gm_str *data)
{
	const struct gm_histshow show = { .phases = h->phases };
	struct gm_str lines = { 0 };
	struct gm_histview *view;
	struct gm_picture p = { 0 };
	int err = gm_histview_new(&view, h->by, h->want);

	if (!err)
		err = gm_histview_totals(view, m, &p);
	if (p.nr > GM_HISTHTML_SCOPES)
		qsort(p.at, p.nr, sizeof(*p.at), by_time);
	for (size_t i = GM_HISTHTML_SCOPES; i < p.nr; i++)
		for (unsigned int k = 0; k < GM_PHASE_NR; k++)
			if (p.at[i].phase[k])
				*p.at[i].phase[k] = (struct gm_hist){ 0 };
	if (!err) {
		gm_hist_json(&lines, m, &p, &show);
		gm_html_add_lines(data, &lines);
	}
	gm_picture_release(&p);
	gm_histview_free(view);
	gm_str_release(&lines);
	return err;
}

/* The host's sums, for readers who ask for no machine in particular. */
static int put_host(struct gm_histhtml *h, const struct gm_model *m, struct gm_str *data)
{
	struct gm_str lines = { 0 };
	struct gm_picture p;
	struct gm_json j;
	int err = gm_histview_totals(h->view, m, &p);

	if (err)
		return err;
	open_object(&j, data, "host");
	if (p.nr)
		put_scope(&lines, m, &p.at[0], h->phases, 0);
	put_lines(&j, &lines);
	gm_picture_release(&p);
	gm_str_release(&lines);
	return 0;
}

static int put_page(struct gm_histhtml *h, const struct gm_model *m, struct gm_str *out)
{
	struct gm_str data = { 0 }, lines = { 0 };
	struct gm_json j;
	int err;

	gm_str_puts(&data, "[");
	gm_html_begin(&j, &data, "gmemhist", m, h->phases);
	gm_json_str(&j, "by", gm_by_name(h->by));
	gm_json_u64(&j, "ticks_of_column", h->stride);
	gm_json_end_obj(&j);
	for (unsigned int i = 0; i < h->columns; i++)
		put_column(&data, m, &h->column[i], h->phases);
	err = put_host(h, m, &data);
	if (!err)
		err = put_totals(h, m, &data);
	gm_json_probes(&lines, m);
	gm_json_losses(&lines, m);
	gm_json_summary(&lines, m);
	gm_html_add_lines(&data, &lines);
	gm_str_puts(&data, "]");
	if (!err)
		gm_html_page(out, GM_PAGE_HISTOGRAMS, &data);
	err = err ? err : data.err ? data.err : out->err;
	gm_str_release(&lines);
	gm_str_release(&data);
	return err;
}

int gm_histhtml_tick(struct gm_histhtml *h, const struct gm_model *m, bool last, struct gm_str *out)
{
	int err = 0;

	/* A session that ends without a tick has nothing new to show. */
	if (m->ticks > h->shown)
		err = add_tick(h, m);
	h->shown = m->ticks;
	return err || !last ? err : put_page(h, m, out);
}

/* ---- two recordings ---- */

static void put_side(struct gm_str *data, const char *letter, const struct gm_diff_side *s)
{
	static const struct gm_split no_split;
	const char *mode = gm_mode_name(s->m->meta.mode);
	const struct gm_line_of of = { .machine = NULL };
	struct gm_str lines = { 0 };
	struct gm_json j;

	open_object(&j, data, "side");
	gm_json_str(&j, "side", letter);
	gm_json_str(&j, "recording", s->name);
	gm_json_str(&j, "kernel", s->m->meta.release);
	gm_json_str(&j, "mode", mode ? mode : "unknown");
	gm_json_u64(&j, "dur_ns", s->m->now_ns - s->m->first_ns);
	gm_json_u64(&j, "lost", s->m->lost);
	for (unsigned int i = 0; i < GM_PHASE_NR; i++)
		if (s->phase[i] && gm_hist_total(s->phase[i]))
			gm_line_phase(&lines, s->m, i, s->phase[i], &no_split, &of);
	put_lines(&j, &lines);
	gm_str_release(&lines);
}

int gm_diff_html(struct gm_str *out, const struct gm_diff_side *a, const struct gm_diff_side *b,
		 const struct gm_diff_row *rows, unsigned int nr)
{
	struct gm_str data = { 0 }, lines = { 0 };
	struct gm_json j;
	int err;

	gm_str_puts(&data, "[");
	gm_html_begin(&j, &data, "gmemhist", b->m, 0);
	gm_json_dbl(&j, "p", GM_DIFF_P);
	gm_json_dbl(&j, "effect", GM_DIFF_EFFECT);
	gm_json_u64(&j, "units", GM_DIFF_UNITS);
	gm_json_end_obj(&j);
	put_side(&data, "A", a);
	put_side(&data, "B", b);
	gm_diff_json(&lines, a, b, rows, nr);
	gm_html_add_lines(&data, &lines);
	gm_str_puts(&data, "]");
	gm_html_page(out, GM_PAGE_DIFF, &data);
	err = data.err ? data.err : lines.err ? lines.err : out->err;
	gm_str_release(&lines);
	gm_str_release(&data);
	return err;
}
