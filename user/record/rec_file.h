/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rec_file.h - recordings: the records that passed the door, on disk. Format: docs/recording-format.md.
 *
 * A header (magic "GMEMREC\n", version; a clean close clears the INCOMPLETE mark and notes where the file ends) and
 * chunks, each with its length, CRC-32 and number of records; a chunk ends after every tick or 64 KiB, so that what a
 * killed tool recorded is readable up to its last whole chunk. At the end an index by time. Readers trust no byte of
 * it.
 */
#ifndef GM_RECORD_REC_FILE_H
#define GM_RECORD_REC_FILE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include "record/record.h"

enum gm_codec { GM_CODEC_NONE = 0, GM_CODEC_ZLIB = 1, GM_CODEC_ZSTD = 2 };
const char *gm_codec_name(unsigned int codec); /* "?" */

struct gm_recw;
/*
 * Creates or truncates path (0600: names of guests are in it). 0 or -errno, reported. A compressed recording has a
 * higher major version, so that older readers refuse it rather than find it damaged. Memory is bounded, however long
 * it gets.
 */
int gm_recw_open(struct gm_recw **out, const char *path, enum gm_codec codec);
/*
 * The same of a recording that is made of others: it takes its name at gm_recw_close(), so that a failure leaves what
 * was there as it was.
 */
int gm_recw_open_aside(struct gm_recw **out, const char *path, enum gm_codec codec);
/* Closes without an end: what was opened aside is removed. w may be NULL. */
void gm_recw_abandon(struct gm_recw *w);
/*
 * Any kind of record; buffered until the chunk ends. A keyframe's BEGIN begins a chunk and is noted in the index. 0 or
 * -errno (reported once, e.g. disk full; sticks, and the file ends with the last chunk that was written whole).
 */
int gm_recw_put(struct gm_recw *w, const struct gm_rec *r);
/*
 * Appends the chunks of another recording as they are, its keyframes with them (who reads on from before passes over
 * those), in constant memory. -EINVAL: that one is packed and w is not. Damage in it is left out, with a warning. 0
 * or -errno, reported.
 */
int gm_recw_append(struct gm_recw *w, const char *path);
uint64_t gm_recw_bytes(const struct gm_recw *w); /* written so far, as the file's length is */
/* Ends the last chunk, writes the index, clears INCOMPLETE, frees. w may be NULL. 0 or the first error of all. */
int gm_recw_close(struct gm_recw *w);

struct gm_recr;
struct gm_recr_end {
	bool incomplete;	/* the recorder did not finish */
	uint64_t gaps, skipped;	/* damaged stretches that were passed over so far, and their bytes */
	bool passed;		/* behind what why is about the reading went on */
	uint64_t offset;	/* of what could not be read last: a chunk, or a record in it; else the end */
	int err;		/* 0; -errno: the reading failed there, and what follows may be right */
	char why[96];		/* of that; empty: all could be read */
};
/*
 * 0; -errno reported with path and reason: no such file, not a recording (-EBADMSG), a newer major
 * version (-ENOTSUP).
 */
int gm_recr_open(struct gm_recr **out, const char *path);
/* Of such an error: the file has gone or is damaged. Of any other one, such as -EMFILE, another try may succeed. */
static inline bool gm_recr_is_missing(int err)
{
	return err == -ENOENT || err == -EBADMSG || err == -ENOTSUP;
}
/*
 * Next record into *rec: 1; 0 at the end, when gm_recr_end() says whether all could be read; -errno, not reported.
 * Behind damage the reading goes on at the next whole chunk, if the file can be sought in: gm_recr_end()->gaps has
 * grown then, and offset and why are those of the damage. Unknown kinds are skipped.
 */
int gm_recr_next(struct gm_recr *r, union gm_any *rec);
const struct gm_recr_end *gm_recr_end(const struct gm_recr *r);
bool gm_recr_has_shrunk(const struct gm_recr *r); /* the file is shorter than it was when it was opened */
/*
 * Goes on at the chunk of the last keyframe whose time is not after ts_ns, else at the first chunk. By the index, or
 * in a recording without one (its tool was killed) by the headers of its chunks. 0; -ESPIPE, not reported: not a file
 * that can be sought in; another -errno, not reported. The index is believed only where it leads to a chunk that
 * begins with a keyframe.
 */
int gm_recr_seek(struct gm_recr *r, uint64_t ts_ns);

/* Where the reader stands. Reading may have gone on to the end, and into damage. */
struct gm_recr_place {
	uint64_t offset, chunk_at, budget;	/* chunk_at: offset of the chunk that is being given out; 0: none */
	uint32_t at, seen;
	bool done, damaged;
	struct gm_recr_end why;
};
int gm_recr_mark(const struct gm_recr *r, struct gm_recr_place *out); /* 0, or -ESPIPE, not reported */
/* Goes on where it stood. 0; -errno, not reported, when the chunk that was there cannot be read any more. */
int gm_recr_back(struct gm_recr *r, const struct gm_recr_place *p);

/* What is known of a recording without reading its records. */
struct gm_recr_info {
	unsigned int major, minor;
	enum gm_codec codec;		/* of its first compressed chunk */
	bool incomplete, indexed;	/* indexed: the index was there and right */
	uint64_t bytes, raw_bytes;	/* of the file; of its payloads, uncompressed */
	uint64_t chunks, records, keyframes;
	uint64_t first_ns, last_ns;	/* of its first and last record */
	char damage[160];		/* "byte 1234: why", empty: none seen (checksums are not looked at) */
};
/* keeps the place; 0; -errno, not reported; -ESPIPE as gm_recr_seek() */
int gm_recr_info(struct gm_recr *r, struct gm_recr_info *out);
void gm_recr_close(struct gm_recr *r); /* NULL allowed */

#endif
