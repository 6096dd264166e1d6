// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_fault_x86.bpf.c - a vCPU's fault on x86, by tracepoints alone (gm_fault.bpf.h):
 *   kvm_page_fault -> mm_filemap_add_to_page_cache -> kvm_mmu_spte_requested -> kvm_mmu_set_spte
 *   |---- alloc ------------->|---- zero (+ prepare) ------>|---- map ------->|
 * All run in the task that faults. The function hooks of gm_page.bpf.c refine it: whether a page that the fault finds
 * was never zeroed, and how much of the zeroing was arch preparation. Part of gm_probes.bpf.c's translation unit.
 *
 * Each tracepoint has two programs. tp_btf: arguments have types, and may be NULL as the tracepoint is a module's.
 * raw_tp: for tools that may not open the module's BTF (no CAP_SYS_ADMIN); arguments are numbers.
 */
#include "gm_fault.bpf.h"

/*
 * kvm_page_fault(vcpu, gpa, error): a nested page fault begins. The same address again while its fault has a page but
 * no SPTE: the kernel let the guest try again.
 */
static __always_inline int gm_guest_fault_begin(struct gm_task_state *t, struct kvm_vcpu *vcpu, __u64 gfn)
{
	struct gm_fault *f;
	__u64 now;

	if (!t || !vcpu)
		return 0;
	f = &t->fault;
	now = gm_now();
	gm_page_settle_unattributed(t);
	if (f->state) {
		if (f->flags & GM_FAULT_SEEN && f->state < GM_FS_MAPPING && f->gfn == gfn && f->vcpu == vcpu) {
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
	return gm_guest_fault_begin(gm_task_state_for_fault_typed(vcpu), vcpu, gpa >> 12);
}

SEC("?raw_tp/kvm_page_fault")
int gm_raw_guest_fault(struct bpf_raw_tracepoint_args *ctx)
{
	struct kvm_vcpu *vcpu = (void *)ctx->args[0];

	return gm_guest_fault_begin(gm_task_state_for_fault(vcpu), vcpu, ctx->args[1] >> 12);
}

/*
 * The fault of this task whose page is ready; NULL: its begin was not seen. A fault of another address is older, and
 * ended unseen. A prefault's address may have the bit that says shared or private.
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

/* Return true if gmem serves the fault: a private one, or one in a slot whose shared memory is gmem. */
static __always_inline bool gm_slot_serves(__u32 flags, bool is_private)
{
	return flags & KVM_MEM_GUEST_MEMFD && (flags & KVM_MEMSLOT_GMEM_ONLY || is_private);
}

static __always_inline int gm_guest_fault_pfn_ready(struct gm_task_state *t, struct gm_fault *f,
						    struct kvm_memory_slot *slot, __u32 flags, bool is_private)
{
	/* The first try may have been on gmem, and the page converted meanwhile. */
	if (!gm_slot_serves(flags, is_private))
		return gm_fault_abandon(f);
	gm_fault_mark_seen(t, f);
	f->slot = slot;
	gm_fault_cut_ready(f, gm_now());
	f->state = GM_FS_MAPPING;
	return 0;
}

/* The page is ready of a fault whose begin was not seen. */
static __always_inline int gm_guest_fault_begin_missed(struct kvm_memory_slot *slot, __u32 flags, __u64 gfn,
						       bool is_private, bool prefetch)
{
	if (gm_slot_serves(flags, is_private))
		return gm_fault_begin_untimed(slot, gfn, prefetch, GM_FS_MAPPING);
	return flags & KVM_MEM_GUEST_MEMFD ? gm_gmem_slot_discovered(slot) : 0;
}

/*
 * kvm_mmu_spte_requested(fault): the page is ready, zeroed; the SPTE comes next. Only the slot says whether a fault was
 * on gmem.
 */
SEC("?tp_btf/kvm_mmu_spte_requested")
int BPF_PROG(gm_spte_requested, struct kvm_page_fault *fault)
{
	struct kvm_memory_slot *slot;
	struct gm_task_state *t;
	struct gm_fault *f;

	if (!fault)
		return 0;
	t = gm_task_state_peek_current();
	slot = fault->slot; /* flags: 0 without a slot */
	f = t ? gm_fault_of_page(t, fault->addr >> 12) : NULL;
	if (!f)
		return gm_guest_fault_begin_missed(slot, slot->flags, fault->addr >> 12, fault->is_private,
						   fault->prefetch);
	return gm_guest_fault_pfn_ready(t, f, slot, slot->flags, fault->is_private);
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
		return gm_guest_fault_begin_missed(slot, flags, gfn, is_private, BPF_CORE_READ(fault, prefetch));
	return gm_guest_fault_pfn_ready(t, f, slot, flags, is_private);
}

/*
 * kvm_mmu_set_spte(level, gfn, sptep), all kernels: a fault's SPTE is installed. (kvm_tdp_mmu_spte_changed also fires
 * for page tables and for every SPTE that is zapped.) It does not fire (6.14 and later) for a fault whose SPTE another
 * vCPU installed first, nor where installing lost a race: the ends of these faults are not seen.
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

/* Return true if a fault that got no page was on gmem, by the slot that KVM found for its vCPU last. */
static __always_inline int gm_fault_on_gmem(const struct gm_fault *f)
{
	struct kvm_vcpu *v = f->vcpu;
	struct kvm_memory_slot *slot = BPF_CORE_READ(v, last_used_slot);

	return slot && BPF_CORE_READ(slot, flags) & KVM_MEM_GUEST_MEMFD &&
	       f->gfn - BPF_CORE_READ(slot, base_gfn) < BPF_CORE_READ(slot, npages);
}

/*
 * End a fault that is open when KVM_RUN returns: it failed, and user space gets the error; or something else came
 * first.
 */
static __noinline int gm_fault_on_run_exit(void *ctx, struct gm_task_state *t, __s64 err)
{
	struct gm_fault *f;

	if (!t)
		return 0;
	f = &t->fault;
	if (err < 0 && err != -EINTR && err != -EAGAIN && (f->flags & GM_FAULT_SEEN || gm_fault_on_gmem(f))) {
		gm_fault_mark_seen(t, f);
		return gm_fault_fail(ctx, f, err);
	}
	return gm_fault_abandon(f);
}

/*
 * kvm_userspace_exit(reason, errno), all kernels: KVM_RUN returns. A fault that is still open will not end, and the
 * vCPU may be another's at the next KVM_RUN.
 */
static __always_inline int gm_run_exit(void *ctx, int err)
{
	struct gm_task_state *t = gm_task_state_peek_current();

	if (!t)
		return 0;
	if (t->fault.state)
		gm_fault_on_run_exit(ctx, t, err);
	t->vcpu = NULL;
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
