// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_probes.bpf.c - all probes as one object. The files are one translation unit, not linked objects: the static linker
 * of libbpf 1.1 (Debian 12) cannot merge two objects that name the same weak kernel function (gm_core.bpf.h).
 * The licence string speaks for all of them.
 */
#include "gm_core.bpf.h"

#include "gm_vm.bpf.c"
#include "gm_life.bpf.c"
#include "gm_range.bpf.c"
#include "gm_mmu.bpf.c"
#include "gm_fault.bpf.c"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
