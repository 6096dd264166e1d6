// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reboot.c - finds reboots among the events.
 *
 * Acts of teardown (unbind or punch of most of a vm's memory, the last release, destruction, eviction) open an episode for
 * the vm's machine; the first bind of a vm that comes after them, or of a vm beside one that lives on, gives it a new side.
 * Events come by their end, histograms at ticks: so an episode whose new vm is torn down is closed at once, and settled at the next
 * tick, when what that vm's faults came to is known.
 */
#include "model/reboot_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_NS		60000000000ull	/* for a successor, or for the old vm's end */
#define ADJACENT_NS	1000000000ull	/* acts of one teardown lie no further apart */
#define RESET_WAIT_NS	1000000000ull	/* for the first fault after a reset that left the memory where it was: there may be none */
#define QUIET_TICKS	2
#define QUIET_SHARE	100		/* of the new vm's faults: fewer than one in so many at a tick is quiet */

/* ---- calls ---- */

static int step_room(struct gm_reboots *r, size_t most)
{
	size_t cap = r->steps_cap ? 2 * r->steps_cap : 256, gone = most / 2;
	struct gm_step *more;

	if (r->steps_nr < r->steps_cap)
		return 0;
	if (r->steps_nr >= most) {
		r->dropped_ns = r->step[gone - 1].end_ns;
		r->steps_nr -= gone;
		memmove(r->step, r->step + gone, r->steps_nr * sizeof(*r->step));
		return 0;
	}
	more = realloc(r->step, cap * sizeof(*more));
	if (!more)
		return -ENOMEM;
	r->step = more;
	r->steps_cap = cap;
	return 0;
}

/* off_ns and blocked_ns follow each event's own fields; pages are in different ones. */
static void step_fill(struct gm_step *s, const union gm_any *rec)
{
	switch (rec->h.kind) {
	case GM_K_VM_CREATE:
	case GM_K_VM_DESTROY:
		s->off_ns = rec->as_VM_CREATE.off_ns;
		s->blocked_ns = rec->as_VM_CREATE.blocked_ns;
		break;
	case GM_K_CREATE:
	case GM_K_RELEASE:
	case GM_K_EVICT:
		s->off_ns = rec->as_CREATE.off_ns;
		s->blocked_ns = rec->as_CREATE.blocked_ns;
		s->pages = rec->h.kind == GM_K_EVICT ? rec->as_EVICT.pages : 0;
		break;
	default:
		s->boot_exits = rec->h.kind == GM_K_BIND || rec->h.kind == GM_K_UNBIND || rec->h.kind == GM_K_PUNCH ? rec->as_BIND.boot_exits : 0;
		s->off_ns = rec->as_BIND.off_ns;
		s->blocked_ns = rec->as_BIND.blocked_ns;
		s->flags = rec->ev.flags & (GM_EV_SPTES | GM_EV_FLUSH);
		memcpy(s->sptes, rec->as_ZAP.sptes, sizeof(s->sptes));
		s->flush_ns = rec->as_ZAP.flush_ns < s->self_ns ? rec->as_ZAP.flush_ns : s->self_ns;
		s->pages = rec->h.kind == GM_K_FALLOCATE || rec->h.kind == GM_K_PUNCH ? rec->as_PUNCH.pages : rec->as_BIND.npages;
	}
	/* Measured by other readings of the clock than the call itself, and a recording may say anything. */
	s->off_ns = s->off_ns < s->self_ns ? s->off_ns : s->self_ns;
	s->blocked_ns = s->blocked_ns < s->off_ns ? s->blocked_ns : s->off_ns;
}

static int step_add(const struct gm_model *m, const struct gm_vm *vm, const union gm_any *rec)
{
	struct gm_reboots *r = m->reboots;
	const struct gm_ev *ev = &rec->ev;
	int phase = gm_kind_phase(rec->h.kind);
	struct gm_step *s;

	if ((phase < 0 && rec->h.kind != GM_K_VM_CREATE) || (ev->flags & GM_EV_NODUR && rec->h.kind != GM_K_EVICT))
		return 0;
	if (step_room(r, (size_t)GM_STEPS_EACH * m->keep_dead))
		return -ENOMEM;
	s = &r->step[r->steps_nr++];
	memset(s, 0, sizeof(*s));
	s->end_ns = ev->h.ts_ns;
	s->begin_ns = ev->h.ts_ns - (ev->dur_ns < ev->h.ts_ns ? ev->dur_ns : ev->h.ts_ns);
	s->self_ns = ev->self_ns < ev->dur_ns ? ev->self_ns : ev->dur_ns;
	s->begin_max_ns = gm_act_when(vm, rec).begin_max;
	s->vm = vm->id;
	s->tgid = ev->tgid;
	s->tid = ev->tid;
	s->line = phase < 0 ? GM_LINE_SETUP : (uint32_t)phase;
	s->cpu_known = ev->flags & GM_EV_CPU;
	if (ev->flags & GM_EV_NODUR)
		s->begin_ns = s->end_ns;
	s->bound = phase >= 0 && ev->flags & (GM_EV_NODUR | GM_EV_BY_SCAN | GM_EV_SYSCALL);
	gm_copy_text(s->comm, sizeof(s->comm), ev->comm, sizeof(ev->comm));
	step_fill(s, rec);
	return 0;
}

static bool is_teardown_line(uint32_t line)
{
	return line == GM_PHASE_UNBIND || line == GM_PHASE_ZAP || line == GM_PHASE_RELEASE || line == GM_PHASE_FREE ||
	       line == GM_PHASE_DESTROY || line == GM_PHASE_PUNCH;
}

/* A teardown is known for what it is late: on the way out the SPTEs go first. Acts that lead up to it belong to it, since the last bind. */
static void teardown_begin(const struct gm_reboots *r, uint32_t vm, uint64_t *earliest, uint64_t *latest)
{
	uint64_t begin = *earliest, before = 0;		/* before: the end of this vm's last episode */

	for (size_t i = 0; i < r->episodes.nr; i++) {
		const struct gm_episode *e = r->episodes.at[i];

		if ((e->old_vm == vm || e->new_vm == vm) && e->end != GM_RB_OPEN && e->end_ns > before)
			before = e->end_ns < begin ? e->end_ns : begin;
	}
	for (size_t i = r->steps_nr; i-- > 0;) {
		const struct gm_step *s = &r->step[i];

		if (s->vm == vm && s->line == GM_PHASE_BIND)
			break;	/* it had its memory then */
		if (s->vm != vm || !is_teardown_line(s->line) || s->begin_ns < before)
			continue;
		if (s->end_ns + ADJACENT_NS < begin)
			break;
		begin = s->begin_ns < begin ? s->begin_ns : begin;
		*latest = s->begin_max_ns < *latest ? s->begin_max_ns : *latest;
	}
	*earliest = begin;
}

static uint64_t creation_begin(const struct gm_reboots *r, uint32_t vm, uint64_t begin)
{
	for (size_t i = r->steps_nr; i-- > 0;)
		if (r->step[i].vm == vm && r->step[i].line == GM_LINE_SETUP)
			return r->step[i].begin_ns;
	return begin;
}

/* ---- episodes ---- */

struct gm_episode *gm_episode_open(const struct gm_model *m, const struct gm_machine *mc)
{
	for (size_t i = m->reboots->episodes.nr; i-- > 0;) {
		struct gm_episode *e = m->reboots->episodes.at[i];

		if (e->end == GM_RB_OPEN && e->machine == mc->id)
			return e;
	}
	return NULL;
}

int gm_episode_new(struct gm_model *m, const struct gm_vm *old, uint64_t start, struct gm_episode **out)
{
	struct gm_reboots *r = m->reboots;
	struct gm_episode *e = gm_episode_too_many(m);

	if (e) {
		gm_vec_remove(&r->episodes, e);
		gm_episode_free(e);
	}
	e = calloc(1, sizeof(*e));
	if (!e || gm_vec_push(&r->episodes, e)) {
		free(e);
		return -ENOMEM;
	}
	e->id = ++r->seen;
	e->machine = old->machine->id;
	memcpy(e->name, old->machine->name, sizeof(e->name));
	e->old_vm = old->id;
	e->old_tgid = old->tgid;
	e->start_ns = e->start_max_ns = e->end_ns = start;
	e->cpu0 = gm_owner_cpu(m, old->tgid);
	gm_episode_counts(old, e);	/* for a reboot in place: what was before */
	e->split0 = e->split;
	e->alloc0 = e->alloc;
	e->zero0 = e->zero;
	e->faults0 = gm_vm_touches(m, old);
	e->pages0 = old->counts.allocated_pages;
	gm_episode_phases_from(old, e);
	*out = e;
	return 0;
}

/* ---- acts ---- */

bool gm_range_is_most(const struct gm_model *m, const struct gm_vm *vm, uint64_t pages)
{
	struct gm_mem mem;

	gm_vm_mem(vm, &mem);
	return mem.size_bytes && 2 * pages * m->meta.page_size >= mem.size_bytes;
}

bool gm_ends_memory(const struct gm_vm *vm, const union gm_any *rec)
{
	size_t views = 0;

	switch (rec->h.kind) {
	case GM_K_VM_DESTROY:
	case GM_K_EVICT:
		return vm->had_mem;
	case GM_K_RELEASE:
		for (size_t i = 0; i < vm->files.nr; i++)
			views += !((const struct gm_file *)vm->files.at[i])->dead_ns;
		return vm->had_mem && views <= 1;
	}
	return false;
}

/* 0: none yet. */
static void keep_first(uint64_t *at, uint64_t ns)
{
	if (!*at || ns < *at)
		*at = ns;
}

static void keep_last(uint64_t *at, uint64_t ns)
{
	if (ns > *at)
		*at = ns;
}

/* One more act of the old vm: ends of views come first, whoever found them; then those of memory and vm. */
static void note_act(struct gm_episode *e, const union gm_any *rec, const struct gm_act_when *w)
{
	bool weak = rec->ev.flags & GM_EV_BY_SCAN && rec->h.kind != GM_K_RELEASE;

	if (e->act_weak && rec->h.kind == GM_K_RELEASE)
		e->act_ns = e->act_max_ns = 0;
	if (!e->act_ns || !weak) {
		e->act_weak = weak;
		keep_first(&e->act_ns, w->begin);
		keep_first(&e->act_max_ns, w->begin_max);
	}
	keep_last(&e->teardown_end_ns, w->end);
	keep_last(&e->teardown_min_ns, w->end_min);
	e->last_act_ns = w->end;
	e->punched |= rec->h.kind == GM_K_PUNCH;
}

int gm_teardown_note(struct gm_model *m, const struct gm_vm *vm, const union gm_any *rec)
{
	struct gm_episode *e = gm_episode_open(m, vm->machine);
	struct gm_act_when w = gm_act_when(vm, rec);
	uint64_t first, first_max;
	int err;

	if (e && (e->new_vm == vm->id || gm_episode_in_place(e))) {	/* the new side goes as well; the next tick brings its faults */
		e->end = GM_RB_CUT;
		if (gm_episode_in_place(e))	/* what follows is another's */
			e->end_ns = e->teardown_end_ns > e->first_bind_ns ? e->teardown_end_ns : e->first_bind_ns;
		e = NULL;
	}
	if (e && e->old_vm != vm->id)
		return 0;	/* a third one: a helper's, of a migration for instance */
	if (!e) {
		err = gm_episode_new(m, vm, gm_event_begin(&rec->ev), &e);
		if (err)
			return err;
	}
	if (!e->act_ns && !(rec->ev.flags & GM_EV_BY_SCAN)) {
		first = w.begin;
		first_max = w.begin_max;
		teardown_begin(m->reboots, vm->id, &first, &first_max);
		if (vm->taken.begin_ns && vm->taken.begin_ns < first)
			first = first_max = vm->taken.begin_ns;
		if (first < w.begin) {
			e->act_ns = first;
			e->act_max_ns = first_max;
		}
	}
	note_act(e, rec, &w);
	gm_episode_begins(e);
	return 0;
}

static bool views_same(const struct gm_vm *a, uint32_t inode)
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

static void take_successor(const struct gm_model *m, struct gm_episode *e, const struct gm_vm *vm, const struct gm_bound *bound)
{
	const struct gm_vm *old = gm_model_vm(m, e->old_vm);
	uint64_t created = creation_begin(m->reboots, vm->id, bound->ts_ns - bound->dur_ns);

	e->new_vm = vm->id;
	e->new_tgid = vm->tgid;
	e->same_process = vm->tgid && vm->tgid == e->old_tgid;
	e->first_bind_ns = bound->ts_ns;
	if (vm->id == e->old_vm)
		e->rebuilt = GM_RB_INPLACE;
	else if (old && views_same(old, bound->inode))
		e->rebuilt = GM_RB_LINK;
	else
		e->rebuilt = GM_RB_RECREATE;	/* or another, by the order */
	e->style = vm->restored_ns && vm->id != e->old_vm ? GM_RB_HANDOVER : e->rebuilt;
	if (vm->id == e->old_vm)
		return;
	e->created_ns = created;
	gm_episode_begins(e);
	memset(&e->split0, 0, sizeof(e->split0));
	memset(&e->alloc0, 0, sizeof(e->alloc0));
	memset(&e->zero0, 0, sizeof(e->zero0));
	gm_episode_phases_from(NULL, e);
	e->faults0 = e->pages0 = 0;
	e->blurred = false;	/* all that the new vm faulted is this boot's */
}

/* A vm's bind gives an episode its new side, or begins one. first: it never had memory before. */
static int new_side(struct gm_model *m, struct gm_vm *vm, const struct gm_bound *bound, bool first)
{
	struct gm_episode *e = gm_episode_open(m, vm->machine);
	const struct gm_vm *old;
	int err;

	/* A third one, while the second had not settled: the next reboot, new one first. */
	if (e && e->new_vm && e->new_vm != vm->id && e->old_vm != vm->id && first) {
		e->end = GM_RB_CUT;
		e = NULL;
	}
	if (!e) {
		old = first ? other_with_memory(vm) : NULL;
		if (!old)
			return 0;
		err = gm_episode_new(m, old, creation_begin(m->reboots, vm->id, bound->ts_ns - bound->dur_ns), &e);
		if (err)
			return err;
	}
	if (!e->new_vm)
		take_successor(m, e, vm, bound);
	return 0;
}

static int note_bind(struct gm_model *m, struct gm_vm *vm, const union gm_any *rec)
{
	const struct gm_bound bound = { rec->h.ts_ns, rec->ev.dur_ns, rec->ev.inode };
	bool done = false;
	int err = gm_inplace_bind(m, vm, &rec->as_BIND, &done);

	if (!vm->was_bound)
		vm->first_bound = bound;
	return err || done ? err : new_side(m, vm, &bound, !vm->was_bound);
}

int gm_reboot_adopt(struct gm_model *m, struct gm_vm *vm)
{
	return m->reboots && vm->first_bound.ts_ns ? new_side(m, vm, &vm->first_bound, true) : 0;
}

static int note_kind(struct gm_model *m, struct gm_vm *vm, const union gm_any *rec)
{
	switch (rec->h.kind) {
	case GM_K_BIND: return note_bind(m, vm, rec);
	case GM_K_UNBIND: return gm_inplace_unbind(m, vm, &rec->as_UNBIND);
	case GM_K_PUNCH: return gm_inplace_punch(m, vm, rec);
	case GM_K_RESET: return gm_inplace_reset(m, vm, &rec->as_RESET);
	}
	return gm_ends_memory(vm, rec) ? gm_teardown_note(m, vm, rec) : 0;
}

/* Some faults from before this record count as later ones: in the reboot that it began, and missing in the one that it ended. */
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
	if ((err = step_add(m, vm, rec)))
		return err;
	e = gm_episode_open(m, vm->machine);
	before = e ? e->id : 0;
	err = note_kind(m, vm, rec);
	if (!err && rec->ev.flags & GM_EV_BLURRED)
		note_blur(m, vm, before);
	return err;
}

