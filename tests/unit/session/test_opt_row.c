// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of option rows: accepted and refused values of each type, with the range in the message; the shared rows. */
#include "fixture/unit.h"

#include <errno.h>
#include <stdlib.h>
#include "kernel/kfeatures.h"
#include "session/session.h"

/* Stand-ins, so that no kernel is asked. */
bool gm_kfeatures_has_func(const struct gm_kfeatures *k, const char *name)
{
	return !k || !name;
}
bool gm_kfeatures_is_in_module(const struct gm_kfeatures *k, const char *name, bool tracepoint)
{
	return !k || !name || tracepoint;
}
bool gm_kfeatures_has_tp(const struct gm_kfeatures *k, const char *name)
{
	return !k || !name;
}
bool gm_kfeatures_has_syscall(const struct gm_kfeatures *k, const char *name)
{
	return !k || !name;
}

static const char *colour(unsigned int i)
{
	static const char *const names[] = { "red", NULL, "Green", "blue" };

	return i < 4 ? names[i] : NULL;
}

/* More names than a message lists. */
static const char *many(unsigned int i)
{
	static char name[8];

	snprintf(name, sizeof(name), "N%02u", i);
	return i < 50 ? name : NULL;
}

static struct {
	bool on, off;
	uint32_t bits, small, mask, choice;
	uint64_t big, size, power, ns, us, wide_mask;
	int tally;
	const char *text, *word;
} all;

static int parse_odd(void *to, const char *arg, char *why, size_t size)
{
	uint32_t *n = to;

	*n = (uint32_t)atoi(arg);
	snprintf(why, size, "%s is even", arg);
	return *n % 2 ? 0 : -EINVAL;
}

static const struct gm_opt_row keys[] = {
	{ "small", 0, "N", NULL, GM_OPT_NUMBER, GM_TO(uint32_t, all.small), .min = 2, .max = 5 },
	{ "odd", 0, "N", NULL, GM_OPT_CALL, GM_TO(uint32_t, all.small), .parse = parse_odd },
	{ 0 },
};

static const struct gm_opt_row rows[] = {
	{ .help = "Heading:" },
	{ "on", 0, NULL, "", GM_OPT_FLAG, GM_TO(bool, all.on) },
	{ "many", 0, "WORD", "", GM_OPT_WORD, GM_TO(const char *, all.word), .names = many, .any_case = true },
	{ "off", 0, NULL, "", GM_OPT_CLEAR, GM_TO(bool, all.off) },
	{ "bits", 0, NULL, "", GM_OPT_BITS, GM_TO(uint32_t, all.bits), .bits = 6 },
	{ "tally", 0, NULL, "", GM_OPT_TALLY, GM_TO(int, all.tally) },
	{ "text", 0, "X", "", GM_OPT_TEXT, GM_TO(const char *, all.text) },
	{ "number", 0, "N", "", GM_OPT_NUMBER, GM_TO(uint32_t, all.small) },
	{ "big", 0, "N", "", GM_OPT_NUMBER, GM_TO(uint64_t, all.big), .min = 1 },
	{ "size", 0, "SIZE", "", GM_OPT_SIZE, GM_TO(uint64_t, all.size) },
	{ "power", 0, "SIZE", "", GM_OPT_SIZE, GM_TO(uint64_t, all.power), .min = 4096, .max = 1u << 20,
	  .power = true },
	{ "time", 0, "TIME", "", GM_OPT_TIME, GM_TO(uint64_t, all.ns) },
	{ "positive", 0, "TIME", "", GM_OPT_TIME, GM_TO(uint64_t, all.us), .min = 1, .unit_ns = 1000 },
	{ "bounded", 0, "TIME", "", GM_OPT_TIME, GM_TO(uint64_t, all.ns), .min = 1000000, .max = 10000000000ull },
	{ "long", 0, "TIME", "", GM_OPT_TIME, GM_TO(uint64_t, all.ns), .min = 1000000 },
	{ "choice", 0, "C", "", GM_OPT_CHOICE, GM_TO(uint32_t, all.choice), .names = colour, .max = 3 },
	{ "word", 0, "C", "", GM_OPT_WORD, GM_TO(const char *, all.word), .names = colour, .max = 3, .any_case = true },
	{ "list", 0, "LIST", "", GM_OPT_LIST, GM_TO(uint32_t, all.mask), .names = colour, .max = 3 },
	{ "wide", 0, "LIST", "", GM_OPT_LIST, GM_TO(uint64_t, all.wide_mask), .names = gm_kind_name,
	  .min = GM_K_EVENT_FIRST, .max = GM_K_MAX - 1 },
	{ "keys", 'K', "KEY=X", "", GM_OPT_KEYS, .keys = keys },
	{ 0 },
};

