// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* model_keyframe.c - writes a model's state as a keyframe; begins a model with a keyframe. */
#include <stdlib.h>
#include <string.h>

#include "model/model_int.h"

/* ---- writing ---- */

struct emitter {
	const struct gm_model *m;
	int (*fn)(void *arg, const union gm_any *rec);
	void *arg;
	int err;
	union gm_any u;		/* the record being written */
};

static void *record_begin(struct emitter *t, unsigned int kind)
{
	memset(&t->u, 0, gm_kind_size(kind));
	gm_rec_init(&t->u.h, kind, t->m->now_ns);
	return &t->u;
}

static void record_end(struct emitter *t)
{
	if (!t->err)
		t->err = t->fn(t->arg, &t->u);
}

static void emit_edge(struct emitter *t, uint32_t edge)
{
	struct gm_rec_keyframe *r = record_begin(t, GM_K_KEYFRAME);

	r->edge = edge;
	record_end(t);
}

static void emit_scan(struct emitter *t, uint32_t what, uint32_t edge, uint64_t ts)
{
	struct gm_rec_scan *r = record_begin(t, GM_K_SCAN);

	r->h.ts_ns = ts;
	r->what = what;
	r->edge = edge;
	record_end(t);
}

/* The meta record, with its pair of clocks moved to now. */
static void emit_meta(struct emitter *t)
{
	const struct gm_rec_meta *meta = &t->m->meta;

	if (!meta->h.kind)
		return;
	t->u.as_META = *meta;
	t->u.h.ts_ns = t->m->now_ns;
	t->u.as_META.real_ns = meta->real_ns + (t->m->now_ns - meta->h.ts_ns);
	record_end(t);
}

static void emit_loss_count(struct emitter *t, const struct gm_loss *l, uint32_t kind, uint64_t count)
{
	struct gm_rec_loss *r = record_begin(t, GM_K_LOSS);

	r->count = count;
	r->flags = l->withheld ? GM_LOSS_WITHHELD : 0;
	r->kind = kind;
	memcpy(r->what, l->what, sizeof(r->what));
	record_end(t);
}

/* Write the total first: see struct gm_rec_loss. */
static void emit_loss(struct emitter *t, const struct gm_loss *l)
{
	emit_loss_count(t, l, 0, l->reported);
	for (uint32_t i = 0; i < GM_ARRAY_SIZE(l->kinds); i++)
		if (l->kinds[i].reported)
			emit_loss_count(t, l, GM_K_EVENT_FIRST + i, l->kinds[i].reported);
}

static void reset_loss(struct gm_loss *l)
{
	l->count = 0;
	for (size_t i = 0; i < GM_ARRAY_SIZE(l->kinds); i++)
		l->kinds[i].count = 0;
}

static void emit_host(struct emitter *t)
{
	const struct gm_model *m = t->m;

	for (size_t i = 0; i < m->probes.nr; i++) {
		t->u.as_PROBE = ((const struct gm_probe *)m->probes.at[i])->rec;
		t->u.h.ts_ns = m->now_ns;
		record_end(t);
	}
	for (size_t i = 0; i < m->losses.nr; i++)
		emit_loss(t, m->losses.at[i]);
	for (size_t i = 0; i < m->progs.nr; i++) {
		t->u.as_PROG = ((const struct gm_prog *)m->progs.at[i])->rec;
		t->u.h.ts_ns = m->now_ns;
		record_end(t);
	}
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		const struct gm_ops *o = &m->ops_reported[p];
		struct gm_rec_ops *r = record_begin(t, GM_K_OPS);

		r->phase = p;
		r->seen = o->seen;
		r->done = o->done;
		r->failed = o->failed;
		r->unfinished = o->unfinished;
		r->lost = o->lost;
		if (o->seen)
			record_end(t);
	}
}

static void emit_cpu(struct emitter *t, const struct gm_proc *p)
{
	struct gm_rec_cpu *r = record_begin(t, GM_K_CPU);

	if (!p->cpu.ts_ns)
		return;
	r->h.ts_ns = p->cpu.ts_ns;
	r->tgid = p->tgid;
	r->user_ns = p->cpu.user_ns;
	r->system_ns = p->cpu.system_ns;
	r->guest_ns = p->cpu.guest_ns;
	record_end(t);
}

/* Write all processes with a record, and their CPU times. */
static void emit_procs(struct emitter *t)
{
	const struct gm_model *m = t->m;

	for (size_t i = 0; i < m->proc_by_tgid.cap; i++) {
		const struct gm_proc *p = m->proc_by_tgid.slots[i].val;

		if (!p || !p->rec)
			continue;
		memset(&t->u, 0, sizeof(t->u.as_PROC));
		memcpy(&t->u, p->rec, p->rec->len);
		t->u.h.len = sizeof(t->u.as_PROC);
		t->u.h.ts_ns = m->now_ns;
		record_end(t);
		emit_cpu(t, p);
	}
}

