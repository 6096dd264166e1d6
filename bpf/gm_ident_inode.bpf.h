/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_ident_inode.bpf.h - inodes: ids, page counters, and whether pages that were never zeroed may exist. The protocol
 * of gm_ident.bpf.h holds. An inode's entry lives while a file of it has one: gm_inode_add_file() counts a file in, and
 * the end of a file counts it out (in->files).
 */
#ifndef GM_IDENT_INODE_BPF_H
#define GM_IDENT_INODE_BPF_H

#include "gm_ident.bpf.h"

/* ---- pages that are present and were never zeroed ---- */

static __always_inline struct gm_unzeroed *gm_unzeroed_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&gm_unzeroed, &zero);
}

/* Return true if a fault may hit a page that was never zeroed. */
static __always_inline int gm_unzeroed_possible(void)
{
	const struct gm_unzeroed *u = gm_conf.unzeroed ? gm_unzeroed_get() : NULL;

	return !u || u->present || u->unverified_inodes;
}

/*
 * Notes that something other than a fault inserted a page. The note stays: which pages are zeroed later is not counted.
 */
static __always_inline void gm_unzeroed_mark_present(void)
{
	struct gm_unzeroed *u = gm_unzeroed_get();

	if (u && !u->present)
		u->present = 1;
}

static __always_inline void gm_unzeroed_add_unverified(__u64 more)
{
	struct gm_unzeroed *u = gm_unzeroed_get();

	if (u)
		__sync_fetch_and_add(&u->unverified_inodes, more);
}

/* ---- page counters ---- */

/* An inode's page counters that agree with each other, since the entry was created. */
struct gm_page_counts {
	__u64 allocated, freed;
};

/* No load moves across it. */
static __always_inline void gm_load_fence(void)
{
	static __u32 word;

	(void)__sync_lock_test_and_set(&word, 0);
}

#define GM_SETTLE_TRIES	8

/*
 * Read an inode's counters as they were at one moment: *freed pages, and *nrpages that are present. Return 0; -1: pages
 * were leaving at each attempt, as when the CPU that removes them is stopped (a virtual one).
 *
 * The kernel removes a batch of pages under the lock of the page cache's tree: it reports each page, so that freed
 * grows, and lowers nrpages at the end (mm/filemap.c, delete_from_page_cache_batch(), 6.12 to 7.3). In between, a page
 * is in both. If the lock is free after the first reading of freed, all that freed counts has left nrpages; if freed is
 * the same at the end, nothing else has.
 */
static __always_inline int gm_inode_read_settled(const struct gm_inode_val *in, const struct address_space *m,
						 __u64 *freed, __u64 *nrpages)
{
	__u64 before;
	int i;

	for (i = 0; i < GM_SETTLE_TRIES; i++) {
		before = *(volatile __u64 *)&in->freed;
		gm_load_fence();
		if (gm_mapping_is_locked((__u64)m))
			continue;
		gm_load_fence();
		*nrpages = BPF_CORE_READ(m, nrpages);
		gm_load_fence();
		*freed = *(volatile __u64 *)&in->freed;
		if (*freed == before)
			return 0;
	}
	return -1;
}

/*
 * Pages allocated since the entry was created: those that left and those that are present, less those that were present
 * then. Insertions need no counting.
 */
static __always_inline __u64 gm_inode_allocated(const struct gm_inode_val *in, __u64 freed, __u64 nrpages)
{
	return freed + nrpages > in->base ? freed + nrpages - in->base : 0;
}

/* in->base of an inode older than the tool whose pages were not read yet */
#define GM_BASE_UNREAD	(~0ULL >> 1)

/* Return 0; -1: the counters cannot be read right now. */
static __always_inline int gm_inode_read_counters(struct gm_inode_val *in, const struct address_space *m,
						  struct gm_page_counts *out)
{
	__u64 nrpages;

	if (gm_inode_read_settled(in, m, &out->freed, &nrpages))
		return -1;
	if (in->base == GM_BASE_UNREAD)
		__sync_val_compare_and_swap(&in->base, GM_BASE_UNREAD, out->freed + nrpages);
	out->allocated = gm_inode_allocated(in, out->freed, nrpages);
	return 0;
}

/* Counts pages that left. punched: the inode is in use; seen: a call that was seen removes them. */
static __always_inline void gm_inode_count_removed(struct gm_inode_val *in, __u64 pages, int punched, int seen)
{
	__sync_fetch_and_add(&in->freed, pages);
	if (punched)
		__sync_fetch_and_add(&in->punched, pages);
	if (punched && !seen)
		__sync_fetch_and_add(&in->unseen, pages);
}

/* Notes the time of an inode's newest page: where faults are not all seen, it says when a guest has its memory. */
static __always_inline void gm_inode_mark_touched(const struct address_space *mapping)
{
	struct gm_inode_val *in = gm_inode_lookup(mapping->host);

	if (in)
		in->touched_ns = gm_now();
}

/* ---- entries ---- */

/*
 * Create an inode's entry, or find another CPU's. seen: the creation was seen. files: how many it has at once; added
 * later, a scan could take the inode for a dead one meanwhile. vm_files: how many files its VM has; GM_VM_FILES: that
 * does not matter. NULL: no room.
 */
