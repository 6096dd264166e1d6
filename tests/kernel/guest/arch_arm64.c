// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arm64: the guest runs in EL1 with the MMU off, so that it reaches all of its
 * memory without page tables of its own (which would be pages to count).  A
 * store to an address without a slot means "done".
 *
 * Registers: x0 page address, x1 pages to go, x2 page size, w3 stamp, x4 pages
 * matched, x5 address that means "done".
 */
#if defined(__aarch64__)

#include <errno.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include "arch.h"
#include "kvm_abi.h"

#define DONE_ADDR (1ULL << 32)
#define CHECK_ENTRY 0x20
#define GUEST_PAGE 4096u

/* The largest guest ends below DONE_ADDR, with space for a slot behind it. */
const uint64_t gg_arch_max_size = 3ULL << 30;

static const uint32_t code[] = {
	/* 0x00: write */
	0xb9000003,	/* str w3, [x0] */
	0x8b020000,	/* add x0, x0, x2 */
	0xf1000421,	/* subs x1, x1, #1 */
	0x54ffffa1,	/* b.ne 0x00 */
	0xb90000a3,	/* str w3, [x5] */
	0x14000000,	/* b . : never reached */
	0xd503201f, 0xd503201f,
	/* 0x20: check */
	0xb9400006,	/* ldr w6, [x0] */
	0x6b0300df,	/* cmp w6, w3 */
	0x9a841484,	/* cinc x4, x4, eq */
	0x8b020000,	/* add x0, x0, x2 */
	0xf1000421,	/* subs x1, x1, #1 */
	0x54ffff61,	/* b.ne 0x20 */
	0xb90000a3,	/* str w3, [x5] */
	0x14000000,
};

const void *gg_arch_code(size_t *len)
{
	*len = sizeof(code);
	return code;
}

int gg_arch_vm_init(int vm_fd)
{
	(void)vm_fd;
	return 0;
}

/* KVM resets a vCPU to the mode that the code expects: EL1h, MMU and interrupts off. */
int gg_arch_vcpu_init(int vcpu_fd)
{
	struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8 };

	return ioctl(vcpu_fd, KVM_ARM_VCPU_INIT, &init) ? -errno : 0;
}

int gg_arch_vcpu_reset(int vcpu_fd, uint64_t entry)
{
	(void)entry; /* each job sets its own begin */
	return gg_arch_vcpu_init(vcpu_fd);
}

/* Returns a register's id, by its offset in struct kvm_regs in 32-bit words (Documentation/virt/kvm/api.rst, 4.68). */
static uint64_t core_reg(size_t offset)
{
	return KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | offset / sizeof(__u32);
}

#define X(n) (offsetof(struct kvm_regs, regs.regs) + (n) * sizeof(__u64))
#define PC offsetof(struct kvm_regs, regs.pc)

static int set_reg(int vcpu_fd, size_t offset, uint64_t value)
{
	struct kvm_one_reg r = { core_reg(offset), (__u64)(uintptr_t)&value };

	return ioctl(vcpu_fd, KVM_SET_ONE_REG, &r) ? -errno : 0;
}

static int get_reg(int vcpu_fd, size_t offset, uint64_t *value)
{
	struct kvm_one_reg r = { core_reg(offset), (__u64)(uintptr_t)value };

	return ioctl(vcpu_fd, KVM_GET_ONE_REG, &r) ? -errno : 0;
}

int gg_arch_job_start(int vcpu_fd, const struct gg_job *job)
{
	const struct {
		size_t reg;
		uint64_t value;
	} set[] = {
		{ PC, job->code + (job->kind == GG_JOB_CHECK ? CHECK_ENTRY : 0) },
		{ X(0), job->first * GUEST_PAGE },
		{ X(1), job->n },
		{ X(2), GUEST_PAGE },
		{ X(3), job->stamp },
		{ X(4), 0 },
		{ X(5), DONE_ADDR },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(set) / sizeof(set[0]); i++)
		err = set_reg(vcpu_fd, set[i].reg, set[i].value);
	return err;
}

/* Reads the result; x0 proves that the guest went through all pages of the job. */
int gg_arch_job_end(int vcpu_fd, struct gg_job *job)
{
	uint64_t at;
	int err = get_reg(vcpu_fd, X(4), &job->matched);

	if (!err)
		err = get_reg(vcpu_fd, X(0), &at);
	if (err)
		return err;
	return at == (job->first + job->n) * GUEST_PAGE ? 0 : -EPROTO;
}

int gg_arch_is_done(const struct kvm_run *run)
{
	return run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write && run->mmio.phys_addr == DONE_ADDR;
}

void gg_arch_relax(void)
{
	__asm__ volatile("yield");
}

#endif /* __aarch64__ */
