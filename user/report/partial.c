// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * partial.c - how text, JSON and CSV show that a number is unavailable or partial, and the PARTIAL line with which a
 * report begins.
 */

#include <stdio.h>
#include <string.h>
#include "model/observe.h"
#include "report/frame.h"
#include "report/json_lines_int.h"
#include "report/text.h"

#define ITEMS_MAX (2 * GM_PHASE_NR + 64)
#define PROBE_LEN 32

void gm_line_sight(struct gm_json *j, struct gm_sight s, const char *prefix)
{
	char key[40];

	if (s.seen == GM_SEEN_ALL)
		return;
	snprintf(key, sizeof(key), "%s%s", prefix, s.seen == GM_SEEN_PART ? "partial" : "na");
	gm_json_str(j, key, s.why);
}

/* ---- the line PARTIAL ---- */

struct items {
	char at[ITEMS_MAX][PROBE_LEN + 8];
	unsigned int nr;
};

static void add_item(struct items *it, const char *prefix, const char *name)
{
	char plain[PROBE_LEN];

	if (it->nr < ITEMS_MAX)
		snprintf(it->at[it->nr++], sizeof(it->at[0]), "%s%s", prefix, gm_plain(plain, sizeof(plain), name));
}

static bool is_leading_probe(const struct gm_rec_probe *p)
{
	return p->facts & (GM_PROBE_FINDS_VMS | GM_PROBE_NAMES_VMS);
}

static void add_probes(const struct gm_model *m, bool leading, struct items *it)
{
	for (size_t i = 0; i < m->probes.nr; i++) {
		const struct gm_rec_probe *p = &((const struct gm_probe *)m->probes.at[i])->rec;

		if (gm_probe_is_missing(p) && !p->phases && is_leading_probe(p) == leading)
			add_item(it, "", p->probe);
	}
}

/* Collect what is missing: VMs that are not found, phases (what most readers need), other probes without a phase. */
static void find_items(const struct gm_model *m, uint32_t phases, struct items *it)
{
	it->nr = 0;
	add_probes(m, true, it);
	for (unsigned int i = 0; i < GM_PHASE_NR; i++)
		if (phases >> i & 1 && gm_phase_no_data_why(m, i) && gm_phase_is_asked(m, i) &&
		    gm_phase_can_happen(m, i))
			add_item(it, "", gm_phase_name(i));
	for (unsigned int i = 0; i < GM_PHASE_NR; i++)
		if (phases >> i & 1 && gm_phase_partial_why(m, i) && gm_phase_is_asked(m, i))
			add_item(it, "part of ", gm_phase_name(i));
	add_probes(m, false, it);
}

/* Write the first nr items, and the number of the others. */
static void write_items(struct gm_str *out, const struct gm_model *m, const struct items *it, unsigned int nr)
{
	const char *mode = gm_mode_name(m->meta.mode);

	gm_str_clear(out);
	if (!nr) {
		gm_str_printf(out, "PARTIAL: %u missing", it->nr);
		return;
	}
	gm_str_printf(out, "PARTIAL mode %s, missing: ", mode ? mode : "unknown");
	for (unsigned int i = 0; i < nr; i++)
		gm_str_printf(out, "%s%s", i ? ", " : "", it->at[i]);
	if (nr < it->nr)
		gm_str_printf(out, ", and %u more", it->nr - nr);
}

void gm_text_partial(struct gm_str *out, const struct gm_model *m, uint32_t phases, unsigned int width)
{
	struct gm_str line = { 0 };
	struct items it;
	unsigned int nr;

	if (!gm_model_is_partial(m))
		return;
	find_items(m, phases, &it);
	if (!it.nr)
		return;
	for (nr = it.nr, write_items(&line, m, &it, nr); nr && !line.err && gm_columns(line.s) > width; nr--)
		write_items(&line, m, &it, nr - 1);
	if (!line.err) {
		gm_cut(line.s, width);
		gm_str_printf(out, "%s\n", line.s);
	}
	out->err = out->err ? out->err : line.err;
	gm_str_release(&line);
}
