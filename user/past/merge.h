/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * merge.h - several recordings as one sequence of records, by wall clock.
 *
 * Times become times of the first recording's CLOCK_MONOTONIC, by each recording's pair of clocks (meta record);
 * recordings of one boot have one clock. Ids of vms, files and inodes are renumbered to be distinct. Process ids of
 * another host, or boot, have that host's number in the bits above GM_PID_BITS (record.h), so that processes of two
 * hosts are never confused. Cumulative counts (losses, operations, programs) are summed over the recordings. There is
 * one meta record: the first one's, reduced to what all recordings can show. A probe counts as attached if it is
 * attached in all. Ticks are those of one recording: the first one's while it lasts, then the next one's; one last tick
 * ends the sequence. A scan of tasks or bindings ends with what all recordings last reported, since what a scan does
 * not report has ended.
 *
 * gm_merge_open() makes a sequence of record/rec_stream.h; its errors are those of the sequences in it.
 */
#ifndef GM_PAST_MERGE_H
#define GM_PAST_MERGE_H

#include "record/rec_stream.h"

#define GM_MERGE_MAX 16

/*
 * Merges nr sequences (1 .. GM_MERGE_MAX), which are taken over, also on failure; names: for messages, must stay valid.
 * 0; -errno, reported: -EINVAL: page sizes differ; -EBADMSG: a recording without a clock pair; -ENOMEM.
 */
int gm_merge_open(struct gm_rec_stream **out, struct gm_rec_stream **recs, const char *const *names, unsigned int nr);

#endif
