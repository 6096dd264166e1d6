/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * top_print.h - output without a terminal: a page as text; the main page's table as CSV (RFC 4180).
 *
 * CSV is a header line, then for each sample a row for each row of the table. Columns: the time, the row's state, and
 * those of the set that is shown, in its order, but pictures. Values are plain numbers: bytes, ns, per second, percent.
 * What is n/a or not measured is an empty cell; marks of the table (~, >=) stay.
 */
#ifndef GM_TOP_TOP_PRINT_H
#define GM_TOP_TOP_PRINT_H

#include "base/str.h"
#include "top/top.h"

/* Zeroed before the first call. */
struct gm_top_csv {
	bool begun;
	uint64_t printed;	/* the last sample, by gm_model.ticks */
	unsigned char nr, col[GM_SET_COLS];	/* columns of the header */
};
/*
 * Appends the header before the first sample, and the rows of a sample, each sample once. Lack of memory is in
 * out->err.
 */
void gm_top_csv(struct gm_top_csv *c, struct gm_str *out, const struct gm_model *m, const struct gm_top *t);

/*
 * Appends the frame of t's page as text, for batch output, and an empty line; nothing if that sample is printed
 * already. Lack of memory is in out->err.
 */
void gm_top_print(struct gm_str *out, const struct gm_model *m, struct gm_top *t, unsigned int width);

#endif
