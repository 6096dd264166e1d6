// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rec_stream.c - one recording, or the segments of one flight recorder, as a sequence of records. What could not be
 * read becomes a loss record at the end.
 */
#include "record/rec_stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/log.h"
#include "record/flight_int.h"
#include "record/rec_file.h"

enum state { READING, LOSS_DUE, TICK_DUE, ENDED };

struct recording {
	struct gm_rec_stream recs;		/* first: ops get this pointer */
	char **paths;
	uint32_t *seqs;			/* numbers of the segments; NULL: a single file */
	unsigned int nr, at;		/* number of files, and the one that is read */
	bool live;			/* its recorder is running: the last segment has no end yet */
	struct gm_rec_reader *file;
	enum state state;
	bool started;			/* a record was returned */
	bool in_first_keyframe;		/* the keyframe at the beginning is being returned */
	bool in_repeat;			/* a later keyframe is being skipped */
	bool has_deferred;		/* deferred is returned after the loss record of a damaged stretch */
	union gm_any deferred;
	uint64_t file_gaps;		/* gaps of the current file that are reported */
	bool had_last;			/* the recording's own last tick was returned */
	uint64_t ts_ns, seq;		/* latest so far: they date and number the records that follow damage */
	uint64_t gaps_reported;		/* gaps that loss records have reported */
	int err;			/* the first error, which is reported once */
	/* segments that are missing or could not be read to their end, and damaged stretches */
	uint64_t gaps;
};

static void fill_loss(struct recording *o, struct gm_rec_loss *l)
{
	o->gaps_reported = o->gaps;
	memset(l, 0, sizeof(*l));
	gm_rec_init(&l->h, GM_K_LOSS, o->ts_ns);
	l->count = o->gaps;
	strcpy(l->what, "recording_incomplete");
}

static void fill_last_tick(const struct recording *o, struct gm_rec_tick *t)
{
	memset(t, 0, sizeof(*t));
	gm_rec_init(&t->h, GM_K_TICK, o->ts_ns);
	t->seq = o->seq + 1;
	t->last = 1;
}

static bool is_being_written(const struct recording *o)
{
	return o->live && o->at + 1 == o->nr;
}

/* Writes to out why the current file, at its end, is not complete; an empty string if it is. */
static void why_incomplete(const struct recording *o, char *out, size_t size)
{
	const struct gm_rec_reader_end *end = gm_rec_reader_end(o->file);

	out[0] = '\0';
	if (is_being_written(o))
		return; /* its last chunk may still be under way */
	if (end->why[0] && !end->passed)
		snprintf(out, size, "byte %" PRIu64 ": %s", end->offset, end->why);
	else if (end->incomplete)
		snprintf(out, size, "its recorder did not finish");
}

/*
 * Handles the end of the current file: warns if the file is incomplete. 0; -EBADMSG, reported: no record of the whole
 * recording could be read.
 */
static int end_file(struct recording *o)
{
	const char *path = o->paths[o->at];
	char why[sizeof(((struct gm_rec_reader_end *)0)->why) + 40];
	bool is_empty = !o->started && o->at + 1 == o->nr;

	why_incomplete(o, why, sizeof(why));
	if (why[0] && is_empty)
		return gm_err(-EBADMSG, "cannot read recording: %s: there is no whole record in it: %s", path, why);
	if (why[0])
		gm_warn("recording is incomplete: %s: %s", path, why);
	else if (is_empty && !is_being_written(o))
		gm_warn("recording is empty: %s", path);
	o->gaps += why[0] != '\0';
	return 0;
}

/* Returns -EIO, reported, if the file has become shorter since it was opened; else 0. */
static int check_length(const struct recording *o)
{
	if (is_being_written(o) || !gm_rec_reader_has_shrunk(o->file))
		return 0;
	return gm_err(-EIO, "cannot read recording: %s: the file has become shorter while it was read",
		      o->paths[o->at]);
}

