// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* hist_text.c - pictures as tables and bars. */
#include "base/fmt.h"
#include "report/hist_report.h"
#include "model/observe.h"
#include "report/frame.h"
#include "report/hist_bars.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

#define BARS_AIM	12	/* desired rows: fewer for few counts, more where even octaves need more */
#define BAR_COLS	40
#define BAR_LINE	31	/* columns of a bar's line beside the bar */

typedef uint64_t (*cell_fn)(const struct gm_hist *h);

static uint64_t cell_total(const struct gm_hist *h)
{
	return h->sum_ns;
}
static uint64_t cell_mean(const struct gm_hist *h)
{
	return h->count ? h->sum_ns / h->count : 0;
}
static uint64_t cell_p50(const struct gm_hist *h)
{
	return gm_hist_quantile(h, 0.5);
}
static uint64_t cell_p90(const struct gm_hist *h)
{
	return gm_hist_quantile(h, 0.9);
}
static uint64_t cell_p99(const struct gm_hist *h)
{
	return gm_hist_quantile(h, 0.99);
}
static uint64_t cell_p999(const struct gm_hist *h)
{
	return gm_hist_quantile(h, 0.999);
}
static uint64_t cell_max(const struct gm_hist *h)
{
	return h->max_ns;
}

/* keep: width of the table from which on the column is shown. */
static const struct { const char *name; unsigned int keep; cell_fn value; } cols[] = {
	{ "TOTAL", 44, cell_total }, { "MEAN", 52, cell_mean }, { "P50", 28, cell_p50 }, { "P90", 68, cell_p90 },
	{ "P99", 36, cell_p99 }, { "P99.9", 76, cell_p999 }, { "MAX", 60, cell_max },
};

static void put_head(struct gm_str *out, unsigned int width)
{
	gm_str_printf(out, "%-12s %7s", "PHASE", "COUNT");
	for (size_t i = 0; i < GM_ARRAY_SIZE(cols); i++)
		if (width >= cols[i].keep)
			gm_str_printf(out, " %7s", cols[i].name);
	gm_str_puts(out, "\n");
}

static void put_row(struct gm_str *out, const struct gm_model *m, unsigned int phase, const struct gm_hist *h,
		    unsigned int width)
{
	uint64_t count = gm_hist_total(h);
	char text[24], label[24];

	if (count < 10000000)
		snprintf(text, sizeof(text), "%llu", (unsigned long long)count);
	else
		gm_fmt_count(text, sizeof(text), (double)count);
	gm_str_printf(out, "%-12s %7s", gm_phase_label(label, sizeof(label), m, phase), text);
	for (size_t i = 0; i < GM_ARRAY_SIZE(cols); i++)
		if (width >= cols[i].keep)
			gm_str_printf(out, " %7s", h->count ? gm_fmt_ns(text, sizeof(text), cols[i].value(h)) : "n/a");
	gm_str_puts(out, "\n");
	if (h->untimed)
		gm_str_printf(out, "  timed: %llu; for %llu the kernel skipped the BPF program\n",
			      (unsigned long long)h->count, (unsigned long long)h->untimed);
}

/* Compute per cent that add up to 100: rounded down, then the missing points go to the largest remainders. */
static void percent_shares(const uint64_t *ns, unsigned int nr, uint64_t sum, unsigned int *percent)
{
	double rest[GM_PART_NR];
	unsigned int left = 100;

	for (unsigned int i = 0; i < nr; i++) {
		double share = 100.0 * (double)ns[i] / (double)sum;

		percent[i] = (unsigned int)share;
		rest[i] = share - percent[i];
		left -= percent[i] < left ? percent[i] : left;
	}
	for (; left; left--) {
		unsigned int most = 0;

		for (unsigned int i = 1; i < nr; i++)
			most = rest[i] > rest[most] ? i : most;
		percent[most]++;
		rest[most] = -1;
	}
}

/* Write the parts of a fault kind in per cent. An unobserved part of 0 is n/a; its time is in another part. */
static void put_split(struct gm_str *out, const struct gm_model *m, const struct gm_split *split, unsigned int phase)
{
	unsigned int percent[GM_PART_NR];
	uint64_t sum = 0;
	const uint64_t *ns;

	if (!gm_phase_is_fault_kind(phase))
		return;
	ns = split->part_ns[GM_FAULT_KIND_OF(phase)];
	for (unsigned int i = 0; i < GM_PART_NR; i++)
		sum += ns[i];
	if (!sum)
		return;
	percent_shares(ns, GM_PART_NR, sum, percent);
	gm_str_puts(out, "  of which");
	for (unsigned int i = 0; i < GM_PART_NR; i++) {
		bool na = !ns[i] && i != GM_PART_OTHER && gm_phase_unavailable(m, GM_PHASE_ALLOC + i);

		gm_str_printf(out, "%s %s ", i ? "," : "", gm_part_name(i));
		if (na)
			gm_str_puts(out, "n/a");
		else
			gm_str_printf(out, "%u%%", percent[i]);
	}
	gm_str_puts(out, "\n");
}

