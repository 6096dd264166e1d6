// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* rec_out.c - gmemrecord --info, --anonymize, --export. */
#include <errno.h>

#include "base/log.h"
#include "recorder/info_run.h"
#include "recorder/rec_out.h"

error_t gm_recout_option(struct gm_recout *r, int key, char *arg, struct argp_state *state)
{
	int err;

	switch (key) {
	case GM_OPT_INFO: r->info = true; return 0;
	case GM_OPT_ANON: r->anonymize = true; return 0;
	case GM_OPT_KEY: r->key_path = arg; return 0;
	case GM_OPT_EXPORT:
		err = gm_export_open(&r->export, arg);
		if (err == -EINVAL)
			argp_error(state, "--export: json, csv or perfetto, not '%s'", arg);
		return -err;
	}
	return ARGP_ERR_UNKNOWN;
}

void gm_recout_check(struct gm_recout *r, struct argp_state *state, struct gm_session *s)
{
	if ((r->info || r->anonymize || r->export) && !s->opts.replays)
		argp_error(state, "--info, --anonymize and --export are about recordings: of which one?");
	if (r->key_path && !r->anonymize)
		argp_error(state, "--key is for --anonymize");
	if (r->info && (r->export || s->opts.record))
		argp_error(state, "--info says what a recording is, and makes none");
	if (r->export && s->opts.json)
		argp_error(state, "--export says what is written: it goes without --json");
	if (!r->export)
		return;
	r->path = s->opts.record;	/* what is written is no recording */
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
	if (!err && r->path && !(r->file = fopen(r->path, "we")))
		err = gm_errno(-errno, "writing %s", r->path);
	return err;
}

int gm_recout_start(struct gm_recout *r, struct gm_session *s)
{
	return r->export && gm_export_needs_reboots(r->export) ? gm_model_keep_reboots(s->model) : 0;
}

/* To its file, else to stdout as everything goes. */
static int write_out(struct gm_recout *r, struct gm_session *s)
{
	int err = s->out.err;

	if (!r->file)
		return gm_session_flush(s);
	if (!err && s->out.len && fwrite(s->out.s, 1, s->out.len, r->file) != s->out.len)
		err = gm_errno(-errno, "writing %s", r->path);
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
		err = gm_errno(-errno, "writing %s", r->path);
	return err;
}

void gm_recout_close(struct gm_recout *r)
{
	gm_export_close(r->export);
	if (r->file)
		fclose(r->file);
}