/* Opens the next segment. 1; 0: there is none; -errno, reported. */
static int open_next_file(struct recording *o)
{
	struct gm_rec_reader *next;
	int err = check_length(o);

	if (!err)
		err = end_file(o);
	if (err)
		return err;
	while (o->at + 1 < o->nr) {
		o->at++;
		if (o->seqs && o->seqs[o->at] != o->seqs[o->at - 1] + 1) {
			o->gaps++;
			gm_warn("recording is incomplete: before %s: a segment is missing", o->paths[o->at]);
		}
		err = gm_rec_reader_open(&next, o->paths[o->at]);
		if (gm_rec_reader_is_missing(err)) {
			o->gaps++;
			continue;
		}
		if (err)
			return err;
		gm_rec_reader_close(o->file);
		o->file = next;
		o->in_repeat = o->in_first_keyframe = false;
		o->file_gaps = 0;
		return 1;
	}
	return 0;
}

/* Returns the state after the last record. */
static enum state state_at_end(const struct recording *o)
{
	if (o->gaps > o->gaps_reported)
		return LOSS_DUE;
	/* a ring has no last tick while it is being written */
	return (o->nr > 1 || o->gaps) && !o->had_last ? TICK_DUE : ENDED;
}

static void note_record(struct recording *o, const union gm_any *rec)
{
	o->started = true;
	if (rec->h.ts_ns > o->ts_ns)
		o->ts_ns = rec->h.ts_ns;
	if (rec->h.kind != GM_K_TICK)
		return;
	o->seq = rec->as_TICK.seq;
	o->had_last = rec->as_TICK.last;
}

/*
 * Return true if a record belongs to a keyframe that only repeats what is known. A damaged keyframe may have only one
 * of its edges.
 */
static bool is_repeated(struct recording *o, const union gm_any *rec)
{
	bool was = o->in_repeat;

	if (rec->h.kind != GM_K_KEYFRAME)
		return was;
	if (rec->as_KEYFRAME.edge == GM_KEYFRAME_BEGIN) {
		o->in_first_keyframe = !o->started;
		o->in_repeat = o->started;
		return o->in_repeat;
	}
	o->in_repeat = false;
	was = !o->in_first_keyframe;
	o->in_first_keyframe = false;
	return was;
}

/* Return true if a damaged stretch lies before the record just read, and print a warning. */
static bool is_behind_gap(struct recording *o)
{
	const struct gm_rec_reader_end *end = gm_rec_reader_end(o->file);

	if (end->gaps == o->file_gaps)
		return false;
	gm_warn("recording has a gap: %s: byte %" PRIu64 ": %s; reading continues after %" PRIu64
		" damaged bytes in all",
		o->paths[o->at], end->offset, end->why, end->skipped);
	o->gaps += end->gaps - o->file_gaps;
	o->file_gaps = end->gaps;
	o->in_repeat = o->in_first_keyframe = false;
	return true;
}

/* Reads the next record of the files. 1; 0 at their end; -errno, reported. */
static int read_record(struct recording *o, union gm_any *rec)
{
	int n;

	if (o->has_deferred) {
		o->has_deferred = false;
		memcpy(rec, &o->deferred, sizeof(*rec));
		return 1;
	}
	do {
		n = gm_rec_reader_next(o->file, rec);
		if (n < 0)
			return gm_errno(n, "cannot read recording: %s: byte %" PRIu64, o->paths[o->at],
					gm_rec_reader_end(o->file)->offset);
		if (!n)
			continue;
		if (is_behind_gap(o)) {
			memcpy(&o->deferred, rec, sizeof(*rec));
			o->has_deferred = true;
			fill_loss(o, &rec->as_LOSS);
		}
		return 1;
	} while ((n = open_next_file(o)) == 1);
	return n;
}

