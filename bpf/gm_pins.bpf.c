// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_pins.bpf.c - scans all tasks' descriptors and mappings: VMs older than the tool, and what pins VMs and memory.
 * Part of gm_scan.bpf.c's translation unit.
 *
 * The scan uses loads alone. The kernel's own iterators over files and mappings take a reference to each file or
 * address space, which can be the last one: the VM then ends in the tool's task, at the tool's pace. Loads may return
 * stale data instead: a file counts only if the table still has it after all was read. While RCU protects a file's
 * memory, it is reused for files alone.
 */
#include "gm_maple.bpf.h"

#define GM_PF_KTHREAD	0x00200000	/* include/linux/sched.h */
/* Limits of one run of the program, which nothing interrupts on kernels that do not preempt: some milliseconds. */
#define GM_FDS_WORDS	1024		/* words of a table's bitmap, 64 descriptors each */
#define GM_LEAVES	4096		/* leaves of a tree of mappings */

#define GM_DEAD_NODES	64		/* descents in a row that met a node which was just replaced: give up */
#define GM_TORN_TRIES	4		/* scans of mappings that changed meanwhile, before giving up */

static __always_inline __u64 *gm_fops_place(__u64 fops)
{
	return &gm_fops_other[fops >> 5 & (GM_FOPS - 1)];
}

static __always_inline void gm_emit_pin(struct task_struct *task, struct gm_rec_pin *r)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	gm_rec_header(&r->h, GM_K_PIN, sizeof(*r));
	r->tgid = BPF_CORE_READ(task, tgid);
	BPF_CORE_READ_STR_INTO(&r->comm, leader, comm);
	if (bpf_ringbuf_output(&gm_scan_ring, r, sizeof(*r), BPF_RB_NO_WAKEUP))
		gm_task_scan.again = 1;
}

/* Notes in the map that this scan began, or that it is complete. */
static __always_inline void gm_tasks_note(int complete)
{
	struct gm_share *all = gm_share_all();

	if (!all)
		return;
	all->scan = gm_tasks_scan;
	if (complete)
		all->scanned = gm_tasks_scan;
}

/* Return true if an object without an id gets one from this scan. */
static __always_inline int gm_may_assign_id(const void *object)
{
	if (!gm_started || gm_scan_final || gm_conf.reap & GM_REAP_FILE)
		return 1;
	return gm_candidate_again(&gm_candidates[gm_candidate_place((__u64)object)], (__u64)object, gm_tasks_scan);
}

/* The id of a VM that a task's descriptor or mapping pins; the process that shares the VM's mm is its owner. */
static __always_inline __u32 gm_vm_of_pin(const struct kvm *kvm, struct task_struct *task)
{
	struct gm_vm_val *v = gm_vm_lookup(kvm);

	if (!v && kvm && (gm_user_has_untracked_vms(gm_vm_uid(gm_vm_mm(kvm))) || gm_may_assign_id(kvm)))
		v = gm_vm_get(kvm);
	if (!v)
		return 0;
	if (!v->tgid && (__u64)BPF_CORE_READ(task, mm) == v->mm)
		v->tgid = BPF_CORE_READ(task, tgid);
	return v->id;
}

/* How a file of KVM's pins its VM (enum gm_pin_what); 0: it does not. */
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

/* The object that a file pins, read before the file is known to be still open. */
struct gm_pinned {
	__u32 what;		/* enum gm_pin_what, of a descriptor; 0: nothing of interest */
	struct kvm *kvm;
};

/* Fill s. Most files of a process share a few kinds of operations: those that are not KVM's are remembered. */
static __always_inline void gm_file_classify(const struct file *file, struct gm_pinned *s)
{
	__u64 fops = (__u64)BPF_CORE_READ(file, f_op), *other = gm_fops_place(fops);
	void *priv;
	__u32 kind;

	s->what = 0;
	if (!fops || *other == fops)
		return;
	priv = BPF_CORE_READ(file, private_data);
	if (gm_is_gmem_file(file)) {
		s->what = GM_PIN_FD;
		s->kvm = gm_gmem_kvm(priv);
		return;
	}
	kind = gm_kvm_file(file);
	s->what = gm_vm_pin_what(kind);
	if (s->what)
		s->kvm = gm_pinned_kvm(kind, priv);
	else if (gm_conf.vm_release && gm_conf.gmem_release) /* otherwise the operations do not decide alone */
		*other = fops;
}

/*
 * Give a gmem file without an id one. Where files were refused it may be one of these: it gets an id at once if there
 * is room, and is refused otherwise.
 */
static __always_inline struct gm_file_val *gm_pinned_file(const struct file *file, const struct kvm *kvm)
{
	struct gm_vm_val *vm = gm_vm_lookup(kvm);
	int refused = vm ? gm_untracked_holds(vm->untracked_seen) : gm_user_has_untracked(gm_file_uid(file));

	return refused || gm_may_assign_id(file) ? gm_file_get(file) : NULL;
}

