// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * exposition_otlp.c - writes one ExportMetricsServiceRequest of OpenTelemetry: gauges, monotonic cumulative sums,
 * exponential histograms with the scale of struct gm_hist. Names are those of the other formats without _total, so that
 * a store that receives both gets the same series. Units are UCUM units; counts have none, as "1" would make them
 * ratios. (opentelemetry-proto: metrics/v1/metrics.proto; data model: ExponentialHistogram.)
 */
#include "exporter/metrics_int.h"

#include <stdio.h>
#include <string.h>
#include "base/pb.h"

/* Field numbers of the messages in opentelemetry-proto. */
enum { REQUEST_RESOURCE_METRICS = 1 };
enum { RM_RESOURCE = 1, RM_SCOPE_METRICS = 2 };
enum { RESOURCE_ATTRIBUTES = 1 };
enum { SM_SCOPE = 1, SM_METRICS = 2 };
enum { SCOPE_NAME = 1, SCOPE_VERSION = 2 };
enum { METRIC_NAME = 1, METRIC_DESCRIPTION = 2, METRIC_UNIT = 3, METRIC_GAUGE = 5, METRIC_SUM = 7,
	METRIC_EXPONENTIAL = 10 };
enum { DATA_POINTS = 1, DATA_TEMPORALITY = 2, SUM_MONOTONIC = 3 };
enum { KV_KEY = 1, KV_VALUE = 2, ANY_STRING = 1 };
enum { NUMBER_START = 2, NUMBER_TIME = 3, NUMBER_DOUBLE = 4, NUMBER_ATTRIBUTES = 7 };
enum { EXP_ATTRIBUTES = 1, EXP_START = 2, EXP_TIME = 3, EXP_COUNT = 4, EXP_SUM = 5, EXP_SCALE = 6, EXP_ZERO_COUNT = 7,
	EXP_POSITIVE = 8,
       EXP_MIN = 12, EXP_MAX = 13, EXP_ZERO_THRESHOLD = 14 };
enum { BUCKETS_OFFSET = 1, BUCKETS_COUNTS = 2 };
enum { TEMPORALITY_CUMULATIVE = 2 };

enum { MARK_RESOURCE, MARK_SCOPE, MARK_METRIC, MARK_DATA };

static void write_attribute(struct gm_str *out, unsigned int field, const char *key, const char *value)
{
	size_t kv = gm_pb_open(out, field), any;

	gm_pb_str(out, KV_KEY, key);
	any = gm_pb_open(out, KV_VALUE);
	gm_pb_str(out, ANY_STRING, value);
	gm_pb_close(out, any);
	gm_pb_close(out, kv);
}

static void begin(struct gm_encoder *e)
{
	size_t mark;

	e->mark[MARK_RESOURCE] = gm_pb_open(e->out, REQUEST_RESOURCE_METRICS);
	mark = gm_pb_open(e->out, RM_RESOURCE);
	write_attribute(e->out, RESOURCE_ATTRIBUTES, "service.name", "gmem_exporter");
	write_attribute(e->out, RESOURCE_ATTRIBUTES, "service.version", e->self->version ? e->self->version : "");
	if (e->self->host) {
		write_attribute(e->out, RESOURCE_ATTRIBUTES, "service.instance.id", e->self->host);
		write_attribute(e->out, RESOURCE_ATTRIBUTES, "host.name", e->self->host);
	}
	gm_pb_close(e->out, mark);
	e->mark[MARK_SCOPE] = gm_pb_open(e->out, RM_SCOPE_METRICS);
	mark = gm_pb_open(e->out, SM_SCOPE);
	gm_pb_str(e->out, SCOPE_NAME, "gmemscope");
	gm_pb_str(e->out, SCOPE_VERSION, e->self->version ? e->self->version : "");
	gm_pb_close(e->out, mark);
}

static void end(struct gm_encoder *e)
{
	gm_pb_close(e->out, e->mark[MARK_SCOPE]);
	gm_pb_close(e->out, e->mark[MARK_RESOURCE]);
}

static const char *unit(const struct gm_family *f)
{
	return !strcmp(f->unit, "seconds") ? "s" : !strcmp(f->unit, "bytes") ? "By" : "";
}

