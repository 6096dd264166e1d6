/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_task.bpf.h - what is kept for a task: the spans of its calls, its faults, its last close. Task storage, so the
 * state ends with the task, and a call that never returns leaks nothing. Only programs in the task's own context write
 * it (and sched_switch, while the task is off the CPU), so no field needs an atomic access.
 */
#ifndef GM_TASK_BPF_H
#define GM_TASK_BPF_H

#include "gm_maps.bpf.h"

#define GM_NEST 8	/* power of two; deeper nesting is counted as lost */

/* The facts of a call's entry that its return needs, by the span's kind. */
union gm_span_args {
	struct {
		__u64 size, flags;
		__u64 linked;		/* 1: of an inode that exists */
		__u64 reported;		/* 1: somebody else reports the creation */
	} create;
	struct {
		__u64 type;
		__u64 entry_missed;	/* 1: the call's entry was not seen */
		__u64 pad;
		__u64 reported;		/* as of create */
	} vm_create;
	struct {
		struct kvm *kvm;
	} vm_destroy;
	struct {
		struct file *file;
		struct inode *inode;
		__u64 pages;		/* resident at entry */
	} release;
	struct {
		struct inode *inode;
		__u64 pages, size_bytes;	/* at entry */
	} evict;
	struct {
		__u64 base_gfn, npages, pgoff;
		__u64 slot;		/* as gm_slot_number() */
		__u64 attrs;		/* convert: KVM_MEMORY_ATTRIBUTE_* */
	} range;			/* all kinds with struct gm_ev_range */
	struct {
		struct file *file;
	} close;
};

/* A call under way. */
struct gm_span {
	__u32 kind;		/* enum gm_kind or enum gm_inner_kind; 0: made up for what a scan found */
	__u32 vm, file, inode;
	__u64 t0;
	__u64 child_ns;
	__u64 dur_ns, self_ns;	/* set by gm_span_end() */
	__u64 pages;		/* page cache insertions or removals inside this call */
	__u64 off_ns, blocked_ns;	/* the task's at entry; gm_span_end() sets them to the span's own */
	__u64 child_off_ns, child_blocked_ns;
	__u64 mark;		/* fallocate: when its last page was inserted, or 0 */
	struct kvm *kvm;	/* of a range or a close; NULL: not known */
	struct inode *inode_ptr;	/* of a range */
	__u32 covers_half;	/* of a range: it is at least half of its inode */
	__u32 parent_kind;	/* of the call that it is nested in, set by gm_span_end(); 0: none */
	__u64 sptes[GM_LEVELS];	/* of a zap: the VM's, by level, at its begin */
	/* of a zap: when the TLB flush under way began, and the time in flushes that ended */
	__u64 flush_t0, flush_ns;
	__u32 flush_depth, flushes;
	union gm_span_args a;
};

/* Which call a span belongs to. Not in struct gm_span, of which some programs have one on their stack. */
struct gm_span_call {
	__u64 nr;		/* the system call that began it, by gm_syscall_id(); 0: a function */
	__u64 frame;		/* where the call's programs find its arguments; 0: it has no twin */
	__u32 twin;		/* which program began it (enum gm_twin) */
	__u32 met;		/* 1: the other twin has seen the entry, too */
};

enum gm_fault_state {
	GM_FS_NONE = 0,		/* no fault under way */
	GM_FS_BEGUN,		/* it has no page yet */
	GM_FS_CLEARING,		/* its page is present, and is being zeroed */
	GM_FS_MAPPING,		/* its page is ready, its SPTE is not */
	GM_FS_MAPPED,
};

/* A fault under way: its time up to mark is in part[]. See gm_fault.bpf.h. */
struct gm_fault {
	__u32 state;		/* enum gm_fault_state */
	__u32 phase;		/* which kind of fault */
	__u64 t0, mark;
	__u64 part[GM_PART_NR];
	__u64 booked[GM_PART_NR];	/* of part[], what the histograms have; only with GM_FAULT_BOOKED */
	struct kvm_vcpu *vcpu;	/* NULL: a host fault, or not known */
	__u64 gfn;		/* of a host fault: page offset */
	struct kvm_memory_slot *slot;	/* NULL: not known yet */
	__u32 flags;		/* GM_FAULT_*, GM_FAULT_SEEN */
	__u32 retries;
	__u32 vm;
	__u32 pad;
};
#define GM_FAULT_SEEN	(1u << 31)	/* it is on gmem */
#define GM_FAULT_UNTIMED (1u << 30)	/* its begin was not seen: it is counted, and has no time */
#define GM_FAULT_BOOKED (1u << 29)	/* it had another page before, whose times are booked */

/* A task's last call that may have ended files and VMs, and whose return no hook sees. */
struct gm_closed {
	__u64 t0;		/* 0: none, or its result was looked up */
	struct file *file;	/* what the call may have ended; NULL: none */
	struct kvm *kvm;
	__u64 more;		/* 1: other files, or VMs, as well */
};

struct gm_task_state {
	__u32 depth;		/* of span[] */
	__u32 vcpu_vm;		/* id of the VM of ... */
	const struct kvm_vcpu *vcpu;	/* ... this vCPU, until KVM_RUN returns */
	__u64 prior_ns;		/* first half of a call that comes in two (7.3's prepare + commit) */
	__u64 off_ns, blocked_ns;	/* time off the CPU inside of spans, ever */
	__u64 off_t0;		/* since when it is off, inside of a span; 0: it is not */
	__u32 off_blocked;	/* 1: it is off the CPU and waits for something else */
	__u32 unattributed_page;	/* 1: it inserted a page outside of any call or fault that was seen */
	struct gm_closed closed;
	struct gm_fault fault;	/* a guest's fault, or a prefault */
	struct gm_fault host;	/* may nest in the other: KVM itself touches a mapping of gmem */
	struct gm_span span[GM_NEST];
	struct gm_span_call call[GM_NEST];	/* of the span at the same place */
};

extern struct gm_tasks_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct gm_task_state);
} gm_tasks SEC(".maps");

/* The current task's state, created if it has none. NULL: no memory, counted. */
static __always_inline struct gm_task_state *gm_task_state_get_or_create(void)
{
	struct gm_task_state *t =
		bpf_task_storage_get(&gm_tasks, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!t)
		gm_count_loss(GM_LOSS_TASK);
	return t;
}

/* A task's state, or NULL. Most tasks have no storage: test the pointer first and skip the helper call. */
static __always_inline struct gm_task_state *gm_task_state_peek(struct task_struct *task)
{
	return task->bpf_storage ? bpf_task_storage_get(&gm_tasks, task, 0, 0) : NULL;
}

static __always_inline struct gm_task_state *gm_task_state_peek_current(void)
{
	return gm_task_state_peek(bpf_get_current_task_btf());
}

#endif
