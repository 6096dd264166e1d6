// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reading.c - arithmetic on readings of a VM's histograms. */
#include "kernel/reading.h"

_Static_assert(sizeof(struct gm_vm_hists) % sizeof(uint64_t) == 0, "numbers of 64 bits");

void gm_reading_copy(struct gm_vm_hists *dst, const struct gm_vm_hists *src)
{
	const uint64_t *from = (const uint64_t *)src;
	uint64_t *to = (uint64_t *)dst;

	for (size_t i = 0; i < sizeof(*dst) / sizeof(*to); i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_ACQUIRE);
}

/* Return what of a phase's histogram is part p of faults of other kinds, or of no timed fault. */
static uint64_t not_guests(const struct gm_vm_hists *now, uint32_t p)
{
	uint64_t ns = now->aside_ns[p];

	for (uint32_t w = 0; w < GM_FAULT_KINDS; w++)
		ns += GM_FAULT_KIND_PHASE(w) == GM_PHASE_GUEST_FAULT ? 0 : now->totals[w].part_ns[p];
	return ns;
}

/*
 * Fills in the parts of guests' faults (struct gm_vm_hists). prev: the last reading, whose parts add up to its faults.
 * What the faults gained since then is shared out, so that parts only grow and add up again, also in a reading amid a
 * fault: a part that was read too early then gets less than its due, and other more, until a later reading.
 */
static void compute_guest_parts(struct gm_vm_hists *now, const struct gm_vm_hists *prev)
{
	__u64 *parts = now->totals[GM_FAULT_KIND_OF(GM_PHASE_GUEST_FAULT)].part_ns;
	const __u64 *before = prev->totals[GM_FAULT_KIND_OF(GM_PHASE_GUEST_FAULT)].part_ns;
	uint64_t gained = now->h[GM_HISTS_OF_PHASE(GM_PHASE_GUEST_FAULT)].sum_ns;

	for (uint32_t p = 0; p <= GM_PART_OTHER; p++)
		gained -= before[p] < gained ? before[p] : gained;
	for (uint32_t p = 0; p < GM_PART_OTHER; p++) {
		uint64_t all = now->h[GM_HISTS_OF_PHASE(GM_PHASE_ALLOC + p)].sum_ns, less = not_guests(now, p);
		uint64_t due = all > less + before[p] ? all - less - before[p] : 0;

		due = due < gained ? due : gained;
		parts[p] = before[p] + due;
		gained -= due;
	}
	parts[GM_PART_OTHER] = before[GM_PART_OTHER] + gained;
}
_Static_assert(GM_PHASE_MAP - GM_PHASE_ALLOC == GM_PART_MAP && GM_PART_OTHER == GM_PART_MAP + 1,
	       "parts are numbered as their phases, other is the last");

void gm_reading_merge(struct gm_vm_hists *dst, const struct gm_vm_hists *now, const struct gm_vm_hists *prev)
{
	const uint64_t *x = (const uint64_t *)now, *y = (const uint64_t *)prev;
	uint64_t *to = (uint64_t *)dst;

	for (size_t i = 0; i < sizeof(*dst) / sizeof(*to); i++)
		to[i] = x[i] > y[i] ? x[i] : y[i];
	compute_guest_parts(dst, prev);
}

bool gm_reading_gain(struct gm_rec_hist *r, uint32_t vm, uint32_t phase, const struct gm_khist *now,
		     const struct gm_khist *prev)
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

uint64_t gm_reading_gained(const struct gm_khist *now, const struct gm_khist *prev)
{
	uint64_t n = 0;

	for (uint32_t s = 0; s < GM_HIST_SLOTS; s++)
		n += now->slot[s] - prev->slot[s];
	return n;
}

uint64_t gm_reading_gained_faults(const struct gm_vm_hists *now, const struct gm_vm_hists *prev, uint32_t kind)
{
	uint32_t h = GM_HISTS_OF_PHASE(GM_FAULT_KIND_PHASE(kind));

	return now->totals[kind].untimed - prev->totals[kind].untimed + gm_reading_gained(&now->h[h], &prev->h[h]);
}
