// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* timeline.c - collects calls, lives, counters and flows; timeline_bars.c makes tracks of them. */
#include "report/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "model/observe.h"

/* ---- lives ---- */

/* Set the times of a life. What ended keeps the end that is known of it. dead_ns: 0: not yet. */
static void set_times(struct gm_life *l, const struct gm_model *m, bool old, uint64_t born_ns, uint64_t dead_ns)
{
	l->old |= old || born_ns < m->first_ns;
	l->begin = born_ns < m->first_ns ? m->first_ns : born_ns;
	if (!l->ended)
		l->end = l->end_min = dead_ns ? dead_ns : m->now_ns;
	l->ended = dead_ns;
}

void gm_life_of_vm(struct gm_life *l, const struct gm_model *m, const struct gm_vm *vm)
{
	l->id = vm->id;
	l->machine = vm->machine->id;
	l->tgid = vm->tgid;
	set_times(l, m, vm->old, vm->born_ns, vm->dead_ns);
}

void gm_life_of_inode(struct gm_life *l, const struct gm_model *m, const struct gm_inode *in)
{
	l->id = in->id;
	l->inode = true;
	l->machine = in->vm ? in->vm->machine->id : l->machine;
	l->ino = in->ino;
	l->size_bytes = in->size_bytes;
	set_times(l, m, in->old, in->born_ns, in->dead_ns);
}

/* Return a life, a new one if need be; sample_ns: of the last sample in which it was not. NULL: no memory. */
static struct gm_life *life_get(struct gm_timeline *t, bool inode, uint32_t id, uint64_t sample_ns)
{
	uint64_t key = (uint64_t)inode << 32 | id;
	struct gm_life *l = gm_hmap_get(&t->life_by_key, key);

	if (l)
		return l;
	l = calloc(1, sizeof(*l));
	if (!l || gm_vec_push(&t->lives, l)) {
		free(l);
		return NULL;
	}
	l->met_ns = sample_ns;
	return gm_hmap_put(&t->life_by_key, key, l) ? NULL : l;
}

/* A sample found the end of a life if it was not known before: it may have ended at any time since the last one. */
static struct gm_life *note_end(struct gm_life *l, bool was_ended, uint64_t sample_ns)
{
	if (l->ended && !was_ended)
		l->end_min = sample_ns;
	return l;
}

static struct gm_life *note_vm(struct gm_timeline *t, const struct gm_model *m, const struct gm_vm *vm,
			       uint64_t sample_ns)
{
	struct gm_life *l = life_get(t, false, vm->id, sample_ns);
	bool was_ended = l && l->ended;

	if (!l)
		return NULL;
	gm_life_of_vm(l, m, vm);
	return note_end(l, was_ended, sample_ns);
}

static struct gm_life *note_inode(struct gm_timeline *t, const struct gm_model *m, const struct gm_inode *in,
				  uint64_t sample_ns)
{
	struct gm_life *l = life_get(t, true, in->id, sample_ns);
	bool was_ended = l && l->ended;

	if (!l)
		return NULL;
	gm_life_of_inode(l, m, in);
	return note_end(l, was_ended, sample_ns);
}

/* Note what an event says of a life's begin or end: a hook saw it happen, a scan knows between which times it did. */
static void note_bounds(struct gm_life *l, const struct gm_vm *vm, const union gm_any *rec)
{
	bool by_scan = rec->ev.flags & GM_EV_BY_SCAN;
	struct gm_act_times w;

	if (rec->h.kind == (l->inode ? GM_K_CREATE : GM_K_VM_CREATE)) {
		l->created |= !by_scan;
		if (by_scan && rec->ev.dur_ns && rec->ev.dur_ns < rec->h.ts_ns)
			l->met_ns = rec->h.ts_ns - rec->ev.dur_ns;
	}
	if (rec->h.kind != (l->inode ? GM_K_EVICT : GM_K_VM_DESTROY) || l->end != rec->h.ts_ns)
		return;
	l->end_min = l->end;
	if (!vm)
		return;
	w = gm_act_times(vm, rec);
	l->end_min = w.end_min < l->end ? w.end_min : l->end;
}

/* ---- counters ---- */

