// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libFuzzer target: values of options: --at, --trigger, times, sizes, numbers, names, KEY=X. Each input is used as all
 * of them. A refusal must have a message of one line; a number of bytes or ns must be accepted again as decimal digits;
 * a value must be in its row's range.
 */
#include <stdio.h>
#include "base/parse.h"
#include "fuzz.h"
#include "model/rule.h"
#include "past/past.h"
#include "session/opt_row.h"

static void try_rule(const char *s)
{
	struct gm_rule r;
	char why[400];

	memset(&r, 0, sizeof(r));
	memset(why, 0, sizeof(why));
	if (gm_rule_parse(&r, s, why, sizeof(why)))
		must(why[0] && memchr(why, 0, sizeof(why)));
	else
		gm_rule_release(&r);
}

static void try_number(int (*parse)(const char *s, uint64_t *out), const char *s)
{
	uint64_t v, again;
	char digits[24];

	if (parse(s, &v))
		return;
	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)v);
	must(!parse(digits, &again) && again == v);
}

static int duration(const char *s, uint64_t *ns)
{
	return gm_parse_duration(s, 1, ns);
}

static struct { uint32_t small, choice; uint64_t power, ns, mask; const char *word; } value;

static const struct gm_opt_row keys[] = {
	{ "small", 0, "N", NULL, GM_OPT_NUMBER, GM_TO(uint32_t, value.small), .min = 2, .max = 500 },
	{ "power", 0, "N", NULL, GM_OPT_SIZE, GM_TO(uint64_t, value.power), .min = 2, .max = 1u << 30, .power = true },
	{ 0 },
};

static const struct gm_opt_row rows[] = {
	{ "number", 0, "N", NULL, GM_OPT_NUMBER, GM_TO(uint32_t, value.small), .min = 2, .max = 500 },
	{ "time", 0, "TIME", NULL, GM_OPT_TIME, GM_TO(uint64_t, value.ns), .min = 1, .max = 10000000000ull,
	  .unit_ns = 1000 },
	{ "choice", 0, "X", NULL, GM_OPT_CHOICE, GM_TO(uint32_t, value.choice), .names = gm_kind_name,
	  .min = GM_K_EVENT_FIRST, .max = GM_K_MAX - 1 },
	{ "word", 0, "X", NULL, GM_OPT_WORD, GM_TO(const char *, value.word), .names = gm_phase_name,
	  .max = GM_PHASE_NR - 1, .any_case = true },
	{ "list", 0, "X", NULL, GM_OPT_LIST, GM_TO(uint64_t, value.mask), .names = gm_kind_name,
	  .min = GM_K_EVENT_FIRST, .max = GM_K_MAX - 1 },
	{ "keys", 0, "X", NULL, GM_OPT_KEYS, .keys = keys },
	{ 0 },
};

static void try_rows(const char *s)
{
	for (const struct gm_opt_row *row = rows; !gm_opt_row_is_end(row); row++) {
		char why[300];

		value.small = 2, value.power = 2, value.ns = 1, value.mask = 0, value.choice = GM_K_EVENT_FIRST;
		memset(why, 0, sizeof(why));
		if (gm_opt_row_set(row, NULL, "--option", s, why, sizeof(why)))
			must(!strncmp(why, "--option", 8) && memchr(why, 0, sizeof(why)));
		must(value.small >= 2 && value.small <= 500 && value.power >= 2 && !(value.power & (value.power - 1)));
		must(value.ns && value.ns <= 10000000000ull && !(value.mask & UINT32_MAX) &&
		     gm_kind_name(value.choice));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = text_of(data, size);
	struct gm_at at;

	if (!gm_at_parse(s, &at))
		must(at.from.kind <= GM_WHEN_REAL && at.to.kind <= GM_WHEN_REAL && (at.from.kind || at.to.kind));
	try_rule(s);
	try_rows(s);
	try_number(duration, s);
	try_number(gm_parse_bytes, s);
	free(s);
	return 0;
}
