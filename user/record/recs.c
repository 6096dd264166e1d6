// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* recs.c - one recording as a sequence of records; what could not be read of it is the last that it says. */
#include "record/recs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "record/recfile.h"

#define PATH_SHOWN	200

enum state { READING, LOSS_DUE, TICK_DUE, ENDED };

struct one {
	struct gm_recs recs;		/* first: ops get this pointer */
	struct gm_recr *file;
	enum state state;
	bool started;			/* a record was given out */
	bool passing;			/* over a keyframe */
	bool had_last;			/* the recording's own last tick was */
	uint64_t ts_ns, seq;		/* latest seen: what follows damage is dated and numbered by them */
	char path[PATH_SHOWN];
};

static void loss(const struct one *o, struct gm_rec_loss *l)
{
	memset(l, 0, sizeof(*l));
	gm_rec_init(&l->h, GM_K_LOSS, o->ts_ns);
	l->count = 1;
	strcpy(l->what, "recording_incomplete");
}

static void last_tick(const struct one *o, struct gm_rec_tick *t)
{
	memset(t, 0, sizeof(*t));
	gm_rec_init(&t->h, GM_K_TICK, o->ts_ns);
	t->seq = o->seq + 1;
	t->last = 1;
}

/* The file gave out all it had. */
static enum state state_at_end(const struct one *o)
{
	const struct gm_recr_end *end = gm_recr_end(o->file);

	if (!end->why[0] && !end->incomplete)
		return ENDED;
	if (end->why[0])
		gm_warn("recording is incomplete: %s: byte %" PRIu64 ": %s", o->path, end->offset, end->why);
	else
		gm_warn("recording is incomplete: %s: its recorder did not finish", o->path);
	return LOSS_DUE;
}

static void note(struct one *o, const union gm_any *rec)
{
	o->started = true;
	if (rec->h.ts_ns > o->ts_ns)
		o->ts_ns = rec->h.ts_ns;
	if (rec->h.kind != GM_K_TICK)
		return;
	o->seq = rec->as_TICK.seq;
	o->had_last = rec->as_TICK.last;
}

/* Is the record part of a keyframe that says again what was said before? */
static bool again(struct one *o, const union gm_any *rec)
{
	bool key = rec->h.kind == GM_K_KEYFRAME;
	bool was = o->passing;

	if (key && rec->as_KEYFRAME.edge == GM_KEYFRAME_BEGIN && o->started)
		o->passing = true;
	if (key && rec->as_KEYFRAME.edge == GM_KEYFRAME_END)
		o->passing = false;
	return was || o->passing;
}

static int one_next(struct gm_recs *r, union gm_any *rec)
{
	struct one *o = (struct one *)r;

	while (o->state == READING) {
		if (gm_recr_next(o->file, rec) != 1) {
			o->state = state_at_end(o);
			break;
		}
		if (again(o, rec))
			continue;
		note(o, rec);
		return 1;
	}
	if (o->state == LOSS_DUE) {
		loss(o, &rec->as_LOSS);
		o->state = o->had_last ? ENDED : TICK_DUE;
		return 1;
	}
	if (o->state == TICK_DUE) {
		last_tick(o, &rec->as_TICK);
		o->state = ENDED;
		return 1;
	}
	return 0;
}

static int one_seek(struct gm_recs *r, uint64_t ts_ns)
{
	struct one *o = (struct one *)r;
	int err = gm_recr_seek(o->file, ts_ns);

	if (err)
		return err == -ESPIPE ? gm_err(err, "cannot go back in %s: it is no file", o->path) : err;
	o->state = READING;
	o->started = o->passing = o->had_last = false;
	o->ts_ns = o->seq = 0;
	return 0;
}

static int one_rewind(struct gm_recs *r)
{
	return one_seek(r, 0);
}

static void one_close(struct gm_recs *r)
{
	struct one *o = (struct one *)r;

	gm_recr_close(o->file);
	free(o);
}

static const struct gm_recs_ops one_ops = { .next = one_next, .rewind = one_rewind, .seek = one_seek, .close = one_close };

/* The pair of clocks is in the meta record, the first one or behind a keyframe's begin. */
static void read_clock(struct one *o)
{
	union gm_any rec;

	for (int i = 0; i < 2 && gm_recr_next(o->file, &rec) == 1; i++)
		if (rec.h.kind == GM_K_META)
			o->recs.first_real_ns = rec.as_META.real_ns - (rec.h.ts_ns - o->recs.first_ns);
	gm_recr_seek(o->file, 0);
}

int gm_recs_open(struct gm_recs **out, const char *path)
{
	struct one *o = calloc(1, sizeof(*o));
	struct gm_recr_info info;
	int err;

	if (!o)
		return gm_errno(-ENOMEM, "cannot read recording: %s", path);
	err = gm_recr_open(&o->file, path);
	if (err) {
		free(o);
		return err;
	}
	o->recs.ops = &one_ops;
	snprintf(o->path, sizeof(o->path), "%s", path);
	if (!gm_recr_info(o->file, &info)) {
		o->recs.first_ns = info.first_ns;
		o->recs.last_ns = info.last_ns;
		read_clock(o);
	}
	*out = &o->recs;
	return 0;
}
