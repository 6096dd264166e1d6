// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * export_perfetto.c - writes Perfetto's trace, with the fields of its protos (protos/perfetto/trace/trace_packet.proto,
 * track_event/, of 2025; clock numbers: common/builtin_clock.proto).
 *
 * Slices of a track nest by their times, and equal times by their order in the file; events arrive by their ends. So
 * slices are kept until the end and then written thread by thread, outer slices first.
 */
#include "base/utf8.h"
#include "report/export_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/pb.h"
#include "model/observe.h"
#include "report/json_lines.h"
#include "report/text.h"

/* Trace, TracePacket */
enum { TRACE_PACKET = 1, PKT_CLOCK_SNAPSHOT = 6, PKT_TIMESTAMP = 8, PKT_SEQUENCE = 10, PKT_TRACK_EVENT = 11,
	PKT_CLOCK_ID = 58,
       PKT_TRACK = 60 };
/* ClockSnapshot, its Clock, BuiltinClock */
enum { SNAP_CLOCKS = 1, SNAP_PRIMARY = 2, CLOCK_ID = 1, CLOCK_TIME = 2, CLOCK_IS_REALTIME = 1, CLOCK_IS_MONOTONIC = 3 };
/* TrackDescriptor, ProcessDescriptor, ThreadDescriptor, CounterDescriptor */
enum { TRACK_UUID = 1, TRACK_NAME = 2, TRACK_PROCESS = 3, TRACK_THREAD = 4, TRACK_PARENT = 5, TRACK_COUNTER = 8,
	PROCESS_PID = 1,
       PROCESS_NAME = 6, THREAD_PID = 1, THREAD_TID = 2, THREAD_NAME = 5, COUNTER_UNIT = 3, UNIT_COUNT = 2,
       UNIT_BYTES = 3 };
/* TrackEvent, DebugAnnotation */
enum { EV_ANNOTATION = 4, EV_TYPE = 9, EV_TRACK = 11, EV_CATEGORY = 22, EV_NAME = 23, EV_COUNTER = 30,
	EV_COUNTER_DOUBLE = 44,
       TYPE_BEGIN = 1, TYPE_END = 2, TYPE_INSTANT = 3, TYPE_COUNTER = 4, NOTE_UINT = 3, NOTE_INT = 4, NOTE_NAME = 10 };

/* Kind of a track; with the object's number (and a thread's process) it makes the track's uuid. */
enum track { OF_PROCESS = 1, OF_THREAD, OF_MACHINE, OF_RESIDENT, OF_RATE, OF_REBOOTS };

struct slice {
	uint64_t begin, end;
	uint32_t tgid, tid;
	char comm[GM_COMM_LEN];
	uint16_t kind;
	uint16_t phase;			/* of a fault */
	uint32_t vm, inode;
	int64_t ret;
	uint64_t pages;
	uint64_t part_ns[GM_PART_NR];	/* of a fault */
};

struct perfetto {
	bool begun;
	struct slice *at;
	size_t nr, cap;
	struct gm_hmap tracks;		/* uuids of described tracks */
};

static uint64_t track_uuid(enum track t, uint32_t a, uint32_t b)
{
	return (uint64_t)t << 60 | (uint64_t)(a & 0x3fffffff) << 30 | (b & 0x3fffffff);
}

/* ---- packets ---- */

static size_t open_packet(struct gm_str *out)
{
	size_t p = gm_pb_open(out, TRACE_PACKET);

	gm_pb_u64(out, PKT_SEQUENCE, 1);
	return p;
}

static size_t open_packet_at(struct gm_str *out, uint64_t ns)
{
	size_t p = open_packet(out);

	gm_pb_u64(out, PKT_TIMESTAMP, ns);
	gm_pb_u64(out, PKT_CLOCK_ID, CLOCK_IS_MONOTONIC);
	return p;
}

static void put_clock(struct gm_str *out, unsigned int id, uint64_t ns)
{
	size_t c = gm_pb_open(out, SNAP_CLOCKS);

	gm_pb_u64(out, CLOCK_ID, id);
	gm_pb_u64(out, CLOCK_TIME, ns);
	gm_pb_close(out, c);
}

