// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * x86: the guest runs in flat 32-bit protected mode without paging, so that it
 * reaches up to 4 GiB without page tables of its own (which would be pages to
 * count).  Its code only uses mov, add, cmp, inc, loop and out: some hosts
 * emulate such a guest instruction by instruction.
 *
 * Registers: edi page address, ecx pages to go, ebx page size, eax stamp,
 * ebp pages matched.
 */
#if defined(__x86_64__)

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "arch.h"
#include "kvm_abi.h"

#define DONE_PORT 0x10
#define CHECK_ENTRY 0x10
#define GUEST_PAGE 4096u

/* The largest guest ends below the addresses of local APIC and firmware. */
const uint64_t gg_arch_max_size = 3ULL << 30;

static const uint8_t code[] = {
	/* 0x00: write */
	0x89, 0x07,			/* mov %eax,(%edi) */
	0x01, 0xdf,			/* add %ebx,%edi */
	0xe2, 0xfa,			/* loop 0x00 */
	0xe6, DONE_PORT,		/* out %al,$port */
	0xf4,				/* hlt: never reached */
	0, 0, 0, 0, 0, 0, 0,
	/* 0x10: check */
	0x8b, 0x17,			/* mov (%edi),%edx */
	0x39, 0xc2,			/* cmp %eax,%edx */
	0x75, 0x01,			/* jne +1 */
	0x45,				/* inc %ebp */
	0x01, 0xdf,			/* add %ebx,%edi */
	0xe2, 0xf5,			/* loop 0x10 */
	0xe6, DONE_PORT,		/* out %al,$port */
	0xf4,
};

const void *gg_arch_code(size_t *len)
{
	*len = sizeof(code);
	return code;
}

/*
 * Sets two addresses outside of the slot, which Intel hosts without unrestricted
 * guests need; other hosts ignore or refuse them, which does no harm.
 */
int gg_arch_vm_init(int vm_fd)
{
	__u64 identity = 0xfffbc000;

	(void)ioctl(vm_fd, KVM_SET_IDENTITY_MAP_ADDR, &identity);
	(void)ioctl(vm_fd, KVM_SET_TSS_ADDR, 0xfffbd000UL);
	return 0;
}

static struct kvm_segment flat(__u16 selector, __u8 type)
{
	return (struct kvm_segment){
		.base = 0,
		.limit = 0xffffffff,
		.selector = selector,
		.type = type,
		.present = 1,
		.db = 1,
		.s = 1,
		.g = 1,
	};
}

int gg_arch_vcpu_init(int vcpu_fd)
{
	struct kvm_sregs s;

	if (ioctl(vcpu_fd, KVM_GET_SREGS, &s))
		return -errno;
	s.cr0 |= 1; /* protected mode */
	s.cs = flat(0x08, 0xb);
	s.ds = s.es = s.fs = s.gs = s.ss = flat(0x10, 0x3);
	return ioctl(vcpu_fd, KVM_SET_SREGS, &s) ? -errno : 0;
}

int gg_arch_vcpu_reset(int vcpu_fd, uint64_t entry)
{
	struct kvm_regs r = { .rip = entry, .rflags = 2 };
	int err = gg_arch_vcpu_init(vcpu_fd);

	if (err)
		return err;
	return ioctl(vcpu_fd, KVM_SET_REGS, &r) ? -errno : 0;
}

/* Sets registers and flags that the guest's code does not use. */
static int set_underway(int vcpu_fd, struct kvm_regs *r)
{
	struct kvm_sregs s;

	r->rflags = 0x46; /* the last result was 0, of even parity */
	r->rdx = r->rsi = r->rsp = 0x1234;
	r->r8 = r->r9 = r->r10 = r->r11 = 0x5678;
	if (ioctl(vcpu_fd, KVM_GET_SREGS, &s))
		return -errno;
	return ioctl(vcpu_fd, KVM_SET_SREGS, &s) ? -errno : 0;
}

int gg_arch_job_start(int vcpu_fd, const struct gg_job *job)
{
	int err = 0;
	struct kvm_regs r = {
		.rip = job->code + (job->kind == GG_JOB_CHECK ? CHECK_ENTRY : 0),
		.rflags = 2,
		.rdi = job->first * GUEST_PAGE,
		.rcx = job->n,
		.rbx = GUEST_PAGE,
		.rax = job->stamp,
	};

	if (job->underway)
		err = set_underway(vcpu_fd, &r);
	if (err)
		return err;
	return ioctl(vcpu_fd, KVM_SET_REGS, &r) ? -errno : 0;
}

/* Reads the result; edi proves that the guest went through all pages of the job. */
int gg_arch_job_end(int vcpu_fd, struct gg_job *job)
{
	struct kvm_regs r;

	if (ioctl(vcpu_fd, KVM_GET_REGS, &r))
		return -errno;
	job->matched = r.rbp;
	return r.rdi == (job->first + job->n) * GUEST_PAGE ? 0 : -EPROTO;
}

int gg_arch_is_done(const struct kvm_run *run)
{
	return run->exit_reason == KVM_EXIT_IO && run->io.port == DONE_PORT && run->io.direction == KVM_EXIT_IO_OUT;
}

void gg_arch_relax(void)
{
	__builtin_ia32_pause();
}

#endif /* __x86_64__ */
