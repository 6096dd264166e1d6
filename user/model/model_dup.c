// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model_dup.c - one key in two processes whose VMs live at the same time: a clone, a local migration, a process that began before the other one's
 * end was seen. No key says which, so the second process gets a machine of its own, whose key has the process appended. The two become one
 * only by what happened: an inode that both view (gm_file_link()), a VM that began to end before the other was made, or a guest that went
 * on in the other.
 */
#include "model/model_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TAKEOVER_NS	60000000000ull	/* a guest that went on elsewhere leaves its first VM within this time */

/* Two live VMs of one number are of one process; beside one that has ended the number may have been given again. */
static bool is_same_process(const struct gm_vm *a, const struct gm_vm *b)
{
	bool reused = (a->dead_ns || b->dead_ns) && a->start_ticks && b->start_ticks && a->start_ticks != b->start_ticks;

	return a->tgid && a->tgid == b->tgid && !reused;
}

/* A process that is not known is no evidence of another one. */
static bool is_another_process(const struct gm_vm *a, const struct gm_vm *b)
{
	return a->tgid && b->tgid && !is_same_process(a, b);
}

/* Not if this one's process has, or had, a VM of the machine as well: then it is its own, by whatever joined them. */
static bool lives_in_another(const struct gm_machine *mc, const struct gm_vm *than)
{
	bool found = false;

	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		if (vm == than)
			continue;
		if (is_same_process(vm, than))
			return false;
		found |= !vm->dead_ns && is_another_process(vm, than) && (!than->dead_ns || than->dead_ns > vm->born_ns);
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

/* "KEY#PID:START". A key that leaves no room for that is cut; its base is whole. */
static void own_key(const char *base, const struct gm_proc *p, char *key, size_t size)
{
	char process[48];
	int n = snprintf(process, sizeof(process), "#%u:%" PRIu64, gm_pid(p->tgid), p->start_ticks);

	snprintf(key, size, "%.*s%s", (int)(size - 1 - (size_t)n), base, process);
}

/* Of the machines of this key in which no VM of another process lives the one that ended last. NULL: there is none. */
static const struct gm_machine *heir_of(const struct gm_model *m, const char *base, const struct gm_vm *vm)
{
	const struct gm_machine *best = NULL;

	for (size_t i = 0; i < m->machines.nr; i++) {
		const struct gm_machine *mc = m->machines.at[i];

		if (!strcmp(mc->base, base) && !lives_in_another(mc, vm) && (!best || ended_ns(mc) > ended_ns(best)))
			best = mc;
	}
	return best;
}

void gm_dup_key(const struct gm_model *m, const struct gm_vm *vm, const struct gm_proc *p, struct gm_machine_id *out)
{
	const struct gm_machine *mc = gm_machine_find(m, p->name.key), *heir;
	char own[sizeof(out->key)];

	memcpy(out->key, p->name.key, sizeof(out->key));
	memcpy(out->name, p->name.name, sizeof(out->name));
	memcpy(out->base, p->name.key, sizeof(out->base));
	if (vm->machine && !strcmp(vm->machine->base, out->base)) {
		memcpy(out->key, vm->machine->key, sizeof(out->key));	/* it is in one of them */
		return;
	}
	if (!m->dups && !vm->own_key && (!mc || !lives_in_another(mc, vm)))
		return;
	own_key(out->key, p, own, sizeof(own));
	if (vm->own_key || gm_machine_find(m, own)) {
		memcpy(out->key, own, sizeof(own));
		return;
	}
	heir = m->dups ? heir_of(m, p->name.key, vm) : NULL;
	if (heir)
		memcpy(out->key, heir->key, sizeof(out->key));
	else if (mc && lives_in_another(mc, vm))
		memcpy(out->key, own, sizeof(own));
}

/* ---- what happened ---- */

/* Return true if the guest went on in the other VM: it was given state there, and nothing touched it here since. */
static bool went_on_in(const struct gm_vm *old, const struct gm_vm *vm, uint64_t now)
{
	return vm->restored_ns && vm->restored_ns > old->born_ns && now < vm->restored_ns + TAKEOVER_NS && gm_vm_last_touch(old) <= vm->restored_ns;
}

static struct gm_vm *successor_in(const struct gm_machine *mc, const struct gm_vm *old, uint64_t end_begins, uint64_t now)
{
	for (size_t i = 0; i < mc->vms.nr; i++) {
		struct gm_vm *vm = mc->vms.at[i];

		if (!vm->dead_ns && is_another_process(vm, old) && (end_begins <= vm->born_ns || went_on_in(old, vm, now)))
			return vm;
	}
	return NULL;
}

/* The VM began to end at begin, or later. */
static int note_end(struct gm_model *m, struct gm_vm *old, uint64_t begin, uint64_t now)
{
	struct gm_vm *vm = NULL;
	int err;

	if (lives_in_another(old->machine, old))
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
		if (!m->dups || !gm_ends_memory(vm, rec))
			return 0;
		/* An end of which the event was lost may have begun at any time: no evidence that it was before the other VM. */
		begin = rec->ev.flags & GM_EV_BY_SCAN && !rec->ev.dur_ns ? rec->h.ts_ns : gm_end_begins(vm, &rec->ev);
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

		m->dups += gm_machine_is_own(mc);
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
