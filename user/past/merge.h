/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * merge.h - several recordings as one sequence of records, by wall clock.
 *
 * Times become those of the first recording's CLOCK_MONOTONIC, by each one's pair of clocks (meta record; of one
 * boot: as they are). Numbers of vms, files and inodes are made distinct. Process ids of another host, or boot, carry
 * that host's number in their bits above GM_PID_BITS (record.h), so that processes of two hosts are never taken for
 * one. What is cumulative (losses, operations, programs) is summed up over the recordings. One meta record: of the
 * first, with the least that all can show; a probe counts as attached when it is everywhere. One tick where several
 * recordings have one: the first recording's while it lasts, then the next one's; one last tick at the end. A walk
 * over tasks or bindings ends with what all recordings last told, since a walk tells by silence, too.
 */
#ifndef GM_PAST_MERGE_H
#define GM_PAST_MERGE_H

#include "record/rec_stream.h"

#define GM_MERGE_MAX 16

/*
 * recs: nr of them (1 .. GM_MERGE_MAX), taken over, also on failure; names: for messages. 0 or -errno, reported: page
 * sizes differ, a recording without a clock pair.
 */
int gm_merge_open(struct gm_recs **out, struct gm_recs **recs, const char *const *names, unsigned int nr);

#endif
