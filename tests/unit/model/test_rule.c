// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of rules: their syntax, the value of each metric in a hand-made model, and that an alarm is reported once. */
#include "fixture/model_world.h"
#include <errno.h>
#include "model/rule.h"

static void test_grammar(void **state)
{
	static const char *const good[] = { "episode > 2s",	    "episode.recreate>=500ms", "zero.p99 > 1ms",
					    "guest_fault.max>10ms", "alloc.rate > 1000",       "lost > 0",
					    "resident > 100G",	    "orphaned >= 1.5M",	       "vms == 3",
					    "memory_failure > 0",   "vm_destroy > 10",	       "guest_fault.failed > 0",
					    "zero.mean < 5us" };
	static const struct {
		const char *rule, *says;
	} bad[] = {
		{ "", "not a rule" },
		{ "> 3", "not a rule" },
		{ "episode", "no comparison" },
		{ "episode ~ 2s", "no comparison" },
		{ "nonsense > 1", "no such metric" },
		{ "zero.p98 > 1ms", "no such metric" },
		{ "episode.sideways > 1s", "no such metric" },
		{ "episode > fast", "a time" },
		{ "resident > 10X", "bytes" },
		{ "lost > -1", "a number" },
		{ "lost > 1 ", "a number" },
		{ "zero > 1ms", "no such metric" },
		{ "lost.p99 > 1", "no such metric" },
		{ "lost > nan", "a number" },
		{ "lost > 0x10", "a number" },
		{ "lost > 99999999999999999999999999999999999999999999999999999999999999999999999999999999999",
		  "not a rule" },
	};
	struct gm_rule r;
	char why[400];

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(good); i++) {
		if (gm_rule_parse(&r, good[i], why, sizeof(why)))
			fail_msg("%s: %s", good[i], why);
		gm_rule_release(&r);
	}
	for (size_t i = 0; i < GM_ARRAY_SIZE(bad); i++) {
		assert_int_equal(gm_rule_parse(&r, bad[i].rule, why, sizeof(why)), -EINVAL);
		if (!strstr(why, bad[i].says))
			fail_msg("%s: expected '%s' got '%s'", bad[i].rule, bad[i].says, why);
	}
}

static void rule_of(struct gm_rule *r, const char *text)
{
	char why[400];

	assert_int_equal(gm_rule_parse(r, text, why, sizeof(why)), 0);
}

/* Applies a tick after a second; returns true if the rule fires, with a text that contains says. */
static bool fires(struct world *w, struct gm_rule *r, uint64_t quiet_ns, const char *says)
{
	char what[120] = "";
	bool yes;

	w->ns += 1000000000;
	tick(w);
	yes = gm_rule_tick(r, w->m, quiet_ns, what, sizeof(what));
	if (yes)
		assert_string_equal(what, says);
	return yes;
}

/* Rules on phases use only the last tick's values. */
static void test_phase(void **state)
{
	struct world *w = *state;
	struct gm_rule p99, count, rate;

	rule_of(&p99, "zero.p99 > 1ms");
	rule_of(&count, "zero.count >= 100");
	rule_of(&rate, "zero.rate > 50");
	hist(w, 1, GM_PHASE_ZERO, 10, 500000);
	assert_false(fires(w, &p99, 0, ""));
	assert_false(fires(w, &count, 0, ""));
	assert_false(fires(w, &rate, 0, ""));
	hist(w, 1, GM_PHASE_ZERO, 100, 3000000);
	w->ns += 1000000000;
	tick(w);
	{
		char what[120];

		assert_true(gm_rule_tick(&p99, w->m, 0, what, sizeof(what)));
		assert_memory_equal(what, "zero.p99 ", 9);
		assert_true(atof(what + 9) > 3 / 1.046 && atof(what + 9) < 3 * 1.046); /* within a slot */
		assert_true(gm_rule_tick(&count, w->m, 0, what, sizeof(what)));
		assert_string_equal(what, "zero.count 100");
		assert_true(gm_rule_tick(&rate, w->m, 0, what, sizeof(what)));
		assert_string_equal(what, "zero.rate 100");
	}
	hist(w, 1, GM_PHASE_ZERO, 1000, 1000);
	assert_false(fires(w, &p99, 0, ""));
	assert_false(fires(w, &rate, 0, "")); /* 500 a second: nothing new */
	gm_rule_release(&p99);
	gm_rule_release(&count);
	gm_rule_release(&rate);
}

