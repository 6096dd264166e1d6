/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * push.h - sends batches by OTLP/HTTP (POST, application/x-protobuf, gzip), on libcurl's multi interface: nothing here
 * blocks but gm_push_close(). The caller waits for the descriptor and calls gm_push_run().
 *
 * One batch is under way at a time, oldest first. What the OTLP specification calls retryable (429, 502, 503, 504,
 * and no complete answer) is tried again after a growing, jittered pause, or after what Retry-After says; all else is
 * dropped and counted. The queue is bounded: when it is full the oldest waiting batch goes. Since sums are
 * cumulative, a dropped batch costs resolution, not counts. (the OTLP specification 1.0 of opentelemetry-proto:
 * "OTLP/HTTP Response", "OTLP/HTTP Throttling".)
 *
 * The peer is not trusted: its certificate is checked, redirects are not followed, an answer longer than
 * GM_PUSH_ANSWER_MAX is a final failure, and what it says is cleaned before it is printed. Of the URL only scheme,
 * host and port are ever printed, of the headers nothing. The environment's http_proxy, https_proxy and no_proxy
 * hold, as with curl(1).
 *
 * A row of failures is told once when it begins, when a batch is refused for good, and when the queue overflows; and
 * once when it ends.
 */
#ifndef GM_EXPORTER_PUSH_H
#define GM_EXPORTER_PUSH_H

#include <stdbool.h>
#include <stdint.h>
#include "base/str.h"

#define GM_PUSH_HEADERS_MAX 16
#define GM_PUSH_ANSWER_MAX (64u << 10)	/* bytes of an answer's headers, and of its body */
#define GM_PUSH_BODY_MAX (64u << 20)	/* bytes of a batch before compression: what the specification recommends */

struct gm_push_opts {
	const char *url;	/* http:// or https://; without a path (or with "/"): /v1/metrics */
	const char *header[GM_PUSH_HEADERS_MAX];	/* "Name: value"; not one that describes the body */
	unsigned int header_nr;
	/*
	 * PEM file to trust instead of the system's; NULL. Read whenever a connection is made, and so are all of the
	 * system's: tens of ms with older libraries, in which gm_push_run() is not back.
	 */
	const char *ca;
	uint64_t timeout_ns;	/* of one try, all in all; at least 1 ms */
	unsigned int queue;	/* batches that wait, the one under way included; at least 1 */
	/* before the first retry; doubles up to pause_max_ns, which bounds Retry-After as well */
	uint64_t pause_ns;
	uint64_t pause_max_ns;
	const char *agent;	/* User-Agent */
};

struct gm_push_stats {
	uint64_t sent;		/* batches that were taken, in part at least */
	uint64_t failed;	/* tries, of which a batch may have several */
	uint64_t dropped;	/* batches: refused for good, too large, or pushed out of the queue */
	uint64_t queued;	/* batches that are here now, the one under way included */
};

struct gm_push;
/* 0 or -errno, reported: what is no URL or no header, a CA file that cannot be read. The options are copied. */
int gm_push_open(struct gm_push **out, const struct gm_push_opts *o);
/*
 * Takes the body's memory (empty afterwards, whatever is returned). 0 or -ENOMEM. One that is larger than
 * GM_PUSH_BODY_MAX is told, dropped and counted.
 */
int gm_push_add(struct gm_push *p, struct gm_str *body);
int gm_push_fd(const struct gm_push *p); /* becomes readable when gm_push_run() has something to do */
void gm_push_run(struct gm_push *p);
void gm_push_stats(const struct gm_push *p, struct gm_push_stats *out);
/*
 * Sends what waits, each once more and without a pause, for at most so long (this blocks); then closes. NULL allowed.
 */
void gm_push_close(struct gm_push *p, uint64_t at_most_ns);

#endif
