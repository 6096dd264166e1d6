// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Faults that race with something else: another vCPU at the same page, another
 * CPU, a punch of the memory, SIGKILL.  If the workload cannot know whether a
 * page was resident at some moment, the truth counts the page as slack.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "scenario.h"
#include "truth.h"
#include "util.h"

/* Enough rounds for other threads to get in between; they take a second under emulation. */
#define MIGRATE_ROUNDS 8
#define PUNCH_ROUNDS 64
#define PUNCH_PAGES 16
/* Pages that the guest touches before it asks for the kill, so that SIGKILL stops it at work. */
#define BUSY_PAGES 4

/* ---- two vCPUs, one page ---- */

struct lockstep {
	uint64_t first, n, arrived;
	uint32_t failed;	/* a thread has given up: the others must not wait for it */
};

/* Waits for the other threads; spins, as a thread that sleeps in a futex would be too late to collide. */
static void meet(struct lockstep *l, uint64_t target)
{
	unsigned int spins = 0;

	__atomic_add_fetch(&l->arrived, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&l->arrived, __ATOMIC_SEQ_CST) < target && !gg_load32(&l->failed)) {
		gg_arch_relax();
		if (++spins % 1024 == 0)
			sched_yield();
	}
}

static int touch_in_lockstep(struct gg_vm *vm, uint32_t index, void *arg)
{
	struct lockstep *l = arg;
	uint64_t i;
	int err = 0;

	for (i = 0; !err && i < l->n; i++) {
		err = gg_vcpu_arm(vm, index, l->first + i);
		meet(l, (i + 1) * vm->nvcpus);
		if (!err)
			err = gg_vcpu_go(vm, index);
	}
	if (!err)
		return 0;
	gg_store32(&l->failed, 1);
	return gg_err(err, NULL, "race for a page: vm %u vcpu %u", vm->id, index);
}

/* All vCPUs touch each page at the same time; one is the first. */
int gg_race(struct gg_run *r)
{
	struct lockstep l = { .first = GG_FIRST, .n = r->w->conf.npages };
	uint64_t t0;
	uint32_t i;
	int err = gg_run_renew(r, 0);

	if (!err)
		err = gg_vm_load_code(r->vm);
	if (err)
		return err;
	t0 = gg_now_ns();
	err = gg_vcpus_each(r->vm, touch_in_lockstep, &l);
	for (i = 0; !err && i < r->vm->nvcpus; i++)
		gg_truth_touch(r->w, t0, GG_OP_guest_touch, r->vm->file, l.first, l.n);
	gg_truth_count(r->w, GG_C_guest_raced_pages, l.n * (r->vm->nvcpus - 1));
	r->vm->unmapped = false;
	r->filled = !err;
	return err;
}

/* ---- helpers: a thread beside the vCPUs ---- */

struct helper {
	struct gg_run *r;
	pthread_t thread;
	uint32_t stop, rounds;
	int err;
};

static int start_helper(struct helper *h, void *(*main)(void *))
{
	int err = pthread_create(&h->thread, NULL, main, h);

	return err ? gg_err(-err, NULL, "start helper: vm %u", h->r->vm->id) : 0;
}

/* ---- from CPU to CPU ---- */

static int next_cpu(const cpu_set_t *allowed, int cpu)
{
	do
		cpu = (cpu + 1) % CPU_SETSIZE;
	while (!CPU_ISSET(cpu, allowed));
	return cpu;
}

static void *mover_main(void *arg)
{
	struct helper *h = arg;
	cpu_set_t allowed, one;
	int cpu = 0;
	uint32_t i;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	while (!gg_load32(&h->stop)) {
		cpu = next_cpu(&allowed, cpu);
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		for (i = 0; i < h->r->vm->nvcpus; i++) {
			int32_t tid = __atomic_load_n(&h->r->vm->vcpus[i].tid, __ATOMIC_ACQUIRE);

			if (tid && !sched_setaffinity(tid, sizeof(one), &one))
				h->rounds++;
		}
		sched_yield();
	}
	return NULL;
}

/* Touches all pages for the first time, MIGRATE_ROUNDS times. */
static int touch_rounds(struct gg_run *r)
{
	uint64_t n = r->w->conf.npages;
	int i, err = gg_vm_touch(r->vm, GG_FIRST, n);

	for (i = 1; !err && i < MIGRATE_ROUNDS; i++) {
		err = gg_vm_punch(r->vm, GG_FIRST, n);
		if (!err)
			err = gg_vm_touch(r->vm, GG_FIRST, n);
	}
	return err;
}

