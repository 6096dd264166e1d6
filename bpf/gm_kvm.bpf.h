/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_kvm.bpf.h - what kernel objects are and contain: KVM's files, struct kvm, its slots and vCPUs, page caches.
 *
 * All functions read through probe reads, so a pointer may be NULL or stale: a stale one yields old or foreign data,
 * never a fault. They take no reference and no lock, and change nothing. A pointer that a function returns is good
 * for further probe reads only.
 */
#ifndef GM_KVM_BPF_H
#define GM_KVM_BPF_H

#include "gm_compat.bpf.h"
#include "gm_maps.bpf.h"

static __always_inline __u32 gm_page_shift(void)
{
	return gm_conf.page_shift & 31;
}

/* AS_INACCESSIBLE: guest_memfd is its only setter (6.12 .. 7.3, mm and virt trees read). */
static __always_inline __u64 gm_inaccessible(void)
{
	return 1ULL << bpf_core_enum_value(enum mapping_flags, AS_INACCESSIBLE);
}

static __always_inline int gm_is_gmem_mapping(const struct address_space *mapping)
{
	return !!(BPF_CORE_READ(mapping, flags) & gm_inaccessible());
}

/*
 * Return true if the inode of a mapping with these flags is being evicted. truncate_inode_pages_final(), the only
 * setter of AS_EXITING (6.12 .. 7.3), sets it before the first page leaves. Pages that leave otherwise were punched
 * out.
 */
static __always_inline int gm_is_exiting(unsigned long flags)
{
	return flags >> bpf_core_enum_value(enum mapping_flags, AS_EXITING) & 1;
}

/* ---- files ---- */

static __always_inline __u64 gm_file_release_op(const struct file *file)
{
	return (__u64)BPF_CORE_READ(file, f_op, release);
}

static __always_inline int gm_is_gmem_file(const struct file *file)
{
	if (gm_conf.gmem_release)
		return gm_file_release_op(file) == gm_conf.gmem_release;
	return gm_is_gmem_mapping(BPF_CORE_READ(file, f_mapping));
}

/* KVM's other files. */
enum gm_kvm_file { GM_KF_NONE = 0, GM_KF_VM, GM_KF_VCPU, GM_KF_VM_STATS, GM_KF_VCPU_STATS, GM_KF_DEVICE };

static __always_inline __u32 gm_kvm_file_by_op(__u64 op)
{
	if (!op)
		return GM_KF_NONE;
	if (op == gm_conf.vm_release)
		return GM_KF_VM;
	if (op == gm_conf.vcpu_release)
		return GM_KF_VCPU;
	if (op == gm_conf.vm_stats_release)
		return GM_KF_VM_STATS;
	if (op == gm_conf.vcpu_stats_release)
		return GM_KF_VCPU_STATS;
	return op == gm_conf.device_release ? GM_KF_DEVICE : GM_KF_NONE;
}

#define GM_ANON_INODE_FS 0x09041934	/* ANON_INODE_FS_MAGIC, include/uapi/linux/magic.h */

static __always_inline int gm_name_begins(const char *name, const char *with, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (name[i] != with[i])
			return 0;
	return 1;
}
#define GM_NAME_IS(name, s)	gm_name_begins(name, s, sizeof(s))	/* with its end */
#define GM_NAME_BEGINS(name, s)	gm_name_begins(name, s, sizeof(s) - 1)

/*
 * For kernels whose symbols may not be read: the name that KVM gives its anonymous files (virt/kvm/kvm_main.c, 6.12 to
 * 7.3), which user space cannot give. The devices are those that exist (virt/kvm/vfio.c, arch/arm64/kvm/vgic).
 */
static __always_inline __u32 gm_kvm_file_by_name(const struct file *file)
{
	const unsigned char *at;
	char name[16] = {};

	if (BPF_CORE_READ(file, f_inode, i_sb, s_magic) != GM_ANON_INODE_FS)
		return GM_KF_NONE;
	at = BPF_CORE_READ(file, f_path.dentry, d_name.name);
	if (bpf_probe_read_kernel_str(name, sizeof(name), at) < 0)
		return GM_KF_NONE;
	if (GM_NAME_IS(name, "kvm-vm"))
		return GM_KF_VM;
	if (GM_NAME_BEGINS(name, "kvm-vcpu:"))
		return GM_KF_VCPU;
	if (GM_NAME_IS(name, "kvm-vm-stats"))
		return GM_KF_VM_STATS;
	if (GM_NAME_BEGINS(name, "kvm-vcpu-stats:"))
		return GM_KF_VCPU_STATS;
	return GM_NAME_IS(name, "kvm-vfio") || GM_NAME_BEGINS(name, "kvm-arm-vgic") ? GM_KF_DEVICE : GM_KF_NONE;
}

static __always_inline __u32 gm_kvm_file(const struct file *file)
{
	return gm_conf.vm_release ? gm_kvm_file_by_op(gm_file_release_op(file)) : gm_kvm_file_by_name(file);
}

static __always_inline int gm_is_vm_file(const struct file *file)
{
	return gm_kvm_file(file) == GM_KF_VM;
}

static __always_inline struct kvm *gm_vcpu_kvm(const struct kvm_vcpu *vcpu)
{
	return BPF_CORE_READ(vcpu, kvm);
}

/* The struct kvm that a file of KVM's pins, by the file's private data; kind: enum gm_kvm_file. */
static __always_inline struct kvm *gm_pinned_kvm(__u32 kind, void *priv)
{
	if (kind == GM_KF_DEVICE)
		return gm_device_kvm(priv);
	return kind == GM_KF_VCPU || kind == GM_KF_VCPU_STATS ? gm_vcpu_kvm(priv) : priv;
}

