// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The ways to reboot a machine.  A reboot in the truth lasts from the first
 * teardown act or the new VM's creation, whichever is first, until the new guest
 * has all of its pages; the machine does nothing else in between.
 */
#include <errno.h>
#include <time.h>

#include "kvm_abi.h"
#include "scenario.h"
#include "truth.h"
#include "util.h"

static int finish(struct gg_run *r, uint64_t t0, int err)
{
	if (!err)
		gg_truth_note(r->w, t0, GG_OP_reboot, r->vm->id, r->w->conf.npages);
	return err;
}

/* A VMM that does something else between teardown and rebuild (--rebind-delay). */
static void delay_rebind(struct gg_run *r, uint32_t old_vm)
{
	uint64_t t0 = gg_now_ns(), ns = r->w->conf.rebind_delay_ms * 1000000ULL;
	struct timespec left = { .tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000) };

	if (!ns)
		return;
	while (nanosleep(&left, &left) && errno == EINTR)
		;
	gg_truth_note(r->w, t0, GG_OP_rebind_delay, old_vm, 0);
}

int gg_reboot_recreate(struct gg_run *r)
{
	uint64_t t0 = gg_now_ns();
	uint32_t old_vm = r->vm ? r->vm->id : 0;
	int err;

	gg_run_close(r);
	delay_rebind(r, old_vm);
	err = gg_run_renew(r, 0);

	return finish(r, t0, err ? err : gg_run_fill(r));
}

/* Opens the next VM beside the current one, then closes the current one. */
static int replace(struct gg_run *r, bool link)
{
	struct gg_vm *next;
	int err = gg_vm_open(&next, r->w, r->machine, r->vm->type, link ? r->vm : NULL);

	if (err)
		return err;
	gg_run_close(r);
	r->vm = next;
	return 0;
}

int gg_reboot_overlap(struct gg_run *r)
{
	uint64_t t0 = gg_now_ns();
	int err = replace(r, false);

	return finish(r, t0, err ? err : gg_run_fill(r));
}

/*
 * Gives the new VM the state of a guest under way and then, before it runs, that
 * of a guest that begins, as if a load was given up. This is a reboot.
 */
static int reboot_undone(struct gg_run *r)
{
	uint64_t t0 = gg_now_ns();
	struct gg_vm *next;
	int err = gg_vm_open(&next, r->w, r->machine, r->vm->type, NULL);

	if (err)
		return err;
	next->underway = true;
	err = gg_vcpu_arm(next, 0, GG_FIRST);
	next->underway = false;
	gg_truth_note(r->w, t0, GG_OP_reset, next->id, 0);
	if (!err)
		err = gg_vcpus_reset(next);
	gg_run_close(r);
	r->vm = next;
	return finish(r, t0, err ? err : gg_run_fill(r));
}

/*
 * Reboots by a link: the pages and their contents must stay.  Attributes belong
 * to the VM, not to the memory: the new VM starts with all memory shared.
 */
int gg_reboot_link(struct gg_run *r)
{
	uint64_t t0 = gg_now_ns();
	int err = replace(r, true);

	if (!err && r->vm->type == KVM_X86_SW_PROTECTED_VM)
		err = gg_vm_convert(r->vm, GG_FIRST, r->w->conf.npages, true);
	if (!err)
		err = gg_run_fill_again(r);
	r->filled = !err;
	return finish(r, t0, err);
}

int gg_reboot_inplace(struct gg_run *r)
{
	bool bound = r->vm->bound;
	uint64_t t0 = gg_now_ns();
	int err = bound ? gg_vm_unbind(r->vm) : 0;

	if (!bound)
		gg_truth_skip(r->w, "reboot-inplace: memslot", "default VMs cannot bind guest_memfd on this kernel");
	if (!err)
		err = gg_vm_punch(r->vm, 0, r->vm->size / r->vm->page_size);
	r->filled = false;
	if (!err && bound)
		err = gg_vm_bind(r->vm);
	if (!err && bound)
		err = gg_vcpus_reset(r->vm);
	return finish(r, t0, err ? err : gg_run_fill(r));
}

/* Reboots by a reset; the memory stays as it is. */
static int reboot_reset(struct gg_run *r)
{
	uint64_t t0 = gg_now_ns();
	int err = gg_vcpus_reset(r->vm);

	return finish(r, t0, err ? err : gg_vm_check(r->vm, GG_FIRST, r->w->conf.npages));
}

