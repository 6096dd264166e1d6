// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_vm.bpf.c - creation and destruction of VMs; all ioctls, where functions cannot be hooked; time off the CPU. Part
 * of gm_probes.bpf.c's translation unit.
 */
#include "gm_hook.bpf.h"
#include "gm_ops.bpf.h"
#include "gm_reset.bpf.h"
#include "gm_syscall.bpf.h"

/* Give a new id to a VM that the current task has just created. Return its entry, or NULL. */
static __always_inline struct gm_vm_val *gm_vm_created(struct gm_span *s, const struct kvm *kvm)
{
	struct gm_vm_val *v = gm_vm_lookup(kvm);

	/*
	 * An older entry belongs to a dead VM whose end no hook reports, or has reported yet: its id must not live on.
	 * If the call's entry was missed, it is not known what is older.
	 */
	if (v && (s->a.vm_create.entry_missed ? !gm_vm_is_alive(kvm, v) : v->born_ns < s->t0)) {
		gm_vm_emit_end(kvm, v, v->id, NULL, 1);
		v = NULL;
	}
	if (v)
		s->a.vm_create.reported = 1; /* by a scan, which found it before this call returned */
	else
		v = gm_vm_new(kvm, &s->a.vm_create.reported);
	if (v)
		s->vm = v->id;
	return v;
}

static __always_inline void gm_vm_create_emit(struct gm_span *s, __s64 ret)
{
	struct file *file = ret >= 0 ? gm_fd_file((int)ret) : NULL;
	struct gm_ev_vm *e GM_SUBMITTED = NULL;
	struct gm_vm_val *v = NULL;

	if (file && gm_is_vm_file(file)) {
		gm_proc_emit();
		v = gm_vm_created(s, BPF_CORE_READ(file, private_data));
	} else if (ret >= 0) {
		s->a.vm_create.reported = 1; /* nothing to report: another thread has closed it already */
	}
	if (s->a.vm_create.reported) {
		gm_span_account(s, ret, 0);
		return;
	}
	e = gm_ev_reserve(struct gm_ev_vm, GM_K_VM_CREATE, s, ret);
	if (!e) {
		gm_span_account(s, ret, 0);
		if (v)
			gm_create_postpone(&v->flags);
		else
			gm_count_lost_event(GM_K_VM_CREATE);
		return;
	}
	if (s->a.vm_create.entry_missed)
		e->ev.flags = GM_EV_NODUR;
	e->type = s->a.vm_create.type;
	e->fd = ret >= 0 ? (__s32)ret : -1;
}

/*
 * kvm_dev_ioctl(file, cmd, arg), all kernels, process context: returns the new VM's descriptor. kvm_create_vm() itself
 * is inlined everywhere. Missed: only the creation; the VM's first act finds it, as old.
 */
static __always_inline int gm_dev_ioctl_enter(const struct file *file, __u32 cmd, __u64 arg)
{
	struct gm_span *s;

	gm_span_discard_stale();
	if (cmd != KVM_CREATE_VM)
		return 0;
	s = gm_span_begin(GM_K_VM_CREATE);
	if (s)
		s->a.vm_create.type = arg;
	return 0;
}

static __always_inline int gm_dev_ioctl_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_VM_CREATE);

	if (s)
		gm_vm_create_emit(s, ret);
	return 0;
}
GM_BRACKET_TWIN(gm_dev_ioctl, kvm_dev_ioctl, const struct file *, __u32, __u64)

/*
 * kvm_destroy_vm(kvm), all kernels, in the task that drops the last reference: VMM, vCPU thread, another process,
 * inside kvm_gmem_release(). Most of its time is waiting for RCU and SRCU. The pointer is free for re-use before its
 * return: after kvm_arch_free_vm() comes kvm_disable_virtualization() (virt/kvm/kvm_main.c, 6.12 to 7.3), which may
 * sleep.
 */
static __always_inline int gm_vm_destroy_enter(struct kvm *kvm)
{
	struct gm_span *s = gm_span_begin(GM_K_VM_DESTROY);
	struct gm_vm_val *v = gm_vm_lookup(kvm);

	if (!v)
		v = gm_vm_new(kvm, NULL);
	if (!s)
		return 0;
	if (v) {
		v->dying_ns = gm_now();
		s->vm = v->id;
	}
	s->a.vm_destroy.kvm = kvm;
	return 0;
}

/* Emit the event of a VM's destruction. Return 0: no room. */
static __always_inline int gm_vm_destroy_emit(const struct gm_span *s)
{
	struct gm_ev_vm *e GM_SUBMITTED = gm_ev_reserve(struct gm_ev_vm, GM_K_VM_DESTROY, s, 0);

	if (!e)
		return 0;
	e->fd = -1;
	return 1;
}

