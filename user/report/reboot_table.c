// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_table.c - the ledger of an episode as a table, its tasks, and the longest calls on the wall clock. */
#include "base/fmt.h"
#include "report/reboot_report_int.h"
#include "report/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TASKS	8	/* tasks shown; the others are one line */
#define PATH	8

static void put_cells(struct gm_str *out, const char *name, const char *const cell[9])
{
	static const int width[9] = { 6, 6, 6, 6, 7, 6, 6, 8, 7 };
	char line[120];
	int n = snprintf(line, sizeof(line), "%-13.13s", name);

	for (int i = 0; i < 9; i++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " %*s", width[i], cell[i]);
	while (n && line[n - 1] == ' ')
		line[--n] = '\0';
	gm_str_printf(out, "%s\n", line);
}

/* Write a row of sums: work, wall clock and its share. work_ns NULL: empty; wall_ns NULL: n/a. */
static void put_sum(struct gm_str *out, const char *name, const uint64_t *work_ns, const uint64_t *wall_ns,
		    uint64_t all_ns)
{
	char work[8] = "", wall[8] = "n/a", share[16] = "n/a";

	if (work_ns)
		gm_fmt_ns(work, sizeof(work), *work_ns);
	if (wall_ns) {
		gm_fmt_ns(wall, sizeof(wall), *wall_ns);
		gm_reboot_percent(share, sizeof(share), *wall_ns, all_ns);
	}
	put_cells(out, name, (const char *const[9]){ "", "", work, "", "", wall, share, "", "" });
}

/* Write the bytes per second of the line's share of the wall clock. */
static void fmt_rate(char *buf, size_t size, const struct gm_line_cost *l, uint64_t page_size)
{
	char bytes[8];
	double rate = l->wall_ns ? (double)l->pages * (double)page_size * 1e9 / (double)l->wall_ns : 0;

	if (rate <= 0 || rate > 1e18)
		snprintf(buf, size, "-");
	else
		snprintf(buf, size, "%s/s", gm_fmt_bytes(bytes, sizeof(bytes), (uint64_t)rate));
}

static void put_line(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e, bool old_side,
		     unsigned int line)
{
	const struct gm_line_cost *l = old_side ? &e->old[line] : &e->new[line];
	char name[24], count[8], pages[8] = "-", work[8], on[8] = "-", blocked[8] = "-", wall[8], share[16],
				 per[8] = "-", rate[12];
	bool off_wall = !gm_reboot_line_is_on_wall(e, old_side, line),
	     work_unknown = !gm_reboot_line_is_work_known(e, old_side, line);

	snprintf(name, sizeof(name), "  %s", gm_reboot_line_label(line));
	if (l->pages) {
		gm_fmt_count(pages, sizeof(pages), (double)l->pages);
		snprintf(per, sizeof(per), "n/a");
	}
	if (l->pages && !work_unknown)
		gm_fmt_ns(per, sizeof(per), l->work_ns / l->pages);
	if (l->cpu_known) {
		gm_fmt_ns(on, sizeof(on), l->work_ns - (l->off_ns < l->work_ns ? l->off_ns : l->work_ns));
		gm_fmt_ns(blocked, sizeof(blocked), l->blocked_ns);
	}
	gm_fmt_ns(work, sizeof(work), l->work_ns);
	gm_fmt_ns(wall, sizeof(wall), l->wall_ns);
	gm_reboot_percent(share, sizeof(share), l->wall_ns, gm_reboot_share_base_ns(e));
	fmt_rate(rate, sizeof(rate), l, m->meta.page_size);
	put_cells(out, name,
		  (const char *const[9]){ gm_fmt_count(count, sizeof(count), (double)l->count), pages,
					  work_unknown ? "n/a" : work, on, blocked, off_wall ? "n/a" : wall,
					  off_wall ? "n/a" : share, per, rate });
}

/* Write the lines of one side, either without faults or only faults, after their sum. */
static void put_side(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e, bool old_side,
		     bool faults, const char *name)
{
	const struct gm_line_cost *lines = old_side ? e->old : e->new;
	uint64_t work = 0, wall = 0;
	bool any = false;

	for (unsigned int i = 0; i < GM_LINE_NR; i++) {
		if (gm_reboot_line_is_of_faults(i) != faults)
			continue;
		work += lines[i].work_ns;
		wall += lines[i].wall_ns;
		any |= gm_reboot_line_is_shown(&lines[i]);
	}
	if (!any)
		return;
	put_sum(out, name, &work, faults && !wall && !e->faults_on_wall ? NULL : &wall, gm_reboot_share_base_ns(e));
	for (unsigned int i = 0; i < GM_LINE_NR; i++) {
		unsigned int line = gm_reboot_order[i];

		if (gm_reboot_line_is_of_faults(line) == faults && gm_reboot_line_is_shown(&lines[line]))
			put_line(out, m, e, old_side, line);
	}
}

