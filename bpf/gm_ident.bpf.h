/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_ident.bpf.h - ids: what all objects share, and VMs. Inodes: gm_ident_inode.bpf.h; files: gm_ident_file.bpf.h.
 *
 * Identity. A kernel pointer is a key only while its object lives: gm_vms, gm_files and gm_inodes turn it into an id,
 * and the entry is removed when the object ends. A creation always gets a new id, so an object that the kernel puts at
 * the same address never inherits one.
 *
 * Order. Look up (*_lookup: NULL if there is no entry), or look up and create a missing entry (*_get). The entry's
 * fields may be read until the program ends, but another CPU may remove it meanwhile: the end of an object begins with
 * gm_claim_end(), and only the caller that gets 1 emits the end and calls *_remove(). Where the ring has no room
 * that caller gives the id back (gm_end_postpone()), and the next scan ends the object.
 *
 * Errors. A full map or a share that is used up gives NULL; the loss is counted here.
 */
#ifndef GM_IDENT_BPF_H
#define GM_IDENT_BPF_H

#include "gm_kvm.bpf.h"
#include "gm_share.bpf.h"

/*
 * A zeroed value to insert. In a scan it is not on the stack: one thread runs its programs, and the call chains are so
 * deep that 512 bytes for all their frames do not suffice.
 */
#ifdef GM_ONE_THREAD
#define GM_ZEROED(type, name)				\
	static type name##_room;			\
	type *const name = &name##_room;		\
							\
	__builtin_memset(name, 0, sizeof(*name))
#else
#define GM_ZEROED(type, name)				\
	type name##_room = {};				\
	type *const name = &name##_room
#endif

/* Flags of a new object whose creation no hook reported: older than the tool, or missed after the initial scan. */
static __always_inline __u32 gm_discovery_flags(void)
{
	return gm_started ? 0 : GM_OBJ_OLD;
}

/*
 * Return 1 to the one caller that is to report and remove an entry; its id is 0 from then on. A program at the end of
 * a call and a scan may both find the object dead, and the kernel may have a new object at this address by then (it
 * frees a struct kvm before kvm_destroy_vm() returns). mine: the id that was found dead.
 */
static __always_inline int gm_claim_end(__u32 *id, __u32 mine)
{
	return mine && __sync_val_compare_and_swap(id, mine, 0) == mine;
}

/* Gives a claimed id back: the ring has no room for the end, and the next scan reports it. */
static __always_inline void gm_end_postpone(__u32 *id, __u32 mine, __u32 *flags)
{
	__sync_fetch_and_or(flags, GM_OBJ_SUSPECT | GM_OBJ_ENDED);
	*id = mine;
	gm_postponed = 1;
}

/* Leaves a creation to the next scan: the ring has no room for it. */
static __always_inline void gm_create_postpone(__u32 *flags)
{
	__sync_fetch_and_or(flags, GM_OBJ_UNREPORTED);
	gm_postponed = 1;
}

/* Return 1 to the one caller that is to report a postponed creation. */
static __always_inline int gm_claim_create(__u32 *flags)
{
	return *flags & GM_OBJ_UNREPORTED && __sync_fetch_and_and(flags, ~GM_OBJ_UNREPORTED) & GM_OBJ_UNREPORTED;
}

/*
 * Report a creation that no hook reported, as its hook is missing or its program was skipped (gm_missed.bpf.h). room: a
 * kind of event whose room in the ring it may use. Return 0; -1: there is no room, and the caller postpones it.
 */
GM_GLOBAL int gm_vm_emit_missed_create(__u32 vm, __u32 tgid, __u32 tid);
GM_GLOBAL int gm_file_emit_missed_create(__u32 vm, __u32 file, __u32 inode, __u64 ino, __u32 room);

/* ---- the entries ---- */

static __always_inline struct gm_vm_val *gm_vm_lookup(const struct kvm *kvm)
{
	__u64 key = (__u64)kvm;

	return bpf_map_lookup_elem(&gm_vms, &key);
}

