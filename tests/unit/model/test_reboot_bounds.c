// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of user/model/reboot*.c without function probes: times of calls are exact, times that a sample found are
 * bounds, other times are unknown.
 */
#include "fixture/reboot_world.h"

static void probe_is(struct world *w, const char *name, uint32_t state, uint32_t phases)
{
	union gm_any rec = make(w, GM_K_PROBE);

	snprintf(rec.as_PROBE.probe, sizeof(rec.as_PROBE.probe), "%s", name);
	rec.as_PROBE.state = state;
	rec.as_PROBE.phases = phases;
	snprintf(rec.as_PROBE.why, sizeof(rec.as_PROBE.why), state == GM_PROBE_ATTACHED ? "" : "refused");
	put(w, &rec);
}

#define P(x) (1u << GM_PHASE_##x)
static void tracepoints(struct world *w, bool guest_faults)
{
	keep(w);
	probe_is(w, "vm_create", GM_PROBE_ATTACHED, 0);
	probe_is(w, "create", GM_PROBE_ATTACHED, P(CREATE));
	probe_is(w, "page_add", GM_PROBE_ATTACHED, 0);
	probe_is(w, "page_delete", GM_PROBE_ATTACHED, 0);
	probe_is(w, "release", GM_PROBE_REFUSED,
		 P(RELEASE) | P(FREE) | P(DESTROY) | P(BIND) | P(UNBIND) | P(HOST_FAULT));
	probe_is(w, "guest_fault", guest_faults ? GM_PROBE_ATTACHED : GM_PROBE_REFUSED,
		 P(GUEST_FAULT) | P(ALLOC) | P(ZERO) | P(MAP));
	w->ns = SEC;
}

static void inode_is(struct world *w, uint32_t inode, uint64_t allocated, uint64_t freed, uint64_t touched_ns)
{
	union gm_any rec = make(w, GM_K_INODE);

	rec.as_INODE.inode = inode;
	rec.as_INODE.counted = 1;
	rec.as_INODE.allocated_pages = allocated;
	rec.as_INODE.freed_pages = freed;
	rec.as_INODE.resident_pages = allocated - freed;
	rec.as_INODE.touched_ns = touched_ns;
	put(w, &rec);
}

/* Boots a VM without visible faults. */
static void boot_unseen(struct world *w, uint32_t vm, uint32_t inode)
{
	call(w, GM_K_VM_CREATE, vm, 0, 0, 5000, 5000, 7);
	call(w, GM_K_CREATE, vm, vm, inode, 3000, 3000, 7);
	w->ns += 20000;
	call(w, GM_K_BIND, vm, vm, inode, 4000, 4000, 7);
	w->ns += SEC;
}

/* Ends an object; a sample finds the end now, and has seen the object alive at since. */
static void noticed(struct world *w, unsigned int kind, uint32_t vm, uint32_t inode, uint64_t since)
{
	union gm_any rec = make_ev(w, kind, vm, vm, inode);

	rec.ev.dur_ns = w->ns - since;
	rec.ev.flags = GM_EV_NODUR | GM_EV_BY_SCAN;
	if (kind == GM_K_EVICT)
		rec.as_EVICT.pages = 200;
	put(w, &rec);
}

/* Ends a file; a sample finds the end now. The end began between since and begin_max. */
static void noticed_release(struct world *w, uint32_t vm, uint32_t inode, uint64_t since, uint64_t begin_max)
{
	union gm_any rec = make_ev(w, GM_K_RELEASE, vm, vm, inode);

	rec.ev.dur_ns = w->ns - since;
	rec.ev.flags = GM_EV_NODUR | GM_EV_BY_SCAN;
	rec.as_RELEASE.begin_max_ns = begin_max;
	put(w, &rec);
}

static void found_gone(struct world *w, uint32_t vm, uint32_t inode, uint64_t since)
{
	noticed(w, GM_K_VM_DESTROY, vm, 0, since);
	noticed(w, GM_K_RELEASE, vm, inode, since);
	noticed(w, GM_K_EVICT, 0, inode, since);
}

