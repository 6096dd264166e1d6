/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_wire.h - the records: the one format of the BPF programs, the model and recordings. Phases and kinds are here, the
 * structs in gm_wire_state.h and gm_wire_event.h. Both compilers read them, clang -target bpf and the user side's;
 * tests/unit/record/test_wire.c verifies that the layouts are the same.
 *
 * Rules, so that any version can read any other's recording:
 *  - every record starts with struct gm_rec; len counts the whole record, a multiple of 8;
 *  - a kind's number is never re-used; a field is only added at the end of its struct, or in place of padding, which
 *    was always zero. A reader zero-fills what a shorter record lacks, ignores what a longer one adds, and skips kinds
 *    that it does not know (gm_rec_check() in user/record/record.h);
 *  - trailing zero bytes may be cut off a record down to its header, as long texts and histograms are mostly empty; so
 *    "absent" and "zero" mean the same for every field;
 *  - only fixed-width integers and char arrays; explicit padding; no kernel address, ever.
 *
 * Ids: vm, file and inode are small sequence numbers given out in BPF, from 1; 0 = not known.
 * Times: CLOCK_MONOTONIC nanoseconds. Pages: units of the meta record's page_size.
 */
#ifndef GM_WIRE_H
#define GM_WIRE_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define GM_COMM_LEN	16
#define GM_LEVELS	3	/* sizes of leaf SPTEs */
#define GM_NODES_MAX	16	/* NUMA nodes; pages of higher ones are counted as the last's */

/*
 * Phases: the names are the same in every tool, record, metric and page (docs/phases.md).
 * X(ENUM, number, name, what one count is, hot: summed in the kernel rather than sent as events)
 */
#define GM_PHASES(X)						\
	X(CREATE,	0,  "create",		"call",  0)	\
	X(BIND,		1,  "bind",		"call",  0)	\
	X(UNBIND,	2,  "unbind",		"call",  0)	\
	X(ZAP,		3,  "zap",		"call",  0)	\
	X(RELEASE,	4,  "release",		"call",  0)	\
	X(FREE,		5,  "free",		"call",  0)	\
	X(DESTROY,	6,  "destroy",		"call",  0)	\
	X(ALLOC,	7,  "alloc",		"page",  1)	\
	X(ZERO,		8,  "zero",		"page",  1)	\
	X(PREPARE,	9,  "prepare",		"page",  1)	\
	X(MAP,		10, "map",		"page",  1)	\
	X(GUEST_FAULT,	11, "guest_fault",	"fault", 1)	\
	X(HOST_FAULT,	12, "host_fault",	"fault", 1)	\
	X(FALLOCATE,	13, "fallocate",	"call",  0)	\
	X(PUNCH,	14, "punch",		"call",  0)	\
	X(CONVERT,	15, "convert",		"call",  0)	\
	X(POPULATE,	16, "populate",		"call",  0)	\
	X(REBIND,	17, "rebind",		"event", 0)	\
	X(PREFAULT,	18, "prefault",		"page",  1)

enum gm_phase {
#define X(E, n, name, per, hot) GM_PHASE_##E = n,
	GM_PHASES(X)
#undef X
	GM_PHASE_NR = 19,
};

#define GM_ALL_PHASES	((1u << GM_PHASE_NR) - 1)

/*
 * Phases whose calls may come as often as faults: fallocate, punch, convert, zap. Beyond a number a second their calls
 * are summed in the kernel, where nobody asked for each (struct gm_rec_calls).
 */
#define GM_CALL_PHASES	4
#define GM_CALLS_PHASE(i)	((i) == 3 ? GM_PHASE_ZAP : GM_PHASE_FALLOCATE + (i))
#define GM_CALLS_OF_PHASE(phase)	((phase) == GM_PHASE_ZAP ? 3 : (phase) - GM_PHASE_FALLOCATE)

/*
 * The places of phases in the kernel's per-VM histograms: the hot ones guest_fault, host_fault, alloc .. map, prefault,
 * then those of calls. Faults stand before the phases that are their parts: see struct gm_vm_hists.
 */
#define GM_HISTS_HOT	7
#define GM_HISTS_NR	(GM_HISTS_HOT + GM_CALL_PHASES)
#define GM_HISTS_OF_PHASE(phase)	((phase) == GM_PHASE_PREFAULT ? 6 :			\
					 (phase) >= GM_PHASE_GUEST_FAULT ? (phase) - GM_PHASE_GUEST_FAULT : \
					 (phase) - GM_PHASE_ALLOC + 2)
#define GM_HISTS_OF_CALLS(phase)	(GM_HISTS_HOT + GM_CALLS_OF_PHASE(phase))
#define GM_HISTS_PHASE(i)	((i) >= GM_HISTS_HOT ? GM_CALLS_PHASE((i) - GM_HISTS_HOT) :	\
				 (i) == 6 ? GM_PHASE_PREFAULT :				\
				 (i) < 2 ? GM_PHASE_GUEST_FAULT + (i) : GM_PHASE_ALLOC + (i) - 2)

/*
 * The parts of a fault's time, without overlap or rest: they add up to its duration. X(ENUM, number, name)
 */
