/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * model.h - VMs and their guest memory, as a pure function of the records applied.
 *
 * The model reads no clock, file or option; time is the records' time. Objects have ids and are listed in the
 * order in which records first named them. A dead object stays, with dead_ns set, until GM_MODEL_DEAD_MAX newer
 * ones are dead; its counts stay in the totals for good.
 *
 * Life cycle: gm_model_new(); before the first record gm_model_keep_heat(), gm_model_keep_dead() and
 * gm_model_keep_reboots() (reboot.h) where wanted; gm_model_apply() for each record in the order of the source;
 * gm_model_free(). In between views read the fields below from a const struct gm_model; only model/ writes them. The
 * model owns all objects, and a record may free some of them (old dead ones, joined machines): a caller that remembers
 * an object across records keeps its id, not a pointer.
 *
 * Functions that allocate return 0 or -ENOMEM; after -ENOMEM the model lacks part of a record, and may be read and
 * freed.
 */
#ifndef GM_MODEL_MODEL_H
#define GM_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/hist.h"
#include "base/hmap.h"
#include "base/vec.h"
#include "model/gap.h"
#include "record/record.h"

#define GM_MODEL_DEAD_MAX	1024	/* dead VMs (and inodes, and files) kept for views */
#define GM_HISTORY	120	/* ticks of rates kept per machine, for heatmaps and sparklines */
#define GM_HEAT_OCTAVES	(2 + (GM_HIST_SLOTS - 2) / GM_HIST_PER_OCTAVE)	/* first: underflow, last: overflow */
#define GM_HEAT_RING	(GM_HISTORY + 1)	/* one more for the tick in progress */
#define GM_HEAT_WINDOW	10	/* ticks of half a window: recent activity covers the last 10 to 19 ticks */

#define GM_REBOOT_STYLES	7	/* enum gm_reboot_style in reboot.h */

struct gm_reboots;	/* reboot.h */

/* Coverage of a number: all of what happened, a part, or nothing. why: the reason for less than all, else NULL. */
enum gm_seen { GM_SEEN_ALL, GM_SEEN_PART, GM_SEEN_NONE };
struct gm_sight {
	enum gm_seen seen;
	const char *why;
	enum gm_gap gap;
};

struct gm_rates {			/* per second, over the last tick interval */
	double alloc_pages, free_pages, faults;
};

/* Counts of a VM, a machine or the host since the session began. */
struct gm_counts {
	uint64_t allocated_pages, freed_pages;
	uint64_t events[GM_K_MAX];	/* by kind, with failed ones */
	uint64_t failed[GM_K_MAX];	/* those of events with ret < 0 */
};

/*
 * Sums of the parts of faults, by fault kind (GM_FAULT_KIND_OF(phase)). The parts add up to the sum of the phase's
 * histogram.
 */
struct gm_split {
	uint64_t part_ns[GM_FAULT_KINDS][GM_PART_NR];
	uint64_t found[GM_FAULT_KINDS];	/* faults that found their page present and zeroed */
	uint64_t found_ns[GM_FAULT_KINDS];	/* part "other" of those */
	uint64_t busy_ns[GM_FAULT_KINDS];	/* time with a fault of a VM in progress; of several VMs: the sum */
};

/* Outcomes of a phase's operations since the session began: see struct gm_rec_ops. */
struct gm_ops {
	uint64_t seen, done, failed, unfinished, lost;
};

/* A converted range, and the thread that converted it. */
struct gm_converted {
	uint64_t ts_ns;			/* end of the call; 0: none */
	uint64_t base_gfn, npages;
	uint32_t tid;
};

#define GM_CONVERTED_NR	16	/* conversions kept for each VM, the newest: vCPUs convert side by side */

/*
 * Private and shared memory, of a VM or a sum over VMs: of guest pages in slots with guest_memfd. Without `known` no
 * figure is; with `partial` they are lower bounds, as the first look at the attributes is under way; with `aged` they
 * are as of an earlier moment. why, twice_why: why a figure is not known, else NULL; constant texts.
 */
struct gm_halves {
	uint64_t private_pages, shared_pages;
	uint64_t left_pages;		/* see struct gm_rec_attrs */
	uint64_t twice_pages;		/* private, and the process has other memory at the same guest addresses */
	bool any;			/* a VM that may have private memory is among them */
	bool known, partial, aged, twice_known, twice_partial;
	const char *why, *twice_why;
};

