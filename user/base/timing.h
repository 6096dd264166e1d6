/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * timing.h - how long the steps of a tool's start take, for -vv.
 *
 * A step ends with gm_timing_step(), which adds the time since the last one to it. The state is global, like the log;
 * one thread may use it. Nothing is kept before gm_timing_begin() and after gm_timing_print().
 */
#ifndef GM_BASE_TIMING_H
#define GM_BASE_TIMING_H

#include <stdint.h>

/* Begins the first step. */
void gm_timing_begin(void);
/*
 * Ends a step. Steps of one name are counted and added up. The pointer is kept: pass a literal. Of more than 24 names,
 * the last ones share a row.
 */
void gm_timing_step(const char *name);
/*
 * Moves ns from the step that ended last, at most all of it, to another step: a part that was measured separately.
 */
void gm_timing_split(const char *name, uint64_t ns);
/* Prints the table with gm_debug() and ends the measurement. Later calls do nothing. */
void gm_timing_print(void);

#endif
