// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* hist_plot.c - makes pictures: histograms by machine, VM or host, and their gains. */
#include "report/hist_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

/* Counts of a VM, or (id 0) of the host, at the previous picture. */
struct baseline {
	uint32_t vm;
	struct gm_hist *phase[GM_PHASE_NR];
	struct gm_split split;
};

struct gm_histview {
	enum gm_by by;
	const char *want;
	uint64_t last_ns;
	struct gm_vec baselines;		/* struct before */
	struct gm_hmap baseline_by_vm;	/* baselines by id + 1 */
};

/* ---- pictures ---- */

static void free_phases(struct gm_hist **phase)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		free(phase[p]);
		phase[p] = NULL;
	}
}

void gm_picture_release(struct gm_picture *p)
{
	for (size_t i = 0; i < p->nr; i++)
		free_phases(p->at[i].phase);
	free(p->at);
	memset(p, 0, sizeof(*p));
}

void gm_picture_sum(const struct gm_picture *p, unsigned int phase, struct gm_hist *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < p->nr; i++)
		if (p->at[i].phase[phase])
			gm_hist_merge(out, p->at[i].phase[phase]);
}

static int hist_add(struct gm_hist **dst, const struct gm_hist *h)
{
	if (!h || !h->count)
		return 0;
	if (!*dst)
		*dst = calloc(1, sizeof(**dst));
	if (!*dst)
		return -ENOMEM;
	gm_hist_merge(*dst, h);
	return 0;
}

static const struct gm_machine *machine_of(const struct gm_vm *vm)
{
	const struct gm_machine *mc = vm->machine;

	while (mc && mc->joined)
		mc = mc->joined;
	return mc;
}

static struct gm_scope *scope_new(struct gm_picture *p, enum gm_by by)
{
	struct gm_scope *s;

	if (gm_grow(p->at, p->nr, 1, p->cap))
		return NULL;
	s = &p->at[p->nr++];
	*s = (struct gm_scope){ .by = by };
	return s;
}

/* Return the scope of a VM's counts; NULL: no memory. A VM of no known machine has a nameless one, as has vm NULL. */
static struct gm_scope *scope_of(struct gm_picture *p, enum gm_by by, const struct gm_vm *vm)
{
	const struct gm_machine *mc = vm ? machine_of(vm) : NULL;
	struct gm_scope *s;

	for (size_t i = p->nr; i-- > 0;) {
		s = &p->at[i];
		if (by == GM_BY_HOST || (by == GM_BY_VM && vm && s->vm == vm->id) ||
		    (by == GM_BY_MACHINE && mc && s->mc == mc))
			return s;
	}
	s = scope_new(p, by);
	if (s && by != GM_BY_HOST && vm) {
		s->vm = by == GM_BY_VM ? vm->id : 0;
		s->mc = mc;
		memcpy(s->machine, mc ? mc->name : "", mc ? sizeof(s->machine) : 1);
	}
	return s;
}

/* dst += src, or -= it. */
static void split_add(struct gm_split *dst, const struct gm_split *src, bool minus)
{
	for (unsigned int i = 0; i < GM_FAULT_KINDS; i++)
		for (unsigned int k = 0; k < GM_PART_NR; k++)
			dst->part_ns[i][k] += minus ? -src->part_ns[i][k] : src->part_ns[i][k];
}

static int add_phases(struct gm_picture *p, enum gm_by by, const struct gm_vm *vm, struct gm_hist *const *phase,
		      const struct gm_split *split)
{
	struct gm_scope *s = NULL;
	int err = 0;

	for (unsigned int i = 0; i < GM_PHASE_NR && !err; i++) {
		if (!phase[i] || !phase[i]->count)
			continue;
		if (!s)
			s = scope_of(p, by, vm);
		err = s ? hist_add(&s->phase[i], phase[i]) : -ENOMEM;
	}
	if (s)
		split_add(&s->split, split, false);
	return err;
}

/* Add what the host counted beyond all scopes: the counts of unknown VMs, or of VMs that the model has freed. */
static int add_rest(struct gm_picture *p, enum gm_by by, struct gm_hist *const *host, const struct gm_split *split)
{
	struct gm_hist *rest[GM_PHASE_NR] = { NULL }, sum, gain;
	struct gm_split left = *split;
	int err = 0;

	for (size_t i = 0; i < p->nr; i++)
		split_add(&left, &p->at[i].split, true);
	for (unsigned int i = 0; i < GM_PHASE_NR && !err; i++) {
		if (!host[i])
			continue;
		gm_picture_sum(p, i, &sum);
		if (sum.count >= host[i]->count)
			continue;
		gm_hist_gain(&gain, host[i], &sum);
		err = hist_add(&rest[i], &gain);
	}
	if (!err)
		err = add_phases(p, by, NULL, rest, &left);
	free_phases(rest);
	return err;
}

/* ---- gains of an interval ---- */

int gm_histview_new(struct gm_histview **out, enum gm_by by, const char *want)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->by = by;
	(*out)->want = want;
	return 0;
}

static void baseline_free(struct baseline *b)
{
	free_phases(b->phase);
	free(b);
}

void gm_histview_free(struct gm_histview *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->baselines.nr; i++)
		baseline_free(v->baselines.at[i]);
	gm_vec_release(&v->baselines);
	gm_hmap_release(&v->baseline_by_vm);
	free(v);
}

