// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_close.bpf.c - when files, inodes and VMs end, for kernels that refuse function probes: by the calls in which
 * they do.
 *
 * close(2) drops the last reference by itself (fs/open.c, __fput_sync() and its successors, 6.6 and later), so what
 * is gone when it returns went inside of it. munmap, close_range, dup2, dup3 and execve drop references on the way
 * back to user space, behind every hook: their entry is a begin, and what they ended is looked up at the task's next
 * call that is hooked, or by the scan. A process that exits drops its files between sched_process_exit (6.16 and
 * later: before its memory and files go) and the signal to its parent (kernel/exit.c, do_exit(), exit_notify()). Of
 * what ends otherwise (a descriptor that another process has, io_uring's close) the scan knows no more than when the
 * first page left.
 */
#include "gm_core.bpf.h"
#include "gm_syscall.bpf.h"
#include "gm_ops.bpf.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4	/* include/uapi/linux/close_range.h */
#endif
#define GM_SIGCHLD	17	/* include/uapi/asm-generic/signal.h, x86 the same */

/* Processes with VMs of gmem that are exiting: since when, which is dying_ns of what is theirs. Key: tgid. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} gm_exiting SEC(".maps");

/*
 * While a call may be ending an object, the scan keeps away from it (dying_ns): it would find it dead before the call
 * returns.
 *
 * Send the ends of what a call has ended. file, kvm: pointers that may be stale by now; 0: none. by: the call.
 */
static __always_inline void gm_file_check(__u64 file, const struct gm_end_call *by)
{
	struct gm_file_val *f = bpf_map_lookup_elem(&gm_files, &file);
	struct gm_inode_val *in;
	__u64 inode;

	if (!f || f->born_ns > by->t0)
		return;
	if (gm_file_is_alive(file, f)) {
		if (!by->unseen || f->dying_ns == by->t0)
			f->dying_ns = 0;
		return;
	}
	inode = f->inode_ptr;
	gm_file_emit_end(file, f, f->id, by, 0);
	in = bpf_map_lookup_elem(&gm_inodes, &inode);
	if (in && !in->files && gm_inode_has_ended(inode, in))
		gm_inode_emit_end(inode, in, in->id, by, 0);
}

static __always_inline void gm_vm_check(__u64 kvm, const struct gm_end_call *by)
{
	struct gm_vm_val *v = bpf_map_lookup_elem(&gm_vms, &kvm);

	if (!v || v->born_ns > by->t0)
		return;
	if (!gm_vm_is_alive(kvm, v))
		gm_vm_emit_end(kvm, v, v->id, by, 0);
	else if (!by->unseen || v->dying_ns == by->t0)
		v->dying_ns = 0;
}

/*
 * The struct kvm that a file pins, whatever file it is; 0: none. Most files are neither KVM's nor gmem, so what tells
 * that is read once.
 */
static __always_inline __u64 gm_closed_kvm(struct file *file)
{
	__u64 op = gm_file_release_op(file);
	__u32 kind;

	if (gm_conf.gmem_release ? op == gm_conf.gmem_release : gm_is_gmem_file(file))
		return gm_gmem_kvm(BPF_CORE_READ(file, private_data));
	kind = gm_conf.vm_release ? gm_kvm_file_by_op(op) : gm_kvm_file_by_name(file);
	return kind ? gm_pinned_kvm(kind, (__u64)BPF_CORE_READ(file, private_data)) : 0;
}

/* ---- calls whose end no hook sees ---- */

static long gm_closed_check_file(struct bpf_map *map, __u64 *file, struct gm_file_val *f, void *arg)
{
	const struct gm_end_call *by = arg;

	if (f->closing_ns == by->t0 || f->unmap_ns == by->t0)
		gm_file_check(*file, by);
	return 0;
}

static long gm_closed_check_vm(struct bpf_map *map, __u64 *kvm, struct gm_vm_val *v, void *arg)
{
	const struct gm_end_call *by = arg;

	if (v->closing_ns == by->t0)
		gm_vm_check(*kvm, by);
	return 0;
}

/* The task makes another call: what its earlier one has dropped is gone by now. */
GM_GLOBAL int gm_closed_check(void)
{
	struct gm_end_call by = { .unseen = 1 };
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_closed c;

	if (!t || !t->closed.t0)
		return 0;
	c = t->closed;
	t->closed.t0 = 0;
	by.t0 = c.t0;
	by.dur_ns = gm_now() - by.t0;
	if (c.more) { /* walks over whole maps: some 100 us */
		bpf_for_each_map_elem(&gm_files, gm_closed_check_file, &by, 0);
		bpf_for_each_map_elem(&gm_vms, gm_closed_check_vm, &by, 0);
		return 0;
	}
	gm_file_check(c.file, &by);
	gm_vm_check(c.kvm, &by);
	return 0;
}

static __always_inline void gm_closed_set(const struct gm_closed *c)
{
	struct gm_task_state *t = gm_task_state_get_or_create();

	if (t)
		t->closed = *c;
}

/* A descriptor of the task will be closed: its file may be, or pin, a VM of gmem that is its process's own. */
static __always_inline void gm_closed_fd(struct gm_closed *c, struct file *file)
{
	__u64 kvm = gm_closed_kvm(file), key = (__u64)file;
	struct gm_vm_val *v = kvm ? bpf_map_lookup_elem(&gm_vms, &kvm) : NULL;
	struct gm_file_val *f;

	/* The child of a vfork() has its parent's memory, and descriptors of its own. */
	if (!v || !v->gmem || v->mm != gm_current_mm() || (v->tgid && v->tgid != bpf_get_current_pid_tgid() >> 32))
		return;
	v->closing_ns = c->t0;
	c->more |= c->kvm && c->kvm != kvm;
	c->kvm = kvm;
	f = bpf_map_lookup_elem(&gm_files, &key);
	if (!f)
		return;
	f->closing_ns = c->t0;
	c->more |= c->file && c->file != key;
	c->file = key;
}

#define GM_CLOSED_FDS	4096	/* descriptors that one call looks at */

struct gm_closed_ctx {
	struct gm_closed c;
	__u64 table;		/* struct file ** */
	/* unsigned long *: a bit for each descriptor that an execve closes; 0: all of them are closed */
	__u64 on_exec;
	__u64 first;
};

static long gm_closed_check_fd(__u64 i, void *arg)
{
	struct gm_closed_ctx *c = arg;
	struct file **at = (void *)c->table, *file = NULL;
	__u64 fd = c->first + i, *bits = (void *)c->on_exec, word = ~0ULL;

	bpf_probe_read_kernel(&file, sizeof(file), &at[fd]);
	if (!file)
		return 0;
	if (bits)
		bpf_probe_read_kernel(&word, sizeof(word), &bits[fd / 64]);
	if (word >> (fd & 63) & 1)
		gm_closed_fd(&c->c, file);
	return 0;
}

GM_GLOBAL int gm_closed_range(__u32 first, __u32 last, int exec)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct gm_closed_ctx c = { .first = first };
	__u32 nr = BPF_CORE_READ(fdt, max_fds);

	gm_closed_check();
	if (first > last || first >= nr)
		return 0;
	c.table = (__u64)BPF_CORE_READ(fdt, fd);
	c.on_exec = exec ? (__u64)BPF_CORE_READ(fdt, close_on_exec) : 0;
	c.c.t0 = gm_now();
	nr = last < nr ? last - first + 1 : nr - first;
	bpf_loop(nr < GM_CLOSED_FDS ? nr : GM_CLOSED_FDS, gm_closed_check_fd, &c, 0);
	if (c.c.kvm)
		gm_closed_set(&c.c);
	return 0;
}

