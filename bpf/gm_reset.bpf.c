// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_reset.bpf.c - the calls by which user space sets a vCPU's state (gm_reset.bpf.h). All kernels, process context,
 * the vCPU's mutex held, so one at a time for each vCPU. None is on the way into the guest. A call that fails counts
 * like one that succeeded. Part of gm_probes.bpf.c's translation unit.
 */
#include "gm_hook.bpf.h"
#include "gm_reset.bpf.h"

/* Programs at a function's entry alone. */
#define GM_ENTRY(name, sym, ...)							\
SEC("?fentry/" #sym) int name##_fentry(unsigned long long *ctx)				\
{											\
	return name##_enter(GM_CTX(ctx, ##__VA_ARGS__));				\
}											\
SEC("?kprobe/" #sym) int name##_kprobe(struct pt_regs *ctx)				\
{											\
	return name##_enter(GM_REGS(ctx, ##__VA_ARGS__));				\
}

/* kvm_arch_vcpu_ioctl_set_regs(vcpu, regs): the kernel's copy. arm64 has the function, and it does nothing there. */
static __always_inline int gm_set_regs_enter(const struct kvm_vcpu *vcpu, __u64 regs)
{
	return gm_boot_regs_set(vcpu, regs, 0);
}
GM_ENTRY(gm_set_regs, kvm_arch_vcpu_ioctl_set_regs, const struct kvm_vcpu *, __u64)

/* kvm_arch_vcpu_ioctl_set_sregs(vcpu, sregs): the kernel's copy. */
static __always_inline int gm_set_sregs_enter(const struct kvm_vcpu *vcpu, __u64 sregs)
{
	return gm_boot_sregs_set(vcpu, sregs, 0);
}
GM_ENTRY(gm_set_sregs, kvm_arch_vcpu_ioctl_set_sregs, const struct kvm_vcpu *, __u64)

/* kvm_arch_vcpu_ioctl_set_mpstate(vcpu, state) */
static __always_inline int gm_set_mpstate_enter(const struct kvm_vcpu *vcpu)
{
	return gm_boot_all_set(vcpu);
}
GM_ENTRY(gm_set_mpstate, kvm_arch_vcpu_ioctl_set_mpstate, const struct kvm_vcpu *)

/* kvm_arch_vcpu_ioctl(file, cmd, arg): without the ioctls that all architectures have, such as KVM_RUN. */
static __always_inline int gm_arch_vcpu_ioctl_enter(const struct file *file, __u32 cmd, __u64 arg)
{
	return gm_vcpu_ioctl_sets((__u64)BPF_CORE_READ(file, private_data), cmd, arg);
}
GM_ENTRY(gm_arch_vcpu_ioctl, kvm_arch_vcpu_ioctl, const struct file *, __u32, __u64)