/* A rule fires when it becomes true, again after it was false, and not within its quiet time. */
static void test_edges(void **state)
{
	struct world *w = *state;
	struct gm_rule r;

	rule_of(&r, "resident > 1M");
	w->m->meta.page_size = 4096;
	inode_state(w, 1, 16, 16, 0);
	assert_false(fires(w, &r, 0, ""));
	inode_state(w, 1, 512, 512, 0);
	assert_true(fires(w, &r, 3000000000ull, "resident 2.0M"));
	assert_false(fires(w, &r, 3000000000ull, ""));
	inode_state(w, 1, 16, 512, 496);
	assert_false(fires(w, &r, 3000000000ull, ""));
	inode_state(w, 1, 512, 1008, 496);
	assert_true(fires(w, &r, 3000000000ull, "resident 2.0M")); /* after 3 s */
	inode_state(w, 1, 16, 1008, 992);
	assert_false(fires(w, &r, 3000000000ull, ""));
	inode_state(w, 1, 512, 1504, 992);
	assert_false(fires(w, &r, 3000000000ull, ""));		   /* 2 s */
	assert_true(fires(w, &r, 3000000000ull, "resident 2.0M")); /* still true after the quiet time */
	gm_rule_release(&r);
}

static void test_counts(void **state)
{
	struct world *w = *state;
	struct gm_rule lost, event, vms, failed;
	union gm_any rec;

	rule_of(&lost, "lost > 2");
	rule_of(&event, "vm_destroy > 0");
	rule_of(&vms, "vms >= 2");
	rule_of(&failed, "guest_fault.failed > 0");
	loss(w, "ring_full", 2);
	assert_false(fires(w, &lost, 0, ""));
	loss(w, "ring_full", 5);
	assert_true(fires(w, &lost, 0, "lost 3"));
	loss(w, "ring_full", 6);
	assert_false(fires(w, &lost, 0, ""));
	vm_create(w, 1, 10);
	file_state(w, 1, 1, 1);
	vm_create(w, 2, 11);
	assert_false(fires(w, &vms, 0, "")); /* the second has no memory */
	file_state(w, 2, 2, 2);
	assert_true(fires(w, &vms, 0, "vms 2"));
	assert_false(fires(w, &event, 0, ""));
	ev(w, GM_K_VM_DESTROY, 1, 0, 0);
	assert_true(fires(w, &event, 0, "vm_destroy 1"));
	rec = make(w, GM_K_OPS);
	rec.as_OPS.phase = GM_PHASE_GUEST_FAULT;
	rec.as_OPS.seen = rec.as_OPS.failed = 4;
	put(w, &rec);
	assert_true(fires(w, &failed, 0, "guest_fault.failed 4"));
	assert_false(fires(w, &failed, 0, ""));
	gm_rule_release(&lost);
	gm_rule_release(&event);
	gm_rule_release(&vms);
	gm_rule_release(&failed);
}

/* Reboots a machine: destroys and creates the VM, allocates its memory again, and settles. */
static void reboot(struct world *w, uint32_t vm, uint64_t pause_ns)
{
	ev(w, GM_K_RELEASE, vm, vm, vm);
	evict(w, vm, vm, 16, 16);
	ev(w, GM_K_VM_DESTROY, vm, 0, 0);
	w->ns += pause_ns;
	vm_create(w, vm + 1, 10);
	ev(w, GM_K_CREATE, vm + 1, vm + 1, vm + 1);
	bind_slot(w, vm + 1, vm + 1, vm + 1, 1);
}

