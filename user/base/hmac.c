// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* hmac.c - HMAC-SHA256 by nettle, in one call. */
#include "base/hmac.h"

#include <nettle/hmac.h>
#include <nettle/version.h>

void gm_hmac(const void *key, size_t klen, const void *data, size_t len, unsigned char out[32])
{
	struct hmac_sha256_ctx c;

	hmac_sha256_set_key(&c, klen, key);
	hmac_sha256_update(&c, len, data);
#if NETTLE_VERSION_MAJOR >= 4 /* nettle 4 has no length argument */
	hmac_sha256_digest(&c, out);
#else
	hmac_sha256_digest(&c, SHA256_DIGEST_SIZE, out);
#endif
}
