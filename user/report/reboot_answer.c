// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_answer.c - sums over the lines of the ledger, with what is missing in them; quantities by name. */
#include "report/reboot_answer.h"
#include "report/reboot_report_int.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

static const char *const part_names[] = { "teardown", "set-up", "faults" };

const char *gm_reboot_part_name(unsigned int part)
{
	return part < GM_REBOOT_PARTS ? part_names[part] : "?";
}

/* ---- sums ---- */

static bool is_in_part(unsigned int part, bool old_side, unsigned int line)
{
	if (part == GM_REBOOT_TEARDOWN)
		return old_side;
	return !old_side && gm_reboot_line_is_of_faults(line) == (part == GM_REBOOT_FAULTS);
}

/* Return true if the part has a line that cannot be shown here. */
static bool lacks_lines(const struct gm_model *m, const struct gm_episode *e, unsigned int part)
{
	for (unsigned int i = 0; i < 2 * GM_LINE_NR; i++)
		if (is_in_part(part, i < GM_LINE_NR, i % GM_LINE_NR) &&
		    gm_reboot_line_na(m, e, i < GM_LINE_NR, i % GM_LINE_NR))
			return true;
	return false;
}

static bool lacks_times(const struct gm_episode *e)
{
	for (unsigned int i = 0; i < GM_LINE_NR; i++)
		if (gm_reboot_line_is_of_faults(i) && e->new[i].untimed)
			return true;
	return gm_reboot_has_faults(e) && !e->faults_on_wall && !gm_reboot_faults_wall(e);
}

/* Return true if a part has calls that were summed: only about how much of the wall clock they took is known. */
static bool has_summed(const struct gm_episode *e, unsigned int part)
{
	for (unsigned int i = 0; i < GM_LINE_NR; i++)
		if ((is_in_part(part, true, i) && e->old[i].summed) || (is_in_part(part, false, i) && e->new[i].summed))
			return true;
	return false;
}

static struct gm_reboot_sum sum_of(const struct gm_model *m, const struct gm_episode *e, unsigned int part)
{
	bool faults = part == GM_REBOOT_FAULTS;
	struct gm_reboot_sum sum = { 0 };

	for (unsigned int i = 0; i < GM_LINE_NR; i++) {
		sum.wall_ns += is_in_part(part, true, i) ? e->old[i].wall_ns : 0;
		sum.wall_ns += is_in_part(part, false, i) ? e->new[i].wall_ns : 0;
	}
	if (lacks_lines(m, e, part) || (faults ? lacks_times(e) : e->cut_steps))
		sum.kind = sum.wall_ns ? GM_SUM_LEAST : GM_SUM_NA;
	else if ((faults && gm_episode_pages_partial(e)) || has_summed(e, part))
		sum.kind = GM_SUM_ABOUT;
	return sum;
}

static struct gm_reboot_sum sum_all(const struct gm_reboot_sum part[GM_REBOOT_PARTS])
{
	struct gm_reboot_sum all = { 0 };
	bool about = false;

	for (unsigned int p = 0; p < GM_REBOOT_PARTS; p++) {
		all.wall_ns += part[p].wall_ns;
		about |= part[p].kind == GM_SUM_ABOUT;
		if (part[p].kind == GM_SUM_LEAST || part[p].kind == GM_SUM_NA)
			all.kind = GM_SUM_LEAST;
	}
	if (all.kind == GM_SUM_LEAST && !all.wall_ns)
		all.kind = GM_SUM_NA;
	else if (about)
		all.kind = GM_SUM_ABOUT;
	return all;
}

/* Write the phases that are unavailable for the first reason found, and that reason. False: all lines are there. */
static bool describe_na(const struct gm_model *m, const struct gm_episode *e, char *buf, size_t size)
{
	char names[256], plain[256];
	const char *why = NULL;
	uint32_t mask = 0;

	for (unsigned int i = 0; i < 2 * GM_LINE_NR; i++) {
		const char *na = gm_reboot_line_na(m, e, i < GM_LINE_NR, i % GM_LINE_NR);

		why = why ? why : na;
		if (na && !strcmp(na, why))
			mask |= 1u << i % GM_LINE_NR;
	}
	if (why)
		snprintf(buf, size, "without %s: %s", gm_phase_list(names, sizeof(names), mask),
			 gm_plain(plain, sizeof(plain), why));
	return why;
}

static void describe(const struct gm_model *m, const struct gm_episode *e, char *buf, size_t size)
{
	buf[0] = '\0';
	if (describe_na(m, e, buf, size))
		return;
	if (e->cut_steps)
		snprintf(buf, size, "there were more calls than are kept");
	else if (lacks_times(e))
		snprintf(buf, size, "%s",
			 e->faults_on_wall ? "some faults have no time: the kernel skipped the BPF programs"
					   : "how long faults were in progress was not measured");
	else if (gm_episode_pages_partial(e))
		snprintf(buf, size, "%s", gm_episode_pages_partial(e));
	else if (has_summed(e, GM_REBOOT_TEARDOWN) || has_summed(e, GM_REBOOT_SETUP))
		snprintf(buf, size, "calls that came too often to be kept one by one are summed");
}

static void add_work(const struct gm_episode *e, struct gm_reboot_answer *out)
{
	out->work_known = out->memory.kind == GM_SUM_EXACT;
	for (unsigned int i = 0; i < GM_LINE_NR; i++) {
		out->work_ns += e->old[i].work_ns + e->new[i].work_ns;
		out->work_known &= gm_reboot_line_is_work_known(e, false, i);
	}
}

