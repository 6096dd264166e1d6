/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * attach.h - carries a probe plan out: loads and attaches its programs, and when the kernel refuses one, strikes it
 * from the plan and starts over with the next candidate. Everything hangs on descriptors of this process: its end,
 * however it comes, detaches all.
 */
#ifndef GM_KERNEL_ATTACH_H
#define GM_KERNEL_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include "kernel/walk_budget.h"
#include "kernel/kfeatures.h"
#include "kernel/probes.h"
#include "kernel/verifier_stats.h"

struct bpf_link;
struct gm_proc_facts;

/* A loaded program of ours, and the kernel's counts of it since it was loaded. */
struct gm_attached_prog {
	const char *name;			/* the object's */
	int fd;					/* the object's; -1: let go of */
	bool scans;				/* an iterator */
	bool twin;				/* of a row whose events are not to be missed */
	uint64_t runs, run_ns;			/* stand still while the kernel keeps no statistics */
	uint64_t skipped;
	struct gm_verified verified;		/* 0: without statistics */
	/* of earlier loads: it was let go of, and taken again */
	struct gm_prog_counts { uint64_t runs, run_ns, skipped; } before;
};

/* link NULL: its row waits for gmem. perf_fd: a system call's perf event, kept while it waits; -1: none. */
struct gm_attached_link { struct bpf_link *link; struct bpf_program *prog; int perf_fd; };

struct gm_attached {
	struct gm_probes_bpf *probes;		/* NULL: inventory mode */
	struct gm_scan_bpf *scan;
	/* what hooks the kvm module, taken again; shares the maps of probes. NULL: never let go of */
	struct gm_probes_bpf *again;
	struct gm_attached_link *links;
	size_t links_nr, links_cap;
	bool waits;				/* programs of rows that wait for gmem are detached */
	/* one of the two: iter NULL, or run_fd -1 */
	struct gm_attached_walk { struct bpf_link *iter; int run_fd; } vms, files, inodes;
	struct bpf_link *tasks;			/* an iterator over them; may be NULL */
	bool bindings_told;			/* bind and unbind have probes: a walk over them is needed once only */
	int ring_fd, fault_ring_fd, scan_ring_fd, hot_fd, ops_fd, losses_fd;	/* maps; owned by the objects */
	uint32_t ring_bytes;			/* that gm_ring holds */
	/* gm_hot_places, mapped: what is read and freed there needs no system call. NULL: no probes */
	struct gm_hot_place *places;
	uint32_t places_nr;
	const volatile uint64_t *gmem_vms;	/* gm_gmem_vms, the same */
	uint32_t gmem_vms_nr;
	struct gm_attached_prog *progs;		/* all that are loaded; counts as of gm_attached_look() */
	size_t progs_nr, progs_cap;
	/* of their skipped runs, those of rows whose events are not to be missed (column twin) */
	uint64_t skipped_lives;
	int btf_fd;				/* types for libbpf, where it does not come by them itself; -1 */
	/* while it is open, the kernel keeps statistics for us; -1: it does not */
	int stats_fd;
};

void gm_attached_init(struct gm_attached *a);
/* Shows libbpf's messages with -vv only. Call it before anything else that uses libbpf. */
void gm_attach_listen(void);
/* 0; -errno reported with the remedy. The plan then holds what was really attached. */
int gm_attach(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfacts *k);
/*
 * Runs a walk from its from-th element on, which tells into the scan ring: it is to be emptied before the next run.
 * 0: came to the end; 1: the ring was full, *from is where to go on; -errno.
 */
int gm_attached_run(struct gm_attached *a, const struct gm_attached_walk *w, uint32_t *from);
/*
 * Before and after a scan of all tasks. While its iterator fails with EAGAIN, the caller must empty the scan ring.
 * Torn: mappings changed during the scan, so that a pin may be missing, or be there twice.
 */
void gm_attached_begin_tasks(struct gm_attached *a);
bool gm_attached_tasks_torn(const struct gm_attached *a);
/*
 * Reads facts of a process without a reference to its memory. 0; -ESRCH: it has exited; -ENOSYS: this kernel does not
 * take the program.
 */
int gm_attached_proc(struct gm_attached *a, uint32_t tgid, struct gm_proc_facts *out);
/*
 * Before each look: whether its walk over the vms also tells their bindings; which pages it may look at. since_ns:
 * see gm_walk_since_ns.
 */
void gm_attached_begin_look(struct gm_attached *a, bool bindings, const struct gm_budget *pages, uint64_t since_ns);
/* After it: what the look at pages came to. */
struct gm_budget_used gm_attached_end_look(const struct gm_attached *a);
/* An end or a birth found no room in the ring since the last scan began. */
bool gm_attached_postponed(const struct gm_attached *a);
/* The last scan did not get all bindings of some VM. */
bool gm_attached_partial(const struct gm_attached *a);
/* The initial scan is done: objects that come up from now on were born since. */
void gm_attached_started(struct gm_attached *a);
/* With on, the scan tells every death that it sees from now on, without waiting for a probe to do so. */
void gm_attached_final(struct gm_attached *a, bool on);
/*
 * Takes off all that keeps the kvm module from being unloaded; the plan knows. What is left: iterators, and hooks in
 * vmlinux. Calls that are under way will not be seen to end. Needs no privilege.
 */
void gm_attached_let_go(struct gm_attached *a, struct gm_plan *plan);
/*
 * The reverse, with facts that hold now: the module must have the types that it had (gm_kfacts_same_kvm()). Ids and
 * counts go on. 0; -errno, some of it reported: all is as before then.
 */
int gm_attached_take(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfacts *k);
/*
 * Asks the kernel for the counts of all probes, and of the iterators with `scans`. Returns the runs of probes that the
 * kernel skipped since they were loaded (recursion_misses), because the same program (or, for kprobes and system calls,
 * any) was under way on that CPU, in a task that was preempted inside it. Seen with brackets on all kernels, with
 * tracepoints from 7.0 on. To disable preemption in the programs (bpf_preempt_disable(), 6.10) does not help: measured
 * on 7.3.4, the pending switch then comes at the enabling, still inside the program.
 */
uint64_t gm_attached_look(struct gm_attached *a, bool scans);
/* Return true if a VM of this host has gmem, or if nobody can tell. */
bool gm_attached_has_gmem(const struct gm_attached *a);
/*
 * Detaches the programs of rows that wait for gmem (GM_ATTACH_GMEM). Calls that are under way will not be seen to
 * end. Needs no privilege.
 */
void gm_attached_wait(struct gm_attached *a, const struct gm_plan *plan);
/* Attaches them again. 0; -errno: all of them stay detached. */
int gm_attached_watch(struct gm_attached *a, const struct gm_plan *plan, const struct gm_kfacts *k);
void gm_detach(struct gm_attached *a);

#endif
