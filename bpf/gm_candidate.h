/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_candidate.h - objects without an id that a scan of all tasks found; for the BPF program and its unit test.
 *
 * Where probes report the ends of objects, an object may lose its id after a scan found it open and before the scan
 * looks up its id. Such an object must not get a new id. If the next scan finds the object open as well, its creation
 * was really missed.
 */
#ifndef GM_CANDIDATE_H
#define GM_CANDIDATE_H

#include "gm_wire.h"

#define GM_CANDIDATES	64

/* A place: some bits of the object's address choose it. */
struct gm_candidate {
	__u64 object;
	__u32 scan;		/* the number of the scan that found it; the first one is 1 */
	__u32 pad;
};

static inline __u32 gm_candidate_place(__u64 object)
{
	return object >> 6 & (GM_CANDIDATES - 1);
}

/*
 * Return 1 if the scan before this one found the object as well. Otherwise it takes the place, unless another object
 * took it in this scan: two that share a place would replace each other in each scan, and neither would ever get an
 * id.
 */
static inline int gm_candidate_again(struct gm_candidate *c, __u64 object, __u32 scan)
{
	if (c->object == object && c->scan + 1 == scan)
		return 1;
	if (c->scan != scan) {
		c->object = object;
		c->scan = scan;
	}
	return 0;
}

#endif