/* Write the first packet, once: a snapshot of both clocks. */
static void put_clocks_once(struct perfetto *f, const struct gm_model *m, struct gm_str *out)
{
	size_t p, s;

	if (f->begun)
		return;
	f->begun = true;
	p = open_packet(out);
	s = gm_pb_open(out, PKT_CLOCK_SNAPSHOT);
	put_clock(out, CLOCK_IS_MONOTONIC, m->meta.h.ts_ns);
	if (m->meta.real_ns)
		put_clock(out, CLOCK_IS_REALTIME, m->meta.real_ns);
	gm_pb_u64(out, SNAP_PRIMARY, CLOCK_IS_MONOTONIC);
	gm_pb_close(out, s);
	gm_pb_close(out, p);
}

/* Return true if a track is not described yet, and mark it. */
static bool is_new_track(struct perfetto *f, uint64_t id, struct gm_str *out)
{
	if (gm_hmap_get(&f->tracks, id))
		return false;
	if (gm_hmap_put(&f->tracks, id, f))
		out->err = -ENOMEM;
	return true;
}

struct descr { size_t packet, track; };

static struct descr open_track(struct gm_str *out, uint64_t id, const char *name, uint64_t parent)
{
	struct descr d = { .packet = open_packet(out) };

	d.track = gm_pb_open(out, PKT_TRACK);
	gm_pb_u64(out, TRACK_UUID, id);
	if (name)
		gm_pb_str(out, TRACK_NAME, name);
	if (parent)
		gm_pb_u64(out, TRACK_PARENT, parent);
	return d;
}

static void close_track(struct gm_str *out, struct descr d)
{
	gm_pb_close(out, d.track);
	gm_pb_close(out, d.packet);
}

static uint64_t process_track(struct perfetto *f, uint32_t tgid, const char *name, struct gm_str *out)
{
	uint64_t id = track_uuid(OF_PROCESS, tgid, 0);
	struct descr d;
	size_t p;

	if (!is_new_track(f, id, out))
		return id;
	d = open_track(out, id, NULL, 0);
	p = gm_pb_open(out, TRACK_PROCESS);
	gm_pb_u64(out, PROCESS_PID, gm_pid(tgid));
	gm_pb_str(out, PROCESS_NAME, name);
	gm_pb_close(out, p);
	close_track(out, d);
	return id;
}

static uint64_t thread_track(struct perfetto *f, const struct slice *s, struct gm_str *out)
{
	uint64_t id = track_uuid(OF_THREAD, s->tgid, s->tid), parent;
	char comm[GM_COMM_LEN + 1], name[40];
	struct descr d;
	size_t t;

	snprintf(comm, sizeof(comm), "%.*s", GM_COMM_LEN, s->comm);
	gm_clean(name, sizeof(name), comm, strlen(comm));
	parent = process_track(f, s->tgid, name, out);
	if (!is_new_track(f, id, out))
		return id;
	d = open_track(out, id, NULL, parent);
	t = gm_pb_open(out, TRACK_THREAD);
	gm_pb_u64(out, THREAD_PID, gm_pid(s->tgid));
	gm_pb_u64(out, THREAD_TID, gm_pid(s->tid));
	gm_pb_str(out, THREAD_NAME, name);
	gm_pb_close(out, t);
	close_track(out, d);
	return id;
}

/* Describe a machine's track and one below that; return the uuid of the latter. */
static uint64_t machine_track(struct perfetto *f, const struct gm_machine *mc, enum track of, const char *name,
			      unsigned int unit, struct gm_str *out)
{
	uint64_t id = track_uuid(of, mc->id, 0), parent = track_uuid(OF_MACHINE, mc->id, 0);
	struct descr d;
	size_t c;

	if (is_new_track(f, parent, out))
		close_track(out, open_track(out, parent, mc->name, 0));
	if (!is_new_track(f, id, out))
		return id;
	d = open_track(out, id, name, parent);
	if (unit) {
		c = gm_pb_open(out, TRACK_COUNTER);
		gm_pb_u64(out, COUNTER_UNIT, unit);
		gm_pb_close(out, c);
	}
	close_track(out, d);
	return id;
}

/* ---- events ---- */

static void put_annotation(struct gm_str *out, const char *name, uint64_t v)
{
	size_t n = gm_pb_open(out, EV_ANNOTATION);

	gm_pb_str(out, NOTE_NAME, name);
	gm_pb_u64(out, NOTE_UINT, v);
	gm_pb_close(out, n);
}

static void put_end(struct gm_str *out, uint64_t track, uint64_t ns)
{
	size_t p = open_packet_at(out, ns), e = gm_pb_open(out, PKT_TRACK_EVENT);

	gm_pb_u64(out, EV_TYPE, TYPE_END);
	gm_pb_u64(out, EV_TRACK, track);
	gm_pb_close(out, e);
	gm_pb_close(out, p);
}

