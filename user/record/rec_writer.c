// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* rec_writer.c - writes recordings: appends complete chunks, and updates the header at the end. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/fd.h"
#include "base/log.h"
#include "record/rec_file_int.h"

/*
 * A compressed chunk stays open over several ticks, because small ones compress badly. It ends at this length or age
 * (by the records' own times), which is what a killed recorder loses.
 */
#define PACKED_FULL	(32u << 10)
#define PACKED_MAX_AGE_NS	2000000000ull

struct gm_rec_writer {
	int fd;
	int err;		/* the first error; nothing is written after it */
	enum gm_codec codec;
	struct file_header header;
	uint64_t end;		/* end of the last complete chunk */
	struct chunk_header chunk;
	bool key;		/* the open chunk begins with a keyframe */
	struct gm_rec_index index;
	struct index_tail total;
	char *path;
	struct gm_atomic_file aside;	/* for gm_rec_writer_open_atomic() */
	char *packed;		/* buffer for a compressed chunk; NULL: no compression */
	char payload[PAYLOAD_FULL + GM_REC_MAX];
};

static int writer_fail(struct gm_rec_writer *w, int err)
{
	w->err = err;
	/* Best effort: the incomplete chunk on a full disk would only be reported as damage. */
	if (ftruncate(w->fd, (off_t)w->end))
		gm_debug("cannot cut %s to %llu bytes", w->path, (unsigned long long)w->end);
	return gm_errno(err, "cannot write recording: %s", w->path);
}

/* Counts a chunk that was written. */
static int count_chunk(struct gm_rec_writer *w, const struct chunk_header *c, uint64_t raw)
{
	struct index_tail *t = &w->total;
	int err = w->key ? gm_rec_index_add(&w->index, w->end, c->first_ns) : 0;

	t->keyframes += w->key;
	if (!t->chunks++)
		t->first_ns = c->first_ns;
	t->last_ns = c->last_ns;
	t->records += c->records;
	t->raw_bytes += raw;
	w->end += sizeof(*c) + c->len;
	w->key = false;
	return err;
}

static int write_chunk(struct gm_rec_writer *w, struct chunk_header *c, const void *payload)
{
	int err;

	c->crc = gm_chunk_crc(c, payload);
	err = gm_write_all(w->fd, c, sizeof(*c));
	return err ? err : gm_write_all(w->fd, payload, c->len);
}

/* Compresses the open chunk's payload behind its head. Returns the length, -ENOMEM or -EIO. */
static ssize_t pack_chunk(struct gm_rec_writer *w)
{
	struct packed_head head = { .codec = (uint16_t)w->codec,
				    .flags = w->key ? PACKED_KEYFRAME : 0,
				    .raw_len = w->chunk.len };
	ssize_t n = gm_codec_pack(w->codec, w->packed + sizeof(head), gm_codec_bound(w->codec, sizeof(w->payload)),
				  w->payload, w->chunk.len);

	memcpy(w->packed, &head, sizeof(head));
	return n < 0 ? n : n + (ssize_t)sizeof(head);
}

static int flush_chunk(struct gm_rec_writer *w)
{
	struct chunk_header *c = &w->chunk;
	uint64_t raw = c->len;
	ssize_t n = 0;
	int err;

	if (!c->records)
		return 0;
	c->magic = w->packed ? PACKED_MAGIC : CHUNK_MAGIC;
	if (w->packed) {
		n = pack_chunk(w);
		c->len = n < 0 ? 0 : (uint32_t)n;
	}
	err = n < 0 ? (int)n : write_chunk(w, c, w->packed ? w->packed : w->payload);
	if (!err)
		err = count_chunk(w, c, raw);
	if (err)
		return writer_fail(w, err);
	*c = (struct chunk_header){ 0 };
	return 0;
}

/* Opens a file with mode 0600, also if it exists with another mode. */
static int open_private(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), err;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || (S_ISREG(st.st_mode) && fchmod(fd, 0600))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int write_header(struct gm_rec_writer *w)
{
	struct file_header *h = &w->header;

	memcpy(h->magic, FILE_MAGIC, sizeof(h->magic));
	h->len = sizeof(*h);
	h->major = w->packed ? MAJOR_PACKED : MAJOR_PLAIN;
	h->minor = MINOR;
	h->flags = FLAG_INCOMPLETE;
	h->crc = gm_header_crc(h, sizeof(*h));
	w->end = sizeof(*h);
	return gm_write_all(w->fd, h, sizeof(*h));
}

static void free_writer(struct gm_rec_writer *w)
{
	free(w->index.at);
	free(w->packed);
	free(w->path);
	free(w);
}

static int open_writer(struct gm_rec_writer **out, const char *path, enum gm_codec codec, bool aside)
{
	struct gm_rec_writer *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return gm_errno(-ENOMEM, "cannot create recording: %s", path);
	w->fd = -1;
	w->codec = codec;
	w->path = strdup(path);
	if (codec != GM_CODEC_NONE)
		w->packed = malloc(sizeof(struct packed_head) + gm_codec_bound(codec, sizeof(w->payload)));
	err = !w->path || (!w->packed && codec != GM_CODEC_NONE) ? -ENOMEM
	      : aside						 ? gm_atomic_file_open(&w->aside, path)
								 : open_private(path);
	if (err >= 0) {
		w->fd = err;
		err = write_header(w);
	}
	if (!err) {
		*out = w;
		return 0;
	}
	gm_rec_writer_abandon(w);
	return gm_errno(err, "cannot create recording: %s", path);
}

int gm_rec_writer_open(struct gm_rec_writer **out, const char *path, enum gm_codec codec)
{
	return open_writer(out, path, codec, false);
}

