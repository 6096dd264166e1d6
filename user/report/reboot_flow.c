// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_flow.c - from where to where a reboot leads: the flow from the old VM to the new one in a trace. */
#include "report/reboot_report_int.h"

/* Return where a step is drawn on the track of its VM. */
static uint64_t drawn_at(const struct gm_step *s)
{
	return s->bound ? s->end_ns : s->begin_ns;
}

/* Return the call with which the new side begins, its first bind or the punch before that; NULL: no step shows it. */
static const struct gm_step *flow_end(const struct gm_episode *e)
{
	for (size_t i = 0; i < e->steps.nr; i++) {
		const struct gm_step *s = e->steps.at[i];

		if (s->vm == e->new_vm && (s->line == GM_PHASE_BIND || s->line == GM_PHASE_PUNCH) &&
		    s->end_ns == e->first_bind_ns)
			return s;
	}
	return NULL;
}

/* Return the last release of the old VM, else its last act, up to a time; NULL: none. */
static const struct gm_step *flow_begin(const struct gm_episode *e, const struct gm_step *to, uint64_t until)
{
	const struct gm_step *best = NULL;

	for (size_t i = 0; i < e->steps.nr; i++) {
		const struct gm_step *s = e->steps.at[i];

		if (s == to || s->vm != e->old_vm || drawn_at(s) > until)
			continue;
		if (!best || s->line == GM_PHASE_RELEASE || best->line != GM_PHASE_RELEASE)
			best = s;
	}
	return best;
}

/* Name the call with which the new side begins where no step shows it: a reset is none, nor is a whole system call. */
static const char *end_name(const struct gm_episode *e)
{
	if (e->reset_ns == e->first_bind_ns)
		return "reset";
	return e->old_vm == e->new_vm && e->first_bind_ns == e->teardown_end_ns ? "punch" : "bind";
}

bool gm_reboot_flow(const struct gm_episode *e, struct gm_reboot_flow *out)
{
	const struct gm_step *to, *from;

	if (!e->new_vm || !e->first_bind_ns || e->bind_by_scan)
		return false;
	to = flow_end(e);
	out->end_ns = to ? drawn_at(to) : e->first_bind_ns;
	out->end_name = to ? NULL : end_name(e);
	from = flow_begin(e, to, out->end_ns);
	out->begin_ns = from ? drawn_at(from) : e->start_ns < out->end_ns ? e->start_ns : out->end_ns;
	return true;
}
