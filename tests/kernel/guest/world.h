// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The world: one MAP_SHARED region that the coordinator, all VM processes and
 * the holder map.  It has the configuration (so that a re-executed VM process
 * needs no options), the phase of the run, and the ground truth.  Because it is
 * shared, the acts of a killed VM process are known up to its last step.
 *
 * The region has no pointers, as each process maps it at another address.
 */
#ifndef GG_WORLD_H
#define GG_WORLD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define GG_NAME_LEN 48
#define GG_MAX_STEPS 64
#define GG_MAX_MACHINES 4096
#define GG_MAX_OBJS 65536
#define GG_MAX_EVENTS (1u << 19)
#define GG_MAX_SKIPS 64
#define GG_MAX_PINS (1u << 18)
#define GG_ARENA_WORDS (1u << 26) /* two bits a page: 2^31 pages in all */

enum gg_phase {
	GG_PHASE_WORK,
	GG_PHASE_AFTER_HOLD,	/* steps that waited for the hold's end go on */
	GG_PHASE_TEARDOWN,
};

/* The parts of a VM that can be closed in any order. */
enum gg_part { GG_PART_GMEM, GG_PART_VCPU, GG_PART_VM, GG_NPARTS };

enum gg_machine_state {
	GG_M_RUN,	/* runs its steps */
	GG_M_PAUSED,	/* is in a step that waits for the end of the hold */
	GG_M_WORKED,	/* has done all steps, waits for the teardown */
	GG_M_KILL_ME,	/* waits for SIGKILL, at a well-defined point */
	GG_M_HANDOVER,	/* waits for a second process, to hand over its VM */
	GG_M_EXITING,	/* exits its process without closing anything */
	GG_M_DONE,	/* has no step left, and its process has exited */
};

/* What this run can do, by the kernel's capabilities and the options. */
struct gg_caps {
	uint32_t gmem;			/* guest_memfd can be created */
	uint32_t mmap;			/* default VMs can map guest_memfd */
	uint32_t default_vm_bind;	/* default VMs can bind guest_memfd */
	uint32_t private_vm;		/* software-protected VMs */
	uint32_t pre_fault;
	uint32_t link;			/* experimental kernel */
	uint32_t poison;		/* the user allows poisoned pages */
	uint32_t vcpus;			/* VMs have several vCPUs */
};

/* Who allocates a machine's pages, unless the scenario decides. */
enum gg_fill { GG_FILL_GUEST, GG_FILL_FALLOCATE, GG_FILL_HOST };

struct gg_conf {
	uint32_t fill;			/* enum gg_fill */
	uint32_t vms, vcpus, reboots, loop_sec, seed;
	uint32_t rebind_delay_ms;	/* reboot-recreate: between teardown and new VM */
	uint32_t nsteps;
	uint8_t steps[GG_MAX_STEPS];	/* indices into the scenario table */
	uint8_t order[GG_NPARTS];	/* enum gg_part */
	uint8_t close_by_exit;		/* the process's exit closes all */
	uint8_t close_by;		/* enum gg_close_by */
	uint8_t one_process;
	uint8_t allow_hwpoison;
	uint64_t npages;		/* pages to touch */
	uint64_t size;			/* slot and gmem size, bytes */
	char name[GG_NAME_LEN];
};

/* A machine: a sequence of VMs with one name. */
struct gg_machine {
	uint32_t state;			/* enum gg_machine_state */
	uint32_t step;			/* next step to run */
	uint32_t repeat;		/* reboots made so far in this step */
	uint64_t mark_ns;		/* when it began to exit its process */
	uint32_t stamp_file;		/* kill-busy: file id + 1, or 0 */
	uint32_t stamped;		/* kill-busy: pages touched so far */
	uint32_t handing;		/* futex: a successor takes over the VM, this process has not exited yet */
	uint32_t stamp;			/* handover: the stamp of the machine's pages */
	char name[GG_NAME_LEN];
};

struct gg_vmrec {
	uint32_t machine, type;
	int32_t pid;
	uint32_t alive, fd_open, nvcpus, nfiles;
	uint32_t extra;			/* number of stats and device descriptors */
	uint32_t halves;		/* 1: the words of the arena below are its own */
	uint64_t size;
	/* first words: private pages; pages that its process has as shared memory */
	uint64_t private_bits, anon_bits;
};

struct gg_filerec {
	uint32_t vm, inode;
	int32_t pid;			/* the process that has the descriptor */
	uint32_t alive, fd_open, nmaps, held, bound;
};

struct gg_inoderec {
	uint64_t ino, size;
	uint64_t bits, clean_bits;	/* first words in the arena */
	uint64_t resident, allocated, freed;
	uint64_t slack;			/* pages that may have been allocated, and freed again */
	uint64_t end_slack;		/* pages of the slack that may still be resident */
	uint32_t vm, nfiles, alive;
};

/* Whether a VM was destroyed inside of a release; unknown for an exit. */
enum gg_nested { GG_NESTED_NA, GG_NESTED_NO, GG_NESTED_YES };

/* The call that punched memory out. */
#define GG_CALLS(X) X(none) X(fallocate) X(ioctl) X(madvise) X(process_madvise) X(io_uring)

enum gg_call {
#define X(name) GG_CALL_##name,
	GG_CALLS(X)
#undef X
};

/* A memory slot: its number, its frames of the guest and their pages of the file. */
struct gg_place {
	uint32_t slot;
	uint64_t gfn, pgoff, pages;
};

