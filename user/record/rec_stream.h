/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rec_stream.h - a sequence of records that was kept: one recording, several merged, a stretch of one. Whoever
 * replays takes records out of it and does not know which it is.
 */
#ifndef GM_RECORD_REC_STREAM_H
#define GM_RECORD_REC_STREAM_H

#include <stddef.h>
#include "record/record.h"

struct gm_recs;
/* A place in a sequence of records; only what made it knows more of it. */
struct gm_place {
	void (*free)(struct gm_place *p);
	size_t bytes;
};
static inline void gm_place_free(struct gm_place *p) /* NULL allowed */
{
	if (p)
		p->free(p);
}

struct gm_recs_ops {
	/* The next record into *rec: 1; 0 after the last one; -errno, reported. */
	int (*next)(struct gm_recs *r, union gm_any *rec);
	/* Begins anew: the next record is the first one again. 0 or -errno, reported (a pipe: -ESPIPE). */
	int (*rewind)(struct gm_recs *r);
	/*
	 * As rewind(), but may begin at a keyframe: the last one whose time is not after ts_ns, else at the first
	 * record. It is a hint to save time: who needs it exactly passes over what comes before ts_ns himself.
	 */
	int (*seek)(struct gm_recs *r, uint64_t ts_ns);
	/*
	 * Where it stands, into *out. 0; -ESPIPE, not reported: a pipe; -ENOMEM, not reported. NULL: it cannot say.
	 */
	int (*mark)(struct gm_recs *r, struct gm_place **out);
	/*
	 * The next record is the one that was the next then, and all that follows is what followed. 0 or -errno,
	 * reported.
	 */
	int (*back)(struct gm_recs *r, const struct gm_place *p);
	void (*close)(struct gm_recs *r);
};
struct gm_recs {
	const struct gm_recs_ops *ops;
	uint64_t first_ns, last_ns;	/* times of the first and the last record; last 0: not known (a pipe) */
	uint64_t first_real_ns;		/* CLOCK_REALTIME at first_ns; 0: not known */
};

/*
 * One recording, or a directory of a flight recorder's segments (flight.h). 0 or -errno, reported as gm_recr_open()
 * does. Gives keyframes out only at its beginning. What cannot be read is reported with gm_warn(), path, byte offset
 * and reason, and told as a loss record "recording_incomplete"; unless the recording had its last tick, one follows:
 * what stood behind its final tick is drawn. If no record of it can be read, there is nothing to tell of:
 * the first next() returns -EBADMSG, reported. One that was closed without a record is reported with gm_warn().
 */
int gm_recs_open(struct gm_recs **out, const char *path);
/*
 * The files that gm_recs_open() would read, in order: how many; *paths and each of them is to be freed. -errno,
 * reported.
 */
int gm_recs_files(const char *path, char ***paths);
static inline void gm_recs_close(struct gm_recs *r) /* NULL allowed */
{
	if (r)
		r->ops->close(r);
}

#endif
