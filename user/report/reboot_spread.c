// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_spread.c - quantities of several reboots: median, 90th percentile, maximum, share of the wall clock. */
#include "report/reboot_spread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "report/reboot_report_int.h"
#include "report/text.h"

#define NAME 20

bool gm_spread_has(const struct gm_episode *e)
{
	return e->end != GM_REBOOT_OPEN && e->new_vm && gm_reboot_style_is_reboot(e->style);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Return the nearest-rank quantile of sorted values: the least with at least q of them up to it. */
static uint64_t quantile(const uint64_t *v, size_t nr, unsigned int percent)
{
	size_t rank = (nr * percent + 99) / 100;

	return nr ? v[rank ? rank - 1 : 0] : 0;
}

void gm_spread_make(const struct gm_model *m, const struct gm_reboot_facts *facts, size_t nr, unsigned int quantity,
		    uint64_t *values, struct gm_spread *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < nr; i++) {
		uint64_t ns, wall;

		if (!gm_spread_has(facts[i].e) || !gm_reboot_quantity(m, &facts[i], quantity, &ns))
			continue;
		values[out->known++] = ns;
		out->sum_ns += (double)ns;
		if (ns > out->max_ns || !out->max_episode) {
			out->max_ns = ns;
			out->max_episode = facts[i].e->id;
		}
		if (gm_reboot_quantity(m, &facts[i], GM_RQ_WALL, &wall)) {
			out->of_wall_ns += (double)wall;
			out->timed_ns += (double)ns;
		}
	}
	qsort(values, out->known, sizeof(*values), by_number);
	out->p50_ns = quantile(values, out->known, 50);
	out->p90_ns = quantile(values, out->known, 90);
}

static size_t count_reboots(const struct gm_reboot_facts *facts, size_t nr)
{
	size_t n = 0;

	for (size_t i = 0; i < nr; i++)
		n += gm_spread_has(facts[i].e);
	return n;
}

static const struct gm_reboot_facts *find_episode(const struct gm_reboot_facts *facts, size_t nr, uint32_t id)
{
	for (size_t i = 0; i < nr; i++)
		if (facts[i].e->id == id)
			return &facts[i];
	return NULL;
}

/* ---- text ---- */

static const struct row {
	unsigned int quantity, part;	/* part: lines of it follow; GM_REBOOT_PARTS: none */
	const char *label;
} rows[] = {
	{ GM_RQ_WALL, GM_REBOOT_PARTS, "wall clock" },
	{ GM_RQ_MEMORY, GM_REBOOT_PARTS, "memory work" },
	{ GM_RQ_TEARDOWN, GM_REBOOT_TEARDOWN, "teardown" },
	{ GM_RQ_SETUP, GM_REBOOT_SETUP, "set-up" },
	{ GM_RQ_FAULTS, GM_REBOOT_FAULTS, "faults" },
	{ GM_RQ_ELSEWHERE, GM_REBOOT_PARTS, "elsewhere" },
	{ GM_RQ_BETWEEN, GM_REBOOT_PARTS, "teardown to bind" },
	{ GM_RQ_SAVED, GM_REBOOT_PARTS, "re-use would save" },
};

static void put_row(struct gm_str *out, const char *label, size_t reboots, const struct gm_spread *s)
{
	char known[24], p50[8], p90[8], max[8], share[16] = "-", in[16];
	double percent = s->of_wall_ns > 0 ? 100 * s->timed_ns / s->of_wall_ns : 0;

	if (!s->known) {
		gm_str_printf(out, "%-*s    n/a\n", NAME, label);
		return;
	}
	if (s->of_wall_ns > 0)
		snprintf(share, sizeof(share), percent > 999 ? ">999%%" : "%.1f%%", percent);
	snprintf(known, sizeof(known), "  of %zu", s->known);
	snprintf(in, sizeof(in), "%u", s->max_episode);
	gm_str_printf(out, "%-*s %6s %6s %6s %6s %9s%s\n", NAME, label, gm_fmt_ns(p50, sizeof(p50), s->p50_ns),
		      gm_fmt_ns(p90, sizeof(p90), s->p90_ns), gm_fmt_ns(max, sizeof(max), s->max_ns), share, in,
		      s->known < reboots ? known : "");
}

static bool is_line_of(unsigned int part, bool old_side, unsigned int line)
{
	if (part == GM_REBOOT_TEARDOWN)
		return old_side;
	return part != GM_REBOOT_PARTS && !old_side && gm_reboot_line_is_of_faults(line) == (part == GM_REBOOT_FAULTS);
}

