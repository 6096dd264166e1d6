// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* probe_plan.c - derives from a plan of probe_choice.c the mode, the BPF configuration, and the record of each row. */
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "kernel/probes_int.h"

#define M(x) (1u << GM_MECH_##x)

uint32_t gm_plan_mode(const struct gm_plan *p)
{
	uint32_t used = 0, is_detached = 0;

	for (unsigned int i = 0; i < gm_probe_nr; i++) {
		is_detached |= p->row[i].is_detached;
		if (p->row[i].try >= 0 && !p->row[i].is_detached)
			used |= 1u << p->row[i].mech;
	}
	used &= ~(M(TASKS) | M(PROC)); /* no hooks, but what the tool's own process may see */
	if (is_detached)	       /* the function probes that are left are on vmlinux, not on KVM's calls */
		used &= ~(M(FENTRY) | M(FSESSION) | M(KPROBE) | M(KMULTI));
	if (used & (M(FENTRY) | M(FSESSION)))
		return GM_MODE_FULL;
	if (used & (M(KPROBE) | M(KMULTI)))
		return GM_MODE_KPROBE;
	if (used & (M(TP_BTF) | M(RAW_TP) | M(SYSCALL)))
		return GM_MODE_TRACEPOINT;
	return used ? GM_MODE_INVENTORY : GM_MODE_NONE;
}

/* What the chosen rows observe and feed together. */
struct seen {
	uint32_t facts, phases;
	bool waits, punches; /* a row that counts pages or faults waits; a function shows every punch */
};

/* Sets the fields of the BPF configuration that a row or its candidate has. */
static struct seen conf_rows(const struct gm_plan *p, struct gm_conf *conf)
{
	struct seen seen = { 0 };

	for (unsigned int i = 0; i < gm_probe_nr; i++) {
		const struct gm_probe_row *row = &gm_probe_rows[i];
		const struct gm_choice *ch = &p->row[i];

		if (row->conf)
			*(uint32_t *)((char *)conf + row->conf) = ch->try >= 0;
		if (ch->try < 0)
			continue;
		seen.facts |= row->facts;
		seen.waits |= row->attach == GM_ATTACH_MEMORY && gm_row_attach_when(p, i) > p->at_start;
		seen.punches |= row->kinds & GM_PROBE_KIND(GM_K_PUNCH) && ch->mech != GM_MECH_SYSCALL;
		seen.phases |= ch->cand->phases;
		conf->ioctl_ops |= ch->cand->ioctl_ops;
		conf->reap |= ch->cand->reap;
		conf->look_up |= ch->cand->look_up;
		conf->unzeroed |= ch->cand->unzeroed;
		conf->scan_runs |= ch->mech == GM_MECH_RUN;
	}
	return seen;
}

void gm_plan_conf(const struct gm_plan *p, struct gm_conf *conf)
{
	const uint32_t pages = GM_PROBE_PAGE_ADD | GM_PROBE_PAGE_DELETE;
	struct seen seen;

	conf->ioctl_ops = conf->reap = conf->look_up = conf->unzeroed = conf->scan_runs = 0;
	seen = conf_rows(p, conf);
	conf->alloc = p->need >> GM_PHASE_ALLOC & 1;
	conf->room_vms = 2 * (uint32_t)(p->room.vms ? p->room.vms : GM_MAX_VMS);
	conf->room_files = 2 * (uint32_t)(p->room.files ? p->room.files : GM_MAX_FILES);
	conf->busy = !!(p->need & GM_NEED_WALL);
	conf->reboots = !!(p->need & (GM_NEED_WALL | GM_NEED_REBOOTS));
	conf->touched = conf->reboots && seen.facts & GM_PROBE_PAGE_ADD && !(seen.phases & 1u << GM_PHASE_HOST_FAULT);
	conf->waits = seen.waits;
	conf->punches = seen.punches;
	conf->counted = (seen.facts & pages) == pages;
	if (!(seen.facts & GM_PROBE_PAGE_ADD))
		conf->unzeroed = 0; /* it is not known who added a page */
}

/* ---- the record of a row ---- */

#define P(x) (1u << GM_PHASE_##x)
/* what a page that came before the hooks is missing in: its fault, and the parts of that */
#define OF_A_PAGE (P(ALLOC) | P(ZERO) | P(PREPARE) | P(MAP) | P(GUEST_FAULT) | P(PREFAULT))

