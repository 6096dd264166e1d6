/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rule.h - "zero.p99 > 1ms": a question to the model at each tick, answered when its answer becomes yes. Pure, like
 * the model: time is the records'.
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
	bool was_met;			/* the answer at the last tick */
	uint64_t silent_until_ns;		/* not before then */
	uint64_t prev_count, prev_ns;
	struct gm_hist prev;		/* the phase's, at the last tick */
	struct gm_hmap judged;		/* ids of episodes */
};

/* 0; -EINVAL: why says what is wrong, and what there is. */
int gm_rule_parse(struct gm_rule *r, const char *text, char *why, size_t size);
void gm_rule_release(struct gm_rule *r);
/* Does it ask for episodes? Then the model has to keep them. */
bool gm_rule_needs_reboots(const struct gm_rule *r);
/* Why this host can never answer it; NULL: it can. */
const char *gm_rule_na(const struct gm_rule *r, const struct gm_model *m);
/*
 * At a tick: has the answer become yes, quiet_for_ns at least after it last did? Then what says what was found
 * ("zero.p99 2.3ms").
 */
bool gm_rule_tick(struct gm_rule *r, const struct gm_model *m, uint64_t quiet_for_ns, char *what, size_t size);

#endif
