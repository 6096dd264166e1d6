/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * out_file.h - the FILE of an option that takes a whole report: it is opened before the run, so that a wrong path is
 * reported at once, and takes its name when the report is in it.
 */
#ifndef GM_SESSION_OUT_FILE_H
#define GM_SESSION_OUT_FILE_H

#include <stdbool.h>
#include "base/atomic_file.h"
#include "base/str.h"

struct gm_out_file {
	const char *path;
	struct gm_aside aside;
	int fd;
	bool is_open;
};

/* 0 or -errno, reported. path is kept. */
int gm_out_file_open(struct gm_out_file *f, const char *path);
/* Writes text, closes, gives the file its name. 0 or -errno, reported. */
int gm_out_file_commit(struct gm_out_file *f, const struct gm_str *text);
/* Closes and removes what was not committed; a zeroed or committed one is left alone. */
void gm_out_file_drop(struct gm_out_file *f);

#endif
