// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* hist_diff_run.c - reads two recordings and compares their histograms. */
#include "base/log.h"
#include "past/load.h"
#include "session/session.h"
#include "report/hist_diff.h"
#include "report/hist_html.h"

static void warn_vm(const struct gm_session *s, const struct gm_diff_side *side)
{
	if (s->opts.vm && !gm_model_has_vm(side->m, s->opts.vm))
		gm_warn("--vm %s: no VM of that name, id or process is in %s", s->opts.vm, side->name);
}

static int load_side(struct gm_session *s, struct gm_diff_side *side)
{
	int err = gm_diff_open(side, s->opts.vm);

	if (!err)
		err = gm_past_load(side->name, &s->opts.at, s->opts.map, false, gm_diff_tick, side, &side->m);
	if (!err)
		err = gm_diff_end(side);
	if (!err)
		warn_vm(s, side);
	if (!err && side->m->lost)
		s->lost = true;
	return err;
}

int gm_session_diff(struct gm_session *s, const char *a, const char *b, uint32_t phases, struct gm_str *page)
{
	struct gm_diff_side side_a = { .name = a }, side_b = { .name = b };
	struct gm_diff_row rows[GM_PHASE_NR];
	unsigned int nr;
	int err = load_side(s, &side_a);

	if (!err)
		err = load_side(s, &side_b);
	if (!err)
		err = gm_diff_make(&side_a, &side_b, phases, rows, &nr);
	if (!err && page)
		err = gm_diff_html(page, &side_a, &side_b, rows, nr);
	if (!err && page != &s->out)
		(s->opts.json ? gm_diff_json : gm_diff_text)(&s->out, &side_a, &side_b, rows, nr);
	if (!err)
		err = gm_session_flush(s);
	gm_diff_release(&side_a);
	gm_diff_release(&side_b);
	return err;
}
