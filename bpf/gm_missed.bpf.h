/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_missed.bpf.h - the process that a VM is of, reported by the VM's creation, or by the first act on a VM whose
 * creation was missed.
 */
#ifndef GM_MISSED_BPF_H
#define GM_MISSED_BPF_H

#include "gm_core.bpf.h"

#define GM_TICK_NS	10000000	/* USER_HZ is 100 */

/* With room for `room` bytes of command line, a constant: the ring hands out constant sizes only. */
static __always_inline void gm_proc_emit_sized(__u64 begin, __u64 all, const __u32 room)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *leader = BPF_CORE_READ(task, group_leader);
	struct gm_raw_proc *r = gm_ring_reserve(GM_K_RAW_PROC, sizeof(*r) + room);
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
	/* all of it: a ring's bytes are what was there before */
	bpf_probe_read_kernel(&r->comm, sizeof(r->comm), &leader->comm);
	bpf_ringbuf_submit(r, 0);
}

/*
 * Report the process that creates a VM, in that process's own context. /proc/PID/cmdline takes a reference to the
 * process's memory while it is read, which may be the last one. A command line that is paged out is left empty, and
 * user space reads it; a full ring is no loss, either.
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
 * An event that a scan or a later call brings, in the room that events of kind room have; NULL: there is none. As
 * gm_ev_reserve_in(), but without a span: the stacks of callers have no room for one.
 */
#define gm_missed_ev_reserve(type, k, room)					\
({									\
	type *__e = gm_ring_reserve(room, sizeof(type));			\
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

/*
 * A vm whose creation was missed, or that is older than the tool. tgid: its process, if the current task is of it; 0:
 * it is not known. The process comes first, so that the event names its machine, and because it may be gone when user
 * space asks for it.
 */
GM_GLOBAL int gm_vm_emit_missed_create(__u32 vm, __u32 tgid, __u32 tid)
{
	struct gm_rec_vm *r = NULL;
	struct gm_ev_vm *e;

	if (tgid) {
		gm_proc_emit();
		r = gm_ring_reserve(GM_K_VM_CREATE, sizeof(*r));
	}
	if (r) {
		__builtin_memset(r, 0, sizeof(*r));
		r->h.len = sizeof(*r);
		r->h.kind = GM_K_VM;
		r->h.ts_ns = gm_now();
		r->vm = vm;
		r->tgid = tgid;
		r->tid = tid;
		r->flags = gm_discovery_flags();
		r->born_ns = r->h.ts_ns;
		bpf_ringbuf_submit(r, 0);
	}
	if (!gm_started)
		return 0;
	e = gm_missed_ev_reserve(struct gm_ev_vm, GM_K_VM_CREATE, GM_K_VM_CREATE);
	if (!e)
		return -1;
	e->ev.vm = vm;
	e->fd = -1;
	gm_ev_submit(e);
	return 0;
}

GM_GLOBAL int gm_file_emit_missed_create(__u32 vm, __u32 file, __u32 inode, __u64 ino, __u32 room)
{
	struct gm_ev_inode *e = gm_missed_ev_reserve(struct gm_ev_inode, GM_K_CREATE, room);

	if (!e)
		return -1;
	e->ev.vm = vm;
	e->ev.file = file;
	e->ev.inode = inode;
	e->ino = ino;
	e->fd = -1;
	gm_ev_submit(e);
	return 0;
}

#endif
