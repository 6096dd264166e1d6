/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_ops.bpf.h - one body for each lifecycle operation, whichever hook saw it (function or system call).
 * enter/exit bodies begin and end a span and send the event.
 */
#ifndef GM_OPS_BPF_H
#define GM_OPS_BPF_H

#include "gm_core.bpf.h"

static __always_inline __u32 gm_page_shift(void)
{
	return gm_conf.page_shift & 31;
}

/* The struct kvm that a file of KVM's pins; kind: enum gm_kvm_file. */
static __always_inline __u64 gm_pinned_kvm(__u32 kind, __u64 priv)
{
	if (kind == GM_KF_DEVICE)
		return gm_device_kvm(priv);
	return kind == GM_KF_VCPU || kind == GM_KF_VCPU_STATS ? gm_vcpu_kvm(priv) : priv;
}

/* ---- what is still alive ---- */

/* Does this memory hold a file of that inode which somebody uses? */
static __always_inline int gm_file_is_alive(__u64 file, const struct gm_file_val *v)
{
	struct file *f = (void *)file;

	return gm_file_referenced(f) && gm_file_is_same(file, v) &&
	       (!gm_conf.gmem_release || gm_file_release_op(f) == gm_conf.gmem_release);
}

/* Return true if an inode without files has ended. While pages are still leaving, it has not. */
static __always_inline int gm_inode_has_ended(__u64 inode, const struct gm_inode_val *in)
{
	struct inode *i = (void *)inode;

	return BPF_CORE_READ(i, i_ino) != in->ino || !BPF_CORE_READ(i, i_mapping, nrpages);
}

/* Is this still the struct kvm that was noted, with somebody holding it? */
static __always_inline int gm_vm_is_alive(__u64 kvm, const struct gm_vm_val *v)
{
	__s32 users = BPF_CORE_READ((struct kvm *)kvm, users_count.refs.counter);

	return !(v->flags & GM_OBJ_ENDED) && users > 0 && users < 1 << 24 && gm_vm_is_same(kvm, v);
}

/*
 * ---- deaths that no probe reported, found when a pointer comes again, by the scan, or behind a call that may have
 * been it (gm_close.bpf.c) ----
 *
 * id: of the object that is dead. by: the call in which it ended; NULL: it ended at some time since it was last seen
 * alive. Where the ring has no room, the object stays for the next scan, unless its birth is not told either: both
 * are lost then. last: it cannot, as another one has its address.
 */

struct gm_end_call {
	__u64 t0, dur_ns;
	__u64 unseen;		/* 1: no hook saw it return: what it ended had ended before the end of this time */
};

static __always_inline void gm_span_init_synthetic(struct gm_span *s, __u64 seen_ns, __u64 born_ns,
						   const struct gm_end_call *by)
{
	__builtin_memset(s, 0, sizeof(*s));
	if (by) {
		s->t0 = by->t0;
		s->dur_ns = s->self_ns = by->dur_ns;
	} else {
		s->t0 = seen_ns ? seen_ns : born_ns;
		s->dur_ns = gm_now() - s->t0;
	}
}

static __always_inline void gm_ev_mark_synthetic(struct gm_ev *e, const struct gm_end_call *by)
{
	if (by)
		e->flags = GM_EV_SYSCALL; /* time off the CPU is the call's as well, and nobody asks for it */
	else
		gm_ev_mark_from_scan(e);
}

/* The earliest that an object can have ended which a call has ended, if no hook saw that call return; 0: it did. */
static __always_inline __u64 gm_end_min(const struct gm_end_call *by, __u64 removed_ns)
{
	if (!by || !by->unseen)
		return 0;
	return removed_ns > by->t0 ? removed_ns : by->t0;
}

/* Return true if the end of an object that the ring had no room for is to be told later. */
static __always_inline int gm_end_try_postpone(__u32 *id, __u32 mine, __u32 *flags, __u64 *dying_ns, const int last)
{
	if (last || *flags & GM_OBJ_UNREPORTED)
		return 0;
	if (dying_ns)
		*dying_ns = 0;
	gm_end_postpone(id, mine, flags);
	return 1;
}

