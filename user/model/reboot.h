/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot.h - episodes: the reboots of machines, found in the records, and what each cost.
 *
 * An episode begins with the first act of an old vm's teardown (or, where the new vm comes first, with that one's
 * creation) and ends when the new vm has its memory: see enum gm_rb_end. A vm that is torn down and not followed by
 * another is an episode without a new side (a shutdown). A vm that stays is its own successor: when its boot vCPU
 * gets its reset state after it has run (GM_K_RESET; the calls of the same stop of the guest belong to it), or when
 * its memory is taken away for good: punched, or unbound and other memory bound. A vm whose guest was under way
 * elsewhere (gm_vm.restored_ns) makes no reboot of it. Memory that is unbound and bound again is a reshuffle, no
 * episode. Like the model, a pure function of the records; only kept when gm_model_keep_reboots() was called before
 * the first record.
 *
 * The ledger. Calls (struct gm_ev with a duration) are taken whole, each with its exclusive time; faults as sums,
 * which the kernel keeps by vm and tells at ticks. So calls are placed on the wall clock to the nanosecond, faults as
 * one stretch from the first to the last.
 */
#ifndef GM_MODEL_REBOOT_H
#define GM_MODEL_REBOOT_H

#include "base/vec.h"
#include "model/model.h"

#define GM_EPISODES_MAX	1024	/* kept: the newest */
/* calls remembered for each dead VM that is kept (gm_model_keep_dead()): the newest, of all machines */
#define GM_STEPS_EACH	64

enum gm_rb_style {
	GM_RB_SHUTDOWN = 0,	/* no new vm came */
	GM_RB_RECREATE = 1,	/* destroy, then create */
	GM_RB_OVERLAP = 2,	/* create, then destroy: both had memory for a while */
	GM_RB_INPLACE = 3,	/* the same vm: reset, or its memory taken away */
	GM_RB_LINK = 4,		/* the new vm has a view of the old one's inode */
	/* no reboot: the guest went on in a new vm (live update, local migration, a snapshot restored) */
	GM_RB_HANDOVER = 5,
	GM_RB_UNKNOWN = 6,	/* a reboot by destroy and create: which came first lies between two samples */
};
_Static_assert(GM_RB_UNKNOWN + 1 == GM_RB_STYLES, "every style is counted");
static inline bool gm_rb_is_reboot(unsigned int style)
{
	return style != GM_RB_SHUTDOWN && style != GM_RB_HANDOVER;
}
const char *gm_rb_style_name(unsigned int style); /* "recreate", ..., "unknown"; "?" */

/* By which rule the end was set. */
enum gm_rb_end {
	GM_RB_OPEN = 0,		/* still going on: end_ns is the newest record's time */
	/* two ticks brought less than one in a hundred of the new vm's faults: the last fault before them */
	GM_RB_STEADY = 1,
	/* the new vm was torn down again first: the last fault or call before that (a crash loop, a short test) */
	GM_RB_CUT = 2,
	GM_RB_NO_SUCCESSOR = 3,	/* a minute without a new vm, or the session's end: the last act of the teardown */
};
const char *gm_rb_end_name(unsigned int end); /* "open", "steady", "cut", "no_successor"; "?" */

/* Lines of the ledger: the phases by their number, and the vm's own creation. */
#define GM_LINE_SETUP	GM_PHASE_NR
#define GM_LINE_NR	(GM_PHASE_NR + 1)
const char *gm_line_name(unsigned int line); /* "zap", ..., "vm_create"; "?" */

/* What one line cost on one side. */
struct gm_line_cost {
	uint64_t count;		/* calls, faults or pages: as the phase's unit */
	uint64_t pages;		/* that it was about; 0 not known */
	/* of count: no time of theirs is known, and work_ns and wall_ns lack it; see gm_hist.untimed */
	uint64_t untimed;
	uint64_t work_ns;	/* exclusive time, of all tasks and CPUs */
	uint64_t off_ns;	/* of work_ns not on a CPU; only calls, only where cpu_known */
	uint64_t blocked_ns;	/* of off_ns: waiting */
	/* of the wall clock: what nothing later-ending did at the same time; sums up with others */
	uint64_t wall_ns;
	/* leaf SPTEs of 4 KiB, 2 MiB, 1 GiB: zap: that went; map: that the vm has at the end */
	uint64_t sptes[GM_LEVELS];
	uint64_t flush_ns;	/* zap: of work_ns in flushing TLBs */
	bool cpu_known, sptes_known, flush_known;
};

