/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rule.h - conditions such as "zero.p99 > 1ms", tested at each tick; a rule fires when its condition becomes true.
 * Pure, like the model: time is the records'.
 *
 * Life cycle: gm_rule_parse(), gm_rule_tick() after each tick of the model, gm_rule_release(). If
 * gm_rule_needs_reboots(), the model must keep them before its first record.
 *
 * METRIC OP VALUE; OP one of > >= < <= ==; METRIC one of (rule.c has the table)
 * 	PHASE.p50 .p90 .p99 .p999 .max .mean	of what the last tick brought; TIME such as 1ms
 * 	PHASE.count .rate .failed		the same; a number; rate a second
 * 	episode, episode.STYLE			how long a reboot took that was over since the last tick; TIME
 * 	lost					records lost since the last tick; a number
 * 	resident, orphaned			bytes now, such as 1G
 * 	vms					machines' live VMs with guest memory now; a number
 * 	EVENT					events of this kind since the last tick, such as memory_failure; a
 * 						number
 */
#ifndef GM_MODEL_RULE_H
#define GM_MODEL_RULE_H

#include "model/reboot.h"

struct gm_rule_metric;
struct gm_rule {
	char text[80];
	/* the rule's own */
	const struct gm_rule_metric *metric;
	unsigned int arg;		/* a phase, a style + 1 (0: any) or a kind */
	int op;
	double value;
	bool was_met;			/* the condition was true at the last tick */
	uint64_t silent_until_ns;		/* does not fire before this time */
	uint64_t prev_count, prev_ns;
	struct gm_hist prev;		/* the phase's histogram at the last tick */
	struct gm_hmap judged;		/* ids of episodes that were tested */
};

/* Parse a rule into *r. 0; -EINVAL: why says what is wrong, and what is allowed; nothing is to be released then. */
int gm_rule_parse(struct gm_rule *r, const char *text, char *why, size_t size);
/* Free what a rule owns; *r may be zeroed. */
void gm_rule_release(struct gm_rule *r);
/* Return true if the rule is on episodes: the model has to keep them. */
bool gm_rule_needs_reboots(const struct gm_rule *r);
/* Return why the condition can never be tested on this host; NULL: it can. */
const char *gm_rule_na(const struct gm_rule *r, const struct gm_model *m);
/*
 * Test a rule at a tick. Return true if its condition became true, at least quiet_for_ns after the rule last fired;
 * what is then the value found ("zero.p99 2.3ms").
 */
bool gm_rule_tick(struct gm_rule *r, const struct gm_model *m, uint64_t quiet_for_ns, char *what, size_t size);

#endif
