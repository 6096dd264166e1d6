/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pins_report.h - what keeps memory and VMs alive, as text, JSON lines, CSV and a frame: the chain from a process's
 * descriptor or mapping over a VM's file to the memory, by the last scan of all tasks.
 *
 * Without want and all: only what should be gone. want: all that --vm's argument (gm_vm_matches()) means, whether it
 * should be gone or not. all: everything. What should be gone comes first, orphaned memory before the rest.
 */
#ifndef GM_REPORT_PINS_REPORT_H
#define GM_REPORT_PINS_REPORT_H

#include "base/str.h"
#include "report/frame.h"

/*
 * Append whole lines; lack of memory is in out->err or f->err. Without any object: one line that says so, no JSON line,
 * no CSV row below the header. CSV: RFC 4180, with the time, then the fields of the JSON lines.
 */
void gm_text_pins(struct gm_str *out, const struct gm_model *m, const char *want, bool all);
void gm_json_pins(struct gm_str *out, const struct gm_model *m, const char *want, bool all);
void gm_csv_pins(struct gm_str *out, const struct gm_model *m, const char *want, bool all);
void gm_frame_pins(struct gm_frame *f, const struct gm_model *m, const char *want, bool all);

#endif
