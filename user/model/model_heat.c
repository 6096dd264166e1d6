// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model_heat.c - recent activity of machines by phase: counts by tick and octave, two half windows for quantiles, and
 * the rate of the last tick.
 *
 * A place in the ring is by the model's tick, not by the machine's age, so that two machines that are merged can be
 * added place by place. The tick in progress has a place of its own, which was zeroed when the tick began. A VM that
 * moves to another machine (its tgid was reused) leaves its recent activity behind.
 */
#include "model/model_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void gm_model_keep_heat(struct gm_model *m)
{
	m->keep_heat = true;
}

unsigned int gm_heat_octave(unsigned int slot)
{
	return slot ? 1 + (slot - 1) / GM_HIST_PER_OCTAVE : 0;
}

static void cell_add(uint16_t *cell, uint64_t n)
{
	*cell = n < (uint64_t)(UINT16_MAX - *cell) ? (uint16_t)(*cell + n) : UINT16_MAX;
}

static int heat_need(struct gm_machine *mc, unsigned int phase, struct gm_heat **out)
{
	if (!mc->heat[phase])
		mc->heat[phase] = calloc(1, sizeof(*mc->heat[phase]));
	*out = mc->heat[phase];
	return *out ? 0 : -ENOMEM;
}

static struct gm_hist *half_now(const struct gm_model *m, struct gm_heat *h)
{
	return &h->half[m->ticks / GM_HEAT_WINDOW % 2];
}

int gm_heat_add_record(struct gm_model *m, struct gm_machine *mc, const struct gm_rec_hist *r)
{
	size_t nr = r->cells_nr < GM_HIST_CELLS ? r->cells_nr : GM_HIST_CELLS;
	uint16_t *cell;
	struct gm_heat *h;

	if (!m->keep_heat)
		return 0;
	if (heat_need(mc, r->phase, &h))
		return -ENOMEM;
	h->gained += gm_hist_add_record(m, half_now(m, h), r);
	h->gained_tick = m->ticks;
	cell = h->cell[m->ticks % GM_HEAT_RING];
	for (size_t i = 0; i < nr; i++) {
		if (r->cells[i].slot < GM_HIST_SLOTS)
			cell_add(&cell[gm_heat_octave(r->cells[i].slot)], r->cells[i].count);
	}
	return 0;
}

int gm_heat_untimed(struct gm_model *m, struct gm_machine *mc, unsigned int phase, uint64_t n)
{
	struct gm_heat *h;

	if (!m->keep_heat)
		return 0;
	if (heat_need(mc, phase, &h))
		return -ENOMEM;
	h->gained += n;
	h->gained_tick = m->ticks;
	return 0;
}

int gm_heat_add(struct gm_model *m, struct gm_machine *mc, unsigned int phase, uint64_t ns)
{
	struct gm_heat *h;

	if (!m->keep_heat)
		return 0;
	if (heat_need(mc, phase, &h))
		return -ENOMEM;
	h->gained++;
	h->gained_tick = m->ticks;
	gm_hist_add(half_now(m, h), ns);
	cell_add(&h->cell[m->ticks % GM_HEAT_RING][gm_heat_octave(gm_hist_slot(ns))], 1);
	return 0;
}

/*
 * m->ticks includes the tick that ends: its place is that of the tick that begins. Heat that gained nothing for a full
 * ring is all zero and is skipped: most of many machines are idle, and their heat exceeds a cache.
 */
void gm_heat_tick(const struct gm_model *m, struct gm_machine *mc, double sec)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		struct gm_heat *h = mc->heat[p];
		uint64_t idle = h ? m->ticks - h->gained_tick : 0;

		if (!h)
			continue;
		h->rate = sec > 0 ? (double)h->gained / sec : 0;
		h->gained = 0;
		if (idle > GM_HEAT_RING)
			continue;
		memset(h->cell[m->ticks % GM_HEAT_RING], 0, sizeof(h->cell[0]));
		if (m->ticks % GM_HEAT_WINDOW == 0 && half_now(m, h)->count)
			memset(half_now(m, h), 0, sizeof(struct gm_hist));
	}
}

static void heat_merge(struct gm_heat *dst, const struct gm_heat *src)
{
	dst->gained += src->gained;
	dst->rate += src->rate;
	dst->gained_tick = src->gained_tick > dst->gained_tick ? src->gained_tick : dst->gained_tick;
	for (size_t i = 0; i < GM_ARRAY_SIZE(dst->half); i++)
		gm_hist_merge(&dst->half[i], &src->half[i]);
	for (size_t t = 0; t < GM_HEAT_RING; t++) {
		for (size_t o = 0; o < GM_HEAT_OCTAVES; o++)
			cell_add(&dst->cell[t][o], src->cell[t][o]);
	}
}

void gm_heat_join(struct gm_machine *dst, struct gm_machine *src)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		if (dst->heat[p] && src->heat[p]) {
			heat_merge(dst->heat[p], src->heat[p]);
			free(src->heat[p]);
		} else if (src->heat[p]) {
			dst->heat[p] = src->heat[p];
		}
		src->heat[p] = NULL;
	}
}

void gm_machine_recent(const struct gm_machine *mc, unsigned int phase, struct gm_hist *out)
{
	const struct gm_heat *h = phase < GM_PHASE_NR ? mc->heat[phase] : NULL;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; h && i < GM_ARRAY_SIZE(h->half); i++)
		gm_hist_merge(out, &h->half[i]);
}

const uint16_t *gm_heat_at(const struct gm_model *m, const struct gm_heat *h, unsigned int ago)
{
	if (ago >= GM_HISTORY || ago >= m->ticks)
		return NULL;
	return h->cell[(m->ticks - 1 - ago) % GM_HEAT_RING];
}

int gm_phase_add(struct gm_model *m, struct gm_vm *vm, unsigned int phase, uint64_t ns)
{
	int err = gm_hist_ensure(&m->total[phase]);

	if (!err && vm)
		err = gm_hist_ensure(&vm->phase[phase]);
	if (err)
		return err;
	gm_hist_add(m->total[phase], ns);
	if (!vm)
		return 0;
	gm_hist_add(vm->phase[phase], ns);
	return gm_heat_add(m, vm->machine, phase, ns);
}
