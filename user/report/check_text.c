// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * check_text.c - gmemcheck's page (and gmemtop's probes page): what this kernel shows, by which hook, and what stays
 * unobserved, with the reasons.
 */

#include <stdio.h>
#include <string.h>
#include "base/fmt.h"
#include "model/observe.h"
#include "report/frame.h"
#include "report/text.h"

#define INDENT	29	/* column of the hooks */

static void put_fact(struct gm_str *out, const char *name, uint32_t v, const char *if_yes)
{
	char text[200];

	snprintf(text, sizeof(text), "%s%s%s", gm_yesno_name(v, "unknown"), v == GM_YES ? ": " : "",
		 v == GM_YES ? if_yes : "");
	gm_str_printf(out, "%-14s ", name);
	gm_text_wrap(out, 15, 15, text);
}

/* Write when a page is zeroed, and the cost, which is the same for the allocator and guest_memfd. */
static void put_zeroing(struct gm_str *out, const struct gm_rec_meta *meta)
{
	char text[300], page[8], gib[8];
	uint64_t pages = meta->page_size ? (1ull << 30) / meta->page_size : 0;

	put_fact(out, "init_on_alloc", meta->init_on_alloc,
		 "pages are zeroed twice: by the allocator (counted in alloc) and by guest_memfd (zero)");
	put_fact(out, "init_on_free", meta->init_on_free,
		 "pages are zeroed once more when they are freed (in free, punch)");
	if (!meta->clear_ns)
		return;
	snprintf(text, sizeof(text), "zeroing costs about %s a page, %s a GiB (measured from user space)%s",
		 gm_fmt_ns(page, sizeof(page), meta->clear_ns), gm_fmt_ns(gib, sizeof(gib), meta->clear_ns * pages),
		 meta->init_on_alloc == GM_YES ? ", which the second time adds" : "");
	gm_str_printf(out, "%-14s ", "zeroing");
	gm_text_wrap(out, 15, 15, text);
}

static void put_head(struct gm_str *out, const struct gm_model *m)
{
	const struct gm_rec_meta *meta = &m->meta;
	char release[80], arch[20], page[8];

	if (!meta->h.kind) {
		gm_str_puts(out, "kernel         not reported yet\n");
		return;
	}
	gm_str_printf(out, "%-14s %s %s\n", "kernel", gm_plain(release, sizeof(release), meta->release),
		      gm_plain(arch, sizeof(arch), meta->arch));
	gm_str_printf(out, "%-14s %s\n", "mode", gm_mode_name(meta->mode) ? gm_mode_name(meta->mode) : "unknown");
	if (meta->flags & GM_META_OFFLINE) {
		gm_str_puts(out, "               not running: this is what its types allow; what it refuses is\n"
				 "               known only when it runs\n");
		return;
	}
	gm_str_printf(out, "%-14s %u cpus, %u NUMA node%s, pages of %s\n", "host", meta->cpus, meta->nodes,
		      gm_plural(meta->nodes), gm_fmt_bytes(page, sizeof(page), meta->page_size));
	put_zeroing(out, meta);
	put_fact(out, "emulated", meta->emulated, "KVM emulates guest code, which then takes no guest faults");
}

/*
 * List the phases that an attached probe feeds, and those that it does not feed: because of a lesser hook, or because
 * they never happen on this host. For another probe, the phases that it would feed.
 */
static void format_feeds(char *buf, size_t size, const struct gm_model *m, const struct gm_rec_probe *p)
{
	uint32_t fed = gm_model_probe_feeds(m, p), unfed = gm_probe_unfed(m, p);
	char yes[200], no[160], unseen[32];

	gm_phase_list(yes, sizeof(yes), fed);
	if (p->state == GM_PROBE_ATTACHED && p->partly)
		snprintf(yes + strlen(yes), sizeof(yes) - strlen(yes), " (not %s)",
			 gm_plain(unseen, sizeof(unseen), p->unseen));
	gm_phase_list(no, sizeof(no), unfed);
	if (p->state == GM_PROBE_ATTACHED)
		snprintf(buf, size, "%s%s%s%s%s", fed ? "feeds " : "", yes, fed && unfed ? "; " : "",
			 unfed ? "does not feed " : "", no);
	else
		snprintf(buf, size, "%s%s", unfed ? "would feed " : "", no);
	if (p->state == GM_PROBE_ATTACHED && unfed)
		snprintf(buf + strlen(buf), size - strlen(buf), " here");
}

