// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_scan.bpf.c - the kernel's own state, by iterators: what exists, whether a hook saw its creation or not. Its maps
 * are the probes' (the loader replaces them), its output is records in a ring. Maps and globals of this object are
 * defined here; headers and the files that this one includes only declare them (tests/lint.sh).
 *
 *  gm_scan_vms, _files, _inodes	over the identity maps, at every tick: the cost grows with VMs, not with
 *				processes. They read through pointers that may be stale, hence only by probe reads, and
 *				compare what they find with what the entry has.
 *  gm_run_vms, _files, _inodes	the same where the kernel refuses iterators over map elements: user space runs them
 *				(BPF_PROG_RUN), and a callback visits each element.
 *  gm_scan_tasks		over all tasks' descriptors and mappings: VMs older than the tool, and what pins VMs
 *				and memory.
 *  gm_proc_read		one process: name, start, CPU time.
 *
 * All run in process context, preemptible between two elements; iterators under RCU. Where the ring is full a scan
 * stops at that object; user space empties the ring and the scan continues there (gm_scan.bpf.h). So no object, however
 * much it has to emit, ends the scan of the others. (An iterator's own file has a buffer of 8 pages, and fails on an
 * object that needs more.)
 */
#define GM_ONE_THREAD
#include "gm_ops.bpf.h"
#include "gm_scan.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Both objects define these: the loader gives the scan the probes' maps, and sets the variables of both. */
const volatile struct gm_conf gm_conf = GM_CONF_DEFAULTS;
int gm_started;
int gm_postponed;
__u64 gm_watching_ns;
struct gm_early gm_early;
#ifdef GM_TEST_SKIP
__u64 gm_test_skips;
#endif
GM_SHARED_MAPS(GM_DEFINE_MAP);

/* Only the scan defines these; its headers declare them. */
GM_DEFINE_MAP(gm_scan_ring);
GM_DEFINE_MAP(gm_leaves);
GM_DEFINE_MAP(gm_attr_walks);
__u32 gm_scan_again;
int gm_scan_final;
__u64 gm_untracked_bits[1 << (GM_UNTRACKED_BITS - 6)];
__u32 gm_untracked_any;

/* The loader sets it before each scan. 1: emit the bindings, too. */
int gm_scan_bindings = 1;

/* 1: a VM's bindings changed during each try to scan them. The loader sets it to 0 before each scan. */
__u32 gm_scan_partial;

/* A run: the place in the map of the first element that it visits (set by the loader), and of the current one. */
__u32 gm_run_from, gm_run_at;

/*
 * Set by the loader before each sample: pages that may be read in it, and how many of these an inode of the largest
 * weight is given.
 */
__u64 gm_walk_left, gm_walk_share;
/* Set by the loader: only a walk that begins from then on is good enough (an exact sample). 0: pages may have moved. */
__u64 gm_walk_since_ns;
/*
 * A sample's outcome: pages read, and the time for that; the weights of the inodes that wanted some, as they are for
 * the next sample; the number of these inodes; the number of those for which no pages were left.
 */
__u64 gm_walk_spent, gm_walk_ns, gm_walk_weights;
__u32 gm_walk_wanting, gm_walk_cut;
static const struct gm_walk_val gm_walk_zero;	/* to insert: too large for the stack */
/*
 * Set by the loader before each sample: how long all walks over attributes together may take, and how long that of one
 * VM. Their outcome: the number of VMs whose walk is not complete.
 */
__u64 gm_attrs_left_ns, gm_attrs_share_ns;
__u32 gm_attrs_wanting;

/* ("used": clang would keep it in pieces, and the kernel refuse its type information.) */
static struct gm_slots gm_slots __attribute__((used));
static struct gm_maple gm_maple;
static struct gm_task_scan gm_task_scan;

/* The thread that gm_scan_tasks must run for again; 0: none. The loader sets it to 0 before a scan. */
__u32 gm_tasks_at;
/*
 * Number of address spaces with pins that changed during the scan: a pin may be missing, or emitted twice. The loader
 * sets it to 0 before a scan.
 */
__u32 gm_tasks_torn;
/* Number of this scan; the loader counts. */
__u32 gm_tasks_scan;
/*
 * File operations that are not KVM's, by some bits of their address. The loader sets them to 0 before each scan, as
 * modules may be unloaded and their memory reused.
 */
#define GM_FOPS	64
__u64 gm_fops_other[GM_FOPS];
/* Objects without an id that a scan found. */
static struct gm_candidate gm_candidates[GM_CANDIDATES];

/* The process that gm_proc_read() reads. */
struct gm_proc_facts gm_proc;

#include "gm_walk.bpf.c"
#include "gm_slots.bpf.c"
#include "gm_attrs.bpf.c"

/* ---- objects ---- */

/*
 * Judge an inode that was created before the hooks that count pages and faults were attached, by the first scan after
 * that: without pages it had no fault, and all counts of it are exact. Pages that it has were allocated by faults that
 * were not all seen; where a punch may have gone unseen or uncounted, its counters begin here, as with an older inode.
 */
