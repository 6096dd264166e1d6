/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * probes.h - the probe plan: what we want to observe, and the hooks by which a kernel may show it. Probes are data: a
 * new one is a row of the table in probes.c and its BPF programs.
 *
 * gm_plan_init(), then gm_plan_make() with a kernel's facts; for each refusal gm_plan_refuse() or
 * gm_plan_refuse_kind(), and gm_plan_make() again; then the questions below. A plan owns no memory and keeps no pointer
 * to the facts. Nothing here fails or is reported.
 */
#ifndef GM_KERNEL_PROBES_H
#define GM_KERNEL_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "gm_wire.h"
#include "kernel/kfeatures.h"

#define GM_PROBES_MAX	40
#define GM_CAND_MAX	3	/* candidates of a row */
/* kinds of hook that can bracket a function: fsession, fentry and fexit, kprobe.multi, kprobes */
#define GM_TRIES	4
#define GM_TRY_MAX	(GM_TRIES * GM_CAND_MAX)

#define GM_SYMS_MAX	4	/* symbols of a candidate */

/* Which ends of a function have a program. */
enum gm_side { GM_BOTH_SIDES = 0, GM_ENTRY_ONLY, GM_EXIT_ONLY };

/* The modes of --mode. */
enum gm_want_mode { GM_WANT_AUTO = 0, GM_WANT_FULL, GM_WANT_KPROBE, GM_WANT_TRACEPOINT, GM_WANT_INVENTORY };

struct gm_cand {
	/* GM_MECH_FENTRY: GM_MECH_FSESSION is tried before it, GM_MECH_KMULTI and GM_MECH_KPROBE after it */
	enum gm_mech mech;
	const char *sym[GM_SYMS_MAX];	/* functions, tracepoints, or syscall event names */
	/*
	 * BPF programs; for brackets the base name, to which _fsession, _fentry, _fexit, _kprobe, _kretprobe are added
	 */
	const char *prog[GM_SYMS_MAX];
	uint32_t phases;	/* bits of enum gm_phase that it feeds */
	uint32_t ioctl_ops, reap;	/* for struct gm_conf, if it is chosen */
	/* the part of its phases that it does not show, as in "by io_uring"; NULL: it shows all */
	const char *unseen;
	enum gm_side side;	/* the end that is hooked, of a function that is not bracketed */
	/* a function: kernels with it need another candidate, and this one would misread them */
	const char *unless;
	/* a member of a struct that it reads, as in "kvm.mem_attr_array"; NULL: all kernels have what it reads */
	const char *member;
	bool look_up;		/* for struct gm_conf: host faults look up the page cache */
	bool unzeroed;		/* for struct gm_conf: it needs to know whether there may be unzeroed pages */
};

/*
 * When the programs of a row are attached; they are loaded in any case. A tool attaches the rows up to some value at
 * its start (gm_plan.at_start), and the others only while a VM of this host has gmem.
 */
enum gm_attach_when {
	/* it finds VMs and their memory, or runs a few times in a VM's life, or never without gmem: it costs nothing */
	GM_ATTACH_ALWAYS = 0,
	GM_ATTACH_MEMORY,	/* it counts pages and faults, and runs for other files and for VMs without gmem, too */
	GM_ATTACH_CALLS,	/* every process of the host runs it, and without gmem it has nothing to see */
};

#define GM_NEED_ATTRS	(1u << 25)	/* which memory of VMs is private */
#define GM_NEED_CPU	(1u << 31)	/* beside phases in what a tool needs: each call's time off the CPU */
/* where a reboot's time went: how long faults were in progress, CPU time of VMs' owners */
#define GM_NEED_WALL	(1u << 28)
/* reboots are counted: a VM's histograms are sent before its memory is taken away (GM_NEED_WALL includes this) */
#define GM_NEED_REBOOTS	(1u << 26)
#define GM_NEED_PROGS	(1u << 30)	/* the kernel's statistics of our own programs, if it keeps them */
#define GM_NEED_VERIFIER	(1u << 27)	/* with GM_NEED_PROGS: the verifier's statistics of each of them */
/* have the kernel keep statistics of all programs on the host (BPF_ENABLE_STATS) */
#define GM_NEED_STATS	(1u << 29)

struct gm_probe_row {
	const char *name;
	enum gm_probe_class cls;
	uint32_t need;		/* off unless a tool needs one of these; 0: decided by the phases that it feeds */
	struct gm_cand cand[GM_CAND_MAX];
	/* off unless this row, an earlier one, is observed by system calls or scans, and by no better hook */
	const char *helps;
	enum gm_attach_when attach;
	/* for its record: GM_PROBE_*, and GM_PROBE_KIND() of the events that it shows by each of its hooks */
	uint32_t facts, kinds;
	/* offset in struct gm_conf of the number that is 1 if this row is in the plan; 0: none */
	size_t conf;
	/* calls that are few, and whose events must not be missed: see GM_BRACKET_TWIN() in bpf/gm_hook.bpf.h */
	bool twin;
};

extern const struct gm_probe_row gm_probe_rows[];
extern const unsigned int gm_probe_nr;

/*
 * Limits of -C: sizes of our maps, CPU time of a sample's page walks; 0: the defaults of gm_conf.h and walk_budget.h.
 */
