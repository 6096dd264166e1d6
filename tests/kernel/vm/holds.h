/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* holds.h - the counters of holds.bpf.c, for count.c. */
#ifndef HOLDS_H
#define HOLDS_H

#define COUNTERS(X)		\
	X(tools)		\
	X(release)		\
	X(release_ours)		\
	X(destroy)		\
	X(destroy_ours)		\
	X(reused)		\
	X(exit_mmap)		\
	X(exit_mmap_ours)	\
	X(slow_iter)		\
	X(slow_stat)		\
	X(slow_cmdline)

enum counter {
#define X(name) COUNT_##name,
	COUNTERS(X)
#undef X
	COUNT_NR
};

#endif
