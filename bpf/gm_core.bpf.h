/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * gm_core.bpf.h - what the programs share: maps, identity, spans of calls, histograms, events.
 *
 * Identity. A kernel pointer is a key only while its object lives: gm_vms, gm_files, gm_inodes turn it into
 * an id, and the entry goes when the object does. A birth always gives a new id, so a pointer that
 * the kernel re-uses can not inherit the old one's.
 *
 * Spans. A bracketed call pushes a span on its task's stack at entry and pops it at return: nested
 * calls (gmem release contains the whole VM destruction when gmem closes last) know their parent,
 * and dur - children = exclusive time. Arguments are kept in the span, so that return hooks need none.
 */
#ifndef GM_CORE_BPF_H
#define GM_CORE_BPF_H

#include "gm_bpf.h"
#include "gm_compat.bpf.h"

/* Defaults under which the verifier sees every branch; the loader sets what holds. */
const volatile struct gm_conf gm_conf = {
	.reap = GM_REAP_VM | GM_REAP_FILE | GM_REAP_INODE,
	.counted = 1,
	.nodes = 2,
	.ioctl_ops = ~0u,
	.room_vms = 2 * GM_MAX_VMS,
	.room_files = 2 * GM_MAX_FILES,
};

/* The same maps in both objects; the loader gives the scan those of the probes. */
#include "gm_maps.bpf.h"

static __always_inline void gm_count_loss(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&gm_losses, &what);

	if (n)
		__sync_fetch_and_add(n, 1);
}

/*
 * How many eighths of the ring a record may fill. A tenant makes calls by the 100000 a second, and files nearly as
 * fast; what is rarer, and missed more, has room that these leave, and an end more than the birth before it. A
 * reading (GM_K_RAW_HISTS, GM_K_RAW_PROC) is large, and user space has its content from elsewhere.
 */
static __always_inline __u32 gm_ring_eighths(__u32 kind)
{
	switch (kind) {
	case GM_K_VM_DESTROY: return 8;
	case GM_K_VM_CREATE: return 7;
	case GM_K_RELEASE:
	case GM_K_EVICT:
	case GM_K_BIND:
	case GM_K_UNBIND:
	case GM_K_RESET: return 6;
	case GM_K_CREATE: return 5;
	case GM_K_RAW_HISTS:
	case GM_K_RAW_PROC: return 2;
	}
	return 4;
}

/* CPUs that ask at the same time may find the same room, and then take a record more each. */
static __always_inline int gm_ring_has_room(__u32 kind, __u64 size)
{
	__u32 eighths = gm_ring_eighths(kind);

	return eighths == 8 || bpf_ringbuf_query(&gm_ring, BPF_RB_AVAIL_DATA) + size <=
				       bpf_ringbuf_query(&gm_ring, BPF_RB_RING_SIZE) / 8 * eighths;
}

/* A record of the ring, not zeroed; NULL: there is no room, which nobody has counted yet. size: a constant. */
#define gm_ring_reserve(kind, size)	(gm_ring_has_room(kind, size) ? bpf_ringbuf_reserve(&gm_ring, size, 0) : NULL)

static __always_inline void gm_count_lost_event(__u32 kind)
{
	gm_count_loss(GM_LOSS_OF_KIND(kind));
}

static __always_inline __u64 gm_now(void)
{
	return bpf_ktime_get_ns();
}

/* ---- what became of operations ---- */

static __always_inline struct gm_op_counts *gm_op_counts_get(__u32 phase)
{
	return bpf_map_lookup_elem(&gm_ops, &phase);
}

/*
 * field: of struct gm_op_counts. The value is this CPU's own, but a program may be preempted in the middle of adding.
 */
#define gm_op_inc(phase, field)				\
({								\
	struct gm_op_counts *__o = gm_op_counts_get(phase);		\
	if (__o)						\
		__sync_fetch_and_add(&__o->field, 1);		\
})

/* The phase that a span's time belongs to; GM_PHASE_NR: none, and then nothing is counted. */
static __always_inline __u32 gm_phase_of(__u32 kind)
{
	switch (kind) {
#define X(E, n, type, name, phase) \
	case n: return (phase) < 0 ? GM_PHASE_NR : (phase);
		GM_EVENT_KINDS(X)
#undef X
	}
	return GM_PHASE_NR;
}

enum { GM_NEXT_VM, GM_NEXT_FILE, GM_NEXT_INODE };

static __always_inline __u32 gm_next_id(__u32 which)
{
	__u64 *n = bpf_map_lookup_elem(&gm_next, &which);

	return n ? (__u32)(__sync_fetch_and_add(n, 1) + 1) : 0;
}

/* ---- what a kernel object is ---- */

/* AS_INACCESSIBLE: guest_memfd is its only setter (6.12 .. 7.3, mm and virt trees read). */
static __always_inline __u64 gm_inaccessible(void)
{
	return 1ULL << bpf_core_enum_value(enum mapping_flags, AS_INACCESSIBLE);
}

static __always_inline int gm_is_gmem_mapping(const struct address_space *mapping)
{
	return !!(BPF_CORE_READ(mapping, flags) & gm_inaccessible());
}

/*
 * The inode is being evicted: truncate_inode_pages_final(), the only setter of AS_EXITING (6.12 .. 7.3), says so
 * before the first page goes. Pages that leave otherwise were punched out.
 */
static __always_inline int gm_is_exiting(unsigned long flags)
{
	return flags >> bpf_core_enum_value(enum mapping_flags, AS_EXITING) & 1;
}

static __always_inline __u64 gm_file_release_op(const struct file *file)
{
	return (__u64)BPF_CORE_READ(file, f_op, release);
}

static __always_inline int gm_is_gmem_file(const struct file *file)
{
	if (gm_conf.gmem_release)
		return gm_file_release_op(file) == gm_conf.gmem_release;
	return gm_is_gmem_mapping(BPF_CORE_READ(file, f_mapping));
}

/* KVM's other files. */
enum gm_kvm_file { GM_KF_NONE = 0, GM_KF_VM, GM_KF_VCPU, GM_KF_VM_STATS, GM_KF_VCPU_STATS, GM_KF_DEVICE };

static __always_inline __u32 gm_kvm_file_by_op(__u64 op)
{
	if (!op)
		return GM_KF_NONE;
	if (op == gm_conf.vm_release)
		return GM_KF_VM;
	if (op == gm_conf.vcpu_release)
		return GM_KF_VCPU;
	if (op == gm_conf.vm_stats_release)
		return GM_KF_VM_STATS;
	if (op == gm_conf.vcpu_stats_release)
		return GM_KF_VCPU_STATS;
	return op == gm_conf.device_release ? GM_KF_DEVICE : GM_KF_NONE;
}

#define GM_ANON_INODE_FS 0x09041934	/* ANON_INODE_FS_MAGIC, include/uapi/linux/magic.h */

static __always_inline int gm_name_begins(const char *name, const char *with, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (name[i] != with[i])
			return 0;
	return 1;
}
#define GM_NAME_IS(name, s)	gm_name_begins(name, s, sizeof(s))	/* with its end */
#define GM_NAME_BEGINS(name, s)	gm_name_begins(name, s, sizeof(s) - 1)

