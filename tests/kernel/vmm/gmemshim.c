// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gmemshim.c - a library to preload into a stock VMM: backs its guest's RAM by guest_memfd (mappable, shared from the
 * start), and logs its calls, as the truth by which the tools are judged.
 *
 * The RAM is a mapping of at least MIN_BLOCK bytes that the VMM gives to KVM_SET_USER_MEMORY_REGION. The shim replaces
 * it by a mapping of gmem with the same contents, and gives KVM the gmem beside the address. Each VM that the VMM
 * creates gets a new gmem with the old one's contents; with GM_SHIM=link it gets its own file of the old inode instead,
 * which an experimental kernel can do. GM_SHIM=link-copy links, and copies each page onto itself, so that the VMM
 * touches the same pages as without a link.
 *
 * GM_SHIM_LOG=FILE receives a JSON object a line: "t" is CLOCK_MONOTONIC and "cpu" the process's CPU time, both in
 * ns, "op" the operation, "ret" 0 or a negative errno. VMs and gmem files are numbered from 1 in the order of their
 * creation. At SIGUSR2 the shim logs the number of resident pages ("asked"); stop the vCPUs first.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "kvm_abi.h"

#define MIN_BLOCK  (32UL << 20)
#define PAGE	   4096UL
#define MAX_BLOCKS 8
#define MAX_VMS	   64
#define MAX_SLOTS  256
#define EXPORT	   __attribute__((visibility("default")))

/* A block of RAM. gmem is -1, and the ids 0, until its first VM. */
struct block {
	char *base;
	size_t size;
	int gmem;
	unsigned int gmem_id, vm_id;
};

/* A memory slot that has gmem. pages is 0 while it has none. */
struct slot {
	unsigned int vm_id, slot, gmem_id;
	uint64_t pages;
};

static struct block blocks[MAX_BLOCKS];
static struct slot slots[MAX_SLOTS];
static int vm_fds[MAX_VMS + 1]; /* descriptors by VM id; -1: closed */
static unsigned int block_count, vm_count, gmem_count;
static int log_fd = -1, linking, copying;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000UL + (uint64_t)ts.tv_nsec;
}

/*
 * Writes a line to the log; fmt has the members behind "op". Ends the VMM on failure, as an incomplete truth is worse
 * than no run.
 */
__attribute__((format(printf, 2, 3))) static void note(const char *op, const char *fmt, ...)
{
	int n, m, saved = errno;
	char line[512];
	va_list ap;

	if (log_fd < 0)
		return;
	n = snprintf(line, sizeof(line), "{\"t\":%llu,\"cpu\":%llu,\"op\":\"%s\"",
		     (unsigned long long)now_ns(CLOCK_MONOTONIC), (unsigned long long)now_ns(CLOCK_PROCESS_CPUTIME_ID),
		     op);
	va_start(ap, fmt);
	m = vsnprintf(line + n, sizeof(line) - (size_t)n - 2, fmt, ap);
	va_end(ap);
	n = snprintf(line + n + m, sizeof(line) - (size_t)(n + m), "}\n") + n + m;
	if (write(log_fd, line, (size_t)n) != n)
		abort();
	errno = saved;
}

static long sys_ioctl(int fd, unsigned long request, void *arg)
{
	return syscall(SYS_ioctl, fd, request, arg);
}

/* Logs a failed operation with errno. Returns -1. */
static int log_failure(const char *what)
{
	note("failed", ",\"what\":\"%s\",\"ret\":%d", what, -errno);
	return -1;
}

static void close_gmem(int fd, unsigned int id)
{
	if (syscall(SYS_close, fd))
		log_failure("close gmem");
	else
		note("close_gmem", ",\"gmem\":%u", id);
}

/*
 * Returns a byte for each page, 1 if the page is resident. Reading a hole of gmem would allocate it; mincore does not.
 * NULL on failure; the caller frees the result.
 */
static unsigned char *residency(const struct block *b)
{
	unsigned char *map = malloc(b->size / PAGE);

	if (!map || mincore(b->base, b->size, map)) {
		log_failure("mincore");
		free(map);
		return NULL;
	}
	return map;
}

