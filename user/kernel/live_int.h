/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * live_int.h - shared by live*.c; no other file includes it.
 *
 * live.c owns the struct gm_live. The first failure of a sink, and lack of memory for the index, is kept in err and
 * ends the session; functions without a result report failures there.
 */
#ifndef GM_KERNEL_LIVE_INT_H
#define GM_KERNEL_LIVE_INT_H

#include "base/hmap.h"
#include "base/vec.h"
#include "gm_conf.h"
#include "kernel/attach.h"
#include "kernel/attach_idle.h"
#include "kernel/kfeatures.h"
#include "kernel/ksyms.h"
#include "kernel/live.h"

/* Objects whose ends must not be missed, in the order in which they end. */
enum gm_live_object { GM_LIVE_FILE, GM_LIVE_INODE, GM_LIVE_VM, GM_LIVE_OBJECT_NR };

/*
 * The mark of an object is a time, with this bit if its end was reported then: a record that names it later does not
 * bring it back.
 */
#define GM_LIVE_ENDED	1ull

/*
 * The key of a vm's histograms: in a place, or in the map. A vm may have both: if a place becomes free just then, its
 * first faults on two CPUs may find one each. Both are reported.
 */
#define GM_HOT_KEY(vm, placed) ((uint64_t)(placed) << 32 | (vm))

/* A vm's histograms in the kernel's maps, until they are reported. */
struct gm_live_reading {
	uint32_t vm;
	bool placed, exists, is_stale;
	uint64_t read_ns;	/* begin of the reading */
	struct gm_vm_hists val;
};

/*
 * What was reported of each object and process, and what waits to be reported. An object's number is used once, a
 * process's may be re-used. Numbers and times are stored as pointers.
 */
struct gm_live_index {
	/* Objects. */
	/* id -> when it was last reported, or its end (live_objects.c) */
	struct gm_hmap objects[GM_LIVE_OBJECT_NR];
	/* vm -> its creator's tgid, as reported (live_procs.c); until it ends */
	struct gm_hmap vm_tgid;
	/* GM_HOT_KEY() -> struct gm_vm_hists, owned: what was reported (live_hists.c); until `ended` is emptied */
	struct gm_hmap hot_prev;
	/* vms that ended, whose histograms are to be deleted by the next gm_live_drain() */
	struct gm_vec ended;
	/* Processes (live_procs.c). */
	/* tgid -> mark_reported(): which process with that number was reported, and with its command line or not */
	struct gm_hmap procs;
	struct gm_vec procs_owning, procs_pinning;	/* tgids that scans found, for the next gm_live_procs_flush() */
	/*
	 * tgid -> struct gm_live_cpu, owned: processes that created a vm or acted on one; empty without GM_NEED_WALL
	 */
	struct gm_hmap owners;
};

/* The parts of a sample, for struct gm_source_part. */
enum gm_live_part {
	GM_LIVE_EVENTS,
	GM_LIVE_TASKS,
	GM_LIVE_OBJECTS,
	GM_LIVE_PROCESSES,
	GM_LIVE_HISTOGRAMS,
	GM_LIVE_PARTS
};

