// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/model/model_untimed.c: events that a histogram did not time, as the kernel skipped runs of programs. */
#include "fixture/model_world.h"
#include "model/observe.h"

/* VM 1 has 10 allocated pages, 7 of them timed, and 12 guest faults, 3 of them untimed. */
static void begin(struct world *w)
{
	union gm_any rec;

	probe(w, "page_add", GM_PROBE_ATTACHED, 0, "");
	probe(w, "page_delete", GM_PROBE_ATTACHED, 0, "");
	probe(w, "guest_fault", GM_PROBE_ATTACHED,
	      1u << GM_PHASE_ALLOC | 1u << GM_PHASE_ZERO | 1u << GM_PHASE_GUEST_FAULT, "");
	vm_create(w, 1, 100);
	inode_state(w, 1, 0, 0, 0);
	file_state(w, 1, 1, 1);
	inode_state(w, 1, 10, 10, 0);
	hist(w, 1, GM_PHASE_ALLOC, 7, 1000);
	hist(w, 1, GM_PHASE_ZERO, 8, 1000);
	hist(w, 1, GM_PHASE_GUEST_FAULT, 9, 1000);
	rec = make(w, GM_K_SPLIT);
	rec.as_SPLIT.vm = 1;
	rec.as_SPLIT.phase = GM_PHASE_GUEST_FAULT;
	rec.as_SPLIT.untimed = 3;
	put(w, &rec);
}

static void expect(const struct world *w, unsigned int phase, uint64_t timed, uint64_t untimed)
{
	const struct gm_hist *all = w->m->total[phase], *of_vm = gm_model_vm(w->m, 1)->phase[phase];
	struct gm_hist of_machine;

	gm_machine_hist(gm_model_vm(w->m, 1)->machine, phase, &of_machine);
	assert_int_equal(all->count, timed);
	assert_int_equal(all->untimed, untimed);
	assert_int_equal(of_vm->untimed, untimed);
	assert_int_equal(gm_hist_total(&of_machine), timed + untimed);
}

static void test_skipped(void **state)
{
	struct world *w = *state;

	begin(w);
	loss(w, "program_skipped", 6);
	tick(w);
	expect(w, GM_PHASE_GUEST_FAULT, 9, 3);
	assert_int_equal(gm_model_vm(w->m, 1)->faults, 12);
	expect(w, GM_PHASE_ALLOC, 7, 3);
	expect(w, GM_PHASE_ZERO, 8, 2);
	hist(w, 1, GM_PHASE_ALLOC, 2, 1000); /* faults that were under way end */
	tick(w);
	expect(w, GM_PHASE_ALLOC, 9, 1);
}

/* Without skipped runs, untimed pages were allocated in another way, such as KVM's own copy at launch. */
static void test_nothing_skipped(void **state)
{
	struct world *w = *state;

	begin(w);
	tick(w);
	expect(w, GM_PHASE_ALLOC, 7, 0);
	expect(w, GM_PHASE_GUEST_FAULT, 9, 3);
}

/* A page of fallocate is zeroed later or never, so the number of pages does not tell the number of zeroed ones. */
static void test_fallocated(void **state)
{
	struct world *w = *state;

	begin(w);
	ev(w, GM_K_FALLOCATE, 1, 1, 1);
	loss(w, "program_skipped", 6);
	tick(w);
	expect(w, GM_PHASE_ALLOC, 7, 3);
	expect(w, GM_PHASE_ZERO, 8, 0);
	assert_int_equal(gm_model_sight(w->m, GM_PHASE_ZERO).seen, GM_SEEN_PART);
}

/* A mode that does not see all allocations cannot count the skipped ones. */
static void test_partial(void **state)
{
	struct world *w = *state;

	probe(w, "host_fault", GM_PROBE_REFUSED, 1u << GM_PHASE_ALLOC | 1u << GM_PHASE_HOST_FAULT, "refused");
	begin(w);
	loss(w, "program_skipped", 6);
	tick(w);
	expect(w, GM_PHASE_ALLOC, 7, 0);
	expect(w, GM_PHASE_GUEST_FAULT, 9, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_skipped),
		MODEL_TEST(test_nothing_skipped),
		MODEL_TEST(test_fallocated),
		MODEL_TEST(test_partial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
