// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_close.bpf.c - ends of files, inodes and VMs on kernels that refuse function probes, by the calls in which they
 * end. Part of gm_probes.bpf.c's translation unit.
 *
 * close(2) drops the last reference within the call (fs/open.c, __fput_sync() and its successors, 6.6 and later), so
 * what has ended when it returns ended in it. munmap, close_range, dup2, dup3 and execve drop references on the way
 * back to user space, after every hook: their entry is a begin, and what they ended is looked up at the task's next
 * call that is hooked, or by the scan. A process that exits drops its files between sched_process_exit (6.16 and later:
 * before its memory and files go) and the signal to its parent (kernel/exit.c, do_exit(), exit_notify()). Of objects
 * that end otherwise (a descriptor that another process has, io_uring's close) the scan knows when the first page left.
 *
 * Protocol. While a call may be ending an object, dying_ns keeps the scan away from it, which would find it dead before
 * the call returns. After the call gm_file_check() and gm_vm_check() emit the end, or clear dying_ns.
 */
#include "gm_ops.bpf.h"
#include "gm_syscall.bpf.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4	/* include/uapi/linux/close_range.h */
#endif
#define GM_SIGCHLD	17	/* include/uapi/asm-generic/signal.h, x86 the same */

/* Emit the ends of a file and its inode if this call has ended them. file may be stale, or NULL. */
static __always_inline void gm_file_check(const struct file *file, const struct gm_end_call *call)
{
	struct gm_file_val *f = gm_file_lookup(file);
	struct gm_inode_val *in;
	struct inode *inode;

	if (!f || f->born_ns > call->t0)
		return;
	if (gm_file_is_alive(file, f)) {
		if (!call->unseen || f->dying_ns == call->t0)
			f->dying_ns = 0;
		return;
	}
	inode = (void *)f->inode_ptr;
	gm_file_emit_end(file, f, f->id, call, 0);
	in = gm_inode_lookup(inode);
	if (in && !in->files && gm_inode_has_ended(inode, in))
		gm_inode_emit_end(inode, in, in->id, call, 0);
}

/* Emit the end of a VM if this call has ended it. kvm may be stale, or NULL. */
static __always_inline void gm_vm_check(const struct kvm *kvm, const struct gm_end_call *call)
{
	struct gm_vm_val *v = gm_vm_lookup(kvm);

	if (!v || v->born_ns > call->t0)
		return;
	if (!gm_vm_is_alive(kvm, v))
		gm_vm_emit_end(kvm, v, v->id, call, 0);
	else if (!call->unseen || v->dying_ns == call->t0)
		v->dying_ns = 0;
}

/*
 * The struct kvm that a file pins, whatever file it is; NULL: none. Most files are neither KVM's nor gmem, so the
 * operations that decide are read once.
 */
static __always_inline struct kvm *gm_closed_kvm(const struct file *file)
{
	__u64 op = gm_file_release_op(file);
	__u32 kind;

	if (gm_conf.gmem_release ? op == gm_conf.gmem_release : gm_is_gmem_file(file))
		return gm_gmem_kvm(BPF_CORE_READ(file, private_data));
	kind = gm_conf.vm_release ? gm_kvm_file_by_op(op) : gm_kvm_file_by_name(file);
	return kind ? gm_pinned_kvm(kind, BPF_CORE_READ(file, private_data)) : NULL;
}

/* ---- calls whose return no hook sees ---- */

static long gm_closed_check_file(struct bpf_map *map, __u64 *file, struct gm_file_val *f, void *arg)
{
	const struct gm_end_call *call = arg;

	if (f->closing_ns == call->t0 || f->unmap_ns == call->t0)
		gm_file_check((void *)*file, call);
	return 0;
}

static long gm_closed_check_vm(struct bpf_map *map, __u64 *kvm, struct gm_vm_val *v, void *arg)
{
	const struct gm_end_call *call = arg;

	if (v->closing_ns == call->t0)
		gm_vm_check((void *)*kvm, call);
	return 0;
}

/* At the entry of the task's next call: emit the ends of the objects that the earlier call dropped. */
GM_GLOBAL int gm_closed_check(void)
{
	struct gm_end_call call = { .unseen = 1 };
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_closed c;

	if (!t || !t->closed.t0)
		return 0;
	c = t->closed;
	t->closed.t0 = 0;
	call.t0 = c.t0;
	call.dur_ns = gm_now() - call.t0;
	if (c.more) { /* over whole maps: some 100 us */
		bpf_for_each_map_elem(&gm_files, gm_closed_check_file, &call, 0);
		bpf_for_each_map_elem(&gm_vms, gm_closed_check_vm, &call, 0);
		return 0;
	}
	gm_file_check(c.file, &call);
	gm_vm_check(c.kvm, &call);
	return 0;
}

/* Keeps what the current call may end until the task's next call. */
static __always_inline void gm_closed_set(const struct gm_closed *c)
{
	struct gm_task_state *t = gm_task_state_get_or_create();

	if (t)
		t->closed = *c;
}

/*
 * Notes that the current call closes a descriptor, if its file is, or pins, a VM with gmem of the task's own process.
 */
static __always_inline void gm_closed_fd(struct gm_closed *c, struct file *file)
{
	struct kvm *kvm = gm_closed_kvm(file);
	struct gm_vm_val *v = kvm ? gm_vm_lookup(kvm) : NULL;
	struct gm_file_val *f;

	/* The child of a vfork() has its parent's memory, and descriptors of its own. */
	if (!v || !v->gmem || v->mm != (__u64)gm_current_mm() ||
	    (v->tgid && v->tgid != bpf_get_current_pid_tgid() >> 32))
		return;
	v->closing_ns = c->t0;
	c->more |= c->kvm && c->kvm != kvm;
	c->kvm = kvm;
	f = gm_file_lookup(file);
	if (!f)
		return;
	f->closing_ns = c->t0;
	c->more |= c->file && c->file != file;
	c->file = file;
}

#define GM_CLOSED_FDS	4096	/* descriptors that one call reads */

struct gm_closed_ctx {
	struct gm_closed c;
	struct file **table;
	unsigned long *on_exec;	/* a bit for each descriptor that an execve closes; NULL: all of them are closed */
	__u64 first;
};

static long gm_closed_check_fd(__u64 i, void *arg)
{
	struct gm_closed_ctx *c = arg;
	__u64 fd = c->first + i, word = ~0ULL;
	struct file *file = NULL;

	bpf_probe_read_kernel(&file, sizeof(file), &c->table[fd]);
	if (!file)
		return 0;
	if (c->on_exec)
		bpf_probe_read_kernel(&word, sizeof(word), &c->on_exec[fd / 64]);
	if (word >> (fd & 63) & 1)
		gm_closed_fd(&c->c, file);
	return 0;
}

/* The current call closes descriptors first to last; exec: those of them that are close-on-exec. */
GM_GLOBAL int gm_closed_range(__u32 first, __u32 last, int exec)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct gm_closed_ctx c = { .first = first };
	__u32 nr = BPF_CORE_READ(fdt, max_fds);

	gm_closed_check();
	if (first > last || first >= nr)
		return 0;
	c.table = BPF_CORE_READ(fdt, fd);
	c.on_exec = exec ? BPF_CORE_READ(fdt, close_on_exec) : NULL;
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

/* dup2(2) and dup3(2) close the descriptor that becomes another file's. */
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
 * execve(2) closes what is close-on-exec, as all of KVM's descriptors are at first except those of gmem
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
	struct kvm *kvm = file ? gm_closed_kvm(file) : NULL;
	struct gm_closed c = {};
	struct gm_file_val *f;
	struct gm_vm_val *v;
	struct gm_span *s;

	gm_closed_check();
	v = kvm ? gm_vm_lookup(kvm) : NULL;
	if (!v || !v->gmem)
		return 0;
	gm_span_discard_stale();
	s = gm_span_begin(GM_K_CLOSING);
	if (!s)
		return 0;
	s->a.close.file = c.file = file;
	s->kvm = c.kvm = kvm;
	v->dying_ns = v->closing_ns = c.t0 = s->t0;
	gm_closed_set(&c); /* in case the return is missed */
	f = gm_file_lookup(file);
	if (f)
		f->dying_ns = f->closing_ns = s->t0;
	return 1;
}

