// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libFuzzer target: the body of an OTLP receiver's answer. The first byte chooses the status and the Content-Type. The
 * message that is read must be terminated and safe for a terminal, and be the same when it is read again.
 */
#include "base/utf8.h"
#include "fuzz.h"
#include "exporter/push_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { "application/x-protobuf", "text/plain; charset=utf-8", "application/json",
					     NULL };
	struct gm_push_answer a, b;
	char *body;
	uint32_t cp;

	if (!size)
		return 0;
	body = text_of(data + 1, size - 1);
	memset(&a, 0xff, sizeof(a));
	memset(&b, 0, sizeof(b));
	must(gm_push_answer(&a, data[0] & 1, types[data[0] >> 1 & 3], body, size - 1) ==
	     gm_push_answer(&b, data[0] & 1, types[data[0] >> 1 & 3], body, size - 1));
	must(a.rejected == b.rejected && memchr(a.text, 0, sizeof(a.text)) && !strcmp(a.text, b.text));
	for (size_t i = 0, n, len = strlen(a.text); i < len; i += n) {
		n = gm_utf8(a.text + i, len - i, &cp);
		must(n && cp >= 0x20 && (cp < 0x7f || cp >= 0xa0));
	}
	free(body);
	return 0;
}
