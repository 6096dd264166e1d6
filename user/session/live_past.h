/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * live_past.h - the past of a live session: a second session, which replays the records of the last minutes from memory
 * (record/history.h), with models of the live one as marks. It is steered like any replay, while the live one goes on.
 *
 * gm_live_past_open() after the other sinks were added; gm_live_past_play() from the loop; gm_live_past_close().
 */
#ifndef GM_SESSION_LIVE_PAST_H
#define GM_SESSION_LIVE_PAST_H

#include "session/session_int.h"

/* Keeps what r->s.want.history allows, from the first sample on. Adds a sink. 0 or -errno, reported. */
int gm_live_past_open(struct gm_run *r);
/* Plays the past on, if it is shown and not paused. At its end the live session is shown again. 1 or -errno. */
int gm_live_past_play(struct gm_run *r);
void gm_live_past_close(struct gm_run *r);

#endif
