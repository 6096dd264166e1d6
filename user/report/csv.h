/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* csv.h - cells of CSV rows. */
#ifndef GM_REPORT_CSV_H
#define GM_REPORT_CSV_H

#include "model/model.h"

/* Appends one cell by RFC 4180: quoted where it must be, quotes doubled; behind a ' where a spreadsheet would take it for a formula. */
void gm_csv_text(struct gm_str *out, const char *s);
/* Appends the two cells na and partial. */
void gm_csv_sight(struct gm_str *out, struct gm_sight s);

#endif
