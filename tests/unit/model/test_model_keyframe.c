// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of keyframes: one model gets all records; another one gets a keyframe that the first one wrote on the way, and
 * the records after it. Both have the same objects, and the second one has counted the difference.
 */
#include <errno.h>
#include "fixture/model_world.h"
#include "model/reboot.h"

#define STEPS	2000

/* ---- random records ---- */

struct life {
	uint64_t seed, ns;
	union gm_any *at;
	size_t nr;
	struct vm { uint32_t id, tgid, file, inode; bool bound; uint64_t allocated, freed; } vm[6];
	uint32_t next, walks;
	uint64_t lost;
	struct gm_ops ops;
};

static union gm_any *add(struct life *l, unsigned int kind)
{
	union gm_any *r = &l->at[l->nr++];

	memset(r, 0, sizeof(*r));
	gm_rec_init(&r->h, kind, l->ns += 1000 + unit_random(&l->seed) % 1000000);
	return r;
}

static union gm_any *add_ev(struct life *l, unsigned int kind, const struct vm *v)
{
	union gm_any *r = add(l, kind);

	r->ev.dur_ns = 500 + unit_random(&l->seed) % 5000;
	r->ev.self_ns = r->ev.dur_ns;
	r->ev.vm = v->id;
	r->ev.file = v->file;
	r->ev.inode = v->inode;
	r->ev.tgid = r->ev.tid = v->tgid;
	return r;
}

static void birth(struct life *l, struct vm *v)
{
	union gm_any *r;

	*v = (struct vm){ .id = ++l->next, .tgid = 100 + l->next % 7 };
	r = add(l, GM_K_PROC);
	r->as_PROC.tgid = v->tgid;
	r->as_PROC.start_ticks = 5;
	memcpy(r->as_PROC.comm, "vmm", 4);
	r->as_PROC.cmdline_len = (uint32_t)snprintf(r->as_PROC.cmdline, 100, "vmm%c-name%cm%u", 0, 0, v->tgid) + 1;
	add_ev(l, GM_K_VM_CREATE, v);
	v->file = v->inode = v->id;
	r = add_ev(l, GM_K_CREATE, v);
	r->as_CREATE.size_bytes = 1 << 20;
	r->as_CREATE.ino = 1000 + v->id;
}

static void death(struct life *l, struct vm *v)
{
	union gm_any *r = add_ev(l, GM_K_RELEASE, v);

	r->as_RELEASE.allocated_pages = v->allocated;
	r->as_RELEASE.freed_pages = v->freed;
	r->as_RELEASE.pages = v->allocated - v->freed;
	if (unit_random(&l->seed) % 4) {
		r = add_ev(l, GM_K_EVICT, v);
		r->as_EVICT.allocated_pages = v->allocated;
		r->as_EVICT.freed_pages = v->allocated;
	}
	add_ev(l, GM_K_VM_DESTROY, v);
	*v = (struct vm){ 0 };
}

static void turn_binding(struct life *l, struct vm *v)
{
	union gm_any *r = add_ev(l, v->bound ? GM_K_UNBIND : GM_K_BIND, v);

	r->as_BIND.slot = 3;
	r->as_BIND.npages = 256;
	r->as_BIND.base_gfn = 0x100;
	v->bound = !v->bound;
}

static void walk(struct life *l)
{
	union gm_any *r = add(l, GM_K_SCAN);

	r->as_SCAN.what = GM_SCAN_TASKS;
	r->as_SCAN.edge = GM_SCAN_BEGIN;
	for (size_t i = 0; i < 6; i++) {
		if (!l->vm[i].id || unit_random(&l->seed) % 3 == 0)
			continue;
		r = add(l, GM_K_PIN);
		r->as_PIN.what = GM_PIN_FD;
		r->as_PIN.tgid = l->vm[i].tgid;
		r->as_PIN.fd = (int32_t)i;
		r->as_PIN.file = l->vm[i].file;
		r->as_PIN.inode = l->vm[i].inode;
		memcpy(r->as_PIN.comm, "vmm", 4);
	}
	r = add(l, GM_K_SCAN);
	r->as_SCAN.what = GM_SCAN_TASKS;
	r->as_SCAN.edge = GM_SCAN_END;
}

