// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reboot_ledger.c - what an episode cost, line by line, and where the wall clock went.
 *
 * Each moment of the wall clock counts once: for the innermost call of the task whose outermost call ends last (nothing
 * later could begin before that end); if there is no call, for faults, as far as they were in progress; else for the
 * rest.
 */
#include "model/reboot_int.h"
#include "model/observe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t gm_vm_faults(const struct gm_vm *vm)
{
	uint64_t n = 0;

	for (unsigned int w = 0; w < GM_FAULT_KINDS; w++) {
		const struct gm_hist *h = vm->phase[GM_FAULT_KIND_PHASE(w)];

		n += h ? gm_hist_total(h) : 0;
	}
	return n;
}

uint64_t gm_vm_touches(const struct gm_model *m, const struct gm_vm *vm)
{
	uint64_t faults = gm_vm_faults(vm), pages = vm->counts.allocated_pages;

	return gm_phase_unavailable(m, GM_PHASE_GUEST_FAULT) && pages > faults ? pages : faults;
}

/* *gain = now - before; now NULL: nothing counted yet. */
static void hist_since(struct gm_hist *gain, const struct gm_hist *now, const struct gm_hist *before)
{
	static const struct gm_hist none;

	gm_hist_gain(gain, now ? now : &none, before);
}

#define SUBTRACT_START(field) (e->split.field -= e->split0.field < e->split.field ? e->split0.field : e->split.field)

void gm_episode_counts(const struct gm_vm *vm, struct gm_episode *e)
{
	hist_since(&e->alloc, vm->phase[GM_PHASE_ALLOC], &e->alloc0);
	hist_since(&e->zero, vm->phase[GM_PHASE_ZERO], &e->zero0);
	e->split = vm->split;
	for (unsigned int w = 0; w < GM_FAULT_KINDS; w++) {
		for (unsigned int p = 0; p < GM_PART_NR; p++)
			SUBTRACT_START(part_ns[w][p]);
		SUBTRACT_START(found[w]);
		SUBTRACT_START(found_ns[w]);
		SUBTRACT_START(busy_ns[w]);
	}
}

void gm_episode_mark_phases(const struct gm_vm *vm, struct gm_episode *e)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		const struct gm_hist *h = vm ? vm->phase[p] : NULL;

		e->count0[p] = h ? gm_hist_total(h) : 0;
		e->untimed0[p] = h ? h->untimed : 0;
	}
}

struct gm_reboot_cpu gm_owner_cpu(const struct gm_model *m, uint32_t tgid)
{
	const struct gm_proc *p = tgid ? gm_hmap_get(&m->proc_by_tgid, tgid) : NULL;
	struct gm_reboot_cpu c = { 0 };

	if (p && p->cpu.ts_ns)
		c = (struct gm_reboot_cpu){ p->cpu.user_ns, p->cpu.system_ns, p->cpu.guest_ns, true };
	return c;
}

/* ---- which calls ---- */

static bool is_setup(uint32_t line)
{
	return line == GM_LINE_SETUP || line == GM_PHASE_CREATE || line == GM_PHASE_BIND ||
	       line == GM_PHASE_FALLOCATE || line == GM_PHASE_CONVERT || line == GM_PHASE_POPULATE;
}

/*
 * Return true if a call belongs to an episode, and to which side. In place both sides are one VM: set-up calls are new,
 * other calls are new after the bind.
 */
static bool is_step_of(const struct gm_episode *e, const struct gm_step *s, bool *old_side)
{
	if (s->end_ns < e->start_ns || s->begin_ns > e->end_ns || (e->until_ns && s->begin_ns >= e->until_ns))
		return false;
	if (e->new_vm && e->new_vm == e->old_vm && s->vm == e->new_vm)
		*old_side = !is_setup(s->line) && s->begin_ns < e->first_bind_ns;
	else if (s->vm == e->old_vm)
		*old_side = true;
	else if (s->vm == e->new_vm && e->new_vm)
		*old_side = false;
	else
		return false;
	/* The old VM's own set-up belongs to the reboot before this one. Of a sum the first call may be from before. */
	return (s->calls || s->begin_ns >= e->start_ns) && !(*old_side && is_setup(s->line));
}

static void steps_clear(struct gm_episode *e)
{
	for (size_t i = 0; i < e->steps.nr; i++)
		free(e->steps.at[i]);
	e->steps.nr = 0;
}

static int by_begin(const void *a, const void *b)
{
	const struct gm_step *x = *(const struct gm_step *const *)a, *y = *(const struct gm_step *const *)b;

	if (x->begin_ns != y->begin_ns)
		return x->begin_ns < y->begin_ns ? -1 : 1;
	return x->end_ns > y->end_ns ? -1 : x->end_ns < y->end_ns; /* outer call first */
}

