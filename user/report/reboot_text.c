// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_text.c - an episode as text: the answer, its VMs and moments, the waterfall; in full also ledger and costs. */
#include "base/fmt.h"
#include "report/reboot_report_int.h"
#include "report/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- who ---- */

static void put_vm(char *buf, size_t size, uint32_t vm, uint32_t tgid)
{
	char pid[GM_PID_LEN];

	if (vm)
		snprintf(buf, size, "vm %u (pid %s)", vm, gm_pid_text(pid, tgid));
	else
		snprintf(buf, size, "none");
}

static const char *end_text(const struct gm_episode *e)
{
	switch (e->end) {
	case GM_REBOOT_OPEN: return "still in progress";
	case GM_REBOOT_STEADY: return "ended steady";
	case GM_REBOOT_CUT:
		return e->until_ns ? "ended early: the next reboot began"
				   : "ended early: the new VM was destroyed before it settled";
	case GM_REBOOT_NO_SUCCESSOR: return "no new VM came";
	case GM_REBOOT_NO_GUEST_FAULT: return "ended without a guest fault for a minute";
	}
	return "?";
}

static void put_who(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e)
{
	uint64_t day = (m->meta.real_ns + (e->start_ns - m->meta.h.ts_ns)) / 1000000000 % 86400;
	char old[48], new[48], vcpus[40] = "", text[240], time[24] = "";

	put_vm(old, sizeof(old), e->old_vm, e->old_tgid);
	put_vm(new, sizeof(new), e->new_vm, e->new_tgid);
	if (e->vcpus && e->new_vm)
		snprintf(vcpus, sizeof(vcpus), ", %llu vCPU%s", (unsigned long long)e->vcpus, gm_plural(e->vcpus));
	if (m->meta.real_ns)
		snprintf(time, sizeof(time), "%02u:%02u:%02u UTC; ", (unsigned int)(day / 3600),
			 (unsigned int)(day / 60 % 60), (unsigned int)(day % 60));
	snprintf(text, sizeof(text), "%s -> %s%s; %s%s", old, new, vcpus, time, end_text(e));
	gm_str_puts(out, "  ");
	gm_text_wrap(out, 2, 2, text);
}

/* ---- moments ---- */

struct moment {
	const char *name;
	uint64_t at;
};

static int by_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/*
 * Write the moments in order of time, each with the time since the previous one: a new VM may be bound before the old
 * one ends.
 */
#define END 4	/* index of the episode's end among the moments */
static void put_moments(struct gm_str *out, const struct gm_episode *e)
{
	bool torn = e->teardown_end_ns != e->reset_ns, bound = e->first_bind_ns != e->reset_ns;
	struct moment at[] = {
		{ "teardown", torn && e->teardown_min_ns == e->teardown_end_ns ? e->teardown_end_ns : 0 },
		{ "first bind", bound ? e->first_bind_ns : 0 },
		{ "first fault", e->first_fault_ns },
		{ "reset", e->reset_ns },
		{ e->end == GM_REBOOT_STEADY ? "steady"
		  : e->end == GM_REBOOT_OPEN ? "now"
					     : "last act",
		  gm_episode_is_timed(e) ? e->end_ns : 0 },
	};
	uint64_t before = e->start_ns;
	char text[200] = "", ns[8];
	size_t n = 0;

	for (size_t i = 0; i < END; i++)
		at[END].at = at[i].at == at[END].at ? 0 : at[END].at;
	qsort(at, GM_ARRAY_SIZE(at), sizeof(at[0]), by_time);
	for (size_t i = 0; i < GM_ARRAY_SIZE(at); i++) {
		if (at[i].at < e->start_ns)
			continue; /* 0: did not happen, was not observed, or is the end as well */
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s +%s", n ? " | " : "", at[i].name,
				      gm_fmt_ns(ns, sizeof(ns), at[i].at - before));
		before = at[i].at;
	}
	gm_str_puts(out, "  ");
	gm_text_wrap(out, 2, 2, text);
}

void gm_reboot_text(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *f,
		    const struct gm_reboot_show *show)
{
	const struct gm_episode *e = f->e;

	gm_reboot_block(out, m, f);
	gm_str_puts(out, "\n");
	put_who(out, m, e);
	put_moments(out, e);
	if (show->waterfall && gm_reboot_share_base_ns(e))
		gm_reboot_waterfall(out, e, show->width);
	if (!show->full)
		return;
	gm_reboot_ledger(out, m, e);
	gm_reboot_costs(out, m, e, &f->saving);
}
