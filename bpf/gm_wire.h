/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_wire.h - the records: the one format that the BPF side, the iterators, the model and the
 * recordings speak. Read by clang -target bpf and by the user side's compiler; tests/unit/record/test_wire.c
 * holds the two to the same layout.
 *
 * Rules, so that a recording made by any version is readable by any other:
 *  - every record starts with struct gm_rec; len counts the whole record, a multiple of 8;
 *  - a kind's number is never re-used, a field is only ever added at the end of its struct, or in
 *    place of padding, which was always zero; a reader zero-fills what a shorter record lacks,
 *    ignores what a longer one adds, and skips kinds that it does not know (gm_rec_check() in
 *    user/record/record.h does all three);
 *  - trailing zero bytes may be cut off a record down to its header (that is how long texts
 *    and histograms travel), so "absent" and "zero" must mean the same for every field;
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
#define GM_NODES_MAX	16	/* NUMA nodes told apart; pages of higher ones are counted as the last */

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

/* Where the hot phases stand in the kernel's per-VM histograms: alloc .. host_fault, then prefault. */
#define GM_HISTS_NR	7
#define GM_HISTS_OF_PHASE(phase)	((phase) == GM_PHASE_PREFAULT ? 6 : (phase) - GM_PHASE_ALLOC)
#define GM_HISTS_PHASE(hot)	((hot) == 6 ? GM_PHASE_PREFAULT : (hot) + GM_PHASE_ALLOC)

/*
 * The whole faults among them, and the parts that each one's time is split into, without overlap or rest: a fault's
 * parts add up to its duration. X(ENUM, number, name)
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
	X(KEYFRAME,	17, gm_rec_keyframe,	"keyframe",	-1)

/* a recording's own (user/record): never passes the door, unknown to readers of records */
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

/* ---- state ---- */

enum gm_mode { GM_MODE_NONE = 0, GM_MODE_FULL = 1, GM_MODE_KPROBE = 2, GM_MODE_TRACEPOINT = 3, GM_MODE_INVENTORY = 4 };
enum gm_yesno { GM_UNKNOWN = 0, GM_NO = 1, GM_YES = 2 };

#define GM_META_REPORT_AT_END	(1u << 0)	/* a command was observed: one report, when it ended */
/* no kernel ran: probes in the state "attached" are those that would be */
#define GM_META_OFFLINE		(1u << 2)
/* descriptors of VMs and vCPUs are told as pins: one that is not told is not there */
#define GM_META_VM_FDS		(1u << 1)

/* First record of every session: what host and kernel this is. */
struct gm_rec_meta {
	struct gm_rec h;
	__u64 real_ns;		/* CLOCK_REALTIME at ts_ns: makes wall clock times of all others */
	__u64 interval_ns;	/* between ticks */
	__u32 page_size;
	__u32 nodes;		/* NUMA nodes online */
	__u32 cpus;
	__u32 mode;		/* enum gm_mode */
	__u32 init_on_alloc;	/* enum gm_yesno */
	__u32 init_on_free;
	/* enum gm_yesno: guest code runs emulated by KVM (PVM without hardware help): no guest faults */
	__u32 emulated;
	__u32 flags;		/* GM_META_* */
	char arch[16];
	char release[72];
	char tool[40];		/* "gmemtop 0.1" */
	__u64 clear_ns;		/* what clearing one page costs here, measured from user space; 0: not measured */
	char host[40];		/* which host: 32 hex digits, a hash of its machine id; empty: not known */
	char boot[40];		/* which boot of it, the same way: equal ones share clock and process ids */
};

enum gm_probe_state { GM_PROBE_ABSENT = 0, GM_PROBE_ATTACHED = 1, GM_PROBE_REFUSED = 2, GM_PROBE_OFF = 3,
		      GM_PROBE_RELEASED = 4 /* it was attached, until the kvm module was let go of, as asked */ };
