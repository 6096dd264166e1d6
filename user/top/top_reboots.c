// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * top_reboots.c - the pages of reboots: those of a machine, one line each with the report's answer as a bar; and one at
 * length, as gmemreboot prints it.
 */
#include "base/fmt.h"
#include "base/stats.h"
#include "model/observe.h"
#include "report/reboot_report.h"
#include "report/text.h"
#include "top/top_meters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_WIDTH	120	/* columns of an episode's text, most */
#define BAR_MIN		12
#define NARROW		60	/* columns: below, WHEN, END and MEMORY are left out */

struct list {
	struct gm_reboot_facts *at;	/* of one machine, the newest first */
	size_t nr;
	uint64_t longest_ns;		/* the longest finished reboot that is timed; none: the longest of all */
	unsigned int wall_cols;
};

static const struct gm_machine *find_machine(const struct gm_model *m, const struct gm_top *t)
{
	const struct gm_machine *mc = NULL;
	struct gm_rows rows;

	if (gm_rows_build(m, t, &rows))
		return NULL;
	if (rows.nr)
		mc = rows.at[gm_rows_selected(&rows, t)].mc;
	gm_rows_release(&rows);
	return mc;
}

static bool is_finished(const struct gm_episode *e)
{
	return e->end != GM_REBOOT_OPEN && gm_reboot_style_is_reboot(e->style);
}

/* Sets the time that a whole bar stands for: a shutdown may be open for hours, beside reboots of milliseconds. */
static void set_scale(struct list *l)
{
	uint64_t any = 0;

	for (size_t i = 0; i < l->nr; i++) {
		uint64_t ns = gm_reboot_share_base_ns(l->at[i].e);

		any = ns > any ? ns : any;
		if (is_finished(l->at[i].e) && ns > l->longest_ns)
			l->longest_ns = ns;
	}
	l->longest_ns = l->longest_ns ? l->longest_ns : any;
}

static int make_list(const struct gm_model *m, const struct gm_machine *mc, struct list *l)
{
	const struct gm_vec none = { 0 }, *all = gm_model_episodes(m) ? gm_model_episodes(m) : &none;
	char wall[GM_WALL_LEN];

	*l = (struct list){ .at = calloc(all->nr ? all->nr : 1, sizeof(*l->at)), .wall_cols = 6 };
	if (!l->at)
		return -ENOMEM;
	for (size_t i = all->nr; i-- > 0;) {
		const struct gm_episode *e = all->at[i];
		size_t cols = strlen(gm_reboot_fmt_wall(wall, sizeof(wall), e));

		if (e->machine != mc->id)
			continue;
		gm_reboot_facts(m, e, &l->at[l->nr++]);
		l->wall_cols = cols > l->wall_cols ? (unsigned int)cols : l->wall_cols;
	}
	set_scale(l);
	return 0;
}

/* Writes "57%", "2.8%", "<0.1%": a share below 10 % has a decimal, and a small one is not 0. */
static char *fmt_percent(char *buf, size_t size, double percent)
{
	if (percent > 0 && percent < 0.05)
		snprintf(buf, size, "<0.1%%");
	else
		snprintf(buf, size, "%.*f%%", percent > 0 && percent < 9.95 ? 1 : 0, percent);
	return buf;
}

/* ---- the summary: of finished reboots only, as a shutdown's wall clock says nothing about theirs ---- */

/* Return a quantity's share of the wall clock in percent, over the reboots of which both are known; below 0: none. */
static double share_of(const struct gm_model *m, const struct list *l, unsigned int quantity)
{
	uint64_t part = 0, all = 0, ns, wall;

	for (size_t i = 0; i < l->nr; i++) {
		if (!is_finished(l->at[i].e) || !gm_reboot_quantity(m, &l->at[i], quantity, &ns) ||
		    !gm_reboot_quantity(m, &l->at[i], GM_RQ_WALL, &wall))
			continue;
		part += ns;
		all += wall;
	}
	return all ? 100.0 * (double)part / (double)all : -1;
}

static void item_walls(const struct list *l, struct gm_items *it)
{
	uint64_t *v = calloc(l->nr + 1, sizeof(*v));
	char text[GM_FMT_MEDIAN_LEN];
	size_t n = 0;

	for (size_t i = 0; v && i < l->nr; i++) {
		v[n] = is_finished(l->at[i].e) ? gm_reboot_share_base_ns(l->at[i].e) : 0;
		n += v[n] != 0; /* 0: not known */
	}
	if (n)
		gm_item(it, "%s %s", n < GM_MEDIAN_MIN ? "wall" : "median wall",
			gm_fmt_median(text, sizeof(text), v, n));
	free(v);
}

