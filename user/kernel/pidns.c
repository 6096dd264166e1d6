// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* pidns.c - reads facts about PID namespaces and /proc, and draws the conclusions. */
#include "kernel/pidns.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PROC_MAGIC	0x9fa0		/* PROC_SUPER_MAGIC */
#define INIT_NS_INO	0xeffffffcull	/* PROC_PID_INIT_INO: the initial PID namespace's, on every kernel */

static uint32_t read_self(void)
{
	char buf[16];
	ssize_t n = readlink("/proc/self", buf, sizeof(buf) - 1);

	if (n <= 0)
		return 0;
	buf[n] = '\0';
	return (uint32_t)strtoul(buf, NULL, 10);
}

/* Counts the numbers in the line NSpid of /proc/self/status: one for each namespace. */
static uint32_t read_levels(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[512], *save = NULL;
	uint32_t nr = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "NSpid:", 6))
			continue;
		for (char *s = strtok_r(line + 6, " \t\n", &save); s; s = strtok_r(NULL, " \t\n", &save))
			nr++;
	}
	if (f)
		fclose(f);
	return nr;
}

/*
 * Return true if /proc shows process 1. Every user may read comm of any process that /proc shows, and reading it takes
 * no reference to the process's memory.
 */
static bool can_read_init(void)
{
	int fd = open("/proc/1/comm", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void gm_pidns_read(struct gm_pidns *out)
{
	struct statfs fs;
	struct stat ns;

	*out = (struct gm_pidns){ .pid = (uint32_t)getpid() };
	out->has_proc = !statfs("/proc", &fs) && fs.f_type == PROC_MAGIC;
	if (!out->has_proc)
		return;
	out->self = read_self();
	out->levels = read_levels();
	out->ns_ino = stat("/proc/self/ns/pid", &ns) ? 0 : ns.st_ino;
	out->hides = !can_read_init();
}

/* Return true if this process is in a nested PID namespace. Its number alone may be equal in both by accident. */
static bool is_nested(const struct gm_pidns *p)
{
	return p->ns_ino ? p->ns_ino != INIT_NS_INO : p->tgid && p->tgid != p->pid;
}

const char *gm_pidns_tasks_why(const struct gm_pidns *p)
{
	return is_nested(p) ? "in a PID namespace, scans find only its own processes (use hostPID: true or "
			      "--pid=host)"
			    : NULL;
}

enum gm_procfs gm_pidns_procfs(const struct gm_pidns *p)
{
	if (!p->has_proc)
		return GM_PROCFS_NONE;
	if (!p->self || (p->tgid && p->self != p->tgid) || (is_nested(p) && p->levels == 1))
		return GM_PROCFS_FOREIGN;
	return p->hides ? GM_PROCFS_HIDES : GM_PROCFS_OK;
}

const char *gm_procfs_why(enum gm_procfs procfs)
{
	static const char *const whys[] = {
		[GM_PROCFS_HIDES] = "/proc hides processes, as with hidepid= (join the group of its gid=, or add "
				    "CAP_SYS_PTRACE)",
		[GM_PROCFS_FOREIGN] = "/proc is another PID namespace's (use hostPID: true or --pid=host)",
		[GM_PROCFS_NONE] = "no proc filesystem at /proc",
	};

	return whys[procfs];
}
