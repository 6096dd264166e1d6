// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_info.c - the info lines of pages: title, warnings, totals, overhead, rates. */
#include "base/fmt.h"
#include "top/top_meters.h"
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

static void item_resident(const struct gm_model *m, const struct gm_mem *mem, struct gm_items *it)
{
	const char *least = gm_model_mem_partial(m) ? ">=" : "";
	char a[8], b[8];

	gm_item(it, "resident %s%s of %s%s", least, gm_top_pages(m, a, sizeof(a), mem->resident_pages), least,
		gm_fmt_bytes(b, sizeof(b), mem->size_bytes));
}

static void info_totals(const struct gm_model *m, struct gm_page *p)
{
	struct gm_items it = { .width = p->width };
	struct gm_mem mem;
	char nodes[256];

	gm_model_mem(m, &mem);
	item_resident(m, &mem, &it);
	gm_top_counts(m, &it);
	if (m->meta.nodes > 1 && mem.nodes_known)
		gm_item(&it, "%s", gm_top_nodes(m, &mem, nodes, sizeof(nodes)));
	gm_frame_add(&p->info, GM_ATTR_NORMAL, "%s", it.text);
}

static void item_faults(const struct gm_model *m, double rate, struct gm_items *it)
{
	bool guest = !gm_phase_no_data_why(m, GM_PHASE_GUEST_FAULT);
	char a[8];

	if (gm_top_fault_phase(m) == GM_PHASE_NR)
		gm_item(it, "faults n/a");
	else
		gm_item(it, "faults %s/s%s", gm_fmt_count(a, sizeof(a), rate),
			m->faults_seen == GM_SEEN_ALL ? ""
			: guest			      ? " (guest only: host n/a)"
						      : " (host only: guest n/a)");
}

/* Adds the rates of all VMs over the last sample; nothing before the second one. */
static void item_rates(const struct gm_model *m, struct gm_items *it)
{
	const struct gm_rates *now = &m->history[(m->ticks ? m->ticks - 1 : 0) % GM_HISTORY];
	const char *least = gm_model_mem_partial(m) ? ">=" : "";
	bool counted = false;
	char a[8];

	if (!m->prev_tick_ns)
		return;
	for (size_t i = 0; i < m->vms.nr && !counted; i++)
		counted = !gm_vm_uncounted(m, m->vms.at[i]);
	if (counted) {
		gm_item(it, "alloc %s%s/s", least, gm_top_pages(m, a, sizeof(a), (uint64_t)now->alloc_pages));
		gm_item(it, "free %s%s/s", least, gm_top_pages(m, a, sizeof(a), (uint64_t)now->free_pages));
	} else if (m->vms.nr) {
		gm_item(it, "alloc n/a  free n/a");
	}
	item_faults(m, now->faults, it);
}

static void info_rates(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	struct gm_items it = { .width = p->width };

	item_rates(m, &it);
	if (!it.text[0])
		return;
	gm_top_overhead(&t->cost, &it);
	gm_frame_add(&p->info, GM_ATTR_NORMAL, "%s", it.text);
}

bool gm_top_is_low(const struct gm_top *t)
{
	return t->height && t->height < GM_LOW_LINES;
}

/* The header of a low page: one line of totals. */
static void info_low(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	struct gm_items it = { .width = p->width };
	struct gm_mem mem;

	gm_model_mem(m, &mem);
	if (t->paused)
		gm_item(&it, "PAUSED");
	item_resident(m, &mem, &it);
	item_rates(m, &it);
	gm_frame_add(&p->info, t->paused ? GM_ATTR_BOLD : GM_ATTR_NORMAL, "%s", it.text);
}

/* The header of a page about the whole host; other pages leave more room for their own lines. */
static void info_host(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	bool host = t->page == GM_TOP_MAIN || t->page == GM_TOP_TREE;

	info_title(m, t, p);
	if (host && p->width >= GM_METERS_MIN && !p->batch) {
		gm_top_meters(m, t, p);
		return;
	}
	info_totals(m, p);
	if (host || p->batch)
		info_rates(m, t, p);
}

/* Lines are in order of importance: a low terminal shows the first ones. */
void gm_top_info(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	if (p->batch)
		info_partial(m, p, "");
	if (gm_top_is_low(t) && !p->batch)
		info_low(m, t, p);
	else
		info_host(m, t, p);
	info_untracked(m, p);
	info_warnings(m, p);
}
