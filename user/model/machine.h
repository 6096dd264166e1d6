/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * machine.h - which machine a process runs: pure functions over what /proc says (untrusted text).
 * Order of trust: libvirt/systemd scope, Kubernetes pod and container in the cgroup path; QEMU -uuid /
 * -name, Firecracker --id, crosvm --name, cloud-hypervisor --api-socket; else tgid + start time.
 */
#ifndef GM_MODEL_MACHINE_H
#define GM_MODEL_MACHINE_H

#include "record/rec.h"

struct gm_machine_name {
	char key[160];		/* equal for two processes: same machine */
	char name[96];		/* for people, cleaned of control characters */
};

/*
 * In a merge of several hosts (source/merge.h) the second one's machines are "name@2", and so on: appends that where tgid is of
 * such a host.
 */
void gm_host_suffix(char *name, size_t size, uint32_t tgid);

/* Never fails: the last resort is "comm-PID". p->cmdline is NUL separated, p->cmdline_len bytes. */
void gm_machine_name(const struct gm_rec_proc *p, struct gm_machine_name *out);

#endif
