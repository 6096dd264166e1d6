// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_scan.bpf.c - the kernel's own state, by iterators: what is there, whoever saw it come. Its maps are the probes'
 * (the loader replaces them), its output is records in a ring.
 *
 *  gm_scan_vms, _files, _inodes	over the identity maps, at every tick: cheap, grows with VMs, not with
 *				processes.
 * 				They read through pointers that may be stale, hence only by probe reads, and check
 * 				what they find against what was noted at birth.
 *  gm_run_vms, _files, _inodes	the same where the kernel refuses iterators over map elements: user space runs them
 * 				(BPF_PROG_RUN), they walk the map by callback.
 *  gm_scan_tasks		over all tasks' descriptors and mappings: VMs older than the tool, and what pins VMs
 * 				and memory.
 *  gm_proc_read		one process: name, start, CPU time.
 *
 * All run in process context, preemptible between two elements; iterators under RCU. Where the ring is full a scan
 * stops at that object. User space empties the ring, and the scan goes on there: no object, however much it has to
 * emit, ends the scan of the others. (An iterator's own file has a buffer of 8 pages, and fails on an object that
 * needs more.)
 */
#define GM_ONE_THREAD
#include "gm_core.bpf.h"
#include "gm_ops.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set by the loader before each read: also tell the bindings. */
int gm_scan_bindings = 1;

/* Set by the loader for a session's last look: what is dead by then is told, though a probe may be at its end still. */
int gm_scan_final;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, GM_RING_BYTES);
} gm_scan_ring SEC(".maps");

/* A run: which element to begin with, by its place in the walk (set by the loader), and where it is. */
__u32 gm_run_from, gm_run_at;

/* The scan must visit the same object again, with an empty ring. */
__u32 gm_scan_again;

/* A VM's bindings changed during each try to scan them; reset by the loader before each scan. */
__u32 gm_scan_partial;

static __always_inline void gm_rec_header(struct gm_rec *h, __u32 kind, __u32 len)
{
	h->len = len;
	h->kind = kind;
	h->ts_ns = gm_now();
}

static __always_inline void gm_scan_emit(void *r, __u32 len)
{
	if (bpf_ringbuf_output(&gm_scan_ring, r, len, BPF_RB_NO_WAKEUP))
		gm_scan_again = 1;
}

#include "gm_walk.bpf.c"

/* ---- objects ---- */

static __always_inline void gm_emit_inode(__u64 inode, struct gm_inode_val *in, __u32 id)
{
	struct inode *i = (void *)inode;
	struct address_space *m = BPF_CORE_READ(i, i_mapping);
	struct gm_leaf_scratch *leaf = gm_leaf_get();
	struct gm_rec_inode *r;
	struct gm_page_counts moved;
	int known = 0;

	if (!leaf)
		return;
	r = &leaf->rec;
	__builtin_memset(r, 0, sizeof(*r));
	gm_rec_header(&r->h, GM_K_INODE, sizeof(*r));
	r->inode = id;
	r->flags = in->flags & GM_OBJ_OLD;
	r->ino = in->ino;
	r->size_bytes = BPF_CORE_READ(i, i_size);
	r->resident_pages = BPF_CORE_READ(m, nrpages);
	if (gm_conf.counted && !gm_inode_read_counters(in, m, &moved)) {
		r->allocated_pages = moved.allocated;
		r->freed_pages = moved.freed;
	}
	r->gmem_flags = gm_gmem_flags(i);
	r->born_ns = in->born_ns;
	r->counted = gm_conf.counted;
	r->touched_ns = in->touched_ns;
	if (gm_conf.nodes > 1 || (gm_conf.unzeroed && in->flags & GM_OBJ_UNVERIFIED))
		known = gm_walk_visit(in, (__u64)m, r);
	if (gm_conf.nodes > 1 && !known)
		gm_walk_emit(id);
	if (gm_conf.nodes == 1) {
		r->nodes_known = 1;
		r->node_pages[0] = r->resident_pages;
	}
	gm_scan_emit(r, sizeof(*r));
}

/*
 * An object that is found dead: is it for the scan to tell? Where probes tell deaths, only one that they missed (the
 * kernel may skip a program): dead at two scans in a row, with no probe at work on its end.
 */
static __always_inline int gm_may_report_end(__u32 *flags, __u64 dying_ns, __u32 what)
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

/*
 * The VM of this file was untracked when the file came, and has an id now: what the file allocated until now is not
 * counted to it.
 */
