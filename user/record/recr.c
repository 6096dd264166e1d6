// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * recr.c - the reader of recordings: takes one chunk at a time into memory, believes a length only below a cap and
 * contents only after the checksum, and still checks every record.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "record/recfile_int.h"

struct gm_recr {
	int fd;
	bool done;
	unsigned int major, minor;
	uint64_t end;		/* as the header says; 0: not known */
	uint64_t first;		/* offset of the first chunk */
	uint64_t offset;	/* of the next chunk */
	struct gm_recr_end why;
	struct chunk_header chunk;
	uint32_t at, seen, raw_len;	/* within the chunk: bytes and records given out, bytes of records */
	char *payload, *raw;	/* as stored; unpacked */
	size_t payload_cap, raw_cap;
	const char *records;	/* the one of the two that they are in */
};

/* Bytes read: fewer than len only at the end of the file; or -errno. */
static ssize_t read_all(int fd, void *data, size_t len)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = read(fd, (char *)data + got, len - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

/* Ends the reading: returns 0, as gm_recr_next() does then. */
__attribute__((format(printf, 3, 4)))
static int stop(struct gm_recr *r, uint64_t offset, const char *fmt, ...)
{
	va_list ap;

	r->done = true;
	r->why.offset = offset;
	va_start(ap, fmt);
	vsnprintf(r->why.why, sizeof(r->why.why), fmt, ap);
	va_end(ap);
	return 0;
}

static int end_of_file(struct gm_recr *r)
{
	r->done = true;
	r->why.offset = r->offset;
	if (r->end && r->end != r->offset)
		return stop(r, r->offset, "the file ends here, but had %llu bytes when it was closed",
			    (unsigned long long)r->end);
	return 0;
}

/* 1, or 0 from stop(). */
static int make_room(struct gm_recr *r, char **buf, size_t *cap, size_t len)
{
	char *p;

	if (len <= *cap)
		return 1;
	p = realloc(*buf, len);
	if (!p)
		return stop(r, r->offset, "no memory for a chunk of %zu bytes", len);
	*buf = p;
	*cap = len;
	return 1;
}

static int read_chunk_header(struct gm_recr *r)
{
	struct chunk_header *c = &r->chunk;
	ssize_t n = read_all(r->fd, c, sizeof(*c));

	if (!n)
		return end_of_file(r);
	if (n < 0)
		return stop(r, r->offset, "read error: %s", strerror((int)-n));
	if (n < (ssize_t)sizeof(*c))
		return stop(r, r->offset, "chunk header cut short: %zd of %zu bytes", n, sizeof(*c));
	if (c->magic != CHUNK_MAGIC && (c->magic != PACKED_MAGIC || r->major < MAJOR_PACKED))
		return stop(r, r->offset, "no chunk begins here: 0x%08x%s", c->magic,
			    c->magic ? "" : " (zeroes: a crash of the file system?)");
	if (c->len > PAYLOAD_MAX)
		return stop(r, r->offset, "chunk of %u bytes: more than %u", c->len, PAYLOAD_MAX);
	return 1;
}

/* The chunk at offset, its checksum right. 1, or 0 from stop(). */
static int read_stored(struct gm_recr *r)
{
	struct chunk_header *c = &r->chunk;
	ssize_t n;

	if (!read_chunk_header(r) || !make_room(r, &r->payload, &r->payload_cap, c->len))
		return 0;
	n = read_all(r->fd, r->payload, c->len);
	if (n < 0)
		return stop(r, r->offset, "read error: %s", strerror((int)-n));
	if (n < (ssize_t)c->len)
		return stop(r, r->offset, "chunk cut short: %zd of %u bytes", n, c->len);
	if (gm_chunk_crc(c, r->payload) != c->crc)
		return stop(r, r->offset, "chunk damaged: wrong checksum");
	return 1;
}

static int unpack(struct gm_recr *r)
{
	struct packed_head head;
	int err;

	if (r->chunk.len < sizeof(head))
		return stop(r, r->offset, "packed chunk of %u bytes", r->chunk.len);
	memcpy(&head, r->payload, sizeof(head));
	if (head.raw_len > PAYLOAD_MAX)
		return stop(r, r->offset, "packed chunk of %u bytes of records: more than %u", head.raw_len, PAYLOAD_MAX);
	if (!make_room(r, &r->raw, &r->raw_cap, head.raw_len))
		return 0;
	err = gm_codec_unpack(head.codec, r->raw, head.raw_len, r->payload + sizeof(head), r->chunk.len - sizeof(head));
	if (err == -ENOTSUP)
		return stop(r, r->offset, "packed by a method that this tool does not know: %u", head.codec);
	if (err)
		return stop(r, r->offset, "packed chunk cannot be unpacked to %u bytes", head.raw_len);
	r->records = r->raw;
	r->raw_len = head.raw_len;
	return 1;
}

static int read_chunk(struct gm_recr *r)
{
	struct chunk_header *c = &r->chunk;

	if (!read_stored(r))
		return 0;
	r->records = r->payload;
	r->raw_len = c->len;
	if (c->magic == PACKED_MAGIC && !unpack(r))
		return 0;
	r->offset += sizeof(*c) + c->len;
	r->at = 0;
	r->seen = 0;
	return 1;
}

int gm_recr_chunk(struct gm_recr *r, struct chunk_header *c, const char **payload)
{
	if (r->done || !read_stored(r))
		return 0;
	if (r->chunk.magic == PACKED_MAGIC && r->chunk.len < sizeof(struct packed_head))
		return stop(r, r->offset, "packed chunk of %u bytes", r->chunk.len);
	r->offset += sizeof(*c) + r->chunk.len;
	*c = r->chunk;
	*payload = r->payload;
	return 1;
}

/* Offset of the chunk that is being given out. */
static uint64_t chunk_offset(const struct gm_recr *r)
{
	return r->offset - r->chunk.len - sizeof(r->chunk);
}

/* All bytes of the chunk are used up: did it hold what it said? */
static int leave_chunk(struct gm_recr *r)
{
	if (r->seen == r->chunk.records)
		return 1;
	return stop(r, chunk_offset(r), "chunk of %u records, %u expected", r->seen, r->chunk.records);
}

/* Where in the file a record is; of a packed one, where its chunk is. */
static uint64_t record_offset(const struct gm_recr *r)
{
	return r->records == r->raw ? chunk_offset(r) : r->offset - r->chunk.len + r->at;
}

int gm_recr_next(struct gm_recr *r, union gm_any *rec)
{
	int n;

	while (!r->done) {
		if (r->at == r->raw_len) {
			if (!leave_chunk(r) || !read_chunk(r))
				return 0;
			continue;
		}
		n = gm_rec_check(r->records + r->at, r->raw_len - r->at, rec);
		if (n < 0)
			return stop(r, record_offset(r), "record %u of its chunk is malformed", r->seen);
		r->at += (uint32_t)n;
		r->seen++;
		if (rec->h.kind)
			return 1;
	}
	return 0;
}

/* The first sizeof(struct file_header) bytes are in h: takes the rest, checks all. */
static int check_header(struct gm_recr *r, const struct file_header *h, const char *path)
{
	char whole[HEADER_MAX];
	size_t more;

	if (h->major > MAJOR)
		return gm_err(-ENOTSUP, "cannot read recording: %s: its format %u.%u is newer than this tool's %u.%u",
			      path, h->major, h->minor, MAJOR, MINOR);
	if (h->len < sizeof(*h) || h->len > sizeof(whole) || !h->major)
		return gm_err(-EBADMSG, "cannot read recording: %s: header damaged", path);
	more = h->len - sizeof(*h);
	memcpy(whole, h, sizeof(*h));
	if (read_all(r->fd, whole + sizeof(*h), more) != (ssize_t)more)
		return gm_err(-EBADMSG, "cannot read recording: %s: header cut short", path);
	if (gm_header_crc(whole, h->len) != h->crc)
		return gm_err(-EBADMSG, "cannot read recording: %s: header damaged: wrong checksum", path);
	r->why.incomplete = h->flags & FLAG_INCOMPLETE;
	r->end = r->why.incomplete ? 0 : h->end;
	r->offset = h->len;
	r->first = h->len;
	r->major = h->major;
	r->minor = h->minor;
	return 0;
}

static int read_header(struct gm_recr *r, const char *path)
{
	struct file_header h;
	ssize_t n = read_all(r->fd, &h, sizeof(h));

	if (n < 0)
		return gm_errno((int)n, "cannot read recording: %s", path);
	if (!n)
		return gm_err(-EBADMSG, "cannot read recording: %s: the file is empty", path);
	if (memcmp(h.magic, FILE_MAGIC, (size_t)n < sizeof(h.magic) ? (size_t)n : sizeof(h.magic)))
		return gm_err(-EBADMSG, "cannot read recording: %s: not a gmemscope recording", path);
	if (n < (ssize_t)sizeof(h))
		return gm_err(-EBADMSG, "cannot read recording: %s: header cut short", path);
	return check_header(r, &h, path);
}

int gm_recr_open(struct gm_recr **out, const char *path)
{
	struct gm_recr *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return gm_errno(-ENOMEM, "cannot read recording: %s", path);
	r->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		err = gm_errno(-errno, "cannot read recording: %s", path);
	else
		err = read_header(r, path);
	if (err) {
		gm_recr_close(r);
		return err;
	}
	*out = r;
	return 0;
}

const struct gm_recr_end *gm_recr_end(const struct gm_recr *r)
{
	return &r->why;
}

/* ---- going to a place ---- */

/* What a walk over the headers finds. */
struct walk {
	struct gm_recr_info *info;	/* counted up; NULL: not asked for */
	uint64_t until_ns, key_offset;	/* the last keyframe not after it; 0: none */
};

/* Is there a keyframe at the beginning of the chunk at offset? raw: bytes of its records. Reads as little as it can. */
static bool look_into(const struct gm_recr *r, uint64_t offset, const struct chunk_header *c, uint64_t *raw, enum gm_codec *codec)
{
	union { struct gm_rec rec; struct packed_head packed; } u = { 0 };
	size_t want = c->magic == PACKED_MAGIC ? sizeof(u.packed) : sizeof(u.rec);

	*raw = c->len;
	*codec = GM_CODEC_NONE;
	if (c->len < want || pread(r->fd, &u, want, (off_t)(offset + sizeof(*c))) != (ssize_t)want)
		return false;
	if (c->magic == CHUNK_MAGIC)
		return u.rec.kind == GM_K_KEYFRAME;
	*raw = u.packed.raw_len;
	*codec = u.packed.codec;
	return u.packed.flags & PACKED_KEYFRAME;
}

static void count(struct gm_recr_info *i, const struct chunk_header *c, uint64_t raw, bool key, enum gm_codec codec)
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

/* Chunk by chunk by their headers, which are not checked further: what they lead to is, when it is read. */
static void walk_headers(const struct gm_recr *r, uint64_t bytes, struct walk *w)
{
	struct chunk_header c;
	enum gm_codec codec;
	uint64_t at = r->first, raw;

	while (at + sizeof(c) <= bytes && pread(r->fd, &c, sizeof(c), (off_t)at) == (ssize_t)sizeof(c)) {
		bool key;

		if ((c.magic != CHUNK_MAGIC && c.magic != PACKED_MAGIC) || c.len > PAYLOAD_MAX || at + sizeof(c) + c.len > bytes) {
			if (w->info)
				snprintf(w->info->damage, sizeof(w->info->damage), "byte %llu: no whole chunk", (unsigned long long)at);
			return;
		}
		key = look_into(r, at, &c, &raw, &codec);
		if (key && c.first_ns <= w->until_ns)
			w->key_offset = at;
		count(w->info, &c, raw, key, codec);
		at += sizeof(c) + c.len;
	}
	if (w->info && at < bytes)
		snprintf(w->info->damage, sizeof(w->info->damage), "byte %llu: chunk header cut short", (unsigned long long)at);
}

/* The file's length; -ESPIPE: it is none. */
static int64_t length(const struct gm_recr *r)
{
	struct stat st;

	if (fstat(r->fd, &st) || !S_ISREG(st.st_mode))
		return -ESPIPE;
	return st.st_size;
}

static int go_to(struct gm_recr *r, uint64_t offset)
{
	if (lseek(r->fd, (off_t)offset, SEEK_SET) < 0)
		return -ESPIPE;
	r->offset = offset;
	r->done = false;
	r->at = r->seen = r->raw_len = 0;
	r->chunk = (struct chunk_header){ 0 };
	r->why.why[0] = '\0';
	return 0;
}

/* By the index, if it leads to a keyframe; else 0. */
static uint64_t by_index(const struct gm_recr *r, uint64_t ts_ns)
{
	struct gm_recindex x = { 0 };
	struct index_tail tail;
	struct chunk_header c;
	enum gm_codec codec;
	uint64_t best = 0, raw;

	if (r->end && !gm_recindex_read(r->fd, r->first, r->end, &x, &tail))
		for (uint32_t i = 0; i < x.nr; i++)
			if (x.at[i].first_ns <= ts_ns && x.at[i].offset >= r->first)
				best = x.at[i].offset;
	free(x.at);
	if (best && pread(r->fd, &c, sizeof(c), (off_t)best) == (ssize_t)sizeof(c) &&
	    (c.magic == CHUNK_MAGIC || c.magic == PACKED_MAGIC) && look_into(r, best, &c, &raw, &codec))
		return best;
	return 0;
}

int gm_recr_seek(struct gm_recr *r, uint64_t ts_ns)
{
	struct walk w = { .until_ns = ts_ns };
	int64_t bytes = length(r);

	if (bytes < 0)
		return (int)bytes;
	if (!ts_ns)
		return go_to(r, r->first);
	w.key_offset = by_index(r, ts_ns);
	if (!w.key_offset)
		walk_headers(r, (uint64_t)bytes, &w);
	return go_to(r, w.key_offset ? w.key_offset : r->first);
}

int gm_recr_info(struct gm_recr *r, struct gm_recr_info *out)
{
	struct index_tail tail = { 0 };
	struct gm_recindex x = { 0 };
	struct walk w = { .info = out };
	struct chunk_header c;
	int64_t bytes = length(r);
	uint64_t raw;

	if (bytes < 0)
		return (int)bytes;
	*out = (struct gm_recr_info){ .major = r->major, .minor = r->minor, .incomplete = r->why.incomplete, .bytes = (uint64_t)bytes };
	out->indexed = r->end == (uint64_t)bytes && !gm_recindex_read(r->fd, r->first, r->end, &x, &tail);
	free(x.at);
	if (!out->indexed) {
		walk_headers(r, (uint64_t)bytes, &w);
		if (r->end && r->end != (uint64_t)bytes && !out->damage[0])
			snprintf(out->damage, sizeof(out->damage), "byte %llu: the file ends here, but had %llu bytes when it was closed",
				 (unsigned long long)bytes, (unsigned long long)r->end);
		return 0;
	}
	out->chunks = tail.chunks;
	out->records = tail.records;
	out->keyframes = tail.keyframes;
	out->raw_bytes = tail.raw_bytes;
	out->first_ns = tail.first_ns;
	out->last_ns = tail.last_ns;
	if (pread(r->fd, &c, sizeof(c), (off_t)r->first) == (ssize_t)sizeof(c))
		look_into(r, r->first, &c, &raw, &out->codec);
	return 0;
}

void gm_recr_close(struct gm_recr *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r->payload);
	free(r->raw);
	free(r);
}
