// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* process.c - the process that a tool runs in. */
#include "session/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"

/* A session had 81 in tracepoint mode; programs, maps and links of all modes, and connections of an exporter, come to less than four times that. */
#define FILES_NEEDED	256
#define FILES_WANTED	1024

static struct rlimit files_before;

/* As a closed one would: reading from 0 and writing to 1 and 2 fail. */
static void open_standard(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(1);
}

/* --help, --version and schemas go by stdio: a full disk shows only when its buffer is written. */
static void flush_stdout(void)
{
	if (!ferror(stdout) && !fflush(stdout))
		return;
	if (errno != EPIPE)
		gm_errno(errno ? -errno : -EIO, "writing to stdout");
	_exit(1);
}

void gm_process_init(void)
{
	open_standard();
	atexit(flush_stdout);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

int gm_process_need_files(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &files_before))
		return 0;
	l = files_before;
	if (l.rlim_cur < FILES_WANTED) {
		l.rlim_cur = l.rlim_max < FILES_WANTED ? l.rlim_max : FILES_WANTED;
		if (setrlimit(RLIMIT_NOFILE, &l))
			l = files_before;
	}
	if (l.rlim_cur >= FILES_NEEDED)
		return 0;
	return gm_errno(-EMFILE, "%d descriptors are needed, and %llu allowed (ulimit -n, LimitNOFILE=)", FILES_NEEDED,
			(unsigned long long)l.rlim_cur);
}

void gm_process_restore(void)
{
	if (files_before.rlim_max)
		setrlimit(RLIMIT_NOFILE, &files_before);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
}