void gm_reboot_answer(const struct gm_model *m, const struct gm_episode *e, struct gm_reboot_answer *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned int p = 0; p < GM_REBOOT_PARTS; p++)
		out->part[p] = sum_of(m, e, p);
	out->memory = sum_all(out->part);
	out->elsewhere_ns = gm_episode_wall(e) > out->memory.wall_ns ? gm_episode_wall(e) - out->memory.wall_ns : 0;
	add_work(e, out);
	out->vm_ns = e->old[GM_PHASE_ZAP].wall_ns + e->new[GM_PHASE_MAP].wall_ns;
	out->vm_known = !gm_reboot_line_na(m, e, true, GM_PHASE_ZAP) && !gm_reboot_spte_map_na(m, e) &&
			!gm_reboot_line_na(m, e, false, GM_PHASE_MAP) &&
			out->part[GM_REBOOT_FAULTS].kind == GM_SUM_EXACT && !e->cut_steps &&
			!e->old[GM_PHASE_ZAP].summed;
	describe(m, e, out->why, sizeof(out->why));
}

/* ---- quantities ---- */

static const char *const sum_names[GM_RQ_OLD] = { "wall",   "memory",	 "teardown", "setup",
						  "faults", "elsewhere", "between",  "saved" };

char *gm_reboot_quantity_name(char *buf, unsigned int q)
{
	if (q < GM_RQ_OLD)
		snprintf(buf, GM_RQ_NAME_LEN, "%s", sum_names[q]);
	else if (q < GM_RQ_REST)
		snprintf(buf, GM_RQ_NAME_LEN, "%s.%s", q < GM_RQ_NEW ? "old" : "new",
			 gm_line_name((q - GM_RQ_OLD) % GM_LINE_NR));
	else
		snprintf(buf, GM_RQ_NAME_LEN, "%s", gm_reboot_rest_name(q - GM_RQ_REST));
	return buf;
}

static bool is_of_teardown(unsigned int line)
{
	return line == GM_PHASE_ZAP || line == GM_PHASE_UNBIND || line == GM_PHASE_RELEASE || line == GM_PHASE_PUNCH ||
	       line == GM_PHASE_FREE || line == GM_PHASE_DESTROY;
}

bool gm_reboot_quantity_find(const char *name, unsigned int *quantity)
{
	char buf[GM_RQ_NAME_LEN];

	for (unsigned int q = 0; q < GM_RQ_NR; q++) {
		unsigned int line = (q - GM_RQ_OLD) % GM_LINE_NR;
		const char *full = gm_reboot_quantity_name(buf, q);

		if (q >= GM_RQ_OLD && q < GM_RQ_REST && !strchr(name, '.') && is_of_teardown(line) == (q < GM_RQ_NEW))
			full = gm_line_name(line);
		if (!strcmp(name, full)) {
			*quantity = q;
			return true;
		}
	}
	return false;
}

void gm_reboot_facts(const struct gm_model *m, const struct gm_episode *e, struct gm_reboot_facts *out)
{
	out->e = e;
	gm_episode_saving(m, e, &out->saving);
	gm_reboot_answer(m, e, &out->answer);
}

static bool set_sum(const struct gm_reboot_sum *sum, uint64_t *ns)
{
	*ns = sum->wall_ns;
	return sum->kind == GM_SUM_EXACT;
}

static bool set_line(const struct gm_model *m, const struct gm_reboot_facts *f, bool old_side, unsigned int line,
		     uint64_t *ns)
{
	const struct gm_line_cost *l = old_side ? &f->e->old[line] : &f->e->new[line];
	bool faults = !old_side && gm_reboot_line_is_of_faults(line);

	*ns = l->wall_ns;
	if ((!old_side && !f->e->new_vm) || gm_reboot_line_na(m, f->e, old_side, line))
		return false;
	return faults ? f->answer.part[GM_REBOOT_FAULTS].kind == GM_SUM_EXACT : !f->e->cut_steps && !l->summed;
}

static bool set_between(const struct gm_episode *e, uint64_t *ns)
{
	*ns = e->first_bind_ns > e->teardown_end_ns ? e->first_bind_ns - e->teardown_end_ns : 0;
	return e->new_vm && e->first_bind_ns && e->teardown_end_ns && gm_episode_teardown_is_known(e);
}

bool gm_reboot_quantity(const struct gm_model *m, const struct gm_reboot_facts *f, unsigned int q, uint64_t *ns)
{
	const struct gm_reboot_answer *a = &f->answer;
	const struct gm_episode *e = f->e;

	*ns = 0;
	if (q >= GM_RQ_REST) {
		*ns = e->rest_ns[q - GM_RQ_REST];
		return gm_episode_is_timed(e) && e->rest_known == (q != GM_RQ_REST + GM_REBOOT_REST_UNKNOWN);
	}
	if (q >= GM_RQ_OLD)
		return set_line(m, f, q < GM_RQ_NEW, (q - GM_RQ_OLD) % GM_LINE_NR, ns);
	switch (q) {
	case GM_RQ_WALL: *ns = gm_episode_wall(e); return gm_episode_is_timed(e);
	case GM_RQ_MEMORY: return set_sum(&a->memory, ns);
	case GM_RQ_ELSEWHERE: *ns = a->elsewhere_ns; return gm_episode_is_timed(e) && a->memory.kind == GM_SUM_EXACT;
	case GM_RQ_BETWEEN: return set_between(e, ns);
	case GM_RQ_SAVED:
		*ns = f->saving.wall_ns.mid > 0 ? (uint64_t)(f->saving.wall_ns.mid + 0.5) : 0;
		return !f->saving.na[0];
	}
	return (q == GM_RQ_TEARDOWN || e->new_vm) && set_sum(&a->part[q - GM_RQ_TEARDOWN], ns);
}