/* Ends a file in a call that began ns ago and returned now; end_min: its return was not seen, and was not before. */
static void closed_by(struct world *w, uint32_t vm, uint32_t inode, uint64_t ns, uint64_t end_min)
{
	const unsigned int kinds[] = { GM_K_RELEASE, GM_K_EVICT, GM_K_VM_DESTROY };

	for (size_t i = 0; i < GM_ARRAY_SIZE(kinds); i++) {
		union gm_any rec = make_ev(w, kinds[i], vm, vm, inode);

		rec.ev.dur_ns = rec.ev.self_ns = ns;
		rec.ev.flags = GM_EV_SYSCALL;
		if (kinds[i] == GM_K_EVICT)
			rec.as_EVICT.pages = 200;
		if (kinds[i] == GM_K_VM_DESTROY)
			rec.as_VM_DESTROY.end_min_ns = end_min;
		else
			rec.as_EVICT.end_min_ns = end_min;
		put(w, &rec);
	}
}

static void closed(struct world *w, uint32_t vm, uint32_t inode, uint64_t ns)
{
	closed_by(w, vm, inode, ns, 0);
}

/* Styles by the calls: begin and end are known, the phases in between are not. */
static void test_calls(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;
	uint64_t begin;

	tracepoints(w, true);
	boot(w, 1, 1, 7);
	inode_is(w, 1, 200, 0, 0);
	quiet(w);
	w->ns += 16000000;
	closed(w, 1, 1, 16000000);
	begin = w->ns - 16000000;
	w->ns += 1000000;
	boot(w, 2, 2, 7);
	inode_is(w, 2, 200, 0, 0);
	quiet(w);
	e = episode(w, 0);
	assert_int_equal(e->style, GM_REBOOT_RECREATE);
	assert_true(gm_episode_is_timed(e));
	assert_int_equal(e->start_ns, begin);
	assert_int_equal(e->end_ns, w->ns - 4 * SEC / 10);
	assert_int_equal(e->old[GM_PHASE_RELEASE].count, 0);
	assert_int_equal(e->old[GM_PHASE_DESTROY].wall_ns, 0);
	assert_int_equal(gm_episode_freed(e), 200);
	assert_int_equal(gm_episode_allocated(e), 200);
	adds_up(e);
	assert_int_equal(gm_model_reboot_hist(w->m, GM_REBOOT_RECREATE)->count, 1);
}

/*
 * A call whose return is not seen, such as close_range: the begin is known, and the end of the teardown is between two
 * times. The reboot has a duration if the new VM has its memory after both times; a shutdown has none.
 */
static void test_unseen_return(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;
	uint64_t begin, end_min;

	tracepoints(w, true);
	boot(w, 1, 1, 7);
	quiet(w);
	begin = w->ns;
	w->ns += 16000000;
	closed_by(w, 1, 1, 16000000, begin + 9000000);
	boot(w, 2, 2, 7);
	quiet(w);
	e = episode(w, 0);
	assert_int_equal(e->style, GM_REBOOT_RECREATE);
	assert_true(gm_episode_is_timed(e));
	assert_int_equal(e->start_ns, begin);
	assert_false(gm_episode_teardown_is_known(e));

	begin = w->ns;
	w->ns += 5000000;
	end_min = begin + 2000000;
	closed_by(w, 2, 2, 5000000, end_min);
	w->ns += SEC;
	rb_tick(w, true);
	e = episode(w, 1);
	assert_int_equal(e->start_ns, begin);
	assert_int_equal(e->start_max_ns, begin);
	assert_int_equal(e->end_min_ns, end_min);
	assert_int_equal(e->end_ns, begin + 5000000);
	assert_int_equal(gm_episode_untimed(w->m, e), GM_REBOOT_TEARDOWN_END);
}

/*
 * A sample finds the end of the old VM after the creation of the new one. The old one's memory was freed before that,
 * so the teardown came first; the end of its file is a better bound of the begin than that of the VM.
 */
