/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot_diff.h - compares the reboots of two recordings quantity by quantity (reboot_answer.h): which grew, by how
 * much, and whether it is more than noise; and conditions on that, for tests of a VMM or a kernel.
 *
 * Method. As gmemhist --diff (hist_diff.h), with a reboot as the unit: rank sum test, two-sided, ties corrected, p by
 * Holm over the quantities tested. "grew" or "shrank" needs p below GM_DIFF_P, an effect of at least GM_DIFF_EFFECT on
 * either side of 0.5, and medians that differ by GM_RBDIFF_LEAST: where times repeat to the microsecond, every
 * difference is significant, however useless. At least GM_RBDIFF_MIN reboots on each side: with fewer, Holm's
 * correction over some twenty quantities lets no difference be significant, however large.
 * What "elsewhere" was (user space, guest, blocked) is not compared: the CPU times of a process are read at samples, so
 * that reboots between two samples share one reading, and are not independent.
 * Limit. The noise is the variation between the reboots of one recording, not from run to run.
 *
 * Life cycle: for both sides gm_rbdiff_end() when the recording has been read, then gm_rbdiff_make(), output,
 * gm_rbdiff_release() for both sides. Errors: -ENOMEM only.
 */
#ifndef GM_REPORT_REBOOT_DIFF_H
#define GM_REPORT_REBOOT_DIFF_H

#include "base/str.h"
#include "base/stats.h"
#include "report/reboot_spread.h"

#define GM_RBDIFF_MIN	10
#define GM_RBDIFF_LEAST	0.01	/* least change of a median, of the larger one, that is more than noise */

/* One recording. Zero it and set name; m and facts are freed with the side. */
struct gm_rbdiff_side {
	const char *name;
	struct gm_model *m;
	struct gm_reboot_facts *facts;	/* of the reboots that have ended */
	size_t nr;
};
/* Collect the reboots of s->m that --vm WANT means. 0 or -ENOMEM. */
int gm_rbdiff_end(struct gm_rbdiff_side *s, const char *want);
void gm_rbdiff_release(struct gm_rbdiff_side *s);

enum gm_rbdiff_verdict { GM_RBDIFF_NOISE, GM_RBDIFF_GREW, GM_RBDIFF_SHRANK, GM_RBDIFF_TOO_FEW, GM_RBDIFF_NA };
struct gm_rbdiff_row {
	unsigned int quantity;
	struct gm_spread side[2];
	struct gm_rank_test test;
	double p_holm;
	enum gm_rbdiff_verdict verdict;
	char why[360];			/* GM_RBDIFF_NA: "A: reason" */
};
struct gm_rbdiff {
	const struct gm_rbdiff_side *side[2];
	struct gm_rbdiff_row row[GM_RQ_REST];
	unsigned int nr;
};
/* Compare two sides. 0 or -ENOMEM. */
int gm_rbdiff_make(struct gm_rbdiff *d, const struct gm_rbdiff_side *a, const struct gm_rbdiff_side *b);
/* Return the row of a quantity; NULL: neither side has anything of it. */
const struct gm_rbdiff_row *gm_rbdiff_find(const struct gm_rbdiff *d, unsigned int quantity);
/* Return the change of the median, in ns; in per cent of A's, NaN if that is 0. */
double gm_rbdiff_change_ns(const struct gm_rbdiff_row *r);
double gm_rbdiff_change_percent(const struct gm_rbdiff_row *r);
bool gm_rbdiff_is_tested(const struct gm_rbdiff_row *r);

/* ---- conditions ---- */

#define GM_LIMITS_MAX 16
/* A condition, "QUANTITY > +CHANGE" or "QUANTITY < -CHANGE": it holds if the median changed so much, beyond noise. */
struct gm_rblimit {
	const char *text;	/* as given; not owned */
	unsigned int quantity;
	bool more;		/* '>' */
	bool percent;		/* else ns */
	double change;		/* signed */
};
struct gm_rblimits {
	struct gm_rblimit at[GM_LIMITS_MAX];
	unsigned int nr;
};
/* Add a condition. 0, or -EINVAL with the reason in why. text is kept. */
int gm_rblimit_add(struct gm_rblimits *l, const char *text, char *why, size_t size);
enum gm_rblimit_result { GM_LIMIT_OK, GM_LIMIT_EXCEEDED, GM_LIMIT_UNKNOWN };
/* Return whether a condition holds; UNKNOWN: too few reboots, or the quantity is n/a. */
enum gm_rblimit_result gm_rblimit_check(const struct gm_rblimit *l, const struct gm_rbdiff *d);

/* ---- output ---- */

/* Append the comparison as text, as JSON lines, as a web page; lack of memory is in out->err. */
void gm_rbdiff_text(struct gm_str *out, const struct gm_rbdiff *d, const struct gm_rblimits *limits);
void gm_rbdiff_json(struct gm_str *out, const struct gm_rbdiff *d, const struct gm_rblimits *limits);
void gm_rbdiff_html(struct gm_str *out, const struct gm_rbdiff *d, const struct gm_rblimits *limits);
/* Return a verdict's name: "noise", "grew", "shrank", "too_few", "na". */
const char *gm_rbdiff_verdict_name(enum gm_rbdiff_verdict v);

#endif
