/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* machine_int.h - what machine.c and machine_cgroup.c share; nobody else includes it. */
#ifndef GM_MODEL_MACHINE_INT_H
#define GM_MODEL_MACHINE_INT_H

#include <stdbool.h>
#include "model/cmdline.h"
#include "model/machine.h"

/* What a rule found, not cleaned yet; the texts end with a NUL. */
struct gm_found {
	/* the key, but for its kind: room for a name with every byte doubled, and a cgroup */
	char id[4 * GM_FIELD_LEN];
	char name[GM_FIELD_LEN];	/* empty: the id */
};

/* One path of /proc/PID/cgroup. False: it is of no such thing; *out may be written all the same. */
bool gm_pod_of_path(struct gm_text path, struct gm_found *out);
bool gm_container_of_path(struct gm_text path, struct gm_found *out);
bool gm_libvirt_of_path(struct gm_text path, struct gm_found *out);

#endif