/* Add summed calls to their line. */
static void add_summed(struct gm_line_cost *l, const struct gm_step *s)
{
	l->count += s->calls;
	l->summed += s->calls;
	l->pages += s->pages;
	l->work_ns += s->self_ns;
	l->summed_ns += s->self_ns;
}

static int steps_collect(const struct gm_reboots *r, struct gm_episode *e)
{
	steps_clear(e);
	e->cut_steps = r->dropped_ns >= e->start_ns && r->dropped_ns;
	for (size_t i = 0; i < r->steps_nr; i++) {
		bool old_side = false;
		struct gm_step *s;

		if (!is_step_of(e, &r->step[i], &old_side))
			continue;
		if (r->step[i].calls) {
			add_summed(old_side ? &e->old[r->step[i].line] : &e->new[r->step[i].line], &r->step[i]);
			continue;
		}
		if (r->step[i].bound) {
			if (old_side)
				e->old[r->step[i].line].pages += r->step[i].pages;
			continue;
		}
		s = malloc(sizeof(*s));
		if (!s || gm_vec_push(&e->steps, s)) {
			free(s);
			return -ENOMEM;
		}
		*s = r->step[i];
		s->old_side = old_side;
		s->wall_ns = 0;
	}
	if (e->steps.nr)
		qsort(e->steps.at, e->steps.nr, sizeof(e->steps.at[0]), by_begin);
	return 0;
}

/* ---- the wall ---- */

/* Return the end of the outermost active call of a step's task; calls of one task nest. */
static uint64_t outer_end(const struct gm_step *const *active, size_t nr, const struct gm_step *s)
{
	uint64_t end = s->end_ns;

	for (size_t i = 0; i < nr; i++)
		if (active[i]->tid == s->tid && active[i]->end_ns > end)
			end = active[i]->end_ns;
	return end;
}

/* Return the active call that the wall clock waits for; NULL: none. */
static struct gm_step *critical_step(struct gm_step **active, size_t nr)
{
	struct gm_step *best = NULL;
	uint64_t best_end = 0;

	for (size_t i = 0; i < nr; i++) {
		uint64_t end = outer_end((const struct gm_step *const *)active, nr, active[i]);

		/* Of one task the innermost call, which began last: they are ordered by begin. */
		if (!best || end > best_end || (end == best_end && active[i]->tid == best->tid)) {
			best = active[i];
			best_end = end;
		}
	}
	return best;
}

struct sweep {
	struct gm_episode *e;
	struct gm_step **active;
	size_t active_nr;
	uint64_t at;			/* up to here the wall clock is assigned */
	uint64_t window[2];		/* first to last fault */
	uint64_t window_ns;		/* part of the window that is assigned to calls */
	uint64_t shared_ns;
};

static uint64_t overlap(uint64_t a, uint64_t b, const uint64_t w[2])
{
	uint64_t from = a > w[0] ? a : w[0], to = b < w[1] ? b : w[1];

	return to > from ? to - from : 0;
}

static uint64_t clip_to_episode(const struct gm_episode *e, uint64_t t)
{
	return t < e->start_ns ? e->start_ns : t > e->end_ns ? e->end_ns : t;
}

/* Assign the time up to t, before which no call begins or ends. */
static void sweep_to(struct sweep *s, uint64_t t)
{
	struct gm_step *on = critical_step(s->active, s->active_nr);

	if (t <= s->at)
		return;
	if (on) {
		on->wall_ns += t - s->at;
		s->shared_ns += t - s->at;
		s->window_ns += overlap(s->at, t, s->window);
	}
	s->at = t;
}

/* End the active calls that end up to t, in the order of their ends. */
static void sweep_ends(struct sweep *s, uint64_t t)
{
	for (;;) {
		size_t first = SIZE_MAX;

		for (size_t i = 0; i < s->active_nr; i++)
			if (s->active[i]->end_ns <= t &&
			    (first == SIZE_MAX || s->active[i]->end_ns < s->active[first]->end_ns))
				first = i;
		if (first == SIZE_MAX)
			return;
		sweep_to(s, clip_to_episode(s->e, s->active[first]->end_ns));
		memmove(&s->active[first], &s->active[first + 1], (--s->active_nr - first) * sizeof(s->active[0]));
	}
}

