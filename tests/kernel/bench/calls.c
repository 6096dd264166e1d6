// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * calls.c - times a system call that tracepoint mode hooks: calls CALL N. Prints ns a call, the least of 200 parts,
 * since other processes use the CPU, too.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PARTS 200

/* A page for madvise() as memory allocators call it, which the hook must tell from punches. */
static char page[4096] __attribute__((aligned(4096)));

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Runs a process of few page tables; the cost of vfork() and of its exit without a hook is in all columns. */
static void child(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

/* Makes one call, with the call that it needs before (dup, mmap, vfork), which is in all columns. */
static void once(const char *what)
{
	size_t len = 2 << 20;

	if (!strcmp(what, "close"))
		close(dup(1));
	else if (!strcmp(what, "munmap"))
		munmap(mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), len);
	else if (!strcmp(what, "madvise"))
		madvise(page, sizeof(page), MADV_DONTNEED);
	else if (!strcmp(what, "dup2"))
		dup2(1, 100);
	else if (!strcmp(what, "exit"))
		child();
	else
		ioctl(-1, 0);
}

int main(int argc, char **argv)
{
	double part, least = 0;
	long n = argc == 3 ? strtol(argv[2], NULL, 10) : 0;

	if (n <= 0) {
		fprintf(stderr, "calls close|munmap|madvise|dup2|exit|ioctl N\n");
		return 2;
	}
	for (int i = 0; i < PARTS; i++) {
		double t0 = now();

		for (long k = 0; k < n; k++)
			once(argv[1]);
		part = (now() - t0) / (double)n;
		least = i && least < part ? least : part;
	}
	printf("%.0f\n", least);
	return 0;
}
