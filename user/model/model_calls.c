// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model_calls.c - calls that the kernel summed: they count as events do. Their times come in the phase's histogram
 * (gm_apply_HIST()).
 */
#include "model/model_int.h"

/* Return the kind of event that a call of this phase is. */
static unsigned int kind_of(unsigned int phase)
{
	unsigned int kind = GM_K_EVENT_FIRST;

	while (kind < GM_K_MAX - 1 && gm_kind_phase(kind) != (int)phase)
		kind++;
	return kind;
}

static void add_calls(struct gm_counts *c, unsigned int kind, const struct gm_rec_calls *r)
{
	c->events[kind] += r->done + r->failed;
	c->failed[kind] += r->failed;
}

int gm_apply_CALLS(struct gm_model *m, const struct gm_rec_calls *r)
{
	unsigned int kind = kind_of(r->phase);
	struct gm_vm *vm;
	int err = gm_vm_get(m, r->vm, r->h.ts_ns, &vm);

	if (err || !gm_phase_is_summed(r->phase))
		return err;
	add_calls(&m->counts, kind, r);
	m->summed[kind] += r->done + r->failed;
	if (!vm)
		return 0;
	add_calls(&vm->counts, kind, r);
	add_calls(&vm->machine->counts, kind, r);
	return gm_reboot_note_calls(m, vm, r);
}
