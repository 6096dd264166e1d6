/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot_answer.h - a reboot in a few numbers (docs/reboot.md, "The answer"): how much of the wall clock was work for
 * guest memory, by part; and the quantities over which several reboots are summed up or compared.
 *
 * Pure functions of an episode; no memory is allocated and nothing can fail.
 */
#ifndef GM_REPORT_REBOOT_ANSWER_H
#define GM_REPORT_REBOOT_ANSWER_H

#include <stddef.h>
#include "model/reboot.h"

/* ---- the answer ---- */

enum gm_reboot_part {
	GM_REBOOT_TEARDOWN,	/* the old side's lines */
	GM_REBOOT_SETUP,	/* the new side's calls */
	GM_REBOOT_FAULTS,	/* the new side's faults */
	GM_REBOOT_PARTS,
};
const char *gm_reboot_part_name(unsigned int part); /* "teardown", "set-up", "faults" */

enum gm_sum_kind {
	GM_SUM_EXACT,
	GM_SUM_LEAST,	/* a lower bound: lines or calls are missing */
	GM_SUM_ABOUT,	/* some faults are counted in the wrong boot */
	GM_SUM_NA,	/* nothing of it was measured */
};
struct gm_reboot_sum {
	uint64_t wall_ns;	/* share of the wall clock; 0 if NA */
	enum gm_sum_kind kind;
};
struct gm_reboot_answer {
	struct gm_reboot_sum part[GM_REBOOT_PARTS];
	struct gm_reboot_sum memory;	/* all parts */
	uint64_t elsewhere_ns;		/* the wall clock less memory; of an episode that is timed */
	uint64_t work_ns;		/* work of all lines, of all tasks and CPUs */
	bool work_known;		/* of all lines; else it is a lower bound */
	uint64_t vm_ns;			/* zap of the old side and map of the new one, on the wall clock */
	bool vm_known;
	char why[320];			/* why a sum is not exact; "" if all are */
};
/* Fill *out with the answer of an episode. */
void gm_reboot_answer(const struct gm_model *m, const struct gm_episode *e, struct gm_reboot_answer *out);

/* ---- quantities ---- */

/* What a reboot is compared by: sums first, then the lines of both sides, then what was neither. All are ns. */
enum gm_reboot_quantity {
	GM_RQ_WALL,
	GM_RQ_MEMORY,
	GM_RQ_TEARDOWN,
	GM_RQ_SETUP,
	GM_RQ_FAULTS,
	GM_RQ_ELSEWHERE,
	GM_RQ_BETWEEN,	/* from the teardown's end to the first bind; 0 if they overlap */
	GM_RQ_SAVED,	/* what re-using the inode would have saved: the estimate's middle */
	GM_RQ_OLD,	/* + a line: of the old side */
	GM_RQ_NEW = GM_RQ_OLD + GM_LINE_NR,
	GM_RQ_REST = GM_RQ_NEW + GM_LINE_NR,	/* + enum gm_reboot_rest */
	GM_RQ_NR = GM_RQ_REST + GM_REBOOT_REST_UNKNOWN + 1,
};
#define GM_RQ_NAME_LEN	24
/* Write a quantity's name: "wall", "old.zap", "new.alloc", "user". Returns buf, of GM_RQ_NAME_LEN bytes. */
char *gm_reboot_quantity_name(char *buf, unsigned int quantity);
/* Find a quantity by its name; a line without a side ("zap") is of the side where it usually is. False: none. */
bool gm_reboot_quantity_find(const char *name, unsigned int *quantity);

/* An episode with what is computed of it. */
struct gm_reboot_facts {
	const struct gm_episode *e;
	struct gm_saving saving;
	struct gm_reboot_answer answer;
};
void gm_reboot_facts(const struct gm_model *m, const struct gm_episode *e, struct gm_reboot_facts *out);
/* Write an episode's quantity to *ns. False: it is not known, or only a bound. */
bool gm_reboot_quantity(const struct gm_model *m, const struct gm_reboot_facts *f, unsigned int quantity, uint64_t *ns);

#endif
