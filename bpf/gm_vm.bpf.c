// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_vm.bpf.c - birth and death of struct kvm, and the ioctls where no function can be hooked.
 */
#include "gm_core.bpf.h"
#include "gm_syscall.bpf.h"
#include "gm_ops.bpf.h"
#include "gm_reset.bpf.h"

/*
 * A struct kvm that was just created by the current task; t0: when the call began; a[4]: 1 if that was missed. Return
 * what is kept of it, or NULL.
 */
static __always_inline struct gm_vm_val *gm_vm_created(struct gm_span *s, __u64 kvm)
{
	struct gm_vm_val *v = bpf_map_lookup_elem(&gm_vms, &kvm);

	/*
	 * An older entry is of a dead vm, whose end no probe reports, or is about to: its id must not live on. Of a
	 * call whose entry was missed nobody knows what is older.
	 */
	if (v && (s->a[4] ? !gm_vm_is_alive(kvm, v) : v->born_ns < s->t0)) {
		gm_vm_emit_end(kvm, v, v->id, NULL, 1);
		v = NULL;
	}
	if (v)
		s->a[3] = 1; /* a walk came upon it before this call returned, and told the birth */
	else
		v = gm_vm_new(kvm, &s->a[3]);
	if (v)
		s->vm = v->id;
	return v;
}

static __always_inline void gm_vm_create_emit(struct gm_span *s, __s64 ret)
{
	struct file *file = ret >= 0 ? gm_fd_file((int)ret) : NULL;
	struct gm_vm_val *v = NULL;
	struct gm_ev_vm *e;

	if (file && gm_is_vm_file(file)) {
		gm_proc_emit();
		v = gm_vm_created(s, (__u64)BPF_CORE_READ(file, private_data));
	} else if (ret >= 0) {
		s->a[3] = 1; /* another thread has closed it already */
	}
	if (s->a[3]) {
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
	if (s->a[4])
		e->ev.flags = GM_EV_NODUR;
	e->type = s->a[0];
	e->fd = ret >= 0 ? (__s32)ret : -1;
	gm_ev_submit(e);
}

/*
 * kvm_dev_ioctl(file, cmd, arg), all kernels, process context: returns the new vm's descriptor. kvm_create_vm() itself
 * is inlined everywhere. Missed: nothing but the birth; the vm is then found by its first act, as old.
 */
static __always_inline int gm_dev_ioctl_enter(__u64 file, __u64 cmd, __u64 arg, __u64 unused)
{
	struct gm_span *s;

	gm_span_discard_stale();
	if ((__u32)cmd != KVM_CREATE_VM)
		return 0;
	s = gm_span_begin(GM_K_VM_CREATE);
	if (s)
		s->a[0] = arg;
	return 0;
}

static __always_inline int gm_dev_ioctl_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_VM_CREATE);

	if (s)
		gm_vm_create_emit(s, ret);
	return 0;
}
GM_BRACKET_TWIN(gm_dev_ioctl, kvm_dev_ioctl, 3)

/*
 * kvm_destroy_vm(kvm), all kernels, whoever drops the last reference: VMM, vCPU thread, another process, inside
 * kvm_gmem_release(). Its cost is mostly waiting for RCU and SRCU. The pointer is free for re-use before its end: after
 * kvm_arch_free_vm() comes kvm_disable_virtualization() (virt/kvm/kvm_main.c, 6.12 to 7.3), which may sleep.
 */
static __always_inline int gm_vm_destroy_enter(__u64 kvm, __u64 a1, __u64 a2, __u64 a3)
{
	struct gm_span *s = gm_span_begin(GM_K_VM_DESTROY);
	struct gm_vm_val *v = bpf_map_lookup_elem(&gm_vms, &kvm);

	if (!v)
		v = gm_vm_new(kvm, NULL);
	if (!s)
		return 0;
	if (v) {
		v->dying_ns = gm_now();
		s->vm = v->id;
	}
	s->a[0] = kvm;
	return 0;
}

static __always_inline int gm_vm_destroy_exit(__s64 unused)
{
	struct gm_span *s = gm_span_end(GM_K_VM_DESTROY);
	struct gm_vm_val *v;
	struct gm_ev_vm *e;
	__u64 kvm;

	if (!s)
		return 0;
	kvm = s->a[0];
	v = bpf_map_lookup_elem(&gm_vms, &kvm);
	if (!v || !gm_claim_end(&v->id, s->vm)) {
		gm_span_account(s, 0, 0); /* the scan has told it, or the vm that this struct kvm is now */
		return 0;
	}
	e = gm_vm_emit_late_create(v, s->vm) ? NULL : gm_ev_reserve(struct gm_ev_vm, GM_K_VM_DESTROY, s, 0);
	if (!e)
		gm_span_account(s, 0, 0);
	if (!e && gm_end_try_postpone(&v->id, s->vm, &v->flags, &v->dying_ns, 0))
		return 0;
	gm_count_lost_life(&v->flags, GM_K_VM_CREATE, GM_K_VM_DESTROY, !!e);
	gm_vm_remove(kvm, v);
	if (!e)
		return 0;
	e->fd = -1;
	gm_ev_submit(e);
	return 0;
}
GM_BRACKET_TWIN(gm_vm_destroy, kvm_destroy_vm, 1)

