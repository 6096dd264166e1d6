// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_attrs.bpf.c - walks over VMs' memory attributes: which guest pages are private, and which of the private and of
 * the shared ones guest_memfd holds. Part of gm_scan.bpf.c's translation unit.
 *
 * KVM keeps attributes by guest page (kvm->mem_attr_array, virt/kvm/kvm_main.c, 6.12 to 7.3: one entry each, none for a
 * shared page), and only the address space 0 has slots where a VM may have private memory
 * (kvm_arch_nr_memslot_as_ids()). A walk takes 64 guest pages a step, of each slot with guest_memfd. It has a budget of
 * time (gm_attrs_left_ns), and continues in the next sample where it stopped; it begins anew when slots change. A walk
 * over shared memory without pages steps over whole holes of both trees.
 *
 * A stale pointer leads to wrong numbers at most, and those are dropped: gm_visit_attrs() looks at the end whether the
 * VM is still alive.
 */

#define GM_ATTRS_STEPS	(1u << 20)	/* of one visit */
#define GM_ATTRS_RUNS	40		/* records of runs that one step emits at most, with room to spare */
/*
 * KVM_MEMSLOT_GMEM_ONLY, include/linux/kvm_host.h, 6.18 and later: guest_memfd that can be mapped. The slot's address
 * is that of such a mapping, so private and shared memory are the same.
 */
#define GM_SLOT_GMEM_ONLY (1u << 17)

/* What a page's slot in a tree of pages or of attributes means. */
enum gm_block_of { GM_BLOCK_PAGES, GM_BLOCK_ATTRS };

struct gm_attr_ctx {
	const struct kvm *kvm;
	struct gm_attr_walk *w;
	__u64 attrs;		/* head of the tree of attributes */
	__u64 until_ns;
	__u64 after;		/* of the last block: first index behind the hole; 0: it is none */
	__u64 twice;		/* bits of the step's pages that are private and resident */
	__u32 vm;
	__u32 over;		/* 1: the walk is complete */
};

/*
 * Return true if an entry of a leaf stands for a page, or a private one. A large folio's first slot has its address,
 * the others an internal entry below 256 (xa_is_sibling()). A value is shifted left by one, and odd.
 */
static __always_inline __u64 gm_block_bit(__u64 entry, __u32 of)
{
	if (of == GM_BLOCK_ATTRS)
		return (entry & (KVM_MEMORY_ATTRIBUTE_PRIVATE << 1 | 1)) == (KVM_MEMORY_ATTRIBUTE_PRIVATE << 1 | 1);
	return entry && (!(entry & 3) || ((entry & 3) == 2 && entry < 256));
}

struct gm_block_ctx {
	struct gm_leaf_scratch *leaf;
	__u64 bits;
	__u32 of;
};

static long gm_block_slot(__u64 k, void *arg)
{
	struct gm_block_ctx *b = arg;
	struct gm_leaf_scratch *leaf = b->leaf;

	if (!leaf)
		return 1;
	b->bits |= gm_block_bit(leaf->slot[k & 63], b->of) << (k & 63);
	return 0;
}

/*
 * Read the aligned block of 64 indices that holds index, as bits. *after: 0, or the first index behind a hole that
 * covers the block.
 */
GM_GLOBAL __u64 gm_block_read(__u64 entry, __u64 index, __u32 of, __u64 *after)
{
	struct gm_block_ctx b = { .leaf = gm_leaf_get(), .of = of };
	__u64 slot = ~0ULL;
	struct xa_node *n;
	__u8 shift = 0;
	int i;

	if (!after || !b.leaf)
		return 0;
	*after = 0;
	for (i = 0; i < GM_XA_LEVELS; i++) {
		if ((entry & 3) != 2 || entry < 4096)
			break;
		n = (void *)(entry - 2);
		shift = BPF_CORE_READ(n, shift);
		if (shift >= 64 || (i == 0 && index >> shift > 63)) {
			entry = 0;
			slot = ~0ULL;
			break;
		}
		if (!shift) {
			bpf_probe_read_kernel(b.leaf->slot, sizeof(b.leaf->slot),
					      (char *)n + bpf_core_field_offset(struct xa_node, slots));
			bpf_loop(64, gm_block_slot, &b, 0);
			return b.bits;
		}
		slot = index >> shift;
		bpf_probe_read_kernel(&entry, sizeof(entry),
				      (char *)n + bpf_core_field_offset(struct xa_node, slots) + 8 * (slot & 63));
	}
	/* one entry for all of the block, or a tree with the index 0 alone */
	if (gm_block_bit(entry, of))
		return slot != ~0ULL ? ~0ULL : index < 64;
	*after = slot != ~0ULL ? (slot + 1) << shift : ~0ULL;
	return 0;
}

