// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_page.bpf.c - pages that enter and leave gmem inodes, and what happens to a page within a fault: it is found
 * unzeroed, or made private. Part of gm_probes.bpf.c's translation unit.
 */
#include "gm_fault.bpf.h"
#include "gm_hook.bpf.h"

/* ---- the page cache ---- */

/*
 * Notes a page that was inserted outside of any call or fault that was seen. A fault whose begin the kernel skipped
 * claims the page when it is ready; anything else left the page unzeroed.
 */
static __always_inline void gm_page_note_unattributed(struct gm_task_state *t, const struct gm_span *s)
{
	if (!t || s || t->unattributed_page)
		gm_unzeroed_mark_present();
	else
		t->unattributed_page = 1;
}

/* No fault claimed the task's unattributed page. */
static __always_inline void gm_page_settle_unattributed(struct gm_task_state *t)
{
	if (!t->unattributed_page)
		return;
	t->unattributed_page = 0;
	gm_unzeroed_mark_present();
}

/* Books a page that fallocate allocated: the time since the page before it, or since the call began. */
static __always_inline void gm_fallocate_added(struct gm_span *s, __u64 now)
{
	__u64 ns = now - (s->mark ? s->mark : s->t0);
	struct gm_vm_hists *hists = gm_conf.alloc ? gm_vm_hists_get(s->vm) : NULL;

	s->mark = now;
	s->child_ns += ns;
	if (!hists)
		return;
	__sync_fetch_and_add(&hists->aside_ns[GM_PART_ALLOC], ns);
	gm_vm_hists_add(hists, GM_PHASE_ALLOC, ns);
}

/*
 * tp_btf mm_filemap_add_to_page_cache(folio), vmlinux: fires for every file of the host, so the flag test comes first.
 * The mapping is set; interrupts may be off. The inode's counters need nothing: gm_inode_allocated() computes what was
 * allocated. Missed: the page has no alloc.
 */
SEC("?tp_btf/mm_filemap_add_to_page_cache")
int BPF_PROG(gm_page_add, struct folio *folio)
{
	struct address_space *mapping = folio->mapping;
	struct gm_task_state *t;
	struct gm_span *s;

	if (!(mapping->flags & gm_inaccessible()))
		return 0;
	if (gm_conf.touched)
		gm_inode_mark_touched(mapping);
	t = gm_task_state_peek_current();
	s = t && t->depth ? gm_span_top(t) : NULL;
	if (s)
		s->pages += gm_folio_arg_pages(folio);
	if (t && t->host.state) {
		gm_fault_page_added(t, &t->host, gm_now());
	} else if (t && t->fault.state) {
		gm_fault_page_added(t, &t->fault, gm_now());
	} else {
		gm_page_note_unattributed(t, s);
		if (s && s->kind == GM_K_FALLOCATE)
			gm_fallocate_added(s, gm_now());
	}
	return 0;
}

/* The call of the current task that removes pages of an inode in use; NULL: none was seen. */
static __always_inline struct gm_span *gm_span_removing(const struct inode *inode)
{
	struct gm_span *s = gm_span_current();

	/* one madvise goes through mappings of several files */
	return s && s->kind == GM_K_PUNCH && s->inode_ptr && s->inode_ptr != inode ? NULL : s;
}

/*
 * tp_btf mm_filemap_delete_from_page_cache(folio), vmlinux: interrupts off, xa_lock held. An inode without an entry
 * gets none here: it is about to end. A page that leaves an inode in use is punched out, whether the call was seen or
 * not. Pages of an inode that is being evicted are no call's: the eviction reports what was present when it began.
 */
SEC("?tp_btf/mm_filemap_delete_from_page_cache")
int BPF_PROG(gm_page_delete, struct folio *folio)
{
	struct address_space *mapping = folio->mapping;
	__u64 pages, flags = mapping->flags;
	struct gm_span *s = NULL;
	struct gm_inode_val *in;
	struct inode *inode;

	if (!(flags & gm_inaccessible()))
		return 0;
	pages = gm_folio_arg_pages(folio);
	inode = mapping->host;
	in = gm_inode_lookup(inode);
	if (!gm_is_exiting(flags))
		s = gm_span_removing(inode);
	if (s)
		s->pages += pages;
	if (!in)
		return 0;
	if (gm_conf.reap & GM_REAP_INODE && !in->removed_ns && gm_is_exiting(flags))
		in->removed_ns = gm_now();
	gm_inode_count_removed(in, pages, !gm_is_exiting(flags), s && s->kind == GM_K_PUNCH);
	return 0;
}

