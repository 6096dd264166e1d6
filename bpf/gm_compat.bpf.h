/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_compat.bpf.h - where kernels differ: all CO-RE flavours. Callers see none of them.
 *
 * vmlinux.h is of linux 7.3. A flavour's suffix names the kernels that it is for: ___pre_vXYZ, before that version;
 * ___any, all of them, of a type that vmlinux.h lacks. All functions read by probe reads, so a pointer may be NULL or
 * stale.
 */
#ifndef GM_COMPAT_BPF_H
#define GM_COMPAT_BPF_H

#include "gm_bpf.h"

#ifdef __TARGET_ARCH_arm64
/* arm64's KVM has no such type, and no tracepoints with it; the x86 programs that name it must still compile. */
struct kvm_page_fault {
	const gpa_t addr;
	const bool prefetch;
	const bool is_private;
	gfn_t gfn;
	struct kvm_memory_slot *slot;
} __attribute__((preserve_access_index));
#endif

/* The private data of an in-kernel device's file, all kernels. It holds a reference to its VM. */
struct kvm_device___any {
	struct kvm *kvm;
} __attribute__((preserve_access_index));

static __always_inline struct kvm *gm_device_kvm(const void *device)
{
	const struct kvm_device___any *d = device;

	return bpf_core_field_exists(d->kvm) ? BPF_CORE_READ(d, kvm) : NULL;
}

/* A task's credentials, all kernels. kuid_t is a struct of one number. */
struct cred___any {
	struct {
		__u32 val;
	} uid;
} __attribute__((preserve_access_index));

static __always_inline __u32 gm_task_uid(const struct task_struct *task)
{
	const struct cred___any *cred = (const void *)BPF_CORE_READ(task, cred);

	return BPF_CORE_READ(cred, uid.val);
}

/* An address space's owner, all kernels with CONFIG_MEMCG, as distributions have it. */
struct mm_struct___owner {
	struct task_struct *owner;
} __attribute__((preserve_access_index));

/* The process that an address space belongs to; NULL: not known. */
static __always_inline struct task_struct *gm_mm_owner(const struct mm_struct *mm)
{
	const struct mm_struct___owner *m = (const void *)mm;

	return bpf_core_field_exists(m->owner) ? BPF_CORE_READ(m, owner) : NULL;
}

/* folio.flags is an unsigned long until 6.17, and a memdesc_flags_t from 6.18. */
struct folio___pre_v618 {
	unsigned long flags;
} __attribute__((preserve_access_index));

static __always_inline __u64 gm_folio_flags(const void *folio)
{
	const struct folio *new = folio;
	const struct folio___pre_v618 *old = folio;
	__u64 v = 0;

	if (bpf_core_field_exists(new->flags.f))
		bpf_core_read(&v, sizeof(v), &new->flags.f);
	else
		bpf_core_read(&v, sizeof(v), &old->flags);
	return v;
}

/*
 * Pages of a folio. gmem folios are of order 0 up to 7.3; the hugetlb series brings large ones. The order is the low
 * byte of the second struct page's flags word (folio_large_order(), 6.6 and later).
 */
static __always_inline __u64 gm_folio_pages(const void *folio)
{
	const struct folio *f = folio;
	__u64 flags = gm_folio_flags(folio), v = 0;

	if (!(flags & (1ULL << bpf_core_enum_value(enum pageflags, PG_head))))
		return 1;
	bpf_core_read(&v, sizeof(v), &f->_flags_1);
	return 1ULL << (v & 0x3f);
}

/* gm_folio_pages() of a tracepoint's argument: the verifier knows its type, so loads suffice. */
static __always_inline __u64 gm_folio_arg_pages(const struct folio *folio)
{
	const struct folio___pre_v618 *old = (const void *)folio;
	__u64 flags;

	if (bpf_core_field_exists(folio->flags.f))
		flags = folio->flags.f;
	else
		flags = old->flags;
	return flags & (1ULL << bpf_core_enum_value(enum pageflags, PG_head)) ? gm_folio_pages(folio) : 1;
}

static __always_inline int gm_folio_uptodate(const void *folio)
{
	return gm_folio_flags(folio) >> bpf_core_enum_value(enum pageflags, PG_uptodate) & 1;
}

