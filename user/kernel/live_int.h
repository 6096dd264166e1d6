/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* live_int.h - what live.c and the other live_*.c share; nobody else includes it. */
#ifndef GM_KERNEL_LIVE_INT_H
#define GM_KERNEL_LIVE_INT_H

#include "base/hmap.h"
#include "base/vec.h"
#include "gm_conf.h"
#include "kernel/attach.h"
#include "kernel/kfeatures.h"
#include "kernel/ksyms.h"
#include "kernel/live.h"

/* Of these, whose ends are not to be missed; in the order in which they end. */
enum gm_known { GM_KNOWN_FILE, GM_KNOWN_INODE, GM_KNOWN_VM, GM_KNOWN_NR };

/* A time, and in its lowest bit that the end was told then: what names it later does not bring it back. */
#define GM_KNOWN_DEAD	1ull

/*
 * A vm may have both: where its place becomes free just then, its first faults on two CPUs may each find another one.
 * Both are told.
 */
#define GM_HOT_KEY(vm, placed) ((uint64_t)(placed) << 32 | (vm))

/* What the kernel's maps have of a vm, while it is not told yet. */
struct gm_live_reading {
	uint32_t vm;
	bool placed, there, overtaken;
	struct gm_vm_hists val;
};

/*
 * What was reported of each object and process, and what waits to be reported. An object's number is used once, a
 * process's may be re-used. Numbers and times are stored as pointers.
 */
struct gm_live_index {
	/* Objects, of all that the kernel tells. */
	struct gm_hmap known[GM_KNOWN_NR];	/* id -> when it was told last, or that its end was (live_objects.c) */
	struct gm_hmap vm_tgid;			/* vm -> its creator's tgid, as told (live_procs.c); until it ends */
	/* GM_HOT_KEY() -> struct gm_vm_hists, what was told, owned (live_hists.c); until dead is emptied */
	struct gm_hmap hot_prev;
	/* vms that ended, whose histograms are to be deleted by the next gm_live_drain() */
	struct gm_vec dead;
	/* Processes (live_procs.c). */
	/* tgid -> mark_reported(): which process of that number was told, and how much of it */
	struct gm_hmap procs;
	struct gm_vec procs_owning, procs_pinning;	/* tgids that scans found, for the next gm_live_procs_flush() */
	/* tgid -> struct gm_live_owner, owned: processes that made a vm, or acted on one; empty without GM_NEED_WALL */
	struct gm_hmap owners;
};

