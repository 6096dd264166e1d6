// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* reboot_limit.c - conditions on a comparison: read from text, checked. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "report/reboot_diff.h"

#define FORM "QUANTITY > +CHANGE or QUANTITY < -CHANGE, as in 'wall > +10%'"

static int fail(char *why, size_t size, const char *reason)
{
	snprintf(why, size, "%s", reason);
	return -EINVAL;
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* Read the quantity's name up to the operator. */
static int parse_quantity(const char **at, unsigned int *quantity, char *why, size_t size)
{
	const char *name_at = *at;
	size_t len = strcspn(name_at, " \t<>");
	char name[GM_RQ_NAME_LEN];

	if (len < sizeof(name)) {
		snprintf(name, sizeof(name), "%.*s", (int)len, name_at);
		*at += len;
		if (gm_reboot_quantity_find(name, quantity) && *quantity < GM_RQ_REST)
			return 0;
	}
	snprintf(why, size,
		 "'%.*s' is not compared: give wall, memory, teardown, setup, faults, elsewhere, between, saved, or a "
		 "line of the ledger, as in old.zap",
		 (int)len, name_at);
	return -EINVAL;
}

/* Read "10%" or "2ms", and blanks up to the end. */
static int parse_change(const char *text, struct gm_rblimit *l)
{
	size_t len = strcspn(text, " \t");
	char s[32], *end;
	uint64_t ns;

	if (len >= sizeof(s) || *skip_blanks(text + len))
		return -EINVAL;
	snprintf(s, sizeof(s), "%.*s", (int)len, text);
	l->percent = len && s[len - 1] == '%';
	if (l->percent) {
		if (s[0] < '0' || s[0] > '9' || strspn(s, "0123456789.") != len - 1)
			return -EINVAL;
		l->change = strtod(s, &end);
		return *end == '%' ? 0 : -EINVAL;
	}
	if (gm_parse_duration(s, 0, &ns))
		return -EINVAL;
	l->change = (double)ns;
	return 0;
}

int gm_rblimit_add(struct gm_rblimits *l, const char *text, char *why, size_t size)
{
	struct gm_rblimit one = { .text = text };
	const char *at = skip_blanks(text);

	if (l->nr == GM_LIMITS_MAX)
		return fail(why, size, "more than 16 conditions");
	if (parse_quantity(&at, &one.quantity, why, size))
		return -EINVAL;
	at = skip_blanks(at);
	one.more = *at == '>';
	if (*at != '>' && *at != '<')
		return fail(why, size, "not of the form " FORM);
	at = skip_blanks(at + 1);
	if (*at != (one.more ? '+' : '-'))
		return fail(why, size, "the change needs a sign, + after > and - after <: " FORM);
	if (parse_change(at + 1, &one))
		return fail(why, size, "the change is neither a percentage nor a time with a unit: " FORM);
	one.change = one.more ? one.change : -one.change;
	l->at[l->nr++] = one;
	return 0;
}

/* Return the change in the condition's unit; of a median that was 0, per cent are infinite. */
static double change_of(const struct gm_rblimit *l, const struct gm_rbdiff_row *r)
{
	double ns = gm_rbdiff_change_ns(r), percent = gm_rbdiff_change_percent(r);

	if (!l->percent)
		return ns;
	return isnan(percent) ? (ns > 0 ? INFINITY : 0) : percent;
}

enum gm_rblimit_result gm_rblimit_check(const struct gm_rblimit *l, const struct gm_rbdiff *d)
{
	const struct gm_rbdiff_row *r = gm_rbdiff_find(d, l->quantity);
	double change;

	if (!r)
		return d->side[0]->nr >= GM_RBDIFF_MIN && d->side[1]->nr >= GM_RBDIFF_MIN ? GM_LIMIT_OK
											  : GM_LIMIT_UNKNOWN;
	if (!gm_rbdiff_is_tested(r))
		return GM_LIMIT_UNKNOWN;
	change = change_of(l, r);
	if (r->verdict != (l->more ? GM_RBDIFF_GREW : GM_RBDIFF_SHRANK))
		return GM_LIMIT_OK;
	return (l->more ? change > l->change : change < l->change) ? GM_LIMIT_EXCEEDED : GM_LIMIT_OK;
}
