// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_fault_arm64.bpf.c - a vCPU's fault on arm64, where it is called an abort and KVM has no tracepoints inside it:
 *   kvm_handle_guest_abort [ kvm_gmem_get_pfn [ mm_filemap_add_to_page_cache ] ]
 *   |---------- alloc ------------------------------->|- zero ->|---- map ---->|
 * kvm_gmem_get_pfn is called for gmem only, once a fault (arch/arm64/kvm/mmu.c, gmem_abort(), 6.18 to 7.3, which the
 * compiler inlines), so it separates these faults from other aborts: devices, permissions, other memory. A fault that
 * lost to an invalidation returns like one that succeeded, and the guest faults again: it is counted as two. Part of
 * gm_probes.bpf.c's translation unit.
 */
#include "gm_fault.bpf.h"
#include "gm_hook.bpf.h"

/* kvm_handle_guest_abort(vcpu), process context. */
static __always_inline int gm_guest_abort_enter(struct kvm_vcpu *vcpu)
{
	struct gm_task_state *t = gm_task_state_for_fault(vcpu);

	if (!t)
		return 0;
	if (t->fault.state)
		gm_fault_abandon(&t->fault);
	gm_fault_begin(&t->fault, GM_PHASE_GUEST_FAULT, vcpu, 0, gm_now());
	return 0;
}

/* kvm_gmem_get_pfn(kvm, slot, gfn, pfn, page, max_order): 0 or -errno. Prefaults and populate call it on x86 only. */
static __always_inline int gm_abort_pfn_enter(const struct kvm *kvm, struct kvm_memory_slot *slot, __u64 gfn)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_fault *f;

	if (!t || !t->fault.state)
		return gm_fault_begin_untimed(slot, gfn, 0, GM_FS_BEGUN);
	f = &t->fault;
	f->slot = slot;
	f->gfn = gfn;
	gm_fault_mark_seen(t, f);
	return 0;
}

static __always_inline int gm_abort_pfn_exit(__s64 ret)
{
	struct gm_task_state *t = gm_task_state_peek_current();

	if (!t || !t->fault.state || ret < 0)
		return 0;
	gm_fault_cut_ready(&t->fault, gm_now());
	t->fault.state = GM_FS_MAPPING;
	return 0;
}
GM_BRACKET(gm_abort_pfn, kvm_gmem_get_pfn, const struct kvm *, struct kvm_memory_slot *, __u64)

/* Returns 1: the guest goes on; 0: to user space; -errno: to user space, with this error. */
static __always_inline int gm_guest_abort_exit(void *ctx, __s64 ret)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_fault *f;

	if (!t || !t->fault.state)
		return 0;
	f = &t->fault;
	if (f->flags & GM_FAULT_SEEN && ret < 0) {
		gm_fault_fail(ctx, f, ret);
	} else if (f->state == GM_FS_MAPPING) {
		gm_fault_cut(f, GM_PART_MAP, gm_now());
		f->state = GM_FS_MAPPED;
		gm_fault_succeed(ctx, f);
	} else {
		gm_fault_abandon(f);
	}
	t->vcpu = NULL; /* its address may be another's after this KVM_RUN, whose return is not seen here */
	return 0;
}
GM_BRACKET_CTX(gm_guest_abort, kvm_handle_guest_abort, struct kvm_vcpu *)
