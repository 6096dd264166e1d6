/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * feed.h - the door. Everything that the model learns passes gm_feed_push(), whoever brings it (a live
 * kernel, a recording, a test); whoever wants to know is a sink, called in the order of gm_feed_add().
 * So a recording is what passed the door, and a replay pushes it again.
 */
#ifndef GM_RECORD_FEED_H
#define GM_RECORD_FEED_H

#include "record/record.h"

/* 0 or -errno, which stops the session. The record lives only during the call. */
typedef int (*gm_sink_fn)(void *arg, const union gm_any *rec);

#define GM_FEED_SINKS 8
/* Changes a record before any sink sees it. */
typedef void (*gm_edit_fn)(void *arg, union gm_any *rec);

struct gm_feed {
	gm_edit_fn edit_proc;		/* of GM_K_PROC; NULL: none */
	void *edit_arg;
	struct gm_sink { gm_sink_fn fn; void *arg; } sinks[GM_FEED_SINKS];
	unsigned int nr;
	bool sink_failed;		/* a sink returned an error, which gm_feed_push() passed on */
};
int gm_feed_add(struct gm_feed *f, gm_sink_fn fn, void *arg); /* 0 or -ENOSPC */
int gm_feed_push(struct gm_feed *f, const union gm_any *rec); /* 0 or the first sink's error */

#endif
