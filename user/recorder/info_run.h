/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GM_RECORDER_INFO_RUN_H
#define GM_RECORDER_INFO_RUN_H

#include "session/session.h"

/*
 * Says of each of opts.replay what recording it is (report/recording_info.h), as JSON lines if opts.json says so. 0
 * or -errno, reported; s->lost is set when not all could be read, or it tells of losses.
 */
int gm_session_info(struct gm_session *s);

#endif
