/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_scan.bpf.h - the state of scans, and how they emit records. gm_scan.bpf.c defines it; one thread runs all programs
 * of a scan, so no field needs an atomic access.
 *
 * Protocol. gm_rec_header() fills a record's head, gm_scan_emit() copies it to the scan's ring. A full ring sets
 * gm_scan_again: the scan stops at that object, user space empties the ring, and the scan continues there.
 */
#ifndef GM_SCAN_BPF_H
#define GM_SCAN_BPF_H

#include "gm_candidate.h"
#include "gm_maps.bpf.h"

extern struct gm_scan_ring_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, GM_RING_BYTES);
} gm_scan_ring SEC(".maps");

/* 1: the scan must visit the same object again, with an empty ring. */
extern __u32 gm_scan_again;

/* The loader sets it in a session's last scan: objects that are dead by then end, even if a program is at their end. */
extern int gm_scan_final;

static __always_inline void gm_rec_header(struct gm_rec *h, __u32 kind, __u32 len)
{
	h->len = len;
	h->kind = kind;
	h->ts_ns = gm_now();
}

static __always_inline void gm_scan_emit(void *r, __u32 len)
{
	if (bpf_ringbuf_output(&gm_scan_ring, r, len, BPF_RB_NO_WAKEUP))
		gm_scan_again = 1;
}

/* ---- pages by node: gm_walk.bpf.c ---- */

/* The inode and leaf that are being read: too large for the stack. */
struct gm_leaf_scratch {
	__u64 slot[64];
	__u32 pages[GM_NODES_MAX];
	struct gm_rec_inode rec;
	/* sum over pages; not on the stack, where the verifier follows a path for each value of a number */
	__u64 all;
};

extern struct gm_leaves_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct gm_leaf_scratch);
} gm_leaves SEC(".maps");

/* ---- a VM's memslots: gm_slots.bpf.c ---- */

/* Where the scan of a VM's slots continues. */
struct gm_slots {
	__u64 generation;	/* KVM's, of both address spaces, when the scan began */
	struct kvm_memslots *slots;	/* table of the chain that comes next; NULL: to be read */
	struct hlist_node *node;	/* where the scan along a chain is */
	__u32 vm;		/* the VM; 0: none is under way */
	__u32 chain;		/* which comes next; those of the second address space follow those of the first */
	__u32 idx;		/* which of a slot's two sets of nodes this table uses */
	__u32 tries;
};

/* ---- a VM's memory attributes: gm_attrs.bpf.c ---- */

/* Key: vm id. Only VMs that may have private memory have an entry; user space deletes it when the VM has ended. */
extern struct gm_attr_walks_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * GM_MAX_VMS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct gm_attr_walk);
} gm_attr_walks SEC(".maps");

/* ---- an address space's mappings: gm_maple.bpf.h ---- */

#define GM_MAPLE_WORDS	32	/* of a node: MAPLE_NODE_MASK */

/* The current node. */
struct gm_maple {
	__u64 enode;		/* of the node: its address, and its type in low bits */
	__u64 index;		/* the address to find */
	__u64 first, last;	/* addresses that the node covers */
	__u64 word[GM_MAPLE_WORDS];
};

/* ---- a task's descriptors and mappings: gm_pins.bpf.c ---- */

/* Where the next run for the same task continues, and the state of the scan of one task. */
struct gm_task_scan {
	__u64 fd;		/* next descriptor */
	__u64 addr;		/* next address */
	__u64 seq;		/* gm_mm_seq() when the scan of the mappings began */
	__u32 fds_done;
	__u32 found;		/* mappings emitted since then */
	/* 1: the program must run again for this task: the ring was full, or the task has very much */
	__u32 again;
	__u32 dead;		/* descents in a row that met a node which was just replaced */
	__u32 done;
	__u32 pad;
	struct task_struct *task;
	struct file **table;
	struct mm_struct *mm;
	__u64 bits;		/* the current word of the bitmap of open descriptors */
	struct file *file[64];	/* the files of these descriptors */
};

#endif
