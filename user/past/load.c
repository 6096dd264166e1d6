// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* load.c - reads a recording into a model at once, through the same feed as a session's replay. */
#include <errno.h>

#include "base/log.h"
#include "model/reboot.h"
#include "past/load.h"
#include "past/replay.h"

struct load {
	struct gm_model *m;
	int (*tick)(void *arg, const struct gm_model *m);
	void *arg;
	bool last;
};

static int sink_tick(void *arg, const union gm_any *rec)
{
	struct load *l = arg;

	if (rec->h.kind != GM_K_TICK || !l->tick)
		return 0;
	l->last = rec->as_TICK.last;
	return l->tick(l->arg, l->m);
}

static int read_all(struct load *l, const char *path, const struct gm_at *at, struct gm_machine_map *map)
{
	struct gm_source *src = NULL;
	struct gm_feed feed = { .nr = 0 };
	struct gm_rec_stream *recs;
	int err = gm_past_open(&recs, &path, 1, at);

	if (!err)
		err = gm_replay_open(&src, recs, 0, &feed);
	if (err)
		return err;
	gm_machine_map_on(map, &feed, false);
	err = gm_feed_add(&feed, gm_model_apply, l->m);
	if (!err)
		err = gm_feed_add(&feed, sink_tick, l);
	if (!err)
		do {
			err = src->ops->poll(src, 0);
		} while (err > 0);
	/* the records behind the last tick of a recording that was cut short */
	if (!err && l->tick && !l->last)
		err = l->tick(l->arg, l->m);
	src->ops->close(src);
	return err;
}

int gm_past_load(const char *path, const struct gm_at *at, struct gm_machine_map *map, bool with_reboots,
		 int (*tick)(void *arg, const struct gm_model *m), void *arg, struct gm_model **out)
{
	struct load l = { .tick = tick, .arg = arg };
	int err = gm_model_new(&l.m);

	if (!err && with_reboots)
		err = gm_model_keep_reboots(l.m);
	if (err) {
		gm_model_free(l.m);
		return gm_errno(err, "cannot read %s", path);
	}
	err = read_all(&l, path, at, map);
	if (err) {
		gm_model_free(l.m);
		return err;
	}
	*out = l.m;
	return 0;
}
