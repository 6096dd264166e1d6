// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_diff.c - compares the reboots of two recordings: values, tests and verdicts. Output: reboot_diff_out.c. */
#include "report/reboot_diff.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/hist_diff.h"
#include "report/reboot_report_int.h"

/* ---- one side ---- */

int gm_rbdiff_end(struct gm_rbdiff_side *s, const char *want)
{
	const struct gm_vec *all = gm_model_episodes(s->m);

	s->nr = 0;
	s->facts = calloc((all ? all->nr : 0) + 1, sizeof(*s->facts));
	if (!s->facts)
		return -ENOMEM;
	for (size_t i = 0; all && i < all->nr; i++)
		if (gm_spread_has(all->at[i]) && gm_episode_matches(s->m, all->at[i], want))
			gm_reboot_facts(s->m, all->at[i], &s->facts[s->nr++]);
	return 0;
}

void gm_rbdiff_release(struct gm_rbdiff_side *s)
{
	free(s->facts);
	gm_model_free(s->m);
	memset(s, 0, sizeof(*s));
}

/* Return why a quantity is not known in a side's reboots. */
static const char *why_unknown(const struct gm_rbdiff_side *s, unsigned int q)
{
	const struct gm_reboot_facts *f = s->facts;
	const char *na = NULL;

	if (!s->nr)
		return "no reboot has ended";
	if (q >= GM_RQ_OLD)
		na = gm_reboot_line_na(s->m, f->e, q < GM_RQ_NEW, (q - GM_RQ_OLD) % GM_LINE_NR);
	if (q == GM_RQ_SAVED)
		na = f->saving.na;
	if (q == GM_RQ_WALL || q == GM_RQ_BETWEEN)
		na = gm_reboot_untimed_text(gm_episode_untimed(s->m, f->e));
	if (!na || !na[0])
		na = f->answer.why;
	return na[0] ? na : "it is not known in any reboot";
}

/* ---- the comparison ---- */

/* Fill values with a quantity of a side's reboots, and *spread with their distribution. */
static void collect(const struct gm_rbdiff_side *s, unsigned int q, uint64_t *sorted, double *values,
		    struct gm_spread *spread)
{
	gm_spread_make(s->m, s->facts, s->nr, q, sorted, spread);
	for (size_t i = 0; i < spread->known; i++)
		values[i] = (double)sorted[i];
}

static void set_na(struct gm_rbdiff_row *r, const struct gm_rbdiff *d)
{
	unsigned int side = r->side[0].known ? 1 : 0;

	r->verdict = GM_RBDIFF_NA;
	snprintf(r->why, sizeof(r->why), "%c: %s", 'A' + (int)side, why_unknown(d->side[side], r->quantity));
}

static int test_row(struct gm_rbdiff *d, struct gm_rbdiff_row *r, uint64_t *sorted, double *values[2])
{
	int err;

	for (unsigned int i = 0; i < 2; i++)
		collect(d->side[i], r->quantity, sorted, values[i], &r->side[i]);
	r->p_holm = 1;
	err = gm_rank_test_values(values[0], r->side[0].known, values[1], r->side[1].known, &r->test);
	if (!r->side[0].known || !r->side[1].known)
		set_na(r, d);
	else if (r->side[0].known < GM_RBDIFF_MIN || r->side[1].known < GM_RBDIFF_MIN)
		r->verdict = GM_RBDIFF_TOO_FEW;
	else
		r->verdict = GM_RBDIFF_NOISE;
	return err;
}

/* Return true if a row has something to show: a value on either side; sums always. */
static bool is_shown(const struct gm_rbdiff_row *r)
{
	return r->quantity < GM_RQ_OLD || r->side[0].max_ns || r->side[1].max_ns;
}