/* Every close(2) of the host passes here. Without a VM with gmem it is one load. */
GM_SYS_ENTER(close)
{
	return gm_host_may_have_gmem() ? gm_close_begin((int)ctx->args[0]) & 1 : 0;
}

GM_SYS_EXIT(close)
{
	struct gm_span *s = gm_syscall_has_span() ? gm_span_end(GM_K_CLOSING) : NULL;
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_end_call call = {};

	if (!s || !t)
		return 0;
	t->closed.t0 = 0;
	call.t0 = s->t0;
	call.dur_ns = s->dur_ns;
	gm_file_check(s->a.close.file, &call);
	gm_vm_check(s->kvm, &call);
	return 0;
}

/* ---- munmap(2): the first call of a teardown, where a VMM has its guest's memory mapped ---- */

#define GM_UNMAP_LEAST	(1 << 20)	/* no guest has less memory; most calls unmap less, and cost one test */

static long gm_munmap_vma(struct task_struct *task, struct vm_area_struct *vma, void *arg)
{
	struct file *file = BPF_CORE_READ(vma, vm_file);
	struct gm_file_val *f = file ? gm_file_lookup(file) : NULL;
	struct gm_closed *c = arg;
	struct gm_vm_val *v;
	struct kvm *kvm;

	if (!f)
		return 0;
	f->unmap_ns = c->t0;
	kvm = (void *)f->kvm_ptr;
	v = gm_vm_lookup(kvm);
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
	struct mm_struct *mm;
	__u64 found;
	struct gm_end_call call;
};

