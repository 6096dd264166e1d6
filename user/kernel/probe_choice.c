// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * probe_choice.c - chooses for each row of the table the best candidate that this kernel has, and the next one if it is
 * refused. The choice is pure and knows no libbpf, so that a plan can be checked against any kernel's facts.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/resource.h"
#include "base/vec.h"
#include "gm_conf.h"
#include "kernel/probes_int.h"

/* The mechanisms that each mode allows. */
#define M(x) (1u << GM_MECH_##x)
static const uint32_t want_mechs[] = {
	[GM_WANT_AUTO] = ~0u,
	[GM_WANT_FULL] = ~(M(KPROBE) | M(KMULTI)),
	[GM_WANT_KPROBE] = ~(M(FENTRY) | M(FSESSION)),
	[GM_WANT_TRACEPOINT] = ~(M(FENTRY) | M(FSESSION) | M(KPROBE) | M(KMULTI)),
	[GM_WANT_INVENTORY] = M(ITER) | M(SCAN) | M(RUN) | M(TASKS) | M(PROC),
};

void gm_plan_init(struct gm_plan *p, enum gm_want_mode want, uint32_t need)
{
	*p = (struct gm_plan){ .want = want, .need = need };
}

/* Returns the candidate of try t of a row, and its mechanism; NULL: t is beyond the last one, or has no meaning. */
static const struct gm_cand *row_try(const struct gm_probe_row *row, unsigned int t, enum gm_mech *mech)
{
	static const enum gm_mech mechs[GM_TRIES] = { GM_MECH_FSESSION, GM_MECH_FENTRY, GM_MECH_KMULTI,
						      GM_MECH_KPROBE };
	const struct gm_cand *c = &row->cand[t / GM_TRIES];

	if (!c->sym[0] && !c->reap)
		return NULL;
	if (c->mech != GM_MECH_FENTRY) {
		*mech = c->mech;
		return t % GM_TRIES ? NULL : c;
	}
	*mech = mechs[t % GM_TRIES];
	return *mech == GM_MECH_FSESSION && c->side != GM_BOTH_SIDES ? NULL : c;
}

static bool has_symbol(const struct gm_kfeatures *k, enum gm_mech mech, const char *sym)
{
	switch (mech) {
	case GM_MECH_FSESSION:
	case GM_MECH_FENTRY:
	case GM_MECH_KMULTI:
	case GM_MECH_KPROBE: return gm_kfeatures_has_func(k, sym);
	case GM_MECH_TP_BTF:
	case GM_MECH_RAW_TP: return gm_kfeatures_has_tp(k, sym);
	case GM_MECH_SYSCALL: return gm_kfeatures_has_syscall(k, sym);
	default: return true;
	}
}

/* Return true for mechanisms that name a function or tracepoint to the kernel by its type's id. */
static bool needs_type_id(enum gm_mech mech)
{
	return mech == GM_MECH_FSESSION || mech == GM_MECH_FENTRY || mech == GM_MECH_TP_BTF;
}

/* Returns NULL if the kernel has what a candidate hooks, else what it lacks. */
static const char *why_absent(const struct gm_kfeatures *k, const struct gm_cand *c, enum gm_mech mech, char *buf,
			      size_t size)
{
	for (int i = 0; i < GM_SYMS_MAX && c->sym[i]; i++) {
		if (has_symbol(k, mech, c->sym[i]))
			continue;
		snprintf(buf, size, "this kernel has no %s", c->sym[i]);
		return buf;
	}
	if (c->member && !gm_kfeatures_has_member(k, c->member)) {
		snprintf(buf, size, "this kernel has no %s", c->member);
		return buf;
	}
	if (!c->unless || !gm_kfeatures_has_func(k, c->unless))
		return NULL;
	snprintf(buf, size, "%s is not meaningful in a kernel with %s", c->sym[0], c->unless);
	return buf;
}