enum gm_probe_class { GM_REQUIRED = 1, GM_WANTED = 2, GM_EXTRA = 3 };

/* sees guest code that the processor runs: nothing where KVM emulates it */
#define GM_PROBE_GUEST		(1u << 0)
#define GM_PROBE_FINDS_VMS	(1u << 1)	/* without it whole VMs are missing */
#define GM_PROBE_NAMES_VMS	(1u << 2)	/* without it the names of VMs are missing */
#define GM_PROBE_PAGE_ADD	(1u << 3)	/* counts pages that an inode gets */
#define GM_PROBE_PAGE_DELETE	(1u << 4)	/* counts pages that an inode loses */

#define GM_PROBE_KIND(kind)	(1u << ((kind) - GM_K_EVENT_FIRST))

/* The outcome of one logical probe: by which hook it is observed, or why not. */
struct gm_rec_probe {
	struct gm_rec h;
	__u32 state;		/* enum gm_probe_state */
	__s32 err;		/* -errno of the refusal, or 0 */
	__u32 phases;		/* bit per enum gm_phase that this probe feeds, or would if it were attached */
	__u32 cls;		/* enum gm_probe_class */
	__u32 missing;		/* phases that a better hook would feed, too; why says what forbids it */
	/* events that it shows, by whichever hook: GM_PROBE_KIND(). 0 in older recordings: see facts */
	__u32 kinds;
	char probe[24];
	char hook[104];		/* "fexit:kvm_gmem_create"; empty unless attached */
	char why[160];
	/*
	 * of phases: what this hook sees only in part; unseen says which part it does not, why what forbids a better
	 * one
	 */
	__u32 partly;
	/*
	 * GM_PROBE_*: what it needs and feeds. 0 in older recordings, where its name says both (gm_probe_add_facts())
	 */
	__u32 facts;
	char unseen[24];	/* as in "not by io_uring" */
};

/* kept back on purpose, by a limit or a sample that the user set or may set: nothing else is inexact */
#define GM_LOSS_WITHHELD	(1u << 0)

/* Cumulative count of something lost since the session began; sent when it changes. */
struct gm_rec_loss {
	struct gm_rec h;
	__u64 count;
	char what[32];
	__u32 flags;		/* GM_LOSS_* */
	/* so many of the count are events of this kind; 0: the count of all, which is sent first */
	__u32 kind;
};

/* Everything up to here is one consistent picture: views draw at a tick. */
struct gm_rec_tick {
	struct gm_rec h;
	__u64 seq;
	__u32 last;		/* 1: the session ends with this one */
	__u32 pad;
};

/* What /proc says about a process that owns a VM or holds its memory. Names are untrusted. */
struct gm_rec_proc {
	struct gm_rec h;
	__u64 start_ticks;	/* /proc/PID/stat field 22: with tgid, unique on this boot */
	__u32 tgid;
	__u32 cmdline_len;
	char comm[GM_COMM_LEN];
	char cgroup[256];	/* the deepest path; cut in recordings that have no flags */
	/* NUL separated: all of it, or else the words that may name a VM, in their order (record/rec_proc.h) */
	char cmdline[1024];
	__u32 flags;		/* enum gm_proc_flags; 0 in recordings from before there were any */
	__u32 uid;		/* of the user that it runs as, where GM_PROC_UID says so */
	char cgroups[1024];	/* where it has several: every path that differs, one a line */
	char mapped[96];	/* the machine's name by a rule of --machine-map; empty: no rule matched */
};
enum gm_proc_flags {
	GM_PROC_FLAGS = 1,	/* this record has flags */
	GM_PROC_UID = 2,
	GM_PROC_ARGS_CUT = 4,	/* words that may name a VM are missing in cmdline */
	GM_PROC_CGROUP_CUT = 8,	/* paths are missing in cgroup and cgroups */
};