static bool is_referenced_by_live_object(const struct gm_model *m, const struct gm_vm *vm)
{
	for (size_t i = 0; i < vm->files.nr; i++) {
		const struct gm_file *f = vm->files.at[i];

		if (!f->dead_ns || (f->inode && !f->inode->dead_ns && f->inode->vm == vm))
			return true;
	}
	for (size_t i = 0; i < m->pins.nr; i++)
		if (((const struct gm_pin *)m->pins.at[i])->vm == vm->id)
			return true;
	return false;
}

/* The newest dead objects are written as dead: a late record would make them alive again. */
#define DEAD_EMITTED 64

static bool is_recently_destroyed(const struct gm_vec *ended, const void *p)
{
	for (size_t i = ended->nr; i-- > 0 && i + DEAD_EMITTED >= ended->nr;)
		if (ended->at[i] == p)
			return true;
	return false;
}

static void emit_attrs(struct emitter *t, const struct gm_vm *vm)
{
	struct gm_rec_attrs *r = record_begin(t, GM_K_ATTRS);
	struct gm_rec h = r->h;

	*r = vm->attrs;
	r->h = h;
	record_end(t);
}

static void emit_vm(struct emitter *t, const struct gm_vm *vm)
{
	struct gm_rec_vm *r = record_begin(t, GM_K_VM);

	if (vm->dead_ns && !is_recently_destroyed(&t->m->kept_dead_vms, vm) && !is_referenced_by_live_object(t->m, vm))
		return;
	r->vm = vm->id;
	r->tgid = vm->tgid;
	r->tid = vm->tid;
	r->vcpus = vm->vcpus;
	r->type = vm->type;
	r->untracked_files = vm->untracked;
	r->flags = GM_OBJ_OLD | (vm->dead_ns ? GM_OBJ_DEAD : 0) |
		   (gm_machine_has_own_key(vm->machine) ? GM_OBJ_OWN_KEY : 0) |
		   (vm->scan_partial ? GM_OBJ_PARTIAL : 0) | (vm->uncounted ? GM_OBJ_UNCOUNTED : 0) |
		   (vm->siblings ? GM_OBJ_SIBLINGS : 0);
	r->born_ns = vm->born_ns;
	record_end(t);
	if (vm->attrs.how && !vm->dead_ns)
		emit_attrs(t, vm);
}

/* Dead files of a live inode are written, too, if they show whose inode it was. */
static void emit_file(struct emitter *t, const struct gm_file *f)
{
	struct gm_rec_file *r = record_begin(t, GM_K_FILE);
	const struct gm_inode *in = f->inode;

	if (f->dead_ns && !is_recently_destroyed(&t->m->kept_dead_files, f) &&
	    (!in || in->dead_ns || in->files.nr || in->vm != f->vm))
		return;
	r->file = f->id;
	r->inode = in ? in->id : 0;
	r->vm = f->vm ? f->vm->id : 0;
	r->flags = GM_OBJ_OLD | (f->dead_ns ? GM_OBJ_DEAD : 0);
	r->born_ns = f->born_ns;
	record_end(t);
}

static void emit_inode(struct emitter *t, const struct gm_inode *in)
{
	struct gm_rec_inode *r = record_begin(t, GM_K_INODE);

	if (in->dead_ns && !is_recently_destroyed(&t->m->kept_dead_inodes, in))
		return;
	r->inode = in->id;
	r->flags = GM_OBJ_OLD | (in->dead_ns ? GM_OBJ_DEAD : 0);
	r->ino = in->ino;
	r->size_bytes = in->size_bytes;
	r->resident_pages = in->resident_pages;
	r->allocated_pages = in->base[0] + in->allocated_pages;
	r->freed_pages = in->base[1] + in->freed_pages;
	r->gmem_flags = in->gmem_flags;
	r->born_ns = in->born_ns;
	r->counted = in->counted;
	r->nodes_known = in->nodes_known && in->nodes_how != GM_NODES_SAMPLE;
	r->nodes_error = in->nodes_error;
	r->nodes_ns = in->nodes_ns;
	r->nodes_how = in->nodes_how;
	memcpy(r->node_pages, in->node_pages, sizeof(r->node_pages));
	record_end(t);
}