static void put_lines(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *facts, size_t nr,
		      unsigned int part, uint64_t *values)
{
	size_t reboots = count_reboots(facts, nr);
	struct gm_spread s;

	for (unsigned int side = 0; side < 2; side++) {
		for (unsigned int i = 0; i < GM_LINE_NR; i++) {
			unsigned int line = gm_reboot_order[i], first = side ? GM_RQ_NEW : GM_RQ_OLD;
			char label[40];

			if (!is_line_of(part, !side, line))
				continue;
			gm_spread_make(m, facts, nr, first + line, values, &s);
			snprintf(label, sizeof(label), "  %s", gm_reboot_line_label(line));
			if (s.max_ns)
				put_row(out, label, reboots, &s);
		}
	}
}

static void put_slowest(struct gm_str *out, const struct gm_reboot_facts *facts, size_t nr,
			const struct gm_spread *wall)
{
	const struct gm_reboot_facts *f = find_episode(facts, nr, wall->max_episode);
	char name[320], ns[8], times[24] = "";

	if (!f)
		return;
	if (wall->p50_ns)
		snprintf(times, sizeof(times), ", %.1f times the median", (double)wall->max_ns / (double)wall->p50_ns);
	gm_shorten(gm_plain(name, sizeof(name), f->e->name[0] ? f->e->name : "-"), 24);
	gm_str_printf(out, "slowest: %s reboot %u (%s) %s%.32s\n", name, f->e->id, gm_reboot_style_text(f->e),
		      gm_fmt_ns(ns, sizeof(ns), wall->max_ns), wall->known >= GM_SPREAD_MIN ? times : "");
}

void gm_spread_text(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *facts, size_t nr)
{
	size_t reboots = count_reboots(facts, nr);
	struct gm_spread s, wall;
	uint64_t *values;

	if (reboots < GM_SPREAD_MIN)
		return;
	values = calloc(nr, sizeof(*values));
	if (!values) {
		out->err = -ENOMEM;
		return;
	}
	gm_spread_make(m, facts, nr, GM_RQ_WALL, values, &wall);
	gm_str_printf(out, "\n%-*s %6s %6s %6s %6s %9s\n", NAME, "", "P50", "P90", "MAX", "%WALL", "MAX IN NR");
	for (size_t i = 0; i < GM_ARRAY_SIZE(rows); i++) {
		gm_spread_make(m, facts, nr, rows[i].quantity, values, &s);
		put_row(out, rows[i].label, reboots, &s);
		put_lines(out, m, facts, nr, rows[i].part, values);
	}
	put_slowest(out, facts, nr, &wall);
	free(values);
}

/* ---- JSON ---- */

static void json_quantity(struct gm_json *j, unsigned int quantity, const struct gm_spread *s)
{
	char name[GM_RQ_NAME_LEN];

	gm_json_obj(j, NULL);
	gm_json_str(j, "quantity", gm_reboot_quantity_name(name, quantity));
	gm_json_u64(j, "known", s->known);
	gm_json_u64(j, "p50_ns", s->p50_ns);
	gm_json_u64(j, "p90_ns", s->p90_ns);
	gm_json_u64(j, "max_ns", s->max_ns);
	gm_json_u64(j, "max_episode", s->max_episode);
	gm_json_u64(j, "sum_ns", (uint64_t)s->sum_ns);
	if (s->of_wall_ns > 0)
		gm_json_dbl(j, "wall_percent", 100 * s->timed_ns / s->of_wall_ns);
	else
		gm_json_null(j, "wall_percent");
	gm_json_end_obj(j);
}

static void json_slowest(struct gm_json *j, const struct gm_reboot_facts *facts, size_t nr,
			 const struct gm_spread *wall)
{
	const struct gm_reboot_facts *f = find_episode(facts, nr, wall->max_episode);

	if (!f) {
		gm_json_null(j, "slowest");
		return;
	}
	gm_json_obj(j, "slowest");
	gm_json_u64(j, "episode", f->e->id);
	gm_json_str(j, "machine", f->e->name);
	gm_json_u64(j, "wall_ns", wall->max_ns);
	gm_json_end_obj(j);
}

void gm_spread_json(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *facts, size_t nr)
{
	uint64_t *values = calloc(nr + 1, sizeof(*values));
	struct gm_spread s;
	struct gm_json j;

	if (!values) {
		out->err = -ENOMEM;
		return;
	}
	gm_spread_make(m, facts, nr, GM_RQ_WALL, values, &s);
	gm_line_begin(&j, out, "reboots");
	gm_json_u64(&j, "reboots", count_reboots(facts, nr));
	gm_json_u64(&j, "timed", s.known);
	json_slowest(&j, facts, nr, &s);
	gm_json_arr(&j, "distribution");
	for (unsigned int q = 0; q < GM_RQ_NR; q++) {
		gm_spread_make(m, facts, nr, q, values, &s);
		if (s.known && (s.max_ns || q < GM_RQ_OLD))
			json_quantity(&j, q, &s);
	}
	gm_json_end_arr(&j);
	gm_line_end(&j);
	free(values);
}
