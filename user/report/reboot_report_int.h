/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot_report_int.h - facts that text, JSON and rows of an episode share, so that they never disagree. Only
 * report/reboot_*.c include it.
 */
#ifndef GM_REPORT_REBOOT_REPORT_INT_H
#define GM_REPORT_REBOOT_REPORT_INT_H

#include "base/str.h"
#include "report/frame.h"
#include "report/json_lines_int.h"
#include "report/reboot_answer.h"
#include "report/reboot_report.h"

/* Phases that make a reboot, by side: if one of them has no line, the reason is printed. */
#define GM_REBOOT_OLD_PHASES \
	(1u << GM_PHASE_ZAP | 1u << GM_PHASE_UNBIND | 1u << GM_PHASE_RELEASE | 1u << GM_PHASE_FREE | \
	1u << GM_PHASE_DESTROY)
#define GM_REBOOT_NEW_PHASES \
	(1u << GM_PHASE_CREATE | 1u << GM_PHASE_BIND | 1u << GM_PHASE_ALLOC | 1u << GM_PHASE_ZERO | \
	1u << GM_PHASE_MAP | \
			  1u << GM_PHASE_GUEST_FAULT)

/* Lines in the order of the text: teardown as it happens, set-up, faults. */
extern const uint8_t gm_reboot_order[GM_LINE_NR];
/* Return a line's name in tables: that of a fault line is "guest other", as its parts have lines of their own. */
const char *gm_reboot_line_label(unsigned int line);
/* Return true if a line has anything to show. */
bool gm_reboot_line_is_shown(const struct gm_line_cost *l);
/*
 * Return why a line is unavailable on that side; NULL: it has a value, or nothing happened, or it is not part of a
 * reboot.
 */
const char *gm_reboot_line_na(const struct gm_model *m, const struct gm_episode *e, bool old_side, unsigned int line);
/* Return true for a line fed by faults: sums by VM, not calls. */
bool gm_reboot_line_is_of_faults(unsigned int line);
/* Return true if the line's share of the wall clock is known. For faults: only if their busy time was measured. */
bool gm_reboot_line_is_on_wall(const struct gm_episode *e, bool old_side, unsigned int line);
/* Return true if the line's work is known: older recordings lack the parts of faults. */
bool gm_reboot_line_is_work_known(const struct gm_episode *e, bool old_side, unsigned int line);
/* Return why the cost of mapping SPTEs is not known; NULL: it is. */
const char *gm_reboot_spte_map_na(const struct gm_model *m, const struct gm_episode *e);
/* Return the wall clock of all lines; of all lines and the rest: equal to gm_episode_wall(), or the ledger is wrong. */
uint64_t gm_reboot_wall_of_lines(const struct gm_episode *e);
uint64_t gm_reboot_wall_sum(const struct gm_episode *e);
/* Return true if there were faults, or they have a share of the wall clock. */
bool gm_reboot_has_faults(const struct gm_episode *e);
/* Return the share of the wall clock of the lines that faults feed. */
uint64_t gm_reboot_faults_wall(const struct gm_episode *e);

/* Sums over the calls of one task. */
struct gm_reboot_task {
	uint32_t tgid, tid;
	char comm[GM_COMM_LEN];
	uint64_t calls, work_ns, off_ns, blocked_ns;
	bool cpu_known;		/* of all its calls */
};
/* Make a list of tasks by work, most first; the caller frees *out. 0 or -ENOMEM. */
int gm_reboot_tasks(const struct gm_episode *e, struct gm_reboot_task **out, size_t *nr);
/*
 * Make a list of the steps with the largest shares of the wall clock, at most max, in order of time; *left: the shares
 * of all others. The caller frees *out. 0 or -ENOMEM.
 */
int gm_reboot_path(const struct gm_episode *e, size_t max, const struct gm_step ***out, size_t *nr, uint64_t *left);

/* The flow of a trace from an act of the old VM to the begin of the new side. */
struct gm_reboot_flow {
	/* of the old VM's last release, else its last act; where the reboot has none before, the reboot's begin */
	uint64_t begin_ns;
	uint64_t end_ns;		/* of the new VM's first bind, the reset, or the punch */
	const char *end_name;	/* of the call at end_ns, if it is none of the episode's steps; else NULL */
};
/* Fill *out. False: the episode has no new side, or only a sample found that. */
bool gm_reboot_flow(const struct gm_episode *e, struct gm_reboot_flow *out);

/* Return whether pages are zeroed when they are freed: "no", "inside free"; NULL: not known. */
const char *gm_reboot_zeroed_on_free(const struct gm_model *m);

/* Append the answer: headline, memory work, reasons, saving, bar; at most five lines of 80 columns. */
void gm_reboot_block(struct gm_str *out, const struct gm_model *m, const struct gm_reboot_facts *f);
/*
 * Append a part of an episode's text: the waterfall of the wall clock; costs line by line; the estimated saving of
 * re-using the inode.
 */
void gm_reboot_waterfall(struct gm_str *out, const struct gm_episode *e, unsigned int width);
void gm_reboot_ledger(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e);
void gm_reboot_costs(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e,
		     const struct gm_saving *s);
/* Write an episode's duration: "173ms", "<=1.2s", ">=12ms", "12ms..1.2s", "n/a". */
#define GM_WALL_LEN 20
char *gm_reboot_fmt_wall(char *buf, size_t size, const struct gm_episode *e);
/* Return why the rest of the wall clock is not divided. */
const char *gm_reboot_rest_na(const struct gm_model *m);
/* Return the time of which shares of the wall clock are computed; 0: the duration is not known. */
uint64_t gm_reboot_share_base_ns(const struct gm_episode *e);
/* Write "12.3%", 6 columns at most; all 0: "-". */
char *gm_reboot_percent(char *buf, size_t size, uint64_t part, uint64_t all);

/* Return true if --vm WANT means the vm or machine of this reshuffle. */
bool gm_reshuffle_matches(const struct gm_model *m, const struct gm_reshuffle *s, const char *want);

#endif
