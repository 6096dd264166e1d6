/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * probes.h - the probe plan: what we want to see, and by which hooks a kernel may show it. Data, walked by one
 * function (design: "Probes are data"). A new probe is one row of the table in probes.c and its BPF programs.
 */
#ifndef GM_KERNEL_PROBES_H
#define GM_KERNEL_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "gm_wire.h"
#include "kernel/kfeatures.h"

#define GM_PROBES_MAX	40
#define GM_CAND_MAX	3	/* candidates a row */
/* a function can be bracketed by fsession, by fentry and fexit, by kprobe.multi, or by kprobes */
#define GM_TRIES	4
#define GM_TRY_MAX	(GM_TRIES * GM_CAND_MAX)

#define GM_SYMS_MAX	4	/* symbols a candidate */

/* Which ends of a function have a program. */
enum gm_side { GM_BOTH_SIDES = 0, GM_ENTRY_ONLY, GM_EXIT_ONLY };

/* What --mode asks for. */
enum gm_want_mode { GM_WANT_AUTO = 0, GM_WANT_FULL, GM_WANT_KPROBE, GM_WANT_TRACEPOINT, GM_WANT_INVENTORY };

struct gm_cand {
	/* GM_MECH_FENTRY: also tried by GM_MECH_FSESSION, before, GM_MECH_KMULTI and GM_MECH_KPROBE */
	enum gm_mech mech;
	const char *sym[GM_SYMS_MAX];	/* functions, tracepoints, or syscall event names */
	/*
	 * BPF programs; for brackets the base name, to which _fsession, _fentry, _fexit, _kprobe, _kretprobe are added
	 */
	const char *prog[GM_SYMS_MAX];
	uint32_t phases;	/* bits of enum gm_phase that it feeds */
	uint32_t ioctl_ops, reap;	/* into struct gm_conf when it is chosen */
	/* which part of all its phases it does not see, as in "by io_uring"; NULL: it sees them whole */
	const char *unseen;
	enum gm_side side;	/* of a function that is not bracketed */
	/* a function: kernels that have it need another candidate, and would be misread by this one */
	const char *unless;
	bool look_up;		/* into struct gm_conf: host faults look into the page cache */
	bool unzeroed;		/* the same: it asks whether there may be pages not cleared, so that has to be known */
};

/*
 * When the programs of a row are attached: always, or only while a VM of this host has gmem. They are loaded in any
 * case.
 */
enum gm_attach_when { GM_ATTACH_ALWAYS = 0, GM_ATTACH_GMEM };

#define GM_NEED_CPU	(1u << 31)	/* beside phases in what a tool needs: time off the CPU of every call */
/* where a reboot's wall clock went: how long faults were under way, CPU time of VMs' owners */
#define GM_NEED_WALL	(1u << 28)
/* reboots are counted: what a VM did is told before its memory is taken from it (GM_NEED_WALL has that, too) */
#define GM_NEED_REBOOTS	(1u << 26)
#define GM_NEED_PROGS	(1u << 30)	/* the kernel's statistics of our own programs, where it keeps them */
#define GM_NEED_VERIFIER	(1u << 27)	/* with GM_NEED_PROGS: what the verifier took to check each of them */
#define GM_NEED_STATS	(1u << 29)	/* have the kernel keep them (BPF_ENABLE_STATS), for all programs on the host */

struct gm_probe_row {
	const char *name;
	enum gm_probe_class cls;
	uint32_t need;		/* off unless a tool needs one of these; 0: by the phases that it feeds */
	struct gm_cand cand[GM_CAND_MAX];
	/* off unless this row, an earlier one, is observed, and by no better hook than system calls or scans */
	const char *helps;
	enum gm_attach_when attach;
	/* into its record: GM_PROBE_*, and GM_PROBE_KIND() of the events that it shows by each of its hooks */
	uint32_t facts, kinds;
	/* offset in struct gm_conf of the number that tells programs that this row is in the plan; 0: none */
	size_t conf;
	/* calls that are few, and whose events are not to be missed: see GM_BRACKET_TWIN() in bpf/gm_hook.bpf.h */
	bool twin;
};

extern const struct gm_probe_row gm_probe_rows[];
extern const unsigned int gm_probe_nr;