static void family(struct gm_encoder *e, const struct gm_family *f)
{
	static const unsigned int data[] = {
		[GM_GAUGE] = METRIC_GAUGE,
		[GM_COUNTER] = METRIC_SUM,
		[GM_INFO] = METRIC_GAUGE,
		[GM_HISTOGRAM] = METRIC_EXPONENTIAL,
	};
	char name[96];

	snprintf(name, sizeof(name), "%s%s", f->name, f->type == GM_INFO ? "_info" : "");
	e->mark[MARK_METRIC] = gm_pb_open(e->out, SM_METRICS);
	gm_pb_str(e->out, METRIC_NAME, name);
	gm_pb_str(e->out, METRIC_DESCRIPTION, f->help);
	gm_pb_str(e->out, METRIC_UNIT, unit(f));
	e->mark[MARK_DATA] = gm_pb_open(e->out, data[f->type]);
}

static void family_end(struct gm_encoder *e, const struct gm_family *f)
{
	if (f->type == GM_COUNTER || f->type == GM_HISTOGRAM)
		gm_pb_u64(e->out, DATA_TEMPORALITY, TEMPORALITY_CUMULATIVE);
	if (f->type == GM_COUNTER)
		gm_pb_u64(e->out, SUM_MONOTONIC, 1);
	gm_pb_close(e->out, e->mark[MARK_DATA]);
	gm_pb_close(e->out, e->mark[MARK_METRIC]);
}

static void number(struct gm_encoder *e, const struct gm_family *f, const struct gm_label *l, unsigned int nr, double v)
{
	size_t point = gm_pb_open(e->out, DATA_POINTS);

	if (f->type == GM_COUNTER)
		gm_pb_fixed64(e->out, NUMBER_START, e->created_ns);
	gm_pb_fixed64(e->out, NUMBER_TIME, e->self->real_ns);
	gm_pb_double(e->out, NUMBER_DOUBLE, v);
	for (unsigned int i = 0; i < nr; i++)
		write_attribute(e->out, NUMBER_ATTRIBUTES, l[i].name, l[i].value);
	gm_pb_close(e->out, point);
}

/* Writes the buckets. Bucket offset + i of OpenTelemetry is the one that Prometheus numbers one higher. */
static void write_buckets(struct gm_str *out, const struct gm_hist *h)
{
	size_t positive = gm_pb_open(out, EXP_POSITIVE), counts;
	unsigned int first = 1, last = GM_HIST_SLOTS - 1;

	while (first < GM_HIST_SLOTS && !h->slot[first])
		first++;
	while (last > first && !h->slot[last])
		last--;
	if (first < GM_HIST_SLOTS) {
		gm_pb_s64(out, BUCKETS_OFFSET, GM_HIST_PROM_OF_SLOT(first) - 1);
		counts = gm_pb_open(out, BUCKETS_COUNTS); /* packed */
		for (unsigned int s = first; s <= last; s++)
			gm_pb_varint(out, h->slot[s]);
		gm_pb_close(out, counts);
	}
	gm_pb_close(out, positive);
}

static void hist(struct gm_encoder *e, const struct gm_family *f, const struct gm_label *l, unsigned int nr,
		 const struct gm_hist *h)
{
	size_t point = gm_pb_open(e->out, DATA_POINTS);

	(void)f;
	for (unsigned int i = 0; i < nr; i++)
		write_attribute(e->out, EXP_ATTRIBUTES, l[i].name, l[i].value);
	gm_pb_fixed64(e->out, EXP_START, e->created_ns);
	gm_pb_fixed64(e->out, EXP_TIME, e->self->real_ns);
	gm_pb_fixed64(e->out, EXP_COUNT, h->count);
	gm_pb_double(e->out, EXP_SUM, (double)h->sum_ns / 1e9);
	gm_pb_s64(e->out, EXP_SCALE, GM_HIST_SCHEMA);
	gm_pb_fixed64(e->out, EXP_ZERO_COUNT, h->slot[0]);
	write_buckets(e->out, h);
	if (h->count) {
		gm_pb_double(e->out, EXP_MIN, (double)h->min_ns / 1e9);
		gm_pb_double(e->out, EXP_MAX, (double)h->max_ns / 1e9);
	}
	gm_pb_double(e->out, EXP_ZERO_THRESHOLD, gm_bound_seconds(0));
	gm_pb_close(e->out, point);
}

const struct gm_encoder_ops gm_expo_otlp = {
	.begin = begin, .family = family, .number = number, .hist = hist, .family_end = family_end, .end = end,
};
