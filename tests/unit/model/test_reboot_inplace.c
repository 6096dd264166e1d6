// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of user/model/reboot_inplace.c: resets of a VM that stays, with punched or moved memory; and acts that are no
 * reboot.
 */
#include "fixture/reboot_world.h"

/* Adds a call in a stop of the guest, which has exited so often. */
static void act(struct world *w, unsigned int kind, uint32_t vm, uint32_t inode, uint64_t exits)
{
	union gm_any rec = make_ev(w, kind, vm, inode, inode);

	rec.ev.dur_ns = rec.ev.self_ns = 5000;
	rec.ev.tid = 7;
	rec.ev.tgid = 100;
	rec.as_BIND.npages = 256;
	rec.as_BIND.boot_exits = exits;
	if (kind == GM_K_PUNCH)
		rec.as_PUNCH.pages = 200;
	w->ns += 20000;
	put(w, &rec);
}

static void reset_flagged(struct world *w, uint32_t vm, uint64_t exits, bool underway, uint32_t flags)
{
	union gm_any rec = make_ev(w, GM_K_RESET, vm, 0, 0);

	rec.ev.flags = GM_EV_NODUR | flags;
	rec.as_RESET.boot_exits = exits;
	rec.as_RESET.underway = underway;
	w->ns += 20000;
	put(w, &rec);
}

static void reset(struct world *w, uint32_t vm, uint64_t exits, bool underway)
{
	reset_flagged(w, vm, exits, underway, 0);
}

static void moved(struct world *w, uint32_t vm, uint64_t exits)
{
	act(w, GM_K_UNBIND, vm, vm, exits);
	act(w, GM_K_BIND, vm, vm, exits);
}

static void begin(struct world *w)
{
	keep(w);
	observe(w);
	w->ns = SEC;
	boot(w, 1, 1, 7);
	inode_state(w, 1, 200, 200, 0);
	quiet(w);
	quiet(w);
}

static size_t nr(const struct world *w)
{
	return gm_model_episodes(w->m)->nr;
}

/* Ends a reboot of a guest that touches no page. */
static void settle(struct world *w)
{
	for (int i = 0; i < 4; i++) {
		w->ns += SEC / 2;
		rb_tick(w, false);
	}
}

static void test_reset_alone(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;

	begin(w);
	reset(w, 1, 50, false);
	settle(w);
	assert_int_equal(nr(w), 1);
	e = episode(w, 0);
	assert_int_equal(e->style, GM_REBOOT_INPLACE);
	assert_int_equal(e->end, GM_REBOOT_STEADY);
	assert_int_equal(gm_episode_wall(e), 0);
	assert_int_equal(e->reset_ns, e->start_ns);
	assert_int_equal(gm_episode_freed(e), 0);
	adds_up(e);
}

/* QEMU and firmware: the slots are created anew before the vCPUs are reset, and again while the guest boots. */
static void test_firmware(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;

	begin(w);
	moved(w, 1, 50);
	reset(w, 1, 50, false);
	moved(w, 1, 60);
	moved(w, 1, 70);
	w->ns += SEC / 10;
	faults(w, 1, 30, 100000);
	settle(w);
	assert_int_equal(nr(w), 1);
	e = episode(w, 0);
	assert_int_equal(e->style, GM_REBOOT_INPLACE);
	assert_int_equal(e->end, GM_REBOOT_STEADY);
	assert_int_equal(e->reset_ns - e->start_ns, 45000);
	assert_int_equal(e->old[GM_PHASE_UNBIND].count, 1);
	assert_int_equal(e->new[GM_PHASE_UNBIND].count, 2);
	assert_int_equal(e->new[GM_PHASE_BIND].count, 3);
	assert_int_equal(gm_model_reshuffles(w->m)->nr, 2);
	assert_int_equal(gm_model_reshuffles_seen(w->m), 2);
	adds_up(e);
}

/* Successive resets, with their parts in either order, have their own calls. */
static void test_one_after_the_other(void **state)
{
	struct world *w = *state;

	begin(w);
	for (uint64_t i = 1; i <= 4; i++) {
		if (i % 2)
			reset(w, 1, 50 * i, false);
		act(w, GM_K_UNBIND, 1, 1, 50 * i);
		act(w, GM_K_PUNCH, 1, 1, 50 * i);
		act(w, GM_K_BIND, 1, 1, 50 * i);
		if (!(i % 2))
			reset(w, 1, 50 * i, false);
		w->ns += 300000;
		faults(w, 1, 200, 100000);
	}
	quiet(w);
	assert_int_equal(nr(w), 4);
	assert_int_equal(gm_model_reshuffles(w->m)->nr, 0);
	for (size_t i = 0; i < 4; i++) {
		const struct gm_episode *e = episode(w, i);

		assert_int_equal(e->style, GM_REBOOT_INPLACE);
		assert_int_equal(e->end, i < 3 ? GM_REBOOT_CUT : GM_REBOOT_STEADY);
		assert_int_equal(e->old[GM_PHASE_PUNCH].count, 1);
		assert_int_equal(e->old[GM_PHASE_UNBIND].count, 1);
		assert_int_equal(e->new[GM_PHASE_BIND].count, 1);
		assert_int_equal(gm_episode_allocated(e), 200);
		assert_int_equal(gm_episode_freed(e), 200);
		adds_up(e);
	}
}

