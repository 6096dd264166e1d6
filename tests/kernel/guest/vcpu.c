// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vCPUs: each has a thread while a job runs, with a name like QEMU's.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm_abi.h"
#include "truth.h"
#include "util.h"
#include "vmm.h"

/* A small stack, since a process may have a thousand VMs. */
#define VCPU_STACK (128 * 1024)

struct vcpu_thread {
	pthread_t thread;
	struct gg_vm *vm;
	uint32_t index;
	int (*body)(struct gg_vm *vm, uint32_t index, void *arg);
	void *arg;
	int err;
};

static int run_error(const struct gg_vm *vm, uint32_t index, int err)
{
	const struct kvm_run *run = vm->vcpus[index].run;

	if (err && run->exit_reason != KVM_EXIT_MEMORY_FAULT)
		return gg_err(-err, NULL, "run guest: vm %u vcpu %u", vm->id, index);
	if (run->exit_reason == KVM_EXIT_MEMORY_FAULT)
		return gg_err(-EFAULT, "KVM exit: memory fault", "run guest: vm %u vcpu %u", vm->id, index);
	if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
		return gg_err(-EIO, "KVM internal error; this host needs a live mapping of the slot",
			      "run guest: vm %u vcpu %u", vm->id, index);
	return gg_err(-EPROTO, "unexpected KVM exit", "run guest: vm %u vcpu %u: exit reason %u", vm->id, index,
		      run->exit_reason);
}

static int run_until_done(struct gg_vm *vm, uint32_t index)
{
	struct gg_vcpu *c = &vm->vcpus[index];

	for (;;) {
		int r = ioctl(c->fd, KVM_RUN, 0);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return run_error(vm, index, errno);
		if (!gg_arch_is_done(c->run))
			return run_error(vm, index, 0);
		return 0;
	}
}

/*
 * Completes an exit for I/O by entering once without running the guest.  An exit
 * is only complete at the next entry, and 6.12 then overwrites registers that
 * were set in between.
 */
static void complete_exit(struct gg_vcpu *c)
{
	c->run->immediate_exit = 1;
	(void)ioctl(c->fd, KVM_RUN, 0);
	c->run->immediate_exit = 0;
}

static uint64_t code_of(const struct gg_vm *vm)
{
	return vm->code ? vm->size : 0;
}

static int start_job(struct gg_vm *vm, uint32_t index, struct gg_job *job)
{
	int err;

	job->code = code_of(vm);
	job->stamp = vm->stamp;
	job->underway = vm->underway;
	err = gg_arch_job_start(vm->vcpus[index].fd, job);
	return err ? gg_err(err, NULL, "set registers: vm %u vcpu %u", vm->id, index) : 0;
}

int gg_vcpus_reset(struct gg_vm *vm)
{
	uint64_t t0 = gg_now_ns();
	uint32_t i;
	int err;

	for (i = 0; i < vm->nvcpus; i++) {
		err = gg_arch_vcpu_reset(vm->vcpus[i].fd, code_of(vm));
		if (err)
			return gg_err(err, NULL, "reset: vm %u vcpu %u", vm->id, i);
	}
	gg_truth_note(vm->w, t0, GG_OP_reset, vm->id, 0);
	return 0;
}

int gg_vcpu_reset_last(struct gg_vm *vm)
{
	uint32_t i = vm->nvcpus - 1;
	int err = gg_arch_vcpu_reset(vm->vcpus[i].fd, code_of(vm));

	return err ? gg_err(err, NULL, "reset: vm %u vcpu %u", vm->id, i) : 0;
}

static int end_job(struct gg_vm *vm, uint32_t index, struct gg_job *job)
{
	struct gg_vcpu *c = &vm->vcpus[index];
	int err = gg_arch_job_end(c->fd, job);

	complete_exit(c);
	return err ? gg_err(err, "the guest stopped elsewhere", "run guest: vm %u vcpu %u", vm->id, index) : 0;
}

