// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The part that depends on the processor: the guest's code, its first
 * registers, and the exit that means "done".  Each arch_*.c implements all of it.
 *
 * The guest needs exactly one page for its code (at guest address 0, inside
 * the slot) and no stack, so that the pages that it touches are known exactly.
 */
#ifndef GG_ARCH_H
#define GG_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kvm_run;

/* Bytes of guest memory that the guest's code can reach. */
extern const uint64_t gg_arch_max_size;

enum gg_job_kind {
	GG_JOB_WRITE,	/* store the stamp in the first word of each page */
	GG_JOB_CHECK,	/* read the first word of each page and count the pages that have the stamp */
};

struct gg_job {
	enum gg_job_kind kind;
	uint64_t code;		/* guest address of the code */
	uint64_t first, n;	/* pages */
	uint32_t stamp;
	bool underway;		/* set all registers, as of a guest in the middle of its work */
	uint64_t matched;	/* out, GG_JOB_CHECK: pages with the stamp */
};

/* Return the guest's code for guest address 0, which is position independent and fits in one page. */
const void *gg_arch_code(size_t *len);

/* Prepare a VM before its first vCPU.  0 or -errno. */
int gg_arch_vm_init(int vm_fd);

/* Put a new vCPU in the mode that the code expects.  0 or -errno. */
int gg_arch_vcpu_init(int vcpu_fd);

/* Give a vCPU the state that it begins with, as at a reset; entry: guest address of the code.  0 or -errno. */
int gg_arch_vcpu_reset(int vcpu_fd, uint64_t entry);

/* Set the registers for a job; read its result after the exit that ends it.  0 or -errno. */
int gg_arch_job_start(int vcpu_fd, const struct gg_job *job);
int gg_arch_job_end(int vcpu_fd, struct gg_job *job);

/* Return true if this exit means that the guest has done its job. */
int gg_arch_is_done(const struct kvm_run *run);

/* Relax the CPU in a loop that waits for another CPU. */
void gg_arch_relax(void);

#endif /* GG_ARCH_H */
