// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * user/model: records made by hand go in, and what views will read is looked at. Every test ends by checking
 * that the model's lists and links agree with each other.
 */
#include "unit.h"
#include <stdlib.h>
#include "base/util.h"
#include "model/model.h"

/* ---- making records ---- */

struct world {
	struct gm_model *m;
	uint64_t ns;		/* time of the next record */
};

static void put(struct world *w, union gm_any *rec)
{
	assert_int_equal(gm_model_apply(w->m, rec), 0);
}

static union gm_any make(const struct world *w, unsigned int kind)
{
	union gm_any rec;

	memset(&rec, 0, sizeof(rec));
	gm_rec_init(&rec.h, kind, w->ns);
	return rec;
}

static union gm_any make_ev(const struct world *w, unsigned int kind, uint32_t vm, uint32_t file, uint32_t inode)
{
	union gm_any rec = make(w, kind);

	rec.ev.vm = vm;
	rec.ev.file = file;
	rec.ev.inode = inode;
	rec.ev.dur_ns = 2000;
	rec.ev.self_ns = 1000;
	return rec;
}

static void ev(struct world *w, unsigned int kind, uint32_t vm, uint32_t file, uint32_t inode)
{
	union gm_any rec = make_ev(w, kind, vm, file, inode);

	put(w, &rec);
}

static void vm_create(struct world *w, uint32_t vm, uint32_t tgid)
{
	union gm_any rec = make_ev(w, GM_K_VM_CREATE, vm, 0, 0);

	rec.ev.tgid = tgid;
	memcpy(rec.ev.comm, "vmm", 4);
	put(w, &rec);
}

static void vm_state(struct world *w, uint32_t vm, uint32_t tgid)
{
	union gm_any rec = make(w, GM_K_VM);

	rec.as_VM.vm = vm;
	rec.as_VM.tgid = tgid;
	put(w, &rec);
}

static void inode_state(struct world *w, uint32_t inode, uint64_t resident, uint64_t allocated, uint64_t freed)
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

static void file_state(struct world *w, uint32_t file, uint32_t inode, uint32_t vm)
{
	union gm_any rec = make(w, GM_K_FILE);

	rec.as_FILE.file = file;
	rec.as_FILE.inode = inode;
	rec.as_FILE.vm = vm;
	put(w, &rec);
}

static void range(struct world *w, unsigned int kind, uint32_t vm, uint32_t file, uint32_t inode, uint32_t slot,
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

static void bind(struct world *w, uint32_t vm, uint32_t file, uint32_t inode, uint32_t slot)
{
	range(w, GM_K_BIND, vm, file, inode, slot, slot * 16, 0);
}

static void unbind(struct world *w, uint32_t vm, uint32_t file, uint32_t inode, uint32_t slot)
{
	range(w, GM_K_UNBIND, vm, file, inode, slot, slot * 16, 0);
}

static void evict(struct world *w, uint32_t vm, uint32_t inode, uint64_t allocated, uint64_t freed)
{
	union gm_any rec = make_ev(w, GM_K_EVICT, vm, 0, inode);

	rec.as_EVICT.allocated_pages = allocated;
	rec.as_EVICT.freed_pages = freed;
	put(w, &rec);
}

static void proc(struct world *w, uint32_t tgid, uint64_t start, const char *name)
{
	union gm_any rec = make(w, GM_K_PROC);

	rec.as_PROC.tgid = tgid;
	rec.as_PROC.start_ticks = start;
	memcpy(rec.as_PROC.comm, "vmm", 4);
	if (name)
		rec.as_PROC.cmdline_len = (uint32_t)snprintf(rec.as_PROC.cmdline, sizeof(rec.as_PROC.cmdline),
							     "vmm%c-name%c%s", 0, 0, name) + 1;
	put(w, &rec);
}

static void hist(struct world *w, uint32_t vm, unsigned int phase, uint32_t count, uint64_t ns)
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

static void tick(struct world *w)
{
	union gm_any rec = make(w, GM_K_TICK);

	put(w, &rec);
}

static void scan(struct world *w, uint32_t what, uint32_t edge)
{
	union gm_any rec = make(w, GM_K_SCAN);

	rec.as_SCAN.what = what;
	rec.as_SCAN.edge = edge;
	put(w, &rec);
}

static void pin(struct world *w, uint32_t what, uint32_t tgid, int32_t fd, uint32_t file, uint32_t inode)
{
	union gm_any rec = make(w, GM_K_PIN);

	rec.as_PIN.what = what;
	rec.as_PIN.tgid = tgid;
	rec.as_PIN.fd = fd;
	rec.as_PIN.file = file;
	rec.as_PIN.inode = inode;
	memcpy(rec.as_PIN.comm, "a\x1b" "b", 4);
	put(w, &rec);
}

static void probe(struct world *w, const char *name, uint32_t state, uint32_t phases, const char *why)
{
	union gm_any rec = make(w, GM_K_PROBE);

	snprintf(rec.as_PROBE.probe, sizeof(rec.as_PROBE.probe), "%s", name);
	snprintf(rec.as_PROBE.why, sizeof(rec.as_PROBE.why), "%s", why);
	rec.as_PROBE.state = state;
	rec.as_PROBE.phases = phases;
	rec.as_PROBE.err = state == GM_PROBE_REFUSED ? -22 : 0;
	put(w, &rec);
}

static void loss(struct world *w, const char *what, uint64_t count)
{
	union gm_any rec = make(w, GM_K_LOSS);

	snprintf(rec.as_LOSS.what, sizeof(rec.as_LOSS.what), "%s", what);
	rec.as_LOSS.count = count;
	put(w, &rec);
}

/* ---- what must hold whatever was applied ---- */

static size_t times_in(const struct gm_vec *v, const void *p)
{
	size_t n = 0;

	for (size_t i = 0; i < v->nr; i++)
		n += v->at[i] == p;
	return n;
}

static void check_file(const struct gm_model *m, const struct gm_file *f)
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

static void check_vm(const struct gm_model *m, const struct gm_vm *vm)
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

static void check_inode(const struct gm_model *m, const struct gm_inode *in)
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

static void check_machine(const struct gm_model *m, const struct gm_machine *mc)
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

static void check_model(const struct gm_model *m)
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

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w || gm_model_new(&w->m))
		return -1;
	w->ns = 1000;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	check_model(w->m);
	gm_model_free(w->m);
	free(w);
	return 0;
}

static uint64_t count_of(const struct gm_hist *h)
{
	return h ? h->count : 0;
}

/* ---- a life ---- */

