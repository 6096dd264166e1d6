/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* top_cost.h - what gmemtop costs, for its screen. */
#ifndef GM_TOP_TOP_COST_H
#define GM_TOP_TOP_COST_H

#include "session/session.h"
#include "top/top.h"

struct gm_cost_before { uint64_t ns, cpu_ns, progs_ns; };	/* at the look before; zeroed */

/*
 * A look of a live session is done: what it cost since the one before, from the process' own times and the programs
 * that it told of.
 */
void gm_cost_top(const struct gm_session *s, struct gm_cost_before *b, struct gm_top_cost *c);

#endif
