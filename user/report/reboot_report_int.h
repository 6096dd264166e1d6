/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot_report_int.h - what text, JSON and rows of an episode share, so that they never disagree. Only
 * report/reboot_*.c include it.
 */
#ifndef GM_REPORT_REBOOT_REPORT_INT_H
#define GM_REPORT_REBOOT_REPORT_INT_H

#include "base/str.h"
#include "report/frame.h"
#include "report/json_lines_int.h"
#include "report/reboot_report.h"

/* Lines whose absence has to be explained, by side: the phases that a reboot is made of. */
#define GM_REBOOT_OLD_PHASES \
	(1u << GM_PHASE_ZAP | 1u << GM_PHASE_UNBIND | 1u << GM_PHASE_RELEASE | 1u << GM_PHASE_FREE | \
	1u << GM_PHASE_DESTROY)
#define GM_REBOOT_NEW_PHASES \
	(1u << GM_PHASE_CREATE | 1u << GM_PHASE_BIND | 1u << GM_PHASE_ALLOC | 1u << GM_PHASE_ZERO | \
	1u << GM_PHASE_MAP | \
			  1u << GM_PHASE_GUEST_FAULT)

/* Lines in the order of the text: teardown as it happens, then set-up, then faults. */
extern const uint8_t gm_reboot_order[GM_LINE_NR];
/* Does the line say anything on this side? */
bool gm_reboot_line_is_shown(const struct gm_line_cost *l);
/*
 * Why the line can say nothing on that side; NULL: it does, or it would and there was none, or it is no part of a
 * reboot.
 */
const char *gm_reboot_line_na(const struct gm_model *m, const struct gm_episode *e, bool old_side, unsigned int line);
/* Is this a line that faults feed: sums by vm, not calls? */
bool gm_reboot_line_is_of_faults(unsigned int line);
/* Is the line's share of the wall known? Of faults only where it was measured how long at least one was under way. */
bool gm_reboot_line_is_on_wall(const struct gm_episode *e, bool old_side, unsigned int line);
/* Is its work? Older recordings do not have the parts of faults. */
bool gm_reboot_line_is_work_known(const struct gm_episode *e, bool old_side, unsigned int line);
/* Why it is not known what mapping SPTEs cost; NULL: it is. */
const char *gm_reboot_spte_map_na(const struct gm_model *m, const struct gm_episode *e);
/* The lines' share of the wall, and all of it: equal to gm_episode_wall(), or the ledger is wrong. */
uint64_t gm_reboot_wall_of_lines(const struct gm_episode *e);
uint64_t gm_reboot_wall_sum(const struct gm_episode *e);
/* Does anything of faults lie on the wall, or was there any? */
bool gm_reboot_has_faults(const struct gm_episode *e);
/* What of the wall is faults': the lines that only they feed, and alloc. */
uint64_t gm_reboot_faults_wall(const struct gm_episode *e);

/* What one task's calls came to. */
struct gm_reboot_task {
	uint32_t tgid, tid;
	char comm[GM_COMM_LEN];
	uint64_t calls, work_ns, off_ns, blocked_ns;
	bool cpu_known;		/* of all of them */
};
/* By work, the most first; the caller frees *out. 0 or -ENOMEM. */
int gm_reboot_tasks(const struct gm_episode *e, struct gm_reboot_task **out, size_t *nr);
/*
 * The steps on the wall that took most of it, at most max, in order of time; wall_ns of the others in *left. The
 * caller frees.
 */
int gm_reboot_path(const struct gm_episode *e, size_t max, const struct gm_step ***out, size_t *nr, uint64_t *left);

/* Is each page cleared when it is freed (a), and once more by the allocator? */
const char *gm_reboot_zeroed_on_free(const struct gm_model *m); /* "no", "inside free", NULL: not known */

/*
 * The parts of an episode's text: where the wall clock went, drawn; what it cost line by line; what re-using the
 * inode would save.
 */
void gm_reboot_waterfall(struct gm_str *out, const struct gm_episode *e, unsigned int width);
void gm_reboot_ledger(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e);
void gm_reboot_costs(struct gm_str *out, const struct gm_model *m, const struct gm_episode *e,
		     const struct gm_saving *s);
/* Its duration: "173ms", "<=1.2s", ">=12ms", "12ms..1.2s", "n/a". */
#define GM_WALL_LEN 20
char *gm_reboot_fmt_wall(char *buf, size_t size, const struct gm_episode *e);
/* Why what belongs to neither side is not split up, where it is not. */
const char *gm_reboot_rest_na(const struct gm_model *m);
/* What shares of the wall clock are shares of; 0: its duration is not known. */
uint64_t gm_reboot_share_base_ns(const struct gm_episode *e);
/* "12.3%", 6 columns at most; all 0: "-". */
char *gm_reboot_percent(char *buf, size_t size, uint64_t part, uint64_t all);

/* Return true if --vm WANT means the vm or machine of this reshuffle. */
bool gm_reshuffle_matches(const struct gm_model *m, const struct gm_reshuffle *s, const char *want);

#endif
