/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_share.bpf.h - counts who has how many entries of the identity maps, so that no tenant takes all the room.
 * gm_share.h has the rule.
 *
 * What is refused is untracked: no id, no events of its own. Its VM's record has the number of such files, so that
 * nobody takes the others for all of its memory. Scans of all tasks try again, as shares grow when others end: a VM
 * has untracked files until a scan that began after the last refusal was complete and refused none. That needs no
 * hook that sees files end.
 *
 * Users are counted by a hash of their number, with a secret: two that meet share a share.
 */
#ifndef GM_SHARE_BPF_H
#define GM_SHARE_BPF_H

#include "gm_core.bpf.h"
#include "gm_share.h"

#define GM_SHARE_ALL	(1u << GM_SHARES_BITS)	/* the entry of gm_shares that counts all users */
#define GM_UID_UNKNOWN	(~0u)

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

/* The kind that counts those beyond the share, of files or of inodes. */
static __always_inline __u32 gm_share_first(__u32 kind)
{
	return kind == GM_SHARE_FILES ? GM_SHARE_FIRST_FILES : GM_SHARE_FIRST_INODES;
}

static __always_inline void gm_share_release(__u32 uid, __u32 kind)
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
	if (kind != GM_SHARE_VMS)
		used += all->nr[gm_share_first(kind)];
	if (gm_share_fits(had, used, room))
		return 1;
	gm_share_release(uid, kind);
	return 0;
}

/*
 * Takes an entry beyond the user's share for a file, or its inode, of a VM that has so many files. 0: no room for that.
 */
static __always_inline int gm_share_take_first(__u32 uid, __u32 kind, __u32 files)
{
	struct gm_share *all = gm_share_all(), *mine = gm_share_of(uid);
	__u32 used, had, within, first = gm_share_first(kind), room = gm_share_room(kind);

	if (!all || !mine)
		return 0;
	within = all->nr[kind];
	used = __sync_fetch_and_add(&all->nr[first], 1);
	had = __sync_fetch_and_add(&mine->nr[first], 1);
	if (within < room && gm_share_first_fits(files, had, used, room - within))
		return 1;
	gm_share_release(uid, first);
	return 0;
}

#define GM_REFUSED	(~0u)

/* For the verifier, which knows no bound of a global function's argument. */
static __always_inline __u32 gm_share_file_kind(__u32 kind)
{
	__u32 k = kind == GM_SHARE_FILES ? GM_SHARE_FILES : GM_SHARE_INODES;

	barrier_var(k);
	return k;
}

/*
 * A file's entry, or its inode's. files: of its VM. Return the flags that it has by that, or GM_REFUSED. Apart from
 * the callers, whose stacks have no room.
 */
GM_GLOBAL __u32 gm_share_take_file(__u32 uid, __u32 of, __u32 files)
{
	__u32 kind = gm_share_file_kind(of);

	if (gm_share_take(uid, kind))
		return 0;
	return files < GM_VM_FILES && gm_share_take_first(uid, kind, files) ? GM_OBJ_FIRST : GM_REFUSED;
}

GM_GLOBAL int gm_share_release_file(__u32 uid, __u32 of, __u32 flags)
{
	__u32 kind = gm_share_file_kind(of);

	gm_share_release(uid, flags & GM_OBJ_FIRST ? gm_share_first(kind) : kind);
	return 0;
}

