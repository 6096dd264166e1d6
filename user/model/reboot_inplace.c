// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reboot_inplace.c - a VM that stays: its guest is reset, its memory is taken away or rebound.
 *
 * Firmware makes memslots anew within milliseconds of each boot (SeaBIOS: PAM shadowing), and QEMU does so in a reset
 * before it sets the vCPUs' state, with the guest stopped. So an unbind is judged later: if the same memory is bound
 * again it is a reshuffle; other memory or a punch ends the memory; all calls in the same stop of the guest as a reset
 * belong to the reset.
 */
#include "model/reboot_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

int gm_inplace_cut(const struct gm_model *m, struct gm_episode *e, uint64_t next_ns)
{
	e->end = GM_REBOOT_CUT;
	e->until_ns = next_ns;
	e->end_ns = max64(e->teardown_end_ns, e->first_bind_ns); /* at least: later acts belong to the next episode */
	return gm_episode_close(m, e);
}

void gm_inplace_adopt_self(struct gm_episode *e, uint64_t side_ns)
{
	e->new_vm = e->old_vm;
	e->new_tgid = e->old_tgid;
	e->same_process = true;
	e->style = e->rebuilt = GM_REBOOT_INPLACE;
	e->first_bind_ns = side_ns;
}

/* Return true if two acts were in one stop of the guest. */
static bool is_same_stop(uint64_t a, uint64_t b)
{
	return a && a == b;
}

/* ---- reshuffles ---- */

static int reshuffle_add(struct gm_model *m, struct gm_vm *vm, const struct gm_ev_range *bind)
{
	struct gm_vec *all = &m->reboots->reshuffles;
	struct gm_reshuffle *s;

	if (all->nr == GM_EPISODES_MAX) {
		s = all->at[0];
		gm_vec_remove(all, s);
		free(s);
	}
	s = calloc(1, sizeof(*s));
	if (!s || gm_vec_push(all, s)) {
		free(s);
		return -ENOMEM;
	}
	s->machine = vm->machine->id;
	s->vm = vm->id;
	memcpy(s->name, vm->machine->name, sizeof(s->name));
	s->begin_ns = vm->unbound.begin_ns;
	s->end_ns = bind->ev.h.ts_ns;
	s->pages = vm->unbound.pages;
	s->boot_exits = vm->unbound.boot_exits;
	m->reboots->reshuffles_seen++;
	return 0;
}

/* Remove reshuffles in the same stop as a reset or a punch: they are part of the reboot. */
static void reshuffles_drop(const struct gm_model *m, const struct gm_vm *vm, uint64_t exits)
{
	struct gm_vec *all = &m->reboots->reshuffles;

	for (size_t i = all->nr; i-- > 0;) {
		struct gm_reshuffle *s = all->at[i];

		if (s->vm != vm->id || !is_same_stop(s->boot_exits, exits))
			continue;
		gm_vec_remove(all, s);
		free(s);
		m->reboots->reshuffles_seen--;
	}
}

/* ---- acts ---- */

/* Return the open episode in which this VM is its own successor; NULL: none. */
static struct gm_episode *open_in_place(const struct gm_model *m, const struct gm_vm *vm)
{
	struct gm_episode *e = gm_episode_open(m, vm->machine);

	return e && gm_episode_is_in_place(e) && e->new_vm == vm->id ? e : NULL;
}

