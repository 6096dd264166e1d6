/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* top_steer.h - between gmemtop's frames and keys (top/top.h) and the session whose replay they show. */
#ifndef GM_TOP_TOP_STEER_H
#define GM_TOP_TOP_STEER_H

#include "session/session.h"
#include "top/top.h"

/* From now on t shows the session's replay, and has its keys. */
void gm_steer_top_init(const struct gm_session *s, struct gm_top *t);
/* Fills what t says of the replay; before each frame. */
void gm_steer_top_state(const struct gm_session *s, struct gm_top *t);
/* Carries out what a key asked for, if it did; t says what came of it. 0 or -errno, reported. */
int gm_steer_top(struct gm_session *s, struct gm_top *t);

#endif