/* Fill the record of a file that is known to be open. Return 0; -1: the file pins nothing that has an id. */
static __always_inline int gm_pin_fill(struct gm_rec_pin *r, const struct gm_pinned *s, struct file *file,
				       struct task_struct *task)
{
	struct gm_file_val *f = s->what == GM_PIN_FD ? gm_file_lookup(file) : NULL;

	__builtin_memset(r, 0, sizeof(*r));
	r->what = s->what;
	if (!f && s->what == GM_PIN_FD)
		f = gm_pinned_file(file, s->kvm);
	if (f) {
		r->file = f->id;
		r->inode = f->inode;
	}
	r->vm = gm_vm_of_pin(s->kvm, task);
	return r->file || r->vm ? 0 : -1;
}

/* ---- descriptors ---- */

/* Return true if the task's table has this file at fd now. */
static __always_inline int gm_fd_is(struct task_struct *task, __u64 fd, const struct file *file)
{
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **table = BPF_CORE_READ(fdt, fd), *now = NULL;

	if (fd >= BPF_CORE_READ(fdt, max_fds))
		return 0;
	bpf_probe_read_kernel(&now, sizeof(now), &table[fd]);
	return now == file && gm_file_referenced(file);
}

/* Scan one descriptor. at: struct file *. */
GM_GLOBAL int gm_scan_fd(__u64 fd, __u64 at)
{
	struct task_struct *task = gm_task_scan.task;
	struct file *file = (void *)at;
	struct gm_rec_pin r;
	struct gm_pinned s;

	gm_file_classify(file, &s);
	if (!s.what || !gm_fd_is(task, fd, file))
		return 0;
	if (gm_pin_fill(&r, &s, file, task))
		return 0;
	r.fd = (__s32)fd;
	gm_emit_pin(task, &r);
	return 0;
}

static long gm_scan_fd_bit(__u64 i, void *arg)
{
	struct file *file = gm_task_scan.file[i & 63];
	__u64 *base = arg, fd = *base + i;

	if (!(gm_task_scan.bits >> (i & 63)))
		return 1;
	if (fd < gm_task_scan.fd || !(gm_task_scan.bits >> (i & 63) & 1) || !file)
		return 0;
	gm_scan_fd(fd, (__u64)file);
	if (gm_task_scan.again)
		return 1;
	gm_task_scan.fd = fd + 1;
	return 0;
}

struct gm_fds {
	unsigned long *open;	/* the bitmap of open descriptors */
	__u64 word;		/* the first word of it to scan */
};

/*
 * Scan 64 descriptors. A table's size is a multiple of 64; by its bitmap of open descriptors a sparse table is scanned
 * quickly.
 */
static long gm_scan_fd_word(__u64 i, void *arg)
{
	struct gm_fds *c = arg;
	__u64 base = (c->word + i) * 64;

	if (bpf_probe_read_kernel(&gm_task_scan.bits, sizeof(gm_task_scan.bits), &c->open[base / 64]) ||
	    !gm_task_scan.bits)
		return 0;
	if (bpf_probe_read_kernel(gm_task_scan.file, sizeof(gm_task_scan.file), &gm_task_scan.table[base]))
		return 0;
	bpf_loop(64, gm_scan_fd_bit, &base, 0);
	return gm_task_scan.again & 1;
}

/* Return false for a thread that shares its leader's table, as the kernel's own iterator does. */
static __always_inline int gm_task_is_files_owner(struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	return task == leader || BPF_CORE_READ(task, files) != BPF_CORE_READ(leader, files);
}

GM_GLOBAL int gm_scan_fd_table(void)
{
	struct task_struct *task = gm_task_scan.task;
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct gm_fds c = { .open = BPF_CORE_READ(fdt, open_fds), .word = gm_task_scan.fd / 64 };
	__u32 words = BPF_CORE_READ(fdt, max_fds) / 64;

	gm_task_scan.table = BPF_CORE_READ(fdt, fd);
	if (!c.open || !gm_task_scan.table || c.word >= words)
		return 0;
	if (words - c.word <= GM_FDS_WORDS)
		return bpf_loop(words - c.word, gm_scan_fd_word, &c, 0);
	bpf_loop(GM_FDS_WORDS, gm_scan_fd_word, &c, 0);
	if (!gm_task_scan.again)
		gm_task_scan.fd = (c.word + GM_FDS_WORDS) * 64;
	gm_task_scan.again = 1;
	return 0;
}

/* ---- mappings ---- */

/* Return true if this is a mapping of that file in this address space now. */
static __always_inline int gm_vma_is(const struct vm_area_struct *vma, const struct file *file)
{
	return BPF_CORE_READ(vma, vm_file) == file && BPF_CORE_READ(vma, vm_mm) == gm_task_scan.mm &&
	       gm_file_referenced(file);
}

