// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The part of the KVM ABI that the oldest supported headers do not have
 * (Debian 12: 6.1).  Each constant has a guard; structs have names of their
 * own, because the preprocessor cannot test whether a header has a struct.
 */
#ifndef GG_KVM_ABI_H
#define GG_KVM_ABI_H

#include <linux/kvm.h>

struct gg_memory_region2 {
	__u32 slot;
	__u32 flags;
	__u64 guest_phys_addr;
	__u64 memory_size;
	__u64 userspace_addr;
	__u64 guest_memfd_offset;
	__u32 guest_memfd;
	__u32 pad1;
	__u64 pad2[14];
};

struct gg_create_guest_memfd {
	__u64 size;
	__u64 flags;
	__u64 reserved[6];
};

struct gg_memory_attributes {
	__u64 address;
	__u64 size;
	__u64 attributes;
	__u64 flags;
};

struct gg_pre_fault_memory {
	__u64 gpa;
	__u64 size;
	__u64 flags;
	__u64 padding[5];
};

/* The link ioctl exists only on the project's experimental kernel: it is no ABI, and its number may clash. */
struct gg_link_guest_memfd {
	__u64 flags;
	__u32 fd;
	__u32 pad;
	__u64 reserved[6];
};

_Static_assert(sizeof(struct gg_memory_region2) == 160, "uapi size");
_Static_assert(sizeof(struct gg_create_guest_memfd) == 64, "uapi size");
_Static_assert(sizeof(struct gg_memory_attributes) == 32, "uapi size");
_Static_assert(sizeof(struct gg_pre_fault_memory) == 64, "uapi size");

#ifndef KVM_SET_USER_MEMORY_REGION2
#define KVM_SET_USER_MEMORY_REGION2 \
	_IOW(KVMIO, 0x49, struct gg_memory_region2)
#endif
#ifndef KVM_SET_MEMORY_ATTRIBUTES
#define KVM_SET_MEMORY_ATTRIBUTES \
	_IOW(KVMIO, 0xd2, struct gg_memory_attributes)
#endif
#ifndef KVM_CREATE_GUEST_MEMFD
#define KVM_CREATE_GUEST_MEMFD \
	_IOWR(KVMIO, 0xd4, struct gg_create_guest_memfd)
#endif
#ifndef KVM_PRE_FAULT_MEMORY
#define KVM_PRE_FAULT_MEMORY \
	_IOWR(KVMIO, 0xd5, struct gg_pre_fault_memory)
#endif
#ifndef KVM_EXP_LINK_GUEST_MEMFD
#define KVM_EXP_LINK_GUEST_MEMFD \
	_IOW(KVMIO, 0xf7, struct gg_link_guest_memfd)
#endif

#ifndef KVM_MEM_GUEST_MEMFD
#define KVM_MEM_GUEST_MEMFD (1UL << 2)
#endif
#ifndef KVM_MEMORY_ATTRIBUTE_PRIVATE
#define KVM_MEMORY_ATTRIBUTE_PRIVATE (1ULL << 3)
#endif
#ifndef GUEST_MEMFD_FLAG_MMAP
#define GUEST_MEMFD_FLAG_MMAP (1ULL << 0)
#endif
#ifndef GUEST_MEMFD_FLAG_INIT_SHARED
#define GUEST_MEMFD_FLAG_INIT_SHARED (1ULL << 1)
#endif
#ifndef KVM_EXIT_MEMORY_FAULT
#define KVM_EXIT_MEMORY_FAULT 39
#endif
#ifndef KVM_CAP_MEMORY_ATTRIBUTES
#define KVM_CAP_MEMORY_ATTRIBUTES 233
#endif
#ifndef KVM_CAP_GUEST_MEMFD
#define KVM_CAP_GUEST_MEMFD 234
#endif
#ifndef KVM_CAP_VM_TYPES
#define KVM_CAP_VM_TYPES 235
#endif
#ifndef KVM_CAP_PRE_FAULT_MEMORY
#define KVM_CAP_PRE_FAULT_MEMORY 236
#endif
#ifndef KVM_CAP_GUEST_MEMFD_FLAGS
#define KVM_CAP_GUEST_MEMFD_FLAGS 244
#endif
#ifndef KVM_CAP_EXP_GUEST_MEMFD_LINK
#define KVM_CAP_EXP_GUEST_MEMFD_LINK 0x676d0001
#endif
#ifndef KVM_X86_SW_PROTECTED_VM
#define KVM_X86_SW_PROTECTED_VM 1
#endif

#endif /* GG_KVM_ABI_H */
