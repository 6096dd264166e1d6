// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_nodes.c - an inode's pages by NUMA node (the result of a page walk comes in the record before the inode's), and
 * exact samples.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "kernel/live_int.h"
#include "kernel/walk_nodes.h"

int gm_live_handle_walk(struct gm_live *l, const void *data, size_t len)
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

void gm_live_fill_nodes(struct gm_live *l, union gm_any *u)
{
	if (u->h.kind != GM_K_INODE || l->walk.inode != u->as_INODE.inode)
		return;
	gm_nodes_fill(&l->walk, l->facts.page_size, &u->as_INODE);
	l->walk.inode = 0;
}

/* ---- exact samples ---- */

#define PROGRESS_NS	1000000000ull

static const char *inode_word(uint32_t nr)
{
	return nr == 1 ? "inode" : "inodes";
}

/* Return true if the exact sample needs another scan. */
static bool needs_another_scan(struct gm_live *l, uint64_t walked, uint64_t *printed_ns)
{
	if (!l->exact || !l->walks_left || l->err)
		return false;
	if (l->stop && l->stop(l->stop_arg)) {
		gm_warn("--exact: stopped before all pages were read: %u %s left, whose figures by node are "
			"approximate or n/a",
			l->walks_left, inode_word(l->walks_left));
		l->exact = false; /* the session's last sample must not start it again */
		return false;
	}
	if (gm_now_ns() - *printed_ns > PROGRESS_NS) {
		*printed_ns = gm_now_ns();
		gm_progress("--exact: %llu MiB read so far, %u %s left",
			    (unsigned long long)((l->walked - walked) * l->facts.page_size >> 20), l->walks_left,
			    inode_word(l->walks_left));
	}
	return true;
}

void gm_live_scan_sample(struct gm_live *l, bool bindings)
{
	uint64_t printed_ns = gm_now_ns(), walked = l->walked;

	l->exact_ns = l->exact ? printed_ns : 0;
	do {
		gm_live_scan_objects(l, bindings);
		gm_live_attrs_flush(l);
	} while (needs_another_scan(l, walked, &printed_ns));
	l->exact_ns = 0;
}