/* Scan one mapping. at: struct vm_area_struct *. */
GM_GLOBAL int gm_scan_vma(__u64 at, __u64 npages)
{
	struct task_struct *task = gm_task_scan.task;
	struct vm_area_struct *vma = (void *)at;
	struct file *file = BPF_CORE_READ(vma, vm_file);
	struct gm_rec_pin r;
	struct gm_pinned s;

	if (!file)
		return 0;
	gm_file_classify(file, &s);
	if ((s.what != GM_PIN_FD && s.what != GM_PIN_VCPU_FD) || !gm_vma_is(vma, file))
		return 0;
	if (gm_pin_fill(&r, &s, file, task))
		return 0;
	/* of the run area: pins the vCPU as a descriptor does */
	r.what = s.what == GM_PIN_FD ? GM_PIN_MAPPING : GM_PIN_VCPU_MAPPING;
	r.fd = -1;
	r.npages = npages;
	gm_emit_pin(task, &r);
	if (!gm_task_scan.again)
		gm_task_scan.found++;
	return 0;
}

/* Scan one entry of a leaf: a mapping, or a hole. */
static long gm_scan_vma_slot(__u64 i, void *arg)
{
	const struct gm_maple *m = &gm_maple;
	__u64 last = gm_maple_last(m, bpf_core_field_offset(struct maple_range_64___any, pivot) / 8, (__u32)i & 15, 16);
	__u64 vma = m->word[(bpf_core_field_offset(struct maple_range_64___any, slot) / 8 + i) & (GM_MAPLE_WORDS - 1)];

	if (last >= gm_task_scan.addr) {
		if (vma && !(vma & 3))
			gm_scan_vma(vma, (last - gm_task_scan.addr + 1) >> gm_page_shift());
		if (gm_task_scan.again)
			return 1;
		gm_task_scan.addr = last + 1;
	}
	return last >= m->last;
}

static long gm_scan_vma_leaf(__u64 i, void *arg)
{
	struct mm_struct *mm = gm_task_scan.mm;
	int err = gm_maple_find(mm, gm_task_scan.addr);

	if (err < 0)
		return ++gm_task_scan.dead >= GM_DEAD_NODES;
	if (!err) {
		gm_task_scan.dead = 0;
		bpf_loop(16, gm_scan_vma_slot, NULL, 0);
	}
	if (err || (!gm_task_scan.again && gm_maple.last == ~0ULL))
		gm_task_scan.done = 1;
	return gm_task_scan.done || gm_task_scan.again;
}

/* An mm is scanned once, not for every thread that shares it: for the leader, unless the leader has exited already. */
static __always_inline int gm_task_is_mm_owner(struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	return task == leader || !BPF_CORE_READ(leader, mm);
}

/* Return true if the mappings did not change since the scan of them began. */
static __always_inline int gm_mm_is_unchanged(struct task_struct *task)
{
	struct mm_struct *mm = gm_task_scan.mm;

	return gm_task_scan.done && BPF_CORE_READ(task, mm) == gm_task_scan.mm && gm_mm_seq(mm) == gm_task_scan.seq &&
	       !gm_mm_is_written(mm, gm_task_scan.seq);
}

/* Scan the mappings, or continue to. Return 0 if they changed meanwhile and nothing was emitted: try again. */
GM_GLOBAL int gm_scan_mm_once(void)
{
	struct task_struct *task = gm_task_scan.task;

	if (!gm_task_scan.addr) {
		gm_task_scan.mm = BPF_CORE_READ(task, mm);
		gm_task_scan.found = 0;
		gm_task_scan.seq = gm_mm_seq(gm_task_scan.mm);
	}
	if (!gm_task_scan.mm)
		return 1;
	gm_task_scan.done = gm_task_scan.dead = 0;
	bpf_loop(GM_LEAVES, gm_scan_vma_leaf, NULL, 0);
	if (!gm_task_scan.done && gm_task_scan.dead < GM_DEAD_NODES)
		gm_task_scan.again = 1;
	if (gm_task_scan.again || gm_mm_is_unchanged(task))
		return 1;
	gm_task_scan.addr = 0;
	if (gm_task_scan.found) /* these pins are emitted already: user space discards the scan */
		gm_tasks_torn++;
	return !!gm_task_scan.found;
}

static long gm_scan_mm_try(__u64 i, void *arg)
{
	return gm_scan_mm_once() & 1;
}

/* ---- tasks ---- */

SEC("iter/task")
int gm_scan_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (!task) {
		gm_tasks_note(!gm_tasks_torn);
		return 0;
	}
	if (task->flags & GM_PF_KTHREAD)
		return 0;
	if (gm_tasks_at != (__u32)task->pid) {
		gm_tasks_note(0);
		gm_tasks_at = task->pid;
		gm_task_scan.fds_done = 0;
		gm_task_scan.fd = gm_task_scan.addr = 0;
	}
	gm_task_scan.task = task;
	gm_task_scan.again = 0;
	if (!gm_task_scan.fds_done && gm_task_is_files_owner(task))
		gm_scan_fd_table();
	if (!gm_task_scan.again) {
		gm_task_scan.fds_done = 1;
		if (gm_task_is_mm_owner(task))
			bpf_loop(GM_TORN_TRIES, gm_scan_mm_try, NULL, 0);
	}
	if (!gm_task_scan.again)
		gm_tasks_at = 0;
	/* 1: the reader gets EAGAIN, empties the ring, and the next read begins with this task */
	return gm_task_scan.again & 1;
}
