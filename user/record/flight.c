// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * flight.c - the writer of a ring of segments, each a recording of its own. A segment ends when it reaches an eighth of
 * the ring's limit, so that removing the oldest segment loses little. Only the lengths and times of the segments are in
 * memory.
 */
#include "record/flight.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "record/flight_int.h"

#define PARTS		8
/* more than PARTS, for segments of earlier sessions; beyond it the oldest are removed */
#define SEGMENTS_MAX	64
#define RETRY_NS	5000000000ull	/* after a full disk, before the next segment */
#define REMOVE_INTERVAL_NS	60000000000ull
/* what may be written before the length is checked again: an open chunk and an index */
#define HEADROOM	(192u << 10)

struct segment {
	uint32_t seq;
	bool foreign;		/* written by an earlier session */
	uint64_t bytes, first_ns;
};

struct gm_flight {
	struct gm_flight_opts o;
	char dir[200];
	int lock;
	struct segment seg[SEGMENTS_MAX];	/* oldest first; the last one is being written while w is open */
	unsigned int nr;
	uint32_t seq;		/* the highest number in the directory so far */
	struct gm_rec_writer *w;	/* the open segment, or NULL */
	uint64_t now_ns;	/* time of the newest record */
	bool needs_keyframe;
	/*
	 * when the disk was last full, and when a segment was last removed for that; 0: never, or there is room again
	 */
	uint64_t full_ns, removed_ns;
	bool has_records;	/* this session has written a record */
	uint64_t lost;		/* records lost because the disk was full */
};

static void segment_path(const struct gm_flight *f, uint32_t seq, char *buf, size_t size)
{
	snprintf(buf, size, "%s/" GM_SEGMENT_NAME, f->dir, seq);
}

/* ---- the ring's length ---- */

static uint64_t ring_bytes(const struct gm_flight *f)
{
	uint64_t sum = f->w ? gm_rec_writer_bytes(f->w) : 0;

	for (unsigned int i = 0; i < f->nr - (f->w ? 1 : 0); i++)
		sum += f->seg[i].bytes;
	return sum;
}

static void unlink_segment(const struct gm_flight *f, uint32_t seq)
{
	char path[256];

	segment_path(f, seq, path, sizeof(path));
	if (unlink(path) && errno != ENOENT)
		gm_warn("cannot remove %s: %s", path, strerror(errno));
}

/* Removes the oldest segment. false: only the one being written is left. */
static bool remove_oldest_segment(struct gm_flight *f)
{
	if (f->nr <= (f->w ? 1u : 0u))
		return false;
	unlink_segment(f, f->seg[0].seq);
	f->nr--;
	memmove(f->seg, f->seg + 1, f->nr * sizeof(f->seg[0]));
	return true;
}

/*
 * Return true if the ring covers keep_ns without its oldest segment. Segments of earlier sessions cover nothing of this
 * one.
 */
static bool is_oldest_unneeded(const struct gm_flight *f)
{
	unsigned int i = 1;

	while (i < f->nr && f->seg[i].foreign)
		i++;
	return i < f->nr && f->seg[i].first_ns + f->o.keep_ns <= f->now_ns;
}

/* Removes segments that are older than needed, and the oldest while the ring is too long. */
static void shorten_ring(struct gm_flight *f)
{
	while (f->o.keep_ns && is_oldest_unneeded(f))
		remove_oldest_segment(f);
	while ((ring_bytes(f) + HEADROOM > f->o.max_bytes || f->nr >= SEGMENTS_MAX) && remove_oldest_segment(f))
		;
}

/* ---- segments ---- */

static int end_segment(struct gm_flight *f)
{
	struct stat st;
	char path[256];
	int err;

	if (!f->w)
		return 0;
	err = gm_rec_writer_close(f->w);
	f->w = NULL;
	segment_path(f, f->seg[f->nr - 1].seq, path, sizeof(path));
	f->seg[f->nr - 1].bytes = stat(path, &st) ? 0 : (uint64_t)st.st_size;
	return err;
}

