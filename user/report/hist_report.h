/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hist_report.h - gmemhist's pictures: histograms by scope and phase, of all that was seen or of what an interval
 * brought, and how they look as text, JSON, CSV and HdrHistogram log.
 *
 * The model only knows sums since the beginning. What an interval gained is the difference to the picture before,
 * which struct gm_histview keeps, by vm: a vm belongs to one machine after another while names are learnt, its counts
 * are its own. A vm that dies keeps them in the model, so its last gains are not lost; should the model have
 * forgotten one within an interval (GM_MODEL_TOMBS deaths), they show in the scope "not known", as do faults whose vm
 * nobody knew.
 */
#ifndef GM_REPORT_HIST_REPORT_H
#define GM_REPORT_HIST_REPORT_H

#include <stdio.h>
#include "base/str.h"
#include "model/model.h"

enum gm_by { GM_BY_MACHINE, GM_BY_VM, GM_BY_HOST };

/* Histograms of one machine, vm or host. */
struct gm_scope {
	enum gm_by by;
	uint32_t vm;				/* by vm: its id; else 0 */
	char machine[96];			/* "": the host, or not known whose */
	struct gm_hist *phase[GM_PHASE_NR];	/* NULL: nothing counted */
	struct gm_split split;			/* of its whole faults; all 0 where that was not told */
	const struct gm_machine *mc;		/* only while a picture is made */
};

/* All scopes that counted something, in order of first sight, not known ones last. Zeroed = empty. */
struct gm_picture {
	struct gm_scope *at;
	size_t nr, cap;
	uint64_t ts_ns;				/* of the tick */
	/* length of the interval; of the whole session in a picture of totals */
	uint64_t interval_ns;
	bool total;
};
void gm_picture_release(struct gm_picture *p);
/* The phase over all scopes, in *out. */
void gm_picture_sum(const struct gm_picture *p, unsigned int phase, struct gm_hist *out);

struct gm_histview;
int gm_histview_new(struct gm_histview **out, enum gm_by by, const char *want); /* want: --vm's; kept. 0 or -ENOMEM */
void gm_histview_free(struct gm_histview *v);					/* NULL allowed */
/* What came since the last call, or since the beginning. 0 or -ENOMEM; the caller releases *out. */
int gm_histview_gains(struct gm_histview *v, const struct gm_model *m, struct gm_picture *out);
/* All since the beginning. 0 or -ENOMEM. */
int gm_histview_totals(const struct gm_histview *v, const struct gm_model *m, struct gm_picture *out);

/* What to show of a picture. */
struct gm_histshow {
	uint32_t phases;	/* bits of enum gm_phase */
	bool asked;		/* they were named by the user: those that counted nothing are shown, too */
	bool bars;		/* text: histograms below the tables */
	unsigned int width;	/* text: columns */
};
const char *gm_by_name(unsigned int by); /* enum gm_by: machine, vm, host; NULL: no such */

/* Tables and bars. The total also says what was not observed or lost, and what clearing twice costs. */
void gm_hist_text(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p,
		  const struct gm_histshow *show);
/* "phase" lines; those of an interval are followed by a tick line, those of totals by what cannot be seen. */
void gm_hist_json(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p,
		  const struct gm_histshow *show);
/*
 * RFC 4180, a header and a row for each scope and phase; phases that this host cannot show with an empty count and a
 * reason.
 */
void gm_hist_csv_head(struct gm_str *out);
void gm_hist_csv(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p,
		 const struct gm_histshow *show);

/*
 * A whole run: at a tick, what is due. Without intervals only totals at the end; with them a picture each, then
 * totals, which CSV and log leave out then: who adds rows up must not count twice. A recording whose ticks are closer
 * together than the interval asked for gives one report for as many ticks as it takes: a live run ticks at that
 * interval, and its recording, replayed with it, prints the same.
 */
struct gm_histreport {
	struct gm_histshow show;
	enum gm_by by;
	bool json, csv;		/* else text */
	bool hdr;		/* log is filled */
	bool quiet;		/* nothing but the log */
	bool intervals;
	uint64_t interval_ns;	/* asked for; 0: each tick */
	uint64_t count;		/* end after so many intervals; 0: with the last tick */
	/* its own */
	struct gm_histview *view;
	bool begun;
	uint64_t ticks, reports, shown;	/* shown: the model's ticks at the last interval shown */
};
int gm_histreport_open(struct gm_histreport *r, const char *want); /* the fields above are set. 0 or -ENOMEM */
void gm_histreport_close(struct gm_histreport *r);
/* Appends to out and log. 1: the last report was made; 0; -ENOMEM. */
int gm_histreport_tick(struct gm_histreport *r, const struct gm_model *m, bool last, struct gm_str *out,
		       struct gm_str *log);

#endif
