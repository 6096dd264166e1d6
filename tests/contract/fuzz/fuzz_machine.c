// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libFuzzer target: gm_machine_name() on any bytes. The input is the record's body in memory, so it may have texts
 * without an end and lengths beyond the array. The result must have a key and a name that are terminated and safe for a
 * terminal, and be the same the second time.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/utf8.h"
#include "model/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void check_text(const char *s, size_t size)
{
	size_t len = strnlen(s, size);
	uint32_t cp;

	must(len > 0 && len < size);
	for (size_t i = 0, n; i < len; i += n) {
		n = gm_utf8(s + i, len - i, &cp);
		must(n && cp >= 0x20 && (cp < 0x7f || cp >= 0xa0));
	}
}

/* Copies the input to a heap block of its size, so that a sanitizer finds a read beyond it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gm_rec_proc *p = calloc(1, sizeof(*p));
	size_t room = sizeof(*p) - sizeof(p->h);
	struct gm_machine_name a, b;

	if (!p)
		return 0;
	memcpy((char *)p + sizeof(p->h), data, size < room ? size : room);
	gm_machine_name(p, &a);
	memset(&b, 0xff, sizeof(b));
	gm_machine_name(p, &b);
	check_text(a.key, sizeof(a.key));
	check_text(a.name, sizeof(a.name));
	must(!strcmp(a.key, b.key) && !strcmp(a.name, b.name));
	free(p);
	return 0;
}
