/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_share.bpf.h - counts who has how many entries of the identity maps, so that no tenant takes all the room. gm_share.h has the rule.
 *
 * What is refused is untracked: no id, no events of its own. Its VM's record has the number of such files, so that nobody takes the others for all
 * of its memory. A VM with untracked files gets no entry for a file that is found later, only for one that is created: otherwise nobody could tell
 * which of those that end were the untracked ones.
 *
 * Users are counted by a hash of their number, with a secret: two that meet share a share.
 */
#ifndef GM_SHARE_BPF_H
#define GM_SHARE_BPF_H

#include "gm_core.bpf.h"
#include "gm_share.h"

#define GM_SHARE_ALL	(1u << GM_SHARES_BITS)	/* the entry of gm_shares that counts all users */
#define GM_UID_UNKNOWN	(~0u)

enum { GM_SHARE_VMS, GM_SHARE_FILES, GM_SHARE_INODES };

static __always_inline struct gm_share *gm_share_all(void)
{
	__u32 i = GM_SHARE_ALL;

	return bpf_map_lookup_elem(&gm_shares, &i);
}

static __always_inline struct gm_share *gm_share_of(__u32 uid)
{
	struct gm_share *all = gm_share_all();
	__u32 i;

	if (!all)
		return NULL;
	if (!all->secret)
		__sync_val_compare_and_swap(&all->secret, 0, bpf_get_prandom_u32() | 1);
	i = (uid ^ all->secret) * 0x9E3779B1u >> (32 - GM_SHARES_BITS);
	return bpf_map_lookup_elem(&gm_shares, &i);
}

static __always_inline __u32 gm_share_room(__u32 kind)
{
	return kind == GM_SHARE_VMS ? gm_conf.room_vms : gm_conf.room_files;
}

static __always_inline void gm_share_put(__u32 uid, __u32 kind)
{
	struct gm_share *all = gm_share_all(), *mine = gm_share_of(uid);

	if (!all || !mine)
		return;
	__sync_fetch_and_sub(&all->nr[kind], 1);
	__sync_fetch_and_sub(&mine->nr[kind], 1);
}

/* One entry more for this user. 0: it is beyond his share. */
static __always_inline int gm_share_take(__u32 uid, __u32 kind)
{
	struct gm_share *all = gm_share_all(), *mine = gm_share_of(uid);
	__u32 used, had, room = gm_share_room(kind);

	if (!all || !mine)
		return 0;
	used = __sync_fetch_and_add(&all->nr[kind], 1);
	had = __sync_fetch_and_add(&mine->nr[kind], 1);
	if (gm_share_fits(had, used, room))
		return 1;
	gm_share_put(uid, kind);
	return 0;
}

/* Has a VM with so many files room for another one in its share? */
static __always_inline int gm_share_vm_has_room(__u32 files)
{
	const struct gm_share *all = gm_share_all();

	return gm_share_vm_fits(files, all ? all->nr[GM_SHARE_FILES] : 0, gm_share_room(GM_SHARE_FILES));
}

/* Not below 0. */
static __always_inline void gm_count_down(__u32 *n, __u32 by)
{
	__u32 had;
	int i;

	for (i = 0; i < 8; i++) {
		had = *(volatile __u32 *)n;
		if (!had || __sync_val_compare_and_swap(n, had, had > by ? had - by : 0) == had)
			return;
	}
}

/* ---- whose an object is, by the kernel ---- */

static __always_inline __u32 gm_file_uid(const struct file *file)
{
	const struct cred___any *cred = (const void *)BPF_CORE_READ(file, f_cred);

	return BPF_CORE_READ(cred, uid.val);
}

static __always_inline __u32 gm_inode_uid(const struct inode *inode)
{
	return BPF_CORE_READ(inode, i_uid.val);
}

/* mm: of the process that created the VM. */
static __always_inline __u32 gm_vm_uid(__u64 mm)
{
	struct task_struct *owner;

	if (gm_current_mm() == mm)
		return (__u32)bpf_get_current_uid_gid();
	owner = gm_mm_owner(mm);
	return owner ? gm_task_uid(owner) : GM_UID_UNKNOWN;
}

/* ---- what is untracked ---- */

/* A VM of this user is refused. Counted once: when it is created, or for all that a user had before the tool. */
static __always_inline void gm_vm_refused(__u32 uid, int born)
{
	struct gm_share *mine = gm_share_of(uid);

	if (born || (!gm_started && mine && !__sync_lock_test_and_set(&mine->old_vms, 1)))
		gm_lost(GM_LOSS_VM_UNTRACKED);
}

/* vm: NULL if it is untracked as well. */
static __always_inline struct gm_share *gm_untracked_share(const struct gm_vm_val *vm, __u32 uid)
{
	return gm_share_of(vm ? vm->uid : uid);
}

/* May a file get an entry that was not seen to be created? */
static __always_inline int gm_file_may_be_found(const struct gm_vm_val *vm, __u32 uid)
{
	const struct gm_share *mine = gm_untracked_share(vm, uid);

	return vm ? !vm->untracked : !mine || !mine->homeless;
}

static __always_inline void gm_file_refused(struct gm_vm_val *vm, __u32 uid, int born)
{
	struct gm_share *mine = gm_untracked_share(vm, uid);

	if (!mine || (!born && !gm_file_may_be_found(vm, uid)))
		return;		/* counted already */
	gm_lost(GM_LOSS_FILE_UNTRACKED);
	__sync_fetch_and_add(&mine->untracked, 1);
	__sync_fetch_and_add(vm ? &vm->untracked : &mine->homeless, 1);
}

/* An untracked file ends. */
static __always_inline void gm_file_untracked_gone(struct gm_vm_val *vm, __u32 uid)
{
	struct gm_share *mine = gm_untracked_share(vm, uid);

	if (!mine || gm_file_may_be_found(vm, uid))
		return;
	gm_count_down(&mine->untracked, 1);
	gm_count_down(vm ? &vm->untracked : &mine->homeless, 1);
}

#endif
