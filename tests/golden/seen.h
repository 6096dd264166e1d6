/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* seen.h - what a scan over the objects names after a task walk: without that, nothing is confirmed to be an orphan. */
#ifndef GM_TESTS_SEEN_H
#define GM_TESTS_SEEN_H

#include <string.h>
#include "model/model.h"

/* Every inode that is alive, as the model has it. 0 or -ENOMEM. */
static inline int seen_again(struct gm_model *m, uint64_t ns)
{
	for (size_t i = 0; i < m->inodes.nr; i++) {
		const struct gm_inode *in = m->inodes.at[i];
		union gm_any u = { .as_INODE = { .inode = in->id,
						 .size_bytes = in->size_bytes,
						 .resident_pages = in->resident_pages,
						 .allocated_pages = in->base[0] + in->allocated_pages,
						 .counted = in->counted,
						 .freed_pages = in->base[1] + in->freed_pages,
						 .nodes_known = in->nodes_known } };

		memcpy(u.as_INODE.node_pages, in->node_pages, sizeof(in->node_pages));
		gm_rec_init(&u.h, GM_K_INODE, ns);
		if (!in->dead_ns && gm_model_apply(m, &u))
			return -1;
	}
	return 0;
}

#endif
