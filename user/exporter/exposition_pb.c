// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * exposition_pb.c - writes Prometheus' protobuf format: io.prometheus.client.MetricFamily messages, each after its
 * length. Histograms are written both as classic buckets and as native ones, whose buckets are the slots of struct
 * gm_hist. (prometheus/client_model, io/prometheus/client/metrics.proto; Prometheus: specification of native
 * histograms.)
 */
#include "exporter/metrics_int.h"

#include <math.h>
#include <stdio.h>
#include "base/pb.h"

/* Field numbers of metrics.proto. */
enum { FAMILY_NAME = 1, FAMILY_HELP = 2, FAMILY_TYPE = 3, FAMILY_METRIC = 4, FAMILY_UNIT = 5 };
enum { METRIC_LABEL = 1, METRIC_GAUGE = 2, METRIC_COUNTER = 3, METRIC_HISTOGRAM = 7 };
enum { LABEL_NAME = 1, LABEL_VALUE = 2 };
enum { VALUE = 1, COUNTER_CREATED = 3 };
enum { HIST_COUNT = 1, HIST_SUM = 2, HIST_BUCKET = 3, HIST_SCHEMA = 5, HIST_ZERO_THRESHOLD = 6, HIST_ZERO_COUNT = 7,
       HIST_POSITIVE_SPAN = 12, HIST_POSITIVE_DELTA = 13, HIST_CREATED = 15 };
enum { BUCKET_CUMULATIVE_COUNT = 1, BUCKET_UPPER_BOUND = 2 };
enum { SPAN_OFFSET = 1, SPAN_LENGTH = 2 };
enum { TIME_SECONDS = 1, TIME_NANOS = 2 };
enum { TYPE_COUNTER = 0, TYPE_GAUGE = 1, TYPE_HISTOGRAM = 4 };

static void family(struct gm_encoder *e, const struct gm_family *f)
{
	static const unsigned int types[] = {
		[GM_GAUGE] = TYPE_GAUGE,
		[GM_COUNTER] = TYPE_COUNTER,
		[GM_INFO] = TYPE_GAUGE,
		[GM_HISTOGRAM] = TYPE_HISTOGRAM,
	};
	char name[96];

	snprintf(name, sizeof(name), "%s%s", f->name,
		 f->type == GM_COUNTER ? "_total"
		 : f->type == GM_INFO  ? "_info"
				       : "");
	e->mark[0] = gm_pb_delimited(e->out);
	gm_pb_str(e->out, FAMILY_NAME, name);
	gm_pb_str(e->out, FAMILY_HELP, f->help);
	gm_pb_u64(e->out, FAMILY_TYPE, types[f->type]);
	if (f->unit[0])
		gm_pb_str(e->out, FAMILY_UNIT, f->unit);
}

static void family_end(struct gm_encoder *e, const struct gm_family *f)
{
	(void)f;
	gm_pb_close(e->out, e->mark[0]);
}

static size_t begin_metric(struct gm_encoder *e, const struct gm_label *l, unsigned int nr)
{
	size_t mark = gm_pb_open(e->out, FAMILY_METRIC);

	for (unsigned int i = 0; i < nr; i++) {
		size_t label = gm_pb_open(e->out, METRIC_LABEL);

		gm_pb_str(e->out, LABEL_NAME, l[i].name);
		gm_pb_str(e->out, LABEL_VALUE, l[i].value);
		gm_pb_close(e->out, label);
	}
	return mark;
}

static void write_created(struct gm_encoder *e, unsigned int field)
{
	size_t mark;

	if (!e->created_ns)
		return;
	mark = gm_pb_open(e->out, field);
	gm_pb_i64(e->out, TIME_SECONDS, (int64_t)(e->created_ns / 1000000000));
	gm_pb_i64(e->out, TIME_NANOS, (int64_t)(e->created_ns % 1000000000));
	gm_pb_close(e->out, mark);
}

