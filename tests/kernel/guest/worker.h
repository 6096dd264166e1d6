// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The two kinds of processes: one coordinator, which starts and ends all others
 * and writes the truth, and VM processes.  A VM process executes this program
 * again as "gmemguest -name NAME -worker SPEC", so that tools find the machine's
 * name in the command line, as with QEMU.
 */
#ifndef GG_WORKER_H
#define GG_WORKER_H

#include "world.h"

/* Options for the coordinator only. */
struct gg_opts {
	struct gg_conf conf;
	const char *truth, *go, *ready;
	unsigned int hold_sec;
	bool hold_start, hold_work;
	/* argv[0] of the VM processes, and the words at the end of their command lines; NULL-terminated; NULL: none */
	char **words;
};

/*
 * Execute a VM process of that name, "PROGRAM -name NAME -worker SPEC WORD..."; words has PROGRAM and WORDs (NULL:
 * PROGRAM is gmemguest). Returns only on failure, with errno.
 */
void gg_worker_exec(char *name, char *spec, char **words);

/* Run a VM process; SPEC is "memfd:holder socket:first machine:machines".  Return the exit status. */
int gg_worker_main(const char *spec);

/* Return 0 if every machine did all its steps, so that no scenario is left out unnoticed. */
int gg_worker_steps_done(const struct gg_world *w);

/* Run the workload; return the exit status. */
int gg_coord_main(const struct gg_opts *opts);

#endif /* GG_WORKER_H */
