/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hist_html.h - gmemhist's pages (html_page.h): histograms by machine and phase, and how they changed over time; two
 * recordings compared.
 */
#ifndef GM_REPORT_HIST_HTML_H
#define GM_REPORT_HIST_HTML_H

#include "report/hist_diff.h"
#include "report/hist_report.h"

#define GM_HISTHTML_COLUMNS	120	/* of the heatmap; more ticks than that share columns */
/* Machines or VMs: those with the most time. The others are in the sums of the host. */
#define GM_HISTHTML_SCOPES	256

/* A run. Zeroed, then phases and by set and gm_histhtml_open(); released in any state. */
struct gm_histhtml {
	uint32_t phases;		/* bits of enum gm_phase */
	enum gm_by by;
	/* its own */
	const char *want;
	struct gm_histview *view;	/* of the host: its gains are the heatmap's columns */
	struct gm_picture column[GM_HISTHTML_COLUMNS];
	unsigned int columns, stride, filled;	/* ticks in a column, and in the last one */
	uint64_t shown;			/* the model's ticks at the last column */
};
int gm_histhtml_open(struct gm_histhtml *h, const char *want); /* want: --vm's; kept. 0 or -ENOMEM */
void gm_histhtml_close(struct gm_histhtml *h);
/* Collects what the tick brought; last: appends the page to out. 0 or -ENOMEM. */
int gm_histhtml_tick(struct gm_histhtml *h, const struct gm_model *m, bool last, struct gm_str *out);

/* Appends the page of a comparison. 0 or -ENOMEM. */
int gm_diff_html(struct gm_str *out, const struct gm_diff_side *a, const struct gm_diff_side *b,
		 const struct gm_diff_row *rows, unsigned int nr);

#endif
