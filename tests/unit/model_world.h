/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * model_world.h - a model under test: records made by hand, put in one at a time, and the links that must
 * hold whatever was put. Each test has a world of its own; its teardown checks them.
 */
#ifndef GM_TESTS_MODEL_WORLD_H
#define GM_TESTS_MODEL_WORLD_H

#include "unit.h"
#include <stdlib.h>
#include "base/vec.h"
#include "model/model.h"

struct world {
	struct gm_model *m;
	uint64_t ns;		/* time of the next record */
};

/* ---- making records ---- */

static inline void put(struct world *w, union gm_any *rec)
{
	assert_int_equal(gm_model_apply(w->m, rec), 0);
}

static inline union gm_any make(const struct world *w, unsigned int kind)
{
	union gm_any rec;

	memset(&rec, 0, sizeof(rec));
	gm_rec_init(&rec.h, kind, w->ns);
	return rec;
}

static inline union gm_any make_ev(const struct world *w, unsigned int kind, uint32_t vm, uint32_t file, uint32_t inode)
{
	union gm_any rec = make(w, kind);

	rec.ev.vm = vm;
	rec.ev.file = file;
	rec.ev.inode = inode;
	rec.ev.dur_ns = 2000;
	rec.ev.self_ns = 1000;
	return rec;
}

static inline void ev(struct world *w, unsigned int kind, uint32_t vm, uint32_t file, uint32_t inode)
{
	union gm_any rec = make_ev(w, kind, vm, file, inode);

	put(w, &rec);
}

static inline void vm_create(struct world *w, uint32_t vm, uint32_t tgid)
{
	union gm_any rec = make_ev(w, GM_K_VM_CREATE, vm, 0, 0);

	rec.ev.tgid = tgid;
	memcpy(rec.ev.comm, "vmm", 4);
	put(w, &rec);
}

static inline void vm_state(struct world *w, uint32_t vm, uint32_t tgid)
{
	union gm_any rec = make(w, GM_K_VM);

	rec.as_VM.vm = vm;
	rec.as_VM.tgid = tgid;
	put(w, &rec);
}

static inline void inode_state(struct world *w, uint32_t inode, uint64_t resident, uint64_t allocated, uint64_t freed)
{
	union gm_any rec = make(w, GM_K_INODE);

	rec.as_INODE.inode = inode;
	rec.as_INODE.size_bytes = 1 << 20;
	rec.as_INODE.resident_pages = resident;
	rec.as_INODE.allocated_pages = allocated;
	rec.as_INODE.freed_pages = freed;
	rec.as_INODE.counted = 1;
	rec.as_INODE.nodes_known = 1;
	rec.as_INODE.node_pages[1] = resident;
	put(w, &rec);
}

static inline void file_state(struct world *w, uint32_t file, uint32_t inode, uint32_t vm)
{
	union gm_any rec = make(w, GM_K_FILE);

	rec.as_FILE.file = file;
	rec.as_FILE.inode = inode;
	rec.as_FILE.vm = vm;
	put(w, &rec);
}

static inline void range(struct world *w, unsigned int kind, uint32_t vm, uint32_t file, uint32_t inode, uint32_t slot,
			 uint64_t pgoff, uint32_t flags)
{
	union gm_any rec = make_ev(w, kind, vm, file, inode);

	rec.as_BIND.slot = slot;
	rec.as_BIND.pgoff = pgoff;
	rec.as_BIND.npages = 16;
	rec.as_BIND.base_gfn = 0x100 + pgoff;
	rec.ev.flags = flags;
	put(w, &rec);
}

static inline void bind(struct world *w, uint32_t vm, uint32_t file, uint32_t inode, uint32_t slot)
{
	range(w, GM_K_BIND, vm, file, inode, slot, slot * 16, 0);
}

static inline void unbind(struct world *w, uint32_t vm, uint32_t file, uint32_t inode, uint32_t slot)
{
	range(w, GM_K_UNBIND, vm, file, inode, slot, slot * 16, 0);
}

static inline void evict(struct world *w, uint32_t vm, uint32_t inode, uint64_t allocated, uint64_t freed)
{
	union gm_any rec = make_ev(w, GM_K_EVICT, vm, 0, inode);

	rec.as_EVICT.allocated_pages = allocated;
	rec.as_EVICT.freed_pages = freed;
	put(w, &rec);
}

static inline void proc(struct world *w, uint32_t tgid, uint64_t start, const char *name)
{
	union gm_any rec = make(w, GM_K_PROC);

	rec.as_PROC.tgid = tgid;
	rec.as_PROC.start_ticks = start;
	memcpy(rec.as_PROC.comm, "vmm", 4);
	if (name)
		rec.as_PROC.cmdline_len = (uint32_t)snprintf(rec.as_PROC.cmdline, sizeof(rec.as_PROC.cmdline),
							     "vmm%c-name%c%s", 0, 0, name) +
					  1;
	put(w, &rec);
}