static uint64_t count_resident(const unsigned char *map, size_t pages)
{
	uint64_t n = 0;

	for (size_t i = 0; i < pages; i++)
		n += map[i] & 1;
	return n;
}

/* Logs the kernel's own count of a block's gmem pages; asked: a signal requested it. */
static void note_resident(const struct block *b, bool asked)
{
	unsigned char *map = residency(b);

	if (map)
		note("resident", ",\"gmem\":%u,\"pages\":%llu,\"asked\":%s", b->gmem_id,
		     (unsigned long long)count_resident(map, b->size / PAGE), asked ? "true" : "false");
	free(map);
}

/* Returns a byte for each page, 1 if the page is not zero. NULL on failure; the caller frees the result. */
static unsigned char *find_contents(const struct block *b)
{
	static const char zero[PAGE];
	unsigned char *map = residency(b);

	for (size_t i = 0; map && i < b->size / PAGE; i++)
		map[i] = (map[i] & 1) && memcmp(b->base + i * PAGE, zero, PAGE);
	return map;
}

/*
 * Copies a block's contents to its new mapping. Linked memory is at the block's own address, and each page is copied
 * onto itself, by a page aside. The first touch of either memory is a write.
 */
static void copy_contents(char *to, const struct block *b, const unsigned char *map)
{
	char aside[PAGE];
	int64_t n = 0;

	for (size_t i = 0; i < b->size / PAGE; i++) {
		if (!map[i])
			continue;
		__atomic_fetch_add(to + i * PAGE, 0, __ATOMIC_RELAXED);
		memcpy(aside, b->base + i * PAGE, PAGE);
		memcpy(to + i * PAGE, aside, PAGE);
		n++;
	}
	note("copy", ",\"gmem\":%u,\"pages\":%lld", gmem_count, (long long)n);
}

static uint64_t ino_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st)) {
		log_failure("fstat");
		return 0;
	}
	return st.st_ino;
}

/* Opens a gmem for the VM: a new one, or a file of the block's inode. Returns the descriptor, or -1. */
static int open_gmem(int vm_fd, unsigned int vm_id, const struct block *b)
{
	const uint64_t flags = GUEST_MEMFD_FLAG_MMAP | GUEST_MEMFD_FLAG_INIT_SHARED;
	struct gg_create_guest_memfd make = { .size = b->size, .flags = flags };
	struct gg_link_guest_memfd view = { .flags = flags, .fd = (uint32_t)b->gmem };
	int is_link = linking && b->gmem >= 0;
	unsigned long request = is_link ? KVM_EXP_LINK_GUEST_MEMFD : KVM_CREATE_GUEST_MEMFD;
	long fd = sys_ioctl(vm_fd, request, is_link ? (void *)&view : (void *)&make);

	if (fd < 0)
		return log_failure(is_link ? "link gmem" : "create gmem");
	note(is_link ? "link" : "create", ",\"vm\":%u,\"gmem\":%u,\"ino\":%llu,\"pages\":%zu", vm_id, ++gmem_count,
	     (unsigned long long)ino_of((int)fd), b->size / PAGE);
	return (int)fd;
}

/* Moves the mapping to the block's address, with the block's contents. 0; -1: the block is unchanged. */
static int replace_mapping(struct block *b, char *fresh)
{
	bool is_link = linking && b->gmem >= 0, is_copy = !is_link || copying;
	unsigned char *map = is_copy ? find_contents(b) : NULL;

	if (is_copy && !map)
		return -1;
	if (!is_link)
		copy_contents(fresh, b, map);
	if (b->gmem >= 0)
		note_resident(b, false);
	if (mremap(fresh, b->size, b->size, MREMAP_MAYMOVE | MREMAP_FIXED, b->base) == MAP_FAILED) {
		free(map);
		return log_failure("mremap");
	}
	if (is_link && is_copy)
		copy_contents(b->base, b, map);
	free(map);
	return 0;
}

/* Maps the gmem at the block's address. 0; -1: the block is unchanged. */
static int map_gmem(int fd, struct block *b)
{
	char *fresh = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fresh == MAP_FAILED)
		return log_failure("mmap gmem");
	note("mmap", ",\"gmem\":%u,\"pages\":%zu", gmem_count, b->size / PAGE);
	if (!replace_mapping(b, fresh))
		return 0;
	munmap(fresh, b->size);
	return -1;
}

