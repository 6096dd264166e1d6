/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot.h - episodes: the reboots of machines, found in the records, and what each cost.
 *
 * An episode begins with the first act of an old VM's teardown (or, where the new VM comes first, with the
 * creation of that) and ends when the new VM has its memory: see enum gm_reboot_end. A VM that is torn down and not
 * followed by another makes an episode without a new side (a shutdown). A VM that stays is its own successor:
 * when its boot vCPU gets its reset state after it has run (GM_K_RESET; calls in the same stop of the guest
 * belong to the reset), or when its memory is taken away for good: punched, or unbound and replaced by other
 * memory. A VM whose guest ran elsewhere before (gm_vm.restored_ns) makes the episode a handover, not a reboot.
 * Memory that is unbound and bound again is a reshuffle, not an episode.
 *
 * The ledger. Calls (struct gm_ev with a duration) are counted one by one, each with its exclusive time; faults as
 * sums, which the kernel keeps by VM and reports at ticks. So calls are placed on the wall clock to the nanosecond,
 * faults as one stretch from the first to the last.
 *
 * Life cycle: gm_model_keep_reboots() before the first record; then the model keeps episodes by itself, as a pure
 * function of the records. Episodes belong to the model: a pointer is valid until the next record, an id for good.
 */
#ifndef GM_MODEL_REBOOT_H
#define GM_MODEL_REBOOT_H

#include "base/vec.h"
#include "model/model.h"

#define GM_EPISODES_MAX	1024	/* episodes kept, the newest */
/* calls kept for each dead VM that is kept (gm_model_keep_dead()): the newest, of all machines */
#define GM_STEPS_EACH	64

enum gm_reboot_style {
	GM_REBOOT_SHUTDOWN = 0,	/* no new VM followed */
	GM_REBOOT_RECREATE = 1,	/* destroy, then create */
	GM_REBOOT_OVERLAP = 2,	/* create, then destroy: both had memory for a time */
	GM_REBOOT_INPLACE = 3,	/* the same VM: reset, or its memory taken away */
	GM_REBOOT_LINK = 4,		/* the new VM has a file of the old one's inode */
	/* not a reboot: the guest goes on in a new VM (live update, local migration, restored snapshot) */
	GM_REBOOT_HANDOVER = 5,
	GM_REBOOT_UNKNOWN = 6,	/* recreate or overlap: both happened between the same two samples */
};
_Static_assert(GM_REBOOT_UNKNOWN + 1 == GM_REBOOT_STYLES, "every style is counted");
/* Return true for a style that counts as a reboot: all but shutdown and handover. */
static inline bool gm_reboot_style_is_reboot(unsigned int style)
{
	return style != GM_REBOOT_SHUTDOWN && style != GM_REBOOT_HANDOVER;
}
const char *gm_reboot_style_name(unsigned int style); /* "recreate", ..., "unknown"; "?" */

/* The rule that ended an episode. */
enum gm_reboot_end {
	GM_REBOOT_OPEN = 0,		/* in progress: end_ns is the newest record's time */
	/*
	 * the guest has touched its memory, and two ticks had less than 1 % of the new VM's faults each: ends with the
	 * last fault before them
	 */
	GM_REBOOT_STEADY = 1,
	/* the new VM was torn down first (a crash loop, a short test): ends with the last fault or call before that */
	GM_REBOOT_CUT = 2,
	/* no new VM for a minute, or until the session ended: ends with the last act of the teardown */
	GM_REBOOT_NO_SUCCESSOR = 3,
	/*
	 * no guest fault for a minute: the guest does not run, or its memory was mapped before; ends as steady does,
	 * with the last fault (of the host) or set-up call
	 */
	GM_REBOOT_NO_GUEST_FAULT = 4,
};
/* Return true for an end that later faults do not change: the new VM is there and quiet. */
static inline bool gm_reboot_end_is_quiet(enum gm_reboot_end end)
{
	return end == GM_REBOOT_STEADY || end == GM_REBOOT_NO_GUEST_FAULT;
}
const char *gm_reboot_end_name(unsigned int end); /* "open", "steady", ..., "no_guest_fault"; "?" */