static inline void hist(struct world *w, uint32_t vm, unsigned int phase, uint32_t count, uint64_t ns)
{
	union gm_any rec = make(w, GM_K_HIST);

	rec.as_HIST.vm = vm;
	rec.as_HIST.phase = phase;
	rec.as_HIST.cells_nr = 1;
	rec.as_HIST.cells[0].slot = gm_hist_slot(ns);
	rec.as_HIST.cells[0].count = count;
	rec.as_HIST.sum_ns = count * ns;
	rec.as_HIST.min_ns = rec.as_HIST.max_ns = ns;
	put(w, &rec);
}

static inline void tick(struct world *w)
{
	union gm_any rec = make(w, GM_K_TICK);

	put(w, &rec);
}

static inline void scan(struct world *w, uint32_t what, uint32_t edge)
{
	union gm_any rec = make(w, GM_K_SCAN);

	rec.as_SCAN.what = what;
	rec.as_SCAN.edge = edge;
	put(w, &rec);
}

static inline void pin(struct world *w, uint32_t what, uint32_t tgid, int32_t fd, uint32_t file, uint32_t inode)
{
	union gm_any rec = make(w, GM_K_PIN);

	rec.as_PIN.what = what;
	rec.as_PIN.tgid = tgid;
	rec.as_PIN.fd = fd;
	rec.as_PIN.file = file;
	rec.as_PIN.inode = inode;
	memcpy(rec.as_PIN.comm,
	       "a\x1b"
	       "b",
	       4);
	put(w, &rec);
}

static inline void probe(struct world *w, const char *name, uint32_t state, uint32_t phases, const char *why)
{
	union gm_any rec = make(w, GM_K_PROBE);

	snprintf(rec.as_PROBE.probe, sizeof(rec.as_PROBE.probe), "%s", name);
	snprintf(rec.as_PROBE.why, sizeof(rec.as_PROBE.why), "%s", why);
	rec.as_PROBE.state = state;
	rec.as_PROBE.phases = phases;
	rec.as_PROBE.err = state == GM_PROBE_REFUSED ? -22 : 0;
	put(w, &rec);
}

static inline void loss_of(struct world *w, const char *what, uint32_t kind, uint64_t count)
{
	union gm_any rec = make(w, GM_K_LOSS);

	snprintf(rec.as_LOSS.what, sizeof(rec.as_LOSS.what), "%s", what);
	rec.as_LOSS.kind = kind;
	rec.as_LOSS.count = count;
	put(w, &rec);
}

static inline void loss(struct world *w, const char *what, uint64_t count)
{
	loss_of(w, what, 0, count);
}

/* ---- what must hold whatever was applied ---- */

static inline size_t times_in(const struct gm_vec *v, const void *p)
{
	size_t n = 0;

	for (size_t i = 0; i < v->nr; i++)
		n += v->at[i] == p;
	return n;
}

static inline void check_file(const struct gm_model *m, const struct gm_file *f)
{
	assert_ptr_equal(gm_model_file(m, f->id), f);
	assert_int_equal(times_in(&m->file_tombs, f), !!f->dead_ns);
	if (f->vm) {
		assert_ptr_equal(gm_model_vm(m, f->vm->id), f->vm);
		assert_int_equal(times_in(&f->vm->files, f), 1);
	}
	if (f->inode) {
		assert_ptr_equal(gm_model_inode(m, f->inode->id), f->inode);
		assert_int_equal(times_in(&f->inode->files, f), !f->dead_ns);
		assert_int_equal(times_in(&f->inode->views, f), 1);
		assert_true(f->dead_ns || !f->inode->dead_ns);
	}
}

static inline void check_vm(const struct gm_model *m, const struct gm_vm *vm)
{
	assert_ptr_equal(gm_model_vm(m, vm->id), vm);
	assert_non_null(vm->machine);
	assert_int_equal(times_in(&m->machines, vm->machine), 1);
	assert_int_equal(times_in(&vm->machine->vms, vm), 1);
	assert_int_equal(times_in(&m->vm_tombs, vm), !!vm->dead_ns);
	assert_true(!vm->dead_ns || !vm->bindings.nr);
	for (size_t i = 0; i < vm->files.nr; i++) {
		const struct gm_file *f = vm->files.at[i];

		assert_ptr_equal(f->vm, vm);
		assert_int_equal(times_in(&m->files, f), 1);
	}
	for (size_t i = 0; i < vm->bindings.nr; i++) {
		const struct gm_binding *b = vm->bindings.at[i];

		assert_ptr_equal(b->vm, vm);
		assert_true(!b->file || (times_in(&m->files, b->file) && !b->file->dead_ns));
	}
}

