// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_fault_x86.bpf.c - pages entering and leaving gmem inodes, and hooks that cut a fault into parts (gm_fault.bpf.h).
 *
 * A vCPU's fault, by tracepoints alone (kernel-facts 7, method A):
 *   kvm_page_fault -> mm_filemap_add_to_page_cache -> kvm_mmu_spte_requested -> kvm_mmu_set_spte
 *   |---- alloc ------------->|---- zero (+ prepare) ------>|---- map ------->|
 * Function probes refine it: whether a page found in the cache had still to be cleared (it was allocated by
 * fallocate), and how much of the clearing was arch preparation. All run in the task that faults.
 */
#include "gm_core.bpf.h"
#include "gm_fault.bpf.h"

/*
 * A page that came outside of any act that was seen. A fault whose begin the kernel skipped says so when it has the
 * page in hand; what else it was left the page unzeroed.
 */
static __always_inline void gm_page_note_unattributed(struct gm_task_state *t, const struct gm_span *s)
{
	if (!t || s || t->stray)
		gm_unzeroed_mark_present();
	else
		t->stray = 1;
}

/* The page that strayed was no fault's. */
static __always_inline void gm_page_settle_unattributed(struct gm_task_state *t)
{
	if (!t->stray)
		return;
	t->stray = 0;
	gm_unzeroed_mark_present();
}

/* A page that fallocate allocates: its time is what passed since the one before it, or since the call began. */
static __always_inline void gm_fallocate_added(struct gm_span *s, __u64 now)
{
	__u64 ns = now - (s->mark ? s->mark : s->t0);
	struct gm_vm_hists *hot = gm_conf.alloc ? gm_vm_hists_get(s->vm) : NULL;

	s->mark = now;
	s->child_ns += ns;
	if (hot)
		gm_vm_hists_add(hot, GM_PHASE_ALLOC, ns);
}

/*
 * tp_btf mm_filemap_add_to_page_cache(folio), vmlinux: fires for every file of the host, so the flag test comes
 * first. The mapping is set; interrupts may be off. It counts nothing for the inode: what was allocated follows from
 * what is there and what left (gm_inode_allocated()). Missed: that page has no alloc, residency and counters are not
 * touched.
 */
SEC("?tp_btf/mm_filemap_add_to_page_cache")
int BPF_PROG(gm_page_add, struct folio *folio)
{
	struct address_space *mapping = folio->mapping;
	struct gm_span *s;
	struct gm_task_state *t;

	if (!(mapping->flags & gm_inaccessible()))
		return 0;
	if (gm_conf.touched)
		gm_inode_mark_touched(mapping);
	t = gm_task_state_peek_current();
	s = t ? gm_span_top(t) : NULL;
	if (s)
		s->pages += gm_folio_arg_pages(folio);
	if (t && t->host.state) {
		gm_fault_page_added(t, &t->host, gm_now());
	} else if (t && t->fault.state) {
		gm_fault_page_added(t, &t->fault, gm_now());
	} else {
		gm_page_note_unattributed(t, s);
		if (s && s->kind == GM_K_FALLOCATE)
			gm_fallocate_added(s, gm_now());
	}
	return 0;
}

/*
 * tp_btf mm_filemap_delete_from_page_cache(folio), vmlinux: interrupts off, xa_lock held. An inode that is not known
 * is not made known here: it is on its way out. A page that leaves one in use is punched out, whether the call was
 * seen or not.
 */
SEC("?tp_btf/mm_filemap_delete_from_page_cache")
int BPF_PROG(gm_page_delete, struct folio *folio)
{
	struct address_space *mapping = folio->mapping;
	struct gm_inode_val *in;
	struct gm_span *s;
	struct gm_task_state *t;
	__u64 pages, inode, flags = mapping->flags;

	if (!(flags & gm_inaccessible()))
		return 0;
	pages = gm_folio_arg_pages(folio);
	inode = (__u64)mapping->host;
	in = bpf_map_lookup_elem(&gm_inodes, &inode);
	t = gm_task_state_peek_current();
	s = t ? gm_span_top(t) : NULL;
	if (s && s->kind == GM_K_PUNCH && s->inode_ptr && s->inode_ptr != inode)
		s = NULL; /* one madvise goes through mappings of several files */
	if (s)
		s->pages += pages;
	if (!in)
		return 0;
	if (gm_conf.reap & GM_REAP_INODE && !in->removed_ns && gm_is_exiting(flags))
		in->removed_ns = gm_now();
	gm_inode_count_removed(in, pages, !gm_is_exiting(flags), s && s->kind == GM_K_PUNCH);
	return 0;
}

