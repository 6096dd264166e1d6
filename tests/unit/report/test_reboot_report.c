// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of hand-made episodes as text, JSON, CSV and trace: against golden files; the wall clock adds up in every
 * format; text is not wider than 80 columns and has no control characters; each episode is reported once, in time.
 */
#include "fixture/episodes.h"
#include <json-c/json.h>

static const struct gm_reboot_show plain = { .width = 80, .waterfall = true, .full = true };

static void text_of(struct gm_str *out, const struct world *w, const struct gm_episode *e, const struct gm_saving *s)
{
	const struct gm_reboot_facts f = e_facts(w, e, s);

	gm_reboot_text(out, w->m, &f, &plain);
	assert_int_equal(out->err, 0);
}

static void golden_text(const char *name, struct gm_episode *(*make)(struct world *), bool seen,
			const struct gm_saving *s, unsigned int width)
{
	const struct gm_reboot_show show = { .width = width, .waterfall = width > 0, .full = true };
	struct gm_reboot_facts f;
	struct gm_str out = { 0 };
	struct world w;

	if (seen)
		full_world(&w);
	else
		world_init(&w);
	assert_int_equal(gm_model_keep_reboots(w.m), 0);
	f = e_facts(&w, make(&w), s);
	gm_reboot_text(&out, w.m, &f, &show);
	golden(name, out.s);
	gm_str_release(&out);
	world_free(&w);
}

static void test_golden(void **state)
{
	struct gm_saving s = e_saving(), na = { .na = "nothing was freed" };

	(void)state;
	golden_text("reboot_recreate.txt", e_recreate, true, &s, 80);
	golden_text("reboot_recreate_132.txt", e_recreate, true, &s, 132);
	golden_text("reboot_recreate_table.txt", e_recreate, true, &s, 0);
	golden_text("reboot_shutdown_na.txt", e_shutdown, false, &na, 80);
	golden_text("reboot_overlap_na.txt", e_overlap, false, &na, 80);
	golden_text("reboot_inplace.txt", e_inplace, true, &na, 80);
	golden_text("reboot_handover.txt", e_handover, true, &na, 80);
}

/* ---- adding up ---- */

static struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	assert_true(json_object_object_get_ex(o, key, &v));
	return v;
}

/* Returns the sum of wall_ns over the lines of one side; null counts as 0. */
static uint64_t wall_of(struct json_object *side)
{
	uint64_t sum = 0;

	json_object_object_foreach(side, name, line)
	{
		struct json_object *v = NULL;

		(void)name;
		if (json_object_object_get_ex(line, "wall_ns", &v) && v)
			sum += (uint64_t)json_object_get_int64(v);
	}
	return sum;
}

static uint64_t json_wall(const char *text, uint64_t *told)
{
	static const char *const rest[] = { "user_ns", "guest_ns", "blocked_ns", "unknown_ns" };
	struct json_object *o = json_tokener_parse(text);
	uint64_t sum;

	assert_non_null(o);
	sum = wall_of(get(o, "old")) + wall_of(get(o, "new"));
	for (size_t i = 0; i < GM_ARRAY_SIZE(rest); i++)
		sum += (uint64_t)json_object_get_int64(get(get(o, "neither"), rest[i]));
	*told = (uint64_t)json_object_get_int64(get(o, "wall_ns"));
	json_object_put(o);
	return sum;
}

/* Returns the wall clock of an episode's rows: the fourth cell from the right, as names may have commas. */
static uint64_t csv_wall(const char *text)
{
	uint64_t sum = 0;
	const char *p, *end;

	for (p = strchr(text, '\n') + 1; *p; p = end + 1) {
		const char *cell;

		end = strchr(p, '\n');
		assert_non_null(end);
		/* the last three cells, a reason and bounds, are empty */
		assert_memory_equal(end - 3, ",,,", 3);
		for (cell = end - 3; cell[-1] != ','; cell--)
			;
		sum += strtoull(cell, NULL, 10);
	}
	return sum;
}