/* Limits of -C: sizes of our maps, CPU time of a sample's page walk; 0: the defaults of gm_conf.h and walk_budget.h. */
struct gm_room {
	uint64_t vms, files;	/* at a time; of files, and as many inodes */
	uint64_t ring;		/* bytes, for events and as many for faults' events; a power of two */
	uint64_t page_ns, pages;	/* a sample may look at pages for so long, or at so many */
	uint64_t nodes;		/* for tests: made up ones, whatever the host has */
};

/* One row's state while the plan is made and the kernel answers. */
struct gm_choice {
	int try;			/* index of the chosen try, or -1: none */
	enum gm_mech mech;		/* of the choice */
	const struct gm_cand *cand;
	const char *off;		/* why it is not needed; NULL: it is */
	bool pins;			/* its hook is in the kvm module, which cannot be unloaded meanwhile */
	bool let_go;			/* and was detached, until gm_plan_taken() */
	bool unwatched;			/* it waited for gmem, and could not be attached again (err) */
	/* the kernel has what a candidate hooks: if none is chosen, that was forbidden */
	bool exists;
	bool refused[GM_TRY_MAX];
	int err;			/* of the last refusal */
	char why[160];			/* why nothing better was chosen: what ruled out each candidate before it */
};

struct gm_plan {
	struct gm_choice row[GM_PROBES_MAX];
	enum gm_want_mode want;
	uint32_t ruled_out;		/* bits of enum gm_mech: privileges were missing, for one program as for all */
	uint32_t avoid;			/* bits of enum gm_mech: not to be used, as asked */
	/* phases the tool shows: rows that feed only hot ones, none of these, stay off */
	uint32_t need;
	struct gm_room room;
	uint64_t slow_ns;		/* for struct gm_conf */
	uint32_t slow_limit, sample;
	bool stacks;
	/* gm_plan_uses() names programs of what was let go of only: all else is attached */
	bool again;
};

/* The name of mechanism mech (enum gm_mech), as in --probes; NULL: there is none, or nothing can be done without it. */
const char *gm_mech_choice(unsigned int mech);

void gm_plan_init(struct gm_plan *p, enum gm_want_mode want, uint32_t need);
/* Chooses for every row the first try that facts and earlier refusals allow. */
void gm_plan_make(struct gm_plan *p, const struct gm_kfacts *k);
/* The kernel refused program prog (-errno): strikes out the try that uses it. false: no row uses it. */
bool gm_plan_refuse(struct gm_plan *p, const char *prog, int err);
/*
 * The kernel refused something (-errno), and nobody says which program: rules out the most demanding kind of hook
 * that is still in the plan. false: none is left.
 */
bool gm_plan_refuse_kind(struct gm_plan *p, int err);
/* Is this program in the plan? */
bool gm_plan_uses(const struct gm_plan *p, const char *prog);
/* By which mechanism; GM_MECH_NR: it is not in the plan. */
enum gm_mech gm_plan_mech(const struct gm_plan *p, const char *prog);
/* Return true if anything was chosen for a row that shows events of this kind. */
bool gm_plan_shows(const struct gm_plan *p, unsigned int kind);
/* Return true for a program whose hook pins the kvm module. */
bool gm_plan_pins(const struct gm_plan *p, const char *prog);
/* Return true for a program of a row whose events are not to be missed. */
bool gm_plan_twin(const struct gm_plan *p, const char *prog);
/* Returns when this program is attached. */
enum gm_attach_when gm_plan_when(const struct gm_plan *p, const char *prog);
/* The programs of rows that wait for gmem were attached again: 0, or -errno. */
void gm_plan_watch_failed(struct gm_plan *p, int err);
/* All rows that pin the module are let go of; and taken again. */
void gm_plan_let_go(struct gm_plan *p);
void gm_plan_taken(struct gm_plan *p);
/* What the choices say about the mode as a whole (enum gm_mode). */
uint32_t gm_plan_mode(const struct gm_plan *p);
/* The BPF side's part: what follows from the choices. */
void gm_plan_conf(const struct gm_plan *p, struct gm_conf *conf);
/* The outcome of row i as a record (ts_ns left 0). */
void gm_plan_outcome(const struct gm_plan *p, unsigned int i, struct gm_rec_probe *out);

#endif
