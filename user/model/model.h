/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * model.h - what is known about VMs and their guest memory, as a pure function of the records applied.
 *
 * The model looks at no clock, file or option; time is the records' time. Objects are found by their ids
 * and live in the order of first sight. A dead object stays, with dead_ns set, until as many died after it
 * as GM_MODEL_TOMBS says; what it counted stays in the totals for good.
 *
 * Views get a const struct gm_model and read the fields below; only model/ writes them. A record may free
 * objects (tombs, machines that were joined): who remembers one across records keeps its id, not a pointer.
 */
#ifndef GM_MODEL_MODEL_H
#define GM_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/hist.h"
#include "base/hmap.h"
#include "base/vec.h"
#include "record/record.h"

#define GM_MODEL_TOMBS	1024	/* dead VMs (and dead inodes) kept for views */
#define GM_HISTORY	120	/* ticks of rates kept per machine, for heatmaps and sparklines */
#define GM_HEAT_OCTAVES	(2 + (GM_HIST_SLOTS - 2) / GM_HIST_PER_OCTAVE)	/* the first: underflow; the last: overflow */
#define GM_HEAT_RING	(GM_HISTORY + 1)	/* one place more for the tick under way */
#define GM_HEAT_WINDOW	10	/* ticks of half a window: "lately" is the last 10 to 19 */

#define GM_RB_STYLES	7	/* enum gm_rb_style in reboot.h */

struct gm_reboots;	/* reboot.h */

/* What a number stands for: all of what happened, a part of it, or nothing; why it is not all, NULL if it is. */
enum gm_seen { GM_SEEN_ALL, GM_SEEN_PART, GM_SEEN_NONE };
struct gm_sight {
	enum gm_seen seen;
	const char *why;
};

struct gm_rates {			/* per second, over the last tick interval */
	double alloc_pages, free_pages, faults;
};

/* What a VM or the host did, since the session began. */
struct gm_counts {
	uint64_t allocated_pages, freed_pages;
	uint64_t events[GM_K_MAX];	/* by kind, failed ones included */
	uint64_t failed[GM_K_MAX];	/* of these, ret < 0 */
};

/*
 * Sums of the parts of whole faults (enum gm_part), by GM_WHOLE_OF(phase). Parts add up to the phase's histogram's sum.
 */
struct gm_split {
	uint64_t part_ns[GM_WHOLE_NR][GM_PART_NR];
	uint64_t found[GM_WHOLE_NR];	/* of these faults: found their page there, and cleared */
	uint64_t found_ns[GM_WHOLE_NR];	/* part other of those */
	uint64_t busy_ns[GM_WHOLE_NR];	/* at least one fault of a vm under way; of several vms: added up */
};

/* What became of a phase's operations, since the session began: see struct gm_rec_ops. */
struct gm_ops {
	uint64_t seen, done, failed, unfinished, lost;
};

/* A range that was converted, and by which thread. */
struct gm_converted {
	uint64_t ts_ns;			/* end of the call; 0: none */
	uint64_t base_gfn, npages;
	uint32_t tid;
};

#define GM_CONVERTED_NR	16	/* the newest that are kept of a VM: its vCPUs convert side by side */

