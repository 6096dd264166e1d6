/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_share.bpf.h - counts each user's entries of the identity maps, so that no tenant uses up the room. gm_share.h has
 * the rule.
 *
 * Protocol. An object takes its place (gm_share_take*()) before its entry is created, and releases the place when the
 * entry is removed or could not be created. An object whose place is refused is untracked: no id, no events. The caller
 * notes the refusal (gm_vm_refused(), gm_file_refused()), which counts the loss.
 *
 * A VM's record has the number of its untracked files, so that outputs do not take the others for all of its memory.
 * Scans of all tasks try again, as shares grow when objects end: a VM has untracked files until a scan that began after
 * the last refusal was complete and refused none. That needs no hook that sees files end.
 *
 * Users are counted by a hash of their number, with a secret; users with the same hash have one share together.
 */
#ifndef GM_SHARE_BPF_H
#define GM_SHARE_BPF_H

#include "gm_kvm.bpf.h"
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

/* The kind that counts entries beyond the share; kind: files or inodes. */
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

/* Take an entry for this user. 0: it would be beyond the user's share. */
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
 * Take an entry beyond the user's share for a file, or its inode, of a VM that has so many files. 0: no room for that.
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

/* Bounds a kind: the verifier knows no bound of a global function's argument. */
static __always_inline __u32 gm_share_file_kind(__u32 kind)
{
	__u32 k = kind == GM_SHARE_FILES ? GM_SHARE_FILES : GM_SHARE_INODES;

	barrier_var(k);
	return k;
}

/*
 * Take the entry of a file, or of its inode (of: the kind). files: how many its VM has. Return the object's flags or
 * GM_REFUSED. A call of its own: the callers' stacks have no room.
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

/* ---- the user of an object, by the kernel ---- */

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
static __always_inline __u32 gm_vm_uid(const struct mm_struct *mm)
{
	struct task_struct *owner;

	if (gm_current_mm() == mm)
		return (__u32)bpf_get_current_uid_gid();
	owner = gm_mm_owner(mm);
	return owner ? gm_task_uid(owner) : GM_UID_UNKNOWN;
}

/* ---- untracked objects ---- */

/* The value of a refusal that happens now, for the fields *_seen, which are 0 before the first. */
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

#define GM_UNTRACKED_BITS	19	/* log2 of the number of bits for refused objects */

#ifdef GM_ONE_THREAD
/*
 * Objects that the current scan has refused, by a hash; the loader sets both to 0 before a scan. Two objects with one
 * bit count as one.
 */
extern __u64 gm_untracked_bits[1 << (GM_UNTRACKED_BITS - 6)];
extern __u32 gm_untracked_any;

/* Return true if this scan has not refused the object before. */
static __always_inline int gm_untracked_is_new(const void *object)
{
	__u32 hash = (__u64)object * 0x9E3779B97F4A7C15ULL >> (64 - GM_UNTRACKED_BITS),
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
static __always_inline int gm_untracked_is_new(const void *object)
{
	return 0;
}

/* Only scans count. A call clears a count that no longer holds. */
static __always_inline void gm_untracked_count(struct gm_vm_val *vm, __u32 now, int is_new)
{
	if (!gm_untracked_holds(vm->untracked_seen))
		vm->untracked = 0;
}
#endif

/*
 * The entry that says when a VM of this process was last refused. Processes are distinguished by a hash of their
 * memory's address.
 */
static __always_inline __u32 *gm_untracked_vm_of(const struct mm_struct *mm)
{
	__u32 i = (__u64)mm * 0x9E3779B97F4A7C15ULL >> (64 - GM_SHARES_BITS);

	return bpf_map_lookup_elem(&gm_untracked_vms, &i);
}

/*
 * Notes that a VM of this user is refused. The loss is counted once: at a creation that was seen, or by the first scan.
 */
static __always_inline void gm_vm_refused(const struct kvm *kvm, const struct mm_struct *mm, __u32 uid, int seen)
{
	struct gm_share *mine = gm_share_of(uid);
	int is_new = gm_untracked_is_new(kvm);
	__u32 *at = gm_untracked_vm_of(mm);

	if (seen || (is_new && !gm_started))
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
	const __u32 *at = gm_untracked_vm_of((void *)v->mm);

	return mine && at && gm_untracked_holds(mine->vms_seen) && gm_untracked_holds(*at);
}

/*
 * Return true if a file whose creation was not seen may get an entry. vm: NULL if the VM is untracked, too. A scan
 * always tries: it finds all files, so it knows when none is untracked. A call does not: the file may be one that was
 * refused before.
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

/* Return true if files of this user may be untracked. */
static __always_inline int gm_user_has_untracked(__u32 uid)
{
	const struct gm_share *mine = gm_share_of(uid);

	return mine && gm_untracked_holds(mine->files_seen);
}

/*
 * Notes that a file is refused. vm: NULL if the VM is untracked, too. The loss is counted once: at a creation that was
 * seen, or by the first scan.
 */
static __noinline void gm_file_refused(const struct file *file, struct gm_vm_val *vm, __u32 uid, int seen)
{
	struct gm_share *mine = gm_share_of(uid);
	int is_new = gm_untracked_is_new(file);
	__u32 now = gm_untracked_now();

	if (seen || (is_new && !gm_started))
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
