/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* gm_wire_state.h - records of state: what exists, and counts. Part of gm_wire.h, which has the rules. */
#ifndef GM_WIRE_STATE_H
#define GM_WIRE_STATE_H

enum gm_mode { GM_MODE_NONE = 0, GM_MODE_FULL = 1, GM_MODE_KPROBE = 2, GM_MODE_TRACEPOINT = 3, GM_MODE_INVENTORY = 4 };
enum gm_yesno { GM_UNKNOWN = 0, GM_NO = 1, GM_YES = 2 };

#define GM_META_REPORT_AT_END	(1u << 0)	/* a command was observed: one report, when it ended */
/* no kernel was used: probes in the state "attached" are those that would be */
#define GM_META_OFFLINE		(1u << 2)
/* descriptors of VMs and vCPUs are pins, too: without such a pin there is no descriptor */
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
		      GM_PROBE_RELEASED = 4 /* it was detached from the kvm module on request */ };
enum gm_probe_class { GM_REQUIRED = 1, GM_WANTED = 2, GM_EXTRA = 3 };

/* sees guest code that the processor runs: nothing where KVM emulates it */
#define GM_PROBE_GUEST		(1u << 0)
#define GM_PROBE_FINDS_VMS	(1u << 1)	/* without it whole VMs are missing */
#define GM_PROBE_NAMES_VMS	(1u << 2)	/* without it the names of VMs are missing */
#define GM_PROBE_PAGE_ADD	(1u << 3)	/* counts pages that an inode gets */
#define GM_PROBE_PAGE_DELETE	(1u << 4)	/* counts pages that an inode loses */
/* tools that may be idle attach its hook only while a VM has gmem; its state is attached in any case */
#define GM_PROBE_WAITS		(1u << 5)

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

/* Ends a sample: all records up to here are one consistent state, and views draw it. */
struct gm_rec_tick {
	struct gm_rec h;
	__u64 seq;
	__u32 last;		/* 1: the session ends with this one */
	__u32 pad;
};

/* A process that owns a VM or pins its memory, as /proc describes it. Names are untrusted input. */
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
 * Brackets the state records of one scan. What a scan does not name between its BEGIN and END has ended: pins after
 * TASKS; after BINDINGS (which is OBJECTS with all bindings) those of each VM that it named without GM_OBJ_PARTIAL.
 * Objects end by events only.
 */
struct gm_rec_scan {
	struct gm_rec h;
	__u32 what;		/* enum gm_scan_what */
	__u32 edge;		/* enum gm_scan_edge */
};

#define GM_OBJ_OLD	(1u << 0)	/* older than the tool: counters began when a scan found it */
#define GM_OBJ_SPTES	(1u << 2)	/* a VM: sptes is valid */
/* a VM: its machine's key is its process's own, as another has the same base; only in keyframes */
#define GM_OBJ_OWN_KEY	(1u << 3)
/* a VM: the scan has not emitted all of its bindings; without it, it has if it emits any VM's */
#define GM_OBJ_PARTIAL	(1u << 4)
/* a VM: files of it are or were untracked: what these allocate and free is not counted */
#define GM_OBJ_UNCOUNTED (1u << 5)
#define GM_OBJ_SIBLINGS	(1u << 6)	/* a VM: its process has other VMs that are untracked */
/* it ended recently, or an object that exists names it; only in keyframes */
#define GM_OBJ_DEAD	(1u << 1)

struct gm_rec_vm {
	struct gm_rec h;
	__u32 vm;
	__u32 tgid;		/* creator's; 0: not known */
	__u32 tid;		/* as in stats_id and debugfs */
	__u32 vcpus;
	__u32 type;		/* KVM_X86_*_VM */
	__u32 flags;		/* GM_OBJ_* */
	__u64 born_ns;		/* creation; with GM_OBJ_OLD, when a scan found it */
	__u64 sptes[GM_LEVELS];	/* leaf SPTEs that it has, of 4 KiB, 2 MiB, 1 GiB */
	/*
	 * number of its gmem files that are untracked, at least, by the last scan that counted: not all of its memory
	 * is seen
	 */
	__u32 untracked_files;
	__u32 pad;
};

