/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * recfile.h - recordings: the records that passed the door, on disk. Format: docs/recording.md.
 *
 * A header (magic "GMEMREC\n", version; a clean close clears the INCOMPLETE mark and notes where the file
 * ends) and chunks, each with its length, CRC-32 and number of records; a chunk ends after every tick or
 * 64 KiB, so that what a killed tool recorded is readable up to its last whole chunk. Readers trust no
 * byte of it.
 */
#ifndef GM_RECORD_RECFILE_H
#define GM_RECORD_RECFILE_H

#include <stdbool.h>
#include <stdint.h>
#include "record/rec.h"

struct gm_recw;
/* Creates or truncates path (0600: names of guests are in it). 0 or -errno, reported. */
int gm_recw_open(struct gm_recw **out, const char *path);
/*
 * Any kind of record; buffered until the chunk ends. 0 or -errno (reported once, e.g. disk full; sticks, and
 * the file ends with the last chunk that was written whole).
 */
int gm_recw_put(struct gm_recw *w, const struct gm_rec *r);
/* Ends the last chunk, clears INCOMPLETE, frees. w may be NULL. 0 or the first error of all. */
int gm_recw_close(struct gm_recw *w);

struct gm_recr;
struct gm_recr_end {
	bool incomplete;	/* the recorder did not finish */
	uint64_t offset;	/* of what could not be read: a chunk, or a record in it; else the end */
	char why[96];		/* empty: read to the end */
};
/*
 * 0; -errno reported with path and reason: no such file, not a recording (-EBADMSG), a newer major
 * version (-ENOTSUP).
 */
int gm_recr_open(struct gm_recr **out, const char *path);
/*
 * Next record into *rec: 1; 0 at the end, when gm_recr_end() says whether all could be read: a bad chunk
 * ends the reading, what stood before it has been given out. Unknown kinds are skipped.
 */
int gm_recr_next(struct gm_recr *r, union gm_any *rec);
const struct gm_recr_end *gm_recr_end(const struct gm_recr *r);
void gm_recr_close(struct gm_recr *r);	/* NULL allowed */

#endif
