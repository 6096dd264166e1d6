/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flight_int.h - names in a flight recorder's directory, shared by its writer and its reader; no other file includes
 * it.
 */
#ifndef GM_RECORD_FLIGHT_INT_H
#define GM_RECORD_FLIGHT_INT_H

#include <stdbool.h>
#include <stdint.h>

#define GM_SEGMENT_NAME	"segment-%08u.gmrec"
#define GM_KEPT_PREFIX	"kept-"
#define GM_FLIGHT_LOCK	"lock"
#define GM_FLIGHT_MIN_BYTES (1u << 20)

/* Return true if name is a segment's, and set *seq to its number. */
bool gm_flight_segment_number(const char *name, uint32_t *seq);
/*
 * Lists the segments of a directory's last session, oldest first. Returns their number; the caller frees *paths, each
 * path, and *seqs. -errno, reported.
 */
int gm_flight_segments(const char *dir, char ***paths, uint32_t **seqs);
/* Return true if a recorder is running in the directory. */
bool gm_flight_is_live(const char *dir);

#endif
