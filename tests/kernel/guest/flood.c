// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Makes calls at full speed from several threads, beside VMs that start and end. The truth has the number of these
 * calls, and no event of each, as there are too many. The number of calls depends on the host's speed; the number of
 * VMs is --reboots.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kvm_abi.h"
#include "scenario.h"
#include "truth.h"
#include "util.h"

#define THREADS 3

#define OPS 3

/* A kind of flood: the calls that its threads make at full speed. */
struct flood_kind {
	/* makes a call and its reverse, on a page that only this thread uses; 0 or -errno */
	int (*once)(struct gg_vm *vm, uint64_t page);
	const char *what;
	uint32_t type;					/* the VM's type */
	struct { enum gg_op op; unsigned int calls; } done[OPS];	/* calls of each `once`; calls 0: the end */
};

struct flood {
	struct gg_vm *vm;
	const struct flood_kind *kind;
	uint32_t stop, begun;
};

struct thread {
	struct flood *f;
	pthread_t id;
	uint64_t page, rounds;
	int err;
};

static int fallocate_and_punch(struct gg_vm *vm, uint64_t page)
{
	off_t at = (off_t)(page * vm->page_size), len = (off_t)vm->page_size;

	return fallocate(vm->gmem_fd, FALLOC_FL_KEEP_SIZE, at, len) ||
			       fallocate(vm->gmem_fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, at, len)
		       ? -errno
		       : 0;
}

static int convert_and_back(struct gg_vm *vm, uint64_t page)
{
	struct gg_memory_attributes a = { .address = page * vm->page_size, .size = vm->page_size };
	int i;

	for (i = 0; i < 2; i++) {
		a.attributes = i ? 0 : KVM_MEMORY_ATTRIBUTE_PRIVATE;
		if (ioctl(vm->vm_fd, KVM_SET_MEMORY_ATTRIBUTES, &a))
			return -errno;
	}
	return 0;
}

static int create_and_close(struct gg_vm *vm, uint64_t page)
{
	struct gg_create_guest_memfd c = { .size = (page + 1) * vm->page_size };
	int fd = ioctl(vm->vm_fd, KVM_CREATE_GUEST_MEMFD, &c);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void *flood_main(void *arg)
{
	struct thread *t = arg;

	__atomic_add_fetch(&t->f->begun, 1, __ATOMIC_SEQ_CST);
	while (!t->err && !gg_load32(&t->f->stop)) {
		t->err = t->f->kind->once(t->f->vm, t->page);
		t->rounds += !t->err;
	}
	return NULL;
}

static int churn(struct gg_run *r, struct flood *f)
{
	struct gg_vm *vm;
	uint32_t i;
	int err = 0;

	while (gg_load32(&f->begun) < THREADS)
		sched_yield();
	for (i = 0; !err && i < r->w->conf.reboots; i++) {
		err = gg_vm_open(&vm, r->w, r->machine, 0, NULL);
		if (!err)
			gg_vm_close(vm, r->w->conf.order);
	}
	return err;
}

/* Ends the threads. Returns the number of runs of `once` in all threads; *err: the first error. */
static uint64_t join(struct flood *f, struct thread *threads, int n, int *err)
{
	uint64_t rounds = 0;
	int i;

	gg_store32(&f->stop, 1);
	for (i = 0; i < n; i++) {
		pthread_join(threads[i].id, NULL);
		rounds += threads[i].rounds;
		if (threads[i].err && !*err)
			*err = gg_err(threads[i].err, NULL, "%s: vm %u", f->kind->what, f->vm->id);
	}
	return rounds;
}

static int run_threads(struct gg_run *r, struct flood *f, uint64_t *rounds)
{
	struct thread threads[THREADS] = { 0 };
	int n, err = 0;

	for (n = 0; n < THREADS; n++) {
		threads[n].f = f;
		threads[n].page = GG_FIRST + (uint64_t)n;
		err = -pthread_create(&threads[n].id, NULL, flood_main, &threads[n]);
		if (err) {
			gg_err(err, NULL, "start a thread: vm %u", r->vm->id);
			break;
		}
	}
	if (!err)
		err = churn(r, f);
	*rounds = join(f, threads, n, &err);
	return err;
}

static int flood(struct gg_run *r, const struct flood_kind *kind)
{
	struct flood f = { .kind = kind };
	uint64_t rounds = 0;
	int i, err = gg_run_renew(r, kind->type);

	if (err)
		return err;
	f.vm = r->vm;
	err = run_threads(r, &f, &rounds);
	for (i = 0; i < OPS && kind->done[i].calls; i++)
		gg_truth_calls(r->w, kind->done[i].op, r->vm->file, kind->done[i].calls * rounds);
	return err;
}

int gg_flood(struct gg_run *r)
{
	static const struct flood_kind kind = {
		fallocate_and_punch, "fallocate and punch", 0, { { GG_OP_fallocate, 1 }, { GG_OP_punch, 1 } }
	};

	return flood(r, &kind);
}

int gg_flood_convert(struct gg_run *r)
{
	static const struct flood_kind kind = {
		convert_and_back, "convert", KVM_X86_SW_PROTECTED_VM, { { GG_OP_convert, 2 } }
	};

	return flood(r, &kind);
}

int gg_flood_files(struct gg_run *r)
{
	static const struct flood_kind kind = { create_and_close,
						"create guest_memfd",
						0,
						{ { GG_OP_create, 1 }, { GG_OP_release, 1 }, { GG_OP_evict, 1 } } };

	return flood(r, &kind);
}