static __always_inline struct gm_file_val *gm_file_lookup(const struct file *file)
{
	__u64 key = (__u64)file;

	return bpf_map_lookup_elem(&gm_files, &key);
}

static __always_inline struct gm_inode_val *gm_inode_lookup(const struct inode *inode)
{
	__u64 key = (__u64)inode;

	return bpf_map_lookup_elem(&gm_inodes, &key);
}

/* ---- which tasks and processes may have VMs with gmem ---- */

/* The number of VMs with gmem that threads with the low bits of this id created. */
static __always_inline __u64 *gm_gmem_vms_of_tid(__u32 tid)
{
	__u32 i = tid & ((1 << GM_GMEM_VMS_BITS) - 1);

	return bpf_map_lookup_elem(&gm_gmem_vms, &i);
}

/* The number of VMs with gmem on this host. */
static __always_inline __u64 *gm_gmem_vms_of_all(void)
{
	__u32 i = 1 << GM_GMEM_VMS_BITS;

	return bpf_map_lookup_elem(&gm_gmem_vms, &i);
}

/* The number of VMs with gmem of processes whose memory has the hash of this one's. */
static __always_inline __u64 *gm_gmem_vms_of_mm(const struct mm_struct *mm)
{
	__u32 i = (1 << GM_GMEM_VMS_BITS) + 1 + ((__u64)mm * 0x9E3779B97F4A7C15ULL >> (64 - GM_GMEM_VMS_BITS));

	return bpf_map_lookup_elem(&gm_gmem_vms, &i);
}

/* Return 0 if no VM that this thread created is known to have gmem. */
static __always_inline int gm_creator_may_have_gmem(__u32 tid)
{
	const __u64 *n = gm_gmem_vms_of_tid(tid);

	return !n || *n;
}

/* Return 0 if no VM of this host is known to have gmem. */
static __always_inline int gm_host_may_have_gmem(void)
{
	const __u64 *n = gm_gmem_vms_of_all();

	return !n || *n;
}

/* Return 0 if no VM of the current task's process is known to have gmem. */
static __always_inline int gm_process_may_have_gmem(void)
{
	const __u64 *n;

	if (!gm_host_may_have_gmem())
		return 0;
	n = gm_gmem_vms_of_mm(gm_current_mm());
	return !n || *n;
}

/* Counts one VM with gmem more (1) or less (-1). */
static __always_inline void gm_gmem_vms_add(__u32 tid, const struct mm_struct *mm, __s64 more)
{
	__u64 *n = gm_gmem_vms_of_tid(tid), *all = gm_gmem_vms_of_all(), *of_mm = gm_gmem_vms_of_mm(mm);

	if (all)
		__sync_fetch_and_add(all, more);
	if (n)
		__sync_fetch_and_add(n, more);
	if (of_mm)
		__sync_fetch_and_add(of_mm, more);
}

/* ---- VMs ---- */

static __always_inline void gm_vm_describe(struct gm_vm_val *v, const struct kvm *kvm)
{
	v->mm = (__u64)gm_vm_mm(kvm);
	v->tid = gm_vm_creator(kvm);
	bpf_core_read(v->name, sizeof(v->name), &kvm->stats_id);
}

/* Return true if the struct kvm at this address is still the one that the entry describes. */
static __always_inline int gm_vm_is_same(const struct kvm *kvm, const struct gm_vm_val *v)
{
	__u64 name[2] = {};

	return !bpf_core_read(name, sizeof(name), &kvm->stats_id) && name[0] == v->name[0] && name[1] == v->name[1] &&
	       (__u64)gm_vm_mm(kvm) == v->mm;
}

/*
 * Return true if the current task belongs to the process that created the VM. A task that is exiting has no memory any
 * more; its process's number decides.
 */
static __always_inline int gm_is_vm_owner(const struct gm_vm_val *v)
{
	__u64 mm = (__u64)gm_current_mm();

	return mm ? mm == v->mm : v->tid == bpf_get_current_pid_tgid() >> 32;
}