/* ---- ticks ---- */

static bool old_is_done(const struct gm_model *m, const struct gm_episode *e)
{
	const struct gm_vm *old = gm_model_vm(m, e->old_vm);

	return e->new_vm == e->old_vm || (e->teardown_end_ns && (!old || old->dead_ns));
}

/* A vm that has not faulted yet has not begun to run: it is waited for, as for the old one's end. */
static bool quiet(const struct gm_model *m, struct gm_episode *e, const struct gm_vm *vm)
{
	uint64_t all = gm_vm_touches(m, vm) - e->faults0, gained = all - e->faults_before;
	uint64_t wait = e->reset_ns && !e->punched ? RESET_WAIT_NS : WAIT_NS;
	bool begun = all || (gm_model_na(m, GM_PHASE_GUEST_FAULT) && !vm->touched_ns) || m->now_ns > e->first_bind_ns + wait;

	e->faults_before = all;
	if (!begun || (gained * QUIET_SHARE >= all && gained))
		e->quiet_ticks = 0;
	else
		e->quiet_ticks++;
	if (e->quiet_ticks <= 1) {	/* what comes later, a trickle, is no part of the reboot */
		e->fault_then_ns = gm_vm_last_touch(vm);
		e->cpu_then = gm_owner_cpu(m, vm->tgid);
	}
	return e->quiet_ticks >= QUIET_TICKS;
}