/* What an object that goes now leaves untold. birth: 0: another object's tells it. */
static __always_inline void gm_count_lost_life(const __u32 *flags, __u32 birth, __u32 end, int ended)
{
	if (birth && *flags & GM_OBJ_UNREPORTED)
		gm_count_lost_event(birth);
	if (!ended)
		gm_count_lost_event(end);
}

static __always_inline void gm_vm_emit_end(__u64 kvm, struct gm_vm_val *v, __u32 id, const struct gm_end_call *by,
					   const int last)
{
	struct gm_span s;
	struct gm_ev_vm *e;

	if (!gm_claim_end(&v->id, id))
		return;
	gm_span_init_synthetic(&s, v->seen_ns, v->born_ns, by);
	s.vm = id;
	e = gm_vm_emit_late_create(v, id) ? NULL : gm_ev_reserve(struct gm_ev_vm, GM_K_VM_DESTROY, &s, 0);
	if (!e && gm_end_try_postpone(&v->id, id, &v->flags, &v->dying_ns, last))
		return;
	gm_count_lost_life(&v->flags, GM_K_VM_CREATE, GM_K_VM_DESTROY, !!e);
	gm_vm_remove(kvm, v);
	if (!e)
		return;
	e->fd = -1;
	e->end_min_ns = gm_end_min(by, 0);
	gm_ev_mark_synthetic(&e->ev, by);
	gm_ev_submit(e);
}

/*
 * Put an inode's number and counters into its event. m: its page cache; NULL: the pages have left, or nobody may ask
 * any more.
 */
static __always_inline void gm_ev_inode_fill(struct gm_ev_inode *e, struct gm_inode_val *in,
					     const struct address_space *m)
{
	struct gm_page_counts moved = {};

	if (!in)
		return;
	e->ino = in->ino;
	e->touched_ns = in->touched_ns;
	if (!m) {
		moved.freed = in->freed;
		moved.allocated = gm_inode_allocated(in, moved.freed, 0);
	} else if (gm_inode_read_counters(in, m, &moved)) {
		return; /* zeros change nothing: a later record has more */
	}
	e->allocated_pages = moved.allocated;
	e->freed_pages = moved.freed;
}

/*
 * Pages that left an inode in use by no call that was seen: one event for all that went since the last one; without
 * room, at the next scan.
 */
static __always_inline void gm_unseen_punch_emit(struct gm_inode_val *in, __u32 id)
{
	__u64 pages = in->unseen;
	struct gm_ev_range *e;
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
	gm_ev_submit(e);
}

static __always_inline void gm_inode_emit_end(__u64 inode, struct gm_inode_val *in, __u32 id,
					      const struct gm_end_call *by, const int last)
{
	struct gm_ev_inode *e;
	struct gm_span s;

	if (!gm_claim_end(&in->id, id))
		return;
	gm_unseen_punch_emit(in, id);
	gm_span_init_synthetic(&s, in->seen_ns, in->born_ns, by);
	s.inode = id;
	s.vm = in->vm;
	e = in->flags & GM_OBJ_UNREPORTED ? NULL : gm_ev_reserve(struct gm_ev_inode, GM_K_EVICT, &s, 0);
	if (!e && gm_end_try_postpone(&in->id, id, &in->flags, NULL, last))
		return;
	gm_count_lost_life(&in->flags, 0, GM_K_EVICT, !!e);
	if (in->unseen)
		gm_count_lost_event(GM_K_PUNCH);
	if (e) {
		gm_ev_inode_fill(e, in, NULL);
		e->pages = in->freed > in->punched ? in->freed - in->punched : 0;
		e->fd = -1;
		e->begin_max_ns = by ? 0 : in->removed_ns;
		e->end_min_ns = by ? gm_end_min(by, in->removed_ns) : in->removed_ns;
		gm_ev_mark_synthetic(&e->ev, by);
		gm_ev_submit(e);
	}
	gm_inode_remove(inode, in, id);
}

/* unmapping memory, closing its file and freeing it are one act if no more than this lies between */
#define GM_UNMAP_NS	1000000000ull

