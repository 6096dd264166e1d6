// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* resync.c - the next whole chunk behind a damaged stretch of a recording, by its magic and its checksum. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/recfile_int.h"

#define BLOCK (64u << 10)

/* Is there a whole chunk at `at`? Its checksum is computed at the cost of *budget bytes. */
static bool is_chunk(int fd, uint64_t at, uint64_t bytes, bool packed, char *payload, uint64_t *budget)
{
	struct chunk_header c;

	if (at + sizeof(c) > bytes || pread(fd, &c, sizeof(c), (off_t)at) != (ssize_t)sizeof(c))
		return false;
	if ((c.magic != CHUNK_MAGIC && (c.magic != PACKED_MAGIC || !packed)) || !c.records || c.len < sizeof(struct packed_head) || c.len > PAYLOAD_MAX ||
	    c.len > bytes - at - sizeof(c) || c.len > *budget)
		return false;
	*budget -= c.len;
	return pread(fd, payload, c.len, (off_t)(at + sizeof(c))) == (ssize_t)c.len && gm_chunk_crc(&c, payload) == c.crc;
}

uint64_t gm_next_chunk(int fd, uint64_t from, uint64_t bytes, bool packed, uint64_t *budget)
{
	char *block = malloc(BLOCK), *payload = malloc(PAYLOAD_MAX), *hit;
	uint64_t found = 0;

	while (block && payload && !found && from < bytes) {
		ssize_t n = pread(fd, block, BLOCK, (off_t)from);

		if (n < (ssize_t)sizeof(struct chunk_header))
			break;
		for (char *p = block; !found && (hit = memmem(p, (size_t)(block + n - p), "GMC", 3)); p = hit + 1)
			if (is_chunk(fd, from + (uint64_t)(hit - block), bytes, packed, payload, budget))
				found = from + (uint64_t)(hit - block);
		from += (uint64_t)n - 2;	/* a magic may lie on the edge */
	}
	free(block);
	free(payload);
	return found;
}
