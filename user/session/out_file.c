// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* out_file.c - a report's file that appears whole or not at all. */
#include "session/out_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

bool gm_out_file_is_stdout(const struct gm_out_file *f)
{
	return f->path && !strcmp(f->path, "-");
}

int gm_out_file_open(struct gm_out_file *f, struct gm_session *s)
{
	if (!f->path || gm_out_file_is_stdout(f))
		return 0;
	f->fd = gm_atomic_file_open(&f->aside, f->path);
	if (f->fd < 0)
		return gm_errno(f->fd, "cannot write %s", f->path);
	f->is_open = true;
	s->writes_elsewhere |= s->opts.replays;
	return 0;
}

struct gm_str *gm_out_file_text(struct gm_out_file *f, struct gm_session *s)
{
	if (!gm_out_file_is_stdout(f))
		return &f->text;
	gm_str_clear(&s->out);
	return &s->out;
}

int gm_out_file_commit(struct gm_out_file *f)
{
	int err = f->text.err;

	if (!f->is_open)
		return 0;
	if (!err)
		err = gm_write_all(f->fd, f->text.s, f->text.len);
	f->is_open = false;
	if (close(f->fd) && !err)
		err = -errno;
	if (!err)
		err = gm_atomic_file_commit(&f->aside);
	gm_out_file_drop(f);
	return err ? gm_errno(err, "cannot write %s", f->path) : 0;
}

void gm_out_file_drop(struct gm_out_file *f)
{
	if (f->is_open)
		close(f->fd);
	f->is_open = false;
	gm_atomic_file_discard(&f->aside);
	gm_str_release(&f->text);
}
