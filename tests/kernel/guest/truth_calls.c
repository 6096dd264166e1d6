// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Counts the calls of a flood, without an event of each. */
#include "truth.h"

void gg_truth_calls(struct gg_world *w, enum gg_op op, uint32_t file, uint64_t n)
{
	struct gg_inoderec *i = &w->inodes[w->files[file].inode];

	gg_world_lock(w);
	w->op_count[op] += n;
	if (op == GG_OP_fallocate) {
		i->allocated += n;
		w->count[GG_C_allocated_pages] += n;
		w->count[GG_C_fallocated_pages] += n;
		w->count[GG_C_fallocate_first_pages] += n;
	} else if (op == GG_OP_punch) {
		i->freed += n;
		w->count[GG_C_freed_pages] += n;
		w->count[GG_C_punched_pages] += n;
	} else if (op == GG_OP_convert) {
		w->count[GG_C_converted_pages] += n;
	}
	gg_world_unlock(w);
}