/* One incarnation of struct kvm. */
struct gm_vm {
	uint32_t id;
	uint32_t tgid, tid;		/* creator's; 0 not known */
	uint32_t vcpus, type;
	bool old;			/* was there before the tool */
	/* dead since before the model's beginning: known so that late records find it dead */
	bool before;
	uint64_t born_ns, dead_ns;	/* dead_ns 0: alive */
	struct gm_machine *machine;	/* never NULL */
	char comm[GM_COMM_LEN];		/* creator's; empty: not known */
	struct gm_vec files;		/* struct gm_file: its views, the dead that are still kept as well */
	struct gm_vec bindings;		/* struct gm_binding: live ones */
	struct gm_hmap by_slot;		/* the same, by gm_binding.slot: KVM allows 65528 */
	struct gm_counts counts;
	struct gm_rates rates;
	struct gm_hist *phase[GM_PHASE_NR];	/* NULL: nothing counted */
	struct gm_split split;
	uint64_t first_fault_ns[GM_WHOLE_NR];	/* begin of its first fault, by GM_WHOLE_OF(); 0: none */
	uint64_t last_fault_ns[GM_WHOLE_NR];	/* end of its newest */
	uint64_t faults;		/* guest + host faults counted in the histograms */
	uint64_t touched_ns;		/* when it got its newest page, whoever touched it; 0: never, or not watched */
	/* the model's own */
	uint64_t last_counted[3];	/* allocated, freed, faults at the last tick */
	uint64_t start_ticks;		/* of the process that named its machine; 0: none yet */
	bool own_key;			/* a keyframe says that its machine has a key of its process's own */
	uint64_t first_bind_ns;		/* its first bind, while no rebind interval ends there */
	bool had_mem;			/* has or had a gmem file */
	uint32_t untracked;		/* gmem files beyond a share: see gm_vm_untracked(); at least so many */
	bool uncounted;			/* it has had such files: what was allocated and freed is not known */
	bool siblings;			/* its process has VMs beyond a share, of which nothing is known */
	/* the last scan of it has not told all of its bindings: they changed again and again */
	bool scan_partial;
	uint64_t scanned_ns;		/* when a scan last told it with all of its bindings; 0: never */
	bool was_bound;
	bool sptes_known;
	uint64_t sptes[GM_LEVELS];	/* leaf SPTEs at the last look, of 4 KiB, 2 MiB, 1 GiB; with sptes_known */
	/*
	 * its guest began elsewhere: when it was given the state of one under way, before it first ran; 0: it was not
	 */
	uint64_t restored_ns;
	struct gm_bound {
		uint64_t ts_ns, dur_ns;	/* ts_ns 0: it never was */
		uint32_t inode;
	} first_bound;
	struct gm_unbound {
		uint64_t begin_ns, end_ns;	/* of the unbind; begin_ns 0: nothing is taken */
		uint64_t boot_exits, pages;
		uint32_t inode;
		bool blurred;		/* GM_EV_BLURRED of the unbind */
	} unbound;			/* most of its memory was unbound, and is not bound again yet */
	struct gm_converted converted[GM_CONVERTED_NR];	/* a ring */
	uint32_t converted_nr;		/* ever */
};

/* The memory. */
struct gm_inode {
	uint32_t id;
	uint64_t ino;
	bool old, before;		/* as in struct gm_vm */
	bool counted;			/* allocated/freed are observed (else n/a) */
	bool nodes_known;
	uint64_t born_ns, dead_ns;
	uint64_t seen_ns;		/* last named by a scan as living; 0: never */
	uint64_t size_bytes, resident_pages;
	uint64_t allocated_pages, freed_pages;	/* since first sight */
	uint64_t gmem_flags;
	uint64_t node_pages[GM_NODES_MAX];
	uint64_t nodes_error, nodes_ns;	/* as in struct gm_rec_inode */
	uint32_t nodes_how;
	struct gm_vec files;		/* struct gm_file: views, live ones only */
	struct gm_vm *vm;		/* of the newest view; may be dead; NULL: not known */
	struct gm_vec pins;		/* struct gm_pin, of the last task walk */
	/* the model's own */
	struct gm_vec views;		/* struct gm_file: dead ones that are still kept as well */
	uint64_t base[2];		/* allocated, freed: before the model's beginning, of what is told */
	uint64_t owed[2];		/* allocated, freed: counted before any owner was known */
	uint64_t gap_ns;		/* since when the range below is bound nowhere; 0: it is */
	uint64_t gap_pgoff, gap_end;
};

/* One VM's view of an inode. */
struct gm_file {
	uint32_t id;
	bool old;
	uint64_t born_ns, dead_ns;
	struct gm_inode *inode;		/* NULL: not known yet */
	struct gm_vm *vm;		/* NULL: not known yet */
};

