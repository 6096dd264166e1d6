/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * feed.h - the feed: hands each record to all sinks. All that the model learns passes gm_feed_push(), from any source
 * (a live kernel, a recording, a test). So a recording holds the records that passed the feed, and a replay pushes them
 * again.
 *
 * A zeroed struct is a feed without sinks. Add sinks with gm_feed_add() before the first push; they are called in that
 * order. Nothing is allocated or reported here.
 */
#ifndef GM_RECORD_FEED_H
#define GM_RECORD_FEED_H

#include "record/record.h"

/* Handles a record, which is valid during the call only. 0; -errno: ends the session. */
typedef int (*gm_sink_fn)(void *arg, const union gm_any *rec);

#define GM_FEED_SINKS 8
/* Changes a record before any sink sees it. */
typedef void (*gm_edit_fn)(void *arg, union gm_any *rec);

struct gm_feed {
	gm_edit_fn edit_proc;		/* changes records of kind GM_K_PROC; NULL: none */
	void *edit_arg;
	struct gm_sink { gm_sink_fn fn; void *arg; } sinks[GM_FEED_SINKS];
	unsigned int nr;
	bool sink_failed;		/* a sink returned an error, which gm_feed_push() passed on */
};
int gm_feed_add(struct gm_feed *f, gm_sink_fn fn, void *arg); /* 0 or -ENOSPC */
int gm_feed_push(struct gm_feed *f, const union gm_any *rec); /* 0 or the first sink's error */

#endif
