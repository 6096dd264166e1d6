/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* gm_shuffle.h - the random order in which a walk takes an inode's leaves; for the BPF program and its unit test. */
#ifndef GM_SHUFFLE_H
#define GM_SHUFFLE_H

#include "gm_wire.h"

/* The smallest 2^k - 1 that numbers of 0 .. nr - 1 fit in. nr: not 0. */
static inline __u64 gm_shuffle_mask(__u64 nr)
{
	__u64 mask = nr - 1;

	mask |= mask >> 1;
	mask |= mask >> 2;
	mask |= mask >> 4;
	mask |= mask >> 8;
	mask |= mask >> 16;
	return mask | mask >> 32;
}

/* The place-th leaf: of 0 .. mask each one once, as each step maps these numbers to one another. */
static inline __u64 gm_shuffle_nth(__u64 place, __u64 seed, __u64 mask)
{
	place = (place * 0x9E3779B97F4A7C15ULL + seed) & mask;
	place ^= place >> 3;
	place = (place * 0xBF58476D1CE4E5B9ULL + (seed >> 32)) & mask;
	place ^= place >> 7;
	place = place * 0x94D049BB133111EBULL & mask;
	return place ^ place >> 11;
}

#endif
