/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_ops.bpf.h - one body for each operation on gmem, whichever hook reports it (function or system call).
 *
 * Protocol. The body of an entry (*_begin, *_enter) begins a span and fills it; that of the return (*_end, *_exit) ends
 * the span and emits the event. Both return 0. Errors: without a span at the return nothing is emitted; an event
 * without room in the ring is counted, and a lost creation is postponed.
 */
#ifndef GM_OPS_BPF_H
#define GM_OPS_BPF_H

#include "gm_end.bpf.h"

/* Defined in gm_close.bpf.c, which the scan's object does not have. */
GM_GLOBAL int gm_closed_check(void);

/* Defined in gm_vm_hists.bpf.h, which the scan's object does not have. */
GM_GLOBAL int gm_vm_hists_emit(__u32 vm);

/* Defined in gm_call.bpf.h, which the scan's object does not have. */
GM_GLOBAL int gm_call_sum(const struct gm_span *s, __s64 ret);

/* ---- create ---- */

static __always_inline int gm_create_begin(const struct kvm *kvm, __u64 size, __u64 flags)
{
	struct gm_span *s = gm_span_begin(GM_K_CREATE);

	if (s) {
		s->vm = gm_vm_id_in_use(kvm);
		s->a.create.size = size;
		s->a.create.flags = flags;
	}
	return 0;
}

static __always_inline int gm_create_ioctl_enter(const struct kvm *kvm, __u64 arg)
{
	struct kvm_create_guest_memfd a = {};

	bpf_probe_read_user(&a, sizeof(a), (void *)arg);
	return gm_create_begin(kvm, a.size, a.flags);
}

/*
 * Give new ids to a gmem file that this task just got as descriptor fd and, unless it is linked to an inode that
 * exists, to its inode; what was at their addresses before has ended. Return the inode's entry, and the file's in
 * *entry.
 */
static __always_inline struct gm_inode_val *gm_file_created(struct gm_span *s, int fd, int linked,
							    struct gm_file_val **entry)
{
	struct file *file = gm_fd_file(fd);
	struct gm_inode_val *in;
	struct gm_file_val *f;
	struct inode *inode;

	if (!file)
		return NULL;
	inode = BPF_CORE_READ(file, f_inode);
	f = gm_file_lookup(file);
	if (f && f->born_ns < s->t0) {
		gm_file_emit_end(file, f, f->id, NULL, 1);
		f = NULL;
	}
	in = gm_inode_lookup(inode);
	if (in && in->born_ns < s->t0 && !linked) {
		gm_inode_emit_end(inode, in, in->id, NULL, 1);
		in = NULL;
	}
	if (!f) {
		f = gm_file_new(file, &s->a.create.reported, !linked);
		in = gm_inode_lookup(inode);
	} else {
		/* A scan found the descriptor before this call returned, and reported the creation ... */
		s->a.create.reported = 1;
		if (!in) /* ... with the dead inode at this address for the file's */
			in = gm_inode_new(inode, !linked, 1, GM_VM_FILES);
		if (in)
			f->inode = in->id;
	}
	if (f)
		s->file = f->id;
	if (in)
		s->inode = in->id;
	*entry = f;
	return in;
}

static __always_inline int gm_create_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_CREATE);
	struct gm_ev_inode *e GM_SUBMITTED = NULL;
	struct gm_inode_val *in = NULL;
	struct gm_file_val *f = NULL;

	if (!s)
		return 0;
	if (ret >= 0)
		in = gm_file_created(s, (int)ret, s->a.create.linked != 0, &f);
	if (s->a.create.reported) {
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
	e->size_bytes = s->a.create.size;
	e->gmem_flags = s->a.create.flags;
	e->fd = ret >= 0 ? (__s32)ret : -1;
	return 0;
}

/* ---- ranges: what their spans and events have ---- */

/* Return true if a range is at least half of its inode: then the inode's memory is taken away, or given back. */
static __always_inline int gm_range_covers_half(const struct inode *inode, __u64 npages)
{
	return 2 * npages >= (__u64)BPF_CORE_READ(inode, i_size) >> gm_page_shift();
}

/* Fill a range's span with its file; the span has the range's length by then. */
static __always_inline void gm_span_file(struct gm_span *s, struct gm_file_val *f)
{
	if (!f)
		return;
	if (f->flags & GM_OBJ_UNREPORTED) /* the creation comes before the event that names the file */
		gm_file_emit_late_create(f, f->id, s->kind);
	s->vm = f->vm;
	s->file = f->id;
	s->inode = f->inode;
	s->kvm = (void *)f->kvm_ptr;
	s->inode_ptr = (void *)f->inode_ptr;
	if (gm_conf.reboots && s->kind != GM_K_FALLOCATE)
		s->covers_half = gm_range_covers_half((void *)f->inode_ptr, s->a.range.npages);
}

