/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_reset.bpf.h - finds out when a machine resets whose VM stays: when its boot vCPU, which has run, gets the state
 * that a vCPU begins with.
 *
 * x86: user space sets segments (KVM_SET_SREGS, _SREGS2) and registers (KVM_SET_REGS), in either order, before the
 * guest runs on. That is a reset if the vCPU then begins at the PC's reset vector. It is also one if the registers are
 * fresh and either the vCPU begins where it began first, or gets state that only a reset or a load sets
 * (KVM_SET_MP_STATE, KVM_SET_LAPIC). A debugger, or a monitor that reads registers, writes back what it has read:
 * registers of a guest under way. A load of a snapshot resets first and then sets the snapshot's state: the reset is
 * undone. (QEMU 11: target/i386/kvm/kvm.c, kvm_arch_put_registers(), levels KVM_PUT_RUNTIME_STATE, _RESET_STATE,
 * _FULL_STATE.)
 *
 * arm64: KVM_ARM_VCPU_INIT again; undone if the vCPU is then to begin elsewhere than it began first.
 *
 * A vCPU that has run has exited. Its count of exits also shows whether two calls were made in one stop of the guest.
 * Not seen: a guest that starts a new kernel by itself (kexec); an INIT that KVM's own APIC delivers.
 *
 * Protocol. Programs call gm_boot_*_set() or gm_vcpu_ioctl_sets*() for each call that sets a vCPU's state; the vCPU's
 * mutex orders the calls. The state is in the VM's entry (set, set_pc, set_exits, boot_pc). A reset without room in the
 * ring is counted as lost.
 */
#ifndef GM_RESET_BPF_H
#define GM_RESET_BPF_H

#include "gm_ops.bpf.h"

/* struct kvm_regs of x86 (arch/x86/include/uapi/asm/kvm.h): 16 registers, rip, rflags. uapi, and not in arm64's BTF. */
struct gm_x86_regs {
	__u64 gpr[16], rip, rflags;
};

/* base of the code segment after a reset, and rip (Intel SDM volume 3, 10.1.1) */
#define GM_X86_VECTOR_BASE	0xffff0000ULL
#define GM_X86_VECTOR_RIP	0xfff0ULL

struct gm_arm_one_reg {
	__u64 id, addr;
};

/* Read a call's argument: user space's own, or the kernel's copy of it. */
static __always_inline void gm_read_arg(void *to, __u32 size, __u64 from, int user)
{
	if (user)
		bpf_probe_read_user(to, size, (void *)from);
	else
		bpf_probe_read_kernel(to, size, (void *)from);
}

/*
 * Classify registers. GM_SET_FRESH: nearly all are 0, and no flag is set, as every VMM and boot protocol begins a vCPU
 * and as no guest that ran has them. GM_SET_UNDERWAY: those of a guest in the middle of its work. 0: undecided.
 */
static __always_inline __u32 gm_regs_classify(const struct gm_x86_regs *r)
{
	__u64 others = 0, x;
	__u32 i;

	/* Arithmetic, as the verifier would follow 2^16 paths of 16 branches. */
	for (i = 0; i < 16; i++) {
		x = r->gpr[i] | -r->gpr[i];
		barrier_var(x);
		others += x >> 63;
	}
	if (r->rflags == 2)
		return others <= 4 ? GM_SET_FRESH : 0;
	return others >= 6 ? GM_SET_UNDERWAY : 0;
}

#define GM_SET_BOTH (GM_SET_SREGS | GM_SET_REGS)

/* The VM that this vCPU boots; NULL: another vCPU, or a VM that is unknown or has no gmem. */
static __always_inline struct gm_vm_val *gm_boot_vcpu_vm(const struct kvm_vcpu *vcpu)
{
	struct kvm *kvm = BPF_CORE_READ(vcpu, kvm);
	struct gm_vm_val *v;

	if (BPF_CORE_READ(vcpu, vcpu_id) != gm_boot_vcpu_id(kvm))
		return NULL;
	v = gm_vm_lookup(kvm);
	return v && v->gmem ? v : NULL;
}