static inline void check_inode(const struct gm_model *m, const struct gm_inode *in)
{
	assert_ptr_equal(gm_model_inode(m, in->id), in);
	assert_int_equal(times_in(&m->inode_tombs, in), !!in->dead_ns);
	assert_true(!in->vm || times_in(&m->vms, in->vm));
	assert_true(!in->dead_ns || (!in->resident_pages && !in->files.nr && !in->pins.nr));
	for (size_t i = 0; i < in->views.nr; i++)
		assert_int_equal(times_in(&m->files, in->views.at[i]), 1);
	for (size_t i = 0; i < in->pins.nr; i++)
		assert_int_equal(times_in(&m->pins, in->pins.at[i]), 1);
}

static inline void check_machine(const struct gm_model *m, const struct gm_machine *mc)
{
	assert_true(mc->vms.nr > 0);
	assert_null(mc->joined);
	assert_true(mc->key[0] && mc->name[0]);
	for (size_t i = 0; i < mc->vms.nr; i++)
		assert_ptr_equal(((struct gm_vm *)mc->vms.at[i])->machine, mc);
	for (size_t i = 0; i < m->machines.nr; i++) {
		const struct gm_machine *other = m->machines.at[i];

		assert_true(other == mc || (strcmp(other->key, mc->key) && other->id != mc->id));
	}
}

static inline void check_model(const struct gm_model *m)
{
	assert_int_equal(m->vm_by_id.nr, m->vms.nr);
	assert_int_equal(m->inode_by_id.nr, m->inodes.nr);
	assert_int_equal(m->file_by_id.nr, m->files.nr);
	assert_true(m->vm_tombs.nr <= GM_MODEL_TOMBS && m->inode_tombs.nr <= GM_MODEL_TOMBS);
	assert_true(m->file_tombs.nr <= GM_MODEL_TOMBS && m->joined.nr <= GM_MODEL_TOMBS);
	for (size_t i = 0; i < m->vms.nr; i++)
		check_vm(m, m->vms.at[i]);
	for (size_t i = 0; i < m->inodes.nr; i++)
		check_inode(m, m->inodes.at[i]);
	for (size_t i = 0; i < m->files.nr; i++)
		check_file(m, m->files.at[i]);
	for (size_t i = 0; i < m->machines.nr; i++)
		check_machine(m, m->machines.at[i]);
	for (size_t i = 0; i < m->joined.nr; i++) {
		const struct gm_machine *to = m->joined.at[i];

		while (to->joined)
			to = to->joined;
		assert_int_equal(times_in(&m->machines, to), 1);
	}
}

static inline int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w || gm_model_new(&w->m))
		return -1;
	w->ns = 1000;
	*state = w;
	return 0;
}

static inline int teardown(void **state)
{
	struct world *w = *state;

	check_model(w->m);
	gm_model_free(w->m);
	free(w);
	return 0;
}

static inline uint64_t count_of(const struct gm_hist *h)
{
	return h ? h->count : 0;
}

#define MODEL_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static inline uint32_t small_id(uint64_t *rnd, uint32_t base)
{
	return unit_random(rnd) % 8 ? base + (uint32_t)(unit_random(rnd) % 12) : 0;
}

static inline void random_record(struct world *w, uint64_t *rnd, uint32_t base)
{
	uint32_t vm = small_id(rnd, base), file = small_id(rnd, base), inode = small_id(rnd, base);
	uint32_t kind = 1 + (uint32_t)(unit_random(rnd) % (GM_K_MAX - 1));
	uint32_t tgid = (uint32_t)(unit_random(rnd) % 6);
	static const char *const names[] = { "a", "b", "c", NULL };

	w->ns += unit_random(rnd) % 100;
	switch (unit_random(rnd) % 15) {
	case 0: vm_create(w, vm, tgid); break;
	case 1: vm_state(w, vm, tgid); break;
	case 2: inode_state(w, inode, unit_random(rnd) % 9, unit_random(rnd) % 99, unit_random(rnd) % 99); break;
	case 3: file_state(w, file, inode, vm); break;
	case 4: bind(w, vm, file, inode, unit_random(rnd) % 3); break;
	case 5: unbind(w, vm, file, inode, unit_random(rnd) % 3); break;
	case 6: proc(w, tgid, unit_random(rnd) % 3, names[unit_random(rnd) % 4]); break;
	case 7: pin(w, 1 + unit_random(rnd) % 5, tgid, unit_random(rnd) % 3, file, inode); break;
	case 8: scan(w, GM_SCAN_TASKS, 1 + unit_random(rnd) % 2); break;
	case 9: hist(w, vm, unit_random(rnd) % GM_PHASE_NR, 3, unit_random(rnd) % 100000); break;
	case 10: ev(w, GM_K_VM_DESTROY, vm, 0, 0); break;
	case 11: ev(w, GM_K_RELEASE, vm, file, inode); break;
	case 12: evict(w, vm, inode, unit_random(rnd) % 99, unit_random(rnd) % 99); break;
	default:
		if (gm_kind_is_event(kind) && gm_kind_name(kind))
			ev(w, kind, vm, file, inode);
		else
			tick(w);
	}
}

#endif