/* Sets an option; returns the message, "" if the value was accepted. */
static const char *set(const char *name, const char *value)
{
	static char why[800], what[40];
	const struct gm_opt_row *row = gm_opt_row_find(rows, name);

	assert_non_null(row);
	snprintf(what, sizeof(what), "--%s", name);
	why[0] = '\0';
	if (!gm_opt_row_set(row, NULL, what, value, why, sizeof(why)))
		return "";
	assert_memory_equal(why, what, strlen(what));
	return why;
}

#define TAKEN(name, value)		assert_string_equal(set(name, value), "")
#define REFUSED(name, value, message)	assert_string_equal(set(name, value), "--" name ": " message)

static void test_flags(void **state)
{
	(void)state;
	all.off = true;
	all.bits = 1;
	TAKEN("on", NULL);
	TAKEN("off", NULL);
	TAKEN("bits", NULL);
	TAKEN("tally", NULL);
	TAKEN("tally", NULL);
	assert_true(all.on && !all.off);
	assert_int_equal(all.bits, 7);
	assert_int_equal(all.tally, 2);
	TAKEN("text", "as it is");
	assert_string_equal(all.text, "as it is");
	assert_null(gm_opt_row_find(rows, "Heading:"));
	assert_null(gm_opt_row_find(rows, "nothing"));
}

static void test_numbers(void **state)
{
	(void)state;
	TAKEN("number", "4294967295");
	assert_int_equal(all.small, UINT32_MAX);
	REFUSED("number", "4294967296", "not a number from 0 to 4294967295: '4294967296'");
	REFUSED("number", "1x", "not a number from 0 to 4294967295: '1x'");
	assert_int_equal(all.small, UINT32_MAX);
	TAKEN("big", "18446744073709551615");
	assert_int_equal(all.big, UINT64_MAX);
	REFUSED("big", "0", "not a number from 1 to 18446744073709551615: '0'");
	REFUSED("big", "4K", "not a number from 1 to 18446744073709551615: '4K'");
	TAKEN("size", "2G");
	assert_int_equal(all.size, 2ull << 30);
	REFUSED("size", "2X", "not a size: '2X' (like 64M, 2G)");
	TAKEN("power", "64K");
	assert_int_equal(all.power, 65536);
	REFUSED("power", "5000", "not a power of two from 4096 to 1048576: '5000'");
	REFUSED("power", "2M", "not a power of two from 4096 to 1048576: '2M'");
	REFUSED("power", "1", "not a power of two from 4096 to 1048576: '1'");
}

static void test_times(void **state)
{
	(void)state;
	TAKEN("time", "0");
	assert_int_equal(all.ns, 0);
	TAKEN("time", "1.5");
	assert_int_equal(all.ns, 1500000000);
	REFUSED("time", "1parsec", "not a time: '1parsec' (like 1, 0.5, 500ms, 2m)");
	TAKEN("positive", "500");
	assert_int_equal(all.us, 500000);
	REFUSED("positive", "0", "not a time above 0: '0' (like 500us, 2ms; a plain number is microseconds)");
	TAKEN("bounded", "10s");
	REFUSED("bounded", "11s", "not a time from 1.0ms to 10.0s: '11s' (like 1, 0.5, 500ms, 2m)");
	REFUSED("bounded", "999us", "not a time from 1.0ms to 10.0s: '999us' (like 1, 0.5, 500ms, 2m)");
	REFUSED("long", "999us", "not a time from 1.0ms: '999us' (like 1, 0.5, 500ms, 2m)");
	assert_int_equal(all.ns, 10000000000ull);
}

/* A row's names may have gaps, which no value matches. */
static void test_names(void **state)
{
	(void)state;
	TAKEN("choice", "blue");
	assert_int_equal(all.choice, 3);
	REFUSED("choice", "green", "'green' is not one of red, Green, blue");
	REFUSED("choice", "", "'' is not one of red, Green, blue");
	assert_int_equal(all.choice, 3);
	TAKEN("word", "GREEN");
	assert_string_equal(all.word, "Green");
	REFUSED("word", "gree", "'gree' is not one of red, Green, blue");
	assert_string_equal(all.word, "Green");
	/* Of many names, the message has those that are most like it, the nearest first. */
	REFUSED("many", "no4", "'no4' is not one of 50 names; the nearest: N04, N14, N24, N34 (the man page has all)");
	REFUSED("many", "4", "'4' is not one of 50 names; the nearest: N04, N14, N24, N34 (the man page has all)");
}

