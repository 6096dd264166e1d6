// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rec_reader.c - reads recordings, one chunk in memory at a time. It uses a length only if it is below a cap, and
 * contents only after their checksum, and checks every record.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "record/rec_reader_int.h"

__attribute__((format(printf, 3, 0))) static void note_end(struct gm_rec_reader *r, uint64_t offset, const char *fmt,
							   va_list ap)
{
	r->done = true;
	r->why.passed = false;
	r->why.offset = offset;
	vsnprintf(r->why.why, sizeof(r->why.why), fmt, ap);
}

/* Ends the reading. Returns 0, as gm_rec_reader_next() does at the end. */
__attribute__((format(printf, 3, 4))) static int stop_reading(struct gm_rec_reader *r, uint64_t offset, const char *fmt,
							      ...)
{
	va_list ap;

	va_start(ap, fmt);
	note_end(r, offset, fmt, ap);
	va_end(ap);
	return 0;
}

/* Ends the reading with an error: the next chunk could not be read, but may be intact. Returns 0. */
static int fail_reading(struct gm_rec_reader *r, int err)
{
	r->why.err = err;
	return stop_reading(r, r->offset, "%s", strerror(-err));
}

/* Ends the reading of a damaged stretch; resync() may find the next one. Returns 0. */
__attribute__((format(printf, 3, 4))) static int note_damage(struct gm_rec_reader *r, uint64_t offset, const char *fmt,
							     ...)
{
	va_list ap;

	va_start(ap, fmt);
	note_end(r, offset, fmt, ap);
	va_end(ap);
	r->damaged = true;
	return 0;
}

static int handle_end_of_file(struct gm_rec_reader *r)
{
	r->done = true;
	if (!r->why.why[0])
		r->why.offset = r->offset;
	if (r->end && r->end != r->offset)
		return stop_reading(r, r->offset, "the file ends here, but had %llu bytes when it was closed",
				    (unsigned long long)r->end);
	return 0;
}

/* Makes *buf at least len bytes long. 1; 0: fail_reading() was called. */
static int reserve_buffer(struct gm_rec_reader *r, char **buf, size_t *cap, size_t len)
{
	char *p;

	if (len <= *cap)
		return 1;
	p = realloc(*buf, len);
	if (!p)
		return fail_reading(r, -ENOMEM);
	*buf = p;
	*cap = len;
	return 1;
}

static int read_chunk_header(struct gm_rec_reader *r)
{
	struct chunk_header *c = &r->chunk;
	ssize_t n = gm_read_all(r->fd, c, sizeof(*c));

	if (!n)
		return handle_end_of_file(r);
	if (n < 0)
		return fail_reading(r, (int)n);
	if (n < (ssize_t)sizeof(*c))
		return note_damage(r, r->offset, "chunk header cut short: %zd of %zu bytes", n, sizeof(*c));
	if (c->magic != CHUNK_MAGIC && (c->magic != PACKED_MAGIC || r->major < MAJOR_PACKED))
		return note_damage(r, r->offset, "no chunk begins here: 0x%08x%s", c->magic,
				   c->magic ? "" : " (zeroes: a crash of the file system?)");
	if (c->len > PAYLOAD_MAX)
		return note_damage(r, r->offset, "chunk of %u bytes: more than %u", c->len, PAYLOAD_MAX);
	return 1;
}

/* Reads the next chunk as stored, and checks its checksum. 1; 0: the reading ended. */
static int read_stored(struct gm_rec_reader *r)
{
	struct chunk_header *c = &r->chunk;
	ssize_t n;

	if (!read_chunk_header(r) || !reserve_buffer(r, &r->payload, &r->payload_cap, c->len))
		return 0;
	n = gm_read_all(r->fd, r->payload, c->len);
	if (n < 0)
		return fail_reading(r, (int)n);
	if (n < (ssize_t)c->len)
		return note_damage(r, r->offset, "chunk cut short: %zd of %u bytes", n, c->len);
	if (gm_chunk_crc(c, r->payload) != c->crc)
		return note_damage(r, r->offset, "chunk damaged: wrong checksum");
	return 1;
}