static int recording_next(struct gm_rec_stream *r, union gm_any *rec)
{
	struct recording *o = (struct recording *)r;
	int n;

	while (o->state == READING) {
		n = o->err ? o->err : read_record(o, rec);
		if (n < 0)
			return o->err = n;
		if (!n) {
			o->state = state_at_end(o);
			break;
		}
		if (is_repeated(o, rec))
			continue;
		note_record(o, rec);
		return 1;
	}
	if (o->state == LOSS_DUE) {
		fill_loss(o, &rec->as_LOSS);
		o->state = o->had_last ? ENDED : TICK_DUE;
		return 1;
	}
	if (o->state == TICK_DUE) {
		fill_last_tick(o, &rec->as_TICK);
		o->state = ENDED;
		return 1;
	}
	return 0;
}

/* Reads facts about a file. 0, with *info zeroed for a missing segment; -errno, reported. */
static int read_info(const char *path, struct gm_rec_reader_info *info)
{
	struct gm_rec_reader *r;
	int err = gm_rec_reader_open(&r, path);

	memset(info, 0, sizeof(*info));
	if (err)
		return gm_rec_reader_is_missing(err) ? 0 : err;
	err = gm_rec_reader_info(r, info);
	gm_rec_reader_close(r);
	return err && err != -ESPIPE ? gm_errno(err, "cannot read recording: %s", path) : 0;
}

/* Finds the segment to begin with: the last one that does not begin after ts_ns. */
static int find_segment(const struct recording *o, uint64_t ts_ns, unsigned int *best)
{
	struct gm_rec_reader_info info;
	int err = 0;

	*best = 0;
	for (unsigned int i = 1; !err && ts_ns && i < o->nr; i++) {
		err = read_info(o->paths[i], &info);
		if (!err && info.first_ns <= ts_ns && info.chunks)
			*best = i;
	}
	return err;
}

static int recording_seek(struct gm_rec_stream *r, uint64_t ts_ns)
{
	struct recording *o = (struct recording *)r;
	struct gm_rec_reader *other;
	unsigned int at;
	int err = find_segment(o, ts_ns, &at);

	if (err)
		return err;
	if (at != o->at) {
		err = gm_rec_reader_open(&other, o->paths[at]);
		if (err)
			return err;
		gm_rec_reader_close(o->file);
		o->file = other;
		o->at = at;
	}
	err = gm_rec_reader_seek(o->file, ts_ns);
	if (err == -ESPIPE)
		return gm_err(err, "cannot seek back in %s: it is not a file", o->paths[o->at]);
	if (err)
		return gm_errno(err, "cannot read recording: %s", o->paths[o->at]);
	o->state = READING;
	o->err = 0;
	o->started = o->in_repeat = o->in_first_keyframe = o->had_last = o->has_deferred = false;
	o->ts_ns = o->seq = o->gaps = o->gaps_reported = o->file_gaps = 0;
	return 0;
}

static int recording_rewind(struct gm_rec_stream *r)
{
	return recording_seek(r, 0);
}

struct recording_place {
	struct gm_place place;	/* first: ops get this pointer */
	struct gm_rec_reader_place file;
	struct recording was;
};

static void recording_place_free(struct gm_place *p)
{
	free(p);
}

static int recording_mark(struct gm_rec_stream *r, struct gm_place **out)
{
	struct recording *o = (struct recording *)r;
	struct recording_place *p = malloc(sizeof(*p));
	int err = p ? gm_rec_reader_mark(o->file, &p->file) : -ENOMEM;

	if (err) {
		free(p);
		return err;
	}
	p->place = (struct gm_place){ .free = recording_place_free, .bytes = sizeof(*p) };
	p->was = *o;
	*out = &p->place;
	return 0;
}

static int recording_back(struct gm_rec_stream *r, const struct gm_place *place)
{
	const struct recording_place *p = (const struct recording_place *)place;
	struct recording *o = (struct recording *)r;
	struct gm_rec_reader *file = o->file;
	int err = p->was.at != o->at ? gm_rec_reader_open(&file, p->was.paths[p->was.at]) : 0;

	if (err)
		return err;
	if (file != o->file)
		gm_rec_reader_close(o->file);
	*o = p->was;
	o->file = file;
	err = gm_rec_reader_back(file, &p->file);
	return err ? gm_errno(err, "cannot seek back in %s", o->paths[o->at]) : 0;
}