/*
 * The same facts, and bind, unbind, create and convert, from the system calls: for kernels that refuse function
 * probes. Process context; every ioctl of the host passes here, so the command is looked at first. The span lasts
 * from syscall entry to return. What they cannot show: calls that are no ioctl of this task (there are none).
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

/* One of a vCPU's calls: no span, and no return to wait for. */
GM_GLOBAL int gm_sys_vcpu_ioctl(int fd, __u32 cmd, __u64 arg)
{
	struct file *file = gm_fd_file(fd);

	if (!file || gm_kvm_file(file) != GM_KF_VCPU)
		return 0;
	return gm_vcpu_ioctl_sets_any((__u64)BPF_CORE_READ(file, private_data), cmd, arg);
}

/*
 * One of a VM's. A function of its own for its stack: the kernel allows 512 bytes for all of a call's frames together.
 */
GM_GLOBAL int gm_sys_vm_ioctl(int fd, __u32 cmd, __u64 arg)
{
	struct file *file = gm_fd_file(fd);
	__u64 kvm;

	if (!file || !gm_is_vm_file(file))
		return 0;
	kvm = (__u64)BPF_CORE_READ(file, private_data);
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
		gm_dev_ioctl_enter(0, cmd, ctx->args[2], 0);
	else if (op == GM_IOCTL_RESET)
		gm_sys_vcpu_ioctl(fd, cmd, ctx->args[2]);
	else if (op == GM_IOCTL_FALLOCATE)
		gm_sys_file_ioctl(fd, cmd, ctx->args[2]);
	else
		gm_sys_vm_ioctl(fd, cmd, ctx->args[2]);
	return 1;
}

/* Of the return of an ioctl: functions of their own for their stacks, as gm_sys_vm_ioctl(). */
GM_GLOBAL int gm_sys_vm_created(__s64 ret)
{
	return gm_dev_ioctl_exit(ret);
}

/* Apart from the others, which call deeper: 6.12 has 512 bytes of stack for all frames of a call chain. */
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
 * An ioctl returns that began no span: it is of no interest, or its entry was missed. A VM that it created is there,
 * and so is one that was created before, if the programs at that call were skipped, too.
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
		s->a[4] = 1;
		s->a[0] = c.arg[2];
		return gm_sys_vm_created(ret);
	}
	file = gm_fd_file((int)c.arg[0]);
	if (file && gm_is_vm_file(file))
		gm_vm_discover((__u64)BPF_CORE_READ(file, private_data));
	return 0;
}

GM_SYS_EXIT(ioctl)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span *s;

	/* Nearly all calls have a result of 0, and few tasks a span. */
	if (!t || !t->depth)
		return ctx->ret > 0 ? gm_ioctl_entry_missed(ctx->ret) : 0;
	if (!gm_syscall_drop_others())
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

/* kvm_vm_ioctl(file, cmd, arg): as above for one vm's descriptor only, where functions can be hooked. */
static __always_inline int gm_vm_ioctl_enter(__u64 file, __u64 cmd, __u64 arg, __u64 unused)
{
	gm_span_discard_stale();
	if ((__u32)cmd != KVM_SET_MEMORY_ATTRIBUTES)
		return 0;
	return gm_convert_enter((__u64)BPF_CORE_READ((struct file *)file, private_data), arg);
}

static __always_inline int gm_vm_ioctl_exit(__s64 ret)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span *s = t ? gm_span_top(t) : NULL;

	return s && s->kind == GM_K_CONVERT ? gm_convert_exit(ret) : 0;
}
GM_BRACKET(gm_vm_ioctl, kvm_vm_ioctl, 3)

/*
 * tp_btf sched_switch(preempt, prev, next, prev_state), vmlinux, interrupts off: fires for every context switch of
 * the host, so it is attached only for tools that show time off the CPU. A task that is inside of one of our spans
 * stands still meanwhile: waiting for RCU and the like, or for a CPU.
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
	now = gm_now();
	t->off_ns += now - t->off_t0;
	if (t->off_blocked)
		t->blocked_ns += now - t->off_t0;
	t->off_t0 = 0;
	return 0;
}
