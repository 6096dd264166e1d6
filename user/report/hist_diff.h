/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hist_diff.h - shows phase by phase whether recording B is slower or faster than A by more than noise.
 *
 * Method. Rank sum test of Mann and Whitney (1947), two-sided, corrected for ties and, over the phases compared, by
 * Holm (1979). Ranked units:
 * - intervals, where both recordings have at least GM_DIFF_UNITS ticks in which the phase counted something: the
 *   mean of each tick. Operations of one run are not independent (a busy second makes all its faults slow), so an
 *   operation is no sample; a tick's mean nearly is;
 * - operations otherwise, by their slots: p is then too small, as if each were a run of its own.
 * "slower" or "faster" needs all of
 * - p (Holm) below 0.01;
 * - an effect, P(B > A) + P(B = A) / 2, of at least 0.56 or at most 0.44: the least that Vargha and Delaney (2000) call
 *   small. With a million operations every difference is significant, however useless;
 * - operations only: the effect stays on its side of 0.5 when all of B moves one slot towards A. Slots are 9 % wide,
 *   and values in neighbouring slots may differ by a nanosecond. Means of ticks are exact and need no such rule.
 * Limit. The noise is the variation within each recording, not the variation from run to run (another load on the host,
 * another boot): two runs of the same thing on a busy host may rightly be found different. Only several runs of each
 * show whether the kernel was the cause. Successive ticks are not fully independent, either.
 *
 * Life cycle: for both sides gm_diff_open(), gm_diff_tick() at each tick, gm_diff_end(); then gm_diff_make(), output,
 * gm_diff_release() for both sides. Errors: -ENOMEM only.
 */
#ifndef GM_REPORT_HIST_DIFF_H
#define GM_REPORT_HIST_DIFF_H

#include "base/str.h"
#include "base/stats.h"
#include "report/hist_report.h"

#define GM_DIFF_UNITS	8
#define GM_DIFF_P	0.01
#define GM_DIFF_EFFECT	0.56

/*
 * One recording. Zero it, set name, call gm_diff_open(); release it in any state. m is set by the caller before
 * gm_diff_end(), and freed with the side.
 */
struct gm_diff_side {
	const char *name;
	struct gm_model *m;			/* NULL until set */
	struct gm_histview *view;
	struct gm_hist *phase[GM_PHASE_NR];	/* NULL: nothing */
	/* means of the ticks that counted something */
	struct gm_means { double *at; size_t nr, cap; } mean[GM_PHASE_NR];
};
int gm_diff_open(struct gm_diff_side *s, const char *want); /* want: --vm's. 0 or -ENOMEM */
int gm_diff_tick(void *side, const struct gm_model *m);	    /* at each tick. 0 or -ENOMEM */
int gm_diff_end(struct gm_diff_side *s);		    /* after the last tick. 0 or -ENOMEM */
void gm_diff_release(struct gm_diff_side *s);		    /* frees s->m, too */

enum gm_verdict { GM_DIFF_NOISE, GM_DIFF_SLOWER, GM_DIFF_FASTER, GM_DIFF_TOO_FEW, GM_DIFF_NA };
struct gm_diff_row {
	unsigned int phase;
	const char *na[2];		/* why a side cannot show the phase; NULL: it can */
	bool intervals;			/* the unit tested */
	struct gm_rank_test test;
	double p_holm;
	enum gm_verdict verdict;
};
/* Compare two sides. rows[GM_PHASE_NR] gets those of `phases` that either side counted. 0 or -ENOMEM. */
int gm_diff_make(const struct gm_diff_side *a, const struct gm_diff_side *b, uint32_t phases, struct gm_diff_row *rows,
		 unsigned int *nr);
/* Append the comparison as text, or as JSON lines; lack of memory is in out->err. */
void gm_diff_text(struct gm_str *out, const struct gm_diff_side *a, const struct gm_diff_side *b,
		  const struct gm_diff_row *rows, unsigned int nr);
void gm_diff_json(struct gm_str *out, const struct gm_diff_side *a, const struct gm_diff_side *b,
		  const struct gm_diff_row *rows, unsigned int nr);

#endif