int gm_inplace_unbind(struct gm_model *m, struct gm_vm *vm, const struct gm_ev_range *ev)
{
	struct gm_episode *e = gm_episode_open(m, vm->machine);
	struct gm_unbound *t = &vm->unbound;

	if (!gm_range_covers_half(m, vm, ev->npages))
		return 0;
	/* its teardown is in progress, or it has a successor */
	if (e && e->old_vm == vm->id && !gm_episode_is_in_place(e))
		return gm_teardown_note(m, vm, (const union gm_any *)ev);
	if (e && gm_episode_is_in_place(e) && is_same_stop(e->exits, ev->boot_exits))
		gm_episode_note_teardown(e, ev->ev.h.ts_ns);
	if (!t->begin_ns)
		t->begin_ns = gm_event_begin(&ev->ev);
	t->end_ns = ev->ev.h.ts_ns;
	t->boot_exits = ev->boot_exits;
	t->pages = ev->npages;
	t->inode = ev->ev.inode;
	t->blurred = ev->ev.flags & GM_EV_BLURRED;
	return 0;
}

/* Open an episode: other memory is bound in place of the unbound. */
static int note_replaced(struct gm_model *m, const struct gm_vm *vm, const struct gm_ev_range *ev)
{
	struct gm_episode *e;
	int err = gm_episode_new(m, vm, vm->unbound.begin_ns, &e);

	if (err)
		return err;
	gm_episode_note_teardown(e, vm->unbound.end_ns);
	e->exits = vm->unbound.boot_exits;
	e->punched = true; /* all of it has to be touched again */
	e->blurred = vm->unbound.blurred;
	gm_inplace_adopt_self(e, ev->ev.h.ts_ns);
	return 0;
}

int gm_inplace_bind(struct gm_model *m, struct gm_vm *vm, const struct gm_ev_range *ev, bool *done)
{
	struct gm_episode *e = gm_episode_open(m, vm->machine);
	bool again = vm->unbound.begin_ns && vm->unbound.inode == ev->ev.inode;
	int err = 0;

	*done = false;
	/* set up again, before the guest runs */
	if (e && gm_episode_is_in_place(e) && is_same_stop(e->exits, ev->boot_exits)) {
		e->first_bind_ns = max64(e->first_bind_ns, ev->ev.h.ts_ns);
		*done = true;
	} else if (vm->unbound.begin_ns && (!e || open_in_place(m, vm) || e->new_vm == vm->id)) {
		err = again ? reshuffle_add(m, vm, ev) : !e ? note_replaced(m, vm, ev) : 0;
		*done = true;
	}
	memset(&vm->unbound, 0, sizeof(vm->unbound));
	return err;
}

/* Note a punch of at least half of the memory: a reboot if the memory is touched again, or the guest reset. */
int gm_inplace_punch(struct gm_model *m, struct gm_vm *vm, const union gm_any *rec)
{
	const struct gm_ev_range *ev = &rec->as_PUNCH;
	struct gm_episode *e = open_in_place(m, vm);
	uint64_t begin = gm_event_begin(&ev->ev);
	int err;

	if (!gm_range_covers_half(m, vm, ev->npages))
		return 0;
	if (e && is_same_stop(e->exits, ev->boot_exits)) {
		gm_episode_note_teardown(e, ev->ev.h.ts_ns);
		e->punched = true;
		reshuffles_drop(m, vm, ev->boot_exits);
		return 0;
	}
	err = e ? gm_inplace_cut(m, e,
				 vm->unbound.begin_ns && vm->unbound.begin_ns < begin ? vm->unbound.begin_ns : begin)
		: 0;
	if (!err)
		err = gm_teardown_note(m, vm, rec);
	e = gm_episode_open(m, vm->machine);
	if (!err && e && e->old_vm == vm->id && ev->boot_exits) {
		e->exits = ev->boot_exits;
		reshuffles_drop(m, vm, ev->boot_exits);
	}
	return err;
}

/* ---- resets ---- */

/* Return the begin of the first call in the stop in which the guest was reset, or the time of the reset. */
static uint64_t stop_begin(const struct gm_reboots *r, const struct gm_vm *vm, const struct gm_ev_reset *ev)
{
	uint64_t begin = ev->ev.h.ts_ns;

	for (size_t i = r->steps_nr; i-- > 0;) {
		const struct gm_step *step = &r->step[i];

		if (step->vm != vm->id || !step->boot_exits)
			continue;
		if (!is_same_stop(step->boot_exits, ev->boot_exits))
			break;
		begin = step->begin_ns < begin ? step->begin_ns : begin;
	}
	return begin;
}

