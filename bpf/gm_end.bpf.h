/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_end.bpf.h - whether objects are alive, and the ends of objects that no hook reported: found when another object
 * comes to the address, by the scan, or after a call that may have ended them (gm_close.bpf.c).
 *
 * Protocol of *_emit_end(). The caller has found the object of this id dead. Of several callers one claims the end,
 * emits the event, and removes the entry. call: the call that ended the object; NULL: it ended at some time since it
 * was last seen alive. last: the end cannot be postponed, as another object has the address.
 *
 * Errors. Without room in the ring the end is postponed to the next scan. If the creation is still unreported, or with
 * last, both are lost and counted, and the entry is removed.
 */
#ifndef GM_END_BPF_H
#define GM_END_BPF_H

#include "gm_missed.bpf.h"

/* Return true if a referenced file of that inode is at this address. */
static __always_inline int gm_file_is_alive(const struct file *file, const struct gm_file_val *v)
{
	return gm_file_referenced(file) && gm_file_is_same(file, v) &&
	       (!gm_conf.gmem_release || gm_file_release_op(file) == gm_conf.gmem_release);
}

/* Return true if an inode without files has ended. While pages are still leaving, it has not. */
static __always_inline int gm_inode_has_ended(const struct inode *inode, const struct gm_inode_val *in)
{
	return BPF_CORE_READ(inode, i_ino) != in->ino || !BPF_CORE_READ(inode, i_mapping, nrpages);
}

/* Return true if the struct kvm at this address is still the one that the entry describes, with users. */
static __always_inline int gm_vm_is_alive(const struct kvm *kvm, const struct gm_vm_val *v)
{
	__s32 users = BPF_CORE_READ(kvm, users_count.refs.counter);

	return !(v->flags & GM_OBJ_ENDED) && users > 0 && users < 1 << 24 && gm_vm_is_same(kvm, v);
}

/* The call in which an object ended. */
struct gm_end_call {
	__u64 t0, dur_ns;
	__u64 unseen;		/* 1: no hook saw its return: the object ended before the end of this time */
};

/* Make a span for an end that no hook reported: its call's, or the time since the object was last seen alive. */
static __always_inline void gm_span_init_synthetic(struct gm_span *s, __u64 seen_ns, __u64 born_ns,
						   const struct gm_end_call *call)
{
	__builtin_memset(s, 0, sizeof(*s));
	if (call) {
		s->t0 = call->t0;
		s->dur_ns = s->self_ns = call->dur_ns;
	} else {
		s->t0 = seen_ns ? seen_ns : born_ns;
		s->dur_ns = gm_now() - s->t0;
	}
}

static __always_inline void gm_ev_mark_synthetic(struct gm_ev *e, const struct gm_end_call *call)
{
	if (call)
		e->flags = GM_EV_SYSCALL; /* without GM_EV_CPU: time off the CPU would be the whole call's */
	else
		gm_ev_mark_from_scan(e);
}

/* The earliest time at which an object can have ended, if no hook saw the return of the call that ended it; else 0. */
static __always_inline __u64 gm_end_min(const struct gm_end_call *call, __u64 removed_ns)
{
	if (!call || !call->unseen)
		return 0;
	return removed_ns > call->t0 ? removed_ns : call->t0;
}

/* Postpone a claimed end if that is possible: return true, and the caller leaves the entry alone. */
static __always_inline int gm_end_try_postpone(__u32 *id, __u32 mine, __u32 *flags, __u64 *dying_ns, const int last)
{
	if (last || *flags & GM_OBJ_UNREPORTED)
		return 0;
	if (dying_ns)
		*dying_ns = 0;
	gm_end_postpone(id, mine, flags);
	return 1;
}

/*
 * Counts the events that an ending object leaves unreported. create: the kind of its creation; 0: another object's
 * event reports that. emitted: its end is in the ring.
 */
static __always_inline void gm_count_lost_life(const __u32 *flags, __u32 create, __u32 end, int emitted)
{
	if (create && *flags & GM_OBJ_UNREPORTED)
		gm_count_lost_event(create);
	if (!emitted)
		gm_count_lost_event(end);
}

/* ---- VMs ---- */

