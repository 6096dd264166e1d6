// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * httpd_listen.c - opens the sockets that the HTTP server listens on: by address, by file, or passed by systemd. They
 * are not opened by libmicrohttpd, so that several addresses, both families and a stale socket file follow one rule,
 * and messages name the address that failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/log.h"
#include "exporter/http_target.h"
#include "exporter/httpd_int.h"

#define BACKLOG		128
/*
 * Send buffer for a client that does not read (the kernel doubles it). By default a TCP connection's buffer grows to
 * tcp_wmem's maximum, 4 MiB. This size fills 100 Mbit/s over 20 ms: more than a scrape needs.
 */
#define SEND_BYTES	(256 << 10)
#define SYSTEMD_FIRST	3	/* SD_LISTEN_FDS_START */

/* ---- addresses ---- */

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage storage;
};

static int parse_numeric(union address *a, socklen_t *len, const char *host, int family, uint16_t port)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_family = family, .ai_socktype = SOCK_STREAM };
	struct addrinfo *info;

	if (getaddrinfo(host, NULL, &hints, &info))
		return -EINVAL;
	memcpy(a, info->ai_addr, info->ai_addrlen);
	*len = info->ai_addrlen;
	freeaddrinfo(info);
	if (family == AF_INET6)
		a->in6.sin6_port = htons(port);
	else
		a->in.sin_port = htons(port);
	return 0;
}

/* Converts "::ffff:127.0.0.1" to an IPv4 address: a socket for IPv6 only cannot be bound to it. */
static void unmap_v4(union address *a, socklen_t *len)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (a->sa.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		return;
	in.sin_port = a->in6.sin6_port;
	memcpy(&in.sin_addr, a->in6.sin6_addr.s6_addr + 12, sizeof(in.sin_addr));
	a->in = in;
	*len = sizeof(in);
}

