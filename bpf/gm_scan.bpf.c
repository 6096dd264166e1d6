// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_scan.bpf.c - the kernel's own state, by iterators: what is there, whoever saw it come. Its maps are the probes'
 * (the loader replaces them), its output is records in a ring.
 *
 *  gm_scan_vms, _files, _inodes	over the identity maps, at every tick: cheap, grows with VMs, not with processes.
 *				They read through pointers that may be stale, hence only by probe reads, and check
 *				what they find against what was noted at birth.
 *  gm_run_vms, _files, _inodes	the same where the kernel refuses iterators over map elements: user space runs them
 *				(BPF_PROG_RUN), they walk the map by callback.
 *  gm_scan_tasks		over all tasks' descriptors and mappings: VMs older than the tool, and what pins VMs and memory.
 *  gm_proc_read		one process: name, start, CPU time.
 *
 * All run in process context, preemptible between two elements; iterators under RCU. Where the ring is full a scan stops at that object. User
 * space empties the ring, and the scan goes on there: no object, however much it has to emit, ends the scan of the others. (An iterator's own
 * file has a buffer of 8 pages, and fails on an object that needs more.)
 */
#define GM_ONE_THREAD
#include "gm_core.bpf.h"
#include "gm_range.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set by the loader before each read: also tell the bindings. */
int gm_scan_bindings = 1;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * GM_MAX_FILES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct gm_walk_val);
} gm_walks SEC(".maps");

/* Set by the loader for a session's last look: what is dead by then is told, though a probe may be at its end still. */
int gm_scan_final;

/* Set by the loader before each look: how many pages may yet be walked only to learn whether they are cleared. */
__u32 gm_scan_pages;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, GM_RING_BYTES);
} gm_scan_ring SEC(".maps");

/* A run: which element to begin with, by its place in the walk (set by the loader), and where it is. */
__u32 gm_run_from, gm_run_at;

/* The scan must visit the same object again, with an empty ring. */
__u32 gm_scan_again;

static const struct gm_walk_val gm_walk_zero;	/* to insert: too large for the stack */

static __always_inline void gm_head(struct gm_rec *h, __u32 kind, __u32 len)
{
	h->len = len;
	h->kind = kind;
	h->ts_ns = gm_now();
}

static __always_inline void gm_tell(void *r, __u32 len)
{
	if (bpf_ringbuf_output(&gm_scan_ring, r, len, BPF_RB_NO_WAKEUP))
		gm_scan_again = 1;
}

/* ---- residency per NUMA node: a walk over the page cache tree, as much of it as one visit may ---- */

struct gm_walk_ctx {
	struct gm_walk_val *w;
	__u64 leaf;		/* the node under inspection */
	__u64 head;		/* i_pages.xa_head: a node when the low bits are 10b, else one entry or none */
	__u64 base;		/* first index of this visit */
	__u64 end;		/* first index beyond the file */
};

static __always_inline void gm_walk_count(struct gm_walk_val *w, __u64 entry)
{
	__u64 flags;
	__u32 node;

	/* A page's entry is its folio's address; values (low bit) and internal entries are none. */
	if (!entry || entry & 3)
		return;
	flags = gm_folio_flags((void *)entry);
	if (!(flags >> bpf_core_enum_value(enum pageflags, PG_uptodate) & 1))
		w->uncleared++;
	node = flags >> (gm_conf.node_shift & 63) & gm_conf.node_mask;
	if (node >= GM_NODES_MAX)
		node = GM_NODES_MAX - 1;
	w->now[node & (GM_NODES_MAX - 1)]++;
}

/* One slot of the leaf: callbacks rather than loops, which the verifier would walk round by round. */
static long gm_walk_slot(__u64 k, void *arg)
{
	struct gm_walk_ctx *c = arg;
	struct gm_walk_val *w = c->w;
	__u64 leaf = c->leaf, entry = 0;

	if (!w)
		return 1;
	bpf_probe_read_kernel(&entry, sizeof(entry), (char *)leaf + bpf_core_field_offset(struct xa_node, slots) + 8 * (k & 63));
	gm_walk_count(w, entry);
	return 0;
}

/* One leaf (64 pages). */
static long gm_walk_leaf(__u64 i, void *arg)
{
	struct gm_walk_ctx *c = arg;
	__u64 index = c->base + i * 64;
	struct gm_walk_val *w = c->w;

	if (index >= c->end || !w)
		return 1;
	w->next = index + 64;
	c->leaf = gm_xa_leaf(c->head, index);
	if (c->leaf)
		bpf_loop(64, gm_walk_slot, c, 0);
	else if (!index && (c->head & 3) == 0)	/* a tree of one page has no node */
		gm_walk_count(w, c->head);
	return 0;
}

static __always_inline void gm_walk_restart(struct gm_walk_val *w, const struct gm_inode_val *in, __u64 allocated)
{
	__builtin_memset(w->now, 0, sizeof(w->now));
	w->next = 0;
	w->uncleared = 0;
	w->began_allocated = allocated;
	w->began_freed = in->freed;
}