/* One incarnation of struct kvm. */
struct gm_vm {
	uint32_t id;
	uint32_t tgid, tid;		/* of the creator; 0: not known */
	uint32_t vcpus, type;
	bool old;			/* existed before the tool started */
	/* dead before the first record; kept so that late records find it dead */
	bool before;
	uint64_t born_ns, dead_ns;	/* dead_ns 0: alive */
	struct gm_machine *machine;	/* never NULL */
	char comm[GM_COMM_LEN];		/* of the creator; empty: not known */
	struct gm_vec files;		/* its files, with the dead ones that are still kept */
	struct gm_vec bindings;		/* struct gm_binding: live ones */
	struct gm_hmap by_slot;		/* bindings by gm_binding.slot: KVM allows 65528 slots */
	struct gm_counts counts;
	struct gm_rates rates;
	struct gm_hist *phase[GM_PHASE_NR];	/* NULL: nothing counted */
	struct gm_split split;
	uint64_t first_fault_ns[GM_FAULT_KINDS];	/* begin of its first fault, by GM_FAULT_KIND_OF(); 0: none */
	uint64_t last_fault_ns[GM_FAULT_KINDS];	/* end of its newest fault */
	uint64_t faults;		/* guest and host faults counted in the histograms */
	uint64_t touched_ns;		/* when its newest page was allocated, by any task; 0: never, or not observed */
	/* the model's own */
	uint64_t last_counted[3];	/* allocated, freed, faults at the last tick */
	uint64_t start_ticks;		/* start time of the process that named its machine; 0: none yet */
	bool own_key;			/* a keyframe gave its machine a key with the process appended */
	uint64_t first_bind_ns;		/* its first bind, if no rebind interval ended with that bind */
	bool had_mem;			/* has or had a gmem file */
	uint32_t untracked;		/* at least this many gmem files are not tracked: see gm_vm_untracked() */
	bool uncounted;			/* it has had untracked files: pages allocated and freed are not known */
	bool siblings;			/* its process has VMs that are not tracked */
	/* its last scan did not report all bindings: they changed during each try */
	bool scan_partial;
	uint64_t scanned_ns;		/* when a scan last reported all of its bindings; 0: never */
	bool was_bound;
	bool sptes_known;
	uint64_t sptes[GM_LEVELS];	/* leaf SPTEs of 4 KiB, 2 MiB, 1 GiB at the last sample; with sptes_known */
	/*
	 * when the VM was given the state of a guest that already ran elsewhere, before its own first run; 0: it was
	 * not
	 */
	uint64_t restored_ns;
	struct gm_rec_attrs attrs;	/* the newest; how GM_ATTRS_UNKNOWN: none */
	struct gm_bound {
		uint64_t ts_ns, dur_ns;	/* ts_ns 0: never bound */
		uint32_t inode;
		bool by_scan;		/* a sample found it */
	} first_bound;
	struct gm_unbound {
		uint64_t begin_ns, end_ns;	/* of the unbind; begin_ns 0: none is pending */
		uint64_t boot_exits, pages;
		uint32_t inode;
		bool blurred;		/* GM_EV_BLURRED of the unbind */
	} unbound;			/* at least half of its memory is unbound, and not bound again yet */
	struct gm_converted converted[GM_CONVERTED_NR];	/* a ring */
	uint32_t converted_nr;		/* ever */
};

/* A guest_memfd inode: the memory itself. */
struct gm_inode {
	uint32_t id;
	uint64_t ino;
	bool old, before;		/* as in struct gm_vm */
	bool counted;			/* allocated and freed pages are observed (else unavailable) */
	bool nodes_known;
	uint64_t born_ns, dead_ns;
	uint64_t seen_ns;		/* last scan that found it alive; 0: none */
	uint64_t size_bytes, resident_pages;
	uint64_t allocated_pages, freed_pages;	/* since it was first named */
	uint64_t gmem_flags;
	uint64_t node_pages[GM_NODES_MAX];
	uint64_t nodes_error, nodes_ns;	/* as in struct gm_rec_inode */
	uint32_t nodes_how;
	struct gm_vec files;		/* struct gm_file: live ones */
	struct gm_vm *vm;		/* VM of the newest file; may be dead; NULL: not known */
	struct gm_vec pins;		/* struct gm_pin, of the last scan of tasks */
	/* the model's own */
	struct gm_vec views;		/* struct gm_file: files, with the dead ones that are still kept */
	uint64_t base[2];		/* allocated, freed: reported, but counted before the model began */
	uint64_t owed[2];		/* allocated, freed: counted before any owner was known */
	uint64_t gap_ns;		/* since when the range below is in no slot; 0: it is in one */
	uint64_t gap_pgoff, gap_end;
};