static int begin_segment(struct gm_flight *f, uint64_t first_ns)
{
	char path[256];
	int err;

	shorten_ring(f);
	segment_path(f, f->seq + 1, path, sizeof(path));
	err = gm_rec_writer_open(&f->w, path, f->o.codec);
	if (err) {
		f->w = NULL;
		return err;
	}
	f->seq++;
	f->seg[f->nr++] = (struct segment){ .seq = f->seq, .first_ns = first_ns };
	f->needs_keyframe = false;
	return 0;
}

/* Removes the newest segment if it is closed and no record came into it: readers would refuse it. */
static void remove_empty_segment(struct gm_flight *f)
{
	if (!f->w && f->nr && f->seg[f->nr - 1].bytes <= GM_REC_HEADER_BYTES)
		unlink_segment(f, f->seg[--f->nr].seq);
}

static void warn_no_room(const struct gm_flight *f, int err)
{
	if (err == -EFBIG)
		gm_warn("flight recorder: %s: no file may become larger (RLIMIT_FSIZE): records are lost until the "
			"next segment begins",
			f->dir);
	else
		gm_warn("flight recorder: %s: %s: the oldest segment is removed, records are lost until there "
			"is space",
			f->dir, err == -EDQUOT ? "the disk quota is used up" : "the disk is full");
}

/*
 * Handles a full disk: removes the oldest segment, and has the next one begin with a keyframe at a later tick. Waits
 * before it tries again, and before it removes another segment: if other programs fill the disk, the ring would be lost
 * for nothing. A limit of the size of each file (-EFBIG) is no reason to remove a segment.
 */
static int handle_full_disk(struct gm_flight *f, int err)
{
	f->lost++;
	if (!f->full_ns)
		warn_no_room(f, err);
	end_segment(f);
	remove_empty_segment(f);
	f->needs_keyframe = false;
	f->full_ns = f->now_ns;
	if (err == -EFBIG || (f->removed_ns && f->now_ns - f->removed_ns < REMOVE_INTERVAL_NS))
		return 0;
	f->removed_ns = f->now_ns;
	remove_oldest_segment(f);
	return 0;
}

static int write_loss(const struct gm_flight *f, struct gm_rec_writer *w, uint64_t ts_ns)
{
	struct gm_rec_loss l = { .count = f->lost };

	gm_rec_init(&l.h, GM_K_LOSS, ts_ns);
	snprintf(l.what, sizeof(l.what), "flight_disk_full");
	return gm_rec_writer_put(w, &l.h);
}

static bool is_keyframe_begin(const struct gm_rec *r)
{
	return r->kind == GM_K_KEYFRAME && ((const struct gm_rec_keyframe *)r)->edge == GM_KEYFRAME_BEGIN;
}

static bool is_keyframe_end(const struct gm_rec *r)
{
	return r->kind == GM_K_KEYFRAME && ((const struct gm_rec_keyframe *)r)->edge == GM_KEYFRAME_END;
}

static int is_disk_full(int err)
{
	return err == -ENOSPC || err == -EDQUOT || err == -EFBIG;
}

static int put_record(struct gm_flight *f, const struct gm_rec *r)
{
	int err = 0;

	if (is_keyframe_begin(r)) {
		err = end_segment(f);
		if (!err)
			err = begin_segment(f, r->ts_ns);
	} else if (!f->w && !f->has_records) {
		err = begin_segment(f, r->ts_ns);
	} else if (!f->w) {
		f->lost++; /* lost until the next keyframe */
		return 0;
	}
	f->has_records = true;
	if (!err)
		err = gm_rec_writer_put(f->w, r);
	if (!err && is_keyframe_end(r) && f->lost)
		err = write_loss(f, f->w, r->ts_ns);
	return err;
}