/* Returns NULL if a candidate is allowed, else what forbids it. */
static const char *why_forbidden(const struct gm_plan *p, const struct gm_kfeatures *k, const struct gm_cand *c,
				 enum gm_mech mech, char *buf, size_t size)
{
	if (!(want_mechs[p->want] >> mech & 1)) {
		snprintf(buf, size, "%s is not used in this mode", gm_mech_name(mech));
		return buf;
	}
	if (p->avoid >> mech & 1) {
		snprintf(buf, size, "%s is turned off by -C avoid", gm_mech_name(mech));
		return buf;
	}
	if (!k->kvm_ids && needs_type_id(mech) && gm_kfeatures_is_in_module(k, c->sym[0], mech == GM_MECH_TP_BTF)) {
		snprintf(buf, size, "%s on the kvm module needs CAP_SYS_ADMIN", gm_mech_name(mech));
		return buf;
	}
	if (p->ruled_out >> mech & 1) {
		snprintf(buf, size, "%s: no permission", gm_mech_name(mech));
		return buf;
	}
	return k->why[mech][0] ? k->why[mech] : NULL;
}

static bool is_module_hook(const struct gm_kfeatures *k, const struct gm_cand *c, enum gm_mech mech)
{
	bool tp = mech == GM_MECH_TP_BTF || mech == GM_MECH_RAW_TP;

	return (tp || mech == GM_MECH_KMULTI || mech == GM_MECH_KPROBE || needs_type_id(mech)) &&
	       gm_kfeatures_is_in_module(k, c->sym[0], tp);
}

/* Adds a reason, unless it is there already; the best candidate's comes first. */
static void note_why(struct gm_choice *ch, const char *why)
{
	size_t left = sizeof(ch->why) - strlen(ch->why);

	if (strstr(ch->why, why) || strlen(why) + 3 > left)
		return;
	if (ch->why[0])
		strcat(ch->why, "; ");
	strcat(ch->why, why);
}

uint32_t gm_row_phases(const struct gm_probe_row *row)
{
	uint32_t all = 0;

	for (int c = 0; c < GM_CAND_MAX; c++)
		all |= row->cand[c].phases;
	return all;
}

/* Return true for a probe on a hot path whose phases this tool does not show. */
static bool is_unneeded(const struct gm_probe_row *row, uint32_t need)
{
#define X(E, n, name, per, is_hot) | (uint32_t)(is_hot) << n
	const uint32_t hot = 0 GM_PHASES(X);
#undef X
	uint32_t all = gm_row_phases(row);

	if (row->need)
		return !(need & row->need);
	return all && !(all & ~hot) && !(all & need);
}

/* Returns why a row has nothing to add to the row that it helps; NULL: it has, or it helps none. */
static const char *why_no_help(const struct gm_plan *p, const struct gm_probe_row *row)
{
	for (unsigned int i = 0; row->helps && i < gm_probe_nr; i++)
		if (!strcmp(gm_probe_rows[i].name, row->helps))
			return p->row[i].try < 0 ? "the probe that it refines is not attached"
			       : p->row[i].cand->reap || p->row[i].mech == GM_MECH_SYSCALL
				       ? NULL
				       : "functions are hooked, which report more";
	return NULL;
}

static void choose_try(struct gm_plan *p, const struct gm_kfeatures *k, unsigned int i)
{
	const struct gm_probe_row *row = &gm_probe_rows[i];
	struct gm_choice *ch = &p->row[i];
	char buf[160];

	ch->try = -1;
	ch->off = is_unneeded(row, p->need) ? "this tool does not show it" : why_no_help(p, row);
	if (ch->off)
		return;
	for (unsigned int t = 0; t < GM_TRY_MAX; t++) {
		enum gm_mech mech;
		const struct gm_cand *c = row_try(row, t, &mech);
		const char *why;

		if (!c || ch->refused[t])
			continue;
		why = why_absent(k, c, mech, buf, sizeof(buf));
		ch->exists |= !why;
		why = why ? why : why_forbidden(p, k, c, mech, buf, sizeof(buf));
		if (why) {
			/* no reason for these: other mechanisms show as much, and each kernel has one of them */
			if (mech != GM_MECH_FSESSION && mech != GM_MECH_KMULTI)
				note_why(ch, why);
			continue;
		}
		ch->try = (int)t;
		ch->mech = mech;
		ch->cand = c;
		ch->is_pinning = is_module_hook(k, c, mech);
		return;
	}
}

