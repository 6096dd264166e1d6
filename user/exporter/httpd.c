// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * httpd.c - the HTTP server's one thread of work: libmicrohttpd without threads, one daemon a listening socket. Their
 * epoll descriptors and a timer are in an epoll set of ours, which is all that the caller has to wait for.
 */
#include "exporter/httpd.h"
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "exporter/httpd_int.h"

/*
 * Some Prometheus servers, a person or two with a browser, a health check: a dozen. Four times that are no reason to
 * close any; at 80 KiB each with TLS it is 5 MiB.
 */
#define CONNECTIONS	64
/* Beyond ours, as those that were told to go are still there for a turn: libmicrohttpd lets in ten of them a turn. */
#define CONNECTIONS_HARD 256
/* Three times Prometheus' scrape_timeout. */
#define DEADLINE_NS	30000000000ull
/* Thirty exposition texts of 1 MiB, as hundreds of machines make them. */
#define RETIRED_BYTES	(32u << 20)
/* A request's head: browsers send 1 KiB, proxies with tokens up to 8. The answer's head is made in what is left. */
#define REQUEST_BYTES	(16u << 10)

/* Calls that may move nothing before they become rarer, and how often the pause doubles: from 2 ms to 128. */
#define STALLS		4
#define STALL_STEPS	7

/* ---- opening ---- */

/* Strangers decide what it says: for debugging only. */
static void say(void *arg, const char *fmt, va_list ap)
{
	char text[256];

	(void)arg;
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	gm_debug("libmicrohttpd: %s", text);
}

static int watch(const struct gm_httpd *h, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(h->epoll, EPOLL_CTL_ADD, fd, &e))
		return gm_errno(-errno, "HTTP server");
	return 0;
}

static int open_loop(struct gm_httpd *h)
{
	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (h->epoll < 0)
		return gm_errno(-errno, "HTTP server");
	h->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (h->timer < 0)
		return gm_errno(-errno, "HTTP server");
	return watch(h, h->timer);
}

static int open_sockets(struct gm_httpd *h, const struct gm_httpd_opts *o)
{
	int err = 0;

	if (o->systemd)
		return gm_socks_systemd(&h->socks);
	for (unsigned int i = 0; !err && i < o->listen_nr; i++)
		err = gm_socks_add(&h->socks, o->listen[i]);
	if (!err && !h->socks.nr)
		err = gm_err(-EINVAL, "HTTP server: no address to listen on");
	return err;
}

/* The log costs formatting even when nobody reads it. */
static unsigned int flags(const struct gm_httpd *h)
{
	return MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (h->tls.on ? MHD_USE_TLS : 0) |
	       (gm_log_level() >= GM_LOG_DEBUG ? MHD_USE_ERROR_LOG : 0);
}

static int start(struct gm_httpd *h, unsigned int nr)
{
	struct MHD_OptionItem tls[GM_TLS_OPTIONS];
	struct gm_sock *k = &h->socks.at[nr];
	const union MHD_DaemonInfo *i;

	gm_tls_options(&h->tls, tls);
	h->mhd[nr] = MHD_start_daemon(flags(h), 0, NULL, NULL, gm_httpd_answer, h, MHD_OPTION_EXTERNAL_LOGGER, say,
				      NULL, /* first: it hears of the others */
				      MHD_OPTION_LISTEN_SOCKET, k->fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_HARD,
				      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_BYTES,
				      MHD_OPTION_NOTIFY_CONNECTION, gm_conn_notice, h, MHD_OPTION_NOTIFY_COMPLETED,
				      gm_conn_completed, h, MHD_OPTION_URI_LOG_CALLBACK, gm_conn_begun, h,
				      MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	/*
	 * Should it have failed: 1.0 has closed the socket, 0.9 has not. No descriptor comes in between, so closing
	 * twice does.
	 */
	if (!h->mhd[nr])
		return gm_err(-EIO, "HTTP server on %s: libmicrohttpd did not start (-vv says why)", k->where);
	k->fd = -1;
	i = MHD_get_daemon_info(h->mhd[nr], MHD_DAEMON_INFO_EPOLL_FD);
	if (!i)
		return gm_err(-ENOTSUP, "HTTP server: this libmicrohttpd was built without epoll");
	return watch(h, i->epoll_fd);
}

static int start_all(struct gm_httpd *h)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < h->socks.nr; i++)
		err = start(h, i);
	return err;
}

static int open_it(struct gm_httpd *h, const struct gm_httpd_opts *o)
{
	int err;

	if (!o->path || o->path[0] != '/' || strpbrk(o->path, "?# "))
		return gm_err(-EINVAL, "HTTP server: no path that begins with '/': %s", o->path ? o->path : "");
	/* Dates in answers make libc look for the time zone, once: now, not when files are out of reach. */
	tzset();
	h->path = strdup(o->path);
	if (!h->path)
		return gm_errno(-ENOMEM, "HTTP server");
	err = gm_tls_load(&h->tls, o);
	if (!err)
		err = open_loop(h);
	if (!err)
		err = open_sockets(h, o);
	return err ? err : start_all(h);
}