/*
 * Where the addresses of KVM's functions may not be read: by the name that KVM gives its anonymous files
 * (virt/kvm/kvm_main.c, 6.12 to 7.3), which nobody in user space can give. Devices: those there are (virt/kvm/vfio.c,
 * arch/arm64/kvm/vgic).
 */
static __always_inline __u32 gm_kvm_file_by_name(const struct file *file)
{
	const unsigned char *at;
	char name[16] = {};

	if (BPF_CORE_READ(file, f_inode, i_sb, s_magic) != GM_ANON_INODE_FS)
		return GM_KF_NONE;
	at = BPF_CORE_READ(file, f_path.dentry, d_name.name);
	if (bpf_probe_read_kernel_str(name, sizeof(name), at) < 0)
		return GM_KF_NONE;
	if (GM_NAME_IS(name, "kvm-vm"))
		return GM_KF_VM;
	if (GM_NAME_BEGINS(name, "kvm-vcpu:"))
		return GM_KF_VCPU;
	if (GM_NAME_IS(name, "kvm-vm-stats"))
		return GM_KF_VM_STATS;
	if (GM_NAME_BEGINS(name, "kvm-vcpu-stats:"))
		return GM_KF_VCPU_STATS;
	return GM_NAME_IS(name, "kvm-vfio") || GM_NAME_BEGINS(name, "kvm-arm-vgic") ? GM_KF_DEVICE : GM_KF_NONE;
}

static __always_inline __u32 gm_kvm_file(const struct file *file)
{
	return gm_conf.vm_release ? gm_kvm_file_by_op(gm_file_release_op(file)) : gm_kvm_file_by_name(file);
}

static __always_inline int gm_is_vm_file(const struct file *file)
{
	return gm_kvm_file(file) == GM_KF_VM;
}

/* A pointer kept in a struct of ours goes through a local first: BPF_CORE_READ would relocate our struct, too. */
static __always_inline __u64 gm_vcpu_kvm(__u64 vcpu)
{
	struct kvm_vcpu *v = (void *)vcpu;

	return (__u64)BPF_CORE_READ(v, kvm);
}

/* The struct kvm behind a gmem, vm or vCPU file; 0: none of these. */
static __always_inline __u64 gm_file_kvm(const struct file *file)
{
	void *priv = BPF_CORE_READ(file, private_data);
	__u32 kind = gm_kvm_file(file);

	if (kind == GM_KF_VM)
		return (__u64)priv;
	if (kind == GM_KF_VCPU)
		return gm_vcpu_kvm((__u64)priv);
	return gm_is_gmem_file(file) ? gm_gmem_kvm(priv) : 0;
}

/* The current task's file behind a descriptor, by the kernel's own table; NULL: no such. */
static __always_inline struct file *gm_fd_file(int fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **table = BPF_CORE_READ(fdt, fd), *file = NULL;

	if (fd < 0 || (__u32)fd >= BPF_CORE_READ(fdt, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), &table[fd]);
	return file;
}

/* ---- a mapping's tree of pages ---- */

#define GM_XA_LEVELS 7		/* 64 slots a level: 2^42 pages */

/* The tree's leaf node that holds index, or 0. Entry encodings: include/linux/xarray.h, internal entries. */
static __always_inline __u64 gm_xa_leaf(__u64 entry, __u64 index)
{
	struct xa_node *n;
	__u8 shift;
	int i;

	for (i = 0; i < GM_XA_LEVELS; i++) {
		if ((entry & 3) != 2 || entry < 4096)
			return 0;
		n = (void *)(entry - 2);
		shift = BPF_CORE_READ(n, shift);
		if (!shift)
			return (__u64)n;
		if (shift >= 64 || (i == 0 && index >> shift > 63))
			return 0;
		bpf_probe_read_kernel(&entry, sizeof(entry),
				      (char *)n + bpf_core_field_offset(struct xa_node, slots) +
					      8 * (index >> shift & 63));
	}
	return 0;
}

/* The folio at index of a mapping's page cache, or 0. */
static __always_inline __u64 gm_mapping_folio(const struct address_space *mapping, __u64 index)
{
	__u64 entry = (__u64)BPF_CORE_READ(mapping, i_pages.xa_head), leaf;

	if ((entry & 3) == 2) {
		leaf = gm_xa_leaf(entry, index);
		entry = 0;
		if (leaf)
			bpf_probe_read_kernel(&entry, sizeof(entry),
					      (char *)leaf + bpf_core_field_offset(struct xa_node, slots) +
						      8 * (index & 63));
	} else if (index) {
		entry = 0;
	}
	return entry & 3 ? 0 : entry;
}

/*
 * How often the vCPU of index 0 of a vm has exited: the same number at two calls, and the guest did not run in
 * between (struct kvm's vcpu_array, an xarray: an only entry stands in its head). 0: no vCPU, or it never ran.
 */
GM_GLOBAL __u64 gm_boot_exits(__u64 kvm)
{
	struct kvm *k = (void *)kvm;
	struct kvm_vcpu *c;
	__u64 entry, leaf;

	if (!kvm)
		return 0;
	entry = (__u64)BPF_CORE_READ(k, vcpu_array.xa_head);
	leaf = (entry & 3) == 2 ? gm_xa_leaf(entry, 0) : 0;
	if (leaf)
		bpf_probe_read_kernel(&entry, sizeof(entry),
				      (char *)leaf + bpf_core_field_offset(struct xa_node, slots));
	c = (void *)entry;
	return entry & 3 ? 0 : BPF_CORE_READ(c, stat.exits);
}

/* ---- identity ---- */

/*
 * A zeroed value to insert. The programs of a scan are run by one thread, and call each other so deep that their
 * stacks have no room for it (512 bytes for all of a call chain's frames).
 */
#ifdef GM_ONE_THREAD
#define GM_ZEROED(type, name)				\
	static type name##_room;			\
	type *const name = &name##_room;		\
							\
	__builtin_memset(name, 0, sizeof(*name))
#else
#define GM_ZEROED(type, name)				\
	type name##_room = {};				\
	type *const name = &name##_room
#endif

/* Set by the loader once the initial scan is done: what is new after that was born meanwhile. */
int gm_started;

/* An end or a birth waits for room in the ring; reset by the loader before a scan. */
int gm_postponed;

/*
 * Set by the loader: since when all hooks that are attached only while there is gmem have been attached;
 * GM_NOT_WATCHING: they are not.
 */
__u64 gm_watching_ns;

/* What first sight says about an object that no birth hook brings: old before the start, missed at birth after it. */
static __always_inline __u32 gm_discovery_flags(void)
{
	return gm_started ? 0 : GM_OBJ_OLD;
}

/*
 * An entry's end: to be told and removed by who gets its id, which is 0 from then on. A probe at the end of a call
 * and a walk may both be at it, and the kernel may use the pointer again meanwhile (it frees a struct kvm before
 * kvm_destroy_vm() returns), so that the entry under this key may be another object's by now. mine: the id that was
 * found dead.
 */
static __always_inline int gm_claim_end(__u32 *id, __u32 mine)
{
	return mine && __sync_val_compare_and_swap(id, mine, 0) == mine;
}

/* No room to tell that end: the next scan finds it dead once more. */
static __always_inline void gm_end_postpone(__u32 *id, __u32 mine, __u32 *flags)
{
	__sync_fetch_and_or(flags, GM_OBJ_SUSPECT | GM_OBJ_ENDED);
	*id = mine;
	gm_postponed = 1;
}

