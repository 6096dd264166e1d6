/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flight_int.h - the names in a flight recorder's directory, for who writes and who reads it; nobody else includes it.
 */
#ifndef GM_RECORD_FLIGHT_INT_H
#define GM_RECORD_FLIGHT_INT_H

#include <stdbool.h>
#include <stdint.h>

#define GM_SEGMENT_NAME	"segment-%08u.gmrec"
#define GM_KEPT_PREFIX	"kept-"
#define GM_FLIGHT_LOCK	"lock"
#define GM_FLIGHT_MIN_BYTES (1u << 20)

/* Is it the name of a segment? Its number. */
bool gm_segment_number(const char *name, uint32_t *seq);
/*
 * The segments of a directory's last session, oldest first: how many, *paths made (each and the array to be freed);
 * -errno, reported.
 */
int gm_segments(const char *dir, char ***paths, uint32_t **seqs);
/* Does a recorder hold the directory? */
bool gm_flight_is_live(const char *dir);

#endif
