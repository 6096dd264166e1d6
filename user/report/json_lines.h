/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json_lines.h - the JSON lines contract (docs/json-schema.json) and gmemsnoop's text lines.
 * One object a line, "type" first; times _ns, sizes _bytes, pages _pages, all integers.
 */
#ifndef GM_REPORT_JSON_LINES_H
#define GM_REPORT_JSON_LINES_H

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
/* {"type":"tick",...}: ends the vm and inode lines of one moment. */
/* gmemtop's lines of one tick, with all that follows the last one. */
void gm_json_frame(struct gm_str *out, const struct gm_model *m, const char *want, bool last);
void gm_json_tick(struct gm_str *out, const struct gm_model *m);
void gm_json_losses(struct gm_str *out, const struct gm_model *m);
/* {"type":"summary",...}: the last line of every run. */
void gm_json_summary(struct gm_str *out, const struct gm_model *m);

/*
 * The line that a report begins with where the mode sees less than others: what is missing of these phases (bits of enum gm_phase),
 * and of what has no phase; cut to width with the count of the rest. Nothing where nothing is missing.
 */
void gm_text_partial(struct gm_str *out, const struct gm_model *m, uint32_t phases, unsigned int width);
/* gmemsnoop's header and one event as aligned text, at most 80 columns where names allow. */
void gm_text_event_head(struct gm_str *out);
void gm_text_event(struct gm_str *out, const struct gm_model *m, const union gm_any *rec);
/* The kernel functions at a fault's end, one a line, indented; nothing for other events. */
void gm_text_stack(struct gm_str *out, const union gm_any *rec);
/* The vm of an event: its own, else the one that its file or inode belongs to. NULL: not known. */
const struct gm_vm *gm_event_vm(const struct gm_model *m, const struct gm_ev *ev);
/* What became of the operations of each phase, one line each where some are in no histogram; nothing when all are. */
void gm_text_operations(struct gm_str *out, const struct gm_model *m);
/* What was lost or kept back, for outputs that no probe matters to. */
void gm_text_losses(struct gm_str *out, const struct gm_model *m);
/* The lines every text output ends with: losses, operations in no histogram, probes missing (empty when there is nothing to say). */
void gm_text_caveats(struct gm_str *out, const struct gm_model *m);
/* gmemsnoop's last line where it printed none: events that options left out, or that there was nothing. */
void gm_text_no_event(struct gm_str *out, const struct gm_model *m, uint64_t left_out);
/* The same, of these phases (bits of enum gm_phase) alone: the others were not asked for. */
void gm_text_caveats_of(struct gm_str *out, const struct gm_model *m, uint32_t phases);
/* gmemcheck: hook by hook what this kernel shows, with reasons. */
void gm_text_check(struct gm_str *out, const struct gm_model *m);
/* gmemcheck --machines: who the machines with a live VM are, and by which rule of model/machine.h. */
void gm_json_machines(struct gm_str *out, const struct gm_model *m);
void gm_text_machines(struct gm_str *out, const struct gm_model *m);
/* What gm_json_programs() tells, as a table. */
void gm_text_programs(struct gm_str *out, const struct gm_model *m);

#endif