struct gm_binding {
	struct gm_vm *vm;
	struct gm_file *file;		/* NULL: not known */
	uint32_t slot;			/* as_id << 16 | id */
	uint64_t base_gfn, npages, pgoff;
	uint64_t since_ns;
	uint64_t seen_ns;		/* last named by a walk over the bindings, or bound */
};

struct gm_pin {
	uint32_t what;			/* enum gm_pin_what */
	uint32_t tgid;
	int32_t fd;
	uint32_t vm, file, inode;	/* ids, 0 where it does not apply */
	uint64_t npages;
	uint64_t since_ns;		/* first seen */
	bool before;			/* by the session's first walk: how long it was there by then is not known */
	char comm[GM_COMM_LEN];
};

/*
 * What a machine did in one phase lately; only in models that were told gm_model_keep_heat(). Memory: under 14 KiB
 * for each phase that the machine counted anything in (of GM_PHASE_NR), until the machine goes.
 */
struct gm_heat {
	double rate;			/* counts per second, over the last tick interval */
	/* the model's own: see gm_machine_recent(), gm_heat_at() */
	uint64_t gained;		/* since the last tick */
	uint64_t gained_tick;		/* ticks passed when it gained last */
	struct gm_hist half[2];		/* of this half window and of the one before, in turn */
	uint16_t cell[GM_HEAT_RING][GM_HEAT_OCTAVES];	/* counts by tick and octave, saturating */
};

/* The virtual machine as its owner means it: a chain of vms. */
struct gm_machine {
	uint32_t id;
	/* "uuid:...", "name:guest-0@...", "proc:1234:5678": unique. model/machine.h has the rules */
	char key[160];
	char name[96];			/* for people; cleaned of control characters; not unique */
	/* another machine of the same base has a live VM as well: a clone, or a local migration */
	bool dup;
	uint32_t tgid;			/* of the newest vm */
	char comm[GM_COMM_LEN];
	struct gm_vec vms;		/* struct gm_vm, dead ones until their tombs go */
	uint32_t vms_seen;		/* ever */
	struct gm_rates rates;		/* sum of its vms' */
	struct gm_rates history[GM_HISTORY];	/* ring; newest at (history_nr - 1) % GM_HISTORY */
	uint64_t history_nr;
	struct gm_counts counts;	/* of all its vms ever */
	uint64_t first_ns;		/* when it was first heard of */
	/* that are over, ever, by enum gm_rb_style; 0 where they are not kept. See gm_machine_reboots() */
	uint64_t episodes[GM_RB_STYLES];
	uint32_t last_episode;		/* id of the newest one that is over and no shutdown; 0: none */
	struct gm_machine *joined;	/* not NULL: merged into that one by a shared inode; skip it */
	struct gm_hist *past[GM_PHASE_NR];	/* what vms counted whose tombs went; NULL: nothing */
	struct gm_split past_split;
	struct gm_heat *heat[GM_PHASE_NR];	/* NULL: nothing counted, or not kept */
	/* the model's own */
	bool placeholder;		/* named before its process was known */
	char base[160];			/* the key, without the process that model_dup.c appends */
	struct gm_machine *chain;	/* next with the same hash in machine_by_key */
	uint64_t gap_ns;		/* since when none of its vms has a binding; 0: not so */
	uint32_t gap_vm;		/* id of the vm that had the last one */
};

struct gm_probe {
	/* the last outcome told, with its facts also where an older recording has none */
	struct gm_rec_probe rec;
};

struct gm_prog {
	struct gm_rec_prog rec;	/* as last told */
};

struct gm_loss {
	char what[32];
	/* 0: none since the model's beginning, whatever there was before (gm_apply_KEYFRAME()) */
	uint64_t count;
	uint64_t reported;	/* as told */
	bool withheld;		/* kept back by a limit or a sample, on purpose: not in gm_model.lost */
	/* the same of each kind of event, as far as they are told apart */
	struct { uint64_t count, reported; } kinds[GM_K_MAX - GM_K_EVENT_FIRST];
};

