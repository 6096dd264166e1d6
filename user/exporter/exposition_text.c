// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * exposition_text.c - Prometheus text 0.0.4 and OpenMetrics 1.0. They differ in how a counter's family is called, in
 * units and creation times, which only OpenMetrics has, in its info type, and in its end mark.
 *
 * A histogram's classic buckets are every stride-th bound of ours, so that their counts are exact, not interpolated.
 * (Prometheus: exposition formats; OpenMetrics 1.0.0.)
 */
#include "exporter/metrics_int.h"

#include <stdio.h>
#include <string.h>

static const char *suffix(const struct gm_family *f)
{
	return f->type == GM_COUNTER ? "_total" : f->type == GM_INFO ? "_info" : "";
}

/* What follows a backslash where the text has one of these. */
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

static void labels(struct gm_encoder *e, const struct gm_label *l, unsigned int nr, const char *le)
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

static void sample(struct gm_encoder *e, const struct gm_family *f, const char *tail, const struct gm_label *l,
		   unsigned int nr, const char *le, double v)
{
	char buf[32];

	gm_str_puts(e->out, f->name);
	gm_str_puts(e->out, tail);
	labels(e, l, nr, le);
	gm_str_add(e->out, " ", 1);
	gm_str_puts(e->out, gm_fmt_double(buf, sizeof(buf), v));
	gm_str_add(e->out, "\n", 1);
}

static void created(struct gm_encoder *e, const struct gm_family *f, const struct gm_label *l, unsigned int nr)
{
	if (e->openmetrics && e->created_ns && !f->no_created)
		sample(e, f, "_created", l, nr, NULL, (double)(e->created_ns / 1000000) / 1e3);
}

static void number(struct gm_encoder *e, const struct gm_family *f, const struct gm_label *l, unsigned int nr, double v)
{
	sample(e, f, suffix(f), l, nr, NULL, v);
	if (f->type == GM_COUNTER)
		created(e, f, l, nr);
}

/* OpenMetrics wants "1.0" where others write "1". */
static const char *bound(const struct gm_encoder *e, char *buf, size_t size, unsigned int slot)
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
		if (s % e->stride == 0)
			sample(e, f, "_bucket", l, nr, bound(e, le, 32, s), (double)below);
	}
	sample(e, f, "_bucket", l, nr, "+Inf", (double)h->count);
	sample(e, f, "_sum", l, nr, NULL, (double)h->sum_ns / 1e9);
	sample(e, f, "_count", l, nr, NULL, (double)h->count);
	created(e, f, l, nr);
}

static void end(struct gm_encoder *e)
{
	if (e->openmetrics)
		gm_str_puts(e->out, "# EOF\n");
}

static void nothing(struct gm_encoder *e)
{
	(void)e;
}

static void family_end(struct gm_encoder *e, const struct gm_family *f)
{
	(void)e;
	(void)f;
}

const struct gm_encoder_ops gm_expo_text = {
	.begin = nothing, .family = family, .number = number, .hist = hist, .family_end = family_end, .end = end,
};
