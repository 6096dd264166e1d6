// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_bars.c - bars of '|', and histories of one character for each value. */
#include "top/top_meters.h"

#include <string.h>

unsigned int gm_top_fill(char *buf, unsigned int width, double share)
{
	unsigned int n = share > 0 ? (unsigned int)(share * width + 0.5) : 0;

	n = n > width ? width : !n && share > 0 && width ? 1 : n;
	memset(buf, '|', n);
	buf[n] = '\0';
	return n;
}

char *gm_top_spark(char *buf, const double *v, unsigned int nr, double most, bool ascii)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const plain[] = { " ", ".", ".", ":", ":", "+", "+", "#", "#" };
	char *p = buf;

	buf[0] = '\0';
	for (unsigned int i = 0; i < nr; i++) {
		unsigned int level = v[i] > 0 && most > 0 ? 1 + (unsigned int)(7 * v[i] / most) : 0;

		p = stpcpy(p, (ascii ? plain : blocks)[level > 8 ? 8 : level]);
	}
	return buf;
}
