// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* verifier_stats.c - reads the last lines of a verifier's log. */
#include "kernel/verifier_stats.h"

#include <stdlib.h>
#include <string.h>

/* Returns the number behind a word of the line; 0: the line does not have the word. */
static uint64_t number_after(const char *line, const char *word)
{
	const char *at = strstr(line, word);

	return at ? strtoull(at + strlen(word), NULL, 10) : 0;
}

/*
 * The log ends with "verification time 310 usec", "stack depth 24+0", and a line "processed 24 insns (limit 1000000)
 * max_states_per_insn 1 total_states 2 peak_states 2 mark_read 1"; newer kernels add words.
 */
struct gm_verified gm_verified_parse(const char *log)
{
	const char *line = strstr(log, "processed ");
	struct gm_verified v = { 0 };

	if (!line)
		return v;
	v.insns = number_after(line, "processed ");
	v.states = (uint32_t)number_after(line, " total_states ");
	v.peak_states = (uint32_t)number_after(line, " peak_states ");
	v.ns = number_after(log, "verification time ") * 1000;
	return v;
}
