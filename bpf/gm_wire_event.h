/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* gm_wire_event.h - records of events: what happened. Part of gm_wire.h, which has the rules. */
#ifndef GM_WIRE_EVENT_H
#define GM_WIRE_EVENT_H

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
/* found by a scan at ts_ns; dur_ns: since a scan last found the object alive, 0: never */
#define GM_EV_BY_SCAN	(1u << 1)

/* dur_ns is the whole system call's (release: from munmap to close), more than the phase's definition */
#define GM_EV_SYSCALL	(1u << 2)
#define GM_EV_CPU	(1u << 3)	/* off_ns and blocked_ns were measured */
#define GM_EV_SPTES	(1u << 4)	/* the kernel counts a VM's SPTEs by level, and they were read */
#define GM_EV_FLUSH	(1u << 5)	/* TLB flushes and kicks were watched */
/* the ring had no room for the VM's histograms before this event: some faults count as later ones */
#define GM_EV_BLURRED	(1u << 6)
/* pages that came or went in it were not counted: the page cache was not hooked yet */
#define GM_EV_UNCOUNTED	(1u << 7)

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
	 * Where less is known than the call's times: the latest begin and the earliest end that are possible. 0: as
	 * ts_ns and dur_ns say (GM_EV_BY_SCAN: at some time between the two).
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
#define GM_FAULT_GFN		(1u << 3)	/* gfn is valid */
#define GM_FAULT_PGOFF		(1u << 4)	/* pgoff is valid */

/*
 * One fault: one that took longer than the user's limit, or that failed (ev.ret: -errno). part_ns[] adds up to
 * ev.dur_ns; ev.self_ns is part_ns[GM_PART_OTHER].
 */
struct gm_ev_fault {
	struct gm_ev ev;
	__u64 gfn;
	__u64 pgoff;		/* in the inode, in pages */
	__u64 part_ns[GM_PARTS_ROOM];
	__u32 phase;		/* which kind of fault it is */
	__u32 flags;		/* GM_FAULT_* */
	__u32 retries;		/* how often it began anew before it could end */
	__u32 frames;		/* in stack */
	char stack[1024];	/* kernel functions at its end, innermost first: "name+0x12;..." */
};

#endif
