// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_diff_out.c - the comparison of two recordings' reboots as text, as JSON lines and as a web page. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "report/hist_diff.h"
#include "report/html_page.h"
#include "report/reboot_diff.h"
#include "report/reboot_report_int.h"
#include "report/text.h"

#define NAME	16
#define CAUSES	3	/* quantities named in the answer */

/* ---- text: the answer ---- */

/* Write the styles of a side's reboots: "recreate", "recreate, inplace". */
static char *fmt_styles(char *buf, size_t size, const struct gm_rbdiff_side *s)
{
	uint32_t seen = 0;
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < s->nr; i++) {
		unsigned int style = s->facts[i].e->style;

		if (!(seen >> style & 1) && n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? ", " : "",
					      gm_reboot_style_text(s->facts[i].e));
		seen |= 1u << style;
	}
	return buf;
}

static void put_side(struct gm_str *out, const char *letter, const struct gm_rbdiff_side *s)
{
	char name[320], release[80], styles[80], line[600];
	const char *mode = gm_mode_name(s->m->meta.mode);

	gm_shorten(gm_plain(name, sizeof(name), s->name), 30);
	snprintf(line, sizeof(line), "%s: %s, %s, mode %s, %zu reboot%s%s%s%s", letter, name,
		 gm_plain(release, sizeof(release), s->m->meta.release), mode ? mode : "unknown", s->nr,
		 s->nr == 1 ? "" : "s", s->nr ? " (" : "", fmt_styles(styles, sizeof(styles), s), s->nr ? ")" : "");
	gm_text_wrap(out, 0, 3, line);
}

/* Write a difference with its sign: "+1.2ms", "-30us". */
static char *fmt_change(char *buf, size_t size, double ns)
{
	char text[8];

	gm_fmt_ns(text, sizeof(text), (uint64_t)fabs(ns));
	snprintf(buf, size, "%s%s", ns < 0 ? "-" : "+", text);
	return buf;
}

static char *fmt_percent(char *buf, size_t size, double v)
{
	if (isnan(v))
		snprintf(buf, size, "-");
	else if (fabs(v) > 99999)
		snprintf(buf, size, ">1000x");
	else
		snprintf(buf, size, fabs(v) < 9.95 ? "%+.1f%%" : "%+.0f%%", v);
	return buf;
}

static const char *verdict_text(enum gm_rbdiff_verdict v)
{
	static const char *const words[] = { "noise", "GREW", "SHRANK", "too few", "n/a" };

	return words[v];
}

static int by_change(const void *a, const void *b)
{
	double x = fabs(gm_rbdiff_change_ns(*(const struct gm_rbdiff_row *const *)a)),
	       y = fabs(gm_rbdiff_change_ns(*(const struct gm_rbdiff_row *const *)b));

	return x > y ? -1 : x < y;
}

static bool is_sure(const struct gm_rbdiff_row *r)
{
	return r->verdict == GM_RBDIFF_GREW || r->verdict == GM_RBDIFF_SHRANK;
}

/*
 * Collect the lines, and the time between teardown and bind, that changed beyond noise: the largest change first. All
 * that was elsewhere counts only without that time, which is part of it.
 */
static unsigned int causes_of(const struct gm_rbdiff *d, const struct gm_rbdiff_row *out[GM_RQ_REST])
{
	unsigned int other = is_sure(gm_rbdiff_find(d, GM_RQ_BETWEEN)) ? GM_RQ_BETWEEN : GM_RQ_ELSEWHERE, nr = 0;

	for (unsigned int i = 0; i < d->nr; i++)
		if ((d->row[i].quantity == other || d->row[i].quantity >= GM_RQ_OLD) && is_sure(&d->row[i]))
			out[nr++] = &d->row[i];
	qsort(out, nr, sizeof(out[0]), by_change);
	return nr;
}

static const char *label_of(char *buf, unsigned int quantity)
{
	return quantity == GM_RQ_BETWEEN ? "teardown to bind" : gm_reboot_quantity_name(buf, quantity);
}

static void put_causes(struct gm_str *out, const struct gm_rbdiff *d)
{
	const struct gm_rbdiff_row *cause[GM_RQ_REST];
	unsigned int nr = causes_of(d, cause);
	char text[400] = "Changed most: ", name[GM_RQ_NAME_LEN], change[16], percent[16];
	size_t n = strlen(text);

	for (unsigned int i = 0; i < nr && i < CAUSES; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %s (%s)", i ? ", " : "",
				      label_of(name, cause[i]->quantity),
				      fmt_change(change, sizeof(change), gm_rbdiff_change_ns(cause[i])),
				      fmt_percent(percent, sizeof(percent), gm_rbdiff_change_percent(cause[i])));
	if (nr)
		gm_text_wrap(out, 0, 2, text);
	else
		gm_str_puts(out, "No line differs by more than noise\n");
}

