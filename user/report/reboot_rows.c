// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_rows.c - episodes as tables (CSV) and timelines (trace event format) for other programs. */
#include "report/reboot_report_int.h"
#include "report/text.h"

#include <inttypes.h>
#include <stdio.h>
#include "base/csv.h"

/* ---- CSV ---- */

void gm_reboot_csv_head(struct gm_str *out)
{
	gm_str_puts(out, "episode,machine,style,end,start_ns,episode_wall_ns,side,line,count,pages,work_ns,off_cpu_ns,"
			 "blocked_ns,wall_ns,na,episode_wall_min_ns,episode_wall_max_ns\n");
}

static void csv_cell(struct gm_str *out, uint64_t v, bool known)
{
	if (known)
		gm_str_printf(out, "%" PRIu64, v);
	gm_str_puts(out, ",");
}

static void csv_lead(struct gm_str *out, const struct gm_episode *e, const char *side, const char *line)
{
	gm_str_printf(out, "%u,", e->id);
	gm_csv_text(out, e->name);
	gm_str_printf(out, ",%s,%s,", e->style == GM_REBOOT_UNKNOWN ? "" : gm_reboot_style_name(e->style),
		      gm_reboot_end_name(e->end));
	csv_cell(out, e->start_ns, e->start_ns == e->start_max_ns);
	csv_cell(out, gm_episode_wall(e), gm_episode_is_timed(e));
	gm_str_printf(out, "%s,%s,", side, line);
}

/* Write the bounds of an unknown duration, and end the row. */
static void csv_tail(struct gm_str *out, const struct gm_episode *e)
{
	bool timed = gm_episode_is_timed(e);

	gm_str_puts(out, ",");
	csv_cell(out, gm_episode_wall_min(e), !timed);
	if (!timed && e->end_known)
		gm_str_printf(out, "%" PRIu64, gm_episode_wall(e));
	gm_str_puts(out, "\n");
}

static void csv_line(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e, bool old_side,
		     unsigned int line)
{
	const struct gm_line_cost *l = old_side ? &e->old[line] : &e->new[line];
	const char *na = gm_reboot_line_na(m, e, old_side, line);

	if (!na && !gm_reboot_line_is_shown(l))
		return;
	csv_lead(out, e, old_side ? "old" : "new", gm_line_name(line));
	csv_cell(out, l->count, !na);
	csv_cell(out, l->pages, !na && l->pages);
	csv_cell(out, l->work_ns, !na && gm_reboot_line_is_work_known(e, old_side, line));
	csv_cell(out, l->off_ns, !na && l->cpu_known);
	csv_cell(out, l->blocked_ns, !na && l->cpu_known);
	csv_cell(out, l->wall_ns, !na && gm_reboot_line_is_on_wall(e, old_side, line));
	gm_csv_text(out, na ? na : "");
	csv_tail(out, e);
}

void gm_reboot_csv(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e)
{
	for (unsigned int side = 0; side < 2; side++)
		for (unsigned int i = 0; i < GM_LINE_NR; i++)
			csv_line(out, m, e, side == 0, gm_reboot_order[i]);
	for (unsigned int i = 0; i < GM_ARRAY_SIZE(e->rest_ns) && gm_episode_is_timed(e); i++) {
		if (!e->rest_ns[i])
			continue;
		csv_lead(out, e, "neither", gm_reboot_rest_name(i));
		gm_str_printf(out, ",,,,,%" PRIu64 ",", e->rest_ns[i]);
		csv_tail(out, e);
	}
}

/* ---- trace ---- */

