// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reboot_block.c - the first block of an episode's text: the answer in at most five lines of 80 columns. Reasons that
 * are longer than a line are cut; the ledger (--full) has all of them.
 */
#include "base/fmt.h"
#include "report/reboot_report_int.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

#define WIDTH	80
#define NAME	24
#define BAR	66

/* Append a line, cut to 80 columns with "..." at its end. */
static void put_cut(struct gm_str *out, const char *text)
{
	char line[700];

	snprintf(line, sizeof(line), "%s", text);
	if (gm_columns(line) > WIDTH) {
		gm_cut(line, WIDTH - 3);
		gm_str_printf(out, "%s...\n", line);
	} else {
		gm_str_printf(out, "%s\n", line);
	}
}

/* ---- headline ---- */

static const char *episode_noun(const struct gm_episode *e)
{
	return e->style == GM_REBOOT_HANDOVER ? "handover"
	       : e->new_vm		      ? "reboot"
	       : e->end == GM_REBOOT_OPEN     ? "teardown"
					      : "shutdown";
}

/* Write " (recreate, same process)"; "" for a shutdown. Returns buf. */
static char *fmt_style(char *buf, size_t size, const struct gm_episode *e)
{
	const char *style = e->style == GM_REBOOT_HANDOVER ? "" : gm_reboot_style_text(e), *process = "";

	buf[0] = '\0';
	if (!e->new_vm)
		return buf;
	if (e->style != GM_REBOOT_INPLACE && e->old_tgid && e->new_tgid)
		process = e->same_process ? "same process" : "new process";
	if (style[0] || process[0])
		snprintf(buf, size, " (%s%s%s)", style, style[0] && process[0] ? ", " : "", process);
	return buf;
}

/* Append name, number, style and duration; the name has what the others leave of the line, 24 columns at most. */
static void put_headline(struct gm_str *out, const struct gm_episode *e)
{
	char name[320], len[GM_WALL_LEN], style[40], rest[120];
	int n = snprintf(rest, sizeof(rest), "  %s %u%s  %s%s", episode_noun(e), e->id,
			 fmt_style(style, sizeof(style), e), gm_reboot_fmt_wall(len, sizeof(len), e),
			 e->end == GM_REBOOT_OPEN ? " so far" : "");

	gm_shorten(gm_plain(name, sizeof(name), e->name), n > WIDTH - NAME ? (size_t)(WIDTH - n) : NAME);
	gm_str_printf(out, "%s%s\n", name[0] ? name : "-", rest);
}

/* ---- memory work ---- */

/* Write a sum of the wall clock: "28.1ms", ">=28.1ms", "~28.1ms", "n/a". */
static char *fmt_sum(char *buf, size_t size, const struct gm_reboot_sum *sum)
{
	static const char *const marks[] = { [GM_SUM_EXACT] = "", [GM_SUM_LEAST] = ">=", [GM_SUM_ABOUT] = "~" };
	char ns[8];

	if (sum->kind == GM_SUM_NA)
		snprintf(buf, size, "n/a");
	else
		snprintf(buf, size, "%s%s", marks[sum->kind], gm_fmt_ns(ns, sizeof(ns), sum->wall_ns));
	return buf;
}

static void put_memory(struct gm_str *out, const struct gm_episode *e, const struct gm_reboot_answer *a)
{
	unsigned int parts = e->new_vm ? GM_REBOOT_PARTS : GM_REBOOT_TEARDOWN + 1;
	char sum[16], share[16], line[200], *sep = ":";
	int n;

	snprintf(share, sizeof(share), "share n/a");
	if (gm_episode_is_timed(e) && gm_episode_wall(e))
		gm_reboot_percent(share, sizeof(share), a->memory.wall_ns, gm_episode_wall(e));
	n = snprintf(line, sizeof(line), "Memory work %s (%s%s)", fmt_sum(sum, sizeof(sum), &a->memory),
		     gm_episode_is_timed(e) && a->memory.kind == GM_SUM_LEAST ? ">=" : "", share);
	for (unsigned int p = 0; p < parts; p++) {
		n += snprintf(line + n, sizeof(line) - (size_t)n, "%s %s %s", sep, gm_reboot_part_name(p),
			      fmt_sum(sum, sizeof(sum), &a->part[p]));
		sep = ",";
	}
	put_cut(out, line);
}

/* Append why numbers are n/a or bounds: the duration, then the memory work. */
static void put_reasons(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e,
			const struct gm_reboot_answer *a)
{
	static const char *const leads[] = { [GM_SUM_EXACT] = "",
					     [GM_SUM_LEAST] = "At least: ",
					     [GM_SUM_ABOUT] = "About: ",
					     [GM_SUM_NA] = "Memory work n/a: " };
	char line[500];

	if (!gm_episode_is_timed(e)) {
		snprintf(line, sizeof(line), "Duration n/a: %s", gm_reboot_untimed_text(gm_episode_untimed(m, e)));
		put_cut(out, line);
	}
	if (a->memory.kind == GM_SUM_EXACT)
		return;
	snprintf(line, sizeof(line), "%s%s", leads[a->memory.kind], a->why);
	put_cut(out, line);
}

/* ---- saving ---- */

static char *fmt_double(char *buf, size_t size, double ns)
{
	return gm_fmt_ns(buf, size, ns > 0 ? (uint64_t)(ns + 0.5) : 0);
}