/* The current task's file behind a descriptor, by the kernel's own table; NULL: there is none. */
static __always_inline struct file *gm_fd_file(int fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **table = BPF_CORE_READ(fdt, fd), *file = NULL;

	if (fd < 0 || (__u32)fd >= BPF_CORE_READ(fdt, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), &table[fd]);
	return file;
}

/* ---- a mapping's tree of pages ---- */

#define GM_XA_LEVELS 7		/* 64 slots a level: 2^42 pages */

/* The tree's leaf node that holds index, or 0. Entry encodings: include/linux/xarray.h, internal entries. */
static __always_inline __u64 gm_xa_leaf(__u64 entry, __u64 index)
{
	struct xa_node *n;
	__u8 shift;
	int i;

	for (i = 0; i < GM_XA_LEVELS; i++) {
		if ((entry & 3) != 2 || entry < 4096)
			return 0;
		n = (void *)(entry - 2);
		shift = BPF_CORE_READ(n, shift);
		if (!shift)
			return (__u64)n;
		if (shift >= 64 || (i == 0 && index >> shift > 63))
			return 0;
		bpf_probe_read_kernel(&entry, sizeof(entry),
				      (char *)n + bpf_core_field_offset(struct xa_node, slots) +
					      8 * (index >> shift & 63));
	}
	return 0;
}

/* The folio at index of a mapping's page cache, or NULL. */
static __always_inline struct folio *gm_mapping_folio(const struct address_space *mapping, __u64 index)
{
	__u64 entry = (__u64)BPF_CORE_READ(mapping, i_pages.xa_head), leaf;

	if ((entry & 3) == 2) {
		leaf = gm_xa_leaf(entry, index);
		entry = 0;
		if (leaf)
			bpf_probe_read_kernel(&entry, sizeof(entry),
					      (char *)leaf + bpf_core_field_offset(struct xa_node, slots) +
						      8 * (index & 63));
	} else if (index) {
		entry = 0;
	}
	return (void *)(entry & 3 ? 0 : entry);
}

/* ---- struct kvm ---- */

/* The process id that KVM keeps of a VM's creator: that of the creating thread. */
static __always_inline __u32 gm_vm_creator(const struct kvm *kvm)
{
	return BPF_CORE_READ(kvm, userspace_pid);
}

static __always_inline struct mm_struct *gm_vm_mm(const struct kvm *kvm)
{
	return BPF_CORE_READ(kvm, mm);
}

static __always_inline struct mm_struct *gm_current_mm(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, mm);
}

/*
 * How often a VM's vCPU of index 0 has exited, 0 without one. Two calls with the same number: the guest did not run in
 * between. (struct kvm's vcpu_array is an xarray: an only entry stands in its head.) kvm: struct kvm *.
 */
GM_GLOBAL __u64 gm_boot_exits(__u64 kvm)
{
	struct kvm *k = (void *)kvm;
	struct kvm_vcpu *c;
	__u64 entry, leaf;

	if (!kvm)
		return 0;
	entry = (__u64)BPF_CORE_READ(k, vcpu_array.xa_head);
	leaf = (entry & 3) == 2 ? gm_xa_leaf(entry, 0) : 0;
	if (leaf)
		bpf_probe_read_kernel(&entry, sizeof(entry),
				      (char *)leaf + bpf_core_field_offset(struct xa_node, slots));
	c = (void *)entry;
	return entry & 3 ? 0 : BPF_CORE_READ(c, stat.exits);
}

/* ---- slots ---- */

/* A slot's number as KVM_SET_USER_MEMORY_REGION has it: address space and id. */
static __always_inline __u64 gm_slot_number(const struct kvm_memory_slot *slot)
{
	return (__u64)BPF_CORE_READ(slot, as_id) << 16 | (__u16)BPF_CORE_READ(slot, id);
}

/* The table of slots of one address space, or NULL. */
static __always_inline struct kvm_memslots *gm_kvm_memslots(const struct kvm *kvm, __u32 as_id)
{
	struct kvm_memslots *slots = NULL;

	bpf_probe_read_kernel(&slots, sizeof(slots),
			      (const char *)kvm + bpf_core_field_offset(struct kvm, memslots) + 8 * as_id);
	return slots;
}

/* The slot that a node of the id hash is part of. idx: which of a slot's two sets of nodes the table uses. */
static __always_inline struct kvm_memory_slot *gm_slot_of_node(const struct hlist_node *n, __u32 idx)
{
	return (void *)((char *)n - bpf_core_field_offset(struct kvm_memory_slot, id_node) -
			idx * bpf_core_type_size(struct hlist_node));
}

/* The slot with this id as the kernel has it now, or NULL: one chain of the id hash is read. */
static __always_inline struct kvm_memory_slot *gm_slot_find(const struct kvm *kvm, __u32 as_id, __u32 id)
{
	struct kvm_memslots *slots;
	struct hlist_node *n = NULL;
	struct kvm_memory_slot *s;
	__u32 idx, i;

	if (as_id > 1)
		return NULL;
	slots = gm_kvm_memslots(kvm, as_id);
	if (!slots)
		return NULL;
	idx = BPF_CORE_READ(slots, node_idx) & 1;
	/* hash_min(id, 7): multiplicative hash of a 32-bit value, kernel's GOLDEN_RATIO_32 (include/linux/hash.h) */
	bpf_probe_read_kernel(&n, sizeof(n),
			      (const char *)slots + bpf_core_field_offset(struct kvm_memslots, id_hash) +
				      8 * ((id * 0x61C88647u) >> 25));
	for (i = 0; i < 64 && n; i++) {
		s = gm_slot_of_node(n, idx);
		if ((__u16)BPF_CORE_READ(s, id) == id)
			return s;
		n = BPF_CORE_READ(n, next);
	}
	return NULL;
}

#endif