static struct gm_timeline_machine *machine_get(struct gm_timeline *t, const struct gm_machine *mc)
{
	struct gm_timeline_machine *e = gm_hmap_get(&t->machine_by_id, mc->id);

	if (!e) {
		e = calloc(1, sizeof(*e));
		if (!e || gm_vec_push(&t->machines, e)) {
			free(e);
			return NULL;
		}
		e->id = mc->id;
		if (gm_hmap_put(&t->machine_by_id, mc->id, e))
			return NULL;
	}
	memcpy(e->name, mc->name, sizeof(e->name));
	return e;
}

const struct gm_timeline_machine *gm_timeline_machine(const struct gm_timeline *t, uint32_t id)
{
	return gm_hmap_get(&t->machine_by_id, id);
}

static int add_count(struct gm_timeline *t, struct gm_timeline_machine *mc, enum gm_counter what, uint64_t ts_ns,
		     double value)
{
	/* a value from before the last one would hold until the next, and only changes are kept */
	if (mc->counted[what] && (mc->last[what] == value || ts_ns < mc->last_ns[what]))
		return 0;
	if (gm_grow(t->count, t->counts, 1, t->counts_cap))
		return -ENOMEM;
	t->count[t->counts] = (struct gm_count){ mc->id, what, ts_ns, t->counts, value };
	t->counts++;
	mc->counted[what] = true;
	mc->last[what] = value;
	mc->last_ns[what] = ts_ns;
	return 0;
}

static int count_resident(struct gm_timeline *t, const struct gm_model *m, const struct gm_machine *mc, uint64_t ts_ns,
			  uint64_t more_pages)
{
	struct gm_timeline_machine *e = machine_get(t, mc);
	struct gm_mem mem;

	if (!e)
		return -ENOMEM;
	gm_machine_mem(mc, &mem);
	e->bound[GM_COUNTER_RESIDENT] |= mem.untracked;
	return add_count(t, e, GM_COUNTER_RESIDENT, ts_ns,
			 (double)((mem.resident_pages + more_pages) * m->meta.page_size));
}

/* Count what an event changed. A release knows what was resident when it began, beyond the last sample. */
static int count_at_event(struct gm_timeline *t, const struct gm_model *m, const struct gm_vm *vm,
			  const union gm_any *rec)
{
	const struct gm_inode *in = gm_model_inode(m, rec->ev.inode);
	const struct gm_tl_call *c = &t->call[t->nr - 1];
	int err = 0;

	if (rec->h.kind == GM_K_RELEASE && c->pages_known && !(rec->ev.flags & (GM_EV_BY_SCAN | GM_EV_NODUR)) && in &&
	    !in->files.nr)
		err = count_resident(t, m, vm->machine, c->begin, c->pages);
	return err ? err : count_resident(t, m, vm->machine, rec->h.ts_ns, 0);
}

/* ---- calls ---- */

static void set_pages(struct gm_tl_call *c, const struct gm_model *m, const union gm_any *rec)
{
	switch (rec->h.kind) {
	case GM_K_RELEASE:
	case GM_K_EVICT:
		c->pages = rec->as_EVICT.pages;
		c->pages_known = gm_event_pages_are_known(m, rec);
		break;
	case GM_K_FALLOCATE:
	case GM_K_PUNCH:
		c->pages = rec->as_PUNCH.pages;
		c->pages_known = gm_event_pages_are_known(m, rec);
		break;
	case GM_K_VM_CREATE:
	case GM_K_VM_DESTROY:
	case GM_K_CREATE:
	case GM_K_RESET:
	case GM_K_FAULT: break;
	default: c->pages = rec->as_BIND.npages; c->pages_known = true;
	}
}