/* Was this an act of the same teardown as the one at t0? */
static __always_inline int gm_is_same_teardown(__u64 act_ns, __u64 t0)
{
	return act_ns && act_ns <= t0 && t0 - act_ns < GM_UNMAP_NS;
}

/*
 * When did the teardown of a file begin of which an act was at t0? At the latest at *max; an earlier call that closed
 * one descriptor of several may belong to it or not. 0: nobody can tell, as its process may have unmapped it shortly
 * before, while that was not hooked yet.
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
 * Return the last act of its process on a file that was found dead and whose first page left at removed_ns: that act
 * ended the file. 0: no such act.
 */
static __always_inline __u64 gm_last_act(const struct gm_file_val *v, __u64 removed_ns)
{
	__u64 act = v->unmap_ns > v->closing_ns ? v->unmap_ns : v->closing_ns;

	return act > v->seen_ns && gm_is_same_teardown(act, removed_ns) ? act : 0;
}

/* Its inode's end is found on its own, when its pages have left. */
static __always_inline void gm_file_emit_end(__u64 file, struct gm_file_val *v, __u32 id, const struct gm_end_call *by,
					     const int last)
{
	__u64 inode, act, begin, begin_max, left = 0;
	struct gm_inode_val *in;
	struct gm_ev_inode *e;
	struct gm_span s;
	int untold;

	if (!gm_claim_end(&v->id, id))
		return;
	untold = gm_file_emit_late_create(v, id, GM_K_CREATE);
	inode = v->inode_ptr;
	in = bpf_map_lookup_elem(&gm_inodes, &inode);
	if (in && in->id != v->inode)
		in = NULL;
	if (in) {
		__sync_fetch_and_sub(&in->files, 1);
		left = in->removed_ns;
	}
	begin_max = left;
	act = by ? by->t0 : gm_last_act(v, left);
	begin = act ? gm_teardown_begin(v, act, &begin_max) : 0;
	if (!begin)
		by = NULL;
	gm_span_init_synthetic(&s, v->seen_ns, v->born_ns, by);
	if (begin) {
		s.dur_ns += s.t0 - begin;
		s.t0 = begin;
	}
	s.vm = v->vm;
	s.file = id;
	s.inode = v->inode;
	e = untold ? NULL : gm_ev_reserve(struct gm_ev_inode, GM_K_RELEASE, &s, 0);
	if (!e)
		v->inode_ptr = GM_NO_INODE;
	if (!e && gm_end_try_postpone(&v->id, id, &v->flags, &v->dying_ns, last))
		return;
	gm_count_lost_life(&v->flags, GM_K_CREATE, GM_K_RELEASE, !!e);
	if (e) {
		gm_ev_inode_fill(e, in, NULL);
		e->fd = -1;
		e->begin_max_ns = begin_max;
		e->end_min_ns = gm_end_min(by, 0);
		gm_ev_mark_synthetic(&e->ev, by);
		gm_ev_submit(e);
	}
	gm_file_remove(file, v);
}

/* ---- create ---- */

static __always_inline int gm_create_begin(__u64 kvm, __u64 size, __u64 flags)
{
	struct gm_span *s = gm_span_begin(GM_K_CREATE);

	if (s) {
		s->vm = gm_vm_id_in_use(kvm);
		s->a[0] = size;
		s->a[1] = flags;
	}
	return 0;
}

static __always_inline int gm_create_ioctl_enter(__u64 kvm, __u64 arg)
{
	struct kvm_create_guest_memfd a = {};

	bpf_probe_read_user(&a, sizeof(a), (void *)arg);
	return gm_create_begin(kvm, a.size, a.flags);
}

/*
 * A gmem file that this task just got as descriptor fd: new ids for it and, unless it is linked to
 * one that exists, its inode, whatever stood at their addresses. *born: what is kept of the file, or NULL.
 */
static __always_inline struct gm_inode_val *gm_file_created(struct gm_span *s, int fd, int linked,
							    struct gm_file_val **born)
{
	__u64 file = (__u64)gm_fd_file(fd), inode;
	struct gm_file_val *f;
	struct gm_inode_val *in;

