/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rec_out.h - what gmemrecord makes of recordings that are there: a page about them, a copy without names, an export.
 */
#ifndef GM_RECORDER_REC_OUT_H
#define GM_RECORDER_REC_OUT_H

#include "past/anonymize.h"
#include "session/session.h"
#include "report/export.h"

struct gm_recout {
	bool info, anonymize;
	const char *format;		/* of an export; NULL: there is none */
	const char *key_path, *path;	/* path: of an export; NULL: stdout */
	unsigned char key[GM_ANON_KEY];
	struct gm_export *export;	/* once it is open */
	FILE *file;
};

extern const struct gm_opt_row gm_recout_rows[];	/* its options, which fill a struct gm_recout */

static inline bool gm_recout_used(const struct gm_recout *r)
{
	return r->info || r->format;
}
/* all options are read */
void gm_recout_check(struct gm_recout *r, struct argp_state *state, struct gm_session *s);
/* As the members of struct gm_tool; open, from prepare: 1 when all is done (--info). */
int gm_recout_open(struct gm_recout *r, struct gm_session *s);
int gm_recout_start(struct gm_recout *r, struct gm_session *s);
int gm_recout_event(struct gm_recout *r, struct gm_session *s, const union gm_any *rec);
int gm_recout_tick(struct gm_recout *r, struct gm_session *s, bool last);
void gm_recout_close(struct gm_recout *r);

#endif
