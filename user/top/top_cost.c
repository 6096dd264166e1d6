// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_cost.c - computes the overhead of gmemtop. */
#include "top/top_cost.h"

#include "base/clock.h"
#include "base/resource.h"

/* Sums the time that the kernel spent in the tool's BPF programs. Return false if the kernel does not measure it. */
static bool sum_progs_ns(const struct gm_model *m, uint64_t *ns)
{
	bool kept = false;

	*ns = 0;
	for (size_t i = 0; i < m->progs.nr; i++) {
		const struct gm_prog *p = m->progs.at[i];

		*ns += p->rec.run_ns;
		kept |= p->rec.stats == GM_YES;
	}
	return kept;
}

void gm_top_cost_update(const struct gm_session *s, struct gm_top_cost_base *b, struct gm_top_cost *c)
{
	uint64_t now = gm_now_ns(), cpu = gm_self_cpu_ns(), progs, size;
	double ns = (double)(now - b->ns);

	c->progs_known = sum_progs_ns(s->model, &progs) && b->progs_ns && progs >= b->progs_ns;
	c->known = b->ns && now > b->ns && gm_self_memory(&size, &c->resident_bytes);
	if (c->known)
		c->cpu = (double)(cpu - b->cpu_ns) / ns;
	if (c->known && c->progs_known)
		c->progs = (double)(progs - b->progs_ns) / ns;
	b->ns = now;
	b->cpu_ns = cpu;
	b->progs_ns = progs;
}
