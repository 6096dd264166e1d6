// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_zap.bpf.c - phase zap: taking SPTEs away from gmem. Three ways lead there, each with its function: a range of
 * the inode is invalidated (punch, release, memory failure), a memslot is deleted, the whole VM is zapped
 * (exit_mmap, or the VM's destruction). Only vms that have had gmem are looked at.
 */
#include "gm_core.bpf.h"
#include "gm_ops.bpf.h"

static __always_inline struct gm_span *gm_zap_begin(__u64 kvm)
{
	struct gm_vm_val *v = bpf_map_lookup_elem(&gm_vms, &kvm);
	struct gm_span *s;

	if (!v || !v->gmem)
		return NULL;
	s = gm_span_begin(GM_K_ZAP);
	if (!s)
		return NULL;
	s->vm = v->id;
	s->kvm = kvm;
	gm_read_sptes((void *)kvm, s->sptes);
	return s;
}

static __always_inline int gm_zap_end(void)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span *s = t ? gm_span_top(t) : NULL;

	if (!s || s->kind != GM_K_ZAP)
		return 0;
	s = gm_span_end(GM_K_ZAP);
	if (s)
		gm_range_emit(GM_K_ZAP, s, 0);
	return 0;
}

/* kvm_arch_flush_shadow_all(kvm), all kernels: from the mmu notifier's release, in exit_mmap() or at VM destruction. */
static __always_inline int gm_zap_all_enter(__u64 kvm, __u64 a1, __u64 a2, __u64 a3)
{
	gm_zap_begin(kvm);
	return 0;
}

static __always_inline int gm_zap_all_exit(__s64 unused)
{
	return gm_zap_end();
}
GM_BRACKET(gm_zap_all, kvm_arch_flush_shadow_all, 1)

/* kvm_arch_flush_shadow_memslot(kvm, slot), all kernels: memslot deletion or move. */
static __always_inline int gm_zap_slot_enter(__u64 kvm, __u64 slot, __u64 a2, __u64 a3)
{
	struct kvm_memory_slot *sl = (void *)slot;
	struct file *file = BPF_CORE_READ(sl, gmem.file);
	struct gm_span *s = file ? gm_zap_begin(kvm) : NULL;

	if (!s)
		return 0;
	gm_span_slot(s, sl, file);
	s->kvm = kvm;
	return 0;
}

static __always_inline int gm_zap_slot_exit(__s64 unused)
{
	return gm_zap_end();
}
GM_BRACKET(gm_zap_slot, kvm_arch_flush_shadow_memslot, 2)

/*
 * Invalidation of [start, end) of one view, by its generations of names. First argument: struct kvm_gmem or gmem_file,
 * whose first member is the vm.
 */
static __always_inline int gm_zap_range_begin(__u64 priv, __u64 start, __u64 end)
{
	struct gm_span *s = gm_zap_begin(gm_gmem_kvm((void *)priv));

	if (s) {
		s->a[1] = end == ~0ULL ? 0 : end - start; /* to the end, as in release: no page count */
		s->a[2] = start;
	}
	return 0;
}

/* 6.12 to 6.17 */
static __always_inline int gm_inval_begin0_enter(__u64 priv, __u64 start, __u64 end, __u64 a3)
{
	return gm_zap_range_begin(priv, start, end);
}

static __always_inline int gm_inval_begin0_exit(__s64 unused)
{
	return gm_zap_end();
}
GM_BRACKET(gm_inval_begin0, kvm_gmem_invalidate_begin, 3)

/* 6.18 to 7.1 */
static __always_inline int gm_inval_begin_enter(__u64 priv, __u64 start, __u64 end, __u64 a3)
{
	return gm_zap_range_begin(priv, start, end);
}

static __always_inline int gm_inval_begin_exit(__s64 unused)
{
	return gm_zap_end();
}
GM_BRACKET(gm_inval_begin, __kvm_gmem_invalidate_begin, 3)

/* 7.2 and later */
static __always_inline int gm_inval_start_enter(__u64 priv, __u64 start, __u64 end, __u64 a3)
{
	return gm_zap_range_begin(priv, start, end);
}

static __always_inline int gm_inval_start_exit(__s64 unused)
{
	return gm_zap_end();
}
GM_BRACKET(gm_inval_start, __kvm_gmem_invalidate_start, 3)

/*
 * Inside of a zap, and part of its time: kvm_flush_remote_tlbs(kvm), all kernels, and
 * kvm_flush_remote_tlbs_range(kvm, gfn, nr), 6.6 and later, flush TLBs; kvm_make_all_cpus_request(kvm, req), all
 * kernels, kicks the vCPUs that run and waits for them: these call it, and so does x86 when it makes all roots
 * obsolete (kvm_mmu_zap_all_fast()). Called for all VMs.
 */
static __always_inline struct gm_span *gm_zap_current(void)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span *s = t ? gm_span_top(t) : NULL;

	return s && s->kind == GM_K_ZAP ? s : NULL;
}

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
static __always_inline int name##_enter(__u64 kvm, __u64 a1, __u64 a2, __u64 a3)		\
{												\
	return gm_flush_begin();								\
}												\
static __always_inline int name##_exit(__s64 unused)						\
{												\
	return gm_flush_end();									\
}												\
GM_BRACKET(name, sym, 1)

GM_FLUSH(gm_flush, kvm_flush_remote_tlbs)
GM_FLUSH(gm_flush_range, kvm_flush_remote_tlbs_range)
GM_FLUSH(gm_kick, kvm_make_all_cpus_request)
