// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* csv.c - quotes text for a cell. Names are untrusted input. */
#include "base/csv.h"

#include <stdbool.h>
#include <string.h>

void gm_csv_text(struct gm_str *out, const char *s)
{
	bool formula = *s && strchr("=+-@\t\r", *s);

	if (!formula && !strpbrk(s, "\",\r\n")) {
		gm_str_puts(out, s);
		return;
	}
	gm_str_puts(out, formula ? "\"'" : "\"");
	for (; *s; s++)
		gm_str_add(out, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
	gm_str_puts(out, "\"");
}