enum gm_scan_what { GM_SCAN_OBJECTS = 1, GM_SCAN_TASKS = 2, GM_SCAN_BINDINGS = 3 };
enum gm_scan_edge { GM_SCAN_BEGIN = 1, GM_SCAN_END = 2 };

/*
 * Brackets the state records of one walk over the kernel's own state. What a walk does not name between its BEGIN and
 * END is gone: pins after TASKS, after BINDINGS (which is OBJECTS with all bindings) those of each vm that it named,
 * without GM_OBJ_PARTIAL. Objects die by events only.
 */
struct gm_rec_scan {
	struct gm_rec h;
	__u32 what;		/* enum gm_scan_what */
	__u32 edge;		/* enum gm_scan_edge */
};

#define GM_OBJ_OLD	(1u << 0)	/* was there before the tool: counters began at first sight */
#define GM_OBJ_SPTES	(1u << 2)	/* a vm: sptes holds */
/* a vm: its machine's key is its process's own, beside another of the same base; only in keyframes */
#define GM_OBJ_OWN_KEY	(1u << 3)
/* a vm: the scan has not told all of its bindings; without it, it has if it tells any VM's */
#define GM_OBJ_PARTIAL	(1u << 4)
/* a vm: files of it are untracked, or were: what these allocate and free is not counted */
#define GM_OBJ_UNCOUNTED (1u << 5)
#define GM_OBJ_SIBLINGS	(1u << 6)	/* a vm: its process has others that have no id, as they are beyond a share */
/* gone already, lately, or named by something that is there; only in keyframes */
#define GM_OBJ_DEAD	(1u << 1)

struct gm_rec_vm {
	struct gm_rec h;
	__u32 vm;
	__u32 tgid;		/* creator's; 0: not known */
	__u32 tid;		/* as in stats_id and debugfs */
	__u32 vcpus;
	__u32 type;		/* KVM_X86_*_VM */
	__u32 flags;		/* GM_OBJ_* */
	__u64 born_ns;		/* creation, or first sight with GM_OBJ_OLD */
	__u64 sptes[GM_LEVELS];	/* leaf SPTEs that it has, of 4 KiB, 2 MiB, 1 GiB */
	/*
	 * gmem files of it that have no id, as they are beyond a share: its other files are not all; at least so
	 * many, when a scan counted
	 */
	__u32 untracked_files;
	__u32 pad;
};

/* What an inode's pages by node rest on. */
enum gm_nodes_how {
	GM_NODES_EXACT = 0,	/* as nodes_known says */
	GM_NODES_BOUND = 1,	/* a walk, since which pages came and went: nodes_error is a bound */
	GM_NODES_AGED = 2,	/* the same where these are not counted: nodes_error is all pages, nodes_ns the age */
	/*
	 * leaves drawn at random: nodes_error holds 99 times of 100. nodes_known is 0, for readers that know no error
	 */
	GM_NODES_SAMPLE = 3,
};

struct gm_rec_inode {
	struct gm_rec h;
	__u32 inode;
	__u32 flags;		/* GM_OBJ_* */
	__u64 ino;
	__u64 size_bytes;
	__u64 resident_pages;	/* the mapping's own nrpages */
	__u64 allocated_pages;	/* inserted since first sight */
	__u64 freed_pages;	/* removed since first sight */
	__u64 gmem_flags;	/* GUEST_MEMFD_FLAG_* */
	__u64 born_ns;
	__u32 counted;		/* 1: the page cache tracepoints count allocated and freed */
	__u32 nodes_known;	/* 1: node_pages is a complete walk of the page cache */
	__u64 node_pages[GM_NODES_MAX];
	__u64 touched_ns;	/* when it got its newest page; 0: not watched */
	__u64 nodes_error;	/* each of node_pages is wrong by so many pages at most */
	__u64 nodes_ns;		/* when the walk began that node_pages is from; 0: now */
	/* enum gm_nodes_how; 0 in recordings from before there was any: node_pages is then of some complete walk */
	__u32 nodes_how;
	__u32 pad;
};

