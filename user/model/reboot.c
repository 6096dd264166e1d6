// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reboot.c - finds reboots among the events.
 *
 * Acts of teardown (unbind or punch of at least half of a VM's memory, the last release, destruction, eviction) open an
 * episode for the VM's machine; the first bind of a VM after them, or of a VM beside a live one, gives the episode its
 * new side. Events arrive by their end, histograms at ticks: so an episode whose new VM is torn down is closed at once,
 * and settled at the next tick, when that VM's faults are reported.
 */
#include "model/reboot_int.h"
#include "model/observe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_NS		60000000000ull	/* longest wait for a successor, the old VM's end, or the guest's first fault */
/* longest wait for the first fault after a reset that left the memory in place: there may be none */
#define RESET_WAIT_NS	1000000000ull
#define STEADY_TICKS	2
#define STEADY_SHARE	100		/* a tick with fewer than 1/STEADY_SHARE of the new VM's faults is steady */

/* ---- the new side ---- */

static bool has_file_of(const struct gm_vm *a, uint32_t inode)
{
	for (size_t i = 0; i < a->files.nr; i++) {
		const struct gm_file *f = a->files.at[i];

		if (f->inode && f->inode->id == inode)
			return true;
	}
	return false;
}

static const struct gm_vm *other_with_memory(const struct gm_vm *vm)
{
	for (size_t i = vm->machine->vms.nr; i-- > 0;) {
		const struct gm_vm *o = vm->machine->vms.at[i];

		if (o != vm && !o->dead_ns && o->was_bound && o->had_mem)
			return o;
	}
	return NULL;
}

static void set_successor(const struct gm_model *m, struct gm_episode *e, const struct gm_vm *vm,
			  const struct gm_bound *bound)
{
	const struct gm_vm *old = gm_model_vm(m, e->old_vm);
	uint64_t created = gm_creation_begin(m->reboots, vm->id, bound->ts_ns - bound->dur_ns);

	e->new_vm = vm->id;
	e->new_tgid = vm->tgid;
	e->same_process = vm->tgid && vm->tgid == e->old_tgid;
	e->first_bind_ns = bound->ts_ns;
	e->bind_by_scan = bound->by_scan;
	if (vm->id == e->old_vm)
		e->rebuilt = GM_REBOOT_INPLACE;
	else if (old && has_file_of(old, bound->inode))
		e->rebuilt = GM_REBOOT_LINK;
	else
		e->rebuilt =
			GM_REBOOT_RECREATE; /* gm_episode_set_begin() changes it by the order of creation and end */
	e->style = vm->restored_ns && vm->id != e->old_vm ? GM_REBOOT_HANDOVER : e->rebuilt;
	if (vm->id == e->old_vm)
		return;
	e->created_ns = created;
	gm_episode_set_begin(e);
	memset(&e->split0, 0, sizeof(e->split0));
	memset(&e->alloc0, 0, sizeof(e->alloc0));
	memset(&e->zero0, 0, sizeof(e->zero0));
	gm_episode_mark_phases(NULL, e);
	e->faults0 = e->pages0 = 0;
	e->blurred = false; /* all faults of the new VM belong to this boot */
}

/* A VM's bind gives an episode its new side, or opens one. first: the VM never had memory before. */
static int add_new_side(struct gm_model *m, struct gm_vm *vm, const struct gm_bound *bound, bool first)
{
	struct gm_episode *e = gm_episode_open(m, vm->machine);
	const struct gm_vm *old;
	int err;

	/* A third VM before the second was steady: the next reboot, with the new VM first. */
	if (e && e->new_vm && e->new_vm != vm->id && e->old_vm != vm->id && first) {
		e->end = GM_REBOOT_CUT;
		e = NULL;
	}
	if (!e) {
		old = first ? other_with_memory(vm) : NULL;
		if (!old)
			return 0;
		err = gm_episode_new(m, old, gm_creation_begin(m->reboots, vm->id, bound->ts_ns - bound->dur_ns), &e);
		if (err)
			return err;
	}
	if (!e->new_vm)
		set_successor(m, e, vm, bound);
	return 0;
}

static int note_bind(struct gm_model *m, struct gm_vm *vm, const union gm_any *rec)
{
	const struct gm_bound bound = { rec->h.ts_ns, rec->ev.dur_ns, rec->ev.inode,
					!!(rec->ev.flags & GM_EV_BY_SCAN) };
	bool done = false;
	int err = gm_inplace_bind(m, vm, &rec->as_BIND, &done);

	if (!vm->was_bound)
		vm->first_bound = bound;
	return err || done ? err : add_new_side(m, vm, &bound, !vm->was_bound);
}

int gm_reboot_adopt(struct gm_model *m, struct gm_vm *vm)
{
	return m->reboots && vm->first_bound.ts_ns ? add_new_side(m, vm, &vm->first_bound, true) : 0;
}

static int note_kind(struct gm_model *m, struct gm_vm *vm, const union gm_any *rec)
{
	switch (rec->h.kind) {
	case GM_K_BIND: return note_bind(m, vm, rec);
	case GM_K_UNBIND: return gm_inplace_unbind(m, vm, &rec->as_UNBIND);
	case GM_K_PUNCH: return gm_inplace_punch(m, vm, rec);
	case GM_K_RESET: return gm_inplace_reset(m, vm, &rec->as_RESET);
	}
	return gm_event_ends_memory(vm, rec) ? gm_teardown_note(m, vm, rec) : 0;
}

/*
 * Mark the episodes around a blurred record: some faults from before it count as later ones, in the episode that it
 * began, and are missing in the one that it ended.
 */
static void note_blur(struct gm_model *m, const struct gm_vm *vm, uint32_t before)
{
	struct gm_episode *now = gm_episode_open(m, vm->machine);

	if (now && now->id == before)
		return;
	if (now)
		now->blurred = true;
	for (size_t i = 0; i < m->reboots->episodes.nr; i++) {
		now = m->reboots->episodes.at[i];
		now->blurred |= now->id == before && now->new_vm == vm->id;
	}
}

int gm_reboot_note(struct gm_model *m, struct gm_vm *vm, const union gm_any *rec)
{
	const struct gm_episode *e;
	uint32_t before;
	int err;

	if (!m->reboots || !vm || rec->ev.ret < 0)
		return 0;
	if ((err = gm_step_add(m, vm, rec)))
		return err;
	e = gm_episode_open(m, vm->machine);
	before = e ? e->id : 0;
	err = note_kind(m, vm, rec);
	if (!err && rec->ev.flags & GM_EV_BLURRED)
		note_blur(m, vm, before);
	return err;
}

int gm_reboot_note_calls(struct gm_model *m, const struct gm_vm *vm, const struct gm_rec_calls *r)
{
	return m->reboots && r->done ? gm_step_add_calls(m, vm, r) : 0;
}

/* ---- ticks ---- */

/* Return true for a reset that left the memory in place. */
static bool is_bare_reset(const struct gm_episode *e)
{
	return e->reset_ns && !e->punched;
}

static bool is_old_side_done(const struct gm_model *m, const struct gm_episode *e)
{
	const struct gm_vm *old = gm_model_vm(m, e->old_vm);

	return e->new_vm == e->old_vm || (e->teardown_end_ns && (!old || old->dead_ns));
}

/* Return true if the guest's touches are guest faults: where KVM emulates guest code, they are the host's. */
static bool sees_guest_faults(const struct gm_model *m)
{
	return !gm_phase_unavailable(m, GM_PHASE_GUEST_FAULT) && m->meta.emulated != GM_YES;
}

/*
 * Return true if the guest has touched its memory since the episode began. The host's touches do not count: a VMM loads
 * a kernel before it lets the guest run. Where guest faults are not seen any touch counts, and where no touch is
 * observed the guest is taken to run.
 */
static bool guest_has_begun(const struct gm_model *m, const struct gm_episode *e, const struct gm_vm *vm)
{
	const struct gm_hist *h = vm->phase[GM_PHASE_GUEST_FAULT];

	if (!sees_guest_faults(m))
		return gm_vm_touches(m, vm) != e->faults0 ||
		       (gm_phase_unavailable(m, GM_PHASE_GUEST_FAULT) && !vm->touched_ns);
	return h && gm_hist_total(h) > e->count0[GM_PHASE_GUEST_FAULT];
}

/*
 * Return true if the new VM is quiet. A guest that has not touched its memory is waited for, as is the old VM's end; a
 * reset may touch none.
 */
static bool is_quiet(const struct gm_model *m, struct gm_episode *e, const struct gm_vm *vm)
{
	uint64_t all = gm_vm_touches(m, vm) - e->faults0, gained = all - e->faults_before;
	uint64_t wait = is_bare_reset(e) ? RESET_WAIT_NS : WAIT_NS;
	bool begun = guest_has_begun(m, e, vm) || m->now_ns > e->first_bind_ns + wait;

	e->faults_before = all;
	if (!begun || (gained * STEADY_SHARE >= all && gained))
		e->steady_ticks = 0;
	else
		e->steady_ticks++;
	if (e->steady_ticks <= 1) { /* later faults, a trickle, are not part of the reboot */
		e->fault_steady_ns = gm_vm_last_touch(vm);
		e->cpu_steady = gm_owner_cpu(m, vm->tgid);
	}
	return e->steady_ticks >= STEADY_TICKS;
}

/* A VM whose memory was punched, and is touched again in the same slots, is its own successor. */
static void adopt_self(const struct gm_model *m, struct gm_episode *e)
{
	const struct gm_vm *old = gm_model_vm(m, e->old_vm);

	if (e->new_vm || !e->punched || !old || old->dead_ns || !old->bindings.nr ||
	    gm_vm_touches(m, old) == e->faults0)
		return;
	gm_inplace_adopt_self(e, e->teardown_end_ns); /* the memory stayed bound */
}

static enum gm_reboot_end quiet_end(const struct gm_model *m, const struct gm_episode *e, const struct gm_vm *vm)
{
	bool untouched = sees_guest_faults(m) && !guest_has_begun(m, e, vm) && !is_bare_reset(e);

	return untouched ? GM_REBOOT_NO_GUEST_FAULT : GM_REBOOT_STEADY;
}

static void episode_tick(const struct gm_model *m, struct gm_episode *e, bool last)
{
	bool waited = m->now_ns > e->last_act_ns + WAIT_NS;
	const struct gm_vm *vm;

	adopt_self(m, e);
	vm = gm_model_vm(m, e->new_vm);
	e->end_ns = m->now_ns;
	if (!e->new_vm && (waited || last))
		e->end = GM_REBOOT_NO_SUCCESSOR;
	else if (vm && is_quiet(m, e, vm) && (is_old_side_done(m, e) || waited))
		e->end = quiet_end(m, e, vm);
}

/*
 * Return true for an ended episode that is no reboot: a second VM that stayed beside the first, or punched memory of a
 * live VM that was not touched again.
 */
static bool is_episode_spurious(const struct gm_model *m, const struct gm_episode *e)
{
	const struct gm_vm *old = gm_model_vm(m, e->old_vm);

	if (e->end == GM_REBOOT_NO_SUCCESSOR && e->punched && old && !old->dead_ns)
		return true;
	return e->end != GM_REBOOT_OPEN && !e->teardown_end_ns;
}

/* An ended episode is settled at the tick after its end, when its faults are reported, and then does not change. */
int gm_reboot_tick(struct gm_model *m, bool last)
{
	for (size_t i = m->reboots ? m->reboots->episodes.nr : 0; i-- > 0;) {
		struct gm_episode *e = m->reboots->episodes.at[i];

		if (e->end == GM_REBOOT_OPEN)
			episode_tick(m, e, last);
		if (is_episode_spurious(m, e)) {
			gm_vec_remove(&m->reboots->episodes, e);
			gm_episode_free(e);
			continue;
		}
		if (e->settled)
			continue;
		if (e->end == GM_REBOOT_OPEN ? gm_episode_settle(m, e) : gm_episode_close(m, e))
			return -ENOMEM;
	}
	return 0;
}
