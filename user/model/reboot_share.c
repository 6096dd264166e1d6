// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_share.c - divides the wall clock that no single call of an episode has: faults, summed calls, the rest. */
#include "model/reboot_int.h"

#include <string.h>

uint64_t gm_split_part_sum(const struct gm_split *s, unsigned int part)
{
	uint64_t sum = 0;

	for (unsigned int w = 0; w < GM_FAULT_KINDS; w++)
		sum += s->part_ns[w][part];
	return sum;
}

uint64_t gm_share_faults(struct gm_episode *e, uint64_t room)
{
	struct gm_line_cost *line[] = { &e->new[GM_PHASE_ALLOC], &e->new[GM_PHASE_ZERO], &e->new[GM_PHASE_PREPARE],
					&e->new[GM_PHASE_MAP], &e->new[GM_PHASE_GUEST_FAULT] };
	uint64_t busy = 0, all = 0, given = 0, ns;

	for (unsigned int w = 0; w < GM_FAULT_KINDS; w++)
		busy += e->split.busy_ns[w];
	for (unsigned int p = 0; p < GM_PART_NR; p++)
		all += gm_split_part_sum(&e->split, p);
	e->faults_on_wall = busy > 0;
	ns = busy < room ? busy : room;
	if (!all)
		return 0;
	for (unsigned int p = 0; p < GM_PART_NR; p++) {
		uint64_t share =
			p == GM_PART_OTHER
				? ns - given
				: (uint64_t)((double)ns * (double)gm_split_part_sum(&e->split, p) / (double)all);

		share = share < ns - given ? share : ns - given;
		line[p]->wall_ns += share;
		given += share;
	}
	return ns;
}

uint64_t gm_share_summed(struct gm_episode *e, uint64_t left)
{
	for (unsigned int i = 0; i < 2 * GM_LINE_NR; i++) {
		struct gm_line_cost *l = i < GM_LINE_NR ? &e->old[i] : &e->new[i - GM_LINE_NR];
		uint64_t ns = l->summed_ns < left ? l->summed_ns : left;

		l->wall_ns += ns;
		left -= ns;
	}
	return left;
}

void gm_share_rest(const struct gm_model *m, struct gm_episode *e, uint64_t rest)
{
	uint64_t user = e->cpu1.user_ns - e->cpu0.user_ns, guest = e->cpu1.guest_ns - e->cpu0.guest_ns, all;

	memset(e->rest_ns, 0, sizeof(e->rest_ns));
	e->rest_known = !gm_model_rest_is_work(m) && e->cpu0.known && e->cpu1.known &&
			e->cpu1.user_ns >= e->cpu0.user_ns && e->cpu1.guest_ns >= e->cpu0.guest_ns;
	if (!e->rest_known) {
		e->rest_ns[GM_REBOOT_REST_UNKNOWN] = rest;
		return;
	}
	all = user + guest > rest ? user + guest : rest;
	if (!all)
		return;
	e->rest_ns[GM_REBOOT_REST_USER] = (uint64_t)((double)rest * (double)user / (double)all);
	e->rest_ns[GM_REBOOT_REST_GUEST] = (uint64_t)((double)rest * (double)guest / (double)all);
	e->rest_ns[GM_REBOOT_REST_BLOCKED] = rest - e->rest_ns[GM_REBOOT_REST_USER] - e->rest_ns[GM_REBOOT_REST_GUEST];
}