struct gm_rec_file {
	struct gm_rec h;
	__u32 file;
	__u32 inode;
	__u32 vm;
	__u32 flags;		/* GM_OBJ_* */
	__u64 born_ns;
};

struct gm_rec_binding {
	struct gm_rec h;
	__u32 vm;
	__u32 file;
	__u32 inode;
	__u32 slot;		/* as_id << 16 | id, as in KVM_SET_USER_MEMORY_REGION */
	__u64 base_gfn;
	__u64 npages;
	__u64 pgoff;
};

enum gm_pin_what { GM_PIN_FD = 1, GM_PIN_MAPPING = 2, GM_PIN_VM_FD = 3, GM_PIN_VCPU_FD = 4, GM_PIN_STATS_FD = 5,
		   GM_PIN_DEVICE_FD = 6, GM_PIN_VCPU_MAPPING = 7 };

/* Something in a process that keeps a file, an inode or a vm alive. */
struct gm_rec_pin {
	struct gm_rec h;
	__u32 what;		/* enum gm_pin_what */
	__u32 vm;
	__u32 file;
	__u32 inode;
	__u32 tgid;
	__s32 fd;		/* -1 for a mapping */
	__u64 npages;		/* of a mapping */
	char comm[GM_COMM_LEN];
};

struct gm_cell {
	__u32 slot;		/* 0 .. GM_HIST_SLOTS - 1 */
	__u32 count;
};

#define GM_HIST_CELLS 290

/* What one histogram gained since the last such record (cells: unused ones are zero, cut off). */
struct gm_rec_hist {
	struct gm_rec h;
	__u32 vm;		/* 0: faults whose vm was not known */
	__u32 phase;
	__u64 sum_ns;		/* gained */
	__u64 min_ns;		/* of all time; 0 with no count */
	__u64 max_ns;
	__u32 cells_nr;
	__u32 pad;
	struct gm_cell cells[GM_HIST_CELLS];
};

/*
 * What became of a phase's operations since the session began, counted in the kernel at their begin and at their end;
 * sent when it changes. Only phases that are whole operations have one. seen = done + failed + unfinished + lost +
 * those under way; done ones are in the phase's histogram, or counted as untimed (struct gm_rec_split).
 */
struct gm_rec_ops {
	struct gm_rec h;
	__u32 phase;
	__u32 pad;
	__u64 seen;
	__u64 done;
	__u64 failed;		/* ended with an error: in no histogram */
	__u64 unfinished;	/* begun, and their end can not come any more or was not seen */
	__u64 lost;		/* ended well, but no room to say so */
};

/* What the parts of one vm's faults gained since the last such record. */
struct gm_rec_split {
	struct gm_rec h;
	__u32 vm;		/* 0: not known */
	__u32 phase;		/* a whole fault */
	__u64 part_ns[GM_PARTS_ROOM];	/* by enum gm_part */
	__u64 first_ns;		/* begin of its first fault of this kind that ended well, ever; 0: none yet */
	__u64 last_ns;		/* end of the newest */
	__u64 found;		/* gained: faults that found their page there, and cleared */
	__u64 found_ns;		/* gained: part other of these */
	/* gained: time in which at least one of them was under way; only with GM_EV_CPU in flags */
	__u64 busy_ns;
	__u32 flags;
	__u32 pad;
	__u64 untimed;		/* gained: faults that ended well, and in no histogram: their begin was not seen */
};

/* CPU time of a process that owns a vm, since it began; told at ticks to tools that ask for it. */
struct gm_rec_cpu {
	struct gm_rec h;
	__u32 tgid;
	__u32 pad;
	__u64 user_ns;		/* guest code not counted in */
	__u64 system_ns;
	__u64 guest_ns;
};

