/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * perfetto_pb.h - packets of Perfetto's trace, with the fields of its protos (protos/perfetto/trace/trace_packet.proto,
 * track_event/; clock numbers: common/builtin_clock.proto): clocks, tracks, slices, counters, flows.
 *
 * A track's uuid is a hash of the recording and of what the track is of: the same in each export of a recording,
 * another one in other recordings, so that traces can be concatenated. Within a trace no two tracks share one.
 */
#ifndef GM_REPORT_PERFETTO_PB_H
#define GM_REPORT_PERFETTO_PB_H

#include "base/hmap.h"
#include "base/str.h"
#include "base/vec.h"
#include "model/model.h"

enum gm_pf_track { GM_PF_PROCESS = 1, GM_PF_THREAD, GM_PF_MACHINE, GM_PF_VM, GM_PF_INODE, GM_PF_REBOOTS,
		   GM_PF_COUNTER };

/* The tracks of one trace. A zeroed struct, then gm_pf_begin(). */
struct gm_pf {
	uint64_t seed;			/* of this recording */
	struct gm_vec tracks;		/* struct gm_pf_key */
	struct gm_hmap by_uuid;
};
/* Write the first packet: a snapshot of both clocks. */
void gm_pf_begin(struct gm_pf *f, const struct gm_model *m, struct gm_str *out);
void gm_pf_release(struct gm_pf *f);

/*
 * Return the uuid of a track, by what it is of: two numbers that tell it from others of its kind. *is_new: it was not
 * asked for before, and has to be described. 0 without memory, then out->err is set.
 */
uint64_t gm_pf_uuid(struct gm_pf *f, enum gm_pf_track kind, uint32_t a, uint32_t b, bool *is_new, struct gm_str *out);
/* Describe a track: of a process, of a thread, another below parent (0: none), or a counter. rank: among siblings. */
void gm_pf_describe_process(struct gm_str *out, uint64_t uuid, uint32_t pid, const char *name);
void gm_pf_describe_thread(struct gm_str *out, uint64_t uuid, uint64_t parent, uint32_t pid, uint32_t tid,
			   const char *name);
void gm_pf_describe(struct gm_str *out, uint64_t uuid, uint64_t parent, const char *name, uint32_t rank);
void gm_pf_describe_counter(struct gm_str *out, uint64_t uuid, uint64_t parent, const char *name, uint32_t rank,
			    bool bytes);

/* An event that is being written: flows and notes (debug annotations, the viewer's arguments) may be added. */
struct gm_pf_event { size_t packet, event; };
enum gm_pf_type { GM_PF_BEGIN = 1, GM_PF_END = 2, GM_PF_INSTANT = 3 };
struct gm_pf_event gm_pf_event(struct gm_str *out, uint64_t track, uint64_t ns, enum gm_pf_type type,
			       const char *category, const char *name);
void gm_pf_note_u64(struct gm_str *out, const char *name, uint64_t v);
void gm_pf_note_i64(struct gm_str *out, const char *name, int64_t v);
void gm_pf_note_str(struct gm_str *out, const char *name, const char *v);
/* A flow begins, or ends, at this event. */
void gm_pf_flow(const struct gm_pf *f, struct gm_str *out, uint32_t id, bool ends);
void gm_pf_close(struct gm_str *out, struct gm_pf_event e);

void gm_pf_end(struct gm_str *out, uint64_t track, uint64_t ns); /* ends the innermost slice of a track */
void gm_pf_count_int(struct gm_str *out, uint64_t track, uint64_t ns, int64_t v);
void gm_pf_count_double(struct gm_str *out, uint64_t track, uint64_t ns, double v);

#endif
