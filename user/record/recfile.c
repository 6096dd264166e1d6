// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Recordings on disk: docs/recording.md describes every byte. The writer appends whole chunks and touches
 * the header once more at the end. The reader takes one chunk at a time into memory, believes its length
 * only below a cap and its contents only after the checksum, and still checks every record.
 */
#include "record/recfile.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "base/log.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "recordings are little endian");

#define FILE_MAGIC	"GMEMREC\n"
#define CHUNK_MAGIC	0x4b434d47u	/* "GMCK" */
#define MAJOR		1
#define MINOR		0
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
static_assert(sizeof(struct file_header) == 32, "header layout");

struct chunk_header {
	uint32_t magic;
	uint32_t len;		/* of the payload that follows */
	uint32_t crc;		/* of the rest of this header and the payload */
	uint32_t records;
	uint64_t first_ns, last_ns;	/* of its first and last record */
};
static_assert(sizeof(struct chunk_header) == 32, "chunk header layout");

/* zlib takes a NULL with no bytes, as an empty payload is, for a request of the initial value. */
static uint32_t crc_of(uint32_t crc, const void *data, size_t len)
{
	return len ? (uint32_t)crc32(crc, data, (uInt)len) : crc;
}

/* buf: a whole header of len bytes. */
static uint32_t header_crc(const void *buf, size_t len)
{
	struct file_header h;
	const char *more = (const char *)buf + sizeof(h);

	memcpy(&h, buf, sizeof(h));
	h.crc = 0;
	h.flags = 0;
	h.end = 0;
	return crc_of(crc_of(0, &h, sizeof(h)), more, len - sizeof(h));
}

static uint32_t chunk_crc(const struct chunk_header *c, const void *payload)
{
	const size_t at = offsetof(struct chunk_header, records);

	return crc_of(crc_of(0, (const char *)c + at, sizeof(*c) - at), payload, c->len);
}

/* ---- writing ---- */

struct gm_recw {
	int fd;
	int err;		/* the first one; nothing is written after it */
	struct file_header header;
	uint64_t end;		/* of the last whole chunk */
	struct chunk_header chunk;
	char *path;
	char payload[PAYLOAD_FULL + GM_REC_MAX];
};

static int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int failed(struct gm_recw *w, int err)
{
	w->err = err;
	/* Best effort: what a full disk took of the chunk would only be reported as damage. */
	if (ftruncate(w->fd, (off_t)w->end))
		gm_debug("cannot cut %s to %llu bytes", w->path, (unsigned long long)w->end);
	return gm_errno(err, "cannot write recording: %s", w->path);
}

static int flush(struct gm_recw *w)
{
	struct chunk_header *c = &w->chunk;
	int err;

	if (!c->records)
		return 0;
	c->magic = CHUNK_MAGIC;
	c->crc = chunk_crc(c, w->payload);
	err = write_all(w->fd, c, sizeof(*c));
	if (!err)
		err = write_all(w->fd, w->payload, c->len);
	if (err)
		return failed(w, err);
	w->end += sizeof(*c) + c->len;
	*c = (struct chunk_header){ 0 };
	return 0;
}

/* The mode of a file that was there before is tightened, too. */
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

static int write_header(struct gm_recw *w)
{
	struct file_header *h = &w->header;

	memcpy(h->magic, FILE_MAGIC, sizeof(h->magic));
	h->len = sizeof(*h);
	h->major = MAJOR;
	h->minor = MINOR;
	h->flags = FLAG_INCOMPLETE;
	h->crc = header_crc(h, sizeof(*h));
	w->end = sizeof(*h);
	return write_all(w->fd, h, sizeof(*h));
}

int gm_recw_open(struct gm_recw **out, const char *path, enum gm_codec codec)
{
	struct gm_recw *w = calloc(1, sizeof(*w));
	int err;

	(void)codec;
	if (!w)
		return gm_errno(-ENOMEM, "cannot create recording: %s", path);
	w->fd = -1;
	w->path = strdup(path);
	err = w->path ? open_private(path) : -ENOMEM;
	if (err >= 0) {
		w->fd = err;
		err = write_header(w);
	}
	if (!err) {
		*out = w;
		return 0;
	}
	if (w->fd >= 0)
		close(w->fd);
	free(w->path);
	free(w);
	return gm_errno(err, "cannot create recording: %s", path);
}

int gm_recw_put(struct gm_recw *w, const struct gm_rec *r)
{
	struct chunk_header *c = &w->chunk;
	struct gm_rec h = *r;

	if (w->err)
		return w->err;
	if (r->len < sizeof(*r) || r->len > GM_REC_MAX || r->len % 8)
		return gm_err(-EINVAL, "recording %s: a record of %u bytes", w->path, r->len);
	h.len = (uint32_t)gm_rec_trim(r);
	memcpy(w->payload + c->len, &h, sizeof(h));
	memcpy(w->payload + c->len + sizeof(h), r + 1, h.len - sizeof(h));
	c->len += h.len;
	if (!c->records++)
		c->first_ns = r->ts_ns;
	c->last_ns = r->ts_ns;
	return r->kind == GM_K_TICK || c->len >= PAYLOAD_FULL ? flush(w) : 0;
}

