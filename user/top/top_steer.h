/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * top_steer.h - connects gmemtop's frames and keys (top/top.h) to the session whose replay they show.
 *
 * Call gm_steer_top_init() once in start(), gm_steer_top_execute() after each gm_top_key(), gm_steer_top_state() before
 * each frame.
 */
#ifndef GM_TOP_TOP_STEER_H
#define GM_TOP_TOP_STEER_H

#include "session/session.h"
#include "top/top.h"

/*
 * Prepares a session on a terminal. A replay is steered by its user, at the recorded pace unless --speed was given; so
 * is a live session that keeps its past. Turns on t's replay display and keys. t keeps a pointer to the recording's
 * name. 0 or -errno, reported.
 */
int gm_steer_top_init(struct gm_session *s, struct gm_top *t);
/* Sets t->replay from the session. */
void gm_steer_top_state(struct gm_session *s, struct gm_top *t);
/* Executes the replay command of the last key, if any, and sets t->replay.note. Returns 0 or -errno, reported. */
int gm_steer_top_execute(struct gm_session *s, struct gm_top *t);

#endif