static int add_call(struct gm_timeline *t, const struct gm_model *m, const struct gm_vm *vm, const union gm_any *rec)
{
	const struct gm_ev *ev = &rec->ev;
	uint64_t dur = ev->flags & GM_EV_NODUR ? 0 : ev->dur_ns;
	struct gm_tl_call *c;

	if (gm_grow(t->call, t->nr, 1, t->cap))
		return -ENOMEM;
	c = &t->call[t->nr];
	*c = (struct gm_tl_call){ .end = ev->h.ts_ns,
				  .begin = dur < ev->h.ts_ns ? ev->h.ts_ns - dur : 0,
				  .seq = t->nr++,
				  .tgid = ev->tgid,
				  .tid = ev->tid,
				  .kind = ev->h.kind,
				  .flags = ev->flags,
				  .vm = vm ? vm->id : ev->vm,
				  .inode = ev->inode,
				  .ret = ev->ret };
	memcpy(c->comm, ev->comm, sizeof(c->comm));
	set_pages(c, m, rec);
	if (rec->h.kind != GM_K_FAULT)
		return 0;
	c->phase = (uint16_t)rec->as_FAULT.phase;
	memcpy(c->part_ns, rec->as_FAULT.part_ns, sizeof(c->part_ns));
	return 0;
}

static uint64_t sample_or_first(const struct gm_model *m, uint64_t sample_ns)
{
	return sample_ns ? sample_ns : m->first_ns;
}

/* Note the VM and the inode that an event names, and what it says of their lives. */
static int note_objects(struct gm_timeline *t, const struct gm_model *m, const struct gm_vm *vm,
			const union gm_any *rec)
{
	const struct gm_inode *in = gm_model_inode(m, rec->ev.inode);
	uint64_t sample_ns = sample_or_first(m, m->tick_ns);
	struct gm_life *l;

	if (vm && !vm->before) {
		l = note_vm(t, m, vm, sample_ns);
		if (!l)
			return -ENOMEM;
		note_bounds(l, vm, rec);
	}
	if (!in || in->before)
		return 0;
	l = note_inode(t, m, in, sample_ns);
	if (!l)
		return -ENOMEM;
	note_bounds(l, vm, rec);
	return 0;
}

int gm_timeline_event(struct gm_timeline *t, const struct gm_model *m, const union gm_any *rec)
{
	const struct gm_vm *vm;
	int err;

	if (!gm_kind_is_event(rec->h.kind) || !gm_kind_name(rec->h.kind))
		return 0;
	vm = gm_event_vm(m, &rec->ev);
	err = add_call(t, m, vm, rec);
	if (err || rec->h.kind == GM_K_FAULT)
		return err;
	err = note_objects(t, m, vm, rec);
	return err || !vm ? err : count_at_event(t, m, vm, rec);
}

int gm_timeline_tick(struct gm_timeline *t, const struct gm_model *m)
{
	uint64_t sample_ns = sample_or_first(m, m->prev_tick_ns);
	int err = 0;

	for (size_t i = 0; i < m->vms.nr && !err; i++) {
		const struct gm_vm *vm = m->vms.at[i];

		err = vm->before || note_vm(t, m, vm, sample_ns) ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < m->inodes.nr && !err; i++) {
		const struct gm_inode *in = m->inodes.at[i];

		err = in->before || note_inode(t, m, in, sample_ns) ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < m->machines.nr && !err; i++) {
		const struct gm_machine *mc = m->machines.at[i];

		err = count_resident(t, m, mc, m->tick_ns, 0);
		if (!err && !gm_model_uncounted(m))
			err = add_count(t, machine_get(t, mc), GM_COUNTER_ALLOCS, m->tick_ns, mc->rates.alloc_pages);
	}
	return err;
}

/* ---- the end ---- */

/* The calls of one VM, by time. */
struct acts {
	struct gm_tl_call **at;
	size_t nr;
};

static int by_vm_and_seq(const void *a, const void *b)
{
	const struct gm_tl_call *x = *(const struct gm_tl_call *const *)a, *y = *(const struct gm_tl_call *const *)b;

	if (x->vm != y->vm)
		return x->vm < y->vm ? -1 : 1;
	return x->seq < y->seq ? -1 : 1;
}

