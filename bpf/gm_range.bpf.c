// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_range.bpf.c - operations on ranges of gmem: bind, unbind, fallocate, punch, populate, memory failure. Part of
 * gm_probes.bpf.c's translation unit.
 */
#include "gm_hook.bpf.h"
#include "gm_ops.bpf.h"

/* Begin a bind's span with the ids of the descriptor's file: the slot has none until it is bound. */
static __always_inline void gm_bind_begin(__u32 kind, struct kvm *kvm, const struct kvm_memory_slot *slot, int fd,
					  __u64 offset)
{
	struct file *file = gm_fd_file(fd);
	struct gm_span *s = gm_span_begin(kind);

	if (!s)
		return;
	gm_span_slot(s, slot, file && gm_is_gmem_file(file) ? file : NULL);
	s->a.range.pgoff = offset >> gm_page_shift();
	s->vm = gm_vm_id_in_use(kvm);
	s->kvm = kvm;
}

/* kvm_gmem_bind(kvm, slot, fd, offset), 6.12 to 7.2, process context under slots_lock. */
static __always_inline int gm_bind_enter(struct kvm *kvm, const struct kvm_memory_slot *slot, int fd, __u64 offset)
{
	gm_bind_begin(GM_K_BIND, kvm, slot, fd, offset);
	return 0;
}

static __always_inline int gm_bind_exit(__s64 ret)
{
	return gm_range_end(GM_K_BIND, ret);
}
GM_BRACKET_TWIN(gm_bind, kvm_gmem_bind, struct kvm *, const struct kvm_memory_slot *, int, __u64)

/*
 * 7.3 binds in two calls: kvm_gmem_prepare_memory_region(kvm, slot, fd, offset) checks and sets slot->gmem;
 * kvm_gmem_commit_memory_region(kvm, slot) stores the binding, which exists only if that returns 0. The first call's
 * time is added to the second's. A prepare whose region is given up in between makes no event, and is no operation.
 */
static __always_inline int gm_prepare_region_enter(struct kvm *kvm, const struct kvm_memory_slot *slot, int fd,
						   __u64 offset)
{
	gm_bind_begin(GM_K_BIND_PREPARE, kvm, slot, fd, offset);
	return 0;
}

static __always_inline int gm_prepare_region_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_BIND_PREPARE);
	struct gm_task_state *t = gm_task_state_peek_current();

	if (!s || !t)
		return 0;
	if (!ret) {
		t->prior_ns = s->dur_ns;
		return 0;
	}
	s->kind = GM_K_BIND;
	gm_op_inc(GM_PHASE_BIND, seen);
	gm_range_emit(GM_K_BIND, s, ret);
	return 0;
}
GM_BRACKET_TWIN(gm_prepare_region, kvm_gmem_prepare_memory_region, struct kvm *, const struct kvm_memory_slot *, int,
		__u64)

static __always_inline int gm_commit_region_enter(struct kvm *kvm, const struct kvm_memory_slot *slot)
{
	struct gm_span *s = gm_span_begin(GM_K_BIND);

	if (!s)
		return 0;
	gm_span_slot(s, slot, BPF_CORE_READ(slot, gmem.file));
	s->vm = gm_vm_id_in_use(kvm);
	s->kvm = kvm;
	return 0;
}

static __always_inline int gm_commit_region_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_BIND);
	struct gm_task_state *t = gm_task_state_peek_current();

	if (!s || !t)
		return 0;
	s->t0 -= t->prior_ns;
	s->dur_ns += t->prior_ns;
	s->self_ns += t->prior_ns;
	t->prior_ns = 0;
	gm_range_emit(GM_K_BIND, s, ret);
	return 0;
}
GM_BRACKET_TWIN(gm_commit_region, kvm_gmem_commit_memory_region, struct kvm *, const struct kvm_memory_slot *)

/*
 * kvm_gmem_unbind(slot), all kernels: memslot deletion; also for every gmem slot at VM destruction, when the file has
 * ended already: a no-op that is no event.
 */
static __always_inline int gm_unbind_enter(const struct kvm_memory_slot *slot)
{
	struct file *file = BPF_CORE_READ(slot, gmem.file);
	struct gm_span *s;

	if (!file)
		return 0;
	s = gm_span_begin(GM_K_UNBIND);
	if (s)
		gm_span_slot(s, slot, file);
	return 0;
}

static __always_inline int gm_unbind_exit(__s64 unused)
{
	struct gm_span *s = gm_span_current();

	return s && s->kind == GM_K_UNBIND ? gm_range_end(GM_K_UNBIND, 0) : 0;
}
GM_BRACKET_TWIN(gm_unbind, kvm_gmem_unbind, const struct kvm_memory_slot *)

/*
 * kvm_gmem_fallocate(file, mode, offset, len), all kernels, the caller's context. The page cache hooks count its pages.
 */
static __always_inline int gm_fallocate_enter(const struct file *file, int mode, __u64 offset, __u64 len)
{
	return gm_fallocate_begin(file, mode, offset, len);
}

static __always_inline int gm_fallocate_exit(__s64 ret)
{
	return gm_fallocate_end(ret);
}
GM_BRACKET_TWIN(gm_fallocate, kvm_gmem_fallocate, const struct file *, int, __u64, __u64)

/*
 * kvm_gmem_populate(kvm, start_gfn, src, npages, ...), all kernels: SNP and TDX launch; returns pages done or -errno.
 */
static __always_inline int gm_populate_enter(const struct kvm *kvm, __u64 gfn, const void *src, __u64 npages)
{
	struct gm_span *s = gm_span_begin(GM_K_POPULATE);

	if (!s)
		return 0;
	s->vm = gm_vm_id_in_use(kvm);
	s->a.range.base_gfn = gfn;
	s->a.range.npages = npages;
	return 0;
}

static __always_inline int gm_populate_exit(__s64 ret)
{
	return gm_range_end(GM_K_POPULATE, ret);
}
GM_BRACKET(gm_populate, kvm_gmem_populate, const struct kvm *, __u64, const void *, __u64)

/* kvm_gmem_error_folio(mapping, folio), all kernels, from memory_failure(): the page stays until the inode ends. */
static __always_inline int gm_error_enter(const struct address_space *mapping, const struct folio *folio)
{
	struct gm_inode_val *in = gm_inode_get(BPF_CORE_READ(mapping, host));
	struct gm_span *s = gm_span_begin(GM_K_MEMORY_FAILURE);

	if (!s)
		return 0;
	if (in)
		s->inode = in->id;
	s->a.range.npages = gm_folio_pages(folio);
	s->a.range.pgoff = BPF_CORE_READ(folio, index);
	return 0;
}

static __always_inline int gm_error_exit(__s64 ret)
{
	return gm_range_end(GM_K_MEMORY_FAILURE, ret);
}
GM_BRACKET(gm_error, kvm_gmem_error_folio, const struct address_space *, const struct folio *)
