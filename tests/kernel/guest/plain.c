// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs a VM that has no guest_memfd. */
#include "scenario.h"
#include "vmm.h"

int gg_plain(struct gg_run *r)
{
	int err;

	gg_run_close(r);
	err = gg_vm_open_plain(&r->vm, r->w, r->machine);
	return err ? err : gg_vm_touch_anon(r->vm, GG_FIRST, r->w->conf.npages);
}