/*
 * A guest that ran elsewhere before turns the episode into a handover. Reset state that follows before the guest runs
 * undoes that.
 */
static int note_restored(struct gm_model *m, struct gm_vm *vm, bool restored)
{
	struct gm_episode *e = gm_episode_open(m, vm->machine);

	if (!e || e->new_vm != vm->id)
		return 0;
	e->style = restored ? GM_REBOOT_HANDOVER : e->rebuilt;
	gm_episode_set_begin(e); /* sets the style of a rebuilt VM by the order of creation and end */
	return 0;
}

/* A snapshot was loaded: drop the episode of the reset that was part of that. */
static int note_snapshot(struct gm_model *m, struct gm_vm *vm, const struct gm_ev_reset *ev)
{
	struct gm_episode *e = open_in_place(m, vm);

	if (!e || !e->reset_ns || !is_same_stop(e->exits, ev->boot_exits))
		return 0;
	e->reset_ns = 0;
	if (e->punched)
		return 0; /* its memory was taken away nevertheless */
	if (e->id == m->reboots->seen)
		m->reboots->seen--; /* its id was not reported yet */
	gm_vec_remove(&m->reboots->episodes, e);
	gm_episode_free(e);
	return 0;
}

static int begin_reset_episode(struct gm_model *m, struct gm_vm *vm, uint64_t begin, uint64_t reset)
{
	struct gm_episode *e;
	int err = gm_episode_new(m, vm, begin, &e);

	if (err)
		return err;
	gm_episode_note_teardown(e, reset);
	gm_inplace_adopt_self(e, reset);
	return 0;
}

/*
 * Return true if a reset belongs to the episode in progress: its memory was taken in the same stop, or was punched and
 * not touched since.
 */
static bool is_reset_of(const struct gm_episode *e, const struct gm_vm *vm, const struct gm_ev_reset *ev)
{
	if (e->old_vm != vm->id || e->reset_ns)
		return false;
	return gm_episode_is_in_place(e) ? is_same_stop(e->exits, ev->boot_exits) : e->punched;
}

int gm_inplace_reset(struct gm_model *m, struct gm_vm *vm, const struct gm_ev_reset *ev)
{
	struct gm_episode *e = gm_episode_open(m, vm->machine);
	uint64_t begin = stop_begin(m->reboots, vm, ev), reset = ev->ev.h.ts_ns;
	int err = 0;

	if (!ev->boot_exits)
		return note_restored(m, vm, ev->underway);
	if (ev->underway)
		return note_snapshot(m, vm, ev);
	if (e && e->old_vm == vm->id && !gm_episode_is_in_place(e) && !e->punched)
		return 0; /* it is being torn down */
	if (e && !is_reset_of(e, vm, ev)) {
		err = gm_inplace_cut(m, e, begin);
		e = NULL;
	}
	if (!err && !e)
		err = begin_reset_episode(m, vm, begin, reset);
	e = err ? NULL : gm_episode_open(m, vm->machine);
	if (!e)
		return err;
	if (!e->new_vm)
		gm_inplace_adopt_self(e, reset);
	e->reset_ns = e->last_act_ns = reset;
	e->exits = ev->boot_exits;
	e->first_bind_ns = max64(e->first_bind_ns, e->reset_ns);
	reshuffles_drop(m, vm, ev->boot_exits);
	return 0;
}

const char *gm_model_resets_na(const struct gm_model *m)
{
	const struct gm_rec_probe *r = gm_probe_showing(m, GM_K_RESET);

	if (!r)
		return "no hook saw them when this was recorded";
	return r->state == GM_PROBE_ATTACHED ? NULL : r->why[0] ? r->why : "no hook sees them";
}