/* Memory was punched, its slots stay, and it is touched again: the vm is its own successor. */
static void take_itself(const struct gm_model *m, struct gm_episode *e)
{
	const struct gm_vm *old = gm_model_vm(m, e->old_vm);

	if (e->new_vm || !e->punched || !old || old->dead_ns || !old->bindings.nr || gm_vm_touches(m, old) == e->faults0)
		return;
	gm_inplace_take_itself(e, e->teardown_end_ns);	/* it was bound all the time */
}

static void look(const struct gm_model *m, struct gm_episode *e, bool last)
{
	bool waited = m->now_ns > e->last_act_ns + WAIT_NS;
	const struct gm_vm *vm;

	take_itself(m, e);
	vm = gm_model_vm(m, e->new_vm);
	e->end_ns = m->now_ns;
	if (!e->new_vm && (waited || last))
		e->end = GM_RB_NO_SUCCESSOR;
	else if (vm && quiet(m, e, vm) && (old_is_done(m, e) || waited))
		e->end = GM_RB_STEADY;
}

/* A second vm that came and stayed beside the first is no reboot; nor is memory that was punched and is not touched again, of a vm that lives. */
static bool came_to_nothing(const struct gm_model *m, const struct gm_episode *e)
{
	const struct gm_vm *old = gm_model_vm(m, e->old_vm);

	if (e->end == GM_RB_NO_SUCCESSOR && e->punched && old && !old->dead_ns)
		return true;
	return e->end != GM_RB_OPEN && !e->teardown_end_ns;
}

/* A closed episode is settled at the tick after its end, when its faults are told, and then no more. */
int gm_reboot_tick(struct gm_model *m, bool last)
{
	for (size_t i = m->reboots ? m->reboots->episodes.nr : 0; i-- > 0;) {
		struct gm_episode *e = m->reboots->episodes.at[i];

		if (e->end == GM_RB_OPEN)
			look(m, e, last);
		if (came_to_nothing(m, e)) {
			gm_vec_remove(&m->reboots->episodes, e);
			gm_episode_free(e);
			continue;
		}
		if (e->settled)
			continue;
		if (e->end == GM_RB_OPEN ? gm_episode_settle(m, e) : gm_episode_close(m, e))
			return -ENOMEM;
	}
	return 0;
}
