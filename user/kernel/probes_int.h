/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* probes_int.h - shared by probes.c, probe_choice.c and probe_plan.c; no other file includes it. */
#ifndef GM_KERNEL_PROBES_INT_H
#define GM_KERNEL_PROBES_INT_H

#include "kernel/probes.h"

/* Returns a mechanism's name, as in records. */
const char *gm_mech_name(enum gm_mech mech);
/* Returns the phases that any candidate of a row feeds. */
uint32_t gm_row_phases(const struct gm_probe_row *row);
/*
 * Returns when the first program of row i is attached, which another row may use, too: one of a system call does not
 * wait if it also shows creations. GM_ATTACH_ALWAYS if nothing was chosen, or a hook that cannot wait.
 */
enum gm_attach_when gm_row_attach_when(const struct gm_plan *p, unsigned int i);

#endif