static struct descr open_event(struct gm_str *out, uint64_t track, uint64_t ns, unsigned int type, const char *category,
			       const char *name)
{
	struct descr d = { .packet = open_packet_at(out, ns) };

	d.track = gm_pb_open(out, PKT_TRACK_EVENT);
	gm_pb_u64(out, EV_TYPE, type);
	gm_pb_u64(out, EV_TRACK, track);
	if (category)
		gm_pb_str(out, EV_CATEGORY, category);
	if (name)
		gm_pb_str(out, EV_NAME, name);
	return d;
}

static void put_ret(struct gm_str *out, int64_t ret)
{
	size_t n = gm_pb_open(out, EV_ANNOTATION);

	gm_pb_str(out, NOTE_NAME, "ret");
	gm_pb_i64(out, NOTE_INT, ret);
	gm_pb_close(out, n);
}

static const char *slice_name(const struct slice *s)
{
	return s->kind == GM_K_FAULT ? gm_phase_name(s->phase) : gm_kind_name(s->kind);
}

/* Write a fault's parts one after the other, in their usual order; the real order is not recorded. */
static void put_parts(struct gm_str *out, uint64_t track, const struct slice *s)
{
	static const unsigned int order[] = { GM_PART_OTHER, GM_PART_ALLOC, GM_PART_ZERO, GM_PART_PREPARE,
					      GM_PART_MAP };
	uint64_t at = s->begin;

	for (size_t i = 0; i < GM_ARRAY_SIZE(order); i++) {
		uint64_t ns = s->part_ns[order[i]];

		if (!ns || at + ns > s->end)
			continue;
		close_track(out, open_event(out, track, at, TYPE_BEGIN, "part", gm_part_name(order[i])));
		at += ns;
		put_end(out, track, at);
	}
}

static void put_begin(struct gm_str *out, uint64_t track, const struct slice *s, unsigned int type)
{
	struct descr d =
		open_event(out, track, s->begin, type, s->kind == GM_K_FAULT ? "fault" : "call", slice_name(s));

	put_annotation(out, "vm", s->vm);
	put_annotation(out, "inode", s->inode);
	if (s->pages)
		put_annotation(out, "pages", s->pages);
	if (s->ret)
		put_ret(out, s->ret);
	close_track(out, d);
}

/* ---- slices, in the order that nests ---- */

static int by_thread_and_time(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return x->end > y->end ? -1 : x->end < y->end;
}

#define DEPTH 32

/* End the open slices that end up to ns. */
static size_t end_until(struct gm_str *out, uint64_t track, const uint64_t *ends, size_t depth, uint64_t ns)
{
	while (depth && ends[depth - 1] <= ns)
		put_end(out, track, ends[--depth]);
	return depth;
}

static void put_thread(struct perfetto *f, const struct slice *s, size_t nr, struct gm_str *out)
{
	uint64_t track = thread_track(f, s, out), ends[DEPTH];
	size_t depth = 0;

	for (size_t i = 0; i < nr; i++) {
		uint64_t end = s[i].end;

		depth = end_until(out, track, ends, depth, s[i].begin);
		if (end == s[i].begin || depth == DEPTH) {
			put_begin(out, track, &s[i], TYPE_INSTANT);
			continue;
		}
		if (depth && end > ends[depth - 1])
			/* clocks of two CPUs differ: an inner slice must not outlast the outer one */
			end = ends[depth - 1];
		put_begin(out, track, &s[i], TYPE_BEGIN);
		if (s[i].kind == GM_K_FAULT)
			put_parts(out, track, &s[i]);
		ends[depth++] = end;
	}
	end_until(out, track, ends, depth, UINT64_MAX);
}

static void put_slices(struct perfetto *f, struct gm_str *out)
{
	size_t from = 0;

	if (f->nr)
		qsort(f->at, f->nr, sizeof(f->at[0]), by_thread_and_time);
	for (size_t i = 1; i <= f->nr; i++) {
		if (i < f->nr && f->at[i].tgid == f->at[from].tgid && f->at[i].tid == f->at[from].tid)
			continue;
		put_thread(f, &f->at[from], i - from, out);
		from = i;
	}
}

static const struct gm_machine *machine_of(const struct gm_model *m, uint32_t id)
{
	for (size_t i = 0; i < m->machines.nr; i++)
		if (((const struct gm_machine *)m->machines.at[i])->id == id)
			return m->machines.at[i];
	return NULL;
}

