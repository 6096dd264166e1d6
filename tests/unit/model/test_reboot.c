// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/model/reboot*.c: which records make an episode, and that its ledger adds up to the wall clock. */
#include "fixture/reboot_world.h"

static void test_recreate(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;
	struct gm_saving s;
	uint64_t begin;

	keep(w);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	quiet(w);
	assert_int_equal(gm_model_episodes(w->m)->nr, 0); /* a first boot is no reboot */
	begin = w->ns + 160000 - 75000;			  /* the begin of the release, which ends late */
	go_down(w, 1, 1, 7);
	boot(w, 2, 2, 7);
	quiet(w);
	assert_int_equal(gm_model_episodes(w->m)->nr, 1);
	e = episode(w, 0);
	assert_int_equal(e->style, GM_REBOOT_RECREATE);
	assert_int_equal(e->end, GM_REBOOT_STEADY);
	assert_int_equal(e->old_vm, 1);
	assert_int_equal(e->new_vm, 2);
	assert_true(e->same_process);
	assert_int_equal(e->start_ns, begin);
	assert_int_equal(e->end_ns, w->ns - 4 * SEC / 10); /* the last fault */
	assert_int_equal(e->old[GM_PHASE_DESTROY].work_ns, 40000);
	assert_int_equal(e->old[GM_PHASE_DESTROY].wall_ns, 40000);
	assert_int_equal(e->old[GM_PHASE_RELEASE].work_ns, 25000);
	assert_int_equal(e->old[GM_PHASE_RELEASE].wall_ns, 75000 - 40000 - 10000);
	assert_int_equal(e->old[GM_PHASE_ZAP].off_ns, 5000);
	assert_int_equal(e->old[GM_PHASE_ZAP].blocked_ns, 2500);
	assert_true(e->old[GM_PHASE_ZAP].cpu_known);
	assert_int_equal(gm_episode_freed(e), 200);
	assert_int_equal(gm_episode_allocated(e), 200);
	assert_int_equal(e->new[GM_LINE_SETUP].work_ns, 5000);
	assert_int_equal(e->new[GM_PHASE_ALLOC].work_ns, 200000);
	assert_true(e->faults_on_wall);
	/* half of the time in which faults were under way */
	assert_int_equal(e->new[GM_PHASE_ALLOC].wall_ns, 250000);
	assert_false(e->rest_known);
	adds_up(e);
	gm_episode_saving(w->m, e, &s);
	assert_string_equal(s.na, "not recorded"); /* no record has the observed phases */
	vm_state(w, 0, 0);
}

/*
 * The saving is free 20000 + 200 * (alloc 1000 + zero 600), less the cost of finding a page, which is unknown and so
 * between 0 and alloc.
 */
static void test_saving(void **state)
{
	struct world *w = *state;
	struct gm_saving s;

	keep(w);
	observe(w);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	go_down(w, 1, 1, 7);
	boot(w, 2, 2, 7);
	quiet(w);
	gm_episode_saving(w->m, episode(w, 0), &s);
	assert_string_equal(s.na, "");
	assert_int_equal(s.pages, 200);
	assert_int_equal((int)(s.free_ns.mid + 0.5), 20000);
	assert_int_equal((int)(s.zero_ns.mid + 0.5), 120000);
	assert_int_equal((int)(s.zero_ns.low + 0.5), 116400); /* equal values: only the formula's own spread of 3 % */
	assert_int_equal((int)(s.alloc_ns.low + 0.5), 0);
	assert_int_equal((int)(s.alloc_ns.mid + 0.5), 100000);
	assert_int_equal((int)(s.alloc_ns.high + 0.5), 203000);
	assert_int_equal((int)(s.total_ns.mid + 0.5), 240000);
	assert_int_equal((int)(s.spte_ns + 0.5), 10000 + 60000);
}

static void test_overlap(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;

	keep(w);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	quiet(w);
	boot(w, 2, 2, 8);
	go_down(w, 1, 1, 7);
	quiet(w);
	assert_int_equal(gm_model_episodes(w->m)->nr, 1);
	e = episode(w, 0);
	assert_int_equal(e->style, GM_REBOOT_OVERLAP);
	assert_int_equal(e->end, GM_REBOOT_STEADY);
	assert_int_equal(e->end_ns, e->teardown_end_ns); /* the old VM's end came last */
	assert_true(e->start_ns < e->first_bind_ns);
	adds_up(e);
}

