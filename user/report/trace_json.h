/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * trace_json.h - writes Chrome's trace event format: JSON, an event a line, in any order. Functions append to out,
 * which the caller owns; lack of memory is in out->err. A zeroed struct gm_trace, then events, gm_trace_finish(),
 * gm_trace_release().
 */
#ifndef GM_REPORT_TRACE_JSON_H
#define GM_REPORT_TRACE_JSON_H

#include "base/hmap.h"
#include "base/json.h"

struct gm_trace {
	bool begun, comma;
	struct gm_hmap written;		/* keys: threads that have a name, and the caller's own */
};
/* The thread on which an event is drawn. Ids fit into 31 bits. */
struct gm_trace_at {
	uint32_t pid, tid;
};

/* Begin an event of a phase ("C", "s", ...); the caller adds its fields. */
void gm_trace_event(struct gm_json *j, struct gm_trace *t, struct gm_str *out, const char *phase, const char *name,
		    struct gm_trace_at at);
void gm_trace_event_end(struct gm_json *j);
/* Begin a slice, or an instant if it has no length; the caller adds arguments. */
void gm_trace_span(struct gm_json *j, struct gm_trace *t, struct gm_str *out, const char *name, const char *category,
		   struct gm_trace_at at, uint64_t begin, uint64_t end);
void gm_trace_span_end(struct gm_json *j); /* of an event with open arguments */
/* Write a field in microseconds with three decimals: a double has too few digits for a long uptime. */
void gm_trace_us(struct gm_json *j, const char *key, uint64_t ns);
/* Name a thread ("thread_name") or a process ("process_name", tid 0), unless it has a name. */
void gm_trace_name(struct gm_trace *t, struct gm_str *out, const char *what, struct gm_trace_at at, const char *name);
bool gm_trace_has_thread(const struct gm_trace *t, struct gm_trace_at at); /* it has a name */
/* Return true the first time for a key. Keys of processes that exist nowhere are the caller's: id << 32 | number. */
bool gm_trace_once(struct gm_trace *t, uint64_t key, struct gm_str *out);
bool gm_trace_has(const struct gm_trace *t, uint64_t key); /* gm_trace_once() had it */
void gm_trace_finish(struct gm_trace *t, struct gm_str *out);
void gm_trace_release(struct gm_trace *t);

#endif
