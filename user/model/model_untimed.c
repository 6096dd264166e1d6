// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model_untimed.c - counts in histograms the operations that were not timed.
 *
 * The kernel skips a BPF program while the same program runs on that CPU in a task that was preempted
 * (bpf_prog_get_recursion_context(); for tracepoints from 7.0 on, for function hooks always). Whole faults whose begin
 * was skipped are counted in the records (struct gm_rec_split). Pages whose insertion was skipped are not, but the
 * kernel's own state has the exact number of allocated pages.
 */
#include <errno.h>
#include <stdio.h>

#include "model/model_int.h"
#include "model/observe.h"

int gm_untimed_add(struct gm_model *m, struct gm_vm *vm, unsigned int phase, uint64_t n)
{
	int err;

	if (!n)
		return 0;
	err = gm_hist_ensure(&m->total[phase]);
	if (!err && vm)
		err = gm_hist_ensure(&vm->phase[phase]);
	if (err)
		return err;
	m->total[phase]->untimed += n;
	if (!vm)
		return 0;
	vm->phase[phase]->untimed += n;
	if (phase == GM_PHASE_GUEST_FAULT || phase == GM_PHASE_HOST_FAULT)
		vm->faults += n;
	return gm_heat_untimed(m, vm->machine, phase, n);
}

/*
 * Set the number of untimed operations to all less those timed. The number may fall again: a page of a fault in
 * progress is counted by the kernel before it is timed.
 */
static int set_untimed(struct gm_model *m, struct gm_vm *vm, unsigned int phase, uint64_t all)
{
	struct gm_hist *h = vm->phase[phase];
	uint64_t timed = h ? h->count : 0, before = h ? h->untimed : 0, n = all > timed ? all - timed : 0;

	if (n == before)
		return 0;
	if (gm_hist_ensure(&m->total[phase]) || gm_hist_ensure(&vm->phase[phase]))
		return -ENOMEM;
	vm->phase[phase]->untimed = n;
	m->total[phase]->untimed += n - before;
	return 0;
}

/*
 * Return true if each page of a VM is zeroed in the fault that allocates it; fallocate and populate insert pages
 * unzeroed.
 */
static bool is_zeroed_by_fault(const struct gm_vm *vm)
{
	return !vm->counts.events[GM_K_FALLOCATE] && !vm->counts.events[GM_K_POPULATE];
}

/* Count the zeroed pages among those whose allocation was skipped: not known if other calls insert pages, too. */
static int set_untimed_zero(struct gm_model *m, struct gm_vm *vm)
{
	if (is_zeroed_by_fault(vm))
		return set_untimed(m, vm, GM_PHASE_ZERO, vm->counts.allocated_pages);
	if (vm->phase[GM_PHASE_ALLOC] && vm->phase[GM_PHASE_ALLOC]->untimed)
		snprintf(m->partial[GM_PHASE_ZERO], sizeof(m->partial[GM_PHASE_ZERO]),
			 "without pages for whose allocation the kernel skipped the program: they may have "
			 "been zeroed later");
	return 0;
}

int gm_untimed_tick(struct gm_model *m)
{
	bool alloc = gm_model_sight(m, GM_PHASE_ALLOC).seen == GM_SEEN_ALL,
	     zero = gm_model_sight(m, GM_PHASE_ZERO).seen == GM_SEEN_ALL;
	int err = 0;

	if (gm_model_uncounted(m) || !gm_model_has_lost(m, "program_skipped"))
		return 0;
	for (size_t i = 0; i < m->vms.nr && !err; i++) {
		struct gm_vm *vm = m->vms.at[i];

		if (alloc && !vm->counts.events[GM_K_POPULATE]) /* populated pages are not timed allocations */
			err = set_untimed(m, vm, GM_PHASE_ALLOC, vm->counts.allocated_pages);
		if (!err && zero)
			err = set_untimed_zero(m, vm);
	}
	return err;
}
