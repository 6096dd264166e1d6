/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* procinfo.h - what /proc says about a process, as a record. */
#ifndef GM_KERNEL_PROCINFO_H
#define GM_KERNEL_PROCINFO_H

#include <stdbool.h>
#include "record/record.h"

/*
 * A read of /proc/PID/stat or cmdline takes a reference to the process's memory. If the process exits just then, its
 * memory ends in our task, and with it what it maps. So read these two only where nothing else has the facts, and not
 * of a process that is exiting.
 */

/* Return true if /proc shows the process. Takes no such reference. */
bool gm_procinfo_is_there(uint32_t tgid);
/* The cgroups of out->tgid. Takes no such reference. */
void gm_procinfo_cgroup(struct gm_rec_proc *out);
/* The command line of out->tgid. */
void gm_procinfo_cmdline(struct gm_rec_proc *out);
/* Fills out (ts_ns 0). 0; -ESRCH: the process is gone. Text is raw: whoever shows it cleans it. */
int gm_procinfo_read(uint32_t tgid, struct gm_rec_proc *out);
/* CPU time of all its threads, the ended ones included, in the kernel's clock ticks (mostly 10 ms). Likewise. */
int gm_procinfo_cpu(uint32_t tgid, struct gm_rec_cpu *out);

#endif
