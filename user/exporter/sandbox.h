/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sandbox.h - what a tool that answers strangers may still do once everything is attached: no capabilities
 * (libcap-ng), no new privileges, and the system calls of a list (libseccomp); the others fail with EPERM. Only
 * downwards: there is no way back, for this process and all it starts.
 */
#ifndef GM_EXPORTER_SANDBOX_H
#define GM_EXPORTER_SANDBOX_H

#include <stdbool.h>

struct gm_sandbox {
	bool connects;		/* may open connections and look names up (OTLP push): sockets, a resolver's thread */
	bool writes;		/* may create, rename and remove files (textfile mode) */
	bool removes;		/* may remove files: unix sockets it listens on */
};

/*
 * 0, or -errno, reported. While there is one thread, and after all that is never possible again: programs loaded,
 * sockets to listen on and files to write to opened, libraries loaded. Files can be read, descriptors that are open
 * written to; the iterators, maps and program statistics of a live source go on. In replay nothing of BPF is needed
 * any more either.
 */
int gm_sandbox_enter(const struct gm_sandbox *s);

#endif
