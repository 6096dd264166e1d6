// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libFuzzer: what users type: --at, --trigger, times, sizes, numbers. One input is tried as each of them. What is refused says why in one
 * line; what is a number of bytes or ns is one again as decimal digits.
 */
#include <stdio.h>
#include "base/util.h"
#include "fuzz.h"
#include "model/rule.h"
#include "past/past.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = text_of(data, size);
	struct gm_at at;

	if (!gm_at_parse(s, &at))
		must(at.from.kind <= GM_WHEN_REAL && at.to.kind <= GM_WHEN_REAL && (at.from.kind || at.to.kind));
	try_rule(s);
	try_number(duration, s);
	try_number(gm_parse_bytes, s);
	free(s);
	return 0;
}
