// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* past.c - opens what --replay and --at name: a recording, several merged, or a stretch of them. */
#include "past/past.h"

#include "base/log.h"
#include "past/merge.h"

static int open_all(struct gm_rec_stream **out, const char *const *paths, unsigned int nr)
{
	struct gm_rec_stream *all[GM_MERGE_MAX] = { 0 };
	int err;

	for (unsigned int i = 0; i < nr; i++) {
		err = gm_rec_stream_open(&all[i], paths[i]);
		if (!err)
			continue;
		while (i--)
			gm_rec_stream_close(all[i]);
		return err;
	}
	*out = all[0];
	return nr == 1 ? 0 : gm_merge_open(out, all, paths, nr);
}

int gm_past_open(struct gm_rec_stream **out, const char *const *paths, unsigned int nr, const struct gm_at *at)
{
	struct gm_rec_stream *recs;
	int err = open_all(&recs, paths, nr);

	if (err)
		return err;
	*out = recs;
	return at && (at->from.kind || at->to.kind) ? gm_window_open(out, recs, at) : 0;
}
