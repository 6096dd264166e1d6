/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_fault.bpf.h - a fault as a stretch of time that hooks cut into parts. Which hooks there are differs between
 * kernels and modes; the parts always add up to the fault, since each cut books the time since the cut before it.
 *
 * 	begun -> clearing -> mapping -> end		state
 * 	 alloc or other | zero | map			what the time until the next cut is
 *
 * alloc is a begun fault's time until a page was inserted; in a fault that finds its page, that time is other. A page
 * that was present but not zeroed yet (fallocate) takes a fault from begun to clearing without alloc. prepare is cut
 * out of the part that it lies in.
 *
 * alloc and zero are counted by the page: they are booked even if the fault fails in the end, as the page stays. The
 * fault and its map are booked only if it succeeds. Where a fault is given up while its page is being zeroed, zero ends
 * there: at the return to user space or the next fault, a little late.
 *
 * The hooks around an SPTE run under the mmu's lock, so nothing preempts them and the kernel skips none of their runs,
 * as it does with the other hooks' (kernel/trace/bpf_trace.c, 7.0 and later; trampolines always). So they count every
 * fault, those without a begin as untimed; user space computes the missing alloc and zero from page counts
 * (model_untimed.c).
 *
 * Protocol. gm_fault_begin() starts a fault in the task's state; gm_fault_mark_seen() when it is known to be on gmem;
 * cuts; then one of gm_fault_succeed(), _fail(), _abandon(), which book and count it and end it. Only the task itself
 * calls them. Errors: histograms without room lose the fault, which is counted.
 */
#ifndef GM_FAULT_BPF_H
#define GM_FAULT_BPF_H

#include "gm_fault_event.bpf.h"
#include "gm_vm_hists.bpf.h"

/* ---- a fault's task, VM and slot ---- */

/* Time since the last cut becomes part p. */
static __always_inline void gm_fault_cut(struct gm_fault *f, __u32 p, __u64 now)
{
	f->part[p] += now - f->mark;
	f->mark = now;
}

/*
 * The file of a slot. If its VM was not known to have gmem, the file is older than the tool and at no descriptor of a
 * task that the tool may see (another PID namespace; a socket's queue): from now on its faults are seen.
 */
static __always_inline const struct gm_file_val *gm_slot_file(const struct kvm_memory_slot *slot)
{
	const struct gm_file_val *f = slot ? gm_file_get(BPF_CORE_READ(slot, gmem.file)) : NULL;
	struct kvm *kvm = f ? (void *)f->kvm_ptr : NULL;
	__u32 tid = f ? gm_vm_creator(kvm) : 0;

	if (f && !gm_creator_may_have_gmem(tid))
		gm_gmem_vms_add(tid, gm_vm_mm(kvm), 1);
	return f;
}

static __noinline int gm_gmem_slot_discovered(const struct kvm_memory_slot *slot)
{
	gm_slot_file(slot);
	return 0;
}

/* The state of the current task, in which a vCPU faults; NULL: its VM cannot have gmem, and nothing is kept. */
static __always_inline struct gm_task_state *gm_task_state_for_fault(const struct kvm_vcpu *vcpu)
{
	struct gm_task_state *t = gm_task_state_peek_current();

	return t || !gm_creator_may_have_gmem(gm_vm_creator(gm_vcpu_kvm(vcpu))) ? t : gm_task_state_get_or_create();
}

/*
 * gm_task_state_for_fault() by loads alone, of a tracepoint's argument. struct kvm may be larger than a load's own
 * offset reaches (32 KiB), so the offset is added apart.
 */
static __always_inline struct gm_task_state *gm_task_state_for_fault_typed(const struct kvm_vcpu *vcpu)
{
	__u64 at = bpf_core_field_offset(struct kvm, userspace_pid);
	struct gm_task_state *t = gm_task_state_peek_current();

	barrier_var(at);
	return t || !vcpu || !gm_creator_may_have_gmem(*(const __u32 *)((const char *)vcpu->kvm + at))
		       ? t
		       : gm_task_state_get_or_create();
}

