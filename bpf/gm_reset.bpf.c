// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_reset.bpf.c - the calls by which user space sets a vCPU's state (gm_reset.bpf.h). All kernels, process context,
 * the vCPU's mutex held, so of one vCPU one at a time. None is on the way into the guest. A call that fails is taken
 * for one that did what it was to do.
 */
#include "gm_core.bpf.h"
#include "gm_reset.bpf.h"

#define GM_ENTRY(name, sym, nargs)							\
SEC("?fentry/" #sym) int name##_fentry(unsigned long long *ctx)			\
{											\
	return name##_enter(GM_ARGS##nargs(ctx));					\
}											\
SEC("?kprobe/" #sym) int name##_kprobe(struct pt_regs *ctx)				\
{											\
	return name##_enter(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),			\
			    PT_REGS_PARM3(ctx), PT_REGS_PARM4(ctx));			\
}

/* kvm_arch_vcpu_ioctl_set_regs(vcpu, regs): the kernel's copy. arm64 has the function, and it does nothing there. */
static __always_inline int gm_set_regs_enter(__u64 vcpu, __u64 regs, __u64 a2, __u64 a3)
{
	return gm_boot_regs_set(vcpu, regs, 0);
}
GM_ENTRY(gm_set_regs, kvm_arch_vcpu_ioctl_set_regs, 2)

/* kvm_arch_vcpu_ioctl_set_sregs(vcpu, sregs): the same. */
static __always_inline int gm_set_sregs_enter(__u64 vcpu, __u64 sregs, __u64 a2, __u64 a3)
{
	return gm_boot_sregs_set(vcpu, sregs, 0);
}
GM_ENTRY(gm_set_sregs, kvm_arch_vcpu_ioctl_set_sregs, 2)

/* kvm_arch_vcpu_ioctl_set_mpstate(vcpu, state) */
static __always_inline int gm_set_mpstate_enter(__u64 vcpu, __u64 state, __u64 a2, __u64 a3)
{
	return gm_boot_all_set(vcpu);
}
GM_ENTRY(gm_set_mpstate, kvm_arch_vcpu_ioctl_set_mpstate, 2)

/* kvm_arch_vcpu_ioctl(file, cmd, arg): the ioctls that all architectures have, KVM_RUN among them, do not come here. */
static __always_inline int gm_arch_vcpu_ioctl_enter(__u64 file, __u64 cmd, __u64 arg, __u64 a3)
{
	return gm_vcpu_ioctl_sets((__u64)BPF_CORE_READ((struct file *)file, private_data), (__u32)cmd, arg);
}
GM_ENTRY(gm_arch_vcpu_ioctl, kvm_arch_vcpu_ioctl, 3)
