/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * out_file.h - the FILE of an option that takes a whole report: it is opened before the run, so that a wrong path is
 * reported at once, and takes its name when the report is in it. "-" is stdout, on which nothing else is then written.
 */
#ifndef GM_SESSION_OUT_FILE_H
#define GM_SESSION_OUT_FILE_H

#include <stdbool.h>
#include "base/atomic_file.h"
#include "base/str.h"
#include "session/session.h"

/* Zeroed, then path set. */
struct gm_out_file {
	const char *path;	/* NULL: the option was not given */
	/* its own */
	struct gm_atomic_file aside;
	struct gm_str text;
	int fd;
	bool is_open;
};

bool gm_out_file_is_stdout(const struct gm_out_file *f);
/* For use in prepare(). Without a path, or with "-", nothing is opened. 0 or -errno, reported. */
int gm_out_file_open(struct gm_out_file *f, struct gm_session *s);
/* Where the report is appended to. With "-" that is s->out, from which what the tool wrote is removed. */
struct gm_str *gm_out_file_text(struct gm_out_file *f, struct gm_session *s);
/* The report is complete: writes it, closes, gives the file its name. With "-" nothing. 0 or -errno, reported. */
int gm_out_file_commit(struct gm_out_file *f);
/* Frees; closes and removes what was not committed. A zeroed or committed one is left alone. */
void gm_out_file_drop(struct gm_out_file *f);

#endif
