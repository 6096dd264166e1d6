/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* utf8.h - makes untrusted text safe to keep and to print. */
#ifndef GM_BASE_UTF8_H
#define GM_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Returns the length of the UTF-8 character at s, and sets *cp to it; 0: no character, an overlong or a truncated one.
 */
size_t gm_utf8(const char *s, size_t len, uint32_t *cp);
/* Appends a character to a text in a buffer of size bytes; nothing if it does not fit or is not printable. */
void gm_utf8_add(char *s, size_t size, uint32_t cp);
/*
 * Copies untrusted text into dst (always terminated, at most size bytes, no character and no escape cut in two). Valid
 * UTF-8 is copied as it is. Each byte of a control character (C0, DEL, C1, bidirectional overrides, line separators),
 * and each byte that is not valid UTF-8, becomes \xHH. A backslash that would read as such an escape becomes \x5c, so
 * different texts stay different. Ends at src_len or at a NUL. Returns dst.
 */
char *gm_clean(char *dst, size_t size, const char *src, size_t src_len);
/*
 * Return true if a cleaned text equals what a user typed; with `part`, if it contains it, in either case of letters.
 * The user may type the text as it is in memory or as it is displayed.
 */
bool gm_clean_is_match(const char *clean, const char *typed, bool part);

#endif
