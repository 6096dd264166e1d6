// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* str.c - growing text. */
#include "base/str.h"

#include <stdbool.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

/* Makes room for more bytes and the NUL behind them. */
static bool reserve_bytes(struct gm_str *b, size_t more)
{
	if (!b->err)
		b->err = gm_grow(b->s, b->len + 1, more, b->cap);
	return !b->err;
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
