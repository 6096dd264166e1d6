/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * metrics_int.h - shared by the files of the exporter's metrics; not for other files.
 *
 *	metrics.c		the table of families, samples of the host
 *	metrics_machine.c	samples of machines
 *	metrics_self.c		samples of the exporter, its probes and programs
 *	metrics_rows.c		which machines have their own series, and their state at the last tick
 *	metrics_label.c		their label "machine"
 *	metrics_add.c		passes one sample of a family to the encoder
 *	exposition.c		formats: negotiation, numbers
 *	exposition_text.c exposition_pb.c exposition_otlp.c	the encoders
 */
#ifndef GM_EXPORTER_METRICS_INT_H
#define GM_EXPORTER_METRICS_INT_H

#include <errno.h>

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
	const char *name;	/* without _total and _info, which the encoders add */
	enum gm_metric_type type;
	const char *unit;	/* "seconds", "bytes" (the name ends with it), or "" */
	const char *help;
	const char *labels;	/* for docs/metrics.md: label names, separated by commas */
	const char *series;	/* for docs/metrics.md: maximum number of series */
	const char *source;	/* for docs/metrics.md: where the values come from */
	/* OpenMetrics: omit _created, which would be one more series for each; other formats carry it at no cost */
	bool no_created;
	void (*collect)(struct gm_collect *c, const struct gm_family *f);
	bool is_long;		/* histograms: the default buckets are those of minutes, not of microseconds */
};

extern const struct gm_family gm_host_families[], gm_machine_families[], gm_self_families[];
extern const unsigned int gm_host_families_nr, gm_machine_families_nr, gm_self_families_nr;

/* value: valid UTF-8; an empty value is the same as no label, and omitted */
struct gm_label { const char *name, *value; };
#define GM_LABELS_MAX 8

/* State of one exposition being written. */
struct gm_collect {
	const struct gm_metrics *mx;
	const struct gm_model *m;
	const struct gm_self *self;
	struct gm_encoder *enc;
	/* CLOCK_REALTIME at which sums began; set by collect() if that is not the session's start */
	uint64_t created_ns;
	const struct gm_family *f;	/* the family whose head was written; NULL: none */
};

/* Writes a sample; the labels follow as name, value, .., NULL. A family without samples is not written at all. */
void gm_metric_add(struct gm_collect *c, const struct gm_family *f, double v, ...) __attribute__((sentinel));
void gm_metric_add_hist(struct gm_collect *c, const struct gm_family *f, const struct gm_hist *h, ...)
	__attribute__((sentinel));
/* Return CLOCK_REALTIME of a record's time; 0 if the recording lacks it. */
uint64_t gm_realtime_of(const struct gm_model *m, uint64_t ts_ns);

/* ---- encoders ---- */

struct gm_encoder_ops {
	void (*begin)(struct gm_encoder *e);
	void (*family)(struct gm_encoder *e, const struct gm_family *f);	/* called before its first sample */
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
	unsigned int stride;	/* slots from one classic bucket to the next; 0: the default buckets */
	uint64_t created_ns;	/* of the samples that follow */
	size_t mark[4];		/* protobuf: open messages */
};
extern const struct gm_encoder_ops gm_expo_text, gm_expo_pb, gm_expo_otlp;

/*
 * Formats v as the shortest text that reads back as the same double, or as "+Inf", "-Inf", "NaN". buf >= 32. Returns
 * buf.
 */
char *gm_fmt_double(char *buf, size_t size, double v);
/*
 * Return true if a slot's upper bound is that of a classic bucket of the family. Default: every second octave, from
 * 1 us to 16 s; of a long family from 1 ms to 4096 s.
 */
bool gm_is_classic_bound(const struct gm_encoder *e, const struct gm_family *f, unsigned int slot);
/* Return the exact upper bound of a slot in seconds: 2^(prom index / 8). */
double gm_bound_seconds(unsigned int slot);

/* ---- rows ---- */

enum gm_mem_state { GM_MEM_BOUND, GM_MEM_UNBOUND, GM_MEM_ORPHANED, GM_MEM_STATES };
#define GM_MEM_NODES	(GM_NODES_MAX + 1)	/* the last: node unknown */

struct gm_mem_cells {
	uint64_t pages[GM_MEM_STATES][GM_MEM_NODES];
	uint64_t size_bytes, inodes;
	uint64_t nodes_error;	/* maximum error of each node's pages */
};

/* Sums that never decrease. */
struct gm_mrow_sums {
	uint64_t count[GM_PHASE_NR], sum_ns[GM_PHASE_NR];
	uint64_t allocated_pages, freed_pages;
	uint64_t episodes[GM_REBOOT_STYLES];
};

/* A copy of the machine's last reboot: the model drops old episodes, and computing a saving takes long. */
struct gm_last_reboot {
	uint32_t id;		/* 0: none */
	uint64_t wall_ns, end_ns;
	/* parts of the wall clock that add up to wall_ns */
	uint64_t old_ns[GM_LINE_NR], new_ns[GM_LINE_NR], rest_ns[4];
	bool saving_known;
	double saving_s[3];	/* low, mid, high */
};

struct gm_mrow {
	uint32_t machine;	/* id of the machine */
	char label[72];		/* unique, valid UTF-8 */
	bool hashed;		/* the label contains a hash of the key */
	uint64_t key_hash, label_hash;
	bool folded;		/* added up as "other" */
	bool alive, hidden;
	uint64_t gone_ns;	/* record time at which it was no longer alive; 0: alive */
	uint64_t seen_tick;	/* tick at which the model last had the machine */
	uint64_t first_ns;
	char key[160], name[96], comm[GM_COMM_LEN];	/* the same as in struct gm_machine */
	uint32_t tgid;
	struct gm_mem_cells mem;
	struct gm_halves halves;
	uint64_t vms, bindings;
	uint64_t untracked;	/* number of files that are not tracked, beyond a limit */
	bool lacks_vms;		/* VMs of its process are not tracked, beyond a limit */
	bool uncounted;		/* it has, or had, such files or VMs: allocated and freed pages are unknown */
	struct gm_mrow_sums sums;
	struct gm_last_reboot last;
};

struct gm_metrics {
	struct gm_metrics_opts o;
	struct gm_vec rows;		/* struct gm_mrow, in the order in which they were added */
	struct gm_hmap by_machine, by_label;	/* machine's id -> row, hash of a label -> row */
	struct gm_mem_cells mem;	/* sums of the host */
	uint64_t ticks;
	bool ever_folded;
	struct gm_mrow_sums other;	/* gains of rows while they were folded */
	uint32_t folded;		/* number of folded rows that are not hidden */
	uint32_t shown;
};

/*
 * Sets the row's label and name, if the machine's key or name has changed; may change the label of a row with the same
 * name. 0 or -ENOMEM.
 */
int gm_row_label(struct gm_metrics *mx, struct gm_mrow *row, const struct gm_machine *mc);
void gm_row_label_drop(struct gm_metrics *mx, struct gm_mrow *row); /* the row has no label until it is set again */
/* Fills out with the row "other": the sums of all folded rows. */
void gm_metrics_overflow_row(const struct gm_metrics *mx, struct gm_mrow *out);
extern const char *const gm_mem_state_names[GM_MEM_STATES];
/* Return how many states this host distinguishes: without access to all tasks no memory is known to be orphaned. */
unsigned int gm_mem_state_count(const struct gm_model *m);

#endif