static void test_lists(void **state)
{
	(void)state;
	TAKEN("list", "blue");
	TAKEN("list", "red,blue");
	assert_int_equal(all.mask, 1 | 8);
	REFUSED("list", "", "'' is not one of all, red, Green, blue");
	REFUSED("list", "red,", "'' is not one of all, red, Green, blue");
	REFUSED("list", "Green,redx", "'redx' is not one of all, red, Green, blue");
	assert_int_equal(all.mask, 1 | 8);
	TAKEN("list", "all");
	assert_int_equal(all.mask, 1 | 4 | 8);
	TAKEN("wide", "bind,unbind");
	assert_int_equal(all.wide_mask, 1ull << GM_K_BIND | 1ull << GM_K_UNBIND);
	assert_int_not_equal(strcmp(set("wide", "vm"), ""), 0); /* the name of a state record, not of an event */
	assert_int_not_equal(strcmp(set("wide", "a-word-that-is-longer-than-any-kind-of-event-can-be"), ""), 0);
}

static void test_keys(void **state)
{
	(void)state;
	TAKEN("keys", "small=3");
	assert_int_equal(all.small, 3);
	TAKEN("keys", "odd=7");
	assert_int_equal(all.small, 7);
	assert_string_equal(set("keys", "small=6"), "--keys small: not a number from 2 to 5: '6'");
	assert_string_equal(set("keys", "odd=6"), "--keys odd: 6 is even");
	REFUSED("keys", "smal=3", "not KEY=X, or an unknown KEY: 'smal=3' (small, odd)");
	REFUSED("keys", "small", "not KEY=X, or an unknown KEY: 'small' (small, odd)");
	REFUSED("keys", "=3", "not KEY=X, or an unknown KEY: '=3' (small, odd)");
	REFUSED("keys", "a-key-that-is-longer-than-any-key=3",
		"not KEY=X, or an unknown KEY: 'a-key-that-is-longer-than-any-key=3' (small, odd)");
}

static struct gm_session *session;

/* Sets a shared option, like a user. */
static const char *give(const char *name, const char *value)
{
	static char why[800];

	why[0] = '\0';
	(void)gm_opt_row_set(gm_opt_row_find(gm_opts_rows, name), session, "what", value, why, sizeof(why));
	return why;
}

static void test_shared(void **state)
{
	(void)state;
	session = test_calloc(1, sizeof(*session));
	gm_opts_init(&session->opts);
	assert_string_equal(give("vm", "web"), "");
	assert_string_equal(session->opts.vm, "web");
	assert_string_equal(give("mode", "tracepoint"), "");
	assert_int_equal(session->opts.mode, GM_WANT_TRACEPOINT);
	assert_string_equal(give("speed", "max"), "");
	assert_string_equal(give("speed", "-1"), "what: not a speed: '-1' (like 1, 0.5, 10, max)");
	assert_string_equal(give("config", "avoid=fsession"), "");
	assert_string_equal(give("config", "avoid=kprobe.multi"), "");
	assert_int_equal(session->opts.avoid, 1u << GM_MECH_FSESSION | 1u << GM_MECH_KMULTI);
	/* the tools need iterators */
	assert_memory_equal(give("config", "avoid=iter"), "what avoid: 'iter' is not one of all, ", 38);
	assert_string_equal(give("config", "page-budget=5ms"), "");
	assert_int_equal(session->opts.room.page_ns, 5000000);
	assert_memory_equal(give("config", "page-budget=1"), "what page-budget: not a time up to 10s, nor ", 44);
	for (unsigned int i = 0; i < GM_MERGE_MAX; i++)
		assert_string_equal(give("replay", "a.rec"), "");
	assert_int_equal(session->opts.replays, GM_MERGE_MAX);
	assert_string_not_equal(give("replay", "a.rec"), "");
	assert_int_equal(session->opts.replays, GM_MERGE_MAX);
	test_free(session);
}

/* Shared options have different names and letters, one bit each, and a metavar if they have a value. */
static void test_rows_are_whole(void **state)
{
	(void)state;
	for (const struct gm_opt_row *a = gm_opts_rows; !gm_opt_row_is_end(a); a++) {
		if (!a->name)
			continue;
		assert_ptr_equal(gm_opt_row_find(gm_opts_rows, a->name), a);
		assert_non_null(a->help);
		assert_int_equal(a->given & (a->given - 1), 0);
		assert_int_equal(!a->metavar, a->type >= GM_OPT_FLAG && a->type <= GM_OPT_TALLY);
		for (const struct gm_opt_row *b = gm_opts_rows; b < a; b++) {
			assert_false(a->key && a->key == b->key);
			assert_false(a->given & b->given);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),  cmocka_unit_test(test_numbers),	      cmocka_unit_test(test_times),
		cmocka_unit_test(test_names),  cmocka_unit_test(test_lists),	      cmocka_unit_test(test_keys),
		cmocka_unit_test(test_shared), cmocka_unit_test(test_rows_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
