/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flight.h - a flight recorder: keeps the last minutes of records in a ring of segments on disk, of bounded size. A
 * segment is a recording that begins with a keyframe, so that any of them can be the oldest one. Memory is constant.
 *
 * Files in the directory: segment-NNNNNNNN.gmrec is a segment of the ring, the oldest has the lowest number;
 * kept-TIME-REASON.gmrec is a copy of the ring that was kept. gm_rec_stream_open() reads the ring, also that of a
 * recorder that was killed. The next recorder in the directory continues the numbering, and removes the segments that
 * it finds as its own ring grows.
 *
 * gm_flight_open(), then gm_flight_put() for each record. After each tick ask gm_flight_needs_keyframe(); if it returns
 * true, put a keyframe next. gm_flight_keep() at any time; gm_flight_close(). Errors are reported where they happen,
 * and are those of the file system and of rec_file.h. A full disk is no error of gm_flight_put(): records are counted
 * as lost, and gm_flight_close() returns -ENOSPC if the disk is still full.
 */
#ifndef GM_RECORD_FLIGHT_H
#define GM_RECORD_FLIGHT_H

#include "record/rec_file.h"

struct gm_flight;
struct gm_flight_opts {
	const char *dir;	/* created with mode 0700 if missing */
	uint64_t keep_ns;	/* the ring covers at least this time, once so much is recorded; 0: as much as fits */
	/* limit of all segments together, stronger than keep_ns: the oldest segments are removed */
	uint64_t max_bytes;
	unsigned int kept_max;	/* at most so many kept files: the oldest is removed; 0: no limit */
	enum gm_codec codec;
};
/*
 * Opens a ring. 0; -errno, reported: -EBUSY: another recorder uses the directory (flock(2)); -ENAMETOOLONG; -EINVAL:
 * max_bytes is less than 1 MiB.
 */
int gm_flight_open(struct gm_flight **out, const struct gm_flight_opts *o);
/* Writes a record. A full disk is no error. 0 or -errno, reported. */
int gm_flight_put(struct gm_flight *f, const struct gm_rec *r);
/*
 * Return true if a new segment is due: the caller then puts a keyframe. Ask after each tick. The first segment begins
 * like the session, without a keyframe.
 */
bool gm_flight_needs_keyframe(const struct gm_flight *f);
/*
 * Copies the ring to one recording, kept-TIME-REASON.gmrec (TIME from real_ns; in REASON each run of characters other
 * than letters, digits and dots is one dash), which takes this name when it is complete. The ring continues with a new
 * segment, so the caller puts a keyframe next. path: the recording's path. 0; -errno, reported: the ring is as it was.
 */
int gm_flight_keep(struct gm_flight *f, const char *reason, uint64_t real_ns, char *path, size_t size);
int gm_flight_close(struct gm_flight *f); /* the ring stays on disk; NULL allowed; 0 or the first error */

#endif
