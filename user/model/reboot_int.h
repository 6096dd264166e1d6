/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot_int.h - what the files on episodes share; nobody else includes it.
 *
 *	reboot_steps.c	the calls that reboots are made of, the episodes that they open
 *	reboot.c	which vms an episode has, when it is over
 *	reboot_inplace.c	a vm that stays: reset, its memory taken, moved about
 *	reboot_store.c	those that are kept: closed and counted, found, named
 *	reboot_ledger.c	what it cost, line by line, and where the wall clock went
 *	reboot_certainty.c	which of its figures are known, which are bounds
 *	reboot_saving.c	what re-using the inode would have saved
 *	reboot_gaps.c	what this host leaves out of all of these, and why (reboot_gaps.h)
 */
#ifndef GM_MODEL_REBOOT_INT_H
#define GM_MODEL_REBOOT_INT_H

#include "base/vec.h"
#include "model/model_int.h"
#include "model/reboot.h"

struct gm_reboots {
	struct gm_step *step;		/* by their end, the newest last */
	size_t steps_nr, steps_cap;
	uint64_t dropped_ns;		/* end of the newest step that was dropped; 0: none was */
	struct gm_vec episodes;		/* struct gm_episode */
	struct gm_vec reshuffles;	/* struct gm_reshuffle */
	uint64_t reshuffles_seen;
	uint32_t seen;
	bool drop_steps;		/* episodes that are over keep no calls */
	struct gm_hist *wall[GM_RB_STYLES];	/* of episodes that are over; NULL: none */
	uint64_t untimed[GM_RB_UNTIMED_NR];	/* of these, not in wall */
};

/* ---- reboot_steps.c ---- */

/* Keeps a call of vm that is a step of a reboot; others are left out. 0 or -ENOMEM. */
int gm_step_add(const struct gm_model *m, const struct gm_vm *vm, const union gm_any *rec);
/* When the creation of vm began, as its steps say; begin if they do not. */
uint64_t gm_creation_begin(const struct gm_reboots *r, uint32_t vm, uint64_t begin);

/* The machine's open episode; NULL: none. */
struct gm_episode *gm_episode_open(const struct gm_model *m, const struct gm_machine *mc);
/* A new one of old's machine, its counts taken now; *out is the model's. 0 or -ENOMEM. */
int gm_episode_new(struct gm_model *m, const struct gm_vm *old, uint64_t start, struct gm_episode **out);
/* The teardown's newest act ended at ns, to the call. */
static inline void gm_episode_note_teardown(struct gm_episode *e, uint64_t ns)
{
	e->teardown_end_ns = e->teardown_min_ns = e->last_act_ns = ns;
}
/* Puts the episode's begin together from those of its acts. */
void gm_episode_set_begin(struct gm_episode *e);
/* An event that takes vm's memory away: begins an episode, or belongs to the open one. 0 or -ENOMEM. */
int gm_teardown_note(struct gm_model *m, const struct gm_vm *vm, const union gm_any *rec);
/* Is this range at least half of what the vm has? */
bool gm_range_covers_half(const struct gm_model *m, const struct gm_vm *vm, uint64_t pages);
static inline uint64_t gm_event_begin(const struct gm_ev *ev)
{
	return ev->h.ts_ns - (ev->dur_ns < ev->h.ts_ns ? ev->dur_ns : ev->h.ts_ns);
}

/* ---- reboot_inplace.c ---- */

static inline bool gm_episode_is_in_place(const struct gm_episode *e)
{
	return e->new_vm && e->new_vm == e->old_vm;
}
/*
 * Ends one whose vm goes on, at next_ns at the latest: its counts are taken now, since the source told them before. 0
 * or -ENOMEM.
 */
int gm_inplace_cut(const struct gm_model *m, struct gm_episode *e, uint64_t next_ns);
void gm_inplace_adopt_self(struct gm_episode *e, uint64_t side_ns);
int gm_inplace_unbind(struct gm_model *m, struct gm_vm *vm, const struct gm_ev_range *ev);
/* *done: the bind was the vm's own memory's, and is dealt with. */
int gm_inplace_bind(struct gm_model *m, struct gm_vm *vm, const struct gm_ev_range *ev, bool *done);
int gm_inplace_punch(struct gm_model *m, struct gm_vm *vm, const union gm_any *rec);
int gm_inplace_reset(struct gm_model *m, struct gm_vm *vm, const struct gm_ev_reset *ev);

/* ---- the rest ---- */

/* Fills everything of an episode that follows from its vms and its times. 0 or -ENOMEM. */
int gm_episode_settle(const struct gm_model *m, struct gm_episode *e);
/* It is over: what it came to is worked out, and it is counted, once. 0 or -ENOMEM. */
int gm_episode_close(const struct gm_model *m, struct gm_episode *e);
void gm_episode_free(struct gm_episode *e);
/*
 * The one to forget before a new one comes: the oldest; of a model that keeps few of the dead, the oldest that is
 * over. NULL: there is room.
 */
struct gm_episode *gm_episode_to_forget(const struct gm_model *m);
/* Do the inodes' counters know what the histogram of alloc does not? */
bool gm_allocs_are_counted(const struct gm_model *m);
/* A vm's counts as they are now, less those at the episode's start. */
void gm_episode_counts(const struct gm_vm *vm, struct gm_episode *e);
/* Its count0[] and untimed0[]: what the vm's phases counted up to now; NULL: nothing. */
void gm_episode_mark_phases(const struct gm_vm *vm, struct gm_episode *e);
uint64_t gm_vm_faults(const struct gm_vm *vm); /* guest's, host's and prefaults */
/*
 * How often its memory was touched, as far as that is seen: faults; pages that it got where the guest's faults are
 * not seen.
 */
uint64_t gm_vm_touches(const struct gm_model *m, const struct gm_vm *vm);
/* CPU time of an owner, as last told. */
struct gm_reboot_cpu gm_owner_cpu(const struct gm_model *m, uint32_t tgid);

/*
 * When an act began and ended: a sample that found it knows but two times between which it was, and some calls are
 * not seen to return.
 */
struct gm_act_times {
	uint64_t begin, begin_max, end_min, end;
};
/* Returns the times of an act of vm. */
struct gm_act_times gm_act_times(const struct gm_vm *vm, const union gm_any *rec);

#endif
