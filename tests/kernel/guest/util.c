// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Helpers that do not use KVM.  The futex calls are made directly, without the
 * "private" flag, because processes that share one mapping wait for each other.
 * A futex word survives a SIGKILL of a waiter; a pthread condition may not.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

int gg_err(int err, const char *hint, const char *fmt, ...)
{
	char text[512], line[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "gmemguest: %s: %s%s%s%s\n", text, strerror(-err), hint ? " (" : "",
		 hint ? hint : "", hint ? ")" : "");
	/* A single write() keeps lines of several processes apart. */
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		return err;
	return err;
}

uint64_t gg_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

uint64_t gg_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static int suffix_shift(char c)
{
	switch (c) {
	case 'K':
	case 'k': return 10;
	case 'M':
	case 'm': return 20;
	case 'G':
	case 'g': return 30;
	case 'T':
	case 't': return 40;
	default: return 0;
	}
}

int gg_parse_u64(const char *text, bool suffix, uint64_t min, uint64_t max, uint64_t *out)
{
	unsigned long long value;
	int shift = 0;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno)
		return -EINVAL;
	if (suffix && *end) {
		shift = suffix_shift(*end);
		end += shift ? 1 : 0;
	}
	if (*end || value > (UINT64_MAX >> shift))
		return -EINVAL;
	value <<= shift;
	if (value < min || value > max)
		return -EINVAL;
	*out = value;
	return 0;
}

void gg_futex_wait(uint32_t *word, uint32_t seen, int msec)
{
	struct timespec ts = {
		.tv_sec = msec / 1000,
		.tv_nsec = (long)(msec % 1000) * 1000000L,
	};

	syscall(SYS_futex, word, FUTEX_WAIT, seen, msec < 0 ? NULL : &ts, NULL, 0);
}

void gg_futex_wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

void gg_futex_bump(uint32_t *word)
{
	__atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
	gg_futex_wake(word);
}

uint32_t gg_load32(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

void gg_store32(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

int gg_raise_limit(int resource, uint64_t need)
{
	struct rlimit lim;

	if (getrlimit(resource, &lim))
		return -errno;
	if (lim.rlim_cur >= need)
		return 0;
	lim.rlim_cur = need;
	if (lim.rlim_max < need)
		lim.rlim_max = need;
	return setrlimit(resource, &lim) ? -errno : 0;
}

void gg_close(uint32_t by, int fd)
{
	int other = by == GG_CLOSE_DUP2 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;

	if (by == GG_CLOSE_RANGE) {
		syscall(SYS_close_range, fd, fd, 0);
		return;
	}
	if (other >= 0) {
		dup2(other, fd);
		close(other);
	}
	close(fd);
}

int gg_create_sign(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return gg_err(-errno, NULL, "create sign file: %s", path);
	close(fd);
	return 0;
}
