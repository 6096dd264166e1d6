// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_close.bpf.c - when files, inodes and VMs end, for kernels that refuse function probes: by the calls in which they do.
 *
 * close(2) drops the last reference by itself (fs/open.c, __fput_sync() and its successors, 6.6 and later), so what is gone when it returns went inside of it.
 * A process that exits drops its files between sched_process_exit (6.16 and later: before its memory and files go) and the signal to its parent
 * (kernel/exit.c, do_exit(), exit_notify()). What ends otherwise is left to the scan: munmap(2) and close_range(2) drop references on the way
 * back to user space, behind every hook; so do other processes that were handed a descriptor.
 */
#include "gm_core.bpf.h"
#include "gm_range.bpf.h"

#define GM_SIGCHLD	17	/* include/uapi/asm-generic/signal.h, x86 the same */

/* A process with VMs of gmem that is exiting: since when, and the memory that its VMs are of, which it has given up before its files. */
struct gm_exit {
	__u64 t0;
	__u64 mm;
};

/* Key: tgid. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct gm_exit);
} gm_exiting SEC(".maps");

/*
 * While a call may be ending an object, the scan keeps away from it (dying_ns): it would find it dead before the call returns.
 *
 * Send the ends of what a call has ended. file, kvm: pointers that may be stale by now; 0: none. by: the call.
 */
static __always_inline void gm_file_check(__u64 file, const struct gm_span *by)
{
	struct gm_file_val *f = bpf_map_lookup_elem(&gm_files, &file);
	struct gm_inode_val *in;
	__u64 inode;

	if (!f || f->born_ns > by->t0)
		return;
	if (gm_file_alive(file, f)) {
		f->dying_ns = 0;
		return;
	}
	inode = f->inode_ptr;
	gm_file_died(file, f, f->id, by);
	in = bpf_map_lookup_elem(&gm_inodes, &inode);
	if (in && !in->files && gm_inode_gone(inode, in))
		gm_inode_died(inode, in, in->id, by);
}

static __always_inline void gm_vm_check(__u64 kvm, const struct gm_span *by)
{
	struct gm_vm_val *v = bpf_map_lookup_elem(&gm_vms, &kvm);

	if (!v || v->born_ns > by->t0)
		return;
	if (gm_vm_alive(kvm, v))
		v->dying_ns = 0;
	else
		gm_vm_died(kvm, v, v->id, by);
}

/* ---- close(2) ---- */

/* The struct kvm that a file pins, whatever file it is; 0: none. */
static __always_inline __u64 gm_closed_kvm(struct file *file)
{
	__u64 priv = (__u64)BPF_CORE_READ(file, private_data);
	__u32 kind;

	if (gm_is_gmem_file(file))
		return gm_gmem_kvm((void *)priv);
	kind = gm_kvm_file(file);
	return kind ? gm_pinned_kvm(kind, priv) : 0;
}

GM_GLOBAL int gm_close_begins(int fd)
{
	struct file *file = gm_fd_file(fd);
	struct gm_vm_val *v;
	struct gm_file_val *f;
	struct gm_span *s;
	__u64 kvm = file ? gm_closed_kvm(file) : 0, key = (__u64)file;

	v = kvm ? bpf_map_lookup_elem(&gm_vms, &kvm) : NULL;
	if (!v || !v->gmem)
		return 0;
	gm_span_outermost();
	s = gm_span_begin(GM_K_CLOSING);
	if (!s)
		return 0;
	s->a[0] = key;
	s->kvm = kvm;
	v->dying_ns = s->t0;
	f = bpf_map_lookup_elem(&gm_files, &key);
	if (f)
		f->dying_ns = s->t0;
	return 0;
}

/* Every close(2) of the host passes here. Without a VM of gmem it is one load. */
SEC("?tracepoint/syscalls/sys_enter_close")
int gm_sys_enter_close(struct trace_event_raw_sys_enter *ctx)
{
	return gm_any_gmem() ? gm_close_begins((int)ctx->args[0]) : 0;
}

SEC("?tracepoint/syscalls/sys_exit_close")
int gm_sys_exit_close(struct trace_event_raw_sys_exit *ctx)
{
	struct gm_task *t = gm_task_find();
	struct gm_span *s = t ? gm_span_top(t) : NULL;

	if (!s || s->kind != GM_K_CLOSING)
		return 0;
	s = gm_span_end(GM_K_CLOSING);
	if (!s)
		return 0;
	gm_file_check(s->a[0], s);
	gm_vm_check(s->kvm, s);
	return 0;
}

/* ---- munmap(2): the first act of a teardown, where a VMM has its guest's memory mapped ---- */

#define GM_UNMAP_LEAST	(1 << 20)	/* no guest has less memory: what a process unmaps every day is not looked at */

