// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_steps.c - the calls that make a reboot, the episodes that they open, and the acts of a teardown. */
#include "base/grow.h"
#include "model/reboot_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ADJACENT_NS	1000000000ull	/* longest gap between acts of one teardown */

/* ---- calls ---- */

static int steps_make_room(struct gm_reboots *r, size_t most)
{
	size_t gone = most / 2;

	if (r->steps_nr >= most) {
		r->dropped_ns = r->step[gone - 1].end_ns;
		r->steps_nr -= gone;
		memmove(r->step, r->step + gone, r->steps_nr * sizeof(*r->step));
		return 0;
	}
	return gm_grow(r->step, r->steps_nr, 1, r->steps_cap);
}

/* Fill a step from the fields of its kind: off_ns, blocked_ns and pages have different places. */
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
		s->boot_exits = rec->h.kind == GM_K_BIND || rec->h.kind == GM_K_UNBIND || rec->h.kind == GM_K_PUNCH
					? rec->as_BIND.boot_exits
					: 0;
		s->off_ns = rec->as_BIND.off_ns;
		s->blocked_ns = rec->as_BIND.blocked_ns;
		s->flags = rec->ev.flags & (GM_EV_SPTES | GM_EV_FLUSH);
		memcpy(s->sptes, rec->as_ZAP.sptes, sizeof(s->sptes));
		s->flush_ns = rec->as_ZAP.flush_ns < s->self_ns ? rec->as_ZAP.flush_ns : s->self_ns;
		s->pages = rec->h.kind == GM_K_FALLOCATE || rec->h.kind == GM_K_PUNCH ? rec->as_PUNCH.pages
										      : rec->as_BIND.npages;
	}
	/* They come from other clock readings than the call itself, and a recording is untrusted. */
	s->off_ns = s->off_ns < s->self_ns ? s->off_ns : s->self_ns;
	s->blocked_ns = s->blocked_ns < s->off_ns ? s->blocked_ns : s->off_ns;
}

/* Add an empty step, the newest. NULL: no memory. */
static struct gm_step *step_new(const struct gm_model *m)
{
	struct gm_reboots *r = m->reboots;
	struct gm_step *s;

	if (steps_make_room(r, (size_t)GM_STEPS_EACH * (m->keep_dead ? m->keep_dead : 1)))
		return NULL;
	s = &r->step[r->steps_nr++];
	memset(s, 0, sizeof(*s));
	return s;
}

int gm_step_add_calls(const struct gm_model *m, const struct gm_vm *vm, const struct gm_rec_calls *r)
{
	struct gm_step *s = step_new(m);

	if (!s)
		return -ENOMEM;
	s->calls = r->done;
	s->begin_ns = r->since_ns > vm->born_ns ? r->since_ns : vm->born_ns;
	s->end_ns = r->last_ns > s->begin_ns ? r->last_ns : s->begin_ns;
	s->begin_max_ns = s->begin_ns;
	s->self_ns = r->self_ns;
	s->pages = r->pages;
	s->vm = vm->id;
	s->line = r->phase;
	return 0;
}

int gm_step_add(const struct gm_model *m, const struct gm_vm *vm, const union gm_any *rec)
{
	const struct gm_ev *ev = &rec->ev;
	int phase = gm_kind_phase(rec->h.kind);
	struct gm_step *s;

	if ((phase < 0 && rec->h.kind != GM_K_VM_CREATE) || (ev->flags & GM_EV_NODUR && rec->h.kind != GM_K_EVICT))
		return 0;
	s = step_new(m);
	if (!s)
		return -ENOMEM;
	s->end_ns = ev->h.ts_ns;
	s->begin_ns = ev->h.ts_ns - (ev->dur_ns < ev->h.ts_ns ? ev->dur_ns : ev->h.ts_ns);
	s->self_ns = ev->self_ns < ev->dur_ns ? ev->self_ns : ev->dur_ns;
	s->begin_max_ns = gm_act_times(vm, rec).begin_max;
	s->vm = vm->id;
	s->inode = ev->inode;
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

/*
 * Find the begin of a teardown. The end of a VM shows late that it is one: SPTEs are zapped first. So earlier acts
 * since the last bind belong to it.
 */
static void find_teardown_begin(const struct gm_reboots *r, uint32_t vm, uint64_t *earliest, uint64_t *latest)
{
	uint64_t begin = *earliest, before = 0; /* before: the end of this vm's last episode */

	for (size_t i = 0; i < r->episodes.nr; i++) {
		const struct gm_episode *e = r->episodes.at[i];

		if ((e->old_vm == vm || e->new_vm == vm) && e->end != GM_REBOOT_OPEN && e->end_ns > before)
			before = e->end_ns < begin ? e->end_ns : begin;
	}
	for (size_t i = r->steps_nr; i-- > 0;) {
		const struct gm_step *s = &r->step[i];

		if (s->vm == vm && s->line == GM_PHASE_BIND)
			break; /* the VM had its memory then */
		/* when the first of summed calls began is not known; single ones beside them show it */
		if (s->vm != vm || s->calls || !is_teardown_line(s->line) || s->begin_ns < before)
			continue;
		if (s->end_ns + ADJACENT_NS < begin)
			break;
		begin = s->begin_ns < begin ? s->begin_ns : begin;
		*latest = s->begin_max_ns < *latest ? s->begin_max_ns : *latest;
	}
	*earliest = begin;
}

uint64_t gm_creation_begin(const struct gm_reboots *r, uint32_t vm, uint64_t begin)
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

		if (e->end == GM_REBOOT_OPEN && e->machine == mc->id)
			return e;
	}
	return NULL;
}