/*
 * One of our programs in the kernel, by the kernel's own statistics since it was loaded; sent when it changes. Told
 * at ticks to tools that ask for it. The time and the count only grow while the kernel keeps BPF statistics (sysctl
 * kernel.bpf_stats_enabled, or somebody's BPF_ENABLE_STATS).
 */
struct gm_rec_prog {
	struct gm_rec h;
	__u64 run_ns;
	__u64 runs;
	__u64 skipped;		/* recursion_misses */
	__u32 stats;		/* enum gm_yesno: statistics are kept now */
	__u32 pad;
	char name[32];
	__u64 insns;		/* that the verifier went through on all paths when it was loaded; 0: nobody asked */
	__u32 states;		/* of the program that the verifier kept while at it, in total, and at most at a time */
	__u32 peak_states;
};

enum gm_keyframe_edge { GM_KEYFRAME_BEGIN = 1, GM_KEYFRAME_END = 2 };

/*
 * Brackets a picture of all that is there, as state records: meta, probes, processes, objects, bindings, pins, and
 * where the cumulative counts stand. Who begins to read here begins with it, as a tool that is started then begins
 * with what it finds: after END counts are 0, whatever was told. Who reads on from before passes over it.
 */
struct gm_rec_keyframe {
	struct gm_rec h;
	__u32 edge;		/* enum gm_keyframe_edge */
	__u32 pad;
};

/* ---- events ---- */

/*
 * The call in which fallocate of a gmem file was reached. A kernel thread's is the work of a driver (a loop device on
 * the file). X(ENUM, number, name)
 */
#define GM_CALLS(X)				\
	X(FALLOCATE,	1, "fallocate")		\
	X(IOCTL,	2, "ioctl")		\
	X(MADVISE,	3, "madvise")		\
	X(PROCESS_MADVISE, 4, "process_madvise") \
	X(IO_URING,	5, "io_uring")		\
	X(KERNEL,	6, "kernel")

enum gm_call {
	GM_CALL_UNKNOWN = 0,
#define X(E, n, name) GM_CALL_##E = n,
	GM_CALLS(X)
#undef X
	GM_CALL_NR = 7,
};

#define GM_EV_NODUR	(1u << 0)	/* the mode shows that it happened, not how long it took */
/* noticed by looking at the kernel's state at ts_ns; dur_ns: since it was seen otherwise, 0: never */
#define GM_EV_BY_SCAN	(1u << 1)

/* dur_ns is the whole system call's (release: from munmap to close), more than the phase's definition */
#define GM_EV_SYSCALL	(1u << 2)
#define GM_EV_CPU	(1u << 3)	/* off_ns and blocked_ns were measured */
#define GM_EV_SPTES	(1u << 4)	/* the kernel counts a VM's SPTEs by level, and they were read */
#define GM_EV_FLUSH	(1u << 5)	/* TLB flushes and kicks were watched */
/* the ring had no room for what the VM's faults came to before it: some of them count as later ones */
#define GM_EV_BLURRED	(1u << 6)

/* Leads every event. h.ts_ns is the END of the operation; it began dur_ns earlier. */
struct gm_ev {
	struct gm_rec h;
	__u64 dur_ns;
	__u64 self_ns;		/* dur_ns less the nested operations that have events of their own */
	__s64 ret;
	__u32 vm;
	__u32 file;
	__u32 inode;
	__u32 flags;		/* GM_EV_* */
	__u32 tgid;
	__u32 tid;
	char comm[GM_COMM_LEN];
};

struct gm_ev_vm {
	struct gm_ev ev;
	__u64 type;
	__s32 fd;
	__u32 pad;
	__u64 off_ns;		/* of self_ns: the task was not on a CPU */
	__u64 blocked_ns;	/* of off_ns: it waited for something, rather than for a CPU */
	/*
	 * Where less is known than the call's times: the latest at which it can have begun, and the earliest at which
	 * it can have ended. 0: as ts_ns and dur_ns say (GM_EV_BY_SCAN: it was at some time between the two).
	 */
	__u64 begin_max_ns;
	__u64 end_min_ns;
};

