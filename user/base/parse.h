/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * parse.h - parses numbers, times and sizes as people type them. Nothing is reported. -EINVAL: malformed; -ERANGE: too
 * large or too small. The output is unchanged on error.
 */
#ifndef GM_BASE_PARSE_H
#define GM_BASE_PARSE_H

#include <stdint.h>

/*
 * Parses a whole string as a decimal number in [min, max]: no sign, no blank, nothing behind it. 0, -EINVAL or -ERANGE.
 */
int gm_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out);
/*
 * Parses a duration into ns: "500us", "2s", "1.5". Units: ns us ms s m h; without a unit, it is dflt_ns (0: a unit is
 * required). 0, -EINVAL or -ERANGE.
 */
int gm_parse_duration(const char *s, uint64_t dflt_ns, uint64_t *ns);

/* Parses a size into bytes: "512M", "10G", "4096". Units: K M G T, powers of 1024. 0, -EINVAL or -ERANGE. */
int gm_parse_bytes(const char *s, uint64_t *bytes);

/*
 * Return how different a typed word is from a name, in either case of letters: the number of characters to insert, drop
 * or replace; 1 if one contains the other. Of names longer than 31 characters the beginning counts.
 */
unsigned int gm_word_distance(const char *word, const char *name);

#endif
