/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* load.h - reads a recording, or a stretch of one, into a model; for reports that compare recordings. */
#ifndef GM_PAST_LOAD_H
#define GM_PAST_LOAD_H

#include "model/model.h"
#include "past/machine_map.h"
#include "past/past.h"

/*
 * Reads a recording, or the stretch of it that `at` names (NULL: all), into a new model, which keeps reboots if
 * with_reboots; map (may be NULL) names its machines. tick (may be NULL) is called with the model at each tick, as in a
 * session, and once more after the last tick of a recording that was cut short; a negative result ends the reading. 0:
 * the caller frees *out with gm_model_free(); -errno, reported, or the result of tick.
 */
int gm_past_load(const char *path, const struct gm_at *at, struct gm_machine_map *map, bool with_reboots,
		 int (*tick)(void *arg, const struct gm_model *m), void *arg, struct gm_model **out);

#endif
