// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_pins.bpf.c - walks over all tasks' descriptors and mappings: VMs older than the tool, and who holds what. Part of
 * gm_scan.bpf.c's translation unit.
 */
static __always_inline void gm_emit_pin(struct seq_file *seq, struct task_struct *task, struct gm_rec_pin *r)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	gm_head(&r->h, GM_K_PIN, sizeof(*r));
	r->tgid = BPF_CORE_READ(task, tgid);
	BPF_CORE_READ_STR_INTO(&r->comm, leader, comm);
	bpf_seq_write(seq, r, sizeof(*r));
}

/* A vm found through a process's descriptor: the process that shares its mm is its owner. */
static __always_inline __u32 gm_vm_seen(__u64 kvm, struct task_struct *task)
{
	struct gm_vm_val *v = gm_vm_get(kvm);

	if (!v)
		return 0;
	if (!v->tgid && (__u64)BPF_CORE_READ(task, mm) == v->mm)
		v->tgid = BPF_CORE_READ(task, tgid);
	return v->id;
}

static __always_inline void gm_pin_gmem(struct gm_rec_pin *r, struct task_struct *task, struct file *file)
{
	struct gm_file_val *f = gm_file_get((__u64)file);

	if (f) {
		r->file = f->id;
		r->inode = f->inode;
	}
	r->vm = gm_vm_seen(gm_gmem_kvm(BPF_CORE_READ(file, private_data)), task);
}

/* What kind of hold on a vm such a file is; 0: none. */
static __always_inline __u32 gm_vm_pin_what(__u32 kind)
{
	switch (kind) {
	case GM_KF_VM: return GM_PIN_VM_FD;
	case GM_KF_VCPU: return GM_PIN_VCPU_FD;
	case GM_KF_VM_STATS:
	case GM_KF_VCPU_STATS: return GM_PIN_STATS_FD;
	case GM_KF_DEVICE: return GM_PIN_DEVICE_FD;
	}
	return 0;
}

/* The struct kvm that it holds. */
static __always_inline __u64 gm_pinned_kvm(__u32 kind, const struct file *file)
{
	__u64 priv = (__u64)BPF_CORE_READ(file, private_data);

	if (kind == GM_KF_DEVICE)
		return gm_device_kvm(priv);
	return kind == GM_KF_VCPU || kind == GM_KF_VCPU_STATS ? gm_vcpu_kvm(priv) : priv;
}

SEC("iter/task_file")
int gm_scan_fds(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct gm_rec_pin r;
	__u32 kind;

	if (!task || !file)
		return 0;
	__builtin_memset(&r, 0, sizeof(r));
	if (gm_is_gmem_file(file)) {
		r.what = GM_PIN_FD;
		gm_pin_gmem(&r, task, file);
	} else {
		kind = gm_kvm_file(file);
		r.what = gm_vm_pin_what(kind);
		if (!r.what)
			return 0;
		r.vm = gm_vm_seen(gm_pinned_kvm(kind, file), task);
	}
	r.fd = ctx->fd;
	gm_emit_pin(ctx->meta->seq, task, &r);
	return 0;
}

/* The walk visits an mm once for every thread that shares it: the leader speaks, unless it has exited already. */
static __always_inline int gm_speaks_for_mm(struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	return task == leader || !BPF_CORE_READ(leader, mm);
}

SEC("iter/task_vma")
int gm_scan_vmas(struct bpf_iter__task_vma *ctx)
{
	struct task_struct *task = ctx->task;
	struct vm_area_struct *vma = ctx->vma;
	struct gm_rec_pin r;
	struct file *file;

	if (!task || !vma || !gm_speaks_for_mm(task))
		return 0;
	file = BPF_CORE_READ(vma, vm_file);
	if (!file)
		return 0;
	__builtin_memset(&r, 0, sizeof(r));
	if (gm_is_gmem_file(file)) {
		r.what = GM_PIN_MAPPING;
		gm_pin_gmem(&r, task, file);
	} else if (gm_kvm_file(file) == GM_KF_VCPU) {
		r.what = GM_PIN_VCPU_MAPPING;	/* of its run area: holds the vCPU as its descriptor does */
		r.vm = gm_vm_seen(gm_vcpu_kvm((__u64)BPF_CORE_READ(file, private_data)), task);
	} else {
		return 0;
	}
	r.fd = -1;
	r.npages = (BPF_CORE_READ(vma, vm_end) - BPF_CORE_READ(vma, vm_start)) >> gm_page_shift();
	gm_emit_pin(ctx->meta->seq, task, &r);
	return 0;
}
