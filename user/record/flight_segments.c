// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* flight_segments.c - finds the segments of a flight recorder, running or not. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"
#include "record/flight_int.h"
#include "record/rec_file.h"

bool gm_flight_segment_number(const char *name, uint32_t *seq)
{
	char again[40];

	if (sscanf(name, "segment-%8u.gmrec", seq) != 1)
		return false;
	snprintf(again, sizeof(again), GM_SEGMENT_NAME, *seq);
	return !strcmp(again, name);
}

bool gm_flight_is_live(const char *dir)
{
	char path[300];
	bool live;
	int fd;

	snprintf(path, sizeof(path), "%s/" GM_FLIGHT_LOCK, dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	live = flock(fd, LOCK_SH | LOCK_NB) != 0;
	close(fd);
	return live;
}

static int is_segment(const struct dirent *e)
{
	uint32_t seq;

	return gm_flight_segment_number(e->d_name, &seq);
}

/*
 * Returns 1 if a segment is the first one of its session: it does not begin with a keyframe, all others do. 0: it is
 * not, or it is damaged; -errno, reported.
 */
static int is_session_start(const char *path)
{
	struct gm_rec_reader *r;
	union gm_any rec;
	int n = gm_rec_reader_open(&r, path);

	if (n)
		return gm_rec_reader_is_missing(n) ? 0 : n;
	n = gm_rec_reader_next(r, &rec);
	gm_rec_reader_close(r);
	if (n < 0)
		return gm_errno(n, "cannot read recording: %s", path);
	return n == 1 && rec.h.kind != GM_K_KEYFRAME;
}

static int pick_segments(const char *dir, struct dirent **list, int n, char **paths, uint32_t *seqs)
{
	int from = n, nr = 0, begins = 0;
	char path[600];

	while (from > 0 && !begins) {
		snprintf(path, sizeof(path), "%s/%s", dir, list[--from]->d_name);
		begins = is_session_start(path);
		if (begins < 0)
			return begins;
	}
	for (int i = from; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		paths[nr] = strdup(path);
		if (!paths[nr])
			return gm_errno(-ENOMEM, "cannot read recording: %s", dir);
		gm_flight_segment_number(list[i]->d_name, &seqs[nr++]);
	}
	return nr;
}

int gm_flight_segments(const char *dir, char ***paths, uint32_t **seqs)
{
	struct dirent **list;
	int n = scandir(dir, &list, is_segment, alphasort), err;

	if (n < 0)
		return gm_errno(-errno, "cannot read recording: %s", dir);
	*paths = calloc((size_t)n + 1, sizeof(**paths));
	*seqs = calloc((size_t)n + 1, sizeof(**seqs));
	err = *paths && *seqs ? pick_segments(dir, list, n, *paths, *seqs)
			      : gm_errno(-ENOMEM, "cannot read recording: %s", dir);
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	if (err >= 0)
		return err;
	for (int i = 0; *paths && i < n; i++)
		free((*paths)[i]);
	free(*paths);
	free(*seqs);
	return err;
}