static int mark_complete(struct gm_recw *w)
{
	ssize_t n;

	w->header.flags &= ~FLAG_INCOMPLETE;
	w->header.end = w->end;
	n = pwrite(w->fd, &w->header, sizeof(w->header), 0);
	if (n == (ssize_t)sizeof(w->header))
		return 0;
	return failed(w, n < 0 ? -errno : -EIO);
}

int gm_recw_close(struct gm_recw *w)
{
	int err;

	if (!w)
		return 0;
	err = w->err ? w->err : flush(w);
	if (!err)
		err = mark_complete(w);
	/* Some file systems tell only now that the disk is full. */
	if (close(w->fd) && !err)
		err = gm_errno(-errno, "cannot write recording: %s", w->path);
	free(w->path);
	free(w);
	return err;
}

/* ---- reading ---- */

struct gm_recr {
	int fd;
	bool done;
	uint64_t end;		/* as the header says; 0: not known */
	uint64_t offset;	/* of the next chunk */
	off_t first;		/* the first chunk */
	struct gm_recr_end why;
	struct chunk_header chunk;
	uint32_t at, seen;	/* within the chunk: bytes and records given out */
	char *payload;
	size_t cap;
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
static int make_room(struct gm_recr *r, size_t len)
{
	char *p;

	if (len <= r->cap)
		return 1;
	p = realloc(r->payload, len);
	if (!p)
		return stop(r, r->offset, "no memory for a chunk of %zu bytes", len);
	r->payload = p;
	r->cap = len;
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
	if (c->magic != CHUNK_MAGIC)
		return stop(r, r->offset, "no chunk begins here: 0x%08x%s", c->magic,
			    c->magic ? "" : " (zeroes: a crash of the file system?)");
	if (c->len > PAYLOAD_MAX)
		return stop(r, r->offset, "chunk of %u bytes: more than %u", c->len, PAYLOAD_MAX);
	return 1;
}

static int read_chunk(struct gm_recr *r)
{
	struct chunk_header *c = &r->chunk;
	ssize_t n;

	if (!read_chunk_header(r) || !make_room(r, c->len))
		return 0;
	n = read_all(r->fd, r->payload, c->len);
	if (n < 0)
		return stop(r, r->offset, "read error: %s", strerror((int)-n));
	if (n < (ssize_t)c->len)
		return stop(r, r->offset, "chunk cut short: %zd of %u bytes", n, c->len);
	if (chunk_crc(c, r->payload) != c->crc)
		return stop(r, r->offset, "chunk damaged: wrong checksum");
	r->offset += sizeof(*c) + c->len;
	r->at = 0;
	r->seen = 0;
	return 1;
}

/* All bytes of the chunk are used up: did it hold what it said? */
static int leave_chunk(struct gm_recr *r)
{
	if (r->seen == r->chunk.records)
		return 1;
	return stop(r, r->offset - r->chunk.len - sizeof(r->chunk), "chunk of %u records, %u expected",
		    r->seen, r->chunk.records);
}

int gm_recr_next(struct gm_recr *r, union gm_any *rec)
{
	int n;

	while (!r->done) {
		if (r->at == r->chunk.len) {
			if (!leave_chunk(r) || !read_chunk(r))
				return 0;
			continue;
		}
		n = gm_rec_check(r->payload + r->at, r->chunk.len - r->at, rec);
		if (n < 0)
			return stop(r, r->offset - r->chunk.len + r->at, "record %u of its chunk is malformed",
				    r->seen);
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
	if (header_crc(whole, h->len) != h->crc)
		return gm_err(-EBADMSG, "cannot read recording: %s: header damaged: wrong checksum", path);
	r->why.incomplete = h->flags & FLAG_INCOMPLETE;
	r->end = r->why.incomplete ? 0 : h->end;
	r->offset = h->len;
	r->first = h->len;
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

int gm_recr_seek(struct gm_recr *r, uint64_t ts_ns)
{
	(void)ts_ns;
	if (lseek(r->fd, r->first, SEEK_SET) < 0)
		return -errno;
	r->offset = (uint64_t)r->first;
	r->done = false;
	r->at = r->seen = 0;
	r->chunk = (struct chunk_header){ 0 };
	return 0;
}

int gm_recr_info(struct gm_recr *r, struct gm_recr_info *out)
{
	(void)r;
	*out = (struct gm_recr_info){ 0 };
	return 0;
}

void gm_recr_close(struct gm_recr *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r->payload);
	free(r);
}