/* Fill a range's span with a slot and its file. */
static __always_inline void gm_span_slot(struct gm_span *s, const struct kvm_memory_slot *slot, struct file *file)
{
	struct gm_file_val *f = gm_file_in_use(file);

	s->a.range.base_gfn = BPF_CORE_READ(slot, base_gfn);
	s->a.range.npages = BPF_CORE_READ(slot, npages);
	s->a.range.pgoff = BPF_CORE_READ(slot, gmem.pgoff);
	s->a.range.slot = gm_slot_number(slot);
	gm_span_file(s, f);
}

/* Fill in the SPTEs that a zap removed, and the time in TLB flushes. */
static __always_inline void gm_ev_zap_fill(struct gm_ev_range *e, const struct gm_span *s)
{
	__u64 now[GM_LEVELS] = {};
	int i;

	e->flush_ns = s->flush_ns;
	e->flushes = s->flushes;
	if (gm_conf.flush && !gm_began_unwatched(s->t0))
		e->ev.flags |= GM_EV_FLUSH;
	if (!gm_has_sptes() || !s->kvm)
		return;
	e->ev.flags |= GM_EV_SPTES;
	gm_read_sptes(s->kvm, now);
	for (i = 0; i < GM_LEVELS; i++)
		e->sptes[i] = s->sptes[i] > now[i] ? s->sptes[i] - now[i] : 0;
}

/*
 * Emit an inode's counters as they are now, where faults do not show what it got: in the ring they stand before the
 * event that the caller emits next. Return 1 if the ring is full: the next sample has them. inode: struct inode *.
 */
GM_GLOBAL int gm_inode_emit_counters(__u64 inode)
{
	struct gm_inode_val *in = inode && gm_conf.touched ? bpf_map_lookup_elem(&gm_inodes, &inode) : NULL;
	struct gm_rec_inode *r GM_SUBMITTED = NULL;
	struct inode *i = (void *)inode;
	struct gm_page_counts counts;

	if (!in || gm_inode_read_counters(in, BPF_CORE_READ(i, i_mapping), &counts))
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
	r->allocated_pages = counts.allocated;
	r->freed_pages = counts.freed;
	r->gmem_flags = gm_gmem_flags(i);
	r->born_ns = in->born_ns;
	r->counted = gm_conf.counted;
	r->touched_ns = in->touched_ns;
	return 0;
}

/*
 * Emit what a VM's faults and inode got up to now, so that a reboot in place that begins with the next event starts
 * from there. Return that event's flag. inode: struct inode *, as a number.
 */
static __always_inline __u32 gm_border_emit(__u32 vm, __u64 inode)
{
	int full = gm_vm_hists_emit(vm);

	full |= gm_inode_emit_counters(inode);
	return full ? GM_EV_BLURRED : 0;
}

/*
 * The call that the current task is in (enum gm_call), by the number of its system call: all numbers that lead to
 * fallocate, of 64 and 32 bit programs, which do not overlap. io_uring runs fallocate and madvise in threads of its
 * own.
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
	struct gm_ev_range *e GM_SUBMITTED = NULL;

	if (gm_conf.reboots && ret >= 0 && s->covers_half && (kind == GM_K_UNBIND || kind == GM_K_PUNCH))
		flags |= gm_border_emit(s->vm, (__u64)s->inode_ptr);
	e = gm_ev_reserve_or_count(struct gm_ev_range, kind, s, ret);
	if (!e)
		return;
	e->boot_exits = gm_boot_exits((__u64)s->kvm);
	e->ev.flags |= flags;
	e->base_gfn = s->a.range.base_gfn;
	e->npages = s->a.range.npages;
	e->pgoff = s->a.range.pgoff;
	e->slot = (__u32)s->a.range.slot;
	e->attrs = s->a.range.attrs;
	e->pages = s->pages;
	if (kind == GM_K_FALLOCATE || kind == GM_K_PUNCH)
		e->call = gm_current_call();
	if (gm_began_unwatched(s->t0))
		e->ev.flags |= GM_EV_UNCOUNTED;
	if (kind == GM_K_ZAP)
		gm_ev_zap_fill(e, s);
}

static __always_inline void gm_range_emit(__u32 kind, struct gm_span *s, __s64 ret)
{
	gm_range_emit_flagged(kind, s, ret, 0);
}

/* End a task's call that may come as often as faults: sum it, or emit its event. t may be NULL. */
static __always_inline int gm_call_end(struct gm_task_state *t, __u32 kind, __s64 ret, __u64 now)
{
	struct gm_span *s = t ? gm_span_end_of(t, kind, now) : NULL;

	if (s && !(gm_conf.calls && gm_call_sum(s, ret)))
		gm_range_emit(kind, s, ret);
	return 0;
}

/* End the span of a range of this kind, if it is there, and emit its event. */
static __always_inline int gm_range_end(__u32 kind, __s64 ret)
{
	struct gm_span *s = gm_span_end(kind);

	if (s)
		gm_range_emit(kind, s, ret);
	return 0;
}

