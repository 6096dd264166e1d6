// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* settings_file.c - finds, reads and replaces the file of gmemtop's settings. */
#include "top/settings_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/fd.h"
#include "base/log.h"

#define NAME "gmemscope/gmemtop.conf"

/* ---- which file ---- */

/* Cuts the last part of a path, in place. Return false if there is none to cut. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !slash[1])
		return false;
	slash[slash == path] = '\0';
	return true;
}

/* Return the owner of a directory; of one that does not exist: of the first above it that does. */
static uid_t owner_of(const char *dir)
{
	char path[GM_SETTINGS_PATH];
	struct stat st;

	snprintf(path, sizeof(path), "%s", dir);
	do {
		if (!stat(path, &st))
			return st.st_uid;
	} while (go_up(path));
	return 0;
}

/* Return true if a variable's value is a directory of the user as whom the process runs. */
static bool is_own_dir(const char *dir)
{
	return dir && dir[0] == '/' && strlen(dir) < GM_SETTINGS_PATH - 64 && owner_of(dir) == geteuid();
}

int gm_settings_file_find(char *path)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	const struct passwd *user;

	if (is_own_dir(xdg)) {
		snprintf(path, GM_SETTINGS_PATH, "%s/" NAME, xdg);
		return 0;
	}
	user = is_own_dir(home) ? NULL : getpwuid(geteuid());
	home = is_own_dir(home) ? home : user ? user->pw_dir : NULL;
	if (!is_own_dir(home))
		return -ENOENT;
	snprintf(path, GM_SETTINGS_PATH, "%s/.config/" NAME, home);
	return 0;
}

/* ---- reading ---- */

/* Reads what the file has, but for what is behind GM_SETTINGS_MAX bytes, into buf. 0; -errno: buf is empty. */
static int read_file(const char *path, char *buf, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = -1;

	buf[0] = '\0';
	if (fd < 0)
		return -errno;
	if (fstat(fd, st))
		n = -errno;
	else if (S_ISREG(st->st_mode))
		n = gm_read_all(fd, buf, GM_SETTINGS_MAX - 1);
	else
		n = S_ISCHR(st->st_mode) ? 0 : S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL;
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n < 0 ? (int)n : 0;
}

void gm_settings_file_read(struct gm_settings *c, const char *path)
{
	char text[GM_SETTINGS_MAX];
	struct stat st;
	int err = read_file(path, text, &st);

	if (err && err != -ENOENT && err != -ENOTDIR)
		gm_warn("%s: not read: %s", path, err == -EINVAL ? "not a regular file" : strerror(-err));
	if (!err && S_ISREG(st.st_mode) && st.st_size >= GM_SETTINGS_MAX)
		gm_warn("%s: only the first %d bytes are read", path, GM_SETTINGS_MAX - 1);
	if (!err)
		gm_settings_read(c, path, text);
}

/* ---- saving ---- */

/* Makes the folder of a file, and those above it, as mkdir -p does; for the owner only. 0 or -errno. */
static int make_folder(const char *dir)
{
	char part[GM_SETTINGS_PATH];

	for (const char *end = dir; end; end = strchr(end + 1, '/')) {
		if (end == dir)
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)(end - dir), dir);
		if (mkdir(part, 0700) && errno != EEXIST)
			return -errno;
	}
	return mkdir(dir, 0700) && errno != EEXIST ? -errno : 0;
}

/*
 * What another user owns, root leaves alone: the file would become root's, and a symbolic link there could lead
 * anywhere.
 */
static const char *refuse_owner(const char *path, const char *dir)
{
	struct stat st;

	if (geteuid())
		return NULL;
	if (owner_of(dir))
		return "the folder belongs to another user";
	return !stat(path, &st) && st.st_uid ? "the file belongs to another user" : NULL;
}

static int replace_file(const char *path, const struct gm_str *text, const struct stat *old)
{
	struct gm_atomic_file file;
	int fd = gm_atomic_file_open(&file, path), err;

	if (fd < 0)
		return fd;
	err = old && fchmod(fd, old->st_mode & 0777) ? -errno : gm_write_all(fd, text->s, text->len);
	if (close(fd) && !err)
		err = -errno;
	if (!err)
		return gm_atomic_file_commit(&file);
	gm_atomic_file_discard(&file);
	return err;
}

static int save_text(const struct gm_top *t, const char *path)
{
	char old[GM_SETTINGS_MAX];
	struct gm_str text = { 0 };
	struct stat st = { 0 };
	int err = read_file(path, old, &st);
	bool is_new = err == -ENOENT;

	/* what gmemtop does not read whole it does not replace */
	if (!err && S_ISREG(st.st_mode) && st.st_size >= GM_SETTINGS_MAX)
		err = -EFBIG;
	if (!err || is_new) {
		gm_settings_write(&text, old, t);
		err = text.err ? text.err : replace_file(path, &text, is_new || !S_ISREG(st.st_mode) ? NULL : &st);
	}
	gm_str_release(&text);
	return err;
}

const char *gm_settings_file_save(struct gm_top *t, const char *path)
{
	char dir[GM_SETTINGS_PATH];
	const char *why;
	int err;

	snprintf(dir, sizeof(dir), "%s", path);
	if (!strchr(dir, '/'))
		snprintf(dir, sizeof(dir), ".");
	else
		go_up(dir);
	why = refuse_owner(path, dir);
	if (why)
		return why;
	err = make_folder(dir);
	err = err ? err : save_text(t, path);
	if (err)
		return strerror(-err);
	gm_sets_saved(&t->sets);
	return NULL;
}
