// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_inode.bpf.c - creation and end of gmem files and inodes, mmap, and the system calls that allocate and punch. Part
 * of gm_probes.bpf.c's translation unit.
 */
#include "gm_hook.bpf.h"
#include "gm_ops.bpf.h"
#include "gm_syscall.bpf.h"

/*
 * kvm_gmem_create(kvm, args), all kernels, process context; returns the descriptor. Missed: the file is found later, as
 * old.
 */
static __always_inline int gm_create_enter(const struct kvm *kvm, const struct kvm_create_guest_memfd *args)
{
	return gm_create_begin(kvm, BPF_CORE_READ(args, size), BPF_CORE_READ(args, flags));
}
GM_BRACKET_TWIN(gm_create, kvm_gmem_create, const struct kvm *, const struct kvm_create_guest_memfd *)

/*
 * kvm_gmem_link(kvm, args): a second file of an existing inode; only in kernels with the experimental linking patch
 * (the series "New KVM ioctl to link a gmem inode to a new gmem file" is not merged up to 7.3). The first word of args
 * is flags.
 */
static __always_inline int gm_link_enter(const struct kvm *kvm, const void *args)
{
	struct gm_span *s = gm_span_begin(GM_K_CREATE);

	if (!s)
		return 0;
	s->vm = gm_vm_id_in_use(kvm);
	bpf_probe_read_kernel(&s->a.create.flags, sizeof(s->a.create.flags), args);
	s->a.create.linked = 1;
	return 0;
}

static __always_inline int gm_link_exit(__s64 ret)
{
	return gm_create_exit(ret);
}
GM_BRACKET_TWIN(gm_link, kvm_gmem_link, const struct kvm *, const void *)

/*
 * kvm_gmem_release(inode, file), all kernels, from the last fput: task work of the task that closed, or a worker. It
 * drops all bindings, zaps, and puts the VM: the whole VM destruction may be inside. The file pointer is free
 * afterwards.
 */
static __always_inline int gm_release_enter(struct inode *inode, struct file *file)
{
	struct gm_file_val *f = gm_file_in_use(file);
	struct gm_span *s;

	if (!f && !gm_file_lookup(file))
		return 0; /* untracked */
	s = gm_span_begin(GM_K_RELEASE);
	if (!s)
		return 0;
	s->a.release.file = file;
	s->a.release.inode = inode;
	s->a.release.pages = BPF_CORE_READ(inode, i_mapping, nrpages);
	if (f) {
		f->dying_ns = gm_now();
		s->vm = f->vm;
		s->file = f->id;
		s->inode = f->inode;
	}
	return 0;
}

/* Emit the event of a release. Return 0: no room. */
static __always_inline int gm_release_emit(struct gm_inode_val *in, const struct gm_span *s, __s64 ret)
{
	struct gm_ev_inode *e GM_SUBMITTED = gm_ev_reserve(struct gm_ev_inode, GM_K_RELEASE, s, ret);
	struct inode *inode = s->a.release.inode;

	if (!e)
		return 0;
	gm_ev_inode_fill(e, in, BPF_CORE_READ(inode, i_mapping));
	e->pages = s->a.release.pages;
	e->fd = -1;
	return 1;
}

static __always_inline int gm_release_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_RELEASE);
	struct gm_inode_val *in;
	struct gm_file_val *f;
	struct file *file;
	int emitted;

	if (!s)
		return 0;
	file = s->a.release.file;
	f = gm_file_lookup(file);
	if (!f || !gm_claim_end(&f->id, s->file)) {
		gm_span_account(s, 0, 0); /* the scan has reported it */
		return 0;
	}
	in = gm_inode_lookup(s->a.release.inode);
	if (in && in->flags & GM_OBJ_EARLY)
		in->left = s->a.release.pages + 1;
	if (in)
		__sync_fetch_and_sub(&in->files, 1);
	emitted = !gm_file_emit_late_create(f, s->file, GM_K_CREATE) && gm_release_emit(in, s, ret);
	if (!emitted)
		gm_span_account(s, ret, 0);
	if (!emitted)
		f->inode_ptr = GM_NO_INODE;
	if (!emitted && gm_end_try_postpone(&f->id, s->file, &f->flags, &f->dying_ns, 0))
		return 0;
	gm_count_lost_life(&f->flags, GM_K_CREATE, GM_K_RELEASE, emitted);
	gm_file_remove(file, f);
	return 0;
}
GM_BRACKET_TWIN(gm_release, kvm_gmem_release, struct inode *, struct file *)