struct gm_model {
	struct gm_rec_meta meta;	/* zeroed until told */
	uint64_t first_ns, now_ns;	/* times of the first and the newest record */
	uint64_t ticks;
	uint64_t tick_ns, prev_tick_ns;	/* of the last two ticks; 0 none */
	struct gm_vec machines, vms, inodes, files;	/* in order of first sight */
	struct gm_vec probes;		/* struct gm_probe, in the order told */
	struct gm_vec losses;		/* struct gm_loss */
	struct gm_vec progs;		/* struct gm_prog, in the order told */
	uint64_t lost;			/* sum over losses, without what was withheld */
	struct gm_hist *total[GM_PHASE_NR];	/* host-wide, the dead included; NULL: nothing */
	struct gm_split split;		/* the same */
	/* as told; of that, what was before the model's beginning */
	struct gm_ops ops_reported[GM_PHASE_NR], ops_base[GM_PHASE_NR];
	struct gm_ops ops[GM_PHASE_NR];	/* zero for phases that are no whole operations */
	struct gm_counts counts;
	struct gm_hmap vm_by_id, inode_by_id, file_by_id, proc_by_tgid, machine_by_key;
	struct gm_vec pins;		/* struct gm_pin: all of the last complete task walk */
	struct gm_vec pins_new;		/* the walk under way */
	uint64_t bindings_scan_ns;	/* the walk over the bindings under way began; 0: none */
	uint64_t dead_vms, dead_inodes;	/* that died, ever */
	/* the model's own */
	struct gm_vec vm_tombs, inode_tombs, file_tombs;	/* the dead that are kept, oldest first */
	/* highest id freed, and the last death of those: see is_gone() */
	struct gm_gone { uint32_t id; uint64_t ns; } gone_vm, gone_inode, gone_file;
	/* while a state record is applied that tells of the living: its time; else 0 */
	uint64_t live_record_ns;
	struct gm_vec joined;		/* struct gm_machine: their keys lead to the one they joined */
	struct gm_vec idle_procs;	/* of processes without a kept vm, the longest idle first */
	bool reported_own_key;		/* of the vm that is being told */
	/* dups: 0 if no machine has a key of its process's own; else at least their number */
	uint32_t machines_seen, dups;
	bool task_scan_open;			/* between BEGIN and END of a task walk */
	uint64_t task_scan_ns, pins_ns;	/* when that walk, and the last complete one, began; 0 none */
	struct gm_hmap pin_by_tgid;	/* who holds anything, by pins */
	char na[GM_PHASE_NR][200];	/* gm_model_na(); empty: observed */
	char partial[GM_PHASE_NR][200];	/* what a phase that is observed leaves out; empty: nothing */
	/* why scans do not see every process of the host, so that what none has is not known; NULL: they do */
	const char *tasks_na;
	const char *procs_na;		/* why /proc does not tell of every process; NULL: it does */
	enum gm_seen faults_seen;	/* gm_vm_faults_sight() */
	char faults_why[200];
	/* it began with a keyframe: a histogram's minimum and maximum may be older than that */
	bool windowed;
	bool keep_heat;
	unsigned int keep_dead;		/* so many dead VMs, inodes and files are kept: gm_model_keep_dead() */
	struct gm_reboots *reboots;	/* NULL: not kept */
};

int gm_model_new(struct gm_model **out); /* 0 or -ENOMEM */
/* An empty one that keeps what m was told to keep (heat, reboots). 0 or -ENOMEM. */
int gm_model_new_like(const struct gm_model *m, struct gm_model **out);
/* A model as it was, in a block that takes as little memory as may be; the caller frees word. */
struct gm_packed {
	uint64_t *word;
	size_t nr;		/* words */
	size_t walked;		/* bytes of the model: what it took to pack it */
};
int gm_model_pack(const struct gm_model *m, struct gm_packed *out); /* 0 or -ENOMEM */
/* A new model: fed the same records from there on, both come to the same. 0 or -ENOMEM. */
int gm_model_unpack(const struct gm_packed *p, struct gm_model **out);
void gm_model_free(struct gm_model *m); /* NULL allowed */
/* Keep struct gm_heat from now on: for views that show it, before the first timed record. */
void gm_model_keep_heat(struct gm_model *m);
/*
 * Keep at most so many dead VMs, inodes and files, in place of GM_MODEL_TOMBS, as many reboots that are over, in
 * place of GM_EPISODES_MAX, and 64 calls for each (GM_STEPS_EACH, 9 KiB). A dead VM takes some 24 KiB, mostly for its
 * histograms, a reboot 14.
 */
