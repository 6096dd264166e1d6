/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* kbtf.h - the part of the kernel's facts that its types (BTF) tell; for kfeatures.c. */
#ifndef GM_KERNEL_KBTF_H
#define GM_KERNEL_KBTF_H

#include "kernel/kfeatures.h"

/*
 * Fills vmlinux, kvm, has_kvm, kvm_module, kvm_ids, the node bits, session_is_return and the reason against fsession.
 * 0; -errno, reported.
 */
int gm_ktypes_read(struct gm_kfacts *k);

#endif