/* Adds n host faults, up to w->ns. */
static void host_faults(struct world *w, uint32_t vm, uint32_t n)
{
	union gm_any rec = make(w, GM_K_HIST);

	rec.as_HIST.vm = vm;
	rec.as_HIST.phase = GM_PHASE_HOST_FAULT;
	rec.as_HIST.sum_ns = 2000ull * n;
	rec.as_HIST.min_ns = rec.as_HIST.max_ns = 2000;
	rec.as_HIST.cells_nr = 1;
	rec.as_HIST.cells[0].slot = gm_hist_slot(2000);
	rec.as_HIST.cells[0].count = n;
	put(w, &rec);
	rec = make(w, GM_K_SPLIT);
	rec.as_SPLIT.vm = vm;
	rec.as_SPLIT.phase = GM_PHASE_HOST_FAULT;
	rec.as_SPLIT.part_ns[GM_PART_OTHER] = 2000ull * n;
	rec.as_SPLIT.first_ns = w->ns - 2000;
	rec.as_SPLIT.last_ns = w->ns;
	put(w, &rec);
}

/* Replaces VM 1 by VM 2, of which only the host touches memory. */
static void replace_idle(struct world *w, bool emulated)
{
	union gm_any meta = make(w, GM_K_META);

	keep(w);
	observe(w);
	meta.as_META.page_size = 4096;
	meta.as_META.emulated = emulated ? GM_YES : GM_NO;
	put(w, &meta);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	quiet(w);
	go_down(w, 1, 1, 7);
	call(w, GM_K_VM_CREATE, 2, 0, 0, 5000, 5000, 7);
	call(w, GM_K_CREATE, 2, 2, 2, 3000, 3000, 7);
	w->ns += 20000;
	call(w, GM_K_BIND, 2, 2, 2, 4000, 4000, 7);
	w->ns += SEC;
	host_faults(w, 2, 200);
}

/* A VMM loads a kernel into the new VM and lets it run later: the reboot lasts until the guest has its memory. */
static void test_host_touches_first(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;
	uint64_t last;

	replace_idle(w, false);
	for (int i = 0; i < 10; i++)
		quiet(w);
	e = episode(w, 0);
	assert_int_equal(e->end, GM_REBOOT_OPEN);
	w->ns += SEC;
	faults(w, 2, 50, 300000);
	last = w->ns;
	quiet(w);
	assert_int_equal(gm_model_episodes(w->m)->nr, 1);
	assert_int_equal(e->end, GM_REBOOT_STEADY);
	assert_int_equal(e->end_ns, last);
	assert_int_equal(e->new[GM_PHASE_GUEST_FAULT].count, 50);
}

/* A guest that does not fault for a minute: its reboot ends with the host's last touch, and says so. */
static void test_guest_never_faults(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;
	uint64_t touched;

	replace_idle(w, false);
	touched = w->ns;
	quiet(w);
	w->ns += 61 * SEC;
	quiet(w);
	e = episode(w, 0);
	assert_int_equal(e->end, GM_REBOOT_NO_GUEST_FAULT);
	assert_int_equal(e->end_ns, touched);
	adds_up(e);
}

/* Where KVM emulates guest code, the guest's own accesses are host faults. */
static void test_emulated_guest(void **state)
{
	struct world *w = *state;

	replace_idle(w, true);
	quiet(w);
	assert_int_equal(episode(w, 0)->end, GM_REBOOT_STEADY);
}

/* A second VM that stays beside the first one (migration helper, mirror) is no reboot. */
static void test_no_reboot(void **state)
{
	struct world *w = *state;

	keep(w);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	boot(w, 2, 2, 8);
	w->ns += 70 * SEC;
	quiet(w);
	rb_tick(w, true);
	assert_int_equal(gm_model_episodes(w->m)->nr, 0);
}

static void test_inplace(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;

	keep(w);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	quiet(w);
	rebind_punched(w);
	w->ns += SEC / 10;
	faults(w, 1, 200, 300000);
	quiet(w);
	assert_int_equal(gm_model_episodes(w->m)->nr, 1);
	e = episode(w, 0);
	assert_int_equal(e->style, GM_REBOOT_INPLACE);
	assert_int_equal(e->end, GM_REBOOT_STEADY);
	assert_int_equal(e->old[GM_PHASE_UNBIND].count, 1);
	assert_int_equal(e->old[GM_PHASE_PUNCH].pages, 200);
	assert_int_equal(e->new[GM_PHASE_BIND].count, 1);
	assert_int_equal(gm_episode_allocated(e), 200); /* only this boot's pages */
	adds_up(e);
	/* a second reboot before a tick: each reboot has its own counts and times */
	for (int i = 0; i < 2; i++) {
		rebind_punched(w);
		w->ns += 400000;
		faults(w, 1, 200, 300000);
	}
	quiet(w);
	assert_int_equal(gm_model_episodes(w->m)->nr, 3);
	for (size_t i = 1; i < 3; i++) {
		e = episode(w, i);
		assert_int_equal(e->style, GM_REBOOT_INPLACE);
		assert_int_equal(e->end, i == 1 ? GM_REBOOT_CUT : GM_REBOOT_STEADY);
		assert_int_equal(gm_episode_wall(e), 9000 + 50000 + 50000 + 400000);
		assert_int_equal(gm_episode_allocated(e), 200);
		assert_int_equal(gm_episode_freed(e), 200);
		adds_up(e);
	}
}

