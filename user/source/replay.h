/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* replay.h - a recording as a source: pushes its records, ticks included, and ends with the file. */
#ifndef GM_SOURCE_REPLAY_H
#define GM_SOURCE_REPLAY_H

#include "source/source.h"

/*
 * 0 or -errno, reported. speed 0: as fast as it can; 1: at the pace it was recorded; 2: twice as fast;
 * negative or not finite: -EINVAL.
 * Each poll() pushes up to and including the next tick, so that the session can draw a frame. A damaged or
 * unfinished recording is read as far as it goes, then reported with gm_warn() and pushed as a loss record
 * ("recording_incomplete") and, unless it had its last tick, one: what stood behind its final tick is drawn.
 * A signal ends the waiting; time in which nobody polled (a paused display) is not caught up.
 */
int gm_replay_open(struct gm_source **out, const char *path, double speed);

#endif