/* Lines of the ledger: the phases by number, and the creation of the VM. */
#define GM_LINE_SETUP	GM_PHASE_NR
#define GM_LINE_NR	(GM_PHASE_NR + 1)
const char *gm_line_name(unsigned int line); /* "zap", ..., "vm_create"; "?" */

/* Cost of one line on one side. */
struct gm_line_cost {
	uint64_t count;		/* calls, faults or pages: the phase's unit */
	uint64_t pages;		/* pages of these operations; 0: not known */
	/*
	 * part of count that the kernel summed (struct gm_rec_calls), and of work_ns: calls without a place on the wall
	 * clock. wall_ns has their work as far as nothing else was in progress, so it is about right
	 */
	uint64_t summed, summed_ns;
	/* part of count whose times are not known, nor in work_ns and wall_ns; see gm_hist.untimed */
	uint64_t untimed;
	uint64_t work_ns;	/* exclusive time, of all tasks and CPUs */
	uint64_t off_ns;	/* part of work_ns off the CPU; calls only, if cpu_known */
	uint64_t blocked_ns;	/* part of off_ns spent waiting */
	/* share of the wall clock: time in which no call that ends later was in progress; shares add up */
	uint64_t wall_ns;
	/* leaf SPTEs of 4 KiB, 2 MiB, 1 GiB; zap: removed; map: present in the VM at the end */
	uint64_t sptes[GM_LEVELS];
	uint64_t flush_ns;	/* zap: part of work_ns spent in TLB flushes */
	bool cpu_known, sptes_known, flush_known;
};

/* A call on the time line; or calls that the kernel summed, which are in no episode's steps. */
struct gm_step {
	uint64_t calls;		/* 0: one call; else a sum of so many, between begin_ns and end_ns */
	uint64_t begin_ns, end_ns, self_ns, off_ns, blocked_ns;
	uint64_t begin_max_ns;	/* latest possible begin; begin_ns if that is exact */
	uint64_t pages;
	uint64_t boot_exits;	/* as in struct gm_ev_range; 0: not known */
	uint64_t sptes[GM_LEVELS], flush_ns;	/* as in struct gm_ev_range, zap */
	uint32_t flags;		/* GM_EV_SPTES, GM_EV_FLUSH: the two above are valid */
	uint32_t vm, inode, tgid, tid;	/* inode 0: not known, or it has none */
	uint32_t line;		/* GM_LINE_* or phase */
	bool cpu_known;
	bool old_side;		/* set in an episode's steps: it belongs to the old VM */
	/* the times are bounds: its pages count, its time is not in the ledger */
	bool bound;
	uint64_t wall_ns;	/* set in an episode's steps */
	char comm[GM_COMM_LEN];
};

/*
 * What the same reboot would have saved by re-using the inode (docs/reboot.md): ns of work, as intervals. Costs are
 * those of this episode, page by page; the cost of a fault that finds its page comes from all such faults of the
 * machine up to the episode's end. Zeroing is saved only as far as contents may survive. Plain bytes, no pointer: an
 * episode that has ended keeps it.
 */
struct gm_interval {
	double low, mid, high;
};

struct gm_saving {
	struct gm_interval free_ns, alloc_ns, zero_ns, total_ns;
	struct gm_interval wall_ns;	/* total, with faults divided by the number of vCPUs that faulted at once */
	uint64_t pages;			/* pages that need not be allocated again */
	/* zap of the old side and map of the new: saved in addition if the VM is not destroyed */
	double spte_ns;
	char na[256];			/* why there is no estimate; "": the above is valid */
};