static void test_life(void **state)
{
	struct world *w = *state;
	struct gm_vm *vm;
	struct gm_inode *in;
	struct gm_file *f;

	vm_create(w, 1, 100);
	w->ns = 2000;
	{
		union gm_any rec = make_ev(w, GM_K_CREATE, 1, 1, 1);

		rec.as_CREATE.size_bytes = 4096 * 32;
		rec.as_CREATE.ino = 255;
		rec.as_CREATE.gmem_flags = 1;
		rec.ev.ret = 7;
		put(w, &rec);
	}
	bind(w, 1, 1, 1, 0);
	bind(w, 1, 1, 1, 1);
	vm = gm_model_vm(w->m, 1);
	in = gm_model_inode(w->m, 1);
	f = gm_model_file(w->m, 1);
	assert_true(vm && in && f);
	assert_int_equal(vm->tgid, 100);
	assert_string_equal(vm->comm, "vmm");
	assert_string_equal(vm->machine->key, "proc:100");
	assert_string_equal(vm->machine->name, "vmm-100");
	assert_ptr_equal(f->vm, vm);
	assert_ptr_equal(f->inode, in);
	assert_ptr_equal(in->vm, vm);
	assert_int_equal(in->size_bytes, 4096 * 32);
	assert_int_equal(in->ino, 255);
	assert_int_equal(in->gmem_flags, 1);
	assert_int_equal(vm->bindings.nr, 2);
	check_model(w->m);

	w->ns = 3000;
	unbind(w, 1, 1, 1, 0);
	assert_int_equal(vm->bindings.nr, 1);
	w->ns = 4000;
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	assert_int_equal(vm->dead_ns, 4000);
	assert_int_equal(vm->bindings.nr, 0);
	assert_int_equal(f->dead_ns, 0);
	w->ns = 5000;
	ev(w, GM_K_RELEASE, 1, 1, 1);
	assert_int_equal(f->dead_ns, 5000);
	w->ns = 6000;
	evict(w, 0, 1, 32, 32);
	assert_int_equal(in->dead_ns, 6000);
	assert_int_equal(in->allocated_pages, 32);
	assert_true(in->counted);
	assert_int_equal(w->m->dead_vms, 1);
	assert_int_equal(w->m->dead_inodes, 1);
	/* the eviction is told without a vm, and still is that vm's */
	assert_int_equal(vm->counts.freed_pages, 32);
	assert_int_equal(vm->counts.events[GM_K_EVICT], 1);
	assert_int_equal(count_of(vm->phase[GM_PHASE_FREE]), 1);
	assert_int_equal(w->m->first_ns, 1000);
	assert_int_equal(w->m->now_ns, 6000);
}

static void test_release_drops_bindings(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	bind(w, 1, 1, 1, 0);
	bind(w, 1, 2, 2, 1);
	w->ns = 2000;
	ev(w, GM_K_RELEASE, 1, 1, 1);
	assert_int_equal(gm_model_vm(w->m, 1)->bindings.nr, 1);
	assert_int_equal(((struct gm_binding *)gm_model_vm(w->m, 1)->bindings.at[0])->file->id, 2);
}

static void test_binding_replaced(void **state)
{
	struct world *w = *state;
	const struct gm_binding *b;
	union gm_any rec;

	bind(w, 1, 1, 1, 0);
	w->ns = 2000;
	bind(w, 1, 2, 2, 0);
	b = gm_model_vm(w->m, 1)->bindings.at[0];
	assert_int_equal(gm_model_vm(w->m, 1)->bindings.nr, 1);
	assert_int_equal(b->file->id, 2);
	assert_int_equal(b->since_ns, 2000);

	/* told again by a scan: since when does not change */
	w->ns = 3000;
	rec = make(w, GM_K_BINDING);
	rec.as_BINDING.vm = 1;
	rec.as_BINDING.file = rec.as_BINDING.inode = 2;
	rec.as_BINDING.npages = 16;
	rec.as_BINDING.base_gfn = 0x100;
	put(w, &rec);
	assert_int_equal(b->since_ns, 2000);

	/* events that the scan overtook change nothing */
	w->ns = 1500;
	unbind(w, 1, 1, 1, 0);
	bind(w, 1, 1, 1, 0);
	assert_int_equal(b->file->id, 2);
	assert_int_equal(gm_model_vm(w->m, 1)->bindings.nr, 1);
}

static void test_failed_changes_nothing(void **state)
{
	static const unsigned int kinds[] = { GM_K_VM_CREATE, GM_K_VM_DESTROY, GM_K_CREATE, GM_K_BIND, GM_K_UNBIND,
					      GM_K_RELEASE, GM_K_EVICT, GM_K_FALLOCATE, GM_K_PUNCH };
	struct world *w = *state;
	struct gm_vm *vm;

	vm_create(w, 1, 100);
	bind(w, 1, 1, 1, 5);
	vm = gm_model_vm(w->m, 1);
	for (size_t i = 0; i < GM_ARRAY_SIZE(kinds); i++) {
		union gm_any rec = make_ev(w, kinds[i], 1, 1, 1);

		rec.as_BIND.slot = kinds[i] == GM_K_UNBIND ? 5 : 9;
		rec.ev.ret = -22;
		put(w, &rec);
		rec.ev.vm = rec.ev.file = rec.ev.inode = 50;
		put(w, &rec);
		assert_int_equal(vm->counts.failed[kinds[i]], 1);
		assert_int_equal(vm->machine->counts.failed[kinds[i]], 1);
		assert_int_equal(w->m->counts.failed[kinds[i]], 2);
	}
	assert_int_equal(w->m->counts.events[GM_K_BIND], 3);
	assert_int_equal(vm->dead_ns, 0);
	assert_int_equal(gm_model_inode(w->m, 1)->dead_ns, 0);
	assert_int_equal(gm_model_file(w->m, 1)->dead_ns, 0);
	assert_int_equal(vm->bindings.nr, 1);
	assert_int_equal(count_of(w->m->total[GM_PHASE_BIND]), 1);
	assert_null(w->m->total[GM_PHASE_RELEASE]);
	assert_null(gm_model_vm(w->m, 50));
	assert_null(gm_model_inode(w->m, 50));
	assert_null(gm_model_file(w->m, 50));
}

static void test_id_0(void **state)
{
	struct world *w = *state;

	for (unsigned int kind = 1; kind < GM_K_MAX; kind++) {
		union gm_any rec = make(w, kind);

		if (gm_kind_name(kind))
			put(w, &rec);
	}
	assert_int_equal(w->m->vms.nr + w->m->inodes.nr + w->m->files.nr + w->m->machines.nr, 0);
	assert_int_equal(w->m->proc_by_tgid.nr, 0);
	assert_int_equal(w->m->counts.events[GM_K_BIND], 1);
	assert_null(gm_model_vm(w->m, 0));
}

static void test_unknown_kinds(void **state)
{
	struct world *w = *state;
	union gm_any rec = make(w, GM_K_TICK);

	rec.h.kind = 31;
	put(w, &rec);
	rec.h.kind = GM_K_MAX;
	put(w, &rec);
	rec.h.kind = UINT16_MAX;
	put(w, &rec);
	rec.h.kind = 0;
	put(w, &rec);
	assert_int_equal(w->m->now_ns, 0);
}

/* ---- odd order ---- */

static void test_state_before_create(void **state)
{
	struct world *w = *state;
	struct gm_vm *vm;

	w->ns = 9000;
	inode_state(w, 1, 5, 5, 0);
	file_state(w, 1, 1, 1);
	vm_state(w, 1, 100);
	vm = gm_model_vm(w->m, 1);
	assert_int_equal(vm->counts.allocated_pages, 5);
	assert_int_equal(w->m->machines.nr, 1);
	assert_string_equal(vm->machine->key, "proc:100");
	w->ns = 1000;
	vm_create(w, 1, 100);
	ev(w, GM_K_CREATE, 1, 1, 1);
	assert_int_equal(vm->born_ns, 1000);
	assert_int_equal(gm_model_inode(w->m, 1)->born_ns, 1000);
	assert_int_equal(gm_model_inode(w->m, 1)->resident_pages, 5);
	assert_int_equal(w->m->vms.nr, 1);
	assert_int_equal(w->m->files.nr, 1);
	assert_int_equal(vm->counts.allocated_pages, 5);
}

