/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_conf.h - the configuration that the loader sets before it loads the programs, and the maps' keys and values. Both
 * sides read it, with the same rules for types as gm_wire.h. Nothing here is stored, unlike records: both sides are of
 * one build.
 */
#ifndef GM_CONF_H
#define GM_CONF_H

#include "gm_hist.h"

/* Operations that the ioctl hooks can report; the probe plan chooses which they do. */
#define GM_IOCTL_VM_CREATE	(1u << 0)
#define GM_IOCTL_CREATE		(1u << 1)
#define GM_IOCTL_BIND		(1u << 2)
#define GM_IOCTL_UNBIND		(1u << 3)
#define GM_IOCTL_CONVERT	(1u << 4)
#define GM_IOCTL_RESET		(1u << 5)
#define GM_IOCTL_FALLOCATE	(1u << 6)

/* Objects whose end no probe reports: the scan has to find it. */
#define GM_REAP_VM		(1u << 0)
#define GM_REAP_FILE		(1u << 1)
#define GM_REAP_INODE		(1u << 2)

/*
 * .rodata of both objects. The addresses are compared with f_op->release and never copied out. 0: the symbol cannot be
 * read; gmem files are then recognised by their mapping's AS_INACCESSIBLE flag, KVM's other files by their names.
 */
struct gm_conf {
	__u64 gmem_release;	/* kvm_gmem_release */
	__u64 vm_release;	/* kvm_vm_release */
	__u64 vcpu_release;	/* kvm_vcpu_release */
	__u64 vm_stats_release;	/* kvm_vm_stats_release */
	__u64 vcpu_stats_release;
	__u64 device_release;	/* kvm_device_release: in-kernel devices, of KVM_CREATE_DEVICE */
	__u32 ioctl_ops;	/* GM_IOCTL_*: what the ioctl hooks report */
	__u32 reap;		/* GM_REAP_* */
	__u32 counted;		/* 1: page cache tracepoints are attached */
	__u32 nodes;		/* NUMA nodes online; 1: no walks for residency by node */
	__u32 node_shift;	/* place of the node number in a page's flags, and its mask */
	__u32 node_mask;
	/* 1: for tests: a page's node is (page / GM_MADE_UP_PAGES) % nodes, by its place in the inode */
	__u32 nodes_made_up;
	__u32 page_shift;
	__u64 slow_ns;		/* faults from this long on are sent as events; 0: none */
	__u32 slow_limit;	/* at most so many fault events a second; 0: no limit */
	__u32 sample;		/* of those that succeeded, about one in so many; 0, 1: each */
	__u32 stacks;		/* 1: fault events carry the kernel's stack */
	__u32 alloc;		/* 1: the phase alloc is shown: fallocate's pages count in it */
	__u32 cpu;		/* 1: context switches are hooked: events have time off the CPU */
	__u32 busy;		/* 1: the time in which faults of a VM were under way is summed up */
	__u32 scan_runs;	/* 1: objects are scanned by runs, not by iterators */
	/* 1: no hook shows whether a page that is present was zeroed: host faults read the page cache themselves */
	__u32 look_up;
	__u32 unzeroed;	/* 1: gm_unzeroed is maintained, and says whether such pages are possible */
	__u32 flush;		/* 1: TLB flushes are hooked */
	__u32 reboots;		/* 1: emit a VM's histograms before its memory is taken away */
	__u32 prefaults;	/* 1: the call that prefaults is hooked */
	__u32 room_vms, room_files;	/* entries of the identity maps, of all users together */
	__u32 touched;		/* 1: not all faults are seen: note when an inode got its newest page */
	__u32 waits;		/* 1: hooks that count pages and faults are attached only while there is gmem */
	__u32 punches;		/* 1: a function shows every punch, whichever call makes it */
	/* calls of a VM that are events, at most, each half second, of the phases of GM_CALLS_PHASE(); 0: all */
	__u32 calls;
	__u32 pad;
	__u16 slot_fine[GM_SLOT_FINE];	/* see gm_hist_slot_quick() */
	__u16 slot_coarse[GM_SLOT_COARSE];
};

