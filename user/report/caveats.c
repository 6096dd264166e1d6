// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* caveats.c - the end of every text output: losses, operations in no histogram, what is unavailable or partial. */

#include <stdio.h>
#include <string.h>
#include "base/fd.h"
#include "base/log.h"
#include "report/frame.h"
#include "model/observe.h"
#include "report/text.h"

#define GAPS_MAX  (GM_PHASE_NR + 64)
#define NAMED_MAX 3	/* phases that the line without reasons names; more are counted */

/* Write the kinds of events of a loss, if known. */
static void caveat_kinds(struct gm_str *out, const struct gm_loss *l)
{
	const char *sep = ": ";

	for (uint32_t i = 0; i < GM_ARRAY_SIZE(l->kinds); i++) {
		const char *name = gm_kind_name(GM_K_EVENT_FIRST + i);

		if (!l->kinds[i].count || !name)
			continue;
		gm_str_printf(out, "%s%s %llu", sep, name, (unsigned long long)l->kinds[i].count);
		sep = ", ";
	}
}

static void caveat_losses(struct gm_str *out, const struct gm_model *m)
{
	const char *sep = " (";

	if (!m->lost)
		return;
	gm_str_printf(out, "LOST %llu records, counts are too low", (unsigned long long)m->lost);
	for (size_t i = 0; i < m->losses.nr; i++) {
		const struct gm_loss *l = m->losses.at[i];
		char what[sizeof(l->what) + 1];

		if (!l->count || l->withheld)
			continue;
		gm_str_printf(out, "%s%s %llu", sep, gm_plain(what, sizeof(what), l->what),
			      (unsigned long long)l->count);
		caveat_kinds(out, l);
		sep = ", ";
	}
	gm_str_puts(out, sep[0] == ',' ? ")\n" : "\n");
}

/* Write what a limit dropped on purpose: no other figure is affected. */
static void caveat_withheld(struct gm_str *out, const struct gm_model *m)
{
	for (size_t i = 0; i < m->losses.nr; i++) {
		const struct gm_loss *l = m->losses.at[i];
		char what[sizeof(l->what) + 1];

		if (l->withheld && l->count)
			gm_str_printf(out, "WITHHELD %llu records on purpose (%s)\n", (unsigned long long)l->count,
				      gm_plain(what, sizeof(what), l->what));
	}
}

static void put_nonzero(struct gm_str *out, const char *what, uint64_t n)
{
	if (n)
		gm_str_printf(out, ", %llu %s", (unsigned long long)n, what);
}

void gm_text_operations(struct gm_str *out, const struct gm_model *m)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		const struct gm_ops *o = &m->ops[p];
		uint64_t in = m->total[p] ? m->total[p]->count : 0, way = gm_ops_under_way(o);

		if (!gm_model_has_ops(m, p) || in == o->seen)
			continue;
		gm_str_printf(out, "%s: %llu seen, %llu in histograms", gm_phase_name(p), (unsigned long long)o->seen,
			      (unsigned long long)in);
		put_nonzero(out, "failed", o->failed);
		put_nonzero(out, "unfinished", o->unfinished);
		put_nonzero(out, "lost", o->lost);
		put_nonzero(out, "in progress", way);
		gm_str_puts(out, "\n");
	}
}

void gm_text_losses(struct gm_str *out, const struct gm_model *m)
{
	caveat_losses(out, m);
	caveat_withheld(out, m);
}

/* ---- what is unavailable or partial ---- */

/* Phases or probes, each with the reason why it is unavailable or partial. */
struct gaps {
	struct {
		char name[40];
		const char *why;
	} at[GAPS_MAX];
	unsigned int nr;
};

static void add_gap(struct gaps *g, const char *name, const char *mark, const char *why)
{
	char plain[32];

	if (!why || g->nr == GAPS_MAX)
		return;
	snprintf(g->at[g->nr].name, sizeof(g->at[0].name), "%s%s", gm_plain(plain, sizeof(plain), name), mark);
	g->at[g->nr++].why = why;
}

static void find_unavailable(const struct gm_model *m, uint32_t phases, struct gaps *g)
{
	for (unsigned int p = 0; m->probes.nr && p < GM_PHASE_NR; p++)
		if (phases >> p & 1)
			add_gap(g, gm_phase_name(p), "", gm_phase_unavailable(m, p));
}

static void find_partial(const struct gm_model *m, uint32_t phases, struct gaps *g)
{
	for (unsigned int p = 0; m->probes.nr && p < GM_PHASE_NR; p++)
		if (phases >> p & 1)
			add_gap(g, gm_phase_name(p), "~", gm_phase_partial_why(m, p));
}