static void put_summary(const struct gm_model *m, const struct gm_machine *mc, const struct list *l, struct gm_page *p)
{
	double memory = share_of(m, l, GM_RQ_MEMORY), saved = share_of(m, l, GM_RQ_SAVED);
	struct gm_items it = { .width = p->width };
	char name[320], percent[16];
	size_t finished = 0;

	for (size_t i = 0; i < l->nr; i++)
		finished += is_finished(l->at[i].e);
	gm_shorten(gm_plain(name, sizeof(name), mc->name), p->width > 40 ? p->width - 36 : 12);
	gm_item(&it, "%s", name);
	gm_item(&it, "%zu finished reboot%s", finished, gm_plural(finished));
	item_walls(l, &it);
	if (memory >= 0)
		gm_item(&it, "memory work %s", fmt_percent(percent, sizeof(percent), memory));
	if (saved >= 0)
		gm_item(&it, "re-use would save about %s", fmt_percent(percent, sizeof(percent), saved));
	gm_frame_add(&p->fixed, GM_ATTR_BOLD, "%s", it.text);
}

/* ---- a reboot's line ---- */

/*
 * Writes the parts of the answer, scaled to the longest reboot: # teardown, + set-up, = faults, . elsewhere. What is
 * longer than the bar ends in >.
 */
static unsigned int make_bar(const struct gm_reboot_facts *f, uint64_t longest_ns, unsigned int width, char *bar)
{
	static const char marks[GM_REBOOT_PARTS + 1] = "#+=.";
	uint64_t all = gm_reboot_share_base_ns(f->e), at = 0;
	unsigned int used = 0;

	if (!all || f->answer.memory.kind == GM_SUM_NA || f->answer.memory.wall_ns > all)
		return 0;
	for (unsigned int part = 0; part <= GM_REBOOT_PARTS; part++) {
		unsigned int to;

		at += part < GM_REBOOT_PARTS ? f->answer.part[part].wall_ns : f->answer.elsewhere_ns;
		to = (unsigned int)((double)at / (double)longest_ns * width + 0.5);
		for (; used < to && used < width; used++)
			bar[used] = marks[part];
	}
	if (all > longest_ns && used)
		bar[used - 1] = '>';
	bar[used] = '\0';
	return used;
}

/* Writes the share of memory work: "57%", ">=57%", "~57%", "n/a". */
static char *fmt_memory(char *buf, size_t size, const struct gm_reboot_facts *f)
{
	static const char *const marks[] = { [GM_SUM_EXACT] = "", [GM_SUM_LEAST] = ">=", [GM_SUM_ABOUT] = "~" };
	uint64_t all = gm_reboot_share_base_ns(f->e);
	char percent[16];

	if (!all || f->answer.memory.kind == GM_SUM_NA)
		snprintf(buf, size, "n/a");
	else
		snprintf(buf, size, "%s%s", marks[f->answer.memory.kind],
			 fmt_percent(percent, sizeof(percent), 100.0 * (double)f->answer.memory.wall_ns / (double)all));
	return buf;
}

static char *fmt_saved(char *buf, size_t size, const struct gm_reboot_facts *f)
{
	uint64_t all = gm_reboot_share_base_ns(f->e);
	double ns = f->saving.wall_ns.mid > 0 ? f->saving.wall_ns.mid : 0;
	char saved[8], percent[16];

	if (!f->e->new_vm)
		snprintf(buf, size, "-");
	else if (f->saving.na[0])
		snprintf(buf, size, "n/a");
	else if (!all || ns > (double)all)
		snprintf(buf, size, "%s     ", gm_fmt_ns(saved, sizeof(saved), (uint64_t)(ns + 0.5)));
	else
		snprintf(buf, size, "%s %4s", gm_fmt_ns(saved, sizeof(saved), (uint64_t)(ns + 0.5)),
			 fmt_percent(percent, sizeof(percent), 100 * ns / (double)all));
	return buf;
}

static char *fmt_when(char *buf, size_t size, const struct gm_model *m, const struct gm_episode *e)
{
	uint64_t day = (m->meta.real_ns + (e->start_ns - m->meta.h.ts_ns)) / 1000000000 % 86400;

	if (m->meta.real_ns)
		snprintf(buf, size, "%02u:%02u:%02u", (unsigned int)(day / 3600), (unsigned int)(day / 60 % 60),
			 (unsigned int)(day % 60));
	else
		snprintf(buf, size, "-");
	return buf;
}

static const char *end_word(const struct gm_episode *e)
{
	static const char *const words[] = { "open", "steady", "cut", "no vm" };

	return e->end < GM_ARRAY_SIZE(words) ? words[e->end] : "?";
}