/* Emit the event of a VM's end. Return 0: no room. */
static __always_inline int gm_vm_emit_destroy(const struct gm_span *s, const struct gm_end_call *call)
{
	struct gm_ev_vm *e GM_SUBMITTED = gm_ev_reserve(struct gm_ev_vm, GM_K_VM_DESTROY, s, 0);

	if (!e)
		return 0;
	e->fd = -1;
	e->end_min_ns = gm_end_min(call, 0);
	gm_ev_mark_synthetic(&e->ev, call);
	return 1;
}

static __always_inline void gm_vm_emit_end(const struct kvm *kvm, struct gm_vm_val *v, __u32 id,
					   const struct gm_end_call *call, const int last)
{
	struct gm_span s;
	int emitted;

	if (!gm_claim_end(&v->id, id))
		return;
	gm_span_init_synthetic(&s, v->seen_ns, v->born_ns, call);
	s.vm = id;
	emitted = !gm_vm_emit_late_create(v, id) && gm_vm_emit_destroy(&s, call);
	if (!emitted && gm_end_try_postpone(&v->id, id, &v->flags, &v->dying_ns, last))
		return;
	gm_count_lost_life(&v->flags, GM_K_VM_CREATE, GM_K_VM_DESTROY, emitted);
	gm_vm_remove(kvm, v);
}

/* ---- inodes ---- */

/* Fill in an inode's number and counters. m: its page cache; NULL: the pages have left, or it must not be read. */
static __always_inline void gm_ev_inode_fill(struct gm_ev_inode *e, struct gm_inode_val *in,
					     const struct address_space *m)
{
	struct gm_page_counts counts = {};

	if (!in)
		return;
	e->ino = in->ino;
	e->touched_ns = in->touched_ns;
	if (!m) {
		counts.freed = in->freed;
		counts.allocated = gm_inode_allocated(in, counts.freed, 0);
	} else if (gm_inode_read_counters(in, m, &counts)) {
		return; /* zeros change nothing: a later record has more */
	}
	e->allocated_pages = counts.allocated;
	e->freed_pages = counts.freed;
}

/*
 * Emits the pages that left an inode in use by no call that was seen: one event for all since the last such event. If
 * there is no room, the next scan emits them.
 */
static __always_inline void gm_unseen_punch_emit(struct gm_inode_val *in, __u32 id)
{
	struct gm_ev_range *e GM_SUBMITTED = NULL;
	__u64 pages = in->unseen;
	struct gm_span s;

	/* A scan and an eviction may both be here. */
	if (!pages || __sync_val_compare_and_swap(&in->unseen, pages, 0) != pages)
		return;
	gm_span_init_synthetic(&s, in->seen_ns, in->born_ns, NULL);
	s.inode = id;
	s.vm = in->vm;
	e = gm_ev_reserve(struct gm_ev_range, GM_K_PUNCH, &s, 0);
	if (!e) {
		__sync_fetch_and_add(&in->unseen, pages);
		return;
	}
	e->pages = pages;
	gm_ev_mark_from_scan(&e->ev);
}

/* Emit the event of an inode's end. Return 0: no room. */
static __always_inline int gm_inode_emit_evict(struct gm_inode_val *in, const struct gm_span *s,
					       const struct gm_end_call *call)
{
	struct gm_ev_inode *e GM_SUBMITTED = gm_ev_reserve(struct gm_ev_inode, GM_K_EVICT, s, 0);

	if (!e)
		return 0;
	gm_early_count_removed(in);
	gm_ev_inode_fill(e, in, NULL);
	e->pages = in->freed > in->punched ? in->freed - in->punched : 0;
	e->fd = -1;
	e->begin_max_ns = call ? 0 : in->removed_ns;
	e->end_min_ns = call ? gm_end_min(call, in->removed_ns) : in->removed_ns;
	gm_ev_mark_synthetic(&e->ev, call);
	if (in->flags & GM_OBJ_EARLY && !gm_early_is_known(in->flags, in->left))
		e->ev.flags |= GM_EV_UNCOUNTED;
	return 1;
}

static __always_inline void gm_inode_emit_end(const struct inode *inode, struct gm_inode_val *in, __u32 id,
					      const struct gm_end_call *call, const int last)
{
	struct gm_span s;
	int emitted;

	if (!gm_claim_end(&in->id, id))
		return;
	gm_unseen_punch_emit(in, id);
	gm_span_init_synthetic(&s, in->seen_ns, in->born_ns, call);
	s.inode = id;
	s.vm = in->vm;
	emitted = !(in->flags & GM_OBJ_UNREPORTED) && gm_inode_emit_evict(in, &s, call);
	if (!emitted && gm_end_try_postpone(&in->id, id, &in->flags, NULL, last))
		return;
	gm_count_lost_life(&in->flags, 0, GM_K_EVICT, emitted);
	if (in->unseen)
		gm_count_lost_event(GM_K_PUNCH);
	gm_inode_remove(inode, in, id);
}