static void put_answer(struct gm_str *out, const struct gm_rbdiff *d)
{
	const struct gm_rbdiff_row *wall = gm_rbdiff_find(d, GM_RQ_WALL);
	char a[8], b[8], percent[16], text[400];

	if (wall->verdict == GM_RBDIFF_NA)
		snprintf(text, sizeof(text), "Wall clock n/a in %s", wall->why);
	else if (wall->verdict == GM_RBDIFF_TOO_FEW)
		snprintf(text, sizeof(text), "Too few reboots to compare: at least %u on each side", GM_RBDIFF_MIN);
	else
		snprintf(text, sizeof(text), "Wall clock %s to %s (%s): %s",
			 gm_fmt_ns(a, sizeof(a), wall->side[0].p50_ns), gm_fmt_ns(b, sizeof(b), wall->side[1].p50_ns),
			 fmt_percent(percent, sizeof(percent), gm_rbdiff_change_percent(wall)),
			 is_sure(wall) ? verdict_text(wall->verdict) : "not more than noise");
	gm_text_wrap(out, 0, 2, text);
	if (gm_rbdiff_is_tested(wall))
		put_causes(out, d);
}

/* ---- text: the table ---- */

static void put_row(struct gm_str *out, const struct gm_rbdiff_row *r)
{
	char name[GM_RQ_NAME_LEN], a[8] = "n/a", b[8] = "n/a", change[16] = "-", percent[16] = "-", p[16] = "-";

	if (r->side[0].known)
		gm_fmt_ns(a, sizeof(a), r->side[0].p50_ns);
	if (r->side[1].known)
		gm_fmt_ns(b, sizeof(b), r->side[1].p50_ns);
	if (r->verdict != GM_RBDIFF_NA) {
		fmt_change(change, sizeof(change), gm_rbdiff_change_ns(r));
		fmt_percent(percent, sizeof(percent), gm_rbdiff_change_percent(r));
	}
	if (gm_rbdiff_is_tested(r))
		snprintf(p, sizeof(p), "%.1g", r->p_holm);
	gm_str_printf(out, "%-*s %7s %7s %8s %8s %7s  %s\n", NAME, label_of(name, r->quantity), a, b, change, percent,
		      p, verdict_text(r->verdict));
}

static void put_notes(struct gm_str *out, const struct gm_rbdiff *d)
{
	char text[400], plain[256], name[GM_RQ_NAME_LEN];

	for (unsigned int i = 0; i < d->nr; i++) {
		if (d->row[i].verdict != GM_RBDIFF_NA)
			continue;
		snprintf(text, sizeof(text), "n/a: %s: in %s", label_of(name, d->row[i].quantity),
			 gm_plain(plain, sizeof(plain), d->row[i].why));
		gm_text_wrap(out, 0, 2, text);
	}
	if (d->side[0]->m->meta.mode != d->side[1]->m->meta.mode)
		gm_str_puts(out, "A and B were observed in different modes: the same line may not be the same there\n");
	for (unsigned int i = 0; i < 2; i++)
		if (d->side[i]->m->lost)
			gm_str_printf(out, "LOST records in %c: %llu, counts are too low\n", 'A' + (int)i,
				      (unsigned long long)d->side[i]->m->lost);
}

static void put_method(struct gm_str *out)
{
	gm_str_printf(out,
		      "\nMedians over the reboots. Rank sum test (Mann & Whitney 1947), two-sided, ties\n"
		      "corrected, p by Holm (1979) over the rows. More than noise: p < %g, effect\n"
		      "(Vargha & Delaney 2000) from %.2f up or %.2f down, a change of %g%%, and %u\n"
		      "reboots on each side. The verdict is on these two runs: what made them differ\n"
		      "(load, kernel) only more runs of each can tell.\n",
		      GM_DIFF_P, GM_DIFF_EFFECT, 1 - GM_DIFF_EFFECT, 100 * GM_RBDIFF_LEAST, GM_RBDIFF_MIN);
}

static void put_limit(struct gm_str *out, const struct gm_rblimit *l, const struct gm_rbdiff *d)
{
	static const char *const words[] = { "ok", "FAILED", "cannot be checked" };
	char plain[256];

	gm_str_printf(out, "fail-if %s: %s\n", gm_plain(plain, sizeof(plain), l->text), words[gm_rblimit_check(l, d)]);
}

