// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_facts.c - facts of an episode that all formats share: sums, tasks, the longest calls on the wall clock. */
#include "base/fmt.h"
#include "base/parse.h"
#include "report/reboot_report_int.h"
#include "model/observe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint8_t gm_reboot_order[GM_LINE_NR] = {
	GM_PHASE_ZAP, GM_PHASE_UNBIND, GM_PHASE_RELEASE, GM_PHASE_PUNCH, GM_PHASE_FREE, GM_PHASE_DESTROY, GM_LINE_SETUP,
	GM_PHASE_CREATE, GM_PHASE_BIND, GM_PHASE_REBIND, GM_PHASE_CONVERT, GM_PHASE_POPULATE, GM_PHASE_FALLOCATE,
		GM_PHASE_ALLOC,
	GM_PHASE_ZERO, GM_PHASE_PREPARE, GM_PHASE_MAP, GM_PHASE_GUEST_FAULT, GM_PHASE_HOST_FAULT, GM_PHASE_PREFAULT,
};

const char *gm_reboot_line_label(unsigned int line)
{
	switch (line) {
	case GM_PHASE_GUEST_FAULT: return "guest other";
	case GM_PHASE_HOST_FAULT: return "host other";
	case GM_PHASE_PREFAULT: return "pre other";
	}
	return gm_line_name(line);
}

bool gm_reboot_line_is_shown(const struct gm_line_cost *l)
{
	return l->count || l->work_ns || l->wall_ns;
}

bool gm_reboot_line_is_of_faults(unsigned int line)
{
	return (line >= GM_PHASE_ALLOC && line <= GM_PHASE_HOST_FAULT) || line == GM_PHASE_PREFAULT;
}

bool gm_reboot_line_is_on_wall(const struct gm_episode *e, bool old_side, unsigned int line)
{
	return !gm_reboot_line_is_of_faults(line) || old_side || e->faults_on_wall || e->new[line].wall_ns;
}

/* alloc and zero have histograms of their own; the other lines are parts of faults. */
bool gm_reboot_line_is_work_known(const struct gm_episode *e, bool old_side, unsigned int line)
{
	uint64_t parts = 0, faults = 0;

	if (old_side || !gm_reboot_line_is_of_faults(line) || line == GM_PHASE_ALLOC || line == GM_PHASE_ZERO)
		return true;
	for (unsigned int w = 0; w < GM_FAULT_KINDS; w++) {
		faults += e->new[GM_FAULT_KIND_PHASE(w)].count;
		for (unsigned int p = 0; p < GM_PART_NR; p++)
			parts += e->split.part_ns[w][p];
	}
	return parts || !faults;
}

const char *gm_reboot_spte_map_na(const struct gm_model *m, const struct gm_episode *e)
{
	if (!gm_reboot_line_is_work_known(e, false, GM_PHASE_MAP))
		return "the parts of faults were not recorded";
	return e->new[GM_PHASE_MAP].count ? NULL : gm_phase_unavailable(m, GM_PHASE_MAP);
}

const char *gm_reboot_line_na(const struct gm_model *m, const struct gm_episode *e, bool old_side, unsigned int line)
{
	const struct gm_line_cost *l = old_side ? &e->old[line] : &e->new[line];
	uint32_t asked = old_side ? GM_REBOOT_OLD_PHASES : e->new_vm ? GM_REBOOT_NEW_PHASES : 0;

	if (line >= GM_PHASE_NR || !(asked >> line & 1) || gm_reboot_line_is_shown(l))
		return NULL;
	return gm_phase_unavailable(m, line);
}

uint64_t gm_reboot_wall_of_lines(const struct gm_episode *e)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < GM_LINE_NR; i++)
		sum += e->old[i].wall_ns + e->new[i].wall_ns;
	return sum;
}

uint64_t gm_reboot_wall_sum(const struct gm_episode *e)
{
	uint64_t sum = gm_reboot_wall_of_lines(e);

	for (unsigned int i = 0; i < GM_ARRAY_SIZE(e->rest_ns); i++)
		sum += e->rest_ns[i];
	return sum;
}

uint64_t gm_reboot_faults_wall(const struct gm_episode *e)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < GM_LINE_NR; i++)
		sum += gm_reboot_line_is_of_faults(i) ? e->new[i].wall_ns : 0;
	return sum;
}

bool gm_reboot_has_faults(const struct gm_episode *e)
{
	for (unsigned int i = 0; i < GM_FAULT_KINDS; i++)
		if (e->new[GM_FAULT_KIND_PHASE(i)].count)
			return true;
	return gm_reboot_faults_wall(e) > 0;
}

const char *gm_reboot_zeroed_on_free(const struct gm_model *m)
{
	if (m->meta.init_on_free == GM_UNKNOWN)
		return NULL;
	return m->meta.init_on_free == GM_YES ? "inside free" : "no";
}

char *gm_reboot_percent(char *buf, size_t size, uint64_t part, uint64_t all)
{
	double v = all ? 100 * (double)part / (double)all : 0;

	if (!all)
		snprintf(buf, size, "-");
	else if (v >= 999.95)
		snprintf(buf, size, ">999%%");
	else
		snprintf(buf, size, "%.1f%%", v);
	return buf;
}

