/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * count.h - the counters of count.bpf.c, and its log of bindings. selftests.py compares the tools' figures with them.
 */
#ifndef COUNT_H
#define COUNT_H

#define COUNTERS(X)		\
	X(vm_create)		\
	X(vm_create_failed)	\
	X(vm_destroy)		\
	X(create)		\
	X(create_failed)	\
	X(bind)			\
	X(bind_failed)		\
	X(unbind)		\
	X(release)		\
	X(evict)		\
	X(evicted_pages)	\
	X(mmap)			\
	X(mmap_failed)		\
	X(fallocate)		\
	X(fallocate_failed)	\
	X(punch)		\
	X(punch_failed)		\
	X(convert)		\
	X(convert_failed)	\
	X(converted_pages)	\
	X(populate)		\
	X(populate_failed)	\
	X(memory_failure)	\
	X(zap_vm)		\
	X(zap_slot)		\
	X(zap_range)		\
	X(pages_added)		\
	X(pages_deleted)	\
	X(pages_zeroed)		\
	X(prepared)		\
	X(guest_mapped)		\
	X(guest_tries)		\
	X(guest_failed)		\
	X(prefault)		\
	X(prefault_mapped)	\
	X(prefault_tries)	\
	X(prefault_failed)	\
	X(host_fault)		\
	X(host_fault_failed)	\
	X(steps_dropped)

enum counter {
#define X(name) COUNT_##name,
	COUNTERS(X)
#undef X
	COUNT_NR
};

/* A step of the log of bindings; selftests.py replays the steps and counts the rebinds. */
enum step_what { STEP_BIND, STEP_UNBIND, STEP_RELEASE, STEP_EVICT, STEP_DESTROY };

struct step {
	unsigned long long vm, slot, file, inode;	/* kernel addresses: count.c prints numbers in their place */
	unsigned long long pgoff, npages;
	unsigned int what, process;
};

#endif
