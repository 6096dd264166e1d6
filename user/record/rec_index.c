// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rec_index.c - the index of a recording's keyframes. It is a chunk of records of a kind that readers of records skip
 * as unknown, so readers older than the index read the file, too. A file without an index can be read: the reader then
 * scans the headers of its chunks.
 */
#include "record/rec_file_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/grow.h"

/* Removes every second entry; the first one stays. */
static void thin_index(struct gm_rec_index *x)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < x->nr; i += 2)
		x->at[kept++] = x->at[i];
	x->nr = kept;
	x->each = x->each ? 2 * x->each : 2;
}

int gm_rec_index_add(struct gm_rec_index *x, uint64_t offset, uint64_t first_ns)
{
	if (x->each && x->seen++ % x->each)
		return 0;
	if (!x->each)
		x->seen++;
	if (x->nr == INDEX_MAX)
		thin_index(x);
	if (gm_grow(x->at, x->nr, 1, x->cap))
		return -ENOMEM;
	x->at[x->nr++] = (struct index_entry){ .offset = offset, .first_ns = first_ns };
	return 0;
}

ssize_t gm_rec_index_pack(const struct gm_rec_index *x, const struct index_tail *tail, char **buf, uint32_t *records)
{
	size_t recs = (x->nr + INDEX_REC_ENTRIES - 1) / INDEX_REC_ENTRIES, at = 0;
	char *p = calloc(1, recs * sizeof(struct index_rec) + x->nr * sizeof(x->at[0]) + sizeof(*tail));

	if (!p)
		return -ENOMEM;
	*buf = p;
	*records = (uint32_t)recs + 1;
	for (uint32_t i = 0; i < x->nr;) {
		struct index_rec *r = (struct index_rec *)(p + at);

		r->nr = x->nr - i < INDEX_REC_ENTRIES ? x->nr - i : (uint32_t)INDEX_REC_ENTRIES;
		r->h = (struct gm_rec){ .len = (uint32_t)(sizeof(*r) + r->nr * sizeof(r->at[0])),
					.kind = GM_K_FILE_INDEX,
					.ts_ns = tail->last_ns };
		memcpy(r->at, x->at + i, r->nr * sizeof(r->at[0]));
		at += r->h.len;
		i += r->nr;
	}
	memcpy(p + at, tail, sizeof(*tail));
	((struct index_tail *)(p + at))->h =
		(struct gm_rec){ .len = sizeof(*tail), .kind = GM_K_FILE_INDEX, .ts_ns = tail->last_ns };
	memcpy(((struct index_tail *)(p + at))->magic, INDEX_MAGIC, sizeof(tail->magic));
	return (ssize_t)(at + sizeof(*tail));
}

/* Reads len bytes at offset. 0; -ENOENT: the file ends before; -errno. */
static int read_whole(int fd, void *buf, size_t len, uint64_t offset)
{
	int n = gm_read_at(fd, buf, len, offset);

	return n == 1 ? 0 : n ? n : -ENOENT;
}

static int read_tail(int fd, uint64_t first, uint64_t end, struct index_tail *t)
{
	int err;

	if (end < first + sizeof(struct chunk_header) + sizeof(*t) || end > INT64_MAX)
		return -ENOENT;
	err = read_whole(fd, t, sizeof(*t), end - sizeof(*t));
	if (err)
		return err;
	if (t->h.kind != GM_K_FILE_INDEX || t->h.len != sizeof(*t) || memcmp(t->magic, INDEX_MAGIC, sizeof(t->magic)) ||
	    t->offset < first || t->offset > end - sizeof(struct chunk_header) - sizeof(*t))
		return -ENOENT;
	return 0;
}

/* Adds the entries of a payload whose checksum is right. */
static int add_entries(const char *p, size_t len, uint64_t below, struct gm_rec_index *x)
{
	struct index_rec r;
	struct index_entry e;

	while (len >= sizeof(r)) {
		memcpy(&r, p, sizeof(r));
		if (r.h.len > len || r.h.len < sizeof(r) || r.nr > (r.h.len - sizeof(r)) / sizeof(e))
			return -ENOENT;
		for (uint32_t i = 0; i < r.nr; i++) {
			memcpy(&e, p + sizeof(r) + i * sizeof(e), sizeof(e));
			if (e.offset < below && gm_rec_index_add(x, e.offset, e.first_ns))
				return -ENOMEM;
		}
		p += r.h.len;
		len -= r.h.len;
	}
	return 0;
}

int gm_rec_index_read(int fd, uint64_t first, uint64_t end, struct gm_rec_index *x, struct index_tail *tail)
{
	struct chunk_header c;
	char *p = NULL;
	int err = read_tail(fd, first, end, tail);

	if (!err)
		err = read_whole(fd, &c, sizeof(c), tail->offset);
	if (err)
		return err;
	if (c.magic != CHUNK_MAGIC || c.len > PAYLOAD_MAX || tail->offset + sizeof(c) + c.len != end)
		return -ENOENT;
	p = malloc(c.len);
	if (!p)
		return -ENOMEM;
	err = read_whole(fd, p, c.len, tail->offset + sizeof(c));
	if (!err)
		err = gm_chunk_crc(&c, p) == c.crc ? 0 : -ENOENT;
	if (!err)
		err = add_entries(p, c.len - sizeof(*tail), tail->offset, x);
	free(p);
	return err;
}
