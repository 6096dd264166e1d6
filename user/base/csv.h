/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* csv.h - cells of comma separated values. */
#ifndef GM_BASE_CSV_H
#define GM_BASE_CSV_H

#include "base/str.h"

/*
 * One cell by RFC 4180: quoted where it must be, quotes doubled; behind a ' where a spreadsheet would take it for a
 * formula.
 */
void gm_csv_text(struct gm_str *out, const char *s);

#endif
