/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot_report.h - episodes (model/reboot.h) as text, JSON, CSV and a trace for timeline viewers, for gmemreboot.
 * docs/reboot.md defines episodes, their ledger and the saving.
 *
 * Functions append to out, which the caller owns; lack of memory is in out->err. A whole run: zero struct
 * gm_reboot_report, set its options, gm_reboot_report_tick() after each tick of a model that keeps reboots,
 * gm_reboot_report_release().
 */
#ifndef GM_REPORT_REBOOT_REPORT_H
#define GM_REPORT_REBOOT_REPORT_H

#include "base/str.h"
#include "model/reboot.h"
#include "report/reboot_answer.h"
#include "report/reboot_trace.h"

#define GM_REBOOT_BLOCKS	3	/* reboots that are printed at length; of more, a row each */

/* How to show an episode as text. */
struct gm_reboot_show {
	unsigned int width;	/* columns of the waterfall; tables have 80 */
	bool waterfall;
	bool full;		/* also ledger, tasks, critical path and costs */
};

/*
 * Append an episode: the answer first. f: from gm_reboot_facts(). In full, columns of the wall clock add up to the
 * episode's length; if not, a line says so.
 */
void gm_reboot_text(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *f,
		    const struct gm_reboot_show *show);
/* Append {"type":"episode",..}: one line. */
void gm_reboot_json(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *f);
/* Append {"type":"reshuffle",..}: one line. */
void gm_reshuffle_json(struct gm_str *out, const struct gm_reshuffle *s);
/*
 * Append what was no reboot, and why resets in place are not observed; with all, a table of the former. Nothing if
 * there is nothing to report.
 */
void gm_reshuffles_text(struct gm_str *out, const struct gm_model *m, const char *want, bool all);
/*
 * Append RFC 4180 text: a row for each line of the ledger that is not empty, for each kind of rest, and for each
 * unavailable line.
 */
void gm_reboot_csv_head(struct gm_str *out);
void gm_reboot_csv(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e);

/*
 * Append a row for each episode, then a comparison of the styles if there are several. Without episodes: why none can
 * be observed here, or that none happened.
 */
void gm_reboot_list(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *rows, size_t nr);
/* Append the head of that table; one row, for reboots that are printed as they end. */
void gm_reboot_list_head(struct gm_str *out, int width);
void gm_reboot_list_row(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *row, int width);
#define GM_LIST_WALL	6	/* least width of the column WALL */

/*
 * Return true if --vm WANT means an episode: the machine's name or key, or the id or the owner's pid of either VM. NULL
 * and "": all.
 */
bool gm_episode_matches(const struct gm_model *m, const struct gm_episode *e, const char *want);

/*
 * A whole run: each episode is printed once, at the tick after it ended; those in progress at the end. As text, the
 * first GM_REBOOT_BLOCKS at length, the others as a row each; with show.full all at length.
 */
struct gm_reboot_report {
	struct gm_reboot_show show;
	const char *want;	/* --vm's, or NULL */
	bool json, csv;		/* else text */
	bool list;		/* text: only the final table */
	/* text: nothing before the end, where it is known whether there are more than GM_REBOOT_BLOCKS */
	bool at_end;
	bool all;		/* with reshuffles */
	bool trace;		/* also write the trace */
	/* its own */
	uint8_t *printed;		/* bit by episode id: it was printed */
	size_t printed_cap;
	uint64_t shown;		/* episodes printed */
	bool begun;
	struct gm_reboot_trace tracks;	/* with trace */
};
/* Free what a report owns. */
void gm_reboot_report_release(struct gm_reboot_report *r);
/*
 * Append what is due at a tick to out and trace. The model must keep episodes (gm_model_keep_reboots()). last: with
 * episodes in progress, the table, and what was not observed or lost. 0 or -ENOMEM.
 */
int gm_reboot_report_tick(struct gm_reboot_report *r, const struct gm_model *m, bool last, struct gm_str *out,
			  struct gm_str *trace);

#endif
