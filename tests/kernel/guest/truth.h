// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The ground truth: a model of what KVM must have done, kept by the workload
 * itself and never read from the kernel.
 *
 * The model counts references as the kernel does: a gmem file lives while a
 * descriptor, a mapping or another process holds it; a VM lives while its
 * descriptor, a vCPU or a gmem file does; an inode lives while a file does.
 * So release, vm_destroy and evict are not reported by who calls close, they
 * follow from the last reference, in whatever process that drops.
 *
 * Each call takes the time @t0 at which the system call began; the end is the
 * time of the call.  Ids are positions in the tables of struct gg_world.
 * All functions lock the world themselves.
 */
#ifndef GG_TRUTH_H
#define GG_TRUTH_H

#include <stdio.h>

#include "world.h"

/*
 * New objects, of which the caller has the descriptor @fd: return the id, or
 * -ENOSPC when a table is full.
 */
int gg_truth_vm(struct gg_world *w, uint64_t t0, uint32_t machine, uint32_t type, uint64_t size, int fd);
int gg_truth_gmem(struct gg_world *w, uint64_t t0, uint32_t vm, uint64_t ino, uint64_t size, uint64_t flags, int fd);
int gg_truth_link(struct gg_world *w, uint64_t t0, uint32_t vm, uint32_t src_file, uint64_t flags, int fd);

/* A vCPU, mapped as well. */
void gg_truth_vcpu(struct gg_world *w, uint32_t vm, int fd);

/* Of all vCPUs of the VM the descriptors or the mappings go, not both. */
void gg_truth_vcpus_part(struct gg_world *w, uint32_t vm, enum gg_pin_what what);

/* Another descriptor that holds the VM: of statistics or of a device. */
void gg_truth_extra(struct gg_world *w, uint32_t vm, enum gg_pin_what what, int fd);
void gg_truth_put_extra(struct gg_world *w, uint64_t t0, uint32_t vm, enum gg_pin_what what);

/* A bind that KVM carried out or refused: @ret is 0 or -errno. */
void gg_truth_bind(struct gg_world *w, uint64_t t0, uint32_t file, const struct gg_place *at, int ret);

/* A bind that KVM refused before it asked guest_memfd: no hook sees it. */
void gg_truth_bind_rejected(struct gg_world *w, uint64_t t0, uint32_t file, const struct gg_place *at, int ret);
void gg_truth_unbind(struct gg_world *w, uint64_t t0, uint32_t file, const struct gg_place *at);
void gg_truth_mmap(struct gg_world *w, uint64_t t0, uint32_t file);

/*
 * Pages [first, first + n) of the file's inode are there from now on; @op is
 * guest_touch, host_touch, fallocate or prefault.
 */
void gg_truth_touch(struct gg_world *w, uint64_t t0, enum gg_op op, uint32_t file, uint64_t first, uint64_t n);

/* ... and these are gone. */
void gg_truth_punch(struct gg_world *w, uint64_t t0, enum gg_call call, uint32_t file, uint64_t first, uint64_t n);

/*
 * A punch while guests touch the same range: which of the pages were there is
 * not known.  They are again when the caller has all touched once more.
 */
void gg_truth_punch_busy(struct gg_world *w, uint64_t t0, uint32_t file, uint64_t first, uint64_t n);

/*
 * A count that no event has: guest_found_pages, which were there when touched
 * and not mapped, a fault each; guest_raced_pages, which more than one vCPU
 * touched at the same time, but the first.
 */
void gg_truth_count(struct gg_world *w, enum gg_count count, uint64_t n);

/* The guest's fault on @page failed @times times with @ret, -errno. */
void gg_truth_fail(struct gg_world *w, uint64_t t0, uint32_t file, uint64_t page, uint64_t times, int ret);

/*
 * Process @pid was killed while its guest touched pages one after another from
 * @first on: @n are there, and the one it was at may be.
 */
void gg_truth_stamped(struct gg_world *w, int32_t pid, uint32_t file, uint64_t first, uint64_t n);

/* Attribute change of @n pages; no page comes or goes by it. */
void gg_truth_convert(struct gg_world *w, uint64_t t0, uint32_t file, uint64_t n);

/*
 * @n calls of one kind on the file, without an event each: fallocate and punch of
 * a page that comes by the one and goes by the other, convert of a page; create,
 * release and evict of other files.
 */
void gg_truth_calls(struct gg_world *w, enum gg_op op, uint32_t file, uint64_t n);

/* An event of @vm that changes no state: anon_touch, kill, reboot, rebind_delay, migrate. */
void gg_truth_note(struct gg_world *w, uint64_t t0, enum gg_op op, uint32_t vm, uint64_t n);

/* A file is also held by another process, the calling one, by @fd. */
void gg_truth_hold(struct gg_world *w, uint32_t file, int fd);

/* ... or by a message under way, until gg_truth_put_held(). */
void gg_truth_flight(struct gg_world *w, uint32_t file);

/* Drop one reference; records all that follows from it. */
void gg_truth_put_vm(struct gg_world *w, uint64_t t0, uint32_t vm);
void gg_truth_put_vcpus(struct gg_world *w, uint64_t t0, uint32_t vm);
void gg_truth_put_file(struct gg_world *w, uint64_t t0, uint32_t file);
void gg_truth_put_map(struct gg_world *w, uint64_t t0, uint32_t file);
void gg_truth_put_held(struct gg_world *w, uint64_t t0, uint32_t file);

/* Process @pid has gone: drop every reference it still had. */
void gg_truth_exit(struct gg_world *w, uint64_t t0, int32_t pid);

/* Of these pages of the file's inode, how many are there? */
uint64_t gg_truth_resident(struct gg_world *w, uint32_t file, uint64_t first, uint64_t n);

/* Something was not done; the same pair is kept once and counted. */
void gg_truth_skip(struct gg_world *w, const char *what, const char *why);

/* Write the whole truth as one JSON object. */
void gg_truth_print(struct gg_world *w, FILE *out);

/* The same into a file, by atomic rename; "-" is stdout.  0 or -errno. */
int gg_truth_save(struct gg_world *w, const char *path);

#endif /* GG_TRUTH_H */
