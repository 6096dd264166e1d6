/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * record.h - one record: checking it, knowing its kind, printing it.
 * The format itself: bpf/gm_wire.h.
 */
#ifndef GM_RECORD_RECORD_H
#define GM_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "gm_wire.h"

/* A record of any known kind at its full size: a shorter one on the wire is widened into it. */
union gm_any {
	struct gm_rec h;
	struct gm_ev ev;
#define X(E, n, type, name, phase) struct type as_##E;
	GM_KINDS(X)
#undef X
	uint64_t raw[GM_REC_MAX / 8];
};

/*
 * Looks at the record that starts at buf, of which len bytes are there. Returns its length on the wire (> 0, skip
 * that much), -EAGAIN when more bytes are needed, -EBADMSG when this can be no record (length below the header's,
 * above GM_REC_MAX, no multiple of 8). When it is of a known kind *out holds it, zero-filled to full size, h.len set
 * to the full size; else out->h.kind is 0. Every char array in *out is terminated, every count and enum within
 * bounds, page_size a power of two, whatever the bytes said; what cannot be brought within bounds (a histogram or
 * operations of an unknown phase, parts of a phase that has none, an unknown kind of pin or scan) counts as an
 * unknown kind. buf need not be aligned; *out beyond the record's full size is not written.
 */
int gm_rec_check(const void *buf, size_t len, union gm_any *out);

/* Bytes to write for a record: its size without the trailing zero bytes, rounded up to 8; >= header. */
size_t gm_rec_trim(const struct gm_rec *r);

/* of enum gm_yesno: "yes", "no"; unknown for GM_UNKNOWN */
const char *gm_yesno_name(uint32_t v, const char *unknown);
const char *gm_kind_name(unsigned int kind); /* NULL: unknown */
size_t gm_kind_size(unsigned int kind);	     /* 0: unknown */
int gm_kind_phase(unsigned int kind);	     /* enum gm_phase or -1 */
static inline bool gm_kind_is_event(unsigned int kind)
{
	return kind >= GM_K_EVENT_FIRST && kind < GM_K_MAX;
}
/* Names below: "?" for a number that has none. */
const char *gm_phase_name(unsigned int phase);
const char *gm_phase_per(unsigned int phase); /* "call", "page", "fault", "event" */
bool gm_phase_hot(unsigned int phase);
bool gm_phase_whole(unsigned int phase);     /* a whole fault, which is split into parts */
const char *gm_part_name(unsigned int part); /* enum gm_part */
const char *gm_call_name(unsigned int call); /* enum gm_call */
int gm_phase_by_name(const char *name);	     /* enum gm_phase or -1 */
const char *gm_mode_name(unsigned int mode); /* "full", "kprobe", "tracepoint", "inventory", "none" */
const char *gm_pin_name(unsigned int what);  /* "fd", "mapping", "vm_fd", "vcpu_fd", "stats_fd" */
/*
 * Fill in facts and kinds of a probe that an older recording tells of, by its name: the one place that knows probes
 * by name.
 */
void gm_probe_add_facts(struct gm_rec_probe *p);
const char *gm_probe_class_name(unsigned int cls);   /* "required", "wanted", "extra" */
const char *gm_probe_state_name(unsigned int state); /* "attached", "refused", "absent", "off", "released" */

/*
 * The least and the most that a histogram's record has are those of all time. Narrows them to what its own cells allow,
 * for a reader that does not know the time before. Without counts they are of no meaning.
 */
void gm_rec_hist_narrow(const struct gm_rec_hist *h, __u64 *min_ns, __u64 *max_ns);

/*
 * Process ids in records of several hosts (past/merge.h) carry a number of their host above these bits: for people,
 * gm_pid().
 */
#define GM_PID_BITS 22			/* PID_MAX_LIMIT, include/linux/threads.h */
static inline uint32_t gm_pid(uint32_t tgid)
{
	return tgid & ((1u << GM_PID_BITS) - 1);
}

/* Sets kind, full length and time of a zeroed record. */
void gm_rec_init(struct gm_rec *r, unsigned int kind, uint64_t ts_ns);

#endif
