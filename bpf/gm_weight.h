/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_weight.h - divides a sample's page budget between the inodes that have pages to read, in proportion to their
 * weights. A weight is how wrong an inode's figures by node may be, in 1/256 of its pages. For the BPF program,
 * walk_budget.c and the unit test.
 */
#ifndef GM_WEIGHT_H
#define GM_WEIGHT_H

#include "gm_wire.h"

#define GM_WEIGHT_MOST	256	/* nothing is known */
/*
 * A complete walk's figures weigh no more, however many pages moved since: an inode that changes all the time would
 * take everything, and never be right. So one whose figures are wrong by an eighth or more gets no less than any
 * other that was walked once.
 */
#define GM_WEIGHT_WALKED 32
/* random leaves that halve the weight. The weight is at least the sampling error, up to 20000 leaves */
#define GM_WEIGHT_LEAVES 256

/* The weight of an exact count of which `moved` pages have come or gone since. */
static inline __u64 gm_weight_moved(__u64 moved, __u64 resident)
{
	return moved >= resident ? GM_WEIGHT_MOST : moved * GM_WEIGHT_MOST / (resident ?: 1);
}

/*
 * The weight of an estimate from `leaves` random leaves; `moved` pages have come or gone since the first of them was
 * read.
 */
static inline __u64 gm_weight_sampled(__u64 leaves, __u64 moved, __u64 resident)
{
	return GM_WEIGHT_MOST * GM_WEIGHT_LEAVES / (GM_WEIGHT_LEAVES + leaves) + gm_weight_moved(moved, resident);
}

/* The weight after a complete walk. */
static inline __u64 gm_weight_walked(__u64 moved, __u64 resident)
{
	__u64 weight = gm_weight_moved(moved, resident);

	return weight < GM_WEIGHT_WALKED ? weight : GM_WEIGHT_WALKED;
}

/* Outputs show the smaller error. At least 1: every inode that has pages to read gets some. */
static inline __u64 gm_weight_smaller(__u64 a, __u64 b)
{
	__u64 weight = a < b ? a : b;

	return weight ?: 1;
}

/*
 * Pages that an inode of this weight gets in a sample; share: pages of one of weight GM_WEIGHT_MOST. At least 1, so
 * that it saves up for a leaf.
 */
static inline __u64 gm_weight_pages(__u64 share, __u64 weight)
{
	return share * weight / GM_WEIGHT_MOST + 1;
}

#endif
