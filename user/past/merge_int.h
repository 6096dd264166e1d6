/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* merge_int.h - what merge*.c share; nobody else includes it. */
#ifndef GM_PAST_MERGE_INT_H
#define GM_PAST_MERGE_INT_H

#include "base/hmap.h"
#include "base/str.h"
#include "base/vec.h"
#include "past/merge.h"

enum gm_id_of { GM_ID_VM, GM_ID_FILE, GM_ID_INODE, GM_ID_NR };

/* A record of cumulative counts as a recording last told it, and where it stood when its counts began. */
struct gm_told {
	union { struct gm_rec h; struct gm_rec_loss loss; struct gm_rec_ops ops; struct gm_rec_prog prog; } now, base;
};

/* Records kept as a list, one behind the other. */
struct gm_walked {
	struct gm_str done, now;	/* of the last complete walk; of the one under way */
	uint64_t begin_ns, now_ns;	/* when these began; begin_ns 0: none is complete */
	bool walking;
	unsigned int walks;
};

struct gm_stream {
	struct gm_recs *in;
	const char *name;
	struct gm_rec_meta meta;
	int64_t shift;			/* from its clock to the first recording's */
	uint32_t host;			/* number of its host and boot: 0 the first one's */
	/* of a merge that was recorded: its host n > 0 is more_hosts + (n - 1) * stride */
	uint32_t more_hosts, stride;
	uint64_t probes[4];		/* which of the joint list it told of: one bit each */
	uint64_t vm_ns;			/* the newest birth of a vm that it told; 0: none */
	union gm_any next;
	bool pending, started, ended;
	bool in_key, began_with_key;
	/* it has scans that leave bindings to events: those that look them up make up for what was lost */
	bool binds_told;
	struct gm_hmap ids[GM_ID_NR];	/* its number -> ours */
	struct gm_vec told;		/* struct gm_told */
	/* our number -> uint64_t[2]: pages allocated and freed before its counts began */
	struct gm_hmap inode_base;
	struct gm_walked tasks, bindings;
};

struct gm_merge {
	struct gm_recs recs;	/* first: ops get this pointer */
	struct gm_stream s[GM_MERGE_MAX];	/* by when they began */
	unsigned int nr;
	uint32_t next_id[GM_ID_NR];
	struct gm_vec probes;	/* struct gm_rec_probe: as told */
	bool told_meta, had_last;
	uint64_t seq, ts_ns;
	struct gm_str out;	/* records that are due */
	size_t out_at;
};

/* A record is due. 0 or -ENOMEM. */
int gm_merge_push(struct gm_merge *m, const union gm_any *rec);
/* An edge of a walk; a record of one that is under way. */
int gm_merge_scan(struct gm_merge *m, struct gm_stream *s, const union gm_any *rec);
int gm_merge_keep(struct gm_walked *w, const union gm_any *rec);
/*
 * A time of s by the first one's clock, and back. 0 stays 0, what is older than the first one's clock becomes 1:
 * wrapped around it would be later than all others.
 */
uint64_t gm_merge_ns(const struct gm_stream *s, uint64_t ns);
uint64_t gm_merge_ns_back(const struct gm_stream *s, uint64_t ns);
/*
 * Numbers, times and process ids of s become the merged ones'. next_id: the last number given out, by enum gm_id_of.
 * 0 or -ENOMEM.
 */
int gm_merge_translate(struct gm_stream *s, uint32_t next_id[GM_ID_NR], union gm_any *rec);
/*
 * Which class of field, for the test that asks whether one was forgotten: 't'ime, 'p'rocess, 'v'm, 'f'ile, 'i'node;
 * 0: none.
 */
char gm_merge_class(unsigned int kind, size_t offset);
/* A cumulative record: notes it, and makes of it the sum over all streams. 0 or -ENOMEM. */
int gm_merge_sum(struct gm_stream *s, struct gm_stream *all, unsigned int nr, union gm_any *rec);
/* The stream's keyframe ended: its counts begin here. */
int gm_merge_begin_counts(struct gm_stream *s);
/* Pages that an inode's record tells, without those from before. */
void gm_merge_rebase(const struct gm_stream *s, union gm_any *rec);
void gm_stream_reset(struct gm_stream *s); /* as it was opened; frees what it learned */
void gm_merge_forget(struct gm_merge *m);  /* the same of all */

/* ---- merge_place.c: struct gm_recs_ops.mark and .back ---- */
int gm_merge_mark(struct gm_recs *r, struct gm_place **out);
int gm_merge_back(struct gm_recs *r, const struct gm_place *p);

#endif