static void test_left_before(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;
	uint64_t seen, left;

	tracepoints(w, true);
	boot(w, 1, 1, 7);
	quiet(w);
	seen = w->ns;
	left = seen + SEC / 10;
	w->ns = seen + SEC / 5;
	boot(w, 2, 2, 7);
	noticed(w, GM_K_VM_DESTROY, 1, 0, seen);
	noticed_release(w, 1, 1, seen + 1000, left);
	noticed(w, GM_K_EVICT, 0, 1, seen);
	quiet(w);
	e = episode(w, 0);
	assert_int_equal(e->style, GM_REBOOT_RECREATE);
	assert_int_equal(e->start_ns, seen + 1000);
	assert_int_equal(e->start_max_ns, left);
}

/* The end of the first of two files begins the teardown; its begin is a bound, and so is the teardown's. */
static void test_bound_of_an_earlier_act(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;
	union gm_any rec;
	uint64_t t;

	tracepoints(w, true);
	boot(w, 1, 1, 7);
	file_state(w, 9, 1, 1);
	quiet(w);
	t = w->ns;
	w->ns = t + SEC / 2;
	rec = make_ev(w, GM_K_RELEASE, 1, 9, 1);
	rec.ev.dur_ns = rec.ev.self_ns = SEC * 4 / 10;
	rec.ev.flags = GM_EV_SYSCALL;
	rec.as_RELEASE.begin_max_ns = t + SEC * 45 / 100;
	put(w, &rec);
	w->ns = t + SEC * 6 / 10;
	closed_by(w, 1, 1, SEC / 20, 0);
	w->ns += SEC / 10;
	boot(w, 2, 2, 7);
	quiet(w);
	e = episode(w, 0);
	assert_int_equal(e->start_ns, t + SEC / 10);
	assert_int_equal(e->start_max_ns, t + SEC * 45 / 100);
	assert_false(gm_episode_is_timed(e));
}

/* The old VM ends between two samples; the style depends on the creation of the new one. */
static void one_style(struct world *w, int64_t created, unsigned int style)
{
	uint64_t seen, gone;
	const struct gm_episode *e;

	tracepoints(w, true);
	boot(w, 1, 1, 7);
	quiet(w);
	seen = w->ns;
	gone = seen + SEC / 2;
	w->ns = (uint64_t)((int64_t)seen + created);
	call(w, GM_K_VM_CREATE, 2, 0, 0, 5000, 5000, 7);
	if (w->ns < gone) {
		w->ns = gone;
		found_gone(w, 1, 1, seen);
		w->ns += 1000;
		call(w, GM_K_CREATE, 2, 2, 2, 3000, 3000, 7);
	} else {
		uint64_t now = w->ns;

		w->ns = gone;
		found_gone(w, 1, 1, seen);
		w->ns = now;
		call(w, GM_K_CREATE, 2, 2, 2, 3000, 3000, 7);
	}
	w->ns += 20000;
	call(w, GM_K_BIND, 2, 2, 2, 4000, 4000, 7);
	w->ns += SEC;
	faults(w, 2, 200, 500000);
	quiet(w);
	e = episode(w, 0);
	assert_int_equal(e->style, style);
	assert_int_equal(gm_episode_freed(e), 200);
	if (style == GM_REBOOT_OVERLAP) { /* it begins with the creation and ends with a fault */
		assert_true(gm_episode_is_timed(e));
		return;
	}
	assert_false(gm_episode_is_timed(e));
	assert_int_equal(gm_episode_untimed(w->m, e), GM_REBOOT_TEARDOWN_BEGIN);
	assert_int_equal(e->start_ns, seen);
	assert_int_equal(e->start_max_ns, style == GM_REBOOT_RECREATE ? gone : seen + (uint64_t)created - 5000);
	assert_int_equal(gm_episode_wall(e), e->end_ns - seen);
	assert_int_equal(gm_episode_wall_min(e), e->end_ns - e->start_max_ns);
	assert_null(gm_model_reboot_hist(w->m, style));
	assert_int_equal(gm_model_reboots_untimed(w->m, GM_REBOOT_TEARDOWN_BEGIN), 1);
}

static void test_gone_before(void **state)
{
	one_style(*state, SEC * 6 / 10, GM_REBOOT_RECREATE);
}

static void test_created_before(void **state)
{
	one_style(*state, -(int64_t)SEC / 10, GM_REBOOT_OVERLAP);
}

static void test_no_order(void **state)
{
	one_style(*state, SEC / 4, GM_REBOOT_UNKNOWN);
}