void gm_model_keep_dead(struct gm_model *m, unsigned int nr);
/* A gm_sink_fn: arg is the model. 0 or -ENOMEM. Records that make no sense (unknown ids, double deaths) are borne. */
int gm_model_apply(void *arg, const union gm_any *rec);

/*
 * Tells what the model knows to be there, as a keyframe (gm_wire.h): fn is called with each of its records, BEGIN and
 * END included, all of time m->now_ns. A model that is fed them, and then what came after, knows the same objects,
 * and has counted what came after. What is not told: histograms, ticks passed, reboots under way, the dead that
 * nothing names. 0 or fn's first error.
 */
int gm_model_tell(const struct gm_model *m, int (*fn)(void *arg, const union gm_any *rec), void *arg);

struct gm_vm *gm_model_vm(const struct gm_model *m, uint32_t id); /* NULL: not known */
struct gm_inode *gm_model_inode(const struct gm_model *m, uint32_t id);
struct gm_file *gm_model_file(const struct gm_model *m, uint32_t id);

/*
 * Sums over the live inodes that the object has a live view of, each inode once: pages resident, bytes of
 * size, pages per node; *nodes_known is false when nothing is known of one of them.
 */
struct gm_mem {
	uint64_t size_bytes, resident_pages;
	uint64_t node_pages[GM_NODES_MAX];
	uint64_t nodes_error;		/* each of node_pages is wrong by so many at most: the sum of the inodes' */
	uint32_t nodes_how;		/* enum gm_nodes_how: the weakest of the inodes' */
	bool nodes_known;
	/* more than that is there: gm_vm_untracked() of a live vm, or VMs that are untracked themselves */
	bool untracked;
};
/*
 * Adds an inode to a sum; fills *out with what a vm, or a machine, holds now. An inode that one vm, or the vms of one
 * machine, view several times counts once.
 */
void gm_mem_add(struct gm_mem *out, const struct gm_inode *in);
void gm_vm_mem(const struct gm_vm *vm, struct gm_mem *out);
void gm_machine_mem(const struct gm_machine *mc, struct gm_mem *out);
void gm_model_mem(const struct gm_model *m, struct gm_mem *out); /* all live inodes, orphans too */
/*
 * Why not all of a vm's files are tracked, so that size, residency, files, pages allocated and freed are not known of
 * it, and its machine; NULL: they are. The same of the host, whose sums are at least what is told; and of its VMs.
 */
const char *gm_vm_untracked(const struct gm_vm *vm);
const char *gm_model_mem_partial(const struct gm_model *m);
const char *gm_model_vms_partial(const struct gm_model *m);
/* Return true if a machine has untracked files (of its live VMs), or untracked VMs (of the same process). */
bool gm_machine_lacks_files(const struct gm_machine *mc);
bool gm_machine_lacks_vms(const struct gm_machine *mc);
/*
 * Populated, but no live vm whose owner still runs has a view of it: the pages nobody uses. An owner runs unless a
 * complete task walk that began after the vm's birth found its process holding nothing. Only what was confirmed is an
 * orphan: after the last vm or view of it ended, a complete task walk began, and the inode was still there after
 * that. So memory on its way out, whose views end one after the other, is none. Where scans do not see all tasks
 * (tasks_na), nothing is confirmed, and none is an orphan.
 */