int gm_episode_new(struct gm_model *m, const struct gm_vm *old, uint64_t start, struct gm_episode **out)
{
	struct gm_reboots *r = m->reboots;
	struct gm_episode *e = gm_episode_to_forget(m);

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
	gm_episode_counts(old, e); /* for a reboot in place: counts up to its start */
	e->split0 = e->split;
	e->alloc0 = e->alloc;
	e->zero0 = e->zero;
	e->faults0 = gm_vm_touches(m, old);
	e->pages0 = old->counts.allocated_pages;
	gm_episode_mark_phases(old, e);
	*out = e;
	return 0;
}

/* ---- acts ---- */

bool gm_range_covers_half(const struct gm_model *m, const struct gm_vm *vm, uint64_t pages)
{
	struct gm_mem mem;

	gm_vm_mem(vm, &mem);
	return mem.size_bytes && 2 * pages * m->meta.page_size >= mem.size_bytes;
}

bool gm_event_ends_memory(const struct gm_vm *vm, const union gm_any *rec)
{
	size_t views = 0;

	switch (rec->h.kind) {
	case GM_K_VM_DESTROY:
	case GM_K_EVICT: return vm->had_mem;
	case GM_K_RELEASE:
		for (size_t i = 0; i < vm->files.nr; i++)
			views += !((const struct gm_file *)vm->files.at[i])->dead_ns;
		return vm->had_mem && views <= 1;
	}
	return false;
}

/* Keep the earliest time in *at; 0: none yet. */
static void keep_earliest(uint64_t *at, uint64_t ns)
{
	if (!*at || ns < *at)
		*at = ns;
}

static void keep_latest(uint64_t *at, uint64_t ns)
{
	if (ns > *at)
		*at = ns;
}

/* Add an act of the old VM. The end of a file comes before those of memory and VM, whatever found them. */
static void note_act(struct gm_episode *e, const union gm_any *rec, const struct gm_act_times *w)
{
	bool weak = rec->ev.flags & GM_EV_BY_SCAN && rec->h.kind != GM_K_RELEASE;

	if (e->act_weak && rec->h.kind == GM_K_RELEASE)
		e->act_ns = e->act_max_ns = 0;
	if (!e->act_ns || !weak) {
		e->act_weak = weak;
		keep_earliest(&e->act_ns, w->begin);
		keep_earliest(&e->act_max_ns, w->begin_max);
	}
	keep_latest(&e->teardown_end_ns, w->end);
	keep_latest(&e->teardown_min_ns, w->end_min);
	e->last_act_ns = w->end;
	e->punched |= rec->h.kind == GM_K_PUNCH;
}

int gm_teardown_note(struct gm_model *m, const struct gm_vm *vm, const union gm_any *rec)
{
	struct gm_episode *e = gm_episode_open(m, vm->machine);
	struct gm_act_times w = gm_act_times(vm, rec);
	uint64_t first, first_max;
	int err;

	/* the new side is torn down as well; the next tick reports its faults */
	if (e && (e->new_vm == vm->id || gm_episode_is_in_place(e))) {
		e->end = GM_REBOOT_CUT;
		if (gm_episode_is_in_place(e)) /* later acts belong to the next episode */
			e->end_ns = e->teardown_end_ns > e->first_bind_ns ? e->teardown_end_ns : e->first_bind_ns;
		e = NULL;
	}
	if (e && e->old_vm != vm->id)
		return 0; /* a third VM: a helper, of a migration for instance */
	if (!e) {
		err = gm_episode_new(m, vm, gm_event_begin(&rec->ev), &e);
		if (err)
			return err;
	}
	if (!e->act_ns && !(rec->ev.flags & GM_EV_BY_SCAN)) {
		first = w.begin;
		first_max = w.begin_max;
		find_teardown_begin(m->reboots, vm->id, &first, &first_max);
		if (vm->unbound.begin_ns && vm->unbound.begin_ns < first)
			first = first_max = vm->unbound.begin_ns;
		if (first < w.begin) {
			e->act_ns = first;
			e->act_max_ns = first_max;
		}
	}
	note_act(e, rec, &w);
	gm_episode_set_begin(e);
	return 0;
}
