// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The ways to reboot a machine.  A reboot is noted from its first teardown act
 * (or the new VM's creation, whichever is first) until the new guest has all
 * of its pages; in between nothing but the reboot happens.
 */
#include "kvm_abi.h"
#include "scenario.h"
#include "truth.h"
#include "util.h"

static int finish(struct gg_run *r, uint64_t t0, int err)
{
	if (!err)
		gg_truth_note(r->w, t0, GG_OP_reboot, r->vm->id,
			      r->w->conf.npages);
	return err;
}

int gg_reboot_recreate(struct gg_run *r)
{
	uint64_t t0 = gg_now_ns();
	int err = gg_run_renew(r, 0);

	return finish(r, t0, err ? err : gg_run_fill(r));
}

/* Open the next VM beside the current one, then close the current one. */
static int replace(struct gg_run *r, bool link)
{
	struct gg_vm *next;
	int err = gg_vm_open(&next, r->w, r->machine, r->vm->type,
			     link ? r->vm : NULL);

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
 * Nothing may have been lost, and no page may come or go.  Attributes are the
 * VM's, not the memory's: the new VM starts with everything shared.
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
		gg_truth_skip(r->w, "reboot-inplace: memslot",
			      "default VMs cannot bind guest_memfd on this kernel");
	if (!err)
		err = gg_vm_punch(r->vm, 0, r->vm->size / r->vm->page_size);
	r->filled = false;
	if (!err && bound)
		err = gg_vm_bind(r->vm);
	return finish(r, t0, err ? err : gg_run_fill(r));
}
