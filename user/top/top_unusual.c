// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * top_unusual.c - what is unusual of a machine: judged against its own last minutes, since machines differ more from
 * one another than from their past.
 */
#include "top/top_meters.h"

#define RECENT_LEAST	20	/* counts, below which a quantile is chance */
#define BEFORE_LEAST	200
#define OCTAVES_MORE	2	/* an octave's bounds differ by a factor of 2: two more are at least twice the time */

struct octaves {
	uint64_t count[GM_HEAT_OCTAVES], total;
};

static void add_tick(struct octaves *o, const uint16_t *cells)
{
	for (unsigned int i = 0; cells && i < GM_HEAT_OCTAVES; i++) {
		o->count[i] += cells[i];
		o->total += cells[i];
	}
}

/* Return the octave that has the quantile. */
static unsigned int quantile_octave(const struct octaves *o, double quantile)
{
	uint64_t seen = 0;

	for (unsigned int i = 0; i < GM_HEAT_OCTAVES; i++) {
		seen += o->count[i];
		if ((double)seen >= quantile * (double)o->total)
			return i;
	}
	return GM_HEAT_OCTAVES - 1;
}

bool gm_top_is_slow(const struct gm_model *m, const struct gm_machine *mc, unsigned int phase, double quantile)
{
	const struct gm_heat *heat = phase < GM_PHASE_NR ? mc->heat[phase] : NULL;
	struct octaves recent = { 0 }, before = { 0 };

	for (unsigned int ago = 0; heat && ago < GM_HISTORY; ago++)
		add_tick(ago < GM_HEAT_WINDOW ? &recent : &before, gm_heat_at(m, heat, ago));
	if (recent.total < RECENT_LEAST || before.total < BEFORE_LEAST)
		return false;
	return quantile_octave(&recent, quantile) >= quantile_octave(&before, quantile) + OCTAVES_MORE;
}

bool gm_top_frees_slower(const struct gm_rates *history, uint64_t nr)
{
	double allocated = 0, freed = 0;

	for (uint64_t i = 0; i < GM_HISTORY && i < nr; i++) {
		allocated += history[i].alloc_pages;
		freed += history[i].free_pages;
	}
	return nr >= GM_HEAT_WINDOW && freed > 0 && freed < allocated / 2;
}