/* ---- the guest's faults ---- */

/*
 * tp_btf kvm_page_fault(vcpu, gpa, error): a nested page fault begins. Arguments of a module's tracepoint may be NULL.
 * The same address again while its fault has a page but no SPTE: the kernel let the guest try again.
 */
static __always_inline int gm_guest_fault_begin(struct gm_task_state *t, __u64 vcpu, __u64 gfn)
{
	struct gm_fault *f;
	__u64 now;

	if (!t || !vcpu)
		return 0;
	f = &t->fault;
	now = gm_now();
	gm_page_settle_unattributed(t);
	if (f->state) {
		if (f->flags & GM_FAULT_SEEN && f->state < GM_FS_MAPPING && f->gfn == gfn && f->subject == vcpu) {
			gm_fault_retry(f, now);
			return 0;
		}
		gm_fault_abandon(f);
	}
	gm_fault_begin(f, GM_PHASE_GUEST_FAULT, vcpu, gfn, now);
	return 0;
}

SEC("?tp_btf/kvm_page_fault")
int BPF_PROG(gm_guest_fault, struct kvm_vcpu *vcpu, __u64 gpa)
{
	return gm_guest_fault_begin(gm_task_state_for_fault_typed(vcpu), (__u64)vcpu, gpa >> 12);
}

/*
 * The raw twins of these four: where the module's types may not be named (no CAP_SYS_ADMIN), arguments are mere
 * numbers.
 */
SEC("?raw_tp/kvm_page_fault")
int gm_raw_guest_fault(struct bpf_raw_tracepoint_args *ctx)
{
	return gm_guest_fault_begin(gm_task_state_for_fault(ctx->args[0]), ctx->args[0], ctx->args[1] >> 12);
}

/*
 * The fault of this task that a page is in hand for; NULL: its begin was not seen. One of another address is older,
 * and has ended unseen. A prefault's address may have the bit that says shared or private.
 */
static __always_inline struct gm_fault *gm_fault_of_page(struct gm_task_state *t, __u64 gfn)
{
	struct gm_fault *f = &t->fault;

	if (!f->state)
		return NULL;
	if (f->gfn == gfn || f->phase == GM_PHASE_PREFAULT)
		return f;
	gm_fault_abandon(f);
	return NULL;
}

/* A fault on gmem as the guest sees it: a private one, or one of a slot whose shared memory is gmem. */
static __always_inline bool gm_slot_serves(__u32 flags, bool is_private)
{
	return flags & KVM_MEM_GUEST_MEMFD && (flags & KVM_MEMSLOT_GMEM_ONLY || is_private);
}

static __always_inline int gm_guest_fault_pfn_ready(struct gm_task_state *t, struct gm_fault *f, __u64 slot,
						    __u32 flags, bool is_private)
{
	/* Also one that was on gmem at its first try, and was converted meanwhile. */
	if (!gm_slot_serves(flags, is_private))
		return gm_fault_abandon(f);
	gm_fault_mark_seen(t, f);
	f->slot = slot;
	gm_fault_cut_ready(f, gm_now());
	f->state = GM_FS_MAPPING;
	return 0;
}

/* A page whose fault's begin was not seen. */
static __always_inline int gm_guest_fault_begin_missed(__u64 slot, __u32 flags, __u64 gfn, bool is_private,
						       bool prefetch)
{
	if (gm_slot_serves(flags, is_private))
		return gm_fault_begin_untimed(slot, gfn, prefetch, GM_FS_MAPPING);
	return flags & KVM_MEM_GUEST_MEMFD ? gm_gmem_slot_discovered(slot) : 0;
}

/*
 * tp_btf kvm_mmu_spte_requested(fault): the page is in hand, cleared; the SPTE comes next. Only the slot says whether
 * a fault was on gmem.
 */
SEC("?tp_btf/kvm_mmu_spte_requested")
int BPF_PROG(gm_spte_requested, struct kvm_page_fault *fault)
{
	struct kvm_memory_slot *slot;
	struct gm_fault *f;
	struct gm_task_state *t;

	if (!fault)
		return 0;
	t = gm_task_state_peek_current();
	slot = fault->slot; /* flags: 0 without a slot */
	f = t ? gm_fault_of_page(t, fault->addr >> 12) : NULL;
	if (!f)
		return gm_guest_fault_begin_missed((__u64)slot, slot->flags, fault->addr >> 12, fault->is_private,
						   fault->prefetch);
	return gm_guest_fault_pfn_ready(t, f, (__u64)slot, slot->flags, fault->is_private);
}

