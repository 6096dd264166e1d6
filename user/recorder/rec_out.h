/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rec_out.h - what gmemrecord makes from existing recordings: a summary, a copy with pseudonyms, an export.
 *
 * Call gm_recout_check() in check(), gm_recout_open() in prepare(), gm_recout_start() in start(), gm_recout_event() and
 * gm_recout_tick() for each event and tick, gm_recout_close() in stop(). All return 0 or -errno, reported, except where
 * noted.
 */
#ifndef GM_RECORDER_REC_OUT_H
#define GM_RECORDER_REC_OUT_H

#include "past/anonymize.h"
#include "session/session.h"
#include "report/export.h"

struct gm_recout {
	bool info, anonymize;
	const char *format;		/* export format; NULL: no export */
	const char *key_path, *path;	/* path: file of an export; NULL: stdout */
	unsigned char key[GM_ANON_KEY];
	struct gm_export *export;	/* NULL: not open */
	FILE *file;
};

extern const struct gm_opt_row gm_recout_rows[];	/* options, which fill a struct gm_recout */

static inline bool gm_recout_is_used(const struct gm_recout *r)
{
	return r->info || r->format;
}
/* Refuses wrong combinations with argp_error(), which ends the process. With --export, moves opts.record to r->path. */
void gm_recout_check(struct gm_recout *r, struct argp_state *state, struct gm_session *s);
/*
 * open: prints --info, then returns 1: all is done; else reads the key and opens export and file. start: makes the
 * model keep what the export needs. event, tick: write the export. close: frees all; the last tick reports write
 * errors.
 */
int gm_recout_open(struct gm_recout *r, struct gm_session *s);
int gm_recout_start(struct gm_recout *r, struct gm_session *s);
int gm_recout_event(struct gm_recout *r, struct gm_session *s, const union gm_any *rec);
int gm_recout_tick(struct gm_recout *r, struct gm_session *s, bool last);
void gm_recout_close(struct gm_recout *r);

#endif