	if (!file)
		return NULL;
	inode = (__u64)BPF_CORE_READ((struct file *)file, f_inode);
	f = bpf_map_lookup_elem(&gm_files, &file);
	if (f && f->born_ns < s->t0) {
		gm_file_emit_end(file, f, f->id, NULL, 1);
		f = NULL;
	}
	in = bpf_map_lookup_elem(&gm_inodes, &inode);
	if (in && in->born_ns < s->t0 && !linked) {
		gm_inode_emit_end(inode, in, in->id, NULL, 1);
		in = NULL;
	}
	if (!f) {
		f = gm_file_new(file, &s->a[3], !linked);
		in = bpf_map_lookup_elem(&gm_inodes, &inode);
	} else {
		s->a[3] = 1; /* a walk came upon its descriptor before this call returned, and told the birth */
		if (!in)     /* ... and took the dead one at this address for its inode */
			in = gm_inode_new(inode, !linked, 1, GM_VM_FILES);
		if (in)
			f->inode = in->id;
	}
	if (f)
		s->file = f->id;
	if (in)
		s->inode = in->id;
	*born = f;
	return in;
}

static __always_inline int gm_create_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_CREATE);
	struct gm_inode_val *in = NULL;
	struct gm_file_val *f = NULL;
	struct gm_ev_inode *e;

	if (!s)
		return 0;
	if (ret >= 0)
		in = gm_file_created(s, (int)ret, s->a[2] != 0, &f);
	if (s->a[3]) {
		gm_span_account(s, ret, 0);
		return 0;
	}
	e = gm_ev_reserve(struct gm_ev_inode, GM_K_CREATE, s, ret);
	if (!e) {
		gm_span_account(s, ret, 0);
		if (f)
			gm_file_create_postpone(f, in);
		else
			gm_count_lost_event(GM_K_CREATE);
		return 0;
	}
	gm_ev_inode_fill(e, in, in ? BPF_CORE_READ(gm_fd_file((int)ret), f_inode, i_mapping) : NULL);
	e->size_bytes = s->a[0];
	e->gmem_flags = s->a[1];
	e->fd = ret >= 0 ? (__s32)ret : -1;
	gm_ev_submit(e);
	return 0;
}

/* ---- bind and unbind ---- */

/* Is this range at least half of its inode's size? Then its memory is taken away, or given back, as a whole. */
static __always_inline int gm_range_covers_half(__u64 inode, __u64 npages)
{
	struct inode *i = (void *)inode;

	return 2 * npages >= (__u64)BPF_CORE_READ(i, i_size) >> gm_page_shift();
}

static __always_inline void gm_span_file(struct gm_span *s, struct gm_file_val *f)
{
	if (!f)
		return;
	if (f->flags & GM_OBJ_UNREPORTED) /* its birth before the event that names it */
		gm_file_emit_late_create(f, f->id, s->kind);
	s->vm = f->vm;
	s->file = f->id;
	s->inode = f->inode;
	s->kvm = f->kvm_ptr;
	s->inode_ptr = f->inode_ptr;
	s->most = gm_range_covers_half(f->inode_ptr, s->a[1]);
}

/* a[]: base_gfn, npages, pgoff, slot as KVM's ioctl has it, struct file * */
static __always_inline void gm_span_slot(struct gm_span *s, const struct kvm_memory_slot *slot, struct file *file)
{
	struct gm_file_val *f = gm_file_in_use((__u64)file);

	s->a[0] = BPF_CORE_READ(slot, base_gfn);
	s->a[1] = BPF_CORE_READ(slot, npages);
	s->a[2] = BPF_CORE_READ(slot, gmem.pgoff);
	s->a[3] = (__u64)BPF_CORE_READ(slot, as_id) << 16 | (__u16)BPF_CORE_READ(slot, id);
	gm_span_file(s, f);
}

/* gm_close.bpf.c, which the iterators' object does not have. */
GM_GLOBAL int gm_closed_check(void);

/* gm_vm_hists.bpf.h, which the iterators' object does not have. */
GM_GLOBAL int gm_vm_hists_emit(__u32 vm);