static void put_probe(struct gm_str *out, const struct gm_model *m, const struct gm_rec_probe *p)
{
	char name[32], hook[sizeof(p->hook) + 40], why[168], feeds[400], text[800];

	gm_plain(hook, sizeof(p->hook) + 1, p->hook);
	if (p->state == GM_PROBE_ATTACHED && p->facts & GM_PROBE_WAITS)
		strcat(hook, " (waits for a VM with gmem)");
	gm_plain(why, sizeof(why), p->why);
	format_feeds(feeds, sizeof(feeds), m, p);
	snprintf(text, sizeof(text), "%s%s%s%s%s%s", hook, hook[0] && why[0] ? "; " : "", why,
		 (hook[0] || why[0]) && feeds[0] ? " -> "
		 : feeds[0]			 ? "-> "
						 : "",
		 feeds, hook[0] || why[0] || feeds[0] ? "" : "-");
	gm_str_printf(out, "  %-16s %-8s  ", gm_plain(name, sizeof(name), p->probe), gm_model_probe_state(m, p));
	if (strlen(name) > 16)
		gm_str_printf(out, "\n%*s", INDENT, "");
	gm_text_wrap(out, INDENT, INDENT, text);
}

static void put_class(struct gm_str *out, const struct gm_model *m, unsigned int cls, const char *title)
{
	bool any = false;

	for (size_t i = 0; i < m->probes.nr; i++) {
		const struct gm_probe *p = m->probes.at[i];

		if (p->rec.cls != cls)
			continue;
		if (!any)
			gm_str_printf(out, "\n%s\n", title);
		any = true;
		put_probe(out, m, &p->rec);
	}
}

static bool put_blind_spot(struct gm_str *out, const char *name, const char *lead, const char *na)
{
	char why[256], text[320];

	if (!na)
		return false;
	snprintf(text, sizeof(text), "%s%s", lead, gm_plain(why, sizeof(why), na));
	if (strlen(name) > 12) {
		gm_str_puts(out, "  ");
		gm_text_wrap(out, 2, 2, name);
		gm_str_printf(out, "%15s", "");
	} else {
		gm_str_printf(out, "  %-12s ", name);
	}
	gm_text_wrap(out, 15, 15, text);
	return true;
}

/* Write each reason once, with all phases that it is about. */
static bool put_blind_phases(struct gm_str *out, const struct gm_model *m)
{
	uint32_t done = 0;
	char names[256];

	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		const char *na = gm_phase_no_data_why(m, p);
		uint32_t same = 0;

		for (unsigned int q = p; na && !(done >> p & 1) && q < GM_PHASE_NR; q++) {
			const char *other = gm_phase_no_data_why(m, q);

			same |= other && !strcmp(other, na) ? 1u << q : 0;
		}
		done |= same;
		if (same)
			put_blind_spot(out, gm_phase_list(names, sizeof(names), same), "", na);
	}
	return done;
}

static void put_blind_spots(struct gm_str *out, const struct gm_model *m)
{
	bool any;

	gm_str_puts(out, "\nBLIND SPOTS\n");
	any = put_blind_phases(out, m);
	any |= put_blind_spot(out, "other VMs",
			      "those older than the tool until they act, what pins them, and orphans: ", m->tasks_na);
	any |= put_blind_spot(out, "processes", "command lines and cgroups, which name machines: ", m->procs_na);
	if (m->probes.nr && !gm_model_has_creations(m)) {
		any = true;
		gm_str_puts(out, "  short lives  ");
		gm_text_wrap(out, 15, 15,
			     "VMs and memory that are created and destroyed between two samples: creations are "
			     "not observed");
	}
	if (!any)
		gm_str_puts(out, m->meta.flags & GM_META_OFFLINE ? "  none expected\n"
								 : "  none: every phase is observed\n");
}

void gm_text_check(struct gm_str *out, const struct gm_model *m)
{
	put_head(out, m);
	put_class(out, m, GM_REQUIRED, "REQUIRED           STATE     BY WHICH HOOK -> WHICH PHASES");
	put_class(out, m, GM_WANTED, "WANTED");
	put_class(out, m, GM_EXTRA, "EXTRA");
	if (!m->probes.nr)
		gm_str_puts(out, "\nno probe was reported: nothing is observed\n");
	put_blind_spots(out, m);
	if (m->lost)
		gm_str_printf(out, "\nLOST %llu records, counts are too low\n", (unsigned long long)m->lost);
}

void gm_text_programs(struct gm_str *out, const struct gm_model *m)
{
	uint64_t insns = 0, states = 0;
	unsigned int nr = 0;

	gm_str_puts(out, "\nVERIFIER                        INSTRUCTIONS    STATES      PEAK\n");
	for (size_t i = 0; i < m->progs.nr; i++) {
		const struct gm_rec_prog *p = &((const struct gm_prog *)m->progs.at[i])->rec;

		if (!p->insns)
			continue;
		gm_str_printf(out, "  %-31s %10llu %9u %9u\n", p->name, (unsigned long long)p->insns, p->states,
			      p->peak_states);
		insns += p->insns;
		states += p->states;
		nr++;
	}
	if (nr)
		gm_str_printf(out, "  %-31s %10llu %9llu\n", "all of them", (unsigned long long)insns,
			      (unsigned long long)states);
	else
		gm_str_puts(out, "  unavailable: recorded without --verifier\n");
}