bool gm_plan_note_early(struct gm_plan *p, const struct gm_plan_early *early)
{
	bool news = memcmp(&p->early, early, sizeof(*early));

	p->early = *early;
	return news;
}

/*
 * Marks the phases of an attached row that lack what came before hooks that wait for gmem. A conversion leaves no trace
 * by which a scan could tell that there was none. A row that is partial in any case keeps its reason: it has room for
 * one, and the faults' row has the others.
 */
static void mark_early(const struct gm_plan *p, unsigned int i, struct gm_rec_probe *out)
{
	const struct gm_plan_early *e = &p->early;
	uint32_t phases =
		(e->pages || e->unsure ? OF_A_PAGE : 0) | (gm_row_attach_when(p, i) > p->at_start ? P(CONVERT) : 0);
	char time[8];

	if (!e->inodes || !(out->phases & phases) || out->partly)
		return;
	out->partly |= out->phases & phases;
	snprintf(out->unseen, sizeof(out->unseen), "before attaching");
	snprintf(out->why, sizeof(out->why),
		 "attached up to %s after %llu gmem were found, "
		 "which had at most %llu pages%s by then (--eager: at the start)",
		 gm_fmt_ns(time, sizeof(time), e->ns), (unsigned long long)e->inodes, (unsigned long long)e->pages,
		 e->unsure ? " left" : "");
}

static const char *hook_name(const struct gm_choice *ch)
{
	if (ch->cand->side == GM_BOTH_SIDES || ch->mech == GM_MECH_SYSCALL)
		return gm_mech_name(ch->mech);
	if (ch->mech == GM_MECH_KMULTI)
		return ch->cand->side == GM_EXIT_ONLY ? "kretprobe.multi" : "kprobe.multi";
	if (ch->mech == GM_MECH_KPROBE)
		return ch->cand->side == GM_EXIT_ONLY ? "kretprobe" : "kprobe";
	return ch->cand->side == GM_EXIT_ONLY ? "fexit" : "fentry";
}

void gm_plan_outcome(const struct gm_plan *p, unsigned int i, struct gm_rec_probe *out)
{
	const struct gm_probe_row *row = &gm_probe_rows[i];
	const struct gm_choice *ch = &p->row[i];
	uint32_t all = gm_row_phases(row);
	size_t n;

	memset(out, 0, sizeof(*out));
	snprintf(out->probe, sizeof(out->probe), "%s", row->name);
	out->cls = row->cls;
	out->facts = row->facts | (gm_row_attach_when(p, i) != GM_ATTACH_ALWAYS ? GM_PROBE_WAITS : 0);
	out->kinds = row->kinds;
	out->err = ch->err;
	snprintf(out->why, sizeof(out->why), "%s", ch->why);
	if (ch->off) {
		out->state = GM_PROBE_OFF;
		out->phases = all;
		snprintf(out->why, sizeof(out->why), "%s", ch->off);
		return;
	}
	if (ch->try < 0) {
		out->state = ch->err || ch->exists ? GM_PROBE_REFUSED : GM_PROBE_ABSENT;
		out->phases = all;
		return;
	}
	out->phases = ch->cand->phases;
	if (ch->reattach_failed) {
		out->state = GM_PROBE_REFUSED;
		snprintf(out->why, sizeof(out->why), "the kernel refused to attach it again: %s", strerror(-ch->err));
		return;
	}
	if (ch->is_detached) {
		out->state = GM_PROBE_RELEASED;
		snprintf(out->why, sizeof(out->why), "detached from the kvm module");
		return;
	}
	out->state = GM_PROBE_ATTACHED;
	out->missing = all & ~ch->cand->phases;
	out->partly = ch->cand->unseen ? ch->cand->phases : 0;
	snprintf(out->unseen, sizeof(out->unseen), "%s", ch->cand->unseen ? ch->cand->unseen : "");
	n = (size_t)snprintf(out->hook, sizeof(out->hook), "%s", hook_name(ch));
	for (int s = 0; s < GM_SYMS_MAX && ch->cand->sym[s] && n < sizeof(out->hook); s++)
		n += (size_t)snprintf(out->hook + n, sizeof(out->hook) - n, "%c%s", s ? ',' : ':', ch->cand->sym[s]);
	mark_early(p, i, out);
}