static void put_reboots(struct perfetto *f, const struct gm_model *m, struct gm_str *out)
{
	const struct gm_vec *all = gm_model_episodes(m);

	for (size_t i = 0; all && i < all->nr; i++) {
		const struct gm_episode *e = all->at[i];
		const struct gm_machine *mc = machine_of(m, e->machine);
		char name[60];
		uint64_t track;
		struct descr d;

		if (!mc)
			continue;
		track = machine_track(f, mc, OF_REBOOTS, "reboots", 0, out);
		snprintf(name, sizeof(name), "%s %u (%s)", e->new_vm ? "reboot" : "shutdown", e->id,
			 gm_reboot_style_text(e));
		d = open_event(out, track, e->start_ns, TYPE_BEGIN, "episode", name);
		put_annotation(out, "old_vm", e->old_vm);
		put_annotation(out, "new_vm", e->new_vm);
		close_track(out, d);
		put_end(out, track, e->start_ns + gm_episode_wall(e));
	}
}

/* ---- the format ---- */

static int perfetto_event(void *state, const struct gm_model *m, const union gm_any *rec, struct gm_str *out)
{
	struct perfetto *f = state;
	const struct gm_ev *ev = &rec->ev;
	const struct gm_vm *vm = gm_event_vm(m, ev);
	struct slice *s;

	put_clocks_once(f, m, out);
	if (!gm_kind_name(rec->h.kind) || !ev->tgid)
		return 0; /* found by a scan: it has no thread */
	if (gm_grow(f->at, f->nr, 1, f->cap))
		return -ENOMEM;
	s = &f->at[f->nr++];
	*s = (struct slice){ .end = ev->h.ts_ns,
			     .begin = ev->h.ts_ns - (ev->flags & GM_EV_NODUR ? 0 : ev->dur_ns),
			     .tgid = ev->tgid,
			     .tid = ev->tid,
			     .kind = ev->h.kind,
			     .vm = vm ? vm->id : ev->vm,
			     .inode = ev->inode,
			     .ret = ev->ret };
	memcpy(s->comm, ev->comm, sizeof(s->comm));
	if (rec->h.kind == GM_K_FAULT) {
		s->phase = (uint16_t)rec->as_FAULT.phase;
		memcpy(s->part_ns, rec->as_FAULT.part_ns, sizeof(s->part_ns));
	} else if (rec->h.kind == GM_K_CREATE || rec->h.kind == GM_K_RELEASE || rec->h.kind == GM_K_EVICT) {
		s->pages = rec->as_CREATE.pages;
	} else if (rec->h.kind != GM_K_VM_CREATE && rec->h.kind != GM_K_VM_DESTROY) {
		s->pages = rec->as_PUNCH.pages ? rec->as_PUNCH.pages : rec->as_PUNCH.npages;
	}
	return out->err;
}

static void put_counters(struct perfetto *f, const struct gm_model *m, const struct gm_machine *mc, struct gm_str *out)
{
	struct descr d;
	struct gm_mem mem;
	uint64_t track = machine_track(f, mc, OF_RESIDENT, "resident", UNIT_BYTES, out);

	gm_machine_mem(mc, &mem);
	if (mem.untracked)
		return;
	d = open_event(out, track, m->tick_ns, TYPE_COUNTER, NULL, NULL);
	gm_pb_i64(out, EV_COUNTER, (int64_t)(mem.resident_pages * m->meta.page_size));
	close_track(out, d);
	if (gm_model_uncounted(m))
		return;
	track = machine_track(f, mc, OF_RATE, "pages allocated/s", UNIT_COUNT, out);
	d = open_event(out, track, m->tick_ns, TYPE_COUNTER, NULL, NULL);
	gm_pb_double(out, EV_COUNTER_DOUBLE, mc->rates.alloc_pages);
	close_track(out, d);
}

static int perfetto_tick(void *state, const struct gm_model *m, bool last, struct gm_str *out)
{
	struct perfetto *f = state;

	put_clocks_once(f, m, out);
	for (size_t i = 0; i < m->machines.nr; i++)
		put_counters(f, m, m->machines.at[i], out);
	if (!last)
		return out->err;
	put_slices(f, out);
	put_reboots(f, m, out);
	return out->err;
}

static void perfetto_release(void *state)
{
	struct perfetto *f = state;

	gm_hmap_release(&f->tracks);
	free(f->at);
}

const struct gm_export_format gm_export_perfetto = { "perfetto", true, sizeof(struct perfetto), perfetto_event,
	perfetto_tick,
						     perfetto_release };