static void emit_bindings(struct emitter *t, const struct gm_vm *vm)
{
	for (size_t i = 0; i < vm->bindings.nr; i++) {
		const struct gm_binding *b = vm->bindings.at[i];
		struct gm_rec_binding *r = record_begin(t, GM_K_BINDING);

		r->h.ts_ns = b->since_ns;
		r->vm = vm->id;
		r->file = b->file ? b->file->id : 0;
		r->inode = b->file && b->file->inode ? b->file->inode->id : 0;
		r->slot = b->slot;
		r->base_gfn = b->base_gfn;
		r->npages = b->npages;
		r->pgoff = b->pgoff;
		record_end(t);
	}
}

static void emit_objects(struct emitter *t)
{
	const struct gm_model *m = t->m;

	emit_scan(t, GM_SCAN_OBJECTS, GM_SCAN_BEGIN, m->now_ns);
	for (size_t i = 0; i < m->vms.nr; i++)
		emit_vm(t, m->vms.at[i]);
	for (size_t i = 0; i < m->files.nr; i++)
		emit_file(t, m->files.at[i]);
	for (size_t i = 0; i < m->inodes.nr; i++)
		emit_inode(t, m->inodes.at[i]);
	for (size_t i = 0; i < m->vms.nr; i++)
		emit_bindings(t, m->vms.at[i]);
	emit_scan(t, GM_SCAN_OBJECTS, GM_SCAN_END, m->now_ns);
}

/* Write the last complete scan of tasks with its own time: it covers no object that was created since then. */
static void emit_pins(struct emitter *t)
{
	const struct gm_model *m = t->m;

	if (!m->pins_ns)
		return;
	emit_scan(t, GM_SCAN_TASKS, GM_SCAN_BEGIN, m->pins_ns);
	for (size_t i = 0; i < m->pins.nr; i++) {
		const struct gm_pin *p = m->pins.at[i];
		struct gm_rec_pin *r = record_begin(t, GM_K_PIN);

		r->h.ts_ns = p->since_ns;
		r->what = p->what;
		r->vm = p->vm;
		r->file = p->file;
		r->inode = p->inode;
		r->tgid = p->tgid;
		r->fd = p->fd;
		r->npages = p->npages;
		memcpy(r->comm, p->comm, sizeof(r->comm));
		record_end(t);
	}
	emit_scan(t, GM_SCAN_TASKS, GM_SCAN_END, m->now_ns);
}

int gm_model_emit_keyframe(const struct gm_model *m, int (*fn)(void *arg, const union gm_any *rec), void *arg)
{
	struct emitter t = { .m = m, .fn = fn, .arg = arg };

	emit_edge(&t, GM_KEYFRAME_BEGIN);
	emit_meta(&t);
	emit_host(&t);
	emit_procs(&t);
	emit_objects(&t);
	emit_pins(&t);
	emit_edge(&t, GM_KEYFRAME_END);
	return t.err;
}

/* ---- beginning with a keyframe ---- */

static void reset_ops(struct gm_model *m)
{
	for (unsigned int p = 0; p < GM_PHASE_NR; p++) {
		struct gm_ops *base = &m->ops_base[p];

		/* Operations in progress count as seen from here on: they end later. */
		*base = m->ops_reported[p];
		base->seen -= gm_ops_under_way(base);
		m->ops[p] = (struct gm_ops){ .seen = m->ops_reported[p].seen - base->seen };
	}
}

static void reset_inodes(struct gm_model *m)
{
	for (size_t i = 0; i < m->inodes.nr; i++) {
		struct gm_inode *in = m->inodes.at[i];

		in->base[0] += in->allocated_pages;
		in->base[1] += in->freed_pages;
		in->allocated_pages = in->freed_pages = 0;
		in->owed[0] = in->owed[1] = 0;
	}
}

/* The keyframe has set the state; counts start here. */
static int reset_counts(struct gm_model *m)
{
	reset_ops(m);
	reset_inodes(m);
	for (size_t i = 0; i < m->losses.nr; i++)
		reset_loss(m->losses.at[i]);
	for (size_t i = 0; i < m->vms.nr; i++)
		memset(&((struct gm_vm *)m->vms.at[i])->counts, 0, sizeof(m->counts));
	for (size_t i = 0; i < m->machines.nr; i++)
		memset(&((struct gm_machine *)m->machines.at[i])->counts, 0, sizeof(m->counts));
	memset(&m->counts, 0, sizeof(m->counts));
	m->lost = m->dead_vms = m->dead_inodes = 0;
	m->windowed = true;
	return 0;
}

int gm_apply_KEYFRAME(struct gm_model *m, const struct gm_rec_keyframe *r)
{
	return r->edge == GM_KEYFRAME_END ? reset_counts(m) : 0;
}