/*
 * A process, as gm_proc.bpf.c reads it for user space. CPU times are sums over all its threads, the ended ones
 * included.
 */
struct gm_proc_facts {
	__u64 start_ns;		/* from boot to its start */
	__u64 utime_ns, stime_ns;	/* by the kernel's accounting, often in ticks: only their ratio is good */
	__u64 gtime_ns;		/* guest code, part of utime_ns */
	__u64 run_ns;		/* time on a CPU: exact */
	__u32 tgid;		/* in: which process */
	__u32 found;		/* 1: it exists */
	__u32 ending;		/* 1: it is exiting */
	__u32 uid;		/* its user, in the initial user namespace */
	char comm[GM_COMM_LEN];
};

/*
 * Kinds that no record and no event has. Raw ones are of readings in the ring that user space makes records of; they
 * are above all record kinds, and below GM_K_MAX. X(ENUM, number, struct)
 */
#define GM_RAW_KINDS(X)				\
	X(RAW_RUN,	58, gm_raw_run)		\
	X(RAW_ATTRS,	59, gm_raw_attrs)	\
	X(RAW_WALK,	60, gm_raw_walk)	\
	X(RAW_PROC,	61, gm_raw_proc)	\
	X(RAW_HISTS,	62, gm_raw_hists)	\
	X(RAW_FAULT,	63, gm_raw_fault)

/* Kinds of spans alone, which end without an event of their own. X(ENUM, number) */
#define GM_SPAN_KINDS(X)						\
	X(CLOSING,	250)	/* close(2): gm_close.bpf.c */		\
	X(BIND_PREPARE,	251)	/* the first half of 7.3's bind */

enum gm_inner_kind {
#define X(E, n, ...) GM_K_##E = n,
	GM_RAW_KINDS(X)
	GM_SPAN_KINDS(X)
#undef X
};

/* gm_watching_ns while hooks that wait for gmem are detached, or are being attached */
#define GM_NOT_WATCHING		(~0ULL)

/* Flags of the values below, in addition to GM_OBJ_OLD; never in a record. */
#define GM_OBJ_SUSPECT	(1u << 8)	/* the last scan found it dead, and no hook had reported its end */
#define GM_OBJ_ENDED	(1u << 12)	/* it has ended, and the ring had no room for that: the next scan reports it */
#define GM_OBJ_UNREPORTED	(1u << 10)	/* the ring had no room for its creation: the next scan reports it */
/* an inode that had pages when it was found, and no walk has verified that all are zeroed */
#define GM_OBJ_UNVERIFIED	(1u << 9)
#define GM_OBJ_WALKED	(1u << 11)	/* an inode that has an entry in gm_walks */
/* a file or an inode: among a VM's first files, beyond its user's share (gm_share.h) */
#define GM_OBJ_FIRST	(1u << 13)
/*
 * an inode: created while the page cache was not hooked (gm_conf.waits), and no scan has judged since what that left
 * uncounted
 */
#define GM_OBJ_EARLY	(1u << 14)
#define GM_OBJ_EARLY_PUNCHED	(1u << 15)	/* with the last: a call punched it before the page cache was hooked */

/*
 * A hook is at an object's end since dying_ns. The scan leaves the object alone for this long; after that the hook's
 * return was missed.
 */
#define GM_DYING_NS	10000000000ull

#define GM_GMEM_VMS_BITS 10	/* log2 of the entries of gm_gmem_vms */

/* Losses, counted in the kernel. X(ENUM, name) */
#define GM_LOSSES(X)				\
	X(RING,		"ring_full")		\
	X(MAP,		"map_full")		\
	X(HIST,		"hist_full")		\
	X(TASK,		"task_state")		\
	X(NEST,		"nesting")		\
	X(UNFINISHED,	"unfinished_call")	\
	X(LIMIT,	"slow_limit")		\
	X(FAULT_RING,	"fault_ring_full")	\
	X(SAMPLE,	"sampled_out")		\
	X(BORDER,	"border_ring_full")	\
	X(VM_UNTRACKED,	"vm_untracked")		\
	X(FILE_UNTRACKED, "file_untracked")

