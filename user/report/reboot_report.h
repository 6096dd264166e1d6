/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot_report.h - gmemreboot's pictures of episodes (model/reboot.h): text, JSON, CSV and a trace for timeline
 * viewers. What an episode is and by which rules its ledger and the saving are made: docs/reboot.md.
 */
#ifndef GM_REPORT_REBOOT_REPORT_H
#define GM_REPORT_REBOOT_REPORT_H

#include "base/str.h"
#include "model/reboot.h"

/* How to show an episode as text. */
struct gm_rbshow {
	unsigned int width;	/* columns of the terminal: of the waterfall; tables have 80 */
	bool waterfall;
};

/*
 * The whole of one episode. saving: what gm_episode_saving() says. Columns of the wall clock add up to the episode's
 * length; a line says so should they ever not.
 */
void gm_reboot_text(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e,
		    const struct gm_saving *saving, const struct gm_rbshow *show);
/* {"type":"episode",..}: one line. */
void gm_reboot_json(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e,
		    const struct gm_saving *saving);
/* {"type":"reshuffle",..}: one line. */
void gm_reshuffle_json(struct gm_str *out, const struct gm_reshuffle *s);
/*
 * What was no reboot, and why resets in place are not known; a table of the former with all. Nothing, where there is
 * nothing to say.
 */
void gm_reshuffles_text(struct gm_str *out, const struct gm_model *m, const char *want, bool all);
/*
 * RFC 4180: a row for each line of the ledger that is not empty, for each kind of rest, and for each line that is n/a.
 */
void gm_reboot_csv_head(struct gm_str *out);
void gm_reboot_csv(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e);
/*
 * Trace event format (Chrome's, read by Perfetto): head, then episodes in any order, then tail. A call is a complete
 * event in its thread; the episode and its faults, which have no thread, are in threads named after them.
 */
void gm_reboot_trace_head(struct gm_str *out);
void gm_reboot_trace(struct gm_str *out, const struct gm_episode *e, bool first);
void gm_reboot_trace_tail(struct gm_str *out);

/*
 * One row each, then styles compared where there are several. Without any: why none can be seen here, or that none was.
 */
struct gm_rbrow {
	const struct gm_episode *e;
	struct gm_saving saving;
};
void gm_reboot_list(struct gm_str *out, const struct gm_model *m, const struct gm_rbrow *rows, size_t nr);

/* --vm WANT: the machine's name or key, the number or the owner's pid of either vm. NULL and "": all. */
bool gm_episode_matches(const struct gm_model *m, const struct gm_episode *e, const char *want);

/*
 * A whole run: each episode once, at the tick after it ended, those still going on at the end. Zeroed, then the
 * options set; released in any state.
 */
struct gm_rbreport {
	struct gm_rbshow show;
	const char *want;	/* --vm's, or NULL */
	bool json, csv;		/* else text */
	bool list;		/* text: only the table at the end */
	bool all;		/* reshuffles, too */
	bool trace;		/* trace is filled */
	/* its own */
	uint8_t *printed;		/* bit by episode id: printed */
	size_t printed_len;
	uint64_t shown;		/* episodes printed */
	bool begun, traced;
};
void gm_rbreport_release(struct gm_rbreport *r);
/*
 * Appends to out and trace. The model must keep episodes (gm_model_keep_reboots()). last: what goes on still, the
 * table, what was not seen or lost. 0 or -ENOMEM.
 */
int gm_rbreport_tick(struct gm_rbreport *r, const struct gm_model *m, bool last, struct gm_str *out,
		     struct gm_str *trace);

#endif
