// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/model: objects are created, linked, ended and forgotten, with records in any order. */
#include "fixture/model_world.h"
#include "fixture/seen.h"

/* ---- usual order ---- */

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
	bind_slot(w, 1, 1, 1, 0);
	bind_slot(w, 1, 1, 1, 1);
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
	unbind_slot(w, 1, 1, 1, 0);
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
	/* the eviction has no VM in its record, and still belongs to the VM */
	assert_int_equal(vm->counts.freed_pages, 32);
	assert_int_equal(vm->counts.events[GM_K_EVICT], 1);
	assert_int_equal(count_of(vm->phase[GM_PHASE_FREE]), 1);
	w->ns = 5500; /* a late record does not turn the model's time back */
	ev(w, GM_K_ZAP, 0, 0, 0);
	assert_int_equal(w->m->first_ns, 1000);
	assert_int_equal(w->m->now_ns, 6000);
}

static void test_release_drops_bindings(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	bind_slot(w, 1, 1, 1, 0);
	bind_slot(w, 1, 2, 2, 1);
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

	bind_slot(w, 1, 1, 1, 0);
	w->ns = 2000;
	bind_slot(w, 1, 2, 2, 0);
	b = gm_model_vm(w->m, 1)->bindings.at[0];
	assert_int_equal(gm_model_vm(w->m, 1)->bindings.nr, 1);
	assert_int_equal(b->file->id, 2);
	assert_int_equal(b->since_ns, 2000);

	/* a scan reports the object again: its creation time stays */
	w->ns = 3000;
	rec = make(w, GM_K_BINDING);
	rec.as_BINDING.vm = 1;
	rec.as_BINDING.file = rec.as_BINDING.inode = 2;
	rec.as_BINDING.npages = 16;
	rec.as_BINDING.base_gfn = 0x100;
	put(w, &rec);
	assert_int_equal(b->since_ns, 2000);

	/* events from before the scan change nothing */
	w->ns = 1500;
	unbind_slot(w, 1, 1, 1, 0);
	bind_slot(w, 1, 1, 1, 0);
	assert_int_equal(b->file->id, 2);
	assert_int_equal(gm_model_vm(w->m, 1)->bindings.nr, 1);
}