/* Those that are withheld on purpose: GM_LOSS_WITHHELD. */
#define GM_LOSSES_WITHHELD (1u << GM_LOSS_LIMIT | 1u << GM_LOSS_SAMPLE)

enum gm_loss_id {
#define X(E, name) GM_LOSS_##E,
	GM_LOSSES(X)
#undef X
	GM_LOSS_NR,
};

/* Places of gm_losses: after the losses, GM_LOSS_RING by kind of event; its own place is unused. */
#define GM_LOSS_OF_KIND(kind)	(GM_LOSS_NR + (kind) - GM_K_EVENT_FIRST)
#define GM_LOSS_PLACES		GM_LOSS_OF_KIND(GM_K_MAX)

/* Value of gm_vms; key: struct kvm *. */
struct gm_vm_val {
	__u32 id;
	__u32 tgid;
	__u32 tid;
	__u32 flags;		/* GM_OBJ_* */
	__u64 born_ns;
	__u64 mm;		/* with name: distinguishes VMs that had the same address */
	__u64 name[2];		/* start of kvm->stats_id */
	__u64 dying_ns;
	__u64 seen_ns;		/* a scan found it alive then; 0: none has */
	__u64 closing_ns;	/* as in struct gm_file_val: of any file that pins it */
	__u64 inode_ptr;	/* of its newest gmem file */
	__u32 gmem;		/* it has had a gmem file */
	__u32 walked;		/* a scan has read its slots, or its creation was seen, without any */
	/* State that user space gave its boot vCPU (gm_reset.bpf.c). */
	__u64 boot_pc;		/* pc at which it began to run; GM_PC_UNKNOWN: that was before the tool */
	__u64 set_pc;		/* the pc that was set last */
	__u64 set_exits;	/* the vCPU's exits at that time: a guest that ran since has exited since */
	__u32 set;		/* GM_SET_* since that exit */
	__u32 uid;		/* the user whose share it is in */
	__u32 files;		/* number of its files that have entries */
	/* Files of it that have no entry, as they are beyond a share (gm_share.bpf.h): */
	__u32 untracked_seen;	/* gm_untracked_now() when one was refused last */
	__u32 untracked;	/* number of them at least, by the scan that counted last ... */
	__u32 untracked_scan;	/* ... which is gm_untracked_now() of it */
};

#define GM_SHARES_BITS	12	/* log2 of the users' entries of gm_shares */

enum gm_share_kind { GM_SHARE_VMS, GM_SHARE_FILES, GM_SHARE_INODES, GM_SHARE_FIRST_FILES, GM_SHARE_FIRST_INODES,
	GM_SHARE_KINDS };

/* Value of gm_shares; key: a hash of a user, or GM_SHARE_ALL. */
struct gm_share {
	/* entries of gm_vms, gm_files, gm_inodes; of the last two, those with GM_OBJ_FIRST apart */
	__u32 nr[GM_SHARE_KINDS];
	/* gm_untracked_now() when the last one was refused: */
	__u32 files_seen;	/* a file */
	__u32 homeless_seen;	/* a file of a VM that is untracked as well */
	__u32 vms_seen;		/* a VM */
	/* Only in the entry GM_SHARE_ALL: */
	__u32 secret;		/* for the hash */
	/* number of the scan of all tasks that began last, and of the last one that was complete */
	__u32 scan, scanned;
	__u32 pad;
};

#define GM_PC_UNKNOWN	(~0ULL)

#define GM_SET_SREGS	(1u << 0)	/* segments and control registers */
#define GM_SET_REGS	(1u << 1)
#define GM_SET_FRESH	(1u << 2)	/* the registers were those of a vCPU that has not run: gm_regs_classify() */
#define GM_SET_VECTOR	(1u << 3)	/* the code segment begins where a PC's reset vector is */
/* state that only a reset or a load sets, and that no tool writes back after reading registers */
#define GM_SET_ALL	(1u << 4)
#define GM_SET_REPORTED	(1u << 5)	/* an event was sent */
#define GM_SET_UNDERWAY	(1u << 6)	/* the registers were those of a guest in the middle of its work */

