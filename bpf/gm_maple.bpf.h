/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_maple.bpf.h - reads an address space's tree of mappings by loads alone: no reference to the address space, no
 * lock. So the reader is never the last user of a process's memory, which would then end in the reader's task.
 *
 * Protocol. gm_maple_find() reads the leaf that covers an address into gm_maple; the caller reads its entries, then
 * continues at gm_maple.last + 1. RCU frees the tree's nodes, and iterators run under RCU. A node that was replaced
 * meanwhile is marked (its parent is itself): -1, and the caller descends again from the root. So every scan finds a
 * mapping that exists all the time. It misses a mapping that moves (mremap) from an address not scanned yet to one
 * already scanned; gm_mm_seq() shows that.
 */
#ifndef GM_MAPLE_BPF_H
#define GM_MAPLE_BPF_H

#include "gm_compat.bpf.h"
#include "gm_scan.bpf.h"

#define GM_MAPLE_LEVELS	10	/* fan-out of at least 5: more than any process has mappings */

static __always_inline __u32 gm_maple_type(__u64 enode)
{
	return enode >> 3 & 15;
}

static __always_inline int gm_maple_is_leaf(__u64 enode)
{
	return gm_maple_type(enode) == bpf_core_enum_value(enum maple_type___any, maple_leaf_64___any);
}

/* Copy the node. Return 0; -1: it was replaced. */
static __always_inline int gm_maple_read(struct gm_maple *m)
{
	__u64 node = m->enode & ~255ULL, parent = 0;

	if (!node || bpf_probe_read_kernel(m->word, sizeof(m->word), (void *)node))
		return -1;
	/* A node is marked before its memory is written anew, so the copy is good if there is no mark now. */
	if (bpf_probe_read_kernel(&parent, sizeof(parent),
				  (char *)node + bpf_core_field_offset(struct maple_range_64___any, parent)))
		return -1;
	return (parent & ~255ULL) == node ? -1 : 0;
}

/* The last address of the node's i-th entry. pivots: where they begin, in words; n: entries. */
static __always_inline __u64 gm_maple_last(const struct gm_maple *m, __u32 pivots, __u32 i, __u32 n)
{
	__u64 last = i < n - 1 ? m->word[(pivots + i) & (GM_MAPLE_WORDS - 1)] : m->last;

	/* a node that is not full has no pivot behind its last entry */
	return (i && !last) || last > m->last ? m->last : last;
}

/* Go from a node with children to the child that covers the index. Return 0 or -1. */
GM_GLOBAL int gm_maple_step(void)
{
	struct gm_maple *m = &gm_maple;
	__u32 pivots, slots, n, i;
	__u64 last = 0;

	if (gm_maple_type(m->enode) == bpf_core_enum_value(enum maple_type___any, maple_arange_64___any)) {
		pivots = bpf_core_field_offset(struct maple_arange_64___any, pivot) / 8;
		slots = bpf_core_field_offset(struct maple_arange_64___any, slot) / 8;
		n = 10;
	} else {
		pivots = bpf_core_field_offset(struct maple_range_64___any, pivot) / 8;
		slots = bpf_core_field_offset(struct maple_range_64___any, slot) / 8;
		n = 16;
	}
	for (i = 0; i < 15; i++) {
		last = gm_maple_last(m, pivots, i, n);
		if (m->index <= last || i == n - 1)
			break;
		m->first = last + 1;
	}
	m->last = i < 15 ? last : m->last;
	m->enode = m->word[(slots + i) & (GM_MAPLE_WORDS - 1)];
	return gm_maple_read(m);
}

static long gm_maple_descend_step(__u64 i, void *arg)
{
	int *err = arg;

	*err = 0;
	if (gm_maple_is_leaf(gm_maple.enode))
		return 1;
	*err = gm_maple_step();
	return *err ? 1 : 0;
}

/* Read the leaf that covers the address index. Return 0; 1: the tree is empty; -1: the tree is changing right now. */
static __always_inline int gm_maple_find(const struct mm_struct *mm, __u64 index)
{
	__u64 root = (__u64)BPF_CORE_READ(mm, mm_mt.ma_root);
	int err = 0;

	if ((root & 3) != 2 || root < 4096)
		return 1;
	gm_maple.enode = root;
	gm_maple.index = index;
	gm_maple.first = 0;
	gm_maple.last = ~0ULL;
	if (gm_maple_read(&gm_maple))
		return -1;
	bpf_loop(GM_MAPLE_LEVELS, gm_maple_descend_step, &err, 0);
	return err || !gm_maple_is_leaf(gm_maple.enode) ? -1 : 0;
}

#endif
