/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * opts_refused.h - refuses options that would have no effect, with the reason: whoever gives one expects something of
 * it. The tables here and in the tools are also what the man pages have in OPTIONS THAT DO NOT GO TOGETHER
 * (tests/dist/pack/uses.py).
 */
#ifndef GM_SESSION_OPTS_REFUSED_H
#define GM_SESSION_OPTS_REFUSED_H

#include "session/session.h"

/* One option in one run: refused where it was given and does nothing. */
struct gm_use {
	const char *option;	/* as it is typed: "--sample" */
	bool given, works;
	const char *why;	/* "without --slow there are no faults to choose from" */
};
/* Ends the process by argp_error() for the first row that is given and does not work. */
void gm_uses_check(struct argp_state *state, const struct gm_use *rows, size_t nr);
/* The shared options and those of single faults, by what the run is: live, a replay, one sample, with a COMMAND. */
void gm_uses_check_shared(struct argp_state *state, const struct gm_session *s);
/*
 * The name, in buf, of the first shared option that was given and whose bit of GM_GIVEN_ is in mask, as it is typed
 * ("-i", "--at"); NULL: none.
 */
const char *gm_given_name(char *buf, size_t size, const struct gm_opts *o, uint32_t mask);

#endif
