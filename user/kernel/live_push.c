// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_push.c - pushes records of the live source to the feed, and keeps the first error; makes the meta and probe
 * records.
 */
#include <stdio.h>

#include "base/clock.h"
#include "kernel/hostid.h"
#include "kernel/live_int.h"

void gm_live_fail(struct gm_live *l, int err)
{
	l->err = l->err ? l->err : err;
}

int gm_live_push(struct gm_live *l, const void *rec)
{
	gm_live_fail(l, l->err ? 0 : gm_feed_push(l->src.feed, rec));
	return l->err;
}

void gm_live_push_meta(struct gm_live *l, uint64_t ts_ns, uint64_t real_ns)
{
	union gm_any u = { 0 };
	struct gm_rec_meta *m = &u.as_META;

	gm_rec_init(&u.h, GM_K_META, ts_ns);
	m->real_ns = real_ns;
	m->interval_ns = l->interval_ns;
	m->page_size = l->facts.page_size;
	m->nodes = l->facts.nodes;
	m->cpus = l->facts.cpus;
	m->mode = gm_plan_mode(&l->plan);
	m->init_on_alloc = l->facts.init_on_alloc;
	m->init_on_free = l->facts.init_on_free;
	m->emulated = l->facts.emulated;
	m->clear_ns = l->clear_ns;
	m->flags = GM_META_VM_FDS | (l->report_at_end ? GM_META_REPORT_AT_END : 0);
	snprintf(m->arch, sizeof(m->arch), "%s", l->facts.arch);
	snprintf(m->release, sizeof(m->release), "%s", l->facts.release);
	snprintf(m->tool, sizeof(m->tool), "%s", l->tool);
	gm_hostid("/etc/machine-id", m->host);
	gm_hostid("/proc/sys/kernel/random/boot_id", m->boot);
	gm_live_push(l, &u);
}

void gm_live_push_probes(struct gm_live *l)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++) {
		union gm_any u = { 0 };

		gm_plan_outcome(&l->plan, i, &u.as_PROBE);
		gm_rec_init(&u.h, GM_K_PROBE, gm_now_ns());
		gm_live_push(l, &u);
	}
}