/* How node_pages of an inode was found. */
enum gm_nodes_how {
	GM_NODES_EXACT = 0,	/* as nodes_known says */
	GM_NODES_BOUND = 1,	/* by a walk, since which pages came and went: nodes_error is a bound */
	GM_NODES_AGED = 2,	/* BOUND where pages are not counted: nodes_error is all pages, nodes_ns the age */
	/*
	 * by a random sample of leaves: nodes_error is right 99 times of 100. nodes_known is 0, for readers without
	 * nodes_error
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
	__u64 allocated_pages;	/* inserted since the inode got its id */
	__u64 freed_pages;	/* removed since then */
	__u64 gmem_flags;	/* GUEST_MEMFD_FLAG_* */
	__u64 born_ns;
	__u32 counted;		/* 1: the page cache tracepoints count allocated and freed */
	__u32 nodes_known;	/* 1: node_pages is a complete walk of the page cache */
	__u64 node_pages[GM_NODES_MAX];
	__u64 touched_ns;	/* when it got its newest page; 0: not watched */
	__u64 nodes_error;	/* each of node_pages is wrong by at most this */
	__u64 nodes_ns;		/* when the walk began that node_pages is from; 0: now */
	/* enum gm_nodes_how; 0 in older recordings, too: node_pages is then of some complete walk */
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

/* A descriptor or mapping of a process that pins a file, an inode or a VM. */
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

/* Gains of one histogram since the last such record (cells: unused ones are zero, cut off). */
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
 * Outcomes of a phase's operations since the session began, counted in the kernel at begin and end; sent when they
 * change. Only phases that are whole operations have them. seen = done + failed + unfinished + lost + those under way;
 * done ones are in the phase's histogram, or counted as untimed (struct gm_rec_split).
 */
struct gm_rec_ops {
	struct gm_rec h;
	__u32 phase;
	__u32 pad;
	__u64 seen;
	__u64 done;
	__u64 failed;		/* ended with an error: in no histogram */
	__u64 unfinished;	/* begun, and their end cannot come any more or was not seen */
	__u64 lost;		/* succeeded, and there was no room to count or report that */
};

/* Gains of the parts of one VM's faults since the last such record. */
struct gm_rec_split {
	struct gm_rec h;
	__u32 vm;		/* 0: not known */
	__u32 phase;		/* a kind of fault */
	__u64 part_ns[GM_PARTS_ROOM];	/* by enum gm_part */
	__u64 first_ns;		/* begin of its first fault of this kind that succeeded, ever; 0: none yet */
	__u64 last_ns;		/* end of the newest */
	__u64 found;		/* gained: faults that found their page present and zeroed */
	__u64 found_ns;		/* gained: part other of these */
	/* gained: time in which at least one fault was under way; only with GM_EV_CPU in flags */
	__u64 busy_ns;
	__u32 flags;
	__u32 pad;
	__u64 untimed;		/* gained: faults that succeeded, and are in no histogram: their begin was not seen */
};

/*
 * Gains of one VM's calls that the kernel summed rather than sent as events, since the last such record: those of a
 * phase that came oftener than a session without a wish for each call gets as events. Their times are in a histogram
 * record of the phase, too.
 */
struct gm_rec_calls {
	struct gm_rec h;
	__u32 vm;		/* 0: not known */
	__u32 phase;		/* of GM_CALLS_PHASE() */
	__u64 done;
	__u64 failed;		/* ended with an error: in no histogram */
	__u64 pages;		/* fallocate, punch: that came or went in them; else their ranges, added up */
	__u64 self_ns;		/* of the done ones, as in struct gm_ev */
	__u64 since_ns;		/* when they were read the last time, so before the first of them ended; 0: never */
	__u64 last_ns;		/* end of the newest */
};

/* CPU time of a process that owns a VM, since it began; sent at ticks to tools that ask for it. */
struct gm_rec_cpu {
	struct gm_rec h;
	__u32 tgid;
	__u32 pad;
	__u64 user_ns;		/* guest code not counted in */
	__u64 system_ns;
	__u64 guest_ns;
};

/*
 * One of our BPF programs, by the kernel's statistics since it was loaded; sent at ticks when they change, to tools
 * that ask for it. Time and count only grow while the kernel keeps BPF statistics (sysctl kernel.bpf_stats_enabled, or
 * a process's BPF_ENABLE_STATS).
 */
struct gm_rec_prog {
	struct gm_rec h;
	__u64 run_ns;
	__u64 runs;
	__u64 skipped;		/* recursion_misses */
	__u32 stats;		/* enum gm_yesno: statistics are kept now */
	__u32 pad;
	char name[32];
	__u64 insns;		/* that the verifier followed on all paths when it was loaded; 0: no tool asked */
	__u32 states;		/* of the program that the verifier kept while at it, in total, and at most at a time */
	__u32 peak_states;
};

/* How well a VM's private and shared pages are known. */
enum gm_attrs_how {
	GM_ATTRS_UNKNOWN = 0,	/* no walk has ended, or begun */
	GM_ATTRS_NONE = 1,	/* the VM cannot have private memory: all of it is shared */
	GM_ATTRS_EXACT = 2,	/* by a complete walk, since which nothing has changed */
	GM_ATTRS_AGED = 3,	/* by a complete walk; as_of_ns is when it began */
	GM_ATTRS_PART = 4,	/* the first walk is under way: so many pages are counted, the rest is not known */
};

/* Whether twice_pages is known, or why not. */
enum gm_twice_how {
	GM_TWICE_UNKNOWN = 0,	/* not looked up */
	GM_TWICE_KNOWN = 1,
	GM_TWICE_PART = 2,	/* so far: twice_covered pages were looked up */
	GM_TWICE_NO_PROCESS = 3,	/* the VM's process is gone, or in another PID namespace */
	GM_TWICE_REFUSED = 4,	/* the tool may not read which pages the process has */
	GM_TWICE_NO_SCAN = 5,	/* this kernel has no PAGEMAP_SCAN */
};

/*
 * Private and shared memory of a VM: of the guest pages in its slots with guest_memfd, by KVM's memory attributes; sent
 * when it changes.
 */
struct gm_rec_attrs {
	struct gm_rec h;
	__u32 vm;
	__u32 how;		/* enum gm_attrs_how */
	__u64 as_of_ns;		/* when the walk began */
	__u64 pages;		/* guest pages that the walk has read */
	__u64 private_pages;	/* of these, private */
	__u64 private_resident;	/* of the private ones, resident in guest_memfd */
	/*
	 * resident in guest_memfd though they are shared: a conversion left them there. 0 where guest_memfd can be
	 * mapped, and is the shared memory, too
	 */
	__u64 left_pages;
	/*
	 * of private_resident: pages that the process has at the slot's address, too, in its page tables. A page that
	 * is only in that mapping's file is not counted.
	 */
	__u64 twice_pages;
	__u64 twice_covered;	/* pages of private_resident that were looked up for that */
	__u32 twice_how;	/* enum gm_twice_how */
	__u32 pad;
};

enum gm_keyframe_edge { GM_KEYFRAME_BEGIN = 1, GM_KEYFRAME_END = 2 };

/*
 * Brackets the whole state as records: meta, probes, processes, objects, bindings, pins, and the cumulative counts. A
 * reader that starts here starts with it, like a tool with its first scan: after END counts are 0. A reader that comes
 * from earlier records skips it.
 */
struct gm_rec_keyframe {
	struct gm_rec h;
	__u32 edge;		/* enum gm_keyframe_edge */
	__u32 pad;
};

#endif
