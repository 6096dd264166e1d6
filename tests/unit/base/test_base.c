// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/base: numbers and texts of untrusted input, columns, containers, JSON, messages. */
#include "fixture/unit.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include "base/gzip.h"
#include "base/hmap.h"
#include "base/json.h"
#include "base/log.h"
#include "base/fmt.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/vec.h"

/* ---- numbers from text ---- */

static void test_parse_u64(void **state)
{
	static const char *const junk[] = {
		"",    " ",  "-1", "+1",   " 1",
		"1 ",  "1x", "x1", "0x10", "1.0",
		"1e3", "-",  "--", "１",   "99999999999999999999999x",
	};
	uint64_t v = 77;
	size_t i;

	(void)state;
	for (i = 0; i < GM_ARRAY_SIZE(junk); i++)
		assert_int_equal(gm_parse_u64(junk[i], 0, UINT64_MAX, &v), -EINVAL);
	assert_int_equal(gm_parse_u64("18446744073709551616", 0, UINT64_MAX, &v), -ERANGE);
	assert_int_equal(gm_parse_u64("99999999999999999999999", 0, UINT64_MAX, &v), -ERANGE);
	assert_int_equal(gm_parse_u64("4", 5, 6, &v), -ERANGE);
	assert_int_equal(gm_parse_u64("7", 5, 6, &v), -ERANGE);
	assert_int_equal(v, 77);
	assert_int_equal(gm_parse_u64("18446744073709551615", 0, UINT64_MAX, &v), 0);
	assert_int_equal(v, UINT64_MAX);
	assert_int_equal(gm_parse_u64("0", 0, 0, &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(gm_parse_u64("0005", 5, 6, &v), 0);
	assert_int_equal(v, 5);
}

static void test_parse_duration(void **state)
{
	static const struct {
		const char *s;
		uint64_t ns;
	} good[] = {
		{ "0", 0 },
		{ "1", 1000000 },
		{ "1.5", 1500000 },
		{ "500us", 500000 },
		{ "2s", 2000000000 },
		{ "7ns", 7 },
		{ "1.5m", 90000000000 },
		{ "0.25h", 900000000000 },
		{ "0.000000001s", 1 },
		{ "0.1234567891234s", 123456789 },
		{ "18446744073709551615ns", UINT64_MAX },
		{ "18446744073.709551615s", UINT64_MAX },
	};
	uint64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < GM_ARRAY_SIZE(good); i++) {
		assert_int_equal(gm_parse_duration(good[i].s, 1000000, &ns), 0);
		assert_int_equal(ns, good[i].ns);
	}
}

static void test_parse_duration_junk(void **state)
{
	static const char *const junk[] = {
		"",
		"s",
		".5s",
		"1.",
		"1.s",
		"-1s",
		"+1s",
		" 1s",
		"1 s",
		"1s ",
		"1sec",
		"1S",
		"1.2.3s",
		"1e3s",
		"0x1s",
		"inf",
		"nan",
		"1d",
		"99999999999999999999999q",
	};
	uint64_t ns = 77;
	size_t i;

	(void)state;
	for (i = 0; i < GM_ARRAY_SIZE(junk); i++)
		assert_int_equal(gm_parse_duration(junk[i], 1000000, &ns), -EINVAL);
	assert_int_equal(gm_parse_duration("5", 0, &ns), -EINVAL); /* a unit is wanted */
	assert_int_equal(gm_parse_duration("18446744073.709551616s", 1, &ns), -ERANGE);
	assert_int_equal(gm_parse_duration("99999999999999999999999s", 1, &ns), -ERANGE);
	assert_int_equal(gm_parse_duration("18446744073709551615h", 1, &ns), -ERANGE);
	assert_int_equal(ns, 77);
}

/* ---- untrusted text ---- */

static void expect_clean(const char *src, size_t len, const char *want)
{
	char out[64];

	assert_ptr_equal(gm_clean(out, sizeof(out), src, len), out);
	assert_string_equal(out, want);
}
#define CLEAN(src, want) expect_clean(src, sizeof(src) - 1, want)

static void test_clean(void **state)
{
	(void)state;
	CLEAN("", "");
	CLEAN("qemu-system-x86", "qemu-system-x86");
	CLEAN("a\x1b[31mred\x1b]0;t\x07", "a\\x1b[31mred\\x1b]0;t\\x07");
	CLEAN("t\tn\nr\rd\x7f", "t\\x09n\\x0ar\\x0dd\\x7f");
	CLEAN("Gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7", "Gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7");
	CLEAN("end\0hidden", "end");
	CLEAN("\xc2\x9b"
	      "31m",
	      "\\xc2\\x9b"
	      "31m"); /* C1 CSI, as one character */
	CLEAN("\x9b"
	      "31m",
	      "\\x9b"
	      "31m"); /* and as a stray byte */
	CLEAN("a\xe2\x80\xae"
	      "b",
	      "a\\xe2\\x80\\xae"
	      "b"); /* right-to-left override */
	CLEAN("a\xe2\x80\xa8"
	      "b",
	      "a\\xe2\\x80\\xa8"
	      "b"); /* line separator */
	CLEAN("C:\\vm\\x1", "C:\\vm\\x1");
	CLEAN("a\\xff", "a\\x5cxff"); /* the text \xff differs from the byte */
	CLEAN("a\xff", "a\\xff");
}

static void test_clean_invalid_utf8(void **state)
{
	(void)state;
	CLEAN("\xc0\x80", "\\xc0\\x80");	  /* overlong NUL */
	CLEAN("\xc1\x9b", "\\xc1\\x9b");	  /* overlong [ */
	CLEAN("\xe0\x80\x9b", "\\xe0\\x80\\x9b"); /* overlong ESC */
	CLEAN("\xf0\x80\x80\x9b", "\\xf0\\x80\\x80\\x9b");
	CLEAN("\xed\xa0\x80", "\\xed\\xa0\\x80");	   /* surrogate */
	CLEAN("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
	CLEAN("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
	CLEAN("x\xe2\x82", "x\\xe2\\x82"); /* cut by the end */
	CLEAN("\xe2\x82"
	      "A",
	      "\\xe2\\x82"
	      "A"); /* cut by the next character */
	CLEAN("\xff\xfe", "\\xff\\xfe");
	CLEAN("\xc3\x1b[", "\\xc3\\x1b[");
}

/*
 * Two names with different unprintable bytes stay two names; a user's text finds them by either spelling.
 */
static void test_clean_matches(void **state)
{
	char a[32], b[32];

	(void)state;
	gm_clean(a, sizeof(a), "web\xe4", 4);
	gm_clean(b, sizeof(b), "web\xf6", 4);
	assert_string_not_equal(a, b);
	assert_true(gm_clean_is_match(a, "web\xe4", false));
	assert_true(gm_clean_is_match(a, "web\\xe4", false));
	assert_false(gm_clean_is_match(a, "web\xf6", false));
	assert_true(gm_clean_is_match(a, "EB\xe4", true));
	assert_false(gm_clean_is_match("db-01", "web", true));
	assert_true(gm_clean_is_match("\xe6\x9c\x8d\xe5\x8a\xa1", "\xe5\x8a\xa1", true));
}

static void expect_add(uint32_t cp, const char *want)
{
	char s[8] = "ab";

	gm_utf8_add(s, sizeof(s), cp);
	assert_string_equal(s, want);
}

static void test_utf8_add(void **state)
{
	char full[3] = "a";

	(void)state;
	expect_add('c', "abc");
	expect_add(0xe4, "ab\xc3\xa4");
	expect_add(0x670d, "ab\xe6\x9c\x8d");
	expect_add(0x1f427, "ab\xf0\x9f\x90\xa7");
	expect_add(0x7f, "ab");
	expect_add(0xd800, "ab");
	expect_add(0x110000, "ab");
	gm_utf8_add(full, sizeof(full), 0xe4);
	assert_string_equal(full, "a");
}

/* No buffer size may cut a character in two, write behind the end, or read behind src_len. */
static void test_clean_sizes(void **state)
{
	static const char src[] = "a\xc3\xbc"
				  "b\xe2\x82\xac"
				  "c\xf0\x9f\x90\xa7"
				  "d\x1b"
				  "e";
	size_t size, len;
	uint32_t cp;

	(void)state;
	for (size = 1; size <= sizeof(src) + 1; size++) {
		for (len = 0; len < sizeof(src); len++) {
			char *out = malloc(size), *in = malloc(len + 1), *p = out;

			memcpy(in, src, len);
			in = realloc(in, len ? len : 1);
			gm_clean(out, size, in, len);
			assert_true(strlen(out) < size);
			for (; *p; p += gm_utf8(p, strlen(p), &cp))
				assert_int_not_equal(gm_utf8(p, strlen(p), &cp), 0);
			free(in);
			free(out);
		}
	}
	gm_clean(NULL, 0, src, sizeof(src));
}

/* Every code point has exactly one valid encoding. */
static void test_utf8_all(void **state)
{
	uint32_t c, cp;
	char s[4];
	size_t n;

	(void)state;
	for (c = 0; c <= 0x10ffff; c++) {
		n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		s[0] = (char)(n == 1 ? c : (0xf00u >> n) | c >> 6 * (n - 1));
		s[1] = (char)(0x80 | (c >> (n > 1 ? 6 * (n - 2) : 0) & 0x3f));
		s[2] = (char)(0x80 | (c >> (n > 2 ? 6 * (n - 3) : 0) & 0x3f));
		s[3] = (char)(0x80 | (c & 0x3f));
		if (c >= 0xd800 && c <= 0xdfff) {
			assert_int_equal(gm_utf8(s, n, &cp), 0);
			continue;
		}
		assert_int_equal(gm_utf8(s, n, &cp), n);
		assert_int_equal(cp, c);
		assert_int_equal(gm_utf8(s, n - 1, &cp), 0);
	}
}

/* ---- numbers to text ---- */

static void expect_bytes(uint64_t v, const char *want)
{
	char buf[8];

	assert_string_equal(gm_fmt_bytes(buf, sizeof(buf), v), want);
}

static void test_fmt_bytes(void **state)
{
	(void)state;
	expect_bytes(0, "0B");
	expect_bytes(1023, "1023B");
	expect_bytes(1024, "1.0K");
	expect_bytes(12595, "12.3K");
	expect_bytes(102348, "99.9K");
	expect_bytes(102390, "100K");
	expect_bytes(1048575, "1.0M"); /* not 1024K */
	expect_bytes(1023ULL << 10, "1023K");
	expect_bytes(4ULL << 30, "4.0G");
	expect_bytes(UINT64_MAX, "16.0E");
}

static void expect_ns(uint64_t v, const char *want)
{
	char buf[8];

	assert_string_equal(gm_fmt_ns(buf, sizeof(buf), v), want);
}

static void test_fmt_ns(void **state)
{
	(void)state;
	expect_ns(0, "0ns");
	expect_ns(999, "999ns");
	expect_ns(1000, "1.0us");
	expect_ns(12300, "12.3us");
	expect_ns(99949, "99.9us");
	expect_ns(99950, "100us");
	expect_ns(999499, "999us");
	expect_ns(999500, "1.0ms"); /* not 1000us */
	expect_ns(4500000, "4.5ms");
	expect_ns(1250000000, "1.25s");
	expect_ns(9996000000, "10.0s");
	expect_ns(59940000000, "59.9s");
	expect_ns(59950000000, "1m00s"); /* not 60.0s */
	expect_ns(192000000000, "3m12s");
	expect_ns(3599499999999, "59m59s");
	expect_ns(3599500000000, "1h00m");
	expect_ns(359999ULL * 1000000000, "99h59m");
	expect_ns(360000ULL * 1000000000, "4d04h");
	expect_ns(100ULL * 86400 * 1000000000, "100d");
	expect_ns(UINT64_MAX, "584y");
}

static void expect_count(double v, const char *want)
{
	char buf[8];

	assert_string_equal(gm_fmt_count(buf, sizeof(buf), v), want);
}

static void test_fmt_count(void **state)
{
	(void)state;
	expect_count(0, "0");
	expect_count(9, "9");
	expect_count(0.5, "0.5");
	expect_count(9.94, "9.9");
	expect_count(9.96, "10");
	expect_count(12, "12");
	expect_count(999.4, "999");
	expect_count(999.6, "1.0k");
	expect_count(1234, "1.2k");
	expect_count(33999999, "34M");
	expect_count(999.4e18, "999E");
	expect_count(1e30, ">999E");
	expect_count((double)INFINITY, ">999E");
	expect_count((double)NAN, "-");
	expect_count(-1, "-");
}

/* No number is wider than its column. */
static void test_fmt_widths(void **state)
{
	uint64_t seed = 5;
	unsigned int i;
	char buf[64];

	(void)state;
	for (i = 0; i < 1000000; i++) {
		uint64_t v = unit_random_size(&seed);

		assert_true(strlen(gm_fmt_bytes(buf, sizeof(buf), v)) <= 5);
		assert_true(strlen(gm_fmt_ns(buf, sizeof(buf), v)) <= 6);
		assert_true(strlen(gm_fmt_count(buf, sizeof(buf), (double)v / 256)) <= 5);
	}
}

/* Returns the factor of a unit. A text, read back, must be the number within 6 %. */
static double unit_of(const char *suffix)
{
	static const struct {
		const char *s;
		double v;
	} units[] = {
		{ "ns", 1 },	 { "us", 1e3 },	  { "ms", 1e6 },   { "s", 1e9 },    { "B", 1 },	     { "K", 1024 },
		{ "M", 0x1p20 }, { "G", 0x1p30 }, { "T", 0x1p40 }, { "P", 0x1p50 }, { "E", 0x1p60 },
	};
	size_t i;

	for (i = 0; i < GM_ARRAY_SIZE(units); i++)
		if (!strcmp(units[i].s, suffix))
			return units[i].v;
	fail_msg("suffix %s", suffix);
	return 0;
}

static void test_fmt_values(void **state)
{
	uint64_t seed = 6;
	unsigned int i;
	char buf[8], *end;

	(void)state;
	for (i = 0; i < 200000; i++) {
		uint64_t v = unit_random_size(&seed);
		double back;

		back = strtod(gm_fmt_bytes(buf, sizeof(buf), v), &end);
		assert_true(fabs(back * unit_of(end) - (double)v) <= 0.06 * (double)v);
		v %= 59000000000ULL;
		back = strtod(gm_fmt_ns(buf, sizeof(buf), v), &end);
		assert_true(fabs(back * unit_of(end) - (double)v) <= 0.06 * (double)v);
	}
}

/* ---- containers ---- */

#define KEYS 512

/* Compares random insertions and deletions with an array that is indexed by the key's number. */
static void hmap_churn(uint64_t seed, uint64_t stride, unsigned int fill)
{
	static char val[KEYS];
	struct gm_hmap m = { 0 };
	void *want[KEYS] = { 0 };
	size_t nr = 0, i, k;

	for (i = 0; i < 60000; i++) {
		k = unit_random(&seed) % KEYS;
		if (unit_random(&seed) % 100 < fill) {
			assert_int_equal(gm_hmap_put(&m, k * stride, &val[i % KEYS]), 0);
			nr += !want[k];
			want[k] = &val[i % KEYS];
		} else {
			assert_ptr_equal(gm_hmap_del(&m, k * stride), want[k]);
			nr -= !!want[k];
			want[k] = NULL;
		}
		assert_int_equal(m.nr, nr);
		k = unit_random(&seed) % KEYS;
		assert_ptr_equal(gm_hmap_get(&m, k * stride), want[k]);
		if (i % 1000)
			continue;
		for (k = 0; k < KEYS; k++)
			assert_ptr_equal(gm_hmap_get(&m, k * stride), want[k]);
	}
	assert_true(m.cap <= 4 * KEYS); /* insertions and deletions in turn do not make the map grow */
	gm_hmap_release(&m);
}

static void test_hmap(void **state)
{
	(void)state;
	hmap_churn(1, 1, 50);
	hmap_churn(2, 1ULL << 32, 50);
	hmap_churn(3, 0x9e3779b97f4a7c15ULL, 80);
	hmap_churn(4, 1ULL << 55, 20);
}

static void test_hmap_empty(void **state)
{
	struct gm_hmap m = { 0 };
	int x;

	(void)state;
	assert_null(gm_hmap_get(&m, 0));
	assert_null(gm_hmap_del(&m, 0));
	assert_int_equal(gm_hmap_put(&m, 0, &x), 0);
	assert_int_equal(gm_hmap_put(&m, UINT64_MAX, &m), 0);
	assert_ptr_equal(gm_hmap_get(&m, 0), &x);
	assert_ptr_equal(gm_hmap_get(&m, UINT64_MAX), &m);
	gm_hmap_release(&m);
	gm_hmap_release(&m);
	assert_null(gm_hmap_get(&m, 0));
}

static void test_hash_str(void **state)
{
	(void)state;
	/* the published FNV-1a test values */
	assert_int_equal(gm_hash_str(""), 0xcbf29ce484222325ULL);
	assert_int_equal(gm_hash_str("a"), 0xaf63dc4c8601ec8cULL);
	assert_int_equal(gm_hash_str("foobar"), 0x85944171f73967e8ULL);
}

static void test_vec(void **state)
{
	struct gm_vec v = { 0 };
	char a[100] = { 0 };
	size_t i;

	(void)state;
	gm_vec_remove(&v, a);
	for (i = 0; i < sizeof(a); i++)
		assert_int_equal(gm_vec_push(&v, a + i), 0);
	for (i = 0; i < sizeof(a); i += 2)
		gm_vec_remove(&v, a + i);
	gm_vec_remove(&v, a);
	assert_int_equal(v.nr, sizeof(a) / 2);
	for (i = 0; i < v.nr; i++)
		assert_ptr_equal(v.at[i], a + 2 * i + 1);
	gm_vec_release(&v);
	assert_null(v.at);
	gm_vec_release(&v);
}

static void test_str(void **state)
{
	struct gm_str b = { 0 };
	char big[1000];
	size_t i;

	(void)state;
	gm_str_clear(&b);
	assert_null(b.s);
	gm_str_add(&b, "", 0);
	assert_string_equal(b.s, "");
	for (i = 0; i < 1000; i++)
		gm_str_printf(&b, "%03zu", i);
	assert_int_equal(b.len, 3000);
	assert_int_equal(strlen(b.s), 3000);
	assert_memory_equal(b.s + 999 * 3, "999", 4);
	gm_str_clear(&b);
	assert_string_equal(b.s, "");
	memset(big, 'x', sizeof(big));
	gm_str_add(&b, big, sizeof(big));
	gm_str_puts(&b, "y");
	assert_int_equal(b.len, 1001);
	assert_int_equal(b.s[1000], 'y');
	assert_int_equal(b.err, 0);
	gm_str_release(&b);
	assert_null(b.s);
}

static void test_str_no_memory(void **state)
{
	struct gm_str b = { 0 };

	(void)state;
	gm_str_puts(&b, "kept");
	gm_str_add(&b, "x", SIZE_MAX - 2);
	assert_int_equal(b.err, -ENOMEM);
	gm_str_puts(&b, "more");
	gm_str_printf(&b, "%d", 1);
	assert_string_equal(b.s, "kept");
	gm_str_release(&b);
}

/* ---- JSON ---- */

static void expect_json_str(const char *val, size_t len, const char *want)
{
	struct gm_str out = { 0 };
	struct gm_json j;

	gm_json_init(&j, &out);
	gm_json_strn(&j, NULL, val, len);
	assert_string_equal(out.s, want);
	gm_str_release(&out);
}
#define JSTR(val, want) expect_json_str(val, sizeof(val) - 1, want)

static void test_json_strings(void **state)
{
	(void)state;
	JSTR("", "\"\"");
	JSTR("plain /text", "\"plain /text\"");
	JSTR("q\"b\\", "\"q\\\"b\\\\\"");
	JSTR("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
	JSTR("\x01\x1b\x1f\x7f", "\"\\u0001\\u001b\\u001f\\u007f\"");
	JSTR("nul\0in", "\"nul\\u0000in\"");
	JSTR("\xc3\xbc\xe2\x82\xac\xf0\x9f\x90\xa7", "\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x90\xa7\"");
	JSTR("\xc2\x9b", "\"\\u009b\"");
	JSTR("\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\"");
	JSTR("\xff"
	     "a",
	     "\"\\\\xffa\"");
	JSTR("\xc0\x80", "\"\\\\xc0\\\\x80\"");
	JSTR("\xed\xa0\x80", "\"\\\\xed\\\\xa0\\\\x80\"");
	JSTR("x\xe2\x82", "\"x\\\\xe2\\\\x82\"");
	JSTR("\xe2\"", "\"\\\\xe2\\\"\"");
}

/* Any bytes become one quoted line of valid UTF-8 without control characters. */
static void test_json_random_bytes(void **state)
{
	uint64_t seed = 11;
	unsigned int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct gm_str out = { 0 };
		struct gm_json j;
		uint64_t raw[4];
		char *p;
		size_t n;
		uint32_t cp = 0;

		for (n = 0; n < 4; n++)
			raw[n] = unit_random(&seed) & (n & 1 ? ~0ULL : 0xf4bfbfe2bfbfc3ffULL);
		gm_json_init(&j, &out);
		gm_json_strn(&j, NULL, (const char *)raw, unit_random(&seed) % 33);
		for (p = out.s; *p; p += n) {
			n = gm_utf8(p, strlen(p), &cp);
			assert_int_not_equal(n, 0);
			assert_true(cp >= 0x20 && cp != 0x7f);
			if (cp == '\\')
				n += p[1] == 'u' ? 5 : 1;
			else if (cp == '"')
				assert_true(p == out.s || !p[1]);
		}
		assert_int_equal(cp, '"');
		gm_str_release(&out);
	}
}

static void test_json_structure(void **state)
{
	struct gm_str out = { 0 };
	struct gm_json j;

	(void)state;
	gm_json_init(&j, &out);
	gm_json_obj(&j, NULL);
	gm_json_str(&j, "type", "vm");
	gm_json_u64(&j, "a\"b", UINT64_MAX);
	gm_json_arr(&j, "list");
	gm_json_s64(&j, NULL, INT64_MIN);
	gm_json_obj(&j, NULL);
	gm_json_end_obj(&j);
	gm_json_arr(&j, NULL);
	gm_json_end_arr(&j);
	gm_json_bool(&j, NULL, true);
	gm_json_end_arr(&j);
	gm_json_obj(&j, "nodes");
	gm_json_bool(&j, "no", false);
	gm_json_end_obj(&j);
	gm_json_null(&j, "n");
	gm_json_str(&j, "absent", NULL);
	gm_json_end_obj(&j);
	assert_string_equal(out.s, "{\"type\":\"vm\",\"a\\\"b\":18446744073709551615,"
				   "\"list\":[-9223372036854775808,{},[],true],"
				   "\"nodes\":{\"no\":false},\"n\":null,\"absent\":null}");
	gm_str_release(&out);
}

static void expect_dbl(double v, const char *want)
{
	struct gm_str out = { 0 };
	struct gm_json j;

	gm_json_init(&j, &out);
	gm_json_dbl(&j, NULL, v);
	assert_string_equal(out.s, want);
	gm_str_release(&out);
}

static void test_json_doubles(void **state)
{
	uint64_t seed = 3;
	unsigned int i;

	(void)state;
	expect_dbl(0, "0");
	expect_dbl(0.1, "0.1");
	expect_dbl(-1.5, "-1.5");
	expect_dbl(1e300, "1e+300");
	expect_dbl((double)NAN, "null");
	expect_dbl((double)INFINITY, "null");
	for (i = 0; i < 100000; i++) {
		struct gm_str out = { 0 };
		struct gm_json j;
		uint64_t bits = unit_random(&seed);
		double v;

		memcpy(&v, &bits, sizeof(v));
		if (!isfinite(v))
			continue;
		gm_json_init(&j, &out);
		gm_json_dbl(&j, NULL, v);
		assert_true(strtod(out.s, NULL) == v);
		gm_str_release(&out);
	}
}

/* ---- messages ---- */

/* Returns the text that say() prints to stderr. */
static void capture(void (*say)(void), char *text, size_t size)
{
	struct unit_file f;
	int saved = dup(STDERR_FILENO);

	unit_file_init(&f);
	fflush(stderr);
	dup2(f.fd, STDERR_FILENO);
	say();
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	text[unit_file_get(&f, text, size - 1)] = '\0';
	unit_file_release(&f);
}

static void say_all(void)
{
	assert_int_equal(gm_err(-EINVAL, "bad %s", "thing"), -EINVAL);
	errno = ENOSPC;
	assert_int_equal(gm_errno(-ENOENT, "cannot open: %s", "x\x1b[2J"), -ENOENT);
	assert_int_equal(errno, ENOSPC);
	gm_warn("lost %d", 3);
	gm_info("not shown");
	gm_debug("not shown");
}

static void say_long(void)
{
	char big[10000];

	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	gm_err(-EIO, "%s", big);
}

static void test_log(void **state)
{
	char text[12000];

	(void)state;
	gm_log_init("tool", GM_LOG_WARN);
	assert_int_equal(gm_log_level(), GM_LOG_WARN);
	capture(say_all, text, sizeof(text));
	assert_string_equal(text, "tool: bad thing\ntool: cannot open: x?[2J: No such file or directory\n"
				  "tool: warning: lost 3\n");
	capture(say_long, text, sizeof(text));
	assert_int_equal(text[strlen(text) - 1], '\n');
	gm_log_init("tool", GM_LOG_QUIET);
	capture(say_all, text, sizeof(text));
	assert_string_equal(text, "");
}

static void say_hostile(void)
{
	gm_notice("name \"x\\\" \xff\x1b \xe2\x82\xac\nend");
	gm_warn("w");
	gm_info("not shown");
}

/* Checks a line after its time, which has 24 characters. */
static const char *after_time(const char *line, const char *before)
{
	assert_memory_equal(line, before, strlen(before));
	assert_int_equal(line[strlen(before) + 10], 'T');
	assert_int_equal(line[strlen(before) + 23], 'Z');
	return line + strlen(before) + 24;
}

static void test_log_formats(void **state)
{
	char text[12000];

	(void)state;
	gm_log_init("tool", GM_LOG_NOTICE);
	capture(say_hostile, text, sizeof(text));
	assert_string_equal(text, "tool: name \"x\\\" \xff? \xe2\x82\xac\nend\ntool: warning: w\n");
	gm_log_set_format(GM_LOG_LOGFMT);
	capture(say_hostile, text, sizeof(text));
	*strstr(text, "\ntime") = '\0';
	assert_string_equal(after_time(text, "time="), " level=info source=tool msg=\"name \\\"x\\\\\\\" ?? "
						       "\xe2\x82\xac\\nend\"");
	gm_log_set_format(GM_LOG_JSON);
	capture(say_hostile, text, sizeof(text));
	*strstr(text, "\n{") = '\0';
	assert_string_equal(after_time(text, "{\"time\":\""), "\",\"level\":\"info\",\"source\":\"tool\",\"msg\":"
							      "\"name \\\"x\\\\\\\" ?? \xe2\x82\xac\\nend\"}");
	capture(say_long, text, sizeof(text));
	assert_string_equal(text + strlen(text) - 3, "\"}\n");
	gm_log_set_format(GM_LOG_TEXT);
	gm_log_init("tool", GM_LOG_WARN);
	capture(say_hostile, text, sizeof(text));
	assert_string_equal(text, "tool: warning: w\n");
}

static void say_begun(void)
{
	gm_begun("begun\x1b");
	gm_progress_line("only on a terminal");
}

static void test_log_begun(void **state)
{
	char text[100];

	(void)state;
	capture(say_begun, text, sizeof(text));
	assert_string_equal(text, "begun?\n");
	gm_log_set_progress(false);
	capture(say_begun, text, sizeof(text));
	assert_string_equal(text, "");
	gm_log_set_progress(true);
}

/* ---- gzip ---- */

static void test_gzip(void **state)
{
	struct gm_str a = { 0 }, b = { 0 };
	char zeros[10000] = { 0 };

	(void)state;
	assert_int_equal(gm_gzip(&a, zeros, sizeof(zeros)), 0);
	assert_true(a.len < 100);
	assert_int_equal(gm_gzip(&b, zeros, sizeof(zeros)), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.s, b.s, a.len);
	assert_int_equal(gm_gzip(&b, zeros, 1), 0); /* appends */
	assert_memory_equal(a.s, b.s, a.len);
	assert_true(b.len > a.len);
	assert_int_equal(gm_gzip(&b, zeros, (size_t)1 << 40), -E2BIG);
	b.err = -ENOMEM;
	assert_int_equal(gm_gzip(&b, zeros, 1), -ENOMEM);
	gm_str_release(&a);
	gm_str_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_u64),
		cmocka_unit_test(test_parse_duration),
		cmocka_unit_test(test_parse_duration_junk),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_clean_invalid_utf8),
		cmocka_unit_test(test_clean_matches),
		cmocka_unit_test(test_utf8_add),
		cmocka_unit_test(test_clean_sizes),
		cmocka_unit_test(test_utf8_all),
		cmocka_unit_test(test_fmt_bytes),
		cmocka_unit_test(test_fmt_ns),
		cmocka_unit_test(test_fmt_count),
		cmocka_unit_test(test_fmt_widths),
		cmocka_unit_test(test_fmt_values),
		cmocka_unit_test(test_hmap),
		cmocka_unit_test(test_hmap_empty),
		cmocka_unit_test(test_hash_str),
		cmocka_unit_test(test_vec),
		cmocka_unit_test(test_str),
		cmocka_unit_test(test_str_no_memory),
		cmocka_unit_test(test_json_strings),
		cmocka_unit_test(test_json_random_bytes),
		cmocka_unit_test(test_json_structure),
		cmocka_unit_test(test_json_doubles),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_log_formats),
		cmocka_unit_test(test_log_begun),
		cmocka_unit_test(test_gzip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
