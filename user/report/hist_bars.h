/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* hist_bars.h - a histogram as about a dozen bars, for text and screens. No memory is allocated, nothing can fail. */
#ifndef GM_REPORT_HIST_BARS_H
#define GM_REPORT_HIST_BARS_H

#include <stddef.h>
#include "base/hist.h"

/* Bars of a histogram: neighbouring slots merged, from the first to the last that has a count. */
#define GM_BARS_MAX	(GM_HIST_SLOTS + 1)
struct gm_bars {
	unsigned int nr;
	uint64_t most;			/* the highest count */
	struct gm_bar {
		uint64_t lo_ns, hi_ns;	/* lo < v <= hi; 0: no lower bound, UINT64_MAX: no upper one */
		uint64_t count;
	} at[GM_BARS_MAX];
};
/*
 * Merge a histogram's slots into bars. slots: number of slots in a bar, a divisor of GM_HIST_PER_OCTAVE or that itself
 * (octaves).
 */
void gm_bars_make(const struct gm_hist *h, unsigned int slots, struct gm_bars *out);
/* Return how many slots to merge for at most `bars` bars, as fine as possible; octaves at the coarsest. */
unsigned int gm_bars_slots(const struct gm_hist *h, unsigned int bars);
/* Write a bar's range, "30.5us - 61.0us", 15 columns; size >= 24. Returns buf. */
char *gm_bar_label(const struct gm_bar *b, char *buf, size_t size);

#endif
