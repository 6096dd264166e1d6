/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hist.h - a latency histogram in user space. bpf/gm_hist.h defines its layout and slots. A zeroed struct is an empty
 * histogram. Nothing here allocates or fails.
 */
#ifndef GM_BASE_HIST_H
#define GM_BASE_HIST_H

#include <stdint.h>
#include "gm_hist.h"

struct gm_hist {
	uint64_t count;			/* sum of slot[]: values with a known time */
	/* events without a known time: not in count, nor in the fields below */
	uint64_t untimed;
	uint64_t sum_ns;
	uint64_t min_ns, max_ns;	/* 0 with count 0 */
	uint64_t slot[GM_HIST_SLOTS];
};

/* Adds a value of ns. */
void gm_hist_add(struct gm_hist *h, uint64_t ns);
/* Returns the number of events, timed or not. */
static inline uint64_t gm_hist_total(const struct gm_hist *h)
{
	return h->count + h->untimed;
}
/* Fills the tables of gm_hist_slot_quick(). */
void gm_hist_tables(uint16_t fine[GM_SLOT_FINE], uint16_t coarse[GM_SLOT_COARSE]);
/* Adds src to dst. */
void gm_hist_merge(struct gm_hist *dst, const struct gm_hist *src);
/*
 * Returns the q-quantile (0 <= q <= 1) in ns: of the slot that holds the ceil(q * count)-th smallest value, the
 * geometric middle, limited to [min_ns, max_ns]. The result is within 4.4 % (and half a ns) of the true order
 * statistic. The underflow slot gives its bound, the overflow slot max_ns. 0 if count is 0.
 */
uint64_t gm_hist_quantile(const struct gm_hist *h, double q);
/*
 * Returns the time that stands for the values of a slot: the slot's geometric middle, limited to [min_ns, max_ns]; it
 * is within 4.4 % of each value. The underflow slot gives its bound, the overflow slot max_ns.
 */
uint64_t gm_hist_value_ns(const struct gm_hist *h, unsigned int slot);
/*
 * *dst = now - prev: what one histogram gained since prev. A new minimum or maximum is exact, else the bound of the
 * outermost slot that gained stands for it. A slot that shrank (two different histograms) counts as 0.
 */
void gm_hist_gain(struct gm_hist *dst, const struct gm_hist *now, const struct gm_hist *prev);
/* Inclusive upper bound of a slot in ns (rounded down); UINT64_MAX for the overflow slot. */
uint64_t gm_hist_upper_ns(unsigned int slot);

#endif
