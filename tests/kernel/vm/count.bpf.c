// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * count.bpf.c - counts what the kernel does with guest_memfd, as a truth for the tools: each program adds one, or some
 * pages, to a counter. It shares no code with the tools, and uses other hooks than they do where it can. It measures no
 * times.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "count.h"

#define KVM_CREATE_VM			0xae01
#define KVM_SET_MEMORY_ATTRIBUTES	0x4020aed2
#define FALLOC_FL_PUNCH_HOLE		2
#define KVM_MEM_GUEST_MEMFD		(1u << 2)
#define VM_FAULT_ERROR			(0x1 | 0x2 | 0x10 | 0x20 | 0x40 | 0x800)
#define EINTR				4
#define EAGAIN				11

char LICENSE[] SEC("license") = "Dual BSD/GPL";

__u64 counts[COUNT_NR];

/* Addresses of struct kvm that have had a guest_memfd; zaps of other VMs are not counted. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u32);
} gmem_vms SEC(".maps");

/* Pages in the page cache that have not been used yet; the first use zeroes them. */
struct page_at {
	__u64 mapping, index;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct page_at);
	__type(value, __u32);
} unused SEC(".maps");

/* A thread's operation: one call of KVM's page fault handler, or one of KVM_PRE_FAULT_MEMORY with all its tries. */
struct fault {
	__u32 prefault, has_page, gmem_slot;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct fault);
} faults SEC(".maps");

/* The log of bindings: binds, unbinds and ends, in order. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 65536);
	__type(value, struct step);
} steps SEC(".maps");

#define add(name, n)		__sync_fetch_and_add(&counts[COUNT_##name], n)
#define add_call(name, ret)	__sync_fetch_and_add(&counts[(ret) < 0 ? COUNT_##name##_failed : COUNT_##name], 1)

static __always_inline __s64 returned(void *ctx)
{
	__u64 ret = 0;

	bpf_get_func_ret(ctx, &ret);
	return (__s64)ret;
}

/* Returns the result of a function that returns an int, as the upper half of the value is garbage. */
static __always_inline int returned_int(void *ctx)
{
	return (int)returned(ctx);
}

static __always_inline struct fault *fault_of_thread(void)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&faults, &tid);
}

static __always_inline int is_gmem(const struct address_space *mapping)
{
	return BPF_CORE_READ(mapping, flags) >> bpf_core_enum_value(enum mapping_flags, AS_INACCESSIBLE) & 1;
}

static __always_inline void log_step(struct step *step, __u32 what)
{
	step->what = what;
	step->process = bpf_get_current_pid_tgid() >> 32;
	if (bpf_map_push_elem(&steps, step, 0))
		add(steps_dropped, 1);
}

/* ---- VMs ---- */

SEC("?fexit/kvm_dev_ioctl")
int count_dev_ioctl(__u64 *ctx)
{
	if ((__u32)ctx[1] == KVM_CREATE_VM)
		add_call(vm_create, returned(ctx));
	return 0;
}

SEC("?fexit/kvm_destroy_vm")
int count_destroy(__u64 *ctx)
{
	struct step step = { .vm = ctx[0] };
	__u64 kvm = ctx[0];

	add(vm_destroy, 1);
	if (!bpf_map_delete_elem(&gmem_vms, &kvm))
		log_step(&step, STEP_DESTROY);
	return 0;
}

SEC("?fexit/kvm_vm_ioctl")
int count_vm_ioctl(__u64 *ctx)
{
	struct kvm_memory_attributes attr = {};
	__s64 ret = returned(ctx);

	if ((__u32)ctx[1] != KVM_SET_MEMORY_ATTRIBUTES)
		return 0;
	add_call(convert, ret);
	if (ret < 0 || bpf_probe_read_user(&attr, sizeof(attr), (void *)ctx[2]))
		return 0;
	add(converted_pages, attr.size >> 12);
	return 0;
}

/* ---- files and bindings ---- */

SEC("?fexit/kvm_gmem_create")
int count_create(__u64 *ctx)
{
	int ret = returned_int(ctx);
	__u64 kvm = ctx[0];
	__u32 one = 1;

	add_call(create, ret);
	if (ret >= 0)
		bpf_map_update_elem(&gmem_vms, &kvm, &one, BPF_ANY);
	return 0;
}

static __always_inline void log_bind(__u64 kvm, struct kvm_memory_slot *slot)
{
	struct file *file = BPF_CORE_READ(slot, gmem.file);
	struct step step = { .vm = kvm,
			     .slot = (__u64)slot,
			     .file = (__u64)file,
			     .inode = (__u64)BPF_CORE_READ(file, f_mapping),
			     .pgoff = BPF_CORE_READ(slot, gmem.pgoff),
			     .npages = BPF_CORE_READ(slot, npages) };

	log_step(&step, STEP_BIND);
}

