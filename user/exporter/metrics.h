/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * metrics.h - converts the model to metrics: one table of families (metrics.c), written by one of four encoders.
 *
 * A family is a row: name, type, unit, help, labels, and the function that collects its samples from the model. All
 * samples pass through struct gm_encoder, so each format has the same ones. docs/metrics.md is this table, printed by
 * gm_metrics_doc().
 *
 * Machines are labelled by their name; by a hash of their key, too, where two have one name (metrics_label.c). So the
 * label survives restarts of the exporter and of the machine.
 *
 * Call gm_metrics_new(), then gm_metrics_tick() at each tick and gm_metrics_write() as often as needed, then
 * gm_metrics_free(). The model and gm_metrics_opts.want must outlive these calls.
 */
#ifndef GM_EXPORTER_METRICS_H
#define GM_EXPORTER_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/str.h"
#include "model/model.h"
#include "record/source.h"

enum gm_format {
	GM_FORMAT_TEXT,		/* Prometheus text 0.0.4 */
	GM_FORMAT_OPENMETRICS,	/* OpenMetrics 1.0 */
	/* io.prometheus.client.MetricFamily messages, each after its length, with native histograms */
	GM_FORMAT_PROTOBUF,
	GM_FORMAT_OTLP,		/* opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest */
	GM_FORMAT_NR,
};
const char *gm_format_type(enum gm_format f); /* Return the format's Content-Type. */
/* Return the format's name: text, openmetrics, protobuf, otlp; NULL: no such format. */
const char *gm_format_name(unsigned int f);
/*
 * Return the format among the first three that an Accept header (RFC 9110 12.5.1; NULL: none) prefers. An unavailable
 * format or an unreadable header means text, as in other exporters: a scrape without an answer is useless.
 */
enum gm_format gm_format_negotiate(const char *accept);
/* Return true if an Accept-Encoding header (NULL: none) accepts gzip. */
bool gm_accepts_gzip(const char *accept_encoding);

/* The exporter's own state, set by the caller. */
struct gm_self {
	double cpu_seconds;
	uint64_t resident_bytes, virtual_bytes;
	double start_seconds;		/* since 1970; 0: unknown */
	uint64_t open_fds, max_fds;
	uint64_t real_ns;		/* CLOCK_REALTIME now */
	double sample_seconds;		/* duration of the last sample */
	const struct gm_source_part *parts;	/* of a sample; NULL: a replay */
	unsigned int parts_nr;
	uint64_t samples;
	/* the HTTP server; all 0 without one */
	bool serves;
	uint64_t connections;		/* open now */
	uint64_t requests;
	/* connections closed because they were too slow, or to make room for others */
	uint64_t evicted;
	/* OTLP push */
	bool pushes;
	uint64_t push_sent, push_failed, push_dropped;	/* batches; push_failed: failed tries, several for one batch */
	uint64_t push_queued;
	const char *host;		/* host name for the OTLP resource; NULL: omitted */
	const char *version;		/* "0.1" */
	const char *revision;		/* of the source: "g1234567"; "": built without git */
};

struct gm_metrics_opts {
	const char *want;		/* --vm's argument, or NULL; kept */
	/* number of machines with their own series; later machines are added up as "other"; 0: unlimited */
	uint32_t limit;
	uint64_t linger_ns;		/* how long a machine stays after its end */
	unsigned int per_octave;	/* classic buckets per octave: 1, 2, 4 or 8; 0: the default, some 13 in all */
	bool legacy;			/* the labels and buckets of 0.1 */
};

/* Keeps which machines have their own series, from scrape to scrape. */
struct gm_metrics;
int gm_metrics_new(struct gm_metrics **out, const struct gm_metrics_opts *o); /* copies o; 0 or -ENOMEM */
void gm_metrics_free(struct gm_metrics *mx);				      /* NULL allowed */
/* Updates the rows of all machines; call at each tick, so that short-lived machines are counted. 0 or -ENOMEM. */
int gm_metrics_tick(struct gm_metrics *mx, const struct gm_model *m);
/* Appends one exposition; lack of memory is in out->err. */
void gm_metrics_write(const struct gm_metrics *mx, const struct gm_model *m, const struct gm_self *self,
		      enum gm_format f, struct gm_str *out);
unsigned int gm_metrics_shown(const struct gm_metrics *mx); /* Return how many machines have own series. */
/* Appends the families as a table in Markdown: docs/metrics.md. */
void gm_metrics_doc(struct gm_str *out);

#endif