static int unpack_chunk(struct gm_rec_reader *r)
{
	struct packed_head head;
	int err;

	if (r->chunk.len < sizeof(head))
		return note_damage(r, r->offset, "packed chunk of %u bytes", r->chunk.len);
	memcpy(&head, r->payload, sizeof(head));
	if (head.raw_len > PAYLOAD_MAX)
		return note_damage(r, r->offset, "packed chunk of %u bytes of records: more than %u", head.raw_len,
				   PAYLOAD_MAX);
	if (!reserve_buffer(r, &r->raw, &r->raw_cap, head.raw_len))
		return 0;
	err = gm_codec_unpack(head.codec, r->raw, head.raw_len, r->payload + sizeof(head), r->chunk.len - sizeof(head));
	if (err == -ENOMEM)
		return fail_reading(r, err);
	if (err == -ENOTSUP)
		return note_damage(r, r->offset, "unknown compression method %u", head.codec);
	if (err)
		return note_damage(r, r->offset, "packed chunk cannot be unpacked to %u bytes", head.raw_len);
	r->records = r->raw;
	r->raw_len = head.raw_len;
	return 1;
}

static int read_chunk(struct gm_rec_reader *r)
{
	struct chunk_header *c = &r->chunk;

	if (!read_stored(r))
		return 0;
	r->records = r->payload;
	r->raw_len = c->len;
	if (c->magic == PACKED_MAGIC && !unpack_chunk(r))
		return 0;
	r->offset += sizeof(*c) + c->len;
	r->at = 0;
	r->seen = 0;
	return 1;
}

/* Goes to the next complete chunk after damage. 1; 0: there is none, or the file is not seekable. */
static int resync(struct gm_rec_reader *r)
{
	int64_t bytes = r->damaged ? gm_rec_reader_length(r) : -1;
	/* a chunk with malformed records, but the right checksum, is behind offset already */
	uint64_t from = r->offset > r->why.offset ? r->offset : r->why.offset + 1, next;
	int n = bytes < 0 ? 0
			  : gm_next_chunk(r->fd, from, (uint64_t)bytes, r->major >= MAJOR_PACKED, &r->budget, &next);

	r->damaged = false;
	if (n < 0)
		return fail_reading(r, n);
	if (!n || lseek(r->fd, (off_t)next, SEEK_SET) < 0)
		return 0;
	r->why.passed = true;
	r->why.gaps++;
	r->why.skipped += next - r->why.offset;
	r->offset = next;
	r->done = false;
	r->at = r->seen = r->raw_len = 0;
	r->chunk = (struct chunk_header){ 0 };
	return 1;
}

static int read_stored_head(struct gm_rec_reader *r)
{
	if (r->done || !read_stored(r))
		return 0;
	if (r->chunk.magic == PACKED_MAGIC && r->chunk.len < sizeof(struct packed_head))
		return note_damage(r, r->offset, "packed chunk of %u bytes", r->chunk.len);
	return 1;
}

int gm_rec_reader_chunk(struct gm_rec_reader *r, struct chunk_header *c, const char **payload)
{
	while (!read_stored_head(r))
		if (!resync(r))
			return r->why.err;
	r->offset += sizeof(*c) + r->chunk.len;
	*c = r->chunk;
	*payload = r->payload;
	return 1;
}

/* Returns the offset of the chunk whose records are being returned. */
static uint64_t chunk_offset(const struct gm_rec_reader *r)
{
	return r->offset - r->chunk.len - sizeof(r->chunk);
}

/* Checks, at a chunk's end, the number of its records. 1, or 0 from note_damage(). */
static int check_chunk_end(struct gm_rec_reader *r)
{
	if (r->seen == r->chunk.records)
		return 1;
	return note_damage(r, chunk_offset(r), "chunk of %u records, %u expected", r->seen, r->chunk.records);
}

/* Returns a record's offset in the file; in a compressed chunk, the chunk's offset. */
static uint64_t record_offset(const struct gm_rec_reader *r)
{
	return r->records == r->raw ? chunk_offset(r) : r->offset - r->chunk.len + r->at;
}