static void check_sums(const struct world *w, const struct gm_episode *e, const struct gm_saving *s)
{
	const struct gm_reboot_facts f = e_facts(w, e, s);
	struct gm_str out = { 0 };
	uint64_t wall = gm_episode_wall(e), told;

	gm_reboot_json(&out, w->m, &f);
	assert_int_equal(json_wall(out.s, &told), wall);
	assert_int_equal(told, wall);
	gm_str_clear(&out);
	gm_reboot_csv_head(&out);
	gm_reboot_csv(&out, w->m, e);
	assert_int_equal(csv_wall(out.s), wall);
	gm_str_clear(&out);
	text_of(&out, w, e, s);
	assert_null(strstr(out.s, "NOT ADD UP"));
	gm_str_release(&out);
}

static void test_adds_up(void **state)
{
	struct gm_episode *(*const make[])(struct world *) = { e_recreate, e_shutdown, e_overlap, e_inplace,
							       e_handover };
	struct gm_saving s = e_saving();
	struct world w;

	(void)state;
	full_world(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(make); i++)
		check_sums(&w, make[i](&w), &s);
	world_free(&w);
}

/* A ledger that does not add up is reported as wrong. */
static void test_reports_not_adding_up(void **state)
{
	struct gm_saving s = e_saving();
	struct gm_str out = { 0 };
	struct gm_episode *e;
	struct world w;

	(void)state;
	full_world(&w);
	e = e_recreate(&w);
	e->old[GM_PHASE_ZAP].wall_ns++;
	text_of(&out, &w, e, &s);
	assert_non_null(strstr(out.s, "the ledger does NOT ADD UP"));
	gm_str_release(&out);
	world_free(&w);
}

/* ---- any numbers, any names ---- */

static void check_text(const char *text)
{
	size_t col = 0;

	for (; *text; text++) {
		if (*text == '\n') {
			col = 0;
			continue;
		}
		assert_true((unsigned char)*text >= 0x20 && (unsigned char)*text < 0x7f);
		if (++col > 80)
			fail_msg("wider than 80 columns: %.*s", 100, text - 80);
	}
}

static struct gm_episode *random_episode(struct world *w, uint64_t *seed)
{
	static const unsigned int lines[] = { GM_PHASE_ZAP, GM_PHASE_RELEASE, GM_PHASE_BIND, GM_PHASE_FALLOCATE,
					      GM_LINE_SETUP };
	uint64_t len = 1 + (unit_random_size(seed) >> 2), left = len, part[GM_PART_NR];
	struct gm_episode *e = e_new(w, "", unit_random_size(seed) >> 2, len);

	for (size_t i = 0; i < sizeof(e->name) - 1; i++)
		e->name[i] = (char)(' ' + unit_random(seed) % 223); /* the model's names have no control characters */
	e_who(e, unit_random(seed) % 5, unit_random(seed) % 4, (uint32_t)unit_random_size(seed),
	      (uint32_t)unit_random_size(seed), (uint32_t)unit_random_size(seed), (uint32_t)unit_random_size(seed));
	e->vcpus = unit_random_size(seed);
	e->teardown_min_ns = e->teardown_end_ns = e->start_ns + unit_random(seed) % len;
	e->first_bind_ns = unit_random_size(seed);
	e->first_fault_ns = unit_random(seed) % 2 ? e->start_ns + unit_random(seed) % len : 0;
	for (uint64_t i = unit_random(seed) % 20; i; i--) {
		uint64_t begin = unit_random(seed) % len, wall = unit_random(seed) % (left / 8 + 1);
		char comm[GM_COMM_LEN] = { (char)(1 + unit_random(seed) % 255), 'x' };

		left -= wall;
		e_call(e, unit_random(seed) % 2, lines[unit_random(seed) % GM_ARRAY_SIZE(lines)], begin,
		       unit_random(seed) % (len - begin), unit_random_size(seed) >> 8, wall, unit_random_size(seed),
		       (uint32_t)unit_random_size(seed), comm);
	}
	for (unsigned int p = 0; p < GM_PART_NR; p++)
		part[p] = unit_random_size(seed) >> 34;
	part[GM_PART_OTHER]++;
	if (unit_random(seed) % 2)
		e_faults(e, unit_random(seed) % 100, part, unit_random(seed) % (1 + (left < 1 << 30 ? left : 1 << 30)));
	e_rest(e, unit_random(seed) % 2);
	return e;
}

