/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rec_reader_int.h - the reader of a recording, for its two files: rec_reader.c reads on, rec_seek.c goes to a place.
 * Nobody else includes it.
 */
#ifndef GM_RECORD_REC_READER_INT_H
#define GM_RECORD_REC_READER_INT_H

#include "record/rec_file_int.h"

struct gm_recr {
	int fd;
	bool done;
	bool damaged;		/* done because of what is in the file: more may follow */
	uint64_t budget;	/* of gm_next_chunk() */
	unsigned int major, minor;
	uint64_t end;		/* as the header says; 0: not known */
	int64_t bytes;		/* as the file had when it was opened; -ESPIPE: it is none */
	uint64_t first;		/* offset of the first chunk */
	uint64_t offset;	/* of the next chunk */
	struct gm_recr_end why;
	struct chunk_header chunk;
	uint32_t at, seen, raw_len;	/* within the chunk: bytes and records given out, bytes of records */
	char *payload, *raw;	/* as stored; unpacked */
	size_t payload_cap, raw_cap;
	const char *records;	/* the one of the two that they are in */
};

int64_t gm_recr_length(const struct gm_recr *r); /* of the file; -ESPIPE: it is none */

#endif
