// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_rows.c - the main page's rows: machines and orphaned inodes, filtered, computed and sorted. */
#include "base/utf8.h"
#include "top/top_int.h"
#include "model/observe.h"
#include "model/reboot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GONE_NS 30000000000ULL	/* how long a machine without a live VM is shown */

static bool passes_filter(const struct gm_top *t, const char *name)
{
	return !t->filter[0] || gm_clean_is_match(name, t->filter, true);
}

static bool machine_matches(const struct gm_machine *mc, const char *want)
{
	for (size_t i = 0; i < mc->vms.nr; i++) {
		if (gm_vm_matches(mc->vms.at[i], want))
			return true;
	}
	return false;
}

static void fill_phase(const struct gm_model *m, const struct gm_machine *mc, unsigned int phase,
		       struct gm_phase_summary *out)
{
	struct gm_hist h;

	if (gm_top_is_since_start(m))
		gm_machine_hist(mc, phase, &h);
	else
		gm_machine_recent(mc, phase, &h);
	out->count = h.count;
	out->p50_ns = gm_hist_quantile(&h, 0.5);
	out->p99_ns = gm_hist_quantile(&h, 0.99);
	out->rate = gm_top_rate(mc, phase);
}

static void fill_phases(const struct gm_model *m, const struct gm_top *t, struct gm_row *r)
{
	unsigned int fault = gm_top_fault_phase(m);
	uint32_t mask = 0;

	for (unsigned int i = 0; i < gm_top_cols_nr; i++)
		mask |= gm_top_cols[i].of_phase && gm_col_is_shown(m, t, i) ? 1u << gm_top_cols[i].phase : 0;
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		if (!(mask & 1u << p))
			continue;
		if (p != GM_PHASE_GUEST_FAULT)
			fill_phase(m, r->mc, p, &r->phase[p]);
		else if (fault != GM_PHASE_NR)
			fill_phase(m, r->mc, fault, &r->phase[p]);
	}
}

/* Sets the row's VM fields. Return true if the machine is still to be shown. */
static bool fill_vms(const struct gm_model *m, struct gm_row *r)
{
	bool untracked = gm_machine_has_untracked_vms(r->mc);
	uint64_t died = 0;

	for (size_t i = 0; i < r->mc->vms.nr; i++) {
		const struct gm_vm *vm = r->mc->vms.at[i];

		r->vms += !vm->dead_ns;
		r->counted = r->counted || !gm_vm_uncounted(m, vm);
		untracked |= !vm->dead_ns && vm->uncounted;
		died = vm->dead_ns > died ? vm->dead_ns : died;
	}
	r->counted &= !untracked;
	r->gone = !r->vms;
	return !r->gone || (r->mc->vms.nr && m->now_ns - died < GONE_NS);
}

static bool fill_machine(const struct gm_model *m, const struct gm_top *t, const struct gm_machine *mc,
			 struct gm_row *r)
{
	*r = (struct gm_row){ .mc = mc, .pid = mc->tgid, .rates = mc->rates, .reboots = gm_machine_reboots(mc) };
	r->last = mc->last_episode ? gm_model_episode(m, mc->last_episode) : NULL;
	gm_plain(r->name, sizeof(r->name), mc->name);
	if (mc->joined || !passes_filter(t, mc->name) || !machine_matches(mc, t->want) || !fill_vms(m, r))
		return false;
	gm_machine_mem(mc, &r->mem);
	gm_machine_halves(m, mc, &r->halves);
	fill_phases(m, t, r);
	return true;
}

static bool fill_orphan(const struct gm_model *m, const struct gm_top *t, const struct gm_inode *in, struct gm_row *r)
{
	const struct gm_pin *pin = in->pins.nr ? in->pins.at[0] : NULL;
	const char *name = gm_vm_machine_name(in->vm);

	if (in->dead_ns || !gm_inode_is_orphan(m, in) || !gm_inode_matches(in, t->want))
		return false;
	*r = (struct gm_row){ .orphan = in, .pid = pin ? pin->tgid : 0 };
	gm_plain(r->name, sizeof(r->name), name);
	if (!r->name[0])
		snprintf(r->name, sizeof(r->name), "inode %u", in->id);
	r->mem.nodes_known = true;
	gm_mem_add(&r->mem, in);
	return passes_filter(t, name[0] ? name : r->name);
}

/* Subtracts an orphan, which has its own row, from its machine's row, so that the rows add up to the total. */
static void subtract_inode(struct gm_row *r, const struct gm_inode *in)
{
	r->mem.size_bytes -= in->size_bytes;
	r->mem.resident_pages -= in->resident_pages;
	r->mem.nodes_error -= in->nodes_error;
	for (size_t i = 0; i < GM_NODES_MAX; i++)
		r->mem.node_pages[i] -= in->node_pages[i];
}

static void subtract_orphan(struct gm_rows *rows, const struct gm_inode *in)
{
	const struct gm_file *f = in->files.nr ? in->files.at[0] : NULL;

	for (size_t i = 0; f && f->vm && i < rows->nr; i++) {
		if (rows->at[i].mc && rows->at[i].mc == f->vm->machine)
			subtract_inode(&rows->at[i], in);
	}
}

static int compare_rows(const void *pa, const void *pb, void *arg)
{
	const struct gm_row *a = pa, *b = pb;
	const struct gm_top *t = arg;
	const struct gm_col *c = &gm_top_cols[t->sort < gm_top_cols_nr ? t->sort : 0];
	int d = c->cmp(a, b, c);

	if (c->up == t->reverse)
		d = -d;
	if (!d)
		d = strcmp(a->name, b->name);
	if (!d && a->orphan && b->orphan)
		d = a->orphan->id < b->orphan->id ? -1 : 1;
	if (!d && a->mc && b->mc)
		d = a->mc->id < b->mc->id ? -1 : 1;
	return d ? d : !!a->orphan - !!b->orphan;
}

int gm_rows_build(const struct gm_model *m, const struct gm_top *t, struct gm_rows *out)
{
	size_t most = m->machines.nr + m->inodes.nr;

	out->nr = 0;
	out->at = calloc(most ? most : 1, sizeof(*out->at));
	if (!out->at)
		return -ENOMEM;
	for (size_t i = 0; i < m->machines.nr; i++)
		out->nr += fill_machine(m, t, m->machines.at[i], &out->at[out->nr]);
	for (size_t i = 0; i < m->inodes.nr; i++) {
		if (!fill_orphan(m, t, m->inodes.at[i], &out->at[out->nr]))
			continue;
		out->nr++;
		subtract_orphan(out, m->inodes.at[i]);
	}
	qsort_r(out->at, out->nr, sizeof(*out->at), compare_rows, (void *)t);
	return 0;
}

void gm_rows_release(struct gm_rows *r)
{
	free(r->at);
	*r = (struct gm_rows){ 0 };
}

size_t gm_rows_selected(const struct gm_rows *r, const struct gm_top *t)
{
	for (size_t i = 0; i < r->nr; i++) {
		if (t->selected_inode ? r->at[i].orphan && r->at[i].orphan->id == t->selected_inode
				      : r->at[i].mc && r->at[i].mc->id == t->selected)
			return i;
	}
	return 0;
}