/* The bits of n <= 64 pages from index on, wherever they lie in their blocks. */
static __always_inline __u64 gm_attr_bits(struct gm_attr_ctx *c, __u64 head, __u64 index, __u64 n, __u32 of)
{
	__u64 shift = index & 63, after = 0, bits = gm_block_read(head, index, of, &after) >> shift;

	c->after = after;
	if (shift && 64 - shift < n) {
		bits |= gm_block_read(head, index + 64 - shift, of, &after) << (64 - shift);
		c->after = c->after && after ? after : 0;
	}
	return n < 64 ? bits & ((1ULL << n) - 1) : bits;
}

/* ---- runs of pages to look up ---- */

static __always_inline void gm_attr_run_end(struct gm_attr_walk *w, __u32 vm)
{
	struct gm_raw_run r = {};

	if (!w->run_pages)
		return;
	gm_rec_header(&r.h, GM_K_RAW_RUN, sizeof(r));
	r.vm = vm;
	r.hva = w->run_hva;
	r.pages = w->run_pages;
	r.walk_ns = w->raw.began_ns;
	gm_scan_emit(&r, sizeof(r));
	w->run_pages = 0;
}

/* Add page k of the step to the run, or end the run. */
static long gm_attr_run_page(__u64 k, void *arg)
{
	struct gm_attr_ctx *c = arg;
	struct gm_attr_walk *w = c->w;

	if (!w)
		return 1;
	if (!(c->twice >> (k & 63) & 1)) {
		gm_attr_run_end(w, c->vm);
		return 0;
	}
	if (!w->run_pages)
		w->run_hva = w->hva + ((w->at + k) << gm_page_shift());
	w->run_pages++;
	return 0;
}

static __always_inline void gm_attr_runs(struct gm_attr_ctx *c, __u64 n)
{
	struct gm_attr_walk *w = c->w;

	if (!c->twice) {
		gm_attr_run_end(w, c->vm);
		return;
	}
	if (n == 64 && c->twice == ~0ULL && w->run_pages)
		w->run_pages += 64;
	else
		bpf_loop((__u32)n, gm_attr_run_page, c, 0);
}

/* Return true if the ring has room for the runs of a step: it is emptied before the step otherwise. */
static __always_inline int gm_attr_has_room(void)
{
	__u64 used = bpf_ringbuf_query(&gm_scan_ring, BPF_RB_AVAIL_DATA);
	__u64 size = bpf_ringbuf_query(&gm_scan_ring, BPF_RB_RING_SIZE);

	return used + GM_ATTRS_RUNS * (sizeof(struct gm_raw_run) + 8) < size;
}

/* ---- slots ---- */

static __always_inline void gm_attr_leave_slot(struct gm_attr_ctx *c)
{
	struct hlist_node *n = (void *)c->w->node;

	gm_attr_run_end(c->w, c->vm);
	c->w->mapping = 0;
	c->w->node = (__u64)BPF_CORE_READ(n, next);
}

/* Read the slot of the current node. */
static __always_inline void gm_attr_enter_slot(struct gm_attr_ctx *c)
{
	struct gm_attr_walk *w = c->w;
	const struct kvm_memory_slot *slot = gm_slot_of_node((void *)w->node, w->idx);
	struct file *file = BPF_CORE_READ(slot, gmem.file);

	w->at = 0;
	w->base_gfn = BPF_CORE_READ(slot, base_gfn);
	w->npages = BPF_CORE_READ(slot, npages);
	w->pgoff = BPF_CORE_READ(slot, gmem.pgoff);
	w->hva = BPF_CORE_READ(slot, userspace_addr);
	w->only = !!(BPF_CORE_READ(slot, flags) & GM_SLOT_GMEM_ONLY);
	w->mapping = file ? (__u64)BPF_CORE_READ(file, f_mapping) : 0;
	if (!w->mapping || !w->npages)
		gm_attr_leave_slot(c);
}