static int run_job(struct gg_vm *vm, uint32_t index, struct gg_job *job)
{
	int err = start_job(vm, index, job);

	if (!err)
		err = run_until_done(vm, index);
	if (!err)
		err = end_job(vm, index, job);
	if (!err && job->kind == GG_JOB_CHECK && job->matched != job->n)
		return gg_err(-EILSEQ, "guest memory lost its contents", "check pages: vm %u vcpu %u: %llu of %llu",
			      vm->id, index, (unsigned long long)job->matched, (unsigned long long)job->n);
	return err;
}

/* ---- jobs of one page, in the thread of the caller ---- */

static struct gg_job one_page(uint64_t page)
{
	return (struct gg_job){
		.kind = GG_JOB_WRITE,
		.first = page,
		.n = 1,
	};
}

int gg_vcpu_arm(struct gg_vm *vm, uint32_t index, uint64_t page)
{
	struct gg_job job = one_page(page);

	return start_job(vm, index, &job);
}

int gg_vcpu_go(struct gg_vm *vm, uint32_t index)
{
	struct gg_vcpu *c = &vm->vcpus[index];
	int r;

	do
		r = ioctl(c->fd, KVM_RUN, 0) ? -errno : 0;
	while (r == -EINTR);
	if (r)
		return r;
	if (!gg_arch_is_done(c->run))
		return -EPROTO;
	complete_exit(c);
	return 0;
}

int gg_vcpu_touch(struct gg_vm *vm, uint32_t index, uint64_t page)
{
	int err = gg_vcpu_arm(vm, index, page);

	if (err)
		return err;
	err = gg_vcpu_go(vm, index);
	return err ? run_error(vm, index, err == -EPROTO ? 0 : -err) : 0;
}

int gg_vcpu_round(struct gg_vm *vm, uint32_t index, uint64_t first, uint64_t n)
{
	struct gg_job job = { .kind = GG_JOB_WRITE, .first = first, .n = n };

	return run_job(vm, index, &job);
}

/* ---- threads ---- */

/* Gives a vCPU its part of the job's pages; the parts are contiguous, and the first ones get the remainder. */
static void take_part(struct gg_job *job, uint32_t index, uint32_t of)
{
	uint64_t each = job->n / of, rest = job->n % of;

	job->first += index * each + (index < rest ? index : rest);
	job->n = each + (index < rest ? 1 : 0);
}

static int run_share(struct gg_vm *vm, uint32_t index, void *arg)
{
	struct gg_job job = *(struct gg_job *)arg;

	take_part(&job, index, vm->nvcpus);
	return job.n ? run_job(vm, index, &job) : 0;
}

static void *vcpu_main(void *arg)
{
	struct vcpu_thread *t = arg;
	int32_t *tid = &t->vm->vcpus[t->index].tid;

	__atomic_store_n(tid, gettid(), __ATOMIC_RELEASE);
	t->err = t->body(t->vm, t->index, t->arg);
	__atomic_store_n(tid, 0, __ATOMIC_RELEASE);
	return NULL;
}

static int start(struct vcpu_thread *t)
{
	char name[24];
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, VCPU_STACK);
	err = pthread_create(&t->thread, &attr, vcpu_main, t);
	pthread_attr_destroy(&attr);
	if (err)
		return gg_err(-err, NULL, "start vcpu thread: vm %u vcpu %u", t->vm->id, t->index);
	snprintf(name, sizeof(name), "CPU %u/KVM", t->index);
	pthread_setname_np(t->thread, name);
	return 0;
}

