/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * text.h - text output: gmemsnoop's lines, the caveats at the end of every report, gmemcheck's page; and the words and
 * wrapping that text and screens share, so that both use the same names. Functions append whole lines to out, which the
 * caller owns (lack of memory is in out->err), or return the buf that they are given.
 */
#ifndef GM_REPORT_TEXT_H
#define GM_REPORT_TEXT_H

#include "base/str.h"
#include "model/model.h"

/* ---- lines ---- */

/*
 * Append the line with which a report begins if the mode shows less than others: what is missing of these phases (bits
 * of enum gm_phase) and of probes without a phase, cut to width with the number of the rest. Nothing if nothing is
 * missing.
 */
void gm_text_partial(struct gm_str *out, const struct gm_model *m, uint32_t phases, unsigned int width);
/*
 * Append gmemsnoop's header; one event as aligned text, at most 80 columns where names allow. More width shows the
 * names of processes, then those of machines, in full.
 */
void gm_text_event_head(struct gm_str *out, unsigned int width);
void gm_text_event(struct gm_str *out, const struct gm_model *m, const union gm_any *rec, unsigned int width);
/* Append the kernel functions at a fault's end, one a line, indented; nothing for other events. */
void gm_text_stack(struct gm_str *out, const union gm_any *rec);
/* Append the outcomes of each phase's operations, a line each if some are in no histogram; nothing if all are. */
void gm_text_operations(struct gm_str *out, const struct gm_model *m);
/* Append losses and withheld records, for outputs in which probes do not matter. */
void gm_text_losses(struct gm_str *out, const struct gm_model *m);
/* How to write what is unavailable or partial. */
struct gm_caveats {
	uint32_t phases;	/* bits of enum gm_phase: others were not asked for */
	bool reasons;		/* each reason once, with all phases that it is about; else one line in place of them */
	unsigned int width;	/* columns */
};
/* Append losses, operations in no histogram, and what is unavailable or partial; nothing if there is none of these. */
void gm_text_caveats_as(struct gm_str *out, const struct gm_model *m, const struct gm_caveats *how);
/*
 * Append the caveats at the end of a text output on stdout: with reasons if the user gave -v (gm_log_level()), in the
 * width of stdout. gm_text_caveats_of(): only of these phases.
 */
void gm_text_caveats(struct gm_str *out, const struct gm_model *m);
void gm_text_caveats_of(struct gm_str *out, const struct gm_model *m, uint32_t phases);
/*
 * Append gmemsnoop's last line if it printed no event: the number of events that options left out, or that there was
 * none.
 */
void gm_text_no_event(struct gm_str *out, const struct gm_model *m, uint64_t left_out);
/* Append gmemcheck's page: what this kernel shows, hook by hook, with reasons. */
void gm_text_check(struct gm_str *out, const struct gm_model *m);
/* Append gmemcheck --machines, as gm_json_machines(). */
void gm_text_machines(struct gm_str *out, const struct gm_model *m);
/* Append the verifier statistics of gm_json_programs() as a table. */
void gm_text_programs(struct gm_str *out, const struct gm_model *m);

/* ---- words ---- */

/*
 * Append words of text, wrapped before column 80 and indented, and end the line; the caller has written the first line
 * up to column at. A list longer than a line is broken at its commas.
 */
void gm_text_wrap(struct gm_str *out, unsigned int at, unsigned int indent, const char *text);
/* As gm_text_wrap(), but wrapped before column width. */
void gm_text_wrap_at(struct gm_str *out, unsigned int width, unsigned int at, unsigned int indent, const char *text);
/* Write a phase's name for a table of numbers: "alloc", or "alloc~" if the numbers are partial. */
char *gm_phase_label(char *buf, size_t size, const struct gm_model *m, unsigned int phase);
/* Write the names of the phases in a mask (bits of enum gm_phase): "alloc, zero"; "" for none. */
char *gm_phase_list(char *buf, size_t size, uint32_t mask);
/* Return the end of an answer that is empty: ": no VM ..", or "" if there was a VM. */
const char *gm_empty_why(const struct gm_model *m);
struct gm_episode;
/* Return a reboot's style for people: "recreate", ..., "n/a" if it is not known. */
const char *gm_reboot_style_text(const struct gm_episode *e);
/* Write a slot: "3", or "1:3" in another address space than the first. */
char *gm_slot_name(uint32_t slot, char *buf, size_t size);
/* Write a process id, without its host's number; "-" if it is not known (0). buf: GM_PID_LEN. Returns buf. */
#define GM_PID_LEN 12
char *gm_pid_text(char *buf, uint32_t tgid);
/* Write the process of a pin: "qemu-kvm[1234]". */
char *gm_pin_owner(const struct gm_pin *pin, char *buf, size_t size);

#endif