static void test_episode(void **state)
{
	struct world *w = *state;
	struct gm_rule any, link;
	char what[120];
	int told = 0;

	assert_int_equal(gm_model_keep_reboots(w->m), 0);
	rule_of(&any, "episode > 1s");
	rule_of(&link, "episode.link > 1ns");
	assert_true(gm_rule_needs_reboots(&any));
	vm_create(w, 1, 10);
	proc(w, 10, 5, "web-1");
	ev(w, GM_K_CREATE, 1, 1, 1);
	bind_slot(w, 1, 1, 1, 1);
	assert_false(fires(w, &any, 0, ""));
	reboot(w, 1, 2500000000ull);
	for (int i = 0; i < 8; i++) {
		w->ns += 1000000000;
		tick(w);
		told += gm_rule_tick(&any, w->m, 0, what, sizeof(what));
		assert_false(gm_rule_tick(&link, w->m, 0, what, sizeof(what)));
	}
	assert_int_equal(told, 1);
	assert_memory_equal(what, "episode 2.5", 11);
	reboot(w, 2, 1000);
	for (int i = 0; i < 8; i++) {
		w->ns += 1000000000;
		tick(w);
		assert_false(gm_rule_tick(&any, w->m, 0, what, sizeof(what))); /* a short reboot */
	}
	/* A shutdown is no reboot, however long it lasts. */
	ev(w, GM_K_RELEASE, 3, 3, 3);
	evict(w, 3, 3, 16, 16);
	w->ns += 5000000000ull;
	ev(w, GM_K_VM_DESTROY, 3, 0, 0);
	for (int i = 0; i < 100; i++) {
		w->ns += 1000000000;
		tick(w);
		assert_false(gm_rule_tick(&any, w->m, 0, what, sizeof(what)));
	}
	gm_rule_release(&any);
	gm_rule_release(&link);
}

static void test_na(void **state)
{
	struct world *w = *state;
	struct gm_rule r;

	probe(w, "guest_fault", GM_PROBE_REFUSED, 1u << GM_PHASE_ZERO, "no such thing here");
	rule_of(&r, "zero.p99 > 1ms");
	assert_non_null(gm_rule_na(&r, w->m));
	gm_rule_release(&r);
	rule_of(&r, "lost > 1");
	assert_null(gm_rule_na(&r, w->m));
	gm_rule_release(&r);
}

/*
 * If scans do not see all VMs, a sum over them is a lower bound: a rule "more than" may fire, a rule "less than" never
 * does.
 */
static void test_bounds(void **state)
{
	static const struct {
		const char *text;
		bool na;
	} t[] = {
		{ "vms >= 0", false },	   { "vms < 3", true },	 { "resident <= 1G", true }, { "resident >= 0", false },
		{ "orphaned >= 0", true }, { "vms == 0", true }, { "lost <= 1", false },
	};
	struct world *w = *state;
	char what[64];
	struct gm_rule r;

	for (int nested = 0; nested < 2; nested++) {
		probe(w, "all_tasks", nested ? GM_PROBE_REFUSED : GM_PROBE_ATTACHED, 0, "in a PID namespace");
		for (size_t i = 0; i < GM_ARRAY_SIZE(t); i++) {
			rule_of(&r, t[i].text);
			assert_int_equal(!!gm_rule_na(&r, w->m), nested && t[i].na);
			assert_int_equal(gm_rule_tick(&r, w->m, 0, what, sizeof(what)), !(nested && t[i].na));
			gm_rule_release(&r);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar),
		cmocka_unit_test_setup_teardown(test_phase, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edges, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_episode, setup, teardown),
		cmocka_unit_test_setup_teardown(test_na, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
