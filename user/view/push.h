/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * push.h - sends batches by OTLP/HTTP (POST, application/x-protobuf, gzip), on libcurl's multi interface: nothing here
 * blocks. The caller waits for the descriptor and calls gm_push_run().
 *
 * One batch is under way at a time, oldest first. What the OTLP specification calls retryable (429, 502, 503, 504, and no
 * answer at all) is tried again after a growing, jittered pause, or after what Retry-After says; all else is dropped and
 * counted. The queue is bounded: when it is full the oldest waiting batch goes. Since sums are cumulative, a dropped batch costs
 * resolution, not counts.
 * (opentelemetry-proto, docs/specification.md: "OTLP/HTTP Response", "OTLP/HTTP Throttling".)
 */
#ifndef GM_VIEW_PUSH_H
#define GM_VIEW_PUSH_H

#include <stdbool.h>
#include <stdint.h>
#include "base/util.h"

#define GM_PUSH_HEADERS_MAX 16

struct gm_push_opts {
	const char *url;	/* http:// or https://; without a path: /v1/metrics */
	const char *header[GM_PUSH_HEADERS_MAX];	/* "Name: value" */
	unsigned int header_nr;
	const char *ca;		/* PEM file to trust instead of the system's; NULL */
	uint64_t timeout_ns;	/* of one try */
	unsigned int queue;	/* batches that wait, the one under way included */
	uint64_t pause_ns;	/* before the first retry; doubles up to pause_max_ns */
	uint64_t pause_max_ns;
	const char *agent;	/* User-Agent */
};

struct gm_push_stats { uint64_t sent, failed, dropped, queued; };

struct gm_push;
int gm_push_open(struct gm_push **out, const struct gm_push_opts *o);	/* 0 or -errno, reported: a URL that is none */
/* Takes the body's memory (empty afterwards). 0 or -ENOMEM. */
int gm_push_add(struct gm_push *p, struct gm_str *body);
int gm_push_fd(const struct gm_push *p);
void gm_push_run(struct gm_push *p);
void gm_push_stats(const struct gm_push *p, struct gm_push_stats *out);
/* Sends what waits, without retries, for at most so long; then closes. NULL allowed. */
void gm_push_close(struct gm_push *p, uint64_t at_most_ns);

#endif
