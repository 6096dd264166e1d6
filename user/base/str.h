/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * str.h - growing text. A zeroed struct is an empty text; gm_str_release() frees it. Without memory, err is set and the
 * text stops growing: check err once, at the end.
 */
#ifndef GM_BASE_STR_H
#define GM_BASE_STR_H

#include <stddef.h>

struct gm_str {
	char *s;		/* terminated once anything was added, else NULL */
	size_t len, cap;
	int err;		/* 0 or -ENOMEM */
};
/* Append len bytes, a terminated text, or a formatted text. */
void gm_str_add(struct gm_str *b, const char *s, size_t len);
void gm_str_puts(struct gm_str *b, const char *s);
void gm_str_printf(struct gm_str *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void gm_str_clear(struct gm_str *b); /* empties the text, resets err, keeps the memory */
void gm_str_release(struct gm_str *b);

#endif