/* A reset and a teardown before a tick are two episodes, each with its own calls. */
static void test_inplace_then_gone(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;

	keep(w);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	quiet(w);
	rebind_punched(w);
	go_down(w, 1, 1, 7);
	boot(w, 2, 2, 7);
	quiet(w);
	assert_int_equal(gm_model_episodes(w->m)->nr, 2);
	e = episode(w, 0);
	assert_int_equal(e->style, GM_REBOOT_INPLACE);
	assert_int_equal(e->end, GM_REBOOT_CUT);
	adds_up(e);
	e = episode(w, 1);
	assert_int_equal(e->style, GM_REBOOT_RECREATE);
	assert_int_equal(e->old[GM_PHASE_PUNCH].count, 0);
	assert_int_equal(e->old[GM_PHASE_UNBIND].count, 0);
	assert_int_equal(gm_episode_freed(e), 200);
	adds_up(e);
}

/* The slots stay, the memory is punched and touched again: the VM is its own successor. */
static void test_punched(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;

	keep(w);
	observe(w);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	inode_state(w, 1, 200, 200, 0);
	quiet(w);
	w->ns += 50000;
	call(w, GM_K_PUNCH, 1, 1, 1, 8000, 8000, 7);
	w->ns += SEC / 10;
	faults(w, 1, 200, 300000);
	quiet(w);
	assert_int_equal(gm_model_episodes(w->m)->nr, 1);
	e = episode(w, 0);
	assert_int_equal(e->style, GM_REBOOT_INPLACE);
	assert_int_equal(e->end, GM_REBOOT_STEADY);
	assert_int_equal(gm_episode_freed(e), 200);
	assert_int_equal(gm_episode_allocated(e), 200);
	assert_int_equal(gm_episode_wall(e), 8000 + SEC / 10);
	adds_up(e);
}

/* A part that is larger than the whole is bounded, and no difference wraps. */
static void test_off_cpu_bounded(void **state)
{
	struct world *w = *state;
	union gm_any rec;
	struct gm_saving s;

	keep(w);
	observe(w);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	quiet(w);
	w->ns += 100000;
	rec = make_ev(w, GM_K_EVICT, 1, 1, 1);
	rec.ev.dur_ns = rec.ev.self_ns = 20000;
	rec.ev.flags = GM_EV_CPU;
	rec.as_EVICT.pages = 200;
	rec.as_EVICT.off_ns = 4000000;
	rec.as_EVICT.blocked_ns = UINT64_MAX;
	put(w, &rec);
	w->ns += 10000;
	call(w, GM_K_VM_DESTROY, 1, 0, 0, 5000, 5000, 7);
	boot(w, 2, 2, 7);
	quiet(w);
	assert_int_equal(episode(w, 0)->old[GM_PHASE_FREE].off_ns, 20000);
	assert_int_equal(episode(w, 0)->old[GM_PHASE_FREE].blocked_ns, 20000);
	gm_episode_saving(w->m, episode(w, 0), &s);
	assert_string_equal(s.na, "");
	assert_true(s.free_ns.mid >= 0 && s.free_ns.mid <= 20000);
}

static void test_link(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;
	struct gm_saving s;

	keep(w);
	observe(w);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	quiet(w);
	w->ns += 1000000;
	call(w, GM_K_VM_CREATE, 2, 0, 0, 5000, 5000, 7);
	w->ns += 10000;
	call(w, GM_K_CREATE, 2, 2, 1, 3000, 3000, 7);
	w->ns += 100000;
	call(w, GM_K_VM_DESTROY, 1, 0, 0, 40000, 40000, 7);
	w->ns += 20000;
	call(w, GM_K_RELEASE, 1, 1, 1, 70000, 30000, 7);
	w->ns += 20000;
	call(w, GM_K_BIND, 2, 2, 1, 4000, 4000, 7);
	quiet(w);
	e = episode(w, 0);
	assert_int_equal(gm_model_episodes(w->m)->nr, 1);
	assert_int_equal(e->style, GM_REBOOT_LINK);
	assert_int_equal(gm_episode_freed(e), 0);
	gm_episode_saving(w->m, e, &s);
	assert_string_equal(s.na, "this reboot did re-use the inode");
	adds_up(e);
}

