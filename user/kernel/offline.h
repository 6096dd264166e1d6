/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* offline.h - a kernel that is not running as a source (record/source.h): what could be observed, by its types. */
#ifndef GM_KERNEL_OFFLINE_H
#define GM_KERNEL_OFFLINE_H

#include "kernel/live.h"

/*
 * Opens files, "VMLINUX" or "VMLINUX,KVM" (gm_kfeatures_read_files()), and pushes meta (GM_META_OFFLINE) and the
 * outcome of each probe by the plan alone. Its only sample is empty. Needs no privilege. 0; -errno, reported: -ENODEV:
 * no KVM in the files; those of gm_kfeatures_read_files(), or of the feed.
 */
int gm_offline_open(struct gm_source **out, const char *files, const struct gm_live_opts *o, struct gm_feed *f);

#endif
