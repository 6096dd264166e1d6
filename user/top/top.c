// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top.c - gmemtop's frames: fits the parts of a page to the terminal's size. */
#include "top/top_int.h"
#include "model/observe.h"
#include "report/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void gm_top_init(struct gm_top *t)
{
	memset(t, 0, sizeof(*t));
	t->phase = GM_PHASE_GUEST_FAULT;
	gm_top_sort_by(t, "RES");
}

int gm_top_sort_by(struct gm_top *t, const char *column)
{
	for (unsigned int i = 0; i < gm_top_cols_nr; i++) {
		const char *a = gm_top_cols[i].name, *b = column;

		while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b))
			a++, b++;
		if (!*a && !*b) {
			t->sort = i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *gm_top_column(unsigned int i)
{
	return i < gm_top_cols_nr ? gm_top_cols[i].name : NULL;
}

const char *gm_top_set_name(unsigned int set)
{
	static const char *const names[] = { [GM_TOP_MEMORY] = "memory", [GM_TOP_PHASES] = "phases" };

	return set < GM_ARRAY_SIZE(names) ? names[set] : NULL;
}

int gm_top_show(struct gm_top *t, const char *set)
{
	for (unsigned int i = 0; gm_top_set_name(i); i++)
		if (!strcmp(set, gm_top_set_name(i))) {
			t->set = (enum gm_top_set)i;
			return 0;
		}
	return -EINVAL;
}

/*
 * Adds a line to a frame, cut to the width, without trailing blanks. All lines of a frame but the footer are added
 * here.
 */
static void add_line(struct gm_frame *out, const struct gm_line *l, unsigned int width, bool keep_blanks)
{
	size_t len;
	char *text;

	gm_frame_add(out, l->attr, "%s", l->text);
	if (out->err)
		return;
	text = out->line[out->nr - 1].text;
	gm_cut(text, width);
	for (len = strlen(text); !keep_blanks && len && text[len - 1] == ' '; len--)
		text[len - 1] = '\0';
}

static void add_lines(struct gm_frame *out, const struct gm_frame *in, size_t from, size_t to, unsigned int width)
{
	for (size_t i = from; i < to && i < in->nr; i++)
		add_line(out, &in->line[i], width,
			 in->line[i].attr == GM_ATTR_SELECTED || in->line[i].attr == GM_ATTR_HEAD);
	out->err = out->err ? out->err : in->err;
}

static void scroll_to(struct gm_top *t, const struct gm_page *p, unsigned int room)
{
	t->visible = room;
	if (p->focus != SIZE_MAX && p->focus < t->scroll)
		t->scroll = (unsigned int)p->focus;
	if (p->focus != SIZE_MAX && room && p->focus >= t->scroll + (uint64_t)room)
		t->scroll = (unsigned int)(p->focus - room + 1);
	if (t->scroll + (uint64_t)room > p->body.nr)
		t->scroll = p->body.nr > room ? (unsigned int)(p->body.nr - room) : 0;
}

/* Adds the info lines. Where there is no room for all, a warning replaces the last line that fits. */
static void add_info(struct gm_frame *out, const struct gm_page *p, size_t room)
{
	size_t warn = SIZE_MAX, n = p->info.nr < room ? p->info.nr : room;

	for (size_t i = n; i < p->info.nr; i++) {
		if (p->info.line[i].attr == GM_ATTR_WARN)
			warn = i;
	}
	if (warn != SIZE_MAX && n) {
		add_lines(out, &p->info, 0, n - 1, p->width);
		add_lines(out, &p->info, warn, warn + 1, p->width);
	} else {
		add_lines(out, &p->info, 0, n, p->width);
	}
}

static void fit_height(const struct gm_page *p, struct gm_top *t, unsigned int height, struct gm_frame *out)
{
	struct gm_line blank = { .text = (char *)"" };
	size_t least = 1 + p->fixed.nr + 2; /* footer, fixed lines and two of the body */
	size_t room;

	add_info(out, p, height > least ? height - least : 1);
	add_lines(out, &p->fixed, 0, height > 1 + out->nr ? height - 1 - out->nr : 0, p->width);
	room = height > out->nr + 1 ? height - out->nr - 1 : 0;
	t->width = p->width;
	t->height = height;
	t->body_y = (unsigned int)out->nr;
	scroll_to(t, p, (unsigned int)room);
	add_lines(out, &p->body, t->scroll, t->scroll + room, p->width);
	while (!out->err && out->nr + (height > 1) < height)
		add_line(out, &blank, 0, false);
	if (height > 1)
		gm_top_footer(t, p->body.nr, p->width, out);
}

/* The selection follows a machine that turned out to be another one. */
static void follow_selected(const struct gm_model *m, struct gm_top *t)
{
	for (size_t i = 0; i < m->machines.nr && t->selected; i++) {
		const struct gm_machine *mc = m->machines.at[i];

		if (mc->id != t->selected)
			continue;
		while (mc->joined)
			mc = mc->joined;
		t->selected = mc->id;
		return;
	}
}

void gm_top_frame(const struct gm_model *m, struct gm_top *t, unsigned int width, unsigned int height,
		  struct gm_frame *out)
{
	struct gm_page p;

	gm_frame_clear(out);
	follow_selected(m, t);
	gm_top_build(m, t, width, !height, &p);
	if (height) {
		fit_height(&p, t, height, out);
	} else {
		add_lines(out, &p.info, 0, p.info.nr, width);
		add_lines(out, &p.fixed, 0, p.fixed.nr, width);
		add_lines(out, &p.body, 0, p.body.nr, width);
	}
	out->err = out->err ? out->err : p.info.err ? p.info.err : p.fixed.err ? p.fixed.err : p.body.err;
	gm_page_release(&p);
}