GM_SYS_ENTER(close_range)
{
	if (ctx->args[2] & CLOSE_RANGE_CLOEXEC || !gm_process_may_have_gmem())
		return 0;
	return gm_closed_range((__u32)ctx->args[0], (__u32)ctx->args[1], 0);
}

/* Of dup2(2) and dup3(2): the descriptor that becomes another file's. */
static __always_inline int gm_dup_enter(const struct trace_event_raw_sys_enter *ctx)
{
	__u32 fd = (__u32)ctx->args[1];

	return (__u32)ctx->args[0] != fd && gm_process_may_have_gmem() ? gm_closed_range(fd, fd, 0) : 0;
}

GM_SYS_ENTER(dup2)
{
	return gm_dup_enter(ctx);
}

GM_SYS_ENTER(dup3)
{
	return gm_dup_enter(ctx);
}

/*
 * Closes what is close-on-exec, as all of KVM's descriptors are at first, but for those of gmem
 * (virt/kvm/guest_memfd.c, 6.12 to 7.3).
 */
GM_SYS_ENTER(execve)
{
	return gm_process_may_have_gmem() ? gm_closed_range(0, ~0U, 1) : 0;
}

/* ---- close(2) ---- */

GM_GLOBAL int gm_close_begin(int fd)
{
	struct file *file = gm_fd_file(fd);
	struct gm_vm_val *v;
	struct gm_file_val *f;
	struct gm_closed c = {};
	struct gm_span *s;
	__u64 kvm = file ? gm_closed_kvm(file) : 0, key = (__u64)file;

	gm_closed_check();
	v = kvm ? bpf_map_lookup_elem(&gm_vms, &kvm) : NULL;
	if (!v || !v->gmem)
		return 0;
	gm_span_discard_stale();
	s = gm_span_begin(GM_K_CLOSING);
	if (!s)
		return 0;
	s->a[0] = c.file = key;
	s->kvm = c.kvm = kvm;
	v->dying_ns = v->closing_ns = c.t0 = s->t0;
	gm_closed_set(&c); /* in case that the return is missed */
	f = bpf_map_lookup_elem(&gm_files, &key);
	if (f)
		f->dying_ns = f->closing_ns = s->t0;
	return 1;
}