struct gm_map_limits {
	uint64_t vms, files;	/* at a time; as many inodes as files */
	uint64_t ring;		/* bytes of the ring for events, and of that for faults; a power of two */
	uint64_t page_ns, pages;	/* CPU time that a sample may spend on reading pages, or their number */
	uint64_t nodes;		/* for tests: the number of nodes, whatever the host has */
};

/* A row's state while the plan is made and the kernel answers. */
struct gm_choice {
	int try;			/* index of the chosen try, or -1: none */
	enum gm_mech mech;		/* mechanism of the chosen try */
	const struct gm_cand *cand;
	const char *off;		/* why the row is not needed; NULL: it is */
	/* its hook is in the kvm module, which cannot be unloaded while it is attached */
	bool is_pinning;
	bool is_detached;		/* it was detached from the module, until gm_plan_mark_reattached() */
	bool reattach_failed;		/* it waited for gmem, and attaching it again failed (err) */
	/* the kernel has what a candidate hooks; so if none is chosen, something forbade it */
	bool exists;
	bool refused[GM_TRY_MAX];
	int err;			/* -errno of the last refusal */
	char why[160];			/* why nothing better was chosen: the reason against each better candidate */
};

/*
 * What inodes held that were created before the hooks that count pages and faults were attached: since the session's
 * begin. See struct gm_early.
 */
struct gm_plan_early {
	uint64_t inodes, pages, ns;
	uint64_t unsure;	/* inodes of which more pages may have come and gone */
};

struct gm_plan {
	struct gm_choice row[GM_PROBES_MAX];
	enum gm_want_mode want;
	uint32_t ruled_out;		/* bits of enum gm_mech: privileges for any program of the kind are missing */
	uint32_t avoid;			/* bits of enum gm_mech: not used, as asked by -C avoid */
	/* phases that the tool shows: rows that feed only hot ones, none of these, stay off */
	uint32_t need;
	struct gm_map_limits room;
	uint64_t slow_ns;		/* for struct gm_conf */
	uint32_t slow_limit, sample, calls;
	bool stacks;
	enum gm_attach_when at_start;	/* rows up to this value do not wait for gmem */
	struct gm_plan_early early;	/* what came before rows that wait */
	/* gm_plan_has_prog() accepts only programs of rows that were detached: all others are attached */
	bool reattaching;
};

/* Returns the name of a mechanism (enum gm_mech), as in --probes; NULL: there is none, or no tool works without it. */
const char *gm_mech_avoidable_name(unsigned int mech);

/*
 * Begins a plan for a mode, and for what a tool needs (phases, GM_NEED_*). The caller may then set room, avoid and the
 * fields for struct gm_conf.
 */
void gm_plan_init(struct gm_plan *p, enum gm_want_mode want, uint32_t need);
/* Chooses for each row the first try that the facts and earlier refusals allow. */
void gm_plan_make(struct gm_plan *p, const struct gm_kfeatures *k);
/*
 * Strikes out the try that uses program prog, which the kernel refused with err. false: no row uses it, or err only
 * means that resources were short.
 */
bool gm_plan_refuse(struct gm_plan *p, const char *prog, int err);
/*
 * Rules out the most demanding kind of hook that is still in the plan, because the kernel refused an unknown program
 * with err. false: none is left, or err only means that resources were short.
 */
bool gm_plan_refuse_kind(struct gm_plan *p, int err);
/* Return true if this program is in the plan. */
bool gm_plan_has_prog(const struct gm_plan *p, const char *prog);
/* Returns the mechanism of a program; GM_MECH_NR: it is not in the plan. */
enum gm_mech gm_plan_mech(const struct gm_plan *p, const char *prog);
/* Return true if anything was chosen for a row that shows events of this kind. */
bool gm_plan_has_kind(const struct gm_plan *p, unsigned int kind);
/* Return true for a program whose hook pins the kvm module. */
bool gm_plan_is_pinning(const struct gm_plan *p, const char *prog);
/* Return true for a program of a row whose events must not be missed. */
bool gm_plan_has_twin(const struct gm_plan *p, const char *prog);
/* Returns when a program is attached: of several rows that use it, by the one that waits least. */
enum gm_attach_when gm_plan_attach_when(const struct gm_plan *p, const char *prog);
/*
 * Return true for a program that is attached only while a VM has gmem. A kprobe by a perf event never waits: attaching
 * it again takes privileges that a tool may have given up.
 */
bool gm_plan_waits(const struct gm_plan *p, const char *prog);
/* Notes what came before the rows that wait. Returns true if that is news. */
bool gm_plan_note_early(struct gm_plan *p, const struct gm_plan_early *early);
/* Notes the result of attaching the programs of rows that wait for gmem again: 0 or -errno. */
void gm_plan_set_gmem_error(struct gm_plan *p, int err);
/* Mark all rows that pin the module as detached, and as attached again. */
void gm_plan_mark_detached(struct gm_plan *p);
void gm_plan_mark_reattached(struct gm_plan *p);
/* Returns the mode that follows from the choices (enum gm_mode). */
uint32_t gm_plan_mode(const struct gm_plan *p);
/* Fills in the configuration of the BPF side that follows from the choices. */
void gm_plan_conf(const struct gm_plan *p, struct gm_conf *conf);
/* Makes a record of the outcome of row i (ts_ns is left 0). */
void gm_plan_outcome(const struct gm_plan *p, unsigned int i, struct gm_rec_probe *out);

#endif
