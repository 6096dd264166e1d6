/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* parse.h - numbers, times and sizes as people type them. */
#ifndef GM_BASE_PARSE_H
#define GM_BASE_PARSE_H

#include <stdint.h>

/*
 * Whole string to number: decimal only, no sign, no blank, no junk behind. 0, -EINVAL, or -ERANGE when
 * outside [min, max].
 */
int gm_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out);
/*
 * "500us", "2s", "1.5" (unit then: dflt_ns; 0: one must be given): to ns. Units ns us ms s m h.
 * 0, -EINVAL, -ERANGE.
 */
int gm_parse_duration(const char *s, uint64_t dflt_ns, uint64_t *ns);

/* "512M", "10G", "4096": bytes, units K M G T by 1024. 0, -EINVAL, -ERANGE. */
int gm_parse_bytes(const char *s, uint64_t *bytes);

#endif