/* Replaces the block's memory by a gmem of this VM. 0; -1: the block is unchanged. */
static int back_block(int vm_fd, unsigned int vm_id, struct block *b)
{
	int fd = open_gmem(vm_fd, vm_id, b);

	if (fd < 0)
		return -1;
	if (map_gmem(fd, b)) {
		close_gmem(fd, gmem_count);
		return -1;
	}
	if (b->gmem >= 0)
		close_gmem(b->gmem, b->gmem_id);
	b->gmem = fd;
	b->gmem_id = gmem_count;
	b->vm_id = vm_id;
	return 0;
}

/* Finds the mapping of an address, by /proc. 0 or -1. */
static int find_mapping(uint64_t address, char **base, size_t *size)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char line[512];
	int found = -1;

	if (!f)
		return log_failure("open /proc/self/maps");
	while (found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2 || address < start || address >= end)
			continue;
		*base = (char *)start;
		*size = end - start;
		found = 0;
	}
	fclose(f);
	return found;
}

/* Finds or adds the block of an address. NULL: the mapping is no RAM, for example firmware. */
static struct block *find_block(uint64_t address)
{
	struct block *b;
	size_t size;
	char *base;

	for (b = blocks; b < blocks + block_count; b++) {
		if (address >= (uintptr_t)b->base && address < (uintptr_t)b->base + b->size)
			return b;
	}
	if (find_mapping(address, &base, &size) || size < MIN_BLOCK || block_count == MAX_BLOCKS)
		return NULL;
	b = &blocks[block_count++];
	*b = (struct block){ .base = base, .size = size, .gmem = -1 };
	note("block", ",\"pages\":%zu", size / PAGE);
	return b;
}

static unsigned int vm_of(int fd)
{
	for (unsigned int id = vm_count; id; id--) {
		if (vm_fds[id] == fd)
			return id;
	}
	return 0;
}

/* Finds the entry of a slot that has gmem; with vm_id 0, a free entry. NULL: there is none. */
static struct slot *find_slot(unsigned int vm_id, unsigned int slot)
{
	for (struct slot *s = slots; s < slots + MAX_SLOTS; s++) {
		if (vm_id ? s->pages && s->vm_id == vm_id && s->slot == slot : !s->pages)
			return s;
	}
	return NULL;
}

/* Gives KVM the slot with the gmem that backs it. Returns the ioctl's result. */
static long bind_slot(int fd, unsigned int vm_id, const struct kvm_userspace_memory_region *old, const struct block *b)
{
	struct gg_memory_region2 fresh = {
		.slot = old->slot,
		.flags = old->flags | KVM_MEM_GUEST_MEMFD,
		.guest_phys_addr = old->guest_phys_addr,
		.memory_size = old->memory_size,
		.userspace_addr = old->userspace_addr,
		.guest_memfd_offset = old->userspace_addr - (uintptr_t)b->base,
		.guest_memfd = (uint32_t)b->gmem,
	};
	long ret = sys_ioctl(fd, KVM_SET_USER_MEMORY_REGION2, &fresh);
	struct slot *s = find_slot(0, 0);

	note("bind", ",\"vm\":%u,\"gmem\":%u,\"slot\":%u,\"gpa\":%llu,\"first_page\":%llu,\"pages\":%llu,\"ret\":%d",
	     vm_id, b->gmem_id, fresh.slot, (unsigned long long)fresh.guest_phys_addr,
	     (unsigned long long)(fresh.guest_memfd_offset / PAGE), (unsigned long long)(fresh.memory_size / PAGE),
	     ret ? -errno : 0);
	if (!ret && !s)
		abort(); /* more slots than the shim can track */
	if (!ret)
		*s = (struct slot){ vm_id, fresh.slot, b->gmem_id, fresh.memory_size / PAGE };
	return ret;
}

static long unbind(int fd, unsigned long request, void *arg, struct slot *s)
{
	long ret = sys_ioctl(fd, request, arg);

	note("unbind", ",\"vm\":%u,\"gmem\":%u,\"slot\":%u,\"pages\":%llu,\"ret\":%d", s->vm_id, s->gmem_id, s->slot,
	     (unsigned long long)s->pages, ret ? -errno : 0);
	if (!ret)
		s->pages = 0;
	return ret;
}