static struct gm_saving random_saving(uint64_t *seed)
{
	struct gm_saving s = { .na = "because" };
	double *v = &s.free_ns.low;

	if (unit_random(seed) % 2)
		s.na[0] = '\0';
	for (size_t i = 0; i < 15; i++)
		v[i] = (double)unit_random_size(seed) * (unit_random(seed) % 8 ? 1 : -1);
	return s;
}

static void test_random(void **state)
{
	struct gm_str out = { 0 };
	uint64_t seed = 20261122;

	(void)state;
	for (unsigned int i = 0; i < 1500; i++) {
		struct gm_saving s = random_saving(&seed);
		struct gm_reboot_facts row = { .saving = s };
		struct world w;

		full_world(&w);
		row.e = random_episode(&w, &seed);
		check_sums(&w, row.e, &s);
		text_of(&out, &w, row.e, &s);
		gm_reboot_list(&out, w.m, &row, 1);
		check_text(out.s);
		gm_str_clear(&out);
		world_free(&w);
	}
	gm_str_release(&out);
}

/* ---- rows ---- */

static void test_csv(void **state)
{
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	world_init(&w);
	assert_int_equal(gm_model_keep_reboots(w.m), 0);
	gm_reboot_csv_head(&out);
	gm_reboot_csv(&out, w.m, e_recreate(&w));
	gm_reboot_csv(&out, w.m, e_shutdown(&w));
	golden("reboot.csv", out.s);
	gm_str_release(&out);
	world_free(&w);
}

static double number(struct json_object *o, const char *key)
{
	return json_object_get_double(get(o, key));
}

/* Checks that complete events of one thread nest: none begins inside of another and ends after it. */
static void check_nests(struct json_object *all)
{
	size_t nr = json_object_array_length(all);

	for (size_t i = 0; i < nr * nr; i++) {
		struct json_object *a = json_object_array_get_idx(all, i / nr),
				   *b = json_object_array_get_idx(all, i % nr);
		double a0, a1, b0, b1;

		if (a == b || *json_object_get_string(get(a, "ph")) != 'X' ||
		    *json_object_get_string(get(b, "ph")) != 'X' || number(a, "tid") != number(b, "tid") ||
		    number(a, "pid") != number(b, "pid"))
			continue;
		a0 = number(a, "ts");
		a1 = a0 + number(a, "dur");
		b0 = number(b, "ts");
		b1 = b0 + number(b, "dur");
		if (b0 > a0 && b0 < a1)
			assert_true(b1 <= a1 + 0.001);
	}
}

static void test_trace(void **state)
{
	struct gm_episode *e;
	struct gm_str out = { 0 };
	struct json_object *o, *all;
	struct world w;
	struct gm_reboot_trace t = { 0 };
	size_t spans = 0, reboots = 0, calls;

	(void)state;
	full_world(&w);
	e = e_recreate(&w);
	calls = e->steps.nr;
	gm_reboot_trace(&t, w.m, e, &out);
	e = e_shutdown(&w);
	calls += e->steps.nr;
	gm_reboot_trace(&t, w.m, e, &out);
	assert_int_equal(gm_reboot_trace_tick(&t, w.m, NULL, true, &out), 0);
	o = json_tokener_parse(out.s);
	assert_non_null(o);
	all = get(o, "traceEvents");
	for (size_t i = 0; i < json_object_array_length(all); i++) {
		struct json_object *ev = json_object_array_get_idx(all, i);

		spans += *json_object_get_string(get(ev, "ph")) == 'X' && number(ev, "pid") < 1 << 22;
		if (*json_object_get_string(get(ev, "ph")) != 'X' ||
		    strcmp(json_object_get_string(get(ev, "cat")), "episode") != 0)
			continue;
		if (!reboots++) {
			assert_true(number(ev, "ts") == 100250000.0);
			assert_true(number(ev, "dur") == 2000000.0);
		}
	}
	assert_int_equal(spans, calls);
	assert_int_equal(reboots, 2);
	check_nests(all);
	gm_reboot_trace_release(&t);
	json_object_put(o);
	gm_str_release(&out);
	world_free(&w);
}

/* ---- the table ---- */