/* A VM goes down three times before it is steady; and then is shut down. */
static void test_crash_loop(void **state)
{
	struct world *w = *state;

	keep(w);
	w->ns = SEC;
	for (uint32_t vm = 1; vm <= 4; vm++) {
		boot(w, vm, vm, 7);
		rb_tick(w, false);
		go_down(w, vm, vm, 7);
	}
	w->ns += SEC;
	rb_tick(w, true);
	assert_int_equal(gm_model_episodes(w->m)->nr, 4);
	for (uint32_t i = 0; i < 4; i++) {
		const struct gm_episode *e = episode(w, i);

		assert_int_equal(e->old_vm, i + 1);
		assert_int_equal(e->new_vm, i < 3 ? i + 2 : 0);
		assert_int_equal(e->end, i < 3 ? GM_REBOOT_CUT : GM_REBOOT_NO_SUCCESSOR);
		assert_int_equal(e->style, i < 3 ? GM_REBOOT_RECREATE : GM_REBOOT_SHUTDOWN);
		assert_int_equal(gm_episode_allocated(e), i < 3 ? 200 : 0);
		adds_up(e);
	}
}

/* Of several reboots between two ticks, the machine's last reboot is the last one. */
static void test_several_at_a_tick(void **state)
{
	struct world *w = *state;

	keep(w);
	w->ns = SEC;
	for (uint32_t vm = 1; vm <= 4; vm++) {
		boot(w, vm, vm, 7);
		go_down(w, vm, vm, 7);
	}
	rb_tick(w, false);
	assert_int_equal(gm_model_vm(w->m, 1)->machine->last_episode, episode(w, 2)->id);
	assert_int_equal(gm_model_vm(w->m, 1)->machine->episodes[GM_REBOOT_RECREATE], 3);
}

/* A call beside one that ends later has no wall-clock time of its own, and is marked. */
static void test_parallel(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;

	keep(w);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	quiet(w);
	w->ns += 100000;
	call(w, GM_K_ZAP, 1, 1, 1, 30000, 30000, 9); /* another task's, inside of the destruction */
	w->ns += 10000;
	call(w, GM_K_VM_DESTROY, 1, 0, 0, 60000, 60000, 7);
	w->ns += 10000;
	call(w, GM_K_RELEASE, 1, 1, 1, 5000, 5000, 7);
	w->ns += SEC;
	rb_tick(w, true);
	e = episode(w, 0);
	assert_int_equal(e->old[GM_PHASE_ZAP].wall_ns, 0);
	assert_int_equal(e->old[GM_PHASE_DESTROY].wall_ns, 60000);
	assert_int_equal(e->parallel_ns, 30000);
	adds_up(e);
}

/* After any records in any order, every ledger adds up. */
static void test_random(void **state)
{
	static const unsigned int kinds[] = {
		GM_K_VM_CREATE, GM_K_CREATE,	 GM_K_BIND,  GM_K_UNBIND, GM_K_ZAP,
		GM_K_RELEASE,	GM_K_VM_DESTROY, GM_K_EVICT, GM_K_PUNCH,  GM_K_FALLOCATE
	};
	struct world *w = *state;
	uint64_t rnd = 5;

	keep(w);
	w->ns = SEC;
	for (int i = 0; i < 4000; i++) {
		uint32_t vm = 1 + (uint32_t)(unit_random(&rnd) % 8) + (uint32_t)i / 200,
			 inode = vm + (uint32_t)(unit_random(&rnd) % 2);
		uint64_t ns = unit_random(&rnd) % 500000;

		w->ns += unit_random(&rnd) % 1000000;
		if (unit_random(&rnd) % 10 == 0)
			rb_tick(w, false);
		else if (unit_random(&rnd) % 10 == 0)
			faults(w, vm, 1 + (uint32_t)(unit_random(&rnd) % 50), ns);
		else
			call(w, kinds[unit_random(&rnd) % GM_ARRAY_SIZE(kinds)], vm, vm, inode, ns, ns,
			     (uint32_t)(unit_random(&rnd) % 3));
	}
	w->ns += SEC;
	rb_tick(w, true);
	assert_true(gm_model_episodes(w->m)->nr > 10);
	for (size_t i = 0; i < gm_model_episodes(w->m)->nr; i++)
		if (episode(w, i)->end != GM_REBOOT_OPEN)
			adds_up(episode(w, i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_recreate),
		MODEL_TEST(test_saving),
		MODEL_TEST(test_overlap),
		MODEL_TEST(test_host_touches_first),
		MODEL_TEST(test_guest_never_faults),
		MODEL_TEST(test_emulated_guest),
		MODEL_TEST(test_no_reboot),
		MODEL_TEST(test_inplace),
		MODEL_TEST(test_inplace_then_gone),
		MODEL_TEST(test_punched),
		MODEL_TEST(test_off_cpu_bounded),
		MODEL_TEST(test_link),
		MODEL_TEST(test_crash_loop),
		MODEL_TEST(test_several_at_a_tick),
		MODEL_TEST(test_parallel),
		MODEL_TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
