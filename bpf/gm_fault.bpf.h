/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_fault.bpf.h - a fault as a stretch of time that hooks cut into parts. Which hooks there are differs between
 * kernels and modes; the parts always add up to the fault, since each cut books what lies between it and the one
 * before.
 *
 * 	begun -> clearing -> mapping -> end		state
 * 	 alloc or other | zero | map			what the time until the next cut is, when that comes
 *
 * alloc is a begun fault's time until a page was inserted; of a fault that finds its page, that time is other. A page
 * that was there but not cleared yet (fallocate) takes a fault from begun to clearing without alloc. prepare is cut
 * out of whatever it lies in.
 *
 * alloc and zero are counted by the page: they are booked even if the fault fails in the end, for the page stays. The
 * whole and its map are booked only when it ends well. Where a fault is given up while its page was being cleared,
 * the clearing ends there: the return to user space or the next fault, a little late.
 *
 * The hooks around an SPTE run under the mmu's lock, so nothing preempts them and the kernel skips none of their
 * runs, as it does with the other hooks' (kernel/trace/bpf_trace.c, 7.0 and later; trampolines always). So they count
 * every fault, those without a begin as untimed; what they miss of alloc and zero user space takes from the page
 * counts (model_untimed.c).
 */
#ifndef GM_FAULT_BPF_H
#define GM_FAULT_BPF_H

#include "gm_core.bpf.h"
#include "gm_hot.bpf.h"

/* Of fault events: however many there are, they take no room from the others, nor keep them waiting. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, GM_RING_BYTES);
} gm_fault_ring SEC(".maps");

/* ---- a fault and its parts ---- */

/* Time since the last cut becomes part p. */
static __always_inline void gm_fault_cut(struct gm_fault *f, __u32 p, __u64 now)
{
	f->part[p] += now - f->mark;
	f->mark = now;
}

/*
 * A slot with gmem, of a vm of which no gmem was known: its file is older than the tool, and at no descriptor of a
 * task that the tool may see (another PID namespace; a socket's queue). Its next faults are seen.
 */
static __always_inline const struct gm_file_val *gm_slot_file(__u64 slot)
{
	struct kvm_memory_slot *s = (void *)slot;
	const struct gm_file_val *f = s ? gm_file_get((__u64)BPF_CORE_READ(s, gmem.file)) : NULL;
	__u32 tid = f ? gm_vm_creator(f->kvm_ptr) : 0;

	if (f && !gm_may_gmem(tid))
		gm_vm_gmem(tid, gm_vm_mm(f->kvm_ptr), 1);
	return f;
}

static __noinline int gm_slot_found(__u64 slot)
{
	gm_slot_file(slot);
	return 0;
}

/* The task, when a vCPU of it faults: of a vm that cannot have gmem, nothing is kept. */
static __always_inline struct gm_task *gm_task_faults(__u64 vcpu)
{
	struct gm_task *t = gm_task_find();

	return t || !gm_may_gmem(gm_vm_creator(gm_vcpu_kvm(vcpu))) ? t : gm_task_get();
}

/* The same by loads alone. struct kvm may be larger than a load's own offset reaches (32 KiB): it is added apart. */
static __always_inline struct gm_task *gm_task_faults_typed(const struct kvm_vcpu *vcpu)
{
	__u64 at = bpf_core_field_offset(struct kvm, userspace_pid);
	struct gm_task *t = gm_task_find();

	barrier_var(at);
	return t || !vcpu || !gm_may_gmem(*(const __u32 *)((const char *)vcpu->kvm + at)) ? t : gm_task_get();
}

/*
 * Apart from its callers: a new entry takes room on the stack, and 6.12 has 512 bytes for all frames of a call chain.
 */
static __noinline __u32 gm_vcpu_vm_find(__u64 vcpu)
{
	return gm_vm_id(gm_vcpu_kvm(vcpu));
}

/* The id of a vCPU's vm, looked up once a KVM_RUN: the vCPU's address may be another's after that. */
static __always_inline __u32 gm_vcpu_vm(struct gm_task *t, __u64 vcpu)
{
	if (t->vcpu != vcpu) {
		t->vcpu_vm = gm_vcpu_vm_find(vcpu);
		t->vcpu = vcpu;
	}
	return t->vcpu_vm;
}

