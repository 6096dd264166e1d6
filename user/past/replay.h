/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * replay.h - stored records as a source (record/source.h): pushes them, with their ticks, when they are due.
 *
 * gm_replay_open(); the source's poll() until 0 or -errno, and between polls the functions below; its close(). Errors
 * are those of the sequence (record/rec_stream.h) and of the feed.
 */
#ifndef GM_PAST_REPLAY_H
#define GM_PAST_REPLAY_H

#include "record/rec_stream.h"
#include "record/source.h"

/*
 * Opens a replay; recs is taken over, also on failure. speed 0: as fast as possible; 1: as fast as it was recorded; 2:
 * twice as fast. 0; -errno, reported: -EINVAL: speed is negative or not finite; -ENOMEM. Each poll() pushes into f up
 * to and including the next tick, so that the session can draw a frame. A signal ends the waiting. Time without polls
 * (a paused display) is not made up for.
 */
int gm_replay_open(struct gm_source **out, struct gm_rec_stream *recs, double speed, struct gm_feed *f);

/* Functions that steer a replay; s is one. Speed is as in gm_replay_open(), from the next record on. */
void gm_replay_set_speed(struct gm_source *s, double speed);
/*
 * Begins again: the next poll() pushes the first record. The caller resets what it learned from the records. 0 or
 * -errno, reported.
 */
int gm_replay_rewind(struct gm_source *s);
/*
 * Note the position, right after a poll() that ended with a tick, and return to one. *out is freed by gm_place_free().
 * 0; -ENOTSUP, not reported: not supported, or not after a tick; -errno as gm_rec_stream_ops.mark and .back.
 */
int gm_replay_mark(struct gm_source *s, struct gm_place **out);
int gm_replay_back(struct gm_source *s, const struct gm_place *p);
/* Returns the time of the next record that poll() pushes; 0: the end. */
uint64_t gm_replay_next_ns(struct gm_source *s);

#endif
