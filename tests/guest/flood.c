// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Calls as fast as they go, from several threads, beside VMs that come and go. The truth has a number of these calls, and no event of each: there
 * are too many. How many there are is the machine's own speed; how many VMs come and go is --reboots.
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

struct flood {
	struct gg_vm *vm;
	int (*once)(struct gg_vm *vm, uint64_t page);	/* a call and its reverse, on a page of its thread's own; 0 or -errno */
	const char *what;
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
	       fallocate(vm->gmem_fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, at, len) ? -errno : 0;
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
		t->err = t->f->once(t->f->vm, t->page);
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

/* Ends the threads. Returns how often each of them made both calls, together; *err: the first error of any. */
static uint64_t join(struct flood *f, struct thread *threads, int n, int *err)
{
	uint64_t rounds = 0;
	int i;

	gg_store32(&f->stop, 1);
	for (i = 0; i < n; i++) {
		pthread_join(threads[i].id, NULL);
		rounds += threads[i].rounds;
		if (threads[i].err && !*err)
			*err = gg_err(threads[i].err, NULL, "%s: vm %u", f->what, f->vm->id);
	}
	return rounds;
}

static int flood(struct gg_run *r, struct flood *f, uint64_t *rounds)
{
	struct thread threads[THREADS] = { 0 };
	int n, err = 0;

	f->vm = r->vm;
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

int gg_flood(struct gg_run *r)
{
	struct flood f = { .once = fallocate_and_punch, .what = "fallocate and punch" };
	uint64_t n = 0;
	int err = gg_run_renew(r, 0);

	if (err)
		return err;
	err = flood(r, &f, &n);
	gg_truth_calls(r->w, GG_OP_fallocate, r->vm->file, n);
	gg_truth_calls(r->w, GG_OP_punch, r->vm->file, n);
	return err;
}

int gg_flood_convert(struct gg_run *r)
{
	struct flood f = { .once = convert_and_back, .what = "convert" };
	uint64_t n = 0;
	int err = gg_run_renew(r, KVM_X86_SW_PROTECTED_VM);

	if (err)
		return err;
	err = flood(r, &f, &n);
	gg_truth_calls(r->w, GG_OP_convert, r->vm->file, 2 * n);
	return err;
}

int gg_flood_files(struct gg_run *r)
{
	struct flood f = { .once = create_and_close, .what = "create guest_memfd" };
	uint64_t n = 0;
	int err = gg_run_renew(r, 0);

	if (err)
		return err;
	err = flood(r, &f, &n);
	gg_truth_calls(r->w, GG_OP_create, r->vm->file, n);
	gg_truth_calls(r->w, GG_OP_release, r->vm->file, n);
	gg_truth_calls(r->w, GG_OP_evict, r->vm->file, n);
	return err;
}