/* A guest_memfd file: one VM's view of an inode. */
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
	uint64_t seen_ns;		/* last bind, or scan of bindings that found it */
};

struct gm_pin {
	uint32_t what;			/* enum gm_pin_what */
	uint32_t tgid;
	int32_t fd;
	uint32_t vm, file, inode;	/* ids; 0: does not apply */
	uint64_t npages;
	uint64_t since_ns;		/* first scan that found it */
	bool before;			/* found by the session's first scan: its age is not known */
	char comm[GM_COMM_LEN];
};

/*
 * A machine's recent activity in one phase; only in models with gm_model_keep_heat(). Memory: under 14 KiB for each
 * phase that counted anything (of GM_PHASE_NR), until the machine is freed.
 */
struct gm_heat {
	double rate;			/* counts per second, over the last tick interval */
	/* the model's own: see gm_machine_recent(), gm_heat_at() */
	uint64_t gained;		/* since the last tick */
	uint64_t gained_tick;		/* gm_model.ticks when it last gained */
	struct gm_hist half[2];		/* this half window and the one before, in turn */
	uint16_t cell[GM_HEAT_RING][GM_HEAT_OCTAVES];	/* counts by tick and octave, saturating */
};

/* The virtual machine as its owner sees it: a chain of VMs, one after another. */
struct gm_machine {
	uint32_t id;
	/* "uuid:...", "name:guest-0@...", "proc:1234:5678": unique. model/machine.h has the rules */
	char key[160];
	char name[96];			/* for people; cleaned of control characters; not unique */
	/* another machine of the same base has a live VM as well: a clone, or a local migration */
	bool dup;
	uint32_t tgid;			/* of the newest vm */
	char comm[GM_COMM_LEN];
	struct gm_vec vms;		/* struct gm_vm, with dead ones that are still kept */
	uint32_t vms_seen;		/* ever */
	struct gm_rates rates;		/* sum over its VMs */
	struct gm_rates history[GM_HISTORY];	/* ring; newest at (history_nr - 1) % GM_HISTORY */
	uint64_t history_nr;
	struct gm_counts counts;	/* of all VMs that it ever had */
	uint64_t first_ns;		/* when a record first named it */
	/* ended episodes, by enum gm_reboot_style; 0 where reboots are not kept. See gm_machine_reboots() */
	uint64_t episodes[GM_REBOOT_STYLES];
	uint32_t last_episode;		/* id of the newest ended episode that is a reboot; 0: none */
	/* the machine that this one was merged into, by a shared inode: skip this one; NULL: not merged */
	struct gm_machine *joined;
	struct gm_hist *past[GM_PHASE_NR];	/* histograms of VMs that were freed; NULL: nothing */
	struct gm_split past_split;
	struct gm_heat *heat[GM_PHASE_NR];	/* NULL: nothing counted, or heat is not kept */
	/* the model's own */
	bool placeholder;		/* made before its process was known */
	char base[160];			/* the key, without the process that model_dup.c appends */
	struct gm_machine *chain;	/* next with the same hash in machine_by_key */
	uint64_t gap_ns;		/* since when none of its VMs has a binding; 0: one has */
	uint32_t gap_vm;		/* id of the VM that had the last binding */
};

struct gm_probe {
	/* last record, with facts added where an older recording has none */
	struct gm_rec_probe rec;
};

struct gm_prog {
	struct gm_rec_prog rec;	/* last record */
};

struct gm_loss {
	char what[32];
	/* losses since the model began, whatever came before (gm_apply_KEYFRAME()) */
	uint64_t count;
	uint64_t reported;	/* last count reported */
	bool withheld;		/* dropped on purpose, by a limit or by sampling: not in gm_model.lost */
	/* count and reported by kind of event, as far as the records say */
	struct { uint64_t count, reported; } kinds[GM_K_MAX - GM_K_EVENT_FIRST];
};

