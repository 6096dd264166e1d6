// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_info.c - the info lines of pages: title, warnings, totals, overhead, rates. */
#include "base/fmt.h"
#include "top/top_int.h"
#include "model/observe.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

/* Adds the title line. The time is the wall clock of the records: seconds of the day, UTC. */
static void info_title(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	uint64_t up = (m->now_ns - m->first_ns) / 1000000000;
	uint64_t day = (m->meta.real_ns + (m->now_ns - m->meta.h.ts_ns)) / 1000000000 % 86400;
	struct gm_items it = { .width = p->width };
	const char *mode = gm_mode_name(m->meta.mode);
	char release[80], every[8];

	gm_item(&it, t->paused ? "gmemtop PAUSED" : "gmemtop");
	if (m->meta.real_ns)
		gm_item(&it, "%02u:%02u:%02u UTC", (unsigned int)(day / 3600), (unsigned int)(day / 60 % 60),
			(unsigned int)(day % 60));
	gm_item(&it, "seen %u:%02u:%02u", (unsigned int)(up / 3600), (unsigned int)(up / 60 % 60),
		(unsigned int)(up % 60));
	if (m->meta.h.kind)
		gm_item(&it, "mode %s", mode ? mode : "unknown");
	gm_item(&it, "sample %llu", (unsigned long long)m->ticks);
	if (m->meta.release[0])
		gm_item(&it, "%s", gm_plain(release, sizeof(release), m->meta.release));
	if (m->meta.interval_ns)
		gm_item(&it, "every %s", gm_fmt_ns(every, sizeof(every), m->meta.interval_ns));
	gm_frame_add(&p->info, GM_ATTR_BOLD, "%s", it.text);
}

static void warn_orphans(const struct gm_model *m, struct gm_items *it)
{
	uint64_t nr = 0, resident = 0;
	char a[8];

	for (size_t i = 0; i < m->inodes.nr; i++) {
		const struct gm_inode *in = m->inodes.at[i];

		if (in->dead_ns || !gm_inode_is_orphan(m, in))
			continue;
		nr++;
		resident += in->resident_pages;
	}
	if (nr)
		gm_item(it, "orphaned: %s in %llu inode%s", gm_top_pages(m, a, sizeof(a), resident),
			(unsigned long long)nr, gm_plural(nr));
}

/* Adds the line PARTIAL, cut so that hint fits behind it. Return false if there is no such line. */
static bool info_partial(const struct gm_model *m, struct gm_page *p, const char *hint)
{
	struct gm_str line = { 0 };
	bool any;

	gm_text_partial(&line, m, GM_ALL_PHASES,
			p->width > strlen(hint) ? p->width - (unsigned int)strlen(hint) : p->width);
	if (line.len)
		gm_frame_add(&p->info, p->batch ? GM_ATTR_NORMAL : GM_ATTR_DIM, "%.*s%s", (int)line.len - 1, line.s,
			     hint);
	p->info.err = p->info.err ? p->info.err : line.err;
	any = line.len;
	gm_str_release(&line);
	return any;
}

static void info_unseen(const struct gm_model *m, struct gm_page *p)
{
	const char *hint = p->batch ? "" : " (o: why)";
	char phases[256];
	uint32_t mask = 0;

	if (!p->batch && info_partial(m, p, hint))
		return;
	for (unsigned int i = 0; m->probes.nr && i < GM_PHASE_NR; i++) {
		if (gm_phase_no_data_why(m, i) && gm_phase_is_asked(m, i))
			mask |= 1u << i;
	}
	if (!mask || (p->batch && gm_model_is_partial(m)))
		return;
	gm_phase_list(phases, sizeof(phases), mask);
	if (strlen(phases) + strlen(hint) + 5 > p->width)
		snprintf(phases, sizeof(phases), "%d of %d phases", __builtin_popcount(mask), GM_PHASE_NR);
	gm_frame_add(&p->info, GM_ATTR_DIM, "n/a: %s%s", phases, hint);
}

/* Adds why machines have no memory in the table: each reason once, as it is the same for all machines. */
static void info_untracked(const struct gm_model *m, struct gm_page *p)
{
	unsigned int files = 0, vms = 0;

	for (size_t i = 0; i < m->machines.nr; i++) {
		files += gm_machine_has_untracked_files(m->machines.at[i]);
		vms += gm_machine_has_untracked_vms(m->machines.at[i]);
	}
	if (files)
		gm_frame_add(&p->info, GM_ATTR_DIM,
			     "n/a: memory of %u machine%s: not all files are tracked (-C "
			     "max-files)",
			     files, gm_plural(files));
	if (vms)
		gm_frame_add(&p->info, GM_ATTR_DIM,
			     "n/a: memory of %u machine%s: not all VMs are tracked (-C "
			     "max-vms)",
			     vms, gm_plural(vms));
}

