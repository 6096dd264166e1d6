// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The ground truth: a model of what KVM must have done, kept by the workload
 * itself and never read from the kernel.
 *
 * The model counts references like the kernel: a descriptor, a mapping or another
 * process pins a gmem file; its descriptor, a vCPU or a gmem file pins a VM; a
 * file pins an inode.  So release, vm_destroy and evict are not reported by the
 * caller of close(): they follow when the last reference is dropped, in whichever
 * process that is.
 *
 * Each call takes the time @t0 at which the system call began; the system call
 * ends with the call.  Ids are positions in the tables of struct gg_world.
 * All functions lock the world themselves.
 */
#ifndef GG_TRUTH_H
#define GG_TRUTH_H

#include <stdio.h>

#include "world.h"

/*
 * Add a new object, of which the caller has the descriptor @fd; return its id, or
 * -ENOSPC when a table is full.
 */
int gg_truth_vm(struct gg_world *w, uint64_t t0, uint32_t machine, uint32_t type, uint64_t size, int fd);
int gg_truth_gmem(struct gg_world *w, uint64_t t0, uint32_t vm, uint64_t ino, uint64_t size, uint64_t flags, int fd);
int gg_truth_link(struct gg_world *w, uint64_t t0, uint32_t vm, uint32_t src_file, uint64_t flags, int fd);

/* Add a vCPU, which has a descriptor and a mapping. */
void gg_truth_vcpu(struct gg_world *w, uint32_t vm, int fd);

/* Drop the descriptors, or the mappings, of all vCPUs of the VM. */
void gg_truth_vcpus_part(struct gg_world *w, uint32_t vm, enum gg_pin_what what);

/* Add another descriptor that pins the VM: of statistics or of a device. */
void gg_truth_extra(struct gg_world *w, uint32_t vm, enum gg_pin_what what, int fd);
void gg_truth_put_extra(struct gg_world *w, uint64_t t0, uint32_t vm, enum gg_pin_what what);

/* Report a bind that KVM did or refused: @ret is 0 or -errno. */
void gg_truth_bind(struct gg_world *w, uint64_t t0, uint32_t file, const struct gg_place *at, int ret);

/* Report a bind that KVM refused before it called guest_memfd: function hooks do not see it. */
void gg_truth_bind_rejected(struct gg_world *w, uint64_t t0, uint32_t file, const struct gg_place *at, int ret);
void gg_truth_unbind(struct gg_world *w, uint64_t t0, uint32_t file, const struct gg_place *at);
void gg_truth_mmap(struct gg_world *w, uint64_t t0, uint32_t file);

/*
 * Pages [first, first + n) of the file's inode are resident from now on; @op is
 * guest_touch, host_touch, fallocate or prefault.
 */
void gg_truth_touch(struct gg_world *w, uint64_t t0, enum gg_op op, uint32_t file, uint64_t first, uint64_t n);

/* Pages [first, first + n) of the file's inode are freed from now on. */
void gg_truth_punch(struct gg_world *w, uint64_t t0, enum gg_call call, uint32_t file, uint64_t first, uint64_t n);

/*
 * Report a punch while guests touch the same range: it is not known which of the
 * pages were resident.  They are known again when the caller has touched all.
 */
void gg_truth_punch_busy(struct gg_world *w, uint64_t t0, uint32_t file, uint64_t first, uint64_t n);

/*
 * Add to a count without an event: guest_found_pages were resident and not mapped
 * when touched, a fault each; guest_raced_pages counts the touches by other vCPUs
 * of a page that several touch at the same time.
 */
void gg_truth_count(struct gg_world *w, enum gg_count count, uint64_t n);

/* Report that the guest's fault on @page failed @times times with @ret, -errno. */
void gg_truth_fail(struct gg_world *w, uint64_t t0, uint32_t file, uint64_t page, uint64_t times, int ret);

/*
 * Report that process @pid was killed while its guest touched pages one after
 * another from @first on: @n are resident, and the next one may be.
 */
void gg_truth_stamped(struct gg_world *w, int32_t pid, uint32_t file, uint64_t first, uint64_t n);

/* Report an attribute change of @n pages, which allocates and frees none. */
void gg_truth_convert(struct gg_world *w, uint64_t t0, uint32_t file, uint64_t n);

/* Guest pages [first, first + n) are private from now on, or shared again. */
void gg_truth_private(struct gg_world *w, uint32_t vm, uint64_t first, uint64_t n, bool on);

/* The VM's process has shared memory for guest pages [first, first + n) from now on, or no more. */
void gg_truth_anon(struct gg_world *w, uint32_t vm, uint64_t first, uint64_t n, bool on);

/*
 * Count @n calls of one kind on the file, without an event each: fallocate and
 * punch, which allocate and free one page in turn, convert of a page; create,
 * release and evict of other files.
 */
void gg_truth_calls(struct gg_world *w, enum gg_op op, uint32_t file, uint64_t n);

/* Report an event of @vm that changes no state: anon_touch, kill, reboot, rebind_delay, migrate. */
void gg_truth_note(struct gg_world *w, uint64_t t0, enum gg_op op, uint32_t vm, uint64_t n);

/* The calling process, which is not the file's owner, pins the file by @fd. */
void gg_truth_hold(struct gg_world *w, uint32_t file, int fd);

/* A message under way pins the file, until gg_truth_put_held(). */
void gg_truth_flight(struct gg_world *w, uint32_t file);

/* Drop one reference, and report all ends that follow. */
void gg_truth_put_vm(struct gg_world *w, uint64_t t0, uint32_t vm);
void gg_truth_put_vcpus(struct gg_world *w, uint64_t t0, uint32_t vm);
void gg_truth_put_file(struct gg_world *w, uint64_t t0, uint32_t file);
void gg_truth_put_map(struct gg_world *w, uint64_t t0, uint32_t file);
void gg_truth_put_held(struct gg_world *w, uint64_t t0, uint32_t file);

/* Process @pid has exited: drop all its references. */
void gg_truth_exit(struct gg_world *w, uint64_t t0, int32_t pid);

/* Return how many of these pages of the file's inode are resident. */
uint64_t gg_truth_resident(struct gg_world *w, uint32_t file, uint64_t first, uint64_t n);

/* Report something that this kernel does not allow; equal pairs are kept once and counted. */
void gg_truth_skip(struct gg_world *w, const char *what, const char *why);

/* Write the whole truth as one JSON object. */
void gg_truth_print(struct gg_world *w, FILE *out);

/* Write the truth to a file, by atomic rename; "-" is stdout.  0 or -errno. */
int gg_truth_save(struct gg_world *w, const char *path);

#endif /* GG_TRUTH_H */
