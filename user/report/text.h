/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * text.h - text output: gmemsnoop's lines, what every report ends with, gmemcheck's page; and the words and wrapping
 * that text and screens share, so that they name the same thing alike. Functions append whole lines, or return the
 * buf that they take.
 */
#ifndef GM_REPORT_TEXT_H
#define GM_REPORT_TEXT_H

#include "base/str.h"
#include "model/model.h"

/* ---- lines ---- */

/*
 * The line that a report begins with where the mode sees less than others: what is missing of these phases (bits of
 * enum gm_phase), and of what has no phase; cut to width with the count of the rest. Nothing where nothing is
 * missing.
 */
void gm_text_partial(struct gm_str *out, const struct gm_model *m, uint32_t phases, unsigned int width);
/* gmemsnoop's header and one event as aligned text, at most 80 columns where names allow. */
void gm_text_event_head(struct gm_str *out);
void gm_text_event(struct gm_str *out, const struct gm_model *m, const union gm_any *rec);
/* The kernel functions at a fault's end, one a line, indented; nothing for other events. */
void gm_text_stack(struct gm_str *out, const union gm_any *rec);
/* What became of the operations of each phase, one line each where some are in no histogram; nothing when all are. */
void gm_text_operations(struct gm_str *out, const struct gm_model *m);
/* What was lost or kept back, for outputs that no probe matters to. */
void gm_text_losses(struct gm_str *out, const struct gm_model *m);
/*
 * The lines every text output ends with: losses, operations in no histogram, probes missing (empty when there is
 * nothing to say).
 */
void gm_text_caveats(struct gm_str *out, const struct gm_model *m);
/* gm_text_caveats() of these phases (bits of enum gm_phase) alone: the others were not asked for. */
void gm_text_caveats_of(struct gm_str *out, const struct gm_model *m, uint32_t phases);
/* gmemsnoop's last line where it printed none: events that options left out, or that there was nothing. */
void gm_text_no_event(struct gm_str *out, const struct gm_model *m, uint64_t left_out);
/* gmemcheck: hook by hook what this kernel shows, with reasons. */
void gm_text_check(struct gm_str *out, const struct gm_model *m);
/* gmemcheck --machines, as gm_json_machines(). */
void gm_text_machines(struct gm_str *out, const struct gm_model *m);
/* What gm_json_programs() tells, as a table. */
void gm_text_programs(struct gm_str *out, const struct gm_model *m);

/* ---- words ---- */

/*
 * Appends words of text, broken before column 80 and indented; the caller has written the first line up to column at.
 * A list that fills more than a line is broken at its commas. Ends the line.
 */
void gm_text_wrap(struct gm_str *out, unsigned int at, unsigned int indent, const char *text);
/* A phase's name in a table of numbers: "alloc", "alloc~" where they are a part. */
char *gm_phase_label(char *buf, size_t size, const struct gm_model *m, unsigned int phase);
/* "alloc, zero": names of the phases in a mask (bits of enum gm_phase), into buf; "" for none. */
char *gm_phase_list(char *buf, size_t size, uint32_t mask);
/* What follows an answer that is empty: ": no VM ..", or "" where there was one. */
const char *gm_empty_why(const struct gm_model *m);
struct gm_episode;
/* A reboot's style for people: "recreate", ..., "n/a" where it is not known. */
const char *gm_reboot_style_text(const struct gm_episode *e);
/* "3", or "1:3" in another address space than the first. */
char *gm_slot_name(uint32_t slot, char *buf, size_t size);
/* "qemu-kvm[1234]": the process that a pin is in. */
char *gm_pin_owner(const struct gm_pin *pin, char *buf, size_t size);

#endif