#define GM_NO_INODE	1	/* no pointer */

/* Value of gm_files; key: struct file *. */
struct gm_file_val {
	__u32 id;
	__u32 vm;
	__u32 inode;
	__u32 flags;
	__u64 born_ns;
	__u64 inode_ptr;	/* GM_NO_INODE: its release was seen, and its inode has one file less already */
	__u64 kvm_ptr;
	__u64 dying_ns;
	__u64 seen_ns;		/* as in struct gm_vm_val */
	__u64 unmap_ns;		/* when its process last unmapped it; 0: never, or munmap is not hooked */
	/* when its process last made a call that closes a descriptor of it; 0: never, or not hooked */
	__u64 closing_ns;
	__u32 uid;		/* the user whose share it is in */
	__u32 pad;
};

/* Value of gm_inodes; key: struct inode *. */
struct gm_inode_val {
	__u32 id;
	__u32 flags;
	__u64 ino;
	__u64 born_ns;
	__u64 base;		/* of an inode older than the tool: pages that were present when it was found */
	__u64 freed;		/* pages, since then */
	__u64 punched;		/* of freed: those that left while it was in use, so by punch hole */
	__u64 unseen;		/* of punched: by no call that was seen; no event has reported them yet */
	__u32 files;		/* files that have entries */
	__u32 vm;		/* of the newest file */
	__u64 seen_ns;		/* as in struct gm_vm_val */
	__u64 touched_ns;	/* when it got its newest page; with gm_conf.touched */
	__u64 removed_ns;	/* when its first page left in its eviction; 0: none has, or its eviction is hooked */
	__u32 uid;		/* the user whose share it is in */
	__u32 pad;
	__u64 left;		/* with GM_OBJ_EARLY: its pages when its last file was released, and 1; 0: not seen */
};

/*
 * Value of gm_unzeroed: whether a fault may find a page that was never zeroed. Only fallocate and the like leave such
 * pages, so on most hosts both fields are 0 and faults skip the question.
 */
struct gm_unzeroed {
	__u64 present;		/* 1: something other than a fault inserted a page */
	__u64 unverified_inodes;		/* inodes that are GM_OBJ_UNVERIFIED */
};

/*
 * What inodes had when hooks were attached that count pages and faults and that wait for gmem (gm_conf.waits): since
 * the session's begin.
 */
struct gm_early {
	__u64 inodes;		/* created before the hooks were attached */
	/* of all of them, at the first scan after that, or when they ended: at least as many as came before */
	__u64 pages;
	__u64 unsure;		/* inodes of which pages may have been punched out uncounted */
	__u64 ns;		/* the longest time from a creation until the hooks were attached, or its end */
};

/*
 * Value of gm_ops, on each CPU; key: enum gm_phase. Fields as in struct gm_rec_ops; of faults, seen and done stay 0, as
 * user space counts their histograms.
 */
struct gm_op_counts {
	__u64 seen, done, failed, unfinished, lost;
};

/*
 * A fault's event in its ring: struct gm_ev_fault up to its stack, and with gm_conf.stacks addresses in place of the
 * stack. Only the process that loaded the programs sees the addresses; it makes names of them (kernel/live_faults.c),
 * so no record has any.
 */
#define GM_STACK_MAX	32
struct gm_raw_fault {
	__u8 event[sizeof(struct gm_ev_fault) - 1024];
	__u64 ip[GM_STACK_MAX];
};

