// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model_rebind.c - the rebind phase: how long memory was in no slot.
 *
 * An interval of an inode begins when an unbind, a release or a VM's destruction leaves a range of it in no slot of any
 * VM, and ends with the next bind that touches the range. Several slots that are removed one after the other make one
 * interval, counted from the last; so one teardown and one set-up give one value.
 * An interval of a machine begins when the last binding of all its VMs is removed, and ends with the first bind of
 * another of its VMs, unless that bind ends an inode's interval. A later release or destruction of the same teardown
 * moves the begin. Times are those of the ends of unbind and bind. An unbind or bind that only a scan found ends an
 * interval without a value, and begins none.
 */
#include "model/model_int.h"

static uint64_t range_end(uint64_t pgoff, uint64_t npages)
{
	return npages && npages < UINT64_MAX - pgoff ? pgoff + npages : UINT64_MAX;
}

static bool has_binding_of(const struct gm_vm *vm, const struct gm_file *f, uint64_t pgoff, uint64_t end)
{
	for (size_t i = 0; i < vm->bindings.nr; i++) {
		const struct gm_binding *b = vm->bindings.at[i];

		if (b->file == f && b->pgoff < end && pgoff < range_end(b->pgoff, b->npages))
			return true;
	}
	return false;
}

static bool is_inode_bound(const struct gm_inode *in, uint64_t pgoff, uint64_t end)
{
	for (size_t i = 0; i < in->files.nr; i++) {
		const struct gm_file *f = in->files.at[i];

		if (f->vm && has_binding_of(f->vm, f, pgoff, end))
			return true;
	}
	return false;
}

static bool is_machine_bound(const struct gm_machine *mc)
{
	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		if (vm->bindings.nr)
			return true;
	}
	return false;
}

static void inode_gap_begin(struct gm_inode *in, uint64_t pgoff, uint64_t end, uint64_t ts)
{
	if (!in->gap_ns || pgoff < in->gap_pgoff)
		in->gap_pgoff = pgoff;
	if (!in->gap_ns || end > in->gap_end)
		in->gap_end = end;
	in->gap_ns = ts;
}

void gm_rebind_begin(struct gm_vm *vm, struct gm_inode *in, uint64_t pgoff, uint64_t npages, uint64_t ts)
{
	uint64_t end = range_end(pgoff, npages);

	if (in && !is_inode_bound(in, pgoff, end))
		inode_gap_begin(in, pgoff, end, ts);
	if (is_machine_bound(vm->machine))
		return;
	vm->machine->gap_ns = ts;
	vm->machine->gap_vm = vm->id;
}

void gm_rebind_later(struct gm_vm *vm, struct gm_inode *in, uint64_t ts)
{
	if (in && in->gap_ns && ts > in->gap_ns)
		in->gap_ns = ts;
	if (vm->machine->gap_ns && vm->machine->gap_vm == vm->id && ts > vm->machine->gap_ns)
		vm->machine->gap_ns = ts;
}

/* End the interval of an inode. Return true if this range ends one; *since is its begin. */
static bool inode_gap_end(struct gm_inode *in, uint64_t pgoff, uint64_t end, uint64_t *since)
{
	if (!in || !in->gap_ns || pgoff >= in->gap_end || in->gap_pgoff >= end)
		return false;
	*since = in->gap_ns;
	in->gap_ns = 0;
	return true;
}

int gm_rebind_end(struct gm_model *m, struct gm_vm *vm, struct gm_inode *in, const struct gm_ev_range *r, bool timed)
{
	struct gm_machine *mc = vm->machine;
	uint64_t ts = r->ev.h.ts_ns, since = 0;
	bool ended = inode_gap_end(in, r->pgoff, range_end(r->pgoff, r->npages), &since);

	if (!ended && mc->gap_ns && mc->gap_vm != vm->id) {
		since = mc->gap_ns;
		ended = true;
	}
	mc->gap_ns = 0;
	if (!vm->was_bound && !ended && timed)
		vm->first_bind_ns = ts;
	vm->was_bound = true;
	return ended && timed && since <= ts ? gm_phase_add(m, vm, GM_PHASE_REBIND, ts - since) : 0;
}

static struct gm_vm *first_bound_after(const struct gm_machine *mc, uint64_t ts)
{
	struct gm_vm *first = NULL;

	for (size_t i = 0; i < mc->vms.nr; i++) {
		struct gm_vm *vm = mc->vms.at[i];

		if (vm->first_bind_ns > ts && (!first || vm->first_bind_ns < first->first_bind_ns))
			first = vm;
	}
	return first;
}

static int end_by_other(struct gm_model *m, struct gm_machine *mc, const struct gm_machine *other)
{
	struct gm_vm *vm = mc->gap_ns ? first_bound_after(other, mc->gap_ns) : NULL;
	int err;

	if (!vm)
		return 0;
	err = gm_phase_add(m, vm, GM_PHASE_REBIND, vm->first_bind_ns - mc->gap_ns);
	vm->first_bind_ns = 0;
	mc->gap_ns = 0;
	return err;
}

int gm_rebind_join(struct gm_model *m, struct gm_machine *dst, struct gm_machine *src)
{
	int err = end_by_other(m, dst, src);

	if (!err)
		err = end_by_other(m, src, dst);
	if (is_machine_bound(dst) || is_machine_bound(src)) {
		dst->gap_ns = 0;
	} else if (src->gap_ns > dst->gap_ns) {
		dst->gap_ns = src->gap_ns;
		dst->gap_vm = src->gap_vm;
	}
	src->gap_ns = 0;
	return err;
}
