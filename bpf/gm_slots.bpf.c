// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * gm_slots.bpf.c - scans a VM's memslots: its bindings. Part of gm_scan.bpf.c's translation unit.
 *
 * KVM allows 32764 slots in an address space, and x86 has two: more than the ring holds. So the scan of one VM
 * continues where the ring was full, at the beginning of a chain of the slots' id hash: of its 128 chains none has more
 * than 257 slots, which fit in an empty ring. A binding that is emitted twice changes nothing.
 */
#define GM_SLOTS_CHAINS	128	/* KVM's id_hash: 7 bits */
#define GM_SLOTS_CHAIN	1024	/* most slots of a chain that are followed, whatever a stale pointer leads to */
/* scans of one VM whose slots changed meanwhile, before giving up until the next sample */
#define GM_SLOTS_TRIES	8

static __always_inline __u32 gm_slots_spaces(void)
{
	return bpf_core_field_size(struct kvm, memslots) / 8;
}

/* A number that changes with any slot: KVM counts the changes of each address space. */
static __always_inline __u64 gm_slots_generation(const struct kvm *kvm)
{
	struct kvm_memslots *slots = gm_kvm_memslots(kvm, 0);
	__u64 sum = BPF_CORE_READ(slots, generation);

	if (gm_slots_spaces() > 1) {
		slots = gm_kvm_memslots(kvm, 1);
		sum += BPF_CORE_READ(slots, generation);
	}
	return sum;
}

static __always_inline void gm_emit_binding(__u32 vm, const struct kvm_memory_slot *slot)
{
	struct file *file = BPF_CORE_READ(slot, gmem.file);
	struct gm_rec_binding r;
	struct gm_file_val *f;

	if (!file)
		return;
	f = gm_file_get(file);
	__builtin_memset(&r, 0, sizeof(r));
	gm_rec_header(&r.h, GM_K_BINDING, sizeof(r));
	r.vm = vm;
	r.file = f ? f->id : 0;
	r.inode = f ? f->inode : 0;
	r.slot = (__u32)gm_slot_number(slot);
	r.base_gfn = BPF_CORE_READ(slot, base_gfn);
	r.npages = BPF_CORE_READ(slot, npages);
	r.pgoff = BPF_CORE_READ(slot, gmem.pgoff);
	gm_scan_emit(&r, sizeof(r));
}

static long gm_slots_scan_slot(__u64 i, void *arg)
{
	struct hlist_node *n = gm_slots.node;

	if (!n || gm_scan_again)
		return 1;
	gm_emit_binding(gm_slots.vm, gm_slot_of_node(n, gm_slots.idx));
	gm_slots.node = BPF_CORE_READ(n, next);
	return 0;
}

/* Find the table of the chain's address space; the first of its chains looks it up. */
static __always_inline void gm_slots_enter(const struct kvm *kvm)
{
	struct kvm_memslots *slots;

	if (gm_slots.slots && gm_slots.chain % GM_SLOTS_CHAINS)
		return;
	slots = gm_kvm_memslots(kvm, gm_slots.chain / GM_SLOTS_CHAINS & 1);
	gm_slots.slots = slots;
	gm_slots.idx = BPF_CORE_READ(slots, node_idx) & 1;
}

static long gm_slots_scan_chain(__u64 i, void *arg)
{
	const struct kvm **kvm = arg;
	struct hlist_node *node = NULL;

	if (gm_slots.chain >= gm_slots_spaces() * GM_SLOTS_CHAINS)
		return 1;
	gm_slots_enter(*kvm);
	bpf_probe_read_kernel(&node, sizeof(node),
			      (char *)gm_slots.slots + bpf_core_field_offset(struct kvm_memslots, id_hash) +
				      8 * (gm_slots.chain % GM_SLOTS_CHAINS));
	gm_slots.node = node;
	bpf_loop(GM_SLOTS_CHAIN, gm_slots_scan_slot, NULL, 0);
	if (gm_scan_again)
		return 1;
	gm_slots.chain++;
	return 0;
}

/* Begin a VM, or begin it again if its slots have changed since then. Return 0 if they changed too often. */
static __always_inline int gm_slots_begin(const struct kvm *kvm, __u32 id)
{
	__u64 generation = gm_slots_generation(kvm);

	gm_slots.slots = NULL;
	if (gm_slots.vm == id && gm_slots.generation == generation)
		return 1;
	gm_slots.tries = gm_slots.vm == id ? gm_slots.tries + 1 : 0;
	gm_slots.vm = id;
	gm_slots.chain = 0;
	gm_slots.generation = generation;
	return gm_slots.tries < GM_SLOTS_TRIES;
}

/* Emit a VM's bindings, or the rest of them. Return 1 if they are all emitted, as they were at one moment. */
static __always_inline int gm_slots_scan_vm(const struct kvm *kvm, __u32 id)
{
	if (!gm_slots_begin(kvm, id))
		return 0;
	bpf_loop(2 * GM_SLOTS_CHAINS, gm_slots_scan_chain, &kvm, 0);
	if (!gm_scan_again && gm_slots.generation == gm_slots_generation(kvm))
		return 1;
	gm_scan_again = 1;
	return 0;
}
