// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Scenarios: each is a row of the table, a thing that a machine does with its
 * VM.  A run is a list of rows, done in order, on the same VM if possible.
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
	struct gg_vm *vm;	/* NULL: a step opens it when it needs it */
	bool filled;		/* all pages to touch are resident and have stamps */
	int holder;		/* socket to the holder process */
};

/* The request of a step, beside 0 and -errno. */
enum gg_step {
	GG_STEP_NEXT,
	GG_STEP_EXIT,		/* the process exits without closing anything */
	GG_STEP_EXIT_AGAIN,	/* the process exits without closing anything, and the step goes on in a new process */
	GG_STEP_KILL,		/* the coordinator kills the process now */
	GG_STEP_HANDED,		/* the process exits; another one has its machine */
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

/* Return the reason why this kernel cannot run the scenario, or NULL if it can. */
const char *gg_scenario_missing(const struct gg_scenario *s, const struct gg_caps *caps);

/* Return the index of a row by its name, or -ENOENT. */
int gg_scenario_find(const char *name);

/* ---- steps that rows share ---- */

/* Open a VM of this type, unless there is one with its gmem descriptor open. */
int gg_run_vm(struct gg_run *r, uint32_t type);

/* Close the current VM, if any, and open a new one. */
int gg_run_renew(struct gg_run *r, uint32_t type);
void gg_run_close(struct gg_run *r);

/* Allocate pages: by the guest's touches if the VM is bound, otherwise by fallocate. */
int gg_run_allocate(struct gg_run *r, uint64_t first, uint64_t n);

/*
 * gg_run_fill() allocates all pages to touch by --fill, unless they are resident. gg_run_fill_again() touches them in
 * a VM that got them by a link (fill.c).
 */
int gg_run_fill(struct gg_run *r);
int gg_run_fill_again(struct gg_run *r);

/* Rows of reboots, and of acts that look like reboots (reboot.c). */
int gg_run_recreate(struct gg_run *r);
int gg_run_overlap(struct gg_run *r);
int gg_run_undone(struct gg_run *r);
int gg_run_inplace(struct gg_run *r);
int gg_run_reset(struct gg_run *r);
int gg_run_firmware(struct gg_run *r);
int gg_run_no_reboot(struct gg_run *r);
int gg_run_handover(struct gg_run *r);
int gg_run_link(struct gg_run *r);

/* Hand the guest over to a new process (handover.c). */
int gg_handover_process(struct gg_run *r);
int gg_handover_hold(struct gg_run *r);

/*
 * Let the guest go on in this VM, which has its memory: the boot vCPU gets its state before it runs. The truth's event
 * begins at t0. 0 or -errno.
 */
int gg_run_went_on(struct gg_run *r, uint64_t t0);

/* Reboot as often as the user wants; each reboot ends with all pages touched again. */
int gg_reboots_of_this(struct gg_run *r, int (*reboot)(struct gg_run *r));
int gg_reboot_recreate(struct gg_run *r);
int gg_reboot_overlap(struct gg_run *r);
int gg_reboot_inplace(struct gg_run *r);
int gg_reboot_link(struct gg_run *r);

/* Delete the slot and create it again; the contents must be the same. */
int gg_run_rebind(struct gg_run *r);

/* Run a VM without gmem (plain.c). */
int gg_plain(struct gg_run *r);
int gg_halves(struct gg_run *r);

/* Punch by other calls than fallocate (punch.c). */
int gg_punch_calls(struct gg_run *r);
int gg_punch_uring(struct gg_run *r);

/* Provoke faults that race (race.c). */
int gg_race(struct gg_run *r);
int gg_migrate(struct gg_run *r);
int gg_invalidate(struct gg_run *r);
int gg_kill_busy(struct gg_run *r);

/* Provoke faults that fail (fail.c). */
int gg_fail_closed(struct gg_run *r);
int gg_fail_enomem(struct gg_run *r);
int gg_fail_hwpoison(struct gg_run *r);

/* Make more calls than a tool can read (flood.c). */
int gg_flood(struct gg_run *r);
int gg_flood_convert(struct gg_run *r);
int gg_flood_files(struct gg_run *r);

/* Make one call for each page (each.c). */
int gg_each_fallocate(struct gg_run *r);
int gg_each_punch(struct gg_run *r);
int gg_each_both(struct gg_run *r);
int gg_each_convert(struct gg_run *r);

/* Run the demo (demo.c) until the teardown. */
int gg_demo(struct gg_run *r);

/* Close all but one object, which pins memory or a VM (pin.c). */
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

/* Send a descriptor in a message over @sock; 0 or -errno (holder.c). */
int gg_holder_send(int sock, uint32_t file, int fd);

/* Receive such a message; return its descriptor, or -1 if it has none (holder.c). */
int gg_holder_receive(int sock, uint32_t *file);

/* Give the VM's gmem to the holder process; return when it has arrived (holder.c). */
int gg_holder_give(struct gg_run *r);

/* Run the holder; never returns.  A message without a file ends the process. */
void gg_holder_main(struct gg_world *w, int sock) __attribute__((noreturn));
void gg_holder_stop(int sock);

#endif /* GG_SCENARIO_H */