int gm_flight_put(struct gm_flight *f, const struct gm_rec *r)
{
	int err;

	if (r->ts_ns > f->now_ns)
		f->now_ns = r->ts_ns;
	err = put_record(f, r);
	if (is_disk_full(err))
		return handle_full_disk(f, err);
	if (!err && !f->w && f->full_ns && r->kind == GM_K_TICK && f->now_ns - f->full_ns >= RETRY_NS)
		f->needs_keyframe = true;
	if (err || !f->w)
		return err;
	f->full_ns = 0;
	if (gm_rec_writer_bytes(f->w) >= f->o.max_bytes / PARTS ||
	    (r->kind == GM_K_TICK && f->o.keep_ns && f->now_ns - f->seg[f->nr - 1].first_ns >= f->o.keep_ns / PARTS))
		f->needs_keyframe = true;
	shorten_ring(f);
	return 0;
}

bool gm_flight_needs_keyframe(const struct gm_flight *f)
{
	return f->needs_keyframe;
}

/* ---- segments of earlier sessions ---- */

static int compare_seq(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void find_segments(struct gm_flight *f)
{
	struct dirent *e;
	DIR *d = opendir(f->dir);

	while (d && (e = readdir(d))) {
		struct segment s = { .foreign = true };
		char path[480];
		struct stat st;

		if (!gm_flight_segment_number(e->d_name, &s.seq))
			continue;
		snprintf(path, sizeof(path), "%s/%s", f->dir, e->d_name);
		s.bytes = stat(path, &st) ? 0 : (uint64_t)st.st_size;
		if (s.seq > f->seq)
			f->seq = s.seq;
		if (f->nr == SEGMENTS_MAX - 1) {
			qsort(f->seg, f->nr, sizeof(s), compare_seq);
			remove_oldest_segment(f);
		}
		f->seg[f->nr++] = s;
	}
	if (d)
		closedir(d);
	qsort(f->seg, f->nr, sizeof(f->seg[0]), compare_seq);
}

static int lock_dir(struct gm_flight *f)
{
	char path[256];

	if (mkdir(f->dir, 0700) && errno != EEXIST)
		return gm_errno(-errno, "flight recorder: cannot create directory %s", f->dir);
	snprintf(path, sizeof(path), "%s/" GM_FLIGHT_LOCK, f->dir);
	f->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (f->lock < 0)
		return gm_errno(-errno, "flight recorder: cannot create %s", path);
	if (flock(f->lock, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? gm_err(-EBUSY, "flight recorder: another recorder uses %s", f->dir)
					    : gm_errno(-errno, "flight recorder: cannot lock %s", path);
	return 0;
}

int gm_flight_open(struct gm_flight **out, const struct gm_flight_opts *o)
{
	struct gm_flight *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return gm_errno(-ENOMEM, "flight recorder: %s", o->dir);
	f->o = *o;
	f->lock = -1;
	if (strlen(o->dir) >= sizeof(f->dir))
		err = gm_err(-ENAMETOOLONG, "flight recorder: the name is too long: %s", o->dir);
	else if (o->max_bytes < GM_FLIGHT_MIN_BYTES)
		err = gm_err(-EINVAL, "flight recorder: --max is less than 1M, which is too little for a ring");
	else {
		snprintf(f->dir, sizeof(f->dir), "%s", o->dir);
		err = lock_dir(f);
	}
	if (err) {
		gm_flight_close(f);
		return err;
	}
	find_segments(f);
	shorten_ring(f);
	*out = f;
	return 0;
}

/* ---- keeping ---- */

static void make_kept_name(const char *reason, uint64_t real_ns, unsigned int again, char *buf, size_t size)
{
	time_t sec = (time_t)(real_ns / 1000000000ull);
	char when[24] = "", why[60];
	struct tm tm;
	size_t n = 0;

	if (gmtime_r(&sec, &tm))
		strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	for (; *reason && n < sizeof(why) - 1; reason++) {
		bool plain = (*reason >= '0' && *reason <= '9') || (*reason >= 'a' && *reason <= 'z') ||
			     (*reason >= 'A' && *reason <= 'Z') || *reason == '.';

		if (plain || (n && why[n - 1] != '-'))
			why[n++] = plain ? *reason : '-';
	}
	while (n && why[n - 1] == '-')
		n--;
	why[n] = '\0';
	if (again)
		snprintf(buf, size, GM_KEPT_PREFIX "%s-%s-%u.gmrec", when, n ? why : "kept", again);
	else
		snprintf(buf, size, GM_KEPT_PREFIX "%s-%s.gmrec", when, n ? why : "kept");
}

static bool is_kept(const char *name)
{
	const char *dot = strrchr(name, '.');

	return !strncmp(name, GM_KEPT_PREFIX, strlen(GM_KEPT_PREFIX)) && dot && !strcmp(dot, ".gmrec");
}

/* Writes the path of the oldest kept file to path. Returns the number of kept files. */
static unsigned int oldest_kept(const struct gm_flight *f, char *path, size_t size)
{
	struct timespec oldest = { 0 };
	unsigned int nr = 0;
	struct dirent *e;
	DIR *d = opendir(f->dir);

	while (d && (e = readdir(d))) {
		char p[480];
		struct stat st;

		snprintf(p, sizeof(p), "%s/%s", f->dir, e->d_name);
		if (!is_kept(e->d_name) || stat(p, &st))
			continue;
		if (!nr++ || st.st_mtim.tv_sec < oldest.tv_sec ||
		    (st.st_mtim.tv_sec == oldest.tv_sec && st.st_mtim.tv_nsec < oldest.tv_nsec)) {
			oldest = st.st_mtim;
			snprintf(path, size, "%s", p);
		}
	}
	if (d)
		closedir(d);
	return nr;
}

static void limit_kept(const struct gm_flight *f)
{
	char path[480];

	while (f->o.kept_max && oldest_kept(f, path, sizeof(path)) > f->o.kept_max) {
		if (!unlink(path))
			continue;
		gm_warn("cannot remove %s: %s", path, strerror(errno));
		return;
	}
}

/* Return true if the ring has a segment of this session. */
static bool has_own_segment(const struct gm_flight *f)
{
	for (unsigned int i = 0; i < f->nr; i++)
		if (!f->seg[i].foreign)
			return true;
	return false;
}

static int join_segments(const struct gm_flight *f, const char *path)
{
	struct gm_rec_writer *w;
	int err = gm_rec_writer_open(&w, path, f->o.codec), err2;

	if (err)
		return err;
	for (unsigned int i = 0; i < f->nr && !err; i++) {
		char from[256];

		segment_path(f, f->seg[i].seq, from, sizeof(from));
		err = f->seg[i].foreign ? 0 : gm_rec_writer_append(w, from);
	}
	if (!err && f->lost && !has_own_segment(f))
		err = gm_err(-ENOSPC, "flight recorder: %s: there is nothing to keep: no record could be written",
			     f->dir);
	if (!err && f->lost && f->full_ns)
		err = write_loss(f, w, f->now_ns);
	err2 = gm_rec_writer_close(w);
	return err ? err : err2;
}

int gm_flight_keep(struct gm_flight *f, const char *reason, uint64_t real_ns, char *path, size_t size)
{
	char name[120], tmp[256];
	int err = end_segment(f);

	f->needs_keyframe = f->has_records;
	if (err)
		return err;
	for (unsigned int i = 0; i < 1000; i++) {
		make_kept_name(reason, real_ns, i, name, sizeof(name));
		snprintf(path, size, "%s/%s", f->dir, name);
		if (access(path, F_OK))
			break;
	}
	snprintf(tmp, sizeof(tmp), "%s/.keeping", f->dir);
	err = join_segments(f, tmp);
	if (!err && rename(tmp, path))
		err = gm_errno(-errno, "flight recorder: %s", path);
	if (err)
		unlink(tmp);
	else
		limit_kept(f);
	return err;
}

int gm_flight_close(struct gm_flight *f)
{
	int err;

	if (!f)
		return 0;
	err = end_segment(f);
	if (!err && f->full_ns)
		err = -ENOSPC; /* reported when it happened */
	if (f->lock >= 0)
		close(f->lock);
	free(f);
	return err;
}
