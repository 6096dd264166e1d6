/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * past.h - which recordings the options name, and from when to when.
 *
 * gm_at_parse() for --at; then gm_past_open(), or gm_window_open() for a stretch of an open sequence. Both make a
 * sequence of record/rec_stream.h and may return its errors, too.
 */
#ifndef GM_PAST_PAST_H
#define GM_PAST_PAST_H

#include "record/rec_stream.h"

/* A moment that --at names, before its recording is known. */
enum gm_when_kind {
	GM_WHEN_OPEN = 0,	/* not given: the beginning, or the end */
	GM_WHEN_START,		/* ns after the first record */
	GM_WHEN_END,		/* ns before the last one */
	GM_WHEN_CLOCK,		/* ns after midnight, local time: the first such moment that the recording has */
	GM_WHEN_REAL,		/* CLOCK_REALTIME */
};
struct gm_when { enum gm_when_kind kind; uint64_t ns; };
/* option: its name for messages, "--cut"; NULL: "--at" */
struct gm_at { struct gm_when from, to; const char *option; };

/*
 * Parses "FROM", "FROM..TO" or "..TO". Each is one of: 90s or +90s after the beginning; -30s before the end; 10:15,
 * 10:15:03.5 by the clock of this machine; 2026-11-26T10:15:03, with Z in UTC; @1764137000.5 seconds since the epoch. 0
 * or -EINVAL, not reported.
 */
int gm_at_parse(const char *s, struct gm_at *out);

/*
 * Opens the records from FROM to TO as a tool that was started at FROM and ended at TO would have recorded them: a
 * keyframe with the state at FROM, then the records after FROM up to TO, then a last tick. Takes inner over, also on
 * failure. 0; -errno, reported: -ERANGE: the recording does not have such a moment (the message has the span that it
 * has); -EINVAL: FROM is after TO; -ENOMEM.
 */
int gm_window_open(struct gm_rec_stream **out, struct gm_rec_stream *inner, const struct gm_at *at);

/*
 * Opens paths[nr] (at most GM_MERGE_MAX), merges them if there are several, and cuts the stretch `at` (may be NULL). 0
 * or -errno, reported.
 */
int gm_past_open(struct gm_rec_stream **out, const char *const *paths, unsigned int nr, const struct gm_at *at);

#endif
