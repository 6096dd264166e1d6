// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Guest faults that KVM cannot resolve: the file is closed, there is no
 * memory, the page is poisoned.  The guest runs in the thread of the machine,
 * a page at a time, so that each KVM_RUN that fails is one failed fault.  Its
 * code is in another slot, so that the failed fault is that of the page.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kvm_abi.h"
#include "memcg.h"
#include "scenario.h"
#include "truth.h"
#include "util.h"

/* Number of tries of a fault that always fails. */
#define TRIES 3

/* Opens a new VM whose guest does not need gmem for its code. */
static int open_vm(struct gg_run *r)
{
	int err = gg_run_renew(r, 0);

	return err ? err : gg_vm_code_apart(r->vm);
}

/* Touches one page until that works or has failed @tries times. */
static int try_page(struct gg_vm *vm, uint64_t page, unsigned int tries, unsigned int *failed)
{
	int err, ret = 0;

	for (*failed = 0; *failed < tries; ++*failed) {
		err = gg_vcpu_arm(vm, 0, page);
		if (err)
			return err;
		err = gg_vcpu_go(vm, 0);
		if (!err)
			return 0;
		ret = err;
	}
	return ret;
}

static int wrong(const struct gg_vm *vm, uint64_t page, int err, int wanted)
{
	return gg_err(err ? err : -EPROTO, strerror(-wanted), "fault that must fail: vm %u page %llu", vm->id,
		      (unsigned long long)page);
}

/*
 * The reason for a skip: some hosts emulate an instruction that cannot fault
 * its page in, on the slot's user address or as an access to a device.
 */
static const char emulates[] =
	"this host emulates what the guest cannot fault in";

static bool is_device(const struct gg_vm *vm, int err)
{
	return err == -EPROTO && vm->vcpus[0].run->exit_reason == KVM_EXIT_MMIO;
}

static bool is_emulated(const struct gg_vm *vm, uint64_t page, int err)
{
	const volatile uint32_t *at = (const void *)((const char *)vm->anon + page * vm->page_size);

	return is_device(vm, err) || (!err && *at == vm->stamp);
}

/* ---- closed ---- */

static int touch_nothing(struct gg_run *r)
{
	uint64_t page, n = r->w->conf.npages;

	for (page = GG_FIRST; page < GG_FIRST + n; page++) {
		uint64_t t0 = gg_now_ns();
		unsigned int failed;
		int err = try_page(r->vm, page, 1, &failed);

		if (is_emulated(r->vm, page, err)) {
			gg_truth_skip(r->w, "fail-closed", emulates);
			return 0;
		}
		if (err != -EFAULT)
			return wrong(r->vm, page, err, -EFAULT);
		gg_truth_fail(r->w, t0, r->vm->file, page, failed, err);
	}
	return 0;
}

/*
 * Closes the file.  Half of the pages were resident and mapped before, and the
 * release zaps them; the VM stays, with a slot without memory.
 */
int gg_fail_closed(struct gg_run *r)
{
	int err = open_vm(r);

	if (!err)
		err = gg_vm_touch(r->vm, GG_FIRST, r->w->conf.npages / 2);
	if (!err)
		err = gg_vm_release(r->vm);
	if (!err)
		err = touch_nothing(r);
	if (!err)
		gg_run_close(r);
	return err;
}

/* ---- no memory ---- */

/*
 * Touches pages from @first on until one fails; *there is the number of pages
 * that worked.  The caller updates the truth later, as that may need new memory.
 */
static int touch_until_fail(struct gg_vm *vm, uint64_t first, uint64_t n, uint64_t *there, unsigned int *failed)
{
	int err = 0;

	*failed = 0;
	for (*there = 0; *there < n; ++*there) {
		err = try_page(vm, first + *there, TRIES, failed);
		if (err || *failed)
			break;
	}
	return err;
}

/* Touches pages without memory to allocate; between gg_memcg_set() and gg_memcg_lift() is only KVM_RUN. */
static int starve(struct gg_run *r, struct gg_memcg *g, uint64_t first, uint64_t n)
{
	uint64_t there = 0, t0 = gg_now_ns();
	unsigned int failed = 0;
	int ret, err = gg_memcg_set(g);

	ret = err ? 0 : touch_until_fail(r->vm, first, n, &there, &failed);
	err = err ? err : gg_memcg_lift(g);
	if (err)
		return gg_err(err, NULL, "limit memory: vm %u", r->vm->id);
	if (there)
		gg_truth_touch(r->w, t0, GG_OP_guest_touch, r->vm->file, first, there);
	if (there == n || is_device(r->vm, ret)) {
		gg_truth_skip(r->w, "fail-enomem", there < n ? emulates : "the memory cgroup let all pages in");
		return 0;
	}
	if (ret != -ENOMEM)
		return wrong(r->vm, first + there, ret, -ENOMEM);
	gg_truth_fail(r->w, t0, r->vm->file, first + there, failed, ret);
	return 0;
}

/*
 * Touches the first and the last page before, so that KVM has its page tables
 * and spare ones: only the allocation of the page itself must fail.
 */
int gg_fail_enomem(struct gg_run *r)
{
	uint64_t n = r->w->conf.npages;
	struct gg_memcg g;
	const char *why;
	int err = open_vm(r);

	if (!err)
		err = gg_vm_touch(r->vm, GG_FIRST, 2);
	if (err)
		return err;
	why = gg_memcg_enter(&g);
	if (why) {
		gg_truth_skip(r->w, "fail-enomem", why);
		return GG_STEP_NEXT;
	}
	err = starve(r, &g, GG_FIRST + 2, n - 2);
	gg_memcg_leave(&g);
	if (!err)
		err = gg_vm_touch(r->vm, GG_FIRST, n);
	if (!err)
		gg_run_close(r);
	return err;
}

/* ---- poisoned ---- */

/* Handles SIGBUS, which a process gets that poisons its own page. */
static void ignore_bus(int sig)
{
	(void)sig;
}

/* Poisons a page.  EBUSY means that the page is poisoned and stays in the file, as guest_memfd keeps it. */
static int poison(struct gg_vm *vm, uint64_t page)
{
	char *at = (char *)vm->map + page * vm->page_size;
	struct sigaction sa = { .sa_handler = ignore_bus }, before;
	int err;

	sigaction(SIGBUS, &sa, &before);
	err = madvise(at, vm->page_size, MADV_HWPOISON) ? -errno : 0;
	sigaction(SIGBUS, &before, NULL);
	return err == -EBUSY ? 0 : err;
}

/* Poisons the page in the middle; the other pages still work. */
int gg_fail_hwpoison(struct gg_run *r)
{
	uint64_t t0, n = r->w->conf.npages, page = GG_FIRST + n / 2;
	unsigned int failed;
	int err = open_vm(r);

	if (!err)
		err = gg_vm_touch(r->vm, GG_FIRST, n);
	if (err)
		return err;
	err = poison(r->vm, page);
	if (err == -EINVAL || err == -EPERM) {
		gg_truth_skip(r->w, "fail-hwpoison", err == -EPERM ? "not root" : "this kernel cannot poison pages");
		return GG_STEP_NEXT;
	}
	if (err)
		return gg_err(err, NULL, "poison: vm %u", r->vm->id);
	t0 = gg_now_ns();
	err = try_page(r->vm, page, TRIES, &failed);
	if (err != -EHWPOISON)
		return wrong(r->vm, page, err, -EHWPOISON);
	gg_truth_fail(r->w, t0, r->vm->file, page, failed, err);
	err = gg_vm_touch(r->vm, GG_FIRST, n / 2);
	if (!err)
		gg_run_close(r);
	return err;
}