/* An overlap whose last act is the old VM's end, between two samples. */
static void test_late_end(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;
	uint64_t fault, seen;

	tracepoints(w, true);
	boot(w, 1, 1, 7);
	quiet(w);
	boot(w, 2, 2, 7);
	fault = w->ns;
	quiet(w);
	seen = w->ns;
	w->ns += SEC / 2;
	found_gone(w, 1, 1, seen);
	quiet(w);
	e = episode(w, 0);
	assert_int_equal(e->style, GM_REBOOT_OVERLAP);
	assert_int_equal(e->start_ns, e->start_max_ns);
	assert_int_equal(e->end_min_ns, seen);
	assert_int_equal(e->end_ns, seen + SEC / 2);
	assert_true(fault < seen);
	assert_int_equal(gm_episode_untimed(w->m, e), GM_REBOOT_TEARDOWN_END);
}

/* Without visible guest faults, the last allocated page is the end, and pages are counted. */
static void test_touched(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;
	uint64_t touched;

	tracepoints(w, false);
	boot_unseen(w, 1, 1);
	inode_is(w, 1, 200, 0, w->ns);
	quiet(w);
	w->ns += 1000000;
	closed(w, 1, 1, 1000000);
	w->ns += 1000000;
	boot_unseen(w, 2, 2);
	touched = w->ns - 1000;
	inode_is(w, 2, 150, 0, touched);
	quiet(w);
	e = episode(w, 0);
	assert_int_equal(e->end, GM_REBOOT_STEADY);
	assert_true(gm_episode_is_timed(e));
	assert_int_equal(e->end_ns, touched);
	assert_int_equal(gm_episode_allocated(e), 150);
	assert_true(gm_episode_allocated_is_known(w->m, e));
	assert_false(e->rest_known); /* the rest includes faults that are not seen */
}

/* A reset that allocates no page has no visible end. */
static void test_no_sign_of_the_end(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;
	union gm_any rec;

	tracepoints(w, false);
	boot_unseen(w, 1, 1);
	inode_is(w, 1, 200, 0, w->ns);
	quiet(w);
	w->ns += SEC;
	rec = make_ev(w, GM_K_RESET, 1, 0, 0);
	rec.ev.flags = GM_EV_NODUR;
	rec.as_RESET.boot_exits = 5;
	put(w, &rec);
	w->ns += 2 * SEC;
	quiet(w);
	e = episode(w, 0);
	assert_int_equal(e->style, GM_REBOOT_INPLACE);
	assert_false(e->end_known);
	assert_int_equal(gm_episode_untimed(w->m, e), GM_REBOOT_TOUCHES);
	assert_int_equal(gm_episode_allocated(e), 0);
	assert_true(gm_episode_freed_is_known(w->m, e));
}

/* Samples without calls give no style, no duration and no pages. */
static void test_samples_alone(void **state)
{
	struct world *w = *state;
	const struct gm_episode *e;
	uint64_t seen;

	keep(w);
	probe_is(w, "vm_create", GM_PROBE_REFUSED, 0);
	probe_is(w, "create", GM_PROBE_REFUSED, P(CREATE) | P(FREE) | P(ALLOC) | P(GUEST_FAULT));
	w->ns = SEC;
	boot_unseen(w, 1, 1);
	quiet(w);
	seen = w->ns;
	w->ns += SEC;
	noticed(w, GM_K_VM_DESTROY, 1, 0, seen);
	w->ns += SEC;
	rb_tick(w, true);
	e = episode(w, 0);
	assert_int_equal(gm_episode_untimed(w->m, e), GM_REBOOT_SAMPLES);
	assert_false(gm_episode_freed_is_known(w->m, e));
	assert_false(gm_episode_allocated_is_known(w->m, e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_calls),		MODEL_TEST(test_unseen_return),
		MODEL_TEST(test_left_before),	MODEL_TEST(test_bound_of_an_earlier_act),
		MODEL_TEST(test_gone_before),	MODEL_TEST(test_created_before),
		MODEL_TEST(test_no_order),	MODEL_TEST(test_late_end),
		MODEL_TEST(test_touched),	MODEL_TEST(test_no_sign_of_the_end),
		MODEL_TEST(test_samples_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
