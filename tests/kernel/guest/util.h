// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Small things every file of the workload needs: one way to report an error,
 * one way to parse a number, one clock, and waiting on a word that is shared
 * between processes.
 */
#ifndef GG_UTIL_H
#define GG_UTIL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Print "gmemguest: WHAT: strerror(-err) (HINT)" as one line on stderr and
 * return @err, so that message and code stay one expression.  @hint may be
 * NULL; @err is a negative errno.
 */
int gg_err(int err, const char *hint, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* CLOCK_MONOTONIC, the clock of every time in the truth. */
uint64_t gg_now_ns(void);

/* CPU time that all threads of this process have had. */
uint64_t gg_cpu_ns(void);

/*
 * Parse a decimal number, with a K, M, G or T suffix if @suffix.  Trailing
 * junk, signs, blanks and values outside [min, max] give -EINVAL.
 */
int gg_parse_u64(const char *text, bool suffix, uint64_t min, uint64_t max, uint64_t *out);

/* Wait until *word != @seen, a wake-up, a signal or @msec.  For shared memory. */
void gg_futex_wait(uint32_t *word, uint32_t seen, int msec);

/* Wake all who wait on *word, in every process. */
void gg_futex_wake(uint32_t *word);

/* Bump *word and wake all who wait on it, in every process. */
void gg_futex_bump(uint32_t *word);

uint32_t gg_load32(const uint32_t *word);
void gg_store32(uint32_t *word, uint32_t value);

/* Raise a limit to at least @need, if that is allowed; 0 or -errno. */
int gg_raise_limit(int resource, uint64_t need);

/* By which call a VM's descriptors go, and whether its mapping goes last. */
enum gg_close_by { GG_CLOSE_CLOSE, GG_CLOSE_RANGE, GG_CLOSE_DUP2, GG_CLOSE_MUNMAP, GG_CLOSE_EXEC };

/* Close a descriptor, by an enum gg_close_by. */
void gg_close(uint32_t by, int fd);

/* Create an empty file, as a sign for whoever waits for it. */
int gg_create_sign(const char *path);

#endif /* GG_UTIL_H */
