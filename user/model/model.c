// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * model.c - the frame of the model: one function per kind of record, and the records that concern no single object: the
 * host, losses, drained histograms, ticks.
 *
 * No file of the model asks for the time, opens a file or knows an option: the same records make the same model, live
 * or from a recording.
 */
#include "model/model_int.h"
#include "model/observe.h"
#include "model/reboot_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOSSES_MAX 256	/* kinds of losses: a recording is untrusted and may contain any number */

typedef int (*apply_fn)(struct gm_model *m, const union gm_any *rec);

#define X(E, n, type, name, phase)						\
static int apply_##E(struct gm_model *m, const union gm_any *rec)		\
{										\
	return gm_apply_##E(m, &rec->as_##E);					\
}
GM_KINDS(X)
#undef X

static const apply_fn apply_table[GM_K_MAX] = {
#define X(E, n, type, name, phase) [n] = apply_##E,
	GM_KINDS(X)
#undef X
};

int gm_model_new(struct gm_model **out)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->keep_dead = GM_MODEL_DEAD_MAX;
	gm_na_update(*out);
	return 0;
}

void gm_model_keep_dead(struct gm_model *m, unsigned int nr)
{
	m->keep_dead = nr;
}

static void free_all(struct gm_vec *v)
{
	for (size_t i = 0; i < v->nr; i++)
		free(v->at[i]);
	gm_vec_release(v);
}

static void free_procs(struct gm_hmap *procs)
{
	for (size_t i = 0; i < procs->cap; i++)
		if (procs->slots[i].val)
			free(((struct gm_proc *)procs->slots[i].val)->rec);
	for (size_t i = 0; i < procs->cap; i++)
		free(procs->slots[i].val);
	gm_hmap_release(procs);
}

static void free_objects(struct gm_model *m)
{
	for (size_t i = 0; i < m->vms.nr; i++)
		gm_vm_free(m->vms.at[i]);
	for (size_t i = 0; i < m->inodes.nr; i++)
		gm_inode_free(m->inodes.at[i]);
	for (size_t i = 0; i < m->machines.nr; i++)
		gm_machine_free(m->machines.at[i]);
	for (size_t i = 0; i < m->joined.nr; i++)
		gm_machine_free(m->joined.at[i]);
}

/* Release lists and maps whose objects belong to other lists. */
static void release_indexes(struct gm_model *m)
{
	struct gm_vec *vecs[] = { &m->vms,	     &m->inodes,	   &m->machines,	&m->joined,
				  &m->kept_dead_vms, &m->kept_dead_inodes, &m->kept_dead_files, &m->idle_procs };
	struct gm_hmap *maps[] = { &m->vm_by_id, &m->inode_by_id, &m->file_by_id, &m->machine_by_key, &m->pin_by_tgid };

	for (size_t i = 0; i < GM_ARRAY_SIZE(vecs); i++)
		gm_vec_release(vecs[i]);
	for (size_t i = 0; i < GM_ARRAY_SIZE(maps); i++)
		gm_hmap_release(maps[i]);
}

void gm_model_free(struct gm_model *m)
{
	if (!m)
		return;
	free_objects(m);
	free_all(&m->files);
	free_all(&m->pins);
	free_all(&m->pins_new);
	free_all(&m->probes);
	free_all(&m->progs);
	free_all(&m->losses);
	free_procs(&m->proc_by_tgid);
	release_indexes(m);
	gm_reboots_free(m->reboots);
	for (size_t i = 0; i < GM_PHASE_NR; i++)
		free(m->total[i]);
	free(m);
}

int gm_model_new_like(const struct gm_model *m, struct gm_model **out)
{
	int err = gm_model_new(out);

	if (err)
		return err;
	(*out)->keep_dead = m->keep_dead;
	if (m->keep_heat)
		gm_model_keep_heat(*out);
	if (m->reboots && (err = gm_model_keep_reboots(*out))) {
		gm_model_free(*out);
		return err;
	}
	if (m->reboots && m->reboots->drop_steps)
		gm_model_drop_steps(*out);
	return 0;
}

/* Return true for a record of an object that was alive at the record's time. */
static bool is_live_record(const union gm_any *rec)
{
	switch (rec->h.kind) {
	case GM_K_VM: return !(rec->as_VM.flags & GM_OBJ_DEAD);
	case GM_K_INODE: return !(rec->as_INODE.flags & GM_OBJ_DEAD);
	case GM_K_FILE: return !(rec->as_FILE.flags & GM_OBJ_DEAD);
	case GM_K_BINDING: return true;
	}
	return false;
}