/* One histogram in the kernel. */
struct gm_khist {
	__u64 sum_ns;
	__u64 min_ns;		/* ~: stored inverted, so that a zeroed one is empty */
	__u64 max_ns;
	__u64 slot[GM_HIST_SLOTS];
};
/* The faults of one kind of one VM, as in struct gm_rec_split. */
struct gm_fault_totals {
	__u64 part_ns[GM_PART_NR];
	__u64 first_ns, last_ns;
	__u64 found, found_ns;
	__u64 busy_ns, busy_since, busy_end;
	__u64 active;		/* under way now */
	__u64 untimed;		/* succeeded, and in no histogram: their begin was not seen */
};
/* Summed calls of one phase of one VM, as in struct gm_rec_calls. */
struct gm_call_totals {
	__u64 failed;
	__u64 pages;
	__u64 last_ns;
};
/*
 * Value of gm_vm_hists, the histograms of the hot phases and of summed calls of one VM; key: vm id (0: not known). A
 * call's VM is its file's, which a file has from its creation on, whether it is bound or not.
 *
 * part_ns[] of guest_fault stay 0: user space computes them, as most faults are a guest's first touch of a page. alloc,
 * zero, prepare and map are what these phases' histograms have, less aside_ns[] and the parts of the other kinds of
 * faults; other is the rest of the faults. The programs write what is subtracted before the phase's histogram, and that
 * before the fault's; user space reads in the order of this struct, where the fault comes first: so a part may be too
 * small for a moment, and is never too large.
 */
struct gm_vm_hists {
	struct gm_khist h[GM_HISTS_NR];
	struct gm_fault_totals totals[GM_FAULT_KINDS];
	/* of alloc, zero, prepare, map: what the histograms have that is no part of a timed fault */
	__u64 aside_ns[GM_PART_NR];
	struct gm_call_totals calls[GM_CALL_PHASES];
	__u64 calls_sent;	/* gm_calls_period() in the upper half; below it, the calls that were events in it */
	__u64 read_ns;		/* user space's own: when it last reported them */
};

/* A VM's histograms when its memory was taken away: in the ring just before that event. */
struct gm_raw_hists {
	struct gm_rec h;
	__u32 vm;
	__u32 placed;		/* 1: from gm_hists_places, otherwise from gm_vm_hists */
	struct gm_vm_hists val;
};

/*
 * The process that creates a VM, with its command line, of which user space keeps the words that may name a VM
 * (record/rec_proc.h). Most command lines are shorter than the first size. A ring without room is no loss: user space
 * reads /proc.
 */
#define GM_ARGS_SMALL	1024
#define GM_ARGS_MEDIUM	8192
/* the rest of a longer one is not read, and words that name its VM may be missing: GM_PROC_ARGS_CUT */
#define GM_ARGS_MAX	32768
struct gm_raw_proc {
	struct gm_rec h;
	__u64 start_ticks;
	__u32 tgid, uid;
	__u32 args_len;		/* bytes of args that are filled; 0: they are paged out */
	__u32 args_all;		/* bytes that the command line has */
	char comm[GM_COMM_LEN];
	char args[];
};

/*
 * A place for a VM's histograms that is found without searching: number vm % GM_HISTS_PLACES of gm_hists_places. The
 * first VM that comes while the place is free gets it; other VMs' histograms are in gm_vm_hists. User space frees the
 * place, its owner last.
 */
#define GM_HISTS_PLACES	64
struct gm_vm_hists_place {
	struct gm_vm_hists val;
	__u32 owner;		/* vm id + 1; 0: free */
	__u32 pad;
};

/*
 * Results of the walks over an inode's pages; sent before the inode's record unless a walk just completed. User space
 * computes the figures by node (kernel/walk_nodes.c). Pages that "moved": inserted and removed ones, together.
 */
struct gm_raw_walk {
	struct gm_rec h;
	__u32 inode;
	__u32 pad;
	__u64 moved;		/* now, or somewhat more */
	__u64 began_ns, began_moved;	/* the walk under way; 0: none is */
	__u64 done_ns, done_moved;	/* the begin of the last complete one; 0: there is none */
	/* the walk under way takes leaves in a random order: number of the last, or more. 0: by their place */
	__u64 mask;
	__u64 leaves;		/* of these it has seen so many, those without pages included */
	__u64 squares;		/* sum over these leaves: square of a leaf's pages */
	__u64 done[GM_NODES_MAX];	/* pages that the last complete walk found */
	__u64 now[GM_NODES_MAX];	/* pages that the walk under way has found */
	__u64 node_squares[GM_NODES_MAX];	/* sum over leaves: square of the pages on the node */
	__u64 node_products[GM_NODES_MAX];	/* sum over leaves: pages on the node, times pages of the leaf */
};