static __always_inline struct gm_whole_val *gm_whole(struct gm_hot_val *hot, __u32 phase)
{
	__u32 w = GM_WHOLE_OF(phase);

	if (w >= GM_WHOLE_NR)
		return NULL;
	/* the address is made after the test, or the verifier does not know that it is bounded */
	barrier_var(w);
	return &hot->whole[w];
}

/*
 * One more, or one less, of a vm's faults under way. What lies between the first and the last of them is time on the
 * wall; two that begin and end in the same instant on different CPUs may lose that instant.
 */
GM_GLOBAL int gm_fault_busy(struct gm_fault *f, int begins)
{
	struct gm_hot_val *hot = f ? gm_hot_get(f->vm) : NULL;
	struct gm_whole_val *w = hot && f ? gm_whole(hot, f->phase) : NULL;
	__u64 others;

	if (!w)
		return 0;
	if (begins) {
		/* It began before it was known to be one: not before the end of the last stretch, which is counted. */
		if (!__sync_fetch_and_add(&w->active, 1))
			w->busy_since = f->t0 > w->busy_end ? f->t0 : w->busy_end;
		return 0;
	}
	others = __sync_fetch_and_add(&w->active, -1) - 1;
	/* it began before the vm had its place: counted where its histograms were then (live_drain.c) */
	if (others == (__u64)-1) {
		__sync_fetch_and_add(&w->active, 1);
	} else if (!others && f->mark > w->busy_since) {
		__sync_fetch_and_add(&w->busy_ns, f->mark - w->busy_since);
		w->busy_end = f->mark;
	}
	return 0;
}

static __always_inline void gm_fault_seen_of(struct gm_fault *f, __u32 vm)
{
	f->flags |= GM_FAULT_SEEN;
	f->vm = vm;
	gm_op_count(f->phase, seen);
	if (gm_conf.busy)
		gm_fault_busy(f, 1);
}

/* It turned out to be a fault on gmem. */
static __always_inline void gm_fault_seen(struct gm_task *t, struct gm_fault *f)
{
	if (!(f->flags & GM_FAULT_SEEN))
		gm_fault_seen_of(f, f->phase == GM_PHASE_HOST_FAULT ? f->vm : gm_vcpu_vm(t, f->subject));
}

static __always_inline void gm_fault_ends(struct gm_fault *f)
{
	f->state = GM_FS_NONE;
	if (gm_conf.busy && f->flags & GM_FAULT_SEEN)
		gm_fault_busy(f, 0);
}

static __always_inline void gm_fault_begin(struct gm_fault *f, __u32 phase, __u64 subject, __u64 gfn, __u64 now)
{
	__builtin_memset(f, 0, sizeof(*f));
	f->state = GM_FS_BEGUN;
	f->phase = phase;
	f->subject = subject;
	f->gfn = gfn;
	f->t0 = now;
	f->mark = now;
}

/*
 * A guest's fault or a prefault that is known to be on gmem, though its begin was not seen: the kernel skips a
 * program while it is under way on the same CPU in a preempted task. The fault is counted, without a time. state:
 * where it is by now.
 */
static __noinline int gm_fault_missed(__u64 slot, __u64 gfn, int prefault, __u32 state)
{
	const struct gm_file_val *file = gm_slot_file(slot);
	struct gm_task *t = file && (!prefault || gm_conf.prefaults) ? gm_task_get() : NULL;
	struct gm_fault *f;

	if (!t)
		return 0;
	t->stray = 0;
	f = &t->fault;
	gm_fault_begin(f, prefault ? GM_PHASE_PREFAULT : GM_PHASE_GUEST_FAULT, 0, gfn, gm_now());
	f->flags = GM_FAULT_UNTIMED;
	f->slot = slot;
	f->state = state;
	gm_fault_seen_of(f, file->vm);
	return 0;
}

/* Books part p, as far as it is not yet, as one page's time in a phase. */
static __always_inline void gm_fault_book(struct gm_hot_val *hot, struct gm_fault *f, __u32 p, __u32 phase)
{
	gm_hot_add(hot, phase, f->part[p] - f->booked[p]);
	f->booked[p] = f->part[p];
}