/* Find missing probes that feed no phase: no phase shows that they are missing. */
static void find_unobserved(const struct gm_model *m, struct gaps *g)
{
	for (size_t i = 0; i < m->probes.nr; i++) {
		const struct gm_rec_probe *p = &((const struct gm_probe *)m->probes.at[i])->rec;

		if (gm_probe_is_missing(p) && !p->phases)
			add_gap(g, p->probe, "", p->why[0] ? p->why : gm_probe_state_name(p->state));
	}
}

static bool is_first_with_reason(const struct gaps *g, unsigned int i)
{
	for (unsigned int k = 0; k < i; k++)
		if (!strcmp(g->at[k].why, g->at[i].why))
			return false;
	return true;
}

/* Append a line for each reason: head, all names with that reason, the reason. */
static void put_reasons(struct gm_str *out, const char *head, const struct gaps *g, unsigned int width)
{
	struct gm_str line = { 0 };
	char why[256];

	for (unsigned int i = 0; i < g->nr; i++) {
		if (!is_first_with_reason(g, i))
			continue;
		gm_str_clear(&line);
		gm_str_puts(&line, head);
		for (unsigned int k = i; k < g->nr; k++)
			if (!strcmp(g->at[k].why, g->at[i].why))
				gm_str_printf(&line, "%s%s", k == i ? "" : ", ", g->at[k].name);
		gm_str_printf(&line, ": %s", gm_plain(why, sizeof(why), g->at[i].why));
		if (!line.err)
			gm_text_wrap_at(out, width, 0, 2, line.s);
		out->err = out->err ? out->err : line.err;
	}
	gm_str_release(&line);
}

static uint32_t asked_phases(const struct gm_model *m, uint32_t phases)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++)
		if (!gm_phase_is_asked(m, p))
			phases &= ~(1u << p);
	return phases & GM_ALL_PHASES;
}

static void put_names(struct gm_str *line, const char *what, const struct gaps *g)
{
	for (unsigned int i = 0; i < g->nr; i++)
		gm_str_printf(line, "%s%s%s", i ? ", " : what, i ? "" : ": ", g->at[i].name);
	gm_str_puts(line, g->nr ? "; " : "");
}

static void put_counts(struct gm_str *line, unsigned int unavailable, unsigned int partial, unsigned int phases)
{
	gm_str_printf(line, "%u of %u phases unavailable here", unavailable, phases);
	if (partial)
		gm_str_printf(line, ", %u partial", partial);
	gm_str_puts(line, "; ");
}

/* Append one line instead of the reasons. Phases that the tool did not ask for do not count. */
static void put_brief(struct gm_str *out, const struct gm_model *m, const struct gm_caveats *how)
{
	uint32_t phases = asked_phases(m, how->phases);
	struct gaps na = { 0 }, partial = { 0 }, unobserved = { 0 };
	const char *mode = gm_mode_name(m->meta.mode);
	struct gm_str line = { 0 };

	find_unavailable(m, phases, &na);
	find_partial(m, phases, &partial);
	find_unobserved(m, &unobserved);
	if (!na.nr && !partial.nr && !unobserved.nr)
		return;
	gm_str_printf(&line, "%s mode: ", mode ? mode : "unknown");
	if (na.nr + partial.nr > NAMED_MAX) {
		put_counts(&line, na.nr, partial.nr, (unsigned int)__builtin_popcount(phases));
	} else {
		put_names(&line, "unavailable here", &na);
		put_names(&line, "partial", &partial);
	}
	put_names(&line, "not observed", &unobserved);
	gm_str_puts(&line, "-v says why");
	if (!line.err)
		gm_text_wrap_at(out, how->width, 0, 2, line.s);
	out->err = out->err ? out->err : line.err;
	gm_str_release(&line);
}

static void put_all(struct gm_str *out, const struct gm_model *m, const struct gm_caveats *how)
{
	struct gaps na = { 0 }, partial = { 0 }, unobserved = { 0 };

	find_unavailable(m, how->phases, &na);
	find_partial(m, how->phases, &partial);
	find_unobserved(m, &unobserved);
	put_reasons(out, "n/a: ", &na, how->width);
	put_reasons(out, "partial: ", &partial, how->width);
	put_reasons(out, "not observed: ", &unobserved, how->width);
}

void gm_text_caveats_as(struct gm_str *out, const struct gm_model *m, const struct gm_caveats *how)
{
	gm_text_losses(out, m);
	gm_text_operations(out, m);
	if (how->reasons)
		put_all(out, m, how);
	else
		put_brief(out, m, how);
}

void gm_text_caveats_of(struct gm_str *out, const struct gm_model *m, uint32_t phases)
{
	const struct gm_caveats how = { .phases = phases,
					.reasons = gm_log_level() >= GM_LOG_INFO,
					.width = gm_stdout_columns() };

	gm_text_caveats_as(out, m, &how);
}

void gm_text_caveats(struct gm_str *out, const struct gm_model *m)
{
	gm_text_caveats_of(out, m, GM_ALL_PHASES);
}
