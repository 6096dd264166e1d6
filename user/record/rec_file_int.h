/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rec_file_int.h - the layout of a recording (docs/recording-format.md), for what writes and reads it; nobody else
 * includes it.
 */
#ifndef GM_RECORD_REC_FILE_INT_H
#define GM_RECORD_REC_FILE_INT_H

#include <sys/types.h>
#include "record/rec_file.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "recordings are little endian");

#define FILE_MAGIC	"GMEMREC\n"
#define CHUNK_MAGIC	0x4b434d47u	/* "GMCK" */
#define PACKED_MAGIC	0x5a434d47u	/* "GMCZ" */
#define MAJOR_PLAIN	1		/* what a reader has to know: the lowest version that can read the file */
#define MAJOR_PACKED	2
#define MAJOR		2		/* what this reader knows */
#define MINOR		1
#define FLAG_INCOMPLETE	(1u << 0)
#define HEADER_MAX	4096		/* a later minor version may add fields up to here */
#define PAYLOAD_MAX	(1u << 20)	/* a reader's cap */
#define PAYLOAD_FULL	(64u << 10)	/* a writer's: the chunk ends */

struct file_header {
	char magic[8];
	uint32_t len;		/* of this header: the first chunk's offset */
	uint16_t major, minor;
	uint32_t crc;		/* of the header's len bytes, the next two fields and this one taken as 0 */
	uint32_t flags;
	uint64_t end;		/* the file's length at the clean close; 0 before */
};
_Static_assert(sizeof(struct file_header) == 32, "header layout");

struct chunk_header {
	uint32_t magic;
	uint32_t len;		/* of the payload that follows */
	uint32_t crc;		/* of the rest of this header and the payload */
	uint32_t records;
	uint64_t first_ns, last_ns;	/* of its first and last record */
};
_Static_assert(sizeof(struct chunk_header) == 32, "chunk header layout");

/* Begins the payload of a packed chunk. */
struct packed_head {
	uint16_t codec;
	uint16_t flags;		/* PACKED_KEYFRAME */
	uint32_t raw_len;	/* of the records when unpacked */
};
#define PACKED_KEYFRAME	(1u << 0)	/* its first record begins a keyframe */

/* Records of kind GM_K_FILE_INDEX: any number of the first, and as the last thing in the file the second. */
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
	uint64_t offset;	/* of the index's chunk, which ends the file */
	uint64_t chunks, records, keyframes, raw_bytes;	/* in all chunks before it */
	uint64_t first_ns, last_ns;
	char magic[8];
};

/* The writer's index: of chunks that begin with a keyframe. Of bounded size: of very many, one in so many. */
#define INDEX_MAX	4096
struct gm_recindex {
	struct index_entry *at;
	size_t cap;
	uint32_t nr;
	uint32_t each, seen;	/* one in so many is noted (0: each one); how many there were */
};
int gm_recindex_add(struct gm_recindex *x, uint64_t offset, uint64_t first_ns); /* 0 or -ENOMEM */
/*
 * The index chunk's payload into buf, which it makes: its length, *records of them; or -ENOMEM. tail: totals filled in.
 */
ssize_t gm_recindex_pack(const struct gm_recindex *x, const struct index_tail *tail, char **buf, uint32_t *records);
/*
 * The file's index, if it has a right one: 0, entries and tail filled in; -ENOENT: none, or damaged; another -errno:
 * it could not be read. end: as the file's header says. Trusts nothing in it.
 */
int gm_recindex_read(int fd, uint64_t first, uint64_t end, struct gm_recindex *x, struct index_tail *tail);
static inline bool gm_is_index(const struct chunk_header *c, const struct gm_rec *first)
{
	return c->magic == CHUNK_MAGIC && c->records && first->kind == GM_K_FILE_INDEX;
}

/*
 * The offset of the first whole chunk at or behind `from` in a file of so many bytes, into *found: 1; 0: none;
 * -errno. *budget: bytes whose checksum may be computed in vain, for a file that is made to look like many chunks;
 * what is used of it is taken off. packed: compressed ones count.
 */
int gm_next_chunk(int fd, uint64_t from, uint64_t bytes, bool packed, uint64_t *budget, uint64_t *found);
#define RESYNC_BYTES (256u << 20)

/* The bytes at offset: 1; 0: the file ends before; -errno. */
int gm_read_at(int fd, void *buf, size_t len, uint64_t offset);

/* zlib takes a NULL with no bytes, as an empty payload is, for a request of the initial value. */
uint32_t gm_crc(uint32_t crc, const void *data, size_t len);
uint32_t gm_header_crc(const void *buf, size_t len); /* buf: a whole header of len bytes */
uint32_t gm_chunk_crc(const struct chunk_header *c, const void *payload);

/* Packs len bytes into dst, which has gm_codec_bound(len) bytes: the packed length, -ENOMEM or -EIO. */
size_t gm_codec_bound(enum gm_codec codec, size_t len);
ssize_t gm_codec_pack(enum gm_codec codec, void *dst, size_t size, const void *src, size_t len);
/*
 * Unpacks into dst of exactly raw_len bytes: 0; -ENOTSUP no such codec; -ENOMEM; -EBADMSG: not that, or of another
 * length.
 */
int gm_codec_unpack(unsigned int codec, void *dst, size_t raw_len, const void *src, size_t len);

/*
 * A file's next chunk with its payload as stored, for gm_recw_append(): 1; 0 at its end (gm_recr_end() says why);
 * -errno, not reported.
 */
int gm_recr_chunk(struct gm_recr *r, struct chunk_header *c, const char **payload);

#endif