static void put_rest(struct gm_str *out, const struct gm_episode *e)
{
	static const char *const names[] = { "  user space", "  guest", "  blocked", "  not known" };
	uint64_t sum = 0;

	if (!gm_episode_is_timed(e)) {
		put_sum(out, "neither", NULL, NULL, 0);
		return;
	}
	for (unsigned int i = 0; i < GM_ARRAY_SIZE(names); i++)
		sum += e->rest_ns[i];
	put_sum(out, "neither", NULL, &sum, gm_episode_wall(e));
	for (unsigned int i = 0; i < GM_ARRAY_SIZE(names); i++)
		if (e->rest_ns[i] || (e->rest_known && i != GM_REBOOT_REST_UNKNOWN))
			put_sum(out, names[i], NULL, &e->rest_ns[i], gm_episode_wall(e));
}

static void put_total(struct gm_str *out, const struct gm_episode *e)
{
	uint64_t wall = gm_episode_wall(e), sum = gm_reboot_wall_sum(e), work = 0;
	char a[8], b[8];

	for (unsigned int i = 0; i < GM_LINE_NR; i++)
		work += e->old[i].work_ns + e->new[i].work_ns;
	put_sum(out, "TOTAL", &work, gm_episode_is_timed(e) ? &sum : NULL, wall);
	if (sum != wall)
		gm_str_printf(out, "the ledger does NOT ADD UP: %s in its lines, %s on the clock\n",
			      gm_fmt_ns(a, sizeof(a), sum), gm_fmt_ns(b, sizeof(b), wall));
}

/* ---- notes ---- */

/* Write the n/a lines of one side, grouped by reason. */
static void put_na(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e, bool old_side)
{
	uint32_t printed = 0;

	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		const char *why = gm_reboot_line_na(m, e, old_side, p), *other;
		char names[256], text[600], plain[256];
		uint32_t same = 0;

		if (!why || printed >> p & 1)
			continue;
		for (unsigned int q = p; q < GM_PHASE_NR; q++) {
			other = gm_reboot_line_na(m, e, old_side, q);
			if (other && !strcmp(other, why))
				same |= 1u << q;
		}
		printed |= same;
		snprintf(text, sizeof(text), "n/a %s side: %s: %s", old_side ? "old" : "new",
			 gm_phase_list(names, sizeof(names), same), gm_plain(plain, sizeof(plain), why));
		gm_text_wrap(out, 0, 2, text);
	}
}

/* Write the lines whose times lack some of their operations. */
static void put_untimed(struct gm_str *out, const struct gm_episode *e)
{
	struct gm_str text = { 0 };
	const char *sep = "not timed, and missing in WORK and WALL: ";

	for (unsigned int i = 0; i < GM_LINE_NR; i++) {
		const struct gm_line_cost *l = &e->new[gm_reboot_order[i]];

		if (!l->untimed)
			continue;
		gm_str_printf(&text, "%s%llu of %llu %s", sep, (unsigned long long)l->untimed,
			      (unsigned long long)l->count, gm_line_name(gm_reboot_order[i]));
		sep = ", ";
	}
	gm_str_puts(&text, " (the kernel skipped the BPF programs)");
	if (sep[0] == ',' && !text.err)
		gm_text_wrap(out, 0, 2, text.s);
	if (text.err)
		out->err = text.err;
	gm_str_release(&text);
}

/* Write the lines of one side of which calls were summed, and after how many single ones. */
static void put_summed(struct gm_str *out, const struct gm_episode *e, bool old_side)
{
	for (unsigned int i = 0; i < GM_LINE_NR; i++) {
		unsigned int line = gm_reboot_order[i];
		const struct gm_line_cost *l = old_side ? &e->old[line] : &e->new[line];
		char text[200];

		if (!l->summed)
			continue;
		snprintf(text, sizeof(text),
			 "summed after %llu calls: %llu of %s %s, as they came too often: WALL is about right",
			 (unsigned long long)(l->count - l->summed), (unsigned long long)l->summed,
			 old_side ? "old" : "new", gm_line_name(line));
		gm_text_wrap(out, 0, 2, text);
	}
}

static void put_notes(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e)
{
	char text[160], ns[8];

	put_na(out, m, e, true);
	put_na(out, m, e, false);
	if (!gm_reboot_line_is_work_known(e, false, GM_PHASE_GUEST_FAULT))
		gm_text_wrap(out, 0, 2, "n/a: the parts of faults were not recorded");
	if (gm_reboot_has_faults(e) && !e->faults_on_wall)
		gm_text_wrap(out, 0, 2,
			     "n/a: for how long faults were in progress was not measured: their wall time is "
			     "within \"neither\"");
	if (!e->rest_known && e->rest_ns[GM_REBOOT_REST_UNKNOWN] && gm_episode_is_timed(e)) {
		snprintf(text, sizeof(text), "n/a: what \"neither\" was: %s", gm_reboot_rest_na(m));
		gm_text_wrap(out, 0, 2, text);
	}
	if (gm_episode_pages_partial(e)) {
		snprintf(text, sizeof(text), "partial: pages and faults: %s", gm_episode_pages_partial(e));
		gm_text_wrap(out, 0, 2, text);
	}
	put_untimed(out, e);
	put_summed(out, e, true);
	put_summed(out, e, false);
	if (e->cut_steps)
		gm_text_wrap(out, 0, 2, "calls are MISSING: there were more than are kept");
	snprintf(text, sizeof(text), "in parallel: %s of work in calls beside one that ended later",
		 gm_fmt_ns(ns, sizeof(ns), e->parallel_ns));
	if (e->steps.nr)
		gm_text_wrap(out, 0, 2, text);
}

