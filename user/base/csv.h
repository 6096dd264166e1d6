/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* csv.h - cells of comma separated values. */
#ifndef GM_BASE_CSV_H
#define GM_BASE_CSV_H

#include "base/str.h"

/*
 * Appends a cell by RFC 4180: quoted if necessary, with quotes doubled. A text that a spreadsheet would take for a
 * formula is quoted, with a ' in front. out->err is -ENOMEM if memory is short.
 */
void gm_csv_text(struct gm_str *out, const char *s);

#endif
