// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* info_run.c - reads a recording once and prints what it contains. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "record/rec_stream.h"
#include "recorder/info_run.h"
#include "report/recording_info.h"

/* Reports a file that became shorter: its length was printed, or will be. */
static int report_shrunk(const char *path)
{
	return gm_err(-EIO, "cannot read recording: %s: the file has become shorter while it was read", path);
}

static int check_length(const struct gm_fileinfo *i)
{
	struct stat st;

	if (i->segments || stat(i->path, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size >= i->file.bytes)
		return 0;
	return report_shrunk(i->path);
}

/* Reads the files' headers. For a directory: sums over its segments; the sequence checks their names and order. */
static int read_files(struct gm_fileinfo *i)
{
	char **paths;
	int nr = gm_rec_stream_files(i->path, &paths), err = nr < 0 ? nr : 0;

	for (int n = 0; n < nr; n++) {
		struct gm_rec_reader_info f = { 0 };
		struct gm_rec_reader *r;

		if (!err && !(err = gm_rec_reader_open(&r, paths[n]))) {
			err = gm_rec_reader_info(r, &f);
			if (err && err != -ESPIPE)
				gm_errno(err, "cannot read recording: %s", paths[n]);
			else
				err = nr == 1 && gm_rec_reader_has_shrunk(r) ? report_shrunk(paths[n]) : 0;
			gm_rec_reader_close(r);
			if (!n)
				i->file = f;
			i->file.bytes += n ? f.bytes : 0;
			i->file.raw_bytes += n ? f.raw_bytes : 0;
			i->file.chunks += n ? f.chunks : 0;
			i->file.keyframes += n ? f.keyframes : 0;
			i->file.incomplete = f.incomplete;
			if (f.damage[0] && !i->file.damage[0])
				memcpy(i->file.damage, f.damage, sizeof(f.damage));
		}
		free(paths[n]);
	}
	i->segments = nr > 1 ? (unsigned int)nr : 0;
	if (nr >= 0)
		free(paths);
	return err;
}

static int read_records(struct gm_fileinfo *i, struct gm_rec_stream *recs, struct gm_model *m)
{
	union gm_any rec;
	int n;

	while ((n = recs->ops->next(recs, &rec)) == 1) {
		int err = gm_model_apply(m, &rec);

		if (err)
			return gm_errno(err, "cannot read %s", i->path);
		i->cut_short |= rec.h.kind == GM_K_LOSS && !strcmp(rec.as_LOSS.what, "recording_incomplete");
		i->nr[rec.h.kind]++;
		i->bytes[rec.h.kind] += gm_rec_trim(&rec.h);
		if (rec.h.ts_ns > i->last_ns)
			i->last_ns = rec.h.ts_ns;
		if (!i->first_ns)
			i->first_ns = rec.h.ts_ns;
		if (rec.h.kind == GM_K_META && !i->first_real_ns)
			i->first_real_ns = rec.as_META.real_ns - (rec.h.ts_ns - i->first_ns);
	}
	return n;
}

static int print_info(struct gm_session *s, const char *path)
{
	struct gm_fileinfo *i = calloc(1, sizeof(*i));
	struct gm_rec_stream *recs = NULL;
	struct gm_model *m = NULL;
	int err = i ? gm_model_new(&m) : -ENOMEM;

	if (!err)
		err = gm_model_keep_reboots(m);
	if (err)
		gm_errno(err, "cannot read %s", path);
	if (!err) {
		i->path = path;
		i->m = m;
		err = read_files(i);
	}
	if (!err)
		err = gm_rec_stream_open(&recs, path);
	if (!err)
		err = read_records(i, recs, m);
	if (!err)
		err = check_length(i);
	if (!err) {
		(s->opts.json ? gm_info_json : gm_info_text)(&s->out, i);
		s->lost |= m->lost > 0;
		err = gm_session_flush(s);
	}
	gm_rec_stream_close(recs);
	gm_model_free(m);
	free(i);
	return err;
}

int gm_session_info(struct gm_session *s)
{
	int err = 0;

	for (unsigned int n = 0; n < s->opts.replays && !err; n++) {
		if (n && !s->opts.json)
			gm_str_puts(&s->out, "\n");
		err = print_info(s, s->opts.replay[n]);
	}
	return err;
}
