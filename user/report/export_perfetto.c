// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * export_perfetto.c - draws a timeline (timeline.h) as Perfetto's trace.
 *
 * Slices of a track nest by their times, and equal times by their order in the file; events arrive by their ends. So
 * all is kept until the end and then written track by track, outer slices first.
 */
#include "base/utf8.h"
#include "report/export_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report/perfetto_pb.h"
#include "report/reboot_report_int.h"
#include "report/text.h"
#include "report/timeline.h"

/* Where a track is below its machine. */
enum rank { RANK_REBOOTS, RANK_COUNTERS = GM_EPISODE_LANES, RANK_VMS = 16, RANK_INODES = 1 << 30 };

struct perfetto {
	bool begun;
	struct gm_pf pf;
	struct gm_timeline timeline;
	struct gm_str *out;
	enum gm_track kind;	/* of the tracks that are being drawn */
};

/* ---- tracks ---- */

static uint64_t machine_track(struct perfetto *f, uint32_t id)
{
	const struct gm_timeline_machine *mc = gm_timeline_machine(&f->timeline, id);
	bool is_new;
	uint64_t uuid;

	if (!mc)
		return 0;
	uuid = gm_pf_uuid(&f->pf, GM_PF_MACHINE, id, 0, &is_new, f->out);
	if (is_new)
		gm_pf_describe(f->out, uuid, 0, mc->name, 0);
	return uuid;
}

static uint64_t life_track(struct perfetto *f, const struct gm_life *l, uint32_t id)
{
	bool inode = f->kind == GM_TRACK_INODE, is_new;
	uint64_t parent = l ? machine_track(f, l->machine) : 0, uuid;
	char name[24];

	uuid = gm_pf_uuid(&f->pf, inode ? GM_PF_INODE : GM_PF_VM, id, 0, &is_new, f->out);
	snprintf(name, sizeof(name), inode ? "inode %u" : "VM %u", id);
	if (is_new)
		gm_pf_describe(f->out, uuid, parent, name, (inode ? RANK_INODES : RANK_VMS) + id % RANK_INODES);
	return uuid;
}

static uint64_t thread_track(struct perfetto *f, const struct gm_tl_call *c)
{
	char comm[GM_COMM_LEN + 1], name[40];
	uint64_t process, uuid;
	bool is_new;

	snprintf(comm, sizeof(comm), "%.*s", GM_COMM_LEN, c->comm);
	gm_clean(name, sizeof(name), comm, strlen(comm));
	process = gm_pf_uuid(&f->pf, GM_PF_PROCESS, c->tgid, 0, &is_new, f->out);
	if (is_new)
		gm_pf_describe_process(f->out, process, gm_pid(c->tgid), name);
	uuid = gm_pf_uuid(&f->pf, GM_PF_THREAD, c->tgid, c->tid, &is_new, f->out);
	if (is_new)
		gm_pf_describe_thread(f->out, uuid, process, gm_pid(c->tgid), gm_pid(c->tid), name);
	return uuid;
}

/* ---- calls ---- */

static const char *call_name(const struct gm_tl_call *c)
{
	return c->kind == GM_K_FAULT ? gm_phase_name(c->phase) : gm_kind_name(c->kind);
}

/* The JSON events have the same names (json_events.c). */
static const char *pages_name(unsigned int kind)
{
	switch (kind) {
	case GM_K_RELEASE: return "resident_pages";
	case GM_K_FALLOCATE: return "allocated_pages";
	case GM_K_EVICT:
	case GM_K_PUNCH: return "freed_pages";
	case GM_K_BIND:
	case GM_K_UNBIND:
	case GM_K_MMAP:
	case GM_K_CONVERT:
	case GM_K_MEMORY_FAILURE:
	case GM_K_ZAP:
	case GM_K_POPULATE: return "pages";
	}
	return NULL;
}

/* Note why a call's times are not exact. */
static void note_times(struct gm_str *out, const struct gm_tl_call *c, const struct gm_bar *b)
{
	if (c->flags & GM_EV_BY_SCAN) {
		gm_pf_note_str(out, "time", "found by a sample: at some time since earliest_ns");
		if (c->begin < c->end)
			gm_pf_note_u64(out, "earliest_ns", c->begin);
		else
			gm_pf_note_str(out, "earliest_ns", "n/a");
		return;
	}
	if (c->flags & GM_EV_NODUR)
		gm_pf_note_str(out, "dur_ns", "n/a");
	else if (b->instant || b->end != c->end)
		gm_pf_note_u64(out, "dur_ns", c->end - c->begin);
	if (c->flags & GM_EV_SYSCALL)
		gm_pf_note_str(out, "time", "of the whole system call");
}

