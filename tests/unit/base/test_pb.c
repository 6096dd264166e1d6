// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of user/base/pb: the examples of the encoding's documentation byte by byte, lengths at which a message must
 * move, and random messages, which protoc decodes.
 */
#include "fixture/unit.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "base/vec.h"
#include "base/pb.h"

static void expect_bytes(struct gm_str *b, const void *want, size_t len)
{
	assert_int_equal(b->err, 0);
	assert_int_equal(b->len, len);
	assert_memory_equal(b->s, want, len);
	assert_int_equal(b->s[len], 0);
	gm_str_clear(b);
}
#define EXPECT(b, want) expect_bytes(b, want, sizeof(want) - 1)

static void test_varint(void **state)
{
	struct gm_str b = { 0 };

	(void)state;
	gm_pb_varint(&b, 0);
	EXPECT(&b, "\x00");
	gm_pb_varint(&b, 1);
	EXPECT(&b, "\x01");
	gm_pb_varint(&b, 127);
	EXPECT(&b, "\x7f");
	gm_pb_varint(&b, 128);
	EXPECT(&b, "\x80\x01");
	gm_pb_varint(&b, 150);
	EXPECT(&b, "\x96\x01");
	gm_pb_varint(&b, 16383);
	EXPECT(&b, "\xff\x7f");
	gm_pb_varint(&b, 16384);
	EXPECT(&b, "\x80\x80\x01");
	gm_pb_varint(&b, UINT64_MAX);
	EXPECT(&b, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	gm_str_release(&b);
}

/* The table of the section "Signed Integers", and the limits of 64 bits. */
static void test_zigzag(void **state)
{
	static const struct {
		int64_t v;
		uint64_t as;
	} table[] = {
		{ 0, 0 },
		{ -1, 1 },
		{ 1, 2 },
		{ -2, 3 },
		{ 2, 4 },
		{ 0x7fffffff, 0xfffffffe },
		{ -0x80000000LL, 0xffffffff },
		{ INT64_MAX, UINT64_MAX - 1 },
		{ INT64_MIN, UINT64_MAX },
	};
	struct gm_str b = { 0 }, want = { 0 };

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(table); i++) {
		gm_pb_varint(&want, table[i].as);
		gm_pb_zigzag(&b, table[i].v);
		expect_bytes(&b, want.s, want.len);
		gm_str_clear(&want);
	}
	gm_str_release(&want);
	gm_str_release(&b);
}