SEC("?raw_tp/kvm_mmu_spte_requested")
int gm_raw_spte_requested(struct bpf_raw_tracepoint_args *ctx)
{
	struct kvm_page_fault *fault = (void *)ctx->args[0];
	struct kvm_memory_slot *slot = BPF_CORE_READ(fault, slot);
	__u64 gfn = BPF_CORE_READ(fault, addr) >> 12;
	__u32 flags = BPF_CORE_READ(slot, flags);
	bool is_private = BPF_CORE_READ(fault, is_private);
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_fault *f = t ? gm_fault_of_page(t, gfn) : NULL;

	if (!f)
		return gm_guest_fault_begin_missed((__u64)slot, flags, gfn, is_private, BPF_CORE_READ(fault, prefetch));
	return gm_guest_fault_pfn_ready(t, f, (__u64)slot, flags, is_private);
}

/*
 * tp_btf kvm_mmu_set_spte(level, gfn, sptep), all kernels: a fault's SPTE is in place. Not kvm_tdp_mmu_spte_changed,
 * which also fires for page tables and for every SPTE that is zapped. It does not fire (6.14 and later) for a fault
 * whose SPTE another vCPU installed first, nor where installing lost a race: these faults' ends are not seen.
 */
static __always_inline int gm_spte_installed(void *ctx, int level, __u64 gfn)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_fault *f;

	if (!t)
		return 0;
	f = &t->fault;
	if (f->state != GM_FS_MAPPING || (level == 1 && gfn != f->gfn))
		return 0;
	gm_fault_cut(f, GM_PART_MAP, gm_now());
	f->state = GM_FS_MAPPED;
	if (f->phase == GM_PHASE_GUEST_FAULT)
		gm_fault_succeed(ctx, f);
	return 0;
}

SEC("?tp_btf/kvm_mmu_set_spte")
int BPF_PROG(gm_spte_set, int level, gfn_t gfn)
{
	return gm_spte_installed(ctx, level, gfn);
}

SEC("?raw_tp/kvm_mmu_set_spte")
int gm_raw_spte_set(struct bpf_raw_tracepoint_args *ctx)
{
	return gm_spte_installed(ctx, (int)ctx->args[0], ctx->args[1]);
}

/* Of a fault that got no page, whether it was on gmem: by the slot that KVM found for it last. */
static __always_inline int gm_fault_on_gmem(const struct gm_fault *f)
{
	struct kvm_vcpu *v = (void *)f->subject;
	struct kvm_memory_slot *slot = BPF_CORE_READ(v, last_used_slot);

	return slot && BPF_CORE_READ(slot, flags) & KVM_MEM_GUEST_MEMFD &&
	       f->gfn - BPF_CORE_READ(slot, base_gfn) < BPF_CORE_READ(slot, npages);
}

/* A fault that KVM_RUN returned from: it failed (which user space is told), or something else came first. */
static __noinline int gm_fault_on_run_exit(void *ctx, struct gm_task_state *t, __s64 err)
{
	struct gm_fault *f;

	if (!t)
		return 0;
	f = &t->fault;
	if (err < 0 && err != -4 /* EINTR */ && err != -11 /* EAGAIN */ &&
	    (f->flags & GM_FAULT_SEEN || gm_fault_on_gmem(f))) {
		gm_fault_mark_seen(t, f);
		return gm_fault_fail(ctx, f, err);
	}
	return gm_fault_abandon(f);
}

/*
 * tp_btf kvm_userspace_exit(reason, errno), all kernels: KVM_RUN returns. What is still open then will not be ended,
 * and the vCPU may be another's next time.
 */
static __always_inline int gm_run_exit(void *ctx, int err)
{
	struct gm_task_state *t = gm_task_state_peek_current();

	if (!t)
		return 0;
	if (t->fault.state)
		gm_fault_on_run_exit(ctx, t, err);
	t->vcpu = 0;
	return 0;
}

SEC("?tp_btf/kvm_userspace_exit")
int BPF_PROG(gm_userspace_exit, __u32 reason, int err)
{
	return gm_run_exit(ctx, err);
}

SEC("?raw_tp/kvm_userspace_exit")
int gm_raw_userspace_exit(struct bpf_raw_tracepoint_args *ctx)
{
	return gm_run_exit(ctx, (int)ctx->args[1]);
}

/* ---- refinements ---- */

/* The fault of this task that a gmem function works for: the innermost. */
static __always_inline struct gm_fault *gm_fault_current(struct gm_task_state *t)
{
	return t->host.state ? &t->host : &t->fault;
}