/* A call of its own: a new entry takes room on the stack, and 6.12 has 512 bytes for all frames of a call chain. */
static __noinline __u32 gm_vcpu_vm_find(const struct kvm_vcpu *vcpu)
{
	return gm_vm_id(gm_vcpu_kvm(vcpu));
}

/* The id of a vCPU's VM, looked up once per KVM_RUN: after it the vCPU's address may be another's. */
static __always_inline __u32 gm_vcpu_vm(struct gm_task_state *t, const struct kvm_vcpu *vcpu)
{
	if (t->vcpu != vcpu) {
		t->vcpu_vm = gm_vcpu_vm_find(vcpu);
		t->vcpu = vcpu;
	}
	return t->vcpu_vm;
}

/* ---- begin ---- */

/* The totals of a kind of fault, by its phase. */
static __always_inline struct gm_fault_totals *gm_fault_totals_of(struct gm_vm_hists *hists, __u32 phase)
{
	__u32 kind = GM_FAULT_KIND_OF(phase);

	if (kind >= GM_FAULT_KINDS)
		return NULL;
	/* the address is made after the test, or the verifier does not know that it is bounded */
	barrier_var(kind);
	return &hists->totals[kind];
}

/*
 * Counts a VM's faults under way, one more or less. The time between the first and the last of them is wall time; two
 * faults that begin and end in the same instant on different CPUs may lose that instant.
 */
GM_GLOBAL int gm_fault_busy(struct gm_fault *f, int begins)
{
	struct gm_vm_hists *hists = f ? gm_vm_hists_get(f->vm) : NULL;
	struct gm_fault_totals *w = hists && f ? gm_fault_totals_of(hists, f->phase) : NULL;
	__u64 others;

	if (!w)
		return 0;
	if (begins) {
		/*
		 * The fault began before it was known to be on gmem; time up to the end of the last stretch is counted.
		 */
		if (!__sync_fetch_and_add(&w->active, 1))
			w->busy_since = f->t0 > w->busy_end ? f->t0 : w->busy_end;
		return 0;
	}
	others = __sync_fetch_and_add(&w->active, -1) - 1;
	/* it began before the VM had its place: counted where its histograms were then (live_drain.c) */
	if (others == (__u64)-1) {
		__sync_fetch_and_add(&w->active, 1);
	} else if (!others && f->mark > w->busy_since) {
		__sync_fetch_and_add(&w->busy_ns, f->mark - w->busy_since);
		w->busy_end = f->mark;
	}
	return 0;
}

static __always_inline void gm_fault_mark_seen_of(struct gm_fault *f, __u32 vm)
{
	f->flags |= GM_FAULT_SEEN;
	f->vm = vm;
	if (gm_conf.busy)
		gm_fault_busy(f, 1);
}

/* The fault is on gmem. */
static __always_inline void gm_fault_mark_seen(struct gm_task_state *t, struct gm_fault *f)
{
	if (!(f->flags & GM_FAULT_SEEN))
		gm_fault_mark_seen_of(f, f->phase == GM_PHASE_HOST_FAULT ? f->vm : gm_vcpu_vm(t, f->vcpu));
}

/* Start a fault. vcpu: NULL in a host fault, or if it is not known. */
static __always_inline void gm_fault_begin(struct gm_fault *f, __u32 phase, struct kvm_vcpu *vcpu, __u64 gfn, __u64 now)
{
	f->state = GM_FS_BEGUN;
	f->phase = phase;
	f->t0 = now;
	f->mark = now;
	__builtin_memset(f->part, 0, sizeof(f->part));
	f->vcpu = vcpu;
	f->gfn = gfn;
	f->slot = NULL;
	f->flags = 0;
	f->retries = 0;
	f->vm = 0;
}