/* ---- tasks, critical path ---- */

#define COMM_COLS 16

static char *comm_cell(char *buf, size_t size, const char *comm)
{
	gm_shorten(gm_plain(buf, size, comm), COMM_COLS);
	return gm_pad(buf, size, COMM_COLS);
}

static void put_tasks(struct gm_str *out, const struct gm_episode *e)
{
	char comm[64], work[8], on[8], blocked[8], pid[GM_PID_LEN], tid[GM_PID_LEN];
	struct gm_reboot_task *t;
	uint64_t rest = 0;
	size_t nr;

	if (gm_reboot_tasks(e, &t, &nr)) {
		out->err = -ENOMEM;
		return;
	}
	if (nr)
		gm_str_printf(out, "\n%-16s %7s %7s %6s %6s %6s %7s\n", "CALLS BY TASK", "PID", "TID", "CALLS", "WORK",
			      "ON-CPU", "BLOCKED");
	for (size_t i = 0; i < nr; i++) {
		if (i >= TASKS) {
			rest += t[i].work_ns;
			continue;
		}
		snprintf(on, sizeof(on), "-");
		snprintf(blocked, sizeof(blocked), "-");
		if (t[i].cpu_known) {
			gm_fmt_ns(on, sizeof(on),
				  t[i].work_ns - (t[i].off_ns < t[i].work_ns ? t[i].off_ns : t[i].work_ns));
			gm_fmt_ns(blocked, sizeof(blocked), t[i].blocked_ns);
		}
		gm_str_printf(out, "%s %7s %7s %6llu %6s %6s %7s\n", comm_cell(comm, sizeof(comm), t[i].comm),
			      gm_pid_text(pid, t[i].tgid), gm_pid_text(tid, t[i].tid), (unsigned long long)t[i].calls,
			      gm_fmt_ns(work, sizeof(work), t[i].work_ns), on, blocked);
	}
	if (nr > TASKS)
		gm_str_printf(out, "and %zu more: %s\n", nr - TASKS, gm_fmt_ns(work, sizeof(work), rest));
	free(t);
}

static void put_path(struct gm_str *out, const struct gm_episode *e)
{
	char at[8], wall[8], share[16], comm[64], name[32];
	const struct gm_step **s;
	uint64_t left;
	size_t nr;

	if (gm_reboot_path(e, PATH, &s, &nr, &left)) {
		out->err = -ENOMEM;
		return;
	}
	if (nr)
		gm_str_printf(out, "\n%-16s %7s %6s %6s %-16s %7s\n", "CRITICAL PATH", "AT", "WALL", "%WALL", "TASK",
			      "TID");
	for (size_t i = 0; i < nr; i++) {
		uint64_t since = s[i]->begin_ns > e->start_ns ? s[i]->begin_ns - e->start_ns : 0;

		snprintf(name, sizeof(name), "%s %s", s[i]->old_side ? "old" : "new", gm_line_name(s[i]->line));
		gm_str_printf(out, "%-16s %7s %6s %6s %s %7u\n", name, gm_fmt_ns(at, sizeof(at), since),
			      gm_fmt_ns(wall, sizeof(wall), s[i]->wall_ns),
			      gm_reboot_percent(share, sizeof(share), s[i]->wall_ns, gm_reboot_share_base_ns(e)),
			      comm_cell(comm, sizeof(comm), s[i]->comm), s[i]->tid);
	}
	if (left)
		gm_str_printf(out, "shorter calls on the wall: %s\n", gm_fmt_ns(wall, sizeof(wall), left));
	free(s);
}

void gm_reboot_ledger(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e)
{
	gm_str_puts(out, "\n");
	put_cells(out, "LINE",
		  (const char *const[9]){ "COUNT", "PAGES", "WORK", "ON-CPU", "BLOCKED", "WALL", "%WALL", "PER-PAGE",
					  "RATE" });
	put_side(out, m, e, true, false, "old side");
	put_side(out, m, e, false, false, "new side");
	put_side(out, m, e, false, true, "new faults");
	put_rest(out, e);
	put_total(out, e);
	put_notes(out, m, e);
	put_tasks(out, e);
	put_path(out, e);
}