/*
 * Handles KVM_SET_USER_MEMORY_REGION. gmem refuses read-only slots and dirty logging: such a slot is an ordinary one on
 * the gmem's mapping, and so is one that fails.
 */
static long set_region(int fd, unsigned long request, struct kvm_userspace_memory_region *r)
{
	unsigned int vm_id = vm_of(fd);
	struct slot *s = vm_id ? find_slot(vm_id, r->slot) : NULL;
	struct block *b;

	if (!r->memory_size)
		return s ? unbind(fd, request, r, s) : sys_ioctl(fd, request, r);
	if (!vm_id || r->flags & (KVM_MEM_READONLY | KVM_MEM_LOG_DIRTY_PAGES))
		return sys_ioctl(fd, request, r);
	b = find_block(r->userspace_addr);
	if (b && (b->vm_id == vm_id || !back_block(fd, vm_id, b)) && !bind_slot(fd, vm_id, r, b))
		return 0;
	return sys_ioctl(fd, request, r);
}

static long create_vm(int fd, unsigned long request, void *arg)
{
	long vm = sys_ioctl(fd, request, arg);

	if (vm < 0)
		return log_failure("create VM");
	if (vm_count == MAX_VMS)
		abort();
	vm_fds[++vm_count] = (int)vm;
	note("vm_create", ",\"vm\":%u", vm_count);
	return vm;
}

EXPORT int ioctl(int fd, unsigned long request, ...)
{
	long ret;
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	request &= 0xffffffff;
	if (request != KVM_CREATE_VM && request != KVM_SET_USER_MEMORY_REGION && request != KVM_SET_USER_MEMORY_REGION2)
		return (int)sys_ioctl(fd, request, arg);
	pthread_mutex_lock(&lock);
	ret = request == KVM_CREATE_VM ? create_vm(fd, request, arg) : set_region(fd, request, arg);
	pthread_mutex_unlock(&lock);
	return (int)ret;
}

EXPORT int close(int fd)
{
	unsigned int vm_id;
	long ret;

	pthread_mutex_lock(&lock);
	vm_id = fd < 0 ? 0 : vm_of(fd);
	ret = syscall(SYS_close, fd);
	if (vm_id) {
		vm_fds[vm_id] = -1;
		note("close_vm", ",\"vm\":%u,\"ret\":%d", vm_id, ret ? -errno : 0);
	}
	pthread_mutex_unlock(&lock);
	return (int)ret;
}

static void note_all_resident(bool asked)
{
	pthread_mutex_lock(&lock);
	for (struct block *b = blocks; b < blocks + block_count; b++) {
		if (b->gmem >= 0)
			note_resident(b, asked);
	}
	pthread_mutex_unlock(&lock);
}

static void *wait_for_signals(void *set)
{
	int number;

	while (!sigwait(set, &number))
		note_all_resident(true);
	log_failure("sigwait");
	return NULL;
}

/* Blocks the signal in all threads, which inherit this one's mask, so that sigwait gets it. */
static void begin_signals(void)
{
	static sigset_t set;
	pthread_t thread;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	errno = pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (!errno)
		errno = pthread_create(&thread, NULL, wait_for_signals, &set);
	if (errno)
		log_failure("signals");
}

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv("GM_SHIM_LOG"), *how = getenv("GM_SHIM");

	copying = how && !strcmp(how, "link-copy");
	linking = copying || (how && !strcmp(how, "link"));
	if (!file)
		return;
	log_fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (log_fd < 0) {
		perror(file);
		abort();
	}
	note("begin", ",\"pid\":%d,\"realtime_offset_ns\":%lld,\"linking\":%s", (int)getpid(),
	     (long long)(now_ns(CLOCK_REALTIME) - now_ns(CLOCK_MONOTONIC)), linking ? "true" : "false");
	begin_signals();
}

/* Logs the end. The VMM's vCPUs have stopped by then; the process's exit closes the rest. */
__attribute__((destructor)) static void end(void)
{
	note_all_resident(false);
	note("end", ",\"vms\":%u", vm_count);
}
