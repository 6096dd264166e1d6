/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pidns.h - which processes a tool can see. BPF programs report processes by the numbers of the initial PID namespace.
 * An iterator over tasks shows only those of its reader's namespace (init_seq_pidns(), kernel/bpf/task_iter.c). /proc
 * has the numbers of the namespace in which it was mounted, without the processes that hidepid= hides. No errors; a
 * fact that cannot be read is 0.
 */
#ifndef GM_KERNEL_PIDNS_H
#define GM_KERNEL_PIDNS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether /proc/PID is the process with the kernel's number PID. With the first two, files may be read by number. */
enum gm_procfs { GM_PROCFS_OK, GM_PROCFS_HIDES /* not every process */, GM_PROCFS_FOREIGN, GM_PROCFS_NONE };

struct gm_pidns {
	uint32_t pid;		/* this process's number in its own namespace */
	uint32_t tgid;		/* its number in the initial namespace, read by a BPF program; 0: unknown */
	uint64_t ns_ino;	/* inode of its namespace; 0: unknown */
	bool has_proc;		/* a proc filesystem is mounted at /proc */
	uint32_t self;		/* this process's number in /proc; 0: it has none */
	uint32_t levels;	/* namespaces from /proc's down to this process's; 0: unknown */
	bool hides;		/* /proc does not show process 1 */
};

/* Reads all facts but tgid, which the caller fills in. */
void gm_pidns_read(struct gm_pidns *out);

/* Returns NULL if iterators show the tasks of the whole host; else the reason why not, and the remedy. */
const char *gm_pidns_tasks_why(const struct gm_pidns *p);
/* Returns what /proc shows, by the facts. */
enum gm_procfs gm_pidns_procfs(const struct gm_pidns *p);
/* Returns NULL for GM_PROCFS_OK; else why process facts are unavailable, and the remedy. */
const char *gm_procfs_why(enum gm_procfs procfs);

#endif
