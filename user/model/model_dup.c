// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model_dup.c - one key in two processes whose VMs live at the same time: a clone, a local migration, or a process that
 * began before the end of the other was observed. The key does not say which, so the second process gets a machine of
 * its own, whose key has the process appended. The two machines are merged only by an event: an inode of which both
 * have files (gm_file_link()), a VM whose end began before the other was created, or a guest that moved to the other
 * VM.
 */
#include "model/model_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HANDOVER_NS	60000000000ull	/* a guest that moved leaves its first VM within this time */

/* ---- events ---- */

/* Return true if the guest of old moved to vm: vm was given its state, and nothing touched the memory of old since. */
static bool has_moved_to(const struct gm_vm *old, const struct gm_vm *vm, uint64_t now)
{
	return vm->restored_ns && vm->restored_ns > old->born_ns && now < vm->restored_ns + HANDOVER_NS &&
	       gm_vm_last_touch(old) <= vm->restored_ns;
}

static struct gm_vm *successor_in(const struct gm_machine *mc, const struct gm_vm *old, uint64_t end_begins,
				  uint64_t now)
{
	for (size_t i = 0; i < mc->vms.nr; i++) {
		struct gm_vm *vm = mc->vms.at[i];

		if (!vm->dead_ns && gm_dup_is_another_process(vm, old) &&
		    (end_begins <= vm->born_ns || has_moved_to(old, vm, now)))
			return vm;
	}
	return NULL;
}

/* Note the end of a VM that began at begin or later. */
static int note_end(struct gm_model *m, struct gm_vm *old, uint64_t begin, uint64_t now)
{
	struct gm_vm *vm = NULL;
	int err;

	if (gm_dup_is_live_elsewhere(old->machine, old))
		return 0;
	for (size_t i = 0; i < m->machines.nr && !vm; i++) {
		const struct gm_machine *mc = m->machines.at[i];

		if (mc != old->machine && !strcmp(mc->base, old->machine->base))
			vm = successor_in(mc, old, begin, now);
	}
	if (!vm)
		return 0;
	err = gm_machine_join(m, old->machine, vm->machine);
	return err ? err : gm_reboot_adopt(m, vm);
}

int gm_dup_note(struct gm_model *m, struct gm_vm *vm, const union gm_any *rec)
{
	uint64_t begin;

	if (rec->ev.ret < 0 || !vm)
		return 0;
	switch (rec->h.kind) {
	case GM_K_RESET:
		if (!rec->as_RESET.boot_exits)
			vm->restored_ns = rec->as_RESET.underway ? rec->h.ts_ns : 0;
		return 0;
	case GM_K_RELEASE:
	case GM_K_EVICT:
	case GM_K_VM_DESTROY:
		if (!m->dups || !gm_event_ends_memory(vm, rec))
			return 0;
		/*
		 * An end whose event was lost may have begun at any time: it does not show that it was before the other
		 * VM.
		 */
		begin = rec->ev.flags & GM_EV_BY_SCAN && !rec->ev.dur_ns ? rec->h.ts_ns : gm_end_begin_ns(vm, &rec->ev);
		return note_end(m, vm, begin, rec->h.ts_ns);
	}
	return 0;
}

int gm_dup_tick(struct gm_model *m)
{
	struct gm_hmap first = { 0 };
	int err = 0;

	if (!m->dups)
		return 0;
	m->dups = 0;
	for (size_t i = 0; i < m->machines.nr && !err; i++) {
		struct gm_machine *mc = m->machines.at[i], *other;

		m->dups += gm_machine_has_own_key(mc);
		mc->dup = false;
		if (!gm_machine_live_vms(mc))
			continue;
		other = gm_hmap_get(&first, gm_hash_str(mc->base));
		if (!other)
			err = gm_hmap_put(&first, gm_hash_str(mc->base), mc);
		else if (!strcmp(other->base, mc->base))
			mc->dup = other->dup = true;
	}
	gm_hmap_release(&first);
	return err;
}
