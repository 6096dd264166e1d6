// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_core.bpf.c - owns the maps and the configuration of the probes' object; the other files refer to them.
 * The licence string speaks for the whole linked object.
 */
#define GM_MAPS_OWNER
#include "gm_core.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
