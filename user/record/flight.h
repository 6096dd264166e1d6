/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flight.h - a flight recorder: the last minutes in a ring of segments on disk, of bounded size. A segment is a
 * recording that begins with a keyframe, so that any of them can be the oldest one. Memory is constant.
 *
 * In the directory: segment-NNNNNNNN.gmrec, the ring, oldest number first; kept-TIME-REASON.gmrec, what was kept of it.
 * A killed flight recorder leaves its ring, which gm_recs_open() reads; the next one in the same directory goes on
 * numbering, and gives what it finds there up as its own becomes old.
 */
#ifndef GM_RECORD_FLIGHT_H
#define GM_RECORD_FLIGHT_H

#include "record/rec_file.h"

struct gm_flight;
struct gm_flight_opts {
	const char *dir;	/* made if it is not there, 0700 */
	uint64_t keep_ns;	/* at least this much is there, once it has been recorded; 0: as much as fits */
	/* of all segments together: what does not fit goes, oldest first, before keep_ns is up */
	uint64_t max_bytes;
	unsigned int kept_max;	/* kept files; the oldest goes when there would be more; 0: no limit */
	enum gm_codec codec;
};
/* 0; -errno, reported: -EBUSY another recorder uses the directory (flock(2)). */
int gm_flight_open(struct gm_flight **out, const struct gm_flight_opts *o);
int gm_flight_put(struct gm_flight *f, const struct gm_rec *r); /* as gm_recw_put() */
/*
 * A new segment is due: the caller puts a keyframe next. Asked after a tick. The first segment begins with what the
 * session began with, and needs none.
 */
bool gm_flight_wants_keyframe(const struct gm_flight *f);
/*
 * What is in the ring becomes one recording kept-TIME-REASON.gmrec (real_ns; reason: of its characters other than
 * letters, digits, dot and dash each becomes a dash), by renaming it into place when it is whole. Recording goes on
 * behind a new keyframe, which the caller puts next, too. path: of what was kept. 0 or -errno, reported; then the
 * ring is as it was.
 */
int gm_flight_keep(struct gm_flight *f, const char *reason, uint64_t real_ns, char *path, size_t size);
int gm_flight_close(struct gm_flight *f); /* the ring stays; NULL allowed; 0 or the first error of all */

#endif
