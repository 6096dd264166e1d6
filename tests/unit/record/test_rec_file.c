// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of recordings: records are read as they were written; damage is reported. The tests repeat the format's numbers
 * of docs/recording-format.md, so that a change of the code is found.
 */
#include "fixture/unit.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>
#include "base/log.h"
#include "base/clock.h"
#include "base/vec.h"
#include "record/rec_file.h"

#define HEADER		32
#define CHUNK		32
#define CHUNK_MAGIC	"GMCK"

static const unsigned int all_kinds[] = {
#define X(E, n, type, name, phase) n,
	GM_KINDS(X)
#undef X
};

/* ---- hand-made files ---- */

struct image {
	unsigned char at[1 << 17];
	size_t len;
};

static void put32(unsigned char *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

static void put64(unsigned char *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* Sets the header's CRC, which leaves out itself, the flags and the end. */
static void seal_header(unsigned char *h, size_t len)
{
	unsigned char *copy = malloc(len);

	memcpy(copy, h, len);
	memset(copy + 16, 0, 16);
	put32(h + 16, (uint32_t)crc32(0, copy, (uInt)len));
	free(copy);
}

static void image_init(struct image *f, uint32_t header_len, uint16_t major, uint16_t minor, uint32_t flags)
{
	memset(f, 0, sizeof(*f));
	memcpy(f->at, "GMEMREC\n", 8);
	put32(f->at + 8, header_len);
	memcpy(f->at + 12, &major, 2);
	memcpy(f->at + 14, &minor, 2);
	put32(f->at + 20, flags);
	f->len = header_len < HEADER || header_len > 8192 ? HEADER : header_len;
	seal_header(f->at, f->len);
}

static void seal_chunk(unsigned char *c, uint32_t len, uint32_t records)
{
	memcpy(c, CHUNK_MAGIC, 4);
	put32(c + 4, len);
	put32(c + 12, records);
	put32(c + 8, (uint32_t)crc32(0, c + 12, 20 + len));
}

/* Adds a chunk with this payload and number of records, right or wrong. */
static void image_chunk(struct image *f, const void *payload, uint32_t len, uint32_t records)
{
	unsigned char *c = f->at + f->len;

	memcpy(c + CHUNK, payload, len);
	seal_chunk(c, len, records);
	f->len += CHUNK + len;
}

static void tick_init(struct gm_rec_tick *t, uint64_t ts_ns, uint64_t seq)
{
	memset(t, 0, sizeof(*t));
	gm_rec_init(&t->h, GM_K_TICK, ts_ns);
	t->seq = seq;
}

/* ---- reading a file to its end ---- */

struct outcome {
	int open_err;
	unsigned int records;
	uint64_t digest;		/* a digest of all records */
	struct gm_rec_reader_end end;
};

static void read_path(const char *path, struct outcome *o)
{
	struct gm_rec_reader *r = NULL;
	union gm_any *rec = malloc(sizeof(*rec));

	memset(o, 0, sizeof(*o));
	o->open_err = gm_rec_reader_open(&r, path);
	if (!o->open_err) {
		while (gm_rec_reader_next(r, rec) == 1) {
			assert_int_equal(rec->h.len, gm_kind_size(rec->h.kind));
			o->digest = o->digest * 31 + crc32(0, (unsigned char *)rec, rec->h.len);
			o->records++;
		}
		assert_int_equal(gm_rec_reader_next(r, rec), 0); /* no record follows the end */
		o->end = *gm_rec_reader_end(r);
	}
	gm_rec_reader_close(r);
	free(rec);
}

static void read_bytes(const void *data, size_t len, struct outcome *o)
{
	struct unit_file f;

	unit_file_init(&f);
	unit_file_set(&f, data, len);
	read_path(f.path, o);
	unit_file_release(&f);
}

static void read_image(const struct image *f, struct outcome *o)
{
	read_bytes(f->at, f->len, o);
}

/* The size of an index without keyframes, which is its tail. */
#define TAIL	80
#define INDEX	(CHUNK + TAIL)
static void image_index(struct image *f, uint64_t chunks, uint64_t records, uint64_t raw, uint64_t first_ns,
			uint64_t last_ns)
{
	unsigned char t[TAIL] = { 0 }, *c = f->at + f->len;
	const uint16_t kind = 30;

	put32(t, TAIL);
	memcpy(t + 4, &kind, 2);
	put64(t + 8, last_ns);
	put64(t + 16, f->len);
	put64(t + 24, chunks);
	put64(t + 32, records);
	put64(t + 48, raw);
	put64(t + 56, first_ns);
	put64(t + 64, last_ns);
	memcpy(t + 72, "GMINDEX\n", 8);
	put64(c + 16, last_ns);
	put64(c + 24, last_ns);
	image_chunk(f, t, TAIL, 1);
}

/* Makes a file of three chunks (an event and a tick; two ticks of one record each) and an index. */
static size_t small_file(unsigned char *data, size_t size)
{
	struct gm_ev_vm ev = { .ev.vm = 7, .ev.comm = "qemu", .type = 1 };
	struct gm_rec_tick tick;
	struct unit_file f;
	struct gm_rec_writer *w;
	size_t len, i;

	unit_file_init(&f);
	assert_int_equal(gm_rec_writer_open(&w, f.path, GM_CODEC_NONE), 0);
	gm_rec_init(&ev.ev.h, GM_K_VM_CREATE, 1000);
	assert_int_equal(gm_rec_writer_put(w, &ev.ev.h), 0);
	for (i = 1; i <= 3; i++) {
		tick_init(&tick, 1000 + i, i);
		assert_int_equal(gm_rec_writer_put(w, &tick.h), 0);
	}
	assert_int_equal(gm_rec_writer_close(w), 0);
	len = unit_file_get(&f, data, size);
	unit_file_release(&f);
	return len;
}

/* ---- records are read as they were written ---- */

static void random_record(union gm_any *out, unsigned int kind, size_t keep, uint64_t *seed)
{
	union gm_any raw;
	size_t i;

	memset(&raw, 0, sizeof(raw));
	for (i = 2; i < keep / 8; i++)
		raw.raw[i] = unit_random(seed);
	gm_rec_init(&raw.h, kind, unit_random(seed));
	if (kind == GM_K_HIST)
		raw.as_HIST.phase %= GM_PHASE_NR;
	if (kind == GM_K_OPS)
		raw.as_OPS.phase %= GM_PHASE_NR;
	if (kind == GM_K_SPLIT)
		raw.as_SPLIT.phase = GM_PHASE_PREFAULT;
	if (kind == GM_K_CALLS)
		raw.as_CALLS.phase = GM_PHASE_ZAP;
	if (kind == GM_K_FAULT)
		raw.as_FAULT.phase = GM_PHASE_HOST_FAULT;
	if (kind == GM_K_PIN)
		raw.as_PIN.what = GM_PIN_FD;
	if (kind == GM_K_KEYFRAME)
		raw.as_KEYFRAME.edge = GM_KEYFRAME_END;
	if (kind == GM_K_SCAN)
		raw.as_SCAN.what = raw.as_SCAN.edge = 1;
	assert_int_equal(gm_rec_check(&raw, sizeof(raw), out), raw.h.len);
	assert_int_equal(out->h.kind, kind);
}

static void test_round_trip(void **state)
{
	size_t nr = 0, i, keep;
	union gm_any rec, want;
	struct unit_file f;
	struct gm_rec_writer *w;
	struct gm_rec_reader *r;
	uint64_t seed;

	(void)state;
	unit_file_init(&f);
	assert_int_equal(gm_rec_writer_open(&w, f.path, GM_CODEC_NONE), 0);
	for (seed = 77, i = 0; i < GM_ARRAY_SIZE(all_kinds); i++) {
		for (keep = 16; keep <= gm_kind_size(all_kinds[i]); keep += 8, nr++) {
			random_record(&want, all_kinds[i], keep, &seed);
			assert_int_equal(gm_rec_writer_put(w, &want.h), 0);
		}
	}
	assert_int_equal(gm_rec_writer_close(w), 0);
	assert_int_equal(gm_rec_reader_open(&r, f.path), 0);
	for (seed = 77, i = 0; i < GM_ARRAY_SIZE(all_kinds); i++) {
		for (keep = 16; keep <= gm_kind_size(all_kinds[i]); keep += 8, nr--) {
			random_record(&want, all_kinds[i], keep, &seed);
			assert_int_equal(gm_rec_reader_next(r, &rec), 1);
			assert_memory_equal(&rec, &want, want.h.len);
		}
	}
	assert_int_equal(nr, 0);
	assert_int_equal(gm_rec_reader_next(r, &rec), 0);
	assert_string_equal(gm_rec_reader_end(r)->why, "");
	assert_false(gm_rec_reader_end(r)->incomplete);
	gm_rec_reader_close(r);
	unit_file_release(&f);
}

/* The file equals the document byte by byte. */
static void test_bytes(void **state)
{
	static unsigned char got[4096];
	static struct image want;
	struct gm_ev_vm ev = { .ev.vm = 7, .ev.comm = "qemu", .type = 1 };
	unsigned char payload[200] = { 0 };
	struct gm_rec_tick tick;
	size_t i, len, cut;

	(void)state;
	len = small_file(got, sizeof(got));
	image_init(&want, HEADER, 1, 1, 0);
	cut = 16 + 24 + 24 + 16 + 8; /* without the zero fd and padding */
	ev.ev.h = (struct gm_rec){ .len = (uint32_t)cut, .kind = 32, .ts_ns = 1000 };
	memcpy(payload, &ev, cut);
	for (i = 1; i <= 3; i++) {
		unsigned char *c = want.at + want.len;

		tick_init(&tick, 1000 + i, i);
		tick.h.len = 24;
		memcpy(payload + cut, &tick, 24);
		put64(c + 16, cut ? 1000 : 1000 + i);
		put64(c + 24, 1000 + i);
		image_chunk(&want, payload, (uint32_t)cut + 24, cut ? 2 : 1);
		cut = 0;
	}
	image_index(&want, 3, 4, 88 + 3 * 24, 1000, 1003);
	put64(want.at + 24, want.len);
	assert_int_equal(len, want.len);
	assert_memory_equal(got, want.at, len);
}

static void test_only_owner_may_read(void **state)
{
	char path[] = "/tmp/gm_test_recfile.XXXXXX";
	int fd = mkstemp(path);
	struct gm_rec_writer *w;
	struct stat st;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(write(fd, "old contents", 12), 12);
	assert_int_equal(gm_rec_writer_open(&w, path, GM_CODEC_NONE), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, HEADER);
	assert_int_equal(gm_rec_writer_close(w), 0);
	close(fd);
	unlink(path);
}

/* The file of a running or killed recorder. */
static void test_unfinished(void **state)
{
	struct gm_rec_loss loss = { .count = 1 };
	struct gm_rec_tick tick;
	struct unit_file f;
	struct gm_rec_writer *w;
	struct outcome o;

	(void)state;
	unit_file_init(&f);
	assert_int_equal(gm_rec_writer_open(&w, f.path, GM_CODEC_NONE), 0);
	read_path(f.path, &o);
	assert_int_equal(o.open_err, 0);
	assert_true(o.end.incomplete);
	gm_rec_init(&loss.h, GM_K_LOSS, 5);
	gm_rec_writer_put(w, &loss.h);
	read_path(f.path, &o);
	assert_int_equal(o.records, 0); /* the chunk has not ended */
	tick_init(&tick, 6, 1);
	gm_rec_writer_put(w, &tick.h);
	gm_rec_writer_put(w, &loss.h);
	read_path(f.path, &o);
	assert_int_equal(o.records, 2); /* a tick ends the chunk */
	assert_true(o.end.incomplete);
	assert_string_equal(o.end.why, "");
	assert_int_equal(gm_rec_writer_close(w), 0);
	read_path(f.path, &o);
	assert_int_equal(o.records, 3);
	assert_false(o.end.incomplete);
	unit_file_release(&f);
}

static void test_chunks_end_at_64k(void **state)
{
	struct outcome o;
	struct unit_file f;
	struct gm_rec_writer *w;
	union gm_any rec;
	uint64_t seed = 3;
	struct stat st;
	size_t i;

	(void)state;
	unit_file_init(&f);
	assert_int_equal(gm_rec_writer_open(&w, f.path, GM_CODEC_NONE), 0);
	for (i = 0; i < 1000; i++) {
		random_record(&rec, GM_K_HIST, gm_kind_size(GM_K_HIST), &seed);
		rec.as_HIST.cells_nr = GM_HIST_CELLS;
		rec.as_HIST.cells[GM_HIST_CELLS - 1].count = 1;
		assert_int_equal(gm_rec_writer_put(w, &rec.h), 0);
		assert_int_equal(fstat(f.fd, &st), 0);
		assert_true((size_t)st.st_size + (64 << 10) + CHUNK >= i * gm_kind_size(GM_K_HIST));
	}
	assert_int_equal(gm_rec_writer_close(w), 0);
	read_path(f.path, &o);
	assert_int_equal(o.records, 1000);
	unit_file_release(&f);
}

static void test_writer_refuses_junk(void **state)
{
	struct gm_rec_tick t;
	struct unit_file f;
	struct gm_rec_writer *w;
	struct outcome o;

	(void)state;
	unit_file_init(&f);
	assert_int_equal(gm_rec_writer_open(&w, f.path, GM_CODEC_NONE), 0);
	tick_init(&t, 1, 1);
	t.h.len = 8;
	assert_int_equal(gm_rec_writer_put(w, &t.h), -EINVAL);
	t.h.len = 4104;
	assert_int_equal(gm_rec_writer_put(w, &t.h), -EINVAL);
	t.h.len = 33;
	assert_int_equal(gm_rec_writer_put(w, &t.h), -EINVAL);
	assert_int_equal(gm_rec_writer_close(w), 0);
	read_path(f.path, &o);
	assert_int_equal(o.records, 0);
	assert_string_equal(o.end.why, "");
	unit_file_release(&f);
}

/* The disk is full in the middle of a chunk: the error stays, and the file ends with a complete chunk. */
static void test_disk_full(void **state)
{
	struct rlimit old, lim;
	struct gm_rec_tick t;
	struct unit_file f;
	struct gm_rec_writer *w;
	struct outcome o;
	unsigned int good = 0;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	lim = old;
	lim.rlim_cur = 1000;
	unit_file_init(&f);
	assert_int_equal(gm_rec_writer_open(&w, f.path, GM_CODEC_NONE), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &lim), 0);
	tick_init(&t, 1, 1);
	while (good < 1000 && !gm_rec_writer_put(w, &t.h))
		good++;
	assert_int_equal(gm_rec_writer_put(w, &t.h), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(gm_rec_writer_put(w, &t.h), -EFBIG);
	assert_int_equal(gm_rec_writer_close(w), -EFBIG);
	assert_int_equal(good, (1000 - HEADER) / (CHUNK + 24));
	read_path(f.path, &o);
	assert_int_equal(o.records, good);
	assert_true(o.end.incomplete);
	assert_string_equal(o.end.why, "");
	unit_file_release(&f);
}

/* A recording made from others replaces a file only when it is complete; a link to the file stays a link. */
static void test_aside(void **state)
{
	char dir[] = "/tmp/gm_atomic_file.XXXXXX", path[64], link[64], old[16];
	struct gm_rec_tick t;
	struct gm_rec_writer *w;
	struct outcome o;
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/out", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	assert_int_equal(write(fd, "precious", 8), 8);
	assert_int_equal(symlink("out", link), 0);
	tick_init(&t, 1, 1);
	for (int whole = 0; whole < 2; whole++) {
		assert_int_equal(gm_rec_writer_open_atomic(&w, link, GM_CODEC_NONE), 0);
		assert_int_equal(gm_rec_writer_put(w, &t.h), 0);
		if (!whole)
			gm_rec_writer_abandon(w);
		assert_int_equal(pread(fd, old, sizeof(old), 0), 8);
		assert_memory_equal(old, "precious", 8);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, 8);
		if (whole)
			assert_int_equal(gm_rec_writer_close(w), 0);
	}
	read_path(path, &o);
	assert_int_equal(o.records, 1);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	close(fd);
	assert_int_equal(unlink(link) | unlink(path) | rmdir(dir), 0); /* the folder has no other file */
	/* a device cannot be replaced */
	assert_int_equal(gm_rec_writer_open_atomic(&w, "/dev/null", GM_CODEC_NONE), 0);
	assert_int_equal(gm_rec_writer_put(w, &t.h), 0);
	gm_rec_writer_close(w);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void test_cannot_create(void **state)
{
	struct gm_rec_writer *w;

	(void)state;
	assert_int_equal(gm_rec_writer_open(&w, "/nonexistent/x", GM_CODEC_NONE), -ENOENT);
	assert_int_equal(gm_rec_writer_open(&w, "/tmp", GM_CODEC_NONE), -EISDIR);
	assert_int_equal(gm_rec_writer_open(&w, "/dev/full", GM_CODEC_NONE), -ENOSPC);
	assert_int_equal(gm_rec_writer_close(NULL), 0);
}

/* ---- damage ---- */

static void test_truncated_anywhere(void **state)
{
	static unsigned char data[4096];
	size_t len = small_file(data, sizeof(data)), cut, whole;
	const size_t first = HEADER + CHUNK + 88 + 24, each = CHUNK + 24;
	struct outcome o;

	(void)state;
	assert_int_equal(len, first + 2 * each + INDEX);
	for (cut = 0; cut < len; cut++) {
		read_bytes(data, cut, &o);
		if (cut < HEADER) {
			assert_int_equal(o.open_err, -EBADMSG);
			continue;
		}
		whole = cut < first ? 0 : cut >= first + 2 * each ? 4 : 2 + (cut - first) / each;
		assert_int_equal(o.open_err, 0);
		assert_int_equal(o.records, whole);
		assert_string_not_equal(o.end.why, "");
		assert_true(o.end.offset <= cut);
	}
	read_bytes(data, len, &o);
	assert_int_equal(o.records, 4);
	assert_string_equal(o.end.why, "");
	assert_int_equal(o.end.offset, len);
}

static void test_every_bit_flipped(void **state)
{
	static unsigned char data[4096];
	size_t len = small_file(data, sizeof(data)), bit;
	struct outcome good, o;

	(void)state;
	read_bytes(data, len, &good);
	for (bit = 0; bit < 8 * len; bit++) {
		data[bit / 8] ^= (unsigned char)(1 << bit % 8);
		read_bytes(data, len, &o);
		data[bit / 8] ^= (unsigned char)(1 << bit % 8);
		if (o.open_err) {
			assert_true(o.open_err == -EBADMSG || o.open_err == -ENOTSUP);
			assert_true(bit / 8 < HEADER);
		} else if (!o.end.why[0]) {
			assert_int_equal(o.records, good.records);
			assert_int_equal(o.digest, good.digest);
			assert_true(bit / 8 >= 20 && bit / 8 < HEADER); /* flags, end */
		} else {
			/* Only the chunk with the changed bit is missing. */
			assert_true(o.records < good.records || bit / 8 < HEADER || bit / 8 >= len - INDEX);
			assert_true(o.records + 2 >= good.records);
			assert_true(bit / 8 < HEADER || bit / 8 >= o.end.offset);
		}
	}
}

static void expect_stop(const struct image *f, unsigned int records, uint64_t offset, const char *why)
{
	struct outcome o;

	read_image(f, &o);
	assert_int_equal(o.open_err, 0);
	assert_int_equal(o.records, records);
	assert_int_equal(o.end.offset, offset);
	if (!strstr(o.end.why, why))
		fail_msg("why: \"%s\", not \"%s\"", o.end.why, why);
}

static void test_zeroed_tail(void **state)
{
	static struct image f;

	(void)state;
	f.len = small_file(f.at, sizeof(f.at));
	f.len -= INDEX;
	memset(f.at + f.len, 0, INDEX);
	put32(f.at + 20, 1);
	expect_stop(&f, 4, f.len, "");
	f.len += 4096;
	expect_stop(&f, 4, f.len - 4096, "zeroes");
	f.len -= 4090;
	expect_stop(&f, 4, f.len - 6, "chunk header cut short: 6 of 32");
}

/*
 * A damaged stretch of several chunks: records before and behind it are read; the gap and its bytes are counted.
 */
static void test_gap(void **state)
{
	static struct image f;
	struct gm_rec_tick t;
	struct outcome o;
	size_t at[11];

	(void)state;
	image_init(&f, HEADER, 1, 0, 0);
	for (size_t i = 0; i <= 10; i++) {
		at[i] = f.len;
		tick_init(&t, i + 1, i + 1);
		if (i < 10)
			image_chunk(&f, &t, sizeof(t), 1);
	}
	for (int what = 0; what < 3; what++) {
		static struct image g;

		g = f;
		memset(g.at + at[3] + 5, what ? 0xff : 0, at[5] - at[3]); /* chunks 3, 4 and 5 */
		if (what == 2)
			memcpy(g.at + at[4], "GMCK\x20\0\0\0", 8); /* looks like a chunk */
		read_image(&g, &o);
		assert_int_equal(o.records, 7);
		assert_int_equal(o.end.gaps, 1);
		assert_int_equal(o.end.skipped, at[6] - at[3]);
		assert_int_equal(o.end.offset, at[3]);
		assert_true(o.end.passed);
		assert_string_not_equal(o.end.why, "");
	}
}

/* Each four bytes could begin a chunk of a mebibyte; the reader must not read one for each. */
static void test_gap_is_bounded(void **state)
{
	const size_t size = 4 << 20;
	unsigned char *data = malloc(size);
	struct outcome o;
	uint64_t begun = gm_now_ns();

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i + 4 <= size; i += 4)
		memcpy(data + i, i % 8 ? "\0\0\x0f\0" : "GMCK", 4);
	small_file(data, 4096);
	memset(data + HEADER + 20, 1, 4);
	read_bytes(data, size, &o);
	assert_true(o.records <= 4);
	assert_true(gm_now_ns() - begun < 60000000000ull);
	free(data);
}

static void test_absurd_chunk_lengths(void **state)
{
	static const uint32_t absurd[] = { (1 << 20) + 1, 1 << 24, 0x7fffffff, 0xfffffff8, 0xffffffff };
	static struct image f;
	size_t i;

	(void)state;
	for (i = 0; i < GM_ARRAY_SIZE(absurd); i++) {
		image_init(&f, HEADER, 1, 0, 1);
		memcpy(f.at + f.len, CHUNK_MAGIC, 4);
		put32(f.at + f.len + 4, absurd[i]);
		f.len += 100;
		expect_stop(&f, 0, HEADER, "more than 1048576");
	}
	put32(f.at + HEADER + 4, 1 << 20);
	expect_stop(&f, 0, HEADER, "chunk cut short");
}

static void test_absurd_header_lengths(void **state)
{
	static const uint32_t absurd[] = { 0, 8, 31, 4097, 0x7fffffff, 0xffffffff };
	static struct image f;
	struct outcome o;
	size_t i;

	(void)state;
	for (i = 0; i < GM_ARRAY_SIZE(absurd); i++) {
		image_init(&f, absurd[i], 1, 0, 0);
		read_image(&f, &o);
		assert_int_equal(o.open_err, -EBADMSG);
	}
	image_init(&f, 40, 1, 0, 0);
	f.len = 36;
	read_image(&f, &o);
	assert_int_equal(o.open_err, -EBADMSG);
}

/* The checksum is right, the records are not. */
static void test_absurd_records(void **state)
{
	static const uint32_t absurd[] = { 0, 8, 15, 20, 40, 4104, 0xffffffff };
	static struct image f;
	struct gm_rec_tick t[2];
	size_t i;

	(void)state;
	for (i = 0; i < GM_ARRAY_SIZE(absurd); i++) {
		tick_init(&t[0], 1, 1);
		tick_init(&t[1], 2, 2);
		t[1].h.len = absurd[i];
		image_init(&f, HEADER, 1, 0, 0);
		image_chunk(&f, t, sizeof(t), 2);
		expect_stop(&f, 1, HEADER + CHUNK + sizeof(t[0]), "record 1 of its chunk is malformed");
	}
	tick_init(&t[1], 2, 2);
	image_init(&f, HEADER, 1, 0, 0);
	image_chunk(&f, t, sizeof(t), 3);
	image_chunk(&f, t, sizeof(t), 2);
	expect_stop(&f, 4, HEADER, "chunk of 2 records, 3 expected");
	image_init(&f, HEADER, 1, 0, 0);
	image_chunk(&f, t, 0, 1);
	expect_stop(&f, 0, HEADER, "chunk of 0 records, 1 expected");
}

static void test_empty_chunks(void **state)
{
	static struct image f;
	struct gm_rec_tick t;
	size_t i;

	(void)state;
	tick_init(&t, 1, 1);
	image_init(&f, HEADER, 1, 0, 1);
	for (i = 0; i < 1000; i++)
		image_chunk(&f, &t, 0, 0);
	image_chunk(&f, &t, sizeof(t), 1);
	expect_stop(&f, 1, f.len, "");
}

static void test_not_a_recording(void **state)
{
	static unsigned char junk[5000];
	uint64_t seed = 1;
	struct outcome o;
	size_t i;

	(void)state;
	read_bytes("", 0, &o);
	assert_int_equal(o.open_err, -EBADMSG);
	read_bytes("#!/bin/sh\n", 10, &o);
	assert_int_equal(o.open_err, -EBADMSG);
	for (i = 0; i < sizeof(junk); i++)
		junk[i] = (unsigned char)unit_random(&seed);
	read_bytes(junk, sizeof(junk), &o);
	assert_int_equal(o.open_err, -EBADMSG);
	read_path("/nonexistent/x", &o);
	assert_int_equal(o.open_err, -ENOENT);
	read_path("/tmp", &o);
	assert_int_equal(o.open_err, -EISDIR);
	gm_rec_reader_close(NULL);
}

/* ---- other versions ---- */

static void test_newer_major(void **state)
{
	static struct image f;
	struct outcome o;

	(void)state;
	image_init(&f, HEADER, 3, 0, 0);
	read_image(&f, &o);
	assert_int_equal(o.open_err, -ENOTSUP);
	image_init(&f, HEADER, 0, 9, 0);
	read_image(&f, &o);
	assert_int_equal(o.open_err, -EBADMSG);
}

/* A longer header, unknown flags, unknown and longer records: the reader reads all that it knows. */
static void test_newer_minor(void **state)
{
	static struct image f;
	unsigned char payload[400] = { 0 };
	struct gm_rec unknown = { .len = 200, .kind = 63, .ts_ns = 9 };
	struct gm_rec_tick t;
	struct outcome o;

	(void)state;
	image_init(&f, 72, 1, 99, 0xfffffffe);
	memset(f.at + HEADER, 0xab, 72 - HEADER);
	seal_header(f.at, 72);
	tick_init(&t, 1, 1);
	t.h.len = 80;
	memcpy(payload, &t, sizeof(t));
	memset(payload + 32, 0xcd, 48);
	memcpy(payload + 80, &unknown, sizeof(unknown));
	t.h.len = 24;
	memcpy(payload + 280, &t, 24);
	image_chunk(&f, payload, 304, 3);
	read_image(&f, &o);
	assert_int_equal(o.open_err, 0);
	assert_int_equal(o.records, 2);
	assert_false(o.end.incomplete);
	assert_string_equal(o.end.why, "");
	assert_int_equal(o.end.offset, f.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_only_owner_may_read),
		cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_chunks_end_at_64k),
		cmocka_unit_test(test_writer_refuses_junk),
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_cannot_create),
		cmocka_unit_test(test_aside),
		cmocka_unit_test(test_truncated_anywhere),
		cmocka_unit_test(test_every_bit_flipped),
		cmocka_unit_test(test_zeroed_tail),
		cmocka_unit_test(test_absurd_chunk_lengths),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_gap_is_bounded),
		cmocka_unit_test(test_absurd_header_lengths),
		cmocka_unit_test(test_absurd_records),
		cmocka_unit_test(test_empty_chunks),
		cmocka_unit_test(test_not_a_recording),
		cmocka_unit_test(test_newer_major),
		cmocka_unit_test(test_newer_minor),
	};

	gm_log_init("test_recfile", GM_LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
