// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* at.c - parses the moments that --at names. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "past/past.h"

#define NSEC 1000000000ull

/* Parses seconds below `below` to ns: "03", "03.5". */
static int parse_seconds(const char *s, uint64_t below, uint64_t *ns)
{
	char buf[40];

	if (s[0] < '0' || s[0] > '9' || strlen(s) + 2 > sizeof(buf) || strspn(s, "0123456789.") != strlen(s))
		return -EINVAL;
	snprintf(buf, sizeof(buf), "%ss", s);
	return gm_parse_duration(buf, 0, ns) || *ns >= below * NSEC ? -EINVAL : 0;
}

/* Parses a time of day to ns since midnight: "10:15", "10:15:03", "10:15:03.5". */
static int parse_clock(const char *s, uint64_t *ns)
{
	unsigned int h, m;
	uint64_t sec = 0;
	int n = 0;

	if (sscanf(s, "%2u:%2u%n", &h, &m, &n) != 2 || s[0] < '0' || s[0] > '9' || h > 23 || m > 59 || strlen(s) < 4)
		return -EINVAL;
	s += n;
	if (*s && (*s != ':' || parse_seconds(s + 1, 60, &sec)))
		return -EINVAL;
	*ns = (h * 3600ull + m * 60) * NSEC + sec;
	return 0;
}

/* Parses a date and time: "2026-11-26T10:15:03", with a blank for the T, with a Z at the end for UTC. */
static int parse_date(const char *s, uint64_t *real_ns)
{
	size_t len = strlen(s);
	struct tm tm = { .tm_isdst = -1 };
	bool utc = len && s[len - 1] == 'Z';
	char clock[32];
	uint64_t ns;
	time_t day;
	int n = 0;

	if (sscanf(s, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n) != 3 || n != 10 ||
	    (s[n] != 'T' && s[n] != ' '))
		return -EINVAL;
	snprintf(clock, sizeof(clock), "%s", s + n + 1);
	if (utc && strlen(clock) < sizeof(clock) - 1)
		clock[strlen(clock) - 1] = '\0';
	if (parse_clock(clock, &ns) || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_year < 1970)
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	tm.tm_hour = (int)(ns / (3600 * NSEC));
	tm.tm_min = (int)(ns / (60 * NSEC) % 60);
	tm.tm_sec = (int)(ns / NSEC % 60);
	day = utc ? timegm(&tm) : mktime(&tm);
	if (day < 0)
		return -EINVAL;
	*real_ns = (uint64_t)day * NSEC + ns % NSEC;
	return 0;
}

static int parse_moment(const char *s, struct gm_when *out)
{
	if (!*s)
		return 0;
	if (*s == '@') {
		out->kind = GM_WHEN_REAL;
		return parse_seconds(s + 1, UINT64_MAX / NSEC, &out->ns);
	}
	if (!parse_clock(s, &out->ns)) {
		out->kind = GM_WHEN_CLOCK;
		return 0;
	}
	if (!parse_date(s, &out->ns)) {
		out->kind = GM_WHEN_REAL;
		return 0;
	}
	out->kind = *s == '-' ? GM_WHEN_END : GM_WHEN_START;
	return gm_parse_duration(s + (*s == '-' || *s == '+'), NSEC, &out->ns) ? -EINVAL : 0;
}

int gm_at_parse(const char *s, struct gm_at *out)
{
	const char *dots = strstr(s, "..");
	char from[64];

	memset(out, 0, sizeof(*out));
	if (!*s || !strcmp(s, ".."))
		return -EINVAL;
	if (!dots)
		return parse_moment(s, &out->from);
	if ((size_t)(dots - s) >= sizeof(from))
		return -EINVAL;
	snprintf(from, sizeof(from), "%.*s", (int)(dots - s), s);
	return parse_moment(from, &out->from) || parse_moment(dots + 2, &out->to) ? -EINVAL : 0;
}
