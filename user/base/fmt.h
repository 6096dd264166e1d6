/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* fmt.h - formats sizes, times and counts in few characters, for people. */
#ifndef GM_BASE_FMT_H
#define GM_BASE_FMT_H

#include <stddef.h>
#include <stdint.h>

/* "0B", "12.3K", "4.0G": at most 5 characters, powers of 1024; buf >= 8. Returns buf. */
char *gm_fmt_bytes(char *buf, size_t size, uint64_t bytes);
/* "850ns" "12.3us" "4.5ms" "1.25s" "3m12s": at most 6 characters; buf >= 8. Returns buf. */
char *gm_fmt_ns(char *buf, size_t size, uint64_t ns);
/*
 * "0", "12", "1.2k", "34M": a count or rate in at most 5 characters, powers of 1000; buf >= 8. A negative number or
 * NaN: "-". Returns buf.
 */
char *gm_fmt_count(char *buf, size_t size, double v);

/* Return the ending of a noun that is counted: "" for one, else "s". */
const char *gm_plural(uint64_t nr);

#endif
