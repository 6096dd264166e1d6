/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* top_cost.h - the overhead of gmemtop, for its display. */
#ifndef GM_TOP_TOP_COST_H
#define GM_TOP_TOP_COST_H

#include "session/session.h"
#include "top/top.h"

struct gm_top_cost_base { uint64_t ns, cpu_ns, progs_ns; };	/* values at the previous sample; zeroed at first */

/*
 * Call after each sample of a live session: sets *c to the overhead since the previous call, from the process' own
 * times and the run times of its BPF programs, and updates *b.
 */
void gm_top_cost_update(const struct gm_session *s, struct gm_top_cost_base *b, struct gm_top_cost *c);

#endif