void gm_plan_make(struct gm_plan *p, const struct gm_kfeatures *k)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++)
		choose_try(p, k, i);
}

#define SUFFIXES_MAX 4	/* programs of a function */

/* Lists the suffixes of a choice's programs. Returns their number. */
static int list_suffixes(const struct gm_probe_row *row, const struct gm_choice *ch, const char *suffix[SUFFIXES_MAX])
{
	static const char *const by_kprobe[] = { "_kprobe", "_kretprobe" }, *const by_fentry[] = { "_fentry", "_fexit",
												   "_twin_fentry",
												   "_twin_fexit" };
	const char *const *by = ch->mech == GM_MECH_FENTRY ? by_fentry : by_kprobe;
	int nr = 0;

	switch (ch->mech) {
	case GM_MECH_FSESSION:
		suffix[nr++] = "_fsession";
		if (row->twin)
			suffix[nr++] = "_twin_fsession";
		return nr;
	case GM_MECH_FENTRY:
	case GM_MECH_KPROBE:
	case GM_MECH_KMULTI:
		for (int i = 0; i < (row->twin && by == by_fentry ? 4 : 2); i++)
			if (ch->cand->side == GM_BOTH_SIDES || i % 2 == (ch->cand->side == GM_EXIT_ONLY))
				suffix[nr++] = by[i];
		return nr;
	default: suffix[nr++] = ""; return nr;
	}
}

/* Return true if row i loads program prog. */
static bool row_has_prog(const struct gm_plan *p, unsigned int i, const char *prog)
{
	const struct gm_choice *ch = &p->row[i];
	const char *suffix[SUFFIXES_MAX];
	int nr = ch->try < 0 ? 0 : list_suffixes(&gm_probe_rows[i], ch, suffix);
	char name[64];

	for (int c = 0; nr && c < GM_SYMS_MAX && ch->cand->prog[c]; c++)
		for (int s = 0; s < nr; s++) {
			snprintf(name, sizeof(name), "%s%s", ch->cand->prog[c], suffix[s]);
			if (!strcmp(name, prog))
				return true;
		}
	return false;
}

/* Returns the choice that loads a program; NULL: none does. */
static const struct gm_choice *choice_of(const struct gm_plan *p, const char *prog)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++)
		if (row_has_prog(p, i, prog))
			return &p->row[i];
	return NULL;
}

bool gm_plan_has_prog(const struct gm_plan *p, const char *prog)
{
	const struct gm_choice *ch = choice_of(p, prog);

	return ch && (!p->reattaching || ch->is_detached);
}

enum gm_mech gm_plan_mech(const struct gm_plan *p, const char *prog)
{
	const struct gm_choice *ch = choice_of(p, prog);

	return ch ? ch->mech : GM_MECH_NR;
}

bool gm_plan_is_pinning(const struct gm_plan *p, const char *prog)
{
	const struct gm_choice *ch = choice_of(p, prog);

	return ch && ch->is_pinning;
}

bool gm_plan_has_twin(const struct gm_plan *p, const char *prog)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++)
		if (gm_probe_rows[i].twin && row_has_prog(p, i, prog))
			return true;
	return false;
}

enum gm_attach_when gm_plan_attach_when(const struct gm_plan *p, const char *prog)
{
	enum gm_attach_when when = GM_ATTACH_CALLS;
	bool used = false;