static void test_death_before_birth(void **state)
{
	struct world *w = *state;

	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	ev(w, GM_K_RELEASE, 1, 1, 1);
	evict(w, 1, 1, 3, 3);
	vm_create(w, 1, 100);
	ev(w, GM_K_CREATE, 1, 1, 1);
	bind(w, 1, 1, 1, 0);
	vm_state(w, 1, 100);
	file_state(w, 1, 1, 1);
	inode_state(w, 1, 5, 3, 2);
	assert_true(gm_model_vm(w->m, 1)->dead_ns);
	assert_true(gm_model_inode(w->m, 1)->dead_ns);
	assert_true(gm_model_file(w->m, 1)->dead_ns);
	assert_int_equal(gm_model_vm(w->m, 1)->bindings.nr, 0);
	assert_int_equal(gm_model_inode(w->m, 1)->resident_pages, 0);
	assert_int_equal(gm_model_inode(w->m, 1)->freed_pages, 3);
}

static void test_double_death(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	bind(w, 1, 1, 1, 0);
	for (int i = 0; i < 3; i++) {
		w->ns += 1000;
		ev(w, GM_K_VM_DESTROY, 1, 0, 0);
		ev(w, GM_K_RELEASE, 1, 1, 1);
		evict(w, 0, 1, 0, 0);
	}
	assert_int_equal(gm_model_vm(w->m, 1)->dead_ns, 2000);
	assert_int_equal(gm_model_file(w->m, 1)->dead_ns, 2000);
	assert_int_equal(gm_model_inode(w->m, 1)->dead_ns, 2000);
	assert_int_equal(w->m->dead_vms, 1);
	assert_int_equal(w->m->dead_inodes, 1);
	assert_int_equal(w->m->vm_tombs.nr, 1);
	w->ns = 0;		/* a death at time 0 is a death */
	ev(w, GM_K_VM_DESTROY, 2, 0, 0);
	assert_true(gm_model_vm(w->m, 2)->dead_ns);
}

/* An eviction whose release was lost, and a view that is told of only then. */
static void test_lost_release(void **state)
{
	struct world *w = *state;

	bind(w, 1, 1, 1, 0);
	evict(w, 0, 1, 0, 0);
	assert_true(gm_model_file(w->m, 1)->dead_ns);
	assert_int_equal(gm_model_vm(w->m, 1)->bindings.nr, 0);
	file_state(w, 2, 1, 1);
	assert_true(gm_model_file(w->m, 2)->dead_ns);
}

/* ---- tombs ---- */

static void test_tombs(void **state)
{
	struct world *w = *state;
	const uint32_t nr = 3000;

	for (uint32_t i = 1; i <= nr; i++) {
		w->ns += 1000;
		vm_create(w, i, i + 10000);
		ev(w, GM_K_CREATE, i, i, i);
		bind(w, i, i, i, 0);
		hist(w, i, GM_PHASE_ALLOC, 2, 5000);
		inode_state(w, i, 7, 7, 0);
	}
	for (uint32_t i = 1; i <= nr; i++) {
		ev(w, GM_K_VM_DESTROY, i, 0, 0);
		ev(w, GM_K_RELEASE, i, i, i);
		evict(w, 0, i, 7, 7);
	}
	assert_int_equal(w->m->vms.nr, GM_MODEL_TOMBS);
	assert_int_equal(w->m->inodes.nr, GM_MODEL_TOMBS);
	assert_int_equal(w->m->files.nr, GM_MODEL_TOMBS);
	assert_int_equal(w->m->machines.nr, GM_MODEL_TOMBS);
	assert_int_equal(w->m->dead_vms, nr);
	assert_int_equal(w->m->dead_inodes, nr);
	assert_null(gm_model_vm(w->m, nr - GM_MODEL_TOMBS));
	assert_non_null(gm_model_vm(w->m, nr - GM_MODEL_TOMBS + 1));
	assert_int_equal(w->m->counts.freed_pages, 7 * nr);
	assert_int_equal(count_of(w->m->total[GM_PHASE_ALLOC]), 2 * nr);

	/* late records revive nothing, and what they count is not lost */
	vm_state(w, 5, 100);
	inode_state(w, 5, 7, 7, 0);
	file_state(w, 5, 5, 5);
	hist(w, 5, GM_PHASE_ALLOC, 1, 5000);
	bind(w, 5, 5, 5, 0);
	assert_null(gm_model_vm(w->m, 5));
	assert_null(gm_model_inode(w->m, 5));
	assert_null(gm_model_file(w->m, 5));
	assert_int_equal(count_of(w->m->total[GM_PHASE_ALLOC]), 2 * nr + 1);
	assert_int_equal(w->m->vms.nr, GM_MODEL_TOMBS);
}

/* The oldest dead goes first, not the lowest id; a live one stays however old. */
static void test_tombs_order(void **state)
{
	struct world *w = *state;

	for (uint32_t i = 1; i <= GM_MODEL_TOMBS + 3; i++)
		vm_create(w, i, 100);
	for (uint32_t i = GM_MODEL_TOMBS + 3; i >= 2; i--)
		ev(w, GM_K_VM_DESTROY, i, 0, 0);
	assert_null(gm_model_vm(w->m, GM_MODEL_TOMBS + 3));
	assert_null(gm_model_vm(w->m, GM_MODEL_TOMBS + 2));
	assert_non_null(gm_model_vm(w->m, GM_MODEL_TOMBS + 1));
	assert_non_null(gm_model_vm(w->m, 2));
	assert_int_equal(gm_model_vm(w->m, 1)->dead_ns, 0);
	assert_int_equal(w->m->machines.nr, 1);
	assert_int_equal(((struct gm_machine *)w->m->machines.at[0])->vms_seen, GM_MODEL_TOMBS + 3);
}

/* What a machine's dead vms counted stays in the machine. */
static void test_machine_keeps_counts(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc;
	struct gm_hist h;

	proc(w, 100, 1, "m");
	for (uint32_t i = 1; i <= 2 * GM_MODEL_TOMBS; i++) {
		vm_create(w, i, 100);
		hist(w, i, GM_PHASE_ZERO, 1, 4000 + i);
		ev(w, GM_K_VM_DESTROY, i, 0, 0);
	}
	assert_int_equal(w->m->machines.nr, 1);
	mc = w->m->machines.at[0];
	gm_machine_hist(mc, GM_PHASE_ZERO, &h);
	assert_int_equal(h.count, 2 * GM_MODEL_TOMBS);
	assert_int_equal(h.min_ns, 4001);
	assert_int_equal(mc->counts.events[GM_K_VM_CREATE], 2 * GM_MODEL_TOMBS);
	gm_machine_hist(mc, GM_PHASE_MAP, &h);
	assert_int_equal(h.count, 0);
}

/* Orphans of vms that are forgotten: no pointer is left behind. */
static void test_tombs_leave_no_pointers(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	ev(w, GM_K_CREATE, 1, 1, 1);
	ev(w, GM_K_CREATE, 1, 2, 2);
	ev(w, GM_K_RELEASE, 1, 2, 2);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	for (uint32_t i = 2; i <= GM_MODEL_TOMBS + 2; i++)
		ev(w, GM_K_VM_DESTROY, i, 0, 0);
	assert_null(gm_model_vm(w->m, 1));
	assert_null(gm_model_inode(w->m, 1)->vm);
	assert_null(gm_model_inode(w->m, 2)->vm);
	assert_true(gm_model_file(w->m, 1)->dead_ns);
	inode_state(w, 1, 4, 9, 5);
	assert_int_equal(w->m->counts.allocated_pages, 9);
	assert_true(gm_inode_orphan(w->m, gm_model_inode(w->m, 1)));
}

