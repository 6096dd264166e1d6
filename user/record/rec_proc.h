/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rec_proc.h - what a record keeps of a process's command line and of its cgroups: all that may name a virtual
 * machine. Pure functions over untrusted bytes. What is left out or cut is marked in the record's flags, because half
 * a name may be another machine's.
 */
#ifndef GM_RECORD_REC_PROC_H
#define GM_RECORD_REC_PROC_H

#include <stddef.h>
#include "gm_wire.h"

/*
 * args: the first len bytes of a command line of `all` bytes, words that end with a NUL (the last one may lack it). A
 * command line that fits is kept as it is. Of a longer one are kept, in their order: the program, and the options
 * that gm_proc_keeps() with their values. A word is kept whole or not at all. Sets p->cmdline, cmdline_len and
 * GM_PROC_ARGS_CUT; p is zeroed there.
 */
void gm_proc_keep_args(struct gm_rec_proc *p, const char *args, size_t len, size_t all);
/* Return true if this is an option that may name a VM: len bytes, without dashes ("uuid"). */
int gm_proc_keeps(const char *option, size_t len);
/*
 * text: the first len bytes of /proc/PID/cgroup, which has `all` or more. Keeps every path that differs but "/" ("/"
 * where there is no other): the deepest in p->cgroup, all of them in p->cgroups if they are several or longer. A
 * process is in one path with cgroup v2, in one of each hierarchy with v1 (man 7 cgroups). Sets GM_PROC_CGROUP_CUT; p
 * is zeroed there.
 */
void gm_proc_keep_cgroups(struct gm_rec_proc *p, const char *text, size_t len, size_t all);

#endif
