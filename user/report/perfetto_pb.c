// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* perfetto_pb.c - the packets of perfetto_pb.h. */
#include "report/perfetto_pb.h"

#include <errno.h>
#include <stdlib.h>

#include "base/pb.h"

/* Trace, TracePacket */
enum { TRACE_PACKET = 1, PKT_CLOCK_SNAPSHOT = 6, PKT_TIMESTAMP = 8, PKT_SEQUENCE = 10, PKT_TRACK_EVENT = 11,
       PKT_CLOCK_ID = 58, PKT_TRACK = 60 };
/* ClockSnapshot, its Clock, BuiltinClock */
enum { SNAP_CLOCKS = 1, SNAP_PRIMARY = 2, CLOCK_ID = 1, CLOCK_TIME = 2, CLOCK_IS_REALTIME = 1, CLOCK_IS_MONOTONIC = 3 };
/* TrackDescriptor */
enum { TRACK_UUID = 1, TRACK_NAME = 2, TRACK_PROCESS = 3, TRACK_THREAD = 4, TRACK_PARENT = 5, TRACK_COUNTER = 8,
       TRACK_CHILD_ORDERING = 11, TRACK_RANK = 12, TRACK_MERGE = 15, ORDER_EXPLICIT = 3, MERGE_NONE = 2 };
/* ProcessDescriptor, ThreadDescriptor, CounterDescriptor */
enum { PROCESS_PID = 1, PROCESS_NAME = 6, THREAD_PID = 1, THREAD_TID = 2, THREAD_NAME = 5, COUNTER_UNIT = 3,
       UNIT_COUNT = 2, UNIT_BYTES = 3 };
/* TrackEvent, DebugAnnotation */
enum { EV_ANNOTATION = 4, EV_TYPE = 9, EV_TRACK = 11, EV_CATEGORY = 22, EV_NAME = 23, EV_COUNTER = 30,
       EV_COUNTER_DOUBLE = 44, EV_FLOW = 47, EV_FLOW_ENDS = 48, TYPE_COUNTER = 4, NOTE_UINT = 3, NOTE_INT = 4,
       NOTE_STRING = 6, NOTE_NAME = 10 };

/* ---- uuids ---- */

struct gm_pf_key {
	enum gm_pf_track kind;
	uint32_t a, b;
};

/* The finalizer of splitmix64: one to one, and every bit depends on every bit. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static uint64_t hash_key(const struct gm_pf *f, enum gm_pf_track kind, uint32_t a, uint32_t b)
{
	return mix(mix(f->seed + kind) + ((uint64_t)a << 32 | b));
}

uint64_t gm_pf_uuid(struct gm_pf *f, enum gm_pf_track kind, uint32_t a, uint32_t b, bool *is_new, struct gm_str *out)
{
	uint64_t id = hash_key(f, kind, a, b);
	struct gm_pf_key *k;

	*is_new = false;
	/* 0 is the trace's own track; of two keys with one hash the later one takes the next free uuid */
	for (;; id++) {
		k = id ? gm_hmap_get(&f->by_uuid, id) : NULL;
		if (k && k->kind == kind && k->a == a && k->b == b)
			return id;
		if (id && !k)
			break;
	}
	k = malloc(sizeof(*k));
	if (!k || gm_vec_push(&f->tracks, k)) {
		free(k);
		out->err = -ENOMEM;
		return 0;
	}
	*k = (struct gm_pf_key){ kind, a, b };
	*is_new = true;
	if (gm_hmap_put(&f->by_uuid, id, k))
		out->err = -ENOMEM;
	return id;
}

void gm_pf_release(struct gm_pf *f)
{
	for (size_t i = 0; i < f->tracks.nr; i++)
		free(f->tracks.at[i]);
	gm_vec_release(&f->tracks);
	gm_hmap_release(&f->by_uuid);
}

/* ---- packets ---- */

static size_t open_packet(struct gm_str *out)
{
	size_t p = gm_pb_open(out, TRACE_PACKET);

	gm_pb_u64(out, PKT_SEQUENCE, 1);
	return p;
}

static void put_clock(struct gm_str *out, unsigned int id, uint64_t ns)
{
	size_t c = gm_pb_open(out, SNAP_CLOCKS);

	gm_pb_u64(out, CLOCK_ID, id);
	gm_pb_u64(out, CLOCK_TIME, ns);
	gm_pb_close(out, c);
}

void gm_pf_begin(struct gm_pf *f, const struct gm_model *m, struct gm_str *out)
{
	size_t p = open_packet(out), s = gm_pb_open(out, PKT_CLOCK_SNAPSHOT);

	f->seed = mix(gm_hash_str(m->meta.boot) ^ mix(m->meta.real_ns ^ mix(m->meta.h.ts_ns)));
	put_clock(out, CLOCK_IS_MONOTONIC, m->meta.h.ts_ns);
	if (m->meta.real_ns)
		put_clock(out, CLOCK_IS_REALTIME, m->meta.real_ns);
	gm_pb_u64(out, SNAP_PRIMARY, CLOCK_IS_MONOTONIC);
	gm_pb_close(out, s);
	gm_pb_close(out, p);
}

/* ---- tracks ---- */

static struct gm_pf_event open_track(struct gm_str *out, uint64_t uuid, const char *name, uint64_t parent)
{
	struct gm_pf_event d = { .packet = open_packet(out) };

	d.event = gm_pb_open(out, PKT_TRACK);
	gm_pb_u64(out, TRACK_UUID, uuid);
	if (name)
		gm_pb_str(out, TRACK_NAME, name);
	if (parent)
		gm_pb_u64(out, TRACK_PARENT, parent);
	return d;
}