/* ---- counters ---- */

static void test_deltas(void **state)
{
	struct world *w = *state;
	struct gm_vm *vm;

	inode_state(w, 1, 10, 10, 0);
	assert_int_equal(w->m->counts.allocated_pages, 10);
	assert_int_equal(w->m->vms.nr, 0);
	inode_state(w, 1, 12, 15, 3);
	file_state(w, 1, 1, 1);
	vm = gm_model_vm(w->m, 1);
	assert_int_equal(vm->counts.allocated_pages, 15);
	assert_int_equal(vm->counts.freed_pages, 3);
	assert_int_equal(vm->machine->counts.allocated_pages, 15);
	inode_state(w, 1, 12, 14, 2);		/* backwards: an older picture */
	inode_state(w, 1, 12, 16, 3);
	assert_int_equal(vm->counts.allocated_pages, 16);
	assert_int_equal(vm->counts.freed_pages, 3);
	assert_int_equal(w->m->counts.allocated_pages, 16);
	evict(w, 0, 1, 0, 0);			/* not counted in this mode: no news */
	assert_int_equal(gm_model_inode(w->m, 1)->allocated_pages, 16);
	assert_int_equal(vm->machine->counts.freed_pages, 3);
}

static void test_hist_gains(void **state)
{
	struct world *w = *state;
	struct gm_vm *vm;
	union gm_any rec;

	hist(w, 1, GM_PHASE_GUEST_FAULT, 3, 7000);
	hist(w, 1, GM_PHASE_GUEST_FAULT, 2, 300);
	hist(w, 1, GM_PHASE_HOST_FAULT, 4, 900);
	hist(w, 1, GM_PHASE_ALLOC, 9, 900);
	hist(w, 0, GM_PHASE_HOST_FAULT, 5, 100);
	vm = gm_model_vm(w->m, 1);
	assert_int_equal(vm->faults, 9);
	assert_int_equal(vm->phase[GM_PHASE_GUEST_FAULT]->count, 5);
	assert_int_equal(vm->phase[GM_PHASE_GUEST_FAULT]->sum_ns, 21600);
	assert_int_equal(vm->phase[GM_PHASE_GUEST_FAULT]->min_ns, 300);
	assert_int_equal(vm->phase[GM_PHASE_GUEST_FAULT]->max_ns, 7000);
	assert_int_equal(vm->phase[GM_PHASE_GUEST_FAULT]->slot[gm_hist_slot(7000)], 3);
	assert_int_equal(w->m->total[GM_PHASE_HOST_FAULT]->count, 9);
	assert_int_equal(w->m->total[GM_PHASE_HOST_FAULT]->min_ns, 100);
	assert_int_equal(w->m->vms.nr, 1);

	/* bounds are held even for a record that did not pass gm_rec_check() */
	rec = make(w, GM_K_HIST);
	rec.as_HIST.phase = GM_PHASE_NR;
	rec.as_HIST.cells_nr = 1;
	put(w, &rec);
	rec.as_HIST.phase = GM_PHASE_MAP;
	rec.as_HIST.cells_nr = UINT32_MAX;
	rec.as_HIST.cells[0].slot = GM_HIST_SLOTS;
	rec.as_HIST.cells[0].count = 1;
	put(w, &rec);
	assert_int_equal(count_of(w->m->total[GM_PHASE_MAP]), 0);
}

static void test_call_phases(void **state)
{
	struct world *w = *state;
	union gm_any rec = make_ev(w, GM_K_RELEASE, 1, 1, 1);

	rec.ev.dur_ns = 92000;
	rec.ev.self_ns = 4000;
	put(w, &rec);
	assert_int_equal(gm_model_vm(w->m, 1)->phase[GM_PHASE_RELEASE]->sum_ns, 4000);
	assert_int_equal(w->m->total[GM_PHASE_RELEASE]->sum_ns, 4000);
	rec.ev.flags = GM_EV_NODUR;
	put(w, &rec);
	rec.ev.flags = GM_EV_BY_SCAN;
	put(w, &rec);
	assert_int_equal(w->m->total[GM_PHASE_RELEASE]->count, 1);
	assert_int_equal(w->m->counts.events[GM_K_RELEASE], 3);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	ev(w, GM_K_ZAP, 1, 0, 0);		/* the dead still count */
	ev(w, GM_K_ZAP, 0, 0, 0);
	ev(w, GM_K_MMAP, 1, 1, 1);
	assert_int_equal(gm_model_vm(w->m, 1)->phase[GM_PHASE_DESTROY]->count, 1);
	assert_int_equal(gm_model_vm(w->m, 1)->phase[GM_PHASE_ZAP]->count, 1);
	assert_int_equal(w->m->total[GM_PHASE_ZAP]->count, 2);
}

static void test_rates(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc;
	struct gm_vm *a, *b;

	w->ns = 1000000000;
	vm_create(w, 1, 100);
	vm_create(w, 2, 100);
	file_state(w, 1, 1, 1);
	file_state(w, 2, 2, 2);
	inode_state(w, 1, 100, 100, 0);
	hist(w, 1, GM_PHASE_GUEST_FAULT, 50, 1000);
	tick(w);
	a = gm_model_vm(w->m, 1);
	b = gm_model_vm(w->m, 2);
	mc = a->machine;
	assert_ptr_equal(mc, b->machine);
	assert_true(a->rates.alloc_pages == 0 && a->rates.faults == 0);
	assert_int_equal(mc->history_nr, 1);

	w->ns += 500000000;
	inode_state(w, 1, 200, 250, 50);
	inode_state(w, 2, 10, 10, 0);
	hist(w, 1, GM_PHASE_HOST_FAULT, 5, 1000);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	tick(w);
	assert_true(a->rates.alloc_pages == 300 && a->rates.free_pages == 100 && a->rates.faults == 10);
	assert_true(b->rates.alloc_pages == 20);
	assert_true(mc->rates.alloc_pages == 320 && mc->rates.faults == 10);
	assert_true(mc->history[(mc->history_nr - 1) % GM_HISTORY].alloc_pages == 320);
	assert_int_equal(w->m->ticks, 2);
	assert_int_equal(w->m->prev_tick_ns, 1000000000);

	tick(w);		/* no time passed */
	assert_true(mc->rates.alloc_pages == 0);
	w->ns -= 1000;
	tick(w);		/* it went backwards */
	assert_true(mc->rates.alloc_pages == 0);
	for (int i = 0; i < GM_HISTORY; i++)
		tick(w);
	assert_int_equal(mc->history_nr, 4 + GM_HISTORY);
}

static void test_losses(void **state)
{
	struct world *w = *state;
	char name[32];

	loss(w, "ringbuf", 5);
	loss(w, "ids", 1);
	loss(w, "ringbuf", 9);
	loss(w, "ringbuf", 9);
	loss(w, "ringbuf", 2);
	assert_int_equal(w->m->losses.nr, 2);
	assert_int_equal(w->m->lost, 10);
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "made\x1bup%d", i);
		loss(w, name, 1);
		probe(w, name, GM_PROBE_ATTACHED, 0, "");
	}
	assert_true(w->m->losses.nr <= 256);
	assert_true(w->m->probes.nr <= 256);
	assert_string_equal(((struct gm_loss *)w->m->losses.at[2])->what, "made?up0");
}