/* Walks that may find a page which a fault is clearing right now, before it is believed that others left it. */
#define GM_UNSURE_WALKS 3

/* A whole walk of an inode that had pages at first sight: are there any that nobody cleared? */
static __always_inline void gm_walk_judge(struct gm_inode_val *in, struct gm_walk_val *w)
{
	if (w->uncleared && ++w->tries < GM_UNSURE_WALKS)
		return;
	if (w->uncleared)
		gm_uncleared_left();
	__sync_fetch_and_and(&in->flags, ~GM_OBJ_UNSURE);
	gm_uncleared_unsure(-1);
}

/* Goes on with the walk when anything changed since the last complete one; *r gets the last complete one's counts. */
static __always_inline void gm_walk_visit(struct gm_inode_val *in, const struct address_space *m, __u64 size, struct gm_rec_inode *r)
{
	struct gm_walk_val *w;
	struct gm_walk_ctx c = {};
	__u64 allocated = r->allocated_pages;
	__u32 id = r->inode, pages = gm_conf.walk_pages;

	if (gm_conf.nodes <= 1) {	/* not for what is where, then */
		pages = gm_scan_pages;
		gm_scan_pages = 0;
		if (!pages)
			return;
	}
	w = bpf_map_lookup_elem(&gm_walks, &id);
	if (!w) {
		bpf_map_update_elem(&gm_walks, &id, &gm_walk_zero, BPF_NOEXIST);
		w = bpf_map_lookup_elem(&gm_walks, &id);
		if (!w)
			return;
	}
	if (in->flags & GM_OBJ_UNSURE || !w->complete || w->next || w->seen_allocated != allocated || w->seen_freed != in->freed || !gm_conf.counted) {
		if (!w->next)
			gm_walk_restart(w, in, allocated);
		c.w = w;
		c.head = (__u64)BPF_CORE_READ(m, i_pages.xa_head);
		c.base = w->next;
		c.end = size >> gm_page_shift();
		bpf_loop(pages / 64, gm_walk_leaf, &c, 0);
		if (gm_conf.nodes <= 1)
			gm_scan_pages = pages - (w->next - c.base < pages ? (__u32)(w->next - c.base) : pages);
		if (w->next >= c.end) {
			__builtin_memcpy(w->done, w->now, sizeof(w->done));
			w->seen_allocated = w->began_allocated;
			w->seen_freed = w->began_freed;
			w->complete = 1;
			w->next = 0;
			if (in->flags & GM_OBJ_UNSURE)
				gm_walk_judge(in, w);
		}
	}
	if (!w->complete)
		return;
	r->nodes_known = 1;
	__builtin_memcpy(r->node_pages, w->done, sizeof(r->node_pages));
}

/* ---- objects ---- */

static __always_inline void gm_emit_inode(__u64 inode, struct gm_inode_val *in, __u32 id)
{
	struct inode *i = (void *)inode;
	struct address_space *m = BPF_CORE_READ(i, i_mapping);
	struct gm_moved moved;
	struct gm_rec_inode r;

	__builtin_memset(&r, 0, sizeof(r));
	gm_head(&r.h, GM_K_INODE, sizeof(r));
	r.inode = id;
	r.flags = in->flags & GM_OBJ_OLD;
	r.ino = in->ino;
	r.size_bytes = BPF_CORE_READ(i, i_size);
	r.resident_pages = BPF_CORE_READ(m, nrpages);
	if (gm_conf.counted && !gm_inode_moved(in, m, &moved)) {
		r.allocated_pages = moved.allocated;
		r.freed_pages = moved.freed;
	}
	r.gmem_flags = gm_gmem_flags(i);
	r.born_ns = in->born_ns;
	r.counted = gm_conf.counted;
	r.touched_ns = in->touched_ns;
	if (gm_conf.nodes > 1 || (gm_conf.uncleared && in->flags & GM_OBJ_UNSURE))
		gm_walk_visit(in, m, r.size_bytes, &r);
	if (gm_conf.nodes == 1) {
		r.nodes_known = 1;
		r.node_pages[0] = r.resident_pages;
	}
	gm_tell(&r, sizeof(r));
}

/*
 * An object that is found dead: is it for the scan to tell? Where probes tell deaths, only one that they missed (the kernel
 * may skip a program): dead at two scans in a row, with no probe at work on its end.
 */
static __always_inline int gm_may_reap(__u32 *flags, __u64 dying_ns, __u32 what)
{
	if (dying_ns && !gm_scan_final && gm_now() - dying_ns < GM_DYING_NS)
		return 0;
	if (gm_conf.reap & what)
		return 1;
	if (*flags & GM_OBJ_SUSPECT)
		return 1;
	__sync_fetch_and_or(flags, GM_OBJ_SUSPECT);
	return 0;
}

