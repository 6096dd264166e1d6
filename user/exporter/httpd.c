// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * httpd.c - runs the HTTP server in one thread: libmicrohttpd without threads of its own, one daemon per listening
 * socket. Their epoll descriptors and a timer are in one epoll set, the only descriptor that the caller waits for.
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
 * A dozen connections are usual: some Prometheus servers, a health check, a few browsers. 64 allow for more; with TLS,
 * at 80 KiB each, that is 5 MiB.
 */
#define CONNECTIONS	64
/*
 * Higher than CONNECTIONS, as connections that were shut down remain for one run, and libmicrohttpd accepts ten per
 * run.
 */
#define CONNECTIONS_HARD 256
/* Three times Prometheus' default scrape_timeout. */
#define DEADLINE_NS	30000000000ull
/* Room for thirty exposition texts of 1 MiB, the size for hundreds of machines. */
#define RETIRED_BYTES	(32u << 20)
/*
 * Memory per connection. Browsers send a request head of 1 KiB, proxies with tokens up to 8. The rest is for the
 * answer's head.
 */
#define REQUEST_BYTES	(16u << 10)

/* Runs without progress before the pauses between them grow, and number of doublings: from 2 ms to 128. */
#define STALLS		4
#define STALL_STEPS	7

/* ---- opening ---- */

/* Logs libmicrohttpd's messages only for debugging: clients influence their text. */
static void log_message(void *arg, const char *fmt, va_list ap)
{
	char text[256];

	(void)arg;
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	gm_debug("libmicrohttpd: %s", text);
}

static int add_to_epoll(const struct gm_httpd *h, int fd)
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
	return add_to_epoll(h, h->timer);
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

/* Turn the log on only for debugging: messages are formatted even if nobody reads them. */
static unsigned int daemon_flags(const struct gm_httpd *h)
{
	return MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (h->tls.on ? MHD_USE_TLS : 0) |
	       (gm_log_level() >= GM_LOG_DEBUG ? MHD_USE_ERROR_LOG : 0);
}

static int start_daemon(struct gm_httpd *h, unsigned int nr)
{
	struct MHD_OptionItem tls[GM_TLS_OPTIONS];
	struct gm_sock *k = &h->socks.at[nr];
	const union MHD_DaemonInfo *i;

	gm_tls_options(&h->tls, tls);
	h->mhd[nr] = MHD_start_daemon(daemon_flags(h), 0, NULL, NULL, gm_httpd_answer, h, MHD_OPTION_EXTERNAL_LOGGER,
				      log_message, NULL, /* must be first, to log errors of other options */
				      MHD_OPTION_LISTEN_SOCKET, k->fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_HARD,
				      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_BYTES,
				      MHD_OPTION_NOTIFY_CONNECTION, gm_conn_on_notify, h, MHD_OPTION_NOTIFY_COMPLETED,
				      gm_conn_on_completed, h, MHD_OPTION_URI_LOG_CALLBACK, gm_conn_on_uri, h,
				      MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	/*
	 * On failure, libmicrohttpd 1.0 has closed the socket, 0.9 has not. Keeping k->fd closes it in both cases: no
	 * descriptor is opened in between, so a second close() does no harm.
	 */
	if (!h->mhd[nr])
		return gm_err(-EIO, "HTTP server on %s: libmicrohttpd did not start (-vv says why)", k->where);
	k->fd = -1;
	i = MHD_get_daemon_info(h->mhd[nr], MHD_DAEMON_INFO_EPOLL_FD);
	if (!i)
		return gm_err(-ENOTSUP, "HTTP server: this libmicrohttpd was built without epoll");
	return add_to_epoll(h, i->epoll_fd);
}

static int start_daemons(struct gm_httpd *h)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < h->socks.nr; i++)
		err = start_daemon(h, i);
	return err;
}

/* Loads the certificates of the options, or of the file that they name. */
static int load_security(struct gm_httpd *h, const struct gm_httpd_opts *o)
{
	struct gm_httpd_opts tls = *o;
	int err = o->config ? gm_web_config_load(&h->web, o->config) : 0;

	if (err)
		return err;
	if (h->web) {
		tls.cert = gm_web_config_cert(h->web);
		tls.key = gm_web_config_key(h->web);
		tls.client_ca = gm_web_config_client_ca(h->web);
	}
	return gm_tls_load(&h->tls, &tls);
}

static int open_server(struct gm_httpd *h, const struct gm_httpd_opts *o)
{
	int err;

	if (!o->path || o->path[0] != '/' || strpbrk(o->path, "?# "))
		return gm_err(-EINVAL, "HTTP server: the path must begin with '/': %s", o->path ? o->path : "");
	/* Dates in answers make libc read the time zone once: do it now, while the files can be read. */
	tzset();
	h->path = strdup(o->path);
	if (!h->path)
		return gm_errno(-ENOMEM, "HTTP server");
	err = load_security(h, o);
	if (!err)
		err = open_loop(h);
	if (!err)
		err = open_sockets(h, o);
	return err ? err : start_daemons(h);
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
	err = open_server(h, o);
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
 * Return how long to wait before the next run that libmicrohttpd requests. While a TLS handshake waits for the client,
 * libmicrohttpd (0.9.75, 1.0.1) requests to be called again at once: it does not note that there was nothing to read.
 * One such client would cause a busy loop. Real input wakes us by epoll, so after some runs without progress the pauses
 * grow.
 */
static uint64_t stall_backoff_ns(struct gm_httpd *h)
{
	if (!h->tls.on || h->has_progress) {
		h->stalls = 0;
		return 0;
	}
	if (h->stalls < STALLS + STALL_STEPS)
		h->stalls++;
	return h->stalls <= STALLS ? 0 : 1000000ull << (h->stalls - STALLS);
}

/* Return when libmicrohttpd must run even if no descriptor is readable; UINT64_MAX: never. */
static uint64_t next_due(struct gm_httpd *h, uint64_t now)
{
	uint64_t due = UINT64_MAX;
	MHD_UNSIGNED_LONG_LONG ms;

	for (unsigned int i = 0; i < h->socks.nr; i++) {
		if (MHD_get_timeout(h->mhd[i], &ms) == MHD_YES && now + ms * 1000000 < due)
			due = now + ms * 1000000;
	}
	return due > now ? due : now + stall_backoff_ns(h);
}

/* Sets the timer, which also makes its descriptor unreadable again after it expired. */
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

	h->has_progress = false;
	for (unsigned int i = 0; i < h->socks.nr; i++)
		MHD_run(h->mhd[i]);
	now = gm_now_ns();
	ours = gm_conns_expire(h, now);
	theirs = next_due(h, now);
	set_timer(h, ours < theirs ? ours : theirs);
}

/* Resuming does not make libmicrohttpd's descriptors readable, so the timer must. */
void gm_httpd_refreshed(struct gm_httpd *h, uint64_t nr)
{
	gm_bodies_set_sample(h, nr);
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
	 * Answers suspended requests, resumed requests that had no run yet, and requests that arrived since.
	 * libmicrohttpd aborts the process if it is stopped while a connection is suspended.
	 */
	h->closing = true;
	gm_conns_resume(h);
	if (h->socks.nr && h->mhd[h->socks.nr - 1]) /* else it was opened only in part */
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
	gm_web_config_free(h->web);
	gm_vec_release(&h->conns);
	gm_vec_release(&h->waiting);
	gm_vec_release(&h->bodies);
	free(h->path);
	free(h);
}
