// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The VMM: one VM with one memslot over one gmem file.  Every call does the
 * system call and tells the truth (truth.h) what it did; none leaves the two
 * apart.  All return 0 or -errno, with the message already printed.
 *
 * A struct gg_vm belongs to one thread; only its vCPUs run in others, for the
 * duration of one call.  Page numbers count from the slot's start, which is
 * guest address 0 and gmem offset 0.  Page 0 is the guest's code.
 */
#ifndef GG_VMM_H
#define GG_VMM_H

#include "arch.h"
#include "world.h"

struct kvm_run;

struct gg_vcpu {
	int fd;
	int32_t tid;		/* of the thread that runs a job, or 0 */
	struct kvm_run *run;
};

struct gg_vm {
	struct gg_world *w;
	uint32_t id;			/* in the truth */
	uint32_t file;			/* in the truth */
	uint32_t type;			/* 0 or KVM_X86_SW_PROTECTED_VM */
	uint32_t stamp;			/* what its guest writes into pages */
	int vm_fd, gmem_fd;		/* -1: closed */
	int extra_fd;			/* of pin.c; -1: none */
	enum gg_pin_what extra_what;
	int flight[2];			/* a socket with its gmem under way; -1: none */
	uint64_t size, page_size;
	void *map;			/* of the gmem, or NULL */
	bool plain;			/* it has no gmem at all */
	void *anon;			/* private VMs: the shared half; plain ones: all */
	void *code;			/* the guest's, when it is not in page 0 */
	bool bound;
	uint32_t slot;			/* of the gmem; 1 is the code's */
	bool unmapped;			/* no guest ran since the bind */
	bool underway;			/* its vCPUs are given the state of a guest in the middle of its work */
	uint32_t run_size;
	uint32_t nvcpus;		/* open ones */
	struct gg_vcpu *vcpus;
};

/* Fill in the capabilities.  -ENODEV or the like without a usable KVM. */
int gg_caps_read(struct gg_caps *caps);

/*
 * A whole VM of @type for @machine: VM, gmem (a second view of @link's gmem if
 * @link is given), mapping, slot, vCPUs; as far as this kernel can.
 */
int gg_vm_open(struct gg_vm **out, struct gg_world *w, uint32_t machine, uint32_t type, const struct gg_vm *link);

/* A default VM without gmem: its slot is anonymous memory. */
int gg_vm_open_plain(struct gg_vm **out, struct gg_world *w, uint32_t machine);

/* Close all parts that are still open, in this order, and free the struct. */
void gg_vm_close(struct gg_vm *vm, const uint8_t order[GG_NPARTS]);

/* One part, if it is open still. */
void gg_vm_close_part(struct gg_vm *vm, enum gg_part part);

void gg_vm_close_gmem_fd(struct gg_vm *vm);
void gg_vm_unmap(struct gg_vm *vm);

int gg_vm_bind(struct gg_vm *vm);
int gg_vm_slot_plain(struct gg_vm *vm);
int gg_vm_unbind(struct gg_vm *vm);

/*
 * Try second slots that KVM must refuse: over the bound range, beyond the
 * file, of a file that is no gmem, at a misaligned offset.  0 when it does.
 */
int gg_vm_bind_refused(struct gg_vm *vm);

/* The guest's code in a slot of its own, so that no gmem page is needed. */
int gg_vm_code_apart(struct gg_vm *vm);

/* See that the guest's code is there; page 0 is touched by the host for it. */
int gg_vm_load_code(struct gg_vm *vm);

/*
 * Drop mapping and descriptor of the gmem with the slot still there.  Other
 * memory takes the mapping's place, for hosts that reach a guest through it.
 */
int gg_vm_release(struct gg_vm *vm);

/* The guest writes its stamp; the pages are gmem ones. */
int gg_vm_touch(struct gg_vm *vm, uint64_t first, uint64_t n);

/* The guest reads, and every page must have the stamp. */
int gg_vm_check(struct gg_vm *vm, uint64_t first, uint64_t n);

/* The guest writes to shared pages of a private VM, or to a plain one's: not gmem. */
int gg_vm_touch_anon(struct gg_vm *vm, uint64_t first, uint64_t n);

int gg_vm_touch_host(struct gg_vm *vm, uint64_t first, uint64_t n);
/* The same touches, of pages that must have the stamp already. */
int gg_vm_check_host(struct gg_vm *vm, uint64_t first, uint64_t n);
int gg_vm_fallocate(struct gg_vm *vm, uint64_t first, uint64_t n);
int gg_vm_punch(struct gg_vm *vm, uint64_t first, uint64_t n);

/* The same while its guest touches these pages. */
int gg_vm_punch_busy(struct gg_vm *vm, uint64_t first, uint64_t n);
int gg_vm_convert(struct gg_vm *vm, uint64_t first, uint64_t n, bool priv);
int gg_vm_prefault(struct gg_vm *vm, uint64_t first, uint64_t n);

/* Run one job on all vCPUs, the pages split between them (vcpu.c). */
int gg_vcpus_run(struct gg_vm *vm, enum gg_job_kind kind, uint64_t first, uint64_t n);

/* Run @body in a thread for each vCPU; the first error. */
int gg_vcpus_each(struct gg_vm *vm, int (*body)(struct gg_vm *vm, uint32_t index, void *arg), void *arg);

/*
 * One page, in the calling thread: registers, then KVM_RUN.  gg_vcpu_go()
 * returns what KVM_RUN said and prints nothing; the code must be there.
 */
int gg_vcpu_arm(struct gg_vm *vm, uint32_t index, uint64_t page);
int gg_vcpu_go(struct gg_vm *vm, uint32_t index);

/* Both; a failure is printed. */
int gg_vcpu_touch(struct gg_vm *vm, uint32_t index, uint64_t page);

/* All pages of the range once, in the calling thread. */
int gg_vcpu_round(struct gg_vm *vm, uint32_t index, uint64_t first, uint64_t n);

/*
 * All vCPUs get the state they began with, the boot vCPU after it has run; or
 * only the last one does, which must not be the boot vCPU.
 */
int gg_vcpus_reset(struct gg_vm *vm);
int gg_vcpu_reset_last(struct gg_vm *vm);

/* One more vCPU, as the VM's last: hotplug. */
int gg_vcpu_plug(struct gg_vm *vm);

int gg_vcpus_open(struct gg_vm *vm, uint32_t n);
void gg_vcpus_close(struct gg_vm *vm);

/* Close the descriptors (GG_PIN_vcpu_fd) or the mappings (GG_PIN_vcpu_mapping). */
void gg_vcpus_drop(struct gg_vm *vm, enum gg_pin_what what);

#endif /* GG_VMM_H */
