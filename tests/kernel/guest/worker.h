// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The two kinds of processes: one coordinator, which starts and ends all
 * others and writes the truth, and VM processes, which are this program
 * executed again as "gmemguest -name NAME -worker SPEC", so that observers
 * find the machine's name in the command line as they would with QEMU.
 */
#ifndef GG_WORKER_H
#define GG_WORKER_H

#include "world.h"

/* What the coordinator alone needs to know. */
struct gg_opts {
	struct gg_conf conf;
	const char *truth, *go, *ready;
	unsigned int hold_sec;
	bool hold_start, hold_work;
	/* argv[0] of the VMs' processes, and what ends their command lines; NULL-terminated; NULL: none */
	char **words;
};

/*
 * Becomes a VM process of that name, by "PROGRAM -name NAME -worker SPEC WORD...", words being PROGRAM and WORDs
 * (NULL: gmemguest alone). Returns if it cannot, with errno.
 */
void gg_worker_exec(char *name, char *spec, char **words);

/* SPEC is "memfd:holder socket:first machine:machines".  The exit status. */
int gg_worker_main(const char *spec);

/* 0 if every machine did all its steps: a scenario that is left out in silence would be a test of nothing. */
int gg_worker_steps_done(const struct gg_world *w);

/* Run it all; returns the exit status. */
int gg_coord_main(const struct gg_opts *opts);

#endif /* GG_WORKER_H */