SEC("?fexit/kvm_gmem_bind")
int count_bind(__u64 *ctx)
{
	add_call(bind, returned_int(ctx));
	if (!returned_int(ctx))
		log_bind(ctx[0], (void *)ctx[1]);
	return 0;
}

/* 7.3 binds in two calls: the first one may refuse, the second one binds. */
SEC("?fexit/kvm_gmem_prepare_memory_region")
int count_prepare_reg(__u64 *ctx)
{
	if (returned_int(ctx) < 0)
		add(bind_failed, 1);
	return 0;
}

SEC("?fexit/kvm_gmem_commit_memory_region")
int count_commit_reg(__u64 *ctx)
{
	add_call(bind, returned_int(ctx));
	if (!returned_int(ctx))
		log_bind(ctx[0], (void *)ctx[1]);
	return 0;
}

SEC("?fentry/kvm_gmem_unbind")
int count_unbind(__u64 *ctx)
{
	struct step step = { .slot = ctx[0] };

	if (!BPF_CORE_READ((struct kvm_memory_slot *)ctx[0], gmem.file))
		return 0;
	add(unbind, 1);
	log_step(&step, STEP_UNBIND);
	return 0;
}

/* kvm_gmem_release(inode, file) ends the bindings of the file's slots without a call of kvm_gmem_unbind. */
SEC("?fentry/kvm_gmem_release")
int count_release(__u64 *ctx)
{
	struct step step = { .file = ctx[1] };

	add(release, 1);
	log_step(&step, STEP_RELEASE);
	return 0;
}

SEC("?fentry/truncate_inode_pages_final")
int count_evict(__u64 *ctx)
{
	struct address_space *mapping = (void *)ctx[0];
	struct step step = { .inode = ctx[0] };

	if (!is_gmem(mapping))
		return 0;
	add(evict, 1);
	log_step(&step, STEP_EVICT);
	add(evicted_pages, BPF_CORE_READ(mapping, nrpages));
	return 0;
}

SEC("?fexit/kvm_gmem_mmap")
int count_mmap(__u64 *ctx)
{
	add_call(mmap, returned_int(ctx));
	return 0;
}

SEC("?fexit/kvm_gmem_fallocate")
int count_fallocate(__u64 *ctx)
{
	if (ctx[1] & FALLOC_FL_PUNCH_HOLE)
		add_call(punch, returned(ctx));
	else
		add_call(fallocate, returned(ctx));
	return 0;
}

SEC("?fexit/kvm_gmem_populate")
int count_populate(__u64 *ctx)
{
	add_call(populate, returned(ctx));
	return 0;
}

SEC("?fentry/kvm_gmem_error_folio")
int count_error(void *ctx)
{
	add(memory_failure, 1);
	return 0;
}

/* ---- zaps ---- */

SEC("?fentry/kvm_arch_flush_shadow_all")
int count_zap_vm(__u64 *ctx)
{
	__u64 kvm = ctx[0];

	if (bpf_map_lookup_elem(&gmem_vms, &kvm))
		add(zap_vm, 1);
	return 0;
}

SEC("?fentry/kvm_arch_flush_shadow_memslot")
int count_zap_slot(__u64 *ctx)
{
	if (BPF_CORE_READ((struct kvm_memory_slot *)ctx[1], gmem.file))
		add(zap_slot, 1);
	return 0;
}

/* The function that begins a zap has three names: in 6.12 to 6.17, 6.18 to 7.1, 7.2 and later. */
SEC("?fentry/kvm_gmem_invalidate_begin")
int count_inval_617(void *ctx)
{
	add(zap_range, 1);
	return 0;
}

SEC("?fentry/__kvm_gmem_invalidate_begin")
int count_inval_71(void *ctx)
{
	add(zap_range, 1);
	return 0;
}

SEC("?fentry/__kvm_gmem_invalidate_start")
int count_inval_72(void *ctx)
{
	add(zap_range, 1);
	return 0;
}

/* ---- pages ---- */

SEC("?tp_btf/mm_filemap_add_to_page_cache")
int count_page_add(__u64 *ctx)
{
	struct folio *folio = (void *)ctx[0];
	struct page_at at = { (__u64)BPF_CORE_READ(folio, mapping), BPF_CORE_READ(folio, index) };
	__u32 one = 1;

	if (!is_gmem((void *)at.mapping))
		return 0;
	add(pages_added, 1);
	bpf_map_update_elem(&unused, &at, &one, BPF_ANY);
	return 0;
}

