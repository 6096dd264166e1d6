/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json_lines.h - JSON lines by the contract docs/json-schema.json: one object a line, "type" first; times _ns, sizes
 * _bytes, pages _pages, all integers. Functions append whole lines with newline to out, which the caller owns; lack of
 * memory is in out->err.
 */
#ifndef GM_REPORT_JSON_LINES_H
#define GM_REPORT_JSON_LINES_H

#include "base/str.h"
#include "model/model.h"

/* Append an event; other records give nothing. */
void gm_json_event(struct gm_str *out, const struct gm_model *m, const union gm_any *rec);
/*
 * Append VMs, inodes, phases; want: --vm's argument (gm_vm_matches()), or NULL for all. vms, inodes: live objects, and
 * dead ones that are still kept ("alive":false). phases: a line for each VM and phase that counted something, then a
 * line with "na" and without vm for each phase that this host cannot show.
 */
void gm_json_vms(struct gm_str *out, const struct gm_model *m, const char *want);
void gm_json_inodes(struct gm_str *out, const struct gm_model *m, const char *want);
void gm_json_phases(struct gm_str *out, const struct gm_model *m, const char *want);
/* Append the probes with their state. */
void gm_json_probes(struct gm_str *out, const struct gm_model *m);
/* Append the verifier statistics of each program; programs without statistics are left out. */
void gm_json_programs(struct gm_str *out, const struct gm_model *m);
/* Append gmemtop's lines of one tick; last: with phases, probes, losses and summary. */
void gm_json_frame(struct gm_str *out, const struct gm_model *m, const char *want, bool last);
/* Append {"type":"tick",...}, which ends the vm and inode lines of a moment. */
void gm_json_tick(struct gm_str *out, const struct gm_model *m);
void gm_json_losses(struct gm_str *out, const struct gm_model *m); /* a line for each kind of loss */
/* Append {"type":"summary",...}, the last line of every run. */
void gm_json_summary(struct gm_str *out, const struct gm_model *m);
/* Append the machines with a live VM and the rule of model/machine.h that named each (gmemcheck --machines). */
void gm_json_machines(struct gm_str *out, const struct gm_model *m);

#endif
