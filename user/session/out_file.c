// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* out_file.c - a report's file that appears whole or not at all. */
#include "session/out_file.h"

#include <errno.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

int gm_out_file_open(struct gm_out_file *f, const char *path)
{
	*f = (struct gm_out_file){ .path = path };
	f->fd = gm_aside_open(&f->aside, path);
	if (f->fd < 0)
		return gm_errno(f->fd, "writing %s", path);
	f->is_open = true;
	return 0;
}

int gm_out_file_commit(struct gm_out_file *f, const struct gm_str *text)
{
	int err = text->err;

	if (!err)
		err = gm_write_all(f->fd, text->s, text->len);
	if (!err) {
		f->is_open = false;
		err = close(f->fd) ? -errno : gm_aside_commit(&f->aside);
	}
	if (!err)
		return 0;
	gm_out_file_drop(f);
	return gm_errno(err, "writing %s", f->path);
}

void gm_out_file_drop(struct gm_out_file *f)
{
	if (f->is_open)
		close(f->fd);
	f->is_open = false;
	gm_aside_drop(&f->aside);
}
