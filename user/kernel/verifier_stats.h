/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* verifier_stats.h - the verifier's statistics of a program, from its log. */
#ifndef GM_KERNEL_VERIFIER_STATS_H
#define GM_KERNEL_VERIFIER_STATS_H

#include <stdint.h>

struct gm_verified {
	uint64_t insns;			/* instructions processed, on all paths */
	uint32_t states, peak_states;	/* states kept while verifying: in total, at most at a time */
	uint64_t ns;			/* how long verifying took */
};

/* Parses a log. All 0 without statistics: the program was refused, or this kernel uses other words. */
struct gm_verified gm_verified_parse(const char *log);

#endif