static void number(struct gm_encoder *e, const struct gm_family *f, const struct gm_label *l, unsigned int nr, double v)
{
	size_t mark = begin_metric(e, l, nr),
	       value = gm_pb_open(e->out, f->type == GM_COUNTER ? METRIC_COUNTER : METRIC_GAUGE);

	gm_pb_double(e->out, VALUE, v);
	if (f->type == GM_COUNTER)
		write_created(e, COUNTER_CREATED);
	gm_pb_close(e->out, value);
	gm_pb_close(e->out, mark);
}

/* ---- histograms ---- */

/* Writes the classic buckets, without +Inf, which equals the count. */
static void write_classic(struct gm_encoder *e, const struct gm_family *f, const struct gm_hist *h)
{
	uint64_t below = 0;

	for (unsigned int s = 0; s < GM_HIST_BOUNDS; s++) {
		size_t mark;

		below += h->slot[s];
		if (!gm_is_classic_bound(e, f, s))
			continue;
		mark = gm_pb_open(e->out, HIST_BUCKET);
		gm_pb_u64(e->out, BUCKET_CUMULATIVE_COUNT, below);
		gm_pb_double(e->out, BUCKET_UPPER_BOUND, gm_bound_seconds(s));
		gm_pb_close(e->out, mark);
	}
}

static void write_span(struct gm_encoder *e, int offset, unsigned int length)
{
	size_t mark = gm_pb_open(e->out, HIST_POSITIVE_SPAN);

	gm_pb_s64(e->out, SPAN_OFFSET, offset);
	gm_pb_u64(e->out, SPAN_LENGTH, length);
	gm_pb_close(e->out, mark);
}

/*
 * Writes the native buckets' spans. The offset of the first span is its index, that of others the gap before them.
 * Slots start at 1: slot 0 is the zero bucket.
 */
static void write_spans(struct gm_encoder *e, const struct gm_hist *h)
{
	int next = 0;
	bool any = false;

	for (unsigned int s = 1, run; s < GM_HIST_SLOTS; s += run ? run : 1) {
		for (run = 0; s + run < GM_HIST_SLOTS && h->slot[s + run]; run++)
			;
		if (!run)
			continue;
		write_span(e, GM_HIST_PROM_OF_SLOT(s) - next, run);
		next = GM_HIST_PROM_OF_SLOT(s + run);
		any = true;
	}
	if (!any)
		write_span(e, 0, 0); /* distinguishes an empty native histogram from no native histogram */
}

static void write_deltas(struct gm_encoder *e, const struct gm_hist *h)
{
	size_t mark = gm_pb_open(e->out, HIST_POSITIVE_DELTA); /* packed */
	uint64_t before = 0;

	for (unsigned int s = 1; s < GM_HIST_SLOTS; s++)
		if (h->slot[s]) {
			gm_pb_zigzag(e->out, (int64_t)(h->slot[s] - before));
			before = h->slot[s];
		}
	gm_pb_close(e->out, mark);
}

static void hist(struct gm_encoder *e, const struct gm_family *f, const struct gm_label *l, unsigned int nr,
		 const struct gm_hist *h)
{
	size_t mark = begin_metric(e, l, nr), value = gm_pb_open(e->out, METRIC_HISTOGRAM);

	(void)f;
	gm_pb_u64(e->out, HIST_COUNT, h->count);
	gm_pb_double(e->out, HIST_SUM, (double)h->sum_ns / 1e9);
	write_classic(e, f, h);
	gm_pb_s64(e->out, HIST_SCHEMA, GM_HIST_SCHEMA);
	gm_pb_double(e->out, HIST_ZERO_THRESHOLD, gm_bound_seconds(0));
	gm_pb_u64(e->out, HIST_ZERO_COUNT, h->slot[0]);
	write_spans(e, h);
	write_deltas(e, h);
	write_created(e, HIST_CREATED);
	gm_pb_close(e->out, value);
	gm_pb_close(e->out, mark);
}

static void do_nothing(struct gm_encoder *e)
{
	(void)e;
}

const struct gm_encoder_ops gm_expo_pb = {
	.begin = do_nothing, .family = family, .number = number, .hist = hist, .family_end = family_end,
	.end = do_nothing,
};
