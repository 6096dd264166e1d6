/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rec_reader_int.h - the reader's state, shared by rec_reader.c (reads), rec_seek.c (seeks) and rec_io.c; nobody else
 * includes it.
 */
#ifndef GM_RECORD_REC_READER_INT_H
#define GM_RECORD_REC_READER_INT_H

#include "record/rec_file_int.h"

struct gm_rec_reader {
	int fd;
	bool done;
	bool damaged;		/* done because of damage: intact chunks may follow */
	uint64_t budget;	/* for gm_next_chunk() */
	unsigned int major, minor;
	uint64_t end;		/* the file's length by its header; 0: unknown */
	int64_t bytes;		/* the file's length when it was opened; -ESPIPE: it is no regular file */
	uint64_t first;		/* offset of the first chunk */
	uint64_t offset;	/* offset of the next chunk */
	struct gm_rec_reader_end why;
	struct chunk_header chunk;
	uint32_t at, seen, raw_len;	/* in the chunk: bytes and records returned so far, bytes of records */
	char *payload, *raw;	/* as stored; uncompressed */
	size_t payload_cap, raw_cap;
	const char *records;	/* payload or raw */
};

int64_t gm_rec_reader_length(const struct gm_rec_reader *r); /* the file's length; -ESPIPE: it is no regular file */

#endif