int gm_rec_writer_open_atomic(struct gm_rec_writer **out, const char *path, enum gm_codec codec)
{
	return open_writer(out, path, codec, true);
}

void gm_rec_writer_abandon(struct gm_rec_writer *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	gm_atomic_file_discard(&w->aside);
	free_writer(w);
}

/* Return true if the open chunk ends with record r. */
static bool is_chunk_full(const struct gm_rec_writer *w, const struct gm_rec *r)
{
	const struct chunk_header *c = &w->chunk;

	if (c->len >= PAYLOAD_FULL || r->kind == GM_K_KEYFRAME)
		return true;
	if (r->kind != GM_K_TICK)
		return false;
	return !w->packed || c->len >= PACKED_FULL || c->last_ns - c->first_ns >= PACKED_MAX_AGE_NS ||
	       ((const struct gm_rec_tick *)r)->last;
}

int gm_rec_writer_put(struct gm_rec_writer *w, const struct gm_rec *r)
{
	struct chunk_header *c = &w->chunk;
	bool key = r->kind == GM_K_KEYFRAME && ((const struct gm_rec_keyframe *)r)->edge == GM_KEYFRAME_BEGIN;
	struct gm_rec h = *r;
	int err = w->err;

	if (!err && (r->len < sizeof(*r) || r->len > GM_REC_MAX || r->len % 8))
		return gm_err(-EINVAL, "recording %s: a record of %u bytes", w->path, r->len);
	if (!err && key)
		err = flush_chunk(w);
	if (err)
		return err;
	h.len = (uint32_t)gm_rec_trim(r);
	memcpy(w->payload + c->len, &h, sizeof(h));
	memcpy(w->payload + c->len + sizeof(h), r + 1, h.len - sizeof(h));
	c->len += h.len;
	if (!c->records++)
		c->first_ns = r->ts_ns;
	c->last_ns = r->ts_ns;
	if (key) {
		w->key = true;
		return 0;
	}
	return is_chunk_full(w, r) ? flush_chunk(w) : 0;
}

/* Appends a chunk of another file, except its index. */
static int append_chunk(struct gm_rec_writer *w, struct chunk_header *c, const char *payload)
{
	struct packed_head head = { .raw_len = c->len };
	struct gm_rec first = { 0 };
	int err;

	if (c->magic == PACKED_MAGIC) {
		memcpy(&head, payload, sizeof(head));
		w->key = head.flags & PACKED_KEYFRAME;
	} else if (c->len >= sizeof(first)) {
		memcpy(&first, payload, sizeof(first));
		w->key = first.kind == GM_K_KEYFRAME;
	}
	if (gm_is_index_chunk(c, &first))
		return 0;
	if (c->magic == PACKED_MAGIC && !w->packed)
		return gm_err(-EINVAL, "cannot append to recording: %s: it is not compressed, and the new records are",
			      w->path);
	err = write_chunk(w, c, payload);
	if (!err)
		err = count_chunk(w, c, head.raw_len);
	return err ? writer_fail(w, err) : 0;
}

int gm_rec_writer_append(struct gm_rec_writer *w, const char *path)
{
	const struct gm_rec_reader_end *end;
	struct chunk_header c;
	const char *payload;
	struct gm_rec_reader *r;
	int err = w->err ? w->err : flush_chunk(w), n = 0;

	if (!err)
		err = gm_rec_reader_open(&r, path);
	if (err)
		return err;
	while (!err && (n = gm_rec_reader_chunk(r, &c, &payload)) == 1)
		err = append_chunk(w, &c, payload);
	end = gm_rec_reader_end(r);
	if (n < 0)
		err = gm_errno(n, "cannot read recording: %s", path);
	else if (!err && end->why[0])
		gm_warn("recording is incomplete: %s: byte %llu: %s", path, (unsigned long long)end->offset, end->why);
	gm_rec_reader_close(r);
	return err;
}

uint64_t gm_rec_writer_bytes(const struct gm_rec_writer *w)
{
	return w->end;
}

static int write_index(struct gm_rec_writer *w)
{
	struct chunk_header c = { .magic = CHUNK_MAGIC, .first_ns = w->total.last_ns, .last_ns = w->total.last_ns };
	char *payload = NULL;
	ssize_t n;
	int err;

	w->total.offset = w->end;
	n = gm_rec_index_pack(&w->index, &w->total, &payload, &c.records);
	if (n == -ENOMEM && !w->aside.path)
		return 0; /* a recording without an index is readable, and a live one cannot be made again */
	c.len = n < 0 ? 0 : (uint32_t)n;
	err = n < 0 ? (int)n : write_chunk(w, &c, payload);
	free(payload);
	if (err)
		return writer_fail(w, err);
	w->end += sizeof(c) + c.len;
	return 0;
}

static int mark_complete(struct gm_rec_writer *w)
{
	ssize_t n;

	w->header.flags &= ~FLAG_INCOMPLETE;
	w->header.end = w->end;
	n = pwrite(w->fd, &w->header, sizeof(w->header), 0);
	if (n == (ssize_t)sizeof(w->header))
		return 0;
	return writer_fail(w, n < 0 ? -errno : -EIO);
}

int gm_rec_writer_close(struct gm_rec_writer *w)
{
	int err;

	if (!w)
		return 0;
	err = w->err ? w->err : flush_chunk(w);
	if (!err)
		err = write_index(w);
	if (!err)
		err = mark_complete(w);
	/* Some file systems report a full disk only at close(). */
	if (close(w->fd) && !err)
		err = gm_errno(-errno, "cannot write recording: %s", w->path);
	w->fd = -1;
	if (!err && w->aside.path) {
		err = gm_atomic_file_commit(&w->aside);
		if (err)
			gm_errno(err, "cannot write recording: %s", w->path);
	}
	gm_rec_writer_abandon(w);
	return err;
}
