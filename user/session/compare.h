/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * compare.h - gmemreboot --compare: two recordings are read, and their reboots compared (report/reboot_diff.h).
 *
 * The tool's rows set a and limits, argument() sets b; gm_compare_check() in check(), gm_compare_run() in prepare().
 */
#ifndef GM_SESSION_COMPARE_H
#define GM_SESSION_COMPARE_H

#include "report/reboot_diff.h"
#include "session/out_file.h"
#include "session/session.h"

struct gm_compare {
	const char *a, *b;		/* recordings; NULL: not given */
	struct gm_rblimits limits;	/* --fail-if */
};
/* Parse a row's CONDITION into a struct gm_rblimits: parse() of struct gm_opt_row. */
int gm_compare_parse_limit(void *target, const char *arg, char *why, size_t size);
/* Take the second recording as the tool's only argument; ends the process with argp_error() for any other. */
void gm_compare_argument(struct gm_compare *c, unsigned int nr, const char *word, struct argp_state *state);
/*
 * Ends the process with argp_error() if options are missing or don't go together. own: an option of the tool's own
 * that was given and has no effect, or NULL; html: the page's path, or NULL.
 */
void gm_compare_check(const struct gm_compare *c, const char *own, const char *html, struct argp_state *state,
		      const struct gm_session *s);
/*
 * Compares, and writes the result as text or JSON lines, and the page if html has a path; `html -` is only that. 1: all
 * is done; -errno, reported. Sets s->lost if either recording had losses, s->condition_holds if one of the conditions
 * holds, s->condition_unknown if one cannot be checked (reported).
 */
int gm_compare_run(const struct gm_compare *c, struct gm_out_file *html, struct gm_session *s);

#endif
