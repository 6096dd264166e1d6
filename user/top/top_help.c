// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_help.c - the help page: keys that have an effect now, and columns. */
#include "top/top_int.h"

#include <string.h>

/* Adds the help of phase columns: a phase's two columns in one line. */
static void put_phase_help(const struct gm_model *m, struct gm_frame *f)
{
	for (unsigned int i = 0; i < gm_top_cols_nr; i++) {
		const struct gm_col *c = &gm_top_cols[i];
		size_t len = strlen(c->name);

		if (!c->help && c->of_phase && !strcmp(c->name + len - 2, "50"))
			gm_frame_add(f, GM_ATTR_NORMAL, "       %-8s median time of %s per %s; %.*s99: 99th percentile",
				     c->name, gm_phase_name(c->phase), gm_phase_per(c->phase), (int)len - 2, c->name);
	}
	if (gm_top_is_since_start(m))
		gm_frame_add(f, GM_ATTR_NORMAL, "  Times are since the start.");
	else
		gm_frame_add(f, GM_ATTR_NORMAL,
			     "  Times are of the last %d to %d samples; since the start in a machine's detail.",
			     GM_HEAT_WINDOW, 2 * GM_HEAT_WINDOW - 1);
}

void gm_top_help(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	gm_frame_add(&p->info, GM_ATTR_BOLD, "gmemtop: keys and columns");
	for (unsigned int i = 0; i < gm_top_keys_nr; i++) {
		const struct gm_key_row *k = &gm_top_keys[i];

		if (k->help && (gm_key_is_available(k, t) || k->source == GM_KEY_SEARCH))
			gm_frame_add(&p->body, GM_ATTR_NORMAL, "  %-8s %s", k->name, k->help);
	}
	gm_frame_add(&p->body, GM_ATTR_NORMAL,
		     "  mouse    click: select a row; again: open it; a head: sort; wheel: move (--no-mouse)");
	gm_frame_add(&p->body, GM_ATTR_NORMAL, "%s", "");
	gm_frame_add(&p->body, GM_ATTR_BOLD, "  key  column   (the key sorts by it)");
	for (unsigned int i = 0; i < gm_top_cols_nr; i++) {
		const struct gm_col *c = &gm_top_cols[i];

		if (c->help)
			gm_frame_add(&p->body, GM_ATTR_NORMAL, "   %c   %-8s %s", c->letter ? c->letter : ' ', c->name,
				     c->help);
	}
	if (m->meta.nodes > 1)
		gm_frame_add(&p->body, GM_ATTR_NORMAL, "       %-8s %s", "N0 N1 ..", "resident per NUMA node");
	put_phase_help(m, &p->body);
	gm_frame_add(&p->body, GM_ATTR_NORMAL, "%s", "");
	gm_frame_add(&p->body, GM_ATTR_NORMAL,
		     "  n/a: not available on this host (o says why)   -: no samples in this interval");
}