void gm_pf_describe_process(struct gm_str *out, uint64_t uuid, uint32_t pid, const char *name)
{
	struct gm_pf_event d = open_track(out, uuid, NULL, 0);
	size_t p = gm_pb_open(out, TRACK_PROCESS);

	gm_pb_u64(out, PROCESS_PID, pid);
	gm_pb_str(out, PROCESS_NAME, name);
	gm_pb_close(out, p);
	gm_pf_close(out, d);
}

void gm_pf_describe_thread(struct gm_str *out, uint64_t uuid, uint64_t parent, uint32_t pid, uint32_t tid,
			   const char *name)
{
	struct gm_pf_event d = open_track(out, uuid, NULL, parent);
	size_t t = gm_pb_open(out, TRACK_THREAD);

	gm_pb_u64(out, THREAD_PID, pid);
	gm_pb_u64(out, THREAD_TID, tid);
	gm_pb_str(out, THREAD_NAME, name);
	gm_pb_close(out, t);
	gm_pf_close(out, d);
}

/* Names are not unique: without MERGE_NONE a viewer draws two machines of one name as one. */
static struct gm_pf_event open_named(struct gm_str *out, uint64_t uuid, uint64_t parent, const char *name,
				     uint32_t rank)
{
	struct gm_pf_event d = open_track(out, uuid, name, parent);

	if (!parent)
		gm_pb_u64(out, TRACK_CHILD_ORDERING, ORDER_EXPLICIT);
	gm_pb_u64(out, TRACK_RANK, rank);
	gm_pb_u64(out, TRACK_MERGE, MERGE_NONE);
	return d;
}

void gm_pf_describe(struct gm_str *out, uint64_t uuid, uint64_t parent, const char *name, uint32_t rank)
{
	gm_pf_close(out, open_named(out, uuid, parent, name, rank));
}

void gm_pf_describe_counter(struct gm_str *out, uint64_t uuid, uint64_t parent, const char *name, uint32_t rank,
			    bool bytes)
{
	struct gm_pf_event d = open_named(out, uuid, parent, name, rank);
	size_t c = gm_pb_open(out, TRACK_COUNTER);

	gm_pb_u64(out, COUNTER_UNIT, bytes ? UNIT_BYTES : UNIT_COUNT);
	gm_pb_close(out, c);
	gm_pf_close(out, d);
}

/* ---- events ---- */

static struct gm_pf_event open_event(struct gm_str *out, uint64_t track, uint64_t ns, unsigned int type)
{
	struct gm_pf_event e = { .packet = open_packet(out) };

	gm_pb_u64(out, PKT_TIMESTAMP, ns);
	gm_pb_u64(out, PKT_CLOCK_ID, CLOCK_IS_MONOTONIC);
	e.event = gm_pb_open(out, PKT_TRACK_EVENT);
	gm_pb_u64(out, EV_TYPE, type);
	gm_pb_u64(out, EV_TRACK, track);
	return e;
}

struct gm_pf_event gm_pf_event(struct gm_str *out, uint64_t track, uint64_t ns, enum gm_pf_type type,
			       const char *category, const char *name)
{
	struct gm_pf_event e = open_event(out, track, ns, type);

	gm_pb_str(out, EV_CATEGORY, category);
	gm_pb_str(out, EV_NAME, name);
	return e;
}

void gm_pf_close(struct gm_str *out, struct gm_pf_event e)
{
	gm_pb_close(out, e.event);
	gm_pb_close(out, e.packet);
}

void gm_pf_note_u64(struct gm_str *out, const char *name, uint64_t v)
{
	size_t n = gm_pb_open(out, EV_ANNOTATION);

	gm_pb_str(out, NOTE_NAME, name);
	gm_pb_u64(out, NOTE_UINT, v);
	gm_pb_close(out, n);
}

void gm_pf_note_i64(struct gm_str *out, const char *name, int64_t v)
{
	size_t n = gm_pb_open(out, EV_ANNOTATION);

	gm_pb_str(out, NOTE_NAME, name);
	gm_pb_i64(out, NOTE_INT, v);
	gm_pb_close(out, n);
}

void gm_pf_note_str(struct gm_str *out, const char *name, const char *v)
{
	size_t n = gm_pb_open(out, EV_ANNOTATION);

	gm_pb_str(out, NOTE_NAME, name);
	gm_pb_str(out, NOTE_STRING, v);
	gm_pb_close(out, n);
}

void gm_pf_flow(const struct gm_pf *f, struct gm_str *out, uint32_t id, bool ends)
{
	gm_pb_fixed64(out, ends ? EV_FLOW_ENDS : EV_FLOW, mix(f->seed + id));
}

void gm_pf_end(struct gm_str *out, uint64_t track, uint64_t ns)
{
	gm_pf_close(out, open_event(out, track, ns, GM_PF_END));
}

void gm_pf_count_int(struct gm_str *out, uint64_t track, uint64_t ns, int64_t v)
{
	struct gm_pf_event e = open_event(out, track, ns, TYPE_COUNTER);

	gm_pb_i64(out, EV_COUNTER, v);
	gm_pf_close(out, e);
}

void gm_pf_count_double(struct gm_str *out, uint64_t track, uint64_t ns, double v)
{
	struct gm_pf_event e = open_event(out, track, ns, TYPE_COUNTER);

	gm_pb_double(out, EV_COUNTER_DOUBLE, v);
	gm_pf_close(out, e);
}