/* Removes an entry, after gm_claim_end(). */
static __always_inline void gm_vm_remove(const struct kvm *kvm, const struct gm_vm_val *v)
{
	__u32 gmem = v->gmem, tid = v->tid, uid = v->uid;
	__u64 mm = v->mm, key = (__u64)kvm;

	bpf_map_delete_elem(&gm_vms, &key);
	gm_share_release(uid, GM_SHARE_VMS);
	if (gmem)
		gm_gmem_vms_add(tid, (void *)mm, -1);
}

/*
 * Create the entry of a VM. reported: NULL if the creation was not seen; else the caller reports the creation, unless
 * this function sets *reported to 1: a scan on another CPU was first, or the user's share is used up (a loss; whoever
 * finds the VM when there is room reports a missed creation). Return the entry, which may be another CPU's; NULL: none.
 */
static __always_inline struct gm_vm_val *gm_vm_new(const struct kvm *kvm, __u64 *reported)
{
	GM_ZEROED(struct gm_vm_val, v);
	int seen = reported != NULL, err;
	const struct gm_share *mine;
	struct gm_vm_val *there;
	__u64 key = (__u64)kvm;

	v->uid = gm_vm_uid(gm_vm_mm(kvm));
	if (!gm_share_take(v->uid, GM_SHARE_VMS)) {
		gm_vm_refused(kvm, gm_vm_mm(kvm), v->uid, seen);
		if (reported)
			*reported = 1;
		return NULL;
	}
	mine = gm_share_of(v->uid);
	v->id = gm_next_id(GM_NEXT_VM);
	v->flags = seen ? 0 : gm_discovery_flags();
	/* a file of the user's untracked VMs may belong to this one */
	if (!seen && mine && gm_untracked_holds(mine->homeless_seen)) {
		v->untracked_seen = mine->homeless_seen;
		v->flags |= GM_OBJ_UNCOUNTED;
	}
	v->born_ns = gm_now();
	v->walked = seen;
	v->boot_pc = GM_PC_UNKNOWN;
	gm_vm_describe(v, kvm);
	/* The owner itself acts, mostly; the act of another process says nothing about the owner. */
	if (seen || gm_is_vm_owner(v))
		v->tgid = bpf_get_current_pid_tgid() >> 32;
	err = bpf_map_update_elem(&gm_vms, &key, v, BPF_NOEXIST);
	there = bpf_map_lookup_elem(&gm_vms, &key);
	if (!err && !seen && gm_vm_emit_missed_create(v->id, v->tgid, v->tid) && there)
		gm_create_postpone(&there->flags);
	if (err) {
		gm_share_release(v->uid, GM_SHARE_VMS);
		if (err != -EEXIST) /* no memory */
			gm_count_loss(GM_LOSS_MAP);
		if (reported)
			*reported = 1;
	}
	return there;
}

/*
 * Look up a VM, or create its entry. A VM without users is within its destruction, and the scan has reported its end:
 * it gets no entry.
 */
static __always_inline struct gm_vm_val *gm_vm_get(const struct kvm *kvm)
{
	struct gm_vm_val *v;

	if (!kvm)
		return NULL;
	v = gm_vm_lookup(kvm);
	if (!v && BPF_CORE_READ(kvm, users_count.refs.counter))
		v = gm_vm_new(kvm, NULL);
	return v;
}

static __always_inline __u32 gm_vm_id(const struct kvm *kvm)
{
	struct gm_vm_val *v = gm_vm_get(kvm);

	return v ? v->id : 0;
}

/* gm_vm_get() as a call of its own: a new entry's value takes room on the stack. */
static __noinline struct gm_vm_val *gm_vm_discover(const struct kvm *kvm)
{
	return gm_vm_get(kvm);
}

/* The id of the VM that the current call is about. */
static __always_inline __u32 gm_vm_id_in_use(const struct kvm *kvm)
{
	struct gm_vm_val *v = gm_vm_discover(kvm);

	return v && gm_vm_is_same(kvm, v) ? v->id : 0;
}

#endif