static int sweep(struct sweep *s)
{
	struct gm_vec *steps = &s->e->steps;

	s->at = s->e->start_ns;
	s->active = calloc(steps->nr + 1, sizeof(s->active[0]));
	if (!s->active)
		return -ENOMEM;
	for (size_t i = 0; i < steps->nr; i++) {
		struct gm_step *step = steps->at[i];

		sweep_ends(s, step->begin_ns);
		sweep_to(s, clip_to_episode(s->e, step->begin_ns));
		s->active[s->active_nr++] = step;
	}
	sweep_ends(s, UINT64_MAX);
	free(s->active);
	return 0;
}

/* ---- the lines ---- */

static void count_steps(struct gm_episode *e)
{
	e->parallel_ns = 0;
	for (size_t i = 0; i < e->steps.nr; i++) {
		const struct gm_step *s = e->steps.at[i];
		struct gm_line_cost *l = s->old_side ? &e->old[s->line] : &e->new[s->line];

		l->count++;
		l->pages += s->pages;
		l->work_ns += s->self_ns;
		l->off_ns += s->off_ns;
		l->blocked_ns += s->blocked_ns;
		l->wall_ns += s->wall_ns;
		l->cpu_known = s->cpu_known && !l->summed;
		l->sptes_known |= s->flags & GM_EV_SPTES && !l->summed;
		l->flush_known |= s->flags & GM_EV_FLUSH && !l->summed;
		l->flush_ns += s->flush_ns;
		for (unsigned int k = 0; k < GM_LEVELS; k++)
			l->sptes[k] += s->sptes[k];
		e->parallel_ns += s->self_ns > s->wall_ns ? s->self_ns - s->wall_ns : 0;
	}
}

/* Operations of a phase since the episode began: all, or those without a time. */
static uint64_t counted_since_start(const struct gm_vm *vm, const struct gm_episode *e, unsigned int phase)
{
	uint64_t n = vm->phase[phase] ? gm_hist_total(vm->phase[phase]) : 0;

	return n > e->count0[phase] ? n - e->count0[phase] : 0;
}

static uint64_t untimed_since_start(const struct gm_vm *vm, const struct gm_episode *e, unsigned int phase)
{
	uint64_t n = vm->phase[phase] ? vm->phase[phase]->untimed : 0;

	return n > e->untimed0[phase] ? n - e->untimed0[phase] : 0;
}

/* Set the fault lines: alloc and zero by pages, other parts by their sums, "other" on the fault kind's line. */
static void count_faults(const struct gm_vm *vm, struct gm_episode *e)
{
	static const unsigned int line[] = { GM_PHASE_ALLOC, GM_PHASE_ZERO, GM_PHASE_PREPARE, GM_PHASE_MAP };

	e->new[GM_PHASE_ALLOC].count = e->new[GM_PHASE_ALLOC].pages = gm_hist_total(&e->alloc);
	e->new[GM_PHASE_ALLOC].untimed = e->alloc.untimed;
	e->new[GM_PHASE_ALLOC].work_ns = e->alloc.sum_ns;
	e->new[GM_PHASE_ZERO].count = e->new[GM_PHASE_ZERO].pages = gm_hist_total(&e->zero);
	e->new[GM_PHASE_ZERO].untimed = e->zero.untimed;
	e->new[GM_PHASE_ZERO].work_ns = e->zero.sum_ns;
	for (unsigned int p = GM_PART_PREPARE; p <= GM_PART_MAP; p++) {
		e->new[line[p]].work_ns = gm_split_part_sum(&e->split, p);
		e->new[line[p]].count = e->new[line[p]].pages = counted_since_start(vm, e, line[p]);
	}
	e->new[GM_PHASE_MAP].sptes_known = vm->sptes_known && !vm->dead_ns;
	memcpy(e->new[GM_PHASE_MAP].sptes, vm->sptes, sizeof(vm->sptes));
	for (unsigned int w = 0; w < GM_FAULT_KINDS; w++) {
		e->new[GM_FAULT_KIND_PHASE(w)].count = counted_since_start(vm, e, GM_FAULT_KIND_PHASE(w));
		e->new[GM_FAULT_KIND_PHASE(w)].untimed = untimed_since_start(vm, e, GM_FAULT_KIND_PHASE(w));
		e->new[GM_FAULT_KIND_PHASE(w)].work_ns = e->split.part_ns[w][GM_PART_OTHER];
	}
}

/* Set the CPU time at the end: of a new process all of it, plus the old one's since the start. */
static void set_cpu(const struct gm_model *m, struct gm_episode *e)
{
	struct gm_reboot_cpu old = gm_owner_cpu(m, e->old_tgid),
			     new = gm_owner_cpu(m, e->new_vm ? e->new_tgid : e->old_tgid);

	if (gm_reboot_end_is_quiet(e->end) && e->cpu_steady.known)
		new = e->cpu_steady;

	if (e->new_vm && !e->same_process && e->new_vm != e->old_vm && old.known) {
		new.user_ns += old.user_ns;
		new.system_ns += old.system_ns;
		new.guest_ns += old.guest_ns;
	}
	e->cpu1 = new;
}

