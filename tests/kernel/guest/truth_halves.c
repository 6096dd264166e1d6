// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which pages of a private VM are private, and which its process has mapped as shared memory. */
#include <unistd.h>

#include "truth.h"
#include "truth_int.h"

/* Gives a VM its bits; false: the arena is full, and its halves are not known. */
static bool has_bits(struct gg_world *w, struct gg_vmrec *v)
{
	uint64_t words = (v->size / (uint64_t)sysconf(_SC_PAGESIZE) + 63) / 64;

	if (v->halves)
		return true;
	if (w->arena_used + 2 * words > GG_ARENA_WORDS)
		return false;
	v->private_bits = w->arena_used;
	v->anon_bits = w->arena_used + words;
	w->arena_used += 2 * words;
	v->halves = 1;
	return true;
}

void gg_truth_private(struct gg_world *w, uint32_t vm, uint64_t first, uint64_t n, bool on)
{
	gg_world_lock(w);
	if (has_bits(w, &w->vms[vm]))
		gg_world_pages_set(w, w->vms[vm].private_bits, first, n, on);
	gg_world_unlock(w);
}

void gg_truth_anon(struct gg_world *w, uint32_t vm, uint64_t first, uint64_t n, bool on)
{
	gg_world_lock(w);
	if (has_bits(w, &w->vms[vm]))
		gg_world_pages_set(w, w->vms[vm].anon_bits, first, n, on);
	gg_world_unlock(w);
}

/* The inode of the VM's live file; NULL: it has none. A page's index is its guest page. */
static const struct gg_inoderec *inode_of(const struct gg_world *w, uint32_t vm)
{
	for (uint32_t i = 0; i < w->nfiles; i++)
		if (w->files[i].alive && w->files[i].vm == vm)
			return &w->inodes[w->files[i].inode];
	return NULL;
}

void gg_halves_print(const struct gg_world *w, uint32_t vm, FILE *out)
{
	const struct gg_vmrec *v = &w->vms[vm];
	const struct gg_inoderec *i = inode_of(w, vm);
	uint64_t words = (v->size / (uint64_t)sysconf(_SC_PAGESIZE) + 63) / 64, private = 0, left = 0, twice = 0;

	if (!v->halves)
		return;
	for (uint64_t k = 0; k < words; k++) {
		uint64_t p = w->arena[v->private_bits + k], r = i ? w->arena[i->bits + k] : 0;

		private += (uint64_t)__builtin_popcountll(p);
		left += (uint64_t)__builtin_popcountll(r & ~p);
		twice += (uint64_t)__builtin_popcountll(r & p & w->arena[v->anon_bits + k]);
	}
	fprintf(out, ",\"private_pages\":%llu,\"left_pages\":%llu,\"twice_pages\":%llu", (unsigned long long)private,
		(unsigned long long)left, (unsigned long long)twice);
}
