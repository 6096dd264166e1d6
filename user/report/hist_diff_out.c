// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* hist_diff_out.c - the comparison of two recordings as text and as JSON lines. */
#include "base/fmt.h"
#include "report/hist_diff.h"
#include "model/observe.h"
#include "report/frame.h"
#include "report/json_lines_int.h"

#include <math.h>
#include <stdio.h>

struct figures {
	uint64_t count, sum_ns, mean_ns, p50_ns, p99_ns;
};

static struct figures figures_of(const struct gm_diff_side *s, unsigned int phase)
{
	const struct gm_hist *h = s->phase[phase];

	if (!h || !h->count)
		return (struct figures){ .count = h ? h->untimed : 0 };
	return (struct figures){ gm_hist_total(h), h->sum_ns, h->sum_ns / h->count, gm_hist_quantile(h, 0.5),
				 gm_hist_quantile(h, 0.99) };
}

/* Return the change from A to B in per cent; NaN where A has nothing. */
static double change(uint64_t a, uint64_t b)
{
	return a && b ? 100 * ((double)b - (double)a) / (double)a : NAN;
}

static const char *verdict_name(enum gm_verdict v)
{
	static const char *const names[] = { [GM_DIFF_NOISE] = "noise",
					     [GM_DIFF_SLOWER] = "slower",
					     [GM_DIFF_FASTER] = "faster",
					     [GM_DIFF_TOO_FEW] = "too_few",
					     [GM_DIFF_NA] = "na" };

	return names[v];
}

/* ---- text ---- */

static void put_side(struct gm_str *out, const char *letter, const struct gm_diff_side *s)
{
	char name[320], release[80], len[8];

	gm_shorten(gm_plain(name, sizeof(name), s->name), 30);
	gm_str_printf(out, "%s: %s, %s, mode %s, %s\n", letter, name,
		      gm_plain(release, sizeof(release), s->m->meta.release),
		      gm_mode_name(s->m->meta.mode) ? gm_mode_name(s->m->meta.mode) : "unknown",
		      gm_fmt_ns(len, sizeof(len), s->m->now_ns - s->m->first_ns));
}

static void put_figures(struct gm_str *out, const char *phase, const char *letter, const struct figures *f)
{
	char count[8], mean[8], p50[8], p99[8];

	if (!f->sum_ns) {
		gm_str_printf(out, "%-12s %s %8s %8s %8s %8s\n", phase, letter,
			      gm_fmt_count(count, sizeof(count), (double)f->count), "-", "-", "-");
		return;
	}
	gm_str_printf(out, "%-12s %s %8s %8s %8s %8s\n", phase, letter,
		      gm_fmt_count(count, sizeof(count), (double)f->count), gm_fmt_ns(mean, sizeof(mean), f->mean_ns),
		      gm_fmt_ns(p50, sizeof(p50), f->p50_ns), gm_fmt_ns(p99, sizeof(p99), f->p99_ns));
}

static void put_percent(struct gm_str *out, double v)
{
	char text[16];

	snprintf(text, sizeof(text), fabs(v) < 9.95 ? "%+.1f%%" : "%+.0f%%", v);
	gm_str_printf(out, " %8s", isnan(v) ? "-" : fabs(v) > 99999 ? ">1000x" : text);
}

static void put_test(struct gm_str *out, const struct gm_diff_row *r)
{
	const struct gm_rank_test *t = &r->test;

	gm_str_printf(out, "p %.2g, P(B>A) %.2f, %llu and %llu %s\n", r->p_holm, t->effect, (unsigned long long)t->n_a,
		      (unsigned long long)t->n_b, r->intervals ? "intervals" : "operations");
}

static void put_verdict(struct gm_str *out, const struct gm_diff_row *r)
{
	static const char *const words[] = { [GM_DIFF_NOISE] = "not more than noise",
					     [GM_DIFF_SLOWER] = "B is SLOWER",
					     [GM_DIFF_FASTER] = "B is FASTER" };

	gm_str_puts(out, "  ");
	if (r->verdict == GM_DIFF_TOO_FEW)
		gm_str_printf(out, "too few to tell: at least %u on each side\n", GM_DIFF_UNITS);
	else if (r->verdict == GM_DIFF_NA)
		gm_str_printf(out, "n/a in %s: %s\n", r->na[0] ? "A" : "B", r->na[0] ? r->na[0] : r->na[1]);
	else {
		gm_str_printf(out, "%s: ", words[r->verdict]);
		put_test(out, r);
	}
}

static void put_row(struct gm_str *out, const struct gm_diff_side *a, const struct gm_diff_side *b,
		    const struct gm_diff_row *r)
{
	struct figures fa = figures_of(a, r->phase), fb = figures_of(b, r->phase);

	put_figures(out, gm_phase_name(r->phase), "A", &fa);
	put_figures(out, "", "B", &fb);
	gm_str_printf(out, "%14s", "");
	put_percent(out, change(fa.count, fb.count));
	put_percent(out, change(fa.mean_ns, fb.mean_ns));
	put_percent(out, change(fa.p50_ns, fb.p50_ns));
	put_percent(out, change(fa.p99_ns, fb.p99_ns));
	gm_str_puts(out, "\n");
	put_verdict(out, r);
}

