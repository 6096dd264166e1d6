// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* fmt.c - formats sizes, times and counts in few characters, for people. */
#include "base/fmt.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdio.h>

char *gm_fmt_bytes(char *buf, size_t size, uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	double v = (double)bytes;
	size_t u = 0;

	/* 1023.5 K would round to 1024 K */
	while (v >= (u ? 1023.5 : 1024) && u < sizeof(units) - 2) {
		v /= 1024;
		u++;
	}
	snprintf(buf, size, "%.*f%c", u && v < 99.95 ? 1 : 0, v, units[u]);
	return buf;
}

/* Formats a minute or more: two units each. */
static void fmt_long(char *buf, size_t size, uint64_t sec)
{
	if (sec < 3600)
		snprintf(buf, size, "%um%02us", (unsigned int)(sec / 60), (unsigned int)(sec % 60));
	else if (sec < 100 * 3600)
		snprintf(buf, size, "%uh%02um", (unsigned int)(sec / 3600), (unsigned int)(sec / 60 % 60));
	else if (sec < 100 * 86400)
		snprintf(buf, size, "%ud%02uh", (unsigned int)(sec / 86400), (unsigned int)(sec / 3600 % 24));
	else if (sec < 100000ULL * 86400)
		snprintf(buf, size, "%ud", (unsigned int)(sec / 86400));
	else
		snprintf(buf, size, "%uy", (unsigned int)(sec / (365 * 86400ULL)));
}

char *gm_fmt_ns(char *buf, size_t size, uint64_t ns)
{
	double v = (double)ns;

	if (ns < 1000)
		snprintf(buf, size, "%uns", (unsigned int)ns);
	else if (v < 999.5e3)
		snprintf(buf, size, "%.*fus", v < 99.95e3, v / 1e3);
	else if (v < 999.5e6)
		snprintf(buf, size, "%.*fms", v < 99.95e6, v / 1e6);
	else if (v < 59.95e9)
		snprintf(buf, size, "%.*fs", v < 9.995e9 ? 2 : 1, v / 1e9);
	else
		fmt_long(buf, size, ns / 1000000000 + (ns % 1000000000 >= 500000000));
	return buf;
}

char *gm_fmt_count(char *buf, size_t size, double v)
{
	static const char *const units[] = { "", "k", "M", "G", "T", "P", "E" };
	size_t u = 0;
	bool fraction;

	if (!(v >= 0)) {
		snprintf(buf, size, "-");
		return buf;
	}
	while (v >= 999.5 && u < GM_ARRAY_SIZE(units) - 1) {
		v /= 1000;
		u++;
	}
	if (v >= 999.5) {
		snprintf(buf, size, ">999E");
		return buf;
	}
	fraction = v < 9.95 && (u || v != (double)(unsigned int)v);
	snprintf(buf, size, "%.*f%s", fraction, v, units[u]);
	return buf;
}

const char *gm_plural(uint64_t nr)
{
	return nr == 1 ? "" : "s";
}
