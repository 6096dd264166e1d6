// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/model: bindings, and the time in which memory was bound nowhere. */
#include "fixture/model_world.h"

static void expect_rebind(const struct world *w, uint32_t vm, uint64_t count, uint64_t sum_ns)
{
	const struct gm_hist *h = gm_model_vm(w->m, vm)->phase[GM_PHASE_REBIND];

	assert_int_equal(count_of(h), count);
	assert_int_equal(h ? h->sum_ns : 0, sum_ns);
}

static void test_rebind_same_vm(void **state)
{
	struct world *w = *state;

	bind_slot(w, 1, 1, 1, 0);
	bind_slot(w, 1, 1, 1, 1);
	w->ns = 2000;
	unbind_slot(w, 1, 1, 1, 0);
	w->ns = 3000;
	unbind_slot(w, 1, 1, 1, 1);
	w->ns = 3400;
	bind_slot(w, 1, 1, 1, 0);
	w->ns = 5000;
	bind_slot(w, 1, 1, 1, 1);
	expect_rebind(w, 1, 1, 400);
	/* unbind one slot of two */
	w->ns = 6000;
	unbind_slot(w, 1, 1, 1, 1);
	w->ns = 6010;
	range(w, GM_K_BIND, 1, 1, 1, 2, 64, 0); /* a bind of another range does not end the interval */
	w->ns = 6050;
	bind_slot(w, 1, 1, 1, 1);
	expect_rebind(w, 1, 2, 450);
	assert_int_equal(w->m->total[GM_PHASE_REBIND]->count, 2);
}

static void test_rebind_by_other_vm(void **state)
{
	struct world *w = *state;

	vm_create(w, 1, 100);
	vm_create(w, 2, 100);
	bind_slot(w, 1, 1, 1, 0);
	file_state(w, 2, 1, 2);
	w->ns = 2000;
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	w->ns = 2500;
	ev(w, GM_K_RELEASE, 1, 1, 1); /* the release belongs to the same teardown */
	w->ns = 3000;
	bind_slot(w, 2, 2, 1, 0);
	expect_rebind(w, 2, 1, 500);
	/* a handover: the new VM is bound before the old one ends, so memory is never unbound */
	vm_create(w, 3, 100);
	file_state(w, 3, 1, 3);
	w->ns = 4000;
	bind_slot(w, 3, 3, 1, 0);
	w->ns = 5000;
	unbind_slot(w, 2, 2, 1, 0);
	w->ns = 9000;
	vm_create(w, 4, 100);
	bind_slot(w, 4, 4, 1, 0);
	expect_rebind(w, 3, 0, 0);
	expect_rebind(w, 4, 0, 0);
	assert_int_equal(w->m->total[GM_PHASE_REBIND]->count, 1);
}

/* A bind of another inode ends the machine's interval. */
static void test_rebind_of_machine(void **state)
{
	struct world *w = *state;

	proc(w, 100, 5, "m");
	vm_create(w, 1, 100);
	bind_slot(w, 1, 1, 1, 0);
	w->ns = 2000;
	ev(w, GM_K_RELEASE, 1, 1, 1);
	evict(w, 0, 1, 0, 0);
	w->ns = 2200;
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	w->ns = 3000;
	vm_create(w, 2, 100);
	bind_slot(w, 2, 2, 2, 0);
	bind_slot(w, 2, 2, 2, 1);
	expect_rebind(w, 2, 1, 800);

	/* a new process, whose name is known only after its first bind */
	w->ns = 5000;
	ev(w, GM_K_VM_DESTROY, 2, 0, 0);
	w->ns = 5600;
	vm_create(w, 3, 200);
	bind_slot(w, 3, 3, 3, 0);
	w->ns = 7000;
	bind_slot(w, 3, 3, 3, 1);
	expect_rebind(w, 3, 0, 0);
	proc(w, 200, 6, "m");
	expect_rebind(w, 3, 1, 600);
	assert_int_equal(w->m->total[GM_PHASE_REBIND]->count, 2);

	/* a bind of another inode by the same VM is no rebind */
	w->ns = 8000;
	unbind_slot(w, 3, 3, 3, 0);
	unbind_slot(w, 3, 3, 3, 1);
	w->ns = 9000;
	bind_slot(w, 3, 4, 4, 0);
	expect_rebind(w, 3, 1, 600);
}

