/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * unit.h - what unit tests share: cmocka with the headers it wants, random numbers that are the same in
 * every run, files in memory. Each test program stands alone and says nothing unless it fails.
 */
#ifndef GM_TESTS_UNIT_H
#define GM_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

/* xorshift64*; the state must not be 0. */
static inline uint64_t unit_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/* A number of any magnitude: log-uniform, so that small ones are as likely as large ones. */
static inline uint64_t unit_random_size(uint64_t *state)
{
	uint64_t r = unit_random(state);

	return unit_random(state) >> (r & 63);
}

/* A file without a name, that can be opened again by path. */
struct unit_file {
	int fd;
	char path[32];
};

static inline void unit_file_init(struct unit_file *f)
{
	f->fd = memfd_create("unit", MFD_CLOEXEC);
	assert_true(f->fd >= 0);
	snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", f->fd);
}

static inline void unit_file_set(struct unit_file *f, const void *data, size_t len)
{
	assert_int_equal(ftruncate(f->fd, 0), 0);
	assert_int_equal(pwrite(f->fd, data, len, 0), len);
}

/* At most size bytes of it; returns how many. */
static inline size_t unit_file_get(const struct unit_file *f, void *data, size_t size)
{
	ssize_t n = pread(f->fd, data, size, 0);

	assert_true(n >= 0);
	return (size_t)n;
}

static inline void unit_file_release(struct unit_file *f)
{
	close(f->fd);
}

#endif
