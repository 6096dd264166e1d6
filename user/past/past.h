/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * past.h - what the options say about looking at the past: which recordings, from when to when.
 */
#ifndef GM_PAST_PAST_H
#define GM_PAST_PAST_H

#include "record/rec_stream.h"

/* A moment that --at names, before it is known which recording it is about. */
enum gm_when_kind {
	GM_WHEN_OPEN = 0,	/* nothing was said: the beginning, or the end */
	GM_WHEN_START,		/* ns after the first record */
	GM_WHEN_END,		/* ns before the last one */
	GM_WHEN_CLOCK,		/* ns after midnight, local time: the first such moment that the recording has */
	GM_WHEN_REAL,		/* CLOCK_REALTIME */
};
struct gm_when { enum gm_when_kind kind; uint64_t ns; };
struct gm_at { struct gm_when from, to; const char *option; };	/* option: as messages name it, "--cut"; NULL: "--at" */

/*
 * "FROM", "FROM..TO", "..TO"; each one of: 90s or +90s after the beginning; -30s before the end; 10:15, 10:15:03.5 by
 * the clock of this machine; 2026-11-26T10:15:03, with Z in UTC; @1764137000.5 seconds since the epoch. 0 or -EINVAL.
 */
int gm_at_parse(const char *s, struct gm_at *out);

/*
 * The records from FROM to TO, as a tool that was started at FROM and ended at TO had met them: a keyframe made of
 * what the recording said until FROM, then its records behind FROM up to TO, then a last tick. Takes inner over, also
 * on failure. 0 or -errno, reported: such a moment is not in the recording (which span it has, is said), or FROM is
 * after TO.
 */
int gm_window_open(struct gm_recs **out, struct gm_recs *inner, const struct gm_at *at);

/*
 * All of it by the options' words: opens paths[nr], merges several, cuts a window (at may be NULL). 0 or -errno,
 * reported.
 */
int gm_past_open(struct gm_recs **out, const char *const *paths, unsigned int nr, const struct gm_at *at);

#endif