static void look_at(struct life *l, struct vm *v)
{
	uint64_t gain = unit_random(&l->seed) % 50, ns = 1000 << unit_random(&l->seed) % 12;
	union gm_any *r;

	v->allocated += gain;
	v->freed += unit_random(&l->seed) % (v->allocated - v->freed + 1);
	r = add(l, GM_K_INODE);
	r->as_INODE = (struct gm_rec_inode){ .h = r->h,
					     .inode = v->inode,
					     .size_bytes = 1 << 20,
					     .counted = 1,
					     .nodes_known = v->inode % 2,
					     .nodes_how = v->inode % 2 ? GM_NODES_BOUND : GM_NODES_SAMPLE,
					     .nodes_error = (v->allocated - v->freed) / 2,
					     .nodes_ns = 7,
					     .resident_pages = v->allocated - v->freed,
					     .allocated_pages = v->allocated,
					     .freed_pages = v->freed,
					     .node_pages = { v->allocated - v->freed } };
	r = add(l, GM_K_HIST);
	r->as_HIST.vm = v->id;
	r->as_HIST.phase = GM_PHASE_GUEST_FAULT;
	r->as_HIST.cells_nr = 1;
	r->as_HIST.cells[0].slot = gm_hist_slot(ns);
	r->as_HIST.cells[0].count = (uint32_t)gain;
	r->as_HIST.sum_ns = gain * ns;
	r->as_HIST.min_ns = 1; /* the least since the start */
	r->as_HIST.max_ns = 1ull << 40;
	l->ops.done += gain;
	l->ops.seen = l->ops.done + unit_random(&l->seed) % 3;
}

static void look(struct life *l)
{
	union gm_any *r;

	if (l->walks++ % 3 == 0)
		walk(l);
	for (size_t i = 0; i < 6; i++)
		if (l->vm[i].id)
			look_at(l, &l->vm[i]);
	r = add(l, GM_K_OPS);
	r->as_OPS = (struct gm_rec_ops){
		.h = r->h, .phase = GM_PHASE_GUEST_FAULT, .seen = l->ops.seen, .done = l->ops.done
	};
	if (unit_random(&l->seed) % 4 == 0) {
		r = add(l, GM_K_LOSS);
		r->as_LOSS.count = l->lost += 3;
		memcpy(r->as_LOSS.what, "ring_full", 10);
		r = add(l, GM_K_LOSS);
		r->as_LOSS.count = l->lost - 1;
		r->as_LOSS.kind = GM_K_PUNCH;
		memcpy(r->as_LOSS.what, "ring_full", 10);
	}
	add(l, GM_K_TICK)->as_TICK.seq = l->walks;
}

static void live(struct life *l, uint64_t seed)
{
	union gm_any *r;

	*l = (struct life){ .seed = seed, .ns = 1000000 };
	l->at = calloc(STEPS * 24, sizeof(*l->at));
	assert_non_null(l->at);
	r = add(l, GM_K_META);
	r->as_META.page_size = 4096;
	r->as_META.real_ns = 1700000000ull * 1000000000ull;
	r->as_META.nodes = 1;
	r = add(l, GM_K_PROBE);
	memcpy(r->as_PROBE.probe, "guest_fault", 12);
	r->as_PROBE.state = GM_PROBE_ATTACHED;
	r->as_PROBE.phases = 1u << GM_PHASE_GUEST_FAULT;
	for (size_t i = 0; i < STEPS / 10; i++) {
		struct vm *v = &l->vm[unit_random(&l->seed) % 6];
		unsigned int what = unit_random(&l->seed) % 10;

		if (!v->id)
			birth(l, v);
		else if (what == 0)
			death(l, v);
		else if (what < 4)
			turn_binding(l, v);
		else
			look(l);
	}
}

/* ---- two models ---- */

static int learn(void *arg, const union gm_any *rec)
{
	return gm_model_apply(arg, rec);
}

