// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reboot_json.c - an episode as one JSON line: docs/json-schema.json. What was not observed is null, or has "na" with
 * the reason.
 */
#include "report/reboot_report_int.h"
#include "model/observe.h"

#include <errno.h>
#include <stdlib.h>

#define TASKS	256	/* most tasks written; the line has the number of all */
#define PATH	256

static void u64_or_null(struct gm_json *j, const char *key, uint64_t v, bool known)
{
	if (known)
		gm_json_u64(j, key, v);
	else
		gm_json_null(j, key);
}

/* Write the bounds of times that are not known; null: no bound. */
static void put_bounds(struct gm_json *j, const struct gm_model *m, const struct gm_episode *e)
{
	gm_json_str(j, "na", gm_reboot_untimed_text(gm_episode_untimed(m, e)));
	gm_json_u64(j, "start_min_ns", e->start_ns);
	gm_json_u64(j, "start_max_ns", e->start_max_ns);
	gm_json_u64(j, "end_min_ns", e->end_min_ns);
	u64_or_null(j, "end_max_ns", e->end_ns, e->end_known);
	gm_json_u64(j, "wall_min_ns", gm_episode_wall_min(e));
	u64_or_null(j, "wall_max_ns", gm_episode_wall(e), e->end_known);
}

static void put_times(struct gm_json *j, const struct gm_model *m, const struct gm_episode *e)
{
	bool begun = e->start_ns == e->start_max_ns, ended = e->end_known && e->end_ns == e->end_min_ns;

	u64_or_null(j, "start_ns", e->start_ns, begun);
	u64_or_null(j, "end_ns", e->end_ns, ended);
	u64_or_null(j, "start_real_ns", m->meta.real_ns + (e->start_ns - m->meta.h.ts_ns), m->meta.real_ns && begun);
	u64_or_null(j, "wall_ns", gm_episode_wall(e), begun && ended);
	if (!begun || !ended)
		put_bounds(j, m, e);
	u64_or_null(j, "teardown_end_ns", e->teardown_end_ns,
		    e->teardown_end_ns && e->teardown_min_ns == e->teardown_end_ns);
	u64_or_null(j, "first_bind_ns", e->first_bind_ns, e->first_bind_ns);
	u64_or_null(j, "reset_ns", e->reset_ns, e->reset_ns);
	u64_or_null(j, "first_fault_ns", e->first_fault_ns, e->first_fault_ns);
}

static void put_head(struct gm_json *j, const struct gm_model *m, const struct gm_episode *e)
{
	gm_json_u64(j, "episode", e->id);
	gm_json_str(j, "machine", e->name);
	if (e->style == GM_REBOOT_UNKNOWN)
		gm_json_null(j, "style");
	else
		gm_json_str(j, "style", gm_reboot_style_name(e->style));
	gm_json_str(j, "end", gm_reboot_end_name(e->end));
	gm_json_bool(j, "same_process", e->same_process);
	gm_json_u64(j, "old_vm", e->old_vm);
	u64_or_null(j, "new_vm", e->new_vm, e->new_vm);
	gm_json_u64(j, "old_pid", gm_pid(e->old_tgid));
	u64_or_null(j, "new_pid", gm_pid(e->new_tgid), e->new_vm);
	u64_or_null(j, "vcpus", e->vcpus, e->vcpus);
	put_times(j, m, e);
}

static void put_line(struct gm_json *j, const struct gm_episode *e, bool old_side, unsigned int line)
{
	const struct gm_line_cost *l = old_side ? &e->old[line] : &e->new[line];

	gm_json_obj(j, gm_line_name(line));
	gm_json_u64(j, "count", l->count);
	if (l->untimed)
		gm_json_u64(j, "untimed", l->untimed);
	if (l->summed)
		gm_json_u64(j, "summed", l->summed);
	u64_or_null(j, "pages", l->pages, l->pages);
	u64_or_null(j, "work_ns", l->work_ns, gm_reboot_line_is_work_known(e, old_side, line));
	u64_or_null(j, "off_cpu_ns", l->off_ns, l->cpu_known);
	u64_or_null(j, "blocked_ns", l->blocked_ns, l->cpu_known);
	u64_or_null(j, "wall_ns", l->wall_ns, gm_reboot_line_is_on_wall(e, old_side, line));
	if (l->sptes_known) {
		gm_json_u64(j, "sptes_4k", l->sptes[0]);
		gm_json_u64(j, "sptes_2m", l->sptes[1]);
		gm_json_u64(j, "sptes_1g", l->sptes[2]);
	}
	if (l->flush_known)
		gm_json_u64(j, "flush_ns", l->flush_ns);
	gm_json_end_obj(j);
}

static void put_side(struct gm_json *j, const struct gm_model *m, const struct gm_episode *e, bool old_side)
{
	const struct gm_line_cost *lines = old_side ? e->old : e->new;

	gm_json_obj(j, old_side ? "old" : "new");
	for (unsigned int i = 0; i < GM_LINE_NR; i++) {
		unsigned int line = gm_reboot_order[i];
		const char *na = gm_reboot_line_na(m, e, old_side, line);

		if (na) {
			gm_json_obj(j, gm_line_name(line));
			gm_json_str(j, "na", na);
			gm_json_end_obj(j);
		} else if (gm_reboot_line_is_shown(&lines[line])) {
			put_line(j, e, old_side, line);
		}
	}
	gm_json_end_obj(j);
}

