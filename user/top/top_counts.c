// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_counts.c - items of the header that its meters and its text share: counts, overhead. */
#include "base/fmt.h"
#include "model/observe.h"
#include "top/top_meters.h"

#include <stdio.h>

static unsigned int live_machines(const struct gm_model *m)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < m->machines.nr; i++) {
		const struct gm_machine *mc = m->machines.at[i];
		bool live = false;

		for (size_t k = 0; k < mc->vms.nr && !live && !mc->joined; k++)
			live = !((const struct gm_vm *)mc->vms.at[k])->dead_ns;
		nr += live;
	}
	return nr;
}

/*
 * Adds the age of the VM list where no hook reports creations: only the task scan finds VMs then, and not every sample
 * has one.
 */
static void item_scanned(const struct gm_model *m, struct gm_items *it)
{
	char age[8];

	if (gm_model_has_creations(m))
		return;
	if (m->pins_ns)
		gm_item(it, "VMs as of %s ago",
			gm_fmt_ns(age, sizeof(age), m->now_ns > m->pins_ns ? m->now_ns - m->pins_ns : 0));
	else
		gm_item(it, "VMs not listed yet");
}

void gm_top_counts(const struct gm_model *m, struct gm_items *it)
{
	const char *least = gm_model_mem_partial(m) ? ">=" : "", *fewest = gm_model_vms_partial(m) ? ">=" : "";

	item_scanned(m, it);
	gm_item(it, "machines %s%u", fewest, live_machines(m));
	gm_item(it, "vms %s%llu", fewest, (unsigned long long)(gm_vms_seen(m) - m->dead_vms));
	gm_item(it, "inodes %s%llu", least, (unsigned long long)(gm_inodes_seen(m) - m->dead_inodes));
}

void gm_top_overhead(const struct gm_top_cost *c, struct gm_items *it)
{
	char a[8], progs[40] = "";

	if (!c->known)
		return;
	if (c->progs_known)
		snprintf(progs, sizeof(progs), " + %.1f%% in the kernel", c->progs * 100);
	gm_item(it, "overhead %.1f%% CPU%s, %s", c->cpu * 100, progs, gm_fmt_bytes(a, sizeof(a), c->resident_bytes));
}