/* ---- files ---- */

/* Unmapping memory, closing its file and freeing it are one teardown if no more than this lies between two of them. */
#define GM_UNMAP_NS	1000000000ull

/* Return true if this act belongs to the same teardown as the one at t0. */
static __always_inline int gm_is_same_teardown(__u64 act_ns, __u64 t0)
{
	return act_ns && act_ns <= t0 && t0 - act_ns < GM_UNMAP_NS;
}

/*
 * The time at which the teardown of a file began, of which an act was at t0. Not later than *max: an earlier call that
 * closed one descriptor of several may belong to it or not. 0: unknown, as its process may have unmapped it shortly
 * before, while munmap was not hooked yet.
 */
static __always_inline __u64 gm_teardown_begin(const struct gm_file_val *v, __u64 t0, __u64 *max)
{
	__u64 since = gm_watching_ns;

	if (!v->unmap_ns && (since == GM_NOT_WATCHING || (v->born_ns < since && t0 < since + GM_UNMAP_NS)))
		return 0;
	*max = gm_is_same_teardown(v->unmap_ns, t0) ? v->unmap_ns : t0;
	return gm_is_same_teardown(v->closing_ns, *max) ? v->closing_ns : *max;
}

/*
 * The last act of its process on a file that was found dead and whose first page left at removed_ns: this act ended the
 * file. 0: there is no such act.
 */
static __always_inline __u64 gm_last_act(const struct gm_file_val *v, __u64 removed_ns)
{
	__u64 act = v->unmap_ns > v->closing_ns ? v->unmap_ns : v->closing_ns;

	return act > v->seen_ns && gm_is_same_teardown(act, removed_ns) ? act : 0;
}

/* Emit the event of a file's end. Return 0: no room. */
static __always_inline int gm_file_emit_release(struct gm_inode_val *in, const struct gm_span *s, __u64 begin_max,
						const struct gm_end_call *call)
{
	struct gm_ev_inode *e GM_SUBMITTED = gm_ev_reserve(struct gm_ev_inode, GM_K_RELEASE, s, 0);

	if (!e)
		return 0;
	gm_ev_inode_fill(e, in, NULL);
	e->fd = -1;
	e->begin_max_ns = begin_max;
	e->end_min_ns = gm_end_min(call, 0);
	gm_ev_mark_synthetic(&e->ev, call);
	return 1;
}

/* The inode's own end is found separately, when its pages have left. */
static __always_inline void gm_file_emit_end(const struct file *file, struct gm_file_val *v, __u32 id,
					     const struct gm_end_call *call, const int last)
{
	__u64 act, begin, begin_max, removed = 0;
	struct gm_inode_val *in;
	struct gm_span s;
	int unreported, emitted;

	if (!gm_claim_end(&v->id, id))
		return;
	unreported = gm_file_emit_late_create(v, id, GM_K_CREATE);
	in = gm_inode_lookup((void *)v->inode_ptr);
	if (in && in->id != v->inode)
		in = NULL;
	if (in) {
		__sync_fetch_and_sub(&in->files, 1);
		removed = in->removed_ns;
	}
	begin_max = removed;
	act = call ? call->t0 : gm_last_act(v, removed);
	begin = act ? gm_teardown_begin(v, act, &begin_max) : 0;
	if (!begin)
		call = NULL;
	gm_span_init_synthetic(&s, v->seen_ns, v->born_ns, call);
	if (begin) {
		s.dur_ns += s.t0 - begin;
		s.t0 = begin;
	}
	s.vm = v->vm;
	s.file = id;
	s.inode = v->inode;
	emitted = !unreported && gm_file_emit_release(in, &s, begin_max, call);
	if (!emitted)
		v->inode_ptr = GM_NO_INODE;
	if (!emitted && gm_end_try_postpone(&v->id, id, &v->flags, &v->dying_ns, last))
		return;
	gm_count_lost_life(&v->flags, GM_K_CREATE, GM_K_RELEASE, emitted);
	gm_file_remove(file, v);
}

#endif