/* The same of a birth, in its flags. */
static __always_inline void gm_create_postpone(__u32 *flags)
{
	__sync_fetch_and_or(flags, GM_OBJ_UNREPORTED);
	gm_postponed = 1;
}

/* Return true if a birth is still to be told, by who asks. */
static __always_inline int gm_claim_create(__u32 *flags)
{
	return *flags & GM_OBJ_UNREPORTED && __sync_fetch_and_and(flags, ~GM_OBJ_UNREPORTED) & GM_OBJ_UNREPORTED;
}

/*
 * gm_missed.bpf.h: report what no probe saw being born, as its probe is missing, or was skipped. room: a kind whose
 * room in the ring it may take. 0; -1: there is none, and the birth is to be told later.
 */
GM_GLOBAL int gm_vm_emit_missed_create(__u32 vm, __u32 tgid, __u32 tid);
GM_GLOBAL int gm_file_emit_missed_create(__u32 vm, __u32 file, __u32 inode, __u64 ino, __u32 room);

static __always_inline __u32 gm_vm_creator(__u64 kvm)
{
	return BPF_CORE_READ((struct kvm *)kvm, userspace_pid);
}

static __always_inline __u64 gm_vm_mm(__u64 kvm)
{
	return (__u64)BPF_CORE_READ((struct kvm *)kvm, mm);
}

static __always_inline void gm_vm_describe(struct gm_vm_val *v, const struct kvm *kvm)
{
	v->mm = gm_vm_mm((__u64)kvm);
	v->tid = gm_vm_creator((__u64)kvm);
	bpf_core_read(v->name, sizeof(v->name), &kvm->stats_id);
}

/* Is this still the struct kvm that was noted? */
static __always_inline int gm_vm_is_same(__u64 kvm, const struct gm_vm_val *v)
{
	struct kvm *k = (void *)kvm;
	__u64 name[2] = {};

	return !bpf_core_read(name, sizeof(name), &k->stats_id) && name[0] == v->name[0] && name[1] == v->name[1] &&
	       gm_vm_mm(kvm) == v->mm;
}

static __always_inline __u64 gm_current_mm(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return (__u64)BPF_CORE_READ(task, mm);
}

/*
 * Is the current task of the process that created the vm? One that is exiting has no memory any more, and its number
 * still.
 */
static __always_inline int gm_is_vm_owner(const struct gm_vm_val *v)
{
	__u64 mm = gm_current_mm();

	return mm ? mm == v->mm : v->tid == bpf_get_current_pid_tgid() >> 32;
}

/* How many VMs with gmem were created by the thread of this id, or one with the same low bits. */
static __always_inline __u64 *gm_gmem_vms_of_tid(__u32 tid)
{
	__u32 i = tid & ((1 << GM_GMEM_VMS_BITS) - 1);

	return bpf_map_lookup_elem(&gm_gmem_vms, &i);
}

/* 0: a VM that this thread created has no gmem that is known. 1: it has, or another VM. */
static __always_inline int gm_creator_may_have_gmem(__u32 tid)
{
	const __u64 *n = gm_gmem_vms_of_tid(tid);

	return !n || *n;
}

/* The same of all threads. */
static __always_inline __u64 *gm_gmem_vms_of_all(void)
{
	__u32 i = 1 << GM_GMEM_VMS_BITS;

	return bpf_map_lookup_elem(&gm_gmem_vms, &i);
}

/* 0: no VM on this host is known to have gmem. */
static __always_inline int gm_host_may_have_gmem(void)
{
	const __u64 *n = gm_gmem_vms_of_all();

	return !n || *n;
}

/* The same of a process's memory: struct mm_struct *, or others with the same hash. */
static __always_inline __u64 *gm_gmem_vms_of_mm(__u64 mm)
{
	__u32 i = (1 << GM_GMEM_VMS_BITS) + 1 + (mm * 0x9E3779B97F4A7C15ULL >> (64 - GM_GMEM_VMS_BITS));

	return bpf_map_lookup_elem(&gm_gmem_vms, &i);
}

/* 0: the current task's process has no VM of gmem that is known. */
static __always_inline int gm_process_may_have_gmem(void)
{
	const __u64 *n;

	if (!gm_host_may_have_gmem())
		return 0;
	n = gm_gmem_vms_of_mm(gm_current_mm());
	return !n || *n;
}

/* One more of them (1), or one less (-1). */
static __always_inline void gm_gmem_vms_add(__u32 tid, __u64 mm, __s64 more)
{
	__u64 *n = gm_gmem_vms_of_tid(tid), *all = gm_gmem_vms_of_all(), *of_mm = gm_gmem_vms_of_mm(mm);

	if (all)
		__sync_fetch_and_add(all, more);
	if (n)
		__sync_fetch_and_add(n, more);
	if (of_mm)
		__sync_fetch_and_add(of_mm, more);
}

#include "gm_share.bpf.h"

/* After gm_claim_end(). */
static __always_inline void gm_vm_remove(__u64 kvm, const struct gm_vm_val *v)
{
	__u32 gmem = v->gmem, tid = v->tid, uid = v->uid;
	__u64 mm = v->mm;

	bpf_map_delete_elem(&gm_vms, &kvm);
	gm_share_release(uid, GM_SHARE_VMS);
	if (gmem)
		gm_gmem_vms_add(tid, mm, -1);
}

/*
 * A vm that is first seen now. told: its creation was seen; set to 1 where this call is not the one to tell of it: a
 * walk on another CPU came first, or it is beyond its user's share (a loss; whoever finds it when there is room tells
 * of a birth that was missed).
 */
static __always_inline struct gm_vm_val *gm_vm_new(__u64 kvm, __u64 *told)
{
	GM_ZEROED(struct gm_vm_val, v);
	int born = told != NULL, err;
	const struct gm_share *mine;
	struct gm_vm_val *there;

	v->uid = gm_vm_uid(gm_vm_mm(kvm));
	if (!gm_share_take(v->uid, GM_SHARE_VMS)) {
		gm_vm_refused(kvm, gm_vm_mm(kvm), v->uid, born);
		if (told)
			*told = 1;
		return NULL;
	}
	mine = gm_share_of(v->uid);
	v->id = gm_next_id(GM_NEXT_VM);
	v->flags = born ? 0 : gm_discovery_flags();
	/* a file of the user's untracked VMs may be this one's */
	if (!born && mine && gm_untracked_holds(mine->homeless_seen)) {
		v->untracked_seen = mine->homeless_seen;
		v->flags |= GM_OBJ_UNCOUNTED;
	}
	v->born_ns = gm_now();
	v->walked = born;
	v->boot_pc = GM_PC_UNKNOWN;
	gm_vm_describe(v, (void *)kvm);
	/* Its owner's own act, mostly; an act of somebody else's tells nothing about the owner. */
	if (born || gm_is_vm_owner(v))
		v->tgid = bpf_get_current_pid_tgid() >> 32;
	err = bpf_map_update_elem(&gm_vms, &kvm, v, BPF_NOEXIST);
	there = bpf_map_lookup_elem(&gm_vms, &kvm);
	if (!err && !born && gm_vm_emit_missed_create(v->id, v->tgid, v->tid) && there)
		gm_create_postpone(&there->flags);
	if (err) {
		gm_share_release(v->uid, GM_SHARE_VMS);
		if (err != -EEXIST) /* no memory: it stays unknown, and is none at all to who asks again */
			gm_count_loss(GM_LOSS_MAP);
		if (told)
			*told = 1;
	}
	return there;
}

