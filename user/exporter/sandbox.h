/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sandbox.h - restricts a tool that answers untrusted requests, once everything is attached: no capabilities
 * (libcap-ng), no new privileges, and only the system calls of a list (libseccomp); others fail with EPERM. The
 * restriction is permanent for this process and all its children.
 *
 * Call gm_sandbox_enter() once, when all resources are open.
 */
#ifndef GM_EXPORTER_SANDBOX_H
#define GM_EXPORTER_SANDBOX_H

#include <stdbool.h>

struct gm_sandbox {
	bool connects;		/* may open connections and resolve names (OTLP push): sockets, a resolver thread */
	bool writes;		/* may create, rename and remove files (textfile mode) */
	bool removes;		/* may remove files: the unix sockets it listens on */
};

/*
 * Enters the sandbox. Returns 0 or -errno, reported; -EBUSY: more than one thread. Call with one thread, and after all
 * that becomes impossible: loading programs and libraries, opening sockets to listen on and files to write to. Still
 * possible: reading files, writing to open descriptors, and the iterators, maps and program statistics of a live
 * source.
 */
int gm_sandbox_enter(const struct gm_sandbox *s);

#endif
