/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reboot_int.h - what the files on episodes share; nobody else includes it.
 *
 *	reboot.c	which calls and vms make an episode, where it begins and ends
 *	reboot_kept.c	those that are kept: closed and counted, found, named
 *	reboot_ledger.c	what it cost, line by line, and where the wall clock went
 *	reboot_saving.c	what re-using the inode would have saved
 */
#ifndef GM_MODEL_REBOOT_INT_H
#define GM_MODEL_REBOOT_INT_H

#include "model/model_int.h"
#include "model/reboot.h"

struct gm_reboots {
	struct gm_step *step;		/* by their end, the newest last */
	size_t steps_nr, steps_cap;
	uint64_t dropped_ns;		/* end of the newest step that was dropped; 0: none was */
	struct gm_vec episodes;		/* struct gm_episode */
	uint32_t seen;
	bool drop_steps;		/* episodes that are over keep no calls */
	struct gm_hist *wall[GM_RB_STYLES];	/* of episodes that are over; NULL: none */
};

/* Fills everything of an episode that follows from its vms and its times. 0 or -ENOMEM. */
int gm_episode_settle(const struct gm_model *m, struct gm_episode *e);
/* It is over: what it came to is worked out, and it is counted, once. 0 or -ENOMEM. */
int gm_episode_close(const struct gm_model *m, struct gm_episode *e);
void gm_episode_free(struct gm_episode *e);
/* A vm's counts as they are now, less those at the episode's start. */
void gm_episode_counts(const struct gm_vm *vm, struct gm_episode *e);
uint64_t gm_vm_faults(const struct gm_vm *vm);	/* guest's, host's and prefaults */
uint64_t gm_vm_last_fault(const struct gm_vm *vm);	/* the end of the newest; 0: none */
/* CPU time of an owner, as last told. */
struct gm_rb_cpu gm_owner_cpu(const struct gm_model *m, uint32_t tgid);

#endif