/*
 * truncate_inode_pages_final(mapping), vmlinux, all kernels: the last thing that every inode does with its pages (gmem
 * has no evict_inode of its own), so all others cost one flag test. Inside, the pages leave the page cache and are
 * freed: phase free. The last close and this call may run in different tasks.
 */
static __always_inline int gm_evict_enter(const struct address_space *mapping)
{
	struct gm_inode_val *in;
	struct inode *inode;
	struct gm_span *s;

	if (!gm_is_gmem_mapping(mapping))
		return 0;
	inode = BPF_CORE_READ(mapping, host);
	in = gm_inode_get(inode);
	s = gm_span_begin(GM_K_EVICT);
	if (!s)
		return 0;
	if (in) {
		s->inode = in->id;
		s->vm = in->vm;
	}
	s->a.evict.inode = inode;
	s->a.evict.pages = BPF_CORE_READ(mapping, nrpages);
	s->a.evict.size_bytes = BPF_CORE_READ(inode, i_size);
	return 0;
}

/* Emit the event of an eviction. Return 0: no room. */
static __always_inline int gm_evict_emit(struct gm_inode_val *in, const struct gm_span *s)
{
	struct gm_ev_inode *e GM_SUBMITTED = gm_ev_reserve(struct gm_ev_inode, GM_K_EVICT, s, 0);

	if (!e)
		return 0;
	if (in)
		gm_early_count_removed(in);
	gm_ev_inode_fill(e, in, NULL);
	e->pages = s->a.evict.pages;
	e->size_bytes = s->a.evict.size_bytes;
	e->fd = -1;
	return 1;
}

static __always_inline int gm_evict_exit(__s64 unused)
{
	struct gm_span *s = gm_span_end(GM_K_EVICT);
	struct gm_inode_val *in;
	struct inode *inode;
	int emitted;

	if (!s)
		return 0;
	inode = s->a.evict.inode;
	in = gm_inode_lookup(inode);
	if (!in || !gm_claim_end(&in->id, s->inode)) {
		gm_span_account(s, 0, 0); /* the scan has reported it */
		return 0;
	}
	gm_unseen_punch_emit(in, s->inode);
	emitted = !(in->flags & GM_OBJ_UNREPORTED) && gm_evict_emit(in, s);
	if (!emitted)
		gm_span_account(s, 0, 0);
	if (!emitted && gm_end_try_postpone(&in->id, s->inode, &in->flags, NULL, 0))
		return 0;
	gm_count_lost_life(&in->flags, 0, GM_K_EVICT, emitted);
	if (in->unseen)
		gm_count_lost_event(GM_K_PUNCH);
	gm_inode_remove(inode, in, s->inode);
	return 0;
}
GM_BRACKET(gm_evict, truncate_inode_pages_final, const struct address_space *)

/* kvm_gmem_mmap(file, vma), 6.18 and later, process context. */
static __always_inline int gm_mmap_enter(const struct file *file, const struct vm_area_struct *vma)
{
	__u64 start = BPF_CORE_READ(vma, vm_start), end = BPF_CORE_READ(vma, vm_end);

	return gm_mmap_begin(file, BPF_CORE_READ(vma, vm_pgoff), (end - start) >> gm_page_shift());
}

static __always_inline int gm_mmap_exit(__s64 ret)
{
	return gm_mmap_end(ret);
}
GM_BRACKET_TWIN(gm_mmap, kvm_gmem_mmap, const struct file *, const struct vm_area_struct *)

/* ---- system calls, where functions cannot be hooked ---- */

/*
 * mmap(addr, len, prot, flags, fd, off). The body is a call of its own: its stack need not add to gm_closed_check()'s.
 */
GM_GLOBAL int gm_sys_mmap(int fd, __u64 len, __u64 off)
{
	struct file *file = fd >= 0 ? gm_fd_file(fd) : NULL;
	__u64 unit = (1ULL << gm_page_shift()) - 1;

	if (!file || !gm_is_gmem_file(file))
		return 0;
	gm_span_discard_stale();
	gm_mmap_begin(file, off >> gm_page_shift(), (len + unit) >> gm_page_shift());
	return 1;
}

GM_SYS_ENTER(mmap)
{
	if ((int)ctx->args[4] < 0)
		return 0;
	gm_closed_check();
	return gm_sys_mmap((int)ctx->args[4], ctx->args[1], ctx->args[5]) & 1;
}

