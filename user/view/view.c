// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * view.c - frames: growing lists of lines, and the one place where text from outside becomes text that
 * may go to a terminal. A line is cleaned again when it is added, so that no view can forget it.
 */
#include "view/view.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Continuation bytes (10xxxxxx) take no column of their own. */
static bool starts_column(unsigned char c)
{
	return (c & 0xc0) != 0x80;
}

size_t gm_columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += starts_column((unsigned char)*s);
	return n;
}

char *gm_plain(char *dst, size_t size, const char *src)
{
	size_t n = 0;

	for (; *src && n + 1 < size; src++) {
		unsigned char c = (unsigned char)*src;

		if (starts_column(c))
			dst[n++] = c < 0x20 || c > 0x7e ? '?' : (char)c;
	}
	if (size)
		dst[n] = '\0';
	return dst;
}

void gm_shorten(char *s, size_t width)
{
	size_t len = strlen(s), head = width / 2, tail;

	if (len <= width || !width)
		return gm_cut(s, width);
	tail = width - head - 1;
	s[head] = '~';
	memmove(s + head + 1, s + len - tail, tail + 1);
}

void gm_cut(char *s, size_t width)
{
	size_t n = 0;

	for (; *s; s++) {
		if (starts_column((unsigned char)*s) && n++ == width) {
			*s = '\0';
			return;
		}
	}
}

static char *format(const char *fmt, va_list ap)
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

static void defuse(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	}
}

static int grow(struct gm_frame *f)
{
	size_t cap = f->cap ? 2 * f->cap : 64;
	struct gm_line *line;

	if (f->nr < f->cap)
		return 0;
	line = realloc(f->line, cap * sizeof(*line));
	if (!line)
		return -ENOMEM;
	f->line = line;
	f->cap = cap;
	return 0;
}

void gm_frame_add(struct gm_frame *f, enum gm_attr attr, const char *fmt, ...)
{
	char *text;
	va_list ap;

	if (f->err)
		return;
	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	if (!text || grow(f)) {
		free(text);
		f->err = -ENOMEM;
		return;
	}
	defuse(text);
	f->line[f->nr++] = (struct gm_line){ .text = text, .attr = attr };
}

void gm_frame_clear(struct gm_frame *f)
{
	for (size_t i = 0; i < f->nr; i++)
		free(f->line[i].text);
	f->nr = 0;
	f->err = 0;
}

void gm_frame_release(struct gm_frame *f)
{
	gm_frame_clear(f);
	free(f->line);
	memset(f, 0, sizeof(*f));
}