void gm_rbdiff_text(struct gm_str *out, const struct gm_rbdiff *d, const struct gm_rblimits *limits)
{
	put_side(out, "A", d->side[0]);
	put_side(out, "B", d->side[1]);
	put_answer(out, d);
	gm_str_printf(out, "\n%-*s %7s %7s %8s %8s %7s\n", NAME, "", "A", "B", "CHANGE", "", "P");
	for (unsigned int i = 0; i < d->nr; i++)
		put_row(out, &d->row[i]);
	put_method(out);
	put_notes(out, d);
	for (unsigned int i = 0; i < limits->nr; i++)
		put_limit(out, &limits->at[i], d);
}

/* ---- JSON ---- */

static void json_side(struct gm_json *j, const char *key, const struct gm_rbdiff_side *side, const struct gm_spread *s)
{
	gm_json_obj(j, key);
	gm_json_str(j, "recording", side->name);
	gm_json_u64(j, "lost", side->m->lost);
	gm_json_u64(j, "reboots", side->nr);
	gm_json_u64(j, "known", s->known);
	if (s->known) {
		gm_json_u64(j, "p50_ns", s->p50_ns);
		gm_json_u64(j, "p90_ns", s->p90_ns);
		gm_json_u64(j, "max_ns", s->max_ns);
	}
	gm_json_end_obj(j);
}

static void json_row(struct gm_str *out, const struct gm_rbdiff *d, const struct gm_rbdiff_row *r)
{
	char name[GM_RQ_NAME_LEN];
	struct gm_json j;

	gm_line_begin(&j, out, "reboot_diff");
	gm_json_str(&j, "quantity", gm_reboot_quantity_name(name, r->quantity));
	json_side(&j, "a", d->side[0], &r->side[0]);
	json_side(&j, "b", d->side[1], &r->side[1]);
	if (r->verdict != GM_RBDIFF_NA) {
		gm_json_s64(&j, "p50_change_ns", (int64_t)gm_rbdiff_change_ns(r));
		gm_json_dbl(&j, "p50_change_percent", gm_rbdiff_change_percent(r));
	}
	gm_json_str(&j, "verdict", gm_rbdiff_verdict_name(r->verdict));
	if (r->verdict == GM_RBDIFF_NA)
		gm_json_str(&j, "na", r->why);
	if (gm_rbdiff_is_tested(r)) {
		gm_json_dbl(&j, "effect", r->test.effect);
		gm_json_dbl(&j, "p", r->test.p);
		gm_json_dbl(&j, "p_holm", r->p_holm);
	}
	gm_line_end(&j);
}

static void json_limit(struct gm_str *out, const struct gm_rblimit *l, const struct gm_rbdiff *d)
{
	static const char *const words[] = { "ok", "failed", "unknown" };
	char name[GM_RQ_NAME_LEN];
	struct gm_json j;

	gm_line_begin(&j, out, "fail_if");
	gm_json_str(&j, "condition", l->text);
	gm_json_str(&j, "quantity", gm_reboot_quantity_name(name, l->quantity));
	gm_json_str(&j, "result", words[gm_rblimit_check(l, d)]);
	gm_line_end(&j);
}

void gm_rbdiff_json(struct gm_str *out, const struct gm_rbdiff *d, const struct gm_rblimits *limits)
{
	for (unsigned int i = 0; i < d->nr; i++)
		json_row(out, d, &d->row[i]);
	for (unsigned int i = 0; i < limits->nr; i++)
		json_limit(out, &limits->at[i], d);
}

/* ---- page ---- */

void gm_rbdiff_html(struct gm_str *out, const struct gm_rbdiff *d, const struct gm_rblimits *limits)
{
	struct gm_str data = { 0 }, lines = { 0 }, text = { 0 };
	struct gm_json j;

	put_side(&text, "A", d->side[0]);
	put_side(&text, "B", d->side[1]);
	gm_str_puts(&data, "[");
	gm_html_begin(&j, &data, "gmemreboot", d->side[1]->m, 0);
	gm_json_strn(&j, "sides", text.s ? text.s : "", text.len);
	gm_str_clear(&text);
	put_answer(&text, d);
	gm_json_strn(&j, "answer", text.s ? text.s : "", text.len);
	gm_str_clear(&text);
	put_method(&text);
	gm_json_strn(&j, "method", text.s ? text.s : "", text.len);
	gm_str_clear(&text);
	put_notes(&text, d);
	gm_json_strn(&j, "notes", text.s ? text.s : "", text.len);
	gm_json_end_obj(&j);
	gm_rbdiff_json(&lines, d, limits);
	gm_html_add_lines(&data, &lines);
	gm_str_puts(&data, "]");
	gm_html_page(out, GM_PAGE_REBOOT_DIFF, &data);
	out->err = out->err ? out->err : text.err ? text.err : lines.err;
	gm_str_release(&text);
	gm_str_release(&lines);
	gm_str_release(&data);
}