int gg_vcpus_each(struct gg_vm *vm, int (*body)(struct gg_vm *vm, uint32_t index, void *arg), void *arg)
{
	struct vcpu_thread *t = calloc(vm->nvcpus, sizeof(*t));
	uint32_t i, started;
	int err = 0;

	if (!t)
		return gg_err(-ENOMEM, NULL, "run guest: vm %u", vm->id);
	for (started = 0; started < vm->nvcpus; started++) {
		t[started] = (struct vcpu_thread){
			.vm = vm,
			.index = started,
			.body = body,
			.arg = arg,
		};
		err = start(&t[started]);
		if (err)
			break;
	}
	for (i = 0; i < started; i++) {
		pthread_join(t[i].thread, NULL);
		err = err ? err : t[i].err;
	}
	free(t);
	return err;
}

int gg_vcpus_run(struct gg_vm *vm, enum gg_job_kind kind, uint64_t first, uint64_t n)
{
	struct gg_job job = { .kind = kind, .first = first, .n = n };

	return gg_vcpus_each(vm, run_share, &job);
}

static int open_one(struct gg_vm *vm, struct gg_vcpu *c, uint32_t index)
{
	void *run;
	int err;

	c->fd = ioctl(vm->vm_fd, KVM_CREATE_VCPU, (unsigned long)index);
	if (c->fd < 0)
		return gg_err(-errno, NULL, "create vcpu: vm %u vcpu %u", vm->id, index);
	run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
	if (run == MAP_FAILED) {
		err = -errno;
		close(c->fd);
		return gg_err(err, NULL, "map vcpu: vm %u vcpu %u", vm->id, index);
	}
	c->run = run;
	vm->nvcpus++;
	gg_truth_vcpu(vm->w, vm->id, c->fd);
	err = gg_arch_vcpu_init(c->fd);
	return err ? gg_err(err, NULL, "set up vcpu: vm %u vcpu %u", vm->id, index) : 0;
}

int gg_vcpus_open(struct gg_vm *vm, uint32_t n)
{
	uint32_t i;
	int err;

	vm->vcpus = calloc(n, sizeof(*vm->vcpus));
	if (!vm->vcpus)
		return gg_err(-ENOMEM, NULL, "create vcpus: vm %u", vm->id);
	for (i = 0; i < n; i++) {
		err = open_one(vm, &vm->vcpus[i], i);
		if (err)
			return err;
	}
	return 0;
}

int gg_vcpu_plug(struct gg_vm *vm)
{
	struct gg_vcpu *more = realloc(vm->vcpus, (vm->nvcpus + 1) * sizeof(*more));

	if (!more)
		return gg_err(-ENOMEM, NULL, "create vcpu: vm %u", vm->id);
	vm->vcpus = more;
	more[vm->nvcpus] = (struct gg_vcpu){ .fd = -1 };
	return open_one(vm, &more[vm->nvcpus], vm->nvcpus);
}

static void unmap_one(struct gg_vm *vm, struct gg_vcpu *c)
{
	if (c->run)
		munmap(c->run, vm->run_size);
	c->run = NULL;
}

static void close_one(const struct gg_vm *vm, struct gg_vcpu *c)
{
	if (c->fd >= 0)
		gg_close(vm->w->conf.close_by, c->fd);
	c->fd = -1;
}

void gg_vcpus_drop(struct gg_vm *vm, enum gg_pin_what what)
{
	uint32_t i;

	for (i = 0; i < vm->nvcpus; i++)
		if (what == GG_PIN_vcpu_fd)
			close_one(vm, &vm->vcpus[i]);
		else
			unmap_one(vm, &vm->vcpus[i]);
	gg_truth_vcpus_part(vm->w, vm->id, what);
}

/* Closes all vCPUs: descriptors and mappings, as each of them pins a vCPU. */
void gg_vcpus_close(struct gg_vm *vm)
{
	uint64_t t0 = gg_now_ns();
	uint32_t i;

	for (i = 0; i < vm->nvcpus; i++) {
		unmap_one(vm, &vm->vcpus[i]);
		close_one(vm, &vm->vcpus[i]);
	}
	if (vm->nvcpus)
		gg_truth_put_vcpus(vm->w, t0, vm->id);
	vm->nvcpus = 0;
	free(vm->vcpus);
	vm->vcpus = NULL;
}
