/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot_int.h - what the files on episodes share; nobody else includes it.
 *
 *	reboot_steps.c	the calls that make a reboot, and the episodes that they open
 *	reboot.c	the VMs of an episode, and its end
 *	reboot_inplace.c	a VM that stays: reset, its memory taken away or rebound
 *	reboot_store.c	kept episodes: closed and counted, found, named
 *	reboot_ledger.c	costs line by line, and where the wall clock went
 *	reboot_share.c	what of the wall clock faults, summed calls and the rest get
 *	reboot_certainty.c	which figures are known, and which are bounds
 *	reboot_saving.c	what re-using the inode would have saved
 *	reboot_gaps.c	what this host leaves out of reboots, and why (reboot_gaps.h)
 */
#ifndef GM_MODEL_REBOOT_INT_H
#define GM_MODEL_REBOOT_INT_H

#include "base/vec.h"
#include "model/model_int.h"
#include "model/reboot.h"

struct gm_reboots {
	struct gm_step *step;		/* by end, newest last */
	size_t steps_nr, steps_cap;
	uint64_t dropped_ns;		/* end of the newest step that was dropped; 0: none */
	struct gm_vec episodes;		/* struct gm_episode */
	struct gm_vec reshuffles;	/* struct gm_reshuffle */
	uint64_t reshuffles_seen;
	uint32_t seen;
	bool drop_steps;		/* ended episodes keep no steps */
	struct gm_hist *wall[GM_REBOOT_STYLES];	/* durations of ended episodes; NULL: none */
	uint64_t untimed[GM_REBOOT_UNTIMED_NR];	/* ended reboots that are not in wall */
};

/* ---- reboot_steps.c ---- */

/* Keep a call of a VM that is a step of a reboot; other calls are left out. 0 or -ENOMEM. */
int gm_step_add(const struct gm_model *m, const struct gm_vm *vm, const union gm_any *rec);
/* Keep a sum of calls of a VM. 0 or -ENOMEM. */
int gm_step_add_calls(const struct gm_model *m, const struct gm_vm *vm, const struct gm_rec_calls *r);
/* Return when the creation of a VM began, by its steps; begin if there is no such step. */
uint64_t gm_creation_begin(const struct gm_reboots *r, uint32_t vm, uint64_t begin);

/* Return the machine's open episode; NULL: none. */
struct gm_episode *gm_episode_open(const struct gm_model *m, const struct gm_machine *mc);
/* Open an episode of the machine of old, from its counts now; *out belongs to the model. 0 or -ENOMEM. */
int gm_episode_new(struct gm_model *m, const struct gm_vm *old, uint64_t start, struct gm_episode **out);
/* Set the end of the teardown's last act, by a call. */
static inline void gm_episode_note_teardown(struct gm_episode *e, uint64_t ns)
{
	e->teardown_end_ns = e->teardown_min_ns = e->last_act_ns = ns;
}
/* Set an episode's begin from those of its acts. */
void gm_episode_set_begin(struct gm_episode *e);
/* Note an event that takes a VM's memory away: it begins an episode, or belongs to the open one. 0 or -ENOMEM. */
int gm_teardown_note(struct gm_model *m, const struct gm_vm *vm, const union gm_any *rec);
/* Return true if a range of pages is at least half of a VM's memory. */
bool gm_range_covers_half(const struct gm_model *m, const struct gm_vm *vm, uint64_t pages);
/* Return the begin of an event; 0 if its duration is longer than its end time. */
static inline uint64_t gm_event_begin(const struct gm_ev *ev)
{
	return ev->h.ts_ns - (ev->dur_ns < ev->h.ts_ns ? ev->dur_ns : ev->h.ts_ns);
}

/* ---- reboot_inplace.c ---- */

/* Return true if the VM of an episode is its own successor. */
static inline bool gm_episode_is_in_place(const struct gm_episode *e)
{
	return e->new_vm && e->new_vm == e->old_vm;
}
/*
 * End an episode whose VM goes on, at next_ns at the latest. The counts of now are its own: the source reports them
 * before the act that ends it. 0 or -ENOMEM.
 */
int gm_inplace_cut(const struct gm_model *m, struct gm_episode *e, uint64_t next_ns);
/* Make the VM of an episode its own successor; side_ns: begin of the new side. */
void gm_inplace_adopt_self(struct gm_episode *e, uint64_t side_ns);
/* Note acts of a VM that may stay. 0 or -ENOMEM. */
int gm_inplace_unbind(struct gm_model *m, struct gm_vm *vm, const struct gm_ev_range *ev);
/* *done: the bind is one of the VM's own memory, and needs nothing else. */
int gm_inplace_bind(struct gm_model *m, struct gm_vm *vm, const struct gm_ev_range *ev, bool *done);
int gm_inplace_punch(struct gm_model *m, struct gm_vm *vm, const union gm_any *rec);
int gm_inplace_reset(struct gm_model *m, struct gm_vm *vm, const struct gm_ev_reset *ev);

/* ---- reboot_share.c ---- */

/* Return the time of a part of all kinds of faults. */
uint64_t gm_split_part_sum(const struct gm_split *s, unsigned int part);
/*
 * Divide the time with faults but no call in progress, at most room, by the parts' shares; the last part gets the
 * rounding error. Return how much that is.
 */
uint64_t gm_share_faults(struct gm_episode *e, uint64_t room);
/*
 * Give summed calls the time in which no other call and no fault was in progress, up to their work. Return what is left
 * of it.
 */
uint64_t gm_share_summed(struct gm_episode *e, uint64_t left);
/*
 * Divide the rest of the wall clock by the owners' CPU time, in proportion, as several of their threads may have run at
 * once.
 */
void gm_share_rest(const struct gm_model *m, struct gm_episode *e, uint64_t rest);

/* ---- the rest ---- */

/* Compute everything of an episode that follows from its VMs and times. 0 or -ENOMEM. */
int gm_episode_settle(const struct gm_model *m, struct gm_episode *e);
/* Settle an ended episode for good, and count it, once. 0 or -ENOMEM. */
int gm_episode_close(const struct gm_model *m, struct gm_episode *e);
/* Free an episode with its steps. */
void gm_episode_free(struct gm_episode *e);
/*
 * Return the episode to free before a new one is opened: the oldest; of a model that keeps few dead objects, the oldest
 * that has ended. NULL: there is room.
 */
struct gm_episode *gm_episode_to_forget(const struct gm_model *m);
/* Return true if the inodes' counters have allocations that the histogram of alloc lacks. */
bool gm_allocs_are_counted(const struct gm_model *m);
/* Set an episode's counts: those of a VM now, less those at the episode's start. */
void gm_episode_counts(const struct gm_vm *vm, struct gm_episode *e);
/* Set count0[] and untimed0[] to a VM's phases as counted so far; vm NULL: to nothing. */
void gm_episode_mark_phases(const struct gm_vm *vm, struct gm_episode *e);
uint64_t gm_vm_faults(const struct gm_vm *vm); /* guest faults, host faults and prefaults */
/*
 * Return how often a VM's memory was touched, as far as observed: faults; allocated pages where guest faults are not
 * observed.
 */
uint64_t gm_vm_touches(const struct gm_model *m, const struct gm_vm *vm);
/* Return the CPU time of an owner, by its last record. */
struct gm_reboot_cpu gm_owner_cpu(const struct gm_model *m, uint32_t tgid);

#endif
