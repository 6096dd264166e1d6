/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_vm_hists.bpf.h - histograms and sums of each VM's faults and calls, kept in the kernel and read by user space.
 *
 * gm_vm_hists_get() finds a VM's histograms or creates them, gm_vm_hists_add() counts a duration. Tasks of one VM add
 * at the same time on several CPUs. User space reads while they do, and computes gains. Errors: no room for another
 * VM's histograms is counted (GM_LOSS_HIST), and the fault is in none.
 */
#ifndef GM_VM_HISTS_BPF_H
#define GM_VM_HISTS_BPF_H

#include "gm_event.bpf.h"

extern struct gm_vm_hists_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * GM_MAX_VMS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct gm_vm_hists);
} gm_vm_hists SEC(".maps");

extern struct gm_hists_places_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, GM_HISTS_PLACES);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct gm_vm_hists_place);
} gm_hists_places SEC(".maps");

/* A zeroed value to insert: too large for a BPF stack. */
extern struct gm_hists_zero_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct gm_vm_hists);
} gm_hists_zero SEC(".maps");

/* ---- histograms ---- */

/* The histograms of a VM whose place is free or another VM's; NULL: no room, counted. */
static __noinline struct gm_vm_hists *gm_vm_hists_find(__u32 vm, struct gm_vm_hists_place *place)
{
	struct gm_vm_hists *h = bpf_map_lookup_elem(&gm_vm_hists, &vm);
	__u32 zero = 0, owner;

	if (h)
		return h;
	if (place) {
		owner = __sync_val_compare_and_swap(&place->owner, 0, vm + 1);
		if (!owner || owner == vm + 1)
			return &place->val;
	}
	h = bpf_map_lookup_elem(&gm_hists_zero, &zero);
	if (h)
		bpf_map_update_elem(&gm_vm_hists, &vm, h, BPF_NOEXIST);
	h = bpf_map_lookup_elem(&gm_vm_hists, &vm);
	if (!h)
		gm_count_loss(GM_LOSS_HIST);
	return h;
}

static __always_inline struct gm_vm_hists *gm_vm_hists_get(__u32 vm)
{
	__u32 i = vm % GM_HISTS_PLACES;
	struct gm_vm_hists_place *place = bpf_map_lookup_elem(&gm_hists_places, &i);

	return place && place->owner == vm + 1 ? &place->val : gm_vm_hists_find(vm, place);
}

/* Counts a duration at a place. min and max may miss a racing extreme; the buckets and the sum are exact. */
static __always_inline void gm_vm_hists_add_at(struct gm_vm_hists *hists, __u32 i, __u64 ns)
{
	__u32 slot = gm_hist_slot_quick(ns, gm_conf.slot_fine, gm_conf.slot_coarse);
	struct gm_khist *h;

	if (slot >= GM_HIST_SLOTS || i >= GM_HISTS_NR)
		return;
	h = &hists->h[i];
	__sync_fetch_and_add(&h->slot[slot], 1);
	__sync_fetch_and_add(&h->sum_ns, ns);
	if (ns > h->max_ns)
		h->max_ns = ns;
	if (~ns > h->min_ns)
		h->min_ns = ~ns;
}

/* Counts a duration of a hot phase. */
static __always_inline void gm_vm_hists_add(struct gm_vm_hists *hists, __u32 phase, __u64 ns)
{
	gm_vm_hists_add_at(hists, GM_HISTS_OF_PHASE(phase), ns);
}

/*
 * Emit a VM's histograms as they are now. In the ring they stand before the event that the caller emits next, so later
 * faults are not in them. Return 1 if the ring is full: no fault is lost then, as the next tick reads the sums, but
 * some faults count to the boot after that event.
 */
GM_GLOBAL int gm_vm_hists_emit(__u32 vm)
{
	__u32 i = vm % GM_HISTS_PLACES;
	struct gm_vm_hists_place *place = bpf_map_lookup_elem(&gm_hists_places, &i);
	__u32 placed = place && place->owner == vm + 1;
	struct gm_vm_hists *hists = placed ? &place->val : bpf_map_lookup_elem(&gm_vm_hists, &vm);
	struct gm_raw_hists *r GM_SUBMITTED = NULL;

	if (!hists)
		return 0;
	r = gm_ring_reserve(GM_K_RAW_HISTS, sizeof(*r));
	if (!r) {
		gm_count_loss(GM_LOSS_BORDER);
		return 1;
	}
	r->h.len = sizeof(*r);
	r->h.kind = GM_K_RAW_HISTS;
	r->h.pad = 0;
	r->h.ts_ns = gm_now();
	r->vm = vm;
	r->placed = placed;
	bpf_probe_read_kernel(&r->val, sizeof(r->val), hists);
	return 0;
}

#endif
