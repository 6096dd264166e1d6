// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_gaps.c - what this host does not show of reboots, and why. */
#include "model/reboot_gaps.h"

#include <stdio.h>
#include "model/model_int.h"
#include "model/observe.h"
#include "model/reboot.h"

static void set_gap(struct gm_reboot_gap *out, enum gm_seen seen, const char *lead, const char *why, enum gm_gap gap)
{
	out->seen = seen;
	out->gap = gap;
	snprintf(out->why, sizeof(out->why), "%s%s", lead, why);
}

/*
 * A fact that needs these phases has the coverage `without` if one of them is not observed, and is partial if one is
 * observed in part.
 */
static void need_phases(const struct gm_model *m, const unsigned int *phase, size_t nr, enum gm_seen without,
			struct gm_reboot_gap *out)
{
	char lead[48];

	for (size_t i = 0; i < nr; i++) {
		struct gm_sight s = gm_model_sight(m, phase[i]);

		if (s.seen == GM_SEEN_ALL || (s.seen == GM_SEEN_PART && out->seen != GM_SEEN_ALL))
			continue;
		snprintf(lead, sizeof(lead), s.seen == GM_SEEN_NONE ? "without %s: " : "%s: ", gm_phase_name(phase[i]));
		set_gap(out, s.seen == GM_SEEN_NONE ? without : GM_SEEN_PART, lead, s.why, s.gap);
		if (s.seen == GM_SEEN_NONE)
			return;
	}
}

/* Reboots are found by created memory. */
static void count_gap(const struct gm_model *m, struct gm_reboot_gap *out)
{
	const char *na = gm_phase_unavailable(m, GM_PHASE_CREATE);

	if (na)
		set_gap(out, GM_SEEN_NONE, "", na, m->na_gap[GM_PHASE_CREATE]);
}

/* Any of these may be the first act; a scan finds an act later than it happened. */
static void begin_gap(const struct gm_model *m, struct gm_reboot_gap *out)
{
	static const unsigned int acts[] = { GM_PHASE_ZAP, GM_PHASE_UNBIND, GM_PHASE_RELEASE, GM_PHASE_DESTROY };

	need_phases(m, acts, GM_ARRAY_SIZE(acts), GM_SEEN_PART, out);
}

/* A reboot ends when the VM's faults become few. */
static void end_gap(const struct gm_model *m, struct gm_reboot_gap *out)
{
	if (m->faults_seen != GM_SEEN_ALL)
		set_gap(out, m->faults_seen, m->faults_seen == GM_SEEN_NONE ? "without faults: " : "", m->faults_why,
			m->faults_gap);
}

/* Recreate and overlap differ in the order of the old VM's end and the new VM's creation. */
static void style_gap(const struct gm_model *m, struct gm_reboot_gap *out)
{
	static const unsigned int ends[] = { GM_PHASE_DESTROY };

	need_phases(m, ends, GM_ARRAY_SIZE(ends), GM_SEEN_PART, out);
}

/* Returns why resets are not observed. */
static enum gm_gap resets_gap(const struct gm_model *m)
{
	const struct gm_rec_probe *r = gm_probe_showing(m, GM_K_RESET);

	if (!r)
		return GM_GAP_NOT_RECORDED;
	return r->state == GM_PROBE_ATTACHED ? GM_GAP_NONE : gm_probe_gap(r);
}

/* A VM that stays reboots by a reset of its vCPUs, or when its memory is taken away. */
static void in_place_gap(const struct gm_model *m, struct gm_reboot_gap *out)
{
	const char *resets = gm_model_resets_na(m), *taken = gm_phase_unavailable(m, GM_PHASE_PUNCH);

	if (resets)
		set_gap(out, taken ? GM_SEEN_NONE : GM_SEEN_PART, taken ? "" : "not of resets: ", resets,
			resets_gap(m));
	else if (taken)
		set_gap(out, GM_SEEN_PART, "not of memory taken away: ", taken, m->na_gap[GM_PHASE_PUNCH]);
}

static void saving_gap(const struct gm_model *m, struct gm_reboot_gap *out)
{
	static const unsigned int needed[] = { GM_PHASE_ALLOC, GM_PHASE_ZERO, GM_PHASE_FREE };

	need_phases(m, needed, GM_ARRAY_SIZE(needed), GM_SEEN_NONE, out);
}

static const struct {
	const char *name;
	void (*gap)(const struct gm_model *m, struct gm_reboot_gap *out);
} facts[GM_REBOOT_FACT_NR] = {
	[GM_REBOOT_FACT_COUNT] = { "count", count_gap },
	[GM_REBOOT_FACT_BEGIN] = { "begin", begin_gap },
	[GM_REBOOT_FACT_END] = { "end", end_gap },
	[GM_REBOOT_FACT_STYLE] = { "style", style_gap },
	[GM_REBOOT_FACT_IN_PLACE] = { "in_place", in_place_gap },
	[GM_REBOOT_FACT_SAVING] = { "saving", saving_gap },
};

const char *gm_reboot_fact_name(enum gm_reboot_fact fact)
{
	return facts[fact].name;
}

/* Without a count of reboots no other fact is known. */
void gm_model_reboot_gap(const struct gm_model *m, enum gm_reboot_fact fact, struct gm_reboot_gap *out)
{
	*out = (struct gm_reboot_gap){ .seen = GM_SEEN_ALL };
	count_gap(m, out);
	if (out->seen == GM_SEEN_ALL && fact != GM_REBOOT_FACT_COUNT)
		facts[fact].gap(m, out);
}
