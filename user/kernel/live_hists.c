// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* live_hists.c - pushes what one VM's histograms and parts gained since they were last reported. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "kernel/live_int.h"

/* Makes a record of what a histogram gained since prev; false: nothing. */
static bool make_hist_gain(uint32_t vm, uint32_t phase, const struct gm_khist *now, const struct gm_khist *prev,
			   struct gm_rec_hist *r)
{
	gm_rec_init(&r->h, GM_K_HIST, 0);
	r->vm = vm;
	r->phase = phase;
	r->sum_ns = now->sum_ns - prev->sum_ns;
	r->min_ns = ~now->min_ns;
	r->max_ns = now->max_ns;
	r->cells_nr = 0;
	for (uint32_t s = 0; s < GM_HIST_SLOTS; s++) {
		uint64_t d = now->slot[s] - prev->slot[s];

		if (!d)
			continue;
		r->cells[r->cells_nr].slot = s;
		r->cells[r->cells_nr++].count = (uint32_t)d;
	}
	return r->cells_nr > 0;
}

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

/*
 * Merges two readings. The numbers only grow, so the greater one is the later one. The kernel's reading (gm_raw_hists)
 * may arrive after a later one of ours, if its program was preempted.
 */
_Static_assert(sizeof(struct gm_vm_hists) % sizeof(uint64_t) == 0, "numbers of 64 bits");
static void merge_readings(struct gm_vm_hists *dst, const struct gm_vm_hists *a, const struct gm_vm_hists *b)
{
	const uint64_t *x = (const uint64_t *)a, *y = (const uint64_t *)b;
	uint64_t *to = (uint64_t *)dst;

	for (size_t i = 0; i < sizeof(*dst) / sizeof(*to); i++)
		to[i] = x[i] > y[i] ? x[i] : y[i];
}

void gm_live_push_hists(struct gm_live *l, uint32_t vm, bool placed, const struct gm_vm_hists *told)
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
	merge_readings(now, told, prev);
	for (unsigned int i = 0; i < l->readings_nr; i++)
		l->readings[i].is_stale |= l->readings[i].vm == vm;
	gm_live_objects_note_vm(l, vm);
	for (uint32_t p = 0; p < GM_HISTS_NR; p++) {
		union gm_any u;

		memset(&u, 0, sizeof(u));
		if (!make_hist_gain(vm, GM_HISTS_PHASE(p), &now->h[p], &prev->h[p], &u.as_HIST))
			continue;
		u.h.ts_ns = gm_now_ns();
		gm_live_push(l, &u);
	}
	for (uint32_t w = 0; w < GM_FAULT_KINDS; w++)
		push_split(l, vm, w, &now->totals[w], &prev->totals[w]);
	*prev = *now;
}

void gm_live_handle_hists(struct gm_live *l, const struct gm_raw_hists *raw)
{
	gm_live_push_hists(l, raw->vm, raw->placed, &raw->val);
}
