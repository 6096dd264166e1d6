// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A memory cgroup around the calling process, to have allocations fail.  In
 * either version of cgroups: version 2 is what distributions mount, version 1
 * can fail an allocation without asking the OOM killer first.
 *
 * Between set and lift the caller must not touch memory that is new to it:
 * such a page fault would wait for memory that nobody frees.
 */
#ifndef GG_MEMCG_H
#define GG_MEMCG_H

#include <stdint.h>

struct gg_memcg {
	char home[256];		/* where the process was, and returns to */
	char dir[256];
	int limit_fd;		/* of the file that has the limit */
	int version;
};

/*
 * Move this process into a cgroup of its own.  NULL, or why that is not
 * possible here; then nothing has changed.
 */
const char *gg_memcg_enter(struct gg_memcg *g);

/* No more memory than is used now.  0 or -errno. */
int gg_memcg_set(struct gg_memcg *g);

/* As much as there is. */
int gg_memcg_lift(struct gg_memcg *g);

/* Move the process back and remove the cgroup. */
void gg_memcg_leave(struct gg_memcg *g);

#endif /* GG_MEMCG_H */