struct gm_model {
	struct gm_rec_meta meta;	/* zeroed until there is one */
	uint64_t first_ns, now_ns;	/* times of the first and the newest record */
	uint64_t ticks;
	uint64_t tick_ns, prev_tick_ns;	/* of the last two ticks; 0: none */
	struct gm_rates history[GM_HISTORY];	/* of all VMs, a ring; newest at (ticks - 1) % GM_HISTORY */
	struct gm_vec machines, vms, inodes, files;	/* in the order in which records first named them */
	struct gm_vec probes;		/* struct gm_probe, in the order of the records */
	struct gm_vec losses;		/* struct gm_loss */
	struct gm_vec progs;		/* struct gm_prog, in the order of the records */
	uint64_t lost;			/* sum over losses that are not withheld */
	struct gm_hist *total[GM_PHASE_NR];	/* host-wide, with dead VMs; NULL: nothing */
	struct gm_split split;		/* host-wide */
	/* last records, and what they counted before the model began */
	struct gm_ops ops_reported[GM_PHASE_NR], ops_base[GM_PHASE_NR];
	struct gm_ops ops[GM_PHASE_NR];	/* since the model began; zero for phases that are not operations */
	struct gm_counts counts;
	uint64_t summed[GM_K_MAX];	/* of counts.events: calls that the kernel summed */
	struct gm_hmap vm_by_id, inode_by_id, file_by_id, proc_by_tgid, machine_by_key;
	struct gm_vec pins;		/* struct gm_pin: all of the last complete scan of tasks */
	struct gm_vec pins_new;		/* of the scan of tasks in progress */
	uint64_t bindings_scan_ns;	/* begin of the scan of bindings in progress; 0: none */
	uint64_t dead_vms, dead_inodes;	/* ever */
	/* the model's own */
	struct gm_vec kept_dead_vms, kept_dead_inodes, kept_dead_files;	/* dead objects that are kept, oldest first */
	/* highest id that was freed, and the latest death among the freed: see is_gone() */
	struct gm_gone { uint32_t id; uint64_t ns; } gone_vm, gone_inode, gone_file;
	/* time of the record being applied, if that reports a live object; else 0 */
	uint64_t live_record_ns;
	/* struct gm_machine: forwarders, whose keys lead to the machine that they joined */
	struct gm_vec joined;
	struct gm_vec idle_procs;	/* struct gm_proc without a kept VM, longest idle first */
	bool reported_own_key;		/* of the VM record being applied */
	/* dups: at least the number of machines whose key has the process appended; 0: there is none */
	uint32_t machines_seen, dups;
	bool task_scan_open;		/* between BEGIN and END of a scan of tasks */
	uint64_t task_scan_ns, pins_ns;	/* begin of that scan, and of the last complete one; 0: none */
	struct gm_hmap pin_by_tgid;	/* processes that have a pin */
	char na[GM_PHASE_NR][200];	/* gm_phase_unavailable(); empty: observed */
	char partial[GM_PHASE_NR][200];	/* what an observed phase leaves out; empty: nothing */
	/* enum gm_gap of na, partial, faults_why */
	uint8_t na_gap[GM_PHASE_NR], partial_gap[GM_PHASE_NR], faults_gap;
	/* why scans do not cover all processes of the host, so that "no process has it" is not known; NULL: they do */
	const char *tasks_na;
	const char *procs_na;		/* why /proc does not show all processes; NULL: it does */
	enum gm_seen faults_seen;	/* gm_vm_faults_sight() */
	char faults_why[200];
	/* the model began with a keyframe: minimum and maximum of a histogram record may be older */
	bool windowed;
	bool keep_heat;
	unsigned int keep_dead;		/* dead VMs, inodes and files to keep: gm_model_keep_dead() */
	struct gm_reboots *reboots;	/* NULL: not kept */
};

int gm_model_new(struct gm_model **out); /* 0 or -ENOMEM */
/* Make an empty model with the settings of m (heat, dead objects, reboots). 0 or -ENOMEM. */
int gm_model_new_like(const struct gm_model *m, struct gm_model **out);
/* A copy of a model in a block of as little memory as possible; the caller frees word. */
struct gm_packed {
	uint64_t *word;
	size_t nr;		/* words */
	size_t walked;		/* bytes of the model read to pack it */
};
int gm_model_pack(const struct gm_model *m, struct gm_packed *out); /* 0 or -ENOMEM */
/*
 * Make a model from a copy: given the same records, it stays equal to the original. 0; -ENOMEM; -EFAULT: p is not what
 * gm_model_pack() made.
 */