struct gm_live {
	struct gm_source src;
	struct gm_kfacts facts;
	struct gm_plan plan;
	struct gm_attached att;
	struct ring_buffer *ring, *faults, *scans;	/* scans: what scans do not write to an iterator's file */
	int64_t events_left;		/* bytes that this reading of events still takes */
	uint64_t events_ns;		/* when it began */
	unsigned int faults_taken;	/* in this round */
	bool fault_is_newer;		/* than the last reading of events: the one that was taken last */
	int err;			/* a sink's refusal, kept across libbpf's callback */
	uint64_t seq;
	uint64_t start_ns, start_real_ns;
	uint64_t interval_ns, clear_ns;	/* for the meta record */
	bool report_at_end;
	char tool[40];
	/* The kvm module (live_module.c). */
	bool release_module;		/* let go of it while there is no vm */
	bool let_go, asked;		/* it is; and somebody asked for that */
	unsigned int vms_now;		/* told by the last walk over the vms */
	unsigned int idle_ticks;	/* looks in a row without any */
	uint64_t module_mark;		/* which load of the module it was that was hooked */
	uint64_t let_gos;
	/* Rows that wait for gmem (live_gmem.c). */
	bool eager;			/* they do not wait */
	bool watch_failed;		/* they cannot be attached again: said once */
	uint64_t gmem_ns;		/* when there was gmem last */
	uint64_t tasks_next_ns;		/* not before then */
	uint64_t tasks_cost_ns, tasks_began_ns;
	uint64_t losses[GM_LOSS_PLACES];	/* last told */
	uint64_t bindings_lost;		/* events of bindings that were lost before the last scan that looked all up */
	uint64_t bad_records;
	uint64_t failed_walks;
	struct gm_op_counts ops[GM_PHASE_NR];	/* last told */
	struct gm_op_counts *ops_cpu;	/* one phase's, of each possible CPU */
	int cpus;
	struct gm_vm_hists *hot;		/* one vm's, as told */
	struct gm_live_reading *readings;	/* room for READINGS_AT_ONCE (live_drain.c) */
	unsigned int readings_nr;	/* that are under way */
	struct gm_ksyms *ksyms;		/* read when the first stack comes */
	bool ksyms_tried;
	uint64_t missed;		/* runs that the kernel skipped, last told */
	uint64_t missed_lives;		/* of these, gm_attached's skipped_lives */
	unsigned int rescans;		/* samples that read all of the kernel's state, as events may be missing */
	struct gm_attached_prog *progs_told;	/* as att.progs, last told; NULL: nobody asks for it */
	uint32_t progs_stats;		/* enum gm_yesno: the kernel keeps statistics, last told */
	struct gm_live_index ix;
	bool started;			/* the initial scan is done */
	uint64_t forget_ns;		/* the dead among them: then */
	uint64_t sweep_from_ns;		/* a walk failed: not before then */
	/* Pages by node. */
	struct gm_budget pages;
	bool exact;			/* as asked for */
	bool (*stop)(void *arg);	/* true: the user ends the exact sample. NULL: nothing ends it */
	void *stop_arg;
	uint64_t walked;		/* pages that scans looked at, in all */
	uint64_t exact_ns;		/* a sample that is to be exact began then; 0: none is under way */
	uint32_t walks_left;		/* inodes that had pages to look at in the last scan */
	struct gm_raw_walk walk;	/* of the inode whose record comes next */
};

/* ---- records to the feed (live_push.c) ---- */

/* 0: nothing. What cannot be kept would make what is reported wrong: it ends the session */
void gm_live_fail(struct gm_live *l, int err);
int gm_live_push(struct gm_live *l, const void *rec);			     /* the sinks' error is kept in l->err */
void gm_live_push_meta(struct gm_live *l, uint64_t ts_ns, uint64_t real_ns); /* the clock pair */
void gm_live_push_probes(struct gm_live *l); /* the outcome of each row of the probe table */

/* ---- scans (live_scan.c) ---- */

/*
 * Scans all tasks for what they pin. A failure is counted, and a warning printed once. If mappings kept changing, the
 * last result stays.
 */
void gm_live_scan_tasks(struct gm_live *l);
void gm_live_scan_objects(struct gm_live *l, bool bindings); /* bindings: all of them, also where events tell them */

/* ---- records from the kernel (live_take.c) ---- */

void gm_live_note(struct gm_live *l, const union gm_any *u); /* what the source itself makes of a record */

/*
 * Checks a record of a scan or a ring, notes it and pushes it to the feed. Returns its length; -EBADMSG: it is cut or
 * damaged.
 */
int gm_live_take(struct gm_live *l, const void *data, size_t len);

/* ---- rings (live_rings.c) ---- */

/* Opens the rings and what is waited for with them. 0 or -errno, reported; gm_live_free_rings() frees either way. */
int gm_live_open_rings(struct gm_live *l);
void gm_live_free_rings(struct gm_live *l);
/* Waits until a ring has something, at most timeout_ns. 0 or -errno, reported. */
int gm_live_wait(struct gm_live *l, uint64_t timeout_ns);
/*
 * Reads the events that are there: no more than the ring holds, as programs may write faster than we read. 1: there
 * may be more; 0; -errno.
 */
int gm_live_read_events(struct gm_live *l);
/* The same, and then faults: a round of them, or all that are there. 0 or -errno, reported. */
int gm_live_read(struct gm_live *l, bool all_faults);

/* ---- what was told as living (live_objects.c), and ends that were lost (live_ends.c) ---- */