int gg_migrate(struct gg_run *r)
{
	struct helper h = { .r = r };
	uint64_t t0 = gg_now_ns();
	cpu_set_t allowed;
	int err;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) || CPU_COUNT(&allowed) < 2) {
		gg_truth_skip(r->w, "migrate", "there is one CPU only");
		return GG_STEP_NEXT;
	}
	err = gg_run_renew(r, 0);
	if (!err)
		err = start_helper(&h, mover_main);
	if (err)
		return err;
	err = touch_rounds(r);
	gg_store32(&h.stop, 1);
	pthread_join(h.thread, NULL);
	gg_truth_note(r->w, t0, GG_OP_migrate, r->vm->id, h.rounds);
	r->filled = !err;
	return err;
}

/* ---- memory that is freed while the guest runs ---- */

/* Punches the memory; every other time unmaps the host's mapping, too, which also invalidates faults. */
static int disturb(struct gg_run *r, uint32_t round)
{
	uint64_t n = r->w->conf.npages;
	uint64_t len = n < PUNCH_PAGES ? n : PUNCH_PAGES;
	uint64_t first = GG_FIRST + round * len % (n - len + 1);
	char *at = (char *)r->vm->map + first * r->vm->page_size;

	if (round % 2 && madvise(at, len * r->vm->page_size, MADV_DONTNEED))
		return gg_err(-errno, NULL, "drop mapping: vm %u", r->vm->id);
	return gg_vm_punch_busy(r->vm, first, len);
}

static void *puncher_main(void *arg)
{
	struct helper *h = arg;
	uint32_t i;

	for (i = 0; !h->err && i < PUNCH_ROUNDS; i++) {
		uint32_t seen = gg_load32(&h->rounds);

		h->err = disturb(h->r, i);
		/* Every eighth time, wait until the guest has touched all pages. */
		while (i % 8 == 7 && gg_load32(&h->rounds) == seen && !gg_load32(&h->stop))
			sched_yield();
	}
	gg_store32(&h->stop, 1);
	return NULL;
}

static int touch_until_stop(struct gg_vm *vm, uint32_t index, void *arg)
{
	struct helper *h = arg;
	uint64_t n = vm->w->conf.npages;
	int err = 0;

	while (!err && !gg_load32(&h->stop)) {
		uint64_t t0 = gg_now_ns();

		err = gg_vcpu_round(vm, index, GG_FIRST, n);
		if (!err)
			gg_truth_touch(vm->w, t0, GG_OP_guest_touch, vm->file, GG_FIRST, n);
		__atomic_add_fetch(&h->rounds, 1, __ATOMIC_SEQ_CST);
	}
	if (err)
		gg_store32(&h->stop, 1);
	return err;
}

/* Punches memory that the guest touches. All pages are resident before and after; in between only the kernel knows. */
int gg_invalidate(struct gg_run *r)
{
	struct helper h = { .r = r };
	int err = gg_run_renew(r, 0);

	if (!err)
		err = gg_vm_touch(r->vm, GG_FIRST, r->w->conf.npages);
	if (!err)
		err = start_helper(&h, puncher_main);
	if (err)
		return err;
	err = gg_vcpus_each(r->vm, touch_until_stop, &h);
	pthread_join(h.thread, NULL);
	err = err ? err : h.err;
	if (!err)
		err = gg_vm_touch(r->vm, GG_FIRST, r->w->conf.npages);
	if (!err)
		err = gg_vm_check(r->vm, GG_FIRST, r->w->conf.npages);
	r->filled = !err;
	return err;
}

/* ---- killed at work ---- */

static void *busy_main(void *arg)
{
	struct helper *h = arg;
	struct gg_machine *m = &h->r->w->machines[h->r->machine];
	uint64_t page, n = h->r->w->conf.npages;

	for (page = 0; !h->err && page < n; page++) {
		h->err = gg_vcpu_touch(h->r->vm, 0, GG_FIRST + page);
		if (!h->err)
			gg_store32(&m->stamped, (uint32_t)page + 1);
	}
	return NULL;
}

/*
 * Asks for the kill while the vCPU thread runs.  The machine's record has the
 * pages that it has touched; the coordinator reads it when the process has ended.
 */
int gg_kill_busy(struct gg_run *r)
{
	struct gg_machine *m = &r->w->machines[r->machine];
	struct helper *h = calloc(1, sizeof(*h)); /* never freed: the thread uses it until the kill */
	int err = h ? gg_run_renew(r, 0) : -ENOMEM;

	if (!err)
		err = gg_vm_load_code(r->vm);
	if (err)
		return err;
	h->r = r;
	m->stamped = 0;
	m->stamp_file = r->vm->file + 1;
	err = start_helper(h, busy_main);
	if (err)
		return err;
	pthread_setname_np(h->thread, "CPU 0/KVM");
	while (gg_load32(&m->stamped) < BUSY_PAGES && !h->err)
		sched_yield();
	return h->err ? h->err : GG_STEP_KILL;
}
