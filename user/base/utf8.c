// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* utf8.c - makes untrusted text safe to keep and to print. */
#include "base/utf8.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

size_t gm_utf8(const char *s, size_t len, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *u = (const unsigned char *)s;
	size_t n, i;
	uint32_t c;

	if (!len)
		return 0;
	c = u[0];
	n = c < 0x80 ? 1 : c < 0xc0 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf8 ? 4 : 0;
	if (!n || n > len)
		return 0;
	if (n > 1)
		c &= 0x7fu >> n;
	for (i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*cp = c;
	return n;
}

/* Return true for C0, DEL, C1, and what re-orders or breaks the rest of the line. */
static bool is_unsafe_codepoint(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x202a && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069) || cp == 0x2028 || cp == 0x2029;
}

void gm_utf8_add(char *s, size_t size, uint32_t cp)
{
	size_t len = strlen(s), n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	if (len + n >= size || is_unsafe_codepoint(cp) || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return;
	s[len] = (char)(n == 1 ? cp : (0xf00u >> n) | cp >> 6 * (n - 1));
	for (size_t i = 1; i < n; i++)
		s[len + i] = (char)(0x80 | (cp >> 6 * (n - 1 - i) & 0x3f));
	s[len + n] = '\0';
}

/* Return true if s begins with a text that would read as one of our escapes. */
static bool is_like_escape(const char *s, size_t len)
{
	return len >= 4 && s[0] == '\\' && s[1] == 'x' && isxdigit((unsigned char)s[2]) &&
	       isxdigit((unsigned char)s[3]);
}

char *gm_clean(char *dst, size_t size, const char *src, size_t src_len)
{
	size_t i = 0, o = 0, n;
	uint32_t cp;
	bool as_is;

	if (!size)
		return dst;
	for (; i < src_len && src[i]; i += n) {
		n = gm_utf8(src + i, src_len - i, &cp);
		as_is = n && !is_unsafe_codepoint(cp) && !is_like_escape(src + i, src_len - i);
		n = n ? n : 1;
		if (o + (as_is ? n : 4 * n) >= size)
			break;
		if (as_is)
			memcpy(dst + o, src + i, n);
		for (size_t k = 0; k < n && !as_is; k++)
			snprintf(dst + o + 4 * k, 5, "\\x%02x", (unsigned char)src[i + k]);
		o += as_is ? n : 4 * n;
	}
	dst[o] = '\0';
	return dst;
}

bool gm_clean_is_match(const char *clean, const char *typed, bool part)
{
	char as_clean[256];

	gm_clean(as_clean, sizeof(as_clean), typed, strlen(typed));
	if (part)
		return strcasestr(clean, typed) || strcasestr(clean, as_clean);
	return !strcmp(clean, typed) || !strcmp(clean, as_clean);
}
