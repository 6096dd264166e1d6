// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Functions that the files truth*.c share.  They run under the world's lock.
 */
#ifndef GG_TRUTH_INT_H
#define GG_TRUTH_INT_H

#include <stdio.h>

#include "world.h"

/* The time and process of a system call, which all events that it causes share. */
struct gg_cause {
	uint64_t t0;
	int32_t pid;
	bool exit;	/* the cause is a process's exit, not a system call */
};

struct gg_cause gg_cause_now(uint64_t t0);

/* Count an event and return it; never NULL.  The caller fills in its pages. */
struct gg_event *gg_event_new(struct gg_world *w, struct gg_cause c, enum gg_op op, int32_t vm, int32_t file);
struct gg_event *gg_event_of_file(struct gg_world *w, struct gg_cause c, enum gg_op op, uint32_t file);

/* Report that pages [first, first + n) are resident from now on, by @op. */
void gg_event_touch(struct gg_world *w, struct gg_cause c, enum gg_op op, uint32_t file, uint64_t first, uint64_t n);

/* Add a pin by the calling process; @file and @fd -1: none. */
void gg_pin_add(struct gg_world *w, enum gg_pin_what what, uint32_t vm, int32_t file, int fd);

/* Drop all pins of this kind by the calling process on the VM or file. */
void gg_pin_drop(struct gg_world *w, enum gg_pin_what what, uint32_t vm, int32_t file);

/* Drop all pins by process @pid. */
void gg_pin_exit(struct gg_world *w, int32_t pid);

/* Print the private and shared memory of a VM, as the last fields of its object; nothing if it never was private. */
void gg_halves_print(const struct gg_world *w, uint32_t vm, FILE *out);

/* Print the elements of "pins". */
void gg_pins_print(const struct gg_world *w, FILE *out);

#endif /* GG_TRUTH_INT_H */
