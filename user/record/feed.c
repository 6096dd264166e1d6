// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * feed.c - hands each record to every sink. The first error stops it, so that no sink gets a record that an earlier
 * sink refused.
 */
#include "record/feed.h"

#include <errno.h>

int gm_feed_add(struct gm_feed *f, gm_sink_fn fn, void *arg)
{
	if (f->nr == GM_FEED_SINKS)
		return -ENOSPC;
	f->sinks[f->nr++] = (struct gm_sink){ .fn = fn, .arg = arg };
	return 0;
}

int gm_feed_push(struct gm_feed *f, const union gm_any *rec)
{
	union gm_any edited;
	unsigned int i;
	int err;

	if (f->edit_proc && rec->h.kind == GM_K_PROC) {
		edited.as_PROC = rec->as_PROC;
		f->edit_proc(f->edit_arg, &edited);
		rec = &edited;
	}
	for (i = 0; i < f->nr; i++) {
		err = f->sinks[i].fn(f->sinks[i].arg, rec);
		if (err) {
			f->sink_failed = true;
			return err;
		}
	}
	return 0;
}
