// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of compressed chunks, keyframes and the index: records are read as they were written, with any codec; a seek
 * finds the right keyframe with an index, without one and with a false one; hostile files are reported, and make the
 * reader allocate no memory for false sizes.
 */
#include "fixture/unit.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <zlib.h>
#include <zstd.h>
#include "base/log.h"
#include "base/vec.h"
#include "record/rec_file.h"
#include "record/rec_stream.h"

#define HEADER	32
#define CHUNK	32
#define SEC	1000000000ull

static void put32(unsigned char *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

static void put64(unsigned char *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

static uint32_t get32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t get64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void seal(unsigned char *c)
{
	put32(c + 8, (uint32_t)crc32(0, c + 12, 20 + get32(c + 4)));
}

/* Makes twelve seconds, each with an event of number i and a tick; every third one begins with a keyframe. */
static size_t make(struct unit_file *f, enum gm_codec codec, unsigned char *data, size_t size)
{
	union gm_any u = { 0 };
	struct gm_rec_writer *w;

	unit_file_init(f);
	assert_int_equal(gm_rec_writer_open(&w, f->path, codec), 0);
	for (uint32_t i = 1; i <= 12; i++) {
		for (uint32_t e = GM_KEYFRAME_BEGIN; i % 3 == 0 && e <= GM_KEYFRAME_END; e++) {
			memset(&u, 0, sizeof(u));
			u.as_KEYFRAME.edge = e;
			gm_rec_init(&u.h, GM_K_KEYFRAME, i * SEC - 1);
			assert_int_equal(gm_rec_writer_put(w, &u.h), 0);
		}
		memset(&u, 0, sizeof(u));
		u.ev.vm = i;
		gm_rec_init(&u.h, GM_K_VM_CREATE, i * SEC - 1);
		assert_int_equal(gm_rec_writer_put(w, &u.h), 0);
		memset(&u, 0, sizeof(u));
		u.as_TICK.seq = i;
		gm_rec_init(&u.h, GM_K_TICK, i * SEC);
		assert_int_equal(gm_rec_writer_put(w, &u.h), 0);
	}
	assert_int_equal(gm_rec_writer_close(w), 0);
	return data ? unit_file_get(f, data, size) : 0;
}

/* Checks that the events' VMs are `from` to 12, in order; returns the number of records. */
static unsigned int reads_from(struct gm_rec_reader *r, uint32_t from)
{
	unsigned int nr = 0;
	union gm_any rec;
	uint32_t next = from;

	while (gm_rec_reader_next(r, &rec) == 1) {
		nr++;
		if (rec.h.kind == GM_K_VM_CREATE)
			assert_int_equal(rec.ev.vm, next++);
	}
	assert_int_equal(next, 13);
	assert_string_equal(gm_rec_reader_end(r)->why, "");
	return nr;
}

static void check_seeks(const char *path)
{
	static const struct {
		uint64_t ns;
		uint32_t from;
	} s[] = {
		{ 0, 1 },	{ SEC, 1 },	 { 3 * SEC - 2, 1 }, { 3 * SEC - 1, 3 }, { 5 * SEC, 3 },
		{ 6 * SEC, 6 }, { 11 * SEC, 9 }, { 12 * SEC, 12 },   { UINT64_MAX, 12 },
	};
	struct gm_rec_reader *r;

	assert_int_equal(gm_rec_reader_open(&r, path), 0);
	for (size_t i = 0; i < GM_ARRAY_SIZE(s); i++) {
		assert_int_equal(gm_rec_reader_seek(r, s[i].ns), 0);
		reads_from(r, s[i].from);
	}
	gm_rec_reader_close(r);
}

static void test_codecs(void **state)
{
	static unsigned char data[1 << 14];
	struct gm_rec_reader_info info;
	struct unit_file f;
	struct gm_rec_reader *r;

	(void)state;
	for (int codec = 0; codec < 3; codec++) {
		size_t len = make(&f, (enum gm_codec)codec, data, sizeof(data));

		assert_int_equal(data[12], codec ? 2 : 1); /* the major version */
		assert_int_equal(gm_rec_reader_open(&r, f.path), 0);
		assert_int_equal(gm_rec_reader_info(r, &info), 0);
		assert_int_equal(info.codec, codec);
		assert_true(info.indexed && !info.incomplete && !info.damage[0]);
		assert_int_equal(info.bytes, len);
		assert_int_equal(info.records, 12 * 2 + 4 * 2);
		assert_int_equal(info.keyframes, 4);
		/* a keyframe is a chunk; compressed chunks last 2 s */
		assert_int_equal(info.chunks, codec ? 9 : 12 + 4);
		assert_int_equal(info.first_ns, SEC - 1);
		assert_int_equal(info.last_ns, 12 * SEC);
		assert_int_equal(reads_from(r, 1), info.records);
		gm_rec_reader_close(r);
		check_seeks(f.path);
		unit_file_release(&f);
	}
	assert_string_equal(gm_codec_name(GM_CODEC_ZSTD), "zstd");
	assert_string_equal(gm_codec_name(77), "?");
}

/* The file of a killed recorder is INCOMPLETE and has no index; the reader finds chunks by their headers. */
static void test_without_index(void **state)
{
	static unsigned char data[1 << 14];
	struct gm_rec_reader_info info;
	struct unit_file f;
	struct gm_rec_reader *r;

	(void)state;
	for (int codec = 0; codec < 3; codec++) {
		size_t len = make(&f, (enum gm_codec)codec, data, sizeof(data));
		size_t index = get64(data + len - 64); /* the tail's first number */

		put32(data + 20, 1);
		put64(data + 24, 0);
		unit_file_set(&f, data, index);
		assert_int_equal(gm_rec_reader_open(&r, f.path), 0);
		assert_int_equal(gm_rec_reader_info(r, &info), 0);
		assert_true(info.incomplete && !info.indexed && !info.damage[0]);
		assert_int_equal(info.records, 32);
		assert_int_equal(info.keyframes, 4);
		assert_int_equal(info.codec, codec);
		gm_rec_reader_close(r);
		check_seeks(f.path);
		unit_file_release(&f);
	}
}

/* Files that are cut anywhere: all complete chunks are read, and the cut is reported with its offset. */
static void test_truncated_anywhere(void **state)
{
	static unsigned char data[1 << 14];
	struct unit_file f;
	struct gm_rec_reader *r;
	union gm_any rec;

	(void)state;
	for (int codec = 1; codec < 3; codec++) {
		size_t len = make(&f, (enum gm_codec)codec, data, sizeof(data));

		for (size_t cut = len - 1; cut >= HEADER; cut--) {
			size_t at = HEADER;
			unsigned int whole = 0, nr = 0;

			while (at + CHUNK <= cut && at + CHUNK + get32(data + at + 4) <= cut) {
				whole += memcmp(data + at, "GMCZ", 4) ? 0 : get32(data + at + 12);
				at += CHUNK + get32(data + at + 4);
			}
			unit_file_set(&f, data, cut);
			assert_int_equal(gm_rec_reader_open(&r, f.path), 0);
			while (gm_rec_reader_next(r, &rec) == 1)
				nr++;
			assert_int_equal(nr, whole);
			assert_string_not_equal(gm_rec_reader_end(r)->why, "");
			assert_int_equal(gm_rec_reader_end(r)->offset, at);
			gm_rec_reader_close(r);
		}
		unit_file_release(&f);
	}
}

static void test_every_bit_flipped(void **state)
{
	static unsigned char data[1 << 14];
	struct gm_rec_reader_info info;
	struct unit_file f;
	struct gm_rec_reader *r;
	union gm_any rec;

	(void)state;
	for (int codec = 0; codec < 3; codec++) {
		size_t len = make(&f, (enum gm_codec)codec, data, sizeof(data)), index = get64(data + len - 64);

		for (size_t bit = 8 * HEADER; bit < 8 * len; bit++) {
			unsigned int nr = 0;

			data[bit / 8] ^= (unsigned char)(1 << bit % 8);
			unit_file_set(&f, data, len);
			assert_int_equal(gm_rec_reader_open(&r, f.path), 0);
			assert_int_equal(gm_rec_reader_info(r, &info), 0);
			while (gm_rec_reader_next(r, &rec) == 1)
				nr++;
			assert_string_not_equal(gm_rec_reader_end(r)->why, "");
			assert_true(gm_rec_reader_end(r)->offset <= bit / 8);
			assert_true(bit / 8 >= index ? nr == 32 : nr < 32);
			/* A seek behind damage finds the right keyframe. */
			assert_int_equal(gm_rec_reader_seek(r, 12 * SEC), 0);
			while (gm_rec_reader_next(r, &rec) == 1)
				;
			gm_rec_reader_close(r);
			data[bit / 8] ^= (unsigned char)(1 << bit % 8);
		}
		unit_file_release(&f);
	}
}

/* A false index with a right checksum: the seek is right all the same, as the index only saves time. */
static void test_false_index(void **state)
{
	static unsigned char data[1 << 14];
	struct unit_file f;
	size_t len = make(&f, GM_CODEC_NONE, data, sizeof(data)), index = get64(data + len - 64);
	unsigned char *c = data + index, *entries = c + CHUNK + 24;
	uint64_t seed = 5, was[8];

	(void)state;
	assert_int_equal(get32(c + CHUNK + 16), 4);
	memcpy(was, entries, sizeof(was));
	for (unsigned int i = 0; i < 300; i++) {
		memcpy(entries, was, sizeof(was));
		/* Offsets between chunks, beyond the file, of a chunk without a keyframe; old times. */
		put64(entries + 16 * (unit_random(&seed) % 4), i % 3 ? unit_random(&seed) % len : unit_random(&seed));
		if (i % 2)
			put64(entries + 16 * (unit_random(&seed) % 4), HEADER);
		seal(c);
		unit_file_set(&f, data, len);
		struct gm_rec_reader *r;
		union gm_any rec;

		assert_int_equal(gm_rec_reader_open(&r, f.path), 0);
		assert_int_equal(gm_rec_reader_seek(r, UINT64_MAX), 0);
		assert_int_equal(gm_rec_reader_next(r, &rec), 1);
		assert_int_equal(rec.h.kind, GM_K_KEYFRAME);
		gm_rec_reader_close(r);
	}
	memcpy(entries, was, sizeof(was));
	put32(c + CHUNK + 16, 0x0fffffff); /* more entries than the index has */
	seal(c);
	unit_file_set(&f, data, len);
	check_seeks(f.path);
	put32(c + CHUNK + 16, 4);
	put64(data + len - 64, 1ull << 62); /* the tail has a false offset */
	seal(c);
	unit_file_set(&f, data, len);
	check_seeks(f.path);
	unit_file_release(&f);
}

/* Makes a compressed chunk with a right checksum. */
static void packed(unsigned char *c, uint16_t codec, uint32_t raw_len, const void *body, uint32_t len)
{
	memset(c, 0, CHUNK);
	memcpy(c, "GMCZ", 4);
	put32(c + 4, 8 + len);
	put32(c + 12, 1);
	memcpy(c + CHUNK, &codec, 2);
	memset(c + CHUNK + 2, 0, 2);
	put32(c + CHUNK + 4, raw_len);
	memcpy(c + CHUNK + 8, body, len);
	seal(c);
}

static void stops(struct unit_file *f, const unsigned char *data, size_t len, const char *why)
{
	struct gm_rec_reader *r;
	union gm_any rec;

	unit_file_set(f, data, len);
	assert_int_equal(gm_rec_reader_open(&r, f->path), 0);
	while (gm_rec_reader_next(r, &rec) == 1)
		;
	if (!strstr(gm_rec_reader_end(r)->why, why))
		fail_msg("why: \"%s\", not \"%s\"", gm_rec_reader_end(r)->why, why);
	assert_int_equal(gm_rec_reader_end(r)->offset, HEADER);
	gm_rec_reader_close(r);
}

/* Chunks with a false uncompressed length: a bomb of zeroes, a length of 0. */
static void test_bombs(void **state)
{
	static unsigned char data[1 << 16], zeroes[1 << 24], body[1 << 15];
	struct rlimit old, lim;
	struct unit_file f;
	size_t n;

	(void)state;
	make(&f, GM_CODEC_ZSTD, data, sizeof(data));
	put32(data + 20, 1); /* the flag INCOMPLETE does not matter here */
	n = ZSTD_compress(body, sizeof(body), zeroes, sizeof(zeroes), 19);
	assert_false(ZSTD_isError(n));
	assert_int_equal(getrlimit(RLIMIT_DATA, &old), 0);
	lim = old;
	packed(data + HEADER, GM_CODEC_ZSTD, 1 << 24, body, (uint32_t)n);
	stops(&f, data, HEADER + CHUNK + 8 + n, "more than 1048576");
	packed(data + HEADER, GM_CODEC_ZSTD, 0xffffffff, body, (uint32_t)n);
	stops(&f, data, HEADER + CHUNK + 8 + n, "more than 1048576");
	packed(data + HEADER, GM_CODEC_ZSTD, 1 << 20, body, (uint32_t)n);
	stops(&f, data, HEADER + CHUNK + 8 + n, "cannot be unpacked");
	packed(data + HEADER, GM_CODEC_ZSTD, 0, body, (uint32_t)n);
	stops(&f, data, HEADER + CHUNK + 8 + n, "cannot be unpacked");
	packed(data + HEADER, GM_CODEC_ZLIB, 100, body, (uint32_t)n);
	stops(&f, data, HEADER + CHUNK + 8 + n, "cannot be unpacked");
	packed(data + HEADER, 9, 100, body, (uint32_t)n);
	stops(&f, data, HEADER + CHUNK + 8 + n, "unknown compression method 9");
	put32(data + HEADER + 4, 4);
	seal(data + HEADER);
	stops(&f, data, HEADER + CHUNK + 4, "packed chunk of 4 bytes");
	(void)lim;
	unit_file_release(&f);
}

/* A file of version 1 has no compressed chunks. */
static void test_packed_in_old(void **state)
{
	static unsigned char data[1 << 14], head[HEADER];
	struct unit_file f;
	size_t len = make(&f, GM_CODEC_ZLIB, data, sizeof(data));

	(void)state;
	data[12] = 1;
	memcpy(head, data, HEADER);
	memset(head + 16, 0, 16);
	put32(data + 16, (uint32_t)crc32(0, head, HEADER));
	stops(&f, data, len, "no chunk begins here");
	unit_file_release(&f);
}

/* With many keyframes the index stays below its limit; seeks are right, but begin further from their goal. */
static void test_many_keyframes(void **state)
{
	union gm_any u = { 0 };
	struct gm_rec_reader_info info;
	struct unit_file f;
	struct gm_rec_writer *w;
	struct gm_rec_reader *r;

	(void)state;
	unit_file_init(&f);
	assert_int_equal(gm_rec_writer_open(&w, f.path, GM_CODEC_NONE), 0);
	for (uint32_t i = 1; i <= 20000; i++) {
		u.as_KEYFRAME.edge = GM_KEYFRAME_BEGIN;
		gm_rec_init(&u.h, GM_K_KEYFRAME, i * 1000);
		assert_int_equal(gm_rec_writer_put(w, &u.h), 0);
		u.as_KEYFRAME.edge = GM_KEYFRAME_END;
		assert_int_equal(gm_rec_writer_put(w, &u.h), 0);
	}
	assert_int_equal(gm_rec_writer_close(w), 0);
	assert_int_equal(gm_rec_reader_open(&r, f.path), 0);
	assert_int_equal(gm_rec_reader_info(r, &info), 0);
	assert_true(info.indexed);
	assert_int_equal(info.keyframes, 20000);
	for (uint64_t ns = 1000; ns <= 20000000; ns += 777777) {
		assert_int_equal(gm_rec_reader_seek(r, ns), 0);
		assert_int_equal(gm_rec_reader_next(r, &u), 1);
		assert_true(u.h.ts_ns <= ns && u.h.ts_ns + 16 * 1000 > ns);
	}
	gm_rec_reader_close(r);
	unit_file_release(&f);
}

/* A pipe can be read, and has no seek. */
static void test_pipe(void **state)
{
	static unsigned char data[1 << 14];
	struct unit_file f;
	struct gm_rec_reader *r;
	char path[32];
	size_t len = make(&f, GM_CODEC_ZSTD, data, sizeof(data));
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], data, len), len);
	close(p[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p[0]);
	assert_int_equal(gm_rec_reader_open(&r, path), 0);
	assert_int_equal(gm_rec_reader_seek(r, SEC), -ESPIPE);
	reads_from(r, 1);
	gm_rec_reader_close(r);
	close(p[0]);
	unit_file_release(&f);
}

