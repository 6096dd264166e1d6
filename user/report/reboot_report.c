// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_report.c - prints each episode once when it has ended, those in progress at the end, then a table of all. */
#include "report/reboot_report_int.h"
#include "report/reboot_spread.h"
#include "report/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

void gm_reboot_report_release(struct gm_reboot_report *r)
{
	gm_reboot_trace_release(&r->tracks);
	free(r->printed);
	r->printed = NULL;
	r->printed_cap = 0;
}

/* Mark an episode as printed. 1: it was not yet; 0: it was before; -ENOMEM. */
static int mark_printed(struct gm_reboot_report *r, uint32_t id)
{
	size_t at = id / 8, had = r->printed_cap;

	if (gm_grow(r->printed, at, 1, r->printed_cap))
		return -ENOMEM;
	if (r->printed_cap > had)
		memset(r->printed + had, 0, r->printed_cap - had);
	if (r->printed[at] >> (id % 8) & 1)
		return 0;
	r->printed[at] |= (uint8_t)(1u << (id % 8));
	return 1;
}

static void put_heads(struct gm_reboot_report *r, struct gm_str *out)
{
	if (r->begun)
		return;
	r->begun = true;
	if (r->csv)
		gm_reboot_csv_head(out);
}

static void put_block(const struct gm_reboot_report *r, const struct gm_model *m, const struct gm_reboot_facts *f,
		      struct gm_str *out)
{
	gm_reboot_text(out, m, f, &r->show);
	gm_str_puts(out, "\n");
}

/* Append an episode as text: at length, or where there are many, as a row. */
static void put_text(struct gm_reboot_report *r, const struct gm_model *m, const struct gm_reboot_facts *f,
		     struct gm_str *out)
{
	if (r->show.full || r->shown <= GM_REBOOT_BLOCKS) {
		put_block(r, m, f, out);
		return;
	}
	if (r->shown == GM_REBOOT_BLOCKS + 1)
		gm_reboot_list_head(out, GM_LIST_WALL);
	gm_reboot_list_row(out, m, f, GM_LIST_WALL);
}

static void put_episode(struct gm_reboot_report *r, const struct gm_model *m, const struct gm_episode *e,
			struct gm_str *out, struct gm_str *trace)
{
	struct gm_reboot_facts f;

	if (r->trace)
		gm_reboot_trace(&r->tracks, m, e, trace);
	if (r->csv) {
		gm_reboot_csv(out, m, e);
		return;
	}
	if ((r->list || r->at_end) && !r->json)
		return;
	gm_reboot_facts(m, e, &f);
	if (r->json)
		gm_reboot_json(out, m, &f);
	else
		put_text(r, m, &f, out);
}

static int put_episodes(struct gm_reboot_report *r, const struct gm_model *m, const struct gm_vec *all, bool last,
			struct gm_str *out, struct gm_str *trace)
{
	for (size_t i = 0; i < all->nr; i++) {
		const struct gm_episode *e = all->at[i];
		int once;

		if ((e->end == GM_REBOOT_OPEN && !last) || !gm_episode_matches(m, e, r->want))
			continue;
		once = mark_printed(r, e->id);
		if (once < 0)
			return once;
		if (once) {
			r->shown++;
			put_episode(r, m, e, out, trace);
		}
	}
	return 0;
}

/* ---- the end ---- */

/* Make the facts of all kept episodes that are asked for; the caller frees *out. */
static int facts_of(const struct gm_reboot_report *r, const struct gm_model *m, const struct gm_vec *all,
		    struct gm_reboot_facts **out, size_t *nr)
{
	*nr = 0;
	*out = calloc(all->nr + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; i < all->nr; i++)
		if (gm_episode_matches(m, all->at[i], r->want))
			gm_reboot_facts(m, all->at[i], &(*out)[(*nr)++]);
	return 0;
}

/*
 * Append the blocks of a run whose end is known: of all episodes if they are few, else of the reboots if those are few
 * (each VM that ends is an episode, too).
 */
static void put_blocks(const struct gm_reboot_report *r, const struct gm_model *m, const struct gm_reboot_facts *facts,
		       size_t nr, struct gm_str *out)
{
	size_t reboots = 0;

	for (size_t i = 0; i < nr; i++)
		reboots += gm_reboot_style_is_reboot(facts[i].e->style);
	for (size_t i = 0; i < nr; i++)
		if (r->shown <= GM_REBOOT_BLOCKS ||
		    (reboots <= GM_REBOOT_BLOCKS && gm_reboot_style_is_reboot(facts[i].e->style)))
			put_block(r, m, &facts[i], out);
}

static void put_list(const struct gm_reboot_report *r, const struct gm_model *m, const struct gm_reboot_facts *facts,
		     size_t nr, struct gm_str *out)
{
	if (r->at_end && !r->list)
		put_blocks(r, m, facts, nr, out);
	if (!r->at_end && r->shown > GM_REBOOT_BLOCKS && !r->show.full && !r->list)
		gm_str_puts(out, "\n");
	gm_reboot_list(out, m, facts, nr);
	if (nr < r->shown)
		gm_str_printf(out, "(the newest %zu of %llu)\n", nr, (unsigned long long)r->shown);
	gm_spread_text(out, m, facts, nr);
}

static void put_reshuffles(const struct gm_reboot_report *r, const struct gm_model *m, struct gm_str *out)
{
	const struct gm_vec *all = r->all ? gm_model_reshuffles(m) : NULL;

	for (size_t i = 0; all && i < all->nr; i++)
		if (gm_reshuffle_matches(m, all->at[i], r->want))
			gm_reshuffle_json(out, all->at[i]);
}

static void put_json_end(const struct gm_reboot_report *r, const struct gm_model *m,
			 const struct gm_reboot_facts *facts, size_t nr, struct gm_str *out)
{
	put_reshuffles(r, m, out);
	gm_spread_json(out, m, facts, nr);
	gm_json_probes(out, m);
	gm_json_losses(out, m);
	gm_json_summary(out, m);
}

static void put_text_end(const struct gm_reboot_report *r, const struct gm_model *m,
			 const struct gm_reboot_facts *facts, size_t nr, struct gm_str *out)
{
	put_list(r, m, facts, nr, out);
	gm_reshuffles_text(out, m, r->want, r->all);
	gm_text_caveats_of(out, m, GM_REBOOT_OLD_PHASES | GM_REBOOT_NEW_PHASES);
}

static int put_end(const struct gm_reboot_report *r, const struct gm_model *m, const struct gm_vec *all,
		   struct gm_str *out)
{
	struct gm_reboot_facts *facts;
	size_t nr;
	int err;

	if (r->csv)
		return 0;
	err = facts_of(r, m, all, &facts, &nr);
	if (!err)
		(r->json ? put_json_end : put_text_end)(r, m, facts, nr, out);
	free(facts);
	return err;
}

int gm_reboot_report_tick(struct gm_reboot_report *r, const struct gm_model *m, bool last, struct gm_str *out,
			  struct gm_str *trace)
{
	const struct gm_vec none = { 0 }, *all = gm_model_episodes(m);
	int err;

	if (!r->begun && !r->csv && !r->json)
		gm_text_partial(out, m, GM_REBOOT_OLD_PHASES | GM_REBOOT_NEW_PHASES, r->show.width);
	put_heads(r, out);
	err = put_episodes(r, m, all ? all : &none, last, out, trace);
	if (!err && r->trace)
		err = gm_reboot_trace_tick(&r->tracks, m, r->want, last, trace);
	if (err || !last)
		return err;
	return put_end(r, m, all ? all : &none, out);
}
