// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_fault.bpf.c - pages entering and leaving gmem inodes, and where a fault's time goes.
 *
 * A vCPU's fault, by tracepoints alone (kernel-facts 7, method A):
 *   kvm_page_fault -> mm_filemap_add_to_page_cache -> kvm_mmu_spte_requested -> kvm_tdp_mmu_spte_changed
 *   |---- alloc ------------->|---- zero (+ prepare) ------>|------- map ---------->|
 * Function probes refine it: whether a page found in the cache had still to be cleared (it was allocated by
 * fallocate), and how much of the clearing was arch preparation. All run in the task that faults.
 */
#include "gm_core.bpf.h"

/*
 * tp_btf mm_filemap_add_to_page_cache(folio), vmlinux: fires for every file of the host, so the flag test comes first.
 * The mapping is set; interrupts may be off. Missed: counters are n/a, residency is not touched (it is nrpages).
 */
SEC("?tp_btf/mm_filemap_add_to_page_cache")
int BPF_PROG(gm_page_add, struct folio *folio)
{
	struct address_space *mapping = folio->mapping;
	struct gm_inode_val *in;
	struct gm_span *s;
	struct gm_task *t;
	__u64 pages;

	if (!(mapping->flags & gm_inaccessible()))
		return 0;
	pages = gm_folio_pages(folio);
	in = gm_inode_get((__u64)mapping->host);
	if (in)
		__sync_fetch_and_add(&in->allocated, pages);
	t = gm_task_find();
	if (!t)
		return 0;
	if (t->fault.vcpu || t->fault.host_t0)
		t->fault.added = gm_now();
	s = gm_span_top(t);
	if (s)
		s->pages += pages;
	return 0;
}

/*
 * tp_btf mm_filemap_delete_from_page_cache(folio), vmlinux: interrupts off, xa_lock held. An inode that is not known
 * is not made known here: it is on its way out.
 */
SEC("?tp_btf/mm_filemap_delete_from_page_cache")
int BPF_PROG(gm_page_delete, struct folio *folio)
{
	struct address_space *mapping = folio->mapping;
	struct gm_inode_val *in;
	struct gm_span *s;
	struct gm_task *t;
	__u64 pages, inode;

	if (!(mapping->flags & gm_inaccessible()))
		return 0;
	pages = gm_folio_pages(folio);
	inode = (__u64)mapping->host;
	in = bpf_map_lookup_elem(&gm_inodes, &inode);
	t = gm_task_find();
	s = t ? gm_span_top(t) : NULL;
	if (s)
		s->pages += pages;
	if (!in)
		return 0;
	__sync_fetch_and_add(&in->freed, pages);
	if (s && s->kind == GM_K_PUNCH)
		__sync_fetch_and_add(&in->punched, pages);
	return 0;
}

/* tp_btf kvm_page_fault(vcpu, gpa, error): a nested page fault begins. Arguments of a module's tracepoint may be NULL. */
SEC("?tp_btf/kvm_page_fault")
int BPF_PROG(gm_guest_fault, struct kvm_vcpu *vcpu)
{
	struct gm_task *t = gm_task_get();

	if (!t || !vcpu)
		return 0;
	__builtin_memset(&t->fault, 0, sizeof(t->fault));
	t->fault.vcpu = (__u64)vcpu;
	t->fault.t0 = gm_now();
	return 0;
}

/*
 * tp_btf kvm_mmu_spte_requested(fault): the page is in hand, cleared; the SPTE comes next. Only here is it known
 * whether the fault was on gmem: the slot says so (a private fault, or a slot whose shared memory is gmem).
 */
SEC("?tp_btf/kvm_mmu_spte_requested")
int BPF_PROG(gm_spte_requested, struct kvm_page_fault *fault)
{
	struct kvm_memory_slot *slot;
	struct gm_task *t;
	__u32 flags;

	if (!fault)
		return 0;
	t = gm_task_find();
	if (!t || !t->fault.vcpu)
		return 0;
	slot = fault->slot;
	flags = slot ? BPF_CORE_READ(slot, flags) : 0;
	if (!(flags & KVM_MEM_GUEST_MEMFD) || !(fault->is_private || flags & KVM_MEMSLOT_GMEM_ONLY)) {
		t->fault.vcpu = 0;
		return 0;
	}
	t->fault.gfn = fault->gfn;
	t->fault.vm = gm_vm_id(gm_vcpu_kvm(t->fault.vcpu));
	t->fault.requested = gm_now();
	return 0;
}

/* Books a guest fault whose SPTE was just installed. */
static __always_inline void gm_guest_fault_done(struct gm_fault *f, __u64 now)
{
	struct gm_hot_val *hot = gm_hot_get(f->vm);
	__u64 cleared = f->added ? f->added : f->found;

	if (!hot)
		return;
	if (f->added)
		gm_hot_add(hot, GM_PHASE_ALLOC, f->added - f->t0);
	if (cleared)
		gm_hot_add(hot, GM_PHASE_ZERO, f->requested - cleared - f->prepare_ns);
	gm_hot_add(hot, GM_PHASE_MAP, now - f->requested);
	gm_hot_add(hot, GM_PHASE_GUEST_FAULT, now - f->t0);
}

/*
 * tp_btf kvm_tdp_mmu_spte_changed(as, gfn, level, old, new): also fires for page tables and for every zap, hence the
 * test of this task's fault first. A leaf is at level 1 or has the page size bit; an entry that was installed, not
 * zapped or frozen, has bit 11 (SPTE_MMU_PRESENT_MASK, arch/x86/kvm/mmu/spte.h, 6.12 to 7.3).
 */