static void test_rebind_by_scan(void **state)
{
	struct world *w = *state;

	bind_slot(w, 1, 1, 1, 0);
	w->ns = 2000;
	range(w, GM_K_UNBIND, 1, 1, 1, 0, 0, GM_EV_BY_SCAN);
	assert_int_equal(gm_model_vm(w->m, 1)->bindings.nr, 0);
	w->ns = 3000;
	bind_slot(w, 1, 1, 1, 0);
	w->ns = 4000;
	unbind_slot(w, 1, 1, 1, 0);
	w->ns = 5000;
	range(w, GM_K_BIND, 1, 1, 1, 0, 0, GM_EV_BY_SCAN);
	w->ns = 6000;
	bind_slot(w, 1, 1, 1, 1);
	assert_null(w->m->total[GM_PHASE_REBIND]);
	/* a failed bind ends nothing */
	w->ns = 7000;
	unbind_slot(w, 1, 1, 1, 0);
	{
		union gm_any rec = make_ev(w, GM_K_BIND, 1, 1, 1);

		rec.ev.ret = -17;
		put(w, &rec);
	}
	w->ns = 7100;
	bind_slot(w, 1, 1, 1, 0);
	expect_rebind(w, 1, 1, 100);
}

static void binding_state(struct world *w, uint32_t vm, uint32_t file, uint32_t inode, uint32_t slot)
{
	union gm_any rec = make(w, GM_K_BINDING);

	rec.as_BINDING.vm = vm;
	rec.as_BINDING.file = file;
	rec.as_BINDING.inode = inode;
	rec.as_BINDING.slot = slot;
	rec.as_BINDING.npages = 16;
	rec.as_BINDING.pgoff = slot * 16;
	rec.as_BINDING.base_gfn = 0x100 + slot * 16;
	put(w, &rec);
}

static void vm_walked(struct world *w, uint32_t vm, uint32_t flags)
{
	union gm_any rec = make(w, GM_K_VM);

	rec.as_VM.vm = vm;
	rec.as_VM.flags = flags;
	put(w, &rec);
}

/* A binding that a complete scan does not find has ended, at a time that cannot begin an interval. */
static void test_bindings_walk(void **state)
{
	struct world *w = *state;
	const struct gm_vm *vm;

	bind_slot(w, 1, 1, 1, 0);
	bind_slot(w, 1, 1, 1, 1);
	vm = gm_model_vm(w->m, 1);
	w->ns = 2000000000;
	scan(w, GM_SCAN_BINDINGS, GM_SCAN_END); /* a scan without its begin */
	assert_int_equal(vm->bindings.nr, 2);
	scan(w, GM_SCAN_BINDINGS, GM_SCAN_BEGIN);
	w->ns = 2000000100;
	binding_state(w, 1, 1, 1, 1);
	binding_state(w, 1, 1, 1, 2);
	vm_walked(w, 1, 0);
	bind_slot(w, 1, 1, 1, 3); /* a bind during the scan */
	assert_int_equal(vm->bindings.nr, 4);
	scan(w, GM_SCAN_BINDINGS, GM_SCAN_END);
	assert_int_equal(vm->bindings.nr, 3);
	assert_int_equal(((struct gm_binding *)vm->bindings.at[0])->slot, 1);
	assert_int_equal(((struct gm_binding *)vm->bindings.at[0])->since_ns, 1000);
	w->ns = 3000000000;
	bind_slot(w, 1, 1, 1, 0);
	assert_null(w->m->total[GM_PHASE_REBIND]);
	scan(w, GM_SCAN_TASKS, GM_SCAN_BEGIN);
	scan(w, GM_SCAN_TASKS, GM_SCAN_END);
	assert_int_equal(vm->bindings.nr, 4);
}

/* A scan ends no binding of a VM that it did not report, or reported without all bindings. */
static void test_bindings_walk_in_part(void **state)
{
	struct world *w = *state;

	for (uint32_t vm = 1; vm <= 3; vm++) {
		bind_slot(w, vm, vm, vm, 0);
		bind_slot(w, vm, vm, vm, 1);
	}
	w->ns = 2000000000;
	scan(w, GM_SCAN_BINDINGS, GM_SCAN_BEGIN);
	w->ns = 2000000100;
	vm_walked(w, 1, GM_OBJ_PARTIAL);
	binding_state(w, 1, 1, 1, 1);
	binding_state(w, 2, 2, 2, 1);
	vm_walked(w, 2, 0);
	scan(w, GM_SCAN_BINDINGS, GM_SCAN_END);
	assert_int_equal(gm_model_vm(w->m, 1)->bindings.nr, 2);
	assert_true(gm_model_vm(w->m, 1)->scan_partial);
	assert_int_equal(gm_model_vm(w->m, 2)->bindings.nr, 1);
	assert_false(gm_model_vm(w->m, 2)->scan_partial);
	assert_int_equal(gm_model_vm(w->m, 3)->bindings.nr, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_rebind_same_vm),    MODEL_TEST(test_rebind_by_other_vm),
		MODEL_TEST(test_rebind_of_machine), MODEL_TEST(test_rebind_by_scan),
		MODEL_TEST(test_bindings_walk),	    MODEL_TEST(test_bindings_walk_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