static __always_inline void gm_attr_next_chain(struct gm_attr_ctx *c)
{
	struct gm_attr_walk *w = c->w;
	struct kvm_memslots *slots = gm_kvm_memslots(c->kvm, 0);
	struct hlist_node *node = NULL;

	if (w->chain >= GM_SLOTS_CHAINS) {
		c->over = 1;
		return;
	}
	w->idx = BPF_CORE_READ(slots, node_idx) & 1;
	bpf_probe_read_kernel(&node, sizeof(node),
			      (char *)slots + bpf_core_field_offset(struct kvm_memslots, id_hash) +
				      8 * (w->chain & (GM_SLOTS_CHAINS - 1)));
	w->node = (__u64)node;
	w->chain++;
}

static __always_inline __u64 gm_popcount(__u64 v)
{
	v -= v >> 1 & 0x5555555555555555ULL;
	v = (v & 0x3333333333333333ULL) + (v >> 2 & 0x3333333333333333ULL);
	v = (v + (v >> 4)) & 0x0F0F0F0F0F0F0F0FULL;
	return v * 0x0101010101010101ULL >> 56;
}

/* How far a hole in both trees goes, in pages of the slot; 0: there is none. */
static __always_inline __u64 gm_attr_hole(const struct gm_attr_walk *w, __u64 after_gfn, __u64 after_index)
{
	__u64 gfn = w->base_gfn + w->at, index = w->pgoff + w->at, left = w->npages - w->at, n;

	if (!after_gfn || !after_index)
		return 0;
	n = after_gfn - gfn < after_index - index ? after_gfn - gfn : after_index - index;
	return n < left ? n : left;
}

/* Count up to 64 pages of the slot, up to the next multiple of 64 of its guest pages. */
static __always_inline void gm_attr_block(struct gm_attr_ctx *c)
{
	struct gm_attr_walk *w = c->w;
	const struct address_space *m = (void *)w->mapping;
	__u64 gfn = w->base_gfn + w->at, n = 64 - (gfn & 63), after, private, resident, hole;

	n = n < w->npages - w->at ? n : w->npages - w->at;
	private = gm_attr_bits(c, c->attrs, gfn, n, GM_BLOCK_ATTRS);
	after = c->after;
	resident = gm_attr_bits(c, (__u64)BPF_CORE_READ(m, i_pages.xa_head), w->pgoff + w->at, n, GM_BLOCK_PAGES);
	w->raw.now.private_pages += gm_popcount(private);
	w->raw.now.private_resident += gm_popcount(private & resident);
	w->raw.now.left_pages += w->only ? 0 : gm_popcount(resident & ~private);
	c->twice = w->only ? 0 : private & resident;
	gm_attr_runs(c, n);
	hole = gm_attr_hole(w, after, c->after);
	n = hole > n ? hole : n;
	w->raw.now.pages += n;
	w->at += n;
	if (w->at >= w->npages)
		gm_attr_leave_slot(c);
}

static long gm_attr_step(__u64 i, void *arg)
{
	struct gm_attr_ctx *c = arg;
	struct gm_attr_walk *w = c->w;

	if (!w)
		return 1;
	if (!w->node)
		gm_attr_next_chain(c);
	else if (!w->mapping)
		gm_attr_enter_slot(c);
	else if (!gm_attr_has_room())
		gm_scan_again = 1;
	else
		gm_attr_block(c);
	return c->over || gm_scan_again || gm_now() >= c->until_ns;
}

/* ---- walks ---- */

/*
 * Numbers that change with attributes, punches and slots (KVM counts what invalidates guest mappings), and with pages
 * that come. Of several files only the newest is read, so such a VM is walked again after a while.
 */
static __always_inline void gm_attr_mark(const struct kvm *kvm, const struct gm_vm_val *v, __u64 mark[2])
{
	const struct inode *inode = (void *)v->inode_ptr;

	mark[0] = BPF_CORE_READ(kvm, mmu_invalidate_seq);
	mark[1] = inode ? BPF_CORE_READ(inode, i_mapping, nrpages) : 0;
}