/*
 * One that is not known and that nobody uses any more is inside of its destruction, and the scan has told its end: it
 * stays unknown.
 */
static __always_inline struct gm_vm_val *gm_vm_get(__u64 kvm)
{
	struct gm_vm_val *v;

	if (!kvm)
		return NULL;
	v = bpf_map_lookup_elem(&gm_vms, &kvm);
	if (!v && BPF_CORE_READ((struct kvm *)kvm, users_count.refs.counter))
		v = gm_vm_new(kvm, NULL);
	return v;
}

static __always_inline __u32 gm_vm_id(__u64 kvm)
{
	struct gm_vm_val *v = gm_vm_get(kvm);

	return v ? v->id : 0;
}

/* ---- pages that are there, and not cleared ---- */

static __always_inline struct gm_unzeroed *gm_unzeroed_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&gm_unzeroed, &zero);
}

/* May a fault find one? */
static __always_inline int gm_unzeroed_possible(void)
{
	const struct gm_unzeroed *u = gm_conf.unzeroed ? gm_unzeroed_get() : NULL;

	return !u || u->present || u->unverified_inodes;
}

/* A page was put there by something else than a fault. For good: which of them was cleared since, nobody counts. */
static __always_inline void gm_unzeroed_mark_present(void)
{
	struct gm_unzeroed *u = gm_unzeroed_get();

	if (u && !u->present)
		u->present = 1;
}

static __always_inline void gm_unzeroed_add_unverified(__u64 more)
{
	struct gm_unzeroed *u = gm_unzeroed_get();

	if (u)
		__sync_fetch_and_add(&u->unverified_inodes, more);
}

/* An inode's page counts that agree with each other; both since first sight. */
struct gm_page_counts {
	__u64 allocated, freed;
};

/* Loads before it are made before it, loads after it after it. */
static __always_inline void gm_load_fence(void)
{
	static __u32 word;

	(void)__sync_lock_test_and_set(&word, 0);
}

#define GM_SETTLE_TRIES	8

/*
 * Read what an inode's pages came to at one moment: *freed, and *nrpages that are there. 0; -1: pages were leaving at
 * each attempt, as when the CPU that removes them is stopped (a virtual one).
 *
 * The kernel removes a batch of pages under the lock of the page cache's tree: it reports each one, so that freed
 * grows, and lowers nrpages at the end (mm/filemap.c, delete_from_page_cache_batch(), 6.12 to 7.3). In between, a
 * page is in both. With the lock seen free behind the first reading of freed, all that it counts has left nrpages;
 * with freed unchanged at the end, nothing else has.
 */
static __always_inline int gm_inode_read_settled(const struct gm_inode_val *in, const struct address_space *m,
						 __u64 *freed, __u64 *nrpages)
{
	__u64 before;
	int i;

	for (i = 0; i < GM_SETTLE_TRIES; i++) {
		before = *(volatile __u64 *)&in->freed;
		gm_load_fence();
		if (gm_mapping_is_locked((__u64)m))
			continue;
		gm_load_fence();
		*nrpages = BPF_CORE_READ(m, nrpages);
		gm_load_fence();
		*freed = *(volatile __u64 *)&in->freed;
		if (*freed == before)
			return 0;
	}
	return -1;
}

/*
 * Pages allocated since first sight are those that left and those that are there, less those that were there before.
 * No insertion needs counting.
 */
static __always_inline __u64 gm_inode_allocated(const struct gm_inode_val *in, __u64 freed, __u64 nrpages)
{
	return freed + nrpages > in->base ? freed + nrpages - in->base : 0;
}

/* of an inode that was there before the tool: nobody has read yet what it had */
#define GM_BASE_UNREAD	(~0ULL >> 1)

/* 0; -1: not to be known just now. */
static __always_inline int gm_inode_read_counters(struct gm_inode_val *in, const struct address_space *m,
						  struct gm_page_counts *out)
{
	__u64 nrpages;

	if (gm_inode_read_settled(in, m, &out->freed, &nrpages))
		return -1;
	if (in->base == GM_BASE_UNREAD)
		__sync_val_compare_and_swap(&in->base, GM_BASE_UNREAD, out->freed + nrpages);
	out->allocated = gm_inode_allocated(in, out->freed, nrpages);
	return 0;
}

/*
 * files: how many it comes with. Not to be added later: a walk takes an inode without files and pages for a dead one.
 * vm_files: how many files its VM has; GM_VM_FILES: it does not matter.
 */
static __always_inline struct gm_inode_val *gm_inode_new(__u64 inode, int born, __u32 files, __u32 vm_files)
{
	GM_ZEROED(struct gm_inode_val, v);
	struct gm_inode_val *in;
	struct gm_page_counts moved;
	int err;

	v->uid = gm_inode_uid((void *)inode);
	v->flags = gm_share_take_file(v->uid, GM_SHARE_INODES, vm_files);
	if (v->flags == GM_REFUSED) {
		gm_unzeroed_mark_present();
		return NULL;
	}
	v->files = files;
	v->id = gm_next_id(GM_NEXT_INODE);
	v->flags |= born ? 0 : gm_discovery_flags();
	v->born_ns = gm_now();
	v->ino = BPF_CORE_READ((struct inode *)inode, i_ino);
	/* it may have been one of those: what left it until now is not known */
	if (!born && gm_user_has_untracked(v->uid))
		v->flags |= GM_OBJ_OLD;
	if (v->flags & GM_OBJ_OLD)
		v->base = GM_BASE_UNREAD;
	if (!born)
		v->flags |= GM_OBJ_UNVERIFIED;
	err = bpf_map_update_elem(&gm_inodes, &inode, v, BPF_NOEXIST);
	if (!err && !born)
		gm_unzeroed_add_unverified(1);
	if (err)
		gm_share_release_file(v->uid, GM_SHARE_INODES, v->flags);
	if (err && err != -EEXIST) { /* no memory */
		gm_count_loss(GM_LOSS_MAP);
		gm_unzeroed_mark_present();
	}
	in = bpf_map_lookup_elem(&gm_inodes, &inode);
	if (!err && in && v->flags & GM_OBJ_OLD)
		gm_inode_read_counters(in, BPF_CORE_READ((struct inode *)inode, i_mapping), &moved);
	if (err == -EEXIST /* another CPU came first */ && in)
		__sync_fetch_and_add(&in->files, files);
	return in;
}

/* punched: the inode is in use. seen: so is the call. */
static __always_inline void gm_inode_count_removed(struct gm_inode_val *in, __u64 pages, int punched, int seen)
{
	__sync_fetch_and_add(&in->freed, pages);
	if (punched)
		__sync_fetch_and_add(&in->punched, pages);
	if (punched && !seen)
		__sync_fetch_and_add(&in->unseen, pages);
}

