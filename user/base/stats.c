// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * stats.c - rank test and Holm's correction. Counts may be large (10^12 faults), so sums are doubles, whose relative
 * error of 10^-16 a step is far below any difference that matters here.
 */
#include "base/stats.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/fmt.h"

static int compare_numbers(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return (a > b) - (a < b);
}

uint64_t gm_median(uint64_t *v, size_t nr)
{
	uint64_t low, high;

	if (!nr)
		return 0;
	qsort(v, nr, sizeof(*v), compare_numbers);
	low = v[(nr - 1) / 2];
	high = v[nr / 2];
	return low + (high - low) / 2;
}

char *gm_fmt_median(char *buf, size_t size, uint64_t *v, size_t nr)
{
	uint64_t median = gm_median(v, nr);
	char least[8], most[8];

	if (!nr) {
		snprintf(buf, size, "-");
		return buf;
	}
	if (nr >= GM_MEDIAN_MIN)
		return gm_fmt_ns(buf, size, median);
	gm_fmt_ns(least, sizeof(least), v[0]);
	gm_fmt_ns(most, sizeof(most), v[nr - 1]);
	snprintf(buf, size, "%s%s%s", least, strcmp(least, most) ? ".." : "", strcmp(least, most) ? most : "");
	return buf;
}

/* Returns the variance of u under chance, corrected for ties. */
static double u_variance(double n_a, double n_b, double cubes)
{
	double n = n_a + n_b;

	return n > 1 ? n_a * n_b / 12 * (n + 1 - cubes / (n * (n - 1))) : 0;
}

static void compute_p(struct gm_rank_test *t, double cubes)
{
	double n_a = (double)t->n_a, n_b = (double)t->n_b;
	double off = t->u - n_a * n_b / 2, var = u_variance(n_a, n_b, cubes);

	t->effect = t->u / (n_a * n_b);
	if (var <= 0)
		return;
	/* continuity correction: u moves in steps of a half or one */
	off = fabs(off) > 0.5 ? off - copysign(0.5, off) : 0;
	t->z = off / sqrt(var);
	t->p = erfc(fabs(t->z) / M_SQRT2);
}

void gm_rank_test(const struct gm_tie *ties, size_t nr, struct gm_rank_test *out)
{
	double below = 0, cubes = 0;

	*out = (struct gm_rank_test){ .effect = 0.5, .p = 1 };
	for (size_t i = 0; i < nr; i++) {
		double a = (double)ties[i].a, b = (double)ties[i].b, t = a + b;

		out->u += b * (below + a / 2);
		cubes += t * t * t - t;
		below += a;
		out->n_a += ties[i].a;
		out->n_b += ties[i].b;
	}
	if (out->n_a && out->n_b)
		compute_p(out, cubes);
}

static int compare_values(const void *x, const void *y)
{
	double a = ((const struct gm_tie *)x)->value, b = ((const struct gm_tie *)y)->value;

	return (a > b) - (a < b);
}

/* Merges neighbours of equal value. Returns the number of values left. */
static size_t merge_equal(struct gm_tie *t, size_t nr)
{
	size_t n = 0;

	for (size_t i = 0; i < nr; i++) {
		if (n && t[n - 1].value == t[i].value) {
			t[n - 1].a += t[i].a;
			t[n - 1].b += t[i].b;
		} else {
			t[n++] = t[i];
		}
	}
	return n;
}

int gm_rank_test_values(const double *a, size_t n_a, const double *b, size_t n_b, struct gm_rank_test *out)
{
	struct gm_tie *t = calloc(n_a + n_b + 1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	for (size_t i = 0; i < n_a; i++)
		t[i] = (struct gm_tie){ .value = a[i], .a = 1 };
	for (size_t i = 0; i < n_b; i++)
		t[n_a + i] = (struct gm_tie){ .value = b[i], .b = 1 };
	qsort(t, n_a + n_b, sizeof(*t), compare_values);
	gm_rank_test(t, merge_equal(t, n_a + n_b), out);
	free(t);
	return 0;
}

static int compare_p(const void *x, const void *y)
{
	double a = **(double *const *)x, b = **(double *const *)y;

	return (a > b) - (a < b);
}

int gm_holm(double *p, size_t nr)
{
	double **order = calloc(nr + 1, sizeof(*order)), least = 0;

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		order[i] = &p[i];
	qsort(order, nr, sizeof(*order), compare_p);
	for (size_t i = 0; i < nr; i++) {
		double adjusted = fmin(1, *order[i] * (double)(nr - i));

		least = fmax(least, adjusted);
		*order[i] = least;
	}
	free(order);
	return 0;
}
