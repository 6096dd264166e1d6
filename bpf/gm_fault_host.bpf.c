// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_fault_host.bpf.c - faults without a guest: a VMM asks for pages before the guest touches them, or touches its own
 * mapping. Each is the run of one function, which calls what gm_page.bpf.c and gm_fault_x86.bpf.c hook. Part of
 * gm_probes.bpf.c's translation unit.
 */
#include "gm_fault.bpf.h"
#include "gm_hook.bpf.h"

/* End the fault that is a function's run. ctx is for the event's stack. */
static __always_inline int gm_fault_call_exit(void *ctx, struct gm_task_state *t, struct gm_fault *f, __s64 err)
{
	__u64 now = gm_now();

	if (!f->state)
		return 0;
	if (err < 0) {
		gm_fault_mark_seen(t, f);
		return gm_fault_fail(ctx, f, err);
	}
	if (!(f->flags & GM_FAULT_SEEN)) { /* a prefault of memory that is not gmem */
		f->state = GM_FS_NONE;
		return 0;
	}
	gm_fault_cut_ready(f, now);
	return gm_fault_succeed(ctx, f);
}

/*
 * kvm_arch_vcpu_pre_fault_memory(vcpu, range), all kernels, process context, KVM_PRE_FAULT_MEMORY: one call per
 * mapping, and no kvm_page_fault. Returns bytes mapped or -errno.
 */
static __always_inline int gm_prefault_enter(struct kvm_vcpu *vcpu, const void *range)
{
	struct gm_task_state *t = gm_task_state_get_or_create();
	__u64 gpa = 0;

	if (!t)
		return 0;
	if (t->fault.state)
		gm_fault_abandon(&t->fault);
	t->vcpu = NULL;
	/* uapi: the first field of struct kvm_pre_fault_memory */
	bpf_probe_read_kernel(&gpa, sizeof(gpa), range);
	gm_fault_begin(&t->fault, GM_PHASE_PREFAULT, vcpu, gpa >> 12, gm_now());
	return 0;
}

static __always_inline int gm_prefault_exit(void *ctx, __s64 ret)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_fault *f;

	if (!t)
		return 0;
	f = &t->fault;
	t->vcpu = NULL; /* its address may be another's after this ioctl */
	if (!f->state || f->phase != GM_PHASE_PREFAULT)
		return 0;
	if (ret < 0 && !(f->flags & GM_FAULT_SEEN) && !gm_fault_on_gmem(f)) {
		f->state = GM_FS_NONE;
		return 0;
	}
	gm_fault_call_exit(ctx, t, f, ret);
	t->vcpu = NULL;
	return 0;
}
GM_BRACKET_CTX(gm_prefault, kvm_arch_vcpu_pre_fault_memory, struct kvm_vcpu *, const void *)

/* kvm_gmem_fault_user_mapping(vmf), 6.18 and later: a host task touched its mapping. It zeroes a new page itself. */
static __always_inline int gm_host_fault_enter(const struct vm_fault *vmf)
{
	struct gm_task_state *t = gm_task_state_get_or_create();
	struct folio *folio;
	struct gm_fault *f;
	struct file *file;

	if (!t)
		return 0;
	file = BPF_CORE_READ(vmf, vma, vm_file);
	f = &t->host;
	if (f->state)
		gm_fault_abandon(f);
	gm_fault_begin(f, GM_PHASE_HOST_FAULT, NULL, BPF_CORE_READ(vmf, pgoff), gm_now());
	f->vm = gm_vm_id(gm_gmem_kvm(BPF_CORE_READ(file, private_data)));
	gm_fault_mark_seen(t, f);
	if (!gm_conf.look_up || !gm_unzeroed_possible())
		return 0;
	folio = gm_mapping_folio(BPF_CORE_READ(file, f_mapping), f->gfn);
	if (folio && !gm_folio_uptodate(folio))
		f->state = GM_FS_CLEARING;
	return 0;
}

/* VM_FAULT_*, include/linux/mm_types.h */
#define GM_VM_FAULT_OOM		0x1
#define GM_VM_FAULT_HWPOISON	(0x10 | 0x20)
#define GM_VM_FAULT_ERROR	(GM_VM_FAULT_OOM | 0x2 | GM_VM_FAULT_HWPOISON | 0x40 | 0x800)

/* The errno that means the same as a VM_FAULT_* result, for events. */
static __always_inline __s64 gm_vm_fault_errno(__s64 ret)
{
	if (!(ret & GM_VM_FAULT_ERROR))
		return 0;
	if (ret & GM_VM_FAULT_OOM)
		return -ENOMEM;
	return ret & GM_VM_FAULT_HWPOISON ? -EHWPOISON : -EFAULT;
}

/* Counts a host fault whose entry was not seen, without a time. */
static __noinline int gm_host_fault_begin_missed(const struct vm_fault *vmf)
{
	struct file *file = vmf ? BPF_CORE_READ(vmf, vma, vm_file) : NULL;
	struct gm_task_state *t = gm_task_state_get_or_create();

	if (!t)
		return 0;
	t->unattributed_page = 0;
	gm_fault_begin(&t->host, GM_PHASE_HOST_FAULT, NULL, 0, gm_now());
	t->host.flags = GM_FAULT_UNTIMED;
	gm_fault_mark_seen_of(&t->host, file ? gm_vm_id(gm_gmem_kvm(BPF_CORE_READ(file, private_data))) : 0);
	return gm_fault_succeed(NULL, &t->host);
}

static __always_inline int gm_host_fault_exit(void *ctx, const struct vm_fault *vmf, __s64 ret)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	__s64 err = gm_vm_fault_errno(ret);

	if (t && t->host.state)
		return gm_fault_call_exit(ctx, t, &t->host, err);
	return err ? 0 : gm_host_fault_begin_missed(vmf);
}
GM_BRACKET_ARG(gm_host_fault, kvm_gmem_fault_user_mapping, const struct vm_fault *)
