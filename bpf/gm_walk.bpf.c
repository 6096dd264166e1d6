// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_walk.bpf.c - walks over inodes' pages: which NUMA node each page is on, and whether all of them are zeroed. Part
 * of gm_scan.bpf.c's translation unit.
 *
 * A sample has a budget of pages for all inodes together (kernel/walk_budget.c). A walk continues in the next sample
 * where it stopped, whatever changed meanwhile.
 */
#include "gm_shuffle.h"
#include "gm_weight.h"

static __always_inline struct gm_leaf_scratch *gm_leaf_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&gm_leaves, &zero);
}

struct gm_walk_ctx {
	struct gm_walk_val *w;
	struct gm_leaf_scratch *leaf;
	__u64 head;		/* i_pages.xa_head: a node when the low bits are 10b, else one entry or none */
	__u64 end;		/* first index beyond the file */
	__u64 index;		/* of the leaf's first page */
	__u64 left;		/* of what this visit may walk */
};

static __always_inline void gm_walk_count(struct gm_walk_val *w, struct gm_leaf_scratch *leaf, __u64 entry, __u64 index)
{
	__u64 flags;
	__u32 node;

	/* A page's entry is its folio's address. Values (low bit) and internal entries are no pages. */
	if (!entry || entry & 3)
		return;
	flags = gm_folio_flags((void *)entry);
	if (!(flags >> bpf_core_enum_value(enum pageflags, PG_uptodate) & 1))
		w->unzeroed++;
	if (gm_conf.nodes_made_up)
		node = index / GM_MADE_UP_PAGES % (gm_conf.nodes ?: 1);
	else
		node = flags >> (gm_conf.node_shift & 63) & gm_conf.node_mask;
	if (node >= GM_NODES_MAX)
		node = GM_NODES_MAX - 1;
	leaf->pages[node & (GM_NODES_MAX - 1)]++;
	leaf->all++;
}

/* Count one slot of the leaf. (A callback: the verifier follows a loop round by round.) */
static long gm_walk_slot(__u64 k, void *arg)
{
	struct gm_walk_ctx *c = arg;
	struct gm_walk_val *w = c->w;
	struct gm_leaf_scratch *leaf = c->leaf;

	if (!w || !leaf)
		return 1;
	gm_walk_count(w, leaf, leaf->slot[k & 63], c->index + k);
	return 0;
}

/* Adds a leaf's pages to the walk. The error of a random sample is computed from the sums of squares. */
static __always_inline void gm_walk_add(struct gm_walk_val *w, const struct gm_leaf_scratch *leaf)
{
	__u64 pages = leaf->all;
	int n;

	w->raw.squares += pages * pages;
	for (n = 0; n < GM_NODES_MAX; n++) {
		__u64 x = leaf->pages[n];

		w->raw.now[n] += x;
		w->raw.node_squares[n] += x * x;
		w->raw.node_products[n] += x * pages;
	}
}

/*
 * The tree's leaf node that holds index; 0: none, and *after is the first index behind the hole. Entry encodings as in
 * gm_xa_leaf().
 */
static __always_inline __u64 gm_walk_find(__u64 entry, __u64 index, __u64 *after)
{
	struct xa_node *n;
	__u8 shift;
	int i;

	*after = ~0ULL;
	for (i = 0; i < GM_XA_LEVELS; i++) {
		if ((entry & 3) != 2 || entry < 4096)
			return 0;
		n = (void *)(entry - 2);
		shift = BPF_CORE_READ(n, shift);
		if (!shift)
			return (__u64)n;
		if (shift >= 64 || (i == 0 && index >> shift > 63))
			return 0;
		*after = ((index >> shift) + 1) << shift;
		bpf_probe_read_kernel(&entry, sizeof(entry),
				      (char *)n + bpf_core_field_offset(struct xa_node, slots) +
					      8 * (index >> shift & 63));
	}
	return 0;
}

static __always_inline int gm_walk_is_over(const struct gm_walk_val *w, __u64 end)
{
	return w->raw.mask ? w->next > w->raw.mask : w->next >= end;
}

/* Walk one leaf of 64 pages, or one hole. */
static long gm_walk_step(__u64 i, void *arg)
{
	struct gm_walk_ctx *c = arg;
	struct gm_walk_val *w = c->w;
	struct gm_leaf_scratch *leaf = c->leaf;
	__u64 at, after;

	if (!w || !leaf || c->left < GM_WALK_LEAF || gm_walk_is_over(w, c->end))
		return 1;
	c->index = w->raw.mask ? gm_shuffle_nth(w->next, w->seed, w->raw.mask) * 64 : w->next;
	if (c->index >= c->end) {
		w->next++;
		return 0;
	}
	at = gm_walk_find(c->head, c->index, &after);
	leaf->all = 0;
	__builtin_memset(leaf->pages, 0, sizeof(leaf->pages));
	if (at) {
		bpf_probe_read_kernel(leaf->slot, sizeof(leaf->slot),
				      (char *)at + bpf_core_field_offset(struct xa_node, slots));
		bpf_loop(64, gm_walk_slot, c, 0);
	} else if (!c->index && (c->head & 3) == 0) { /* a tree of one page has no node */
		gm_walk_count(w, leaf, c->head, 0);
	}
	gm_walk_add(w, leaf);
	w->raw.leaves++;
	w->next = w->raw.mask ? w->next + 1 : at ? c->index + 64 : after;
	c->left -= leaf->all + GM_WALK_HOLE;
	return 0;
}

