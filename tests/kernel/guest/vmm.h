// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The VMM: one VM with one memslot over one gmem file.  Every function makes a
 * system call and reports it to the truth (truth.h), so that both always agree.
 * All return 0 or -errno, with the message printed.
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
	int32_t tid;		/* the thread that runs a job, or 0 */
	struct kvm_run *run;
};

struct gg_vm {
	struct gg_world *w;
	uint32_t id;			/* the VM's id in the truth */
	uint32_t file;			/* the gmem file's id in the truth */
	uint32_t type;			/* 0 or KVM_X86_SW_PROTECTED_VM */
	uint32_t stamp;			/* the value that its guest writes to pages */
	int vm_fd, gmem_fd;		/* -1: closed */
	int extra_fd;			/* a descriptor of pin.c; -1: none */
	enum gg_pin_what extra_what;
	int flight[2];			/* a socket with its gmem under way; -1: none */
	uint64_t size, page_size;
	void *map;			/* the gmem's mapping, or NULL */
	bool plain;			/* it has no gmem at all */
	void *anon;			/* private VMs: the shared half; plain ones: all */
	void *code;			/* the guest's, when it is not in page 0 */
	bool bound;
	uint32_t slot;			/* the gmem's slot; 1 is the code's */
	bool unmapped;			/* no guest has run since the bind */
	bool underway;			/* its vCPUs are given the state of a guest in the middle of its work */
	uint32_t run_size;
	uint32_t nvcpus;		/* number of open vCPUs */
	struct gg_vcpu *vcpus;
};

/* Read the capabilities of this kernel.  -ENODEV, or another error of /dev/kvm, without a usable KVM. */
int gg_caps_read(struct gg_caps *caps);

/*
 * Open a VM of @type for @machine: VM, gmem (a second file of @link's inode if
 * @link is given), mapping, slot, vCPUs, as far as this kernel allows.
 */
int gg_vm_open(struct gg_vm **out, struct gg_world *w, uint32_t machine, uint32_t type, const struct gg_vm *link);

/* Open a default VM without gmem, whose slot is anonymous memory. */
int gg_vm_open_plain(struct gg_vm **out, struct gg_world *w, uint32_t machine);

/* Close all open parts, in this order, and free the struct. */
void gg_vm_close(struct gg_vm *vm, const uint8_t order[GG_NPARTS]);

/* Close one part, if it is open. */
void gg_vm_close_part(struct gg_vm *vm, enum gg_part part);

void gg_vm_close_gmem_fd(struct gg_vm *vm);
void gg_vm_unmap(struct gg_vm *vm);

int gg_vm_bind(struct gg_vm *vm);
int gg_vm_slot_plain(struct gg_vm *vm);
int gg_vm_unbind(struct gg_vm *vm);

/*
 * Try second slots that KVM must refuse: over the bound range, beyond the file,
 * of a file that is no gmem, at a misaligned offset.  0 if KVM refuses all.
 */
int gg_vm_bind_refused(struct gg_vm *vm);

/* Put the guest's code in another slot, so that it needs no gmem page. */
int gg_vm_code_apart(struct gg_vm *vm);

/* Load the guest's code, unless it is loaded; the host touches page 0 for it. */
int gg_vm_load_code(struct gg_vm *vm);

/*
 * Drop mapping and descriptor of the gmem; the slot stays.  Other memory replaces
 * the mapping, for hosts that reach guest memory through it.
 */
int gg_vm_release(struct gg_vm *vm);

/* Let the guest write its stamp to gmem pages. */
int gg_vm_touch(struct gg_vm *vm, uint64_t first, uint64_t n);

/* Let the guest read pages; each must have the stamp. */
int gg_vm_check(struct gg_vm *vm, uint64_t first, uint64_t n);

/* Let the guest write to pages that are no gmem: shared ones of a private VM, or a plain VM's. */
int gg_vm_touch_anon(struct gg_vm *vm, uint64_t first, uint64_t n);

/* Give back a private VM's shared memory of these pages. */
int gg_vm_discard_anon(struct gg_vm *vm, uint64_t first, uint64_t n);

int gg_vm_touch_host(struct gg_vm *vm, uint64_t first, uint64_t n);
/* Let the host touch pages that must have the stamp already. */
int gg_vm_check_host(struct gg_vm *vm, uint64_t first, uint64_t n);
int gg_vm_fallocate(struct gg_vm *vm, uint64_t first, uint64_t n);
int gg_vm_punch(struct gg_vm *vm, uint64_t first, uint64_t n);

/* Punch pages while the guest touches them. */
int gg_vm_punch_busy(struct gg_vm *vm, uint64_t first, uint64_t n);
int gg_vm_convert(struct gg_vm *vm, uint64_t first, uint64_t n, bool priv);
int gg_vm_prefault(struct gg_vm *vm, uint64_t first, uint64_t n);

/* Run one job on all vCPUs, each with a part of the pages (vcpu.c). */
int gg_vcpus_run(struct gg_vm *vm, enum gg_job_kind kind, uint64_t first, uint64_t n);

/* Run @body in a thread for each vCPU; return the first error. */
int gg_vcpus_each(struct gg_vm *vm, int (*body)(struct gg_vm *vm, uint32_t index, void *arg), void *arg);

/*
 * Touch one page in the calling thread: gg_vcpu_arm() sets the registers, then
 * gg_vcpu_go() returns the result of KVM_RUN and prints nothing.  The code must
 * be loaded.
 */
int gg_vcpu_arm(struct gg_vm *vm, uint32_t index, uint64_t page);
int gg_vcpu_go(struct gg_vm *vm, uint32_t index);

/* Arm a vCPU and run it; a failure is printed. */
int gg_vcpu_touch(struct gg_vm *vm, uint32_t index, uint64_t page);

/* Touch all pages of the range once, in the calling thread. */
int gg_vcpu_round(struct gg_vm *vm, uint32_t index, uint64_t first, uint64_t n);

/*
 * Give all vCPUs the state that they began with, the boot vCPU after it has run;
 * or only the last one, which must not be the boot vCPU.
 */
int gg_vcpus_reset(struct gg_vm *vm);
int gg_vcpu_reset_last(struct gg_vm *vm);

/* Add one vCPU as the VM's last: hotplug. */
int gg_vcpu_plug(struct gg_vm *vm);

int gg_vcpus_open(struct gg_vm *vm, uint32_t n);
void gg_vcpus_close(struct gg_vm *vm);

/* Close the descriptors (GG_PIN_vcpu_fd) or the mappings (GG_PIN_vcpu_mapping). */
void gg_vcpus_drop(struct gg_vm *vm, enum gg_pin_what what);

#endif /* GG_VMM_H */