/* What a zap took away, and what of it was flushing. */
static __always_inline void gm_ev_zap_fill(struct gm_ev_range *e, const struct gm_span *s)
{
	__u64 now[GM_LEVELS] = {};
	int i;

	e->flush_ns = s->flush_ns;
	e->flushes = s->flushes;
	if (gm_conf.flush)
		e->ev.flags |= GM_EV_FLUSH;
	if (!gm_has_sptes() || !s->kvm)
		return;
	e->ev.flags |= GM_EV_SPTES;
	gm_read_sptes((void *)s->kvm, now);
	for (i = 0; i < GM_LEVELS; i++)
		e->sptes[i] = s->sptes[i] > now[i] ? s->sptes[i] - now[i] : 0;
}

/* Faults that nobody sees touch it: when it was touched last tells when a guest has its memory. */
static __always_inline void gm_inode_mark_touched(const struct address_space *mapping)
{
	__u64 inode = (__u64)mapping->host;
	struct gm_inode_val *in = bpf_map_lookup_elem(&gm_inodes, &inode);

	if (in)
		in->touched_ns = gm_now();
}

/*
 * Send an inode's counters as they are now, where faults do not tell what it got: in the ring they stand before the
 * event that is sent next. Return 1 if the ring was full: the next sample has them.
 */
GM_GLOBAL int gm_inode_emit_counters(__u64 inode)
{
	struct gm_inode_val *in = inode && gm_conf.touched ? bpf_map_lookup_elem(&gm_inodes, &inode) : NULL;
	struct inode *i = (void *)inode;
	struct gm_page_counts moved;
	struct gm_rec_inode *r;

	if (!in || gm_inode_read_counters(in, BPF_CORE_READ(i, i_mapping), &moved))
		return 0;
	r = gm_ring_reserve(GM_K_RAW_HISTS, sizeof(*r));
	if (!r) {
		gm_count_loss(GM_LOSS_BORDER);
		return 1;
	}
	__builtin_memset(r, 0, sizeof(*r));
	r->h.len = sizeof(*r);
	r->h.kind = GM_K_INODE;
	r->h.ts_ns = gm_now();
	r->inode = in->id;
	r->flags = in->flags & GM_OBJ_OLD;
	r->ino = in->ino;
	r->size_bytes = BPF_CORE_READ(i, i_size);
	r->resident_pages = BPF_CORE_READ(i, i_mapping, nrpages);
	r->allocated_pages = moved.allocated;
	r->freed_pages = moved.freed;
	r->gmem_flags = gm_gmem_flags(i);
	r->born_ns = in->born_ns;
	r->counted = gm_conf.counted;
	r->touched_ns = in->touched_ns;
	bpf_ringbuf_submit(r, 0);
	return 0;
}

/*
 * Send what a vm got up to now, so that a reboot in place that begins with the next event has its own. Return that
 * event's flag.
 */
static __always_inline __u32 gm_border_emit(__u32 vm, __u64 inode)
{
	int full = gm_vm_hists_emit(vm);

	full |= gm_inode_emit_counters(inode);
	return full ? GM_EV_BLURRED : 0;
}

/*
 * The call that the current task is in, by the number of its system call (enum gm_call; all numbers that lead to
 * fallocate, of 64 and 32 bit programs: they do not overlap). io_uring runs both fallocate and madvise in its own
 * threads.
 */
GM_GLOBAL __u32 gm_current_call(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);

	if (task->flags & PF_IO_WORKER)
		return GM_CALL_IO_URING;
	if (task->flags & PF_KTHREAD)
		return GM_CALL_KERNEL;
#ifdef __TARGET_ARCH_arm64
	switch (BPF_CORE_READ(regs, syscallno)) {
	case 47:
	case 352: return GM_CALL_FALLOCATE;
	case 29:
	case 54: return GM_CALL_IOCTL;
	case 233:
	case 220: return GM_CALL_MADVISE;
#else
	switch (BPF_CORE_READ(regs, orig_ax)) {
	case 285:
	case 324: return GM_CALL_FALLOCATE;
	case 16:
	case 54: return GM_CALL_IOCTL;
	case 28:
	case 219: return GM_CALL_MADVISE;
#endif
	case 440: return GM_CALL_PROCESS_MADVISE;
	}
	return GM_CALL_UNKNOWN;
}