/* Write what keeping the VM would save beside the inode; "" for a VM that stayed. */
static void fmt_vm(char *buf, size_t size, const struct gm_episode *e, const struct gm_reboot_answer *a)
{
	char ns[8];

	buf[0] = '\0';
	if (e->style != GM_REBOOT_INPLACE)
		snprintf(buf, size, ", the VM %s%s", a->vm_known ? "another " : "n/a",
			 a->vm_known ? gm_fmt_ns(ns, sizeof(ns), a->vm_ns) : "");
}

/* Append what re-using the inode would save: of a VM that stays, keeping its memory. */
static void put_saving(struct gm_str *out, const struct gm_episode *e, const struct gm_saving *s,
		       const struct gm_reboot_answer *a)
{
	const char *what = e->style == GM_REBOOT_INPLACE ? "Keeping the memory" : "Re-using the inode";
	char line[400], plain[256], vm[32], mid[8], low[8], high[8];

	if (!e->new_vm)
		return;
	fmt_vm(vm, sizeof(vm), e, a);
	if (e->style == GM_REBOOT_LINK)
		snprintf(line, sizeof(line), "The inode was re-used%s",
			 a->vm_known ? "; re-using the VM would save " : "; what re-using the VM would save: n/a");
	else if (s->na[0])
		snprintf(line, sizeof(line), "%s would save n/a: %s", what, gm_plain(plain, sizeof(plain), s->na));
	else
		snprintf(line, sizeof(line), "%s would save %s (%s..%s)%s", what,
			 fmt_double(mid, sizeof(mid), s->wall_ns.mid), fmt_double(low, sizeof(low), s->wall_ns.low),
			 fmt_double(high, sizeof(high), s->wall_ns.high), vm);
	if (e->style == GM_REBOOT_LINK && a->vm_known)
		gm_fmt_ns(line + strlen(line), 8, a->vm_ns);
	put_cut(out, line);
}

/* ---- the bar ---- */

struct bar {
	char text[BAR + 1];
	uint64_t wall_ns, at_ns;
};

static unsigned int column_of(const struct bar *b, uint64_t ns)
{
	return (unsigned int)((double)ns / (double)b->wall_ns * BAR + 0.5);
}

/* Draw a part: its name as far as it has room, its mark, and at its end what can be saved of it. */
static void draw_part(struct bar *b, const char *name, char mark, uint64_t ns, uint64_t saved_ns)
{
	unsigned int from = column_of(b, b->at_ns), to = column_of(b, b->at_ns + ns), hatched;
	size_t len = strlen(name);

	hatched = column_of(b, b->at_ns + ns - (saved_ns < ns ? saved_ns : ns));
	memset(b->text + from, mark, hatched - from);
	memset(b->text + hatched, '/', to - hatched);
	if (hatched - from > len)
		memcpy(b->text + from, name, len);
	b->at_ns += ns;
}

/* Return the smaller of what is left to save and ns, and take it from *left. */
static uint64_t take_saved(double *left, uint64_t ns)
{
	uint64_t saved = *left > (double)ns ? ns : *left > 0 ? (uint64_t)*left : 0;

	*left -= (double)saved;
	return saved;
}

/*
 * Append the wall clock as one bar. The saving is drawn where it lies: freeing in the teardown, fallocate in the
 * set-up, the rest in the faults; in "elsewhere" if the faults' share of the wall clock was not measured.
 */
static void put_bar(struct gm_str *out, const struct gm_episode *e, const struct gm_saving *s,
		    const struct gm_reboot_answer *a)
{
	struct bar b = { .wall_ns = gm_episode_wall(e) };
	double freeing = s->na[0] ? 0 : s->free_ns.mid, left = s->na[0] ? 0 : s->wall_ns.mid - freeing;
	uint64_t setup = take_saved(&left, e->new[GM_PHASE_FALLOCATE].wall_ns),
		 faults = take_saved(&left, a->part[GM_REBOOT_FAULTS].wall_ns);

	if (!gm_reboot_share_base_ns(e) || a->memory.kind == GM_SUM_NA || a->memory.wall_ns > b.wall_ns)
		return;
	draw_part(&b, gm_reboot_part_name(GM_REBOOT_TEARDOWN), '#', a->part[GM_REBOOT_TEARDOWN].wall_ns,
		  take_saved(&freeing, UINT64_MAX));
	draw_part(&b, gm_reboot_part_name(GM_REBOOT_SETUP), '+', a->part[GM_REBOOT_SETUP].wall_ns, setup);
	draw_part(&b, gm_reboot_part_name(GM_REBOOT_FAULTS), '=', a->part[GM_REBOOT_FAULTS].wall_ns, faults);
	draw_part(&b, "elsewhere", '.', a->elsewhere_ns,
		  a->part[GM_REBOOT_FAULTS].kind == GM_SUM_EXACT ? 0 : take_saved(&left, a->elsewhere_ns));
	gm_str_printf(out, "|%s|%s\n", b.text, strchr(b.text, '/') ? "  /: saved" : "");
}

void gm_reboot_block(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *f)
{
	put_headline(out, f->e);
	if (f->answer.memory.kind != GM_SUM_NA)
		put_memory(out, f->e, &f->answer);
	put_reasons(out, m, f->e, &f->answer);
	put_saving(out, f->e, &f->saving, &f->answer);
	put_bar(out, f->e, &f->saving, &f->answer);
}
