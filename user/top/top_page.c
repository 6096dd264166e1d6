// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_page.c - parts of a page: what its lines stand for, and which one is selected. */
#include "base/grow.h"
#include "top/top_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void gm_page_target(struct gm_page *p, const struct gm_target *target)
{
	size_t line = p->body.nr - 1;

	if (p->body.err || !p->body.nr)
		return;
	if (gm_grow(p->target, p->targets, line + 1 - p->targets, p->targets_cap)) {
		p->body.err = -ENOMEM;
		return;
	}
	while (p->targets < line)
		p->target[p->targets++] = (struct gm_target){ 0 };
	p->target[line] = *target;
	p->targets = line + 1;
}

const struct gm_target *gm_page_at(const struct gm_page *p, size_t line)
{
	return line < p->targets && line < p->body.nr && p->target[line].kind ? &p->target[line] : NULL;
}

bool gm_target_is(const struct gm_target *a, const struct gm_target *b)
{
	return a->kind == b->kind && a->machine == b->machine && a->vm == b->vm && a->inode == b->inode &&
	       a->nr == b->nr;
}

bool gm_target_is_folded(const struct gm_top *t, const struct gm_target *at)
{
	for (unsigned int i = 0; i < t->folds; i++) {
		if (gm_target_is(&t->fold[i], at))
			return !t->folded;
	}
	return t->folded;
}

void gm_top_select(struct gm_top *t, const struct gm_target *target)
{
	if (!target)
		return;
	if (target->kind == GM_TARGET_PHASE) {
		t->phase = target->nr;
		return;
	}
	t->at = *target;
	if (target->kind == GM_TARGET_COLUMN)
		return;
	t->selected = target->machine;
	t->selected_inode = target->machine ? 0 : target->inode;
}

static bool is_selected_object(const struct gm_target *at, const struct gm_top *t)
{
	if (t->selected_inode)
		return at->kind != GM_TARGET_NONE && at->inode == t->selected_inode;
	return t->selected && at->kind == GM_TARGET_MACHINE && at->machine == t->selected;
}

size_t gm_page_selected(const struct gm_page *p, const struct gm_top *t)
{
	size_t object = SIZE_MAX, first = SIZE_MAX;

	for (size_t i = 0; i < p->targets; i++) {
		const struct gm_target *at = gm_page_at(p, i);

		if (!at)
			continue;
		if (gm_target_is(at, &t->at))
			return i;
		if (object == SIZE_MAX && is_selected_object(at, t))
			object = i;
		if (first == SIZE_MAX)
			first = i;
	}
	return object != SIZE_MAX ? object : first;
}

void gm_page_highlight(struct gm_page *p, size_t line)
{
	struct gm_str b = { 0 };
	size_t used;
	char *text;

	if (p->batch || line >= p->body.nr || p->body.err)
		return;
	used = gm_columns(p->body.line[line].text);
	gm_str_printf(&b, "%s%*s", p->body.line[line].text, used < p->width ? (int)(p->width - used) : 0, "");
	text = b.err ? NULL : strdup(b.s);
	if (!text)
		p->body.err = -ENOMEM;
	gm_str_release(&b);
	if (!text)
		return;
	free(p->body.line[line].text);
	p->body.line[line].text = text;
	p->body.line[line].attr = GM_ATTR_SELECTED;
	p->focus = line;
}

void gm_page_mark_selected(struct gm_page *p, const struct gm_top *t)
{
	gm_page_highlight(p, gm_page_selected(p, t));
}

void gm_page_text(struct gm_page *p, const struct gm_str *text)
{
	const char *end;

	p->body.err = p->body.err ? p->body.err : text->err;
	for (const char *line = text->s; line && *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end)
			break;
		gm_frame_add(&p->body, GM_ATTR_NORMAL, "%.*s", (int)(end - line), line);
	}
}

void gm_page_release(struct gm_page *p)
{
	gm_frame_release(&p->info);
	gm_frame_release(&p->fixed);
	gm_frame_release(&p->body);
	free(p->target);
}