int gm_model_unpack(const struct gm_packed *p, struct gm_model **out);
void gm_model_free(struct gm_model *m); /* NULL allowed */
/* Keep struct gm_heat, for views that show it. Call before the first timed record. */
void gm_model_keep_heat(struct gm_model *m);
/*
 * Keep at most nr dead VMs, inodes and files (else GM_MODEL_DEAD_MAX), nr ended reboots (else GM_EPISODES_MAX), and 64
 * calls for each (GM_STEPS_EACH, 9 KiB). A dead VM takes some 24 KiB, mostly for its histograms, a reboot 14 KiB.
 */
void gm_model_keep_dead(struct gm_model *m, unsigned int nr);
/*
 * Apply a record; a gm_sink_fn whose arg is the model. 0 or -ENOMEM. Records that make no sense (unknown ids, an object
 * that dies twice) are harmless.
 */
int gm_model_apply(void *arg, const union gm_any *rec);

/*
 * Write the state as a keyframe (gm_wire.h): call fn with each record, BEGIN and END included. Times are m->now_ns,
 * except those of bindings and pins (since when), CPU times, and the begin of the last scan of tasks. A model that gets
 * these records, and then the later ones, has the same objects, and counts what happened after the keyframe. Left out:
 * histograms, ticks, reboots in progress, and old dead objects that nothing refers to. 0 or fn's first error.
 */
int gm_model_emit_keyframe(const struct gm_model *m, int (*fn)(void *arg, const union gm_any *rec), void *arg);

struct gm_vm *gm_model_vm(const struct gm_model *m, uint32_t id); /* NULL: not known */
struct gm_inode *gm_model_inode(const struct gm_model *m, uint32_t id);
struct gm_file *gm_model_file(const struct gm_model *m, uint32_t id);

/*
 * Sums over live inodes of which the object has a live file, each inode once: resident pages, bytes of size, pages by
 * node. nodes_known is false if one inode's nodes are not known.
 */
struct gm_mem {
	uint64_t size_bytes, resident_pages;
	uint64_t node_pages[GM_NODES_MAX];
	uint64_t nodes_error;		/* each of node_pages may be off by this many pages: sum over the inodes */
	uint32_t nodes_how;		/* enum gm_nodes_how: the weakest of all inodes */
	bool nodes_known;
	/* there is more memory: files that are not tracked (gm_vm_untracked()), or VMs that are not */
	bool untracked;
};
/*
 * Add an inode to a sum; fill *out with what a VM, a machine, or the host (with orphans) has now. An inode of which a
 * VM, or the VMs of one machine, have several files counts once.
 */
void gm_mem_add(struct gm_mem *out, const struct gm_inode *in);
void gm_vm_mem(const struct gm_vm *vm, struct gm_mem *out);
void gm_machine_mem(const struct gm_machine *mc, struct gm_mem *out);
void gm_model_mem(const struct gm_model *m, struct gm_mem *out); /* all live inodes, with orphans */
/* Fill *out with the private and shared memory of a VM, or of the live VMs of a machine, or of all. */
void gm_vm_halves(const struct gm_model *m, const struct gm_vm *vm, struct gm_halves *out);
void gm_machine_halves(const struct gm_model *m, const struct gm_machine *mc, struct gm_halves *out);
void gm_model_halves(const struct gm_model *m, struct gm_halves *out);
/*
 * Return why the memory figures are lower bounds; NULL: they are exact. For a VM: size, resident pages, files, pages
 * allocated and freed are then not known of the VM and its machine. For the host: its sums of memory, and its number of
 * VMs.
 */
const char *gm_vm_untracked(const struct gm_vm *vm);
const char *gm_model_mem_partial(const struct gm_model *m);
const char *gm_model_vms_partial(const struct gm_model *m);
/* Return true if a machine has untracked files (of its live VMs), or untracked VMs (of the same process). */
bool gm_machine_has_untracked_files(const struct gm_machine *mc);
bool gm_machine_has_untracked_vms(const struct gm_machine *mc);
/*
 * Return true for pages that nobody uses: the inode is populated, and no live VM whose owner still runs has a file of
 * it. An owner runs unless a complete scan of tasks that began after the VM's creation found its process without any
 * pin. Only a confirmed inode is an orphan: after its last VM or file ended, a complete scan of tasks began, and the
 * inode was still there after that; so memory on its way out, whose files end one after the other, is not an orphan.
 * Where scans do not cover all tasks (tasks_na), no inode is one.
 */