/*
 * Read how many pages were inserted and removed, together, up to now (*moved); 0 where pages are not counted. Return 0;
 * -1: at least that many, as pages are leaving right now.
 */
static __always_inline int gm_walk_moved(const struct gm_inode_val *in, const struct address_space *m, __u64 *moved)
{
	__u64 freed, nrpages;
	int err;

	if (!gm_conf.counted) {
		*moved = 0;
		return 0;
	}
	err = gm_inode_read_settled(in, m, &freed, &nrpages);
	if (err) {
		nrpages = BPF_CORE_READ(m, nrpages);
		gm_load_fence();
		freed = *(volatile __u64 *)&in->freed;
	}
	*moved = 2 * freed + nrpages;
	return err;
}

/*
 * Walks in a row that find an unzeroed page, before it counts: the page may be one that a fault is zeroing right now.
 */
#define GM_UNVERIFIED_WALKS 3

/* After a complete walk of an inode that had pages when it was found: notes whether any of them is unzeroed. */
static __always_inline void gm_inode_verify_zeroed(struct gm_inode_val *in, struct gm_walk_val *w)
{
	if (w->unzeroed && ++w->tries < GM_UNVERIFIED_WALKS)
		return;
	if (w->unzeroed)
		gm_unzeroed_mark_present();
	in->flags &= ~GM_OBJ_UNVERIFIED;
	gm_unzeroed_add_unverified(-1);
}

/*
 * Begin a walk. pages: what this visit may read. If that is not all, and the file has pages in one leaf of 64 or more,
 * leaves come in a random order: until it is complete, the walk is a random sample.
 */
static __always_inline void gm_walk_begin(struct gm_walk_val *w, __u64 moved, __u64 resident, __u64 end, __u64 pages)
{
	__builtin_memset(w->raw.now, 0, sizeof(w->raw.now));
	__builtin_memset(w->raw.node_squares, 0, sizeof(w->raw.node_squares));
	__builtin_memset(w->raw.node_products, 0, sizeof(w->raw.node_products));
	w->raw.leaves = w->raw.squares = w->raw.mask = w->next = w->unzeroed = 0;
	w->raw.began_ns = gm_now();
	w->raw.began_moved = moved;
	w->seed = gm_conf.nodes_made_up ? end * 0x9E3779B97F4A7C15ULL
					: (__u64)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32();
	if (!end || resident <= pages || resident < end / 64)
		return;
	w->raw.mask = gm_shuffle_mask((end + 63) / 64);
}

static __always_inline void gm_walk_done(struct gm_inode_val *in, struct gm_walk_val *w)
{
	__builtin_memcpy(w->raw.done, w->raw.now, sizeof(w->raw.done));
	w->raw.done_ns = w->raw.began_ns;
	w->raw.done_moved = w->raw.began_moved;
	w->raw.began_ns = 0;
	w->credit = 0;
	if (in->flags & GM_OBJ_UNVERIFIED)
		gm_inode_verify_zeroed(in, w);
}

/* Return true if a walk is to continue or to begin: of a busy inode only when too much has changed. */
static __always_inline int gm_walk_wanted(const struct gm_inode_val *in, const struct gm_walk_val *w, __u64 moved,
					  __u64 resident)
{
	__u64 since = moved - w->raw.done_moved;

	if (gm_conf.nodes <= 1)
		return !!(in->flags & GM_OBJ_UNVERIFIED);
	if (w->raw.began_ns || !w->raw.done_ns || in->flags & GM_OBJ_UNVERIFIED)
		return 1;
	if (gm_walk_since_ns)
		return w->raw.done_ns < gm_walk_since_ns && (since || !gm_conf.counted);
	if (!gm_conf.counted)
		return 1;
	return since && (moved == w->seen_moved || resident <= GM_WALK_SMALL || since * GM_WALK_NEAR >= resident);
}

/* Where the error is not known, or every page has to be read, all inodes weigh the same. */
static __always_inline __u32 gm_walk_weight(const struct gm_inode_val *in, const struct gm_walk_val *w, __u64 resident)
{
	__u64 drawn = GM_WEIGHT_MOST, walked = GM_WEIGHT_MOST;

	if (!gm_conf.counted || gm_walk_since_ns || in->flags & GM_OBJ_UNVERIFIED)
		return GM_WEIGHT_MOST;
	if (w->raw.began_ns && w->raw.mask)
		drawn = gm_weight_sampled(w->raw.leaves, w->raw.moved - w->raw.began_moved, resident);
	if (w->raw.done_ns)
		walked = gm_weight_walked(w->raw.moved - w->raw.done_moved, resident);
	return gm_weight_smaller(drawn, walked);
}