/* Books the times of the fault's page, if it has one. */
static __always_inline void gm_fault_book_parts(struct gm_hot_val *hot, struct gm_fault *f)
{
	if (f->flags & GM_FAULT_ALLOCATED)
		gm_fault_book(hot, f, GM_PART_ALLOC, GM_PHASE_ALLOC);
	if (f->flags & GM_FAULT_CLEARED)
		gm_fault_book(hot, f, GM_PART_ZERO, GM_PHASE_ZERO);
	if (f->flags & GM_FAULT_PREPARED)
		gm_fault_book(hot, f, GM_PART_PREPARE, GM_PHASE_PREPARE);
}

GM_GLOBAL int gm_fault_book_page(struct gm_hot_val *hot, struct gm_fault *f)
{
	if (hot && f)
		gm_fault_book_parts(hot, f);
	return 0;
}

/*
 * A second page within one fault (the first was taken away while the fault had to begin anew): the first one's times,
 * now.
 */
GM_GLOBAL int gm_fault_page_again(struct gm_fault *f)
{
	struct gm_hot_val *hot = f ? gm_hot_get(f->vm) : NULL;

	if (hot)
		gm_fault_book_page(hot, f);
	if (f)
		f->flags &= ~(GM_FAULT_ALLOCATED | GM_FAULT_CLEARED | GM_FAULT_PREPARED);
	return 0;
}

/* A page was inserted for it. */
static __always_inline void gm_fault_added(struct gm_task *t, struct gm_fault *f, __u64 now)
{
	gm_fault_seen(t, f);
	if (f->flags & GM_FAULT_ALLOCATED)
		gm_fault_page_again(f);
	gm_fault_cut(f, GM_PART_ALLOC, now);
	f->flags |= GM_FAULT_ALLOCATED;
	f->state = GM_FS_CLEARING;
}

/* The page is ready, or the fault is at its end: what went before was clearing, or something else. */
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

/* Another of the events that may come a second (two CPUs in the same instant may let one too many pass)? */
struct {
	__u64 second, sent;
} gm_slow;

static __always_inline int gm_slow_may(void)
{
	__u64 second = gm_now() >> 30; /* of 2^30 ns */

	if (!gm_conf.slow_limit)
		return 1;
	if (gm_slow.second != second) {
		gm_slow.second = second;
		gm_slow.sent = 0;
	}
	if (__sync_fetch_and_add(&gm_slow.sent, 1) < gm_conf.slow_limit)
		return 1;
	gm_lost(GM_LOSS_LIMIT);
	return 0;
}

/* Drawn by lot, so that it does not beat with the order in which a workload touches its pages. */
static __always_inline int gm_sample_may(void)
{
	if (gm_conf.sample <= 1 || !((__u64)bpf_get_prandom_u32() * gm_conf.sample >> 32))
		return 1;
	gm_lost(GM_LOSS_SAMPLE);
	return 0;
}

/* Where in the inode a guest's fault was, by its slot. */
static __always_inline void gm_fault_place(struct gm_ev_fault *e, const struct gm_fault *f)
{
	struct kvm_memory_slot *slot = (void *)f->slot;

	if (f->phase == GM_PHASE_HOST_FAULT) {
		e->pgoff = f->gfn;
		e->flags |= GM_FAULT_PGOFF;
		return;
	}
	e->gfn = f->gfn;
	e->flags |= GM_FAULT_GFN;
	if (!slot)
		return;
	e->pgoff = f->gfn - BPF_CORE_READ(slot, base_gfn) + BPF_CORE_READ(slot, gmem.pgoff);
	e->flags |= GM_FAULT_PGOFF;
}