/*
 * Reboots like QEMU and a PC's firmware: creates the slot anew before the vCPUs
 * are reset, and again while the guest boots.
 */
static int reboot_firmware(struct gg_run *r)
{
	uint64_t t0 = gg_now_ns(), n = r->w->conf.npages;
	int err = gg_run_rebind(r);

	if (!err)
		err = gg_vcpus_reset(r->vm);
	if (!err)
		err = gg_vm_check(r->vm, GG_FIRST, n / 3);
	if (!err)
		err = gg_run_rebind(r);
	if (!err)
		err = gg_vm_check(r->vm, GG_FIRST, n / 2);
	if (!err)
		err = gg_run_rebind(r);
	return finish(r, t0, err ? err : gg_vm_check(r->vm, GG_FIRST, n));
}

static int check_underway(struct gg_run *r)
{
	int err;

	r->vm->underway = true;
	err = gg_vm_check(r->vm, GG_FIRST, r->w->conf.npages);
	r->vm->underway = false;
	return err;
}

int gg_run_went_on(struct gg_run *r, uint64_t t0)
{
	int err = check_underway(r);

	if (err)
		return err;
	r->filled = true;
	gg_truth_note(r->w, t0, GG_OP_reset, r->vm->id, 0);
	gg_truth_note(r->w, t0, GG_OP_handover, r->vm->id, 0);
	return 0;
}

/* Loads a snapshot: resets, then sets other state before the guest runs. */
static int load(struct gg_run *r)
{
	uint64_t t0 = gg_now_ns();
	int err = gg_vcpus_reset(r->vm);

	if (!err)
		err = check_underway(r);
	if (!err)
		gg_truth_note(r->w, t0, GG_OP_reset, r->vm->id, 0);
	return err;
}

/*
 * Does things that are no reboot: unbinds memory and binds it again, writes
 * registers back like a debugger, loads a snapshot, starts another vCPU, and
 * plugs in a vCPU when the guest has run.
 */
static int no_reboot(struct gg_run *r)
{
	uint64_t n = r->w->conf.npages;
	int err = gg_run_rebind(r);

	if (!err)
		err = gg_vm_check(r->vm, GG_FIRST, n);
	if (!err)
		err = check_underway(r);
	if (!err)
		err = load(r);
	if (!err && r->vm->nvcpus > 1)
		err = gg_vcpu_reset_last(r->vm);
	if (!err)
		err = gg_vm_check(r->vm, GG_FIRST, n);
	if (!err)
		err = gg_vcpu_plug(r->vm);
	return err ? err : gg_vm_check(r->vm, GG_FIRST, n);
}

/* Lets the guest go on in a new VM with its memory, as in a local migration. */
static int handover(struct gg_run *r)
{
	uint64_t t0 = gg_now_ns();
	int err = replace(r, true);

	return err ? err : gg_run_went_on(r, t0);
}

/* ---- rows ---- */

/* Reboots --reboots times, or until the teardown begins. */
int gg_reboots_of_this(struct gg_run *r, int (*reboot)(struct gg_run *r))
{
	uint32_t i;
	int err = 0;

	for (i = 0; !err && i < r->w->conf.reboots; i++)
		if (gg_load32(&r->w->phase) < GG_PHASE_TEARDOWN)
			err = reboot(r);
	return err;
}

static int reboots(struct gg_run *r, int (*reboot)(struct gg_run *r))
{
	int err = gg_run_vm(r, 0);

	if (!err)
		err = gg_run_fill(r);
	return err ? err : gg_reboots_of_this(r, reboot);
}

int gg_run_recreate(struct gg_run *r)
{
	return reboots(r, gg_reboot_recreate);
}

int gg_run_overlap(struct gg_run *r)
{
	return reboots(r, gg_reboot_overlap);
}

int gg_run_undone(struct gg_run *r)
{
	return reboots(r, reboot_undone);
}

int gg_run_inplace(struct gg_run *r)
{
	return reboots(r, gg_reboot_inplace);
}

int gg_run_reset(struct gg_run *r)
{
	return reboots(r, reboot_reset);
}

int gg_run_firmware(struct gg_run *r)
{
	return reboots(r, reboot_firmware);
}

int gg_run_no_reboot(struct gg_run *r)
{
	return reboots(r, no_reboot);
}

int gg_run_handover(struct gg_run *r)
{
	return reboots(r, handover);
}

int gg_run_link(struct gg_run *r)
{
	return reboots(r, gg_reboot_link);
}