/*
 * A gmem file's private_data is a struct kvm_gmem until 6.18, and a struct gmem_file from 6.19 (kvm-x86 497b1dfbcacf).
 * The first member of both is the VM that the file belongs to.
 */
struct kvm_gmem___pre_v619 {
	struct kvm *kvm;
} __attribute__((preserve_access_index));

static __always_inline struct kvm *gm_gmem_kvm(const void *priv)
{
	const struct kvm_gmem___pre_v619 *old = priv;
	const struct gmem_file *new = priv;
	struct kvm *kvm = NULL;

	if (!priv)
		return NULL;
	if (bpf_core_type_exists(struct gmem_file))
		bpf_core_read(&kvm, sizeof(kvm), &new->kvm);
	else
		bpf_core_read(&kvm, sizeof(kvm), &old->kvm);
	return kvm;
}

/* GUEST_MEMFD_FLAG_* of an inode: none until 6.17; in inode->i_private in 6.18; in struct gmem_inode from 6.19. */
static __always_inline __u64 gm_gmem_flags(const struct inode *inode)
{
	__u64 v = 0;

	if (bpf_core_type_exists(struct gmem_inode)) {
		const void *gi = (const char *)inode - bpf_core_field_offset(struct gmem_inode, vfs_inode);

		bpf_probe_read_kernel(&v, sizeof(v),
				      (const char *)gi + bpf_core_field_offset(struct gmem_inode, flags));
	} else {
		v = (__u64)BPF_CORE_READ(inode, i_private);
	}
	return v;
}

/*
 * A struct file's references: f_count until 6.15, 0 without any; f_ref from 6.16, whose counter is -1 without any and
 * has its top bits set when the file is dead (include/linux/file_ref.h: FILE_REF_NOREF and above).
 */
struct file___pre_v616 {
	atomic_long_t f_count;
} __attribute__((preserve_access_index));

/* Return true if a struct file has a reference. */
static __always_inline int gm_file_referenced(const struct file *file)
{
	const struct file___pre_v616 *old = (const void *)file;
	const struct file *new = file;
	__s64 n = 0;

	if (bpf_core_field_exists(new->f_ref))
		return !bpf_core_read(&n, sizeof(n), &new->f_ref) && n >= 0;
	return !bpf_core_read(&n, sizeof(n), &old->f_count) && n > 0;
}

/* x86, all kernels: the vCPU that boots, by KVM_SET_BOOT_CPU_ID. Elsewhere the first vCPU boots. */
struct kvm_arch___bsp {
	__u32 bsp_vcpu_id;
} __attribute__((preserve_access_index));

static __always_inline int gm_boot_vcpu_id(const struct kvm *kvm)
{
	const struct kvm_arch___bsp *arch = (const void *)((const char *)kvm + bpf_core_field_offset(struct kvm, arch));

	return bpf_core_field_exists(arch->bsp_vcpu_id) ? BPF_CORE_READ(arch, bsp_vcpu_id) : 0;
}

/* x86: leaf SPTEs by level, of KVM's statistics (kvm_update_page_stats(), arch/x86/kvm/mmu.h, 5.15 and later). */
struct kvm_vm_stat___x86 {
	atomic64_t pages[GM_LEVELS];
} __attribute__((preserve_access_index));

static __always_inline int gm_has_sptes(void)
{
	const struct kvm_vm_stat___x86 *stat = 0;

	return bpf_core_field_exists(stat->pages);
}

static __always_inline void gm_read_sptes(const struct kvm *kvm, __u64 sptes[GM_LEVELS])
{
	const struct kvm_vm_stat___x86 *stat =
		(const void *)((const char *)kvm + bpf_core_field_offset(struct kvm, stat));

	if (gm_has_sptes())
		bpf_core_read(sptes, GM_LEVELS * sizeof(*sptes), &stat->pages);
}

/* An address space's tree of mappings (include/linux/maple_tree.h), all kernels: a node is 256 bytes. */
struct maple_pnode;

struct maple_range_64___any {
	struct maple_pnode *parent;
	unsigned long pivot[15];
	void *slot[16];
} __attribute__((preserve_access_index));

struct maple_arange_64___any {
	struct maple_pnode *parent;
	unsigned long pivot[9];
	void *slot[10];
} __attribute__((preserve_access_index));

