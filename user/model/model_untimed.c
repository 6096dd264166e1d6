// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model_untimed.c - what a histogram counts beside what it timed.
 *
 * The kernel skips a BPF program while the same program is under way on that CPU in a task that was preempted
 * (bpf_prog_get_recursion_context(); of tracepoints from 7.0 on, of function hooks always). Whole faults whose begin
 * was skipped arrive counted (struct gm_rec_split). Pages whose insertion was skipped do not; but the kernel's own
 * state says how many were allocated, to the page.
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

/* Not added up: a page of a fault under way is counted by the kernel's state, and timed a moment later. */
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

/* Is each page of this vm cleared in the fault that allocates it? Others put pages there uncleared. */
static bool is_zeroed_by_fault(const struct gm_vm *vm)
{
	return !vm->counts.events[GM_K_FALLOCATE] && !vm->counts.events[GM_K_POPULATE];
}

/* How many of its pages that nobody saw being allocated were cleared: not known where others put pages there, too. */
static int set_untimed_zero(struct gm_model *m, struct gm_vm *vm)
{
	if (is_zeroed_by_fault(vm))
		return set_untimed(m, vm, GM_PHASE_ZERO, vm->counts.allocated_pages);
	if (vm->phase[GM_PHASE_ALLOC] && vm->phase[GM_PHASE_ALLOC]->untimed)
		snprintf(m->partial[GM_PHASE_ZERO], sizeof(m->partial[GM_PHASE_ZERO]),
			 "not of pages at whose allocation the kernel skipped the program: they may have been "
			 "cleared later");
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

		if (alloc && !vm->counts.events[GM_K_POPULATE]) /* its pages are no timed allocations, either */
			err = set_untimed(m, vm, GM_PHASE_ALLOC, vm->counts.allocated_pages);
		if (!err && zero)
			err = set_untimed_zero(m, vm);
	}
	return err;
}
