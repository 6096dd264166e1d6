/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* kbtf.h - the facts about a kernel that come from its types (BTF); for kfeatures.c. */
#ifndef GM_KERNEL_KBTF_H
#define GM_KERNEL_KBTF_H

#include "kernel/kfeatures.h"

/*
 * Fills in vmlinux, kvm, has_kvm, kvm_module, module_ids, kvm_ids, the node bits, session_is_return and the reason
 * against fsession; names, too. 0; -errno, reported; gm_kfeatures_release() frees them in either case.
 */
int gm_kbtf_read(struct gm_kfeatures *k);

#endif