/* A record that tells of an object's life, its birth or its end; the histograms know a vm. */
void gm_live_known(struct gm_live *l, const union gm_any *u);
void gm_live_known_vm(struct gm_live *l, uint32_t vm);
/* A look that began then is over, whole if no walk failed: tells the ends that must have been lost, if any were. */
void gm_live_known_tick(struct gm_live *l, bool whole, bool last, uint64_t began);

/* ---- the kvm module (live_module.c) ---- */

/* The source's module(): somebody asks for it to be let go of, or taken again. */
int gm_live_module(struct gm_source *s);
/* Behind a tick: lets go of it, or takes it, as it is wished. */
void gm_live_module_tick(struct gm_live *l);
/* A number for this load of the module: another one when it was unloaded and loaded again. 0: it is not there. */
uint64_t gm_live_module_mark(void);

/* ---- rows that wait for gmem (live_gmem.c) ---- */

/* After records were read: attaches their programs if there is gmem by now. */
void gm_live_gmem(struct gm_live *l);
/* After a sample: attaches them if there is gmem, or detaches them when there has been none for a while. */
void gm_live_gmem_tick(struct gm_live *l);

/* ---- processes (live_procs.c) ---- */

/* Reports a process once; again only if its number was reused, or its command line is wanted now and was not before. */
void gm_live_proc(struct gm_live *l, uint32_t tgid, bool with_cmdline);
/*
 * A scan found a process that pins a VM or memory: the same without a command line, deferred to gm_live_procs_flush().
 */
void gm_live_pinner(struct gm_live *l, uint32_t tgid);
/* Reports the processes that scans found. Call it after the ring's records were read. */
void gm_live_procs_flush(struct gm_live *l);
/*
 * What the hook on the creation of a VM sent of its process, len bytes: reports the process, unless that was done
 * before.
 */
void gm_live_take_proc(struct gm_live *l, const struct gm_raw_proc *raw, size_t len);
/* A walk came upon a vm: tells who made it, when it is new or that was not known yet. */
void gm_live_vm(struct gm_live *l, uint32_t vm, uint32_t tgid);
/*
 * CPU time of vms' owners, for tools that show it: one more is known; one acts on a vm, so a reboot may begin; a tick.
 */
void gm_live_owner(struct gm_live *l, uint32_t tgid);
void gm_live_owner_acts(struct gm_live *l, uint32_t tgid);
void gm_live_owners(struct gm_live *l);

/* ---- pages by NUMA node (live_nodes.c) ---- */

/*
 * Keeps what the next inode's pages by node are made of. Returns its length; 0: the record is another one; -EBADMSG:
 * it is cut, the rest comes with the next read.
 */
int gm_live_take_walk(struct gm_live *l, const void *data, size_t len);
/* Makes figures of it, if the record is that inode's. */
void gm_live_nodes(struct gm_live *l, union gm_any *u);

/* The scan of objects that a sample shows: until all pages were looked at, if that was asked for. */
void gm_live_scan_sample(struct gm_live *l, bool bindings);

/* ---- maps (live_drain.c) ---- */

int gm_live_drain_init(struct gm_live *l); /* 0 or -ENOMEM */
/* What the kernel's maps gained since the last call, as records: histograms, parts, operations, losses. */
void gm_live_drain(struct gm_live *l);
/* live_drain.c: pushes a loss; count: since the start. kind: of the events that were lost; 0: all kinds, or none. */
void gm_live_tell_loss(struct gm_live *l, const char *what, uint32_t kind, uint64_t count, uint32_t flags);
/* From now on gm_live_drain() reports the counts of our own programs, too. */
void gm_live_start_progs(struct gm_live *l);
/* live_faults.c */
void gm_live_need_ksyms(struct gm_live *l); /* reads them, once */
void gm_live_take_fault(struct gm_live *l, const struct gm_raw_fault *raw, size_t len);
/*
 * live_hists.c: what the kernel told of a vm by itself, before the event that took its memory; and what its maps have
 * of it.
 */
void gm_live_take_hot(struct gm_live *l, const struct gm_raw_hists *raw);
void gm_live_tell_hists(struct gm_live *l, uint32_t vm, bool placed, const struct gm_vm_hists *told);

#endif
