/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * procinfo.h - reads facts about a process from /proc into a record.
 *
 * Reading /proc/PID/stat or cmdline takes a reference to the process's memory. If the process exits just then, its
 * memory ends in our task, and with it what it maps. So read these two only if nothing else has the facts, and not of a
 * process that is exiting. The only error is -ESRCH, not reported.
 */
#ifndef GM_KERNEL_PROCINFO_H
#define GM_KERNEL_PROCINFO_H

#include <stdbool.h>
#include "record/record.h"


/* Return true if /proc shows the process. Takes no reference to its memory. */
bool gm_procinfo_is_there(uint32_t tgid);
/* Fills in the cgroups of out->tgid. Takes no reference to its memory. */
void gm_procinfo_cgroup(struct gm_rec_proc *out);
/* Fills in the command line of out->tgid. */
void gm_procinfo_cmdline(struct gm_rec_proc *out);
/* Fills *out (ts_ns 0). 0; -ESRCH: the process has exited. Texts are untrusted input, not cleaned. */
int gm_procinfo_read(uint32_t tgid, struct gm_rec_proc *out);
/*
 * Reads the CPU time of all its threads, including ended ones, in the kernel's clock ticks (mostly 10 ms). 0; -ESRCH:
 * the process has exited.
 */
int gm_procinfo_cpu(uint32_t tgid, struct gm_rec_cpu *out);

#endif
