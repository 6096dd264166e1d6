/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_maps.bpf.h - types of the maps that both objects share, the configuration, variables that the loader and the
 * programs share, and counts.
 *
 * Headers declare; gm_probes.bpf.c and gm_scan.bpf.c define. Both define what this header declares, in the same way:
 * the loader gives the scan the probes' maps, and sets the variables of both.
 */
#ifndef GM_MAPS_BPF_H
#define GM_MAPS_BPF_H

#include "gm_bpf.h"

/* Defines the map of this name, of the type that a header declares for it. */
#define GM_DEFINE_MAP(name)	struct name##_map name SEC(".maps")

/* The maps that both objects define. X(name) */
#define GM_SHARED_MAPS(X)	\
	X(gm_vms);		\
	X(gm_files);		\
	X(gm_inodes);		\
	X(gm_walks);		\
	X(gm_gmem_vms);		\
	X(gm_shares);		\
	X(gm_untracked_vms);	\
	X(gm_next);		\
	X(gm_losses);		\
	X(gm_ring);		\
	X(gm_ops);		\
	X(gm_unzeroed);		\
	X(gm_tasks)

/* Key: struct kvm *. */
extern struct gm_vms_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * GM_MAX_VMS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct gm_vm_val);
} gm_vms SEC(".maps");

/* Key: struct file *. */
extern struct gm_files_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * GM_MAX_FILES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct gm_file_val);
} gm_files SEC(".maps");

/* Key: struct inode *. */
extern struct gm_inodes_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * GM_MAX_FILES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct gm_inode_val);
} gm_inodes SEC(".maps");

/* Key: inode id. Only inodes whose pages have to be read have an entry. */
extern struct gm_walks_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GM_MAX_FILES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct gm_walk_val);
} gm_walks SEC(".maps");

/*
 * Numbers of VMs with gmem: first by the low bits of the creating thread's id, so that faults of other VMs end
 * quickly; then one of the whole host; then by a hash of the process's memory, which calls that end VMs read.
 * User space reads them often, by mmap: while a process is preempted in a system call on a map, the kernel skips all
 * programs of kprobes and system calls on that CPU (bpf_prog_active).
 */
extern struct gm_gmem_vms_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * (1 << GM_GMEM_VMS_BITS) + 1);
	__type(key, __u32);
	__type(value, __u64);
} gm_gmem_vms SEC(".maps");

/* How many entries of the identity maps each user has: gm_share.bpf.h. */
extern struct gm_shares_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, (1 << GM_SHARES_BITS) + 1);
	__type(key, __u32);
	__type(value, struct gm_share);
} gm_shares SEC(".maps");

/* When a VM of a process was refused last; key: a hash of the process's memory. See gm_share.bpf.h. */
extern struct gm_untracked_vms_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << GM_SHARES_BITS);
	__type(key, __u32);
	__type(value, __u32);
} gm_untracked_vms SEC(".maps");

/* The last ids given out, by enum gm_id_of. */
extern struct gm_next_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, __u64);
} gm_next SEC(".maps");

extern struct gm_losses_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, GM_LOSS_PLACES);
	__type(key, __u32);
	__type(value, __u64);
} gm_losses SEC(".maps");

extern struct gm_ring_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, GM_RING_BYTES);
} gm_ring SEC(".maps");

extern struct gm_ops_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, GM_PHASE_NR);
	__type(key, __u32);
	__type(value, struct gm_op_counts);
} gm_ops SEC(".maps");

extern struct gm_unzeroed_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct gm_unzeroed);
} gm_unzeroed SEC(".maps");

/* The configuration. The loader sets it; with these defaults the verifier follows every branch. */
extern const volatile struct gm_conf gm_conf;
#define GM_CONF_DEFAULTS					\
{								\
	.reap = GM_REAP_VM | GM_REAP_FILE | GM_REAP_INODE,	\
	.counted = 1,						\
	.nodes = 2,						\
	.ioctl_ops = ~0u,					\
	.room_vms = 2 * GM_MAX_VMS,				\
	.room_files = 2 * GM_MAX_FILES,				\
}

/* The loader sets it to 1 after the initial scan: a new object that is found later was created meanwhile. */
extern int gm_started;

/* 1: a creation or an end waits for room in the ring. The loader sets it to 0 before a scan. */
extern int gm_postponed;

/*
 * Set by the loader: when the last of the hooks was attached that are attached only while there is gmem;
 * GM_NOT_WATCHING: not all are.
 */
extern __u64 gm_watching_ns;

/* Return true while hooks that count pages and faults are detached: what comes and goes is not seen. */
static __always_inline int gm_is_unwatched(void)
{
	return gm_conf.waits && *(volatile __u64 *)&gm_watching_ns == GM_NOT_WATCHING;
}

/* Return true if a call that began at t0 began before these hooks were attached. */
static __always_inline int gm_began_unwatched(__u64 t0)
{
	return gm_conf.waits && t0 < *(volatile __u64 *)&gm_watching_ns;
}

/*
 * What came before these hooks: in the scan's object, of inodes that it judged; in either one, of inodes that ended
 * before that.
 */
extern struct gm_early gm_early;

/* ---- counts ---- */

static __always_inline void gm_count_loss(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&gm_losses, &what);

	if (n)
		__sync_fetch_and_add(n, 1);
}

static __always_inline void gm_count_lost_event(__u32 kind)
{
	gm_count_loss(GM_LOSS_OF_KIND(kind));
}

static __always_inline struct gm_op_counts *gm_op_counts_get(__u32 phase)
{
	return bpf_map_lookup_elem(&gm_ops, &phase);
}

/* Adds 1 to a field of struct gm_op_counts. Each CPU has its own; a program may be preempted within the addition. */
#define gm_op_inc(phase, field)					\
({								\
	struct gm_op_counts *__o = gm_op_counts_get(phase);	\
	if (__o)						\
		__sync_fetch_and_add(&__o->field, 1);		\
})

/* The phase that the time of a span of this kind belongs to; GM_PHASE_NR: none, and gm_op_inc() does nothing. */
static __always_inline __u32 gm_phase_of(__u32 kind)
{
	switch (kind) {
#define X(E, n, type, name, phase) \
	case n: return (phase) < 0 ? GM_PHASE_NR : (phase);
		GM_EVENT_KINDS(X)
#undef X
	}
	return GM_PHASE_NR;
}

enum gm_id_of { GM_NEXT_VM, GM_NEXT_FILE, GM_NEXT_INODE };

static __always_inline __u32 gm_next_id(__u32 which)
{
	__u64 *n = bpf_map_lookup_elem(&gm_next, &which);

	return n ? (__u32)(__sync_fetch_and_add(n, 1) + 1) : 0;
}

static __always_inline __u64 gm_now(void)
{
	return bpf_ktime_get_ns();
}

#endif