/*
 * Start a guest's fault or a prefault that is on gmem and whose begin was not seen: the kernel skips a program that is
 * under way on the same CPU in a preempted task. The fault is counted, without a time. state: where it is by now.
 */
static __noinline int gm_fault_begin_untimed(struct kvm_memory_slot *slot, __u64 gfn, int prefault, __u32 state)
{
	const struct gm_file_val *file = gm_slot_file(slot);
	struct gm_task_state *t = file && (!prefault || gm_conf.prefaults) ? gm_task_state_get_or_create() : NULL;
	struct gm_fault *f;

	if (!t)
		return 0;
	t->unattributed_page = 0;
	f = &t->fault;
	gm_fault_begin(f, prefault ? GM_PHASE_PREFAULT : GM_PHASE_GUEST_FAULT, NULL, gfn, gm_now());
	f->flags = GM_FAULT_UNTIMED;
	f->slot = slot;
	f->state = state;
	gm_fault_mark_seen_of(f, file->vm);
	return 0;
}

/* ---- booking ---- */

/* Books what is not yet booked of part p as one page's time in a phase. */
static __always_inline void gm_fault_book(struct gm_vm_hists *hists, const struct gm_fault *f, __u32 p, __u32 phase)
{
	gm_vm_hists_add(hists, phase, f->flags & GM_FAULT_BOOKED ? f->part[p] - f->booked[p] : f->part[p]);
}

/* Books the times of the fault's page, if it has one. */
static __always_inline void gm_fault_book_parts(struct gm_vm_hists *hists, const struct gm_fault *f)
{
	if (f->flags & GM_FAULT_ALLOCATED)
		gm_fault_book(hists, f, GM_PART_ALLOC, GM_PHASE_ALLOC);
	if (f->flags & GM_FAULT_CLEARED)
		gm_fault_book(hists, f, GM_PART_ZERO, GM_PHASE_ZERO);
	if (f->flags & GM_FAULT_PREPARED)
		gm_fault_book(hists, f, GM_PART_PREPARE, GM_PHASE_PREPARE);
	if (f->state == GM_FS_MAPPED)
		gm_fault_book(hists, f, GM_PART_MAP, GM_PHASE_MAP);
}

/*
 * Books the first page's times in a fault that gets a second page: the first was taken away and the fault began anew.
 */
GM_GLOBAL int gm_fault_book_earlier_page(struct gm_fault *f)
{
	struct gm_vm_hists *hists = f ? gm_vm_hists_get(f->vm) : NULL;
	__u32 p;

	if (!f)
		return 0;
	if (hists)
		gm_fault_book_parts(hists, f);
	for (p = 0; p < GM_PART_NR; p++)
		f->booked[p] = f->part[p];
	f->flags |= GM_FAULT_BOOKED;
	f->flags &= ~(GM_FAULT_ALLOCATED | GM_FAULT_CLEARED | GM_FAULT_PREPARED);
	return 0;
}

/* Part p of a fault is, or is about to be, in the histogram of its phase, and is no part of a timed fault. */
static __always_inline void gm_fault_set_aside_part(struct gm_vm_hists *hists, const struct gm_fault *f, __u32 p,
						    __u32 is_booked)
{
	__u64 ns = is_booked ? f->part[p] : f->flags & GM_FAULT_BOOKED ? f->booked[p] : 0;

	if (ns)
		__sync_fetch_and_add(&hists->aside_ns[p], ns);
}

/* Books the times of a page whose fault is not timed as a whole. */
GM_GLOBAL int gm_fault_book_page(struct gm_vm_hists *hists, struct gm_fault *f)
{
	if (!hists || !f)
		return 0;
	gm_fault_set_aside_part(hists, f, GM_PART_ALLOC, f->flags & GM_FAULT_ALLOCATED);
	gm_fault_set_aside_part(hists, f, GM_PART_ZERO, f->flags & GM_FAULT_CLEARED);
	gm_fault_set_aside_part(hists, f, GM_PART_PREPARE, f->flags & GM_FAULT_PREPARED);
	gm_fault_set_aside_part(hists, f, GM_PART_MAP, f->state == GM_FS_MAPPED);
	gm_fault_book_parts(hists, f);
	return 0;
}

