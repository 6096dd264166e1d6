/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * attach.h - carries out a probe plan: loads and attaches its programs. If the kernel refuses a program, it is struck
 * from the plan, and the loading starts over with the next candidate. Everything depends on descriptors of this
 * process: when the process ends in any way, all is detached.
 *
 * gm_attached_init(); gm_attach_init_log() before any use of libbpf; gm_attach(); the initial scan, then
 * gm_attached_end_initial_scan(). For each sample gm_attached_begin_objects(), gm_attached_run_scan() or the iterators,
 * gm_attached_end_objects(). In between gm_attach_detach_kvm() and gm_attach_reattach_kvm() in turn, and
 * gm_attached_detach_gmem() and gm_attached_reattach_gmem() in turn. gm_detach() frees all, also after an error.
 *
 * Errors: -EPERM (privileges are missing, or lockdown), -ENOMEM, -EMFILE and -ENFILE (no resources; try again later),
 * and what the kernel answered to a program that the plan cannot do without.
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

/* A loaded program of ours, with the kernel's counts of it since it was loaded. */
struct gm_attached_prog {
	const char *name;			/* owned by the object */
	int fd;					/* owned by the object; -1: detached from the kvm module */
	bool scans;				/* an iterator */
	bool twin;				/* of a row whose events must not be missed */
	uint64_t runs, run_ns;			/* constant while the kernel keeps no statistics */
	uint64_t skipped;
	struct gm_verified verified;		/* zeroed without statistics */
	/* of earlier loads, before it was detached from the kvm module */
	struct gm_prog_counts { uint64_t runs, run_ns, skipped; } before;
};

/*
 * A program's link; NULL while its row waits for gmem. perf_fd: the perf event of a system call, kept open while the
 * row waits; -1: none.
 */
struct gm_attached_link { struct bpf_link *link; struct bpf_program *prog; int perf_fd; };

struct gm_attached {
	struct gm_probes_bpf *probes;		/* NULL: inventory mode */
	struct gm_scan_bpf *scan;
	/* the programs that hook the kvm module again, with the maps of probes. NULL: never detached */
	struct gm_probes_bpf *reattached;
	struct gm_attached_link *links;
	size_t links_nr, links_cap;
	bool gmem_detached;			/* the programs of rows that wait for gmem are detached */
	/* a scan of one kind of object, by an iterator or by runs of a program: iter is NULL, or run_fd is -1 */
	struct gm_attached_scan { struct bpf_link *iter; int run_fd; } vms, files, inodes,
		attrs;			/* attrs: neither, where attributes are not scanned */
	struct bpf_link *tasks;			/* an iterator over all tasks; may be NULL */
	/* bind and unbind have probes: one scan of the bindings is enough */
	bool has_binding_probes;
	int attr_walks_fd;			/* map; owned by the object; -1: attributes are not scanned */
	int ring_fd, fault_ring_fd, scan_ring_fd, hot_fd, ops_fd, losses_fd;	/* maps; owned by the objects */
	uint32_t ring_bytes;			/* size of gm_ring */
	/* gm_hists_places, mapped: reading and freeing its entries takes no system call. NULL: no probes */
	struct gm_vm_hists_place *places;
	uint32_t places_nr;
	const volatile uint64_t *gmem_vms;	/* gm_gmem_vms, mapped */
	uint32_t gmem_vms_nr;
	struct gm_attached_prog *progs;		/* all that are loaded; gm_attached_read_counts() updates the counts */
	size_t progs_nr, progs_cap;
	/* skipped runs of programs of rows whose events must not be missed (column twin) */
	uint64_t skipped_twins;
	int btf_fd;				/* types for libbpf if it cannot read them itself, else -1 */
	/* has the kernel keep statistics while it is open; -1: none */
	int stats_fd;
};

/* Makes *a empty, so that gm_detach() may be called. */
void gm_attached_init(struct gm_attached *a);
/* Has libbpf's messages printed with -vv only. Call it before anything else that uses libbpf. */
void gm_attach_init_log(void);
/*
 * Loads and attaches a plan's programs; plan is then what is attached. 0; -errno, reported with the remedy: call
 * gm_detach().
 */
int gm_attach(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfeatures *k);
/*
 * Runs one kind of scan from its from-th element on. Its records go to the scan ring, which the caller empties before
 * the next run. 0: the scan is complete; 1: the ring was full, *from is where to continue; -errno.
 */
