// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* str.c - growing text. */
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for more bytes and the NUL behind them. */
static bool reserve_bytes(struct gm_str *b, size_t more)
{
	size_t need, cap = b->cap ? b->cap : 64;
	char *s;

	if (b->err)
		return false;
	if (__builtin_add_overflow(b->len + 1, more, &need) || need > SIZE_MAX / 2) {
		b->err = -ENOMEM;
		return false;
	}
	if (need <= b->cap)
		return true;
	while (cap < need)
		cap *= 2;
	s = realloc(b->s, cap);
	if (!s) {
		b->err = -ENOMEM;
		return false;
	}
	b->s = s;
	b->cap = cap;
	return true;
}

void gm_str_add(struct gm_str *b, const char *s, size_t len)
{
	if (!reserve_bytes(b, len))
		return;
	if (len)
		memcpy(b->s + b->len, s, len);
	b->len += len;
	b->s[b->len] = '\0';
}

void gm_str_puts(struct gm_str *b, const char *s)
{
	gm_str_add(b, s, strlen(s));
}

void gm_str_printf(struct gm_str *b, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		b->err = b->err ? b->err : -ENOMEM;
	if (len < 0 || !reserve_bytes(b, (size_t)len))
		return;
	va_start(ap, fmt);
	vsnprintf(b->s + b->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
}

void gm_str_clear(struct gm_str *b)
{
	b->len = 0;
	b->err = 0;
	if (b->s)
		b->s[0] = '\0';
}

void gm_str_release(struct gm_str *b)
{
	free(b->s);
	*b = (struct gm_str){ 0 };
}
