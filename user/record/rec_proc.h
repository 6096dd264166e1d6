/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rec_proc.h - the parts of a process's command line and cgroups that a record keeps: all that may name a virtual
 * machine. Pure functions over untrusted input, without errors. What is left out or cut is marked in the record's
 * flags, because half a name may be another machine's.
 */
#ifndef GM_RECORD_REC_PROC_H
#define GM_RECORD_REC_PROC_H

#include <stddef.h>
#include "gm_wire.h"

/*
 * Keeps a command line of `all` bytes, of which args has the first len: words that end with a NUL (the last one may
 * lack it). A command line that fits is kept as it is. Of a longer one the program is kept, and the options that
 * gm_proc_is_kept_option() accepts, with their values, in order. A word is kept complete or not at all. Sets
 * p->cmdline, cmdline_len and GM_PROC_ARGS_CUT; p->cmdline must be zeroed.
 */
void gm_proc_keep_args(struct gm_rec_proc *p, const char *args, size_t len, size_t all);
/* Return true if an option (len bytes, without dashes: "uuid") may name a VM. */
int gm_proc_is_kept_option(const char *option, size_t len);
/*
 * Keeps the paths of /proc/PID/cgroup, of whose text there are the first len bytes of `all` or more. Each different
 * path is kept except "/", which is kept if there is no other: the deepest in p->cgroup, and all in p->cgroups if there
 * are several or it is longer. A process has one path with cgroup v2, and one in each hierarchy with v1 (man 7
 * cgroups). Sets GM_PROC_CGROUP_CUT; p->cgroup and p->cgroups must be zeroed.
 */
void gm_proc_keep_cgroups(struct gm_rec_proc *p, const char *text, size_t len, size_t all);

#endif