static void test_reshuffle(void **state)
{
	struct world *w = *state;
	const struct gm_reshuffle *s;

	begin(w);
	moved(w, 1, 50);
	act(w, GM_K_UNBIND, 1, 1, 0);
	act(w, GM_K_BIND, 1, 1, 0);
	settle(w);
	assert_int_equal(nr(w), 0);
	assert_int_equal(gm_model_reshuffles(w->m)->nr, 2);
	s = gm_model_reshuffles(w->m)->at[0];
	assert_int_equal(s->pages, 256);
	assert_int_equal(s->end_ns - s->begin_ns, 25000);
}

/* A reset, then a snapshot's state. */
static void test_load(void **state)
{
	struct world *w = *state;

	begin(w);
	reset(w, 1, 50, false);
	reset(w, 1, 50, true);
	settle(w);
	assert_int_equal(nr(w), 0);
	reset(w, 1, 60, false);
	settle(w);
	assert_int_equal(nr(w), 1);
	assert_int_equal(episode(w, 0)->id, 1);
}

/* New memory replaces the VM's memory. */
static void test_replaced(void **state)
{
	struct world *w = *state;

	begin(w);
	act(w, GM_K_UNBIND, 1, 1, 50);
	call(w, GM_K_CREATE, 1, 2, 2, 3000, 3000, 7);
	act(w, GM_K_BIND, 1, 2, 50);
	w->ns += SEC / 10;
	faults(w, 1, 200, 100000);
	quiet(w);
	assert_int_equal(nr(w), 1);
	assert_int_equal(episode(w, 0)->style, GM_REBOOT_INPLACE);
	assert_int_equal(gm_model_reshuffles(w->m)->nr, 0);
	adds_up(episode(w, 0));
}

/* A rebuilt VM whose firmware moves its memory: the move does not split the reboot. */
static void test_recreate_firmware(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;

	begin(w);
	go_down(w, 1, 1, 7);
	boot(w, 2, 2, 7);
	moved(w, 2, 10);
	moved(w, 2, 20);
	faults(w, 2, 100, 50000);
	settle(w);
	assert_int_equal(nr(w), 1);
	e = episode(w, 0);
	assert_int_equal(e->style, GM_REBOOT_RECREATE);
	assert_int_equal(e->end, GM_REBOOT_STEADY);
	assert_int_equal(e->new[GM_PHASE_BIND].count, 3);
	assert_int_equal(gm_model_reshuffles(w->m)->nr, 2);
	adds_up(e);
}

/* A handover to a new VM. */
static void test_handover(void **state)
{
	struct world *w = *state;

	begin(w);
	call(w, GM_K_VM_CREATE, 2, 0, 0, 5000, 5000, 7);
	call(w, GM_K_CREATE, 2, 2, 1, 5000, 5000, 7);
	act(w, GM_K_BIND, 2, 2, 0);
	reset(w, 2, 0, true);
	go_down(w, 1, 9, 7);
	settle(w);
	assert_int_equal(nr(w), 1);
	assert_int_equal(episode(w, 0)->style, GM_REBOOT_HANDOVER);
	assert_false(gm_reboot_style_is_reboot(GM_REBOOT_HANDOVER));
}

/* A new VM gets a file of the old one's memory, and the state of a guest under way: so far a handover. */
static void view_restored(struct world *w)
{
	begin(w);
	call(w, GM_K_VM_CREATE, 2, 0, 0, 5000, 5000, 7);
	call(w, GM_K_CREATE, 2, 2, 1, 5000, 5000, 7);
	act(w, GM_K_BIND, 2, 1, 0);
	reset(w, 2, 0, true);
	assert_int_equal(episode(w, 0)->style, GM_REBOOT_HANDOVER);
}

/* The state of a new guest before it first runs makes the handover a reboot, of any style. */
static void test_handover_undone(void **state)
{
	struct world *w = *state;

	view_restored(w);
	reset(w, 2, 0, false);
	go_down(w, 1, 9, 7);
	faults(w, 2, 30, 1000);
	settle(w);
	assert_int_equal(nr(w), 1);
	assert_int_equal(episode(w, 0)->style, GM_REBOOT_LINK);
	assert_int_equal(gm_machine_reboots(gm_model_vm(w->m, 2)->machine), 1);
}

/* A scan found the old VM's end, maybe before the new one was created: the style is that of a rebuild. */
static void test_handover_undone_by_scan(void **state)
{
	struct world *w = *state;
	union gm_any rec;

	begin(w);
	boot(w, 2, 2, 7);
	reset(w, 2, 0, true);
	rec = make_ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	rec.ev.flags = GM_EV_NODUR | GM_EV_BY_SCAN;
	rec.ev.dur_ns = w->ns - SEC / 2; /* the time since the last sample */
	put(w, &rec);
	assert_int_equal(episode(w, 0)->style, GM_REBOOT_HANDOVER);
	reset(w, 2, 0, false);
	assert_int_equal(episode(w, 0)->style, GM_REBOOT_UNKNOWN);
}

