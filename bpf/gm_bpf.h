/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* gm_bpf.h - what every BPF file starts with: the kernel's types, libbpf's helpers, and numbers that BTF lacks. */
#ifndef GM_BPF_H
#define GM_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "gm_wire.h"
#include "gm_conf.h"

/* include/uapi/asm-generic/errno-base.h, include/uapi/asm-generic/errno.h */
#define EINTR		4
#define EAGAIN		11
#define ENOMEM		12
#define EFAULT		14
#define EEXIST		17
#define EHWPOISON	133
#define GM_MAX_ERRNO	4095	/* include/linux/err.h: a pointer from -4095 on is an error */

/*
 * A global function. The verifier checks it once per program, however often it is called; it follows a static function
 * again at each call, for each state of the caller. Arguments are numbers and pointers to a struct of ours, which the
 * function must check for NULL; a kernel pointer comes as a number, as the verifier takes any pointer for memory.
 */
#define GM_GLOBAL __noinline

/*
 * The kernel skips a program that is under way on the same CPU in a preempted task. In a build for tests (make SKIP=N,
 * tests/kernel/e2e/skips.sh) one run in N of the programs of rare calls returns at once and is counted, so that each
 * program is missed now and then.
 */
#ifdef GM_TEST_SKIP
extern __u64 gm_test_skips;
#define GM_MAY_SKIP()							\
do {									\
	if (!(bpf_get_prandom_u32() % GM_TEST_SKIP)) {			\
		__sync_fetch_and_add(&gm_test_skips, 1);		\
		return 0;						\
	}								\
} while (0)
#else
#define GM_MAY_SKIP() do { } while (0)
#endif

/* KVM's ioctls and flags (include/uapi/linux/kvm.h): macros, so not in BTF. */
#define KVM_CREATE_VM			0xae01
#define KVM_CREATE_GUEST_MEMFD		0xc040aed4
#define KVM_SET_USER_MEMORY_REGION	0x4020ae46
#define KVM_SET_USER_MEMORY_REGION2	0x40a0ae49
#define KVM_SET_MEMORY_ATTRIBUTES	0x4020aed2
#define KVM_SET_REGS			0x4090ae82
#define KVM_SET_SREGS			0x4138ae84
#define KVM_SET_SREGS2			0x4140aecd
#define KVM_SET_MP_STATE		0x4004ae99
#define KVM_SET_LAPIC			0x4400ae8f
#define KVM_ARM_VCPU_INIT		0x4020aeae
#define KVM_SET_ONE_REG			0x4010aeac
#define KVM_REG_ARM_PC			0x6030000000100040ULL
#define KVM_MEM_GUEST_MEMFD		(1u << 2)
#define KVM_MEMORY_ATTRIBUTE_PRIVATE	(1ULL << 3)
/* include/linux/kvm_host.h, 6.18 and later: the slot's shared memory is gmem, too. */
#define KVM_MEMSLOT_GMEM_ONLY		(1u << 17)
#define FALLOC_FL_PUNCH_HOLE		2
#define MADV_REMOVE			9
/* include/uapi/linux/falloc.h: what XFS had before fallocate(2), now for every regular file. */
#define FS_IOC_RESVSP			0x40305828
#define FS_IOC_UNRESVSP			0x40305829
#define FS_IOC_RESVSP64			0x4030582a
#define FS_IOC_UNRESVSP64		0x4030582b
/* include/linux/sched.h */
#define PF_IO_WORKER			0x00000010
#define PF_KTHREAD			0x00200000

/* The argument of KVM_SET_MEMORY_ATTRIBUTES: uapi, so of one layout everywhere, and not in arm64's BTF. */
struct gm_kvm_attributes {
	__u64 address, size, attributes, flags;
};

/* The argument of FS_IOC_UNRESVSP and its kin, as far as it is used. */
struct gm_space_resv {
	__s16 type, whence;
	__u32 pad;
	__s64 start, len;
};

#endif