static __always_inline void gm_fault_fill(struct gm_ev_fault *e, const struct gm_fault *f, __u32 len, __s64 ret)
{
	struct gm_span s = {};

	s.t0 = f->t0;
	s.dur_ns = f->mark - f->t0;
	s.self_ns = f->part[GM_PART_OTHER];
	s.vm = f->vm;
	gm_ev_fill(&e->ev, GM_K_RAW_FAULT, len, &s, ret);
	e->part_ns[GM_PART_ALLOC] = f->part[GM_PART_ALLOC];
	e->part_ns[GM_PART_ZERO] = f->part[GM_PART_ZERO];
	e->part_ns[GM_PART_PREPARE] = f->part[GM_PART_PREPARE];
	e->part_ns[GM_PART_MAP] = f->part[GM_PART_MAP];
	e->part_ns[GM_PART_OTHER] = f->part[GM_PART_OTHER];
	e->phase = f->phase;
	e->flags = f->flags & ~(GM_FAULT_SEEN | GM_FAULT_UNTIMED);
	if (f->flags & GM_FAULT_UNTIMED)
		e->ev.flags |= GM_EV_NODUR;
	e->retries = f->retries;
	gm_fault_place(e, f);
}

/*
 * Who reads this ring looks into it every GM_FAULTS_MS by itself. To wake it up for each event costs the faulting
 * task several times what the event does (docs/overhead.md), so only for a ring that fills up.
 */
static __always_inline __u64 gm_fault_wakeup(void)
{
	return bpf_ringbuf_query(&gm_fault_ring, BPF_RB_AVAIL_DATA) >=
			       bpf_ringbuf_query(&gm_fault_ring, BPF_RB_RING_SIZE) / 8
		       ? BPF_RB_FORCE_WAKEUP
		       : BPF_RB_NO_WAKEUP;
}

/* A fault as an event without a stack; lost, it is counted. */
GM_GLOBAL int gm_fault_send_plain(struct gm_fault *f, __s64 ret)
{
	struct gm_raw_fault *raw;
	void *event;

	if (!f)
		return 0;
	event = bpf_ringbuf_reserve(&gm_fault_ring, sizeof(raw->event), 0);
	if (!event) {
		gm_lost(GM_LOSS_FAULT_RING);
		return 0;
	}
	__builtin_memset(event, 0, sizeof(raw->event));
	gm_fault_fill(event, f, sizeof(raw->event), ret);
	bpf_ringbuf_submit(event, gm_fault_wakeup());
	return 0;
}

/*
 * A fault as an event; withheld or lost, it is counted. ctx NULL: it ends elsewhere, there is no stack that says
 * something.
 */
static __noinline int gm_fault_send(void *ctx, struct gm_fault *f, __s64 ret)
{
	struct gm_raw_fault *raw;

	if (!f || !gm_slow_may())
		return 0;
	if (!gm_conf.stacks || !ctx)
		return gm_fault_send_plain(f, ret);
	raw = bpf_ringbuf_reserve(&gm_fault_ring, sizeof(*raw), 0);
	if (!raw) {
		gm_lost(GM_LOSS_FAULT_RING);
		return 0;
	}
	__builtin_memset(raw, 0, sizeof(*raw));
	gm_fault_fill((void *)raw->event, f, sizeof(*raw), ret);
	bpf_get_stack(ctx, raw->ip, sizeof(raw->ip), 0);
	bpf_ringbuf_submit(raw, gm_fault_wakeup());
	return 0;
}

static __always_inline void gm_part_count(struct gm_whole_val *w, const struct gm_fault *f, __u32 p)
{
	if (f->part[p])
		__sync_fetch_and_add(&w->part_ns[p], f->part[p]);
}

static __always_inline void gm_whole_count(struct gm_whole_val *w, const struct gm_fault *f)
{
	gm_part_count(w, f, GM_PART_ALLOC);
	gm_part_count(w, f, GM_PART_ZERO);
	gm_part_count(w, f, GM_PART_PREPARE);
	gm_part_count(w, f, GM_PART_MAP);
	gm_part_count(w, f, GM_PART_OTHER);
	if (!w->first_ns)
		w->first_ns = f->t0;
	w->last_ns = f->mark;
	if (!(f->flags & (GM_FAULT_ALLOCATED | GM_FAULT_CLEARED))) {
		__sync_fetch_and_add(&w->found, 1);
		__sync_fetch_and_add(&w->found_ns, f->part[GM_PART_OTHER]);
	}
}

