// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Allocates a machine's pages (--fill): by the guest's touches, by fallocate before them, or only by the host's
 * touches.
 */
#include "scenario.h"
#include "truth.h"

int gg_run_fill(struct gg_run *r)
{
	uint64_t n = r->w->conf.npages;
	uint32_t fill = r->w->conf.fill;
	int err = 0;

	if (r->filled)
		return 0;
	if (fill == GG_FILL_HOST)
		err = gg_vm_touch_host(r->vm, GG_FIRST, n);
	else if (fill == GG_FILL_FALLOCATE)
		err = gg_vm_fallocate(r->vm, GG_FIRST, n);
	if (!err && fill != GG_FILL_HOST && (r->vm->bound || fill == GG_FILL_GUEST))
		err = gg_run_allocate(r, GG_FIRST, n);
	r->filled = !err;
	return err;
}

/* Touches the pages in the same way when they must be resident and have the machine's stamps: no page is allocated. */
int gg_run_fill_again(struct gg_run *r)
{
	uint64_t n = r->w->conf.npages;

	if (r->w->conf.fill == GG_FILL_HOST)
		return gg_vm_check_host(r->vm, GG_FIRST, n);
	return gg_vm_check(r->vm, GG_FIRST, n);
}
