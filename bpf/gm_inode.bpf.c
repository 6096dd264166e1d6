// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* gm_inode.bpf.c - birth and death of gmem files and inodes, and their mappings. */
#include "gm_core.bpf.h"
#include "gm_syscall.bpf.h"
#include "gm_ops.bpf.h"

/*
 * kvm_gmem_create(kvm, args), all kernels, process context; returns the descriptor. Missed: file found later, as old.
 */
static __always_inline int gm_create_enter(__u64 kvm, __u64 args, __u64 a2, __u64 a3)
{
	struct kvm_create_guest_memfd *a = (void *)args;

	return gm_create_begin(kvm, BPF_CORE_READ(a, size), BPF_CORE_READ(a, flags));
}
GM_BRACKET_TWIN(gm_create, kvm_gmem_create, 2)

/*
 * kvm_gmem_link(kvm, args): a second view of an existing inode; only in kernels with the experimental linking patch
 * (the series "New KVM ioctl to link a gmem inode to a new gmem file" is not merged up to 7.3). The first word of
 * args is flags.
 */
static __always_inline int gm_link_enter(__u64 kvm, __u64 args, __u64 a2, __u64 a3)
{
	struct gm_span *s = gm_span_begin(GM_K_CREATE);

	if (!s)
		return 0;
	s->vm = gm_vm_id_in_use(kvm);
	bpf_probe_read_kernel(&s->a[1], sizeof(s->a[1]), (void *)args);
	s->a[2] = 1;
	return 0;
}

static __always_inline int gm_link_exit(__s64 ret)
{
	return gm_create_exit(ret);
}
GM_BRACKET_TWIN(gm_link, kvm_gmem_link, 2)

/*
 * kvm_gmem_release(inode, file), all kernels, from the last fput: task work of whoever closed, or a worker. Drops all
 * bindings itself, zaps, puts the vm: the whole VM destruction may be inside. The file pointer is free afterwards.
 */
static __always_inline int gm_release_enter(__u64 inode, __u64 file, __u64 a2, __u64 a3)
{
	struct gm_file_val *f = gm_file_in_use(file);
	struct gm_span *s;

	if (!f && !bpf_map_lookup_elem(&gm_files, &file))
		return 0; /* untracked */
	s = gm_span_begin(GM_K_RELEASE);
	if (!s)
		return 0;
	s->a[0] = file;
	s->a[1] = inode;
	s->a[2] = BPF_CORE_READ((struct inode *)inode, i_mapping, nrpages);
	if (f) {
		f->dying_ns = gm_now();
		s->vm = f->vm;
		s->file = f->id;
		s->inode = f->inode;
	}
	return 0;
}

static __always_inline int gm_release_exit(__s64 ret)
{
	struct gm_span *s = gm_span_end(GM_K_RELEASE);
	struct gm_inode_val *in;
	struct gm_ev_inode *e;
	struct gm_file_val *f;
	__u64 file, inode;

	if (!s)
		return 0;
	file = s->a[0];
	inode = s->a[1];
	f = bpf_map_lookup_elem(&gm_files, &file);
	if (!f || !gm_claim_end(&f->id, s->file)) {
		gm_span_account(s, 0, 0); /* the scan has told it */
		return 0;
	}
	in = bpf_map_lookup_elem(&gm_inodes, &inode);
	if (in)
		__sync_fetch_and_sub(&in->files, 1);
	e = gm_file_emit_late_create(f, s->file, GM_K_CREATE) ? NULL
							      : gm_ev_reserve(struct gm_ev_inode, GM_K_RELEASE, s, ret);
	if (!e)
		gm_span_account(s, ret, 0);
	if (!e)
		f->inode_ptr = GM_NO_INODE;
	if (!e && gm_end_try_postpone(&f->id, s->file, &f->flags, &f->dying_ns, 0))
		return 0;
	gm_count_lost_life(&f->flags, GM_K_CREATE, GM_K_RELEASE, !!e);
	gm_file_remove(file, f);
	if (!e)
		return 0;
	gm_ev_inode_fill(e, in, BPF_CORE_READ((struct inode *)inode, i_mapping));
	e->pages = s->a[2];
	e->fd = -1;
	gm_ev_submit(e);
	return 0;
}
GM_BRACKET_TWIN(gm_release, kvm_gmem_release, 2)

