// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* clock.c - the clocks that date records and limit waits. */
#include "base/clock.h"

#include <time.h>

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

uint64_t gm_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t gm_real_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}