static __always_inline void gm_range_emit_flagged(__u32 kind, struct gm_span *s, __s64 ret, __u32 flags)
{
	struct gm_ev_range *e;

	if (gm_conf.reboots && ret >= 0 && s->most && (kind == GM_K_UNBIND || kind == GM_K_PUNCH))
		flags |= gm_border_emit(s->vm, s->inode_ptr);
	e = gm_ev_reserve_or_count(struct gm_ev_range, kind, s, ret);
	if (!e)
		return;
	e->boot_exits = gm_boot_exits(s->kvm);
	e->ev.flags |= flags;
	e->base_gfn = s->a[0];
	e->npages = s->a[1];
	e->pgoff = s->a[2];
	e->slot = (__u32)s->a[3];
	e->attrs = s->a[4];
	e->pages = s->pages;
	if (kind == GM_K_FALLOCATE || kind == GM_K_PUNCH)
		e->call = gm_current_call();
	if (kind == GM_K_ZAP)
		gm_ev_zap_fill(e, s);
	gm_ev_submit(e);
}

static __always_inline void gm_range_emit(__u32 kind, struct gm_span *s, __s64 ret)
{
	gm_range_emit_flagged(kind, s, ret, 0);
}

/* The slot with this id as the kernel has it now, or NULL: a walk over one chain of the id hash. */
static __always_inline struct kvm_memory_slot *gm_slot_find(__u64 kvm, __u32 as_id, __u32 id)
{
	struct kvm *k = (void *)kvm;
	struct kvm_memslots *slots = NULL;
	struct hlist_node *n = NULL;
	struct kvm_memory_slot *s;
	__u32 idx, i;

	if (as_id > 1)
		return NULL;
	bpf_probe_read_kernel(&slots, sizeof(slots),
		(const char *)k + bpf_core_field_offset(struct kvm, memslots) + 8 * as_id);
	if (!slots)
		return NULL;
	idx = BPF_CORE_READ(slots, node_idx) & 1;
	/* hash_min(id, 7): multiplicative hash of a 32-bit value, kernel's GOLDEN_RATIO_32 (include/linux/hash.h) */
	bpf_probe_read_kernel(&n, sizeof(n), (const char *)slots + bpf_core_field_offset(struct kvm_memslots, id_hash) +
			      8 * ((id * 0x61C88647u) >> 25));
	for (i = 0; i < 64 && n; i++) {
		s = (void *)((char *)n - bpf_core_field_offset(struct kvm_memory_slot, id_node) -
			     idx * bpf_core_type_size(struct hlist_node));
		if ((__u16)BPF_CORE_READ(s, id) == id)
			return s;
		n = BPF_CORE_READ(n, next);
	}
	return NULL;
}

/*
 * uapi: what of struct kvm_userspace_memory_region2 is used. The whole has 104 bytes more, which the stack has no
 * room for.
 */
struct gm_memory_region {
	__u32 slot, flags;
	__u64 guest_phys_addr, memory_size, userspace_addr, guest_memfd_offset;
	__u32 guest_memfd, pad1;
	__u64 pad2;
};

/* Memory region ioctls: version 1 may delete a gmem slot, too, and is the first part of version 2. */
static __always_inline int gm_region_ioctl_enter(__u64 kvm, __u32 cmd, __u64 arg)
{
	struct gm_memory_region r = {};
	struct kvm_memory_slot *slot;
	struct file *file = NULL;
	struct gm_span *s;

	bpf_probe_read_user(&r, cmd == KVM_SET_USER_MEMORY_REGION ? 32 : 56, (void *)arg);
	if (r.memory_size && !(r.flags & KVM_MEM_GUEST_MEMFD))
		return 0;
	if (r.memory_size) {
		s = gm_span_begin(GM_K_BIND);
		file = gm_fd_file((int)r.guest_memfd);
		if (!s)
			return 0;
		s->a[0] = r.guest_phys_addr >> gm_page_shift();
		s->a[1] = r.memory_size >> gm_page_shift();
		s->a[2] = r.guest_memfd_offset >> gm_page_shift();
		s->a[3] = r.slot;
		if (file && gm_is_gmem_file(file))
			gm_span_file(s, gm_file_in_use((__u64)file));
		s->vm = gm_vm_id_in_use(kvm);
		s->kvm = kvm;
		return 0;
	}
	slot = gm_slot_find(kvm, r.slot >> 16, r.slot & 0xffff);
	if (slot)
		file = BPF_CORE_READ(slot, gmem.file);
	if (!file)
		return 0;
	s = gm_span_begin(GM_K_UNBIND);
	if (s)
		gm_span_slot(s, slot, file);
	return 0;
}

