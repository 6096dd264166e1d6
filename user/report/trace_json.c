// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* trace_json.c - the events of trace_json.h. */
#include "report/trace_json.h"

#include <errno.h>
#include <inttypes.h>

static void begin_once(struct gm_trace *t, struct gm_str *out)
{
	if (!t->begun)
		gm_str_puts(out, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
	t->begun = true;
}

void gm_trace_event(struct gm_json *j, struct gm_trace *t, struct gm_str *out, const char *phase, const char *name,
		    struct gm_trace_at at)
{
	begin_once(t, out);
	gm_json_init(j, out);
	j->comma = t->comma;
	t->comma = true;
	gm_json_obj(j, NULL);
	gm_json_str(j, "name", name);
	gm_json_str(j, "ph", phase);
	gm_json_u64(j, "pid", at.pid);
	gm_json_u64(j, "tid", at.tid);
}

void gm_trace_event_end(struct gm_json *j)
{
	gm_json_end_obj(j);
	gm_str_puts(j->out, "\n");
}

void gm_trace_us(struct gm_json *j, const char *key, uint64_t ns)
{
	gm_str_printf(j->out, ",\"%s\":%" PRIu64 ".%03u", key, ns / 1000, (unsigned int)(ns % 1000));
}

void gm_trace_span(struct gm_json *j, struct gm_trace *t, struct gm_str *out, const char *name, const char *category,
		   struct gm_trace_at at, uint64_t begin, uint64_t end)
{
	gm_trace_event(j, t, out, end > begin ? "X" : "i", name, at);
	gm_json_str(j, "cat", category);
	gm_trace_us(j, "ts", begin);
	if (end > begin)
		gm_trace_us(j, "dur", end - begin);
	else
		gm_json_str(j, "s", "t");
	gm_json_obj(j, "args");
}

void gm_trace_span_end(struct gm_json *j)
{
	gm_json_end_obj(j);
	gm_trace_event_end(j);
}

static uint64_t thread_key(struct gm_trace_at at)
{
	return (uint64_t)at.pid << 32 | at.tid;
}

void gm_trace_name(struct gm_trace *t, struct gm_str *out, const char *what, struct gm_trace_at at, const char *name)
{
	struct gm_json j;

	if (!gm_trace_once(t, thread_key(at), out))
		return;
	gm_trace_event(&j, t, out, "M", what, at);
	gm_json_obj(&j, "args");
	gm_json_str(&j, "name", name);
	gm_trace_span_end(&j);
}

bool gm_trace_has_thread(const struct gm_trace *t, struct gm_trace_at at)
{
	return gm_trace_has(t, thread_key(at));
}

bool gm_trace_has(const struct gm_trace *t, uint64_t key)
{
	return gm_hmap_get(&t->written, key);
}

bool gm_trace_once(struct gm_trace *t, uint64_t key, struct gm_str *out)
{
	if (gm_trace_has(t, key))
		return false;
	if (gm_hmap_put(&t->written, key, t))
		out->err = -ENOMEM;
	return true;
}

void gm_trace_finish(struct gm_trace *t, struct gm_str *out)
{
	begin_once(t, out);
	gm_str_puts(out, "]}\n");
}

void gm_trace_release(struct gm_trace *t)
{
	gm_hmap_release(&t->written);
}