/* Return true if a VM that has so many files may have another one within its share. */
static __always_inline int gm_share_vm_has_room(__u32 files)
{
	const struct gm_share *all = gm_share_all();
	__u32 used = all ? all->nr[GM_SHARE_FILES] + all->nr[GM_SHARE_FIRST_FILES] : 0;

	return gm_share_vm_fits(files, used, gm_share_room(GM_SHARE_FILES));
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

/* The value that marks a refusal that happens now, for the fields *_seen (0 in them: never). */
static __always_inline __u32 gm_untracked_now(void)
{
	const struct gm_share *all = gm_share_all();

	return all ? all->scan + 1 : 1;
}

/* Return true if what was refused at `seen` may still be untracked: no complete scan of all tasks has begun since. */
static __always_inline int gm_untracked_holds(__u32 seen)
{
	const struct gm_share *all = gm_share_all();

	return seen && (!all || seen > all->scanned);
}

#define GM_UNTRACKED_BITS	19	/* log2 of the bits that tell refused objects apart */

#ifdef GM_ONE_THREAD
/*
 * Objects that the current scan has refused, by a hash; the loader sets both to 0 before a scan. Two objects with one
 * bit count as one.
 */
__u64 gm_untracked_bits[1 << (GM_UNTRACKED_BITS - 6)];
__u32 gm_untracked_any;

/* Return true if this scan has not refused the object before. */
static __always_inline int gm_untracked_is_new(__u64 object)
{
	__u32 hash = object * 0x9E3779B97F4A7C15ULL >> (64 - GM_UNTRACKED_BITS),
	      word = hash >> 6 & ((1 << (GM_UNTRACKED_BITS - 6)) - 1);
	__u64 bit = 1ULL << (hash & 63);

	if (gm_untracked_bits[word] & bit)
		return 0;
	gm_untracked_bits[word] |= bit;
	gm_untracked_any = 1;
	return 1;
}

static __always_inline void gm_untracked_count(struct gm_vm_val *vm, __u32 now, int is_new)
{
	if (vm->untracked_scan != now)
		vm->untracked = 0;
	vm->untracked_scan = now;
	vm->untracked += is_new;
}
#else
static __always_inline int gm_untracked_is_new(__u64 object)
{
	return 0;
}

/* Only scans count. A call just forgets a count that no longer holds. */
static __always_inline void gm_untracked_count(struct gm_vm_val *vm, __u32 now, int is_new)
{
	if (!gm_untracked_holds(vm->untracked_seen))
		vm->untracked = 0;
}
#endif

/*
 * The entry that says when a VM of this process was last refused. Processes are told apart by a hash of their
 * memory's address.
 */
static __always_inline __u32 *gm_untracked_vm_of(__u64 mm)
{
	__u32 i = mm * 0x9E3779B97F4A7C15ULL >> (64 - GM_SHARES_BITS);

	return bpf_map_lookup_elem(&gm_untracked_vms, &i);
}

/* Notes that a VM of this user is refused. The loss is counted once: at its creation, or by the first scan. */
static __always_inline void gm_vm_refused(__u64 kvm, __u64 mm, __u32 uid, int born)
{
	struct gm_share *mine = gm_share_of(uid);
	int is_new = gm_untracked_is_new(kvm);
	__u32 *at = gm_untracked_vm_of(mm);

	if (born || (is_new && !gm_started))
		gm_count_loss(GM_LOSS_VM_UNTRACKED);
	if (mine)
		mine->vms_seen = gm_untracked_now();
	if (at)
		*at = gm_untracked_now();
}

/*
 * Return true if the process of this vm has other VMs that are untracked. Another user's process with the same hash
 * does not count.
 */
static __always_inline int gm_vm_has_untracked_siblings(const struct gm_vm_val *v)
{
	const struct gm_share *mine = gm_share_of(v->uid);
	const __u32 *at = gm_untracked_vm_of(v->mm);

	return mine && at && gm_untracked_holds(mine->vms_seen) && gm_untracked_holds(*at);
}

/*
 * May a file get an entry that was not seen to be created? vm: NULL if it is untracked as well. A scan always tries:
 * it finds all files, and so knows when none is untracked. A single call does not: it finds an untracked file for the
 * first time, or again.
 */
static __always_inline int gm_file_may_be_found(const struct gm_vm_val *vm, __u32 uid)
{
#ifdef GM_ONE_THREAD
	return 1;
#else
	const struct gm_share *mine = vm ? NULL : gm_share_of(uid);

	return !gm_untracked_holds(vm ? vm->untracked_seen : mine ? mine->homeless_seen : 0);
#endif
}

static __always_inline int gm_user_has_untracked_vms(__u32 uid)
{
	const struct gm_share *mine = gm_share_of(uid);

	return mine && gm_untracked_holds(mine->vms_seen);
}

/* Files of this user may be untracked. */
static __always_inline int gm_user_has_untracked(__u32 uid)
{
	const struct gm_share *mine = gm_share_of(uid);

	return mine && gm_untracked_holds(mine->files_seen);
}

/*
 * Notes that a file is refused. vm: NULL if it is untracked as well. The loss is counted once: at the file's
 * creation, or by the first scan.
 */
static __noinline void gm_file_refused(__u64 file, struct gm_vm_val *vm, __u32 uid, int born)
{
	struct gm_share *mine = gm_share_of(uid);
	int is_new = gm_untracked_is_new(file);
	__u32 now = gm_untracked_now();

	if (born || (is_new && !gm_started))
		gm_count_loss(GM_LOSS_FILE_UNTRACKED);
	if (mine)
		mine->files_seen = now;
	if (mine && !vm)
		mine->homeless_seen = now;
	if (!vm)
		return;
	gm_untracked_count(vm, now, is_new);
	vm->untracked_seen = now;
	__sync_fetch_and_or(&vm->flags, GM_OBJ_UNCOUNTED);
}

#endif