static struct gm_reboot_facts facts_of(const struct world *w, const struct gm_episode *e, struct gm_saving saving)
{
	return e_facts(w, e, &saving);
}

static void test_list(void **state)
{
	struct gm_reboot_facts rows[9];
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	full_world(&w);
	gm_reboot_list(&out, w.m, rows, 0);
	assert_string_equal(out.s, "no reboot was seen: no VM with guest_memfd was there in that time\n");
	gm_str_clear(&out);
	for (size_t i = 0; i < 3; i++) {
		struct gm_episode *e = e_recreate(&w);

		e->end_min_ns = e->end_ns += i * W_S; /* 2 s, 3 s, 4 s: too few for a median */
		rows[i] = facts_of(&w, e, e_saving());
	}
	gm_reboot_list(&out, w.m, rows, 3);
	assert_null(strstr(out.s, "STYLE      EPISODES"));
	gm_str_clear(&out);
	rows[3] = facts_of(&w, e_shutdown(&w), (struct gm_saving){ .na = "no new vm came" });
	rows[4] = facts_of(&w, e_overlap(&w), (struct gm_saving){ .na = "nothing was freed" });
	rows[5] = facts_of(&w, e_inplace(&w), e_saving());
	rows[6] = facts_of(&w, e_handover(&w), (struct gm_saving){ .na = "nothing was freed" });
	gm_reboot_list(&out, w.m, rows, 7);
	golden("reboot_list.txt", out.s);
	gm_str_clear(&out);
	for (size_t i = 6; i < 9; i++) {
		struct gm_episode *e = e_recreate(&w);

		/* with 5 s, 6 s and 7 s there are six values: the median is the mean of 4 s and 5 s */
		e->end_min_ns = e->end_ns += (i - 3) * W_S;
		rows[i] = facts_of(&w, e, e_saving());
	}
	gm_reboot_list(&out, w.m, rows, 9);
	golden("reboot_list_median.txt", out.s);
	gm_str_release(&out);
	world_free(&w);
}

/* A host that does not see VMs created does not see reboots, and prints n/a instead of 0. */
static void test_list_na(void **state)
{
	struct gm_reboot_facts row = { .saving.na = "nothing was freed" };
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	full_world(&w);
	w_probe(&w, GM_REQUIRED, GM_PROBE_REFUSED, GM_ALL_PHASES, "all", "", "not allowed here");
	gm_reboot_list(&out, w.m, &row, 0);
	assert_string_equal(out.s, "n/a: reboots cannot be seen here: not allowed here\n");
	gm_str_clear(&out);
	row.e = e_shutdown(&w);
	gm_reboot_list(&out, w.m, &row, 1);
	assert_non_null(strstr(out.s, "   n/a   n/a      -\n"));
	gm_str_release(&out);
	world_free(&w);
}

/* ---- a run ---- */

static unsigned int occurs(const struct gm_str *s, const char *what)
{
	unsigned int n = 0;

	for (const char *p = s->s; p && (p = strstr(p, what)); p++)
		n++;
	return n;
}

static void test_reported_once(void **state)
{
	struct gm_reboot_report r = { .show = plain, .trace = true };
	struct gm_str out = { 0 }, trace = { 0 };
	struct gm_episode *open;
	struct world w;

	(void)state;
	full_world(&w);
	assert_int_equal(gm_reboot_report_tick(&r, w.m, false, &out, &trace), 0);
	assert_int_equal(out.len, 0);
	open = e_inplace(&w);
	assert_int_equal(gm_reboot_report_tick(&r, w.m, false, &out, &trace), 0);
	assert_int_equal(out.len, 0);
	e_recreate(&w); /* ends before the episode that began earlier */
	assert_int_equal(gm_reboot_report_tick(&r, w.m, false, &out, &trace), 0);
	assert_int_equal(gm_reboot_report_tick(&r, w.m, false, &out, &trace), 0);
	assert_int_equal(occurs(&out, "reboot 2 (recreate"), 1);
	assert_int_equal(occurs(&out, "reboot 1"), 0);
	assert_int_equal(gm_reboot_report_tick(&r, w.m, true, &out, &trace), 0);
	assert_int_equal(occurs(&out, "reboot 2 (recreate"), 1);
	assert_int_equal(occurs(&out, "reboot 1 (inplace"), 1);
	assert_int_equal(occurs(&out, "still in progress"), 1);
	assert_int_equal(occurs(&out, "  NR MACHINE"), 1);
	assert_int_equal(occurs(&trace, "traceEvents"), 1);
	assert_string_equal(trace.s + trace.len - 3, "]}\n");
	assert_int_equal(open->end, GM_REBOOT_OPEN);
	gm_reboot_report_release(&r);
	gm_str_release(&out);
	gm_str_release(&trace);
	world_free(&w);
}

