// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rec_seek.c - seeks to a keyframe, and collects facts about a recording, by its index or by the headers of its chunks.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/rec_reader_int.h"

int64_t gm_rec_reader_length(const struct gm_rec_reader *r)
{
	struct stat st;

	if (fstat(r->fd, &st) || !S_ISREG(st.st_mode))
		return -ESPIPE;
	return st.st_size;
}

/* What a scan of the headers finds. */
struct header_scan {
	struct gm_rec_reader_info *info;	/* where chunks are counted, or NULL */
	uint64_t until_ns, key_offset;	/* offset of the last keyframe that is not after until_ns; 0: none */
};

/*
 * Returns 1 if the chunk at offset begins with a keyframe, 0 or -errno. raw: bytes of its records. Reads as little as
 * possible.
 */
static int read_chunk_start(const struct gm_rec_reader *r, uint64_t offset, const struct chunk_header *c, uint64_t *raw,
			    enum gm_codec *codec)
{
	union {
		struct gm_rec rec;
		struct packed_head packed;
	} u = { 0 };
	size_t want = c->magic == PACKED_MAGIC ? sizeof(u.packed) : sizeof(u.rec);
	int n;

	*raw = c->len;
	*codec = GM_CODEC_NONE;
	if (c->len < want)
		return 0;
	n = gm_read_at(r->fd, &u, want, offset + sizeof(*c));
	if (n != 1)
		return n;
	if (c->magic == CHUNK_MAGIC)
		return u.rec.kind == GM_K_KEYFRAME;
	*raw = u.packed.raw_len;
	*codec = u.packed.codec;
	return (u.packed.flags & PACKED_KEYFRAME) != 0;
}

static void count_chunk(struct gm_rec_reader_info *i, const struct chunk_header *c, uint64_t raw, bool key,
			enum gm_codec codec)
{
	if (!i)
		return;
	if (!i->chunks++)
		i->first_ns = c->first_ns;
	i->last_ns = c->last_ns;
	i->records += c->records;
	i->keyframes += key;
	i->raw_bytes += raw;
	if (!i->codec)
		i->codec = codec;
}

/* Scans the headers of all chunks. Nothing else is checked: the reader checks a chunk when it reads it. 0 or -errno. */
static int scan_headers(const struct gm_rec_reader *r, uint64_t bytes, struct header_scan *w)
{
	struct chunk_header c;
	enum gm_codec codec;
	uint64_t at = r->first, raw, budget = RESYNC_BYTES;
	int n = 1, key;

	while (at + sizeof(c) <= bytes && (n = gm_read_at(r->fd, &c, sizeof(c), at)) == 1) {
		if ((c.magic != CHUNK_MAGIC && c.magic != PACKED_MAGIC) || c.len > PAYLOAD_MAX ||
		    at + sizeof(c) + c.len > bytes) {
			if (w->info && !w->info->damage[0])
				snprintf(w->info->damage, sizeof(w->info->damage), "byte %llu: no whole chunk",
					 (unsigned long long)at);
			n = gm_next_chunk(r->fd, at + 1, bytes, r->major >= MAJOR_PACKED, &budget, &at);
			if (n != 1)
				return n;
			continue;
		}
		key = read_chunk_start(r, at, &c, &raw, &codec);
		if (key < 0)
			return key;
		if (key && c.first_ns <= w->until_ns)
			w->key_offset = at;
		count_chunk(w->info, &c, raw, key, codec);
		at += sizeof(c) + c.len;
	}
	if (w->info && at < bytes && !w->info->damage[0])
		snprintf(w->info->damage, sizeof(w->info->damage), "byte %llu: chunk header cut short",
			 (unsigned long long)at);
	return n < 0 ? n : 0;
}

static int go_to_chunk(struct gm_rec_reader *r, uint64_t offset)
{
	if (lseek(r->fd, (off_t)offset, SEEK_SET) < 0)
		return -ESPIPE;
	r->offset = offset;
	r->done = r->damaged = false;
	r->at = r->seen = r->raw_len = 0;
	r->chunk = (struct chunk_header){ 0 };
	r->why.why[0] = '\0';
	r->why.err = 0;
	r->why.gaps = r->why.skipped = 0;
	return 0;
}

/* Finds a keyframe by the index; without one *offset stays. 0 or -errno. */
static int find_by_index(const struct gm_rec_reader *r, uint64_t ts_ns, uint64_t *offset)
{
	struct gm_rec_index x = { 0 };
	struct index_tail tail;
	struct chunk_header c;
	enum gm_codec codec;
	uint64_t best = 0, raw;
	int n = r->end ? gm_rec_index_read(r->fd, r->first, r->end, &x, &tail) : -ENOENT;

	for (uint32_t i = 0; !n && i < x.nr; i++)
		if (x.at[i].first_ns <= ts_ns && x.at[i].offset >= r->first)
			best = x.at[i].offset;
	free(x.at);
	if (n || !best)
		return n == -ENOENT ? 0 : n;
	n = gm_read_at(r->fd, &c, sizeof(c), best);
	if (n == 1)
		n = c.magic == CHUNK_MAGIC || c.magic == PACKED_MAGIC ? read_chunk_start(r, best, &c, &raw, &codec) : 0;
	if (n == 1)
		*offset = best;
	return n < 0 ? n : 0;
}

int gm_rec_reader_seek(struct gm_rec_reader *r, uint64_t ts_ns)
{
	struct header_scan w = { .until_ns = ts_ns };
	int64_t bytes = gm_rec_reader_length(r);
	int err;

	if (bytes < 0)
		return (int)bytes;
	if (!ts_ns)
		return go_to_chunk(r, r->first);
	err = find_by_index(r, ts_ns, &w.key_offset);
	if (!err && !w.key_offset)
		err = scan_headers(r, (uint64_t)bytes, &w);
	return err ? err : go_to_chunk(r, w.key_offset ? w.key_offset : r->first);
}

int gm_rec_reader_info(struct gm_rec_reader *r, struct gm_rec_reader_info *out)
{
	struct index_tail tail = { 0 };
	struct gm_rec_index x = { 0 };
	struct header_scan w = { .info = out };
	struct chunk_header c;
	int64_t bytes = gm_rec_reader_length(r);
	uint64_t raw;
	int err;

	if (bytes < 0)
		return (int)bytes;
	*out = (struct gm_rec_reader_info){
		.major = r->major, .minor = r->minor, .incomplete = r->why.incomplete, .bytes = (uint64_t)bytes
	};
	err = r->end == (uint64_t)bytes ? gm_rec_index_read(r->fd, r->first, r->end, &x, &tail) : -ENOENT;
	out->indexed = !err;
	free(x.at);
	if (err && err != -ENOENT)
		return err;
	if (!out->indexed) {
		err = scan_headers(r, (uint64_t)bytes, &w);
		if (r->end && r->end != (uint64_t)bytes && !out->damage[0])
			snprintf(out->damage, sizeof(out->damage),
				 "byte %llu: the file ends here, but had %llu bytes when it was closed",
				 (unsigned long long)bytes, (unsigned long long)r->end);
		return err;
	}
	out->chunks = tail.chunks;
	out->records = tail.records;
	out->keyframes = tail.keyframes;
	out->raw_bytes = tail.raw_bytes;
	out->first_ns = tail.first_ns;
	out->last_ns = tail.last_ns;
	err = gm_read_at(r->fd, &c, sizeof(c), r->first);
	if (err == 1)
		err = read_chunk_start(r, r->first, &c, &raw, &out->codec);
	return err < 0 ? err : 0;
}
