/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* merge_int.h - shared by merge*.c; no other file includes it. Functions that return -ENOMEM do not report it. */
#ifndef GM_PAST_MERGE_INT_H
#define GM_PAST_MERGE_INT_H

#include "base/hmap.h"
#include "base/str.h"
#include "base/vec.h"
#include "past/merge.h"

enum gm_id_of { GM_ID_VM, GM_ID_FILE, GM_ID_INODE, GM_ID_NR };

/* A record of cumulative counts: the recording's last one, and the one from which its counts begin. */
struct gm_merge_count {
	union { struct gm_rec h; struct gm_rec_loss loss; struct gm_rec_ops ops; struct gm_rec_prog prog; } now, base;
};

/* The records of a recording's scans, one behind the other. */
struct gm_scan_records {
	struct gm_str done, now;	/* of the last complete scan; of the one in progress */
	uint64_t begin_ns, now_ns;	/* when these scans began; begin_ns 0: none is complete */
	bool in_progress;
	unsigned int complete_nr;
};

struct gm_stream {
	struct gm_rec_stream *in;
	const char *name;
	struct gm_rec_meta meta;
	int64_t shift;			/* from its clock to the first recording's */
	uint32_t host;			/* number of its host and boot; 0: the first one's */
	/* for a merge that was recorded: its host n > 0 becomes more_hosts + (n - 1) * stride */
	uint32_t more_hosts, stride;
	uint64_t probes[4];		/* bits: which probes of the joint list it has */
	uint64_t newest_vm_ns;		/* creation of its newest vm; 0: none */
	union gm_any next;
	bool pending, started, ended;
	bool in_key, began_with_key;
	/* it has scans that leave bindings to events: its scans of bindings only replace lost events */
	bool has_binding_events;
	struct gm_hmap ids[GM_ID_NR];	/* its id -> the merged id */
	struct gm_vec counts;		/* struct gm_merge_count */
	/* merged id -> uint64_t[2]: pages allocated and freed before its counts began */
	struct gm_hmap inode_base;
	struct gm_scan_records tasks, bindings;
};

struct gm_merge {
	struct gm_rec_stream recs;	/* first: ops get this pointer */
	struct gm_stream s[GM_MERGE_MAX];	/* in the order in which they began */
	unsigned int nr;
	uint32_t next_id[GM_ID_NR];
	struct gm_vec probes;	/* struct gm_rec_probe: as pushed */
	bool has_pushed_meta, had_last;
	uint64_t seq, ts_ns;
	struct gm_str out;	/* records that are due */
	size_t out_at;
};

/* Adds a record to those that are due. 0 or -ENOMEM. */
int gm_merge_push(struct gm_merge *m, const union gm_any *rec);
/* Handles an edge of a scan. 0 or -ENOMEM. */
int gm_merge_scan(struct gm_merge *m, struct gm_stream *s, const union gm_any *rec);
/* Adds a record to the scan in progress. 0 or -ENOMEM. */
int gm_merge_collect(struct gm_scan_records *w, const union gm_any *rec);
/*
 * Converts a time of s to the first one's clock. 0 stays 0. A time before the first one's clock becomes 1: wrapped
 * around, it would be later than all others.
 */
uint64_t gm_merge_ns(const struct gm_stream *s, uint64_t ns);
/* Converts a time by the first one's clock to a time of s. */
uint64_t gm_merge_ns_back(const struct gm_stream *s, uint64_t ns);
/*
 * Converts ids, times and process ids of s to the merged ones. next_id: the last id given out, by enum gm_id_of. 0,
 * -ENOMEM, or -EOVERFLOW: more than 2^32 objects.
 */
int gm_merge_translate(struct gm_stream *s, uint32_t next_id[GM_ID_NR], union gm_any *rec);
/*
 * Returns the class of a field, for the test that searches for forgotten ones: 't'ime, 'p'rocess, 'v'm, 'f'ile,
 * 'i'node; 0: none.
 */
char gm_merge_class(unsigned int kind, size_t offset);
/*
 * Notes a cumulative record, and makes it the sum over all streams. 0, also where there is no room to note one more
 * kind of count (merge_rec.c): the record then stays as it is. -ENOMEM.
 */
int gm_merge_sum(struct gm_stream *s, struct gm_stream *all, unsigned int nr, union gm_any *rec);
/* Notes that the stream's keyframe ended: its counts begin here. Returns 0. */
int gm_merge_begin_counts(struct gm_stream *s);
/*
 * Removes from a record what happened before the recording's counts began: pages of an inode, extremes of a histogram.
 */
void gm_merge_rebase(const struct gm_stream *s, union gm_any *rec);
void gm_stream_reset(struct gm_stream *s); /* resets s to its begin; frees what it learned */
void gm_merge_reset(struct gm_merge *m);   /* resets all streams */

/* ---- merge_place.c: struct gm_rec_stream_ops.mark and .back ---- */
int gm_merge_mark(struct gm_rec_stream *r, struct gm_place **out);
int gm_merge_back(struct gm_rec_stream *r, const struct gm_place *p);

#endif
