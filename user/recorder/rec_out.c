// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* rec_out.c - gmemrecord's --info, --anonymize and --export. */
#include <errno.h>

#include "base/log.h"
#include "recorder/info_run.h"
#include "recorder/rec_out.h"

#define IN_OUT(T, field) GM_IN(T, struct gm_recout, field)

const struct gm_opt_row gm_recout_rows[] = {
	{ "info", 0, NULL, "Print what recordings IN contain", GM_OPT_FLAG, IN_OUT(bool, info) },
	{ "anonymize", 0, NULL, "Write IN to -o with names replaced by pseudonyms", GM_OPT_FLAG,
	  IN_OUT(bool, anonymize) },
	{ "key", 0, "FILE", "Key for the same pseudonyms in several recordings", GM_OPT_TEXT,
	  IN_OUT(const char *, key_path), .is_path = true, .rare = true },
	{ "export", 0, "FORMAT", "Write IN as json, csv or perfetto to stdout or -o", GM_OPT_WORD,
	  IN_OUT(const char *, format), .names = gm_export_format },
	{ 0 },
};

void gm_recout_check(struct gm_recout *r, struct argp_state *state, struct gm_session *s)
{
	if ((r->info || r->anonymize || r->format) && !s->opts.replays)
		argp_error(state, "--info, --anonymize and --export need a recording: gmemrecord --info IN");
	if (r->key_path && !r->anonymize)
		argp_error(state, "--key needs --anonymize");
	if (r->info && (r->format || s->opts.record))
		argp_error(state, "--info only prints: it takes neither -o nor --export");
	if (r->format && s->opts.json)
		argp_error(state, "--export names the format: it takes no --json");
	if (!r->format)
		return;
	r->path = s->opts.record; /* the output is not a recording */
	s->writes_elsewhere = r->path;
	s->opts.record = NULL;
}

int gm_recout_open(struct gm_recout *r, struct gm_session *s)
{
	int err = 0;

	if (r->info)
		return (err = gm_session_info(s)) ? err : 1;
	if (r->anonymize) {
		err = gm_anon_key(r->key_path, r->key);
		s->opts.anon_key = r->key;
	}
	if (!err && r->format)
		err = gm_export_open(&r->export, r->format);
	if (!err && r->path && !(r->file = fopen(r->path, "we")))
		err = gm_errno(-errno, "cannot write %s", r->path);
	return err;
}

int gm_recout_start(struct gm_recout *r, struct gm_session *s)
{
	return r->export && gm_export_needs_reboots(r->export) ? gm_model_keep_reboots(s->model) : 0;
}

/* Writes s->out to the export's file, or to stdout. */
static int write_out(struct gm_recout *r, struct gm_session *s)
{
	int err = s->out.err;

	if (!r->file)
		return gm_session_flush(s);
	if (!err && s->out.len && fwrite(s->out.s, 1, s->out.len, r->file) != s->out.len)
		err = gm_errno(-errno, "cannot write %s", r->path);
	gm_str_clear(&s->out);
	return err;
}

int gm_recout_event(struct gm_recout *r, struct gm_session *s, const union gm_any *rec)
{
	int err = r->export ? gm_export_event(r->export, s->model, rec, &s->out) : 0;

	return err || !r->export ? err : write_out(r, s);
}

int gm_recout_tick(struct gm_recout *r, struct gm_session *s, bool last)
{
	int err = r->export ? gm_export_tick(r->export, s->model, last, &s->out) : 0;

	if (!err && r->export)
		err = write_out(r, s);
	if (!err && r->file && last && fflush(r->file))
		err = gm_errno(-errno, "cannot write %s", r->path);
	return err;
}

void gm_recout_close(struct gm_recout *r)
{
	gm_export_close(r->export);
	if (r->file)
		fclose(r->file);
}