/*
 * truncate_inode_pages_final(mapping), vmlinux, all kernels: every inode's last act with its pages (gmem has no
 * evict_inode of its own), so one flag test for all others. Inside, the pages leave the page cache and are freed:
 * phase free. The last close and this one may run in different tasks.
 */
static __always_inline int gm_evict_enter(__u64 mapping, __u64 a1, __u64 a2, __u64 a3)
{
	const struct address_space *m = (void *)mapping;
	struct gm_inode_val *in;
	struct gm_span *s;
	__u64 inode;

	if (!gm_is_gmem_mapping(m))
		return 0;
	inode = (__u64)BPF_CORE_READ(m, host);
	in = gm_inode_get(inode);
	s = gm_span_begin(GM_K_EVICT);
	if (!s)
		return 0;
	if (in) {
		s->inode = in->id;
		s->vm = in->vm;
	}
	s->a[0] = inode;
	s->a[1] = BPF_CORE_READ(m, nrpages);
	s->a[2] = BPF_CORE_READ((struct inode *)inode, i_size);
	return 0;
}

static __always_inline int gm_evict_exit(__s64 unused)
{
	struct gm_span *s = gm_span_end(GM_K_EVICT);
	struct gm_inode_val *in;
	struct gm_ev_inode *e;
	__u64 inode;

	if (!s)
		return 0;
	inode = s->a[0];
	in = bpf_map_lookup_elem(&gm_inodes, &inode);
	if (!in || !gm_claim_end(&in->id, s->inode)) {
		gm_span_account(s, 0, 0); /* the scan has told it */
		return 0;
	}
	gm_unseen_punch_emit(in, s->inode);
	e = in->flags & GM_OBJ_UNREPORTED ? NULL : gm_ev_reserve(struct gm_ev_inode, GM_K_EVICT, s, 0);
	if (!e)
		gm_span_account(s, 0, 0);
	if (!e && gm_end_try_postpone(&in->id, s->inode, &in->flags, NULL, 0))
		return 0;
	gm_count_lost_life(&in->flags, 0, GM_K_EVICT, !!e);
	if (in->unseen)
		gm_count_lost_event(GM_K_PUNCH);
	if (e) {
		gm_ev_inode_fill(e, in, NULL);
		e->pages = s->a[1];
		e->size_bytes = s->a[2];
		e->fd = -1;
		gm_ev_submit(e);
	}
	gm_inode_remove(inode, in, s->inode);
	return 0;
}
GM_BRACKET(gm_evict, truncate_inode_pages_final, 1)

/* kvm_gmem_mmap(file, vma), 6.18 and later, process context. */
static __always_inline int gm_mmap_enter(__u64 file, __u64 vma, __u64 a2, __u64 a3)
{
	struct vm_area_struct *v = (void *)vma;
	__u64 start = BPF_CORE_READ(v, vm_start), end = BPF_CORE_READ(v, vm_end);

	return gm_mmap_begin(file, BPF_CORE_READ(v, vm_pgoff), (end - start) >> gm_page_shift());
}

static __always_inline int gm_mmap_exit(__s64 ret)
{
	return gm_mmap_end(ret);
}
GM_BRACKET_TWIN(gm_mmap, kvm_gmem_mmap, 2)

/*
 * The system calls, where functions cannot be hooked: mmap(addr, len, prot, flags, fd, off). Functions of their own
 * for their stacks, beside that of gm_closed_check().
 */
GM_GLOBAL int gm_sys_mmap(int fd, __u64 len, __u64 off)
{
	struct file *file = fd >= 0 ? gm_fd_file(fd) : NULL;
	__u64 unit = (1ULL << gm_page_shift()) - 1;

	if (!file || !gm_is_gmem_file(file))
		return 0;
	gm_span_discard_stale();
	gm_mmap_begin((__u64)file, off >> gm_page_shift(), (len + unit) >> gm_page_shift());
	return 1;
}