static int correct_p_values(struct gm_rbdiff *d)
{
	double p[GM_RQ_REST];
	unsigned int n = 0;
	int err;

	for (unsigned int i = 0; i < d->nr; i++)
		if (gm_rbdiff_is_tested(&d->row[i]))
			p[n++] = d->row[i].test.p;
	err = gm_holm(p, n);
	n = 0;
	for (unsigned int i = 0; i < d->nr && !err; i++)
		if (gm_rbdiff_is_tested(&d->row[i]))
			d->row[i].p_holm = p[n++];
	return err;
}

static void set_verdict(struct gm_rbdiff_row *r)
{
	double larger = fmax((double)r->side[0].p50_ns, (double)r->side[1].p50_ns);

	if (r->verdict != GM_RBDIFF_NOISE || r->p_holm >= GM_DIFF_P)
		return;
	if (fabs(gm_rbdiff_change_ns(r)) < GM_RBDIFF_LEAST * larger)
		return;
	if (r->test.effect >= GM_DIFF_EFFECT)
		r->verdict = GM_RBDIFF_GREW;
	else if (r->test.effect <= 1 - GM_DIFF_EFFECT)
		r->verdict = GM_RBDIFF_SHRANK;
}

/* Return the quantities in the order of the text: sums, then lines as they happen. */
static unsigned int nth_quantity(unsigned int i)
{
	if (i < GM_RQ_OLD)
		return i;
	return (i < GM_RQ_NEW ? GM_RQ_OLD : GM_RQ_NEW) + gm_reboot_order[(i - GM_RQ_OLD) % GM_LINE_NR];
}

static int make_rows(struct gm_rbdiff *d, uint64_t *sorted, double *values[2])
{
	int err = 0;

	for (unsigned int q = 0; q < GM_RQ_REST && !err; q++) {
		struct gm_rbdiff_row *r = &d->row[d->nr];

		memset(r, 0, sizeof(*r));
		r->quantity = nth_quantity(q);
		err = test_row(d, r, sorted, values);
		d->nr += is_shown(r);
	}
	return err;
}

int gm_rbdiff_make(struct gm_rbdiff *d, const struct gm_rbdiff_side *a, const struct gm_rbdiff_side *b)
{
	size_t most = (a->nr > b->nr ? a->nr : b->nr) + 1;
	uint64_t *sorted = calloc(most, sizeof(*sorted));
	double *values[2] = { calloc(most, sizeof(double)), calloc(most, sizeof(double)) };
	int err = sorted && values[0] && values[1] ? 0 : -ENOMEM;

	*d = (struct gm_rbdiff){ .side = { a, b } };
	if (!err)
		err = make_rows(d, sorted, values);
	if (!err)
		err = correct_p_values(d);
	for (unsigned int i = 0; i < d->nr && !err; i++)
		set_verdict(&d->row[i]);
	free(sorted);
	free(values[0]);
	free(values[1]);
	return err;
}

const struct gm_rbdiff_row *gm_rbdiff_find(const struct gm_rbdiff *d, unsigned int quantity)
{
	for (unsigned int i = 0; i < d->nr; i++)
		if (d->row[i].quantity == quantity)
			return &d->row[i];
	return NULL;
}

double gm_rbdiff_change_ns(const struct gm_rbdiff_row *r)
{
	return (double)r->side[1].p50_ns - (double)r->side[0].p50_ns;
}

double gm_rbdiff_change_percent(const struct gm_rbdiff_row *r)
{
	return r->side[0].p50_ns ? 100 * gm_rbdiff_change_ns(r) / (double)r->side[0].p50_ns : NAN;
}

bool gm_rbdiff_is_tested(const struct gm_rbdiff_row *r)
{
	return r->verdict != GM_RBDIFF_NA && r->verdict != GM_RBDIFF_TOO_FEW;
}

const char *gm_rbdiff_verdict_name(enum gm_rbdiff_verdict v)
{
	static const char *const names[] = { "noise", "grew", "shrank", "too_few", "na" };

	return v < GM_ARRAY_SIZE(names) ? names[v] : "?";
}
