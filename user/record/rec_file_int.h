/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rec_file_int.h - the layout of a recording (docs/recording-format.md), shared by its writer and its reader; no other
 * file includes it. Nothing here reports an error.
 */
#ifndef GM_RECORD_REC_FILE_INT_H
#define GM_RECORD_REC_FILE_INT_H

#include <sys/types.h>
#include "record/rec_file.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "recordings are little endian");

#define FILE_MAGIC	"GMEMREC\n"
#define CHUNK_MAGIC	0x4b434d47u	/* "GMCK" */
#define PACKED_MAGIC	0x5a434d47u	/* "GMCZ" */
#define MAJOR_PLAIN	1		/* the lowest version of a reader for a file without compression */
#define MAJOR_PACKED	2
#define MAJOR		2		/* the highest version that this reader can read */
#define MINOR		1
#define FLAG_INCOMPLETE	(1u << 0)
#define HEADER_MAX	4096		/* a later minor version may add fields up to here */
#define PAYLOAD_MAX	(1u << 20)	/* largest payload that a reader accepts */
#define PAYLOAD_FULL	(64u << 10)	/* a writer ends the chunk at this length */

struct file_header {
	char magic[8];
	uint32_t len;		/* length of this header: the offset of the first chunk */
	uint16_t major, minor;
	uint32_t crc;		/* CRC of the header's len bytes, with this field and the next two as 0 */
	uint32_t flags;
	uint64_t end;		/* length of the file at a clean close; 0 before */
};
_Static_assert(sizeof(struct file_header) == GM_REC_HEADER_BYTES, "header layout");

struct chunk_header {
	uint32_t magic;
	uint32_t len;		/* length of the payload that follows */
	uint32_t crc;		/* CRC of the rest of this header and of the payload */
	uint32_t records;
	uint64_t first_ns, last_ns;	/* times of the first and last record */
};
_Static_assert(sizeof(struct chunk_header) == 32, "chunk header layout");

/* The beginning of a compressed chunk's payload. */
struct packed_head {
	uint16_t codec;
	uint16_t flags;		/* PACKED_KEYFRAME */
	uint32_t raw_len;	/* length of the records, uncompressed */
};
#define PACKED_KEYFRAME	(1u << 0)	/* the first record begins a keyframe */

/*
 * The index: a chunk of records of kind GM_K_FILE_INDEX, any number of struct index_rec and one struct index_tail,
 * which ends the file.
 */
struct index_entry {
	uint64_t offset, first_ns;	/* of a chunk */
};
struct index_rec {
	struct gm_rec h;
	uint32_t nr;
	uint32_t pad;
	struct index_entry at[];
};
#define INDEX_REC_ENTRIES ((GM_REC_MAX - sizeof(struct index_rec)) / sizeof(struct index_entry))
#define INDEX_MAGIC	"GMINDEX\n"
struct index_tail {
	struct gm_rec h;
	uint64_t offset;	/* offset of the index's chunk, the last one */
	uint64_t chunks, records, keyframes, raw_bytes;	/* in all chunks before the index */
	uint64_t first_ns, last_ns;
	char magic[8];
};

/*
 * The writer's index of chunks that begin with a keyframe. Its size is bounded: of very many chunks it has one in so
 * many.
 */
#define INDEX_MAX	4096
struct gm_rec_index {
	struct index_entry *at;
	size_t cap;
	uint32_t nr;
	uint32_t each, seen;	/* one in `each` is noted (0: each one); number of chunks so far */
};
int gm_rec_index_add(struct gm_rec_index *x, uint64_t offset, uint64_t first_ns); /* 0 or -ENOMEM */
/*
 * Makes the index chunk's payload. Returns its length, *buf (to be freed) and *records, its number of records; or
 * -ENOMEM. tail: with totals filled in.
 */
ssize_t gm_rec_index_pack(const struct gm_rec_index *x, const struct index_tail *tail, char **buf, uint32_t *records);
/*
 * Reads the file's index, as untrusted input. 0: entries and tail are filled in; -ENOENT: there is none, or it is
 * damaged; another -errno: it could not be read. end: the file's length by its header.
 */
int gm_rec_index_read(int fd, uint64_t first, uint64_t end, struct gm_rec_index *x, struct index_tail *tail);
/* Return true for the index chunk, by its header and its first record. */
static inline bool gm_is_index_chunk(const struct chunk_header *c, const struct gm_rec *first)
{
	return c->magic == CHUNK_MAGIC && c->records && first->kind == GM_K_FILE_INDEX;
}

/*
 * Finds the first complete chunk at or behind `from` in a file of so many bytes. 1: its offset is in *found; 0: there
 * is none; -errno. *budget: bytes whose checksum may be computed in vain, for a file that is made to look like many
 * chunks; it is reduced by those that were computed. packed: compressed chunks count.
 */
int gm_next_chunk(int fd, uint64_t from, uint64_t bytes, bool packed, uint64_t *budget, uint64_t *found);
#define RESYNC_BYTES (256u << 20)

/* Reads len bytes at offset. 1; 0: the file ends before; -errno. */
int gm_read_at(int fd, void *buf, size_t len, uint64_t offset);

/* CRC-32 of data, continued from crc. len may be 0, for which zlib itself would restart the CRC if data is NULL. */
uint32_t gm_crc(uint32_t crc, const void *data, size_t len);
uint32_t gm_header_crc(const void *buf, size_t len); /* buf: a complete header of len bytes */
/* Returns the CRC of a chunk: of its header from the field records on, and of its payload. */
uint32_t gm_chunk_crc(const struct chunk_header *c, const void *payload);

/* Returns the largest compressed length of len bytes. */
size_t gm_codec_bound(enum gm_codec codec, size_t len);
/*
 * Compresses len bytes into dst, which has gm_codec_bound(len) bytes. Returns the compressed length, -ENOMEM or -EIO.
 */
ssize_t gm_codec_pack(enum gm_codec codec, void *dst, size_t size, const void *src, size_t len);
/*
 * Uncompresses into dst of exactly raw_len bytes. 0; -ENOTSUP: no such codec; -ENOMEM; -EBADMSG: src is damaged, or has
 * another length.
 */
int gm_codec_unpack(unsigned int codec, void *dst, size_t raw_len, const void *src, size_t len);

/*
 * Reads the next chunk with its payload as stored, for gm_rec_writer_append(); the payload is valid until the next
 * call. 1; 0 at the end (gm_rec_reader_end() says why); -errno.
 */
int gm_rec_reader_chunk(struct gm_rec_reader *r, struct chunk_header *c, const char **payload);

#endif