/*
 * Notes a VM of the process that is exiting. An object that an earlier call has ended, and that the scan has yet to
 * find, does not end in this exit.
 */
static long gm_exit_note_vm(struct bpf_map *map, __u64 *kvm, struct gm_vm_val *v, void *arg)
{
	struct gm_exit_ctx *c = arg;

	if (v->mm == (__u64)c->mm && v->gmem && gm_vm_is_alive((void *)*kvm, v)) {
		v->seen_ns = v->dying_ns = c->call.t0;
		c->found = 1;
	}
	return 0;
}

static long gm_exit_note_file(struct bpf_map *map, __u64 *file, struct gm_file_val *f, void *arg)
{
	struct gm_exit_ctx *c = arg;
	struct gm_vm_val *v = gm_vm_lookup((void *)f->kvm_ptr);
	struct gm_inode_val *in;

	if (!v || v->id != f->vm || v->dying_ns != c->call.t0 || !gm_file_is_alive((void *)*file, f))
		return 0;
	f->seen_ns = f->dying_ns = c->call.t0;
	in = gm_inode_lookup((void *)f->inode_ptr);
	if (in)
		in->seen_ns = c->call.t0;
	return 0;
}

/*
 * tp_btf sched_process_exit(task, group_dead), vmlinux, 6.16 and later (earlier kernels have one argument, and fire
 * when the process's memory is gone; they refuse this program). With group_dead it is the process's last thread, whose
 * memory and files are still there.
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
	c.call.t0 = gm_now();
	bpf_for_each_map_elem(&gm_vms, gm_exit_note_vm, &c, 0);
	if (!c.found)
		return 0;
	bpf_for_each_map_elem(&gm_files, gm_exit_note_file, &c, 0);
	bpf_map_update_elem(&gm_exiting, &tgid, &c.call.t0, BPF_ANY);
	return 0;
}

static long gm_exit_check_file(struct bpf_map *map, __u64 *file, struct gm_file_val *f, void *arg)
{
	struct gm_exit_ctx *c = arg;

	if (f->dying_ns == c->call.t0)
		gm_file_check((void *)*file, &c->call);
	return 0;
}

static long gm_exit_check_vm(struct bpf_map *map, __u64 *kvm, struct gm_vm_val *v, void *arg)
{
	struct gm_exit_ctx *c = arg;

	if (v->dying_ns == c->call.t0)
		gm_vm_check((void *)*kvm, &c->call);
	return 0;
}

/*
 * tp_btf signal_generate(sig, info, task, group, result), vmlinux, all kernels. SIGCHLD from a process that is exiting
 * to its parent: its files are closed, unless another of its threads is still closing them.
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
	c.call.t0 = *since;
	c.call.dur_ns = gm_now() - c.call.t0;
	bpf_map_delete_elem(&gm_exiting, &tgid);
	bpf_for_each_map_elem(&gm_files, gm_exit_check_file, &c, 0);
	bpf_for_each_map_elem(&gm_vms, gm_exit_check_vm, &c, 0);
	return 0;
}