/* ---- bind and unbind ---- */

/*
 * uapi: the part of struct kvm_userspace_memory_region2 that is used. The stack has no room for the other 104 bytes.
 */
struct gm_memory_region {
	__u32 slot, flags;
	__u64 guest_phys_addr, memory_size, userspace_addr, guest_memfd_offset;
	__u32 guest_memfd, pad1;
	__u64 pad2;
};

/* Memory region ioctls: version 1, which can delete a gmem slot, too, is the first part of version 2. */
static __always_inline int gm_region_ioctl_enter(struct kvm *kvm, __u32 cmd, __u64 arg)
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
		s->a.range.base_gfn = r.guest_phys_addr >> gm_page_shift();
		s->a.range.npages = r.memory_size >> gm_page_shift();
		s->a.range.pgoff = r.guest_memfd_offset >> gm_page_shift();
		s->a.range.slot = r.slot;
		if (file && gm_is_gmem_file(file))
			gm_span_file(s, gm_file_in_use(file));
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

static __always_inline int gm_convert_enter(const struct kvm *kvm, __u64 arg)
{
	struct gm_kvm_attributes a = {};
	struct gm_span *s;

	bpf_probe_read_user(&a, sizeof(a), (void *)arg);
	s = gm_span_begin(GM_K_CONVERT);
	if (!s)
		return 0;
	s->vm = gm_vm_id_in_use(kvm);
	s->a.range.base_gfn = a.address >> gm_page_shift();
	s->a.range.npages = a.size >> gm_page_shift();
	s->a.range.attrs = a.attributes;
	return 0;
}

static __always_inline int gm_convert_exit(__s64 ret)
{
	__u64 now = gm_now();

	return gm_call_end(gm_task_state_peek_current(), GM_K_CONVERT, ret, now);
}

/* ---- fallocate, punch, mmap ---- */

/*
 * Notes that a call punches an inode whose pages may not be counted yet. inode: struct inode *, as a number; mode: of
 * fallocate, tested here so that the verifier need not follow two paths through what the caller does next.
 */
GM_GLOBAL int gm_inode_mark_punched(__u64 inode, int mode)
{
	struct gm_inode_val *in;

	if (!(mode & FALLOC_FL_PUNCH_HOLE))
		return 0;
	in = bpf_map_lookup_elem(&gm_inodes, &inode);
	if (in && in->flags & GM_OBJ_EARLY)
		__sync_fetch_and_or(&in->flags, GM_OBJ_EARLY_PUNCHED);
	return 0;
}

static __always_inline int gm_fallocate_begin(const struct file *file, int mode, __u64 offset, __u64 len)
{
	struct gm_span *s = gm_span_begin(mode & FALLOC_FL_PUNCH_HOLE ? GM_K_PUNCH : GM_K_FALLOCATE);
	struct gm_file_val *f = gm_file_in_use(file);

	if (!s)
		return 0;
	s->a.range.npages = len >> gm_page_shift();
	s->a.range.pgoff = offset >> gm_page_shift();
	gm_span_file(s, f);
	if (gm_conf.waits)
		gm_inode_mark_punched((__u64)s->inode_ptr, mode);
	return 0;
}

static __always_inline int gm_fallocate_end(__s64 ret)
{
	__u64 now = gm_now();
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span *s = t ? gm_span_top(t) : NULL;
	__u32 kind;

	if (!s)
		return 0;
	kind = s->kind;
	if (kind != GM_K_FALLOCATE && kind != GM_K_PUNCH)
		return 0;
	return gm_call_end(t, kind, ret, now);
}

/* The ioctls that do what fallocate does. Their range may count from the file's position or end. */
static __always_inline int gm_resv_ioctl_enter(const struct file *file, __u32 cmd, __u64 arg)
{
	struct gm_space_resv r = {};

	bpf_probe_read_user(&r, sizeof(r), (void *)arg);
	if (r.whence == 1)
		r.start += BPF_CORE_READ(file, f_pos);
	else if (r.whence == 2)
		r.start += BPF_CORE_READ(file, f_inode, i_size);
	return gm_fallocate_begin(file, cmd == FS_IOC_UNRESVSP || cmd == FS_IOC_UNRESVSP64 ? FALLOC_FL_PUNCH_HOLE : 0,
				  r.start, r.len);
}

static __always_inline int gm_mmap_begin(const struct file *file, __u64 pgoff, __u64 npages)
{
	struct gm_span *s = gm_span_begin(GM_K_MMAP);
	struct gm_file_val *f = gm_file_in_use(file);

	if (!s)
		return 0;
	s->a.range.npages = npages;
	s->a.range.pgoff = pgoff;
	gm_span_file(s, f);
	return 0;
}

static __always_inline int gm_mmap_end(__s64 ret)
{
	return gm_range_end(GM_K_MMAP, ret);
}

#endif