static __always_inline void gm_visit_file(__u64 file, struct gm_file_val *v, __u32 id)
{
	struct gm_rec_file r;

	if (!gm_file_alive(file, v)) {
		if (gm_may_reap(&v->flags, v->dying_ns, GM_REAP_FILE))
			gm_file_died(file, v, id, NULL, 0);
		return;
	}
	if (gm_file_birth_late(v, id, GM_K_BIND))
		return;
	v->seen_ns = gm_now();
	__builtin_memset(&r, 0, sizeof(r));
	gm_head(&r.h, GM_K_FILE, sizeof(r));
	r.file = id;
	r.inode = v->inode;
	r.vm = v->vm;
	r.flags = v->flags & GM_OBJ_OLD;
	r.born_ns = v->born_ns;
	gm_tell(&r, sizeof(r));
}

/* After the files: an inode without any is on its way out, and its memory is not to be read as an inode's. */
static __always_inline void gm_visit_inode(__u64 inode, struct gm_inode_val *v, __u32 id)
{
	if (v->files && v->flags & GM_OBJ_UNTOLD)
		return;
	if (v->files) {
		gm_unseen_send(v, id);
		v->seen_ns = gm_now();
		gm_emit_inode(inode, v, id);
		return;
	}
	/* Without pages its eviction is all but over: nothing to keep away from. */
	if (gm_inode_gone(inode, v) && gm_may_reap(&v->flags, 0, GM_REAP_INODE))
		gm_inode_died(inode, v, id, NULL, 0);
}

#include "gm_slots.bpf.c"

/* The record comes behind the bindings and says that they are all; the first of a VM comes before them as well, with its process. */
static __always_inline void gm_visit_vm(__u64 kvm, struct gm_vm_val *v, __u32 id)
{
	int bindings = !v->walked || (gm_scan_bindings && v->gmem);
	struct gm_rec_vm r;

	if (!gm_vm_alive(kvm, v)) {
		if (gm_may_reap(&v->flags, v->dying_ns, GM_REAP_VM))
			gm_vm_died(kvm, v, id, NULL, 0);
		return;
	}
	if (gm_vm_birth_late(v, id))
		return;
	__builtin_memset(&r, 0, sizeof(r));
	gm_head(&r.h, GM_K_VM, sizeof(r));
	r.vm = id;
	r.tgid = v->tgid;
	r.tid = v->tid;
	r.flags = v->flags & GM_OBJ_OLD;
	r.born_ns = v->born_ns;
	r.vcpus = BPF_CORE_READ((struct kvm *)kvm, created_vcpus);
	if (gm_has_sptes())
		r.flags |= GM_OBJ_SPTES;
	gm_read_sptes((void *)kvm, r.sptes);
	r.untracked_files = v->untracked;
	if (bindings) {
		r.flags |= GM_OBJ_PARTIAL;
		if (!v->seen_ns)
			gm_tell(&r, sizeof(r));
		if (gm_slots_scan_vm(kvm, id)) {
			r.flags &= ~GM_OBJ_PARTIAL;
			v->walked = 1;
		}
		if (gm_scan_again)
			return;
	}
	gm_tell(&r, sizeof(r));
	if (gm_scan_again)
		return;
	v->seen_ns = gm_now();
	gm_slots.vm = 0;
}

/*
 * The two ways over a map's elements, with the same visit; one without an id is being removed (gm_end_claim()). A run that
 * stops ends at that element, and the next begins there; so does an iterator's next read. Elements that come and go meanwhile may be told twice, or
 * at the next tick.
 */
#define GM_WALK(name, type, map, visit)						\
SEC("?iter/bpf_map_elem")							\
int gm_scan_##name(struct bpf_iter__bpf_map_elem *ctx)				\
{										\
	type *v = ctx->value;							\
	__u64 *key = ctx->key;							\
	__u32 id = v ? v->id : 0;						\
										\
	gm_scan_again = 0;							\
	if (key && v && id)							\
		visit(*key, v, id);						\
	return gm_scan_again & 1;						\
}										\
										\
static long gm_run_visit_##name(struct bpf_map *m, __u64 *key, type *v, void *arg) \
{										\
	__u32 id = v->id;							\
										\
	if (gm_run_at++ >= gm_run_from && id)					\
		visit(*key, v, id);						\
	return gm_scan_again ? 1 : 0;						\
}										\
										\
SEC("?syscall")									\
int gm_run_##name(void *ctx)							\
{										\
	gm_run_at = gm_scan_again = 0;						\
	bpf_for_each_map_elem(&map, gm_run_visit_##name, NULL, 0);		\
	return 0;								\
}

GM_WALK(vms, struct gm_vm_val, gm_vms, gm_visit_vm)
GM_WALK(files, struct gm_file_val, gm_files, gm_visit_file)
GM_WALK(inodes, struct gm_inode_val, gm_inodes, gm_visit_inode)

#include "gm_pins.bpf.c"
#include "gm_proc.bpf.c"
