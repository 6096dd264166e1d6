/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * metrics_int.h - what the files of the exporter's metrics share; nobody else includes it.
 *
 *	metrics.c		the table of families, what they say of the host
 *	metrics_machine.c	what they say of machines
 *	metrics_self.c		what they say of the exporter, its probes and programs
 *	metrics_rows.c		which machines have series of their own, and what of them a tick found
 *	metrics_put.c		one sample of a family to the encoder
 *	exposition.c		formats: negotiation, numbers
 *	exposition_text.c exposition_pb.c exposition_otlp.c	the encoders
 */
#ifndef GM_EXPORTER_METRICS_INT_H
#define GM_EXPORTER_METRICS_INT_H

#include "base/vec.h"
#include "base/str.h"
#include "base/hmap.h"
#include "model/reboot.h"
#include "model/reboot_gaps.h"
#include "exporter/metrics.h"

/* ---- families ---- */

enum gm_metric_type { GM_GAUGE, GM_COUNTER, GM_INFO, GM_HISTOGRAM };

struct gm_collect;
struct gm_family {
	const char *name;	/* without _total and _info, which encoders add */
	enum gm_metric_type type;
	const char *unit;	/* "seconds", "bytes", or "": name ends with it */
	const char *help;
	const char *labels;	/* for docs/metrics.md: names, by commas */
	const char *series;	/* the same: how many there can be */
	const char *source;	/* the same: what feeds it */
	/* OpenMetrics: without _created, which is one more series for each; others carry it for nothing */
	bool no_created;
	void (*collect)(struct gm_collect *c, const struct gm_family *f);
};

extern const struct gm_family gm_host_families[], gm_machine_families[], gm_self_families[];
extern const unsigned int gm_host_families_nr, gm_machine_families_nr, gm_self_families_nr;

struct gm_label { const char *name, *value; };	/* value: valid UTF-8; an empty one is left out: the same as none */
#define GM_LABELS_MAX 8

/* One exposition under way. */
struct gm_collect {
	const struct gm_metrics *mx;
	const struct gm_model *m;
	const struct gm_self *self;
	struct gm_encoder *enc;
	/* CLOCK_REALTIME since when sums count; set by collect() where it is not the session's start */
	uint64_t created_ns;
	const struct gm_family *f;	/* that was begun; NULL: none */
};

/* A sample; then labels as name, value, .., NULL. A family without samples is not told at all. */
void gm_put(struct gm_collect *c, const struct gm_family *f, double v, ...) __attribute__((sentinel));
void gm_put_hist(struct gm_collect *c, const struct gm_family *f, const struct gm_hist *h, ...)
	__attribute__((sentinel));
/* CLOCK_REALTIME of a record's time; 0 where not told */
uint64_t gm_real_of(const struct gm_model *m, uint64_t ts_ns);

/* ---- encoders ---- */

struct gm_encoder_ops {
	void (*begin)(struct gm_encoder *e);
	void (*family)(struct gm_encoder *e, const struct gm_family *f);	/* before its first sample */
	void (*number)(struct gm_encoder *e, const struct gm_family *f, const struct gm_label *l, unsigned int nr,
		double v);
	void (*hist)(struct gm_encoder *e, const struct gm_family *f, const struct gm_label *l, unsigned int nr,
		const struct gm_hist *h);
	void (*family_end)(struct gm_encoder *e, const struct gm_family *f);
	void (*end)(struct gm_encoder *e);
};

struct gm_encoder {
	const struct gm_encoder_ops *ops;
	struct gm_str *out;
	const struct gm_self *self;
	bool openmetrics;
	unsigned int stride;	/* slots from one classic bucket to the next */
	uint64_t created_ns;	/* of the samples that come */
	size_t mark[4];		/* protobuf: open messages */
};
extern const struct gm_encoder_ops gm_expo_text, gm_expo_pb, gm_expo_otlp;

/* The shortest text that reads back as the same double; "+Inf", "-Inf", "NaN". buf >= 32. Returns buf. */
char *gm_fmt_double(char *buf, size_t size, double v);
/* Upper bound of a slot in seconds, exactly: 2^(prom index / 8). */
double gm_bound_seconds(unsigned int slot);

/* ---- rows ---- */

enum gm_mem_state { GM_MEM_BOUND, GM_MEM_UNBOUND, GM_MEM_ORPHANED, GM_MEM_STATES };
#define GM_MEM_NODES	(GM_NODES_MAX + 1)	/* the last: node not known */

struct gm_mem_cells {
	uint64_t pages[GM_MEM_STATES][GM_MEM_NODES];
	uint64_t size_bytes, inodes;
	uint64_t nodes_error;	/* pages by which each node's are wrong at most */
};

/* What only grows. */
struct gm_mrow_sums {
	uint64_t count[GM_PHASE_NR], sum_ns[GM_PHASE_NR];
	uint64_t allocated_pages, freed_pages;
	uint64_t episodes[GM_RB_STYLES];
};

/* The machine's last reboot, copied: episodes are forgotten, and a saving takes long to work out. */
struct gm_last_reboot {
	uint32_t id;		/* 0: none */
	uint64_t wall_ns, end_ns;
	uint64_t old_ns[GM_LINE_NR], new_ns[GM_LINE_NR], rest_ns[4];	/* of the wall clock: they add up to wall_ns */
	bool saving_known;
	double saving_s[3];	/* low, mid, high */
};

struct gm_mrow {
	uint32_t machine;	/* id */
	char label[40];
	uint64_t key_hash;
	bool folded;		/* counted as "other" */
	bool alive, hidden;
	uint64_t gone_ns;	/* record's time since when it is not alive; 0: it is */
	uint64_t seen;		/* tick number: for what is not in the model any more */
	uint64_t first_ns;
	char key[160], name[96], comm[GM_COMM_LEN];	/* as in struct gm_machine */
	uint32_t tgid;
	struct gm_mem_cells mem;
	uint64_t vms, bindings;
	uint64_t untracked;	/* files beyond a share */
	bool lacks_vms;		/* VMs of its process are beyond a share */
	bool uncounted;		/* it has, or had, such files or VMs: what was allocated and freed is not known */
	struct gm_mrow_sums sums;
	struct gm_last_reboot last;
};

struct gm_metrics {
	struct gm_metrics_opts o;
	struct gm_vec rows;		/* struct gm_mrow, by first sight */
	struct gm_hmap by_machine, by_label;	/* machine's id, hash of a label -> row */
	struct gm_mem_cells mem;	/* the host's */
	uint64_t ticks;
	bool ever_folded;
	struct gm_mrow_sums other;	/* of rows while they were folded */
	uint32_t folded;		/* of them that are not hidden */
	uint32_t shown;
};

/* What "other" stands for now. */
void gm_other_now(const struct gm_metrics *mx, struct gm_mrow *out);
extern const char *const gm_mem_state_names[GM_MEM_STATES];
/* How many of them this host tells apart: without all tasks nothing is known to be orphaned. */
unsigned int gm_mem_states(const struct gm_model *m);

#endif
