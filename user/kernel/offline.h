/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* offline.h - a kernel that is not running as a source: what its types say could be observed. */
#ifndef GM_KERNEL_OFFLINE_H
#define GM_KERNEL_OFFLINE_H

#include "kernel/live.h"

/*
 * files: "VMLINUX" or "VMLINUX,KVM" (gm_kfacts_read_files()). Pushes meta (GM_META_OFFLINE) and the outcome of each
 * probe by the plan alone; the one look that it has is empty. Needs no privilege. 0 or -errno, reported.
 */
int gm_offline_open(struct gm_source **out, const char *files, const struct gm_live_opts *o, struct gm_feed *f);

#endif
