/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_weight.h - how a sample's pages are divided between the inodes that want some: in proportion to weights, which are how wrong an inode's
 * figures by node may be, in 1/256 of its pages. For the BPF program and its unit test.
 */
#ifndef GM_WEIGHT_H
#define GM_WEIGHT_H

#include "gm_wire.h"

#define GM_WEIGHT_MOST	256	/* nothing is known */
/*
 * A complete walk's figures weigh no more, however many pages moved since: an inode that changes all the time would take everything, and never be right.
 * So one whose figures are wrong by an eighth or more gets no less than any other that was walked once.
 */
#define GM_WEIGHT_WALKED 32
#define GM_WEIGHT_LEAVES 256	/* after so many leaves at random, half the weight: no less than the error of a sample, up to 20000 leaves */

static inline __u64 gm_weight_moved(__u64 moved, __u64 resident)
{
	return moved >= resident ? GM_WEIGHT_MOST : moved * GM_WEIGHT_MOST / (resident ?: 1);
}

/* Of figures from that many leaves drawn at random, since whose first one that many pages moved. */
static inline __u64 gm_weight_drawn(__u64 leaves, __u64 moved, __u64 resident)
{
	return GM_WEIGHT_MOST * GM_WEIGHT_LEAVES / (GM_WEIGHT_LEAVES + leaves) + gm_weight_moved(moved, resident);
}

static inline __u64 gm_weight_walked(__u64 moved, __u64 resident)
{
	__u64 weight = gm_weight_moved(moved, resident);

	return weight < GM_WEIGHT_WALKED ? weight : GM_WEIGHT_WALKED;
}

/* The smaller error is the one that is shown. Not 0: who wants pages gets some. */
static inline __u64 gm_weight_smaller(__u64 a, __u64 b)
{
	__u64 weight = a < b ? a : b;

	return weight ?: 1;
}

/* Pages of a sample for an inode of that weight; share: those of GM_WEIGHT_MOST. Never none: a leaf's worth is saved up. */
static inline __u64 gm_weight_pages(__u64 share, __u64 weight)
{
	return share * weight / GM_WEIGHT_MOST + 1;
}

#endif
