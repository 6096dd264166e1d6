/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * stats.h - statistics for reports: medians, and tests whether the difference between two samples is more than noise.
 * Pure functions over numbers; the only error is -ENOMEM, not reported.
 *
 * The test is the rank sum of Mann and Whitney (1947): latencies are skewed and heavy-tailed, so it compares ranks, not
 * means. It uses the normal approximation with the corrections for ties (bucketed values are nearly all ties) and for
 * continuity. The size of an effect is Vargha and Delaney's (2000) measure of superiority. Several tests at once are
 * corrected by Holm (1979).
 */
#ifndef GM_BASE_STATS_H
#define GM_BASE_STATS_H

#include <stddef.h>
#include <stdint.h>

/* Returns the median: of an even number of values the mean of the middle two; 0 of none. Sorts v. */
uint64_t gm_median(uint64_t *v, size_t nr);
/*
 * Formats the times of a few runs for one cell: their median, or the least and the most ("1.2ms..3.4ms") of fewer than
 * GM_MEDIAN_MIN, whose median means little. "-" of none. Sorts v; returns buf.
 */
#define GM_MEDIAN_MIN	5
#define GM_FMT_MEDIAN_LEN	20	/* size of a buffer that is always large enough */
char *gm_fmt_median(char *buf, size_t size, uint64_t *v, size_t nr);

/* A value, and its number in each sample. */
struct gm_tie {
	double value;
	uint64_t a, b;
};

struct gm_rank_test {
	uint64_t n_a, n_b;
	double u;		/* pairs in which b is larger; equal ones count half */
	double effect;		/* P(b > a) + P(b = a) / 2: 0.5 no tendency, 1 all of b above all of a */
	double z;		/* standard score of u; 0 without variance (one value, or an empty sample) */
	double p;		/* two-sided; 1 without variance */
};

/* Tests two samples. ties: ascending values, each once. An empty sample gives effect 0.5 and p 1. */
void gm_rank_test(const struct gm_tie *ties, size_t nr, struct gm_rank_test *out);
/* Tests two samples of values in any order; NaN is not allowed. 0 or -ENOMEM. */
int gm_rank_test_values(const double *a, size_t n_a, const double *b, size_t n_b, struct gm_rank_test *out);
/*
 * Corrects p values by Holm's step-down method, in place: afterwards p[i] < alpha for each i that may be called
 * significant while the chance of even one false call among all nr stays below alpha. 0 or -ENOMEM.
 */
int gm_holm(double *p, size_t nr);

#endif
