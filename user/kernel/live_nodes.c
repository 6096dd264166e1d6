// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* live_nodes.c - an inode's pages by NUMA node: what walks over its pages found comes before its record. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "kernel/live_int.h"
#include "kernel/walk_nodes.h"

int gm_live_take_walk(struct gm_live *l, const void *data, size_t len)
{
	struct gm_rec h;

	if (len < sizeof(h))
		return 0;
	memcpy(&h, data, sizeof(h));
	if (h.kind != GM_K_RAW_WALK || h.len != sizeof(l->walk))
		return 0;
	if (len < h.len)
		return -EBADMSG;
	memcpy(&l->walk, data, sizeof(l->walk));
	return (int)h.len;
}

void gm_live_nodes(struct gm_live *l, union gm_any *u)
{
	if (u->h.kind != GM_K_INODE || l->walk.inode != u->as_INODE.inode)
		return;
	gm_nodes_fill(&l->walk, l->facts.page_size, &u->as_INODE);
	l->walk.inode = 0;
}

#define PROGRESS_NS	1000000000ull

void gm_live_scan_sample(struct gm_live *l, bool bindings)
{
	uint64_t said = gm_now_ns();

	l->exact_ns = l->exact ? said : 0;
	do {
		gm_live_scan_objects(l, bindings);
		if (l->exact && l->walks_left && gm_now_ns() - said > PROGRESS_NS) {
			said = gm_now_ns();
			gm_warn("looking at all pages: %u inode%s left", l->walks_left, l->walks_left == 1 ? "" : "s");
		}
	} while (l->exact && l->walks_left && !l->err);
	l->exact_ns = 0;
}
