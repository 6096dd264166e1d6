// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* process.c - limits, signals and standard descriptors of a tool's process. */
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

#include "base/fd.h"
#include "base/log.h"

/*
 * Resource limits: the minimum a tool needs, and the limit it sets where the soft limit is lower. Descriptors: a
 * session had 81 in tracepoint mode; programs, maps and links of all modes, and connections of an exporter, come to
 * less than four times that. Stack: names of machines use 90 KiB of it at a time.
 */
struct limit {
	unsigned int resource;
	rlim_t needed, wanted, unit;
	int err;
	const char *what, *how;
	struct rlimit before;	/* rlim_max 0: limit not read */
};
static struct limit files = { RLIMIT_NOFILE, 256, 1024, 1, -EMFILE, "descriptors", "ulimit -n, LimitNOFILE=" };
static struct limit stack = { RLIMIT_STACK, 256 << 10, 1 << 20, 1 << 10, -ENOMEM, "KiB of stack",
	"ulimit -s, LimitSTACK=" };

/* Opens missing standard descriptors so that, as on closed ones, reading from 0 and writing to 1 and 2 fail. */
static void open_standard(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(1);
}

/* Flushes stdout at exit. --help, --version and schemas are written by stdio, which meets a full disk only here. */
static void flush_stdout(void)
{
	if (!ferror(stdout) && !fflush(stdout))
		return;
	if (errno != EPIPE)
		gm_errno(errno ? -errno : -EIO, "cannot write to stdout");
	_exit(1);
}

/* Raises the soft limit as far as the hard one allows. 0, or the error of a limit that is too low, reported. */
static int raise_limit(struct limit *n)
{
	struct rlimit l;

	if (getrlimit(n->resource, &n->before))
		return 0;
	l = n->before;
	if (l.rlim_cur < n->wanted) {
		l.rlim_cur = l.rlim_max < n->wanted ? l.rlim_max : n->wanted;
		if (setrlimit(n->resource, &l))
			l = n->before;
	}
	if (l.rlim_cur >= n->needed)
		return 0;
	return gm_errno(n->err, "%llu %s are needed, and %llu allowed (%s)", (unsigned long long)(n->needed / n->unit),
			n->what, (unsigned long long)(l.rlim_cur / n->unit), n->how);
}

static void restore_limit(const struct limit *n)
{
	if (n->before.rlim_max)
		setrlimit(n->resource, &n->before);
}

int gm_process_init(const char *tool)
{
	open_standard();
	gm_log_init(tool, GM_LOG_WARN);
	atexit(flush_stdout);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return raise_limit(&stack);
}

int gm_process_raise_fd_limit(void)
{
	return raise_limit(&files);
}

int gm_process_claim_fd(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags < 0 || flags & FD_CLOEXEC)
		return -EBADF;
	return fcntl(fd, F_SETFD, flags | FD_CLOEXEC) ? -errno : 0;
}

void gm_process_ready(int fd)
{
	static const char line[] = "READY\n";
	int err = gm_write_all(fd, line, sizeof(line) - 1);

	if (err && err != -EPIPE)
		gm_warn("--ready-fd %d: %s", fd, strerror(-err));
	close(fd);
}

void gm_process_restore(void)
{
	restore_limit(&files);
	restore_limit(&stack);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
}