/* ---- pages within a fault ---- */

/* The fault of this task that a gmem function works for: the innermost. */
static __always_inline struct gm_fault *gm_fault_current(struct gm_task_state *t)
{
	return t->host.state ? &t->host : &t->fault;
}

/* A fault has found a page that is not up to date: fallocate or the like put it there, and it is zeroed next. */
static __noinline int gm_fault_hit_unzeroed_page(struct gm_task_state *t, const struct folio *folio)
{
	struct gm_fault *f;

	if (!t || !folio || gm_folio_uptodate(folio))
		return 0;
	f = gm_fault_current(t);
	gm_fault_mark_seen(t, f);
	gm_fault_cut(f, GM_PART_OTHER, gm_now());
	f->state = GM_FS_CLEARING;
	return 0;
}

/* The current task's state, if a fault of it has no page yet and may find one that was never zeroed; else NULL. */
static __always_inline struct gm_task_state *gm_task_awaiting_page(void)
{
	struct gm_task_state *t = gm_unzeroed_possible() ? gm_task_state_peek_current() : NULL;

	return t && gm_fault_current(t)->state == GM_FS_BEGUN ? t : NULL;
}

/*
 * kvm_gmem_get_folio(inode, index), 6.19 and later, returns a folio or an error. After an insertion zeroing has begun
 * already.
 */
static __always_inline int gm_get_folio_exit(__u64 ret)
{
	struct gm_task_state *t = gm_task_awaiting_page();

	return t && ret < (__u64)-GM_MAX_ERRNO ? gm_fault_hit_unzeroed_page(t, (void *)ret) : 0;
}

SEC("?fexit/kvm_gmem_get_folio")
int gm_get_folio_fexit(unsigned long long *ctx)
{
	__u64 ret = 0;

	bpf_get_func_ret(ctx, &ret);
	return gm_get_folio_exit(ret);
}

SEC("?kretprobe/kvm_gmem_get_folio")
int gm_get_folio_kretprobe(struct pt_regs *ctx)
{
	return gm_get_folio_exit((__u64)PT_REGS_RC(ctx));
}

/*
 * kvm_gmem_get_pfn(kvm, slot, gfn, ...), all kernels. Before 6.19 kvm_gmem_get_folio() is inlined here, so the program
 * reads the page cache itself, as host faults do.
 */
static __always_inline int gm_get_pfn_enter(const struct kvm_memory_slot *slot, __u64 gfn)
{
	struct gm_task_state *t = gm_task_awaiting_page();

	if (!t)
		return 0;
	gfn += BPF_CORE_READ(slot, gmem.pgoff) - BPF_CORE_READ(slot, base_gfn);
	return gm_fault_hit_unzeroed_page(t, gm_mapping_folio(BPF_CORE_READ(slot, gmem.file, f_mapping), gfn));
}

SEC("?fentry/kvm_gmem_get_pfn")
int gm_get_pfn_fentry(unsigned long long *ctx)
{
	return gm_get_pfn_enter((void *)ctx[1], ctx[2]);
}

SEC("?kprobe/kvm_gmem_get_pfn")
int gm_get_pfn_kprobe(struct pt_regs *ctx)
{
	return gm_get_pfn_enter((void *)PT_REGS_PARM2(ctx), PT_REGS_PARM3(ctx));
}

/*
 * kvm_arch_gmem_prepare() to 7.2, kvm_arch_gmem_make_private() from 7.3, built with SEV: make a page private in the
 * architecture. Until 6.19 it is called only for a page that was just zeroed; in 7.0 .. 7.2 for every page.
 */
static __always_inline int gm_prepare_enter(void)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_fault *f;
	__u64 now;

	if (!t)
		return 0;
	f = &t->fault;
	if (!f->state)
		return 0;
	now = gm_now();
	gm_fault_mark_seen(t, f);
	gm_fault_cut_ready(f, now);
	return 0;
}

static __always_inline int gm_prepare_exit(__s64 ret)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_fault *f;

	if (!t)
		return 0;
	f = &t->fault;
	if (!f->state)
		return 0;
	gm_fault_cut(f, GM_PART_PREPARE, gm_now());
	f->flags |= GM_FAULT_PREPARED;
	return 0;
}
GM_BRACKET(gm_prepare, kvm_arch_gmem_prepare)

static __always_inline int gm_make_private_enter(void)
{
	return gm_prepare_enter();
}

static __always_inline int gm_make_private_exit(__s64 ret)
{
	return gm_prepare_exit(ret);
}
GM_BRACKET(gm_make_private, kvm_arch_gmem_make_private)