static void same_inode(const struct gm_model *b, const struct gm_inode *x)
{
	const struct gm_inode *y = gm_model_inode(b, x->id);

	assert_non_null(y);
	assert_int_equal(x->size_bytes, y->size_bytes);
	assert_int_equal(x->resident_pages, y->resident_pages);
	assert_int_equal(x->born_ns, y->born_ns);
	assert_int_equal(x->ino, y->ino);
	assert_int_equal(x->node_pages[0], y->node_pages[0]);
	assert_int_equal(x->nodes_known, y->nodes_known);
	assert_int_equal(x->nodes_error, y->nodes_error);
	assert_int_equal(x->nodes_ns, y->nodes_ns);
	assert_int_equal(x->nodes_how, y->nodes_how);
	assert_int_equal(x->counted, y->counted);
	assert_int_equal(x->files.nr, y->files.nr);
	assert_int_equal(x->pins.nr, y->pins.nr);
	assert_int_equal(x->vm ? x->vm->id : 0, y->vm ? y->vm->id : 0);
	assert_int_equal(x->base[0] + x->allocated_pages, y->base[0] + y->allocated_pages);
	assert_int_equal(x->base[1] + x->freed_pages, y->base[1] + y->freed_pages);
}

static void same_vm(const struct gm_model *b, const struct gm_vm *x)
{
	const struct gm_vm *y = gm_model_vm(b, x->id);

	assert_non_null(y);
	assert_int_equal(x->tgid, y->tgid);
	assert_int_equal(x->born_ns, y->born_ns);
	assert_int_equal(y->dead_ns, 0);
	assert_string_equal(x->machine->key, y->machine->key);
	assert_string_equal(x->machine->name, y->machine->name);
	assert_int_equal(x->bindings.nr, y->bindings.nr);
	for (size_t i = 0; i < x->bindings.nr; i++) {
		const struct gm_binding *p = x->bindings.at[i], *q = y->bindings.at[i];

		assert_int_equal(p->slot, q->slot);
		assert_int_equal(p->npages, q->npages);
		assert_int_equal(p->since_ns, q->since_ns);
		assert_int_equal(p->file ? p->file->id : 0, q->file ? q->file->id : 0);
	}
}

static size_t alive(const struct gm_vec *v, bool vms)
{
	size_t n = 0;

	for (size_t i = 0; i < v->nr; i++)
		n += vms ? !((struct gm_vm *)v->at[i])->dead_ns : !((struct gm_inode *)v->at[i])->dead_ns;
	return n;
}

static void same_objects(const struct gm_model *a, const struct gm_model *b)
{
	for (size_t i = 0; i < a->vms.nr; i++)
		if (!((struct gm_vm *)a->vms.at[i])->dead_ns)
			same_vm(b, a->vms.at[i]);
	for (size_t i = 0; i < a->inodes.nr; i++)
		if (!((struct gm_inode *)a->inodes.at[i])->dead_ns)
			same_inode(b, a->inodes.at[i]);
	assert_int_equal(alive(&a->vms, true), alive(&b->vms, true));
	assert_int_equal(alive(&a->inodes, false), alive(&b->inodes, false));
	assert_int_equal(a->pins.nr, b->pins.nr);
	assert_int_equal(a->pins_ns, b->pins_ns);
	assert_int_equal(a->meta.real_ns - a->meta.h.ts_ns, b->meta.real_ns - b->meta.h.ts_ns);
	assert_int_equal(a->probes.nr, b->probes.nr);
	check_model(b);
}

/* A model's counts, to compare differences. */
struct counted {
	struct gm_counts counts;
	uint64_t faults, sum_ns, lost, dead;
	struct gm_ops ops;
};

static struct counted counts_of(const struct gm_model *m)
{
	const struct gm_hist *h = m->total[GM_PHASE_GUEST_FAULT];

	return (struct counted){ .counts = m->counts,
				 .faults = count_of(h),
				 .sum_ns = h ? h->sum_ns : 0,
				 .lost = m->lost,
				 .dead = m->dead_vms,
				 .ops = m->ops[GM_PHASE_GUEST_FAULT] };
}

