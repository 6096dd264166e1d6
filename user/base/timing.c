// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* timing.c - a table of steps with their times. */
#include "base/timing.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define ROWS 24

struct row {
	const char *name;
	uint64_t ns;
	unsigned int times;
};

static struct {
	bool on;
	uint64_t began_ns, last_ns;
	struct row rows[ROWS];
	size_t nr;
	struct row *last;
} timing;

void gm_timing_begin(void)
{
	timing.on = true;
	timing.began_ns = timing.last_ns = gm_now_ns();
	timing.nr = 0;
	timing.last = NULL;
}

static struct row *row_of(const char *name)
{
	for (size_t i = 0; i < timing.nr; i++)
		if (!strcmp(timing.rows[i].name, name))
			return &timing.rows[i];
	if (timing.nr == ROWS)
		return &timing.rows[ROWS - 1];
	timing.rows[timing.nr] = (struct row){ .name = timing.nr == ROWS - 1 ? "other" : name };
	return &timing.rows[timing.nr++];
}

void gm_timing_step(const char *name)
{
	uint64_t now;

	if (!timing.on)
		return;
	now = gm_now_ns();
	timing.last = row_of(name);
	timing.last->ns += now - timing.last_ns;
	timing.last->times++;
	timing.last_ns = now;
}

void gm_timing_split(const char *name, uint64_t ns)
{
	struct row *from = timing.last, *to;

	if (!timing.on || !from)
		return;
	ns = ns < from->ns ? ns : from->ns;
	to = row_of(name);
	from->ns -= ns;
	to->ns += ns;
	to->times++;
}

void gm_timing_print(void)
{
	if (!timing.on)
		return;
	timing.on = false;
	gm_debug("started in %.1f ms:", (double)(timing.last_ns - timing.began_ns) / 1e6);
	for (size_t i = 0; i < timing.nr; i++)
		gm_debug("  %8.1f ms  %3u x  %s", (double)timing.rows[i].ns / 1e6, timing.rows[i].times,
			 timing.rows[i].name);
}