/* Concatenated files lose their indexes and keep their keyframes; the result has its own index. */
static void test_append(void **state)
{
	struct unit_file a, b;
	struct gm_rec_reader_info info;
	struct gm_rec_writer *w;
	struct gm_rec_reader *r;
	union gm_any rec;
	unsigned int nr = 0;

	(void)state;
	make(&a, GM_CODEC_ZSTD, NULL, 0);
	unit_file_init(&b);
	assert_int_equal(gm_rec_writer_open(&w, b.path, GM_CODEC_NONE), 0);
	assert_int_equal(gm_rec_writer_append(w, a.path), -EINVAL);
	assert_int_equal(gm_rec_writer_close(w), 0);
	assert_int_equal(gm_rec_writer_open(&w, b.path, GM_CODEC_ZSTD), 0);
	assert_int_equal(gm_rec_writer_append(w, a.path), 0);
	assert_int_equal(gm_rec_writer_append(w, a.path), 0);
	assert_int_equal(gm_rec_writer_append(w, "/nonexistent"), -ENOENT);
	assert_int_equal(gm_rec_writer_close(w), 0);
	assert_int_equal(gm_rec_reader_open(&r, b.path), 0);
	assert_int_equal(gm_rec_reader_info(r, &info), 0);
	assert_int_equal(info.keyframes, 8);
	assert_int_equal(info.records, 64);
	while (gm_rec_reader_next(r, &rec) == 1)
		nr++;
	assert_int_equal(nr, 64);
	assert_string_equal(gm_rec_reader_end(r)->why, "");
	gm_rec_reader_close(r);
	unit_file_release(&a);
	unit_file_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codecs),
		cmocka_unit_test(test_without_index),
		cmocka_unit_test(test_truncated_anywhere),
		cmocka_unit_test(test_every_bit_flipped),
		cmocka_unit_test(test_false_index),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_packed_in_old),
		cmocka_unit_test(test_many_keyframes),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_append),
	};

	gm_log_init("test_recseek", GM_LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