static __always_inline struct gm_inode_val *gm_inode_new(const struct inode *inode, int seen, __u32 files,
							 __u32 vm_files)
{
	GM_ZEROED(struct gm_inode_val, v);
	int early = gm_is_unwatched(), err;
	struct gm_page_counts counts;
	struct gm_inode_val *in;
	__u64 key = (__u64)inode;

	v->uid = gm_inode_uid(inode);
	v->flags = gm_share_take_file(v->uid, GM_SHARE_INODES, vm_files);
	if (v->flags == GM_REFUSED) {
		gm_unzeroed_mark_present();
		return NULL;
	}
	v->files = files;
	v->id = gm_next_id(GM_NEXT_INODE);
	v->flags |= seen ? 0 : gm_discovery_flags();
	v->born_ns = gm_now();
	v->ino = BPF_CORE_READ(inode, i_ino);
	/* it may have been untracked: the pages that left it until now were not counted */
	if (!seen && gm_user_has_untracked(v->uid))
		v->flags |= GM_OBJ_OLD;
	if (v->flags & GM_OBJ_OLD)
		v->base = GM_BASE_UNREAD;
	if (early)
		v->flags |= GM_OBJ_EARLY;
	if (!seen || early)
		v->flags |= GM_OBJ_UNVERIFIED;
	err = bpf_map_update_elem(&gm_inodes, &key, v, BPF_NOEXIST);
	if (!err && (!seen || early))
		gm_unzeroed_add_unverified(1);
	if (err)
		gm_share_release_file(v->uid, GM_SHARE_INODES, v->flags);
	if (err && err != -EEXIST) { /* no memory */
		gm_count_loss(GM_LOSS_MAP);
		gm_unzeroed_mark_present();
	}
	in = bpf_map_lookup_elem(&gm_inodes, &key);
	if (!err && in && v->flags & GM_OBJ_OLD)
		gm_inode_read_counters(in, BPF_CORE_READ(inode, i_mapping), &counts);
	if (err == -EEXIST /* another CPU came first */ && in)
		__sync_fetch_and_add(&in->files, files);
	return in;
}

/* Return true if all pages of an inode are known that no scan judged: no punch is missing, its release was seen. */
static __always_inline int gm_early_is_known(__u32 flags, __u64 left)
{
	return gm_conf.punches && left && !(flags & GM_OBJ_EARLY_PUNCHED);
}

/* Counts the pages that leave an inode at its end, before the page cache was hooked or while it was being hooked. */
static __always_inline void gm_early_count_removed(struct gm_inode_val *in)
{
	if (in->flags & GM_OBJ_EARLY && gm_early_is_known(in->flags, in->left) && in->freed < in->left - 1)
		in->freed = in->left - 1;
}

/* Notes what an inode had that ended before a scan judged it. */
static __always_inline void gm_early_note_end(__u32 flags, __u64 born_ns, __u64 left)
{
	__u64 ns = gm_now() - born_ns;

	if (!(flags & GM_OBJ_EARLY))
		return;
	__sync_fetch_and_add(&gm_early.inodes, 1);
	if (gm_early_is_known(flags, left))
		__sync_fetch_and_add(&gm_early.pages, left - 1);
	else
		__sync_fetch_and_add(&gm_early.unsure, 1);
	if (ns > gm_early.ns)
		gm_early.ns = ns;
}

/* Removes an entry, after gm_claim_end(), which gave id. */
static __always_inline void gm_inode_remove(const struct inode *inode, const struct gm_inode_val *in, __u32 id)
{
	__u64 key = (__u64)inode, born_ns = in->born_ns, left = in->left;
	__u32 flags = in->flags, uid = in->uid;

	if (flags & GM_OBJ_WALKED)
		bpf_map_delete_elem(&gm_walks, &id);
	if (bpf_map_delete_elem(&gm_inodes, &key))
		return;
	gm_share_release_file(uid, GM_SHARE_INODES, flags);
	if (flags & GM_OBJ_UNVERIFIED)
		gm_unzeroed_add_unverified(-1);
	gm_early_note_end(flags, born_ns, left);
}

/* Look up an inode, or create its entry; none if its user has untracked files: it is one of theirs. */
static __always_inline struct gm_inode_val *gm_inode_get(const struct inode *inode)
{
	struct gm_inode_val *v;

	if (!inode)
		return NULL;
	v = gm_inode_lookup(inode);
	if (!v && !gm_user_has_untracked(gm_inode_uid(inode)))
		v = gm_inode_new(inode, 0, 0, GM_VM_FILES);
	return v;
}

/* The inode of one file more; its entry is created if it has none. */
static __always_inline struct gm_inode_val *gm_inode_add_file(const struct inode *inode, int seen, __u32 vm_files)
{
	struct gm_inode_val *in = inode ? gm_inode_lookup(inode) : NULL;

	if (in)
		__sync_fetch_and_add(&in->files, 1);
	else if (inode)
		in = gm_inode_new(inode, seen, 1, vm_files);
	return in;
}

#endif
