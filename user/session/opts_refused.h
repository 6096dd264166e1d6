/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * opts_refused.h - refuses options that would have no effect, with the reason: a user who gives an option expects an
 * effect. The man pages' section OPTIONS THAT DO NOT GO TOGETHER repeats the tables here and in the tools
 * (tests/dist/pack/uses.py). Call from a tool's check(); session_args.c calls gm_uses_check_shared() after that.
 */
#ifndef GM_SESSION_OPTS_REFUSED_H
#define GM_SESSION_OPTS_REFUSED_H

#include "session/session.h"

/* One option in one run: refused if it was given and has no effect. */
struct gm_use {
	const char *option;	/* as it is typed: "--sample" */
	bool given, works;
	const char *why;	/* "without --slow there are no faults to choose from" */
};
/* Ends the process with argp_error() for the first row that is given and does not work; else returns. */
void gm_uses_check(struct argp_state *state, const struct gm_use *rows, size_t nr);
/*
 * Checks the shared options and those of single faults by the kind of the run: live, a replay, one sample, with a
 * COMMAND. Ends the process with argp_error() for the first option without effect.
 */
void gm_uses_check_shared(struct argp_state *state, const struct gm_session *s);
/*
 * Return in buf the name of the first shared option that was given and has a bit in mask (of enum gm_given), as typed:
 * "-i", "--at". NULL: none.
 */
const char *gm_given_name(char *buf, size_t size, const struct gm_opts *o, uint32_t mask);
/*
 * Return the first option that was given and that a comparison of two recordings (--diff, --compare) refuses: a shared
 * one without a bit in `with` (of enum gm_given), named in buf. NULL: none.
 */
const char *gm_comparison_refuses(char *buf, size_t size, const struct gm_session *s, uint32_t with);

#endif
