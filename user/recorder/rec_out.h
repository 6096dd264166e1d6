/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* rec_out.h - what gmemrecord makes of recordings that are there: a page about them, a copy without names, an export. */
#ifndef GM_RECORDER_REC_OUT_H
#define GM_RECORDER_REC_OUT_H

#include "past/anonymize.h"
#include "session/session.h"
#include "report/export.h"

struct gm_recout {
	bool info, anonymize;
	const char *key_path, *path;	/* path: of an export; NULL: stdout */
	unsigned char key[GM_ANON_KEY];
	struct gm_export *export;
	FILE *file;
};

enum { GM_OPT_INFO = 0x1a00, GM_OPT_ANON, GM_OPT_KEY, GM_OPT_EXPORT };
#define GM_RECOUT_ROWS \
	{ "info", GM_OPT_INFO, NULL, 0, "Say of recordings IN what is in them", 10 }, \
	{ "anonymize", GM_OPT_ANON, NULL, 0, "Of recordings IN, with pseudonyms for names, to -o", 10 }, \
	{ "key", GM_OPT_KEY, "FILE", 0, "Names get the same pseudonyms wherever it is given", 10 }, \
	{ "export", GM_OPT_EXPORT, "FORMAT", 0, "Of recordings IN, as json, csv or perfetto", 10 },

static inline bool gm_recout_used(const struct gm_recout *r) { return r->info || r->export; }
error_t gm_recout_option(struct gm_recout *r, int key, char *arg, struct argp_state *state);	/* ARGP_ERR_UNKNOWN: none of its own */
void gm_recout_check(struct gm_recout *r, struct argp_state *state, struct gm_session *s);	/* ARGP_KEY_END */
/* As the members of struct gm_tool; open, from prepare: 1 when all is done (--info). */
int gm_recout_open(struct gm_recout *r, struct gm_session *s);
int gm_recout_start(struct gm_recout *r, struct gm_session *s);
int gm_recout_event(struct gm_recout *r, struct gm_session *s, const union gm_any *rec);
int gm_recout_tick(struct gm_recout *r, struct gm_session *s, bool last);
void gm_recout_close(struct gm_recout *r);

#endif