/* Every close(2) of the host passes here. Without a VM of gmem it is one load. */
GM_SYS_ENTER(close)
{
	return gm_host_may_have_gmem() ? gm_close_begin((int)ctx->args[0]) & 1 : 0;
}

GM_SYS_EXIT(close)
{
	struct gm_span *s = gm_syscall_returns() ? gm_span_end(GM_K_CLOSING) : NULL;
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_end_call by = {};

	if (!s || !t)
		return 0;
	t->closed.t0 = 0;
	by.t0 = s->t0;
	by.dur_ns = s->dur_ns;
	gm_file_check(s->a[0], &by);
	gm_vm_check(s->kvm, &by);
	return 0;
}

/* ---- munmap(2): the first act of a teardown, where a VMM has its guest's memory mapped ---- */

#define GM_UNMAP_LEAST	(1 << 20)	/* no guest has less memory: what a process unmaps every day is not looked at */

static long gm_munmap_vma(struct task_struct *task, struct vm_area_struct *vma, void *arg)
{
	__u64 file = (__u64)BPF_CORE_READ(vma, vm_file), kvm;
	struct gm_file_val *f = file ? bpf_map_lookup_elem(&gm_files, &file) : NULL;
	struct gm_closed *c = arg;
	struct gm_vm_val *v;

	if (!f)
		return 0;
	f->unmap_ns = c->t0;
	kvm = f->kvm_ptr;
	v = bpf_map_lookup_elem(&gm_vms, &kvm);
	if (v)
		v->closing_ns = c->t0;
	c->file = file;
	c->kvm = kvm;
	return 0;
}

GM_SYS_ENTER(munmap)
{
	struct gm_closed c = {};

	if (ctx->args[1] < GM_UNMAP_LEAST || !gm_process_may_have_gmem())
		return 0;
	gm_closed_check();
	c.t0 = gm_now();
	bpf_find_vma(bpf_get_current_task_btf(), ctx->args[0], gm_munmap_vma, &c, 0);
	if (c.file)
		gm_closed_set(&c);
	return 0;
}

