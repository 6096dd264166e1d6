// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Helpers for all files of the workload: to report an error, to parse a number,
 * to read the clock, and to wait on a word that processes share.
 */
#ifndef GG_UTIL_H
#define GG_UTIL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Print "gmemguest: WHAT: strerror(-err) (HINT)" as one line on stderr and
 * return @err, a negative errno.  @hint may be NULL.
 */
int gg_err(int err, const char *hint, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Return the time of CLOCK_MONOTONIC, which all times in the truth use. */
uint64_t gg_now_ns(void);

/* Return the CPU time of all threads of this process. */
uint64_t gg_cpu_ns(void);

/*
 * Parse a decimal number, with a K, M, G or T suffix if @suffix.  Trailing
 * junk, signs, blanks and values outside [min, max] give -EINVAL.
 */
int gg_parse_u64(const char *text, bool suffix, uint64_t min, uint64_t max, uint64_t *out);

/* Wait until *word != @seen, a wake-up, a signal or @msec; *word may be in shared memory. */
void gg_futex_wait(uint32_t *word, uint32_t seen, int msec);

/* Wake all waiters of *word, in every process. */
void gg_futex_wake(uint32_t *word);

/* Increase *word and wake its waiters, in every process. */
void gg_futex_bump(uint32_t *word);

uint32_t gg_load32(const uint32_t *word);
void gg_store32(uint32_t *word, uint32_t value);

/* Raise a limit to at least @need if that is allowed.  0 or -errno. */
int gg_raise_limit(int resource, uint64_t need);

/* The call that closes a VM's descriptors; MUNMAP: close(), with the mapping last. */
enum gg_close_by { GG_CLOSE_CLOSE, GG_CLOSE_RANGE, GG_CLOSE_DUP2, GG_CLOSE_MUNMAP, GG_CLOSE_EXEC };

/* Close a descriptor, by an enum gg_close_by. */
void gg_close(uint32_t by, int fd);

/* Create an empty file, for which a test waits.  0 or -errno. */
int gg_create_sign(const char *path);

#endif /* GG_UTIL_H */