static __always_inline int gm_is_reset(const struct gm_vm_val *v, __u32 set)
{
	if ((set & GM_SET_BOTH) != GM_SET_BOTH)
		return 0;
	if (set & GM_SET_VECTOR && v->set_pc == GM_X86_VECTOR_RIP)
		return 1;
	return set & GM_SET_FRESH && (set & GM_SET_ALL || v->boot_pc == v->set_pc || v->boot_pc == GM_PC_UNKNOWN);
}

GM_GLOBAL int gm_reset_emit(struct gm_vm_val *v, __u32 underway)
{
	struct gm_ev_reset *e GM_SUBMITTED = NULL;
	struct gm_span s = { .t0 = gm_now() };
	__u32 flags = GM_EV_NODUR;

	if (!v)
		return 0;
	s.vm = v->id;
	if (gm_conf.reboots && !underway)
		flags |= gm_border_emit(s.vm, v->inode_ptr);
	e = gm_ev_reserve_or_count(struct gm_ev_reset, GM_K_RESET, &s, 0);
	if (!e)
		return 0;
	e->ev.flags |= flags;
	e->boot_exits = v->set_exits;
	e->underway = underway;
	return 0;
}

/* A state that is set before the vCPU first runs: a guest that comes from elsewhere brings its own. */
static __always_inline void gm_boot_state_before_run(struct gm_vm_val *v, __u32 set)
{
	int reported = !!(set & GM_SET_REPORTED),
	    came = set & GM_SET_UNDERWAY && !(set & GM_SET_VECTOR && v->set_pc == GM_X86_VECTOR_RIP);

	if ((set & GM_SET_BOTH) == GM_SET_BOTH && came != reported) {
		set ^= GM_SET_REPORTED;
		gm_reset_emit(v, came);
	}
	v->set = set;
}

/* A state that is set after the vCPU has run: a reset, or one that is undone. */
static __always_inline void gm_boot_state_after_run(struct gm_vm_val *v, __u32 set, __u32 what)
{
	if (gm_is_reset(v, set) && !(set & GM_SET_REPORTED)) {
		set |= GM_SET_REPORTED;
		gm_reset_emit(v, 0);
	} else if (set & GM_SET_REPORTED && what & GM_SET_REGS && !(set & GM_SET_FRESH)) {
		set &= ~GM_SET_REPORTED;
		gm_reset_emit(v, 1);
	}
	v->set = set;
}

/* The boot vCPU's state was set: what (GM_SET_*), and with GM_SET_REGS the pc at which it is to begin. */
GM_GLOBAL int gm_boot_state_set(struct gm_vm_val *v, __u64 exits, __u32 what, __u64 pc)
{
	__u32 set;

	if (!v)
		return 0;
	if (what & GM_SET_REGS)
		v->set_pc = pc;
	if (what & GM_SET_REGS && !exits)
		v->boot_pc = pc;
	set = v->set_exits == exits ? v->set : 0;
	v->set_exits = exits;
	if (what & GM_SET_REGS)
		set &= ~(GM_SET_FRESH | GM_SET_UNDERWAY);
	if (what & GM_SET_SREGS)
		set &= ~GM_SET_VECTOR;
	if (exits)
		gm_boot_state_after_run(v, set | what, what);
	else
		gm_boot_state_before_run(v, set | what);
	return 0;
}

static __always_inline __u64 gm_vcpu_exits(const struct kvm_vcpu *vcpu)
{
	return BPF_CORE_READ(vcpu, stat.exits);
}

static __always_inline int gm_boot_regs_set(const struct kvm_vcpu *vcpu, __u64 arg, int user)
{
	struct gm_vm_val *v = gm_boot_vcpu_vm(vcpu);
	struct gm_x86_regs r = {};

	if (!v)
		return 0;
	gm_read_arg(&r, sizeof(r), arg, user);
	gm_boot_state_set(v, gm_vcpu_exits(vcpu), GM_SET_REGS | gm_regs_classify(&r), r.rip);
	return 0;
}

