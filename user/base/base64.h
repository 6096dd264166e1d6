/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* base64.h - bytes as text (RFC 4648 4). */
#ifndef GM_BASE_BASE64_H
#define GM_BASE_BASE64_H

#include <stddef.h>
#include "base/str.h"

/* Appends data in Base64, padded, on one line; out->err is -ENOMEM if memory is short. */
void gm_base64(struct gm_str *out, const void *data, size_t len);

#endif
