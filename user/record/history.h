/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * history.h - the last records of a live session in memory: a ring of segments, which begin and end with a tick. The
 * owner decides when a segment begins and which are dropped.
 *
 * gm_history_new(); gm_history_begin(), gm_history_put() for each record, gm_history_drop(); gm_history_open() for a
 * sequence that reads them; gm_history_free(), after the sequence is closed. Errors are -ENOMEM, not reported.
 */
#ifndef GM_RECORD_HISTORY_H
#define GM_RECORD_HISTORY_H

#include "record/rec_stream.h"

struct gm_history;
int gm_history_new(struct gm_history **out); /* Makes an empty ring. 0 or -ENOMEM. */
void gm_history_free(struct gm_history *h);  /* NULL allowed */
/* Begins a segment, after a tick. *place is its beginning, as of gm_rec_stream_ops.mark. 0 or -ENOMEM. */
int gm_history_begin(struct gm_history *h, struct gm_place **place);
/* Appends a record to the last segment; without one nothing. 0 or -ENOMEM. */
int gm_history_put(struct gm_history *h, const union gm_any *rec);
void gm_history_drop(struct gm_history *h);		  /* Drops the oldest segment. */
size_t gm_history_bytes(const struct gm_history *h);	  /* Return the memory of all segments. */
size_t gm_history_last_bytes(const struct gm_history *h); /* Return the bytes of records in the last segment. */
/*
 * Opens a sequence that ends after the last tick, and goes on when there is another one. next() and back() return
 * -ENOENT, not reported, where the segment was dropped; rewind() and seek() always do. h must outlive it. 0 or -ENOMEM.
 */
int gm_history_open(struct gm_history *h, struct gm_rec_stream **out);

#endif
