/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rec_stream.h - a sequence of stored records: one recording, several merged, or a stretch of one. A replay reads
 * records from it and does not know which it is.
 *
 * gm_rec_stream_open() (or gm_merge_open(), gm_window_open(), gm_anon_open() of past/), then ops->next() until 0 or
 * -errno, with ops->rewind(), seek(), mark() and back() as needed; gm_rec_stream_close(). A sequence that is made of
 * others owns them. Errors: -ENOMEM, those of rec_file.h and of the file system.
 */
#ifndef GM_RECORD_REC_STREAM_H
#define GM_RECORD_REC_STREAM_H

#include <stddef.h>
#include "record/record.h"

struct gm_rec_stream;
/* A position in a sequence of records; only the sequence that made it knows its contents. */
struct gm_place {
	void (*free)(struct gm_place *p);
	size_t bytes;
};
static inline void gm_place_free(struct gm_place *p) /* NULL allowed */
{
	if (p)
		p->free(p);
}

struct gm_rec_stream_ops {
	/* Reads the next record into *rec. 1; 0 after the last one; -errno, reported. */
	int (*next)(struct gm_rec_stream *r, union gm_any *rec);
	/* Begins again: the next record is the first one. 0; -errno, reported (-ESPIPE: a pipe). */
	int (*rewind)(struct gm_rec_stream *r);
	/*
	 * As rewind(), but may begin at a keyframe to save time: the last one whose time is not after ts_ns. The caller
	 * skips records before ts_ns itself if it does not want them.
	 */
	int (*seek)(struct gm_rec_stream *r, uint64_t ts_ns);
	/*
	 * Notes the position in *out, to be freed with gm_place_free(). 0; -ESPIPE: a pipe; -ENOMEM; neither is
	 * reported. NULL: not supported.
	 */
	int (*mark)(struct gm_rec_stream *r, struct gm_place **out);
	/*
	 * Returns to a position: the next record, and all after it, are those that followed it. 0 or -errno, reported.
	 */
	int (*back)(struct gm_rec_stream *r, const struct gm_place *p);
	void (*close)(struct gm_rec_stream *r);
};
struct gm_rec_stream {
	const struct gm_rec_stream_ops *ops;
	uint64_t first_ns, last_ns;	/* times of the first and the last record; last_ns 0: unknown (a pipe) */
	uint64_t first_real_ns;		/* CLOCK_REALTIME at first_ns; 0: unknown */
};

/*
 * Opens a recording, or a directory of a flight recorder's segments (flight.h). 0; -errno, reported as by
 * gm_rec_reader_open(). It returns a keyframe only at its beginning. What cannot be read is reported with gm_warn()
 * (path, byte offset, reason) and counted in a loss record "recording_incomplete". A last tick is added if the
 * recording has none, so that the state after its final tick is shown. If no record can be read, the first next()
 * returns -EBADMSG, reported. A recording that was closed without a record is reported with gm_warn().
 */
int gm_rec_stream_open(struct gm_rec_stream **out, const char *path);
/*
 * Lists the files that gm_rec_stream_open() would read, in order. Returns their number; the caller frees *paths and
 * each of them. -errno, reported.
 */
int gm_rec_stream_files(const char *path, char ***paths);
static inline void gm_rec_stream_close(struct gm_rec_stream *r) /* NULL allowed */
{
	if (r)
		r->ops->close(r);
}

#endif
