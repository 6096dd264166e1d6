/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef GM_RECORDER_INFO_RUN_H
#define GM_RECORDER_INFO_RUN_H

#include "session/session.h"

/*
 * Prints what each recording of opts.replay contains (report/recording_info.h), as JSON lines if opts.json is set.
 * Returns 0 or -errno, reported; sets s->lost if not all could be read, or if the recording reports losses.
 */
int gm_session_info(struct gm_session *s);

#endif
