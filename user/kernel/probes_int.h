/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* probes_int.h - shared by probes.c, probe_choice.c and probe_plan.c; no other file includes it. */
#ifndef GM_KERNEL_PROBES_INT_H
#define GM_KERNEL_PROBES_INT_H

#include "kernel/probes.h"

/* Returns a mechanism's name, as in records. */
const char *gm_mech_name(enum gm_mech mech);
/* Returns the phases that any candidate of a row feeds. */
uint32_t gm_row_phases(const struct gm_probe_row *row);

#endif