/* Write the data on faults beyond the ledger, from which the saving and the faults' wall clock are computed. */
static void put_faults(struct gm_json *j, const struct gm_episode *e)
{
	gm_json_obj(j, "faults");
	for (unsigned int w = 0; w < GM_FAULT_KINDS; w++) {
		if (!e->new[GM_FAULT_KIND_PHASE(w)].count)
			continue;
		gm_json_obj(j, gm_phase_name(GM_FAULT_KIND_PHASE(w)));
		gm_json_u64(j, "found", e->split.found[w]);
		gm_json_u64(j, "found_ns", e->split.found_ns[w]);
		u64_or_null(j, "busy_ns", e->split.busy_ns[w], e->split.busy_ns[w]);
		gm_json_end_obj(j);
	}
	gm_json_end_obj(j);
}

static void put_rest(struct gm_json *j, const struct gm_model *m, const struct gm_episode *e)
{
	bool timed = gm_episode_is_timed(e), known = e->rest_known && timed;

	gm_json_obj(j, "neither");
	u64_or_null(j, "user_ns", e->rest_ns[GM_REBOOT_REST_USER], known);
	u64_or_null(j, "guest_ns", e->rest_ns[GM_REBOOT_REST_GUEST], known);
	u64_or_null(j, "blocked_ns", e->rest_ns[GM_REBOOT_REST_BLOCKED], known);
	u64_or_null(j, "unknown_ns", e->rest_ns[GM_REBOOT_REST_UNKNOWN], timed);
	if (!timed)
		gm_json_str(j, "na", "the duration is not known");
	else if (!e->rest_known)
		gm_json_str(j, "na", gm_reboot_rest_na(m));
	gm_json_end_obj(j);
	gm_json_bool(j, "faults_on_wall", e->faults_on_wall);
	gm_json_bool(j, "calls_missing", e->cut_steps);
	gm_json_u64(j, "parallel_ns", e->parallel_ns);
}

static void put_tasks(struct gm_json *j, const struct gm_episode *e)
{
	struct gm_reboot_task *t;
	size_t nr;

	if (gm_reboot_tasks(e, &t, &nr)) {
		j->out->err = -ENOMEM;
		return;
	}
	gm_json_u64(j, "tasks_nr", nr);
	gm_json_arr(j, "tasks");
	for (size_t i = 0; i < nr && i < TASKS; i++) {
		gm_json_obj(j, NULL);
		gm_json_str(j, "comm", t[i].comm);
		gm_json_u64(j, "pid", gm_pid(t[i].tgid));
		gm_json_u64(j, "tid", gm_pid(t[i].tid));
		gm_json_u64(j, "calls", t[i].calls);
		gm_json_u64(j, "work_ns", t[i].work_ns);
		u64_or_null(j, "off_cpu_ns", t[i].off_ns, t[i].cpu_known);
		u64_or_null(j, "blocked_ns", t[i].blocked_ns, t[i].cpu_known);
		gm_json_end_obj(j);
	}
	gm_json_end_arr(j);
	free(t);
}

static void put_path(struct gm_json *j, const struct gm_episode *e)
{
	const struct gm_step **s;
	uint64_t left;
	size_t nr;

	if (gm_reboot_path(e, PATH, &s, &nr, &left)) {
		j->out->err = -ENOMEM;
		return;
	}
	gm_json_arr(j, "critical_path");
	for (size_t i = 0; i < nr; i++) {
		gm_json_obj(j, NULL);
		gm_json_str(j, "side", s[i]->old_side ? "old" : "new");
		gm_json_str(j, "line", gm_line_name(s[i]->line));
		gm_json_u64(j, "begin_ns", s[i]->begin_ns);
		gm_json_u64(j, "dur_ns", s[i]->end_ns - s[i]->begin_ns);
		gm_json_u64(j, "wall_ns", s[i]->wall_ns);
		gm_json_u64(j, "pid", gm_pid(s[i]->tgid));
		gm_json_u64(j, "tid", gm_pid(s[i]->tid));
		gm_json_str(j, "comm", s[i]->comm);
		gm_json_end_obj(j);
	}
	gm_json_end_arr(j);
	gm_json_u64(j, "critical_path_left_out_ns", left);
	free(s);
}

/* ---- costs ---- */