	for (unsigned int i = 0; i < gm_probe_nr; i++) {
		if (!row_has_prog(p, i, prog))
			continue;
		used = true;
		when = gm_probe_rows[i].attach < when ? gm_probe_rows[i].attach : when;
	}
	return used ? when : GM_ATTACH_ALWAYS;
}

bool gm_plan_waits(const struct gm_plan *p, const char *prog)
{
	return gm_plan_attach_when(p, prog) > p->at_start && gm_plan_mech(p, prog) != GM_MECH_KPROBE;
}

enum gm_attach_when gm_row_attach_when(const struct gm_plan *p, unsigned int i)
{
	const struct gm_choice *ch = &p->row[i];
	const char *suffix[SUFFIXES_MAX];
	char name[64];

	if (ch->try < 0 || !ch->cand->prog[0] || ch->mech == GM_MECH_KPROBE ||
	    !list_suffixes(&gm_probe_rows[i], ch, suffix))
		return GM_ATTACH_ALWAYS;
	snprintf(name, sizeof(name), "%s%s", ch->cand->prog[0], suffix[0]);
	return gm_plan_attach_when(p, name);
}

void gm_plan_set_gmem_error(struct gm_plan *p, int err)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++) {
		if (gm_row_attach_when(p, i) <= p->at_start)
			continue;
		p->row[i].reattach_failed = err;
		p->row[i].err = err;
	}
}

void gm_plan_mark_detached(struct gm_plan *p)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++)
		p->row[i].is_detached = p->row[i].try >= 0 && p->row[i].is_pinning;
}

void gm_plan_mark_reattached(struct gm_plan *p)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++)
		p->row[i].is_detached = false;
}

bool gm_plan_has_kind(const struct gm_plan *p, unsigned int kind)
{
	for (unsigned int i = 0; i < gm_probe_nr; i++) {
		if (gm_probe_rows[i].kinds & GM_PROBE_KIND(kind) && p->row[i].try >= 0)
			return true;
	}
	return false;
}

bool gm_plan_refuse(struct gm_plan *p, const char *prog, int err)
{
	bool any = false;

	for (unsigned int i = 0; i < gm_probe_nr && !gm_is_resource_error(err); i++) {
		struct gm_choice *ch = &p->row[i];

		if (!row_has_prog(p, i, prog))
			continue;
		ch->refused[ch->try] = true;
		ch->err = err;
		/*
		 * EPERM is about the kind of hook, so all others of the kind will be refused, too. Not so for fentry
		 * and the like, which were tried before (kfeatures.c).
		 */
		if (err == -EPERM && !needs_type_id(ch->mech))
			p->ruled_out |= 1u << ch->mech;
		snprintf(ch->why, sizeof(ch->why), "the kernel refused %s on %s: %s", gm_mech_name(ch->mech),
			 ch->cand->sym[0], strerror(-err));
		any = true;
	}
	return any;
}

bool gm_plan_refuse_kind(struct gm_plan *p, int err)
{
	static const enum gm_mech order[] = { GM_MECH_FSESSION, GM_MECH_FENTRY, GM_MECH_KMULTI, GM_MECH_KPROBE,
					      GM_MECH_TP_BTF,	GM_MECH_RAW_TP, GM_MECH_SYSCALL };
	bool any = false;

	for (size_t m = 0; m < GM_ARRAY_SIZE(order) && !any && !gm_is_resource_error(err); m++) {
		for (unsigned int i = 0; i < gm_probe_nr; i++) {
			struct gm_choice *ch = &p->row[i];

			if (ch->try < 0 || ch->mech != order[m])
				continue;
			ch->refused[ch->try] = true;
			ch->err = err;
			snprintf(ch->why, sizeof(ch->why), "the kernel refused programs, including %s: %s",
				 gm_mech_name(ch->mech), strerror(-err));
			any = true;
		}
	}
	return any;
}