/* ---- times ---- */

uint64_t gm_vm_last_touch(const struct gm_vm *vm)
{
	uint64_t end = vm->touched_ns;

	for (unsigned int w = 0; w < GM_FAULT_KINDS; w++)
		end = vm->last_fault_ns[w] > end ? vm->last_fault_ns[w] : end;
	return end;
}

/* Return the end of the new side: its last set-up call or last fault, but not before the teardown's end. */
static uint64_t new_side_end(const struct gm_reboots *r, const struct gm_episode *e, const struct gm_vm *vm,
			     uint64_t teardown_end)
{
	uint64_t end = teardown_end, fault = vm ? gm_vm_last_touch(vm) : 0;

	if (gm_reboot_end_is_quiet(e->end) && e->fault_steady_ns && e->fault_steady_ns < fault)
		fault = e->fault_steady_ns;
	if (fault > e->first_bind_ns)
		end = fault > end ? fault : end;
	for (size_t i = 0; i < r->steps_nr; i++) {
		const struct gm_step *s = &r->step[i];

		if (e->until_ns && s->begin_ns >= e->until_ns)
			continue;
		if (e->new_vm && s->vm == e->new_vm && s->begin_ns >= e->start_ns && is_setup(s->line) &&
		    s->end_ns > end)
			end = s->end_ns;
	}
	return end;
}

/* Return true if something shows when the new side had its memory: guest faults, or pages that are newly touched. */
static bool has_end_signs(const struct gm_model *m, const struct gm_episode *e, const struct gm_vm *vm)
{
	return gm_model_has_creations(m) &&
	       (!gm_phase_unavailable(m, GM_PHASE_GUEST_FAULT) || vm->touched_ns > e->first_bind_ns);
}

static void set_times(const struct gm_model *m, struct gm_episode *e, const struct gm_vm *vm)
{
	e->end_known = !vm || has_end_signs(m, e, vm);
	if (e->end == GM_REBOOT_OPEN) {
		e->end_ns = e->end_min_ns = m->now_ns;
	} else {
		e->end_ns = new_side_end(m->reboots, e, vm, e->teardown_end_ns);
		e->end_min_ns = new_side_end(m->reboots, e, vm, e->teardown_min_ns);
	}
	if (!vm)
		return;
	e->vcpus = vm->vcpus;
	/* In place the first fault after the bind is not known: the VM's first fault was long before. */
	e->first_fault_ns = vm->first_fault_ns[GM_FAULT_KIND_OF(GM_PHASE_GUEST_FAULT)];
	if (e->first_fault_ns < e->start_ns)
		e->first_fault_ns = 0;
}

static void fault_window(const struct gm_episode *e, const struct gm_vm *vm, uint64_t w[2])
{
	w[0] = w[1] = e->end_ns;
	if (!vm)
		return;
	for (unsigned int k = 0; k < GM_FAULT_KINDS; k++) {
		uint64_t first = vm->first_fault_ns[k];

		if (first && first < e->first_bind_ns && vm->id == e->old_vm)
			first = e->first_bind_ns;
		if (first && first < w[0])
			w[0] = first;
	}
	w[0] = clip_to_episode(e, w[0]);
}

int gm_episode_settle(const struct gm_model *m, struct gm_episode *e)
{
	const struct gm_vm *vm = gm_model_vm(m, e->new_vm);
	struct sweep s = { .e = e };
	uint64_t left, faults = 0;

	set_times(m, e, vm);
	memset(e->old, 0, sizeof(e->old));
	memset(e->new, 0, sizeof(e->new));
	if (steps_collect(m->reboots, e))
		return -ENOMEM;
	e->pages_allocated = vm && gm_allocs_are_counted(m) ? vm->counts.allocated_pages - e->pages0 : 0;
	fault_window(e, vm, s.window);
	if (sweep(&s))
		return -ENOMEM;
	count_steps(e);
	memset(&e->split, 0, sizeof(e->split));
	memset(&e->alloc, 0, sizeof(e->alloc));
	memset(&e->zero, 0, sizeof(e->zero));
	if (vm) {
		gm_episode_counts(vm, e);
		count_faults(vm, e);
		faults = gm_share_faults(e, s.window[1] - s.window[0] - s.window_ns);
	}
	set_cpu(m, e);
	left = gm_share_summed(e, gm_episode_wall(e) - s.shared_ns - faults);
	gm_share_rest(m, e, left);
	return 0;
}