int gm_model_apply(void *arg, const union gm_any *rec)
{
	struct gm_model *m = arg;
	int err;

	if (rec->h.kind >= GM_K_MAX || !apply_table[rec->h.kind])
		return 0;
	if (!m->first_ns)
		m->first_ns = rec->h.ts_ns;
	if (rec->h.ts_ns > m->now_ns)
		m->now_ns = rec->h.ts_ns;
	m->live_record_ns = is_live_record(rec) ? rec->h.ts_ns : 0;
	err = apply_table[rec->h.kind](m, rec);
	return err ? err : gm_model_expire(m);
}

int gm_apply_META(struct gm_model *m, const struct gm_rec_meta *r)
{
	m->meta = *r;
	gm_copy_text(m->meta.arch, sizeof(m->meta.arch), r->arch, sizeof(r->arch));
	gm_copy_text(m->meta.release, sizeof(m->meta.release), r->release, sizeof(r->release));
	gm_copy_text(m->meta.tool, sizeof(m->meta.tool), r->tool, sizeof(r->tool));
	gm_na_update(m);
	return 0;
}

/* ---- losses ---- */

static int loss_find(struct gm_model *m, const char *what, struct gm_loss **out)
{
	struct gm_loss *l;

	for (size_t i = 0; i < m->losses.nr; i++) {
		*out = m->losses.at[i];
		if (!strcmp((*out)->what, what))
			return 0;
	}
	if (m->losses.nr >= LOSSES_MAX) /* the last entry counts all further kinds */
		return 0;
	l = calloc(1, sizeof(*l));
	if (!l || gm_vec_push(&m->losses, l)) {
		free(l);
		return -ENOMEM;
	}
	memcpy(l->what, what, sizeof(l->what));
	*out = l;
	return 0;
}

/* Add a record that counts the losses of one kind of event: a part of the total. */
static void loss_add_kind(struct gm_loss *l, const struct gm_rec_loss *r)
{
	uint32_t i = r->kind - GM_K_EVENT_FIRST;

	if (i >= GM_ARRAY_SIZE(l->kinds) || r->count <= l->kinds[i].reported)
		return;
	l->kinds[i].count += r->count - l->kinds[i].reported;
	l->kinds[i].reported = r->count;
}

int gm_apply_LOSS(struct gm_model *m, const struct gm_rec_loss *r)
{
	struct gm_loss *l = NULL;
	char what[sizeof(l->what)] = "";
	int err;

	gm_copy_text(what, sizeof(what), r->what, sizeof(r->what));
	err = loss_find(m, what, &l);
	if (err)
		return err;
	if (r->kind)
		loss_add_kind(l, r);
	if (r->kind || r->count <= l->reported)
		return 0;
	l->withheld = r->flags & GM_LOSS_WITHHELD;
	if (!l->withheld)
		m->lost += r->count - l->reported;
	l->count += r->count - l->reported;
	l->reported = r->count;
	return 0;
}

/* ---- BPF programs ---- */

#define PROGS_MAX	256	/* a recording may contain any number */

int gm_apply_PROG(struct gm_model *m, const struct gm_rec_prog *r)
{
	struct gm_rec_prog clean = *r;
	struct gm_prog *p;

	gm_copy_text(clean.name, sizeof(clean.name), r->name, sizeof(r->name));
	for (size_t i = 0; i < m->progs.nr; i++) {
		p = m->progs.at[i];
		if (!strcmp(p->rec.name, clean.name)) {
			p->rec = clean;
			return 0;
		}
	}
	if (m->progs.nr >= PROGS_MAX)
		return 0;
	p = calloc(1, sizeof(*p));
	if (!p || gm_vec_push(&m->progs, p)) {
		free(p);
		return -ENOMEM;
	}
	p->rec = clean;
	return 0;
}

/* ---- histograms, their parts, operations ---- */

int gm_apply_HIST(struct gm_model *m, const struct gm_rec_hist *r)
{
	struct gm_vm *vm;
	uint64_t gained;
	int err;

	if (r->phase >= GM_PHASE_NR || !r->cells_nr)
		return 0;
	err = gm_vm_get(m, r->vm, r->h.ts_ns, &vm);
	if (!err)
		err = gm_hist_ensure(&m->total[r->phase]);
	if (!err && vm)
		err = gm_hist_ensure(&vm->phase[r->phase]);
	if (err)
		return err;
	gm_hist_add_record(m, m->total[r->phase], r);
	if (!vm)
		return 0;
	gained = gm_hist_add_record(m, vm->phase[r->phase], r);
	if (r->phase == GM_PHASE_GUEST_FAULT || r->phase == GM_PHASE_HOST_FAULT)
		vm->faults += gained;
	return gm_heat_add_record(m, vm->machine, r);
}

