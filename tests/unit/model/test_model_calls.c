// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/model/model_calls.c: calls that the kernel summed, in counts and in the ledger of a reboot. */
#include "fixture/reboot_world.h"

static void calls(struct world *w, uint32_t vm, uint32_t phase, uint64_t n, uint64_t since_ns)
{
	union gm_any rec = make(w, GM_K_CALLS);

	rec.as_CALLS.vm = vm;
	rec.as_CALLS.phase = phase;
	rec.as_CALLS.done = n;
	rec.as_CALLS.failed = 2;
	rec.as_CALLS.pages = 3 * n;
	rec.as_CALLS.self_ns = 1000 * n;
	rec.as_CALLS.since_ns = since_ns;
	rec.as_CALLS.last_ns = w->ns;
	put(w, &rec);
}

/* They count as events do, to the VM, its machine and the host; without a VM to the host alone. */
static void test_counts(void **state)
{
	struct world *w = *state;
	const struct gm_vm *vm;

	ev(w, GM_K_CONVERT, 1, 1, 1);
	calls(w, 1, GM_PHASE_CONVERT, 10, 0);
	calls(w, 0, GM_PHASE_ZAP, 5, 0);
	vm = gm_model_vm(w->m, 1);
	assert_int_equal(vm->counts.events[GM_K_CONVERT], 13);
	assert_int_equal(vm->counts.failed[GM_K_CONVERT], 2);
	assert_int_equal(vm->machine->counts.events[GM_K_CONVERT], 13);
	assert_int_equal(w->m->counts.events[GM_K_CONVERT], 13);
	assert_int_equal(w->m->counts.events[GM_K_ZAP], 7);
	assert_int_equal(vm->counts.events[GM_K_ZAP], 0);
	assert_int_equal(w->m->summed[GM_K_CONVERT], 12);
	assert_int_equal(w->m->summed[GM_K_PUNCH], 0);
}

/* A phase whose calls are never summed: the record is useless. */
static void test_other_phase(void **state)
{
	struct world *w = *state;
	union gm_any raw = make(w, GM_K_CALLS), out;

	raw.as_CALLS.phase = GM_PHASE_BIND;
	assert_int_equal(gm_rec_check(&raw, sizeof(raw), &out), raw.h.len);
	assert_int_equal(out.h.kind, 0);
	calls(w, 1, GM_PHASE_BIND, 10, 0);
	assert_int_equal(w->m->counts.events[GM_K_BIND], 0);
}

/* A VM boots, is torn down, and the next one converts its memory page by page: most conversions are one sum. */
static void reboot(struct world *w)
{
	keep(w);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	quiet(w);
	go_down(w, 1, 1, 7);
	boot(w, 2, 2, 7);
	call(w, GM_K_CONVERT, 2, 0, 0, 2000, 2000, 7);
	w->ns += 200000;
	calls(w, 2, GM_PHASE_CONVERT, 100, w->ns - SEC / 2);
	quiet(w);
}

static void test_ledger(void **state)
{
	struct world *w = *state;
	const struct gm_line_cost *l;
	const struct gm_episode *e;

	reboot(w);
	e = episode(w, 0);
	l = &e->new[GM_PHASE_CONVERT];
	assert_int_equal(l->count, 101);
	assert_int_equal(l->summed, 100);
	assert_int_equal(l->pages, 300);
	assert_int_equal(l->work_ns, 102000);
	assert_int_equal(l->wall_ns, 102000);
	assert_false(l->cpu_known);
	for (size_t i = 0; i < e->steps.nr; i++) /* a sum has no task, and no place on the wall clock */
		assert_int_equal(((const struct gm_step *)e->steps.at[i])->calls, 0);
	adds_up(e);
}

/* The old VM's conversions are no part of its end, and punches are, with those of the sample in which that began. */
static void test_old_side(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;

	keep(w);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	quiet(w);
	calls(w, 1, GM_PHASE_PUNCH, 7, 0); /* long before */
	w->ns += 3 * SEC;
	calls(w, 1, GM_PHASE_CONVERT, 50, w->ns - SEC);
	call(w, GM_K_PUNCH, 1, 1, 1, 8000, 8000, 7);
	w->ns += 100000;
	calls(w, 1, GM_PHASE_PUNCH, 20, w->ns - SEC);
	go_down(w, 1, 1, 7);
	boot(w, 2, 2, 7);
	quiet(w);
	e = episode(w, 0);
	assert_int_equal(e->old[GM_PHASE_CONVERT].count, 0);
	assert_int_equal(e->old[GM_PHASE_PUNCH].count, 21);
	assert_int_equal(e->old[GM_PHASE_PUNCH].summed, 20);
	adds_up(e);
}

/* Summed work beyond what the wall clock has left, as of several tasks: the ledger adds up. */
static void test_more_than_wall(void **state)
{
	struct world *w = *state;

	reboot(w);
	w->ns += SEC;
	go_down(w, 2, 2, 7);
	boot(w, 3, 3, 7);
	calls(w, 3, GM_PHASE_CONVERT, 100000000, 0);
	calls(w, 3, GM_PHASE_FALLOCATE, 100000000, 0);
	quiet(w);
	adds_up(episode(w, 1));
	assert_int_equal(episode(w, 1)->new[GM_PHASE_CONVERT].summed, 100000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_counts),   MODEL_TEST(test_other_phase),    MODEL_TEST(test_ledger),
		MODEL_TEST(test_old_side), MODEL_TEST(test_more_than_wall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