/* After gm_claim_end(), which gave id. */
static __always_inline void gm_inode_remove(__u64 inode, const struct gm_inode_val *in, __u32 id)
{
	__u32 flags = in->flags, uid = in->uid;

	if (flags & GM_OBJ_WALKED)
		bpf_map_delete_elem(&gm_walks, &id);
	if (bpf_map_delete_elem(&gm_inodes, &inode))
		return;
	gm_share_release_file(uid, GM_SHARE_INODES, flags);
	if (flags & GM_OBJ_UNVERIFIED)
		gm_unzeroed_add_unverified(-1);
}

/* One that is not known gets no entry if its user has untracked files: it is one of theirs. */
static __always_inline struct gm_inode_val *gm_inode_get(__u64 inode)
{
	struct gm_inode_val *v;

	if (!inode)
		return NULL;
	v = bpf_map_lookup_elem(&gm_inodes, &inode);
	if (v)
		return v;
	return gm_user_has_untracked(gm_inode_uid((void *)inode)) ? NULL : gm_inode_new(inode, 0, 0, GM_VM_FILES);
}

/* The inode that one more file is of. */
static __always_inline struct gm_inode_val *gm_inode_add_file(__u64 inode, int born, __u32 vm_files)
{
	struct gm_inode_val *in = inode ? bpf_map_lookup_elem(&gm_inodes, &inode) : NULL;

	if (in)
		__sync_fetch_and_add(&in->files, 1);
	else if (inode)
		in = gm_inode_new(inode, born, 1, vm_files);
	return in;
}

/* A file's place in its VM's share and in its user's, as gm_share_take_file(). */
static __always_inline __u32 gm_file_share_take(struct gm_vm_val *vm, __u32 uid, int born)
{
	__u32 files, flags;

	if (!born && !gm_file_may_be_found(vm, uid))
		return GM_REFUSED;
	if (!vm)
		return gm_share_take_file(uid, GM_SHARE_FILES, GM_VM_FILES);
	files = __sync_fetch_and_add(&vm->files, 1);
	flags = gm_share_vm_has_room(files) ? gm_share_take_file(uid, GM_SHARE_FILES, files) : GM_REFUSED;
	if (flags == GM_REFUSED)
		__sync_fetch_and_sub(&vm->files, 1);
	return flags;
}

static __always_inline void gm_file_share_release(struct gm_vm_val *vm, __u32 uid, __u32 flags)
{
	gm_share_release_file(uid, GM_SHARE_FILES, flags);
	if (vm)
		__sync_fetch_and_sub(&vm->files, 1);
}

/* After gm_claim_end(). */
static __always_inline void gm_file_remove(__u64 file, const struct gm_file_val *v)
{
	__u32 uid = v->uid, id = v->vm, flags = v->flags;
	__u64 kvm = v->kvm_ptr;
	struct gm_vm_val *vm;

	if (bpf_map_delete_elem(&gm_files, &file))
		return;
	vm = bpf_map_lookup_elem(&gm_vms, &kvm);
	gm_file_share_release(vm && vm->id == id ? vm : NULL, uid, flags);
}

/*
 * Where the end of an object and the creation of the next one at its address were both missed, the address has the
 * dead one's entry. Whoever comes upon it leaves it alone: the scan reports that end, and what comes then gets an id
 * of its own.
 */

/*
 * Return true if an inode or a vm at these addresses is not the one that was noted. The kernel gives a number to one
 * inode only.
 */
static __always_inline int gm_is_stale(__u64 inode, __u64 kvm)
{
	const struct gm_inode_val *in = bpf_map_lookup_elem(&gm_inodes, &inode);
	const struct gm_vm_val *v = bpf_map_lookup_elem(&gm_vms, &kvm);

	return (in && in->ino != BPF_CORE_READ((struct inode *)inode, i_ino)) || (v && !gm_vm_is_same(kvm, v));
}

/* Is this still the file that was noted, of the same inode? */
static __always_inline int gm_file_is_same(__u64 file, const struct gm_file_val *f)
{
	struct inode *i = BPF_CORE_READ((struct file *)file, f_inode);
	__u64 inode = (__u64)i;
	const struct gm_inode_val *in = bpf_map_lookup_elem(&gm_inodes, &inode);

	return inode == f->inode_ptr && (!in || in->id != f->inode || in->ino == BPF_CORE_READ(i, i_ino));
}

/* in: its inode, or NULL. With other files it is told already, and is told again with this one. */
static __always_inline void gm_file_create_postpone(struct gm_file_val *v, struct gm_inode_val *in)
{
	/* The inode's first: who reports the file reports both. */
	if (in && in->files <= 1)
		__sync_fetch_and_or(&in->flags, GM_OBJ_UNREPORTED);
	gm_create_postpone(&v->flags);
}

/* As gm_vm_new(). inode_born: should its inode not be known, it was created by this call. */
static __always_inline struct gm_file_val *gm_file_new(__u64 file, __u64 *told, int inode_born)
{
	int born = told != NULL, err = -1;
	struct file *f = (void *)file;
	GM_ZEROED(struct gm_file_val, v);
	struct gm_file_val *there;
	struct gm_inode_val *in = NULL;
	struct gm_vm_val *vm;

	v->inode_ptr = (__u64)BPF_CORE_READ(f, f_inode);
	v->kvm_ptr = gm_gmem_kvm(BPF_CORE_READ(f, private_data));
	v->uid = gm_file_uid(f);
	if (gm_is_stale(v->inode_ptr, v->kvm_ptr))
		return NULL;
	vm = gm_vm_get(v->kvm_ptr);
	if (!vm || !__sync_val_compare_and_swap(&vm->gmem, 0, 1))
		/* for good, of a vm that has no entry */
		gm_gmem_vms_add(vm ? vm->tid : gm_vm_creator(v->kvm_ptr), vm ? vm->mm : gm_vm_mm(v->kvm_ptr), 1);
	v->flags = gm_file_share_take(vm, v->uid, born);
	if (v->flags != GM_REFUSED)
		in = gm_inode_add_file(v->inode_ptr, inode_born, vm ? vm->files - 1 : GM_VM_FILES);
	if (in) {
		v->inode = in->id;
		v->vm = vm ? vm->id : 0;
		v->id = gm_next_id(GM_NEXT_FILE);
		v->flags |= born ? 0 : gm_discovery_flags();
		v->born_ns = gm_now();
		err = bpf_map_update_elem(&gm_files, &file, v, BPF_NOEXIST);
	}
	if (!err) {
		if (vm)
			in->vm = vm->id;
		if (vm)
			vm->inode_ptr = v->inode_ptr;
		there = bpf_map_lookup_elem(&gm_files, &file);
		if (!born && gm_started && gm_file_emit_missed_create(v->vm, v->id, v->inode, in->ino, GM_K_CREATE) &&
		    there)
			gm_file_create_postpone(there, in);
		return there;
	}
	if (in)
		__sync_fetch_and_sub(&in->files, 1);
	if (v->flags != GM_REFUSED)
		gm_file_share_release(vm, v->uid, v->flags);
	if (told)
		*told = 1;
	if (err != -EEXIST) { /* otherwise counted by who came first */
		gm_file_refused(file, vm, v->uid, born);
		return NULL;
	}
	return bpf_map_lookup_elem(&gm_files, &file);
}

/*
 * Apart from its callers: the values of new entries take room on the stack, and 6.12 has 512 bytes for all frames of
 * a call chain.
 */
static __noinline struct gm_file_val *gm_file_discover(__u64 file)
{
	return gm_file_new(file, NULL, 0);
}