/* ---- machines ---- */

static void test_placeholder_renamed(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc;

	file_state(w, 1, 1, 7);
	assert_string_equal(gm_model_vm(w->m, 7)->machine->key, "vm:7");
	vm_state(w, 7, 100);
	assert_string_equal(gm_model_vm(w->m, 7)->machine->key, "proc:100");
	inode_state(w, 1, 3, 3, 0);
	proc(w, 100, 5, "guest-0");
	mc = gm_model_vm(w->m, 7)->machine;
	assert_string_equal(mc->key, "name:guest-0");
	assert_string_equal(mc->name, "guest-0");
	assert_string_equal(mc->comm, "vmm");
	assert_int_equal(mc->tgid, 100);
	assert_int_equal(mc->counts.allocated_pages, 3);
	assert_int_equal(mc->vms_seen, 1);
	assert_int_equal(w->m->machines.nr, 1);
	assert_int_equal(w->m->joined.nr, 0);
	proc(w, 100, 5, "guest-0");		/* told again */
	assert_int_equal(w->m->machines.nr, 1);
}

/* A reboot in a new process: the new vm's placeholder melts into the machine that is there. */
static void test_placeholder_melts(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc;

	proc(w, 100, 5, "guest-0");
	vm_create(w, 1, 100);
	file_state(w, 1, 1, 1);
	inode_state(w, 1, 3, 3, 0);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	vm_create(w, 2, 200);
	file_state(w, 2, 2, 2);
	inode_state(w, 2, 4, 4, 0);
	assert_int_equal(w->m->machines.nr, 2);
	proc(w, 200, 9, "guest-0");
	assert_int_equal(w->m->machines.nr, 1);
	mc = w->m->machines.at[0];
	assert_ptr_equal(gm_model_vm(w->m, 2)->machine, mc);
	assert_int_equal(mc->vms_seen, 2);
	assert_int_equal(mc->counts.allocated_pages, 7);
	assert_int_equal(mc->tgid, 200);
	assert_int_equal(mc->reboots, 1);
	assert_int_equal(w->m->joined.nr, 0);
}

static void test_proc_before_vm(void **state)
{
	struct world *w = *state;

	proc(w, 100, 5, "guest-0");
	proc(w, 101, 5, NULL);
	assert_int_equal(w->m->machines.nr, 0);
	vm_create(w, 1, 100);
	vm_create(w, 2, 101);
	assert_string_equal(gm_model_vm(w->m, 1)->machine->key, "name:guest-0");
	assert_string_equal(gm_model_vm(w->m, 2)->machine->key, "proc:101:5");
	assert_string_equal(gm_model_vm(w->m, 2)->machine->name, "vmm-101");
}

/* The process moved to a scope after it was first looked at: both names are one machine. */
static void test_proc_gets_other_name(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc;

	vm_create(w, 1, 100);
	proc(w, 100, 5, "early");
	mc = gm_model_vm(w->m, 1)->machine;
	proc(w, 100, 5, "late");
	assert_int_equal(w->m->machines.nr, 1);
	proc(w, 200, 6, "late");
	vm_create(w, 2, 200);
	assert_ptr_equal(gm_model_vm(w->m, 2)->machine, mc);
	assert_string_equal(mc->key, "name:early");
}

static void test_tgid_reused(void **state)
{
	struct world *w = *state;
	const struct gm_vm *late;

	proc(w, 100, 5, "one");
	vm_create(w, 1, 100);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	w->ns = 5000;
	vm_create(w, 2, 100);			/* put to the old process, for want of better */
	ev(w, GM_K_ZAP, 2, 0, 0);
	w->ns = 6000;
	proc(w, 100, 77, "two");
	assert_string_equal(gm_model_vm(w->m, 1)->machine->key, "name:one");
	late = gm_model_vm(w->m, 2);
	assert_string_equal(late->machine->key, "name:two");
	assert_int_equal(late->machine->counts.events[GM_K_ZAP], 1);
	assert_int_equal(gm_model_vm(w->m, 1)->machine->counts.events[GM_K_ZAP], 0);
	assert_int_equal(gm_model_vm(w->m, 1)->machine->vms_seen, 1);
	/* yet another process, but the same machine */
	w->ns = 7000;
	vm_create(w, 3, 100);
	w->ns = 8000;
	proc(w, 100, 99, "two");
	assert_ptr_equal(gm_model_vm(w->m, 3)->machine, late->machine);
	assert_int_equal(late->machine->vms_seen, 2);
	/* a late record of the dead one does not drag it along */
	w->ns = 500;
	vm_create(w, 1, 100);
	assert_int_equal(w->m->machines.nr, 2);
}

/* Two views of one inode: one machine, one owner, each byte counted once. */
static void test_link(void **state)
{
	struct world *w = *state;
	struct gm_machine *a;
	struct gm_mem mem;

	proc(w, 100, 5, "a");
	proc(w, 200, 5, "b");
	vm_create(w, 1, 100);
	vm_create(w, 2, 200);
	ev(w, GM_K_CREATE, 1, 1, 1);
	inode_state(w, 1, 10, 10, 0);
	a = gm_model_vm(w->m, 1)->machine;
	assert_int_equal(w->m->machines.nr, 2);
	file_state(w, 2, 1, 2);
	assert_int_equal(w->m->machines.nr, 1);
	assert_ptr_equal(gm_model_vm(w->m, 2)->machine, a);
	assert_int_equal(w->m->joined.nr, 1);
	assert_ptr_equal(((struct gm_machine *)w->m->joined.at[0])->joined, a);
	assert_string_equal(a->key, "name:a");
	assert_ptr_equal(gm_model_inode(w->m, 1)->vm, gm_model_vm(w->m, 2));
	gm_machine_mem(a, &mem);
	assert_int_equal(mem.resident_pages, 10);
	assert_int_equal(mem.size_bytes, 1 << 20);
	assert_int_equal(mem.node_pages[1], 10);
	gm_vm_mem(gm_model_vm(w->m, 1), &mem);
	assert_int_equal(mem.resident_pages, 10);
	gm_vm_mem(gm_model_vm(w->m, 2), &mem);
	assert_int_equal(mem.resident_pages, 10);

	inode_state(w, 1, 15, 15, 0);		/* the newest view's */
	assert_int_equal(gm_model_vm(w->m, 2)->counts.allocated_pages, 5);
	ev(w, GM_K_RELEASE, 2, 2, 1);
	assert_ptr_equal(gm_model_inode(w->m, 1)->vm, gm_model_vm(w->m, 1));
	/* a later vm of the other name finds the machine */
	vm_create(w, 3, 200);
	assert_ptr_equal(gm_model_vm(w->m, 3)->machine, a);
	assert_int_equal(a->vms_seen, 3);
}

