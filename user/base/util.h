/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* util.h - small things every layer needs. */
#ifndef GM_BASE_UTIL_H
#define GM_BASE_UTIL_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#define GM_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Whole string to number: decimal only, no sign, no blank, no junk behind. 0, -EINVAL, or -ERANGE when
 * outside [min, max].
 */
int gm_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out);
/*
 * "500us", "2s", "1.5" (unit then: dflt_ns; 0: one must be given): to ns. Units ns us ms s m h.
 * 0, -EINVAL, -ERANGE.
 */
int gm_parse_duration(const char *s, uint64_t dflt_ns, uint64_t *ns);

/* "512M", "10G", "4096": bytes, units K M G T by 1024. 0, -EINVAL, -ERANGE. */
int gm_parse_bytes(const char *s, uint64_t *bytes);

uint64_t gm_now_ns(void);	/* CLOCK_MONOTONIC */
/* This process: user and system CPU time; bytes of memory, false if /proc does not say. */
uint64_t gm_self_cpu_ns(void);
bool gm_self_memory(uint64_t *virtual_bytes, uint64_t *resident_bytes);
uint64_t gm_real_ns(void);	/* CLOCK_REALTIME */

/* Bytes of the UTF-8 character that s begins with (*cp: which); 0: none, an overlong or a cut one. */
size_t gm_utf8(const char *s, size_t len, uint32_t *cp);
/* Appends a printable character to a text of at most size bytes; nothing if it does not fit, or is none. */
void gm_utf8_add(char *s, size_t size, uint32_t cp);
/*
 * Copies text from outside into dst (always terminated, at most size bytes, no character and no escape cut in two): valid UTF-8
 * as it is; each byte of a control character (C0, DEL, C1, bidirectional overrides, line separators) and each byte that is not
 * valid UTF-8 as \xHH. A backslash that would read as such an escape becomes \x5c: different texts stay different. Ends at
 * src_len or at a NUL. Returns dst.
 */
char *gm_clean(char *dst, size_t size, const char *src, size_t src_len);
/* Whether a cleaned text is, or (part) contains in either case of letters, what a user typed: as it is in memory, or as it is painted. */
bool gm_clean_matches(const char *clean, const char *typed, bool part);

/* "0B", "12.3K", "4.0G": at most 5 characters, powers of 1024; buf >= 8. Returns buf. */
char *gm_fmt_bytes(char *buf, size_t size, uint64_t bytes);
/* "850ns" "12.3us" "4.5ms" "1.25s" "3m12s": at most 6 characters; buf >= 8. Returns buf. */
char *gm_fmt_ns(char *buf, size_t size, uint64_t ns);
/* "0", "12", "1.2k", "34M": at most 5 characters, powers of 1000; counts and rates. Negative, NaN: "-". */
char *gm_fmt_count(char *buf, size_t size, double v);

/* Does the error say that this process, or the host, has no more of something: -ENOMEM, -EMFILE, -ENFILE? */
bool gm_is_scarce(int err);
/*
 * Why a library failed that makes up errors of its own: -EMFILE, -ENFILE or -ENOMEM if there is no descriptor or little memory (32 MiB) to
 * be had now; else err.
 */
int gm_true_error(int err);

/* Growing array of pointers; a zeroed struct is an empty one. The elements are the caller's. */
struct gm_vec {
	void **at;
	size_t nr, cap;
};
int gm_vec_push(struct gm_vec *v, void *p);		/* 0 or -ENOMEM */
void gm_vec_remove(struct gm_vec *v, const void *p);	/* keeps the order; no-op when absent */
void gm_vec_release(struct gm_vec *v);

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
void gm_str_clear(struct gm_str *b);			/* empty, err forgotten, memory kept */
void gm_str_release(struct gm_str *b);

#endif
