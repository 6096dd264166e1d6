// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Punches memory out by each call that can, as other system calls than fallocate
 * also reach the file's fallocate.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "scenario.h"
#include "truth.h"
#include "util.h"

#define HOLE (FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)

/* The argument of FS_IOC_UNRESVSP64, which include/linux/falloc.h has and the headers for user space do not. */
struct space_resv {
	int16_t type, whence;
	int64_t start, len;
	int32_t sysid;
	uint32_t pid;
	int32_t pad[4];
};
#define UNRESVSP64 _IOW('X', 43, struct space_resv)

/* A part of the machine's memory, in bytes: its place in the file and in the mapping. */
struct part {
	int fd;
	uint64_t offset, len;
	char *at;
};

/* Punches by fallocate; as all by_*(): 0 or -errno. */
static int by_fallocate(const struct part *p)
{
	return fallocate(p->fd, HOLE, (off_t)p->offset, (off_t)p->len) ? -errno : 0;
}

static int by_ioctl(const struct part *p)
{
	struct space_resv r = { .start = (int64_t)p->offset, .len = (int64_t)p->len };

	return ioctl(p->fd, UNRESVSP64, &r) ? -errno : 0;
}

static int by_madvise(const struct part *p)
{
	return madvise(p->at, p->len, MADV_REMOVE) ? -errno : 0;
}

/* Punches by process_madvise with one vector, as function hooks report a punch for each vector. */
static int by_process_madvise(const struct part *p)
{
	struct iovec vec = { p->at, p->len };
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0), err;

	if (pidfd < 0)
		return -errno;
	err = syscall(SYS_process_madvise, pidfd, &vec, 1, MADV_REMOVE, 0) < 0 ? -errno : 0;
	close(pidfd);
	return err;
}

/* Runs one request in a new ring. */
static int ring_run(const struct io_uring_sqe *request)
{
	struct io_uring_params params = { 0 };
	int fd = (int)syscall(SYS_io_uring_setup, 1, &params), err = 0;
	size_t sq_len = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
	size_t cq_len = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	struct io_uring_sqe *sqe;
	char *sq, *cq;

	if (fd < 0)
		return -errno;
	sq = mmap(NULL, sq_len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, cq_len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED) {
		err = -ENOMEM;
		goto out;
	}
	*sqe = *request;
	*(uint32_t *)(sq + params.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(sq + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	while (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0 && errno == EINTR)
		;
	if (__atomic_load_n((uint32_t *)(cq + params.cq_off.tail), __ATOMIC_ACQUIRE) == 1)
		err = ((struct io_uring_cqe *)(cq + params.cq_off.cqes))->res;
	else
		err = -EIO;
out:
	if (sq != MAP_FAILED)
		munmap(sq, sq_len);
	if (cq != MAP_FAILED)
		munmap(cq, cq_len);
	if (sqe != MAP_FAILED)
		munmap(sqe, sizeof(*sqe));
	close(fd);
	return err;
}

static int by_uring_fallocate(const struct part *p)
{
	return ring_run(&(struct io_uring_sqe){
		.opcode = IORING_OP_FALLOCATE, .fd = p->fd, .off = p->offset, .addr = p->len, .len = HOLE });
}

static int by_uring_madvise(const struct part *p)
{
	return ring_run(&(struct io_uring_sqe){ .opcode = IORING_OP_MADVISE,
						.fd = -1,
						.addr = (uintptr_t)p->at,
						.len = (uint32_t)p->len,
						.fadvise_advice = MADV_REMOVE });
}

struct way {
	const char *name;
	enum gg_call call;
	bool mapped;		/* the call needs a mapping */
	int (*punch)(const struct part *p);
};

/* Returns true if the error means that this kernel does not have the call. */
static bool is_missing(int err)
{
	return err == -ENOTTY || err == -EINVAL || err == -ENOSYS || err == -EPERM || err == -EOPNOTSUPP;
}

static int punch_part(struct gg_run *r, const struct way *way, uint64_t first, uint64_t n)
{
	struct gg_vm *vm = r->vm;
	struct part p = { vm->gmem_fd, first * vm->page_size, n * vm->page_size,
			  vm->map ? (char *)vm->map + first * vm->page_size : NULL };
	uint64_t t0 = gg_now_ns();
	int err = way->mapped && !vm->map ? -EOPNOTSUPP : way->punch(&p);

	if (is_missing(err) && way->call != GG_CALL_fallocate) {
		if (vm->map || !way->mapped)
			gg_truth_count(r->w, GG_C_punch_refused, way->call != GG_CALL_io_uring);
		gg_truth_skip(r->w, way->name, "this kernel has no such way to punch guest_memfd");
		return 0;
	}
	if (err)
		return gg_err(err, NULL, "%s: vm %u", way->name, vm->id);
	gg_truth_punch(r->w, t0, way->call, vm->file, first, n);
	return gg_run_allocate(r, first, n);
}

/* Punches an equal part of the memory by each way, and allocates the pages again. */
static int punch_by(struct gg_run *r, const struct way *ways, unsigned int nr)
{
	uint64_t n = r->w->conf.npages / nr;
	int err = gg_run_vm(r, 0);

	if (!err)
		err = gg_run_fill(r);
	for (unsigned int i = 0; i < nr && !err; i++)
		err = punch_part(r, &ways[i], GG_FIRST + i * n, n);
	r->filled = false;
	return err;
}

int gg_punch_calls(struct gg_run *r)
{
	static const struct way ways[] = {
		{ "punch: fallocate", GG_CALL_fallocate, false, by_fallocate },
		{ "punch: ioctl FS_IOC_UNRESVSP64", GG_CALL_ioctl, false, by_ioctl },
		{ "punch: madvise", GG_CALL_madvise, true, by_madvise },
		{ "punch: process_madvise", GG_CALL_process_madvise, true, by_process_madvise },
	};

	return punch_by(r, ways, sizeof(ways) / sizeof(*ways));
}

int gg_punch_uring(struct gg_run *r)
{
	static const struct way ways[] = {
		{ "punch: io_uring fallocate", GG_CALL_io_uring, false, by_uring_fallocate },
		{ "punch: io_uring madvise", GG_CALL_io_uring, true, by_uring_madvise },
	};

	return punch_by(r, ways, sizeof(ways) / sizeof(*ways));
}