static void test_link_of_placeholders(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	vm_create(w, 2, 200);
	file_state(w, 1, 1, 1);
	file_state(w, 2, 1, 2);
	assert_int_equal(w->m->machines.nr, 1);
	assert_string_equal(((struct gm_machine *)w->m->machines.at[0])->key, "proc:100");
	vm_create(w, 3, 200);
	assert_int_equal(w->m->machines.nr, 1);
	proc(w, 200, 5, "b");
	assert_string_equal(((struct gm_machine *)w->m->machines.at[0])->key, "name:b");
	proc(w, 100, 5, "a");
	assert_int_equal(w->m->machines.nr, 1);
	proc(w, 300, 5, "a");
	vm_create(w, 4, 300);
	assert_int_equal(w->m->machines.nr, 1);
}

/* Views that follow one another on one inode, each in a process of its own: signposts are bounded. */
static void test_many_links(void **state)
{
	struct world *w = *state;

	for (uint32_t i = 1; i <= 3000; i++) {
		vm_create(w, i, 1000 + i);
		file_state(w, i, 1, i);
		if (i > 1) {
			ev(w, GM_K_RELEASE, i - 1, i - 1, 1);
			ev(w, GM_K_VM_DESTROY, i - 1, 0, 0);
		}
	}
	assert_int_equal(w->m->machines.nr, 1);
	assert_int_equal(((struct gm_machine *)w->m->machines.at[0])->reboots, 2999);
	assert_int_equal(w->m->joined.nr, GM_MODEL_TOMBS);
	assert_ptr_equal(gm_model_inode(w->m, 1)->vm, gm_model_vm(w->m, 3000));
}

static void test_machine_goes(void **state)
{
	struct world *w = *state;

	proc(w, 100, 5, "a");
	proc(w, 200, 5, "b");
	vm_create(w, 1, 100);
	vm_create(w, 2, 200);
	file_state(w, 1, 1, 1);
	file_state(w, 2, 1, 2);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	ev(w, GM_K_VM_DESTROY, 2, 0, 0);
	for (uint32_t i = 3; i < GM_MODEL_TOMBS + 3; i++) {
		proc(w, 1000 + i, 1, NULL);
		vm_create(w, i, 1000 + i);
		ev(w, GM_K_VM_DESTROY, i, 0, 0);
	}
	assert_int_equal(w->m->joined.nr, 0);
	vm_create(w, 5000, 200);
	assert_string_equal(gm_model_vm(w->m, 5000)->machine->key, "name:b");
	assert_int_equal(gm_model_vm(w->m, 5000)->machine->vms_seen, 1);
}

static void test_idle_procs(void **state)
{
	struct world *w = *state;

	proc(w, 1, 1, "kept");
	vm_create(w, 1, 1);
	for (uint32_t i = 2; i <= 3000; i++)
		proc(w, i, 1, NULL);
	assert_int_equal(w->m->proc_by_tgid.nr, GM_MODEL_TOMBS + 1);
	vm_create(w, 2, 1);
	assert_string_equal(gm_model_vm(w->m, 2)->machine->key, "name:kept");
}

static void test_reboots(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc;

	vm_create(w, 1, 100);
	mc = gm_model_vm(w->m, 1)->machine;
	vm_create(w, 2, 100);			/* never has memory: a probe of the VMM's */
	ev(w, GM_K_VM_DESTROY, 2, 0, 0);
	file_state(w, 1, 1, 1);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	assert_int_equal(mc->reboots, 0);
	vm_create(w, 3, 100);
	assert_int_equal(mc->reboots, 0);
	file_state(w, 3, 3, 3);
	assert_int_equal(mc->reboots, 1);
	file_state(w, 4, 4, 3);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	assert_int_equal(mc->reboots, 1);
	/* create before destroy */
	vm_create(w, 4, 100);
	file_state(w, 5, 5, 4);
	assert_int_equal(mc->reboots, 1);
	ev(w, GM_K_VM_DESTROY, 3, 0, 0);
	assert_int_equal(mc->reboots, 2);
}

/* ---- rebind ---- */

static void expect_rebind(const struct world *w, uint32_t vm, uint64_t count, uint64_t sum_ns)
{
	const struct gm_hist *h = gm_model_vm(w->m, vm)->phase[GM_PHASE_REBIND];

	assert_int_equal(count_of(h), count);
	assert_int_equal(h ? h->sum_ns : 0, sum_ns);
}

static void test_rebind_same_vm(void **state)
{
	struct world *w = *state;

	bind(w, 1, 1, 1, 0);
	bind(w, 1, 1, 1, 1);
	w->ns = 2000;
	unbind(w, 1, 1, 1, 0);
	w->ns = 3000;
	unbind(w, 1, 1, 1, 1);
	w->ns = 3400;
	bind(w, 1, 1, 1, 0);
	w->ns = 5000;
	bind(w, 1, 1, 1, 1);
	expect_rebind(w, 1, 1, 400);
	/* one slot of two, the other stays bound */
	w->ns = 6000;
	unbind(w, 1, 1, 1, 1);
	w->ns = 6010;
	range(w, GM_K_BIND, 1, 1, 1, 2, 64, 0);		/* another range: not that one's end */
	w->ns = 6050;
	bind(w, 1, 1, 1, 1);
	expect_rebind(w, 1, 2, 450);
	assert_int_equal(w->m->total[GM_PHASE_REBIND]->count, 2);
}

static void test_rebind_by_other_vm(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	vm_create(w, 2, 100);
	bind(w, 1, 1, 1, 0);
	file_state(w, 2, 1, 2);
	w->ns = 2000;
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	w->ns = 2500;
	ev(w, GM_K_RELEASE, 1, 1, 1);		/* the same teardown goes on */
	w->ns = 3000;
	bind(w, 2, 2, 1, 0);
	expect_rebind(w, 2, 1, 500);
	/* hand-over: the new one is bound before the old one leaves, nothing is unbound meanwhile */
	vm_create(w, 3, 100);
	file_state(w, 3, 1, 3);
	w->ns = 4000;
	bind(w, 3, 3, 1, 0);
	w->ns = 5000;
	unbind(w, 2, 2, 1, 0);
	w->ns = 9000;
	vm_create(w, 4, 100);
	bind(w, 4, 4, 1, 0);
	expect_rebind(w, 3, 0, 0);
	expect_rebind(w, 4, 0, 0);
	assert_int_equal(w->m->total[GM_PHASE_REBIND]->count, 1);
}

/* Another inode: the interval is the machine's. */
static void test_rebind_of_machine(void **state)
{
	struct world *w = *state;

	proc(w, 100, 5, "m");
	vm_create(w, 1, 100);
	bind(w, 1, 1, 1, 0);
	w->ns = 2000;
	ev(w, GM_K_RELEASE, 1, 1, 1);
	evict(w, 0, 1, 0, 0);
	w->ns = 2200;
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	w->ns = 3000;
	vm_create(w, 2, 100);
	bind(w, 2, 2, 2, 0);
	bind(w, 2, 2, 2, 1);
	expect_rebind(w, 2, 1, 800);

	/* a new process, whose name is told only after its first bind */
	w->ns = 5000;
	ev(w, GM_K_VM_DESTROY, 2, 0, 0);
	w->ns = 5600;
	vm_create(w, 3, 200);
	bind(w, 3, 3, 3, 0);
	w->ns = 7000;
	bind(w, 3, 3, 3, 1);
	expect_rebind(w, 3, 0, 0);
	proc(w, 200, 6, "m");
	expect_rebind(w, 3, 1, 600);
	assert_int_equal(w->m->total[GM_PHASE_REBIND]->count, 2);

	/* the same vm with another inode is no rebind of either kind */
	w->ns = 8000;
	unbind(w, 3, 3, 3, 0);
	unbind(w, 3, 3, 3, 1);
	w->ns = 9000;
	bind(w, 3, 4, 4, 0);
	expect_rebind(w, 3, 1, 600);
}

