// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rec_resync.c - finds the next complete chunk behind a damaged stretch of a recording, by its magic and its checksum.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/rec_file_int.h"

#define BLOCK (64u << 10)

/* Returns 1 if a complete chunk begins at `at`, 0 or -errno. Computing its checksum costs *budget its bytes. */
static int is_chunk(int fd, uint64_t at, uint64_t bytes, bool packed, char *payload, uint64_t *budget)
{
	struct chunk_header c;
	int n = at + sizeof(c) > bytes ? 0 : gm_read_at(fd, &c, sizeof(c), at);

	if (n != 1)
		return n;
	if ((c.magic != CHUNK_MAGIC && (c.magic != PACKED_MAGIC || !packed)) || !c.records ||
	    c.len < sizeof(struct packed_head) || c.len > PAYLOAD_MAX || c.len > bytes - at - sizeof(c) ||
	    c.len > *budget)
		return 0;
	*budget -= c.len;
	n = gm_read_at(fd, payload, c.len, at + sizeof(c));
	return n == 1 ? gm_chunk_crc(&c, payload) == c.crc : n;
}

/* Finds a chunk's begin in a block whose offset is from. 1, 0 or -errno. */
static int search_block(int fd, const char *block, size_t len, uint64_t from, uint64_t bytes, bool packed,
			char *payload, uint64_t *budget, uint64_t *found)
{
	const char *hit;
	int n = 0;

	for (const char *p = block; !n && (hit = memmem(p, (size_t)(block + len - p), "GMC", 3)); p = hit + 1) {
		*found = from + (uint64_t)(hit - block);
		n = is_chunk(fd, *found, bytes, packed, payload, budget);
	}
	return n;
}

int gm_next_chunk(int fd, uint64_t from, uint64_t bytes, bool packed, uint64_t *budget, uint64_t *found)
{
	char *block = malloc(BLOCK), *payload = malloc(PAYLOAD_MAX);
	int n = block && payload ? 0 : -ENOMEM;

	while (!n && from < bytes) {
		ssize_t len = pread(fd, block, BLOCK, (off_t)from);

		if (len < (ssize_t)sizeof(struct chunk_header)) {
			n = len < 0 ? -errno : 0;
			break;
		}
		n = search_block(fd, block, (size_t)len, from, bytes, packed, payload, budget, found);
		from += (uint64_t)len - 2; /* a magic may cross the edge of the block */
	}
	free(block);
	free(payload);
	return n;
}
