// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_views.c - the table of pages. */
#include "top/top_int.h"

#include "base/vec.h"

static const struct gm_view views[GM_TOP_PAGES] = {
	[GM_TOP_MAIN] = { "machines", gm_top_main, .is_list = true },
	[GM_TOP_TREE] = { "tree", gm_top_tree, .is_list = true },
	[GM_TOP_DETAIL] = { "detail", gm_top_detail },
	[GM_TOP_HELP] = { "help", gm_top_help },
	[GM_TOP_PROBES] = { "observed", gm_top_probes },
	[GM_TOP_PINS] = { "pins", gm_top_pins },
	[GM_TOP_SORT] = { "sort", gm_top_sort_list, .is_list = true },
	[GM_TOP_REBOOTS] = { "reboots", gm_top_reboots },
};

const struct gm_view *gm_top_view(const struct gm_top *t)
{
	return &views[t->page < GM_ARRAY_SIZE(views) ? t->page : GM_TOP_MAIN];
}

void gm_top_build(const struct gm_model *m, const struct gm_top *t, unsigned int width, bool batch, struct gm_page *p)
{
	const struct gm_view *view = gm_top_view(t);

	*p = (struct gm_page){ .width = width, .focus = SIZE_MAX, .batch = batch };
	if (t->replay.on)
		gm_top_replay_line(m, t, p);
	view->lines(m, t, p);
	if (t->found && !view->is_list)
		gm_page_highlight(p, t->found - 1);
}
