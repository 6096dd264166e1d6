// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_probes.bpf.c - all probes as one object, from one translation unit: maps and configuration are defined once, in
 * the headers that the iterators' object (gm_scan.bpf.c) includes as well. The licence string speaks for all.
 */
#include "gm_core.bpf.h"

#include "gm_vm.bpf.c"
#include "gm_inode.bpf.c"
#include "gm_close.bpf.c"
#include "gm_range.bpf.c"
#include "gm_zap.bpf.c"
#include "gm_fault_x86.bpf.c"
#include "gm_fault_host.bpf.c"
#include "gm_fault_arm64.bpf.c"
#include "gm_reset.bpf.c"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
