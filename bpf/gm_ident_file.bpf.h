/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_ident_file.bpf.h - gmem files: ids. The protocol of gm_ident.bpf.h holds. A file's entry has a place in its VM's
 * share and in its user's, and is one of its inode's files; gm_file_remove() releases the places; the caller that
 * ends the file counts it out of the inode.
 *
 * Where the end of an object and the creation of the next one at its address were both missed, the address has the
 * dead object's entry. Programs leave such an entry alone (gm_is_stale(), gm_file_is_same()): the scan reports the end,
 * and the new object gets an id after that.
 */
#ifndef GM_IDENT_FILE_BPF_H
#define GM_IDENT_FILE_BPF_H

#include "gm_ident_inode.bpf.h"

/* Take a file's place in its VM's share and its user's. Return flags or GM_REFUSED, as gm_share_take_file(). */
static __always_inline __u32 gm_file_share_take(struct gm_vm_val *vm, __u32 uid, int seen)
{
	__u32 files, flags;

	if (!seen && !gm_file_may_be_found(vm, uid))
		return GM_REFUSED;
	if (!vm)
		return gm_share_take_file(uid, GM_SHARE_FILES, GM_VM_FILES);
	files = __sync_fetch_and_add(&vm->files, 1);
	flags = gm_share_vm_has_room(files) ? gm_share_take_file(uid, GM_SHARE_FILES, files) : GM_REFUSED;
	if (flags == GM_REFUSED)
		__sync_fetch_and_sub(&vm->files, 1);
	return flags;
}

static __always_inline void gm_file_share_release(struct gm_vm_val *vm, __u32 uid, __u32 flags)
{
	gm_share_release_file(uid, GM_SHARE_FILES, flags);
	if (vm)
		__sync_fetch_and_sub(&vm->files, 1);
}

/* Removes an entry, after gm_claim_end(). */
static __always_inline void gm_file_remove(const struct file *file, const struct gm_file_val *v)
{
	__u32 uid = v->uid, id = v->vm, flags = v->flags;
	__u64 kvm = v->kvm_ptr, key = (__u64)file;
	struct gm_vm_val *vm;

	if (bpf_map_delete_elem(&gm_files, &key))
		return;
	vm = bpf_map_lookup_elem(&gm_vms, &kvm);
	gm_file_share_release(vm && vm->id == id ? vm : NULL, uid, flags);
}

/*
 * Return true if an inode or a VM at these addresses is not the one that its entry describes. The kernel gives an inode
 * number once.
 */
static __always_inline int gm_is_stale(const struct inode *inode, const struct kvm *kvm)
{
	const struct gm_inode_val *in = gm_inode_lookup(inode);
	const struct gm_vm_val *v = gm_vm_lookup(kvm);

	return (in && in->ino != BPF_CORE_READ(inode, i_ino)) || (v && !gm_vm_is_same(kvm, v));
}

/* Return true if the file at this address is still the one that the entry describes, of the same inode. */
static __always_inline int gm_file_is_same(const struct file *file, const struct gm_file_val *f)
{
	struct inode *i = BPF_CORE_READ(file, f_inode);
	const struct gm_inode_val *in = gm_inode_lookup(i);

	return (__u64)i == f->inode_ptr && (!in || in->id != f->inode || in->ino == BPF_CORE_READ(i, i_ino));
}

/*
 * Leaves a file's creation to the next scan. in: its inode, or NULL. The creation of an inode with other files is
 * reported already; the event of this file names it again.
 */
static __always_inline void gm_file_create_postpone(struct gm_file_val *v, struct gm_inode_val *in)
{
	/* The inode's first: the program that reports the file reports both. */
	if (in && in->files <= 1)
		__sync_fetch_and_or(&in->flags, GM_OBJ_UNREPORTED);
	gm_create_postpone(&v->flags);
}

/* Create a file's entry, as gm_vm_new(). inode_seen: if its inode has no entry, this call created the inode. */
static __always_inline struct gm_file_val *gm_file_new(const struct file *file, __u64 *reported, int inode_seen)
{
	int seen = reported != NULL, err = -1;
	GM_ZEROED(struct gm_file_val, v);
	struct gm_inode_val *in = NULL;
	struct gm_file_val *there;
	__u64 key = (__u64)file;
	struct gm_vm_val *vm;
	struct inode *inode;
	struct kvm *kvm;

	inode = BPF_CORE_READ(file, f_inode);
	kvm = gm_gmem_kvm(BPF_CORE_READ(file, private_data));
	v->inode_ptr = (__u64)inode;
	v->kvm_ptr = (__u64)kvm;
	v->uid = gm_file_uid(file);
	if (gm_is_stale(inode, kvm))
		return NULL;
	vm = gm_vm_get(kvm);
	if (!vm || !__sync_val_compare_and_swap(&vm->gmem, 0, 1))
		/* never uncounted if the VM has no entry */
		gm_gmem_vms_add(vm ? vm->tid : gm_vm_creator(kvm), vm ? (void *)vm->mm : gm_vm_mm(kvm), 1);
	v->flags = gm_file_share_take(vm, v->uid, seen);
	if (v->flags != GM_REFUSED)
		in = gm_inode_add_file(inode, inode_seen, vm ? vm->files - 1 : GM_VM_FILES);
	if (in) {
		v->inode = in->id;
		v->vm = vm ? vm->id : 0;
		v->id = gm_next_id(GM_NEXT_FILE);
		v->flags |= seen ? 0 : gm_discovery_flags();
		v->born_ns = gm_now();
		err = bpf_map_update_elem(&gm_files, &key, v, BPF_NOEXIST);
	}
	if (!err) {
		if (vm)
			in->vm = vm->id;
		if (vm)
			vm->inode_ptr = v->inode_ptr;
		there = bpf_map_lookup_elem(&gm_files, &key);
		if (!seen && gm_started && gm_file_emit_missed_create(v->vm, v->id, v->inode, in->ino, GM_K_CREATE) &&
		    there)
			gm_file_create_postpone(there, in);
		return there;
	}
	if (in)
		__sync_fetch_and_sub(&in->files, 1);
	if (v->flags != GM_REFUSED)
		gm_file_share_release(vm, v->uid, v->flags);
	if (reported)
		*reported = 1;
	if (err != -EEXIST) { /* otherwise the CPU that came first counts it */
		gm_file_refused(file, vm, v->uid, seen);
		return NULL;
	}
	return bpf_map_lookup_elem(&gm_files, &key);
}

/*
 * Create the entry of a file whose creation was not seen. A call of its own: a new entry's value takes room on the
 * stack, and 6.12 has 512 bytes for all frames of a call chain.
 */
static __noinline struct gm_file_val *gm_file_discover(const struct file *file)
{
	return gm_file_new(file, NULL, 0);
}

/* Look up a file, or create its entry. */
static __always_inline struct gm_file_val *gm_file_get(const struct file *file)
{
	struct gm_file_val *v;

	if (!file)
		return NULL;
	v = gm_file_lookup(file);
	return v ? v : gm_file_discover(file);
}

/* The file that the current call is about; NULL: its entry is an earlier file's. */
static __always_inline struct gm_file_val *gm_file_in_use(const struct file *file)
{
	struct gm_file_val *v = gm_file_get(file);

	return v && gm_file_is_same(file, v) ? v : NULL;
}

#endif