/* A call on the time line. */
struct gm_step {
	uint64_t begin_ns, end_ns, self_ns, off_ns, blocked_ns;
	uint64_t begin_max_ns;	/* the latest that it can have begun: begin_ns where that is known */
	uint64_t pages;
	uint64_t boot_exits;	/* as in struct gm_ev_range; 0: not known */
	uint64_t sptes[GM_LEVELS], flush_ns;	/* the same, zap */
	uint32_t flags;		/* GM_EV_SPTES, GM_EV_FLUSH: these hold */
	uint32_t vm, tgid, tid;
	uint32_t line;		/* GM_LINE_* or phase */
	bool cpu_known;
	bool old_side;		/* of the old vm; set in an episode's steps */
	/* it lies within these times; it took less: its pages count, its time is not in the ledger */
	bool bound;
	uint64_t wall_ns;	/* set in an episode's steps */
	char comm[GM_COMM_LEN];
};

struct gm_episode {
	uint32_t id;			/* from 1 */
	uint32_t machine;		/* id; the machine may be gone */
	char name[96];			/* the machine's */
	uint32_t old_vm, new_vm;	/* ids; 0: none (yet) */
	uint32_t old_tgid, new_tgid;
	enum gm_rb_style style;
	enum gm_rb_end end;
	bool same_process;
	uint64_t start_ns, end_ns;	/* the earliest it can have begun, the latest it can have ended */
	/* the latest and the earliest: other than these where a sample found an end */
	uint64_t start_max_ns, end_min_ns;
	bool end_known;			/* else it went on after end_ns, and nothing shows how long */
	uint64_t act_ns, act_max_ns;	/* begin of the old vm's first act, in the same way; 0: none yet */
	/* of the end of a vm or memory, which a sample found: that of its file came before, and may yet be told */
	bool act_weak;
	uint64_t created_ns;		/* begin of the new vm's creation; 0: not seen */
	uint64_t teardown_min_ns;	/* of teardown_end_ns, which is the latest */
	uint64_t teardown_end_ns;	/* end of the old vm's last act */
	/* where the new side begins: the end of its first bind, or the reset in place; 0: none */
	uint64_t first_bind_ns;
	uint64_t reset_ns;		/* in place: when the boot vCPU got its reset state; 0: not seen */
	uint64_t first_fault_ns;	/* begin of its first guest fault; 0: none seen */
	/* the ledger; complete once end is not GM_RB_OPEN */
	struct gm_line_cost old[GM_LINE_NR], new[GM_LINE_NR];
	struct gm_split split;		/* the new vm's faults, up to the end */
	struct gm_hist alloc, zero;	/* and their pages', for intervals */
	uint64_t vcpus;			/* of the new vm; 0 not known */
	/*
	 * The wall clock, without overlap or rest: sum of old[].wall_ns + new[].wall_ns (calls and faults) +
	 * rest_ns[]. Faults are on the wall while at least one was under way (busy), shared out to alloc, zero,
	 * prepare, map by their sums, other to the line of the whole fault.
	 */
	uint64_t rest_ns[4];		/* enum gm_rb_rest */
	bool rest_known;		/* CPU times were told: else all of the rest is in GM_RB_REST_UNKNOWN */
	bool faults_on_wall;		/* busy was measured; else faults are in the rest */
	bool cut_steps;			/* calls were dropped: more than are kept */
	/*
	 * faults of the new vm from before, or from after the reboot's end, are not told apart exactly (GM_EV_BLURRED)
	 */
	bool blurred;
	struct gm_vec steps;		/* struct gm_step: its calls, by begin */
	uint64_t parallel_ns;		/* work of calls that went on beside a later-ending one */
	/* the model's own */
	uint64_t steady_ticks, faults_before, last_act_ns;
	struct gm_split split0;		/* of the new vm at the start (in place) */
	struct gm_hist alloc0, zero0;
	uint64_t faults0;
	uint64_t pages0;		/* allocated by the new vm at the start (in place) */
	/* by the inodes' own counters, where the histogram of alloc does not have all */
	uint64_t pages_allocated;
	uint64_t fault_steady_ns;		/* end of the last fault when it became quiet */
	enum gm_rb_style rebuilt;	/* its style if the new vm's guest does not come from elsewhere */
	bool punched;			/* most of its memory is gone, and has to be touched anew */
	/* in place: boot_exits of the acts that took the memory, or of the reset; 0: not known */
	uint64_t exits;
	uint64_t until_ns;		/* the next reboot's begin, where that ended this one; 0: none did */
	bool settled;			/* what it came to is worked out */
	uint64_t count0[GM_PHASE_NR], untimed0[GM_PHASE_NR];	/* of the new vm's phases at the start (in place) */
	/* of the owners: at start, end, when it became quiet */
	struct gm_reboot_cpu { uint64_t user_ns, system_ns, guest_ns; bool known; } cpu0, cpu1, cpu_steady;
};

enum gm_reboot_rest { GM_RB_REST_USER, GM_RB_REST_GUEST, GM_RB_REST_BLOCKED, GM_RB_REST_UNKNOWN };
const char *gm_rb_rest_name(unsigned int rest); /* "user", "guest", "blocked", "unknown" */

