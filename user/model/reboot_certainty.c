// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reboot_certainty.c - which figures of an episode are known, and which are bounds: its pages, and whether it begins
 * and ends with an observed call or between two samples. Where functions can be hooked, all are known.
 */
#include "model/reboot_int.h"
#include "model/observe.h"

/* ---- pages ---- */

bool gm_allocs_are_counted(const struct gm_model *m)
{
	return gm_model_sight(m, GM_PHASE_ALLOC).seen != GM_SEEN_ALL && !gm_model_uncounted(m);
}

uint64_t gm_episode_freed(const struct gm_episode *e)
{
	return e->old[GM_PHASE_FREE].pages + e->old[GM_PHASE_PUNCH].pages;
}

uint64_t gm_episode_allocated(const struct gm_episode *e)
{
	uint64_t counted = gm_hist_total(&e->alloc);

	return counted > e->pages_allocated ? counted : e->pages_allocated;
}

/* The memory of a VM that ends is freed with the VM; until a scan has found that end, 0 is not a count. */
bool gm_episode_freed_is_known(const struct gm_model *m, const struct gm_episode *e)
{
	bool stays = gm_episode_is_in_place(e) || e->style == GM_REBOOT_LINK || e->style == GM_REBOOT_HANDOVER;

	return gm_episode_freed(e) || !gm_phase_unavailable(m, GM_PHASE_FREE) ||
	       (stays && !gm_model_uncounted(m) && gm_model_has_creations(m));
}

bool gm_episode_allocated_is_known(const struct gm_model *m, const struct gm_episode *e)
{
	return gm_episode_allocated(e) || gm_model_sight(m, GM_PHASE_ALLOC).seen == GM_SEEN_ALL ||
	       (gm_allocs_are_counted(m) && gm_model_has_creations(m));
}

const char *gm_episode_pages_partial(const struct gm_episode *e)
{
	if (!e->blurred || !e->new_vm)
		return NULL;
	return "the ring was full when the guest was reset or its memory was taken: some faults count to the wrong "
	       "boot";
}

/* ---- ends ---- */

uint64_t gm_end_begin_ns(const struct gm_vm *vm, const struct gm_ev *ev)
{
	bool unknown = ev->flags & GM_EV_BY_SCAN && !ev->dur_ns && vm->born_ns <= ev->h.ts_ns;

	return unknown ? vm->born_ns : gm_event_begin(ev);
}

struct gm_act_times gm_act_times(const struct gm_vm *vm, const union gm_any *rec)
{
	bool noticed = rec->ev.flags & GM_EV_BY_SCAN;
	struct gm_act_times w = { .begin = gm_end_begin_ns(vm, &rec->ev), .end = rec->h.ts_ns };
	uint64_t begin_max = 0, end_min = 0;

	switch (rec->h.kind) {
	case GM_K_VM_DESTROY:
		begin_max = rec->as_VM_DESTROY.begin_max_ns;
		end_min = rec->as_VM_DESTROY.end_min_ns;
		break;
	case GM_K_RELEASE:
	case GM_K_EVICT:
		begin_max = rec->as_RELEASE.begin_max_ns;
		end_min = rec->as_RELEASE.end_min_ns;
		break;
	}
	w.begin_max = begin_max >= w.begin && begin_max <= w.end ? begin_max : noticed ? w.end : w.begin;
	w.end_min = end_min >= w.begin && end_min <= w.end ? end_min : noticed ? w.begin : w.end;
	return w;
}

/*
 * Return the style by the order of the two sides; unknown if the old side's first act lies between the same two samples
 * as the creation.
 */
static enum gm_reboot_style style_by_order(const struct gm_episode *e)
{
	if (!e->act_ns || e->created_ns < e->act_ns)
		return GM_REBOOT_OVERLAP;
	return e->created_ns >= e->act_max_ns ? GM_REBOOT_RECREATE : GM_REBOOT_UNKNOWN;
}

void gm_episode_set_begin(struct gm_episode *e)
{
	bool first = e->created_ns && (!e->act_ns || e->created_ns < e->act_ns);

	if (e->act_ns) {
		e->start_ns = e->act_ns;
		e->start_max_ns = e->act_max_ns;
	}
	if (first)
		e->start_ns = e->created_ns;
	if (e->created_ns && (first || e->created_ns < e->start_max_ns))
		e->start_max_ns = e->created_ns;
	if (e->created_ns &&
	    (e->style == GM_REBOOT_OVERLAP || e->style == GM_REBOOT_RECREATE || e->style == GM_REBOOT_UNKNOWN))
		e->style = style_by_order(e);
}

uint64_t gm_episode_wall_min(const struct gm_episode *e)
{
	return e->end_min_ns > e->start_max_ns ? e->end_min_ns - e->start_max_ns : 0;
}

bool gm_episode_teardown_is_known(const struct gm_episode *e)
{
	return e->start_ns == e->start_max_ns && e->teardown_min_ns == e->teardown_end_ns;
}

bool gm_episode_is_timed(const struct gm_episode *e)
{
	return e->end_known && e->start_ns == e->start_max_ns && e->end_ns == e->end_min_ns;
}

enum gm_reboot_untimed gm_episode_untimed(const struct gm_model *m, const struct gm_episode *e)
{
	if (gm_episode_is_timed(e))
		return GM_REBOOT_TIMED;
	if (!gm_model_has_creations(m))
		return GM_REBOOT_SAMPLES;
	if (!e->end_known)
		return GM_REBOOT_TOUCHES;
	return e->start_ns == e->start_max_ns ? GM_REBOOT_TEARDOWN_END : GM_REBOOT_TEARDOWN_BEGIN;
}

/* ---- work ---- */

bool gm_model_rest_is_work(const struct gm_model *m)
{
	return gm_phase_unavailable(m, GM_PHASE_DESTROY) || gm_phase_unavailable(m, GM_PHASE_BIND) ||
	       (gm_phase_unavailable(m, GM_PHASE_GUEST_FAULT) && gm_phase_unavailable(m, GM_PHASE_HOST_FAULT));
}