static __always_inline int gm_region_ioctl_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_BIND);
	__u32 kind = GM_K_BIND;

	if (!s) {
		s = gm_span_end(GM_K_UNBIND);
		kind = GM_K_UNBIND;
	}
	if (s)
		gm_range_emit_flagged(kind, s, ret, GM_EV_SYSCALL);
	return 0;
}

/* ---- convert ---- */

static __always_inline int gm_convert_enter(__u64 kvm, __u64 arg)
{
	struct gm_kvm_attributes a = {};
	struct gm_span *s;

	bpf_probe_read_user(&a, sizeof(a), (void *)arg);
	s = gm_span_begin(GM_K_CONVERT);
	if (!s)
		return 0;
	s->vm = gm_vm_id_in_use(kvm);
	s->a[0] = a.address >> gm_page_shift();
	s->a[1] = a.size >> gm_page_shift();
	s->a[4] = a.attributes;
	return 0;
}

static __always_inline int gm_convert_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_CONVERT);

	if (s)
		gm_range_emit(GM_K_CONVERT, s, ret);
	return 0;
}

/* ---- fallocate, punch, mmap ---- */

static __always_inline int gm_fallocate_begin(__u64 file, int mode, __u64 offset, __u64 len)
{
	struct gm_span *s = gm_span_begin(mode & FALLOC_FL_PUNCH_HOLE ? GM_K_PUNCH : GM_K_FALLOCATE);
	struct gm_file_val *f = gm_file_in_use(file);

	if (!s)
		return 0;
	s->a[1] = len >> gm_page_shift();
	s->a[2] = offset >> gm_page_shift();
	gm_span_file(s, f);
	return 0;
}

static __always_inline int gm_fallocate_end(__s64 ret)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span *s = t ? gm_span_top(t) : NULL;
	__u32 kind;

	if (!s)
		return 0;
	kind = s->kind;
	if (kind != GM_K_FALLOCATE && kind != GM_K_PUNCH)
		return 0;
	s = gm_span_end(kind);
	if (s)
		gm_range_emit(kind, s, ret);
	return 0;
}

/* The ioctls that do the same; a range may be told from the file's position or end. */
static __always_inline int gm_resv_ioctl_enter(struct file *file, __u32 cmd, __u64 arg)
{
	struct gm_space_resv r = {};

	bpf_probe_read_user(&r, sizeof(r), (void *)arg);
	if (r.whence == 1)
		r.start += BPF_CORE_READ(file, f_pos);
	else if (r.whence == 2)
		r.start += BPF_CORE_READ(file, f_inode, i_size);
	return gm_fallocate_begin((__u64)file, cmd == FS_IOC_UNRESVSP || cmd == FS_IOC_UNRESVSP64
		? FALLOC_FL_PUNCH_HOLE : 0, r.start, r.len);
}

static __always_inline int gm_mmap_begin(__u64 file, __u64 pgoff, __u64 npages)
{
	struct gm_span *s = gm_span_begin(GM_K_MMAP);
	struct gm_file_val *f = gm_file_in_use(file);

	if (!s)
		return 0;
	s->a[1] = npages;
	s->a[2] = pgoff;
	gm_span_file(s, f);
	return 0;
}

static __always_inline int gm_mmap_end(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_MMAP);

	if (s)
		gm_range_emit(GM_K_MMAP, s, ret);
	return 0;
}

#endif
