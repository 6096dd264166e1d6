/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * push.h - sends batches by OTLP/HTTP (POST, application/x-protobuf, gzip), on libcurl's multi interface. Only
 * gm_push_close() blocks.
 *
 * Call gm_push_open(), then gm_push_add() for each batch and gm_push_run() whenever gm_push_fd() is readable, then
 * gm_push_close(). All from one thread.
 *
 * One batch is sent at a time, the oldest first. Results that the OTLP specification calls retryable (429, 502, 503,
 * 504, and no complete answer) are tried again after a growing, jittered pause, or after Retry-After; with any other
 * error the batch is dropped and counted. The queue is bounded: when it is full, the oldest waiting batch is dropped.
 * Since sums are cumulative, a dropped batch costs resolution, not counts. (the OTLP specification 1.0 of
 * opentelemetry-proto: "OTLP/HTTP Response", "OTLP/HTTP Throttling".)
 *
 * The peer is not trusted: its certificate is checked, redirects are not followed, an answer longer than
 * GM_PUSH_ANSWER_MAX is a final failure, and text of the peer is cleaned before it is printed. Only scheme, host and
 * port of the URL are ever printed, and no header. The environment's http_proxy, https_proxy and no_proxy apply, as
 * with curl(1).
 *
 * A series of failures is reported when it begins, when a batch is dropped because it was refused, when the queue
 * overflows, and when the series ends; each once.
 */
#ifndef GM_EXPORTER_PUSH_H
#define GM_EXPORTER_PUSH_H

#include <stdbool.h>
#include <stdint.h>
#include "base/str.h"

#define GM_PUSH_HEADERS_MAX 16
#define GM_PUSH_ANSWER_MAX (64u << 10)	/* bytes of an answer's headers, and of its body */
/* bytes of a batch before compression: the limit that the specification recommends */
#define GM_PUSH_BODY_MAX (64u << 20)

struct gm_push_opts {
	const char *url;	/* http:// or https://; without a path (or with "/"): /v1/metrics */
	const char *header[GM_PUSH_HEADERS_MAX];	/* "Name: value"; not a header that describes the body */
	unsigned int header_nr;
	/*
	 * PEM file to trust instead of the system's certificates; NULL: the system's. Either is read at each
	 * connection: with older libraries gm_push_run() then takes tens of ms for the system's.
	 */
	const char *ca;
	uint64_t timeout_ns;	/* for one complete try; at least 1 ms */
	unsigned int queue;	/* maximum number of waiting batches, including the one being sent; at least 1 */
	/* pause before the first retry; doubles up to pause_max_ns, which also limits Retry-After */
	uint64_t pause_ns;
	uint64_t pause_max_ns;
	const char *agent;	/* User-Agent */
};

struct gm_push_stats {
	uint64_t sent;		/* batches accepted, at least in part */
	uint64_t failed;	/* failed tries, several for one batch */
	uint64_t dropped;	/* batches dropped: refused, too large, or removed from the full queue */
	uint64_t queued;	/* batches waiting now, including the one being sent */
};

struct gm_push;
/*
 * Checks and copies the options. 0; -EINVAL: not a URL or a header; -errno of a CA file that cannot be read; others.
 * Reported; *out is then NULL.
 */
int gm_push_open(struct gm_push **out, const struct gm_push_opts *o);
/*
 * Queues a batch. Takes over the body's memory: the body is empty afterwards, whatever is returned. 0 or -ENOMEM. A
 * body larger than GM_PUSH_BODY_MAX is reported, dropped and counted.
 */
int gm_push_add(struct gm_push *p, struct gm_str *body);
int gm_push_fd(const struct gm_push *p); /* readable when gm_push_run() has something to do */
/* Handles answers and timeouts, starts the next try. Does not block. */
void gm_push_run(struct gm_push *p);
/* Copies the current counters to out. */
void gm_push_stats(const struct gm_push *p, struct gm_push_stats *out);
/*
 * Sends each waiting batch once more, without pauses, for at_most_ns at most (this blocks); then closes. NULL is
 * allowed.
 */
void gm_push_close(struct gm_push *p, uint64_t at_most_ns);

#endif