/* Reads the next record of the current stretch. 1, or 0 from stop_reading() and note_damage(). */
static int next_record(struct gm_rec_reader *r, union gm_any *rec)
{
	int n;

	while (!r->done) {
		if (r->at == r->raw_len) {
			if (!check_chunk_end(r) || !read_chunk(r))
				return 0;
			continue;
		}
		n = gm_rec_check(r->records + r->at, r->raw_len - r->at, rec);
		if (n < 0)
			return note_damage(r, record_offset(r), "record %u of its chunk is malformed", r->seen);
		r->at += (uint32_t)n;
		r->seen++;
		if (rec->h.kind)
			return 1;
	}
	return 0;
}

int gm_rec_reader_next(struct gm_rec_reader *r, union gm_any *rec)
{
	while (!next_record(r, rec))
		if (!resync(r))
			return r->why.err;
	return 1;
}

int gm_rec_reader_mark(const struct gm_rec_reader *r, struct gm_rec_reader_place *out)
{
	int64_t bytes = gm_rec_reader_length(r);

	if (bytes < 0)
		return (int)bytes;
	*out = (struct gm_rec_reader_place){
		.offset = r->offset, .budget = r->budget, .done = r->done, .damaged = r->damaged, .why = r->why
	};
	if (r->done || !r->chunk.magic)
		return 0;
	out->chunk_at = chunk_offset(r);
	out->at = r->at;
	out->seen = r->seen;
	return 0;
}

int gm_rec_reader_back(struct gm_rec_reader *r, const struct gm_rec_reader_place *p)
{
	if (lseek(r->fd, (off_t)(p->chunk_at ? p->chunk_at : p->offset), SEEK_SET) < 0)
		return -ESPIPE;
	r->offset = p->chunk_at ? p->chunk_at : p->offset;
	r->at = r->seen = r->raw_len = 0;
	r->chunk = (struct chunk_header){ 0 };
	r->done = r->damaged = false;
	r->why.err = 0;
	if (p->chunk_at && (!read_chunk(r) || p->at > r->raw_len || r->offset != p->offset))
		return r->why.err ? r->why.err : -EBADMSG;
	r->at = p->at;
	r->seen = p->seen;
	r->done = p->done;
	r->damaged = p->damaged;
	r->budget = p->budget;
	r->why = p->why;
	return 0;
}

/* Reads the rest of a header, whose first sizeof(*h) bytes are in h, and checks it. */
static int check_header(struct gm_rec_reader *r, const struct file_header *h, const char *path)
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
	if (gm_read_all(r->fd, whole + sizeof(*h), more) != (ssize_t)more)
		return gm_err(-EBADMSG, "cannot read recording: %s: header cut short", path);
	if (gm_header_crc(whole, h->len) != h->crc)
		return gm_err(-EBADMSG, "cannot read recording: %s: header damaged: wrong checksum", path);
	r->why.incomplete = h->flags & FLAG_INCOMPLETE;
	r->end = r->why.incomplete ? 0 : h->end;
	r->offset = h->len;
	r->first = h->len;
	r->major = h->major;
	r->minor = h->minor;
	r->budget = RESYNC_BYTES;
	return 0;
}

static int read_header(struct gm_rec_reader *r, const char *path)
{
	struct file_header h;
	ssize_t n;

	r->bytes = gm_rec_reader_length(r);
	n = gm_read_all(r->fd, &h, sizeof(h));
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

int gm_rec_reader_open(struct gm_rec_reader **out, const char *path)
{
	struct gm_rec_reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return gm_errno(-ENOMEM, "cannot read recording: %s", path);
	r->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		err = gm_errno(-errno, "cannot read recording: %s", path);
	else
		err = read_header(r, path);
	if (err) {
		gm_rec_reader_close(r);
		return err;
	}
	*out = r;
	return 0;
}

const struct gm_rec_reader_end *gm_rec_reader_end(const struct gm_rec_reader *r)
{
	return &r->why;
}

bool gm_rec_reader_has_shrunk(const struct gm_rec_reader *r)
{
	return gm_rec_reader_length(r) < r->bytes;
}

void gm_rec_reader_close(struct gm_rec_reader *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r->payload);
	free(r->raw);
	free(r);
}