/* Returns an address, which no event has, or -errno. */
GM_SYS_EXIT(mmap)
{
	return gm_syscall_has_span() ? gm_mmap_end(ctx->ret < 0 && ctx->ret >= -GM_MAX_ERRNO ? ctx->ret : 0) : 0;
}

GM_GLOBAL int gm_sys_fallocate(int fd, int mode, __u64 offset, __u64 len)
{
	struct file *file = gm_fd_file(fd);

	if (!file || !gm_is_gmem_file(file))
		return 0;
	gm_span_discard_stale();
	gm_fallocate_begin(file, mode, offset, len);
	return 1;
}

GM_SYS_ENTER(fallocate)
{
	gm_closed_check();
	return gm_sys_fallocate((int)ctx->args[0], (int)ctx->args[1], ctx->args[2], ctx->args[3]) & 1;
}

GM_SYS_EXIT(fallocate)
{
	return gm_syscall_has_span() ? gm_fallocate_end(ctx->ret) : 0;
}

/* ---- madvise(MADV_REMOVE): punches a hole into the file of a mapping (mm/madvise.c, madvise_remove()) ---- */

struct gm_madvise_range {
	__u64 addr, len;
	struct file *file;	/* of gmem; NULL: none */
	__u64 offset;
};

static long gm_madvise_vma(struct task_struct *task, struct vm_area_struct *vma, void *arg)
{
	__u64 start = BPF_CORE_READ(vma, vm_start), end = BPF_CORE_READ(vma, vm_end);
	struct file *file = BPF_CORE_READ(vma, vm_file);
	struct gm_madvise_range *a = arg;

	if (!file || !gm_is_gmem_file(file))
		return 0;
	a->file = file;
	a->offset = a->addr - start + ((__u64)BPF_CORE_READ(vma, vm_pgoff) << gm_page_shift());
	if (a->len > end - a->addr)
		a->len = end - a->addr;
	return 0;
}

/*
 * Begin the punch of the part of a range that lies in the mapping in which the range begins. The scan reports pages
 * that this misses (gm_unseen_punch_emit()): the range goes on in the mapping of another file, or its mapping cannot be
 * looked up as another thread is changing the address space.
 */
GM_GLOBAL int gm_madvise_begin(__u64 addr, __u64 len)
{
	__u64 unit = (1ULL << gm_page_shift()) - 1;
	struct gm_madvise_range a = { .addr = addr, .len = (len + unit) & ~unit };

	if (!a.len)
		return 0;
	gm_span_discard_stale();
	bpf_find_vma(bpf_get_current_task_btf(), addr, gm_madvise_vma, &a, 0);
	if (a.file)
		gm_fallocate_begin(a.file, FALLOC_FL_PUNCH_HOLE, a.offset, a.len);
	return 1;
}

/* madvise(addr, len, advice). Every call of the host passes here; memory allocators use other advice. */
GM_SYS_ENTER(madvise)
{
	return (__u32)ctx->args[2] == MADV_REMOVE && gm_host_may_have_gmem()
		       ? gm_madvise_begin(ctx->args[0], ctx->args[1])
		       : 0;
}

GM_SYS_EXIT(madvise)
{
	return gm_syscall_has_span() ? gm_fallocate_end(ctx->ret) : 0;
}

/*
 * process_madvise(pidfd, vec, vlen, advice, flags): 6.13 and later allow this advice, for the caller's own memory. The
 * event's range begins with the first vector and is as long as all that the call went through; its pages are those of
 * that vector's file.
 */
GM_SYS_ENTER(process_madvise)
{
	__u64 vec[2] = {};

	if ((__u32)ctx->args[3] != MADV_REMOVE || !ctx->args[2] || !gm_host_may_have_gmem())
		return 0;
	bpf_probe_read_user(vec, sizeof(vec), (void *)ctx->args[1]);
	return gm_madvise_begin(vec[0], vec[1]);
}

/* Returns the bytes that the call went through, or -errno. */
GM_SYS_EXIT(process_madvise)
{
	struct gm_span *s = gm_syscall_has_span() ? gm_span_current() : NULL;

	if (!s)
		return 0;
	if (s->kind == GM_K_PUNCH && ctx->ret > 0)
		s->a.range.npages = ctx->ret >> gm_page_shift();
	return gm_fallocate_end(ctx->ret < 0 ? ctx->ret : 0);
}