static void test_failed_changes_nothing(void **state)
{
	static const unsigned int kinds[] = { GM_K_VM_CREATE, GM_K_VM_DESTROY, GM_K_CREATE,    GM_K_BIND, GM_K_UNBIND,
					      GM_K_RELEASE,   GM_K_EVICT,      GM_K_FALLOCATE, GM_K_PUNCH };
	struct world *w = *state;
	struct gm_vm *vm;

	vm_create(w, 1, 100);
	bind_slot(w, 1, 1, 1, 5);
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

static void test_destroy_before_create(void **state)
{
	struct world *w = *state;

	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	ev(w, GM_K_RELEASE, 1, 1, 1);
	evict(w, 1, 1, 3, 3);
	vm_create(w, 1, 100);
	ev(w, GM_K_CREATE, 1, 1, 1);
	bind_slot(w, 1, 1, 1, 0);
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

static void test_double_destroy(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	bind_slot(w, 1, 1, 1, 0);
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
	assert_int_equal(w->m->kept_dead_vms.nr, 1);
	w->ns = 0; /* an end at time 0 counts as an end */
	ev(w, GM_K_VM_DESTROY, 2, 0, 0);
	assert_true(gm_model_vm(w->m, 2)->dead_ns);
}

/* An eviction whose release was lost, and a file that is reported only then. */
static void test_lost_release(void **state)
{
	struct world *w = *state;

	bind_slot(w, 1, 1, 1, 0);
	evict(w, 0, 1, 0, 0);
	assert_true(gm_model_file(w->m, 1)->dead_ns);
	assert_int_equal(gm_model_vm(w->m, 1)->bindings.nr, 0);
	file_state(w, 2, 1, 1);
	assert_true(gm_model_file(w->m, 2)->dead_ns);
}

/* ---- ended objects ---- */

static void test_ended_kept(void **state)
{
	struct world *w = *state;
	const uint32_t nr = 3000;

	for (uint32_t i = 1; i <= nr; i++) {
		w->ns += 1000;
		vm_create(w, i, i + 10000);
		ev(w, GM_K_CREATE, i, i, i);
		bind_slot(w, i, i, i, 0);
		hist(w, i, GM_PHASE_ALLOC, 2, 5000);
		inode_state(w, i, 7, 7, 0);
	}
	for (uint32_t i = 1; i <= nr; i++) {
		ev(w, GM_K_VM_DESTROY, i, 0, 0);
		ev(w, GM_K_RELEASE, i, i, i);
		evict(w, 0, i, 7, 7);
	}
	assert_int_equal(w->m->vms.nr, GM_MODEL_DEAD_MAX);
	assert_int_equal(w->m->inodes.nr, GM_MODEL_DEAD_MAX);
	assert_int_equal(w->m->files.nr, GM_MODEL_DEAD_MAX);
	assert_int_equal(w->m->machines.nr, GM_MODEL_DEAD_MAX);
	assert_int_equal(w->m->dead_vms, nr);
	assert_int_equal(w->m->dead_inodes, nr);
	assert_null(gm_model_vm(w->m, nr - GM_MODEL_DEAD_MAX));
	assert_non_null(gm_model_vm(w->m, nr - GM_MODEL_DEAD_MAX + 1));
	assert_int_equal(w->m->counts.freed_pages, 7 * nr);
	assert_int_equal(count_of(w->m->total[GM_PHASE_ALLOC]), 2 * nr);

	/* late records create no object again, and their counts are not lost */
	vm_state(w, 5, 100);
	inode_state(w, 5, 7, 7, 0);
	file_state(w, 5, 5, 5);
	hist(w, 5, GM_PHASE_ALLOC, 1, 5000);
	bind_slot(w, 5, 5, 5, 0);
	assert_null(gm_model_vm(w->m, 5));
	assert_null(gm_model_inode(w->m, 5));
	assert_null(gm_model_file(w->m, 5));
	assert_int_equal(count_of(w->m->total[GM_PHASE_ALLOC]), 2 * nr + 1);
	assert_int_equal(w->m->vms.nr, GM_MODEL_DEAD_MAX);
}

/*
 * A scan finds an object whose creation was lost, even if its id is lower than those of all ended objects.
 */
static void test_found_below_ended(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 10001);
	for (uint32_t i = 3; i <= GM_MODEL_DEAD_MAX + 10; i++) {
		w->ns += 1000;
		ev(w, GM_K_CREATE, 1, i, i);
		ev(w, GM_K_RELEASE, 1, i, i);
		evict(w, 1, i, 1, 1);
	}
	ev(w, GM_K_MMAP, 1, 2, 2); /* an event does not prove that the object lives: it may have begun before the end */
	assert_null(gm_model_file(w->m, 2));
	file_state(w, 2, 2, 1);
	inode_state(w, 2, 5, 5, 0);
	assert_non_null(gm_model_file(w->m, 2));
	assert_int_equal(gm_model_file(w->m, 2)->dead_ns, 0);
	assert_int_equal(gm_model_inode(w->m, 2)->resident_pages, 5);
	assert_null(gm_model_file(w->m, 0));
}

/* A tool that does not show ended VMs keeps fewer. */
static void test_ended_fewer(void **state)
{
	struct world *w = *state;

	gm_model_keep_dead(w->m, 10);
	for (uint32_t i = 1; i <= 30; i++) {
		vm_create(w, i, i + 10000);
		ev(w, GM_K_CREATE, i, i, i);
		hist(w, i, GM_PHASE_ALLOC, 2, 5000);
		ev(w, GM_K_VM_DESTROY, i, 0, 0);
		ev(w, GM_K_RELEASE, i, i, i);
		evict(w, 0, i, 0, 0);
	}
	assert_int_equal(w->m->vms.nr, 10);
	assert_int_equal(w->m->inodes.nr, 10);
	assert_int_equal(w->m->files.nr, 10);
	assert_int_equal(w->m->machines.nr, 10);
	assert_int_equal(w->m->dead_vms, 30);
	assert_int_equal(count_of(w->m->total[GM_PHASE_ALLOC]), 60);
}

/* The model forgets the object that ended first, not the lowest id, and no live one. */
static void test_ended_order(void **state)
{
	struct world *w = *state;

	for (uint32_t i = 1; i <= GM_MODEL_DEAD_MAX + 3; i++)
		vm_create(w, i, 100);
	for (uint32_t i = GM_MODEL_DEAD_MAX + 3; i >= 2; i--)
		ev(w, GM_K_VM_DESTROY, i, 0, 0);
	assert_null(gm_model_vm(w->m, GM_MODEL_DEAD_MAX + 3));
	assert_null(gm_model_vm(w->m, GM_MODEL_DEAD_MAX + 2));
	assert_non_null(gm_model_vm(w->m, GM_MODEL_DEAD_MAX + 1));
	assert_non_null(gm_model_vm(w->m, 2));
	assert_int_equal(gm_model_vm(w->m, 1)->dead_ns, 0);
	assert_int_equal(w->m->machines.nr, 1);
	assert_int_equal(((struct gm_machine *)w->m->machines.at[0])->vms_seen, GM_MODEL_DEAD_MAX + 3);
}

/* The counts of a machine's ended VMs stay in the machine. */
static void test_machine_keeps_counts(void **state)
{
	struct world *w = *state;
	const struct gm_machine *mc;
	struct gm_hist h;

	proc(w, 100, 1, "m");
	for (uint32_t i = 1; i <= 2 * GM_MODEL_DEAD_MAX; i++) {
		vm_create(w, i, 100);
		hist(w, i, GM_PHASE_ZERO, 1, 4000 + i);
		ev(w, GM_K_VM_DESTROY, i, 0, 0);
	}
	assert_int_equal(w->m->machines.nr, 1);
	mc = w->m->machines.at[0];
	gm_machine_hist(mc, GM_PHASE_ZERO, &h);
	assert_int_equal(h.count, 2 * GM_MODEL_DEAD_MAX);
	assert_int_equal(h.min_ns, 4001);
	assert_int_equal(mc->counts.events[GM_K_VM_CREATE], 2 * GM_MODEL_DEAD_MAX);
	gm_machine_hist(mc, GM_PHASE_MAP, &h);
	assert_int_equal(h.count, 0);
}

/* Orphans of forgotten VMs have no pointers to them. */
static void test_ended_leave_no_pointers(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	ev(w, GM_K_CREATE, 1, 1, 1);
	ev(w, GM_K_CREATE, 1, 2, 2);
	ev(w, GM_K_RELEASE, 1, 2, 2);
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	for (uint32_t i = 2; i <= GM_MODEL_DEAD_MAX + 2; i++)
		ev(w, GM_K_VM_DESTROY, i, 0, 0);
	assert_null(gm_model_vm(w->m, 1));
	assert_null(gm_model_inode(w->m, 1)->vm);
	assert_null(gm_model_inode(w->m, 2)->vm);
	assert_true(gm_model_file(w->m, 1)->dead_ns);
	inode_state(w, 1, 4, 9, 5);
	assert_int_equal(w->m->counts.allocated_pages, 9);
	w->ns++;
	scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	scan(w, GM_SCAN_TASKS, GM_SCAN_END);
	assert_int_equal(seen_again(w->m, w->ns), 0);
	assert_true(gm_inode_is_orphan(w->m, gm_model_inode(w->m, 1)));
}

/* ---- random records ---- */

/* After contradicting records, the links are right and sums add up. */
static void test_random(void **state)
{
	struct world *w = *state;
	uint64_t rnd = 42;

	for (uint32_t i = 0; i < 60000; i++) {
		random_record(w, &rnd, 1 + i / 20);
		if (i % 500 == 0)
			check_model(w->m);
	}
	assert_true(w->m->dead_vms > GM_MODEL_DEAD_MAX && w->m->dead_inodes > GM_MODEL_DEAD_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_life),
		MODEL_TEST(test_release_drops_bindings),
		MODEL_TEST(test_binding_replaced),
		MODEL_TEST(test_failed_changes_nothing),
		MODEL_TEST(test_id_0),
		MODEL_TEST(test_unknown_kinds),
		MODEL_TEST(test_state_before_create),
		MODEL_TEST(test_destroy_before_create),
		MODEL_TEST(test_double_destroy),
		MODEL_TEST(test_lost_release),
		MODEL_TEST(test_ended_kept),
		MODEL_TEST(test_found_below_ended),
		MODEL_TEST(test_ended_fewer),
		MODEL_TEST(test_ended_order),
		MODEL_TEST(test_machine_keeps_counts),
		MODEL_TEST(test_ended_leave_no_pointers),
		MODEL_TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