int gm_attached_run_scan(struct gm_attached *a, const struct gm_attached_scan *w, uint32_t *from);
/* Begins a scan of all tasks. While the iterator fails with EAGAIN, the caller must empty the scan ring. */
void gm_attached_begin_tasks(struct gm_attached *a);
/* Return true if mappings changed during the scan of all tasks, so that a pin may be missing, or reported twice. */
bool gm_attached_has_torn_tasks(const struct gm_attached *a);
/*
 * Reads facts about a process without a reference to its memory. 0; -ESRCH: it has exited; -ENOSYS: this kernel refuses
 * the program; another -errno.
 */
int gm_attached_read_proc(struct gm_attached *a, uint32_t tgid, struct gm_proc_facts *out);
/*
 * Begins a scan of objects. bindings: the scan of the VMs also reports their bindings; pages: how many pages it may
 * read; since_ns: see gm_walk_since_ns; attrs_ns: how long walks over attributes may take.
 */
void gm_attached_begin_objects(struct gm_attached *a, bool bindings, const struct gm_budget *pages, uint64_t since_ns,
			       uint64_t attrs_ns);
/* Ends a scan of objects. Returns what its page walks used. */
struct gm_budget_used gm_attached_end_objects(const struct gm_attached *a);
/* Returns the number of VMs whose walk over attributes the last scan did not complete. */
uint32_t gm_attached_attrs_wanting(const struct gm_attached *a);
/* Return true if a creation or an end found no room in the ring since the last scan began. */
bool gm_attached_has_postponed(const struct gm_attached *a);
/* Return true if the last scan did not report all bindings of some VM. */
bool gm_attached_has_partial_vm(const struct gm_attached *a);
/* Ends the initial scan: objects discovered from now on were created after it. */
void gm_attached_end_initial_scan(struct gm_attached *a);
/* With `on`, scans report every end that they find, without waiting for a probe to report it. */
void gm_attached_set_final(struct gm_attached *a, bool on);
/*
 * Detaches everything that keeps the kvm module from being unloaded, and marks it so in the plan. Iterators, and hooks
 * in vmlinux, stay. The ends of calls in progress will be missed. Needs no privilege.
 */
void gm_attach_detach_kvm(struct gm_attached *a, struct gm_plan *plan);
/*
 * Attaches to the kvm module again, by facts k that hold now: the module must have the same types as before
 * (gm_kfeatures_is_same_kvm()). Ids and counts continue. 0; -errno, not always reported: nothing has changed.
 */
int gm_attach_reattach_kvm(struct gm_attached *a, struct gm_plan *plan, const struct gm_kfeatures *k);
/*
 * Reads the kernel's counts of all probes, and with `scans` of the iterators. Returns how many runs of probes the
 * kernel has skipped since they were loaded (recursion_misses): those for which the same program (or, for kprobes and
 * system calls, any program) was running on that CPU, in a task that was preempted inside it. This was observed with
 * brackets on all kernels, and with tracepoints from 7.0 on. Disabling preemption in the programs
 * (bpf_preempt_disable(), 6.10) does not help: measured on 7.3.4, the pending switch then happens when it is enabled
 * again, still inside the program.
 */
uint64_t gm_attached_read_counts(struct gm_attached *a, bool scans);
/* Return true if a VM of this host has gmem, or if that is unknown. */
bool gm_attached_has_gmem(const struct gm_attached *a);
/*
 * Detaches the programs of rows that wait for gmem (gm_plan_waits()). The ends of calls in progress will be missed.
 * Needs no privilege. 0; -EBUSY: a VM got gmem meanwhile, and all stay attached.
 */
int gm_attached_detach_gmem(struct gm_attached *a, const struct gm_plan *plan);
/* Attaches the programs of rows that wait for gmem again. 0; -errno: all of them stay detached. */
int gm_attached_reattach_gmem(struct gm_attached *a, const struct gm_plan *plan, const struct gm_kfeatures *k);
/* Returns what came before these programs, as far as scans found it: call it after a scan of objects. */
struct gm_plan_early gm_attached_early(const struct gm_attached *a);
/* Detaches all and frees it; *a is then empty. */
void gm_detach(struct gm_attached *a);

#endif
