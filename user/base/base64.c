// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* base64.c - encodes by nettle, piece by piece, so that no second copy of the text is needed. */
#include "base/base64.h"

#include <nettle/base64.h>

#define PIECE 3072	/* a multiple of 3, so that only the last piece is padded */

void gm_base64(struct gm_str *out, const void *data, size_t len)
{
	char text[BASE64_ENCODE_RAW_LENGTH(PIECE)];
	const unsigned char *at = data;

	while (len) {
		size_t n = len < PIECE ? len : PIECE;

		base64_encode_raw(text, n, at);
		gm_str_add(out, text, BASE64_ENCODE_RAW_LENGTH(n));
		at += n;
		len -= n;
	}
}
