/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * metrics.h - the model as metrics: one table of families (metrics.c), written by one of four encoders.
 *
 * A family is a row: name, type, unit, help, labels, and the function that walks the model. What it says goes through
 * struct gm_encoder, so each format tells the same samples. docs/metrics.md is this table, printed by gm_metrics_doc().
 *
 * Machines are labelled by an id that is a hash of their key: stable over restarts of the exporter and of the
 * machine's own. Names are in gmem_machine_info alone.
 */
#ifndef GM_EXPORTER_METRICS_H
#define GM_EXPORTER_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/str.h"
#include "model/model.h"

enum gm_format {
	GM_FORMAT_TEXT,		/* Prometheus text 0.0.4 */
	GM_FORMAT_OPENMETRICS,	/* OpenMetrics 1.0 */
	GM_FORMAT_PROTOBUF,	/* io.prometheus.client.MetricFamily, each behind its length: with native histograms */
	GM_FORMAT_OTLP,		/* opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest */
	GM_FORMAT_NR,
};
const char *gm_format_type(enum gm_format f); /* Content-Type */
const char *gm_format_name(unsigned int f);   /* text, openmetrics, protobuf, otlp; NULL: no such */
/*
 * The format that an Accept header (RFC 9110 12.5.1; NULL: none) prefers among the first three. What cannot be had, or
 * cannot be read, means text, as with other exporters: a scrape that gets nothing helps nobody.
 */
enum gm_format gm_format_negotiate(const char *accept);
/* Does an Accept-Encoding header (NULL: none) take gzip? */
bool gm_accepts_gzip(const char *accept_encoding);

/* What the exporter says of itself; whoever runs it fills this in. */
struct gm_self {
	double cpu_seconds;
	uint64_t resident_bytes, virtual_bytes;
	double start_seconds;		/* since 1970; 0: not known */
	uint64_t open_fds, max_fds;
	uint64_t real_ns;		/* CLOCK_REALTIME now */
	double look_seconds;		/* what the newest look took */
	uint64_t looks;
	/* the HTTP server; all 0 without one */
	bool serves;
	uint64_t connections;		/* open now */
	uint64_t requests;
	/* connections closed because they were too slow, or held a place others needed */
	uint64_t evicted;
	/* OTLP push */
	bool pushes;
	uint64_t push_sent, push_failed, push_dropped;	/* batches; failed: tries, of which a batch may have several */
	uint64_t push_queued;
	const char *host;		/* for OTLP's resource; NULL: not told */
	const char *version;		/* "0.1" */
};

struct gm_metrics_opts {
	const char *want;		/* --vm's argument, or NULL; kept */
	uint32_t limit;			/* machines with series of their own; later ones are "other"; 0: all */
	uint64_t linger_ns;		/* how long a machine that is gone stays */
	unsigned int per_octave;	/* classic buckets: 1, 2, 4 or 8 an octave */
};

/* Which machines have series of their own: state that outlives a scrape. */
struct gm_metrics;
int gm_metrics_new(struct gm_metrics **out, const struct gm_metrics_opts *o); /* 0 or -ENOMEM */
void gm_metrics_free(struct gm_metrics *mx);				      /* NULL allowed */
/* At each tick, so that nothing of a machine that comes and goes is missed. 0 or -ENOMEM. */
int gm_metrics_tick(struct gm_metrics *mx, const struct gm_model *m);
/* Appends one exposition; lack of memory is in out->err. */
void gm_metrics_write(const struct gm_metrics *mx, const struct gm_model *m, const struct gm_self *self,
		      enum gm_format f, struct gm_str *out);
/* The families as a table in Markdown: docs/metrics.md. */
void gm_metrics_doc(struct gm_str *out);

#endif