char *gm_reboot_fmt_wall(char *buf, size_t size, const struct gm_episode *e)
{
	char least[8], most[8];

	gm_fmt_ns(least, sizeof(least), gm_episode_wall_min(e));
	gm_fmt_ns(most, sizeof(most), gm_episode_wall(e));
	if (gm_episode_is_timed(e))
		snprintf(buf, size, "%s", most);
	else if (!e->end_known)
		snprintf(buf, size, "%s%s", gm_episode_wall_min(e) ? ">=" : "n/a", gm_episode_wall_min(e) ? least : "");
	else if (!gm_episode_wall_min(e))
		snprintf(buf, size, "<=%s", most);
	else
		snprintf(buf, size, "%s..%s", least, most);
	return buf;
}

const char *gm_reboot_rest_na(const struct gm_model *m)
{
	return gm_model_rest_is_work(m) ? "calls and faults that this mode does not show are in it"
					: "the CPU times of the processes were not recorded for all of it";
}

uint64_t gm_reboot_share_base_ns(const struct gm_episode *e)
{
	return gm_episode_is_timed(e) ? gm_episode_wall(e) : 0;
}

bool gm_episode_matches(const struct gm_model *m, const struct gm_episode *e, const char *want)
{
	const uint32_t ids[] = { e->old_vm, e->new_vm, e->old_tgid, e->new_tgid };
	uint64_t nr;

	if (!want || !*want || !strcmp(want, e->name))
		return true;
	if (!gm_parse_u64(want, 1, UINT32_MAX, &nr))
		for (size_t i = 0; i < GM_ARRAY_SIZE(ids); i++)
			if (ids[i] == nr)
				return true;
	return gm_vm_matches(gm_model_vm(m, e->old_vm), want) || gm_vm_matches(gm_model_vm(m, e->new_vm), want);
}

bool gm_reshuffle_matches(const struct gm_model *m, const struct gm_reshuffle *s, const char *want)
{
	uint64_t nr;

	if (!want || !*want || !strcmp(want, s->name))
		return true;
	if (!gm_parse_u64(want, 1, UINT32_MAX, &nr) && nr == s->vm)
		return true;
	return gm_vm_matches(gm_model_vm(m, s->vm), want);
}

/* ---- tasks ---- */

static void task_add(struct gm_reboot_task *tasks, size_t *nr, const struct gm_step *s)
{
	struct gm_reboot_task *t = tasks;

	while (t < tasks + *nr && (t->tgid != s->tgid || t->tid != s->tid || memcmp(t->comm, s->comm, sizeof(t->comm))))
		t++;
	if (t == tasks + *nr) {
		++*nr;
		*t = (struct gm_reboot_task){ .tgid = s->tgid, .tid = s->tid, .cpu_known = true };
		memcpy(t->comm, s->comm, sizeof(t->comm));
	}
	t->calls++;
	t->work_ns += s->self_ns;
	t->off_ns += s->off_ns;
	t->blocked_ns += s->blocked_ns;
	t->cpu_known &= s->cpu_known;
}

static int by_work(const void *a, const void *b)
{
	const struct gm_reboot_task *x = a, *y = b;

	if (x->work_ns != y->work_ns)
		return x->work_ns > y->work_ns ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

int gm_reboot_tasks(const struct gm_episode *e, struct gm_reboot_task **out, size_t *nr)
{
	*nr = 0;
	*out = calloc(e->steps.nr + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; i < e->steps.nr; i++)
		task_add(*out, nr, e->steps.at[i]);
	qsort(*out, *nr, sizeof(**out), by_work);
	return 0;
}

/* ---- the longest stretches ---- */

static int by_wall(const void *a, const void *b)
{
	const struct gm_step *x = *(const struct gm_step *const *)a, *y = *(const struct gm_step *const *)b;

	if (x->wall_ns != y->wall_ns)
		return x->wall_ns > y->wall_ns ? -1 : 1;
	return x->begin_ns < y->begin_ns ? -1 : x->begin_ns > y->begin_ns;
}

static int by_begin(const void *a, const void *b)
{
	const struct gm_step *x = *(const struct gm_step *const *)a, *y = *(const struct gm_step *const *)b;

	if (x->begin_ns != y->begin_ns)
		return x->begin_ns < y->begin_ns ? -1 : 1;
	return x->end_ns > y->end_ns ? -1 : x->end_ns < y->end_ns;
}

int gm_reboot_path(const struct gm_episode *e, size_t max, const struct gm_step ***out, size_t *nr, uint64_t *left)
{
	const struct gm_step **at = calloc(e->steps.nr + 1, sizeof(*at));
	size_t all = 0;

	*out = at;
	*nr = 0;
	*left = 0;
	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < e->steps.nr; i++) {
		const struct gm_step *s = e->steps.at[i];

		if (s->wall_ns)
			at[all++] = s;
	}
	qsort(at, all, sizeof(*at), by_wall);
	*nr = all < max ? all : max;
	for (size_t i = *nr; i < all; i++)
		*left += at[i]->wall_ns;
	qsort(at, *nr, sizeof(*at), by_begin);
	return 0;
}
