// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The layout by the BPF side's compiler; never loaded, only read by test_wire.c. */
#include "vmlinux.h"
#include "gm_wire.h"
#include "wire_layout.h"

const volatile __u64 gm_layout[] = { GM_LAYOUT_NUMBERS };