/* ---- exit ---- */

struct gm_exit_ctx {
	__u64 mm;
	__u64 found;
	struct gm_end_call by;
};

/*
 * A VM of the process that is exiting. What an earlier call has ended, and the scan has yet to find, is none of this
 * exit's.
 */
static long gm_exit_note_vm(struct bpf_map *map, __u64 *kvm, struct gm_vm_val *v, void *arg)
{
	struct gm_exit_ctx *c = arg;

	if (v->mm == c->mm && v->gmem && gm_vm_is_alive(*kvm, v)) {
		v->seen_ns = v->dying_ns = c->by.t0;
		c->found = 1;
	}
	return 0;
}

static long gm_exit_note_file(struct bpf_map *map, __u64 *file, struct gm_file_val *f, void *arg)
{
	struct gm_exit_ctx *c = arg;
	__u64 kvm = f->kvm_ptr, inode = f->inode_ptr;
	struct gm_vm_val *v = bpf_map_lookup_elem(&gm_vms, &kvm);
	struct gm_inode_val *in;

	if (!v || v->id != f->vm || v->dying_ns != c->by.t0 || !gm_file_is_alive(*file, f))
		return 0;
	f->seen_ns = f->dying_ns = c->by.t0;
	in = bpf_map_lookup_elem(&gm_inodes, &inode);
	if (in)
		in->seen_ns = c->by.t0;
	return 0;
}

/*
 * tp_btf sched_process_exit(task, group_dead), vmlinux, 6.16 and later (before that it had one argument, and came
 * when the process's memory had gone; the kernel then refuses this program). The last thread of a process: what it
 * holds is still there.
 */
SEC("?tp_btf/sched_process_exit")
int BPF_PROG(gm_exit_begins, struct task_struct *task, bool group_dead)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct gm_exit_ctx c = {};

	if (!group_dead || !gm_host_may_have_gmem())
		return 0;
	gm_closed_check();
	c.mm = gm_current_mm();
	if (!c.mm || !gm_process_may_have_gmem())
		return 0;
	c.by.t0 = gm_now();
	bpf_for_each_map_elem(&gm_vms, gm_exit_note_vm, &c, 0);
	if (!c.found)
		return 0;
	bpf_for_each_map_elem(&gm_files, gm_exit_note_file, &c, 0);
	bpf_map_update_elem(&gm_exiting, &tgid, &c.by.t0, BPF_ANY);
	return 0;
}

static long gm_exit_check_file(struct bpf_map *map, __u64 *file, struct gm_file_val *f, void *arg)
{
	struct gm_exit_ctx *c = arg;

	if (f->dying_ns == c->by.t0)
		gm_file_check(*file, &c->by);
	return 0;
}

static long gm_exit_check_vm(struct bpf_map *map, __u64 *kvm, struct gm_vm_val *v, void *arg)
{
	struct gm_exit_ctx *c = arg;

	if (v->dying_ns == c->by.t0)
		gm_vm_check(*kvm, &c->by);
	return 0;
}

/*
 * tp_btf signal_generate(sig, info, task, group, result), vmlinux, all kernels. From a process that is exiting, to
 * its parent: its files are closed, unless another thread of it is still at that.
 */
SEC("?tp_btf/signal_generate")
int BPF_PROG(gm_exit_ends, int sig)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct gm_exit_ctx c = {};
	__u64 *since;

	if (sig != GM_SIGCHLD || !gm_host_may_have_gmem())
		return 0;
	since = bpf_map_lookup_elem(&gm_exiting, &tgid);
	if (!since)
		return 0;
	c.by.t0 = *since;
	c.by.dur_ns = gm_now() - c.by.t0;
	bpf_map_delete_elem(&gm_exiting, &tgid);
	bpf_for_each_map_elem(&gm_files, gm_exit_check_file, &c, 0);
	bpf_for_each_map_elem(&gm_vms, gm_exit_check_vm, &c, 0);
	return 0;
}
