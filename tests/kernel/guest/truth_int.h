// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What truth.c and truth_fault.c share.  All under the world's lock.
 */
#ifndef GG_TRUTH_INT_H
#define GG_TRUTH_INT_H

#include <stdio.h>

#include "world.h"

/* Who and when: the same for all events that one system call causes. */
struct gg_cause {
	uint64_t t0;
	int32_t pid;
	bool exit;	/* of a process, in place of a system call */
};

struct gg_cause gg_cause_now(uint64_t t0);

/* A new event, counted; never NULL.  The caller fills in what it moved. */
struct gg_event *gg_event_new(struct gg_world *w, struct gg_cause c, enum gg_op op, int32_t vm, int32_t file);
struct gg_event *gg_event_of_file(struct gg_world *w, struct gg_cause c, enum gg_op op, uint32_t file);

/* Pages [first, first + n) are there from now on, by @op. */
void gg_event_touch(struct gg_world *w, struct gg_cause c, enum gg_op op, uint32_t file, uint64_t first, uint64_t n);

/* The calling process holds something from now on; @file and @fd -1: none. */
void gg_pin_add(struct gg_world *w, enum gg_pin_what what, uint32_t vm, int32_t file, int fd);

/* ... and no more: all of this kind that it has of the VM or file. */
void gg_pin_drop(struct gg_world *w, enum gg_pin_what what, uint32_t vm, int32_t file);

/* Process @pid holds nothing any more. */
void gg_pin_exit(struct gg_world *w, int32_t pid);

/* The elements of "pins". */
void gg_pins_print(const struct gg_world *w, FILE *out);

#endif /* GG_TRUTH_INT_H */
