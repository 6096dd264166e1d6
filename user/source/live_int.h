/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* live_int.h - what live.c and live_drain.c share; nobody else includes it. */
#ifndef GM_SOURCE_LIVE_INT_H
#define GM_SOURCE_LIVE_INT_H

#include "base/hmap.h"
#include "base/util.h"
#include "source/attach.h"
#include "source/kfacts.h"
#include "source/ksyms.h"
#include "source/live.h"

struct gm_live {
	struct gm_source src;
	struct gm_kfacts facts;
	struct gm_plan plan;
	struct gm_attached att;
	struct ring_buffer *ring, *faults, *scans;	/* scans: NULL where iterators walk the objects */
	unsigned int faults_taken;	/* in this round */
	struct gm_feed *feed;		/* during a call */
	int err;			/* a sink's refusal, kept across libbpf's callback */
	uint64_t seq;
	uint64_t start_ns, start_real_ns;
	uint64_t tasks_next_ns;		/* not before then */
	uint64_t tasks_cost_ns;
	uint64_t losses[GM_LOSS_NR];	/* last told */
	uint64_t bad_records;
	struct gm_op_counts ops[GM_PHASE_NR];	/* last told */
	struct gm_op_counts *ops_cpu;	/* one phase's, of each possible CPU */
	int cpus;
	struct gm_hot_val *hot;		/* one vm's, as read */
	struct gm_ksyms *ksyms;		/* read when the first stack comes */
	bool ksyms_tried;
	uint64_t missed;		/* runs that the kernel skipped, last told */
	struct gm_attached_prog *progs_told;	/* as att.progs, last told; NULL: nobody asks for it */
	uint32_t progs_stats;		/* enum gm_yesno: the kernel keeps statistics, last told */
	struct gm_hmap hot_prev;	/* vm id -> struct gm_hot_val, what was told */
	struct gm_hmap procs;		/* tgid -> start_ticks + 1 (as a pointer), already told */
	struct gm_vec owners;		/* tgids (as pointers) of processes that made a vm, for their CPU time */
	struct gm_vec dead;		/* vm ids (as pointers) whose histograms are to be deleted */
	void *buf;			/* GM_SCAN_BUF bytes */
};

uint64_t gm_live_now(void);				/* CLOCK_MONOTONIC, ns */
int gm_live_push(struct gm_live *l, const void *rec);	/* the sinks' error is kept in l->err */
/* What the kernel's maps gained since the last call, as records: histograms, parts, operations, losses. */
void gm_live_drain(struct gm_live *l);
/* From now on, the counts of our own programs are among them. */
void gm_live_start_progs(struct gm_live *l);
void gm_live_drain_vm(struct gm_live *l, uint32_t vm);	/* the histograms and parts of one vm */

#endif