static __always_inline void gm_inode_judge_early(struct gm_inode_val *in, const struct address_space *m)
{
	__u64 since = *(volatile __u64 *)&gm_watching_ns, freed, pages;

	if (since == GM_NOT_WATCHING || gm_inode_read_settled(in, m, &freed, &pages))
		return;
	gm_early.inodes++;
	gm_early.pages += freed + pages;
	if (since > in->born_ns && since - in->born_ns > gm_early.ns)
		gm_early.ns = since - in->born_ns;
	if (in->flags & GM_OBJ_EARLY_PUNCHED || !gm_conf.punches) {
		gm_early.unsure++;
		__sync_fetch_and_or(&in->flags, GM_OBJ_OLD);
	}
	if (gm_conf.touched && freed + pages && !in->touched_ns)
		in->touched_ns = since;
	__sync_fetch_and_and(&in->flags, ~GM_OBJ_EARLY);
}

static __always_inline void gm_emit_inode(const struct inode *inode, struct gm_inode_val *in, __u32 id)
{
	struct address_space *m = BPF_CORE_READ(inode, i_mapping);
	struct gm_leaf_scratch *leaf = gm_leaf_get();
	struct gm_page_counts counts;
	int known = 0, counted = gm_conf.counted && !gm_is_unwatched();
	struct gm_rec_inode *r;

	if (!leaf)
		return;
	r = &leaf->rec;
	if (in->flags & GM_OBJ_EARLY)
		gm_inode_judge_early(in, m);
	__builtin_memset(r, 0, sizeof(*r));
	gm_rec_header(&r->h, GM_K_INODE, sizeof(*r));
	r->inode = id;
	r->flags = in->flags & GM_OBJ_OLD;
	r->ino = in->ino;
	r->size_bytes = BPF_CORE_READ(inode, i_size);
	r->resident_pages = BPF_CORE_READ(m, nrpages);
	if (counted && !gm_inode_read_counters(in, m, &counts)) {
		r->allocated_pages = counts.allocated;
		r->freed_pages = counts.freed;
	}
	r->gmem_flags = gm_gmem_flags(inode);
	r->born_ns = in->born_ns;
	r->counted = counted;
	r->touched_ns = in->touched_ns;
	if (!gm_is_unwatched() && (gm_conf.nodes > 1 || (gm_conf.unzeroed && in->flags & GM_OBJ_UNVERIFIED)))
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
 * Return true if the scan is to report the end of an object that it found dead. Where probes report ends, only one that
 * they missed (the kernel may skip a program): dead at two scans in a row, with no program at its end.
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
 * Assigns a file to its VM, which was untracked when the file got its id and has one now: what the file allocated until
 * now is not counted to the VM.
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
		gm_gmem_vms_add(vm->tid, (void *)vm->mm, 1);
}

static __always_inline void gm_visit_file(const struct file *file, struct gm_file_val *v, __u32 id)
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

/* Inodes come after files: an inode without any is about to end, and its memory must not be read as an inode's. */
static __always_inline void gm_visit_inode(const struct inode *inode, struct gm_inode_val *v, __u32 id)
{
	if (v->files && v->flags & GM_OBJ_UNREPORTED)
		return;
	if (v->files) {
		gm_unseen_punch_emit(v, id);
		v->seen_ns = gm_now();
		gm_emit_inode(inode, v, id);
		return;
	}
	/* Without pages its eviction is nearly over: no program at its end to wait for. */
	if (gm_inode_has_ended(inode, v) && gm_may_report_end(&v->flags, 0, GM_REAP_INODE))
		gm_inode_emit_end(inode, v, id, NULL, 0);
}

/*
 * A VM's record comes after its bindings and says that they are all; the first record of a VM also comes before them,
 * with its process.
 */
static __always_inline void gm_visit_vm(const struct kvm *kvm, struct gm_vm_val *v, __u32 id)
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
	r.vcpus = BPF_CORE_READ(kvm, created_vcpus);
	if (gm_has_sptes())
		r.flags |= GM_OBJ_SPTES;
	gm_read_sptes(kvm, r.sptes);
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
		if (r.flags & GM_OBJ_PARTIAL) { /* until its slots stop changing */
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
 * The two ways over a map's elements, with the same visit. An element without an id is being removed (gm_claim_end()).
 * A run that stops ends at that element, and the next run begins there; so does an iterator's next read. Elements that
 * come and go meanwhile may be emitted twice, or at the next tick.
 */
#define GM_SCAN_MAP(name, type, map, object, visit)				\
SEC("?iter/bpf_map_elem")							\
int gm_scan_##name(struct bpf_iter__bpf_map_elem *ctx)				\
{										\
	type *v = ctx->value;							\
	__u64 *key = ctx->key;							\
	__u32 id = v ? v->id : 0;						\
										\
	gm_scan_again = 0;							\
	if (key && v && id)							\
		visit((object)*key, v, id);					\
	return gm_scan_again & 1;						\
}										\
										\
static long gm_run_visit_##name(struct bpf_map *m, __u64 *key, type *v, void *arg) \
{										\
	__u32 id = v->id;							\
										\
	if (gm_run_at++ >= gm_run_from && id)					\
		visit((object)*key, v, id);					\
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

GM_SCAN_MAP(vms, struct gm_vm_val, gm_vms, const struct kvm *, gm_visit_vm)
GM_SCAN_MAP(files, struct gm_file_val, gm_files, const struct file *, gm_visit_file)
GM_SCAN_MAP(inodes, struct gm_inode_val, gm_inodes, const struct inode *, gm_visit_inode)
GM_SCAN_MAP(attrs, struct gm_vm_val, gm_vms, const struct kvm *, gm_visit_attrs)

#include "gm_pins.bpf.c"
#include "gm_proc.bpf.c"