static struct baseline *baseline_get(struct gm_histview *v, uint32_t vm)
{
	struct baseline *b = gm_hmap_get(&v->baseline_by_vm, (uint64_t)vm + 1);

	if (b)
		return b;
	b = calloc(1, sizeof(*b));
	if (!b || gm_vec_push(&v->baselines, b)) {
		free(b);
		return NULL;
	}
	b->vm = vm;
	return gm_hmap_put(&v->baseline_by_vm, (uint64_t)vm + 1, b) ? NULL : b;
}

/*
 * Set gain[] to what each phase gained since the baseline, NULL if nothing, and move the baseline to now. The caller
 * frees the gains.
 */
static int compute_gains(struct gm_histview *v, uint32_t vm, struct gm_hist *const *now,
			 const struct gm_split *split_now, struct gm_hist **gain, struct gm_split *split)
{
	static const struct gm_hist none;
	struct baseline *b = baseline_get(v, vm);

	if (!b)
		return -ENOMEM;
	*split = *split_now;
	split_add(split, &b->split, true);
	b->split = *split_now;
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		if (!now[p] || !now[p]->count || (b->phase[p] && b->phase[p]->count == now[p]->count))
			continue;
		gain[p] = calloc(1, sizeof(*gain[p]));
		if (!b->phase[p])
			b->phase[p] = calloc(1, sizeof(*b->phase[p]));
		if (!gain[p] || !b->phase[p])
			return -ENOMEM;
		gm_hist_gain(gain[p], now[p], b->phase[p]->count ? b->phase[p] : &none);
		*b->phase[p] = *now[p];
	}
	return 0;
}

static int add_vm_gains(struct gm_histview *v, const struct gm_vm *vm, struct gm_picture *out)
{
	struct gm_hist *gain[GM_PHASE_NR] = { NULL };
	struct gm_split split;
	int err = compute_gains(v, vm->id, vm->phase, &vm->split, gain, &split);

	if (!err && gm_vm_matches(vm, v->want))
		err = add_phases(out, v->by, vm, gain, &split);
	free_phases(gain);
	return err;
}

static int add_host_gains(struct gm_histview *v, const struct gm_model *m, struct gm_picture *out)
{
	struct gm_hist *gain[GM_PHASE_NR] = { NULL };
	struct gm_split split;
	int err = compute_gains(v, 0, m->total, &m->split, gain, &split);

	if (!err && !v->want)
		err = add_rest(out, v->by, gain, &split);
	free_phases(gain);
	return err;
}

static void forget_freed_vms(struct gm_histview *v, const struct gm_model *m)
{
	for (size_t i = v->baselines.nr; i-- > 0;) {
		struct baseline *b = v->baselines.at[i];

		if (!b->vm || gm_model_vm(m, b->vm))
			continue;
		gm_hmap_del(&v->baseline_by_vm, (uint64_t)b->vm + 1);
		gm_vec_remove(&v->baselines, b);
		baseline_free(b);
	}
}

int gm_histview_gains(struct gm_histview *v, const struct gm_model *m, struct gm_picture *out)
{
	uint64_t now = m->ticks ? m->tick_ns : m->now_ns, since = v->last_ns ? v->last_ns : m->first_ns;
	int err = 0;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < m->vms.nr && !err; i++)
		err = add_vm_gains(v, m->vms.at[i], out);
	if (!err)
		err = add_host_gains(v, m, out);
	forget_freed_vms(v, m);
	out->ts_ns = now;
	out->interval_ns = now > since ? now - since : 0;
	v->last_ns = now;
	if (err)
		gm_picture_release(out);
	return err;
}

/* ---- all since the beginning ---- */

static bool has_only_matches(const struct gm_machine *mc, const char *want)
{
	for (size_t i = 0; i < mc->vms.nr; i++)
		if (!gm_vm_matches(mc->vms.at[i], want))
			return false;
	return mc->vms.nr > 0;
}

/* Add the counts of freed VMs, which are in their machine. */
static int add_past(const struct gm_histview *v, const struct gm_model *m, struct gm_picture *out)
{
	int err = 0;

	for (size_t i = 0; i < m->machines.nr && v->by == GM_BY_MACHINE && !err; i++) {
		const struct gm_machine *mc = m->machines.at[i];

		if (has_only_matches(mc, v->want))
			err = add_phases(out, v->by, mc->vms.at[0], mc->past, &mc->past_split);
	}
	return err;
}

int gm_histview_totals(const struct gm_histview *v, const struct gm_model *m, struct gm_picture *out)
{
	int err = 0;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < m->vms.nr && !err && (v->want || v->by != GM_BY_HOST); i++) {
		const struct gm_vm *vm = m->vms.at[i];

		if (gm_vm_matches(vm, v->want))
			err = add_phases(out, v->by, vm, vm->phase, &vm->split);
	}
	if (!err)
		err = add_past(v, m, out);
	if (!err && !v->want)
		err = add_rest(out, v->by, m->total, &m->split);
	out->total = true;
	out->ts_ns = m->ticks ? m->tick_ns : m->now_ns;
	out->interval_ns = out->ts_ns > m->first_ns ? out->ts_ns - m->first_ns : 0;
	if (err)
		gm_picture_release(out);
	return err;
}