static void note_call(struct gm_str *out, const struct gm_tl_call *c, const struct gm_bar *b)
{
	const char *pages = pages_name(c->kind);

	gm_pf_note_u64(out, "vm", c->vm);
	gm_pf_note_u64(out, "inode", c->inode);
	if (pages && c->pages_known)
		gm_pf_note_u64(out, pages, c->pages);
	else if (pages)
		gm_pf_note_str(out, pages, "n/a");
	if (c->ret)
		gm_pf_note_i64(out, "ret", c->ret);
	note_times(out, c, b);
}

/* Write a fault's parts one after the other, in their usual order; the real order is not recorded. */
static void put_parts(struct gm_str *out, uint64_t track, const struct gm_tl_call *c)
{
	static const unsigned int order[] = { GM_PART_OTHER, GM_PART_ALLOC, GM_PART_ZERO, GM_PART_PREPARE,
					      GM_PART_MAP };
	uint64_t at = c->begin;

	for (size_t i = 0; i < GM_ARRAY_SIZE(order); i++) {
		uint64_t ns = c->part_ns[order[i]];

		if (!ns || at + ns > c->end)
			continue;
		gm_pf_close(out, gm_pf_event(out, track, at, GM_PF_BEGIN, "part", gm_part_name(order[i])));
		at += ns;
		gm_pf_end(out, track, at);
	}
}

static void put_call(struct perfetto *f, uint64_t track, const struct gm_bar *b)
{
	const struct gm_tl_call *c = b->call;
	struct gm_pf_event e = gm_pf_event(f->out, track, b->begin, b->instant ? GM_PF_INSTANT : GM_PF_BEGIN,
					   c->kind == GM_K_FAULT ? "fault" : "call", call_name(c));

	note_call(f->out, c, b);
	if (f->kind == GM_TRACK_VM && c->flow_from)
		gm_pf_flow(&f->pf, f->out, c->flow_from, false);
	if (f->kind == GM_TRACK_VM && c->flow_to)
		gm_pf_flow(&f->pf, f->out, c->flow_to, true);
	gm_pf_close(f->out, e);
	if (c->kind == GM_K_FAULT && !b->instant)
		put_parts(f->out, track, c);
}

/* ---- lives ---- */

static void note_life(struct gm_str *out, const struct gm_life *l)
{
	gm_pf_note_str(out, "begun", gm_life_begun(l));
	gm_pf_note_str(out, "ended", gm_life_ended(l));
	if (l->tgid)
		gm_pf_note_u64(out, "pid", gm_pid(l->tgid));
	if (l->ino)
		gm_pf_note_u64(out, "ino", l->ino);
	if (l->size_bytes)
		gm_pf_note_u64(out, "size_bytes", l->size_bytes);
}

static void put_life(struct perfetto *f, uint64_t track, const struct gm_bar *b)
{
	static const char *const suffix[] = {
		[GM_BAR_LIFE] = "", [GM_BAR_BEGINS] = " began in here", [GM_BAR_ENDS] = " ended in here"
	};
	char name[48];
	struct gm_pf_event e;

	snprintf(name, sizeof(name), "%s %u%s", b->life->inode ? "inode" : "VM", b->life->id, suffix[b->what]);
	e = gm_pf_event(f->out, track, b->begin, b->instant ? GM_PF_INSTANT : GM_PF_BEGIN,
			b->what == GM_BAR_LIFE ? "life" : "bound", name);
	if (b->what == GM_BAR_LIFE)
		note_life(f->out, b->life);
	gm_pf_close(f->out, e);
}

/* ---- drawing ---- */

#define DEPTH 64

static uint64_t track_of(struct perfetto *f, const struct gm_life *life, const struct gm_bar *bars)
{
	const struct gm_tl_call *c = bars->call;

	if (f->kind == GM_TRACK_THREAD)
		return thread_track(f, c);
	return life_track(f, life, life ? life->id : f->kind == GM_TRACK_VM ? c->vm : c->inode);
}

static void put_track(void *arg, const struct gm_life *life, const struct gm_bar *bars, size_t nr)
{
	struct perfetto *f = arg;
	uint64_t track = track_of(f, life, bars), ends[DEPTH];
	size_t depth = 0;

	for (size_t i = 0; i < nr; i++) {
		while (depth && ends[depth - 1] <= bars[i].begin)
			gm_pf_end(f->out, track, ends[--depth]);
		if (bars[i].what == GM_BAR_CALL)
			put_call(f, track, &bars[i]);
		else
			put_life(f, track, &bars[i]);
		if (!bars[i].instant && depth < DEPTH)
			ends[depth++] = bars[i].end;
	}
	while (depth)
		gm_pf_end(f->out, track, ends[--depth]);
}

static void put_slice(struct gm_str *out, uint64_t track, uint64_t begin, uint64_t end, const char *name)
{
	if (begin >= end)
		return;
	gm_pf_close(out, gm_pf_event(out, track, begin, GM_PF_BEGIN, "bound", name));
	gm_pf_end(out, track, end);
}