struct gm_live {
	struct gm_source src;
	struct gm_source_part part[GM_LIVE_PARTS];
	struct gm_kfeatures facts;
	struct gm_plan plan;
	struct gm_attached att;
	struct ring_buffer *ring, *faults, *scans;	/* scans: the records of scans */
	int64_t events_left;		/* bytes left in this reading of events */
	uint64_t events_ns;		/* when this reading began */
	unsigned int faults_handled;	/* in this round */
	bool fault_is_newer;		/* the last fault is newer than the last reading of events */
	int err;			/* the first error, kept across libbpf's callback */
	uint64_t seq;
	uint64_t start_ns, start_real_ns;
	uint64_t interval_ns, clear_ns;	/* for the meta record */
	bool report_at_end;
	char tool[40];
	/* The kvm module (live_module.c). */
	bool release_module;		/* detach from it while there is no vm */
	bool module_detached, detach_requested;	/* it is detached; a user asked for that */
	unsigned int scanned_vms;	/* vms that the last scan reported */
	unsigned int idle_ticks;	/* samples in a row without a vm */
	uint64_t module_mark;		/* gm_live_module_mark() of the module that was hooked */
	uint64_t detach_count;
	/* Rows that wait for gmem (live_gmem.c). */
	bool reattach_failed;		/* they could not be attached again: reported once */
	struct gm_idle idle;
	uint64_t tasks_next_ns;		/* earliest time of the next scan of all tasks */
	uint64_t tasks_cost_ns, tasks_began_ns;
	uint64_t losses[GM_LOSS_PLACES];	/* last reported */
	uint64_t bindings_lost;		/* count_lost_bindings() before the last scan that reported all bindings */
	uint64_t bad_records;
	uint64_t failed_scans;
	struct gm_op_counts ops[GM_PHASE_NR];	/* last reported */
	uint64_t faults_done[GM_FAULT_KINDS];	/* that gm_live_push_hists() has pushed, the untimed ones included */
	struct gm_op_counts *ops_cpu;	/* buffer for one phase's counts, of each possible CPU */
	int cpus;
	struct gm_vm_hists *hot;		/* buffer for one vm's histograms */
	struct gm_live_reading *readings;	/* room for READINGS_AT_ONCE (live_drain.c) */
	unsigned int readings_nr;	/* readings in progress */
	struct gm_ksyms *ksyms;		/* read for the first stack */
	bool ksyms_tried;
	uint64_t skipped;		/* runs that the kernel skipped, last reported */
	uint64_t skipped_twins;		/* of these, gm_attached's skipped_twins */
	/* samples left that scan the kernel's complete state, because events may be missing */
	unsigned int rescans;
	struct gm_attached_prog *progs_reported;	/* att.progs, as last reported; NULL: not wanted */
	uint32_t progs_stats;		/* enum gm_yesno, last reported: the kernel keeps statistics */
	struct gm_live_index ix;
	bool started;			/* the initial scan is done */
	uint64_t forget_ns;		/* when objects that have ended are next dropped from ix */
	uint64_t sweep_from_ns;		/* earliest time to report lost ends: a scan failed */
	/* Pages by node. */
	struct gm_budget pages;
	bool exact;			/* exact samples were asked for */
	bool (*stop)(void *arg);	/* true: the user ends the exact sample. NULL: nothing ends it */
	void *stop_arg;
	uint64_t walked;		/* pages that scans have read */
	uint64_t exact_ns;		/* when an exact sample began; 0: none is in progress */
	uint32_t walks_left;		/* inodes with pages left to read in the last scan */
	struct gm_raw_walk walk;	/* page walk of the inode whose record comes next */
	/* Memory attributes (live_attrs.c). */
	struct gm_hmap attrs;		/* vm -> struct gm_live_vm_attrs, owned: VMs with private memory, or without */
	uint64_t attr_runs;		/* runs of pages that wait to be looked up, of all VMs */
};

/* ---- records to the feed (live_push.c) ---- */

/* Keeps the first error (0: none) and so ends the session: with something left out, what is reported would be wrong. */
void gm_live_fail(struct gm_live *l, int err);
/* pushes a record; a sink's error is kept in l->err */
int gm_live_push(struct gm_live *l, const void *rec);
/* the two times are one moment on both clocks */
void gm_live_push_meta(struct gm_live *l, uint64_t ts_ns, uint64_t real_ns);
void gm_live_push_probes(struct gm_live *l); /* the outcome of each row of the probe table */

/* ---- scans (live_scan.c) ---- */

/*
 * Scans all tasks for what they pin. A failure is counted, with one warning. If mappings kept changing, the last result
 * stays.
 */
void gm_live_scan_tasks(struct gm_live *l);
/* bindings: report all of them, also if events report them */
void gm_live_scan_objects(struct gm_live *l, bool bindings);

/* ---- records from the kernel (live_record.c) ---- */

void gm_live_track(struct gm_live *l, const union gm_any *u); /* notes what the source itself needs of a record */

/*
 * Checks a record of a scan or a ring, notes it and pushes it to the feed. Returns its length; -EBADMSG: it is cut or
 * damaged.
 */
int gm_live_handle_record(struct gm_live *l, const void *data, size_t len);

/* ---- rings (live_rings.c) ---- */

/* Opens the rings. 0 or -errno, reported; gm_live_free_rings() frees them in either case. */
int gm_live_open_rings(struct gm_live *l);
/* Frees the rings. */
void gm_live_free_rings(struct gm_live *l);
/* Waits until a ring has a record or wake_fd is readable, at most timeout_ns. 0 or -errno, reported. */
int gm_live_wait(struct gm_live *l, uint64_t timeout_ns);
/*
 * Reads the events that are there: no more than the ring holds, as programs may write faster than we read. 1: there may
 * be more; 0; -errno, not reported.
 */
int gm_live_read_events(struct gm_live *l);
/* Reads the events that are there, and then faults: a round of them, or all that are there. 0 or -errno, reported. */
int gm_live_read(struct gm_live *l, bool all_faults);

/* ---- which objects were reported (live_objects.c), and ends that were lost (live_ends.c) ---- */

/* Notes when a record reports an object, its creation or its end. */
void gm_live_objects_note(struct gm_live *l, const union gm_any *u);
/* Return true if an object of this kind was reported, and no end of it. */
bool gm_live_objects_any(const struct gm_live *l, enum gm_live_object what);
/* Notes that histograms name a vm. */
void gm_live_objects_note_vm(struct gm_live *l, uint32_t vm);
/* Ends a scan that began then (`whole`: no part of it failed): reports ends that must have been lost, if any were. */
void gm_live_ends_tick(struct gm_live *l, bool whole, bool last, uint64_t began);

/* ---- the kvm module (live_module.c) ---- */

