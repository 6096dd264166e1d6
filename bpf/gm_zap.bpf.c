// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_zap.bpf.c - phase zap: SPTEs of gmem are removed. Three ways lead there, each with its function: a range of the
 * inode is invalidated (punch, release, memory failure), a memslot is deleted, the whole VM is zapped (exit_mmap, or
 * the VM's destruction). Only VMs that have had gmem are of interest. Part of gm_probes.bpf.c's translation unit.
 */
#include "gm_hook.bpf.h"
#include "gm_ops.bpf.h"

/* The id of a VM that has had gmem; 0: it has not. A punch, the most frequent caller, has looked its own VM up. */
static __always_inline __u32 gm_zap_vm(struct kvm *kvm)
{
	struct gm_span *s = gm_span_current();
	struct gm_vm_val *v;

	if (s && s->kind == GM_K_PUNCH && s->kvm == kvm && s->vm)
		return s->vm;
	v = gm_vm_lookup(kvm);
	return v && v->gmem ? v->id : 0;
}

static __always_inline struct gm_span *gm_zap_begin(struct kvm *kvm)
{
	__u32 vm = gm_zap_vm(kvm);
	struct gm_span *s = vm ? gm_span_begin(GM_K_ZAP) : NULL;

	if (!s)
		return NULL;
	s->vm = vm;
	s->kvm = kvm;
	gm_read_sptes(kvm, s->sptes);
	return s;
}

/* The current task's zap, if its innermost call is one; else NULL. */
static __always_inline struct gm_span *gm_zap_current(void)
{
	struct gm_span *s = gm_span_current();

	return s && s->kind == GM_K_ZAP ? s : NULL;
}

static __always_inline int gm_zap_end(void)
{
	__u64 now = gm_now();
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span *s = t ? gm_span_top(t) : NULL;

	return s && s->kind == GM_K_ZAP ? gm_call_end(t, GM_K_ZAP, 0, now) : 0;
}

/* kvm_arch_flush_shadow_all(kvm), all kernels: from the mmu notifier's release, in exit_mmap() or at VM destruction. */
static __always_inline int gm_zap_all_enter(struct kvm *kvm)
{
	gm_zap_begin(kvm);
	return 0;
}

static __always_inline int gm_zap_all_exit(__s64 unused)
{
	return gm_zap_end();
}
GM_BRACKET(gm_zap_all, kvm_arch_flush_shadow_all, struct kvm *)

/* kvm_arch_flush_shadow_memslot(kvm, slot), all kernels: memslot deletion or move. */
static __always_inline int gm_zap_slot_enter(struct kvm *kvm, const struct kvm_memory_slot *slot)
{
	struct file *file = BPF_CORE_READ(slot, gmem.file);
	struct gm_span *s = file ? gm_zap_begin(kvm) : NULL;

	if (!s)
		return 0;
	gm_span_slot(s, slot, file);
	s->kvm = kvm;
	return 0;
}

static __always_inline int gm_zap_slot_exit(__s64 unused)
{
	return gm_zap_end();
}
GM_BRACKET(gm_zap_slot, kvm_arch_flush_shadow_memslot, struct kvm *, const struct kvm_memory_slot *)

/*
 * Invalidation of [start, end) in one file's VM; the function's name has changed twice. priv: the file's private data
 * (gm_gmem_kvm()).
 */
static __always_inline int gm_zap_range_begin(const void *priv, __u64 start, __u64 end)
{
	struct gm_span *s = gm_zap_begin(gm_gmem_kvm(priv));

	if (s) {
		s->a.range.npages = end == ~0ULL ? 0 : end - start; /* to the end, as in release: no page count */
		s->a.range.pgoff = start;
	}
	return 0;
}

#define GM_INVALIDATION(name, sym)								\
static __always_inline int name##_enter(const void *priv, __u64 start, __u64 end)		\
{												\
	return gm_zap_range_begin(priv, start, end);						\
}												\
static __always_inline int name##_exit(__s64 unused)						\
{												\
	return gm_zap_end();									\
}												\
GM_BRACKET(name, sym, const void *, __u64, __u64)

GM_INVALIDATION(gm_inval_begin0, kvm_gmem_invalidate_begin)  /* 6.12 to 6.17 */
GM_INVALIDATION(gm_inval_begin, __kvm_gmem_invalidate_begin) /* 6.18 to 7.1 */
GM_INVALIDATION(gm_inval_start, __kvm_gmem_invalidate_start) /* 7.2 and later */

/*
 * Inside of a zap, and part of its time. kvm_flush_remote_tlbs(kvm), all kernels, and kvm_flush_remote_tlbs_range(kvm,
 * gfn, nr), 6.6 and later, flush TLBs. kvm_make_all_cpus_request(kvm, req), all kernels, kicks the vCPUs that run and
 * waits for them: the flushes call it, and so does x86 when it makes all roots obsolete (kvm_mmu_zap_all_fast()). KVM
 * calls them for all VMs.
 */
static __always_inline int gm_flush_begin(void)
{
	struct gm_span *s = gm_zap_current();

	if (s && !s->flush_depth++)
		s->flush_t0 = gm_now();
	return 0;
}

static __always_inline int gm_flush_end(void)
{
	struct gm_span *s = gm_zap_current();

	if (!s || !s->flush_depth || --s->flush_depth)
		return 0;
	s->flush_ns += gm_now() - s->flush_t0;
	s->flushes++;
	return 0;
}

#define GM_FLUSH(name, sym)									\
static __always_inline int name##_enter(void)							\
{												\
	return gm_flush_begin();								\
}												\
static __always_inline int name##_exit(__s64 unused)						\
{												\
	return gm_flush_end();									\
}												\
GM_BRACKET(name, sym)

GM_FLUSH(gm_flush, kvm_flush_remote_tlbs)
GM_FLUSH(gm_flush_range, kvm_flush_remote_tlbs_range)
GM_FLUSH(gm_kick, kvm_make_all_cpus_request)
