// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* procinfo.c - reads /proc/PID/{stat,status,cmdline,cgroup}. The process may exit between two reads. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/fd.h"

#include "gm_conf.h"
#include "record/rec_proc.h"
#include "kernel/procinfo.h"

/* Reads a file of a process; returns as gm_read_text(). */
static ssize_t read_proc(uint32_t tgid, const char *what, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/%s", tgid, what);
	return gm_read_text(AT_FDCWD, path, buf, size);
}

/* Returns a field of /proc/PID/stat, counted as in proc(5). close: the parenthesis that ends field 2. */
static uint64_t stat_field(const char *close, int wanted)
{
	const char *p = close + 1;

	for (int field = 2; field < wanted && p; field++)
		p = strchr(p + 1, ' ');
	return p ? strtoull(p + 1, NULL, 10) : 0;
}

/* Parses "1234 (comm with ) and blanks) S ppid ...": the name ends at the last parenthesis. */
static int parse_stat(char *stat, struct gm_rec_proc *out)
{
	char *open = strchr(stat, '('), *close = strrchr(stat, ')');
	size_t len;

	if (!open || !close || close < open)
		return -EINVAL;
	len = (size_t)(close - open - 1);
	if (len >= sizeof(out->comm))
		len = sizeof(out->comm) - 1;
	memcpy(out->comm, open + 1, len);
	out->start_ticks = stat_field(close, 22); /* starttime */
	return 0;
}

static void read_uid(struct gm_rec_proc *out)
{
	char buf[4096], *line;

	if (read_proc(out->tgid, "status", buf, sizeof(buf)) <= 0 || !(line = strstr(buf, "\nUid:")))
		return;
	out->uid = (uint32_t)strtoul(line + strlen("\nUid:"), NULL, 10);
	out->flags |= GM_PROC_FLAGS | GM_PROC_UID;
}

bool gm_procinfo_is_there(uint32_t tgid)
{
	char buf[GM_COMM_LEN + 1];

	return read_proc(tgid, "comm", buf, sizeof(buf)) > 0;
}

/* If the buffer is full, the text may be longer: count one byte more than was read. */
void gm_procinfo_cgroup(struct gm_rec_proc *out)
{
	char buf[16384];
	ssize_t n = read_proc(out->tgid, "cgroup", buf, sizeof(buf));

	if (n < 0 && access("/proc/self/cgroup", F_OK)) {
		out->cgroup[0] = '/'; /* a kernel without cgroups */
		return;
	}
	if (n > 0)
		gm_proc_keep_cgroups(out, buf, (size_t)n, (size_t)n + (n == sizeof(buf) - 1));
}

void gm_procinfo_cmdline(struct gm_rec_proc *out)
{
	char buf[GM_ARGS_MAX + 1];
	ssize_t n = read_proc(out->tgid, "cmdline", buf, sizeof(buf));

	if (n > 0)
		gm_proc_keep_args(out, buf, (size_t)n, (size_t)n + (n == sizeof(buf) - 1));
}

int gm_procinfo_read(uint32_t tgid, struct gm_rec_proc *out)
{
	char buf[4096];

	memset(out, 0, sizeof(*out));
	gm_rec_init(&out->h, GM_K_PROC, 0);
	out->tgid = tgid;
	if (!tgid || read_proc(tgid, "stat", buf, sizeof(buf)) <= 0 || parse_stat(buf, out))
		return -ESRCH;
	gm_procinfo_cmdline(out);
	gm_procinfo_cgroup(out);
	read_uid(out);
	return 0;
}

int gm_procinfo_cpu(uint32_t tgid, struct gm_rec_cpu *out)
{
	const uint64_t tick_ns = 1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK);
	char buf[4096], *close;
	uint64_t user, guest;

	memset(out, 0, sizeof(*out));
	gm_rec_init(&out->h, GM_K_CPU, 0);
	out->tgid = tgid;
	if (!tgid || read_proc(tgid, "stat", buf, sizeof(buf)) <= 0 || !(close = strrchr(buf, ')')))
		return -ESRCH;
	user = stat_field(close, 14);
	guest = stat_field(close, 43); /* included in utime */
	out->user_ns = (user > guest ? user - guest : 0) * tick_ns;
	out->system_ns = stat_field(close, 15) * tick_ns;
	out->guest_ns = guest * tick_ns;
	return 0;
}