/* Detaches from the kvm module, or attaches to it again, as asked: the source's module(). */
int gm_live_toggle_module(struct gm_source *s);
/* Detaches from the module after a tick, or attaches to it again, as the options say. */
void gm_live_module_tick(struct gm_live *l);
/* Returns a number for this load of the module, which changes when it is loaded again; 0: it is not loaded. */
uint64_t gm_live_module_mark(void);

/* ---- rows that wait for gmem (live_gmem.c) ---- */

/* Reports the probes again if a scan, or an inode's end, found more that came before these programs. */
void gm_live_report_early(struct gm_live *l);
/* Attaches their programs if there is gmem, and reports what came before. Call it after records were read. */
void gm_live_check_gmem(struct gm_live *l);
/*
 * Attaches the programs if there is gmem, or detaches them if there has been none for a while. Call it after a sample.
 */
void gm_live_gmem_tick(struct gm_live *l);

/* ---- processes (live_procs.c) ---- */

/*
 * Reports a process once; again only if its number was re-used, or its command line is wanted now and was not before.
 */
void gm_live_report_proc(struct gm_live *l, uint32_t tgid, bool with_cmdline);
/*
 * Notes a process that pins a VM or memory, found by a scan: gm_live_procs_flush() reports it, without a command line.
 */
void gm_live_note_pinner(struct gm_live *l, uint32_t tgid);
/* Reports the processes that scans found. Call it after the ring's records were read. */
void gm_live_procs_flush(struct gm_live *l);
/* Reports a process by the len bytes that the hook on the creation of its VM sent, unless it was reported before. */
void gm_live_handle_proc(struct gm_live *l, const struct gm_raw_proc *raw, size_t len);
/* Reports the creator of a vm that a scan found, if it was not reported before. */
void gm_live_note_creator(struct gm_live *l, uint32_t vm, uint32_t tgid);
/* Adds an owner of a vm, whose CPU time tools may show, and reports its CPU time once. */
void gm_live_cpu_add(struct gm_live *l, uint32_t tgid);
/*
 * Notes that an owner acts on a vm, so that a reboot may begin: its CPU time is reported now, and at each tick for a
 * while.
 */
void gm_live_cpu_mark(struct gm_live *l, uint32_t tgid);
/* Reports the CPU time of active owners, after a tick. */
void gm_live_cpu_tick(struct gm_live *l);

/* ---- pages by NUMA node (live_nodes.c) ---- */

/*
 * Keeps the result of a page walk, for the next inode's record. Returns the record's length; 0: it is another record;
 * -EBADMSG: it is cut, and the rest comes with the next read.
 */
int gm_live_handle_walk(struct gm_live *l, const void *data, size_t len);
/* Fills in the pages by node, if the record is that inode's. */
void gm_live_fill_nodes(struct gm_live *l, union gm_any *u);

/* Scans objects for a sample; an exact one until all pages were read. */
void gm_live_scan_sample(struct gm_live *l, bool bindings);

/* ---- memory attributes (live_attrs.c) ---- */

/*
 * Keeps the result of a walk over attributes, or a run of pages to look up. Returns as gm_live_handle_walk() does.
 */
int gm_live_handle_attrs(struct gm_live *l, const void *data, size_t len);
/* Returns how long the next scan may walk over attributes: 0 while looking up pages is behind. */
uint64_t gm_live_attrs_budget(const struct gm_live *l);
/* Looks up pages of processes for a while, and pushes what has changed. Call it after a scan of objects. */
void gm_live_attrs_flush(struct gm_live *l);
/* Forgets a vm that has ended. */
void gm_live_attrs_forget(struct gm_live *l, uint32_t vm);
/* Frees all. */
void gm_live_attrs_free(struct gm_live *l);

/* ---- maps (live_drain.c) ---- */

int gm_live_drain_init(struct gm_live *l); /* 0 or -ENOMEM */
/* Pushes what the kernel's maps gained since the last call: histograms, parts, operations, losses. */
void gm_live_drain(struct gm_live *l);
/* Pushes a loss. count: since the start; kind: of the events that were lost; 0: all kinds, or none. */
void gm_live_push_loss(struct gm_live *l, const char *what, uint32_t kind, uint64_t count, uint32_t flags);
/* From now on gm_live_drain() reports the counts of our own programs, too. */
void gm_live_start_progs(struct gm_live *l);

/* ---- single faults (live_faults.c) ---- */

/* Reads the kernel's symbols, once; without them stacks have no names. */
void gm_live_need_ksyms(struct gm_live *l);
/* Pushes the event of a fault of len bytes, with names in its stack; a short one is counted as a bad record. */
void gm_live_handle_fault(struct gm_live *l, const struct gm_raw_fault *raw, size_t len);

/* ---- histograms (live_hists.c) ---- */

/* Pushes the histograms that the kernel sent before the event that took the vm's memory. */
void gm_live_handle_hists(struct gm_live *l, const struct gm_raw_hists *raw);
/* Pushes what a vm's histograms gained since they were last reported, by a reading of that time. */
void gm_live_push_hists(struct gm_live *l, uint32_t vm, bool placed, const struct gm_vm_hists *told, uint64_t read_ns);

#endif
