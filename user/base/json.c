// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * json.c - JSON writer. One bit decides on separators: none is due after an opening bracket, one is due after anything
 * else.
 */
#include "base/json.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void gm_json_init(struct gm_json *j, struct gm_str *out)
{
	j->out = out;
	j->comma = false;
}

/* Returns the letter of a two-character escape; 0: there is none. */
static char short_escape(uint32_t cp)
{
	switch (cp) {
	case '"': return '"';
	case '\\': return '\\';
	case '\b': return 'b';
	case '\f': return 'f';
	case '\n': return 'n';
	case '\r': return 'r';
	case '\t': return 't';
	default: return 0;
	}
}

/*
 * RFC 8259 requires C0 controls; beyond these C1 controls (terminals obey them) and JavaScript's line ends are escaped.
 */
static bool must_escape(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029;
}

/* Appends one character, or one byte that starts none. Returns the number of bytes used up. */
static size_t add_char(struct gm_str *out, const char *s, size_t len)
{
	uint32_t cp;
	size_t n = gm_utf8(s, len, &cp);

	if (!n) {
		gm_str_printf(out, "\\\\x%02x", (unsigned char)s[0]); /* as gm_clean() */
		return 1;
	}
	if (short_escape(cp))
		gm_str_printf(out, "\\%c", short_escape(cp));
	else if (must_escape(cp))
		gm_str_printf(out, "\\u%04x", cp);
	else
		gm_str_add(out, s, n);
	return n;
}

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void add_string(struct gm_str *out, const char *s, size_t len)
{
	size_t i = 0, run;

	gm_str_add(out, "\"", 1);
	while (i < len) {
		for (run = i; run < len && is_plain(s[run]); run++)
			;
		gm_str_add(out, s + i, run - i);
		i = run;
		if (i < len)
			i += add_char(out, s + i, len - i);
	}
	gm_str_add(out, "\"", 1);
}

/* Writes the separator and the key before a value. */
static void begin_value(struct gm_json *j, const char *key)
{
	if (j->comma)
		gm_str_add(j->out, ",", 1);
	j->comma = true;
	if (!key)
		return;
	add_string(j->out, key, strlen(key));
	gm_str_add(j->out, ":", 1);
}

static void open_bracket(struct gm_json *j, const char *key, const char *bracket)
{
	begin_value(j, key);
	gm_str_add(j->out, bracket, 1);
	j->comma = false;
}

static void close_bracket(struct gm_json *j, const char *bracket)
{
	gm_str_add(j->out, bracket, 1);
	j->comma = true;
}

void gm_json_obj(struct gm_json *j, const char *key)
{
	open_bracket(j, key, "{");
}

void gm_json_end_obj(struct gm_json *j)
{
	close_bracket(j, "}");
}

void gm_json_arr(struct gm_json *j, const char *key)
{
	open_bracket(j, key, "[");
}

void gm_json_end_arr(struct gm_json *j)
{
	close_bracket(j, "]");
}

void gm_json_str(struct gm_json *j, const char *key, const char *val)
{
	if (val)
		gm_json_strn(j, key, val, strlen(val));
	else
		gm_json_null(j, key);
}

void gm_json_strn(struct gm_json *j, const char *key, const char *val, size_t len)
{
	begin_value(j, key);
	add_string(j->out, val, len);
}

void gm_json_u64(struct gm_json *j, const char *key, uint64_t v)
{
	begin_value(j, key);
	gm_str_printf(j->out, "%" PRIu64, v);
}

void gm_json_s64(struct gm_json *j, const char *key, int64_t v)
{
	begin_value(j, key);
	gm_str_printf(j->out, "%" PRId64, v);
}

/* Writes the shortest text that reads back as the same number. A locale's decimal comma becomes a point. */
void gm_json_dbl(struct gm_json *j, const char *key, double v)
{
	char text[40], *p;
	int digits;

	if (!isfinite(v)) {
		gm_json_null(j, key);
		return;
	}
	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	for (p = text; *p; p++)
		if (!strchr("+-0123456789e", *p))
			*p = '.';
	begin_value(j, key);
	gm_str_puts(j->out, text);
}

void gm_json_bool(struct gm_json *j, const char *key, bool v)
{
	begin_value(j, key);
	gm_str_puts(j->out, v ? "true" : "false");
}

void gm_json_null(struct gm_json *j, const char *key)
{
	begin_value(j, key);
	gm_str_puts(j->out, "null");
}
