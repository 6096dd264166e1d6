// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* calls.c - what system calls take that tracepoint mode hooks: calls close|munmap|madvise|ioctl N. Prints ns a call, the median of 15 parts. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PARTS 15

/* Of memory allocators: what the hook has to tell from punches. */
static char page[4096] __attribute__((aligned(4096)));

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	return *(const double *)a < *(const double *)b ? -1 : 1;
}

/* The calls beside them (dup, mmap) are in both. */
static void once(const char *what)
{
	size_t len = 2 << 20;

	if (!strcmp(what, "close"))
		close(dup(1));
	else if (!strcmp(what, "munmap"))
		munmap(mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), len);
	else if (!strcmp(what, "madvise"))
		madvise(page, sizeof(page), MADV_DONTNEED);
	else
		ioctl(-1, 0);
}

int main(int argc, char **argv)
{
	double part[PARTS];
	long n = argc == 3 ? strtol(argv[2], NULL, 10) : 0;

	if (n <= 0) {
		fprintf(stderr, "calls close|munmap|madvise|ioctl N\n");
		return 2;
	}
	for (int i = 0; i < PARTS; i++) {
		double t0 = now();

		for (long k = 0; k < n; k++)
			once(argv[1]);
		part[i] = (now() - t0) / (double)n;
	}
	qsort(part, PARTS, sizeof(part[0]), by_size);
	printf("%.0f\n", part[PARTS / 2]);
	return 0;
}
