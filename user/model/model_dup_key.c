// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* model_dup_key.c - makes the key of a process whose name another live process has (model_dup.c). */
#include "model/model_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * Return true if two VMs are of one process: they have the same tgid, and that was not reused after one of them ended.
 */
static bool is_same_process(const struct gm_vm *a, const struct gm_vm *b)
{
	bool reused =
		(a->dead_ns || b->dead_ns) && a->start_ticks && b->start_ticks && a->start_ticks != b->start_ticks;

	return a->tgid && a->tgid == b->tgid && !reused;
}

/* An unknown process does not count as another one. */
bool gm_dup_is_another_process(const struct gm_vm *a, const struct gm_vm *b)
{
	return a->tgid && b->tgid && !is_same_process(a, b);
}

/*
 * False if the process of vm has, or had, a VM of the machine: then the machine is its own, however the VMs were
 * joined.
 */
bool gm_dup_is_live_elsewhere(const struct gm_machine *mc, const struct gm_vm *than)
{
	bool found = false;

	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		if (vm == than)
			continue;
		if (is_same_process(vm, than))
			return false;
		found |= !vm->dead_ns && gm_dup_is_another_process(vm, than) &&
			 (!than->dead_ns || than->dead_ns > vm->born_ns);
	}
	return found;
}

static uint64_t ended_ns(const struct gm_machine *mc)
{
	uint64_t ns = 0;

	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		ns = vm->dead_ns > ns ? vm->dead_ns : ns;
	}
	return ns;
}

/* Make "KEY#PID:START". A key that is too long for that is cut; its base is complete. */
static void own_key(const char *base, const struct gm_proc *p, char *key, size_t size)
{
	char process[48];
	int n = snprintf(process, sizeof(process), "#%u:%" PRIu64, gm_pid(p->tgid), p->start_ticks);

	snprintf(key, size, "%.*s%s", (int)(size - 1 - (size_t)n), base, process);
}

/* Return the machine of this key that ended last, among those without a live VM of another process. NULL: none. */
static const struct gm_machine *last_ended_machine(const struct gm_model *m, const char *base, const struct gm_vm *vm)
{
	const struct gm_machine *best = NULL;

	for (size_t i = 0; i < m->machines.nr; i++) {
		const struct gm_machine *mc = m->machines.at[i];

		if (!strcmp(mc->base, base) && !gm_dup_is_live_elsewhere(mc, vm) &&
		    (!best || ended_ns(mc) > ended_ns(best)))
			best = mc;
	}
	return best;
}

void gm_dup_key(const struct gm_model *m, const struct gm_vm *vm, const struct gm_proc *p, struct gm_machine_id *out)
{
	const struct gm_machine *mc = gm_machine_find(m, p->name.key), *last_ended;
	char own[sizeof(out->key)];

	memcpy(out->key, p->name.key, sizeof(out->key));
	memcpy(out->name, p->name.name, sizeof(out->name));
	memcpy(out->base, p->name.key, sizeof(out->base));
	if (vm->machine && !strcmp(vm->machine->base, out->base)) {
		memcpy(out->key, vm->machine->key, sizeof(out->key)); /* the VM is in a machine of this base already */
		return;
	}
	if (!m->dups && !vm->own_key && (!mc || !gm_dup_is_live_elsewhere(mc, vm)))
		return;
	own_key(out->key, p, own, sizeof(own));
	if (vm->own_key || gm_machine_find(m, own)) {
		memcpy(out->key, own, sizeof(own));
		return;
	}
	last_ended = m->dups ? last_ended_machine(m, p->name.key, vm) : NULL;
	if (last_ended)
		memcpy(out->key, last_ended->key, sizeof(out->key));
	else if (mc && gm_dup_is_live_elsewhere(mc, vm))
		memcpy(out->key, own, sizeof(own));
}