struct gm_episode {
	uint32_t id;			/* from 1 */
	uint32_t machine;		/* id; the machine may have been freed */
	char name[96];			/* the machine's */
	uint32_t old_vm, new_vm;	/* ids; 0: none (yet) */
	uint32_t old_tgid, new_tgid;
	enum gm_reboot_style style;
	enum gm_reboot_end end;
	bool same_process;
	uint64_t start_ns, end_ns;	/* earliest possible begin, latest possible end */
	/* latest possible begin, earliest possible end; they differ from those where only a sample found an end */
	uint64_t start_max_ns, end_min_ns;
	bool end_known;			/* false: it went on after end_ns, for an unknown time */
	uint64_t act_ns, act_max_ns;	/* begin of the old VM's first act: earliest, latest; 0: none yet */
	/*
	 * a sample found that act, the end of a VM or memory: the end of its file came before, and may be reported
	 * later
	 */
	bool act_weak;
	uint64_t created_ns;		/* begin of the new VM's creation; 0: not observed */
	uint64_t teardown_min_ns;	/* earliest possible end of the old VM's last act */
	uint64_t teardown_end_ns;	/* end of the old vm's last act */
	/* begin of the new side: the end of its first bind, or the reset in place; 0: none */
	uint64_t first_bind_ns;
	bool bind_by_scan;		/* first_bind_ns is the time of the sample that found it */
	uint64_t reset_ns;		/* in place: when the boot vCPU got its reset state; 0: not observed */
	uint64_t first_fault_ns;	/* begin of its first guest fault; 0: none observed */
	/* the ledger; complete once end is not GM_REBOOT_OPEN */
	struct gm_line_cost old[GM_LINE_NR], new[GM_LINE_NR];
	struct gm_split split;		/* the new VM's faults, up to the end */
	struct gm_hist alloc, zero;	/* of the pages of these faults, for confidence intervals */
	uint64_t vcpus;			/* of the new VM; 0: not known */
	/*
	 * The wall clock, complete and without overlap: sum of old[].wall_ns + new[].wall_ns (calls and faults) +
	 * rest_ns[]. Faults are on the wall while at least one is in progress (busy); that time is divided among alloc,
	 * zero, prepare and map by their sums, and "other" goes to the line of the fault kind.
	 */
	uint64_t rest_ns[4];		/* enum gm_reboot_rest */
	bool rest_known;		/* CPU times were recorded; else all of the rest is in GM_REBOOT_REST_UNKNOWN */
	bool faults_on_wall;		/* busy was measured; else faults are in the rest */
	bool cut_steps;			/* calls are missing: there were more than are kept */
	/* some faults of the new VM from before the reboot, or after its end, may be counted in it (GM_EV_BLURRED) */
	bool blurred;
	struct gm_vec steps;		/* struct gm_step: its calls, by begin */
	uint64_t parallel_ns;		/* work of calls during which a call that ended later was in progress */
	/* the model's own */
	uint64_t steady_ticks, faults_before, last_act_ns;
	struct gm_split split0;		/* of the new vm at the start (in place) */
	struct gm_hist alloc0, zero0;
	uint64_t faults0;
	uint64_t pages0;		/* allocated by the new vm at the start (in place) */
	/* by the inodes' counters, where the histogram of alloc lacks some */
	uint64_t pages_allocated;
	uint64_t fault_steady_ns;	/* end of the last fault when it became steady */
	enum gm_reboot_style rebuilt;	/* its style unless the new VM's guest comes from elsewhere */
	bool punched;			/* at least half of its memory was freed, and has to be touched again */
	/* in place: boot_exits of the acts that took the memory away, or of the reset; 0: not known */
	uint64_t exits;
	uint64_t until_ns;		/* begin of the next reboot, if that ended this one; else 0 */
	bool settled;			/* it is computed and counted, and does not change any more */
	struct gm_saving saving;	/* if settled; for everybody else: gm_episode_saving() */
	uint64_t count0[GM_PHASE_NR], untimed0[GM_PHASE_NR];	/* of the new vm's phases at the start (in place) */
	/* of the owners: at the start, at the end, when it became steady */
	struct gm_reboot_cpu { uint64_t user_ns, system_ns, guest_ns; bool known; } cpu0, cpu1, cpu_steady;
};

enum gm_reboot_rest { GM_REBOOT_REST_USER, GM_REBOOT_REST_GUEST, GM_REBOOT_REST_BLOCKED, GM_REBOOT_REST_UNKNOWN };
const char *gm_reboot_rest_name(unsigned int rest); /* "user", "guest", "blocked", "unknown" */

/* Return how long it took at most; with gm_episode_is_timed() exactly that. */
static inline uint64_t gm_episode_wall(const struct gm_episode *e)
{
	return e->end_ns > e->start_ns ? e->end_ns - e->start_ns : 0;
}
uint64_t gm_episode_wall_min(const struct gm_episode *e);
/* Return true if begin and end of the old side are those of calls. */
bool gm_episode_teardown_is_known(const struct gm_episode *e);
/*
 * Return true if begin and end are those of calls. Else the duration is between wall_min and wall, or (!end_known) at
 * least wall_min.
 */
