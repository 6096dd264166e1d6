// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * notify.c - sends one datagram per message on a connected socket: send() then needs no address, which the sandbox
 * would refuse. The manager identifies the sender by the socket's credentials.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/parse.h"
#include "exporter/notify.h"

static int notify_fd = -1;

/* Parses a path, or "@name" in the abstract namespace. Returns the address' length, or -errno. */
static int parse_address(const char *s, struct sockaddr_un *at)
{
	size_t len = strlen(s);

	if (s[0] != '/' && s[0] != '@')
		return -EAFNOSUPPORT;
	if (len < 2 || len >= sizeof(at->sun_path))
		return -EINVAL;
	memset(at, 0, sizeof(*at));
	at->sun_family = AF_UNIX;
	memcpy(at->sun_path, s, len);
	if (s[0] == '@')
		at->sun_path[0] = '\0';
	return (int)(offsetof(struct sockaddr_un, sun_path) + len + (s[0] == '/'));
}

int gm_notify_open(void)
{
	const char *name = getenv("NOTIFY_SOCKET");
	const struct timeval second = { .tv_sec = 1 };
	struct sockaddr_un at;
	int len, fd, err;

	gm_notify_close();
	if (!name || !name[0])
		return 0;
	len = parse_address(name, &at);
	if (len < 0)
		return gm_errno(len, "NOTIFY_SOCKET: %s", name);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return gm_errno(-errno, "NOTIFY_SOCKET");
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
	if (connect(fd, (const struct sockaddr *)&at, (socklen_t)len)) {
		err = gm_errno(-errno, "NOTIFY_SOCKET: %s", name);
		close(fd);
		return err;
	}
	notify_fd = fd;
	return 0;
}

int gm_notify(const char *state)
{
	if (notify_fd < 0)
		return 0;
	return send(notify_fd, state, strlen(state), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

uint64_t gm_notify_watchdog_ns(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t n;

	if (notify_fd < 0 || !usec || gm_parse_u64(usec, 1, UINT64_MAX / 1000, &n))
		return 0;
	if (pid && strtol(pid, NULL, 10) != getpid())
		return 0; /* meant for another process */
	return n * 1000;
}

void gm_notify_close(void)
{
	if (notify_fd >= 0)
		close(notify_fd);
	notify_fd = -1;
}