struct gg_event {
	uint64_t ts_ns, dur_ns;
	uint64_t pages, added, freed, slack, first;
	uint32_t op;
	int32_t vm, file, inode;	/* -1: none */
	int32_t pid, ret;
	uint64_t cpu_ns;		/* reboot: CPU time of the process up to its end */
	struct gg_place place;		/* bind, bind_rejected, unbind */
	uint64_t flags;			/* create, link: GUEST_MEMFD_FLAG_* */
	uint8_t nested;			/* enum gg_nested */
	uint8_t call;			/* punch: enum gg_call */
};

/*
 * The kinds of pins.  fd and mapping pin a file; all others pin a VM, and have no
 * file.
 */
#define GG_PINS(X)                                                           \
	X(fd) X(mapping) X(vm_fd) X(vcpu_fd) X(vcpu_mapping) X(stats_fd)     \
	X(device_fd)

enum gg_pin_what {
#define X(name) GG_PIN_##name,
	GG_PINS(X)
#undef X
};

struct gg_pin {
	uint32_t what, vm;
	int32_t file, fd;		/* -1: none */
	int32_t pid;
	uint32_t open;			/* 0: the row is free */
};

struct gg_skip {
	char what[64], why[128];
	uint32_t times;
};

/*
 * Operations that have events.  The name is the key in "counts", which has
 * another key for failed binds.
 */
#define GG_OPS(X)                                                            \
	X(vm_create) X(vm_destroy) X(create) X(link) X(bind) X(unbind)       \
	X(mmap) X(munmap) X(release) X(evict) X(fallocate) X(punch)          \
	X(convert) X(guest_touch) X(host_touch) X(prefault) X(anon_touch)    \
	X(kill) X(reboot) X(rebind_delay) X(bind_rejected) X(guest_fail) X(migrate)          \
	X(reset) X(handover)

enum gg_op {
#define X(name) GG_OP_##name,
	GG_OPS(X)
#undef X
	GG_NOPS
};

/* Counters beside the number of events of each kind. */
#define GG_COUNTS(X)                                                         \
	X(bind_failed) X(allocated_pages) X(freed_pages)                     \
	X(guest_touched_pages) X(guest_first_touch_pages)                    \
	X(guest_second_touch_pages) X(host_touched_pages)                    \
	X(host_first_touch_pages) X(host_second_touch_pages)                 \
	X(fallocated_pages) X(fallocate_first_pages) X(prefaulted_pages)     \
	X(prefault_first_pages) X(punched_pages) X(punch_refused)            \
	X(converted_pages)                                                   \
	X(anon_touched_pages) X(guest_found_pages) X(guest_raced_pages)      \
	X(guest_fault_failed) X(cleared_pages) X(slack_pages) X(events_lost)

enum gg_count {
#define X(name) GG_C_##name,
	GG_COUNTS(X)
#undef X
	GG_NCOUNTS
};

struct gg_world {
	uint32_t phase;			/* enum gg_phase */
	uint32_t tick;			/* futex: bumped on every state change */
	uint32_t failed;
	int32_t coordinator;		/* pid */
	struct gg_conf conf;
	struct gg_caps caps;
	uint64_t start_ns;
	pthread_mutex_t lock;		/* guards all below but machines */
	uint32_t nvms, nfiles, ninodes, nskips, nevents;
	uint32_t npins, pins_closed;	/* pins: used rows, and the free ones among them */
	uint64_t arena_used;
	uint64_t op_count[GG_NOPS];
	uint64_t count[GG_NCOUNTS];
	struct gg_skip skips[GG_MAX_SKIPS];
	struct gg_machine machines[GG_MAX_MACHINES];
	struct gg_vmrec vms[GG_MAX_OBJS];
	struct gg_filerec files[GG_MAX_OBJS];
	struct gg_inoderec inodes[GG_MAX_OBJS];
	struct gg_event events[GG_MAX_EVENTS];
	struct gg_pin pins[GG_MAX_PINS];
	uint64_t arena[GG_ARENA_WORDS];
};

/* Create the region; *fd is inherited across exec.  0 or -errno. */
int gg_world_create(struct gg_world **out, int *fd);

/* Map the region that another process created.  0 or -errno. */
int gg_world_attach(int fd, struct gg_world **out);

/* Lock the tables.  The lock is robust: an owner that is killed does not block the others. */
void gg_world_lock(struct gg_world *w);
void gg_world_unlock(struct gg_world *w);

/*
 * Set or clear the bits of pages [first, first + n), and return how many changed;
 * or count the set bits.  The bits begin at word @bits of the arena (an inode's
 * bits or clean_bits).  The caller has the lock.
 */
uint64_t gg_world_pages_set(struct gg_world *w, uint64_t bits, uint64_t first, uint64_t n, bool on);
uint64_t gg_world_pages_count(const struct gg_world *w, uint64_t bits, uint64_t first, uint64_t n);

/* Return the slot and gmem size of a machine; the demo has machines of several sizes. */
uint64_t gg_machine_size(const struct gg_world *w, uint32_t machine);

/* Set a machine's state and wake all waiters. */
void gg_machine_set(struct gg_world *w, uint32_t machine, uint32_t state);

/* Set the phase and wake all waiters. */
void gg_world_set_phase(struct gg_world *w, uint32_t phase);

/* Wait until the phase is @phase or a later one. */
void gg_world_wait_phase(struct gg_world *w, uint32_t phase);

#endif /* GG_WORLD_H */
