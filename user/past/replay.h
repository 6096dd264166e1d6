/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* replay.h - kept records as a source: pushes them, ticks included, when their time has come, and ends with them. */
#ifndef GM_PAST_REPLAY_H
#define GM_PAST_REPLAY_H

#include "record/rec_stream.h"
#include "record/source.h"

/*
 * 0 or -errno, reported; recs is the source's from then on, also on failure. speed 0: as fast as it can; 1: at the
 * pace it was recorded; 2: twice as fast; negative or not finite: -EINVAL. Each poll() pushes into f up to and
 * including the next tick, so that the session can draw a frame. A signal ends the waiting; time in which nobody
 * polled (a paused display) is not caught up.
 */
int gm_replay_open(struct gm_source **out, struct gm_recs *recs, double speed, struct gm_feed *f);

/* For who steers a replay; s is one. Speed as above, from the next record on. */
void gm_replay_set_speed(struct gm_source *s, double speed);
/*
 * The next poll() pushes the first record again: whoever learned from the records begins anew, too. 0 or -errno,
 * reported.
 */
int gm_replay_rewind(struct gm_source *s);
/*
 * Where it stands, right after a poll() that ended with a tick; and back there, as gm_replay_rewind(). *out is to be
 * freed by gm_place_free(). 0; -ENOTSUP, not reported: it cannot say; -errno as gm_recs_ops.mark and .back.
 */
int gm_replay_mark(struct gm_source *s, struct gm_place **out);
int gm_replay_back(struct gm_source *s, const struct gm_place *p);
/* Time of the record that poll() would push next; 0: the end. */
uint64_t gm_replay_next_ns(struct gm_source *s);

#endif
