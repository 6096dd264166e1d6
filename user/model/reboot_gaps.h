/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot_gaps.h - what this host does not show of reboots: the same answer for all reboots, by the probes attached.
 * What one reboot lacks is in its struct gm_episode.
 */
#ifndef GM_MODEL_REBOOT_GAPS_H
#define GM_MODEL_REBOOT_GAPS_H

#include "model/model.h"

enum gm_reboot_fact {
	GM_REBOOT_FACT_COUNT = 0,	/* that a reboot happened */
	GM_REBOOT_FACT_BEGIN = 1,	/* the first act of the teardown */
	GM_REBOOT_FACT_END = 2,	/* steady state */
	GM_REBOOT_FACT_STYLE = 3,	/* recreate or overlap */
	GM_REBOOT_FACT_IN_PLACE = 4,	/* reboots of a VM that stays */
	GM_REBOOT_FACT_SAVING = 5,	/* what re-using the memory would have saved */
	GM_REBOOT_FACT_NR
};
const char *gm_reboot_fact_name(enum gm_reboot_fact fact); /* "count", ... */

struct gm_reboot_gap {
	enum gm_seen seen;
	char why[256];		/* one clause for people; empty with GM_SEEN_ALL */
	enum gm_gap gap;	/* the same for programs */
};
/* Fills *out with what this host leaves out of a fact about reboots, and why. */
void gm_model_reboot_gap(const struct gm_model *m, enum gm_reboot_fact fact, struct gm_reboot_gap *out);

#endif
