/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* export_int.h - shared by export*.c only. A new format is a row in export.c. */
#ifndef GM_REPORT_EXPORT_INT_H
#define GM_REPORT_EXPORT_INT_H

#include "base/str.h"
#include "report/export.h"

struct gm_export_format {
	const char *name;
	bool reboots;
	size_t size;		/* of the format's own state, zeroed at the beginning */
	int (*event)(void *state, const struct gm_model *m, const union gm_any *rec, struct gm_str *out);
	int (*tick)(void *state, const struct gm_model *m, bool last, struct gm_str *out);
	void (*release)(void *state);	/* may be NULL */
};
extern const struct gm_export_format gm_export_csv, gm_export_perfetto;

#endif