/*
 * A live update: a new process of the same name gets the memory's descriptor, and a file of it in its own VM. The
 * memory is never an orphan.
 */
static void test_handover_to_a_process(void **state)
{
	struct world *w = *state;

	begin(w);
	proc(w, 100, 5, "guest");
	proc(w, 200, 9, "guest");
	vm_create(w, 2, 200);
	call(w, GM_K_CREATE, 2, 2, 1, 5000, 5000, 7);
	act(w, GM_K_BIND, 2, 1, 0);
	reset(w, 2, 0, true);
	assert_false(gm_inode_is_orphan(w->m, gm_model_inode(w->m, 1)));
	go_down(w, 1, 9, 7);
	settle(w);
	assert_false(gm_inode_is_orphan(w->m, gm_model_inode(w->m, 1)));
	assert_int_equal(nr(w), 1);
	assert_int_equal(episode(w, 0)->style, GM_REBOOT_HANDOVER);
	assert_false(episode(w, 0)->same_process);
	assert_int_equal(gm_machine_reboots(gm_model_vm(w->m, 2)->machine), 0);
}

/* A running VM gives memory back and does not touch it again. */
static void test_punched_for_good(void **state)
{
	struct world *w = *state;

	begin(w);
	act(w, GM_K_PUNCH, 1, 1, 50);
	w->ns += 61 * SEC;
	rb_tick(w, false);
	assert_int_equal(nr(w), 0);
	reset(w, 1, 60, false);
	settle(w);
	assert_int_equal(nr(w), 1);
}

/*
 * The ring was full when the faults' sums were read at a reset: the boots before and after are not exact, the next one
 * is.
 */
static void test_blurred(void **state)
{
	struct world *w = *state;

	begin(w);
	go_down(w, 1, 1, 7);
	boot(w, 2, 2, 7);
	reset_flagged(w, 2, 50, false, GM_EV_BLURRED);
	faults(w, 2, 100, 50000);
	reset(w, 2, 60, false);
	settle(w);
	assert_int_equal(nr(w), 3);
	assert_non_null(gm_episode_pages_partial(episode(w, 0)));
	assert_non_null(gm_episode_pages_partial(episode(w, 1)));
	assert_null(gm_episode_pages_partial(episode(w, 2)));
}

/* A new VM has its own sums, whatever those of its predecessor. */
static void test_blurred_before_a_rebuild(void **state)
{
	struct world *w = *state;
	union gm_any rec;

	begin(w);
	rec = make_ev(w, GM_K_PUNCH, 1, 1, 1);
	rec.ev.flags = GM_EV_BLURRED;
	rec.as_PUNCH.npages = 256;
	put(w, &rec);
	assert_true(episode(w, 0)->blurred);
	go_down(w, 1, 1, 7);
	boot(w, 2, 2, 7);
	settle(w);
	assert_int_equal(nr(w), 1);
	assert_null(gm_episode_pages_partial(episode(w, 0)));
}

static void test_not_known(void **state)
{
	struct world *w = *state;
	union gm_any rec;

	begin(w);
	assert_non_null(gm_model_resets_na(w->m));
	rec = make(w, GM_K_PROBE);
	rec.as_PROBE.state = GM_PROBE_ATTACHED;
	strcpy(rec.as_PROBE.probe, "reset");
	put(w, &rec);
	assert_null(gm_model_resets_na(w->m));
	rec.as_PROBE.state = GM_PROBE_REFUSED;
	strcpy(rec.as_PROBE.why, "this kernel refuses it");
	put(w, &rec);
	assert_string_equal(gm_model_resets_na(w->m), "this kernel refuses it");
}

/* A newer tool may use any name for a probe, as the record has the phases that the probe shows. */
static void test_not_known_by_another_name(void **state)
{
	struct world *w = *state;
	union gm_any rec;

	begin(w);
	rec = make(w, GM_K_PROBE);
	rec.as_PROBE.state = GM_PROBE_ATTACHED;
	strcpy(rec.as_PROBE.probe, "vcpu_state");
	put(w, &rec);
	assert_non_null(gm_model_resets_na(w->m));
	rec.as_PROBE.kinds = GM_PROBE_KIND(GM_K_RESET);
	put(w, &rec);
	assert_null(gm_model_resets_na(w->m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_reset_alone),
		MODEL_TEST(test_firmware),
		MODEL_TEST(test_one_after_the_other),
		MODEL_TEST(test_reshuffle),
		MODEL_TEST(test_load),
		MODEL_TEST(test_replaced),
		MODEL_TEST(test_recreate_firmware),
		MODEL_TEST(test_handover),
		MODEL_TEST(test_handover_undone),
		MODEL_TEST(test_handover_undone_by_scan),
		MODEL_TEST(test_handover_to_a_process),
		MODEL_TEST(test_punched_for_good),
		MODEL_TEST(test_blurred),
		MODEL_TEST(test_blurred_before_a_rebuild),
		MODEL_TEST(test_not_known),
		MODEL_TEST(test_not_known_by_another_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
