// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* hist_diff.c - compares two recordings: units, tests and verdict. Output: hist_diff_out.c. */
#include "base/grow.h"
#include "report/hist_diff.h"
#include "model/observe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct gm_hist none;

/* ---- one side ---- */

int gm_diff_open(struct gm_diff_side *s, const char *want)
{
	return gm_histview_new(&s->view, GM_BY_HOST, want);
}

static int push_mean(struct gm_means *v, double mean)
{
	if (gm_grow(v->at, v->nr, 1, v->cap))
		return -ENOMEM;
	v->at[v->nr++] = mean;
	return 0;
}

int gm_diff_tick(void *side, const struct gm_model *m)
{
	struct gm_diff_side *s = side;
	struct gm_picture p;
	int err = gm_histview_gains(s->view, m, &p);

	if (err)
		return err;
	for (unsigned int i = 0; i < GM_PHASE_NR && p.nr && !err; i++) {
		const struct gm_hist *h = p.at[0].phase[i];

		if (h && h->count)
			err = push_mean(&s->mean[i], (double)h->sum_ns / (double)h->count);
	}
	gm_picture_release(&p);
	return err;
}

int gm_diff_end(struct gm_diff_side *s)
{
	struct gm_picture p;
	int err = gm_histview_totals(s->view, s->m, &p);

	if (err)
		return err;
	if (p.nr) {
		memcpy(s->phase, p.at[0].phase, sizeof(s->phase));
		memset(p.at[0].phase, 0, sizeof(p.at[0].phase));
	}
	gm_picture_release(&p);
	return 0;
}

void gm_diff_release(struct gm_diff_side *s)
{
	for (unsigned int i = 0; i < GM_PHASE_NR; i++) {
		free(s->phase[i]);
		free(s->mean[i].at);
	}
	gm_histview_free(s->view);
	gm_model_free(s->m);
	memset(s, 0, sizeof(*s));
}

/* ---- the comparison ---- */

static const struct gm_hist *hist_of(const struct gm_diff_side *s, unsigned int phase)
{
	return s->phase[phase] ? s->phase[phase] : &none;
}

/* Test operations by their slots; b's operations are moved by `shift` slots. */
static void test_slots(const struct gm_hist *a, const struct gm_hist *b, int shift, struct gm_rank_test *out)
{
	struct gm_tie tie[GM_HIST_SLOTS + 2];

	for (int i = 0; i < GM_HIST_SLOTS + 2; i++) {
		int sa = i - 1, sb = i - 1 - shift;

		tie[i] = (struct gm_tie){
			.value = i,
			.a = sa >= 0 && sa < GM_HIST_SLOTS ? a->slot[sa] : 0,
			.b = sb >= 0 && sb < GM_HIST_SLOTS ? b->slot[sb] : 0,
		};
	}
	gm_rank_test(tie, GM_ARRAY_SIZE(tie), out);
}

static bool is_effect_robust(const struct gm_rank_test *t, const struct gm_hist *a, const struct gm_hist *b)
{
	struct gm_rank_test closer;

	test_slots(a, b, t->effect > 0.5 ? -1 : 1, &closer);
	return t->effect > 0.5 ? closer.effect > 0.5 : closer.effect < 0.5;
}

static void set_verdict(const struct gm_diff_side *a, const struct gm_diff_side *b, struct gm_diff_row *r)
{
	const struct gm_rank_test *t = &r->test;

	if (r->verdict != GM_DIFF_NOISE || r->p_holm >= GM_DIFF_P)
		return;
	if (t->effect < GM_DIFF_EFFECT && t->effect > 1 - GM_DIFF_EFFECT)
		return;
	if (!r->intervals && !is_effect_robust(t, hist_of(a, r->phase), hist_of(b, r->phase)))
		return;
	r->verdict = t->effect > 0.5 ? GM_DIFF_SLOWER : GM_DIFF_FASTER;
}

static int test_phase(const struct gm_diff_side *a, const struct gm_diff_side *b, struct gm_diff_row *r)
{
	const struct gm_means *ma = &a->mean[r->phase], *mb = &b->mean[r->phase];
	const struct gm_hist *ha = hist_of(a, r->phase), *hb = hist_of(b, r->phase);

	r->intervals = ma->nr >= GM_DIFF_UNITS && mb->nr >= GM_DIFF_UNITS;
	r->p_holm = 1;
	if (r->intervals) {
		if (gm_rank_test_values(ma->at, ma->nr, mb->at, mb->nr, &r->test))
			return -ENOMEM;
	} else {
		test_slots(ha, hb, 0, &r->test);
	}
	if ((r->na[0] && !ha->count) || (r->na[1] && !hb->count))
		r->verdict = GM_DIFF_NA;
	else if (ha->count < GM_DIFF_UNITS || hb->count < GM_DIFF_UNITS)
		r->verdict = GM_DIFF_TOO_FEW;
	else
		r->verdict = GM_DIFF_NOISE;
	return 0;
}

/* Correct p by Holm, over the phases that were tested. */
static int correct_p_values(struct gm_diff_row *rows, unsigned int nr)
{
	double p[GM_PHASE_NR];
	unsigned int n = 0;
	int err;

	for (unsigned int i = 0; i < nr; i++)
		if (rows[i].verdict == GM_DIFF_NOISE)
			p[n++] = rows[i].test.p;
	err = gm_holm(p, n);
	n = 0;
	for (unsigned int i = 0; i < nr && !err; i++)
		if (rows[i].verdict == GM_DIFF_NOISE)
			rows[i].p_holm = p[n++];
	return err;
}

int gm_diff_make(const struct gm_diff_side *a, const struct gm_diff_side *b, uint32_t phases, struct gm_diff_row *rows,
		 unsigned int *nr)
{
	int err = 0;

	*nr = 0;
	for (unsigned int p = 0; p < GM_PHASE_NR && !err; p++) {
		struct gm_diff_row *r = &rows[*nr];

		if (!(phases >> p & 1) || (!hist_of(a, p)->count && !hist_of(b, p)->count))
			continue;
		*r = (struct gm_diff_row){ .phase = p,
					   .na = { gm_phase_no_data_why(a->m, p), gm_phase_no_data_why(b->m, p) } };
		err = test_phase(a, b, r);
		++*nr;
	}
	if (!err)
		err = correct_p_values(rows, *nr);
	for (unsigned int i = 0; i < *nr && !err; i++)
		set_verdict(a, b, &rows[i]);
	return err;
}
