/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* procinfo.h - what /proc says about a process, as a record. */
#ifndef GM_SOURCE_PROCINFO_H
#define GM_SOURCE_PROCINFO_H

#include "record/rec.h"

/* Fills out (ts_ns 0). 0; -ESRCH: the process is gone. Text is raw: whoever shows it cleans it. */
int gm_procinfo_read(uint32_t tgid, struct gm_rec_proc *out);
/* CPU time of all its threads, the ended ones included, in the kernel's clock ticks (mostly 10 ms). Likewise. */
int gm_procinfo_cpu(uint32_t tgid, struct gm_rec_cpu *out);

#endif
