/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json_lines.h - the JSON lines contract (docs/json-schema.json).
 * One object a line, "type" first; times _ns, sizes _bytes, pages _pages, all integers.
 */
#ifndef GM_REPORT_JSON_LINES_H
#define GM_REPORT_JSON_LINES_H

#include "base/str.h"
#include "model/model.h"

/* Each appends whole lines, newline included. want: --vm's argument (gm_vm_matches()), or NULL for all. */
void gm_json_event(struct gm_str *out, const struct gm_model *m, const union gm_any *rec);
/*
 * The model as lines. vms, inodes: the live and the dead that are still kept ("alive":false). phases: one
 * line per vm and phase that counted something, then one per phase that this host cannot show, with "na"
 * and no vm.
 */
void gm_json_vms(struct gm_str *out, const struct gm_model *m, const char *want);
void gm_json_inodes(struct gm_str *out, const struct gm_model *m, const char *want);
void gm_json_phases(struct gm_str *out, const struct gm_model *m, const char *want);
void gm_json_probes(struct gm_str *out, const struct gm_model *m);
/* Verifier statistics of each program; programs without statistics are left out. */
void gm_json_programs(struct gm_str *out, const struct gm_model *m);
/* gmemtop's lines of one tick, with all that follows the last one. */
void gm_json_frame(struct gm_str *out, const struct gm_model *m, const char *want, bool last);
/* {"type":"tick",...}: ends the vm and inode lines of one moment. */
void gm_json_tick(struct gm_str *out, const struct gm_model *m);
void gm_json_losses(struct gm_str *out, const struct gm_model *m); /* a line for each kind of loss */
/* {"type":"summary",...}: the last line of every run. */
void gm_json_summary(struct gm_str *out, const struct gm_model *m);
/* gmemcheck --machines: who the machines with a live VM are, and by which rule of model/machine.h. */
void gm_json_machines(struct gm_str *out, const struct gm_model *m);

#endif