bool gm_inode_orphan(const struct gm_model *m, const struct gm_inode *in);
/*
 * Can a vm still run? A complete task walk that began after its birth says: GONE, its creator holds nothing any more
 * (and KVM serves nobody else); CLOSED, its creator holds neither the vm's descriptor nor one of its vCPUs', so that
 * nobody can call it, though it is there. Without GM_META_VM_FDS nothing is CLOSED. With tasks_na nothing is, and
 * none is GONE.
 */
enum gm_vm_state { GM_VM_RUNS, GM_VM_CLOSED, GM_VM_OWNER_GONE, GM_VM_DEAD };
enum gm_vm_state gm_vm_state(const struct gm_model *m, const struct gm_vm *vm);
/*
 * The machine's reboots, the one number that all tools show: episodes that are over, of every style but shutdowns.
 * One that is open is not counted yet: it may come to nothing, or change its style. 0 where episodes are not kept
 * (gm_model_keep_reboots()).
 */
uint64_t gm_machine_reboots(const struct gm_machine *mc);
uint64_t gm_machine_live_vms(const struct gm_machine *mc); /* how many of its vms have not ended */
/*
 * Why the machine is named as it is: the rule that made its key (model/machine.h), and what its newest process's
 * record lacks of what may name it.
 */
struct gm_naming {
	const struct gm_machine_rule *rule;	/* NULL: its process is not known */
	bool args_cut, cgroups_cut;
};
void gm_machine_naming(const struct gm_model *m, const struct gm_machine *mc, struct gm_naming *out);
/* A machine's phase: merges the histograms of all its vms ever into *out (which it clears first). */
void gm_machine_hist(const struct gm_machine *mc, unsigned int phase, struct gm_hist *out);
/* the same for the parts of its faults */
void gm_machine_split(const struct gm_machine *mc, struct gm_split *out);
/* The same of the last GM_HEAT_WINDOW to 2 * GM_HEAT_WINDOW - 1 ticks; min and max may be older. Empty if not kept. */
void gm_machine_recent(const struct gm_machine *mc, unsigned int phase, struct gm_hist *out);
/*
 * Counts of one tick, GM_HEAT_OCTAVES of them; ago 0: the last complete tick. UINT16_MAX: that many or more. NULL:
 * before the session or too long ago (GM_HISTORY ticks are kept).
 */
const uint16_t *gm_heat_at(const struct gm_model *m, const struct gm_heat *h, unsigned int ago);
unsigned int gm_heat_octave(unsigned int slot); /* of a histogram's slot: below GM_HEAT_OCTAVES */

/*
 * Does --vm WANT mean this vm: its id, its creator's pid, or its machine's name or key? NULL and "" mean all;
 * a NULL vm matches only these.
 */
bool gm_vm_matches(const struct gm_vm *vm, const char *want);
/* --vm WANT for an inode: one of the vms that view it matches */
bool gm_inode_matches(const struct gm_inode *in, const char *want);
/* The name of the machine that a vm belongs to by now (machines get joined); "": none known. NULL allowed. */
const char *gm_vm_machine_name(const struct gm_vm *vm);
/* The vm of an event: its own, else the one that its file or inode belongs to. NULL: not known. */
const struct gm_vm *gm_event_vm(const struct gm_model *m, const struct gm_ev *ev);
/* Vms and inodes ever seen: the live and the dead. */
uint64_t gm_vms_seen(const struct gm_model *m);
uint64_t gm_inodes_seen(const struct gm_model *m);
/* is there one of these, alive or still kept? */
bool gm_model_has_vm(const struct gm_model *m, const char *want);

/* Of a phase's operations those that were still under way when last told. */
uint64_t gm_ops_under_way(const struct gm_ops *ops);

/*
 * Why a punch was made. by: "range", the same pages had just been converted by the same thread; "pattern", the
 * thread's name and the arguments are those of a known VMM's part: likely, not certain.
 */
struct gm_cause {
	const char *name, *by;
};
/* NULL: not to be told, or no punch. As the model is when the event passes. */
const struct gm_cause *gm_punch_cause(const struct gm_model *m, const union gm_any *rec);

#endif