enum maple_type___any {
	maple_leaf_64___any = 1,
	maple_arange_64___any = 3,
};

/*
 * mm->mm_lock_seq is a seqcount (eb449bd96954) in all kernels of tests/kernel/btf/kernels (6.12.94 to 7.3), odd while a
 * writer is at work. Earlier kernels have an int, which changes when the writer is done. Without CONFIG_PER_VMA_LOCK
 * there is neither.
 */
struct mm_struct___int_seq {
	int mm_lock_seq;
} __attribute__((preserve_access_index));

/* A number that changes when an address space's mappings may have changed; at the least the number of mappings. */
static __always_inline __u64 gm_mm_seq(const struct mm_struct *mm)
{
	const struct mm_struct___int_seq *old = (const void *)mm;
	const struct mm_struct *new = mm;
	__u32 seq = 0;

	if (bpf_core_field_exists(new->mm_lock_seq.sequence))
		bpf_core_read(&seq, sizeof(seq), &new->mm_lock_seq.sequence);
	else if (bpf_core_field_exists(old->mm_lock_seq))
		bpf_core_read(&seq, sizeof(seq), &old->mm_lock_seq);
	else
		bpf_core_read(&seq, sizeof(seq), &new->map_count);
	return seq;
}

/* Return true if a writer may be changing the mappings right now. seq: of gm_mm_seq(). */
static __always_inline int gm_mm_is_written(const struct mm_struct *m, __u64 seq)
{
	__s64 count = 0;

	if (bpf_core_field_exists(m->mm_lock_seq.sequence))
		return seq & 1;
	if (bpf_core_field_exists(m->mmap_lock.count))
		bpf_core_read(&count, sizeof(count), &m->mmap_lock.count);
	return count & 1; /* RWSEM_WRITER_LOCKED */
}

/* spinlock_t with PREEMPT_RT, all kernels: an rt_mutex. */
struct rt_mutex_base___rt {
	void *owner;
} __attribute__((preserve_access_index));

struct spinlock___rt {
	struct rt_mutex_base___rt lock;
} __attribute__((preserve_access_index));

/*
 * Return true if the lock of this page cache's tree is held. A kernel for one CPU has no lock to read: interrupts are
 * off while the lock would be held, so only programs of the holder run then. mapping: struct address_space *. A global
 * function, as in a loop the compiler moves a relocated load in front of the test whether the kernel has the field.
 */
GM_GLOBAL int gm_mapping_is_locked(__u64 mapping)
{
	const struct address_space *m = (void *)mapping;
	const struct spinlock___rt *rt = (void *)&m->i_pages.xa_lock;
	__u64 owner = 0;
	__u32 val = 0;

	if (bpf_core_field_exists(rt->lock.owner))
		bpf_core_read(&owner, sizeof(owner), &rt->lock.owner);
	else if (bpf_core_field_exists(m->i_pages.xa_lock.rlock.raw_lock.val))
		bpf_core_read(&val, sizeof(val), &m->i_pages.xa_lock.rlock.raw_lock.val);
	return owner || val;
}

/*
 * Memory attributes are in struct kvm with CONFIG_KVM_GENERIC_MEMORY_ATTRIBUTES, an xarray of values by gfn. x86 alone
 * has arch.has_private_mem (6.12 to 7.3).
 */
struct kvm_arch___any {
	bool has_private_mem;
} __attribute__((preserve_access_index));

struct kvm___any {
	struct kvm_arch___any arch;
	struct xarray mem_attr_array;
} __attribute__((preserve_access_index));

/* The head of a VM's xarray of attributes; 0: it is empty, or this kernel has none. */
static __always_inline __u64 gm_attrs_head(const struct kvm *kvm)
{
	const struct kvm___any *k = (const void *)kvm;

	return bpf_core_field_exists(k->mem_attr_array) ? (__u64)BPF_CORE_READ(k, mem_attr_array.xa_head) : 0;
}

/* Return true if a VM may have private memory. */
static __always_inline int gm_has_private(const struct kvm *kvm)
{
	const struct kvm___any *k = (const void *)kvm;

	if (bpf_core_field_exists(k->arch.has_private_mem))
		return BPF_CORE_READ(k, arch.has_private_mem);
	return !!gm_attrs_head(kvm);
}

#endif