/* Adds losses and orphans as warnings. What this kernel cannot show is no warning: it does not change. */
static void info_warnings(const struct gm_model *m, struct gm_page *p)
{
	struct gm_items it = { .width = p->width };

	if (m->lost)
		gm_item(&it, "LOST %llu records", (unsigned long long)m->lost);
	warn_orphans(m, &it);
	if (it.text[0])
		gm_frame_add(&p->info, GM_ATTR_WARN, "%s", it.text);
	info_unseen(m, p);
}

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
static void info_scanned(const struct gm_model *m, struct gm_items *it)
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

static void info_totals(const struct gm_model *m, struct gm_page *p)
{
	struct gm_items it = { .width = p->width };
	struct gm_mem mem;
	const char *least = gm_model_mem_partial(m) ? ">=" : "", *fewest = gm_model_vms_partial(m) ? ">=" : "";
	char a[8], b[8], nodes[256];

	gm_model_mem(m, &mem);
	gm_item(&it, "resident %s%s of %s%s", least, gm_top_pages(m, a, sizeof(a), mem.resident_pages), least,
		gm_fmt_bytes(b, sizeof(b), mem.size_bytes));
	info_scanned(m, &it);
	gm_item(&it, "machines %s%u", fewest, live_machines(m));
	gm_item(&it, "vms %s%llu", fewest, (unsigned long long)(gm_vms_seen(m) - m->dead_vms));
	gm_item(&it, "inodes %s%llu", least, (unsigned long long)(gm_inodes_seen(m) - m->dead_inodes));
	if (m->meta.nodes > 1 && mem.nodes_known)
		gm_item(&it, "%s", gm_top_nodes(m, &mem, nodes, sizeof(nodes)));
	gm_frame_add(&p->info, GM_ATTR_NORMAL, "%s", it.text);
}

static void info_cost(const struct gm_top_cost *c, struct gm_items *it)
{
	char a[8], progs[40] = "";

	if (!c->known)
		return;
	if (c->progs_known)
		snprintf(progs, sizeof(progs), " + %.1f%% in the kernel", c->progs * 100);
	gm_item(it, "overhead %.1f%% CPU%s, %s", c->cpu * 100, progs, gm_fmt_bytes(a, sizeof(a), c->resident_bytes));
}

static void info_rates(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	struct gm_items it = { .width = p->width };
	struct gm_rates sum = { 0 };
	unsigned int phase = gm_top_fault_phase(m);
	bool guest = !gm_phase_no_data_why(m, GM_PHASE_GUEST_FAULT), counted = false;
	const char *least = gm_model_mem_partial(m) ? ">=" : "";
	char a[8];

	for (size_t i = 0; i < m->vms.nr; i++) {
		const struct gm_vm *vm = m->vms.at[i];

		sum.alloc_pages += vm->rates.alloc_pages;
		sum.free_pages += vm->rates.free_pages;
		sum.faults += vm->rates.faults;
		counted = counted || !gm_vm_uncounted(m, vm);
	}
	if (!m->prev_tick_ns)
		return;
	if (counted) {
		gm_item(&it, "alloc %s%s/s", least, gm_top_pages(m, a, sizeof(a), (uint64_t)sum.alloc_pages));
		gm_item(&it, "free %s%s/s", least, gm_top_pages(m, a, sizeof(a), (uint64_t)sum.free_pages));
	} else if (m->vms.nr) {
		gm_item(&it, "alloc n/a  free n/a");
	}
	if (phase == GM_PHASE_NR)
		gm_item(&it, "faults n/a");
	else
		gm_item(&it, "faults %s/s%s", gm_fmt_count(a, sizeof(a), sum.faults),
			m->faults_seen == GM_SEEN_ALL ? ""
			: guest			      ? " (guest only: host n/a)"
						      : " (host only: guest n/a)");
	info_cost(&t->cost, &it);
	gm_frame_add(&p->info, GM_ATTR_NORMAL, "%s", it.text);
}

/* Lines are in order of importance: a low terminal shows the first ones. */
void gm_top_info(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	if (p->batch)
		info_partial(m, p, "");
	info_title(m, t, p);
	info_totals(m, p);
	info_rates(m, t, p);
	info_untracked(m, p);
	info_warnings(m, p);
}
