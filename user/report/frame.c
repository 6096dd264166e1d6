// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * frame.c - frames: growing lists of lines, and the only code that turns untrusted text into text for a terminal.
 * gm_frame_add() sanitizes each line again, so that no view can forget it.
 */
#include "report/frame.h"
#include "base/utf8.h"

#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "base/grow.h"

static bool is_utf8_locale(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/* Return the bytes of the next character (1 where there is no valid one, *cp then 0), and its columns. */
static size_t next_char(const char *s, uint32_t *cp, size_t *columns)
{
	size_t n = gm_utf8(s, strnlen(s, 4), cp);
	int w;

	if (!n)
		*cp = 0;
	w = *cp >= 0x80 ? wcwidth((wchar_t)*cp) : 1;
	*columns = w < 0 ? 1 : (size_t)w; /* -1: not a character of this locale, as the bars of gmemtop in "C" */
	return n ? n : 1;
}

size_t gm_columns(const char *s)
{
	size_t total = 0, w;
	uint32_t cp;

	for (; *s; total += w)
		s += next_char(s, &cp, &w);
	return total;
}

/* Return true for a character without width, or one that reorders text: two different names could look the same. */
static bool is_invisible(uint32_t cp)
{
	static const uint32_t ranges[][2] = {
		{ 0xad, 0xad },	    { 0x34f, 0x34f },	{ 0x61c, 0x61c },   { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0x3164, 0x3164 },
		{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < GM_ARRAY_SIZE(ranges); i++)
		if (cp >= ranges[i][0] && cp <= ranges[i][1])
			return true;
	return false;
}

/* Write one character, escaped if needed, into buf; return its length. */
static int escape_char(char buf[12], const char *s, size_t n, uint32_t cp, bool utf8, bool first)
{
	int w = cp >= 0x80 && utf8 ? wcwidth((wchar_t)cp) : -1;

	if (!cp)
		return snprintf(buf, 12, "\\x%02x", (unsigned char)*s);
	if ((cp >= 0x20 && cp < 0x7f) || (w >= first && !is_invisible(cp)))
		return snprintf(buf, 12, "%.*s", (int)n, s);
	return snprintf(buf, 12, cp < 0x80 ? "\\x%02x" : cp > 0xffff ? "\\U%08x" : "\\u%04x", cp);
}

static char *escape_text(char *dst, size_t size, const char *src, bool utf8)
{
	size_t o = 0, n, w;
	char one[12];
	uint32_t cp;

	for (; *src && size; src += n) {
		int len;

		n = next_char(src, &cp, &w);
		len = escape_char(one, src, n, cp, utf8, !o);
		if (o + (size_t)len >= size)
			break;
		memcpy(dst + o, one, (size_t)len);
		o += (size_t)len;
	}
	if (size)
		dst[o] = '\0';
	return dst;
}

char *gm_plain(char *dst, size_t size, const char *src)
{
	return escape_text(dst, size, src, is_utf8_locale());
}

char *gm_plain_ascii(char *dst, size_t size, const char *src)
{
	return escape_text(dst, size, src, false);
}

/* Return the end of the part of s that takes at most width columns, with characters that combine with its last one. */
static char *cut_point(char *s, size_t width)
{
	size_t used = 0, n, w;
	uint32_t cp;

	for (; *s; s += n) {
		n = next_char(s, &cp, &w);
		used += w;
		if (used > width)
			break;
	}
	return s;
}

void gm_cut(char *s, size_t width)
{
	*cut_point(s, width) = '\0';
}

void gm_shorten(char *s, size_t width)
{
	size_t all = gm_columns(s), head = width / 2;
	char *cut, *tail;

	if (all <= width || width < 2)
		return gm_cut(s, width);
	cut = cut_point(s, head);
	/* At most width - head - 1 columns are left; a wide character across that place is dropped. */
	tail = cut_point(s, all - (width - head - 1));
	if (gm_columns(tail) > width - head - 1)
		tail += next_char(tail, &(uint32_t){ 0 }, &(size_t){ 0 });
	*cut = '~';
	memmove(cut + 1, tail, strlen(tail) + 1);
}

char *gm_pad(char *s, size_t size, size_t width)
{
	size_t len = strlen(s), used = gm_columns(s);

	for (; used < width && len + 1 < size; used++)
		s[len++] = ' ';
	s[len] = '\0';
	return s;
}

static char *format_text(const char *fmt, va_list ap)
{
	char *text = NULL;
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len >= 0)
		text = malloc((size_t)len + 1);
	if (text)
		vsnprintf(text, (size_t)len + 1, fmt, ap);
	return text;
}

static void sanitize(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	}
}

void gm_frame_add(struct gm_frame *f, enum gm_attr attr, const char *fmt, ...)
{
	char *text;
	va_list ap;

	if (f->err)
		return;
	va_start(ap, fmt);
	text = format_text(fmt, ap);
	va_end(ap);
	if (!text || gm_grow(f->line, f->nr, 1, f->cap)) {
		free(text);
		f->err = -ENOMEM;
		return;
	}
	sanitize(text);
	f->line[f->nr++] = (struct gm_line){ .text = text, .attr = attr };
}

void gm_frame_add_str(struct gm_frame *f, enum gm_attr attr, struct gm_str *b)
{
	f->err = f->err ? f->err : b->err;
	gm_frame_add(f, attr, "%s", b->s ? b->s : "");
	gm_str_release(b);
}

void gm_frame_span(struct gm_frame *f, enum gm_attr attr, unsigned int at, unsigned int len)
{
	struct gm_line *l = f->nr && !f->err ? &f->line[f->nr - 1] : NULL;

	if (l && gm_grow(l->span, l->spans, 1, l->spans_cap))
		f->err = -ENOMEM;
	else if (l)
		l->span[l->spans++] = (struct gm_frame_span){ at, len, attr };
}

void gm_frame_clear(struct gm_frame *f)
{
	for (size_t i = 0; i < f->nr; i++) {
		free(f->line[i].text);
		free(f->line[i].span);
	}
	f->nr = 0;
	f->err = 0;
}

void gm_frame_release(struct gm_frame *f)
{
	gm_frame_clear(f);
	free(f->line);
	memset(f, 0, sizeof(*f));
}