void gm_reboot_trace_head(struct gm_str *out)
{
	gm_str_puts(out, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
}

void gm_reboot_trace_tail(struct gm_str *out)
{
	gm_str_puts(out, "]}\n");
}

/* Write microseconds with three decimals, not by way of a double, which has too few digits for a long uptime. */
static void put_us(struct gm_json *j, const char *key, uint64_t ns)
{
	gm_str_printf(j->out, ",\"%s\":%" PRIu64 ".%03u", key, ns / 1000, (unsigned int)(ns % 1000));
}

/* Thread numbers above those of the kernel (2^22). */
#define TID_EPISODE	(1u << 30)
#define TID_FAULTS	((1u << 30) + 1)

static void trace_span_begin(struct gm_json *j, const char *name, const char *cat, uint32_t pid, uint32_t tid,
			     uint64_t begin, uint64_t end)
{
	gm_json_obj(j, NULL);
	gm_json_str(j, "name", name);
	gm_json_str(j, "cat", cat);
	gm_json_str(j, "ph", "X");
	gm_json_u64(j, "pid", gm_pid(pid));
	gm_json_u64(j, "tid", tid >= TID_EPISODE ? tid : gm_pid(tid));
	put_us(j, "ts", begin);
	put_us(j, "dur", end > begin ? end - begin : 0);
	gm_json_obj(j, "args");
}

static void trace_span_end(struct gm_json *j)
{
	gm_json_end_obj(j);
	gm_json_end_obj(j);
}

static void put_thread_name(struct gm_json *j, uint32_t pid, uint32_t tid, const char *name)
{
	gm_json_obj(j, NULL);
	gm_json_str(j, "name", "thread_name");
	gm_json_str(j, "ph", "M");
	gm_json_u64(j, "pid", gm_pid(pid));
	gm_json_u64(j, "tid", tid >= TID_EPISODE ? tid : gm_pid(tid));
	gm_json_obj(j, "args");
	gm_json_str(j, "name", name);
	trace_span_end(j);
	gm_str_puts(j->out, "\n");
}

static void put_whole(struct gm_json *j, const struct gm_episode *e)
{
	char name[160], wall[GM_WALL_LEN];

	snprintf(name, sizeof(name), "%s %s %u (%s)", e->name, e->new_vm ? "reboot" : "shutdown", e->id,
		 gm_reboot_style_text(e));
	trace_span_begin(j, name, "episode", e->old_tgid, TID_EPISODE, e->start_ns, e->end_ns);
	gm_json_u64(j, "old_vm", e->old_vm);
	gm_json_u64(j, "new_vm", e->new_vm);
	gm_json_str(j, "end", gm_reboot_end_name(e->end));
	if (!gm_episode_is_timed(e))
		gm_json_str(j, "bounds", gm_reboot_fmt_wall(wall, sizeof(wall), e));
	trace_span_end(j);
	gm_str_puts(j->out, "\n");
	put_thread_name(j, e->old_tgid, TID_EPISODE, "episodes");
}

static void put_faults(struct gm_json *j, const struct gm_episode *e)
{
	if (!gm_reboot_has_faults(e) || !e->first_fault_ns)
		return;
	trace_span_begin(j, "faults", "new", e->new_tgid, TID_FAULTS, e->first_fault_ns, e->end_ns);
	for (unsigned int i = 0; i < GM_LINE_NR; i++)
		if (gm_reboot_line_is_of_faults(i) && gm_reboot_line_is_shown(&e->new[i]))
			gm_json_u64(j, gm_line_name(i), e->new[i].count);
	trace_span_end(j);
	gm_str_puts(j->out, "\n");
	put_thread_name(j, e->new_tgid, TID_FAULTS, "faults, first to last");
}

static void put_step(struct gm_json *j, const struct gm_step *s)
{
	trace_span_begin(j, gm_line_name(s->line), s->old_side ? "old" : "new", s->tgid, s->tid, s->begin_ns,
			 s->end_ns);
	gm_json_str(j, "comm", s->comm);
	gm_json_u64(j, "vm", s->vm);
	gm_json_u64(j, "pages", s->pages);
	gm_json_u64(j, "self_ns", s->self_ns);
	if (s->cpu_known)
		gm_json_u64(j, "off_cpu_ns", s->off_ns);
	gm_json_u64(j, "wall_ns", s->wall_ns);
	trace_span_end(j);
	gm_str_puts(j->out, "\n");
}

void gm_reboot_trace(struct gm_str *out, const struct gm_episode *e, bool first)
{
	struct gm_json j;

	gm_json_init(&j, out);
	j.comma = !first;
	put_whole(&j, e);
	put_faults(&j, e);
	for (size_t i = 0; i < e->steps.nr; i++)
		put_step(&j, e->steps.at[i]);
}
