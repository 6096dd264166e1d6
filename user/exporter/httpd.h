/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * httpd.h - the exporter's HTTP server, on libmicrohttpd. Nothing here blocks, and no thread is made.
 *
 * Call gm_httpd_open(), then gm_httpd_run() whenever gm_httpd_fd() is readable and gm_httpd_refreshed() after each
 * sample, then gm_httpd_close(). All from one thread.
 *
 * The resources of clients are limited: connections, bytes of a request, time for a request to arrive and for an answer
 * to be sent, memory of answers being sent. A body is rendered once per sample and format, however many requests need
 * it. When a limit is reached, the slowest connection is closed, not the newest.
 */
#ifndef GM_EXPORTER_HTTPD_H
#define GM_EXPORTER_HTTPD_H

#include <stdbool.h>
#include <stdint.h>
#include "base/str.h"
#include "exporter/metrics.h"

#define GM_LISTEN_MAX	8

/*
 * Callbacks that produce the answers; called from gm_httpd_run(). All are required. Lack of memory is in the text's
 * err: the client gets a 500.
 */
struct gm_httpd_ops {
	/*
	 * Return true if the last sample is recent enough to answer with; *nr is its number. Return false after
	 * requesting a new sample: the request then waits for gm_httpd_refreshed(), however long that takes.
	 */
	bool (*fresh)(void *arg, uint64_t *nr);
	void (*render)(void *arg, enum gm_format f, struct gm_str *out);	/* from the last sample */
	bool (*ready)(void *arg, const char **why);	/* why: one line, set if not ready */
	void (*landing)(void *arg, struct gm_str *html);
};

struct gm_httpd_opts {
	/*
	 * "127.0.0.1:9917", "[::1]:9917", "localhost:9917" or ":9917" (all addresses), the last two for IPv4 and IPv6;
	 * "unix:/run/x.sock"
	 */
	const char *listen[GM_LISTEN_MAX];
	unsigned int listen_nr;
	bool systemd;			/* use the sockets of LISTEN_FDS instead (sd_listen_fds(3)) */
	const char *cert, *key;		/* TLS on all sockets: PEM files, read once; NULL: plain */
	/* PEM file: clients without a certificate signed by this CA get 403; NULL: clients need no certificate */
	const char *client_ca;
	const char *config;		/* file of web_config.h, read once; NULL: none. Excludes cert, key, client_ca */
	const char *path;		/* "/metrics" */
	const struct gm_httpd_ops *ops;
	void *arg;
};

struct gm_httpd_stats {
	uint64_t connections;		/* open now */
	uint64_t requests;		/* requests answered, with any status; invalid HTTP is not counted */
	/*
	 * Connections that the server closed: too slow with a request or with reading its answer, or to make room for
	 * others. Not connections that were idle for too long after a request: that is their normal end.
	 */
	uint64_t evicted;
};

struct gm_httpd;
/*
 * Opens the listening sockets. Returns 0; -errno, reported: wrong address, port in use, a certificate that cannot be
 * read, TLS not built in; *out is then NULL. The path is copied; ops and arg must stay valid. The caller must ignore
 * SIGPIPE.
 */
int gm_httpd_open(struct gm_httpd **out, const struct gm_httpd_opts *o);
int gm_httpd_fd(const struct gm_httpd *h); /* when readable, call gm_httpd_run() */
void gm_httpd_run(struct gm_httpd *h);	   /* handles all that is due now, deadlines included */
/*
 * Announces a new sample with this number. The next gm_httpd_run(), which is due at once, answers the requests that
 * wait for it.
 */
void gm_httpd_refreshed(struct gm_httpd *h, uint64_t nr);
/* Copies the current counters to out. */
void gm_httpd_stats(const struct gm_httpd *h, struct gm_httpd_stats *out);
/* Appends the listening addresses as URLs or "unix:PATH", one per line, for messages (port 0 as the assigned port). */
void gm_httpd_where(const struct gm_httpd *h, struct gm_str *out);
/*
 * Closes the server; NULL is allowed. Requests that still wait are answered with the last sample. Removes the server's
 * unix sockets if that is still permitted; otherwise the next server on that path removes them.
 */
void gm_httpd_close(struct gm_httpd *h);

#endif