/* Draw a reboot: what is certain of it, and where it began or ended at some time. */
static void put_reboot(struct gm_str *out, uint64_t track, const struct gm_episode *e)
{
	struct gm_time_span certain = gm_episode_certain(e);
	char name[60], wall[GM_WALL_LEN];
	struct gm_pf_event ev;

	snprintf(name, sizeof(name), "%s %u (%s)", e->new_vm ? "reboot" : "shutdown", e->id, gm_reboot_style_text(e));
	put_slice(out, track, e->start_ns, certain.begin, "began in here");
	ev = gm_pf_event(out, track, certain.begin, GM_PF_BEGIN, certain.known ? "episode" : "episode,bound", name);
	gm_pf_note_u64(out, "old_vm", e->old_vm);
	gm_pf_note_u64(out, "new_vm", e->new_vm);
	gm_pf_note_str(out, "end", gm_reboot_end_name(e->end));
	if (!gm_episode_is_timed(e))
		gm_pf_note_str(out, "bounds", gm_reboot_fmt_wall(wall, sizeof(wall), e));
	gm_pf_close(out, ev);
	gm_pf_end(out, track, certain.end);
	put_slice(out, track, certain.end, e->end_ns, "ended in here");
}

static uint64_t reboots_track(struct perfetto *f, uint32_t machine, unsigned int lane)
{
	uint64_t parent = machine_track(f, machine), track;
	char name[32] = "reboots";
	bool is_new;

	track = gm_pf_uuid(&f->pf, GM_PF_REBOOTS, machine, lane, &is_new, f->out);
	if (lane)
		snprintf(name, sizeof(name), "reboots (%u at once)", lane + 1);
	if (is_new)
		gm_pf_describe(f->out, track, parent, name, RANK_REBOOTS + lane);
	return track;
}

static void put_reboots(struct perfetto *f, const struct gm_model *m)
{
	const struct gm_vec *all = gm_model_episodes(m);

	for (size_t i = 0; all && i < all->nr; i++) {
		const struct gm_episode *e = all->at[i];

		put_reboot(f->out, reboots_track(f, e->machine, gm_episode_lane(all, e)), e);
	}
}

static uint64_t counter_track(struct perfetto *f, const struct gm_count *c)
{
	static const char *const names[GM_COUNTER_NR][2] = {
		[GM_COUNTER_RESIDENT] = { "resident", "resident (at least)" },
		[GM_COUNTER_ALLOCS] = { "pages allocated/s", "pages allocated/s (at least)" },
	};
	const struct gm_timeline_machine *mc = gm_timeline_machine(&f->timeline, c->machine);
	bool is_new, at_least = mc && mc->bound[c->what];
	uint64_t parent = machine_track(f, c->machine), track;

	track = gm_pf_uuid(&f->pf, GM_PF_COUNTER, c->machine, c->what, &is_new, f->out);
	if (is_new)
		gm_pf_describe_counter(f->out, track, parent, names[c->what][at_least], RANK_COUNTERS + c->what,
				       c->what == GM_COUNTER_RESIDENT);
	return track;
}

static void put_counters(struct perfetto *f)
{
	for (size_t i = 0; i < f->timeline.counts; i++) {
		const struct gm_count *c = &f->timeline.count[i];
		uint64_t track = counter_track(f, c);

		if (c->what == GM_COUNTER_RESIDENT)
			gm_pf_count_int(f->out, track, c->ts_ns, (int64_t)c->value);
		else
			gm_pf_count_double(f->out, track, c->ts_ns, c->value);
	}
}

/* ---- the format ---- */

static void begin_once(struct perfetto *f, const struct gm_model *m, struct gm_str *out)
{
	if (!f->begun)
		gm_pf_begin(&f->pf, m, out);
	f->begun = true;
}

static int perfetto_event(void *state, const struct gm_model *m, const union gm_any *rec, struct gm_str *out)
{
	struct perfetto *f = state;

	begin_once(f, m, out);
	return gm_timeline_event(&f->timeline, m, rec);
}

static int perfetto_tick(void *state, const struct gm_model *m, bool last, struct gm_str *out)
{
	struct perfetto *f = state;
	int err = gm_timeline_tick(&f->timeline, m);

	begin_once(f, m, out);
	if (err || !last)
		return err;
	f->out = out;
	err = gm_timeline_finish(&f->timeline, m);
	for (f->kind = GM_TRACK_THREAD; f->kind < GM_TRACK_KINDS && !err; f->kind++)
		err = gm_timeline_tracks(&f->timeline, f->kind, put_track, f);
	if (err)
		return err;
	put_reboots(f, m);
	put_counters(f);
	return out->err;
}

static void perfetto_release(void *state)
{
	struct perfetto *f = state;

	gm_timeline_release(&f->timeline);
	gm_pf_release(&f->pf);
}

const struct gm_export_format gm_export_perfetto = { "perfetto", true, sizeof(struct perfetto), perfetto_event,
						     perfetto_tick, perfetto_release };
