/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_fault_event.bpf.h - a fault as an event, in a ring of its own: however many there are, they use no room of the
 * other events and do not delay them.
 *
 * gm_fault_emit() reserves, fills and submits a record. An event that a limit withholds is counted as withheld; one
 * that finds the ring full is counted as lost. User space reads the ring every GM_FAULTS_MS; only a ring that fills up
 * wakes it.
 */
#ifndef GM_FAULT_EVENT_BPF_H
#define GM_FAULT_EVENT_BPF_H

#include "gm_event.bpf.h"

extern struct gm_fault_ring_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, GM_RING_BYTES);
} gm_fault_ring SEC(".maps");

/* The current second (of 2^30 ns), and the events that were emitted in it. */
extern __u64 gm_fault_event_second, gm_fault_event_nr;

/* Return true if another event may be emitted in this second. CPUs in the same instant may let one too many pass. */
static __always_inline int gm_fault_event_ratelimit(void)
{
	__u64 second = gm_now() >> 30;

	if (!gm_conf.slow_limit)
		return 1;
	if (gm_fault_event_second != second) {
		gm_fault_event_second = second;
		gm_fault_event_nr = 0;
	}
	if (__sync_fetch_and_add(&gm_fault_event_nr, 1) < gm_conf.slow_limit)
		return 1;
	gm_count_loss(GM_LOSS_LIMIT);
	return 0;
}

/* Return true for one fault in gm_conf.sample. Random, not every n-th: avoids aliasing with the access pattern. */
static __always_inline int gm_fault_event_sampled(void)
{
	if (gm_conf.sample <= 1 || !((__u64)bpf_get_prandom_u32() * gm_conf.sample >> 32))
		return 1;
	gm_count_loss(GM_LOSS_SAMPLE);
	return 0;
}

/* Fill in the fault's place: the guest's page, and by its slot the inode's. */
static __always_inline void gm_fault_fill_place(struct gm_ev_fault *e, const struct gm_fault *f)
{
	struct kvm_memory_slot *slot = f->slot;

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
	e->flags = f->flags & ~(GM_FAULT_SEEN | GM_FAULT_UNTIMED | GM_FAULT_BOOKED);
	if (f->flags & GM_FAULT_UNTIMED)
		e->ev.flags |= GM_EV_NODUR;
	e->retries = f->retries;
	gm_fault_fill_place(e, f);
}

/*
 * Whether to wake the reader: only for a ring that fills up. A wakeup for each event costs the faulting task several
 * times what the event does (docs/overhead.md).
 */
static __always_inline __u64 gm_fault_wakeup(void)
{
	return bpf_ringbuf_query(&gm_fault_ring, BPF_RB_AVAIL_DATA) >=
			       bpf_ringbuf_query(&gm_fault_ring, BPF_RB_RING_SIZE) / 8
		       ? BPF_RB_FORCE_WAKEUP
		       : BPF_RB_NO_WAKEUP;
}

static __always_inline void gm_fault_ring_submit(void *variable)
{
	void *record = *(void **)variable;

	if (record)
		bpf_ringbuf_submit(record, gm_fault_wakeup());
}

/* GM_SUBMITTED for a record of this ring. */
#define GM_FAULT_SUBMITTED __attribute__((cleanup(gm_fault_ring_submit)))

/* Emits a fault without a stack. */
GM_GLOBAL int gm_fault_emit_plain(struct gm_fault *f, __s64 ret)
{
	void *event GM_FAULT_SUBMITTED = NULL;
	struct gm_raw_fault *raw;

	if (!f)
		return 0;
	event = bpf_ringbuf_reserve(&gm_fault_ring, sizeof(raw->event), 0);
	if (!event) {
		gm_count_loss(GM_LOSS_FAULT_RING);
		return 0;
	}
	__builtin_memset(event, 0, sizeof(raw->event));
	gm_fault_fill(event, f, sizeof(raw->event), ret);
	return 0;
}

/* Emits a fault. ctx: for its stack; NULL: the fault ended elsewhere, and a stack would say nothing. */
static __noinline int gm_fault_emit(void *ctx, struct gm_fault *f, __s64 ret)
{
	struct gm_raw_fault *raw GM_FAULT_SUBMITTED = NULL;

	if (!f || !gm_fault_event_ratelimit())
		return 0;
	if (!gm_conf.stacks || !ctx)
		return gm_fault_emit_plain(f, ret);
	raw = bpf_ringbuf_reserve(&gm_fault_ring, sizeof(*raw), 0);
	if (!raw) {
		gm_count_loss(GM_LOSS_FAULT_RING);
		return 0;
	}
	__builtin_memset(raw, 0, sizeof(*raw));
	gm_fault_fill((void *)raw->event, f, sizeof(*raw), ret);
	bpf_get_stack(ctx, raw->ip, sizeof(raw->ip), 0);
	return 0;
}

#endif
