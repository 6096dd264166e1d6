/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* gm_maps.bpf.h - the maps that the probes and the iterators share: defined the same way in both objects. */
#ifndef GM_MAPS_BPF_H
#define GM_MAPS_BPF_H

#include "gm_bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * GM_MAX_VMS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct gm_vm_val);
} gm_vms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * GM_MAX_FILES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct gm_file_val);
} gm_files SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * GM_MAX_FILES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct gm_inode_val);
} gm_inodes SEC(".maps");

/* Key: inode id. Only of inodes whose pages have to be looked at. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GM_MAX_FILES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct gm_walk_val);
} gm_walks SEC(".maps");

/*
 * How many VMs with gmem there are, by low bits of who created them: asked at faults, to tell those of all other VMs
 * quickly. Then the number of all of them; then by a hash of the memory that they belong to, asked at calls that end
 * VMs. User space has it mapped: it asks often, and while a process is preempted in a system call on a map, the
 * kernel skips all programs of kprobes and of system calls on that CPU (bpf_prog_active).
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * (1 << GM_GMEM_VMS_BITS) + 1);
	__type(key, __u32);
	__type(value, __u64);
} gm_gmem_vms SEC(".maps");

/* Who has how many of their entries: see gm_share.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, (1 << GM_SHARES_BITS) + 1);
	__type(key, __u32);
	__type(value, struct gm_share);
} gm_shares SEC(".maps");

/* When a VM of a process was refused last; key: a hash of the process's memory. See gm_share.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << GM_SHARES_BITS);
	__type(key, __u32);
	__type(value, __u32);
} gm_untracked_vms SEC(".maps");

/* Last ids given out: vm, file, inode. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, __u64);
} gm_next SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, GM_LOSS_PLACES);
	__type(key, __u32);
	__type(value, __u64);
} gm_losses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, GM_RING_BYTES);
} gm_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, GM_PHASE_NR);
	__type(key, __u32);
	__type(value, struct gm_op_counts);
} gm_ops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct gm_unzeroed);
} gm_unzeroed SEC(".maps");

#endif
