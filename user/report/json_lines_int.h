/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* json_lines_int.h - parts of JSON lines; only report/ includes it. */
#ifndef GM_REPORT_JSON_LINES_INT_H
#define GM_REPORT_JSON_LINES_INT_H

#include "base/str.h"
#include "base/json.h"
#include "report/json_lines.h"

/* Open {"type":type; close it with a newline. */
void gm_line_begin(struct gm_json *j, struct gm_str *out, const char *type);
void gm_line_end(struct gm_json *j);
/* Write "split":{"alloc_ns":..,..} for a fault kind; nothing for other phases. */
void gm_line_split(struct gm_json *j, const struct gm_split *split, unsigned int phase);
/* The object of a "phase" line. */
struct gm_line_of {
	bool has_vm;			/* write vm; 0: not known */
	uint32_t vm;
	const char *machine;		/* NULL: left out */
	uint64_t interval_ns;		/* gains of an interval of this length; 0: sums since the beginning */
};
/* Append the line of a phase. */
void gm_line_phase(struct gm_str *out, const struct gm_model *m, unsigned int phase, const struct gm_hist *h,
		   const struct gm_split *split, const struct gm_line_of *of);
/* Append the line of a phase that this host cannot show. */
void gm_line_phase_na(struct gm_str *out, unsigned int phase, const char *na);
/* Write "PREFIXna" or "PREFIXpartial" with the reason; nothing for a number that is all of what happened. */
void gm_line_sight(struct gm_json *j, struct gm_sight s, const char *prefix);
/* Writes true or false; null for GM_UNKNOWN (enum gm_yesno). */
void gm_line_yesno(struct gm_json *j, const char *key, uint32_t v);
/* Write vms_partial and memory_partial with their reasons, if the host's sums are lower bounds. */
void gm_line_totals_partial(struct gm_json *j, const struct gm_model *m);

#endif
