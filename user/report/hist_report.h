/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hist_report.h - gmemhist's pictures: histograms by scope and phase, of the session or of an interval, as text, JSON,
 * CSV and HdrHistogram log.
 *
 * The model has only sums since its beginning. The gain of an interval is the difference to the previous
 * picture, which struct gm_histview keeps by VM, as a VM may change its machine while names are learnt. A VM
 * that ends keeps its counts in the model, so its last gains are not lost; if the model frees one within an
 * interval (after GM_MODEL_DEAD_MAX ends), its gains are in the scope "not known", as are faults whose VM is not
 * known.
 *
 * Life cycle: gm_histview_new(), gm_histview_gains() or _totals() with gm_picture_release() for each picture,
 * gm_histview_free(); or for a whole run gm_histreport_open(), _tick(), _close(). Errors: -ENOMEM only; functions
 * without a result leave it in out->err.
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
	uint32_t vm;				/* GM_BY_VM: id; else 0 */
	char machine[96];			/* "": the host, or not known */
	struct gm_hist *phase[GM_PHASE_NR];	/* NULL: nothing counted */
	struct gm_split split;			/* parts of its faults; all 0 where they were not recorded */
	const struct gm_machine *mc;		/* valid only while a picture is made */
};

/*
 * All scopes that counted something, in the order in which records first named them, unknown ones last. Zeroed: empty.
 */
struct gm_picture {
	struct gm_scope *at;
	size_t nr, cap;
	uint64_t ts_ns;				/* of the tick */
	/* length of the interval; of the whole session in a picture of totals */
	uint64_t interval_ns;
	bool total;
};
void gm_picture_release(struct gm_picture *p);
/* Fill *out with a phase over all scopes. */
void gm_picture_sum(const struct gm_picture *p, unsigned int phase, struct gm_hist *out);

struct gm_histview;
int gm_histview_new(struct gm_histview **out, enum gm_by by, const char *want); /* want: --vm's; kept. 0 or -ENOMEM */
void gm_histview_free(struct gm_histview *v);					/* NULL allowed */
/* Make a picture of the gains since the last call, or since the beginning. 0 or -ENOMEM; the caller releases *out. */
int gm_histview_gains(struct gm_histview *v, const struct gm_model *m, struct gm_picture *out);
/* Make a picture of everything since the beginning. 0 or -ENOMEM; the caller releases *out. */
int gm_histview_totals(const struct gm_histview *v, const struct gm_model *m, struct gm_picture *out);

/* What to show of a picture. */
struct gm_histshow {
	uint32_t phases;	/* bits of enum gm_phase */
	bool asked;		/* the user named the phases: show also those that counted nothing */
	bool bars;		/* text: histograms below the tables */
	unsigned int width;	/* text: columns */
};
const char *gm_by_name(unsigned int by); /* enum gm_by: machine, vm, host; NULL: no such */

/* Append tables and bars; totals also say what was not observed or lost, and what zeroing twice costs. */
void gm_hist_text(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p,
		  const struct gm_histshow *show);
/* Append "phase" lines; for an interval a tick line follows, for totals the unavailable phases. */
void gm_hist_json(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p,
		  const struct gm_histshow *show);
/*
 * Append RFC 4180 text: a header, and a row for each scope and phase; phases that this host cannot show have an empty
 * count and a reason.
 */
void gm_hist_csv_head(struct gm_str *out);
void gm_hist_csv(struct gm_str *out, const struct gm_model *m, const struct gm_picture *p,
		 const struct gm_histshow *show);

/*
 * The output of a whole run. Without intervals: totals at the end. With intervals: a picture for each, then totals,
 * which CSV and log leave out so that rows can be summed. If the ticks of a recording are closer together than the
 * interval asked for, one picture covers several ticks: a live run ticks at that interval, and its recording, replayed
 * with the same interval, gives the same output.
 */
struct gm_histreport {
	struct gm_histshow show;
	enum gm_by by;
	bool json, csv;		/* else text */
	bool hdr;		/* also write the log */
	bool quiet;		/* write only the log */
	bool intervals;
	uint64_t interval_ns;	/* asked for; 0: each tick */
	uint64_t count;		/* end after so many intervals; 0: with the last tick */
	/* its own */
	struct gm_histview *view;
	bool begun;
	uint64_t ticks, reports, shown;	/* shown: the model's ticks at the last picture of an interval */
};
int gm_histreport_open(struct gm_histreport *r, const char *want); /* set the fields above first. 0 or -ENOMEM */
/* Free what a report owns. */
void gm_histreport_close(struct gm_histreport *r);
/* Append what is due at a tick to out and log. 1: that was the last report; 0; -ENOMEM. */
int gm_histreport_tick(struct gm_histreport *r, const struct gm_model *m, bool last, struct gm_str *out,
		       struct gm_str *log);

#endif
