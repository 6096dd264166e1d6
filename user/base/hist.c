// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* hist.c - sums histograms and computes quantiles. bpf/gm_hist.h finds a value's slot. */
#include "base/hist.h"

#include <string.h>

/* 2^(-1/16): from a slot's upper bound down to its geometric middle. */
#define HALF_SLOT	0.95760328069857364694

void gm_hist_add(struct gm_hist *h, uint64_t ns)
{
	if (!h->count || ns < h->min_ns)
		h->min_ns = ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
	h->slot[gm_hist_slot(ns)]++;
	h->sum_ns += ns;
	h->count++;
}

void gm_hist_tables(uint16_t fine[GM_SLOT_FINE], uint16_t coarse[GM_SLOT_COARSE])
{
	unsigned int i;

	for (i = 0; i < GM_SLOT_FINE; i++)
		fine[i] = (uint16_t)gm_hist_slot(i);
	for (i = 0; i < GM_SLOT_COARSE; i++)
		coarse[i] = (uint16_t)gm_hist_slot(64ULL * i);
}

void gm_hist_merge(struct gm_hist *dst, const struct gm_hist *src)
{
	unsigned int i;

	dst->untimed += src->untimed;
	if (!src->count)
		return;
	if (!dst->count || src->min_ns < dst->min_ns)
		dst->min_ns = src->min_ns;
	if (src->max_ns > dst->max_ns)
		dst->max_ns = src->max_ns;
	for (i = 0; i < GM_HIST_SLOTS; i++)
		dst->slot[i] += src->slot[i];
	dst->sum_ns += src->sum_ns;
	dst->count += src->count;
}

/* Returns the rank of quantile q, from 1. The tolerance keeps 0.07 * 100 = 7.000000000000001 from becoming 8. */
static uint64_t quantile_rank(double q, uint64_t count)
{
	double x = q * (double)count;
	uint64_t rank;

	if (!(q > 0))
		return 1;
	if (q >= 1 || x >= (double)count)
		return count;
	rank = (uint64_t)x;
	if (x - (double)rank > x * 1e-12)
		rank++;
	return rank ? rank : 1;
}

/*
 * Returns the geometric middle of a slot. Low bounds are rounded to a whole nanosecond, which is a large error for
 * them, so the middle is computed from the bound some octaves above and scaled down.
 */
static uint64_t slot_middle_ns(unsigned int slot)
{
	unsigned int up = (GM_HIST_BOUNDS - 1 - slot) / GM_HIST_PER_OCTAVE;

	return (uint64_t)((double)gm_hist_bounds[slot + GM_HIST_PER_OCTAVE * up] * HALF_SLOT / (double)(1ULL << up) +
			  0.5);
}

static uint64_t clamp_ns(uint64_t v, uint64_t min, uint64_t max)
{
	if (v > max)
		v = max;
	return v < min ? min : v;
}

uint64_t gm_hist_value_ns(const struct gm_hist *h, unsigned int slot)
{
	if (slot >= GM_HIST_SLOTS - 1)
		return h->max_ns;
	return clamp_ns(slot ? slot_middle_ns(slot) : gm_hist_bounds[0], h->min_ns, h->max_ns);
}

uint64_t gm_hist_quantile(const struct gm_hist *h, double q)
{
	uint64_t rank, seen = 0;
	unsigned int i;

	if (!h->count)
		return 0;
	rank = quantile_rank(q, h->count);
	for (i = 0; i < GM_HIST_SLOTS - 1; i++) {
		seen += h->slot[i];
		if (seen >= rank)
			break;
	}
	return gm_hist_value_ns(h, i);
}

/*
 * Sets the extremes of a gain. A minimum or maximum that changed since prev is exact; else the bound of the outermost
 * slot that gained stands for it.
 */
static void set_gain_extremes(struct gm_hist *dst, const struct gm_hist *now, const struct gm_hist *prev)
{
	unsigned int lo = 0, hi = GM_HIST_SLOTS - 1;

	while (!dst->slot[lo])
		lo++;
	while (!dst->slot[hi])
		hi--;
	dst->min_ns = now->min_ns;
	dst->max_ns = now->max_ns;
	if (prev->count && now->min_ns >= prev->min_ns)
		dst->min_ns = clamp_ns(lo ? gm_hist_bounds[lo - 1] + 1 : 0, now->min_ns, now->max_ns);
	if (prev->count && now->max_ns <= prev->max_ns && hi < GM_HIST_SLOTS - 1)
		dst->max_ns = clamp_ns(gm_hist_bounds[hi], dst->min_ns, now->max_ns);
}

void gm_hist_gain(struct gm_hist *dst, const struct gm_hist *now, const struct gm_hist *prev)
{
	memset(dst, 0, sizeof(*dst));
	dst->untimed = now->untimed > prev->untimed ? now->untimed - prev->untimed : 0;
	for (unsigned int i = 0; i < GM_HIST_SLOTS; i++) {
		dst->slot[i] = now->slot[i] > prev->slot[i] ? now->slot[i] - prev->slot[i] : 0;
		dst->count += dst->slot[i];
	}
	if (!dst->count)
		return;
	dst->sum_ns = now->sum_ns > prev->sum_ns ? now->sum_ns - prev->sum_ns : 0;
	set_gain_extremes(dst, now, prev);
}

uint64_t gm_hist_upper_ns(unsigned int slot)
{
	return slot < GM_HIST_BOUNDS ? gm_hist_bounds[slot] : UINT64_MAX;
}
