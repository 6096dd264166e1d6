/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* top_meters.h - the header's meters, bars of '|', and what is unusual. For top*.c only. */
#ifndef GM_TOP_TOP_METERS_H
#define GM_TOP_TOP_METERS_H

#include "top/top_int.h"

#define GM_METERS_MIN	64	/* columns: on a narrower page the header is plain text */
#define GM_LOW_LINES	16	/* lines: on a lower page the header is one line and a warning */
#define GM_EXTRA_MIN	160	/* columns: on a wider page, phases are beside the memory's columns */
#define GM_UNUSUAL	'!'	/* first character of a value that is unusual, beside its colour */

/* Adds resident memory, nodes and rates as bars and histories. Needs GM_METERS_MIN columns. */
void gm_top_meters(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);
/* Adds the number of machines, VMs and inodes, and the age of the list of VMs. */
void gm_top_counts(const struct gm_model *m, struct gm_items *it);
/* Adds the overhead of gmemtop; nothing while it is unknown. */
void gm_top_overhead(const struct gm_top_cost *c, struct gm_items *it);
/* Return true if t's page is too low for more than one header line. */
bool gm_top_is_low(const struct gm_top *t);

/*
 * Writes one character for each value, scaled to most, into buf; needs 3 * nr + 1 bytes. Return buf. A value above 0 is
 * always visible.
 */
char *gm_top_spark(char *buf, const double *v, unsigned int nr, double most, bool ascii);
/* Writes a bar of at most width '|' for a share of 0 to 1. A share above 0 has at least one. Return their number. */
unsigned int gm_top_fill(char *buf, unsigned int width, double share);

/* ---- unusual values (top_unusual.c) ---- */

/*
 * Return true if a quantile of a phase over the last GM_HEAT_WINDOW ticks is at least twice that of the machine's own
 * ticks before, of which GM_HISTORY are kept; false where too little was counted to say so.
 */
bool gm_top_is_slow(const struct gm_model *m, const struct gm_machine *mc, unsigned int phase, double quantile);
/*
 * Return true if memory was freed over the rates that are kept, but less than half of what was allocated: it grows.
 * history: a ring of GM_HISTORY, of which nr were ever written.
 */
bool gm_top_frees_slower(const struct gm_rates *history, uint64_t nr);

#endif
