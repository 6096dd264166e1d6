// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* parse.c - parses numbers, times and sizes as people type them. */
#include "base/parse.h"
#include "base/vec.h"

#include <ctype.h>
#include <stdbool.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *parse_digits(const char *s, uint64_t *v, bool *over)
{
	*v = 0;
	*over = false;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(*v, 10ULL, v) || __builtin_add_overflow(*v, (uint64_t)(*s - '0'), v))
			*over = true;
	return s;
}

int gm_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v;
	bool over;
	const char *end = parse_digits(s, &v, &over);

	if (end == s || *end)
		return -EINVAL;
	if (over || v < min || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

static uint64_t unit_ns(const char *s, uint64_t dflt_ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ns", 1 },	     { "us", 1000 },	   { "ms", 1000000 },
		{ "s", 1000000000 }, { "m", 60000000000 }, { "h", 3600000000000 },
	};
	size_t i;

	if (!*s)
		return dflt_ns;
	for (i = 0; i < GM_ARRAY_SIZE(units); i++)
		if (!strcmp(s, units[i].name))
			return units[i].ns;
	return 0;
}

int gm_parse_duration(const char *s, uint64_t dflt_ns, uint64_t *ns)
{
	unsigned __int128 v;
	uint64_t whole, unit, scale = 1, frac = 0;
	bool over;
	const char *p = parse_digits(s, &whole, &over), *point = p;

	if (p == s)
		return -EINVAL;
	if (*p == '.') {
		/* Digits beyond the ninth are ignored: they matter in no unit but the hour. */
		for (p++; *p >= '0' && *p <= '9'; p++) {
			if (scale >= 1000000000)
				continue;
			frac = frac * 10 + (uint64_t)(*p - '0');
			scale *= 10;
		}
		if (p == point + 1)
			return -EINVAL;
	}
	unit = unit_ns(p, dflt_ns);
	if (!unit)
		return -EINVAL;
	v = (unsigned __int128)whole * unit + (unsigned __int128)frac * unit / scale;
	if (over || v > UINT64_MAX)
		return -ERANGE;
	*ns = (uint64_t)v;
	return 0;
}

int gm_parse_bytes(const char *s, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	char number[24];
	const char *unit = s[0] ? strchr(units, s[strlen(s) - 1]) : NULL;
	size_t len = strlen(s) - (unit ? 1 : 0);
	unsigned int shift = unit ? 10 * (unsigned int)(unit - units + 1) : 0;
	int err;

	if (len >= sizeof(number))
		return -EINVAL;
	snprintf(number, sizeof(number), "%.*s", (int)len, s);
	err = gm_parse_u64(number, 0, UINT64_MAX >> shift, bytes);
	if (!err)
		*bytes <<= shift;
	return err;
}

#define DISTANCE_MAX 31

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int gm_word_distance(const char *word, const char *name)
{
	size_t nr = strnlen(word, DISTANCE_MAX), len = strnlen(name, DISTANCE_MAX);
	unsigned int row[DISTANCE_MAX + 1];

	if (word[0] && name[0] && (strcasestr(name, word) || strcasestr(word, name)))
		return strlen(word) != strlen(name);
	for (size_t k = 0; k <= len; k++)
		row[k] = (unsigned int)k;
	for (size_t i = 1; i <= nr; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i;
		for (size_t k = 1; k <= len; k++) {
			bool same = tolower((unsigned char)word[i - 1]) == tolower((unsigned char)name[k - 1]);
			unsigned int replaced = diagonal + !same;

			diagonal = row[k];
			row[k] = least(replaced, least(row[k], row[k - 1]) + 1);
		}
	}
	return row[len];
}