static void put_head(const struct list *l, struct gm_page *p)
{
	static const char *const legends[] = { "# teardown + set-up = faults . elsewhere", "#down +setup =flt .else",
					       "# + = ." };
	struct gm_str b = { 0 };
	unsigned int room;

	gm_str_printf(&b, "%4s ", "NR");
	if (p->width >= NARROW)
		gm_str_printf(&b, "%-8s ", "WHEN");
	gm_str_printf(&b, "%-8s ", "STYLE");
	if (p->width >= NARROW)
		gm_str_printf(&b, "%-6s ", "END");
	gm_str_printf(&b, "%*s ", (int)l->wall_cols, "WALL");
	if (p->width >= NARROW)
		gm_str_printf(&b, "%6s ", "MEMORY");
	gm_str_printf(&b, "%11s", "SAVED");
	room = p->width > b.len + 2 ? p->width - (unsigned int)b.len - 2 : 0;
	for (size_t i = 0; i < GM_ARRAY_SIZE(legends); i++) {
		if (strlen(legends[i]) > room)
			continue;
		gm_str_printf(&b, "  %s", legends[i]);
		break;
	}
	if (b.len < p->width)
		gm_str_printf(&b, "%*s", (int)(p->width - b.len), "");
	gm_frame_add_str(&p->fixed, GM_ATTR_HEAD, &b);
}

static void put_reboot(const struct gm_model *m, const struct list *l, const struct gm_reboot_facts *f,
		       struct gm_page *p)
{
	struct gm_target at = { GM_TARGET_REBOOT, f->e->machine, .nr = f->e->id };
	char when[16], wall[GM_WALL_LEN], memory[16], saved[24], bar[512];
	unsigned int width, len = 0, from;
	struct gm_str b = { 0 };

	gm_str_printf(&b, "%4u ", f->e->id);
	if (p->width >= NARROW)
		gm_str_printf(&b, "%-8s ", fmt_when(when, sizeof(when), m, f->e));
	gm_str_printf(&b, "%-8s ", gm_reboot_style_text(f->e));
	if (p->width >= NARROW)
		gm_str_printf(&b, "%-6s ", end_word(f->e));
	gm_str_printf(&b, "%*s ", (int)l->wall_cols, gm_reboot_fmt_wall(wall, sizeof(wall), f->e));
	if (p->width >= NARROW)
		gm_str_printf(&b, "%6s ", fmt_memory(memory, sizeof(memory), f));
	gm_str_printf(&b, "%11s", fmt_saved(saved, sizeof(saved), f));
	from = (unsigned int)b.len + 2;
	width = p->width > from ? p->width - from : 0;
	width = width < sizeof(bar) ? width : sizeof(bar) - 1;
	if (width >= BAR_MIN)
		len = make_bar(f, l->longest_ns, width, bar);
	if (len)
		gm_str_printf(&b, "  %s", bar);
	gm_frame_add_str(&p->body, GM_ATTR_NORMAL, &b);
	if (len)
		gm_frame_span(&p->body, GM_ATTR_BAR, from, len);
	gm_page_target(p, &at);
}

/* ---- pages ---- */

static void put_none(const struct gm_model *m, struct gm_page *p)
{
	struct gm_str text = { 0 };

	gm_reboot_list(&text, m, NULL, 0);
	gm_page_text(p, &text);
	gm_str_release(&text);
}

void gm_top_reboots(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	const struct gm_machine *mc = find_machine(m, t);
	struct list l;

	gm_top_info(m, t, p);
	if (!mc) {
		gm_frame_add(&p->body, GM_ATTR_DIM, "no machine is selected");
		return;
	}
	p->body.err = make_list(m, mc, &l);
	if (p->body.err)
		return;
	put_summary(m, mc, &l, p);
	if (l.nr)
		put_head(&l, p);
	else
		put_none(m, p);
	for (size_t i = 0; i < l.nr; i++)
		put_reboot(m, &l, &l.at[i], p);
	gm_page_mark_selected(p, t);
	free(l.at);
}

void gm_top_reboot(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	const struct gm_episode *e = t->at.kind == GM_TARGET_REBOOT ? gm_model_episode(m, t->at.nr) : NULL;
	struct gm_reboot_show show = { .width = p->width < TEXT_WIDTH ? p->width : TEXT_WIDTH, .full = true };
	struct gm_reboot_facts facts;
	struct gm_str text = { 0 };

	gm_top_info(m, t, p);
	if (!e) {
		gm_frame_add(&p->body, GM_ATTR_DIM, "this reboot is no longer kept");
		return;
	}
	gm_reboot_facts(m, e, &facts);
	show.waterfall = e->steps.nr;
	gm_reboot_text(&text, m, &facts, &show);
	gm_page_text(p, &text);
	gm_str_release(&text);
}