static void differs_by(const struct counted *was, const struct counted *is, const struct counted *window)
{
	assert_int_equal(is->counts.allocated_pages - was->counts.allocated_pages, window->counts.allocated_pages);
	assert_int_equal(is->counts.freed_pages - was->counts.freed_pages, window->counts.freed_pages);
	for (size_t k = 0; k < GM_K_MAX; k++)
		assert_int_equal(is->counts.events[k] - was->counts.events[k], window->counts.events[k]);
	assert_int_equal(is->faults - was->faults, window->faults);
	assert_int_equal(is->sum_ns - was->sum_ns, window->sum_ns);
	assert_int_equal(is->lost - was->lost, window->lost);
	assert_int_equal(is->dead - was->dead, window->dead);
	assert_int_equal(is->ops.done - was->ops.done, window->ops.done);
	/* Operations that began before the window and end in it count as seen in the window. */
	assert_int_equal(is->ops.seen - was->ops.done, window->ops.seen);
	assert_int_equal(gm_ops_under_way(&is->ops), gm_ops_under_way(&window->ops));
}

static void cut_at(const struct life *l, size_t cut)
{
	struct counted was, is, window;
	struct gm_model *a, *b;

	assert_int_equal(gm_model_new(&a), 0);
	assert_int_equal(gm_model_new(&b), 0);
	for (size_t i = 0; i < cut; i++)
		assert_int_equal(gm_model_apply(a, &l->at[i]), 0);
	assert_int_equal(gm_model_emit_keyframe(a, learn, b), 0);
	same_objects(a, b);
	was = counts_of(a);
	window = counts_of(b);
	assert_int_equal(window.counts.allocated_pages + window.faults + window.lost + window.dead + window.ops.done,
			 0);
	for (size_t i = cut; i < l->nr; i++) {
		assert_int_equal(gm_model_apply(a, &l->at[i]), 0);
		assert_int_equal(gm_model_apply(b, &l->at[i]), 0);
	}
	same_objects(a, b);
	is = counts_of(a);
	window = counts_of(b);
	differs_by(&was, &is, &window);
	gm_model_free(a);
	gm_model_free(b);
}

/*
 * Returns true inside of a task scan, where no keyframe may be: it would have the last complete scan, and only a part
 * of this one would follow.
 */
static bool in_walk(const struct life *l, size_t at)
{
	while (at-- > 0)
		if (l->at[at].h.kind == GM_K_SCAN)
			return l->at[at].as_SCAN.edge == GM_SCAN_BEGIN;
	return false;
}

static void test_anywhere(void **state)
{
	struct life l;

	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		live(&l, seed * 7919);
		for (size_t cut = 2; cut < l.nr; cut += 1 + unit_random(&l.seed) % 23)
			if (!in_walk(&l, cut))
				cut_at(&l, cut);
		free(l.at);
	}
}

/* A keyframe of a model that began with a keyframe. */
static void test_twice(void **state)
{
	struct gm_model *a, *b, *c;
	struct life l;
	size_t i;

	(void)state;
	live(&l, 4711);
	gm_model_new(&a);
	gm_model_new(&b);
	gm_model_new(&c);
	for (i = 0; i < l.nr / 3; i++)
		gm_model_apply(a, &l.at[i]);
	gm_model_emit_keyframe(a, learn, b);
	for (; i < 2 * l.nr / 3 || in_walk(&l, i); i++) {
		gm_model_apply(a, &l.at[i]);
		gm_model_apply(b, &l.at[i]);
	}
	gm_model_emit_keyframe(b, learn, c);
	same_objects(b, c);
	same_objects(a, c);
	assert_int_equal(counts_of(c).faults, 0);
	gm_model_free(a);
	gm_model_free(b);
	gm_model_free(c);
	free(l.at);
}