/* Of more than GM_REBOOT_BLOCKS reboots each further one is a row; a run that prints at its end has rows alone. */
static void test_many(void **state)
{
	struct gm_reboot_report r = { .show = { .width = 80, .waterfall = true } }, end = r, full = r;
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	end.at_end = true;
	full.show.full = true;
	full_world(&w);
	for (unsigned int i = 0; i < GM_REBOOT_BLOCKS + 2; i++)
		e_recreate(&w);
	assert_int_equal(gm_reboot_report_tick(&r, w.m, false, &out, NULL), 0);
	assert_int_equal(occurs(&out, "Memory work"), GM_REBOOT_BLOCKS);
	assert_int_equal(occurs(&out, "  NR MACHINE"), 1);
	assert_int_equal(occurs(&out, " recreate steady "), 2);
	gm_str_clear(&out);
	assert_int_equal(gm_reboot_report_tick(&full, w.m, false, &out, NULL), 0);
	assert_int_equal(occurs(&out, "CRITICAL PATH"), GM_REBOOT_BLOCKS + 2);
	gm_str_clear(&out);
	assert_int_equal(gm_reboot_report_tick(&end, w.m, false, &out, NULL), 0);
	assert_int_equal(out.len, 0);
	assert_int_equal(gm_reboot_report_tick(&end, w.m, true, &out, NULL), 0);
	assert_int_equal(occurs(&out, "Memory work"), 0);
	assert_int_equal(occurs(&out, " recreate steady "), GM_REBOOT_BLOCKS + 2);
	assert_int_equal(occurs(&out, "slowest: guest-0 reboot 1 "), 1);
	gm_reboot_report_release(&r);
	gm_reboot_report_release(&end);
	gm_reboot_report_release(&full);
	gm_str_release(&out);
	world_free(&w);
}

static unsigned int told(const struct world *w, const char *want)
{
	struct gm_reboot_report r = { .want = want, .list = true };
	struct gm_str out = { 0 };
	unsigned int lines;

	assert_int_equal(gm_reboot_report_tick(&r, w->m, true, &out, NULL), 0);
	lines = occurs(&out, " steady ") + occurs(&out, " open ") + occurs(&out, " cut ") + occurs(&out, " no vm ");
	gm_reboot_report_release(&r);
	gm_str_release(&out);
	return lines;
}

static void test_vm(void **state)
{
	struct world w;

	(void)state;
	full_world(&w);
	e_recreate(&w);
	e_shutdown(&w);
	e_overlap(&w);
	e_inplace(&w);
	assert_int_equal(told(&w, NULL), 4);
	assert_int_equal(told(&w, "guest-0"), 2);
	assert_int_equal(told(&w, "2"), 2); /* a VM's id */
	assert_int_equal(told(&w, "1"), 1);
	assert_int_equal(told(&w, "6006"), 1); /* a process id */
	assert_int_equal(told(&w, "guest"), 0);
	world_free(&w);
}

/* JSON without episodes ends with a summary; a model that keeps no episodes prints nothing. */
static void test_none(void **state)
{
	struct gm_reboot_report r = { .json = true };
	struct gm_str out = { 0 };
	struct world w;

	(void)state;
	world_init(&w);
	assert_int_equal(gm_reboot_report_tick(&r, w.m, true, &out, NULL), 0);
	assert_int_equal(occurs(&out, "\"type\":\"episode\""), 0);
	assert_int_equal(occurs(&out, "{\"type\":\"summary\""), 1);
	gm_reboot_report_release(&r);
	gm_str_release(&out);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_adds_up),
		cmocka_unit_test(test_reports_not_adding_up),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_na),
		cmocka_unit_test(test_reported_once),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_vm),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