static void test_fields(void **state)
{
	struct gm_str b = { 0 };

	(void)state;
	gm_pb_u64(&b, 1, 150);
	EXPECT(&b, "\x08\x96\x01");
	gm_pb_i64(&b, 1, -2);
	EXPECT(&b, "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	gm_pb_i64(&b, 1, INT64_MIN);
	EXPECT(&b, "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01");
	gm_pb_s64(&b, 6, -2);
	EXPECT(&b, "\x30\x03");
	gm_pb_s64(&b, 6, INT64_MIN);
	EXPECT(&b, "\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	gm_pb_str(&b, 2, "testing");
	EXPECT(&b, "\x12\x07testing");
	gm_pb_str(&b, 2, "");
	EXPECT(&b, "\x12\x00");
	gm_pb_fixed64(&b, 3, 0x0102030405060708ULL);
	EXPECT(&b, "\x19\x08\x07\x06\x05\x04\x03\x02\x01");
	gm_pb_double(&b, 4, 1.0);
	EXPECT(&b, "\x21\x00\x00\x00\x00\x00\x00\xf0\x3f");
	gm_pb_double(&b, 4, -(double)INFINITY);
	EXPECT(&b, "\x21\x00\x00\x00\x00\x00\x00\xf0\xff");
	gm_str_release(&b);
}

/* A tag is a varint: two bytes from field 16 on, five bytes for the largest number. */
static void test_tags(void **state)
{
	struct gm_str b = { 0 };

	(void)state;
	gm_pb_u64(&b, 15, 1);
	EXPECT(&b, "\x78\x01");
	gm_pb_u64(&b, 16, 1);
	EXPECT(&b, "\x80\x01\x01");
	gm_pb_u64(&b, 536870911, 1);
	EXPECT(&b, "\xf8\xff\xff\xff\x0f\x01");
	gm_str_release(&b);
}

static void test_nested(void **state)
{
	struct gm_str b = { 0 };
	size_t m, n;

	(void)state;
	m = gm_pb_open(&b, 3); /* "Submessages" */
	gm_pb_u64(&b, 1, 150);
	gm_pb_close(&b, m);
	EXPECT(&b, "\x1a\x03\x08\x96\x01");

	m = gm_pb_open(&b, 6); /* "Packed Repeated Fields": 3, 270, 86942 */
	gm_pb_varint(&b, 3);
	gm_pb_varint(&b, 270);
	gm_pb_varint(&b, 86942);
	gm_pb_close(&b, m);
	EXPECT(&b, "\x32\x06\x03\x8e\x02\x9e\xa7\x05");

	m = gm_pb_open(&b, 1);
	gm_pb_close(&b, m);
	EXPECT(&b, "\x0a\x00");

	m = gm_pb_delimited(&b);
	n = gm_pb_open(&b, 1);
	gm_pb_str(&b, 1, "a");
	gm_pb_close(&b, n);
	gm_pb_close(&b, m);
	m = gm_pb_delimited(&b);
	gm_pb_close(&b, m);
	EXPECT(&b, "\x05\x0a\x03\x0a\x01"
		   "a\x00");
	gm_str_release(&b);
}

/* A message of len bytes, two levels deep and between other fields, must equal one that is built by hand. */
static void expect_length(size_t len)
{
	struct gm_str b = { 0 }, inner = { 0 }, want = { 0 };
	char *fill = malloc(len + 1);
	size_t m, n;

	for (size_t i = 0; i < len; i++)
		fill[i] = (char)(i * 7 + i / 251);
	gm_pb_varint(&inner, 2 << 3 | 2);
	gm_pb_varint(&inner, len);
	gm_str_add(&inner, fill, len);
	gm_pb_u64(&inner, 3, 5);
	gm_pb_u64(&want, 1, 1);
	gm_pb_varint(&want, 4 << 3 | 2);
	gm_pb_varint(&want, inner.len);
	gm_str_add(&want, inner.s, inner.len);
	gm_pb_u64(&want, 5, 6);

	gm_pb_u64(&b, 1, 1);
	m = gm_pb_open(&b, 4);
	n = gm_pb_open(&b, 2);
	gm_str_add(&b, fill, len);
	gm_pb_close(&b, n);
	gm_pb_u64(&b, 3, 5);
	gm_pb_close(&b, m);
	gm_pb_u64(&b, 5, 6);
	expect_bytes(&b, want.s, want.len);
	gm_str_release(&b);
	gm_str_release(&inner);
	gm_str_release(&want);
	free(fill);
}

static void test_lengths(void **state)
{
	static const size_t around[] = { 0, 127, 128, 16383, 16384, 2097151, 2097152 };

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(around); i++)
		for (size_t len = around[i] > 8 ? around[i] - 8 : 0; len <= around[i] + 8; len++)
			expect_length(len);
}

/* If an allocation fails, nothing is written behind the end, and the error stays. */
static void test_no_memory(void **state)
{
	struct gm_str b = { 0 };
	size_t m, n;

	(void)state;
	m = gm_pb_open(&b, 1);
	gm_pb_str(&b, 1, "there");
	b.err = -ENOMEM;
	n = gm_pb_open(&b, 2);
	gm_pb_double(&b, 3, 1);
	gm_pb_close(&b, n);
	gm_pb_close(&b, m);
	assert_int_equal(b.err, -ENOMEM);
	assert_int_equal(b.len, 9);
	gm_str_release(&b);

	b.err = -ENOMEM;
	m = gm_pb_delimited(&b);
	gm_pb_close(&b, m);
	assert_null(b.s);
}

/* ---- decoded by protoc ---- */

/* Makes a random message, and the text that protoc --decode_raw prints for it. */
static void random_message(struct gm_str *b, struct gm_str *text, uint64_t *seed, int depth)
{
	unsigned int nr = 1 + unit_random(seed) % 12;

	for (unsigned int i = 0; i < nr; i++) {
		unsigned int field = 1 + (unsigned int)(unit_random_size(seed) % 536870911);
		uint64_t v = unit_random_size(seed);
		char word[200];
		size_t m;

		if (field >= 19000 && field <= 19999)
			field = 1; /* the drawn number is reserved for implementations */
		switch (unit_random(seed) % 5) {
		case 0:
			gm_pb_u64(b, field, v);
			gm_str_printf(text, "%*s%u: %llu\n", 2 * depth, "", field, (unsigned long long)v);
			break;
		case 1:
			gm_pb_s64(b, field, (int64_t)(v >> 1) * (v & 1 ? -1 : 1));
			gm_str_printf(text, "%*s%u: %llu\n", 2 * depth, "", field,
				      (unsigned long long)((v & ~1ULL) - (v & 1 && v > 1 ? 1 : 0)));
			break;
		case 2:
			gm_pb_fixed64(b, field, v);
			gm_str_printf(text, "%*s%u: 0x%016llx\n", 2 * depth, "", field, (unsigned long long)v);
			break;
		case 3: /* a string that cannot be the begin of a message */
			memset(word, 'z', sizeof(word));
			word[v % 100] = '\0';
			gm_pb_str(b, field, word);
			gm_str_printf(text, "%*s%u: \"%s\"\n", 2 * depth, "", field, word);
			break;
		default:
			if (depth > 5)
				break;
			m = gm_pb_open(b, field);
			gm_str_printf(text, "%*s%u {\n", 2 * depth, "", field);
			gm_pb_u64(b, 1, 1); /* protoc prints an empty message as a string */
			gm_str_printf(text, "%*s1: 1\n", 2 * depth + 2, "");
			random_message(b, text, seed, depth + 1);
			gm_pb_close(b, m);
			gm_str_printf(text, "%*s}\n", 2 * depth, "");
		}
	}
}

static char *decode_raw(const struct gm_str *b)
{
	static char out[1 << 20];
	struct unit_file f;
	char cmd[100];
	size_t n;
	FILE *p;

	unit_file_init(&f);
	unit_file_set(&f, b->s, b->len);
	snprintf(cmd, sizeof(cmd), "protoc --decode_raw </proc/%d/fd/%d", (int)getpid(), f.fd);
	p = popen(cmd, "re");
	assert_non_null(p);
	n = fread(out, 1, sizeof(out) - 1, p);
	out[n] = '\0';
	assert_int_equal(pclose(p), 0);
	unit_file_release(&f);
	return out;
}

static void test_protoc(void **state)
{
	struct gm_str b = { 0 }, text = { 0 };

	(void)state;
	if (system("protoc --version >/dev/null 2>&1") != 0)
		skip();
	for (uint64_t i = 1; i <= 60; i++) {
		uint64_t seed = i;

		random_message(&b, &text, &seed, 0);
		assert_int_equal(b.err | text.err, 0);
		if (b.len)
			assert_string_equal(decode_raw(&b), text.s);
		gm_str_clear(&b);
		gm_str_clear(&text);
	}
	gm_str_release(&b);
	gm_str_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_varint),	  cmocka_unit_test(test_zigzag), cmocka_unit_test(test_fields),
		cmocka_unit_test(test_tags),	  cmocka_unit_test(test_nested), cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_no_memory), cmocka_unit_test(test_protoc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