static __always_inline void gm_fault_totals_add_part(struct gm_fault_totals *w, const struct gm_fault *f, __u32 p)
{
	if (f->part[p])
		__sync_fetch_and_add(&w->part_ns[p], f->part[p]);
}

/* Adds the parts of a fault; those of a guest's follow from the histograms (struct gm_vm_hists). */
static __always_inline void gm_fault_totals_add_parts(struct gm_fault_totals *w, const struct gm_fault *f)
{
	gm_fault_totals_add_part(w, f, GM_PART_ALLOC);
	gm_fault_totals_add_part(w, f, GM_PART_ZERO);
	gm_fault_totals_add_part(w, f, GM_PART_PREPARE);
	gm_fault_totals_add_part(w, f, GM_PART_MAP);
	gm_fault_totals_add_part(w, f, GM_PART_OTHER);
}

/* Notes when the first and the last fault of a kind were. */
static __always_inline void gm_fault_totals_mark(struct gm_fault_totals *w, const struct gm_fault *f)
{
	if (!w->first_ns)
		w->first_ns = f->t0;
	w->last_ns = f->mark;
}

static __always_inline void gm_fault_totals_add(struct gm_fault_totals *w, const struct gm_fault *f)
{
	gm_fault_totals_mark(w, f);
	if (!(f->flags & (GM_FAULT_ALLOCATED | GM_FAULT_CLEARED))) {
		__sync_fetch_and_add(&w->found, 1);
		__sync_fetch_and_add(&w->found_ns, f->part[GM_PART_OTHER]);
	}
}

/*
 * Books a fault that succeeded in all its histograms; its own is the last, so it never has less than its parts. A
 * function of its own for the verifier: within gm_spte_set the four histograms have more paths than 6.18's verifier
 * follows in minutes.
 */
GM_GLOBAL int gm_fault_book_all(struct gm_vm_hists *hists, struct gm_fault *f)
{
	struct gm_fault_totals *w;

	if (!hists || !f)
		return 0;
	w = gm_fault_totals_of(hists, f->phase);
	if (w && f->phase != GM_PHASE_GUEST_FAULT)
		gm_fault_totals_add_parts(w, f);
	gm_fault_book_parts(hists, f);
	gm_vm_hists_add(hists, f->phase, f->mark - f->t0);
	if (w)
		gm_fault_totals_add(w, f);
	return 0;
}

/* The time until a fault had its page is unknown if its begin was not seen: it is not booked as alloc. */
static __always_inline void gm_fault_drop_untimed_alloc(struct gm_fault *f)
{
	if (f->flags & GM_FAULT_UNTIMED)
		f->flags &= ~GM_FAULT_ALLOCATED;
}

/* Books a fault that succeeded and whose begin was not seen: the time after its page is booked, the fault counted. */
GM_GLOBAL int gm_fault_book_untimed(struct gm_vm_hists *hists, struct gm_fault *f)
{
	struct gm_fault_totals *w;

	if (!hists || !f)
		return 0;
	gm_fault_drop_untimed_alloc(f);
	gm_fault_book_page(hists, f);
	w = gm_fault_totals_of(hists, f->phase);
	if (!w)
		return 0;
	__sync_fetch_and_add(&w->untimed, 1);
	gm_fault_totals_mark(w, f);
	return 0;
}

/* ---- on the way ---- */

/* A page was inserted for the fault. */
static __always_inline void gm_fault_page_added(struct gm_task_state *t, struct gm_fault *f, __u64 now)
{
	gm_fault_mark_seen(t, f);
	if (f->flags & GM_FAULT_ALLOCATED)
		gm_fault_book_earlier_page(f);
	gm_fault_cut(f, GM_PART_ALLOC, now);
	f->flags |= GM_FAULT_ALLOCATED;
	f->state = GM_FS_CLEARING;
}

