/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* gzip.h - compresses bodies for HTTP (RFC 1952). Equal input gives equal output: no time is stored. */
#ifndef GM_BASE_GZIP_H
#define GM_BASE_GZIP_H

#include <stddef.h>
#include "base/str.h"

/* Appends data, compressed. 0; -ENOMEM, also in out->err; -E2BIG: more than 1 GiB. */
int gm_gzip(struct gm_str *out, const void *data, size_t len);

#endif
