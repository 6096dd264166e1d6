/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* csv_time.h - the first two columns of CSV rows about the model: when. */
#ifndef GM_REPORT_CSV_TIME_H
#define GM_REPORT_CSV_TIME_H

#include "base/str.h"
#include "model/model.h"

/* The names of the columns, for the header line. */
#define GM_CSV_TIME "time,ts_ns"

/*
 * Appends both cells for a record's time: ISO 8601 in UTC with nanoseconds, empty while the wall clock is not known;
 * and the time itself. out->err is -ENOMEM if memory is short.
 */
void gm_csv_time(struct gm_str *out, const struct gm_model *m, uint64_t ns);

#endif