/* The page is ready, or the fault is at its end: the time since the last cut was zeroing, or something else. */
static __always_inline void gm_fault_cut_ready(struct gm_fault *f, __u64 now)
{
	if (f->state == GM_FS_CLEARING) {
		gm_fault_cut(f, GM_PART_ZERO, now);
		f->flags |= GM_FAULT_CLEARED;
	} else {
		gm_fault_cut(f, GM_PART_OTHER, now);
	}
}

/*
 * The kernel gave up halfway and lets the guest try again (the mmu was invalidated meanwhile): the same fault goes on.
 */
static __always_inline void gm_fault_retry(struct gm_fault *f, __u64 now)
{
	gm_fault_cut_ready(f, now);
	f->state = GM_FS_BEGUN;
	f->retries++;
}

/* ---- end ---- */

static __always_inline void gm_fault_end(struct gm_fault *f)
{
	f->state = GM_FS_NONE;
	if (gm_conf.busy && f->flags & GM_FAULT_SEEN)
		gm_fault_busy(f, 0);
}

/* End a fault that succeeded, at its last cut. ctx: for the event's stack, or NULL. */
static __noinline int gm_fault_succeed(void *ctx, struct gm_fault *f)
{
	struct gm_vm_hists *hists;
	__u64 ns;

	if (!f)
		return 0;
	hists = gm_vm_hists_get(f->vm);
	if (!hists) {
		gm_op_inc(f->phase, lost);
		f->state = GM_FS_NONE;
		return 0;
	}
	if (f->flags & GM_FAULT_UNTIMED) {
		gm_fault_book_untimed(hists, f);
		gm_fault_end(f);
		return 0;
	}
	ns = f->mark - f->t0;
	gm_fault_book_all(hists, f);
	gm_fault_end(f);
	if (gm_conf.slow_ns && ns >= gm_conf.slow_ns && gm_fault_event_sampled())
		gm_fault_emit(ctx, f, 0);
	return 0;
}

/* End a fault that failed: its page, if it has one, stays. */
static __noinline int gm_fault_fail(void *ctx, struct gm_fault *f, __s64 ret)
{
	struct gm_vm_hists *hists;

	if (!f)
		return 0;
	gm_fault_cut_ready(f, gm_now());
	gm_fault_drop_untimed_alloc(f);
	hists = gm_vm_hists_get(f->vm);
	if (hists)
		gm_fault_book_page(hists, f);
	gm_op_inc(f->phase, failed);
	gm_fault_end(f);
	gm_fault_emit(ctx, f, ret);
	return 0;
}

/* Ends a fault whose end no hook saw, or that another task ended: books what is known of its page. */
GM_GLOBAL int gm_fault_abandon(struct gm_fault *f)
{
	struct gm_vm_hists *hists;

	if (!f)
		return 0;
	if (!(f->flags & GM_FAULT_SEEN)) {
		f->state = GM_FS_NONE;
		return 0;
	}
	/* otherwise another vCPU mapped its page, and the guest has run since: it ended about here */
	if (f->state != GM_FS_MAPPING)
		gm_fault_cut_ready(f, gm_now());
	gm_fault_drop_untimed_alloc(f);
	hists = gm_vm_hists_get(f->vm);
	if (hists)
		gm_fault_book_page(hists, f);
	gm_op_inc(f->phase, unfinished);
	f->flags |= GM_FAULT_UNFINISHED;
	gm_fault_end(f);
	if (gm_conf.slow_ns && f->mark - f->t0 >= gm_conf.slow_ns && !(f->flags & GM_FAULT_UNTIMED))
		gm_fault_emit(NULL, f, 0);
	return 0;
}

#endif
