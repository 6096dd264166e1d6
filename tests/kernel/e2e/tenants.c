// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * tenants.c - runs a tenant's VM for tenants.sh: a quiet one, or one with far more than a VM needs. The process has one
 * VM (vms, last: several), prints "ready", and runs until it is killed.
 *
 *   tenants quiet PAGES [UID]   one guest_memfd of twice PAGES, PAGES of which are resident; bound once if this kernel
 *                               can bind it
 *   tenants slots N             one guest_memfd, bound N times
 *   tenants files N UID [KEPT]  N guest_memfds of a page each, the first one with its page, created by user UID. At
 *                               SIGUSR1 closes all but KEPT, most of which were created last, and prints "closed"
 *   tenants vms N UID           N VMs without memory
 *   tenants last N UID          the same, and a last VM with a guest_memfd of two pages, one of which is resident. At
 *                               SIGUSR1 closes the others, and prints "closed"
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE	4096ull
#define CREATE_GUEST_MEMFD	0xc040aed4
#define SET_MEMORY_REGION2	0x40a0ae49
#define MMAP_AND_SHARED		3
#define SLOT_GMEM		4

struct region {
	unsigned int slot, flags;
	unsigned long long gpa, size, addr, offset;
	unsigned int fd, pad;
	unsigned long long pad2[14];
};

static int kvm, vm;
static int *many;	/* descriptors of the guest_memfds, or VMs */
static int shared = 1;	/* this kernel binds guest_memfd to a VM of the default type (6.18 and later) */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int gmem(unsigned long long pages)
{
	struct {
		unsigned long long size, flags, reserved[6];
	} c = { .size = pages * PAGE, .flags = shared ? MMAP_AND_SHARED : 0 };

	return ioctl(vm, CREATE_GUEST_MEMFD, &c);
}

/*
 * Creates a VM and a guest_memfd of it. Before 6.18 the VM has private memory (type 1), or is one to which nothing can
 * be bound.
 */
static int create(unsigned long long pages)
{
	int fd;

	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		die("KVM_CREATE_VM");
	fd = gmem(pages);
	if (fd >= 0)
		return fd;
	shared = 0;
	close(vm);
	vm = ioctl(kvm, KVM_CREATE_VM, 1);
	if (vm < 0)
		vm = ioctl(kvm, KVM_CREATE_VM, 0);
	fd = gmem(pages);
	if (fd < 0)
		die("guest_memfd");
	return fd;
}

/* Binds n slots of one page each, with a page between two slots so that they are not merged. */
static int bind_pieces(int fd, unsigned long long n)
{
	char *at = mmap(NULL, 2 * n * PAGE, PROT_READ | PROT_WRITE,
			shared ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, shared ? fd : -1, 0);
	int bound = 0;

	if (at == MAP_FAILED)
		die("mmap");
	for (unsigned long long i = 0; i < n; i++) {
		struct region r = { .slot = (unsigned int)i,
				    .flags = SLOT_GMEM,
				    .gpa = 2 * i * PAGE,
				    .size = PAGE,
				    .addr = (unsigned long)at + 2 * i * PAGE,
				    .offset = 2 * i * PAGE,
				    .fd = (unsigned int)fd };

		bound += !ioctl(vm, SET_MEMORY_REGION2, &r);
	}
	return bound;
}

static void become(unsigned long long files, uid_t uid)
{
	struct rlimit room = { files + 64, files + 64 };

	if (setrlimit(RLIMIT_NOFILE, &room) || setuid(uid))
		die("room for descriptors, or the user");
}

static int quiet(unsigned long long pages, uid_t uid)
{
	int fd;

	become(0, uid);
	fd = create(2 * pages);
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)(pages * PAGE)))
		die("fallocate");
	return bind_pieces(fd, 1);
}

static int files(unsigned long long n, uid_t uid)
{
	become(n, uid);
	many = calloc(n, sizeof(*many));
	if (!many)
		die("memory");
	many[0] = create(1);
	if (fallocate(many[0], FALLOC_FL_KEEP_SIZE, 0, (off_t)PAGE))
		die("fallocate");
	for (unsigned long long i = 1; i < n; i++) {
		many[i] = gmem(1);
		if (many[i] < 0)
			die("guest_memfd");
	}
	return (int)n;
}

static int vms(unsigned long long n, uid_t uid)
{
	become(n, uid);
	many = calloc(n, sizeof(*many));
	if (!many)
		die("memory");
	for (unsigned long long i = 0; i < n; i++) {
		many[i] = ioctl(kvm, KVM_CREATE_VM, 0);
		if (many[i] < 0)
			die("KVM_CREATE_VM");
	}
	return (int)n;
}

static int vms_and_last(unsigned long long n, uid_t uid)
{
	int fd;

	vms(n, uid);
	fd = create(2);
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)PAGE))
		die("fallocate");
	return (int)n;
}

static void close_vms(unsigned long long n)
{
	for (unsigned long long i = 0; i < n; i++)
		close(many[i]);
	printf("closed\n");
	fflush(stdout);
}

/* Closes all files but the first one and the last ones, which are untracked. */
static void close_files(unsigned long long n, unsigned long long kept)
{
	for (unsigned long long i = 1; many && i + kept <= n; i++)
		close(many[i]);
	printf("closed\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned long long kept = argc > 4 ? strtoull(argv[4], NULL, 10) : 1;
	unsigned long long n = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	uid_t uid = argc > 3 ? (uid_t)atoi(argv[3]) : 0;
	sigset_t close_now;
	int done, sig;

	sigemptyset(&close_now);
	sigaddset(&close_now, SIGUSR1);
	sigprocmask(SIG_BLOCK, &close_now, NULL);
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0 || !n)
		die("/dev/kvm");
	if (!strcmp(argv[1], "slots"))
		done = bind_pieces(create(2 * n), n);
	else if (!strcmp(argv[1], "files"))
		done = files(n, uid);
	else if (!strcmp(argv[1], "vms"))
		done = vms(n, uid);
	else if (!strcmp(argv[1], "last"))
		done = vms_and_last(n, uid);
	else
		done = quiet(n, uid);
	printf("ready %d\n", done);
	fflush(stdout);
	while (!sigwait(&close_now, &sig))
		if (!strcmp(argv[1], "last"))
			close_vms(n);
		else
			close_files(n, kept);
}
