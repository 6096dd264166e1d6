/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* utf8.h - text from outside, made safe to keep and to print. */
#ifndef GM_BASE_UTF8_H
#define GM_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the UTF-8 character that s begins with (*cp: which); 0: none, an overlong or a cut one. */
size_t gm_utf8(const char *s, size_t len, uint32_t *cp);
/* Appends a printable character to a text of at most size bytes; nothing if it does not fit, or is none. */
void gm_utf8_add(char *s, size_t size, uint32_t cp);
/*
 * Copies text from outside into dst (always terminated, at most size bytes, no character and no escape cut in two):
 * valid UTF-8 as it is; each byte of a control character (C0, DEL, C1, bidirectional overrides, line separators) and
 * each byte that is not valid UTF-8 as \xHH. A backslash that would read as such an escape becomes \x5c: different
 * texts stay different. Ends at src_len or at a NUL. Returns dst.
 */
char *gm_clean(char *dst, size_t size, const char *src, size_t src_len);
/*
 * Return true if a cleaned text is, or (part) contains in either case of letters, what a user typed: as it is in
 * memory, or as it is painted.
 */
bool gm_clean_matches(const char *clean, const char *typed, bool part);

#endif
