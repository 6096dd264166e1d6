// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* atomic_file.c - replaces a file by a complete one, or not at all. */
#include "base/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void release(struct gm_atomic_file *a)
{
	free(a->path);
	free(a->temp);
	*a = (struct gm_atomic_file){ 0 };
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * Returns the path of the file to replace: what a symbolic link leads to. NULL with errno 0: path is to be written in
 * place, because it is no regular file, or one without a name (of /proc/self/fd). NULL with another errno: an error.
 */
static char *replaced_path(const char *path)
{
	char *real = realpath(path, NULL);
	struct stat st, named;
	bool as_is;

	if (!real)
		return errno == ENOENT ? strdup(path) : NULL;
	as_is = stat(path, &st) || !S_ISREG(st.st_mode) || stat(real, &named) || !is_same_file(&st, &named);
	if (!as_is)
		return real;
	free(real);
	errno = 0;
	return NULL;
}

/* Return true if path is what stdout is: /dev/stdout, or the file to which a shell redirected stdout. */
static bool is_stdout(const char *path)
{
	struct stat st, out;

	return !stat(path, &st) && !fstat(STDOUT_FILENO, &out) && S_ISREG(st.st_mode) && is_same_file(&st, &out);
}

int gm_atomic_file_open(struct gm_atomic_file *a, const char *path)
{
	int fd = -1, err;

	if (is_stdout(path)) {
		*a = (struct gm_atomic_file){ 0 };
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? -errno : fd;
	}
	*a = (struct gm_atomic_file){ .path = replaced_path(path) };
	if (!a->path)
		return errno ? -errno : (fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)) < 0 ? -errno : fd;
	if (asprintf(&a->temp, "%s.XXXXXX", a->path) < 0)
		a->temp = NULL;
	else
		fd = mkostemp(a->temp, O_CLOEXEC);
	if (fd >= 0)
		return fd;
	err = a->temp ? -errno : -ENOMEM;
	free(a->temp);
	a->temp = NULL;
	release(a);
	return err;
}

int gm_atomic_file_commit(struct gm_atomic_file *a)
{
	int err = a->temp && rename(a->temp, a->path) ? -errno : 0;

	if (err)
		unlink(a->temp);
	release(a);
	return err;
}

void gm_atomic_file_discard(struct gm_atomic_file *a)
{
	if (a->temp)
		unlink(a->temp);
	release(a);
}