static __always_inline int gm_vm_destroy_exit(__s64 unused)
{
	struct gm_span *s = gm_span_end(GM_K_VM_DESTROY);
	struct gm_vm_val *v;
	struct kvm *kvm;
	int emitted;

	if (!s)
		return 0;
	kvm = s->a.vm_destroy.kvm;
	v = gm_vm_lookup(kvm);
	if (!v || !gm_claim_end(&v->id, s->vm)) {
		gm_span_account(s, 0, 0); /* reported by the scan, or by the creation of the VM that is there now */
		return 0;
	}
	emitted = !gm_vm_emit_late_create(v, s->vm) && gm_vm_destroy_emit(s);
	if (!emitted)
		gm_span_account(s, 0, 0);
	if (!emitted && gm_end_try_postpone(&v->id, s->vm, &v->flags, &v->dying_ns, 0))
		return 0;
	gm_count_lost_life(&v->flags, GM_K_VM_CREATE, GM_K_VM_DESTROY, emitted);
	gm_vm_remove(kvm, v);
	return 0;
}
GM_BRACKET_TWIN(gm_vm_destroy, kvm_destroy_vm, struct kvm *)

/* ---- ioctl(2), for kernels that refuse function probes ---- */

/*
 * Which operation an ioctl is (GM_IOCTL_*); 0: none of interest. Every ioctl of the host passes here, so the command is
 * tested first. The span lasts from the system call's entry to its return.
 */
static __always_inline __u32 gm_ioctl_op(__u32 cmd)
{
	switch (cmd) {
	case KVM_CREATE_VM: return GM_IOCTL_VM_CREATE;
	case KVM_CREATE_GUEST_MEMFD: return GM_IOCTL_CREATE;
	case KVM_SET_USER_MEMORY_REGION:
	case KVM_SET_USER_MEMORY_REGION2: return GM_IOCTL_BIND | GM_IOCTL_UNBIND;
	case KVM_SET_MEMORY_ATTRIBUTES: return GM_IOCTL_CONVERT;
	case KVM_SET_REGS:
	case KVM_SET_SREGS:
	case KVM_SET_SREGS2:
	case KVM_SET_MP_STATE:
	case KVM_SET_LAPIC:
	case KVM_ARM_VCPU_INIT:
	case KVM_SET_ONE_REG: return GM_IOCTL_RESET;
	case FS_IOC_RESVSP:
	case FS_IOC_RESVSP64:
	case FS_IOC_UNRESVSP:
	case FS_IOC_UNRESVSP64: return GM_IOCTL_FALLOCATE;
	}
	return 0;
}

/* An ioctl of a vCPU: it needs no span. */
GM_GLOBAL int gm_sys_vcpu_ioctl(int fd, __u32 cmd, __u64 arg)
{
	struct file *file = gm_fd_file(fd);

	if (!file || gm_kvm_file(file) != GM_KF_VCPU)
		return 0;
	return gm_vcpu_ioctl_sets_any(BPF_CORE_READ(file, private_data), cmd, arg);
}

/* An ioctl of a VM. A call of its own for its stack: the kernel allows 512 bytes for all frames of a call chain. */
GM_GLOBAL int gm_sys_vm_ioctl(int fd, __u32 cmd, __u64 arg)
{
	struct file *file = gm_fd_file(fd);
	struct kvm *kvm;

	if (!file || !gm_is_vm_file(file))
		return 0;
	kvm = BPF_CORE_READ(file, private_data);
	switch (cmd) {
	case KVM_CREATE_GUEST_MEMFD: return gm_create_ioctl_enter(kvm, arg);
	case KVM_SET_USER_MEMORY_REGION:
	case KVM_SET_USER_MEMORY_REGION2: return gm_region_ioctl_enter(kvm, cmd, arg);
	case KVM_SET_MEMORY_ATTRIBUTES: return gm_convert_enter(kvm, arg);
	}
	return 0;
}

/* An ioctl of a file that is neither a VM nor a vCPU. */
GM_GLOBAL int gm_sys_file_ioctl(int fd, __u32 cmd, __u64 arg)
{
	struct file *file = gm_fd_file(fd);

	return file && gm_is_gmem_file(file) ? gm_resv_ioctl_enter(file, cmd, arg) : 0;
}

GM_SYS_ENTER(ioctl)
{
	int fd = (int)ctx->args[0];
	__u32 cmd = (__u32)ctx->args[1], op = gm_ioctl_op(cmd);

	if (!(op & gm_conf.ioctl_ops))
		return 0;
	gm_closed_check();
	gm_span_discard_stale();
	if (cmd == KVM_CREATE_VM)
		gm_dev_ioctl_enter(NULL, cmd, ctx->args[2]);
	else if (op == GM_IOCTL_RESET)
		gm_sys_vcpu_ioctl(fd, cmd, ctx->args[2]);
	else if (op == GM_IOCTL_FALLOCATE)
		gm_sys_file_ioctl(fd, cmd, ctx->args[2]);
	else
		gm_sys_vm_ioctl(fd, cmd, ctx->args[2]);
	return 1;
}

