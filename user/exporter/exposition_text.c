// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * exposition_text.c - writes Prometheus text 0.0.4 and OpenMetrics 1.0. OpenMetrics differs in the name of a counter's
 * family, units, creation times, the info type, and the end mark.
 *
 * The classic buckets of a histogram are some of the bounds of struct gm_hist, so that their counts are exact, not
 * interpolated. (Prometheus: exposition formats; OpenMetrics 1.0.0.)
 */
#include "exporter/metrics_int.h"

#include <stdio.h>
#include <string.h>

static const char *suffix(const struct gm_family *f)
{
	return f->type == GM_COUNTER ? "_total" : f->type == GM_INFO ? "_info" : "";
}

/* Appends s with a backslash before backslashes, newlines and, with quotes, double quotes. */
static void escape(struct gm_str *out, const char *s, bool quotes)
{
	for (; *s; s++) {
		size_t plain = strcspn(s, quotes ? "\\\n\"" : "\\\n");

		gm_str_add(out, s, plain);
		s += plain;
		if (!*s)
			return;
		gm_str_add(out, *s == '\n' ? "\\n" : *s == '"' ? "\\\"" : "\\\\", 2);
	}
}

static void family(struct gm_encoder *e, const struct gm_family *f)
{
	static const char *const plain[] = { "gauge", "counter", "gauge", "histogram" };
	static const char *const open[] = { "gauge", "counter", "info", "histogram" };
	const char *tail = e->openmetrics ? "" : suffix(f);

	gm_str_printf(e->out, "# HELP %s%s ", f->name, tail);
	escape(e->out, f->help, e->openmetrics);
	gm_str_printf(e->out, "\n# TYPE %s%s %s\n", f->name, tail, (e->openmetrics ? open : plain)[f->type]);
	if (e->openmetrics && f->unit[0])
		gm_str_printf(e->out, "# UNIT %s %s\n", f->name, f->unit);
}

static void write_labels(struct gm_encoder *e, const struct gm_label *l, unsigned int nr, const char *le)
{
	if (!nr && !le)
		return;
	for (unsigned int i = 0; i < nr; i++) {
		gm_str_add(e->out, i ? "," : "{", 1);
		gm_str_puts(e->out, l[i].name);
		gm_str_add(e->out, "=\"", 2);
		escape(e->out, l[i].value, true);
		gm_str_add(e->out, "\"", 1);
	}
	if (le)
		gm_str_printf(e->out, "%sle=\"%s\"", nr ? "," : "{", le);
	gm_str_add(e->out, "}", 1);
}

static void write_sample(struct gm_encoder *e, const struct gm_family *f, const char *tail, const struct gm_label *l,
			 unsigned int nr, const char *le, double v)
{
	char buf[32];

	gm_str_puts(e->out, f->name);
	gm_str_puts(e->out, tail);
	write_labels(e, l, nr, le);
	gm_str_add(e->out, " ", 1);
	gm_str_puts(e->out, gm_fmt_double(buf, sizeof(buf), v));
	gm_str_add(e->out, "\n", 1);
}

static void write_created(struct gm_encoder *e, const struct gm_family *f, const struct gm_label *l, unsigned int nr)
{
	if (e->openmetrics && e->created_ns && !f->no_created)
		write_sample(e, f, "_created", l, nr, NULL, (double)(e->created_ns / 1000000) / 1e3);
}

static void number(struct gm_encoder *e, const struct gm_family *f, const struct gm_label *l, unsigned int nr, double v)
{
	write_sample(e, f, suffix(f), l, nr, NULL, v);
	if (f->type == GM_COUNTER)
		write_created(e, f, l, nr);
}

/* Formats a bucket's bound. OpenMetrics requires "1.0" where others write "1". */
static const char *fmt_bound(const struct gm_encoder *e, char *buf, size_t size, unsigned int slot)
{
	gm_fmt_double(buf, size, gm_bound_seconds(slot));
	if (e->openmetrics && !strpbrk(buf, ".e"))
		strcat(buf, ".0");
	return buf;
}

static void hist(struct gm_encoder *e, const struct gm_family *f, const struct gm_label *l, unsigned int nr,
		 const struct gm_hist *h)
{
	uint64_t below = 0;
	char le[36];

	for (unsigned int s = 0; s < GM_HIST_BOUNDS; s++) {
		below += h->slot[s];
		if (gm_is_classic_bound(e, f, s))
			write_sample(e, f, "_bucket", l, nr, fmt_bound(e, le, 32, s), (double)below);
	}
	write_sample(e, f, "_bucket", l, nr, "+Inf", (double)h->count);
	write_sample(e, f, "_sum", l, nr, NULL, (double)h->sum_ns / 1e9);
	write_sample(e, f, "_count", l, nr, NULL, (double)h->count);
	write_created(e, f, l, nr);
}

static void end(struct gm_encoder *e)
{
	if (e->openmetrics)
		gm_str_puts(e->out, "# EOF\n");
}

static void do_nothing(struct gm_encoder *e)
{
	(void)e;
}

static void family_end(struct gm_encoder *e, const struct gm_family *f)
{
	(void)e;
	(void)f;
}

const struct gm_encoder_ops gm_expo_text = {
	.begin = do_nothing, .family = family, .number = number, .hist = hist, .family_end = family_end, .end = end,
};
