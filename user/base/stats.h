/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * stats.h - is the difference between two samples more than noise? Pure functions over numbers.
 *
 * The test is the rank sum of Mann and Whitney (1947): latencies are skewed and heavy-tailed, so ranks are compared,
 * not means. Normal approximation with the correction for ties (bucketed values are nearly all ties) and for
 * continuity. Size of the effect: Vargha and Delaney's (2000) measure of superiority. Several tests at once: Holm
 * (1979).
 */
#ifndef GM_BASE_STATS_H
#define GM_BASE_STATS_H

#include <stddef.h>
#include <stdint.h>

/* Of an even number the mean of the middle two; 0 of none. Sorts v. */
uint64_t gm_median(uint64_t *v, size_t nr);
/*
 * Times of a few runs in one cell: their median, or of fewer than GM_MEDIAN_MIN, which have none worth the name, the
 * least and the most ("1.2ms..3.4ms"). "-" of none. Sorts v; returns buf.
 */
#define GM_MEDIAN_MIN	5
#define GM_MIDDLE_LEN	20	/* bytes that it takes at most */
char *gm_fmt_middle(char *buf, size_t size, uint64_t *v, size_t nr);

/* One value and how often it is in either sample. */
struct gm_tie {
	double value;
	uint64_t a, b;
};

struct gm_rank_test {
	uint64_t n_a, n_b;
	double u;		/* pairs in which b is the larger one; equal ones count half */
	double effect;		/* P(b > a) + P(b = a) / 2: 0.5 no tendency, 1 all of b above all of a */
	double z;		/* of u; 0 where there is no variance (one value, or an empty sample) */
	double p;		/* two-sided; 1 likewise */
};

/* ties: ascending values, each once. An empty sample gives effect 0.5 and p 1. */
void gm_rank_test(const struct gm_tie *ties, size_t nr, struct gm_rank_test *out);
/* The same for values as they come (NaN is not allowed). 0 or -ENOMEM. */
int gm_rank_test_values(const double *a, size_t n_a, const double *b, size_t n_b, struct gm_rank_test *out);
/*
 * Holm's step-down correction, in place: afterwards p[i] < alpha for all i that may be called significant while the
 * chance of even one false call among all nr stays below alpha. 0 or -ENOMEM.
 */
int gm_holm(double *p, size_t nr);

#endif
