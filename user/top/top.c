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

typedef void (*page_fn)(const struct gm_model *m, const struct gm_top *t, struct gm_page *p);

static const page_fn pages[] = {
	[GM_TOP_MAIN] = gm_top_main,
	[GM_TOP_TREE] = gm_top_tree,
	[GM_TOP_DETAIL] = gm_top_detail,
	[GM_TOP_HELP] = gm_top_help,
	[GM_TOP_PROBES] = gm_top_probes,
	[GM_TOP_PINS] = gm_top_pins,
};

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
	scroll_to(t, p, (unsigned int)room);
	add_lines(out, &p->body, t->scroll, t->scroll + room, p->width);
	while (!out->err && out->nr + 1 < height)
		add_line(out, &blank, 0, false);
	if (height > 1)
		gm_top_footer(t, p->width, out);
}

void gm_top_frame(const struct gm_model *m, struct gm_top *t, unsigned int width, unsigned int height,
		  struct gm_frame *out)
{
	struct gm_page p = { .width = width, .focus = SIZE_MAX, .batch = !height };

	gm_frame_clear(out);
	if (t->replay.on)
		gm_top_replay_line(m, t, &p);
	pages[t->page < GM_ARRAY_SIZE(pages) ? t->page : GM_TOP_MAIN](m, t, &p);
	if (height) {
		fit_height(&p, t, height, out);
	} else {
		add_lines(out, &p.info, 0, p.info.nr, width);
		add_lines(out, &p.fixed, 0, p.fixed.nr, width);
		add_lines(out, &p.body, 0, p.body.nr, width);
	}
	out->err = out->err ? out->err : p.info.err ? p.info.err : p.fixed.err ? p.fixed.err : p.body.err;
	gm_frame_release(&p.info);
	gm_frame_release(&p.fixed);
	gm_frame_release(&p.body);
}
