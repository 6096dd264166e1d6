// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memcg.h"
#include "util.h"

/* The files of the memory controller, by version of cgroups. */
struct names {
	const char *used, *limit, *no_limit;
};

static const struct names names[3] = {
	[1] = { "memory.usage_in_bytes", "memory.limit_in_bytes", "-1" },
	[2] = { "memory.current", "memory.max", "max" },
};

static int write_text(const char *dir, const char *file, const char *text)
{
	char path[512];
	int err, fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static int read_text(const char *dir, const char *file, char *text, int size)
{
	char path[512];
	int fd, n;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = (int)read(fd, text, (size_t)size - 1);
	close(fd);
	text[n < 0 ? 0 : n] = 0;
	return n < 0 ? -EIO : 0;
}

/* Finds the mount of the controller "memory". Returns the version of cgroups, 1 or 2; 0: it is not mounted. */
static int find_mount(char *root, size_t size)
{
	char dir[200], type[32], opts[256], controllers[256];
	FILE *f = fopen("/proc/self/mounts", "re");
	int version = 0;

	while (f && !version && fscanf(f, "%*s %199s %31s %255s %*d %*d", dir, type, opts) == 3) {
		if (!strcmp(type, "cgroup") && strstr(opts, "memory"))
			version = 1;
		if (!strcmp(type, "cgroup2") &&
		    !read_text(dir, "cgroup.controllers", controllers, sizeof(controllers)) &&
		    strstr(controllers, "memory"))
			version = 2;
	}
	if (f)
		fclose(f);
	if (version)
		snprintf(root, size, "%s", dir);
	return version;
}

/* Finds this process's cgroup: the path after the controller's colon. */
static int find_home(struct gg_memcg *g, const char *root)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[256];
	int err = -ENOENT;

	while (f && err && fgets(line, sizeof(line), f)) {
		const char *found =
			g->version == 2 ? (strncmp(line, "0::", 3) ? NULL : line + 2) : strstr(line, ":memory:");

		if (!found)
			continue;
		line[strcspn(line, "\n")] = 0;
		found = strchr(found, '/');
		snprintf(g->home, sizeof(g->home), "%.60s%.190s", root, found && found[1] ? found : "");
		err = 0;
	}
	if (f)
		fclose(f);
	return err;
}

static int enter(struct gg_memcg *g, const char *root)
{
	char path[512];
	int err;

	snprintf(g->dir, sizeof(g->dir), "%.60s/gmemguest-%d", root, getpid());
	if (mkdir(g->dir, 0755))
		return -errno;
	snprintf(path, sizeof(path), "%s/%s", g->dir, names[g->version].limit);
	g->limit_fd = open(path, O_WRONLY | O_CLOEXEC);
	err = g->limit_fd < 0 ? -errno : 0;
	if (!err)
		err = write_text(g->dir, "cgroup.procs", "0");
	if (!err)
		return 0;
	if (g->limit_fd >= 0)
		close(g->limit_fd);
	rmdir(g->dir);
	return err;
}

/*
 * Protects this process from the OOM killer: with a victim, the allocation would
 * wait for the victim's end instead of failing.  Version 2 always tries to kill.
 */
static int no_victim(struct gg_memcg *g)
{
	if (g->version == 1)
		return write_text(g->dir, "memory.oom_control", "1");
	return write_text("/proc/self", "oom_score_adj", "-1000");
}

const char *gg_memcg_enter(struct gg_memcg *g)
{
	char root[200];

	g->limit_fd = -1;
	g->version = find_mount(root, sizeof(root));
	if (!g->version)
		return "there is no memory cgroup";
	if (find_home(g, root))
		return "the process is in no memory cgroup";
	if (g->version == 2)
		(void)write_text(root, "cgroup.subtree_control", "+memory");
	if (enter(g, root))
		return "a memory cgroup cannot be made: not root?";
	if (!no_victim(g))
		return NULL;
	gg_memcg_leave(g);
	return "the OOM killer cannot be kept away: not root?";
}

static int set_limit(struct gg_memcg *g, const char *text)
{
	return write(g->limit_fd, text, strlen(text)) < 0 ? -errno : 0;
}

int gg_memcg_set(struct gg_memcg *g)
{
	char text[32];
	int err = read_text(g->dir, names[g->version].used, text, sizeof(text));

	if (err)
		return err;
	/* The kernel itself needs some memory, for page tables. */
	snprintf(text, sizeof(text), "%llu", strtoull(text, NULL, 10) + (64ULL << 10));
	return set_limit(g, text);
}

int gg_memcg_lift(struct gg_memcg *g)
{
	return set_limit(g, names[g->version].no_limit);
}

void gg_memcg_leave(struct gg_memcg *g)
{
	(void)gg_memcg_lift(g);
	(void)write_text(g->home, "cgroup.procs", "0");
	close(g->limit_fd);
	(void)rmdir(g->dir);
}
