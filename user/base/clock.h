/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* clock.h - the clocks that date records and limit waits. */
#ifndef GM_BASE_CLOCK_H
#define GM_BASE_CLOCK_H

#include <stdint.h>

uint64_t gm_now_ns(void); /* CLOCK_MONOTONIC */

uint64_t gm_real_ns(void); /* CLOCK_REALTIME */

#endif
