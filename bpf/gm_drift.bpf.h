/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_drift.bpf.h - where kernels differ. All CO-RE flavours live here; callers never see one.
 * A suffix names the era. vmlinux.h is of linux 7.3.
 */
#ifndef GM_DRIFT_BPF_H
#define GM_DRIFT_BPF_H

#include "gm_bpf.h"

#ifdef __TARGET_ARCH_arm64
/* arm64's KVM has no such type, nor the tracepoints that carry it: what the x86 programs name must still compile. */
struct kvm_page_fault {
	const gpa_t addr;
	const bool prefetch;
	const bool is_private;
	gfn_t gfn;
	struct kvm_memory_slot *slot;
} __attribute__((preserve_access_index));
#endif

/*
 * What an in-kernel device's file has as private data, all kernels; vmlinux.h lacks it. It holds a reference to its VM.
 */
struct kvm_device___any {
	struct kvm *kvm;
} __attribute__((preserve_access_index));

static __always_inline __u64 gm_device_kvm(__u64 device)
{
	const struct kvm_device___any *d = (void *)device;

	return bpf_core_field_exists(d->kvm) ? (__u64)BPF_CORE_READ(d, kvm) : 0;
}

/* A task's credentials, all kernels; vmlinux.h lacks them. kuid_t is a struct of one number. */
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

/* The process that an address space belongs to; with CONFIG_MEMCG, as every distribution has it. NULL: not known. */
struct mm_struct___owner {
	struct task_struct *owner;
} __attribute__((preserve_access_index));

static __always_inline struct task_struct *gm_mm_owner(__u64 mm)
{
	const struct mm_struct___owner *m = (const void *)mm;

	return bpf_core_field_exists(m->owner) ? BPF_CORE_READ(m, owner) : NULL;
}

/* folio.flags: unsigned long until 6.17, memdesc_flags_t from 6.18. */
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
 * Pages of a folio. gmem folios are of order 0 up to 7.3; large ones are coming (hugetlb series), so ask.
 * The order is the low byte of the second struct page's flags word (folio_large_order(), 6.6 and later).
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

/*
 * The same for the folio that a tracepoint passes: the verifier knows its type, so it is read without a helper's call.
 */
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
 * A gmem file's private_data: struct kvm_gmem until 6.18, struct gmem_file from 6.19 (kvm-x86 497b1dfbcacf). In
 * both the first member is the struct kvm whose view the file is.
 */
struct kvm_gmem___pre_v619 {
	struct kvm *kvm;
} __attribute__((preserve_access_index));

static __always_inline __u64 gm_gmem_kvm(const void *priv)
{
	const struct kvm_gmem___pre_v619 *old = priv;
	const struct gmem_file *new = priv;
	__u64 kvm = 0;

	if (!priv)
		return 0;
	if (bpf_core_type_exists(struct gmem_file))
		bpf_core_read(&kvm, sizeof(kvm), &new->kvm);
	else
		bpf_core_read(&kvm, sizeof(kvm), &old->kvm);
	return kvm;
}

/* GUEST_MEMFD_FLAG_*: in inode->i_private in 6.18, in struct gmem_inode from 6.19, none before. */
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
 * Is a struct file still referenced? f_count (0: none) until 6.15, f_ref from 6.16 whose counter reads -1 with
 * no reference left and the top bits set when dead (include/linux/file_ref.h: FILE_REF_NOREF and above).
 */
struct file___pre_v616 {
	atomic_long_t f_count;
} __attribute__((preserve_access_index));

static __always_inline int gm_file_referenced(const void *file)
{
	const struct file___pre_v616 *old = file;
	const struct file *new = file;
	__s64 n = 0;

	if (bpf_core_field_exists(new->f_ref))
		return !bpf_core_read(&n, sizeof(n), &new->f_ref) && n >= 0;
	return !bpf_core_read(&n, sizeof(n), &old->f_count) && n > 0;
}

/* x86: KVM_SET_BOOT_CPU_ID sets it; elsewhere the first vCPU boots. */
struct kvm_arch___bsp {
	__u32 bsp_vcpu_id;
} __attribute__((preserve_access_index));

static __always_inline int gm_boot_vcpu_id(const struct kvm *kvm)
{
	const struct kvm_arch___bsp *arch = (const void *)((const char *)kvm + bpf_core_field_offset(struct kvm, arch));

	return bpf_core_field_exists(arch->bsp_vcpu_id) ? BPF_CORE_READ(arch, bsp_vcpu_id) : 0;
}

/*
 * x86: leaf SPTEs by level, kept by KVM for its statistics (kvm_update_page_stats(), arch/x86/kvm/mmu.h, 5.15 and
 * later).
 */
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

/*
 * An address space's tree of mappings (include/linux/maple_tree.h), all kernels: a node is 256 bytes. vmlinux.h lacks
 * these types.
 */
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
 * A count that moves when an address space's mappings may have changed. All kernels that tests/kernel/btf has (6.12.94
 * to 7.3) have a seqcount, odd while a writer is at work. Older ones have an int, which moves when the writer is done.
 * Without locks of single mappings in the kernel's configuration there is neither, and the number of mappings stands
 * in.
 */
struct mm_struct___int_seq {
	int mm_lock_seq;
} __attribute__((preserve_access_index));

static __always_inline __u64 gm_mm_seq(const void *mm)
{
	const struct mm_struct___int_seq *old = mm;
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

/* Return true if somebody may be changing the mappings right now. */
static __always_inline int gm_mm_is_written(const void *mm, __u64 seq)
{
	const struct mm_struct *m = mm;
	__s64 count = 0;

	if (bpf_core_field_exists(m->mm_lock_seq.sequence))
		return seq & 1;
	if (bpf_core_field_exists(m->mmap_lock.count))
		bpf_core_read(&count, sizeof(count), &m->mmap_lock.count);
	return count & 1; /* RWSEM_WRITER_LOCKED */
}

/*
 * Return true if somebody holds the lock of this page cache's tree. With PREEMPT_RT it is an rt_mutex. A kernel for
 * one CPU has no lock to read: interrupts are off while one would be held, so no program runs then but those that the
 * holder runs.
 */
struct rt_mutex_base___rt {
	void *owner;
} __attribute__((preserve_access_index));

struct spinlock___rt {
	struct rt_mutex_base___rt lock;
} __attribute__((preserve_access_index));

/*
 * A function of its own: inside of a loop the compiler moves what depends on the kernel in front of the question
 * whether it is there.
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

#endif