SEC("?tp_btf/mm_filemap_delete_from_page_cache")
int count_page_delete(__u64 *ctx)
{
	struct folio *folio = (void *)ctx[0];
	struct page_at at = { (__u64)BPF_CORE_READ(folio, mapping), BPF_CORE_READ(folio, index) };

	if (!is_gmem((void *)at.mapping))
		return 0;
	add(pages_deleted, 1);
	bpf_map_delete_elem(&unused, &at);
	return 0;
}

static __always_inline void page_used(struct file *file, __u64 index)
{
	struct page_at at = { (__u64)BPF_CORE_READ(file, f_mapping), index };

	if (!bpf_map_delete_elem(&unused, &at))
		add(pages_zeroed, 1);
}

SEC("?fexit/kvm_gmem_get_pfn")
int count_get_pfn(__u64 *ctx)
{
	struct kvm_memory_slot *slot = (void *)ctx[1];
	struct fault *fault = fault_of_thread();

	if (returned_int(ctx))
		return 0;
	page_used(BPF_CORE_READ(slot, gmem.file),
		  ctx[2] - BPF_CORE_READ(slot, base_gfn) + BPF_CORE_READ(slot, gmem.pgoff));
	if (fault)
		fault->has_page = 1;
	return 0;
}

SEC("?fexit/kvm_arch_gmem_prepare")
int count_prepare(void *ctx)
{
	add(prepared, 1);
	return 0;
}

SEC("?fexit/kvm_arch_gmem_make_private")
int count_make_priv(void *ctx)
{
	add(prepared, 1);
	return 0;
}

SEC("?fexit/kvm_gmem_fault_user_mapping")
int count_host_fault(__u64 *ctx)
{
	struct vm_fault *vmf = (void *)ctx[0];

	if (returned(ctx) & VM_FAULT_ERROR) {
		add(host_fault_failed, 1);
		return 0;
	}
	add(host_fault, 1);
	page_used(BPF_CORE_READ(vmf, vma, vm_file), BPF_CORE_READ(vmf, pgoff));
	return 0;
}

/* ---- faults ---- */

static __always_inline void fault_begins(__u32 prefault)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct fault new = { .prefault = prefault };

	bpf_map_update_elem(&faults, &tid, &new, BPF_ANY);
}

static __always_inline void fault_ends(void)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&faults, &tid);
}

SEC("?fentry/kvm_arch_vcpu_pre_fault_memory")
int count_prefault_in(void *ctx)
{
	fault_begins(1);
	return 0;
}

SEC("?fexit/kvm_arch_vcpu_pre_fault_memory")
int count_prefault(__u64 *ctx)
{
	struct fault *fault = fault_of_thread();
	__s64 ret = returned(ctx);

	if (fault && ret < 0 && (fault->has_page || fault->gmem_slot))
		add(prefault_failed, 1);
	else if (fault && ret >= 0 && fault->has_page)
		add(prefault, 1);
	fault_ends();
	return 0;
}

SEC("?fentry/kvm_tdp_page_fault")
int count_fault_in(void *ctx)
{
	struct fault *fault = fault_of_thread();

	if (!fault || !fault->prefault)
		fault_begins(0);
	return 0;
}

SEC("?fexit/kvm_tdp_page_fault")
int count_fault(__u64 *ctx)
{
	struct kvm_page_fault *kf = (void *)ctx[1];
	struct fault *fault = fault_of_thread();
	int ret = returned_int(ctx);

	if (!fault)
		return 0;
	if (BPF_CORE_READ(kf, slot, flags) & KVM_MEM_GUEST_MEMFD)
		fault->gmem_slot = 1;
	if (fault->has_page && fault->prefault)
		add(prefault_tries, 1);
	if (fault->prefault)
		return 0;
	if (fault->has_page)
		add(guest_tries, 1);
	if (ret < 0 && ret != -EINTR && ret != -EAGAIN && fault->gmem_slot)
		add(guest_failed, 1);
	fault_ends();
	return 0;
}

/* KVM installs an SPTE, in a fault that got its page from guest_memfd. */
SEC("?tp_btf/kvm_mmu_set_spte")
int count_mapped(void *ctx)
{
	struct fault *fault = fault_of_thread();

	if (!fault || !fault->has_page)
		return 0;
	if (fault->prefault)
		add(prefault_mapped, 1);
	else
		add(guest_mapped, 1);
	return 0;
}
