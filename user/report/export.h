/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * export.h - writes a recording for other programs.
 *
 * 	json		the lines of docs/json-schema.json: each event; at each tick VMs and inodes; at the end phases,
 * 			episodes, probes, losses, summary
 * 	csv		RFC 4180: one row for each event, times as ISO 8601 (UTC) and as ts_ns; a name that a
 * 			spreadsheet would take for a formula has an apostrophe before it
 * 	perfetto	Perfetto's own trace (protobuf; perfetto.dev/docs/reference/trace-packet-proto): each thread's
 * 			calls and faults as slices, faults with their parts inside; by machine its reboots, the lives of
 * 			VMs and inodes with what was done to them, flows from an old VM to the new one, resident memory
 * 			and allocation rate as counters (timeline.h). Times are CLOCK_MONOTONIC, with a snapshot of both
 * 			clocks.
 *
 * Life cycle: gm_export_open(); gm_export_event() and gm_export_tick() after the model has the record, the last tick
 * with last set; gm_export_close(). Output is appended to out, which the caller owns and may clear at any time.
 */
#ifndef GM_REPORT_EXPORT_H
#define GM_REPORT_EXPORT_H

#include "base/str.h"
#include "model/reboot.h"

struct gm_export;
/* Open a format by name. 0; -EINVAL: no such format; -ENOMEM. */
int gm_export_open(struct gm_export **out, const char *format);
const char *gm_export_format(unsigned int i); /* name of format i; NULL: no more */
/* Return true if the model has to keep reboots for this format. */
bool gm_export_needs_reboots(const struct gm_export *e);
/* Append an event, or a tick, after the model has it. 0 or -ENOMEM. */
int gm_export_event(struct gm_export *e, const struct gm_model *m, const union gm_any *rec, struct gm_str *out);
int gm_export_tick(struct gm_export *e, const struct gm_model *m, bool last, struct gm_str *out);
void gm_export_close(struct gm_export *e); /* NULL allowed */

#endif
