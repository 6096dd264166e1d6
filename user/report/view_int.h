/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * view_int.h - what the text, JSON and screen views share, so that they never disagree on what a number
 * means or why it is missing. Only view/ includes it.
 */
#ifndef GM_REPORT_VIEW_INT_H
#define GM_REPORT_VIEW_INT_H

#include "base/json.h"
#include "report/json_lines.h"
#include "report/frame.h"

/*
 * Words of text, broken before column 80 and indented; the caller has written the first line up to column at. A list that fills
 * more than a line is broken at its commas. Ends the line.
 */
void gm_text_wrap(struct gm_str *out, unsigned int at, unsigned int indent, const char *text);

/* The machine that a vm belongs to by now (machines get joined): its name, "" for none known. */
const char *gm_line_machine(const struct gm_vm *vm);
/* Opens {"type":type and closes it, newline included. */
void gm_line_begin(struct gm_json *j, struct gm_str *out, const char *type);
void gm_line_end(struct gm_json *j);
/* "split":{"alloc_ns":..,..} of a phase that is a whole fault; nothing for others. */
void gm_line_split(struct gm_json *j, const struct gm_split *split, unsigned int phase);
/* Whose time a "phase" line tells. */
struct gm_line_of {
	bool has_vm;			/* vm is told, 0 for not known */
	uint32_t vm;
	const char *machine;		/* NULL: left out */
	uint64_t interval_ns;		/* gains of an interval of this length; 0: sums since the beginning */
};
void gm_line_phase(struct gm_str *out, const struct gm_model *m, unsigned int phase, const struct gm_hist *h,
		   const struct gm_split *split, const struct gm_line_of *of);
/* The line of a phase that this host cannot show. */
void gm_line_phase_na(struct gm_str *out, unsigned int phase, const char *na);

/* Why allocated and freed pages of a vm (of any uncounted inode) are not known; NULL: they are. */
const char *gm_vm_uncounted(const struct gm_model *m, const struct gm_vm *vm);
const char *gm_line_uncounted(const struct gm_model *m);
/* Why a line's sums over the host are at least what it says, if so. */
void gm_line_totals_partial(struct gm_json *j, const struct gm_model *m);
/* Why a phase has nothing to show on this host; NULL: it is observed, or was. */
const char *gm_phase_unseen(const struct gm_model *m, unsigned int phase);
/* What a phase that has something to show leaves out on this host; NULL: nothing. */
const char *gm_phase_partial(const struct gm_model *m, unsigned int phase);
/* "PREFIXna" or "PREFIXpartial" with the reason; nothing where a number is all of what happened. */
void gm_line_sight(struct gm_json *j, struct gm_sight s, const char *prefix);
/* The two cells na and partial of a CSV row. */
void gm_csv_sight(struct gm_str *out, struct gm_sight s);
/* A phase's name in a table of numbers: "alloc", "alloc~" where they are a part. Returns buf. */
char *gm_phase_label(char *buf, size_t size, const struct gm_model *m, unsigned int phase);
/*
 * Whether nr reboots (gm_machine_reboots()) is a number: they are counted, and none means that there was none. Without births of memory
 * there is nothing to find the first by.
 */
bool gm_reboots_known(const struct gm_model *m, uint64_t nr);
/* --vm WANT for an inode: one of the vms that view it matches. */
bool gm_inode_matches(const struct gm_inode *in, const char *want);
/* "qemu-kvm[1234]": the process that a pin is in. Returns buf. */
char *gm_pin_owner(const struct gm_pin *pin, char *buf, size_t size);
struct gm_episode;
/* A reboot's style for people: "recreate", ..., "n/a" where it is not known. */
const char *gm_rb_style_text(const struct gm_episode *e);
/* "3", or "1:3" in another address space than the first. Returns buf. */
char *gm_slot_name(uint32_t slot, char *buf, size_t size);
/* What follows an answer that is empty: ": no VM ..", or "" where there was one. */
const char *gm_empty_why(const struct gm_model *m);
/* Vms and inodes ever seen: the live and the dead. */
uint64_t gm_vms_seen(const struct gm_model *m);
uint64_t gm_inodes_seen(const struct gm_model *m);
/* "alloc, zero": names of the phases in a probe's mask, into buf; "" for none. Returns buf. */
char *gm_phase_list(char *buf, size_t size, uint32_t mask);
/* A probe whose absence somebody should hear of. */
bool gm_probe_missing(const struct gm_rec_probe *p);
/* Phases (bits) that the probe's row of the table has and that it does not feed on this host, by the hook it has or for lack of one. */
uint32_t gm_probe_unfed(const struct gm_model *m, const struct gm_rec_probe *p);
const char *gm_probe_class_name(unsigned int cls);
/* Would an event of this kind have been told? An attached probe bears its name or feeds its phase. */
bool gm_kind_observed(const struct gm_model *m, unsigned int kind);

/* Whether an event's pages are a number: a scan does not know what was resident, and nobody what moved without the page cache tracepoints. */
bool gm_event_pages_known(const struct gm_model *m, const union gm_any *rec);

/* A histogram for reading: neighbouring slots merged, from the first to the last that holds something. */
#define GM_BARS_MAX	(GM_HIST_SLOTS + 1)
struct gm_bars {
	unsigned int nr;
	uint64_t most;			/* the highest count */
	struct gm_bar {
		uint64_t lo_ns, hi_ns;	/* lo < v <= hi; 0: no lower bound, UINT64_MAX: no upper one */
		uint64_t count;
	} at[GM_BARS_MAX];
};
/* slots: merged into one bar, a divisor of GM_HIST_PER_OCTAVE, or that itself (octaves). */
void gm_bars_make(const struct gm_hist *h, unsigned int slots, struct gm_bars *out);
/* How many to merge so that at most `bars` bars come out, as fine as can be; octaves at the coarsest. */
unsigned int gm_bars_slots(const struct gm_hist *h, unsigned int bars);
/* "30.5us - 61.0us", 15 columns; buf >= 24. Returns buf. */
char *gm_bar_label(const struct gm_bar *b, char *buf, size_t size);

#endif