/*
 * A page that a fault finds, and that is not up to date, will be cleared next: fallocate and the like put it there.
 * Asked only where there may be such pages at all.
 */
static __noinline int gm_fault_hit_unzeroed_page(struct gm_task_state *t, __u64 folio)
{
	struct gm_fault *f;

	if (!t || !folio || gm_folio_uptodate((void *)folio))
		return 0;
	f = gm_fault_current(t);
	gm_fault_mark_seen(t, f);
	gm_fault_cut(f, GM_PART_OTHER, gm_now());
	f->state = GM_FS_CLEARING;
	return 0;
}

/* The task, if a fault of it looks for its page, and may find one that is not cleared. */
static __always_inline struct gm_task_state *gm_task_awaiting_page(void)
{
	struct gm_task_state *t = gm_unzeroed_possible() ? gm_task_state_peek_current() : NULL;

	return t && gm_fault_current(t)->state == GM_FS_BEGUN ? t : NULL;
}

/*
 * kvm_gmem_get_folio(inode, index), 6.19 and later, returns a folio or an error. With an insertion, that is where
 * clearing began.
 */
static __always_inline int gm_get_folio_exit(__u64 ret)
{
	struct gm_task_state *t = gm_task_awaiting_page();

	return t && ret < (__u64)-4095 ? gm_fault_hit_unzeroed_page(t, ret) : 0;
}

SEC("?fexit/kvm_gmem_get_folio")
int gm_get_folio_fexit(unsigned long long *ctx)
{
	__u64 ret = 0;

	bpf_get_func_ret(ctx, &ret);
	return gm_get_folio_exit(ret);
}

SEC("?kretprobe/kvm_gmem_get_folio")
int gm_get_folio_kretprobe(struct pt_regs *ctx)
{
	return gm_get_folio_exit((__u64)PT_REGS_RC(ctx));
}

/*
 * kvm_gmem_get_pfn(kvm, slot, gfn, ...), all kernels: before 6.19 that function is inlined here, and the page cache
 * is looked into for ourselves. So do host faults.
 */
static __always_inline int gm_get_pfn_enter(__u64 slot, __u64 gfn)
{
	struct kvm_memory_slot *sl = (void *)slot;
	struct gm_task_state *t = gm_task_awaiting_page();

	if (!t)
		return 0;
	gfn += BPF_CORE_READ(sl, gmem.pgoff) - BPF_CORE_READ(sl, base_gfn);
	return gm_fault_hit_unzeroed_page(t, gm_mapping_folio(BPF_CORE_READ(sl, gmem.file, f_mapping), gfn));
}

SEC("?fentry/kvm_gmem_get_pfn")
int gm_get_pfn_fentry(unsigned long long *ctx)
{
	return gm_get_pfn_enter(ctx[1], ctx[2]);
}

SEC("?kprobe/kvm_gmem_get_pfn")
int gm_get_pfn_kprobe(struct pt_regs *ctx)
{
	return gm_get_pfn_enter(PT_REGS_PARM2(ctx), PT_REGS_PARM3(ctx));
}

/*
 * Making a page private in the architecture: kvm_arch_gmem_prepare() to 7.2, kvm_arch_gmem_make_private() from 7.3,
 * built with SEV. Until 6.19 it is called only for a page that was just cleared; in 7.0 .. 7.2 for every page.
 */
static __always_inline int gm_prepare_enter(__u64 a0, __u64 a1, __u64 a2, __u64 a3)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_fault *f;
	__u64 now;

	if (!t)
		return 0;
	f = &t->fault;
	if (!f->state)
		return 0;
	now = gm_now();
	gm_fault_mark_seen(t, f);
	gm_fault_cut_ready(f, now);
	return 0;
}

static __always_inline int gm_prepare_exit(__s64 ret)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_fault *f;

	if (!t)
		return 0;
	f = &t->fault;
	if (!f->state)
		return 0;
	gm_fault_cut(f, GM_PART_PREPARE, gm_now());
	f->flags |= GM_FAULT_PREPARED;
	return 0;
}
GM_BRACKET(gm_prepare, kvm_arch_gmem_prepare, 1)

static __always_inline int gm_make_private_enter(__u64 a0, __u64 a1, __u64 a2, __u64 a3)
{
	return gm_prepare_enter(a0, a1, a2, a3);
}

static __always_inline int gm_make_private_exit(__s64 ret)
{
	return gm_prepare_exit(ret);
}
GM_BRACKET(gm_make_private, kvm_arch_gmem_make_private, 1)
