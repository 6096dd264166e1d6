/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot_html.h - gmemreboot's page: the JSON lines of a run, the histograms of its phases, and a script that draws
 * them (html_page.h).
 */
#ifndef GM_REPORT_REBOOT_HTML_H
#define GM_REPORT_REBOOT_HTML_H

#include <stddef.h>
#include "report/reboot_report.h"

#define GM_RBHTML_EPISODES	1024	/* the newest ones, as many as the model keeps */
/*
 * Bytes of episodes. In a longer page the fastest reboots have no calls and tasks: those are null, and the page says
 * so.
 */
#define GM_RBHTML_BYTES		(4u << 20)

/* A run. Zeroed, then report.want and report.all set; released in any state. */
struct gm_rbhtml {
	struct gm_reboot_report report;
	/* its own */
	struct gm_str fresh;	/* lines of this tick */
	struct gm_vec lines;	/* of JSON, one a line, without newlines: of episodes until the end, then the others */
	uint64_t left_out;	/* episodes that were too many */
};
void gm_rbhtml_release(struct gm_rbhtml *h);
/* Collects; last: appends the page to out. To be called where gm_reboot_report_tick() is. 0 or -ENOMEM. */
int gm_rbhtml_tick(struct gm_rbhtml *h, const struct gm_model *m, bool last, struct gm_str *out);

#endif