static void test_rebind_by_scan(void **state)
{
	struct world *w = *state;

	bind(w, 1, 1, 1, 0);
	w->ns = 2000;
	range(w, GM_K_UNBIND, 1, 1, 1, 0, 0, GM_EV_BY_SCAN);
	assert_int_equal(gm_model_vm(w->m, 1)->bindings.nr, 0);
	w->ns = 3000;
	bind(w, 1, 1, 1, 0);
	w->ns = 4000;
	unbind(w, 1, 1, 1, 0);
	w->ns = 5000;
	range(w, GM_K_BIND, 1, 1, 1, 0, 0, GM_EV_BY_SCAN);
	w->ns = 6000;
	bind(w, 1, 1, 1, 1);
	assert_null(w->m->total[GM_PHASE_REBIND]);
	/* a failed bind ends nothing */
	w->ns = 7000;
	unbind(w, 1, 1, 1, 0);
	{
		union gm_any rec = make_ev(w, GM_K_BIND, 1, 1, 1);

		rec.ev.ret = -17;
		put(w, &rec);
	}
	w->ns = 7100;
	bind(w, 1, 1, 1, 0);
	expect_rebind(w, 1, 1, 100);
}

/* ---- pins, orphans ---- */

static void walk(struct world *w, const uint32_t *tgids, size_t nr)
{
	scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	for (size_t i = 0; i < nr; i++)
		pin(w, GM_PIN_FD, tgids[i], 7, 1, 0);
	scan(w, GM_SCAN_TASKS, GM_SCAN_END);
}

static void test_pins(void **state)
{
	struct world *w = *state;
	const struct gm_pin *p;
	struct gm_inode *in;

	file_state(w, 1, 1, 1);
	in = gm_model_inode(w->m, 1);
	walk(w, (const uint32_t[]){ 100, 200 }, 2);
	assert_int_equal(w->m->pins.nr, 2);
	assert_int_equal(in->pins.nr, 2);
	assert_string_equal(((struct gm_pin *)w->m->pins.at[0])->comm, "a?b");

	w->ns = 5000;
	scan(w, GM_SCAN_OBJECTS, GM_SCAN_BEGIN);
	scan(w, GM_SCAN_OBJECTS, GM_SCAN_END);
	scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	pin(w, GM_PIN_MAPPING, 300, -1, 0, 1);
	pin(w, GM_PIN_FD, 200, 7, 1, 0);
	pin(w, GM_PIN_FD, 200, 8, 1, 0);
	pin(w, GM_PIN_FD, 200, 9, 9, 9);
	assert_int_equal(w->m->pins.nr, 2);		/* until the walk is over */
	scan(w, GM_SCAN_TASKS, GM_SCAN_END);
	assert_int_equal(w->m->pins.nr, 4);
	assert_int_equal(in->pins.nr, 3);
	p = in->pins.at[0];
	assert_int_equal(p->tgid, 300);
	assert_int_equal(p->since_ns, 5000);
	p = in->pins.at[1];
	assert_int_equal(p->since_ns, 1000);
	p = in->pins.at[2];
	assert_int_equal(p->since_ns, 5000);
	assert_null(gm_model_inode(w->m, 9));

	/* an end without a beginning, a beginning without an end, a pin outside */
	scan(w, GM_SCAN_TASKS, GM_SCAN_END);
	assert_int_equal(w->m->pins.nr, 4);
	pin(w, GM_PIN_FD, 400, 1, 1, 0);
	scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	pin(w, GM_PIN_FD, 400, 1, 1, 0);
	scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	scan(w, GM_SCAN_TASKS, GM_SCAN_END);
	assert_int_equal(w->m->pins.nr, 0);
	assert_int_equal(in->pins.nr, 0);
	assert_int_equal(w->m->pins_new.nr, 0);
}

static void test_orphans(void **state)
{
	struct world *w = *state;
	struct gm_inode *in;

	vm_create(w, 1, 100);
	file_state(w, 1, 1, 1);
	inode_state(w, 1, 5, 5, 0);
	in = gm_model_inode(w->m, 1);
	assert_false(gm_inode_orphan(w->m, in));
	w->ns = 2000;
	walk(w, (const uint32_t[]){ 100, 200 }, 2);
	assert_false(gm_inode_orphan(w->m, in));
	walk(w, (const uint32_t[]){ 200 }, 1);		/* the fd was passed on, its owner is gone */
	assert_true(gm_inode_orphan(w->m, in));
	w->ns = 3000;
	vm_create(w, 2, 300);				/* too young to have been met by the walk */
	file_state(w, 2, 1, 2);
	assert_false(gm_inode_orphan(w->m, in));
	ev(w, GM_K_VM_DESTROY, 2, 0, 0);
	assert_true(gm_inode_orphan(w->m, in));
	inode_state(w, 1, 0, 5, 5);
	assert_false(gm_inode_orphan(w->m, in));
}

static void test_mem(void **state)
{
	struct world *w = *state;
	union gm_any rec;
	struct gm_mem mem;

	vm_create(w, 1, 100);
	file_state(w, 1, 1, 1);
	file_state(w, 2, 2, 1);
	file_state(w, 3, 2, 1);				/* twice on one inode */
	inode_state(w, 1, 5, 5, 0);
	inode_state(w, 2, 7, 7, 0);
	inode_state(w, 3, 11, 11, 0);			/* nobody's */
	gm_vm_mem(gm_model_vm(w->m, 1), &mem);
	assert_int_equal(mem.resident_pages, 12);
	assert_int_equal(mem.size_bytes, 2 << 20);
	assert_true(mem.nodes_known);
	gm_model_mem(w->m, &mem);
	assert_int_equal(mem.resident_pages, 23);
	rec = make(w, GM_K_INODE);
	rec.as_INODE.inode = 2;
	rec.as_INODE.resident_pages = 8;
	put(w, &rec);
	gm_machine_mem(gm_model_vm(w->m, 1)->machine, &mem);
	assert_int_equal(mem.resident_pages, 13);
	assert_false(mem.nodes_known);
	ev(w, GM_K_RELEASE, 1, 2, 2);
	gm_vm_mem(gm_model_vm(w->m, 1), &mem);
	assert_int_equal(mem.resident_pages, 13);
	ev(w, GM_K_RELEASE, 1, 3, 2);
	gm_vm_mem(gm_model_vm(w->m, 1), &mem);
	assert_int_equal(mem.resident_pages, 5);
	evict(w, 0, 3, 0, 0);
	gm_model_mem(w->m, &mem);
	assert_int_equal(mem.resident_pages, 13);
}

static void test_matches(void **state)
{
	struct world *w = *state;
	const struct gm_vm *vm;

	proc(w, 100, 5, "web");
	vm_create(w, 12, 100);
	vm = gm_model_vm(w->m, 12);
	assert_true(gm_vm_matches(vm, NULL));
	assert_true(gm_vm_matches(vm, ""));
	assert_true(gm_vm_matches(NULL, ""));
	assert_false(gm_vm_matches(NULL, "web"));
	assert_true(gm_vm_matches(vm, "12"));
	assert_true(gm_vm_matches(vm, "100"));
	assert_true(gm_vm_matches(vm, "web"));
	assert_true(gm_vm_matches(vm, "name:web"));
	assert_false(gm_vm_matches(vm, "we"));
	assert_false(gm_vm_matches(vm, "1"));
	assert_false(gm_vm_matches(vm, "0"));
}