static void recording_close(struct gm_rec_stream *r)
{
	struct recording *o = (struct recording *)r;

	for (unsigned int i = 0; o->paths && i < o->nr; i++)
		free(o->paths[i]);
	free(o->paths);
	free(o->seqs);
	gm_rec_reader_close(o->file);
	free(o);
}

static const struct gm_rec_stream_ops recording_ops = {
	.next = recording_next, .rewind = recording_rewind, .seek = recording_seek, .mark = recording_mark,
	.back = recording_back, .close = recording_close,
};

/* Reads the pair of clocks from the meta record: the first record, or the one behind a keyframe's BEGIN. */
static int read_clock(struct recording *o)
{
	union gm_any rec;
	int n = 1;

	for (int i = 0; i < 2 && (n = gm_rec_reader_next(o->file, &rec)) == 1; i++)
		if (rec.h.kind == GM_K_META)
			o->recs.first_real_ns = rec.as_META.real_ns - (rec.h.ts_ns - o->recs.first_ns);
	return n < 0 ? n : gm_rec_reader_seek(o->file, 0);
}

/* Reads the times of the file's first and last record; a pipe has none. */
static int read_times(struct recording *o)
{
	struct gm_rec_reader_info info;
	int err = gm_rec_reader_info(o->file, &info);

	if (err == -ESPIPE)
		return 0;
	if (!err) {
		o->recs.first_ns = info.first_ns;
		o->recs.last_ns = info.last_ns;
		err = read_clock(o);
	}
	return err ? gm_errno(err, "cannot read recording: %s", o->paths[0]) : 0;
}

static int copy_path(const char *path, char ***paths)
{
	*paths = calloc(1, sizeof(**paths));
	if (*paths)
		(*paths)[0] = strdup(path);
	if (*paths && (*paths)[0])
		return 1;
	free(*paths);
	return gm_errno(-ENOMEM, "cannot read recording: %s", path);
}

static int find_files(const char *path, char ***paths, uint32_t **seqs)
{
	struct stat st;
	int n;

	*seqs = NULL;
	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return copy_path(path, paths);
	n = gm_flight_segments(path, paths, seqs);
	if (n)
		return n;
	free(*paths);
	free(*seqs);
	return gm_err(-ENOENT, "cannot read recording: %s: no flight recorder's segments in this directory", path);
}

int gm_rec_stream_files(const char *path, char ***paths)
{
	uint32_t *seqs;
	int n = find_files(path, paths, &seqs);

	if (n >= 0)
		free(seqs);
	return n;
}

static int find_paths(struct recording *o, const char *path)
{
	int n = find_files(path, &o->paths, &o->seqs);

	if (n < 0) {
		o->paths = NULL;
		o->seqs = NULL;
		return n;
	}
	o->nr = (unsigned int)n;
	o->live = o->seqs && gm_flight_is_live(path);
	return 0;
}

/* Finds the end of the last segment that is not missing. */
static int find_end(struct recording *o)
{
	struct gm_rec_reader_info info = { 0 };
	int err = 0;

	for (unsigned int i = o->nr; !err && !info.last_ns && i-- > 1;)
		err = read_info(o->paths[i], &info);
	if (info.last_ns)
		o->recs.last_ns = info.last_ns;
	return err;
}

int gm_rec_stream_open(struct gm_rec_stream **out, const char *path)
{
	struct recording *o = calloc(1, sizeof(*o));
	int err;

	if (!o)
		return gm_errno(-ENOMEM, "cannot read recording: %s", path);
	o->recs.ops = &recording_ops;
	err = find_paths(o, path);
	if (!err)
		err = gm_rec_reader_open(&o->file, o->paths[0]);
	if (!err)
		err = read_times(o);
	if (!err)
		err = find_end(o);
	if (err) {
		recording_close(&o->recs);
		return err;
	}
	*out = &o->recs;
	return 0;
}