static __always_inline struct gm_file_val *gm_file_get(__u64 file)
{
	struct gm_file_val *v;

	if (!file)
		return NULL;
	v = bpf_map_lookup_elem(&gm_files, &file);
	return v ? v : gm_file_discover(file);
}

static __noinline struct gm_vm_val *gm_vm_discover(__u64 kvm)
{
	return gm_vm_get(kvm);
}

/* The file, and the vm, that the current call is about. */
static __always_inline struct gm_file_val *gm_file_in_use(__u64 file)
{
	struct gm_file_val *v = gm_file_get(file);

	return v && gm_file_is_same(file, v) ? v : NULL;
}

static __always_inline __u32 gm_vm_id_in_use(__u64 kvm)
{
	struct gm_vm_val *v = gm_vm_discover(kvm);

	return v && gm_vm_is_same(kvm, v) ? v->id : 0;
}

/* ---- spans ---- */

#define GM_K_CLOSING	250	/* of a span: no event's kind; see gm_close.bpf.c */
#define GM_NEST 8	/* power of two; deeper nesting is counted as lost */

struct gm_span {
	__u32 kind;		/* enum gm_kind; 0: free */
	__u32 vm, file, inode;
	__u64 t0;
	__u64 child_ns;
	__u64 dur_ns, self_ns;	/* set by gm_span_end() */
	__u64 pages;		/* page cache insertions or removals inside this call */
	__u64 off_ns, blocked_ns;	/* at entry what the task's were; set by gm_span_end() to what is its own */
	__u64 child_off_ns, child_blocked_ns;
	__u64 mark;		/* fallocate: when the last page was in, or 0 */
	__u64 kvm;		/* of a range: struct kvm *, or 0 */
	__u64 inode_ptr;	/* the same: struct inode * */
	__u64 most;		/* of a range: it is at least half of its inode */
	__u64 sptes[GM_LEVELS];	/* of a zap: the vm's, by level, at its begin */
	/* of a zap: since when TLBs are flushed (0: they are not), and for how long they were */
	__u64 flush_t0, flush_ns;
	__u32 flush_depth, flushes;
	__u64 a[5];		/* what the return hook needs to know */
};

enum gm_fault_state {
	GM_FS_NONE = 0,		/* no fault under way */
	GM_FS_BEGUN,		/* looking for its page */
	GM_FS_CLEARING,		/* the page is there, and is being cleared */
	GM_FS_MAPPING,		/* the page is ready, its SPTE is not */
	GM_FS_MAPPED,
};

/* A fault under way: its time up to mark is in part[]. See gm_fault.bpf.h. */
struct gm_fault {
	__u32 state;		/* enum gm_fault_state */
	__u32 phase;		/* which whole fault */
	__u64 t0, mark;
	__u64 part[GM_PART_NR];
	__u64 booked[GM_PART_NR];	/* of part[], what is in the histograms already */
	__u64 subject;		/* struct kvm_vcpu *, or struct file * of a host fault */
	__u64 gfn;		/* of a host fault: page offset */
	__u64 slot;		/* struct kvm_memory_slot *, once known */
	__u32 flags;		/* GM_FAULT_*, GM_FAULT_SEEN */
	__u32 retries;
	__u32 vm;
	__u32 pad;
};
#define GM_FAULT_SEEN	(1u << 31)	/* it is on gmem, and counted as seen */
#define GM_FAULT_UNTIMED (1u << 30)	/* its begin was not seen: it is counted, and has no time */

/* Which call a span is of. Not in struct gm_span: programs that report a missed end have one on their stack. */
struct gm_span_call {
	__u64 nr;		/* the system call that began it, by gm_syscall_id(); 0: a function */
	__u64 frame;		/* where the call's programs find its arguments; 0: it has no twin */
	__u32 twin, met;	/* which program began it (enum gm_twin); 1: the other one has come as well */
};

struct gm_task_state {
	__u32 depth;
	__u32 vcpu_vm;		/* id of the vm of ... */
	__u64 vcpu;		/* ... this struct kvm_vcpu, until KVM_RUN returns */
	__u64 prior_ns;		/* first half of a call that comes in two (7.3's prepare + commit) */
	__u64 off_ns, blocked_ns;	/* time off the CPU inside of spans, ever */
	__u64 off_t0;		/* since when it is off, inside of a span; 0: it is not */
	__u32 off_blocked;	/* and whether it waits for something but a CPU */
	/* 1: it inserted a page outside of any act that was seen, and what for is not known yet */
	__u32 stray;
	struct gm_closed {	/* its last call that may have ended files and VMs, and whose end no hook sees */
		__u64 t0;	/* 0: what became of it was looked up */
		__u64 file, kvm;	/* what it may have ended; 0: none */
		__u64 more;	/* 1: other files, or VMs, as well */
	} closed;
	struct gm_fault fault;	/* a guest's, or a prefault */
	struct gm_fault host;	/* may come inside of the other: KVM itself touches a mapping of gmem */
	struct gm_span span[GM_NEST];
	struct gm_span_call call[GM_NEST];	/* of the span at the same place */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct gm_task_state);
} gm_tasks SEC(".maps");

/* Goes with the task: a call that never returns leaks nothing. */
static __always_inline struct gm_task_state *gm_task_state_get_or_create(void)
{
	struct gm_task_state *t =
		bpf_task_storage_get(&gm_tasks, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!t)
		gm_count_loss(GM_LOSS_TASK);
	return t;
}

/* What is kept for a task; NULL: nothing. Most tasks have no storage at all, of which the search itself is saved. */
static __always_inline struct gm_task_state *gm_task_state_peek(struct task_struct *task)
{
	return task->bpf_storage ? bpf_task_storage_get(&gm_tasks, task, 0, 0) : NULL;
}

static __always_inline struct gm_task_state *gm_task_state_peek_current(void)
{
	return gm_task_state_peek(bpf_get_current_task_btf());
}

/* The innermost span, or NULL. */
static __always_inline struct gm_span *gm_span_top(struct gm_task_state *t)
{
	__u32 d = t->depth;

	if (!d || d > GM_NEST)
		return NULL;
	return &t->span[(d - 1) & (GM_NEST - 1)];
}

/* Of the innermost span, or NULL. */
static __always_inline struct gm_span_call *gm_span_call_top(struct gm_task_state *t)
{
	return gm_span_top(t) ? &t->call[(t->depth - 1) & (GM_NEST - 1)] : NULL;
}

/* The innermost span will not be ended: its return was missed. */
static __always_inline void gm_span_discard(struct gm_task_state *t)
{
	struct gm_span *s = gm_span_top(t);

	if (!s)
		return;
	t->depth--;
	if (s->kind == GM_K_CLOSING)
		return; /* the scan finds what it ended */
	gm_count_loss(GM_LOSS_UNFINISHED);
	gm_op_inc(gm_phase_of(s->kind), unfinished);
}

/* Entry of a call that nothing can contain, such as an ioctl: what is still on the stack never ended. */
GM_GLOBAL int gm_span_discard_all(struct gm_task_state *t)
{
	int i;

	if (!t)
		return 0;
	for (i = 0; i < GM_NEST && t->depth; i++)
		gm_span_discard(t);
	t->depth = 0;
	return 0;
}