static void put_method(struct gm_str *out)
{
	gm_str_printf(out,
		      "\nRank sum test (Mann & Whitney 1947), two-sided, ties corrected, p by Holm (1979)\n"
		      "over the phases; P(B>A): effect of Vargha & Delaney (2000). More than noise: p <\n"
		      "%g, effect from %.2f up or %.2f down, and beyond one slot (9%%). Unit: means of\n"
		      "intervals if each side has %u; else operations, which are not independent of each\n"
		      "other. The verdict is on these two runs: what made them differ (load, kernel)\n"
		      "only more runs of each can tell.\n",
		      GM_DIFF_P, GM_DIFF_EFFECT, 1 - GM_DIFF_EFFECT, GM_DIFF_UNITS);
}

/* Write how the two recordings differ in what they observed: that alone may make a difference. */
static void put_caveats(struct gm_str *out, const struct gm_diff_side *a, const struct gm_diff_side *b,
			const struct gm_diff_row *rows, unsigned int nr)
{
	const struct gm_diff_side *side[2] = { a, b };

	if (a->m->meta.mode != b->m->meta.mode)
		gm_str_puts(out, "A and B were observed in different modes: a phase may contain different "
				 "operations\n");
	for (unsigned int i = 0; i < 2 * nr; i++) {
		const char *partial = gm_phase_partial_why(side[i % 2]->m, rows[i / 2].phase);

		if (partial)
			gm_str_printf(out, "partial in %c: %s: %s\n", i % 2 ? 'B' : 'A',
				      gm_phase_name(rows[i / 2].phase), partial);
	}
	if (a->m->lost || b->m->lost)
		gm_str_printf(out, "LOST records: A %llu, B %llu; counts are too low\n", (unsigned long long)a->m->lost,
			      (unsigned long long)b->m->lost);
}

void gm_diff_text(struct gm_str *out, const struct gm_diff_side *a, const struct gm_diff_side *b,
		  const struct gm_diff_row *rows, unsigned int nr)
{
	put_side(out, "A", a);
	put_side(out, "B", b);
	if (nr)
		gm_str_printf(out, "\n%-12s   %8s %8s %8s %8s\n", "PHASE", "COUNT", "MEAN", "P50", "P99");
	else
		gm_str_puts(out, "\nnothing to compare: neither recording counted anything\n");
	for (unsigned int i = 0; i < nr; i++)
		put_row(out, a, b, &rows[i]);
	put_method(out);
	put_caveats(out, a, b, rows, nr);
}

/* ---- JSON ---- */

static void json_side(struct gm_json *j, const char *key, const struct gm_diff_side *s, const struct gm_diff_row *r,
		      int which)
{
	struct figures f = figures_of(s, r->phase);

	gm_json_obj(j, key);
	gm_json_str(j, "recording", s->name);
	gm_json_u64(j, "lost", s->m->lost);
	if (!r->na[which]) {
		gm_json_u64(j, "count", f.count);
		gm_json_u64(j, "sum_ns", f.sum_ns);
		gm_json_u64(j, "mean_ns", f.mean_ns);
		gm_json_u64(j, "p50_ns", f.p50_ns);
		gm_json_u64(j, "p99_ns", f.p99_ns);
	}
	gm_line_sight(j, gm_model_sight(s->m, r->phase), "");
	gm_json_end_obj(j);
}

static void json_row(struct gm_str *out, const struct gm_diff_side *a, const struct gm_diff_side *b,
		     const struct gm_diff_row *r)
{
	struct figures fa = figures_of(a, r->phase), fb = figures_of(b, r->phase);
	bool tested = r->verdict != GM_DIFF_NA && r->verdict != GM_DIFF_TOO_FEW;
	struct gm_json j;

	gm_line_begin(&j, out, "diff");
	gm_json_str(&j, "phase", gm_phase_name(r->phase));
	gm_json_str(&j, "per", gm_phase_per(r->phase));
	json_side(&j, "a", a, r, 0);
	json_side(&j, "b", b, r, 1);
	gm_json_dbl(&j, "mean_change_percent", change(fa.mean_ns, fb.mean_ns));
	gm_json_dbl(&j, "p50_change_percent", change(fa.p50_ns, fb.p50_ns));
	gm_json_dbl(&j, "p99_change_percent", change(fa.p99_ns, fb.p99_ns));
	gm_json_str(&j, "verdict", verdict_name(r->verdict));
	if (tested) {
		gm_json_str(&j, "unit", r->intervals ? "interval" : "operation");
		gm_json_u64(&j, "units_a", r->test.n_a);
		gm_json_u64(&j, "units_b", r->test.n_b);
		gm_json_dbl(&j, "effect", r->test.effect);
		gm_json_dbl(&j, "p", r->test.p);
		gm_json_dbl(&j, "p_holm", r->p_holm);
	}
	gm_line_end(&j);
}

void gm_diff_json(struct gm_str *out, const struct gm_diff_side *a, const struct gm_diff_side *b,
		  const struct gm_diff_row *rows, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		json_row(out, a, b, &rows[i]);
}