/* How long it took, at most: with gm_episode_timed() exactly that. */
static inline uint64_t gm_episode_wall(const struct gm_episode *e)
{
	return e->end_ns > e->start_ns ? e->end_ns - e->start_ns : 0;
}
uint64_t gm_episode_wall_min(const struct gm_episode *e);
/* Is the old side's end known to the call, and its begin? */
bool gm_episode_teardown_known(const struct gm_episode *e);
/*
 * Are both ends known to the call? Else its duration is between wall_min and wall, or (!end_known) at least wall_min.
 */
bool gm_episode_timed(const struct gm_episode *e);
/* Why its duration is not known. */
enum gm_reboot_untimed {
	GM_RB_TIMED = 0,
	GM_RB_SAMPLES = 1,		/* nothing but samples shows reboots here */
	GM_RB_TOUCHES = 2,		/* nothing shows when the guest has touched its memory */
	GM_RB_TEARDOWN_END = 3,		/* a sample found it */
	GM_RB_TEARDOWN_BEGIN = 4,
	GM_RB_UNTIMED_NR,
};
enum gm_reboot_untimed gm_episode_untimed(const struct gm_model *m, const struct gm_episode *e);
const char *gm_rb_untimed_name(unsigned int why);     /* "samples", ... */
const char *gm_reboot_untimed_text(unsigned int why); /* one clause */
/* Pages that the old side gave back, and that the new side got; and whether anybody could count them. */
uint64_t gm_episode_freed(const struct gm_episode *e);
uint64_t gm_episode_allocated(const struct gm_episode *e);
bool gm_episode_freed_known(const struct gm_model *m, const struct gm_episode *e);
bool gm_episode_allocated_known(const struct gm_model *m, const struct gm_episode *e);
/* Why the new side's pages and faults are not exact; NULL: they are. */
const char *gm_episode_pages_partial(const struct gm_episode *e);

/*
 * What the same reboot would have saved by re-using the inode (docs/reboot.md): ns of work, as intervals. The costs
 * are this episode's, page by page; what a fault spends that finds its page comes from all such faults of the machine
 * so far. Zeroing is saved only as far as contents may survive.
 */
struct gm_interval {
	double low, mid, high;
};

struct gm_saving {
	struct gm_interval free_ns, alloc_ns, zero_ns, total_ns;
	struct gm_interval wall_ns;	/* total, with faults shared out over the vCPUs that faulted at once */
	uint64_t pages;			/* that need not be made anew */
	/* zap of the old side and map of the new: what not destroying the vm saves on top */
	double spte_ns;
	const char *na;			/* why there is none; NULL: the above holds */
};
void gm_episode_saving(const struct gm_model *m, const struct gm_episode *e, struct gm_saving *out);

/*
 * Memory of one vm that was unbound and bound again: firmware that remaps its RAM does so. Nothing was freed, no
 * guest was reset.
 */
struct gm_reshuffle {
	uint32_t machine, vm;		/* ids */
	char name[96];			/* the machine's */
	uint64_t begin_ns, end_ns;	/* of the unbind, of the bind */
	uint64_t pages;			/* of the unbind */
	uint64_t boot_exits;
};
/* struct gm_reshuffle, by end, GM_EPISODES_MAX at most; NULL where reboots are not kept. */
const struct gm_vec *gm_model_reshuffles(const struct gm_model *m);
uint64_t gm_model_reshuffles_seen(const struct gm_model *m); /* ever, of all machines */
/* Why resets in place are not known: no hook saw them, or the recording was made without it. NULL: they are. */
const char *gm_model_resets_na(const struct gm_model *m);

/* From now on the model keeps episodes. 0 or -ENOMEM. */
int gm_model_keep_reboots(struct gm_model *m);
/* Episodes that are over lose their steps: for who runs for months and shows what they came to. */
void gm_model_drop_steps(struct gm_model *m);
/* How long reboots took, of all machines, by enum gm_rb_style; NULL: no such reboot is over, or they are not kept. */
const struct gm_hist *gm_model_reboot_hist(const struct gm_model *m, unsigned int style);
/* Does the rest of the wall hold work for the two VMs, as this mode shows only part of it? */
bool gm_model_rest_is_work(const struct gm_model *m);
/* How many are over and not in these, by enum gm_rb_untimed. */
uint64_t gm_model_reboots_untimed(const struct gm_model *m, unsigned int why);
/* NULL: forgotten, or not known. */
const struct gm_episode *gm_model_episode(const struct gm_model *m, uint32_t id);
/* struct gm_episode, by start; NULL where they are not kept. An episode lives until GM_EPISODES_MAX newer ones came. */
const struct gm_vec *gm_model_episodes(const struct gm_model *m);

#endif