/* Adds a socket, with its address as the kernel reports it. 0 or -errno, not reported. */
static int add_socket(struct gm_socks *s, int fd)
{
	static const int send = SEND_BYTES;
	struct gm_sock *k = &s->at[s->nr];
	union address a = { 0 };
	socklen_t len = sizeof(a);
	char host[80], port[8];

	if (s->nr == GM_SOCKS_MAX)
		return -E2BIG;
	if (getsockname(fd, &a.sa, &len))
		return -errno;
	*k = (struct gm_sock){ .fd = fd };
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send, sizeof(send)); /* the connections inherit it */
	if (a.sa.sa_family == AF_UNIX)
		snprintf(k->where, sizeof(k->where), "unix:%s%s", a.un.sun_path[0] ? "" : "@",
			 a.un.sun_path + !a.un.sun_path[0]);
	else if (getnameinfo(&a.sa, len, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		return -EAFNOSUPPORT;
	else
		snprintf(k->where, sizeof(k->where), a.sa.sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	s->nr++;
	return 0;
}

static uint16_t port_of(int fd)
{
	union address a = { 0 };
	socklen_t len = sizeof(a);

	if (getsockname(fd, &a.sa, &len))
		return 0;
	return ntohs(a.sa.sa_family == AF_INET6 ? a.in6.sin6_port : a.in.sin_port);
}

/* ---- TCP ---- */

static int open_bound(const union address *a, socklen_t len)
{
	static const int on = 1;
	int fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (!bind(fd, &a->sa, len) && !listen(fd, BACKLOG))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* Adds a listening TCP socket. Returns the descriptor, or -errno, not reported. */
static int add_tcp(struct gm_socks *s, const char *host, int family, uint16_t port)
{
	union address a;
	socklen_t len;
	int fd, err = parse_numeric(&a, &len, host, family, port);

	if (err)
		return err;
	unmap_v4(&a, &len);
	fd = open_bound(&a, len);
	if (fd < 0)
		return fd;
	err = add_socket(s, fd);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Return true if the kernel lacks this family, or has none of its addresses. */
static bool is_family_missing(int err)
{
	return err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL;
}

/* Listens on the same port in both families; one of them is enough. */
static int add_both(struct gm_socks *s, const char *v4, const char *v6, uint16_t port)
{
	int fd4 = add_tcp(s, v4, AF_INET, port), fd6;

	if (fd4 < 0 && !is_family_missing(fd4))
		return fd4;
	fd6 = add_tcp(s, v6, AF_INET6, fd4 >= 0 ? port_of(fd4) : port);
	if (fd4 >= 0 && is_family_missing(fd6))
		return 0;
	return fd6 < 0 ? fd6 : 0;
}

static int add_address(struct gm_socks *s, const char *address)
{
	char copy[128], *host;
	uint16_t port;
	int err, family;

	if (strlen(address) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, address);
	err = gm_listen_split(copy, &host, &family, &port);
	if (err)
		return err;
	if (family == AF_INET && !*host)
		return add_both(s, "0.0.0.0", "::", port);
	if (family == AF_INET && !strcasecmp(host, "localhost"))
		return add_both(s, "127.0.0.1", "::1", port);
	err = add_tcp(s, host, family, port);
	return err < 0 ? err : 0;
}

/* ---- files ---- */

static int try_connect(const union address *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, &a->sa, sizeof(a->un)))
		err = -errno;
	close(fd);
	return err;
}

/* Removes a socket file whose server has ended. Another file at that path is an error. */
static int unlink_stale_socket(const union address *a)
{
	const char *path = a->un.sun_path;
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : gm_errno(-errno, "cannot listen on unix:%s", path);
	if (!S_ISSOCK(st.st_mode))
		return gm_err(-EEXIST, "cannot listen on unix:%s: the path exists and is not a socket", path);
	if (try_connect(a) != -ECONNREFUSED)
		return gm_errno(-EADDRINUSE, "cannot listen on unix:%s", path);
	if (unlink(path))
		return gm_errno(-errno, "cannot remove the old unix:%s", path);
	return 0;
}

/* Binds with mode 0660 by the umask, so that nobody else can connect between bind and chmod. */
static int bind_file(int fd, const union address *a)
{
	mode_t old = umask(0117);
	int err = bind(fd, &a->sa, sizeof(a->un)) ? -errno : 0;

	umask(old);
	return err;
}

/* Stores the identity of the file, so that only that file is removed at the end. */
static int store_file_identity(struct gm_sock *k, const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return gm_errno(-errno, "cannot listen on unix:%s", path);
	k->file = strdup(path);
	k->dev = st.st_dev;
	k->ino = st.st_ino;
	return k->file ? 0 : gm_errno(-ENOMEM, "cannot listen on unix:%s", path);
}

static int add_file(struct gm_socks *s, const char *path)
{
	union address a = { .un.sun_family = AF_UNIX };
	int fd, err;

	if (!*path || strlen(path) >= sizeof(a.un.sun_path))
		return gm_err(-EINVAL, "cannot listen on unix:%s: a path of 1 to %zu characters is needed", path,
			      sizeof(a.un.sun_path) - 1);
	strcpy(a.un.sun_path, path);
	err = unlink_stale_socket(&a);
	if (err)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return gm_errno(-errno, "cannot listen on unix:%s", path);
	err = bind_file(fd, &a);
	if (!err && listen(fd, BACKLOG))
		err = -errno;
	if (!err)
		err = add_socket(s, fd);
	if (!err)
		return store_file_identity(&s->at[s->nr - 1], path);
	close(fd);
	return gm_errno(err, "cannot listen on unix:%s", path);
}

static void remove_file(struct gm_sock *k)
{
	struct stat st;

	if (k->file && !lstat(k->file, &st) && st.st_dev == k->dev && st.st_ino == k->ino)
		unlink(k->file);
	free(k->file);
	k->file = NULL;
}

int gm_socks_add(struct gm_socks *s, const char *address)
{
	int err;

	if (!strncmp(address, "unix:", 5))
		return add_file(s, address + 5);
	err = add_address(s, address);
	if (err == -EINVAL)
		return gm_err(err,
			      "cannot listen on %s: no such address (127.0.0.1:9917, [::1]:9917, "
			      "localhost:9917, :9917 for all, or unix:PATH)",
			      address);
	return err ? gm_errno(err, "cannot listen on %s", address) : 0;
}

/* ---- systemd ---- */

static bool has_option(int fd, int option, int want)
{
	int is;
	socklen_t len = sizeof(is);

	return !getsockopt(fd, SOL_SOCKET, option, &is, &len) && is == want;
}

static int adopt_fd(struct gm_socks *s, int fd)
{
	int err;

	if (!has_option(fd, SO_TYPE, SOCK_STREAM) || !has_option(fd, SO_ACCEPTCONN, 1))
		return gm_err(-ENOTSOCK, "LISTEN_FDS: descriptor %d is not a listening stream socket", fd);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, O_NONBLOCK))
		return gm_errno(-errno, "LISTEN_FDS: descriptor %d", fd);
	err = add_socket(s, fd);
	return err ? gm_errno(err, "LISTEN_FDS: descriptor %d", fd) : 0;
}

int gm_socks_systemd(struct gm_socks *s)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint64_t to, nr = 0;
	bool ours = pid && !gm_parse_u64(pid, 1, INT32_MAX, &to) && (pid_t)to == getpid() && fds &&
		    !gm_parse_u64(fds, 1, GM_SOCKS_MAX, &nr);
	int err = 0;

	/* Children must not see the variables: they do not inherit the descriptors. */
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (!ours)
		return gm_err(-ENOENT,
			      "no sockets from systemd: LISTEN_PID and LISTEN_FDS (1 to %d) are not for "
			      "this process",
			      GM_SOCKS_MAX);
	for (int i = 0; !err && i < (int)nr; i++)
		err = adopt_fd(s, SYSTEMD_FIRST + i);
	return err;
}

void gm_socks_release(struct gm_socks *s)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		if (s->at[i].fd >= 0)
			close(s->at[i].fd);
		remove_file(&s->at[i]);
	}
	s->nr = 0;
}