/* Books a fault that ended well in all its histograms. */
GM_GLOBAL int gm_fault_book_all(struct gm_hot_val *hot, struct gm_fault *f)
{
	struct gm_whole_val *w;

	if (!hot || !f)
		return 0;
	gm_fault_book_parts(hot, f);
	if (f->state == GM_FS_MAPPED)
		gm_fault_book(hot, f, GM_PART_MAP, GM_PHASE_MAP);
	gm_hot_add(hot, f->phase, f->mark - f->t0);
	w = gm_whole(hot, f->phase);
	if (w)
		gm_whole_count(w, f);
	return 0;
}

/* Of a fault whose begin was not seen the time until its page was there is not known. */
static __always_inline void gm_fault_no_begin(struct gm_fault *f)
{
	if (f->flags & GM_FAULT_UNTIMED)
		f->flags &= ~GM_FAULT_ALLOCATED;
}

/*
 * The same as gm_fault_book_all() for one whose begin was not seen: what lies behind its page is timed, the whole is
 * counted.
 */
GM_GLOBAL int gm_fault_book_untimed(struct gm_hot_val *hot, struct gm_fault *f)
{
	struct gm_whole_val *w;

	if (!hot || !f)
		return 0;
	gm_fault_no_begin(f);
	gm_fault_book_page(hot, f);
	if (f->state == GM_FS_MAPPED)
		gm_fault_book(hot, f, GM_PART_MAP, GM_PHASE_MAP);
	w = gm_whole(hot, f->phase);
	if (!w)
		return 0;
	__sync_fetch_and_add(&w->untimed, 1);
	if (!w->first_ns)
		w->first_ns = f->t0;
	w->last_ns = f->mark;
	return 0;
}

/* It ended well, at its last cut. */
static __noinline int gm_fault_done(void *ctx, struct gm_fault *f)
{
	struct gm_hot_val *hot;
	__u64 ns;

	if (!f)
		return 0;
	hot = gm_hot_get(f->vm);
	if (!hot) {
		gm_op_count(f->phase, lost);
		f->state = GM_FS_NONE;
		return 0;
	}
	gm_op_count(f->phase, done);
	if (f->flags & GM_FAULT_UNTIMED) {
		gm_fault_book_untimed(hot, f);
		gm_fault_ends(f);
		return 0;
	}
	ns = f->mark - f->t0;
	gm_fault_book_all(hot, f);
	gm_fault_ends(f);
	if (gm_conf.slow_ns && ns >= gm_conf.slow_ns && gm_sample_may())
		gm_fault_send(ctx, f, 0);
	return 0;
}

/* It failed: its page, if it has one, stays. */
static __noinline int gm_fault_failed(void *ctx, struct gm_fault *f, __s64 ret)
{
	struct gm_hot_val *hot;

	if (!f)
		return 0;
	gm_fault_cut_ready(f, gm_now());
	gm_fault_no_begin(f);
	hot = gm_hot_get(f->vm);
	if (hot)
		gm_fault_book_page(hot, f);
	gm_op_count(f->phase, failed);
	gm_fault_ends(f);
	gm_fault_send(ctx, f, ret);
	return 0;
}

/* Its end was not seen, or came about by another's doing: what is known of its page stays. */
GM_GLOBAL int gm_fault_abandon(struct gm_fault *f)
{
	struct gm_hot_val *hot;

	if (!f)
		return 0;
	if (!(f->flags & GM_FAULT_SEEN)) {
		f->state = GM_FS_NONE;
		return 0;
	}
	/* else another vCPU mapped its page, and the guest has run since: it ended about here */
	if (f->state != GM_FS_MAPPING)
		gm_fault_cut_ready(f, gm_now());
	gm_fault_no_begin(f);
	hot = gm_hot_get(f->vm);
	if (hot)
		gm_fault_book_page(hot, f);
	gm_op_count(f->phase, unfinished);
	f->flags |= GM_FAULT_UNFINISHED;
	gm_fault_ends(f);
	if (gm_conf.slow_ns && f->mark - f->t0 >= gm_conf.slow_ns && !(f->flags & GM_FAULT_UNTIMED))
		gm_fault_send(NULL, f, 0);
	return 0;
}

#endif