static __always_inline void gm_span_discard_stale(void)
{
	struct gm_task_state *t = gm_task_state_peek_current();

	if (t && t->depth)
		gm_span_discard_all(t);
}

/* Entry of a call. NULL: not followed (counted). The caller fills ids and arguments. */
static __always_inline struct gm_span *gm_span_begin(__u32 kind)
{
	struct gm_task_state *t = gm_task_state_get_or_create();
	struct gm_span *s;
	__u32 d;

	if (!t)
		return NULL;
	d = t->depth;
	if (d >= GM_NEST) {
		gm_count_loss(GM_LOSS_NEST);
		gm_span_discard_all(t); /* no real nesting is that deep: returns were missed */
		d = 0;
	}
	s = &t->span[d & (GM_NEST - 1)];
	__builtin_memset(s, 0, sizeof(*s));
	__builtin_memset(&t->call[d & (GM_NEST - 1)], 0, sizeof(t->call[0]));
	s->kind = kind;
	s->off_ns = t->off_ns;
	s->blocked_ns = t->blocked_ns;
	t->depth = d + 1;
	gm_op_inc(gm_phase_of(kind), seen);
	s->t0 = gm_now();
	return s;
}

/*
 * Return of a call: its span, popped, with dur_ns and self_ns; NULL when its entry was not seen. Spans above it
 * whose return was missed are dropped and counted.
 */
static __always_inline struct gm_span *gm_span_end(__u32 kind)
{
	__u64 now = gm_now();
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span *s = NULL, *parent;
	__u32 d;
	int i;

	if (!t)
		return NULL;
	for (i = 0; i < GM_NEST; i++) {
		s = gm_span_top(t);
		if (!s)
			return NULL;
		if (s->kind == kind)
			break;
		/* Only drop what is above when the kind is there at all: else this return's entry came before us. */
		d = (t->depth - 2) & (GM_NEST - 1);
		if (t->depth < 2 || t->span[d].kind != kind)
			return NULL;
		gm_span_discard(t);
	}
	t->depth--;
	s->dur_ns = now > s->t0 ? now - s->t0 : 0;
	s->self_ns = s->dur_ns > s->child_ns ? s->dur_ns - s->child_ns : 0;
	parent = gm_span_top(t);
	s->off_ns = t->off_ns - s->off_ns;
	s->blocked_ns = t->blocked_ns - s->blocked_ns;
	if (parent) {
		parent->child_ns += s->dur_ns;
		parent->child_off_ns += s->off_ns;
		parent->child_blocked_ns += s->blocked_ns;
	}
	s->off_ns -= s->child_off_ns;
	s->blocked_ns -= s->child_blocked_ns;
	return s;
}

/* ---- events ---- */

static __always_inline void gm_ev_fill(struct gm_ev *e, __u32 kind, __u32 len, const struct gm_span *s, __s64 ret)
{
	__u64 id = bpf_get_current_pid_tgid();

	e->h.len = len;
	e->h.kind = kind;
	e->h.ts_ns = s->t0 + s->dur_ns;
	e->dur_ns = s->dur_ns;
	e->self_ns = s->self_ns;
	e->ret = ret;
	e->vm = s->vm;
	e->file = s->file;
	e->inode = s->inode;
	e->tgid = id >> 32;
	e->tid = (__u32)id;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	if (gm_conf.cpu)
		e->flags = GM_EV_CPU;
}

/*
 * What becomes of a span's operation: told = its event is on its way. Spans without a kind are made up for what the
 * scan noticed, and are no operation.
 */
static __always_inline void gm_span_account(const struct gm_span *s, __s64 ret, int told)
{
	__u32 phase = gm_phase_of(s->kind);

	if (!s->kind)
		return;
	if (!told)
		gm_op_inc(phase, lost);
	else if (ret < 0)
		gm_op_inc(phase, failed);
	else
		gm_op_inc(phase, done);
}

/*
 * A zeroed record of the ring, common part filled; submit it by gm_ev_submit(). NULL: there is no room, and the caller
 * counts that, or has it tried again. room: it may take what events of this kind may.
 */
#define gm_ev_reserve_in(type, kind, room, s, ret)						\
({											\
	type *__r = gm_ring_reserve(room, sizeof(type));					\
	if (__r) {									\
		gm_span_account(s, ret, 1);						\
		__builtin_memset(__r, 0, sizeof(*__r));					\
		gm_ev_fill(&__r->ev, kind, sizeof(type), s, ret);			\
		__r->off_ns = (s)->off_ns;						\
		__r->blocked_ns = (s)->blocked_ns;					\
	}										\
	__r;										\
})

#define gm_ev_reserve(type, kind, s, ret)	gm_ev_reserve_in(type, kind, kind, s, ret)

/* The same; NULL: counted as lost. */
#define gm_ev_reserve_or_count(type, kind, s, ret)							\
({											\
	type *__g = gm_ev_reserve(type, kind, s, ret);					\
	if (!__g) {									\
		gm_span_account(s, ret, 0);						\
		gm_count_lost_event(kind);							\
	}										\
	__g;										\
})

static __always_inline void gm_ev_submit(void *rec)
{
	bpf_ringbuf_submit(rec, 0);
}

/* Nobody's call: no duration, no process. */
static __always_inline void gm_ev_mark_from_scan(struct gm_ev *e)
{
	e->flags = GM_EV_NODUR | GM_EV_BY_SCAN;
	e->tgid = 0;
	e->tid = 0;
	__builtin_memset(e->comm, 0, sizeof(e->comm));
}

#include "gm_missed.bpf.h"

/* The birth of a vm that the ring had no room for. -1: it has none yet, and the birth is not told. */
GM_GLOBAL int gm_vm_emit_late_create(struct gm_vm_val *v, __u32 id)
{
	if (!v || !gm_claim_create(&v->flags) || !gm_vm_emit_missed_create(id, 0, 0))
		return 0;
	gm_create_postpone(&v->flags);
	return -1;
}

/*
 * The same of a file, in the room that events of another kind have: one that is bound, or lives for more than a
 * moment, is missed more.
 */
GM_GLOBAL int gm_file_emit_late_create(struct gm_file_val *v, __u32 id, __u32 room)
{
	struct gm_inode_val *in;
	__u64 inode;

	if (!v || !gm_claim_create(&v->flags))
		return 0;
	inode = v->inode_ptr;
	in = bpf_map_lookup_elem(&gm_inodes, &inode);
	if (in && in->id != v->inode)
		in = NULL;
	if (gm_file_emit_missed_create(v->vm, id, v->inode, in ? in->ino : 0, room)) {
		gm_create_postpone(&v->flags);
		return -1;
	}
	if (in)
		gm_claim_create(&in->flags);
	return 0;
}

/* ---- hooks ---- */

#define GM_ARGS1(c) (__u64)(c)[0], 0, 0, 0
#define GM_ARGS2(c) (__u64)(c)[0], (__u64)(c)[1], 0, 0
#define GM_ARGS3(c) (__u64)(c)[0], (__u64)(c)[1], (__u64)(c)[2], 0
#define GM_ARGS4(c) (__u64)(c)[0], (__u64)(c)[1], (__u64)(c)[2], (__u64)(c)[3]

/*
 * bpf_session_is_return(ctx), for fsession programs: kernels from 7.0 on. The loader puts that kfunc's number in
 * (attach.c): as an extern its prototype would not fit the function of this name that earlier kernels have, and
 * libbpf refuse the object.
 */
