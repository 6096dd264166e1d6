/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * record.h - one record: checks it, names its kind and the enums in it. The format itself: bpf/gm_wire.h. Pure
 * functions; nothing is allocated or reported.
 */
#ifndef GM_RECORD_RECORD_H
#define GM_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "gm_wire.h"

/* A record of any known kind at its full size; gm_rec_check() widens a shorter one. */
union gm_any {
	struct gm_rec h;
	struct gm_ev ev;
#define X(E, n, type, name, phase) struct type as_##E;
	GM_KINDS(X)
#undef X
	uint64_t raw[GM_REC_MAX / 8];
};

/*
 * Checks the record at buf, which has len bytes. Returns the record's length on the wire (> 0: skip that many bytes);
 * -EAGAIN: more bytes are needed; -EBADMSG: it is no record (its length is below the header's, above GM_REC_MAX, or no
 * multiple of 8). A record of a known kind is copied to *out, zero-filled to its full size, h.len set to that; else
 * out->h.kind is 0. Whatever the bytes are, every char array in *out is terminated, every count and enum is within
 * bounds, and page_size is a power of two. A record that cannot be brought within bounds (a histogram or operations of
 * an unknown phase, parts of a phase that has none, an unknown kind of pin or scan) counts as an unknown kind. buf need
 * not be aligned; *out beyond the record's full size is not written.
 */
int gm_rec_check(const void *buf, size_t len, union gm_any *out);

/*
 * Returns the number of bytes to write for a record: its size without trailing zero bytes, rounded up to 8; at least
 * the header's.
 */
size_t gm_rec_trim(const struct gm_rec *r);

/* Returns "yes" or "no" for an enum gm_yesno, and `unknown` for GM_UNKNOWN. */
const char *gm_yesno_name(uint32_t v, const char *unknown);
const char *gm_kind_name(unsigned int kind); /* NULL: unknown */
size_t gm_kind_size(unsigned int kind);	     /* 0: unknown */
int gm_kind_phase(unsigned int kind);	     /* enum gm_phase or -1 */
/* Return true for kinds that report what happened, not what is. */
static inline bool gm_kind_is_event(unsigned int kind)
{
	return kind >= GM_K_EVENT_FIRST && kind < GM_K_MAX;
}
/* Return true for phases that the kernel sums in per-VM histograms, rather than sending events. */
bool gm_phase_has_vm_hist(unsigned int phase);
/* Return true for a kind of fault, whose time is split into parts. */
bool gm_phase_is_fault_kind(unsigned int phase);
bool gm_phase_is_summed(unsigned int phase); /* its calls may be summed (struct gm_rec_calls) */
int gm_phase_by_name(const char *name);	     /* enum gm_phase or -1 */
/* The names below are "?" for a number without one. */
const char *gm_phase_name(unsigned int phase);
const char *gm_phase_per(unsigned int phase); /* "call", "page", "fault", "event" */
const char *gm_part_name(unsigned int part);  /* enum gm_part */
const char *gm_call_name(unsigned int call);  /* enum gm_call */
const char *gm_mode_name(unsigned int mode);  /* enum gm_mode: "full", "kprobe", "tracepoint", ... */
const char *gm_pin_name(unsigned int what);   /* enum gm_pin_what: "fd", "mapping", "vm_fd", ... */
/*
 * Fills in the facts and kinds of a probe of an older recording, by its name: the only place that knows probes by name.
 */
void gm_probe_add_facts(struct gm_rec_probe *p);
const char *gm_probe_class_name(unsigned int cls);   /* "required", "wanted", "extra" */
const char *gm_probe_state_name(unsigned int state); /* "attached", "refused", "absent", "off", "released" */

/*
 * Narrows the least and the most of a histogram's record, which are those of all time, to what the record's own cells
 * allow, for a reader that does not know the time before. Without counts they are of no meaning.
 */
void gm_rec_hist_narrow(const struct gm_rec_hist *h, __u64 *min_ns, __u64 *max_ns);

/*
 * In records of several hosts (past/merge.h) a process id has its host's number above these bits. gm_pid() returns the
 * process id itself.
 */
#define GM_PID_BITS 22			/* PID_MAX_LIMIT, include/linux/threads.h */
static inline uint32_t gm_pid(uint32_t tgid)
{
	return tgid & ((1u << GM_PID_BITS) - 1);
}

/* Sets the kind, full length and time of a zeroed record. */
void gm_rec_init(struct gm_rec *r, unsigned int kind, uint64_t ts_ns);

#endif
