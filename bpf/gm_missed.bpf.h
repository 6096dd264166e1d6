/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_missed.bpf.h - creations that no hook reported, and the process that a VM belongs to.
 *
 * A process is reported by the creation of its VM, or by its first act on a VM whose creation was missed, in the
 * process's own context. Errors: a function that returns -1 had no room in the ring; the creation stays postponed.
 */
#ifndef GM_MISSED_BPF_H
#define GM_MISSED_BPF_H

#include "gm_event.bpf.h"

#define GM_TICK_NS	10000000	/* USER_HZ is 100 */

/* Emits the process with room for `room` bytes of command line, a constant: the ring gives out constant sizes only. */
static __always_inline void gm_proc_emit_sized(__u64 begin, __u64 all, const __u32 room)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *leader = BPF_CORE_READ(task, group_leader);
	struct gm_raw_proc *r GM_SUBMITTED = gm_ring_reserve(GM_K_RAW_PROC, sizeof(*r) + room);
	__u64 len = all;

	if (!r)
		return;
	/* the comparison must be on the register that the helper gets, or the verifier knows no bound */
	barrier_var(len);
	if (len > room)
		len = room;
	r->h.len = sizeof(*r) + room;
	r->h.kind = GM_K_RAW_PROC;
	r->h.ts_ns = gm_now();
	r->tgid = bpf_get_current_pid_tgid() >> 32;
	r->uid = (__u32)bpf_get_current_uid_gid();
	r->start_ticks = BPF_CORE_READ(leader, start_boottime) / GM_TICK_NS;
	r->args_all = all < (1u << 31) ? all : 1u << 31;
	r->args_len = bpf_probe_read_user(r->args, len, (void *)begin) ? 0 : len;
	/* the whole array: the ring's memory has old bytes */
	bpf_probe_read_kernel(&r->comm, sizeof(r->comm), &leader->comm);
}

/*
 * Emits the current process, which creates a VM. (Reading /proc/PID/cmdline takes a reference to the process's memory,
 * which may be the last one.) A command line that is paged out is left empty, and user space reads it; a full ring is
 * no loss, either.
 */
static __always_inline void gm_proc_emit(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u64 begin = BPF_CORE_READ(task, mm, arg_start), all = BPF_CORE_READ(task, mm, arg_end) - begin;

	if (all > GM_ARGS_MEDIUM)
		gm_proc_emit_sized(begin, all, GM_ARGS_MAX);
	else if (all > GM_ARGS_SMALL)
		gm_proc_emit_sized(begin, all, GM_ARGS_MEDIUM);
	else
		gm_proc_emit_sized(begin, all, GM_ARGS_SMALL);
}

/*
 * An event that a scan or a later call emits, in the room of events of kind room; NULL: there is none. It needs no
 * span, for which the stacks of its callers have no room.
 */
#define gm_missed_ev_reserve(type, k, room)				\
({									\
	type *__e = gm_ring_reserve(room, sizeof(type));		\
									\
	if (__e) {							\
		__builtin_memset(__e, 0, sizeof(*__e));			\
		__e->ev.h.len = sizeof(type);				\
		__e->ev.h.kind = k;					\
		__e->ev.h.ts_ns = gm_now();				\
		gm_ev_mark_from_scan(&__e->ev);				\
	}								\
	__e;								\
})

/* Emits a VM's process: before the VM's own event, so that the event names its machine while the process exists. */
static __always_inline void gm_vm_emit_owner(__u32 vm, __u32 tgid, __u32 tid)
{
	struct gm_rec_vm *r GM_SUBMITTED = NULL;

	gm_proc_emit();
	r = gm_ring_reserve(GM_K_VM_CREATE, sizeof(*r));
	if (!r)
		return;
	__builtin_memset(r, 0, sizeof(*r));
	r->h.len = sizeof(*r);
	r->h.kind = GM_K_VM;
	r->h.ts_ns = gm_now();
	r->vm = vm;
	r->tgid = tgid;
	r->tid = tid;
	r->flags = gm_discovery_flags();
	r->born_ns = r->h.ts_ns;
}

/* See gm_ident.bpf.h. tgid: the VM's process, if the current task belongs to it; 0: not known. */
GM_GLOBAL int gm_vm_emit_missed_create(__u32 vm, __u32 tgid, __u32 tid)
{
	struct gm_ev_vm *e GM_SUBMITTED = NULL;

	if (tgid)
		gm_vm_emit_owner(vm, tgid, tid);
	if (!gm_started)
		return 0;
	e = gm_missed_ev_reserve(struct gm_ev_vm, GM_K_VM_CREATE, GM_K_VM_CREATE);
	if (!e)
		return -1;
	e->ev.vm = vm;
	e->fd = -1;
	return 0;
}

GM_GLOBAL int gm_file_emit_missed_create(__u32 vm, __u32 file, __u32 inode, __u64 ino, __u32 room)
{
	struct gm_ev_inode *e GM_SUBMITTED = gm_missed_ev_reserve(struct gm_ev_inode, GM_K_CREATE, room);

	if (!e)
		return -1;
	e->ev.vm = vm;
	e->ev.file = file;
	e->ev.inode = inode;
	e->ino = ino;
	e->fd = -1;
	return 0;
}

/* Report a VM's creation if it was postponed. Return 0; -1: there is no room yet, and it stays postponed. */
GM_GLOBAL int gm_vm_emit_late_create(struct gm_vm_val *v, __u32 id)
{
	if (!v || !gm_claim_create(&v->flags) || !gm_vm_emit_missed_create(id, 0, 0))
		return 0;
	gm_create_postpone(&v->flags);
	return -1;
}

/*
 * Report a file's creation if it was postponed, as gm_vm_emit_late_create(). room: the kind of event whose room it may
 * use: a file that is bound, or lives for more than a moment, is missed more.
 */
GM_GLOBAL int gm_file_emit_late_create(struct gm_file_val *v, __u32 id, __u32 room)
{
	struct gm_inode_val *in;

	if (!v || !gm_claim_create(&v->flags))
		return 0;
	in = gm_inode_lookup((void *)v->inode_ptr);
	if (in && in->id != v->inode)
		in = NULL;
	if (gm_file_emit_missed_create(v->vm, id, v->inode, in ? in->ino : 0, room)) {
		gm_create_postpone(&v->flags);
		return -1;
	}
	if (in)
		gm_claim_create(&in->flags);
	return 0;
}

#endif
