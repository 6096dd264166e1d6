// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A memory cgroup around the calling process, to make allocations fail.  Both
 * versions of cgroups work: distributions mount version 2; version 1 can fail an
 * allocation without the OOM killer.
 *
 * gg_memcg_enter(), then pairs of _set() and _lift(), then _leave().  Between
 * _set() and _lift() the caller must not touch memory for the first time: such a
 * page fault would wait for memory that nothing frees.
 */
#ifndef GG_MEMCG_H
#define GG_MEMCG_H

#include <stdint.h>

struct gg_memcg {
	char home[256];		/* the process's first cgroup, to which it returns */
	char dir[256];
	int limit_fd;		/* the open file that has the limit */
	int version;
};

/*
 * Move this process into a cgroup of its own.  NULL, or the reason why that is
 * not possible here; then nothing has changed.
 */
const char *gg_memcg_enter(struct gg_memcg *g);

/* Limit the cgroup to the memory that it uses now.  0 or -errno. */
int gg_memcg_set(struct gg_memcg *g);

/* Remove the limit.  0 or -errno. */
int gg_memcg_lift(struct gg_memcg *g);

/* Move the process back and remove the cgroup. */
void gg_memcg_leave(struct gg_memcg *g);

#endif /* GG_MEMCG_H */
