/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* reading.h - arithmetic on readings of a VM's histograms (struct gm_vm_hists), which grow while they are read. */
#ifndef GM_READING_H
#define GM_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "gm_conf.h"
#include "record/record.h"

/* Copies a VM's histograms while programs add to them, in the order of the struct (struct gm_vm_hists says why). */
void gm_reading_copy(struct gm_vm_hists *dst, const struct gm_vm_hists *src);

/*
 * Merges a reading with the one before it, and computes the parts of guests' faults. The numbers only grow, so of two
 * the greater is the later one: the kernel's reading (gm_raw_hists) may arrive after a later one of ours, if its
 * program was preempted. dst and now may be the same.
 */
void gm_reading_merge(struct gm_vm_hists *dst, const struct gm_vm_hists *now, const struct gm_vm_hists *prev);

/* Makes a record of what a histogram gained since prev. Returns false if that is nothing. */
bool gm_reading_gain(struct gm_rec_hist *r, uint32_t vm, uint32_t phase, const struct gm_khist *now,
		     const struct gm_khist *prev);

/* Returns how many durations a histogram gained since prev. */
uint64_t gm_reading_gained(const struct gm_khist *now, const struct gm_khist *prev);

/* Returns how many faults of a kind succeeded since prev, the untimed ones included. */
uint64_t gm_reading_gained_faults(const struct gm_vm_hists *now, const struct gm_vm_hists *prev, uint32_t kind);

#endif