/* Gives the inode its share of a sample; it saves up two shares at most. */
static __always_inline void gm_walk_give(struct gm_walk_val *w)
{
	__u64 more = gm_weight_pages(gm_walk_share, w->weight ?: GM_WEIGHT_MOST);

	more = more < GM_WALK_MOST ? more : GM_WALK_MOST;
	w->credit = w->credit < more + 2 * GM_WALK_LEAF ? w->credit + more : 2 * (more + GM_WALK_LEAF);
}

/* Continue the walk as far as the inode's share goes. */
static __always_inline void gm_walk_on(struct gm_inode_val *in, struct gm_walk_val *w, const struct address_space *m,
				       __u64 resident, __u64 size)
{
	struct gm_walk_ctx c = { .w = w };
	__u64 moved, pages, t0;

	gm_walk_give(w);
	pages = w->credit < gm_walk_left ? w->credit : gm_walk_left;
	if (pages < GM_WALK_LEAF) {
		gm_walk_cut += w->credit >= GM_WALK_LEAF;
		return;
	}
	c.leaf = gm_leaf_get();
	c.end = size >> gm_page_shift();
	if (!w->raw.began_ns) {
		if (gm_walk_moved(in, m, &moved))
			return; /* until the counters can be read */
		gm_walk_begin(w, moved, resident, c.end, pages);
	}
	t0 = gm_now();
	c.head = (__u64)BPF_CORE_READ(m, i_pages.xa_head);
	c.left = pages;
	bpf_loop(GM_WALK_MOST, gm_walk_step, &c, 0);
	pages -= c.left < pages ? c.left : pages;
	gm_walk_ns += gm_now() - t0;
	gm_walk_spent += pages;
	gm_walk_left -= pages;
	w->credit -= pages;
	if (gm_walk_is_over(w, c.end))
		gm_walk_done(in, w);
}

static __always_inline struct gm_walk_val *gm_walk_get(struct gm_inode_val *in, __u32 id)
{
	struct gm_walk_val *w = bpf_map_lookup_elem(&gm_walks, &id);

	if (w)
		return w;
	in->flags |= GM_OBJ_WALKED;
	bpf_map_update_elem(&gm_walks, &id, &gm_walk_zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&gm_walks, &id);
}

/* Return true if the last complete walk has counted exactly the pages that are present now. */
static __always_inline int gm_walk_holds(const struct gm_walk_val *w, __u64 resident, __u64 t0)
{
	__u64 pages = 0;
	int n;

	for (n = 0; n < GM_NODES_MAX; n++)
		pages += w->raw.done[n];
	if (!w->raw.done_ns || pages != resident)
		return 0;
	return gm_conf.counted ? w->raw.moved == w->raw.done_moved : w->raw.done_ns >= t0;
}

/*
 * Continue an inode's walk. Return 1: the nodes of all pages are in *r; 0: the walk's own record has what is known. A
 * global function, as it has many paths. mapping: struct address_space *.
 */
GM_GLOBAL int gm_walk_visit(struct gm_inode_val *in, __u64 mapping, struct gm_rec_inode *r)
{
	const struct address_space *m = (void *)mapping;
	__u64 moved, t0 = gm_now();
	struct gm_walk_val *w;
	int wanted;

	if (!in || !r)
		return 0;
	w = gm_walk_get(in, r->inode);
	if (!w)
		return 0;
	gm_walk_moved(in, m, &moved);
	wanted = gm_walk_wanted(in, w, moved, r->resident_pages);
	if (wanted)
		gm_walk_on(in, w, m, r->resident_pages, r->size_bytes);
	w->seen_moved = moved;
	gm_walk_moved(in, m, &w->raw.moved); /* pages that moved meanwhile count, too */
	if (wanted) {
		w->weight = gm_walk_weight(in, w, r->resident_pages);
		gm_walk_weights += w->weight;
		gm_walk_wanting++;
	}
	if (!gm_walk_holds(w, r->resident_pages, t0))
		return 0;
	r->nodes_known = 1;
	__builtin_memcpy(r->node_pages, w->raw.done, sizeof(r->node_pages));
	return 1;
}

/* Emits the walk's record, before the inode's. */
static __always_inline void gm_walk_emit(__u32 id)
{
	struct gm_walk_val *w = bpf_map_lookup_elem(&gm_walks, &id);

	if (!w)
		return;
	gm_rec_header(&w->raw.h, GM_K_RAW_WALK, sizeof(w->raw));
	w->raw.inode = id;
	gm_scan_emit(&w->raw, sizeof(w->raw));
}
