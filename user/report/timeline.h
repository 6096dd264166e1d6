/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * timeline.h - what a viewer of timelines shows of a recording: calls by thread, VM and inode, the lives of VMs and
 * inodes, counters of machines, and which act of an old VM led to which of the new one. Formats draw it
 * (export_perfetto.c, reboot_trace.c); nothing here knows how.
 *
 * Only what is known is a bar of a life or of a call. A time that a sample found lies between two times: the part that
 * is certain is one bar, the stretch in which it began or ended is a bar of its own (GM_BAR_BEGINS, GM_BAR_ENDS), and
 * what a sample found is an instant at that sample.
 *
 * Life cycle: a zeroed struct gm_timeline; gm_timeline_event() and gm_timeline_tick() after the model has the record;
 * gm_timeline_finish() once; then gm_timeline_tracks(). gm_timeline_release() at the end.
 */
#ifndef GM_REPORT_TIMELINE_H
#define GM_REPORT_TIMELINE_H

#include "base/hmap.h"
#include "base/vec.h"
#include "model/reboot.h"

/* A call or a fault. */
struct gm_tl_call {
	uint64_t begin, end;		/* found by a sample: the times between which it was */
	uint64_t seq;			/* its place among all */
	uint32_t tgid, tid;		/* 0: found by a scan, no task is known */
	uint32_t vm, inode;		/* 0: not known */
	uint32_t flags;			/* GM_EV_* */
	uint16_t kind, phase;		/* phase: of a fault */
	int64_t ret;
	uint64_t pages;
	bool pages_known;
	uint32_t flow_from, flow_to;	/* id of the episode whose flow begins, or ends here; 0: none */
	char comm[GM_COMM_LEN];
	uint64_t part_ns[GM_PART_NR];	/* of a fault */
};

/* Of a VM or an inode: from when to when it was there. */
struct gm_life {
	uint32_t id, machine;		/* machine: id; 0: not known */
	bool inode, old, created, ended;
	uint64_t met_ns;		/* sample before a record first named it */
	uint64_t begin_min, begin, end_min, end;
	uint32_t tgid;			/* of a VM's creator */
	uint64_t ino, size_bytes;	/* of an inode */
};

enum gm_bar_what { GM_BAR_CALL, GM_BAR_LIFE, GM_BAR_BEGINS, GM_BAR_ENDS };

/* A piece of a track; instant: it has no length there. */
struct gm_bar {
	uint64_t begin, end, seq;
	enum gm_bar_what what;
	bool instant;
	const struct gm_tl_call *call;	/* GM_BAR_CALL */
	const struct gm_life *life;	/* the others */
};

/*
 * Sort the bars of a track so that they nest: by begin, outer ones first. A bar that cannot nest, as it begins before
 * the end of another one and ends after it, becomes an instant at its begin. It is cut to the other one's end instead
 * where that is a life (the call that ends an object goes on), or with cut (one thread: clocks of two CPUs differ).
 */
void gm_bars_nest(struct gm_bar *bars, size_t nr, bool cut);

/*
 * The part of an episode that is certain, from its latest begin to its earliest end. known false: there is none, and
 * it lies between begin and end.
 */
struct gm_time_span {
	uint64_t begin, end;
	bool known;
};
struct gm_time_span gm_episode_certain(const struct gm_episode *e);
/*
 * Return the lane of one of all episodes: the first that no earlier one of its machine occupies at that time, as the
 * teardown of the next reboot may begin before the faults of this one are over. Below GM_EPISODE_LANES.
 */
#define GM_EPISODE_LANES 8
unsigned int gm_episode_lane(const struct gm_vec *all, const struct gm_episode *e);
/* Return true if an episode has a copy of this step: what ends one reboot may begin the next. */
bool gm_episode_has_step(const struct gm_episode *e, const struct gm_step *s);

enum gm_counter { GM_COUNTER_RESIDENT, GM_COUNTER_ALLOCS, GM_COUNTER_NR };
/* A counter's value from ts_ns on; equal ones are left out. */
struct gm_count {
	uint32_t machine, what;		/* id, enum gm_counter */
	uint64_t ts_ns, seq;
	double value;
};

/* A machine, by its last name. bound: a value of this counter was a lower bound. */
struct gm_timeline_machine {
	uint32_t id;
	char name[96];
	bool counted[GM_COUNTER_NR], bound[GM_COUNTER_NR];
	double last[GM_COUNTER_NR];
	uint64_t last_ns[GM_COUNTER_NR];
};

struct gm_timeline {
	struct gm_tl_call *call;
	size_t nr, cap;
	struct gm_count *count;
	size_t counts, counts_cap;
	struct gm_vec lives, machines;	/* struct gm_life, struct gm_timeline_machine, by first sight */
	struct gm_hmap life_by_key, machine_by_id;
	uint64_t now_ns;		/* set by gm_timeline_finish() */
};

/* Note an event, or a tick, after the model has it. 0 or -ENOMEM. */
int gm_timeline_event(struct gm_timeline *t, const struct gm_model *m, const union gm_any *rec);
int gm_timeline_tick(struct gm_timeline *t, const struct gm_model *m);
/* Set the flows of the model's episodes, sort the counters by machine and time, settle the lives. 0 or -ENOMEM. */
int gm_timeline_finish(struct gm_timeline *t, const struct gm_model *m);
/*
 * Fill *l with the life of a VM or an inode as the model has it now; its begin and end are then exact, or not before
 * m->first_ns, or not over. For views that saw no events.
 */
void gm_life_of_vm(struct gm_life *l, const struct gm_model *m, const struct gm_vm *vm);
void gm_life_of_inode(struct gm_life *l, const struct gm_model *m, const struct gm_inode *in);
/* Append the bars of a life, 3 at most; return their number. */
size_t gm_life_bars(const struct gm_life *l, struct gm_bar *out);
/* Return "observed", "before the recording" or "between two samples"; "not in the recording" for an end. */
const char *gm_life_begun(const struct gm_life *l);
const char *gm_life_ended(const struct gm_life *l);

enum gm_track { GM_TRACK_THREAD, GM_TRACK_VM, GM_TRACK_INODE, GM_TRACK_KINDS };
/*
 * Call fn for each track of a kind that has a bar, with its bars in nesting order; the calls, and so the tracks, are
 * sorted for it. life: of the VM or inode; NULL: not known. Bars are valid until fn returns. 0 or -ENOMEM.
 */
typedef void (*gm_track_fn)(void *arg, const struct gm_life *life, const struct gm_bar *bars, size_t nr);
int gm_timeline_tracks(struct gm_timeline *t, enum gm_track kind, gm_track_fn fn, void *arg);
const struct gm_timeline_machine *gm_timeline_machine(const struct gm_timeline *t, uint32_t id); /* NULL: unknown */
void gm_timeline_release(struct gm_timeline *t);

#endif
