/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * walk_nodes.h - computes an inode's pages by NUMA node from page walks that are older than its counters, or
 * incomplete.
 */
#ifndef GM_KERNEL_WALK_NODES_H
#define GM_KERNEL_WALK_NODES_H

#include <stdint.h>
#include "gm_conf.h"

/*
 * Fills in r's fields nodes_* and node_pages, which add up to r->resident_pages, from the last complete walk or the one
 * in progress, whichever has the smaller error. Without either, r is left unchanged: unknown.
 */
void gm_nodes_fill(const struct gm_raw_walk *w, uint64_t page_size, struct gm_rec_inode *r);

#endif