/* Write counts of pages; null if none was counted because the host cannot count them. */
static void put_pages(struct gm_json *j, const struct gm_model *m, const struct gm_episode *e)
{
	uint64_t freed = gm_episode_freed(e), allocated = gm_episode_allocated(e),
		 cleared = e->new[GM_PHASE_ZERO].count;

	u64_or_null(j, "freed_pages", freed, gm_episode_freed_is_known(m, e));
	u64_or_null(j, "allocated_pages", allocated, gm_episode_allocated_is_known(m, e));
	u64_or_null(j, "cleared_pages", cleared, cleared || !gm_phase_unavailable(m, GM_PHASE_ZERO));
	if (gm_episode_pages_partial(e))
		gm_json_str(j, "pages_partial", gm_episode_pages_partial(e));
	gm_line_yesno(j, "cleared_on_free", m->meta.init_on_free);
	gm_line_yesno(j, "cleared_twice", m->meta.init_on_alloc);
}

static int64_t rounded(double v)
{
	return v > 9e18 ? INT64_MAX : v < -9e18 ? INT64_MIN : (int64_t)(v < 0 ? v - 0.5 : v + 0.5);
}

static void put_interval(struct gm_json *j, const char *key, double low, double mid, double high)
{
	gm_json_obj(j, key);
	gm_json_s64(j, "low", rounded(low));
	gm_json_s64(j, "mid", rounded(mid));
	gm_json_s64(j, "high", rounded(high));
	gm_json_end_obj(j);
}

static void put_saving(struct gm_json *j, const struct gm_model *m, const struct gm_episode *e,
		       const struct gm_saving *s)
{
	gm_json_obj(j, "saving");
	if (s->na[0]) {
		gm_json_str(j, "na", s->na);
	} else {
		gm_json_u64(j, "pages", s->pages);
		put_interval(j, "free_ns", s->free_ns.low, s->free_ns.mid, s->free_ns.high);
		put_interval(j, "alloc_ns", s->alloc_ns.low, s->alloc_ns.mid, s->alloc_ns.high);
		put_interval(j, "zero_ns", s->zero_ns.low, s->zero_ns.mid, s->zero_ns.high);
		put_interval(j, "work_ns", s->total_ns.low, s->total_ns.mid, s->total_ns.high);
		put_interval(j, "wall_ns", s->wall_ns.low, s->wall_ns.mid, s->wall_ns.high);
	}
	if (gm_phase_unavailable(m, GM_PHASE_ZAP) || gm_reboot_spte_map_na(m, e))
		gm_json_null(j, "spte_ns");
	else
		gm_json_s64(j, "spte_ns", rounded(s->spte_ns));
	gm_json_end_obj(j);
}

/* Write a sum of the wall clock; a lower bound is a value, and "partial" beside it says why. */
static void put_sum(struct gm_json *j, const char *key, const struct gm_reboot_sum *sum)
{
	u64_or_null(j, key, sum->wall_ns, sum->kind != GM_SUM_NA);
}

static void put_answer(struct gm_json *j, const struct gm_reboot_facts *f)
{
	const struct gm_reboot_answer *a = &f->answer;
	const struct gm_saving *s = &f->saving;
	const struct gm_episode *e = f->e;

	gm_json_obj(j, "answer");
	put_sum(j, "memory_wall_ns", &a->memory);
	put_sum(j, "teardown_wall_ns", &a->part[GM_REBOOT_TEARDOWN]);
	put_sum(j, "setup_wall_ns", &a->part[GM_REBOOT_SETUP]);
	put_sum(j, "faults_wall_ns", &a->part[GM_REBOOT_FAULTS]);
	u64_or_null(j, "elsewhere_wall_ns", a->elsewhere_ns, gm_episode_is_timed(e) && a->memory.kind != GM_SUM_NA);
	if (a->memory.kind != GM_SUM_EXACT)
		gm_json_str(j, a->memory.kind == GM_SUM_NA ? "na" : "partial", a->why);
	u64_or_null(j, "memory_work_ns", a->work_ns, a->work_known);
	if (s->na[0])
		gm_json_null(j, "inode_saves_wall_ns");
	else
		put_interval(j, "inode_saves_wall_ns", s->wall_ns.low, s->wall_ns.mid, s->wall_ns.high);
	u64_or_null(j, "vm_saves_wall_ns", a->vm_ns, a->vm_known && e->new_vm && e->style != GM_REBOOT_INPLACE);
	gm_json_end_obj(j);
}

void gm_reshuffle_json(struct gm_str *out, const struct gm_reshuffle *s)
{
	struct gm_json j;

	gm_line_begin(&j, out, "reshuffle");
	gm_json_str(&j, "machine", s->name);
	gm_json_u64(&j, "vm", s->vm);
	gm_json_u64(&j, "start_ns", s->begin_ns);
	gm_json_u64(&j, "end_ns", s->end_ns);
	gm_json_u64(&j, "pages", s->pages);
	gm_line_end(&j);
}

void gm_reboot_json(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *f)
{
	const struct gm_episode *e = f->e;
	struct gm_json j;

	gm_line_begin(&j, out, "episode");
	put_head(&j, m, e);
	put_side(&j, m, e, true);
	put_side(&j, m, e, false);
	put_rest(&j, m, e);
	put_faults(&j, e);
	put_tasks(&j, e);
	put_path(&j, e);
	put_pages(&j, m, e);
	put_saving(&j, m, e, &f->saving);
	put_answer(&j, f);
	gm_line_end(&j);
}
