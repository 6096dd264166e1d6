// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Leaves private and shared memory of a VM in known states. */
#include "scenario.h"
#include "kvm_abi.h"

/*
 * Leaves private and shared memory of every kind behind, in eighths of the pages:
 * private, its shared memory given back (1), held twice (2 and 3), in the file
 * though shared (4), private (5), every other page shared (6), private and
 * punched (7), private (8).
 */
int gg_halves(struct gg_run *r)
{
	uint64_t eighth = r->w->conf.npages / 8, i;
	int err = gg_run_renew(r, KVM_X86_SW_PROTECTED_VM);

	if (!err)
		err = gg_vm_touch_anon(r->vm, GG_FIRST, 4 * eighth);
	if (!err)
		err = gg_vm_convert(r->vm, GG_FIRST, 8 * eighth, true);
	if (!err)
		err = gg_vm_touch(r->vm, GG_FIRST, 8 * eighth);
	if (!err)
		err = gg_vm_discard_anon(r->vm, GG_FIRST, eighth);
	if (!err)
		err = gg_vm_convert(r->vm, GG_FIRST + 3 * eighth, eighth, false);
	for (i = 0; i < eighth && !err; i += 2)
		err = gg_vm_convert(r->vm, GG_FIRST + 5 * eighth + i, 1, false);
	return err ? err : gg_vm_punch(r->vm, GG_FIRST + 6 * eighth, eighth);
}
