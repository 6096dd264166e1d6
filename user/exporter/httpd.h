/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * httpd.h - the exporter's HTTP server, on libmicrohttpd. Nothing here blocks, no thread is made: the caller waits
 * for the descriptor and calls gm_httpd_run().
 *
 * What a client can cost is bounded: connections, bytes of a request, how long a request may take to come and an
 * answer to go, memory of answers under way. A body is made once a picture and format, however many ask for it. When
 * a bound is reached, the slowest connection goes, not the newest.
 */
#ifndef GM_EXPORTER_HTTPD_H
#define GM_EXPORTER_HTTPD_H

#include <stdbool.h>
#include <stdint.h>
#include "base/str.h"
#include "exporter/metrics.h"

#define GM_LISTEN_MAX	8

/*
 * What is served; called from gm_httpd_run(). All must be there. Lack of memory is in the text's err: the client gets
 * a 500.
 */
struct gm_httpd_ops {
	/*
	 * True: the last sample is young enough to answer with; *nr is its number. False: a new sample was asked for,
	 * and the request waits until gm_httpd_refreshed(), however long that takes.
	 */
	bool (*fresh)(void *arg, uint64_t *nr);
	void (*render)(void *arg, enum gm_format f, struct gm_str *out);	/* of that picture */
	bool (*ready)(void *arg, const char **why);	/* why: one line, when not */
	void (*landing)(void *arg, struct gm_str *html);
};

struct gm_httpd_opts {
	/*
	 * "127.0.0.1:9917", "[::1]:9917", "localhost:9917" and ":9917" (all addresses): both families;
	 * "unix:/run/x.sock"
	 */
	const char *listen[GM_LISTEN_MAX];
	unsigned int listen_nr;
	bool systemd;			/* take the sockets of LISTEN_FDS instead (sd_listen_fds(3)) */
	const char *cert, *key;		/* TLS on all sockets: PEM files, read once; NULL: plain */
	/* PEM file: clients must show a certificate by it, or get 403; NULL: need not */
	const char *client_ca;
	const char *path;		/* "/metrics" */
	const struct gm_httpd_ops *ops;
	void *arg;
};

struct gm_httpd_stats {
	uint64_t connections;		/* open now */
	uint64_t requests;		/* answered, with whatever status; what is no HTTP is not counted */
	/*
	 * Closed by us: too slow with a request, or with reading its answer; others needed the place, or the memory.
	 * Not those that rested for too long after a request: that is how connections end.
	 */
	uint64_t evicted;
};

struct gm_httpd;
/*
 * Listens. 0 or -errno, reported: no such address, port in use, a certificate that cannot be read, TLS not built in.
 * The path is copied, ops and arg are kept. SIGPIPE is to be ignored by the caller.
 */
int gm_httpd_open(struct gm_httpd **out, const struct gm_httpd_opts *o);
int gm_httpd_fd(const struct gm_httpd *h); /* readable: call gm_httpd_run() */
void gm_httpd_run(struct gm_httpd *h);	   /* all that is due now, deadlines as well */
/*
 * There is a new sample, of this number. The next gm_httpd_run(), which is due at once, answers the requests that
 * wait for it.
 */
void gm_httpd_refreshed(struct gm_httpd *h, uint64_t nr);
void gm_httpd_stats(const struct gm_httpd *h, struct gm_httpd_stats *out);
/* Where it listens, as URLs or "unix:PATH", one a line: for messages (port 0 told as the one that was given). */
void gm_httpd_where(const struct gm_httpd *h, struct gm_str *out);
/*
 * NULL allowed. Requests that still wait are answered with the last sample. Removes its unix sockets where that is
 * still allowed; otherwise the next server that listens there removes them.
 */
void gm_httpd_close(struct gm_httpd *h);

#endif