/* The returns of ioctls. Calls of their own for their stacks, as gm_sys_vm_ioctl(). */
GM_GLOBAL int gm_sys_vm_created(__s64 ret)
{
	return gm_dev_ioctl_exit(ret);
}

GM_GLOBAL int gm_sys_created(__s64 ret)
{
	return gm_create_exit(ret);
}

GM_GLOBAL int gm_sys_ioctl_ends(__u32 kind, __s64 ret)
{
	switch (kind) {
	case GM_K_BIND: return gm_region_ioctl_exit(ret);
	case GM_K_UNBIND: return gm_region_ioctl_exit(ret);
	case GM_K_CONVERT: return gm_convert_exit(ret);
	case GM_K_FALLOCATE:
	case GM_K_PUNCH: return gm_fallocate_end(ret);
	}
	return 0;
}

/*
 * An ioctl without a span returns: it is of no interest, or its entry was missed. A VM that it created exists by now;
 * so does the VM that it was called on, which may have no entry if the programs at its creation were skipped, too.
 */
GM_GLOBAL int gm_ioctl_entry_missed(__s64 ret)
{
	struct gm_syscall c;
	struct gm_span *s;
	struct file *file;

	gm_syscall_read(&c);
	if ((__u32)c.arg[1] == KVM_CREATE_VM) {
		s = ret >= 0 && gm_conf.ioctl_ops & GM_IOCTL_VM_CREATE ? gm_span_begin(GM_K_VM_CREATE) : NULL;
		if (!s)
			return 0;
		s->a.vm_create.entry_missed = 1;
		s->a.vm_create.type = c.arg[2];
		return gm_sys_vm_created(ret);
	}
	file = gm_fd_file((int)c.arg[0]);
	if (file && gm_is_vm_file(file))
		gm_vm_discover(BPF_CORE_READ(file, private_data));
	return 0;
}

GM_SYS_EXIT(ioctl)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span *s;

	/* Nearly all calls return 0, and few tasks have a span. */
	if (!t || !t->depth)
		return ctx->ret > 0 ? gm_ioctl_entry_missed(ctx->ret) : 0;
	if (!gm_syscall_discard_others())
		return gm_ioctl_entry_missed(ctx->ret);
	s = gm_span_top(t);
	if (!s)
		return 0;
	switch (s->kind) {
	case GM_K_VM_CREATE: return gm_sys_vm_created(ctx->ret);
	case GM_K_CREATE: return gm_sys_created(ctx->ret);
	}
	return gm_sys_ioctl_ends(s->kind, ctx->ret);
}

/* kvm_vm_ioctl(file, cmd, arg), all kernels: a VM's ioctls, where functions can be hooked. */
static __always_inline int gm_vm_ioctl_enter(const struct file *file, __u32 cmd, __u64 arg)
{
	gm_span_discard_stale();
	if (cmd != KVM_SET_MEMORY_ATTRIBUTES)
		return 0;
	return gm_convert_enter(BPF_CORE_READ(file, private_data), arg);
}

static __always_inline int gm_vm_ioctl_exit(__s64 ret)
{
	struct gm_span *s = gm_span_current();

	return s && s->kind == GM_K_CONVERT ? gm_convert_exit(ret) : 0;
}
GM_BRACKET(gm_vm_ioctl, kvm_vm_ioctl, const struct file *, __u32, __u64)

/*
 * tp_btf sched_switch(preempt, prev, next, prev_state), vmlinux, interrupts off: fires for every context switch of the
 * host, so it is attached only for tools that show time off the CPU. A task that is switched out inside of a span waits
 * for RCU or the like, or for a CPU.
 */
SEC("?tp_btf/sched_switch")
int BPF_PROG(gm_sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state)
{
	struct gm_task_state *t = gm_task_state_peek(prev);
	__u64 now;

	if (t && t->depth) {
		t->off_t0 = gm_now();
		t->off_blocked = !preempt && prev_state;
	}
	t = gm_task_state_peek(next);
	if (!t || !t->off_t0)
		return 0;
	if (gm_began_unwatched(t->off_t0)) { /* it was on the CPU in between */
		t->off_t0 = 0;
		return 0;
	}
	now = gm_now();
	t->off_ns += now - t->off_t0;
	if (t->off_blocked)
		t->blocked_ns += now - t->off_t0;
	t->off_t0 = 0;
	return 0;
}