static void put_bars(struct gm_str *out, unsigned int phase, const struct gm_hist *h, unsigned int width)
{
	static const char stars[] = "****************************************";
	int cols_nr = width >= BAR_LINE + BAR_COLS ? BAR_COLS : width > BAR_LINE + 8 ? (int)(width - BAR_LINE) : 8;
	unsigned int aim = h->count < 4 ? 4 : h->count < BARS_AIM ? (unsigned int)h->count : BARS_AIM;
	struct gm_bars bars;
	char label[24];

	gm_bars_make(h, gm_bars_slots(h, aim), &bars);
	if (bars.nr < 2)
		return; /* the table shows the same */
	gm_str_printf(out, "\n  %s, time per %s\n", gm_phase_name(phase), gm_phase_per(phase));
	for (unsigned int i = 0; i < bars.nr; i++) {
		double share = (double)bars.at[i].count / (double)bars.most;
		int n = (int)(share * cols_nr + 0.5);

		n = !n && bars.at[i].count ? 1 : n; /* a count above 0 gets at least one star */
		gm_str_printf(out, "  %s %9llu |%-*.*s|\n", gm_bar_label(&bars.at[i], label, sizeof(label)),
			      (unsigned long long)bars.at[i].count, cols_nr, n, stars);
	}
}

static void put_title(struct gm_str *out, const struct gm_scope *s, unsigned int width)
{
	char name[360], plain[320];

	gm_plain(plain, sizeof(plain), s->machine);
	if (s->by == GM_BY_HOST)
		snprintf(name, sizeof(name), "host");
	else if (s->by == GM_BY_VM && s->vm)
		snprintf(name, sizeof(name), "%s (vm %u)", plain[0] ? plain : "-", s->vm);
	else
		snprintf(name, sizeof(name), "%s", plain[0] ? plain : "unknown owner");
	gm_shorten(name, width);
	gm_str_printf(out, "\n%s\n", name);
}

static bool is_shown(const struct gm_scope *s, unsigned int phase, const struct gm_histshow *show)
{
	return show->phases >> phase & 1 && s->phase[phase] && gm_hist_total(s->phase[phase]);
}

static bool put_scope(struct gm_str *out, const struct gm_model *m, const struct gm_scope *s,
		      const struct gm_histshow *show)
{
	bool any = false;

	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		if (!is_shown(s, p, show))
			continue;
		if (!any) {
			put_title(out, s, show->width);
			put_head(out, show->width);
		}
		any = true;
		put_row(out, m, p, s->phase[p], show->width);
		put_split(out, m, &s->split, p);
	}
	for (unsigned int p = 0; p < GM_PHASE_NR && show->bars; p++)
		if (is_shown(s, p, show) && s->phase[p]->count)
			put_bars(out, p, s->phase[p], show->width);
	return any;
}

static void put_when(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p)
{
	uint64_t day = (m->meta.real_ns + (p->ts_ns - m->meta.h.ts_ns)) / 1000000000 % 86400;
	char len[8];

	if (m->meta.real_ns)
		gm_str_printf(out, "%02u:%02u:%02u UTC  ", (unsigned int)(day / 3600), (unsigned int)(day / 60 % 60),
			      (unsigned int)(day % 60));
	gm_fmt_ns(len, sizeof(len), p->interval_ns);
	gm_str_printf(out, p->total ? "all of %s\n" : "the last %s\n", len);
}

/* Write the cost of guest_memfd's zeroing if the allocator has zeroed the page before. */
static void put_zeroed_twice(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p)
{
	const char *na = gm_phase_no_data_why(m, GM_PHASE_ZERO);
	struct gm_hist h;
	char mean[8], total[8];

	if (m->meta.init_on_free == GM_YES)
		gm_str_puts(out, "init_on_free is on: pages are zeroed when they are freed, inside free and punch\n");
	if (m->meta.init_on_alloc != GM_YES)
		return;
	gm_picture_sum(p, GM_PHASE_ZERO, &h);
	gm_str_puts(out, "init_on_alloc is on: pages are zeroed twice, by the allocator (inside alloc)\nand by "
			 "guest_memfd (zero)\nsecond zeroing: ");
	if (na)
		gm_str_printf(out, "n/a: %s\n", na);
	else if (!h.count)
		gm_str_puts(out, "no page yet\n");
	else
		gm_str_printf(out, "%llu pages, %s each, %s in total\n", (unsigned long long)h.count,
			      gm_fmt_ns(mean, sizeof(mean), h.sum_ns / h.count),
			      gm_fmt_ns(total, sizeof(total), h.sum_ns));
}

/* Write the phases that are observed and did not happen, as opposed to unobserved ones. */
static void put_none(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p, uint32_t phases)
{
	uint32_t none = 0;
	char names[256];
	struct gm_hist h;

	for (unsigned int i = 0; i < GM_PHASE_NR; i++) {
		gm_picture_sum(p, i, &h);
		if (phases >> i & 1 && !gm_hist_total(&h) && !gm_phase_no_data_why(m, i))
			none |= 1u << i;
	}
	if (none)
		gm_str_printf(out, "none: %s\n", gm_phase_list(names, sizeof(names), none));
}

static void put_end(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p,
		    const struct gm_histshow *show)
{
	gm_str_puts(out, "\nquantiles are within +-4.4% (a slot is 9% wide), an interval's max within 9%\n");
	put_zeroed_twice(out, m, p);
	put_none(out, m, p, show->phases);
	gm_text_caveats_of(out, m, show->phases);
}

void gm_hist_text(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p,
		  const struct gm_histshow *show)
{
	bool any = false;

	put_when(out, m, p);
	for (size_t i = 0; i < p->nr; i++)
		any |= put_scope(out, m, &p->at[i], show);
	if (!any)
		gm_str_printf(out, "nothing counted%s\n", gm_empty_why(m));
	if (p->total)
		put_end(out, m, p, show);
	else if (m->lost)
		gm_str_printf(out, "LOST %llu records so far, counts are too low\n", (unsigned long long)m->lost);
	if (!p->total)
		gm_str_puts(out, "\n");
}