SEC("?tp_btf/kvm_tdp_mmu_spte_changed")
int BPF_PROG(gm_spte_changed, int as_id, gfn_t gfn, int level, u64 old_spte, u64 new_spte)
{
	struct gm_task *t = gm_task_find();

	if (!t || !t->fault.requested)
		return 0;
	if (!(new_spte & (1ULL << 11)) || (level != 1 && !(new_spte & (1ULL << 7))))
		return 0;
	if (level == 1 && gfn != t->fault.gfn)
		return 0;
	gm_guest_fault_done(&t->fault, gm_now());
	t->fault.vcpu = 0;
	t->fault.requested = 0;
	t->fault.added = 0;
	return 0;
}

/*
 * kvm_gmem_get_folio(inode, index), 6.19 and later, returns a folio: one that is not up to date will be cleared next,
 * also when it was allocated before (fallocate). With an insertion, that is where clearing began.
 */
static __always_inline int gm_get_folio_exit(__u64 ret)
{
	struct gm_task *t = gm_task_find();

	if (!t || (!t->fault.vcpu && !t->fault.host_t0))
		return 0;
	if (!ret || ret >= (__u64)-4095)
		return 0;
	if (!t->fault.added && !gm_folio_uptodate((void *)ret))
		t->fault.found = gm_now();
	return 0;
}

SEC("?fexit/kvm_gmem_get_folio")
int gm_get_folio_fexit(unsigned long long *ctx)
{
	__u64 ret = 0;

	bpf_get_func_ret(ctx, &ret);
	return gm_get_folio_exit(ret);
}

/*
 * Making a page private in the architecture: kvm_arch_gmem_prepare() to 7.2, kvm_arch_gmem_make_private() from 7.3,
 * built with SEV. Until 6.19 it is called only for a page that was just cleared; in 7.0 .. 7.2 for every page.
 * NEEDSWORK: before 6.19 a page that fallocate put there and this fault cleared has its clearing in guest_fault alone, not in zero.
 */
static __always_inline int gm_prepare_enter(__u64 a0, __u64 a1, __u64 a2, __u64 a3)
{
	struct gm_task *t = gm_task_find();

	if (t && t->fault.vcpu)
		t->fault.prepare_t0 = gm_now();
	return 0;
}

static __always_inline int gm_prepare_exit(__s64 ret)
{
	struct gm_task *t = gm_task_find();
	struct gm_hot_val *hot;
	struct gm_fault *f;
	__u64 ns;

	if (!t)
		return 0;
	f = &t->fault;
	if (!f->vcpu || !f->prepare_t0)
		return 0;
	ns = gm_now() - f->prepare_t0;
	f->prepare_t0 = 0;
	f->prepare_ns += ns;
	hot = gm_hot_get(gm_vm_id(gm_vcpu_kvm(f->vcpu)));
	if (hot)
		gm_hot_add(hot, GM_PHASE_PREPARE, ns);
	return 0;
}
GM_BRACKET(gm_prepare, kvm_arch_gmem_prepare, 1)

static __always_inline int gm_make_private_enter(__u64 a0, __u64 a1, __u64 a2, __u64 a3)
{
	return gm_prepare_enter(a0, a1, a2, a3);
}

static __always_inline int gm_make_private_exit(__s64 ret)
{
	return gm_prepare_exit(ret);
}
GM_BRACKET(gm_make_private, kvm_arch_gmem_make_private, 1)

/* kvm_gmem_fault_user_mapping(vmf), 6.18 and later: a host task touched its mapping. Clears a new page itself. */
static __always_inline int gm_host_fault_enter(__u64 vmf, __u64 a1, __u64 a2, __u64 a3)
{
	struct vm_fault *v = (void *)vmf;
	struct gm_task *t = gm_task_get();
	struct file *file;

	if (!t)
		return 0;
	file = BPF_CORE_READ(v, vma, vm_file);
	__builtin_memset(&t->fault, 0, sizeof(t->fault));
	t->fault.vm = gm_vm_id(gm_gmem_kvm(BPF_CORE_READ(file, private_data)));
	t->fault.host_t0 = gm_now();
	return 0;
}

/* VM_FAULT_ERROR, include/linux/mm_types.h: OOM, SIGBUS, HWPOISON(_LARGE), SIGSEGV, FALLBACK */
#define GM_VM_FAULT_ERROR (0x1 | 0x2 | 0x10 | 0x20 | 0x40 | 0x800)

static __always_inline int gm_host_fault_exit(__s64 ret)
{
	struct gm_task *t = gm_task_find();
	struct gm_hot_val *hot;
	__u64 now = gm_now(), cleared;
	struct gm_fault *f;

	if (!t || !t->fault.host_t0)
		return 0;
	f = &t->fault;
	cleared = f->added ? f->added : f->found;
	hot = ret & GM_VM_FAULT_ERROR ? NULL : gm_hot_get(f->vm);
	if (hot) {
		if (f->added)
			gm_hot_add(hot, GM_PHASE_ALLOC, f->added - f->host_t0);
		if (cleared)
			gm_hot_add(hot, GM_PHASE_ZERO, now - cleared);
		gm_hot_add(hot, GM_PHASE_HOST_FAULT, now - f->host_t0);
	}
	f->host_t0 = 0;
	f->added = 0;
	f->found = 0;
	return 0;
}
GM_BRACKET(gm_host_fault, kvm_gmem_fault_user_mapping, 1)
