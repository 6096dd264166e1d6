/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_share.h - how many VMs, files and inodes of one user are tracked, and how many files of one VM; for the BPF
 * programs and their unit test.
 *
 * The rule for users: a user gets another entry while the user has fewer entries than are free. There is no fixed
 * limit, and none has to be known beforehand:
 *   - One user alone gets half of the room. So the maps have twice the room that -C max-vms and max-files say.
 *   - n users who take all they can get have as many each as are left free: 1/(n+1) of the room.
 *   - A user with few entries always gets more, whatever the others took: a user without any is refused only if no
 *     entry is free, and n greedy users leave 1/(n+1) of the room free.
 *
 * The rule for a VM's files is the same with an eighth of what is free, as one user may own all VMs of a host: the
 * greediest VM gets a ninth of the room. GM_VM_FILES files are always in the VM's share, more than any known VMM
 * creates.
 *
 * Such VMs can use up their user's share. So that another VM of that user is tracked all the same, its first files (and
 * their inodes) may be beyond the share. These are counted apart, by the rule for users with less room: half of what
 * the entries within shares leave free.
 *   - They do not fill a map: n greedy users leave 1/(n+1) of the room free within their shares, and take less than
 *     half of that beyond. So 1/(2n+2) of the room is still free for another user.
 *   - One greedy user leaves half of the room, and takes half of a half of that beyond: an eighth of the room. Of 32768
 *     entries these are 4096: GM_VM_FIRST files each of 2048 VMs.
 *   - A VM's other files up to GM_VM_FILES may be beyond the share only in a quarter of that room: so they leave the
 *     rest to VMs with few files. In 32768 entries, 64 VMs of 16 files each fit there beside the greedy VMs of the same
 *     user.
 */
#ifndef GM_SHARE_H
#define GM_SHARE_H

#include "gm_wire.h"

#define GM_VM_FILES	16
#define GM_VM_PART	8
#define GM_VM_FIRST	2

/* Return true if a user who has `had` entries of a map may take another one; used: by all users together. */
static inline int gm_share_fits(__u32 had, __u32 used, __u32 room)
{
	return used < room && had < room - used;
}

/* Return true if a VM with so many files may have another one. */
static inline int gm_share_vm_fits(__u32 files, __u32 used, __u32 room)
{
	return files < GM_VM_FILES || (used < room && files < (room - used) / GM_VM_PART);
}

/*
 * Return true if a VM with so many files may have another one beyond its user's share. had, used: such entries of the
 * user and of all users; left: the room that entries within shares leave.
 */
static inline int gm_share_first_fits(__u32 files, __u32 had, __u32 used, __u32 left)
{
	return files < GM_VM_FILES && gm_share_fits(had, used, files < GM_VM_FIRST ? left / 2 : left / 8);
}

#endif
