// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The door: hands each record to every sink. The first error stops it, so that no sink sees a record
 * that an earlier one refused.
 */
#include "source/feed.h"

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
	unsigned int i;
	int err;

	for (i = 0; i < f->nr; i++) {
		err = f->sinks[i].fn(f->sinks[i].arg, rec);
		if (err)
			return err;
	}
	return 0;
}
