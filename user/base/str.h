/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* str.h - growing text. */
#ifndef GM_BASE_STR_H
#define GM_BASE_STR_H

#include <stddef.h>

/* Growing text; a zeroed struct is an empty one. On lack of memory it sets err and stops growing. */
struct gm_str {
	char *s;		/* terminated once anything was added, else NULL */
	size_t len, cap;
	int err;		/* 0 or -ENOMEM */
};
/* Append len bytes, a terminated text, a formatted text. */
void gm_str_add(struct gm_str *b, const char *s, size_t len);
void gm_str_puts(struct gm_str *b, const char *s);
void gm_str_printf(struct gm_str *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void gm_str_clear(struct gm_str *b); /* empty, err forgotten, memory kept */
void gm_str_release(struct gm_str *b);

#endif
