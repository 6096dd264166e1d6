/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pidns.h - which processes a tool can see. BPF programs report processes by the numbers of the initial PID
 * namespace. An iterator over tasks shows those of its reader's namespace alone (init_seq_pidns(),
 * kernel/bpf/task_iter.c), and /proc has the numbers of the namespace that it was mounted in, with any processes left
 * out that hidepid= hides.
 */
#ifndef GM_KERNEL_PIDNS_H
#define GM_KERNEL_PIDNS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether /proc/PID is the process that the kernel calls PID. Files of the first two may be read by number. */
enum gm_procfs { GM_PROCFS_OK, GM_PROCFS_HIDES /* not every process */, GM_PROCFS_FOREIGN, GM_PROCFS_NONE };

struct gm_pidns {
	uint32_t pid;		/* of this process, in its own namespace */
	uint32_t tgid;		/* the same in the initial one, as a BPF program reads it; 0: not known */
	uint64_t ns_ino;	/* its namespace's inode; 0: not known */
	bool has_proc;		/* a proc filesystem is at /proc */
	uint32_t self;		/* this process's number there; 0: it is not there */
	uint32_t levels;	/* namespaces from /proc's down to this process's; 0: not known */
	bool hides;		/* /proc does not show process 1 */
};

/* All but tgid, which is the caller's to fill in. */
void gm_pidns_read(struct gm_pidns *out);

/* NULL: iterators show the tasks of the whole host. Else why not, and the remedy. */
const char *gm_pidns_tasks_why(const struct gm_pidns *p);
enum gm_procfs gm_pidns_procfs(const struct gm_pidns *p);
/* NULL for GM_PROCFS_OK. Else why process facts are not to be had, and the remedy. */
const char *gm_procfs_why(enum gm_procfs procfs);

#endif
