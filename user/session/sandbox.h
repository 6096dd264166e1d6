/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sandbox.h - what a tool that answers strangers may still do once everything is attached: no capabilities (libcap-ng), no
 * new privileges, and the system calls of a list (libseccomp); the others fail with EPERM. Only downwards: there is no
 * way back, for this process and all it starts.
 */
#ifndef GM_SESSION_SANDBOX_H
#define GM_SESSION_SANDBOX_H

#include <stdbool.h>

struct gm_sandbox {
	bool connects;		/* may open connections and look names up (OTLP push): sockets, a resolver's thread */
	bool writes;		/* may create and rename files (textfile mode) */
};

/* 0, or -errno, reported. In replay nothing of BPF is needed any more either. */
int gm_sandbox_enter(const struct gm_sandbox *s);

#endif