/* State of the walks over an inode's pages. Key of gm_walks: inode id. */
struct gm_walk_val {
	struct gm_raw_walk raw;
	__u64 next;		/* page index to continue with; in random order, place in that order */
	__u64 seed;		/* of that order */
	__u64 unzeroed;	/* pages that this walk found unzeroed */
	__u64 seen_moved;	/* raw.moved at the last sample */
	__u32 credit;		/* pages that this inode may walk: its share of each sample, until it is used */
	__u32 tries;		/* complete walks that found unzeroed pages */
	__u32 weight;		/* in the next sample: gm_weight.h; 0: not known yet, the largest */
	__u32 pad;
};

/*
 * Results of the walks over a VM's memory attributes; sent at each scan. User space makes struct gm_rec_attrs of it
 * (kernel/live_attrs.c).
 */
struct gm_attr_sums {
	__u64 pages;		/* that were read */
	__u64 private_pages;
	__u64 private_resident;	/* of these, in guest_memfd */
	__u64 left_pages;	/* in guest_memfd, though they are shared, and shared memory is elsewhere */
};

struct gm_raw_attrs {
	struct gm_rec h;
	__u32 vm;
	__u32 none;		/* 1: this VM cannot have private memory; the rest is 0 */
	struct gm_attr_sums now, done;	/* of the walk under way, and of the last complete one */
	__u64 began_ns;		/* the walk under way; 0: none is */
	__u64 done_ns;		/* when the last complete one began; 0: there is none */
	__u32 changed;		/* 1: something may have changed since then */
	__u32 pad;
};

/*
 * Pages in a row that are private and in guest_memfd, found by a walk; sent before the record of that walk. User space
 * looks up whether the process has pages at the same guest addresses, too.
 */
struct gm_raw_run {
	struct gm_rec h;
	__u32 vm;
	__u32 pad;
	__u64 hva;		/* where the slot says that the process has this memory */
	__u64 pages;
	__u64 walk_ns;		/* began_ns of the walk */
};

/* State of the walk over a VM's memory attributes. Key of gm_attr_walks: vm id. */
struct gm_attr_walk {
	struct gm_raw_attrs raw;
	/* numbers that change with the attributes or the memory, when the walk began, and when the complete one did */
	__u64 mark[2], done_mark[2];
	__u64 generation;	/* of the slots, when the walk began */
	/* where the walk is: chain of the slots' id hash, the slot in it, pages of that slot */
	__u64 node;		/* struct hlist_node *; 0: the next chain */
	__u64 at;
	__u32 chain, idx;
	/* that slot */
	__u64 base_gfn, npages, pgoff, hva;
	__u64 mapping;		/* struct address_space *; 0: the slot is still to be read */
	__u64 run_hva, run_pages;	/* the run of private pages that the walk is in */
	__u32 only, pad;	/* only 1: guest_memfd is the slot's shared memory, too */
};

/* a complete walk is repeated after this time, even if nothing seems to change */
#define GM_ATTRS_AGE_NS	10000000000ull

#define GM_WALK_LEAF	66	/* what a leaf of 64 pages costs of a share, in pages */
#define GM_WALK_HOLE	2	/* what a step over a hole costs */
/* a busy inode gets no new walk while its figures are wrong by at most one page in so many */
#define GM_WALK_NEAR	256
#define GM_WALK_SMALL	4096	/* an inode of no more pages is walked again at once */
#define GM_WALK_MOST	(1u << 22)	/* pages that one inode may walk in a sample */
#define GM_MADE_UP_PAGES 512

/* Stands for the call of a kfunc; the loader inserts its number. */
#define GM_CALL_AT_RETURN 0x676d0001

#define GM_CALLS_KEPT	32	/* gm_conf.calls of tools that need not have each call */
#define GM_MAX_VMS	8192	/* of one user; the maps have room for twice as many: gm_share.h */
#define GM_MAX_FILES	16384
#define GM_RING_BYTES	(4u << 20)
#define GM_FAULTS_MS	50	/* how long a fault's event may wait to be read */

#endif