struct gm_ev_inode {
	struct gm_ev ev;
	__u64 ino;
	__u64 size_bytes;
	__u64 gmem_flags;
	__u64 pages;		/* evict: freed by it; release: resident at the time */
	__u64 allocated_pages;	/* the inode's counters at that moment, as in struct gm_rec_inode */
	__u64 freed_pages;
	__s32 fd;
	__u32 pad;
	__u64 off_ns;		/* as in struct gm_ev_vm */
	__u64 blocked_ns;
	__u64 touched_ns;	/* as in struct gm_rec_inode */
	__u64 begin_max_ns;	/* as in struct gm_ev_vm */
	__u64 end_min_ns;
};

struct gm_ev_range {
	struct gm_ev ev;
	__u64 pgoff;		/* offset in the inode, in pages */
	__u64 npages;		/* length of the range */
	__u64 base_gfn;
	__u64 pages;		/* fallocate: added; punch: freed */
	__u64 attrs;		/* convert: KVM_MEMORY_ATTRIBUTE_* */
	__u32 slot;
	__u32 pad;
	__u64 off_ns;		/* as in struct gm_ev_vm */
	__u64 blocked_ns;
	/*
	 * bind, unbind, punch: how often the VM's boot vCPU had exited by the call's end; 0: not known, or it never ran
	 */
	__u64 boot_exits;
	/* zap: leaf SPTEs that went, of 4 KiB, 2 MiB, 1 GiB, less what was mapped meanwhile; only with GM_EV_SPTES */
	__u64 sptes[GM_LEVELS];
	__u64 flush_ns;		/* zap: of it in flushing TLBs and kicking vCPUs; only with GM_EV_FLUSH */
	__u64 flushes;
	__u32 call;		/* fallocate, punch: enum gm_call */
	__u32 pad2;
};

/*
 * The boot vCPU got its reset state after it had run. Calls with the same boot_exits belong to that reset: the guest
 * did not run in between. underway: it got the state of a guest in the middle of its work: before it first ran
 * (boot_exits 0: the guest comes from elsewhere), or after the reset that an earlier event of the same stop reports
 * (a snapshot is loaded).
 */
struct gm_ev_reset {
	struct gm_ev ev;
	__u64 boot_exits;
	__u32 underway;
	__u32 pad;
	__u64 off_ns;		/* unused: the call is short */
	__u64 blocked_ns;
};

#define GM_FAULT_ALLOCATED	(1u << 0)	/* a page was allocated in it */
#define GM_FAULT_CLEARED	(1u << 1)	/* a page was cleared in it, by guest_memfd */
#define GM_FAULT_PREPARED	(1u << 2)	/* a page was made private in it */
#define GM_FAULT_UNFINISHED	(1u << 5)	/* its end was not seen: its time is when it was given up, no stack */
#define GM_FAULT_GFN		(1u << 3)	/* gfn holds */
#define GM_FAULT_PGOFF		(1u << 4)	/* pgoff holds */

/*
 * One fault: one that took longer than asked for, or that failed (ev.ret: -errno). part_ns[] adds up to ev.dur_ns;
 * ev.self_ns is part_ns[GM_PART_OTHER].
 */
struct gm_ev_fault {
	struct gm_ev ev;
	__u64 gfn;
	__u64 pgoff;		/* in the inode, in pages */
	__u64 part_ns[GM_PARTS_ROOM];
	__u32 phase;		/* which whole fault it is */
	__u32 flags;		/* GM_FAULT_* */
	__u32 retries;		/* how often it began anew before it could end */
	__u32 frames;		/* in stack */
	char stack[1024];	/* kernel functions at its end, innermost first: "name+0x12;..." */
};

/* The largest record: what a reader's buffer must hold. */
#define GM_REC_MAX 4096

#endif