static __always_inline void gm_attr_begin(struct gm_attr_walk *w, const struct kvm *kvm, const struct gm_vm_val *v)
{
	__builtin_memset(&w->raw.now, 0, sizeof(w->raw.now));
	gm_attr_mark(kvm, v, w->mark);
	w->generation = gm_slots_generation(kvm);
	w->node = w->mapping = w->run_pages = 0;
	w->chain = 0;
	w->raw.began_ns = gm_now();
}

static __always_inline void gm_attr_done(struct gm_attr_walk *w)
{
	w->raw.done = w->raw.now;
	w->raw.done_ns = w->raw.began_ns;
	w->done_mark[0] = w->mark[0];
	w->done_mark[1] = w->mark[1];
	w->raw.began_ns = 0;
}

static __always_inline int gm_attr_wanted(const struct gm_attr_walk *w)
{
	if (w->raw.began_ns || !w->raw.done_ns)
		return 1;
	if (gm_walk_since_ns)
		return w->raw.done_ns < gm_walk_since_ns;
	return w->raw.changed || gm_now() - w->raw.done_ns > GM_ATTRS_AGE_NS;
}

/* Continue a VM's walk as far as its share of the time goes. */
static __always_inline void gm_attr_walk_on(struct gm_attr_walk *w, const struct kvm *kvm, const struct gm_vm_val *v,
					    __u32 id)
{
	__u64 t0 = gm_now(), ns = gm_attrs_share_ns < gm_attrs_left_ns ? gm_attrs_share_ns : gm_attrs_left_ns;
	struct gm_attr_ctx c = { .kvm = kvm, .w = w, .vm = id, .until_ns = t0 + ns };

	if (!ns)
		return;
	if (!w->raw.began_ns || w->generation != gm_slots_generation(kvm))
		gm_attr_begin(w, kvm, v);
	c.attrs = gm_attrs_head(kvm);
	bpf_loop(GM_ATTRS_STEPS, gm_attr_step, &c, 0);
	if (c.over)
		gm_attr_done(w);
	ns = gm_now() - t0;
	gm_attrs_left_ns -= ns < gm_attrs_left_ns ? ns : gm_attrs_left_ns;
}

static const struct gm_attr_walk gm_attr_walk_zero;	/* to insert: too large for the stack */

static __always_inline struct gm_attr_walk *gm_attr_walk_get(__u32 id)
{
	struct gm_attr_walk *w = bpf_map_lookup_elem(&gm_attr_walks, &id);

	if (w)
		return w;
	bpf_map_update_elem(&gm_attr_walks, &id, &gm_attr_walk_zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&gm_attr_walks, &id);
}

/* Compare the VM as it is now with what the last complete walk began with. */
static __always_inline void gm_attr_note_changes(struct gm_attr_walk *w, const struct kvm *kvm,
						 const struct gm_vm_val *v)
{
	__u64 mark[2];

	gm_attr_mark(kvm, v, mark);
	w->raw.changed = mark[0] != w->done_mark[0] || mark[1] != w->done_mark[1] || v->files > 1;
}

static __always_inline void gm_attrs_emit_none(__u32 id)
{
	struct gm_raw_attrs r = {};

	gm_rec_header(&r.h, GM_K_RAW_ATTRS, sizeof(r));
	r.vm = id;
	r.none = 1;
	gm_scan_emit(&r, sizeof(r));
}

static __always_inline void gm_visit_attrs(const struct kvm *kvm, struct gm_vm_val *v, __u32 id)
{
	struct gm_attr_walk *w;

	if (!v->gmem || v->flags & GM_OBJ_UNREPORTED || !gm_vm_is_alive(kvm, v))
		return;
	if (!gm_has_private(kvm)) {
		gm_attrs_emit_none(id);
		return;
	}
	w = gm_attr_walk_get(id);
	if (!w)
		return;
	gm_attr_note_changes(w, kvm, v);
	if (gm_attr_wanted(w))
		gm_attr_walk_on(w, kvm, v, id);
	if (gm_scan_again || !gm_vm_is_alive(kvm, v))
		return;
	gm_attr_note_changes(w, kvm, v);
	gm_attrs_wanting += !!w->raw.began_ns;
	gm_rec_header(&w->raw.h, GM_K_RAW_ATTRS, sizeof(w->raw));
	w->raw.vm = id;
	gm_scan_emit(&w->raw, sizeof(w->raw));
}