GM_SYS_ENTER(mmap)
{
	if ((int)ctx->args[4] < 0)
		return 0;
	gm_closed_check();
	return gm_sys_mmap((int)ctx->args[4], ctx->args[1], ctx->args[5]) & 1;
}

/* Returns an address or -errno; the address stays here. */
GM_SYS_EXIT(mmap)
{
	return gm_syscall_returns() ? gm_mmap_end(ctx->ret < 0 && ctx->ret > -4096 ? ctx->ret : 0) : 0;
}

GM_GLOBAL int gm_sys_fallocate(int fd, int mode, __u64 offset, __u64 len)
{
	struct file *file = gm_fd_file(fd);

	if (!file || !gm_is_gmem_file(file))
		return 0;
	gm_span_discard_stale();
	gm_fallocate_begin((__u64)file, mode, offset, len);
	return 1;
}

GM_SYS_ENTER(fallocate)
{
	gm_closed_check();
	return gm_sys_fallocate((int)ctx->args[0], (int)ctx->args[1], ctx->args[2], ctx->args[3]) & 1;
}

GM_SYS_EXIT(fallocate)
{
	return gm_syscall_returns() ? gm_fallocate_end(ctx->ret) : 0;
}

/* ---- madvise(MADV_REMOVE): punches a hole into the file behind a mapping (mm/madvise.c, madvise_remove()) ---- */

struct gm_madvise_range {
	__u64 addr, len;
	__u64 file;		/* struct file *, of gmem; 0: none */
	__u64 offset;
};

static long gm_madvise_vma(struct task_struct *task, struct vm_area_struct *vma, void *arg)
{
	__u64 start = BPF_CORE_READ(vma, vm_start), end = BPF_CORE_READ(vma, vm_end);
	struct file *file = BPF_CORE_READ(vma, vm_file);
	struct gm_madvise_range *a = arg;

	if (!file || !gm_is_gmem_file(file))
		return 0;
	a->file = (__u64)file;
	a->offset = a->addr - start + ((__u64)BPF_CORE_READ(vma, vm_pgoff) << gm_page_shift());
	if (a->len > end - a->addr)
		a->len = end - a->addr;
	return 0;
}

/*
 * What of the range lies in the mapping that it begins in. A range that goes on in the mapping of another file, and
 * one whose mapping cannot be looked up as another thread is changing the address space: the scan tells the pages
 * that nobody else told (gm_unseen_punch_emit()).
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

/* madvise(addr, len, advice). Every call of the host passes here: memory allocators use other advice. */
GM_SYS_ENTER(madvise)
{
	return (__u32)ctx->args[2] == MADV_REMOVE && gm_host_may_have_gmem()
		       ? gm_madvise_begin(ctx->args[0], ctx->args[1])
		       : 0;
}

GM_SYS_EXIT(madvise)
{
	return gm_syscall_returns() ? gm_fallocate_end(ctx->ret) : 0;
}

/*
 * process_madvise(pidfd, vec, vlen, advice, flags): 6.13 and later allow this advice, for the caller's own memory.
 * The event's range begins where the first vector does and is as long as all that the call went through; its pages
 * are those of that vector's file.
 */
GM_SYS_ENTER(process_madvise)
{
	__u64 vec[2] = {};

	if ((__u32)ctx->args[3] != MADV_REMOVE || !ctx->args[2] || !gm_host_may_have_gmem())
		return 0;
	bpf_probe_read_user(vec, sizeof(vec), (void *)ctx->args[1]);
	return gm_madvise_begin(vec[0], vec[1]);
}

/* Returns the bytes that it went through, or -errno. */
GM_SYS_EXIT(process_madvise)
{
	struct gm_task_state *t = gm_syscall_returns() ? gm_task_state_peek_current() : NULL;
	struct gm_span *s = t ? gm_span_top(t) : NULL;

	if (!s)
		return 0;
	if (s->kind == GM_K_PUNCH && ctx->ret > 0)
		s->a[1] = ctx->ret >> gm_page_shift();
	return gm_fallocate_end(ctx->ret < 0 ? ctx->ret : 0);
}
