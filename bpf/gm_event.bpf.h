/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_event.bpf.h - the ring and the events in it.
 *
 * Protocol. A record is reserved, filled and submitted by one function that does nothing else. Its variable is declared
 * GM_SUBMITTED, so that the record is submitted where the variable's scope ends; tests/lint.sh allows no other way:
 *
 *	struct gm_ev_vm *e GM_SUBMITTED = gm_ev_reserve_or_count(struct gm_ev_vm, kind, s, ret);
 *
 * Errors. The ring is full: NULL. gm_ev_reserve_or_count() counts the loss; after gm_ring_reserve() and gm_ev_reserve()
 * the caller does, or postpones the event (gm_ident.bpf.h).
 */
#ifndef GM_EVENT_BPF_H
#define GM_EVENT_BPF_H

#include "gm_ident_file.bpf.h"
#include "gm_span.bpf.h"

/*
 * How many eighths of the ring a record may fill. A tenant makes 100000 calls a second, and files nearly as fast; rarer
 * events, which are missed more, have room that those leave, and an end has more than the creation before it. Readings
 * (GM_K_RAW_HISTS, GM_K_RAW_PROC) are large, and user space gets their content elsewhere, too.
 */
static __always_inline __u32 gm_ring_eighths(__u32 kind)
{
	switch (kind) {
	case GM_K_VM_DESTROY: return 8;
	case GM_K_VM_CREATE: return 7;
	case GM_K_RELEASE:
	case GM_K_EVICT:
	case GM_K_BIND:
	case GM_K_UNBIND:
	case GM_K_RESET: return 6;
	case GM_K_CREATE: return 5;
	case GM_K_RAW_HISTS:
	case GM_K_RAW_PROC: return 2;
	}
	return 4;
}

/* CPUs that ask at the same time may get the same answer, and use room for one record each. */
static __always_inline int gm_ring_has_room(__u32 kind, __u64 size)
{
	__u32 eighths = gm_ring_eighths(kind);

	return eighths == 8 || bpf_ringbuf_query(&gm_ring, BPF_RB_AVAIL_DATA) + size <=
				       bpf_ringbuf_query(&gm_ring, BPF_RB_RING_SIZE) / 8 * eighths;
}

/* A record of the ring, not zeroed; NULL: no room, which is not counted. size: a constant. */
#define gm_ring_reserve(kind, size)	(gm_ring_has_room(kind, size) ? bpf_ringbuf_reserve(&gm_ring, size, 0) : NULL)

static __always_inline void gm_ring_submit(void *variable)
{
	void *record = *(void **)variable;

	if (record)
		bpf_ringbuf_submit(record, 0);
}

/* The record that this variable points to is submitted where the variable's scope ends. */
#define GM_SUBMITTED __attribute__((cleanup(gm_ring_submit)))

static __always_inline void gm_ev_fill(struct gm_ev *e, __u32 kind, __u32 len, const struct gm_span *s, __s64 ret)
{
	__u64 id = bpf_get_current_pid_tgid();

	e->h.len = len;
	e->h.kind = kind;
	e->h.ts_ns = s->t0 + s->dur_ns;
	e->dur_ns = s->dur_ns;
	e->self_ns = s->self_ns;
	e->ret = ret;
	e->vm = s->vm;
	e->file = s->file;
	e->inode = s->inode;
	e->tgid = id >> 32;
	e->tid = (__u32)id;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	if (gm_conf.cpu && !gm_began_unwatched(s->t0))
		e->flags = GM_EV_CPU;
}

/* A zeroed event of a span, common part filled; NULL: no room, which is not counted. */
#define gm_ev_reserve(type, kind, s, ret)						\
({											\
	type *__r = gm_ring_reserve(kind, sizeof(type));				\
	if (__r) {									\
		gm_span_account(s, ret, 1);						\
		__builtin_memset(__r, 0, sizeof(*__r));					\
		gm_ev_fill(&__r->ev, kind, sizeof(type), s, ret);			\
		__r->off_ns = (s)->off_ns;						\
		__r->blocked_ns = (s)->blocked_ns;					\
	}										\
	__r;										\
})

/* gm_ev_reserve(); an event without room is counted as lost. */
#define gm_ev_reserve_or_count(type, kind, s, ret)					\
({											\
	type *__g = gm_ev_reserve(type, kind, s, ret);					\
	if (!__g) {									\
		gm_span_account(s, ret, 0);						\
		gm_count_lost_event(kind);						\
	}										\
	__g;										\
})

/* Marks an event as synthesised by the scan: no duration, no task. */
static __always_inline void gm_ev_mark_from_scan(struct gm_ev *e)
{
	e->flags = GM_EV_NODUR | GM_EV_BY_SCAN;
	e->tgid = 0;
	e->tid = 0;
	__builtin_memset(e->comm, 0, sizeof(e->comm));
}

#endif
