/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rec_file.h - recordings: the records that passed the feed, on disk. Format: docs/recording-format.md.
 *
 * A recording has a header (magic "GMEMREC\n", version; a clean close clears the INCOMPLETE mark and notes the file's
 * length) and chunks, each with its length, CRC-32 and number of records. A chunk ends after every tick or 64 KiB, so
 * the recording of a killed tool is readable up to its last complete chunk. At the end there is an index by time. The
 * reader treats a recording as untrusted input.
 *
 * Writer: gm_rec_writer_open() or gm_rec_writer_open_atomic(); gm_rec_writer_put(), gm_rec_writer_append();
 * gm_rec_writer_close() or gm_rec_writer_abandon(). It reports its errors: those of open(2) and write(2), -ENOMEM, -EIO
 * (compression failed), -EINVAL (a malformed record). The first failure to write sticks: all later calls return it.
 *
 * Reader: gm_rec_reader_open(), which reports; gm_rec_reader_next() until 0 or -errno, gm_rec_reader_seek(),
 * gm_rec_reader_mark(), gm_rec_reader_back(), gm_rec_reader_info(), none of which reports; gm_rec_reader_close().
 * Damage is no error: gm_rec_reader_end() describes it.
 */
#ifndef GM_RECORD_REC_FILE_H
#define GM_RECORD_REC_FILE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include "record/record.h"

enum gm_codec { GM_CODEC_NONE = 0, GM_CODEC_ZLIB = 1, GM_CODEC_ZSTD = 2 };
const char *gm_codec_name(unsigned int codec); /* the codec's name; "?": unknown */

#define GM_REC_HEADER_BYTES 32	/* of a recording in which no record is yet */

struct gm_rec_writer;
/*
 * Creates or truncates path (mode 0600: names of guests are in it). 0 or -errno, reported. A compressed recording has a
 * higher major version, so that older readers refuse it instead of reporting damage. Memory is bounded for any length.
 */
int gm_rec_writer_open(struct gm_rec_writer **out, const char *path, enum gm_codec codec);
/*
 * Opens a recording that is made of others. It replaces path only at gm_rec_writer_close(), so that after a failure the
 * old file is as it was. 0 or -errno, reported.
 */
int gm_rec_writer_open_atomic(struct gm_rec_writer **out, const char *path, enum gm_codec codec);
/*
 * Closes without an end and frees w. A file that was opened aside is removed, any other stays incomplete. w may be
 * NULL.
 */
void gm_rec_writer_abandon(struct gm_rec_writer *w);
/*
 * Writes a record of any kind; it is buffered until the chunk ends. A keyframe's BEGIN begins a chunk and is noted in
 * the index. 0; -errno, reported once (disk full, for example): the error sticks, and the file ends with its last
 * complete chunk.
 */
int gm_rec_writer_put(struct gm_rec_writer *w, const struct gm_rec *r);
/*
 * Appends the chunks of another recording as they are, with their keyframes (a reader that is past the first one skips
 * them), in constant memory. 0; -EINVAL: path is compressed and w is not; another -errno; all reported. Damage in path
 * is left out, with a warning.
 */
int gm_rec_writer_append(struct gm_rec_writer *w, const char *path);
uint64_t gm_rec_writer_bytes(const struct gm_rec_writer *w); /* the file's length so far */
/* Ends the last chunk, writes the index, clears INCOMPLETE, and frees w. w may be NULL. 0 or the first error. */
int gm_rec_writer_close(struct gm_rec_writer *w);

struct gm_rec_reader;
struct gm_rec_reader_end {
	bool incomplete;	/* the header says that the recorder did not finish */
	uint64_t gaps, skipped;	/* damaged stretches skipped so far, and their bytes */
	bool passed;		/* reading continued behind the damage that why describes */
	uint64_t offset;	/* of the chunk or record that could not be read last; else of the end */
	int err;		/* -errno of the read that failed at offset, the rest may be intact; 0: none failed */
	char why[96];		/* why that could not be read; empty: all could be read */
};
/*
 * Opens a recording. 0; -errno, reported with path and reason: no such file, not a recording (-EBADMSG), a newer major
 * version (-ENOTSUP).
 */
int gm_rec_reader_open(struct gm_rec_reader **out, const char *path);
/*
 * Return true if an error of gm_rec_reader_open() means that the file is missing, damaged or of a newer version. After
 * any other error, such as -EMFILE, another try may succeed.
 */
static inline bool gm_rec_reader_is_missing(int err)
{
	return err == -ENOENT || err == -EBADMSG || err == -ENOTSUP;
}
/*
 * Reads the next record into *rec. 1; 0 at the end: gm_rec_reader_end() says whether all could be read; -errno. After
 * damage it continues at the next complete chunk, if the file is seekable: gm_rec_reader_end()->gaps has grown then,
 * and offset and why describe the damage. Unknown kinds are skipped.
 */
int gm_rec_reader_next(struct gm_rec_reader *r, union gm_any *rec);
/* Returns where the reading ended, and what could not be read; valid as long as r. */
const struct gm_rec_reader_end *gm_rec_reader_end(const struct gm_rec_reader *r);
bool gm_rec_reader_has_shrunk(const struct gm_rec_reader *r); /* the file has become shorter since it was opened */
/*
 * Continues at the chunk of the last keyframe whose time is not after ts_ns, else at the first chunk. It uses the
 * index, or in a recording without one (its tool was killed) the headers of the chunks. An index entry is used only if
 * it leads to a chunk that begins with a keyframe. 0; -ESPIPE: the file is not seekable; another -errno.
 */
int gm_rec_reader_seek(struct gm_rec_reader *r, uint64_t ts_ns);

/* A reader's position. It may be at the end, or in damage. */
struct gm_rec_reader_place {
	/* chunk_at: offset of the chunk whose records are being returned; 0: none */
	uint64_t offset, chunk_at, budget;
	uint32_t at, seen;
	bool done, damaged;
	struct gm_rec_reader_end why;
};
/* notes the position; 0 or -ESPIPE */
int gm_rec_reader_mark(const struct gm_rec_reader *r, struct gm_rec_reader_place *out);
/* Continues at a position. 0; -errno: the chunk there can no longer be read. */
int gm_rec_reader_back(struct gm_rec_reader *r, const struct gm_rec_reader_place *p);

/* Facts about a recording that need no reading of its records. */
struct gm_rec_reader_info {
	unsigned int major, minor;
	enum gm_codec codec;		/* of its first compressed chunk */
	bool incomplete, indexed;	/* indexed: it has an intact index */
	uint64_t bytes, raw_bytes;	/* of the file; of the records, uncompressed */
	uint64_t chunks, records, keyframes;
	uint64_t first_ns, last_ns;	/* of its first and last record */
	char damage[160];		/* "byte 1234: why"; empty: none found (checksums are not verified) */
};
/* Fills *out; the position stays. 0; -ESPIPE: the file is not seekable; another -errno. */
int gm_rec_reader_info(struct gm_rec_reader *r, struct gm_rec_reader_info *out);
void gm_rec_reader_close(struct gm_rec_reader *r); /* NULL allowed */

#endif