static __always_inline bool gm_at_return(void *ctx)
{
	__u64 ret;

	asm volatile("r1 = %[ctx]; call %[placeholder]; %[ret] = r0"
		     : [ret] "=r"(ret)
		     : [ctx] "r"(ctx), [placeholder] "i"(GM_CALL_AT_RETURN)
		     : "r0", "r1", "r2", "r3", "r4", "r5");
	return ret & 0xff;
}

/*
 * A twin: a second program at the same function, for calls that are few and whose events nobody else can make up for.
 * The kernel skips a program that is under way on the same CPU in a preempted task, each program by itself: so one of
 * the two runs, nearly always, and whichever comes first does the work. Both see the call's frame at the same
 * address, at its entry and at its return (the context of trampolines' programs: on the task's stack).
 */
enum gm_twin { GM_TWIN_NONE, GM_TWIN_A, GM_TWIN_B };

/*
 * At entry: has the other one begun this very call? A span that both left behind, at a return that both missed, is
 * dropped. frame: by pointer, as the verifier takes no context for a number.
 */
GM_GLOBAL int gm_twin_began_call(const __u64 *frame, __u32 me)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span_call *c = t ? gm_span_call_top(t) : NULL;

	if (!c || !frame || c->frame != *frame)
		return 0;
	if (c->twin != me && !c->met) {
		c->met = 1;
		return 1;
	}
	gm_span_discard(t);
	return 0;
}

/* Behind the work of an entry: the span is this call's, if there is one. */
GM_GLOBAL int gm_twin_mark_span(const __u64 *frame, __u32 me)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	struct gm_span_call *c = t ? gm_span_call_top(t) : NULL;

	if (c && frame && !c->frame) {
		c->frame = *frame;
		c->twin = me;
	}
	return 0;
}

/* At return: is the call's span still there? Otherwise the other one has ended it. */
GM_GLOBAL int gm_twin_span_is_open(const __u64 *frame)
{
	struct gm_task_state *t = gm_task_state_peek_current();
	__u32 i;

	if (!t || !frame)
		return 0;
	for (i = 0; i < GM_NEST; i++)
		if (i < t->depth && t->call[i].frame == *frame)
			return 1;
	return 0;
}

/*
 * What a program of trampolines does at a function's entry and return: name_enter(), unless the twin did, and
 * name_exit().
 */
#define GM_ENTER_PLAIN(name, ctx, nargs, me)	name##_enter(GM_ARGS##nargs(ctx))
#define GM_ENTER_TWIN(name, ctx, nargs, me)						\
({											\
	__u64 __frame = (__u64)ctx;							\
	if (!gm_twin_began_call(&__frame, me)) {						\
		name##_enter(GM_ARGS##nargs(ctx));					\
		__frame = (__u64)ctx;							\
		gm_twin_mark_span(&__frame, me);						\
	}										\
	0;										\
})
#define GM_EXIT_PLAIN(name, ctx, a0, ret)	name##_exit(ret)
#define GM_EXIT_CTX(name, ctx, a0, ret)		name##_exit(ctx, ret)
#define GM_EXIT_ARG(name, ctx, a0, ret)		name##_exit(ctx, a0, ret)
#define GM_EXIT_TWIN(name, ctx, a0, ret)						\
({											\
	__u64 __frame = (__u64)ctx;							\
	gm_twin_span_is_open(&__frame) ? name##_exit(ret) : 0;					\
})

/*
 * The programs of trampolines that call name_enter(a0, a1, a2, a3) and name_exit(ret). nargs: how many of the first
 * four arguments every kernel's version has. The return value comes by bpf_get_func_ret(), as the number of arguments
 * differs between kernels; int-returning functions leave the upper half of the register undefined, hence the cast.
 */
#define GM_TRAMPOLINE(prog, name, sym, nargs, ENTER, EXIT, me)				\
SEC("?fsession/" #sym) int prog##_fsession(unsigned long long *ctx)			\
{											\
	__u64 ret = 0;									\
											\
	GM_MAY_SKIP();									\
	if (!gm_at_return(ctx))								\
		return ENTER(name, ctx, nargs, me);					\
	bpf_get_func_ret(ctx, &ret);							\
	return EXIT(name, ctx, (__u64)ctx[0], (__s64)(int)ret);				\
}											\
SEC("?fentry/" #sym) int prog##_fentry(unsigned long long *ctx)			\
{											\
	GM_MAY_SKIP();									\
	return ENTER(name, ctx, nargs, me);						\
}											\
SEC("?fexit/" #sym) int prog##_fexit(unsigned long long *ctx)				\
{											\
	__u64 ret = 0;									\
											\
	GM_MAY_SKIP();									\
	bpf_get_func_ret(ctx, &ret);							\
	return EXIT(name, ctx, (__u64)ctx[0], (__s64)(int)ret);				\
}

/*
 * The same by kprobe and kretprobe. While one such program is under way, the kernel skips all of them on that CPU: a
 * twin would be skipped, too.
 */
#define GM_KPROBES(name, sym, EXIT)							\
SEC("?kprobe/" #sym) int name##_kprobe(struct pt_regs *ctx)				\
{											\
	GM_MAY_SKIP();									\
	return name##_enter(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),			\
			    PT_REGS_PARM3(ctx), PT_REGS_PARM4(ctx));			\
}											\
SEC("?kretprobe/" #sym) int name##_kretprobe(struct pt_regs *ctx)			\
{											\
	GM_MAY_SKIP();									\
	return EXIT(name, ctx, 0, (__s64)(int)PT_REGS_RC(ctx));				\
}

/* Brackets a kernel function. */
#define GM_BRACKET(name, sym, nargs)							\
GM_TRAMPOLINE(name, name, sym, nargs, GM_ENTER_PLAIN, GM_EXIT_PLAIN, GM_TWIN_NONE)	\
GM_KPROBES(name, sym, GM_EXIT_PLAIN)

/* For a name_exit(ctx, ret) that needs the hook's context, to take a stack. */
#define GM_BRACKET_CTX(name, sym, nargs)						\
GM_TRAMPOLINE(name, name, sym, nargs, GM_ENTER_PLAIN, GM_EXIT_CTX, GM_TWIN_NONE)	\
GM_KPROBES(name, sym, GM_EXIT_CTX)

/* For a name_exit(ctx, a0, ret) that needs the call's first argument as well; 0 where a kretprobe does not have it. */
#define GM_BRACKET_ARG(name, sym, nargs)						\
GM_TRAMPOLINE(name, name, sym, nargs, GM_ENTER_PLAIN, GM_EXIT_ARG, GM_TWIN_NONE)	\
GM_KPROBES(name, sym, GM_EXIT_ARG)

/* With a twin: column twin of the table of probes. */
#define GM_BRACKET_TWIN(name, sym, nargs)						\
GM_TRAMPOLINE(name, name, sym, nargs, GM_ENTER_TWIN, GM_EXIT_TWIN, GM_TWIN_A)		\
GM_TRAMPOLINE(name##_twin, name, sym, nargs, GM_ENTER_TWIN, GM_EXIT_TWIN, GM_TWIN_B)	\
GM_KPROBES(name, sym, GM_EXIT_PLAIN)

#endif