/* ---- what is not observed ---- */

#define BIT(p) (1u << GM_PHASE_##p)

static void test_na(void **state)
{
	struct world *w = *state;
	union gm_any meta = make(w, GM_K_META);

	assert_string_equal(gm_model_na(w->m, GM_PHASE_ALLOC), "not told");
	assert_string_equal(gm_model_na(w->m, GM_PHASE_REBIND), "not told");
	assert_non_null(gm_model_na(w->m, GM_PHASE_NR));
	probe(w, "add", GM_PROBE_ATTACHED, BIT(ALLOC) | BIT(ZERO), "");
	assert_null(gm_model_na(w->m, GM_PHASE_ALLOC));
	assert_string_equal(gm_model_na(w->m, GM_PHASE_MAP), "no probe for it in this mode");
	probe(w, "prepare", GM_PROBE_ABSENT, BIT(PREPARE), "no such function");
	probe(w, "prepare2", GM_PROBE_REFUSED, BIT(PREPARE), "function probes refused by this kernel (EINVAL)");
	probe(w, "prepare3", GM_PROBE_REFUSED, BIT(PREPARE), "other");
	assert_string_equal(gm_model_na(w->m, GM_PHASE_PREPARE), "function probes refused by this kernel (EINVAL)");
	probe(w, "map", GM_PROBE_REFUSED, BIT(MAP), "");
	assert_string_equal(gm_model_na(w->m, GM_PHASE_MAP), "map probe refused by this kernel (Invalid argument)");
	probe(w, "map", GM_PROBE_ABSENT, BIT(MAP), "");
	assert_string_equal(gm_model_na(w->m, GM_PHASE_MAP), "this kernel has no hook for the map probe");
	probe(w, "map", GM_PROBE_OFF, BIT(MAP), "");
	assert_string_equal(gm_model_na(w->m, GM_PHASE_MAP), "not asked for");
	probe(w, "prepare4", GM_PROBE_ATTACHED, BIT(PREPARE), "");
	assert_null(gm_model_na(w->m, GM_PHASE_PREPARE));

	meta.as_META.emulated = GM_YES;
	put(w, &meta);
	assert_string_equal(gm_model_na(w->m, GM_PHASE_ALLOC),
			    "guest code is emulated by this host's KVM: its touches are host faults");
	assert_non_null(gm_model_na(w->m, GM_PHASE_GUEST_FAULT));
	meta.as_META.emulated = GM_NO;
	put(w, &meta);
	assert_null(gm_model_na(w->m, GM_PHASE_ALLOC));
}

static void test_na_rebind(void **state)
{
	struct world *w = *state;

	probe(w, "bind", GM_PROBE_REFUSED, BIT(BIND), "no bind");
	probe(w, "unbind", GM_PROBE_ABSENT, BIT(UNBIND), "no unbind");
	probe(w, "release", GM_PROBE_ABSENT, BIT(RELEASE), "no release\x1b");
	assert_string_equal(gm_model_na(w->m, GM_PHASE_RELEASE), "no release?");
	assert_string_equal(gm_model_na(w->m, GM_PHASE_REBIND), "no bind");
	probe(w, "bind", GM_PROBE_ATTACHED, BIT(BIND), "");
	assert_string_equal(gm_model_na(w->m, GM_PHASE_REBIND), "no unbind");
	probe(w, "release", GM_PROBE_ATTACHED, BIT(RELEASE), "");
	assert_null(gm_model_na(w->m, GM_PHASE_REBIND));
	probe(w, "release", GM_PROBE_REFUSED, BIT(RELEASE), "");
	probe(w, "unbind", GM_PROBE_ATTACHED, BIT(UNBIND), "");
	assert_null(gm_model_na(w->m, GM_PHASE_REBIND));
}

/* ---- anything at all ---- */

static uint32_t small_id(uint64_t *rnd, uint32_t base)
{
	return unit_random(rnd) % 8 ? base + (uint32_t)(unit_random(rnd) % 12) : 0;
}

static void random_record(struct world *w, uint64_t *rnd, uint32_t base)
{
	uint32_t vm = small_id(rnd, base), file = small_id(rnd, base), inode = small_id(rnd, base);
	uint32_t kind = 1 + (uint32_t)(unit_random(rnd) % (GM_K_MAX - 1));
	uint32_t tgid = (uint32_t)(unit_random(rnd) % 6);
	static const char *const names[] = { "a", "b", "c", NULL };

	w->ns += unit_random(rnd) % 100;
	switch (unit_random(rnd) % 15) {
	case 0:	vm_create(w, vm, tgid); break;
	case 1:	vm_state(w, vm, tgid); break;
	case 2:	inode_state(w, inode, unit_random(rnd) % 9, unit_random(rnd) % 99, unit_random(rnd) % 99); break;
	case 3:	file_state(w, file, inode, vm); break;
	case 4:	bind(w, vm, file, inode, unit_random(rnd) % 3); break;
	case 5:	unbind(w, vm, file, inode, unit_random(rnd) % 3); break;
	case 6:	proc(w, tgid, unit_random(rnd) % 3, names[unit_random(rnd) % 4]); break;
	case 7:	pin(w, 1 + unit_random(rnd) % 5, tgid, unit_random(rnd) % 3, file, inode); break;
	case 8:	scan(w, GM_SCAN_TASKS, 1 + unit_random(rnd) % 2); break;
	case 9:	hist(w, vm, unit_random(rnd) % GM_PHASE_NR, 3, unit_random(rnd) % 100000); break;
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

/* Records that contradict each other: the links still hold, and sums stay sums. */
static void test_random(void **state)
{
	struct world *w = *state;
	uint64_t rnd = 42;

	for (uint32_t i = 0; i < 60000; i++) {
		random_record(w, &rnd, 1 + i / 20);
		if (i % 500 == 0)
			check_model(w->m);
	}
	assert_true(w->m->dead_vms > GM_MODEL_TOMBS && w->m->dead_inodes > GM_MODEL_TOMBS);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_life), T(test_release_drops_bindings), T(test_binding_replaced), T(test_failed_changes_nothing),
		T(test_id_0), T(test_unknown_kinds), T(test_state_before_create), T(test_death_before_birth),
		T(test_double_death), T(test_lost_release), T(test_tombs), T(test_tombs_order),
		T(test_machine_keeps_counts), T(test_tombs_leave_no_pointers), T(test_deltas), T(test_hist_gains),
		T(test_call_phases), T(test_rates), T(test_losses), T(test_placeholder_renamed),
		T(test_placeholder_melts), T(test_proc_before_vm), T(test_proc_gets_other_name), T(test_tgid_reused),
		T(test_link), T(test_link_of_placeholders), T(test_many_links), T(test_machine_goes),
		T(test_idle_procs), T(test_reboots), T(test_rebind_same_vm), T(test_rebind_by_other_vm),
		T(test_rebind_of_machine), T(test_rebind_by_scan), T(test_pins), T(test_orphans), T(test_mem),
		T(test_matches), T(test_na), T(test_na_rebind), T(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