#define GM_PARTS(X)			\
	X(ALLOC,	0, "alloc")	\
	X(ZERO,		1, "zero")	\
	X(PREPARE,	2, "prepare")	\
	X(MAP,		3, "map")	\
	X(OTHER,	4, "other")

enum gm_part {
#define X(E, n, name) GM_PART_##E = n,
	GM_PARTS(X)
#undef X
	GM_PART_NR = 5,
};
#define GM_PARTS_ROOM	8	/* in records: for parts to come */

/* The kinds of faults, by their phase: guest_fault, host_fault, prefault. */
#define GM_FAULT_KINDS	3
#define GM_FAULT_KIND_PHASE(i)	((i) == 2 ? GM_PHASE_PREFAULT : GM_PHASE_GUEST_FAULT + (i))
#define GM_FAULT_KIND_OF(phase)	((phase) == GM_PHASE_PREFAULT ? 2 : (phase) - GM_PHASE_GUEST_FAULT)

/* One histogram's slots: see gm_hist.h for which nanoseconds fall in which. */
#define GM_HIST_SLOTS	290

/*
 * Kinds. X(ENUM, number, struct, name, phase that the event's time belongs to or -1)
 * State records (below 32) say what is; events (from 32) say what happened.
 */
#define GM_STATE_KINDS(X)						\
	X(META,		1,  gm_rec_meta,	"meta",		-1)	\
	X(PROBE,	2,  gm_rec_probe,	"probe",	-1)	\
	X(LOSS,		3,  gm_rec_loss,	"loss",		-1)	\
	X(TICK,		4,  gm_rec_tick,	"tick",		-1)	\
	X(PROC,		5,  gm_rec_proc,	"proc",		-1)	\
	X(SCAN,		6,  gm_rec_scan,	"scan",		-1)	\
	X(VM,		7,  gm_rec_vm,		"vm",		-1)	\
	X(INODE,	8,  gm_rec_inode,	"inode",	-1)	\
	X(FILE,		9,  gm_rec_file,	"file",		-1)	\
	X(BINDING,	10, gm_rec_binding,	"binding",	-1)	\
	X(PIN,		11, gm_rec_pin,		"pin",		-1)	\
	X(HIST,		12, gm_rec_hist,	"hist",		-1)	\
	X(OPS,		13, gm_rec_ops,		"ops",		-1)	\
	X(SPLIT,	14, gm_rec_split,	"split",	-1)	\
	X(CPU,		15, gm_rec_cpu,		"cpu",		-1)	\
	X(PROG,		16, gm_rec_prog,	"prog",		-1)	\
	X(KEYFRAME,	17, gm_rec_keyframe,	"keyframe",	-1)	\
	X(ATTRS,	18, gm_rec_attrs,	"attributes",	-1)	\
	X(CALLS,	19, gm_rec_calls,	"calls",	-1)

/* a recording's own (user/record): no source delivers it, and readers of records do not know it */
#define GM_K_FILE_INDEX	30

#define GM_EVENT_KINDS(X)							\
	X(VM_CREATE,	32, gm_ev_vm,		"vm_create",	-1)		\
	X(VM_DESTROY,	33, gm_ev_vm,		"vm_destroy",	GM_PHASE_DESTROY) \
	X(CREATE,	34, gm_ev_inode,	"create",	GM_PHASE_CREATE) \
	X(BIND,		35, gm_ev_range,	"bind",		GM_PHASE_BIND)	\
	X(UNBIND,	36, gm_ev_range,	"unbind",	GM_PHASE_UNBIND) \
	X(RELEASE,	37, gm_ev_inode,	"release",	GM_PHASE_RELEASE) \
	X(EVICT,	38, gm_ev_inode,	"evict",	GM_PHASE_FREE)	\
	X(MMAP,		39, gm_ev_range,	"mmap",		-1)		\
	X(FALLOCATE,	40, gm_ev_range,	"fallocate",	GM_PHASE_FALLOCATE) \
	X(PUNCH,	41, gm_ev_range,	"punch",	GM_PHASE_PUNCH)	\
	X(CONVERT,	42, gm_ev_range,	"convert",	GM_PHASE_CONVERT) \
	X(MEMORY_FAILURE, 43, gm_ev_range,	"memory_failure", -1)		\
	X(ZAP,		44, gm_ev_range,	"zap",		GM_PHASE_ZAP)	\
	X(POPULATE,	45, gm_ev_range,	"populate",	GM_PHASE_POPULATE) \
	X(FAULT,	46, gm_ev_fault,	"fault",	-1)		\
	X(RESET,	47, gm_ev_reset,	"reset",	-1)

#define GM_KINDS(X) GM_STATE_KINDS(X) GM_EVENT_KINDS(X)

enum gm_kind {
#define X(E, n, type, name, phase) GM_K_##E = n,
	GM_KINDS(X)
#undef X
	GM_K_MAX = 64,
};
#define GM_K_EVENT_FIRST 32

struct gm_rec {
	__u32 len;
	__u16 kind;
	__u16 pad;
	__u64 ts_ns;
};

#include "gm_wire_state.h"
#include "gm_wire_event.h"

/* The largest record: what a reader's buffer must hold. */
#define GM_REC_MAX 4096

#endif