static __always_inline void gm_file_find_vm(struct gm_file_val *v)
{
	struct gm_vm_val *vm = bpf_map_lookup_elem(&gm_vms, &v->kvm_ptr);
	struct gm_inode_val *in = bpf_map_lookup_elem(&gm_inodes, &v->inode_ptr);

	if (!vm || !vm->id)
		return;
	v->vm = vm->id;
	vm->inode_ptr = v->inode_ptr;
	__sync_fetch_and_add(&vm->files, 1);
	__sync_fetch_and_or(&vm->flags, GM_OBJ_UNCOUNTED);
	if (in && in->id == v->inode)
		in->vm = v->vm;
	if (!__sync_val_compare_and_swap(&vm->gmem, 0, 1))
		gm_gmem_vms_add(vm->tid, vm->mm, 1);
}

static __always_inline void gm_visit_file(__u64 file, struct gm_file_val *v, __u32 id)
{
	struct gm_rec_file r;

	if (!gm_file_is_alive(file, v)) {
		if (gm_may_report_end(&v->flags, v->dying_ns, GM_REAP_FILE))
			gm_file_emit_end(file, v, id, NULL, 0);
		return;
	}
	if (gm_file_emit_late_create(v, id, GM_K_BIND))
		return;
	v->seen_ns = gm_now();
	if (!v->vm)
		gm_file_find_vm(v);
	__builtin_memset(&r, 0, sizeof(r));
	gm_rec_header(&r.h, GM_K_FILE, sizeof(r));
	r.file = id;
	r.inode = v->inode;
	r.vm = v->vm;
	r.flags = v->flags & GM_OBJ_OLD;
	r.born_ns = v->born_ns;
	gm_scan_emit(&r, sizeof(r));
}

/* After the files: an inode without any is on its way out, and its memory is not to be read as an inode's. */
static __always_inline void gm_visit_inode(__u64 inode, struct gm_inode_val *v, __u32 id)
{
	if (v->files && v->flags & GM_OBJ_UNREPORTED)
		return;
	if (v->files) {
		gm_unseen_punch_emit(v, id);
		v->seen_ns = gm_now();
		gm_emit_inode(inode, v, id);
		return;
	}
	/* Without pages its eviction is all but over: nothing to keep away from. */
	if (gm_inode_has_ended(inode, v) && gm_may_report_end(&v->flags, 0, GM_REAP_INODE))
		gm_inode_emit_end(inode, v, id, NULL, 0);
}

#include "gm_slots.bpf.c"

/*
 * The record comes behind the bindings and says that they are all; the first of a VM comes before them as well, with
 * its process.
 */
static __always_inline void gm_visit_vm(__u64 kvm, struct gm_vm_val *v, __u32 id)
{
	int bindings = !v->walked || (gm_scan_bindings && v->gmem);
	struct gm_rec_vm r;

	if (!gm_vm_is_alive(kvm, v)) {
		if (gm_may_report_end(&v->flags, v->dying_ns, GM_REAP_VM))
			gm_vm_emit_end(kvm, v, id, NULL, 0);
		return;
	}
	if (gm_vm_emit_late_create(v, id))
		return;
	__builtin_memset(&r, 0, sizeof(r));
	gm_rec_header(&r.h, GM_K_VM, sizeof(r));
	r.vm = id;
	r.tgid = v->tgid;
	r.tid = v->tid;
	r.flags = v->flags & GM_OBJ_OLD;
	r.born_ns = v->born_ns;
	r.vcpus = BPF_CORE_READ((struct kvm *)kvm, created_vcpus);
	if (gm_has_sptes())
		r.flags |= GM_OBJ_SPTES;
	gm_read_sptes((void *)kvm, r.sptes);
	r.flags |= v->flags & GM_OBJ_UNCOUNTED;
	if (gm_untracked_holds(v->untracked_seen))
		r.untracked_files = v->untracked ? v->untracked : 1;
	if (gm_vm_has_untracked_siblings(v))
		r.flags |= GM_OBJ_SIBLINGS;
	if (bindings) {
		r.flags |= GM_OBJ_PARTIAL;
		if (!v->seen_ns)
			gm_scan_emit(&r, sizeof(r));
		if (gm_slots_scan_vm(kvm, id)) {
			r.flags &= ~GM_OBJ_PARTIAL;
			v->walked = 1;
		}
		if (gm_scan_again)
			return;
		if (r.flags & GM_OBJ_PARTIAL) { /* until it settles */
			v->walked = 0;
			gm_scan_partial = 1;
		}
	}
	gm_scan_emit(&r, sizeof(r));
	if (gm_scan_again)
		return;
	v->seen_ns = gm_now();
	gm_slots.vm = 0;
}

/*
 * The two ways over a map's elements, with the same visit; one without an id is being removed (gm_claim_end()). A run
 * that stops ends at that element, and the next begins there; so does an iterator's next read. Elements that come and
 * go meanwhile may be told twice, or at the next tick.
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
