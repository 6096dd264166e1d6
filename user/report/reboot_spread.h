/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot_spread.h - the distribution of each quantity (reboot_answer.h) over the reboots of a run, as text and as a
 * JSON line. Functions append to out; lack of memory is in out->err.
 */
#ifndef GM_REPORT_REBOOT_SPREAD_H
#define GM_REPORT_REBOOT_SPREAD_H

#include "base/str.h"
#include "report/reboot_answer.h"

#define GM_SPREAD_MIN	5	/* reboots for which the text has a distribution: as for a median (base/stats.h) */

/* One quantity over several reboots. */
struct gm_spread {
	size_t known;			/* reboots in which it is known */
	uint64_t p50_ns, p90_ns, max_ns;	/* nearest rank */
	double sum_ns;
	double of_wall_ns;		/* wall clock of those reboots that are timed, and */
	double timed_ns;		/* the quantity's sum over these */
	uint32_t max_episode;		/* id of the first with max_ns */
};
/* Return true for an episode that is summed up: a reboot that has ended. */
bool gm_spread_has(const struct gm_episode *e);
/* Sum up a quantity over the reboots among nr episodes. values: room for nr numbers. */
void gm_spread_make(const struct gm_model *m, const struct gm_reboot_facts *facts, size_t nr, unsigned int quantity,
		    uint64_t *values, struct gm_spread *out);
/* Append a table, and the slowest reboot; nothing for fewer than GM_SPREAD_MIN reboots. */
void gm_spread_text(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *facts, size_t nr);
/* Append {"type":"reboots",..}: one line, for any number of reboots. */
void gm_spread_json(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *facts, size_t nr);

#endif
