/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* walk_nodes.h - an inode's pages by NUMA node, of walks that are older than its counters or not complete. */
#ifndef GM_KERNEL_WALK_NODES_H
#define GM_KERNEL_WALK_NODES_H

#include <stdint.h>
#include "gm_conf.h"

/*
 * Fills in r's fields nodes_* and node_pages, which add up to r->resident_pages. The smaller error decides between
 * the last complete walk and the one under way. Where neither says anything, r is left as it is: not known.
 */
void gm_nodes_fill(const struct gm_raw_walk *w, uint64_t page_size, struct gm_rec_inode *r);

#endif
