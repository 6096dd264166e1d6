// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_probes.bpf.c - all probes as one object, from one translation unit. Maps and globals are defined here; headers and
 * the files that this one includes only declare them (tests/lint.sh). gm_scan.bpf.c is the other object.
 */
#include "gm_hook.bpf.h"
#include "gm_fault.bpf.h"
#include "gm_call.bpf.h"

/* Both objects define these: the loader gives the scan these maps, and sets the variables of both. */
const volatile struct gm_conf gm_conf = GM_CONF_DEFAULTS;
int gm_started;
int gm_postponed;
__u64 gm_watching_ns;
struct gm_early gm_early;
#ifdef GM_TEST_SKIP
__u64 gm_test_skips;
#endif
GM_SHARED_MAPS(GM_DEFINE_MAP);

/* Only the probes define these. */
__u64 gm_fault_event_second, gm_fault_event_nr;
GM_DEFINE_MAP(gm_vm_hists);
GM_DEFINE_MAP(gm_hists_places);
GM_DEFINE_MAP(gm_hists_zero);
GM_DEFINE_MAP(gm_fault_ring);

/* Processes with VMs of gmem that are exiting: since when, which is dying_ns of their objects. Key: tgid. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} gm_exiting SEC(".maps");

#include "gm_vm.bpf.c"
#include "gm_inode.bpf.c"
#include "gm_close.bpf.c"
#include "gm_range.bpf.c"
#include "gm_zap.bpf.c"
#include "gm_page.bpf.c"
#include "gm_fault_x86.bpf.c"
#include "gm_fault_arm64.bpf.c"
#include "gm_fault_host.bpf.c"
#include "gm_reset.bpf.c"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