bool gm_inode_is_orphan(const struct gm_model *m, const struct gm_inode *in);
/*
 * Return whether a VM can still run, by a complete scan of tasks that began after its creation. GONE: its creator has
 * no pin any more (and KVM serves no other process). CLOSED: its creator has neither the VM's descriptor nor one of its
 * vCPUs', so that nobody can run it, though it exists. Without GM_META_VM_FDS no VM is CLOSED; with tasks_na no VM is
 * CLOSED or GONE.
 */
enum gm_vm_state { GM_VM_RUNS, GM_VM_CLOSED, GM_VM_OWNER_GONE, GM_VM_DEAD };
enum gm_vm_state gm_vm_state(const struct gm_model *m, const struct gm_vm *vm);
/*
 * Return the number of a machine's reboots, the same for all tools: ended episodes of every style but shutdowns and
 * handovers. An open episode does not count yet: it may turn out spurious, or change its style. 0 where episodes are
 * not kept (gm_model_keep_reboots()).
 */
uint64_t gm_machine_reboots(const struct gm_machine *mc);
uint64_t gm_machine_live_vms(const struct gm_machine *mc); /* VMs of a machine that have not ended */
/*
 * How a machine got its name: the rule that made its key (model/machine.h), and which parts of its newest process's
 * record were cut that may name it.
 */
struct gm_naming {
	const struct gm_machine_rule *rule;	/* NULL: its process is not known */
	bool args_cut, cgroups_cut;
};
void gm_machine_naming(const struct gm_model *m, const struct gm_machine *mc, struct gm_naming *out);
/* Fill *out with a phase's histogram over all VMs that a machine ever had. */
void gm_machine_hist(const struct gm_machine *mc, unsigned int phase, struct gm_hist *out);
/* Fill *out with the parts of faults over all VMs that a machine ever had. */
void gm_machine_split(const struct gm_machine *mc, struct gm_split *out);
/*
 * Fill *out with a machine's phase over the last GM_HEAT_WINDOW to 2 * GM_HEAT_WINDOW - 1 ticks; min and max may be
 * older. Empty if heat is not kept.
 */
void gm_machine_recent(const struct gm_machine *mc, unsigned int phase, struct gm_hist *out);
/*
 * Return the counts of one tick, GM_HEAT_OCTAVES of them; ago 0: the last complete tick. UINT16_MAX: that many or more.
 * NULL: before the session, or more than GM_HISTORY ticks ago.
 */
const uint16_t *gm_heat_at(const struct gm_model *m, const struct gm_heat *h, unsigned int ago);
unsigned int gm_heat_octave(unsigned int slot); /* octave of a histogram's slot: below GM_HEAT_OCTAVES */

/*
 * Return true if --vm WANT means this VM: by its id, its creator's pid, or its machine's name or key. NULL and "" mean
 * all VMs; vm NULL matches only these two.
 */
bool gm_vm_matches(const struct gm_vm *vm, const char *want);
/* Return true if --vm WANT means one of the VMs that have a file of this inode. */
bool gm_inode_matches(const struct gm_inode *in, const char *want);
/* Return the name of the machine that a VM belongs to now (machines may be joined); "": not known. vm may be NULL. */
const char *gm_vm_machine_name(const struct gm_vm *vm);
/* Return the VM of an event: its own, else that of its file or inode. NULL: not known. */
const struct gm_vm *gm_event_vm(const struct gm_model *m, const struct gm_ev *ev);
/* Return the number of VMs, and of inodes, so far: live and dead. */
uint64_t gm_vms_seen(const struct gm_model *m);
uint64_t gm_inodes_seen(const struct gm_model *m);
/* Return true if --vm WANT means a VM that is alive or still kept. */
bool gm_model_has_vm(const struct gm_model *m, const char *want);

/* Return how many operations of a phase were in progress at the last record. */
uint64_t gm_ops_under_way(const struct gm_ops *ops);

/*
 * Cause of a punch. by: "range": the same thread had just converted the same pages; "pattern": the thread's name and
 * the arguments are those of a known part of a VMM, which makes the cause likely, not certain.
 */
struct gm_cause {
	const char *name, *by;
};
/* Return the cause of a punch, by the model right after the event; NULL: not known, or not a punch. */
const struct gm_cause *gm_punch_cause(const struct gm_model *m, const union gm_any *rec);

#endif
