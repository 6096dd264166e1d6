// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hist_bars.c - merges slots into bars. Percentiles need eight slots an octave, a reader a dozen bars. Merging keeps
 * every count, and the bounds of a bar are bounds of slots.
 */

#include "report/hist_bars.h"

#include <stdbool.h>
#include "base/fmt.h"

#include <stdio.h>

#define LAST (GM_HIST_SLOTS - 1)

/* Return the bar of a slot: 0 is the underflow alone, the overflow has its own after the last octave. */
static unsigned int bar_of(unsigned int slot, unsigned int slots)
{
	return slot ? 1 + (slot - 1) / slots : 0;
}

/* Find the first and the last slot with a count. False: there is none. */
static bool find_nonempty(const struct gm_hist *h, unsigned int *first, unsigned int *last)
{
	*first = GM_HIST_SLOTS;
	for (unsigned int s = 0; s < GM_HIST_SLOTS; s++) {
		if (!h->slot[s])
			continue;
		*first = *first == GM_HIST_SLOTS ? s : *first;
		*last = s;
	}
	return *first < GM_HIST_SLOTS;
}

unsigned int gm_bars_slots(const struct gm_hist *h, unsigned int bars)
{
	unsigned int first, last, slots = 1;

	if (!find_nonempty(h, &first, &last))
		return GM_HIST_PER_OCTAVE;
	while (slots < GM_HIST_PER_OCTAVE && bar_of(last, slots) - bar_of(first, slots) >= bars)
		slots *= 2;
	return slots;
}

void gm_bars_make(const struct gm_hist *h, unsigned int slots, struct gm_bars *out)
{
	unsigned int first, last;

	out->nr = 0;
	out->most = 0;
	if (!find_nonempty(h, &first, &last))
		return;
	for (unsigned int n = bar_of(first, slots); n <= bar_of(last, slots); n++) {
		unsigned int from = n ? (n - 1) * slots + 1 : 0, to = n ? n * slots : 0;
		struct gm_bar *b = &out->at[out->nr++];

		to = to > LAST ? LAST : to;
		*b = (struct gm_bar){ .lo_ns = from ? gm_hist_upper_ns(from - 1) : 0, .hi_ns = gm_hist_upper_ns(to) };
		for (unsigned int s = from; s <= to; s++)
			b->count += h->slot[s];
		out->most = b->count > out->most ? b->count : out->most;
	}
}

char *gm_bar_label(const struct gm_bar *b, char *buf, size_t size)
{
	char lo[8], hi[8];

	gm_fmt_ns(lo, sizeof(lo), b->lo_ns);
	gm_fmt_ns(hi, sizeof(hi), b->hi_ns);
	if (!b->lo_ns)
		snprintf(buf, size, "       - %6s", hi);
	else if (b->hi_ns == UINT64_MAX)
		snprintf(buf, size, "%6s -       ", lo);
	else
		snprintf(buf, size, "%6s - %6s", lo, hi);
	return buf;
}
