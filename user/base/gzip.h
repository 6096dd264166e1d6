/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* gzip.h - a body for HTTP, compressed (RFC 1952). Equal input gives equal output: no time is in it. */
#ifndef GM_BASE_GZIP_H
#define GM_BASE_GZIP_H

#include <stddef.h>
#include "base/str.h"

/* Appends. 0 or -ENOMEM (in out->err as well), -E2BIG above 1 GiB. */
int gm_gzip(struct gm_str *out, const void *data, size_t len);

#endif
