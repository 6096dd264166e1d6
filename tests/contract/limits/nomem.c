// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * nomem.c - a library to preload into a tool, which makes chosen allocations fail like malloc(3) does.
 *
 *   GM_NOMEM_AT=N       the Nth allocation of the process fails (the first is 1)
 *   GM_NOMEM_ON=1       all later allocations fail, too
 *   GM_NOMEM_LOG=FILE   gets the callers of the failed allocation; stays empty if the process makes fewer than N
 *   GM_NOMEM_SITES=FILE gets a line "N CALLERS" for the first allocation of each stack of callers; no allocation fails
 *   GM_NOMEM_DEPTH=D    the number of callers by which stacks differ (8)
 *
 * Only the process that is started counts: its children have neither the variables nor the library.
 */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_MAX 32
#define SITES_MAX 65536		/* a power of two */
#define OWN_FRAMES 3		/* note(), should_fail() and the allocator that calls it */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t nr, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

static unsigned long nr, fail_at;
static bool all_later, started;
static __thread bool inside;	/* the library's own call: backtrace(3) allocates the first time */
static int depth = 8, log_fd = -1, sites_fd = -1;
static uint64_t sites[SITES_MAX];

static int open_from(const char *name)
{
	const char *path = getenv(name);

	return path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
}

static int high(int fd)
{
	int up = fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 900); /* keeps the tool's own descriptors unchanged */

	if (fd >= 0)
		close(fd);
	return up;
}

__attribute__((constructor)) static void start(void)
{
	void *first[4];
	const char *at = getenv("GM_NOMEM_AT"), *d = getenv("GM_NOMEM_DEPTH");

	fail_at = at ? strtoul(at, NULL, 10) : 0;
	depth = d ? atoi(d) : depth;
	all_later = getenv("GM_NOMEM_ON");
	log_fd = high(open_from("GM_NOMEM_LOG"));
	sites_fd = high(open_from("GM_NOMEM_SITES"));
	backtrace(first, 4);
	unsetenv("LD_PRELOAD");
	started = true;
}

static void write_callers(int fd, void *const *pc, int n)
{
	char number[24];
	int len = 0;

	for (unsigned long v = nr; v || !len; v /= 10)
		number[sizeof(number) - 2 - len++] = (char)('0' + v % 10);
	number[sizeof(number) - 1] = '\n';
	if (write(fd, number + sizeof(number) - 1 - len, (size_t)len + 1) < 0)
		return;
	backtrace_symbols_fd(pc + OWN_FRAMES, n - OWN_FRAMES, fd);
}

static bool is_new_site(void *const *pc, int n)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (int i = OWN_FRAMES; i < n; i++)
		h = (h ^ (uint64_t)(uintptr_t)pc[i]) * 0x100000001b3ULL;
	for (uint64_t i = h;; i++) {
		uint64_t *s = &sites[i & (SITES_MAX - 1)];

		if (*s == h)
			return false;
		if (*s)
			continue;
		*s = h;
		return true;
	}
}

static __attribute__((noinline)) void note(bool failed)
{
	void *pc[DEPTH_MAX];
	int n;

	inside = true;
	n = backtrace(pc, depth + OWN_FRAMES < DEPTH_MAX ? depth + OWN_FRAMES : DEPTH_MAX);
	if (failed && log_fd >= 0)
		write_callers(log_fd, pc, n);
	if (sites_fd >= 0 && is_new_site(pc, n))
		write_callers(sites_fd, pc, n);
	inside = false;
}

static __attribute__((noinline)) bool should_fail(void)
{
	bool failed;

	if (!started || inside)
		return false;
	nr++;
	failed = fail_at && (nr == fail_at || (all_later && nr > fail_at));
	if (nr == fail_at || sites_fd >= 0)
		note(failed);
	if (failed)
		errno = ENOMEM;
	return failed;
}

void *malloc(size_t size)
{
	return should_fail() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return should_fail() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return should_fail() ? NULL : __libc_realloc(p, size);
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return should_fail() ? NULL : __libc_realloc(p, bytes);
}

void *memalign(size_t align, size_t size)
{
	return should_fail() ? NULL : __libc_memalign(align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	return should_fail() ? NULL : __libc_memalign(align, size);
}

int posix_memalign(void **p, size_t align, size_t size)
{
	void *got = should_fail() ? NULL : __libc_memalign(align, size);

	if (!got)
		return ENOMEM;
	*p = got;
	return 0;
}
