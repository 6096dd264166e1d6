/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* machine_int.h - what machine.c and machine_cgroup.c share; nobody else includes it. */
#ifndef GM_MODEL_MACHINE_INT_H
#define GM_MODEL_MACHINE_INT_H

#include <stdbool.h>
#include "model/cmdline.h"
#include "model/machine.h"

/* Result of a rule, not cleaned yet; terminated texts. */
struct gm_found {
	/* the key without its kind: room for a name with every byte doubled, and a cgroup */
	char id[4 * GM_FIELD_LEN];
	char name[GM_FIELD_LEN];	/* empty: the id is the name */
};

/*
 * Parse one path of /proc/PID/cgroup as that of a pod, a container, a libvirt domain. False: it is none, and *out is
 * undefined.
 */
bool gm_pod_of_path(struct gm_text path, struct gm_found *out);
bool gm_container_of_path(struct gm_text path, struct gm_found *out);
bool gm_libvirt_of_path(struct gm_text path, struct gm_found *out);

#endif