int gm_httpd_open(struct gm_httpd **out, const struct gm_httpd_opts *o)
{
	struct gm_httpd *h = calloc(1, sizeof(*h));
	int err;

	*out = NULL;
	if (!h)
		return gm_errno(-ENOMEM, "HTTP server");
	h->ops = o->ops;
	h->arg = o->arg;
	h->limits = (struct gm_httpd_limits){ CONNECTIONS, DEADLINE_NS, RETIRED_BYTES };
	h->epoll = h->timer = -1;
	err = open_it(h, o);
	if (err) {
		gm_httpd_close(h);
		return err;
	}
	*out = h;
	return 0;
}

void gm_httpd_set_limits(struct gm_httpd *h, const struct gm_httpd_limits *l)
{
	h->limits = *l;
}

/* ---- running ---- */

int gm_httpd_fd(const struct gm_httpd *h)
{
	return h->epoll;
}

/*
 * As long as a handshake waits for the client, libmicrohttpd (0.9.75, 1.0.1) wants to be called again at once: it
 * does not note that there was nothing to read. One such client would be a busy loop. What really comes wakes us by
 * epoll, so when nothing passed in some calls, more of them can wait, longer and longer.
 */
static uint64_t patience_ns(struct gm_httpd *h)
{
	if (!h->tls.on || h->moved) {
		h->stalls = 0;
		return 0;
	}
	if (h->stalls < STALLS + STALL_STEPS)
		h->stalls++;
	return h->stalls <= STALLS ? 0 : 1000000ull << (h->stalls - STALLS);
}

/* When libmicrohttpd has something to do that its descriptors do not tell; UINT64_MAX: never. */
static uint64_t next_due(struct gm_httpd *h, uint64_t now)
{
	uint64_t due = UINT64_MAX;
	MHD_UNSIGNED_LONG_LONG ms;

	for (unsigned int i = 0; i < h->socks.nr; i++) {
		if (MHD_get_timeout(h->mhd[i], &ms) == MHD_YES && now + ms * 1000000 < due)
			due = now + ms * 1000000;
	}
	return due > now ? due : now + patience_ns(h);
}

/* Also makes the descriptor unreadable when it has gone off. */
static void set_timer(const struct gm_httpd *h, uint64_t at)
{
	struct itimerspec t = { 0 };

	if (at != UINT64_MAX) {
		t.it_value.tv_sec = (time_t)(at / 1000000000);
		t.it_value.tv_nsec = (long)(at % 1000000000);
	}
	timerfd_settime(h->timer, TFD_TIMER_ABSTIME, &t, NULL);
}

void gm_httpd_run(struct gm_httpd *h)
{
	uint64_t now, ours, theirs;

	h->moved = false;
	for (unsigned int i = 0; i < h->socks.nr; i++)
		MHD_run(h->mhd[i]);
	now = gm_now_ns();
	ours = gm_conns_expire(h, now);
	theirs = next_due(h, now);
	set_timer(h, ours < theirs ? ours : theirs);
}

/* Resuming does not make libmicrohttpd's descriptors readable: that is for the timer to do. */
void gm_httpd_refreshed(struct gm_httpd *h, uint64_t nr)
{
	gm_bodies_picture(h, nr);
	if (!h->waiting.nr)
		return;
	gm_conns_resume(h);
	set_timer(h, gm_now_ns());
}

void gm_httpd_stats(const struct gm_httpd *h, struct gm_httpd_stats *out)
{
	*out = h->stats;
}

void gm_httpd_where(const struct gm_httpd *h, struct gm_str *out)
{
	for (unsigned int i = 0; i < h->socks.nr; i++) {
		const char *where = h->socks.at[i].where;

		gm_str_printf(out, "%s%s\n",
			      !strncmp(where, "unix:", 5) ? ""
			      : h->tls.on		  ? "https://"
							  : "http://",
			      where);
	}
}

void gm_httpd_close(struct gm_httpd *h)
{
	if (!h)
		return;
	/*
	 * Answers those that wait, those that were resumed and have not had their turn, and requests that came since.
	 * libmicrohttpd aborts the process if it is stopped while a connection is suspended.
	 */
	h->closing = true;
	gm_conns_resume(h);
	if (h->socks.nr && h->mhd[h->socks.nr - 1]) /* else it was never opened whole */
		gm_httpd_run(h);
	for (unsigned int i = 0; i < h->socks.nr; i++) {
		if (h->mhd[i])
			MHD_stop_daemon(h->mhd[i]);
	}
	gm_bodies_retire(h);
	gm_socks_release(&h->socks);
	if (h->timer >= 0)
		close(h->timer);
	if (h->epoll >= 0)
		close(h->epoll);
	gm_tls_release(&h->tls);
	gm_vec_release(&h->conns);
	gm_vec_release(&h->waiting);
	gm_vec_release(&h->bodies);
	free(h->path);
	free(h);
}
