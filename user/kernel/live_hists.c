// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* live_hists.c - pushes what one VM's histograms and parts gained since they were last reported. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "kernel/live_int.h"
#include "kernel/reading.h"

static void push_split(struct gm_live *l, uint32_t vm, uint32_t whole, const struct gm_fault_totals *now,
		       const struct gm_fault_totals *prev)
{
	union gm_any u = { 0 };
	struct gm_rec_split *r = &u.as_SPLIT;
	uint64_t gained = now->found - prev->found + now->busy_ns - prev->busy_ns + now->untimed - prev->untimed;

	gm_rec_init(&u.h, GM_K_SPLIT, gm_now_ns());
	r->vm = vm;
	r->phase = GM_FAULT_KIND_PHASE(whole);
	for (uint32_t p = 0; p < GM_PART_NR; p++) {
		r->part_ns[p] = now->part_ns[p] - prev->part_ns[p];
		gained += r->part_ns[p];
	}
	r->first_ns = now->first_ns;
	r->last_ns = now->last_ns;
	r->found = now->found - prev->found;
	r->found_ns = now->found_ns - prev->found_ns;
	r->busy_ns = now->busy_ns - prev->busy_ns;
	r->untimed = now->untimed - prev->untimed;
	r->flags = l->plan.need & GM_NEED_WALL ? GM_EV_CPU : 0;
	if (gained)
		gm_live_push(l, &u);
}

static void push_calls(struct gm_live *l, uint32_t vm, uint32_t i, const struct gm_vm_hists *now,
		       const struct gm_vm_hists *prev)
{
	union gm_any u = { 0 };
	struct gm_rec_calls *r = &u.as_CALLS;

	gm_rec_init(&u.h, GM_K_CALLS, gm_now_ns());
	r->vm = vm;
	r->phase = GM_CALLS_PHASE(i);
	r->done = gm_reading_gained(&now->h[GM_HISTS_HOT + i], &prev->h[GM_HISTS_HOT + i]);
	r->failed = now->calls[i].failed - prev->calls[i].failed;
	r->pages = now->calls[i].pages - prev->calls[i].pages;
	r->self_ns = now->h[GM_HISTS_HOT + i].sum_ns - prev->h[GM_HISTS_HOT + i].sum_ns;
	r->since_ns = prev->read_ns;
	r->last_ns = now->calls[i].last_ns;
	if (r->done || r->failed)
		gm_live_push(l, &u);
}

void gm_live_push_hists(struct gm_live *l, uint32_t vm, bool placed, const struct gm_vm_hists *told, uint64_t read_ns)
{
	struct gm_vm_hists *prev = gm_hmap_get(&l->ix.hot_prev, GM_HOT_KEY(vm, placed)), *now = l->hot;

	if (!prev) {
		prev = calloc(1, sizeof(*prev));
		if (!prev || gm_hmap_put(&l->ix.hot_prev, GM_HOT_KEY(vm, placed), prev)) {
			free(prev);
			gm_live_fail(l, -ENOMEM);
			return;
		}
	}
	gm_reading_merge(now, told, prev);
	for (unsigned int i = 0; i < l->readings_nr; i++)
		l->readings[i].is_stale |= l->readings[i].vm == vm;
	gm_live_objects_note_vm(l, vm);
	for (uint32_t p = 0; p < GM_HISTS_NR; p++) {
		union gm_any u;

		memset(&u, 0, sizeof(u));
		if (!gm_reading_gain(&u.as_HIST, vm, GM_HISTS_PHASE(p), &now->h[p], &prev->h[p]))
			continue;
		u.h.ts_ns = gm_now_ns();
		gm_live_push(l, &u);
	}
	for (uint32_t w = 0; w < GM_FAULT_KINDS; w++) {
		l->faults_done[w] += gm_reading_gained_faults(now, prev, w);
		push_split(l, vm, w, &now->totals[w], &prev->totals[w]);
	}
	for (uint32_t i = 0; i < GM_CALL_PHASES; i++)
		push_calls(l, vm, i, now, prev);
	now->read_ns = read_ns > now->read_ns ? read_ns : now->read_ns;
	*prev = *now;
}

void gm_live_handle_hists(struct gm_live *l, const struct gm_raw_hists *raw)
{
	gm_live_push_hists(l, raw->vm, raw->placed, &raw->val, raw->h.ts_ns);
}
