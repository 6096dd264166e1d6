// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gm_range.bpf.c - what is done to ranges of gmem: bind, unbind, fallocate, punch, populate, memory failure. */
#include "gm_core.bpf.h"
#include "gm_ops.bpf.h"

/* A bind's span: ids of the file behind the descriptor, as the slot has none until it is bound. */
static __always_inline void gm_bind_begin(__u32 kind, __u64 kvm, __u64 slot, int fd, __u64 offset)
{
	struct file *file = gm_fd_file(fd);
	struct gm_span *s = gm_span_begin(kind);

	if (!s)
		return;
	gm_span_slot(s, (void *)slot, file && gm_is_gmem_file(file) ? file : NULL);
	s->a[2] = offset >> gm_page_shift();
	s->vm = gm_vm_id_in_use(kvm);
	s->kvm = kvm;
}

/* kvm_gmem_bind(kvm, slot, fd, offset), 6.12 to 7.2, process context under slots_lock. */
static __always_inline int gm_bind_enter(__u64 kvm, __u64 slot, __u64 fd, __u64 offset)
{
	gm_bind_begin(GM_K_BIND, kvm, slot, (int)fd, offset);
	return 0;
}

static __always_inline int gm_bind_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_BIND);

	if (s)
		gm_range_emit(GM_K_BIND, s, ret);
	return 0;
}
GM_BRACKET_TWIN(gm_bind, kvm_gmem_bind, 4)

/*
 * 7.3 binds in two: kvm_gmem_prepare_memory_region(kvm, slot, fd, offset) checks and sets slot->gmem, and
 * kvm_gmem_commit_memory_region(kvm, slot) stores the binding, which exists only when that returns 0. The
 * first one's time is added to the second's. A prepare whose region is given up in between makes no event, and is no
 * operation: a span of a kind of its own.
 */
#define GM_SPAN_BIND_PREPARE 62

static __always_inline int gm_prepare_region_enter(__u64 kvm, __u64 slot, __u64 fd, __u64 offset)
{
	gm_bind_begin(GM_SPAN_BIND_PREPARE, kvm, slot, (int)fd, offset);
	return 0;
}

static __always_inline int gm_prepare_region_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_SPAN_BIND_PREPARE);
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
GM_BRACKET_TWIN(gm_prepare_region, kvm_gmem_prepare_memory_region, 4)

static __always_inline int gm_commit_region_enter(__u64 kvm, __u64 slot, __u64 a2, __u64 a3)
{
	struct kvm_memory_slot *sl = (void *)slot;
	struct gm_span *s = gm_span_begin(GM_K_BIND);

	if (!s)
		return 0;
	gm_span_slot(s, sl, BPF_CORE_READ(sl, gmem.file));
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
GM_BRACKET_TWIN(gm_commit_region, kvm_gmem_commit_memory_region, 2)

/*
 * kvm_gmem_unbind(slot), all kernels: memslot deletion; also for every gmem slot at VM destruction, when the file
 * is gone already: a no-op that is no event.
 */
static __always_inline int gm_unbind_enter(__u64 slot, __u64 a1, __u64 a2, __u64 a3)
{
	struct kvm_memory_slot *sl = (void *)slot;
	struct file *file = BPF_CORE_READ(sl, gmem.file);
	struct gm_span *s;

	if (!file)
		return 0;
	s = gm_span_begin(GM_K_UNBIND);
	if (s)
		gm_span_slot(s, sl, file);
	return 0;
}

static __always_inline int gm_unbind_exit(__s64 unused)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span *s = t ? gm_span_top(t) : NULL;

	if (!s || s->kind != GM_K_UNBIND)
		return 0;
	s = gm_span_end(GM_K_UNBIND);
	if (s)
		gm_range_emit(GM_K_UNBIND, s, 0);
	return 0;
}
GM_BRACKET_TWIN(gm_unbind, kvm_gmem_unbind, 1)

/*
 * kvm_gmem_fallocate(file, mode, offset, len), all kernels, the caller's context. Pages: counted by the page cache
 * hooks.
 */
static __always_inline int gm_fallocate_enter(__u64 file, __u64 mode, __u64 offset, __u64 len)
{
	return gm_fallocate_begin(file, (int)mode, offset, len);
}

static __always_inline int gm_fallocate_exit(__s64 ret)
{
	return gm_fallocate_end(ret);
}
GM_BRACKET_TWIN(gm_fallocate, kvm_gmem_fallocate, 4)

/*
 * kvm_gmem_populate(kvm, start_gfn, src, npages, ...), all kernels: SNP and TDX launch; returns pages done or -errno.
 */
static __always_inline int gm_populate_enter(__u64 kvm, __u64 gfn, __u64 src, __u64 npages)
{
	struct gm_span *s = gm_span_begin(GM_K_POPULATE);

	if (!s)
		return 0;
	s->vm = gm_vm_id_in_use(kvm);
	s->a[0] = gfn;
	s->a[1] = npages;
	return 0;
}

static __always_inline int gm_populate_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_POPULATE);

	if (s)
		gm_range_emit(GM_K_POPULATE, s, ret);
	return 0;
}
GM_BRACKET(gm_populate, kvm_gmem_populate, 4)

/* kvm_gmem_error_folio(mapping, folio), all kernels, from memory_failure(): the page stays until the inode goes. */
static __always_inline int gm_error_enter(__u64 mapping, __u64 folio, __u64 a2, __u64 a3)
{
	const struct address_space *m = (void *)mapping;
	struct folio *f = (void *)folio;
	struct gm_inode_val *in = gm_inode_get((__u64)BPF_CORE_READ(m, host));
	struct gm_span *s = gm_span_begin(GM_K_MEMORY_FAILURE);

	if (!s)
		return 0;
	if (in)
		s->inode = in->id;
	s->a[1] = gm_folio_pages(f);
	s->a[2] = BPF_CORE_READ(f, index);
	return 0;
}

static __always_inline int gm_error_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_MEMORY_FAILURE);

	if (s)
		gm_range_emit(GM_K_MEMORY_FAILURE, s, ret);
	return 0;
}
GM_BRACKET(gm_error, kvm_gmem_error_folio, 2)
