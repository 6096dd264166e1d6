/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* hmac.h - HMAC-SHA256 (RFC 2104): pseudonyms for names that must not be disclosed. */
#ifndef GM_BASE_HMAC_H
#define GM_BASE_HMAC_H

#include <stddef.h>

/* Writes HMAC-SHA-256 (RFC 2104, FIPS 180-4) of data under key into out; keys may have any length. */
void gm_hmac(const void *key, size_t klen, const void *data, size_t len, unsigned char out[32]);

#endif