int gm_apply_SPLIT(struct gm_model *m, const struct gm_rec_split *r)
{
	struct gm_split gain = { 0 };
	size_t w = GM_FAULT_KIND_OF(r->phase);
	struct gm_vm *vm;
	int err;

	if (!gm_phase_is_fault_kind(r->phase))
		return 0;
	err = gm_vm_get(m, r->vm, r->h.ts_ns, &vm);
	if (err)
		return err;
	/* Parts that this version does not know count as "other". */
	for (size_t p = 0; p < GM_PARTS_ROOM; p++)
		gain.part_ns[w][p < GM_PART_NR ? p : GM_PART_OTHER] += r->part_ns[p];
	gain.found[w] = r->found;
	gain.found_ns[w] = r->found_ns;
	gain.busy_ns[w] = r->busy_ns;
	gm_split_add(&m->split, &gain);
	err = gm_untimed_add(m, vm, r->phase, r->untimed);
	if (err || !vm)
		return err;
	gm_split_add(&vm->split, &gain);
	vm->first_fault_ns[w] = r->first_ns ? r->first_ns : vm->first_fault_ns[w];
	vm->last_fault_ns[w] = r->last_ns > vm->last_fault_ns[w] ? r->last_ns : vm->last_fault_ns[w];
	return 0;
}

static uint64_t since_base(uint64_t told, uint64_t base)
{
	return told > base ? told - base : 0;
}

int gm_apply_OPS(struct gm_model *m, const struct gm_rec_ops *r)
{
	const struct gm_ops *base = &m->ops_base[r->phase < GM_PHASE_NR ? r->phase : 0];

	if (r->phase >= GM_PHASE_NR)
		return 0;
	m->ops_reported[r->phase] = (struct gm_ops){
		.seen = r->seen, .done = r->done, .failed = r->failed, .unfinished = r->unfinished, .lost = r->lost
	};
	m->ops[r->phase] = (struct gm_ops){ .seen = since_base(r->seen, base->seen),
					    .done = since_base(r->done, base->done),
					    .failed = since_base(r->failed, base->failed),
					    .unfinished = since_base(r->unfinished, base->unfinished),
					    .lost = since_base(r->lost, base->lost) };
	return 0;
}

bool gm_model_has_ops(const struct gm_model *m, unsigned int phase)
{
	return phase < GM_PHASE_NR && m->ops[phase].seen && !gm_phase_unavailable(m, phase);
}

/* ---- ticks ---- */

/* Set the rates of a VM, also of a dead one: its end freed pages. sec 0: no interval yet, all rates are 0. */
static void vm_tick(struct gm_vm *vm, double sec)
{
	const uint64_t now[3] = { vm->counts.allocated_pages, vm->counts.freed_pages, vm->faults };
	double rate[3] = { 0, 0, 0 };

	for (size_t i = 0; i < 3; i++) {
		if (sec > 0)
			rate[i] = (double)(now[i] - vm->last_counted[i]) / sec;
		vm->last_counted[i] = now[i];
	}
	vm->rates = (struct gm_rates){ .alloc_pages = rate[0], .free_pages = rate[1], .faults = rate[2] };
}

static void machine_tick(const struct gm_model *m, struct gm_machine *mc, double sec)
{
	struct gm_rates sum = { 0, 0, 0 };

	for (size_t i = 0; i < mc->vms.nr; i++) {
		const struct gm_vm *vm = mc->vms.at[i];

		sum.alloc_pages += vm->rates.alloc_pages;
		sum.free_pages += vm->rates.free_pages;
		sum.faults += vm->rates.faults;
	}
	mc->rates = sum;
	mc->history[mc->history_nr++ % GM_HISTORY] = sum;
	gm_heat_tick(m, mc, sec);
}

/* Keep the rates of all VMs: a machine's own ones go when it is merged into another one. */
static void host_tick(struct gm_model *m)
{
	struct gm_rates *sum = &m->history[(m->ticks - 1) % GM_HISTORY];

	*sum = (struct gm_rates){ 0 };
	for (size_t i = 0; i < m->vms.nr; i++) {
		const struct gm_vm *vm = m->vms.at[i];

		sum->alloc_pages += vm->rates.alloc_pages;
		sum->free_pages += vm->rates.free_pages;
		sum->faults += vm->rates.faults;
	}
}

int gm_apply_TICK(struct gm_model *m, const struct gm_rec_tick *r)
{
	double sec = 0;

	if (m->ticks && r->h.ts_ns > m->tick_ns)
		sec = (double)(r->h.ts_ns - m->tick_ns) / 1e9;
	m->prev_tick_ns = m->tick_ns;
	m->tick_ns = r->h.ts_ns;
	m->ticks++;
	if (gm_untimed_tick(m))
		return -ENOMEM;
	for (size_t i = 0; i < m->vms.nr; i++)
		vm_tick(m->vms.at[i], sec);
	for (size_t i = 0; i < m->machines.nr; i++)
		machine_tick(m, m->machines.at[i], sec);
	host_tick(m);
	if (gm_dup_tick(m))
		return -ENOMEM;
	return gm_reboot_tick(m, r->last);
}