static size_t first_of(const struct acts *all, uint64_t vm)
{
	size_t low = 0, high = all->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (all->at[mid]->vm < vm)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct acts acts_of(const struct acts *all, uint32_t vm)
{
	size_t first = first_of(all, vm);

	return (struct acts){ all->at + first, first_of(all, (uint64_t)vm + 1) - first };
}

/* Return true if a reboot's flow ends with this call of the new VM: the first bind of its memory, or the reset. */
static bool is_new_begin(const struct gm_tl_call *c, const struct gm_episode *e)
{
	if (c->flags & GM_EV_BY_SCAN || c->ret < 0)
		return false;
	if (e->first_bind_ns)
		return (c->kind == GM_K_BIND || c->kind == GM_K_RESET || c->kind == GM_K_PUNCH) &&
		       c->end == e->first_bind_ns;
	return c->kind == GM_K_BIND && c->end >= e->start_ns;
}

/* Return where a call is drawn on the track of its VM. */
static uint64_t drawn_at(const struct gm_tl_call *c)
{
	return c->flags & GM_EV_BY_SCAN ? c->end : c->begin;
}

/*
 * Return true if a is a better begin for a flow than b: a release, else the later call. Where the new VM's memory comes
 * first nothing is released yet: then it is the last act of the old VM before.
 */
static bool is_better_origin(const struct gm_tl_call *a, const struct gm_tl_call *b)
{
	if (!b || (a->kind == GM_K_RELEASE) != (b->kind == GM_K_RELEASE))
		return !b || a->kind == GM_K_RELEASE;
	return drawn_at(a) > drawn_at(b) || (drawn_at(a) == drawn_at(b) && a->seq > b->seq);
}

static void set_flow(const struct acts *all, const struct gm_episode *e)
{
	struct acts now = acts_of(all, e->new_vm), old = acts_of(all, e->old_vm);
	struct gm_tl_call *to = NULL, *from = NULL;

	for (size_t i = 0; i < now.nr && !to; i++)
		if (is_new_begin(now.at[i], e))
			to = now.at[i];
	for (size_t i = 0; to && i < old.nr; i++) {
		struct gm_tl_call *c = old.at[i];

		if (c != to && drawn_at(c) <= drawn_at(to) && is_better_origin(c, from))
			from = c;
	}
	if (!from || from->flow_from || to->flow_to)
		return;
	from->flow_from = e->id;
	to->flow_to = e->id;
}

static int set_flows(struct gm_timeline *t, const struct gm_vec *episodes)
{
	struct acts all = { calloc(t->nr + 1, sizeof(*all.at)), 0 };

	if (!all.at)
		return -ENOMEM;
	for (size_t i = 0; i < t->nr; i++)
		if (t->call[i].kind != GM_K_FAULT && t->call[i].vm)
			all.at[all.nr++] = &t->call[i];
	qsort(all.at, all.nr, sizeof(*all.at), by_vm_and_seq);
	for (size_t i = 0; i < episodes->nr; i++) {
		const struct gm_episode *e = episodes->at[i];

		if (e->new_vm)
			set_flow(&all, e);
	}
	free(all.at);
	return 0;
}

static int by_machine_and_time(const void *a, const void *b)
{
	const struct gm_count *x = a, *y = b;

	if (x->machine != y->machine)
		return x->machine < y->machine ? -1 : 1;
	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return x->seq < y->seq ? -1 : 1;
}

/* Keep the bounds of a life in order: they come from several records, and a recording is untrusted. */
static void settle(struct gm_timeline *t, struct gm_life *l)
{
	if (!l->ended)
		l->end = l->end_min = t->now_ns;
	l->begin = l->begin < l->end ? l->begin : l->end;
	l->end_min = l->end_min > l->begin ? l->end_min : l->begin;
	l->begin_min = l->begin;
	if (!l->created && !l->old && l->met_ns < l->begin)
		l->begin_min = l->met_ns;
}

int gm_timeline_finish(struct gm_timeline *t, const struct gm_model *m)
{
	const struct gm_vec *episodes = gm_model_episodes(m);

	t->now_ns = m->now_ns;
	for (size_t i = 0; i < t->lives.nr; i++)
		settle(t, t->lives.at[i]);
	if (t->counts)
		qsort(t->count, t->counts, sizeof(t->count[0]), by_machine_and_time);
	return episodes ? set_flows(t, episodes) : 0;
}

static void free_all(struct gm_vec *v)
{
	for (size_t i = 0; i < v->nr; i++)
		free(v->at[i]);
	gm_vec_release(v);
}

void gm_timeline_release(struct gm_timeline *t)
{
	free(t->call);
	free(t->count);
	free_all(&t->lives);
	free_all(&t->machines);
	gm_hmap_release(&t->life_by_key);
	gm_hmap_release(&t->machine_by_id);
	memset(t, 0, sizeof(*t));
}