static long gm_unmapped(struct task_struct *task, struct vm_area_struct *vma, void *arg)
{
	__u64 file = (__u64)BPF_CORE_READ(vma, vm_file);
	struct gm_file_val *f = file ? bpf_map_lookup_elem(&gm_files, &file) : NULL;

	if (f)
		f->unmap_ns = *(__u64 *)arg;
	return 0;
}

SEC("?tracepoint/syscalls/sys_enter_munmap")
int gm_sys_enter_munmap(struct trace_event_raw_sys_enter *ctx)
{
	__u64 now;

	if (ctx->args[1] < GM_UNMAP_LEAST || !gm_any_gmem())
		return 0;
	now = gm_now();
	bpf_find_vma(bpf_get_current_task_btf(), ctx->args[0], gm_unmapped, &now, 0);
	return 0;
}

/* ---- exit ---- */

struct gm_exit_ctx {
	__u64 mm;
	__u64 found;
	struct gm_span by;
};

static __always_inline int gm_vm_is_exiting(const struct gm_vm_val *v, const struct gm_exit_ctx *c)
{
	return v && v->mm == c->mm && v->gmem;
}

/* A VM of the process that is exiting: it is alive yet. */
static long gm_exit_note_vm(struct bpf_map *map, __u64 *kvm, struct gm_vm_val *v, void *arg)
{
	struct gm_exit_ctx *c = arg;

	if (gm_vm_is_exiting(v, c)) {
		v->seen_ns = v->dying_ns = c->by.t0;
		c->found = 1;
	}
	return 0;
}

static __always_inline struct gm_vm_val *gm_vm_of_file(const struct gm_file_val *f)
{
	__u64 kvm = f->kvm_ptr;
	struct gm_vm_val *v = bpf_map_lookup_elem(&gm_vms, &kvm);

	return v && v->id == f->vm ? v : NULL;
}

static long gm_exit_note_file(struct bpf_map *map, __u64 *file, struct gm_file_val *f, void *arg)
{
	struct gm_exit_ctx *c = arg;
	__u64 inode = f->inode_ptr;
	struct gm_inode_val *in;

	if (!gm_vm_is_exiting(gm_vm_of_file(f), c))
		return 0;
	f->seen_ns = f->dying_ns = c->by.t0;
	in = bpf_map_lookup_elem(&gm_inodes, &inode);
	if (in)
		in->seen_ns = c->by.t0;
	return 0;
}

/*
 * tp_btf sched_process_exit(task, group_dead), vmlinux, 6.16 and later (before that it had one argument, and came when the process's memory
 * had gone; the kernel then refuses this program). The last thread of a process: what it holds is still there.
 */
SEC("?tp_btf/sched_process_exit")
int BPF_PROG(gm_exit_begins, struct task_struct *task, bool group_dead)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct gm_exit_ctx c = {};
	struct gm_exit since = {};

	if (!group_dead || !gm_any_gmem())
		return 0;
	c.mm = since.mm = gm_current_mm();
	if (!c.mm)
		return 0;
	c.by.t0 = since.t0 = gm_now();
	bpf_for_each_map_elem(&gm_vms, gm_exit_note_vm, &c, 0);
	if (!c.found)
		return 0;
	bpf_for_each_map_elem(&gm_files, gm_exit_note_file, &c, 0);
	bpf_map_update_elem(&gm_exiting, &tgid, &since, BPF_ANY);
	return 0;
}

static long gm_exit_check_file(struct bpf_map *map, __u64 *file, struct gm_file_val *f, void *arg)
{
	struct gm_exit_ctx *c = arg;

	if (gm_vm_is_exiting(gm_vm_of_file(f), c))
		gm_file_check(*file, &c->by);
	return 0;
}

static long gm_exit_check_vm(struct bpf_map *map, __u64 *kvm, struct gm_vm_val *v, void *arg)
{
	struct gm_exit_ctx *c = arg;

	if (gm_vm_is_exiting(v, c))
		gm_vm_check(*kvm, &c->by);
	return 0;
}

/*
 * tp_btf signal_generate(sig, info, task, group, result), vmlinux, all kernels. From a process that is exiting, to its parent: its files are closed,
 * unless another thread of it is still at that.
 */
SEC("?tp_btf/signal_generate")
int BPF_PROG(gm_exit_ends, int sig)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct gm_exit_ctx c = {};
	struct gm_exit *since;

	if (sig != GM_SIGCHLD || !gm_any_gmem())
		return 0;
	since = bpf_map_lookup_elem(&gm_exiting, &tgid);
	if (!since)
		return 0;
	c.mm = since->mm;
	c.by.t0 = since->t0;
	c.by.dur_ns = gm_now() - c.by.t0;
	bpf_map_delete_elem(&gm_exiting, &tgid);
	bpf_for_each_map_elem(&gm_files, gm_exit_check_file, &c, 0);
	bpf_for_each_map_elem(&gm_vms, gm_exit_check_vm, &c, 0);
	return 0;
}
