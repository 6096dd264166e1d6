// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Scenarios: what a machine does with its VM.  One row of the table each; a
 * run is a list of rows, done in order on the same VM where that makes sense.
 */
#ifndef GG_SCENARIO_H
#define GG_SCENARIO_H

#include "vmm.h"

/* The first page that scenarios touch; page 0 is the guest's code. */
#define GG_FIRST 1

/* One machine's run, local to the process it is in at the moment. */
struct gg_run {
	struct gg_world *w;
	uint32_t machine;
	struct gg_vm *vm;	/* or NULL: opened when a step needs it */
	bool filled;		/* all pages to touch are there, with stamps */
	int holder;		/* socket to the holder process */
};

/* What a step wants next, beside 0 and -errno. */
enum gg_step {
	GG_STEP_NEXT,
	GG_STEP_EXIT,		/* its process exits, without closing anything */
	GG_STEP_EXIT_AGAIN,	/* ... and this step goes on in a new one */
	GG_STEP_KILL,		/* its process is to be killed, here and now */
	GG_STEP_HANDED,		/* its process exits; another one has its machine */
};

enum gg_need {
	GG_NEED_BIND = 1 << 0,
	GG_NEED_MMAP = 1 << 1,
	GG_NEED_PREFAULT = 1 << 2,
	GG_NEED_PRIVATE = 1 << 3,
	GG_NEED_LINK = 1 << 4,
	GG_NEED_VCPUS = 1 << 5,
	GG_NEED_POISON = 1 << 6,
	GG_NEED_NAMING = 1 << 7,	/* "all" does not include it */
};

struct gg_scenario {
	const char *name, *help;
	int (*run)(struct gg_run *r);	/* enum gg_step or -errno */
	unsigned int needs;
};

extern const struct gg_scenario gg_scenarios[];
extern const unsigned int gg_nscenarios;

/* Why this kernel cannot run the scenario, or NULL if it can. */
const char *gg_scenario_missing(const struct gg_scenario *s, const struct gg_caps *caps);

/* Index of a row by name, or -ENOENT. */
int gg_scenario_find(const char *name);

/* ---- what rows are made of ---- */

/* Make sure there is a VM of this type with its gmem descriptor open. */
int gg_run_vm(struct gg_run *r, uint32_t type);

/* A fresh VM, after closing the current one, if any. */
int gg_run_renew(struct gg_run *r, uint32_t type);
void gg_run_close(struct gg_run *r);

/* Bring pages in: the guest does if the VM is bound, else fallocate. */
int gg_run_bring(struct gg_run *r, uint64_t first, uint64_t n);

/*
 * ... all pages to touch, as --fill says, unless they are there; the same touches in a VM that got them by link
 * (fill.c).
 */
int gg_run_fill(struct gg_run *r);
int gg_run_fill_again(struct gg_run *r);

/* Reboots, and what looks like one (reboot.c): rows of their own. */
int gg_run_recreate(struct gg_run *r);
int gg_run_overlap(struct gg_run *r);
int gg_run_undone(struct gg_run *r);
int gg_run_inplace(struct gg_run *r);
int gg_run_reset(struct gg_run *r);
int gg_run_firmware(struct gg_run *r);
int gg_run_no_reboot(struct gg_run *r);
int gg_run_handover(struct gg_run *r);
int gg_run_link(struct gg_run *r);

/* The guest goes on in a new process (handover.c). */
int gg_handover_process(struct gg_run *r);
int gg_handover_hold(struct gg_run *r);

/*
 * The guest goes on in this VM, which has its memory: the boot vCPU gets its state before it runs. Noted since t0. 0
 * or -errno.
 */
int gg_run_went_on(struct gg_run *r, uint64_t t0);

/* ... as often as the user wants; each ends with all pages touched again. */
int gg_reboots_of_this(struct gg_run *r, int (*reboot)(struct gg_run *r));
int gg_reboot_recreate(struct gg_run *r);
int gg_reboot_overlap(struct gg_run *r);
int gg_reboot_inplace(struct gg_run *r);
int gg_reboot_link(struct gg_run *r);

/* Delete the slot and make it again; the contents must be the same. */
int gg_run_rebind(struct gg_run *r);

/* A VM without gmem (plain.c). */
int gg_plain(struct gg_run *r);

/* Punches by other calls than fallocate (punch.c). */
int gg_punch_calls(struct gg_run *r);
int gg_punch_uring(struct gg_run *r);

/* Faults that are disturbed (race.c). */
int gg_race(struct gg_run *r);
int gg_migrate(struct gg_run *r);
int gg_invalidate(struct gg_run *r);
int gg_kill_busy(struct gg_run *r);

/* Faults that fail (fail.c). */
int gg_fail_closed(struct gg_run *r);
int gg_fail_enomem(struct gg_run *r);
int gg_fail_hwpoison(struct gg_run *r);

/* More calls than a reader keeps up with (flood.c). */
int gg_flood(struct gg_run *r);
int gg_flood_convert(struct gg_run *r);
int gg_flood_files(struct gg_run *r);

/* The demo (demo.c): until the teardown. */
int gg_demo(struct gg_run *r);

/* What keeps memory or a VM when all else is closed (pin.c). */
int gg_pin_fd(struct gg_run *r);
int gg_pin_mmap(struct gg_run *r);
int gg_pin_view(struct gg_run *r);
int gg_pin_vm(struct gg_run *r);
int gg_pin_vcpu(struct gg_run *r);
int gg_pin_vcpu_mmap(struct gg_run *r);
int gg_pin_stats(struct gg_run *r);
int gg_pin_vcpu_stats(struct gg_run *r);
int gg_pin_device(struct gg_run *r);
int gg_pin_flight(struct gg_run *r);

/* A descriptor in a message over @sock; 0 or -errno (holder.c). */
int gg_holder_send(int sock, uint32_t file, int fd);

/* The descriptor of such a message, or -1: it had none. */
int gg_holder_receive(int sock, uint32_t *file);

/* Give the VM's gmem to the holder process; back when it has it (holder.c). */
int gg_holder_give(struct gg_run *r);

/* The holder's life; never returns.  A message without a file ends it. */
void gg_holder_main(struct gg_world *w, int sock) __attribute__((noreturn));
void gg_holder_stop(int sock);

#endif /* GG_SCENARIO_H */