/* The window's least and largest value are bounds from its gains, not those since the start. */
static void test_min_and_max(void **state)
{
	struct world *w = *state;
	struct gm_model *b;

	hist(w, 1, GM_PHASE_ZERO, 5, 1000);
	assert_int_equal(gm_model_new(&b), 0);
	assert_int_equal(gm_model_emit_keyframe(w->m, learn, b), 0);
	assert_null(b->total[GM_PHASE_ZERO]);
	{
		union gm_any rec = make(w, GM_K_HIST);

		rec.as_HIST.vm = 1;
		rec.as_HIST.phase = GM_PHASE_ZERO;
		rec.as_HIST.cells_nr = 1;
		rec.as_HIST.cells[0].slot = gm_hist_slot(50000);
		rec.as_HIST.cells[0].count = 2;
		rec.as_HIST.sum_ns = 100000;
		rec.as_HIST.min_ns = 1000;
		rec.as_HIST.max_ns = 7000000;
		assert_int_equal(gm_model_apply(b, &rec), 0);
	}
	assert_true(b->total[GM_PHASE_ZERO]->min_ns <= 50000 && b->total[GM_PHASE_ZERO]->min_ns > 45000);
	assert_true(b->total[GM_PHASE_ZERO]->max_ns >= 50000 && b->total[GM_PHASE_ZERO]->max_ns < 55000);
	gm_model_free(b);
}

/*
 * Memory that outlives its VM: the keyframe has the ended VM, which owned the memory; its end is not in the window.
 */
static void test_orphan(void **state)
{
	struct world *w = *state;
	const struct gm_inode *in;
	struct gm_model *b;

	proc(w, 77, 5, "web-1");
	vm_create(w, 1, 77);
	file_state(w, 1, 1, 1);
	inode_state(w, 1, 16, 16, 0);
	ev(w, GM_K_RELEASE, 1, 1, 1);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	assert_int_equal(gm_model_new(&b), 0);
	assert_int_equal(gm_model_emit_keyframe(w->m, learn, b), 0);
	in = gm_model_inode(b, 1);
	assert_non_null(in);
	assert_int_equal(in->resident_pages, 16);
	assert_non_null(in->vm);
	assert_true(in->vm->dead_ns != 0);
	assert_string_equal(in->vm->machine->name, "web-1");
	assert_int_equal(b->dead_vms, 0);
	assert_int_equal(b->counts.events[GM_K_VM_DESTROY], 0);
	gm_model_free(b);
}

/* An ended VM without a keyframe around it, as in a merge, is not an end in this session. */
static void test_ended_before(void **state)
{
	struct world *w = *state;
	union gm_any rec = make(w, GM_K_VM);

	assert_int_equal(gm_model_keep_reboots(w->m), 0);
	rec.as_VM.vm = 4;
	rec.as_VM.flags = GM_OBJ_DEAD | GM_OBJ_OLD;
	put(w, &rec);
	put(w, &rec);
	assert_true(gm_model_vm(w->m, 4)->dead_ns != 0);
	assert_int_equal(w->m->dead_vms, 0);
	/* Another VM followed it before the session: no reboot of this session. */
	proc(w, 70, 5, "web");
	rec = make(w, GM_K_VM);
	rec.as_VM.vm = 5;
	rec.as_VM.tgid = 70;
	rec.as_VM.flags = GM_OBJ_DEAD | GM_OBJ_OLD;
	put(w, &rec);
	file_state(w, 5, 5, 5);
	vm_state(w, 6, 70);
	file_state(w, 6, 6, 6);
	assert_int_equal(gm_machine_reboots(gm_model_vm(w->m, 6)->machine), 0);
	rec = make(w, GM_K_INODE);
	rec.as_INODE.inode = 4;
	rec.as_INODE.flags = GM_OBJ_DEAD | GM_OBJ_OLD;
	put(w, &rec);
	assert_int_equal(w->m->dead_inodes, 0);
	assert_true(gm_model_inode(w->m, 4)->dead_ns != 0);
}

static int refuse(void *arg, const union gm_any *rec)
{
	(void)rec;
	return --*(int *)arg ? 0 : -ENOSPC;
}

static void test_error(void **state)
{
	struct world *w = *state;
	int left = 3;

	vm_create(w, 1, 77);
	assert_int_equal(gm_model_emit_keyframe(w->m, refuse, &left), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_anywhere),
		cmocka_unit_test(test_twice),
		cmocka_unit_test_setup_teardown(test_min_and_max, setup, teardown),
		cmocka_unit_test_setup_teardown(test_orphan, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ended_before, setup, teardown),
		cmocka_unit_test_setup_teardown(test_error, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