/* struct kvm_sregs and kvm_sregs2 begin with the code segment, which begins with its base. */
static __always_inline int gm_boot_sregs_set(const struct kvm_vcpu *vcpu, __u64 arg, int user)
{
	struct gm_vm_val *v = gm_boot_vcpu_vm(vcpu);
	__u64 base = 0;

	if (!v)
		return 0;
	gm_read_arg(&base, sizeof(base), arg, user);
	gm_boot_state_set(v, gm_vcpu_exits(vcpu), GM_SET_SREGS | (base == GM_X86_VECTOR_BASE ? GM_SET_VECTOR : 0), 0);
	return 0;
}

static __always_inline int gm_boot_all_set(const struct kvm_vcpu *vcpu)
{
	struct gm_vm_val *v = gm_boot_vcpu_vm(vcpu);

	if (v)
		gm_boot_state_set(v, gm_vcpu_exits(vcpu), GM_SET_ALL, 0);
	return 0;
}

/* arm64: KVM_SET_ONE_REG. Only the program counter is of interest. */
static __always_inline int gm_boot_arm_reg_set(const struct kvm_vcpu *vcpu, __u64 arg)
{
	struct gm_vm_val *v = gm_boot_vcpu_vm(vcpu);
	struct gm_arm_one_reg r = {};
	__u32 fresh;
	__u64 pc = 0;

	if (!v)
		return 0;
	bpf_probe_read_user(&r, sizeof(r), (void *)arg);
	if (r.id != KVM_REG_ARM_PC)
		return 0;
	bpf_probe_read_user(&pc, sizeof(pc), (void *)r.addr);
	fresh = v->boot_pc == pc || v->boot_pc == GM_PC_UNKNOWN ? GM_SET_FRESH : 0;
	gm_boot_state_set(v, gm_vcpu_exits(vcpu), GM_SET_REGS | fresh, pc);
	return 0;
}

static __always_inline int gm_arm_vcpu_init(const struct kvm_vcpu *vcpu)
{
	struct gm_vm_val *v = gm_boot_vcpu_vm(vcpu);
	__u64 exits = gm_vcpu_exits(vcpu);

	if (!v || !exits)
		return 0;
	v->set_exits = exits;
	v->set = GM_SET_SREGS | GM_SET_REPORTED;
	return gm_reset_emit(v, 0);
}

/* A vCPU's ioctl, with user space's argument, that no function of gm_reset.bpf.c sees. at: struct kvm_vcpu *. */
GM_GLOBAL int gm_vcpu_ioctl_sets(__u64 at, __u32 cmd, __u64 arg)
{
	const struct kvm_vcpu *vcpu = (void *)at;

	switch (cmd) {
	case KVM_SET_SREGS2: return gm_boot_sregs_set(vcpu, arg, 1);
	case KVM_SET_LAPIC: return gm_boot_all_set(vcpu);
	case KVM_ARM_VCPU_INIT: return gm_arm_vcpu_init(vcpu);
	case KVM_SET_ONE_REG: return gm_boot_arm_reg_set(vcpu, arg);
	}
	return 0;
}

/* Any of a vCPU's ioctls, where functions cannot be hooked. */
static __always_inline int gm_vcpu_ioctl_sets_any(const struct kvm_vcpu *vcpu, __u32 cmd, __u64 arg)
{
	switch (cmd) {
	case KVM_SET_REGS: return gm_boot_regs_set(vcpu, arg, 1);
	case KVM_SET_SREGS: return gm_boot_sregs_set(vcpu, arg, 1);
	case KVM_SET_MP_STATE: return gm_boot_all_set(vcpu);
	}
	return gm_vcpu_ioctl_sets((__u64)vcpu, cmd, arg);
}

#endif