bool gm_episode_is_timed(const struct gm_episode *e);
/*
 * Bounds for the begin and the end of an act: a sample knows only two times between which the act happened, and the
 * return of some calls is not observed.
 */
struct gm_act_times {
	uint64_t begin, begin_max, end_min, end;
};
/* Return the times of an act of vm. */
struct gm_act_times gm_act_times(const struct gm_vm *vm, const union gm_any *rec);
/* Reasons for an unknown duration. */
enum gm_reboot_untimed {
	GM_REBOOT_TIMED = 0,
	GM_REBOOT_SAMPLES = 1,		/* only samples show reboots here */
	GM_REBOOT_TOUCHES = 2,		/* nothing shows when the guest touched its memory */
	GM_REBOOT_TEARDOWN_END = 3,		/* a sample found that end */
	GM_REBOOT_TEARDOWN_BEGIN = 4,
	GM_REBOOT_UNTIMED_NR,
};
enum gm_reboot_untimed gm_episode_untimed(const struct gm_model *m, const struct gm_episode *e);
const char *gm_reboot_untimed_name(unsigned int why); /* "samples", ... */
const char *gm_reboot_untimed_text(unsigned int why); /* one clause */
/* Return the pages that the old side freed, or the new side allocated; _known: whether they could be counted. */
uint64_t gm_episode_freed(const struct gm_episode *e);
uint64_t gm_episode_allocated(const struct gm_episode *e);
bool gm_episode_freed_is_known(const struct gm_model *m, const struct gm_episode *e);
bool gm_episode_allocated_is_known(const struct gm_model *m, const struct gm_episode *e);
/* Return why the new side's pages and faults are not exact; NULL: they are. */
const char *gm_episode_pages_partial(const struct gm_episode *e);

/*
 * Fill *out with the estimated saving of an episode: of one that has ended as computed then, once for all; of one in
 * progress as of now.
 */
void gm_episode_saving(const struct gm_model *m, const struct gm_episode *e, struct gm_saving *out);

/*
 * Memory of one VM that was unbound and bound again, as firmware does that remaps its RAM: nothing was freed, no guest
 * was reset.
 */
struct gm_reshuffle {
	uint32_t machine, vm;		/* ids */
	char name[96];			/* the machine's */
	uint64_t begin_ns, end_ns;	/* of the unbind, of the bind */
	uint64_t pages;			/* of the unbind */
	uint64_t boot_exits;
};
/* Return struct gm_reshuffle, by end, GM_EPISODES_MAX at most; NULL where reboots are not kept. */
const struct gm_vec *gm_model_reshuffles(const struct gm_model *m);
uint64_t gm_model_reshuffles_seen(const struct gm_model *m); /* so far, of all machines */
/* Return why resets in place are not observed: no hook, or the recording was made without one. NULL: they are. */
const char *gm_model_resets_na(const struct gm_model *m);

/* Keep episodes from now on; call before the first record. 0 or -ENOMEM. */
int gm_model_keep_reboots(struct gm_model *m);
/* Free the steps of episodes when they end: for long runs that show only sums. */
void gm_model_drop_steps(struct gm_model *m);
/*
 * Return how long reboots took, of all machines, by enum gm_reboot_style; NULL: no such reboot has ended, or they
 * are not kept.
 */
const struct gm_hist *gm_model_reboot_hist(const struct gm_model *m, unsigned int style);
/* Return true if the rest of the wall clock contains work for the two VMs that this mode does not show. */
bool gm_model_rest_is_work(const struct gm_model *m);
/* Return the number of ended reboots without a known duration, by enum gm_reboot_untimed: they are in no histogram. */
uint64_t gm_model_reboots_untimed(const struct gm_model *m, unsigned int why);
/* Return an episode by id; NULL: no longer kept, or none. */
const struct gm_episode *gm_model_episode(const struct gm_model *m, uint32_t id);
/*
 * Return struct gm_episode, by start; NULL where they are not kept. An episode is kept until GM_EPISODES_MAX newer ones
 * follow.
 */
const struct gm_vec *gm_model_episodes(const struct gm_model *m);

#endif
