// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * wide.c - a process that is hard to scan, for wide.sh. It has one VM and one guest_memfd, prints "ready", and runs
 * until it is killed.
 *
 *   wide pins DUPS FAR MAPS   DUPS more descriptors of the VM; the guest_memfd is open only as descriptor FAR, and
 *                             mapped twice, among MAPS other mappings
 *   wide move MAPS USEC       the guest_memfd is not open and mapped once; every USEC the mapping moves to the other
 *                             end of MAPS other mappings
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE	4096ul
#define PAGES	16ul
#define CREATE_GUEST_MEMFD	0xc040aed4
#define MMAP_AND_SHARED		3

static int vm;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int create(void)
{
	struct {
		unsigned long long size, flags, reserved[6];
	} c = { PAGES * PAGE, MMAP_AND_SHARED };
	int kvm = open("/dev/kvm", O_RDWR), fd;

	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	fd = ioctl(vm, CREATE_GUEST_MEMFD, &c);
	if (kvm < 0 || vm < 0 || fd < 0)
		die("guest_memfd");
	close(kvm);
	return fd;
}

/* Reserves addresses, with maps mappings in the middle that the kernel does not merge. */
static char *reserve(long maps)
{
	unsigned long room = (2 * (unsigned long)maps + 4 * PAGES) * PAGE;
	char *at = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		die("mmap");
	for (long i = 0; i < maps; i++)
		if (mprotect(at + (2 * PAGES + 2 * (unsigned long)i) * PAGE, PAGE, PROT_READ))
			die("mprotect");
	return at;
}

static void map(int fd, char *at)
{
	if (mmap(at, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
		die("mmap of guest_memfd");
}

static void pins(int fd, long dups, int far, long maps)
{
	struct rlimit r = { (rlim_t)far + 1, (rlim_t)far + 1 };
	char *at = reserve(maps);

	map(fd, at);
	map(fd, at + (2 * (unsigned long)maps + 2 * PAGES) * PAGE);
	if (setrlimit(RLIMIT_NOFILE, &r))
		die("setrlimit");
	for (long i = 0; i < dups; i++)
		if (dup(vm) < 0)
			die("dup");
	if (dup2(fd, far) < 0)
		die("dup2");
	close(fd);
}

static void move(char *low, char *high, useconds_t pause_us)
{
	char *to;

	for (char *at = low;; at = to) {
		to = at == low ? high : low;
		if (mremap(at, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
			die("mremap");
		usleep(pause_us);
	}
}

int main(int argc, char **argv)
{
	int fd = create();
	char *at;

	if (argc == 5 && !strcmp(argv[1], "pins")) {
		pins(fd, atol(argv[2]), atoi(argv[3]), atol(argv[4]));
		puts("ready");
		fflush(stdout);
		for (;;)
			pause();
	}
	if (argc != 4)
		return 2;
	at = reserve(atol(argv[2]));
	map(fd, at);
	close(fd);
	close(vm);
	puts("ready");
	fflush(stdout);
	move(at, at + (2 * strtoul(argv[2], NULL, 10) + 2 * PAGES) * PAGE, (useconds_t)atoi(argv[3]));
	return 0;
}
