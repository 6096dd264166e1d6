/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * httpd_int.h - shared by the files of the HTTP server and their tests: httpd.c (open, run, close), httpd_listen.c
 * (sockets), httpd_conn.c (connections and their eviction), httpd_body.c (bodies that several answers share),
 * httpd_answer.c (choice of the answer), httpd_tls.c.
 */
#ifndef GM_EXPORTER_HTTPD_INT_H
#define GM_EXPORTER_HTTPD_INT_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/str.h"
#include "base/vec.h"
#include "exporter/httpd.h"
#include "exporter/metrics.h"
#include "exporter/web_config.h"

/* ---- sockets ---- */

#define GM_SOCKS_MAX	(2 * GM_LISTEN_MAX)	/* an address for IPv4 and IPv6 has two */

struct gm_sock {
	int fd;			/* -1: owned by libmicrohttpd */
	char where[128];	/* "127.0.0.1:9917", "unix:/run/x.sock" */
	char *file;		/* path of a socket file that this process created, else NULL */
	dev_t dev;
	ino_t ino;
};

struct gm_socks {
	struct gm_sock at[GM_SOCKS_MAX];
	unsigned int nr;
};

/* Listens on an address in the form of struct gm_httpd_opts, with one or two sockets. 0 or -errno, reported. */
int gm_socks_add(struct gm_socks *s, const char *address);
/* Adds the sockets of LISTEN_FDS and unsets the variables. 0 or -errno, reported. */
int gm_socks_systemd(struct gm_socks *s);
void gm_socks_release(struct gm_socks *s); /* closes the sockets, removes the files that are still ours */

/* ---- TLS ---- */

struct gm_tls {
	bool on;
	struct gm_str cert, key, ca;	/* contents of PEM files; ca is empty if clients need no certificate */
};

/* Reads the files of o, all optional, and checks that they match. 0 or -errno, reported. */
int gm_tls_load(struct gm_tls *t, const struct gm_httpd_opts *o);
/* Frees the contents. */
void gm_tls_release(struct gm_tls *t);
/* Fills o with the TLS options for libmicrohttpd, ended by MHD_OPTION_END: GM_TLS_OPTIONS entries at most. */
#define GM_TLS_OPTIONS	5
void gm_tls_options(const struct gm_tls *t, struct MHD_OptionItem *o);
/* Sets h->has_progress from now on when bytes pass through c's TLS session. */
struct gm_conn;
void gm_tls_track_progress(struct gm_conn *c, struct MHD_Connection *mc);
/* Return true if the peer has a certificate by the CA, for a client, and valid now. */
bool gm_tls_is_peer_valid(struct MHD_Connection *mc);

/* ---- bodies ---- */

/*
 * An answer's body and headers. A body of the newest sample is cached and shared by any number of answers. When a newer
 * sample comes, the body is retired, and freed with the last answer that uses it.
 */
struct gm_body {
	struct gm_httpd *h;
	struct gm_str text;
	struct MHD_Response *response;
	bool retired;
	bool is_evicted;	/* all connections that use it have been shut down */
};

/* Sets the sample that bodies are rendered from; bodies of another sample are retired. */
void gm_bodies_set_sample(struct gm_httpd *h, uint64_t nr);
/* Return the newest sample's body, rendered if needed; NULL: no memory, or rendering failed. */
struct gm_body *gm_body_metrics(struct gm_httpd *h, enum gm_format f, bool gzip);
/*
 * Return a landing page for one answer; release it by gm_body_release() when the answer is queued. NULL: no memory, or
 * rendering failed.
 */
struct gm_body *gm_body_landing(struct gm_httpd *h);
void gm_body_release(struct gm_body *b);
void gm_bodies_retire(struct gm_httpd *h); /* empties the cache */

/* ---- connections ---- */

#define GM_PATH_MAX	256	/* bytes stored of a path; a longer path matches no page */

struct gm_conn {
	struct gm_httpd *h;
	struct MHD_Connection *mc;
	int fd;				/* owned by libmicrohttpd, valid until the connection is closed */
	uint64_t since_ns;		/* time of connect, or of the last completed request */
	uint64_t completed;		/* completed requests */
	bool begun;			/* a request line has arrived since then */
	bool bad_target;		/* its target is invalid (http_target.h) */
	/* the request is suspended until the next sample, or was: it does not wait again */
	bool waited;
	char path[GM_PATH_MAX];		/* path of the request */
	enum { GM_PEER_UNKNOWN, GM_PEER_GOOD, GM_PEER_BAD } peer;
	const struct gm_body *body;	/* body of the answer being sent */
};

/*
 * Callbacks for libmicrohttpd: MHD_NotifyConnectionCallback, MHD_RequestCompletedCallback, and that of
 * MHD_OPTION_URI_LOG_CALLBACK.
 */
void gm_conn_on_notify(void *arg, struct MHD_Connection *mc, void **ctx, enum MHD_ConnectionNotificationCode code);
void gm_conn_on_completed(void *arg, struct MHD_Connection *mc, void **ctx, enum MHD_RequestTerminationCode code);
void *gm_conn_on_uri(void *arg, const char *uri, struct MHD_Connection *mc);
struct gm_conn *gm_conn_of(struct MHD_Connection *mc); /* NULL: no memory when it connected */
/*
 * Suspends the connection of a request until the next sample. While it is suspended, libmicrohttpd notices neither that
 * the client closed it nor that we shut it down; it does when the connection is resumed. 0 or -ENOMEM.
 */
int gm_conn_suspend(struct gm_conn *c);
/* resumes all waiting connections: the next MHD_run() asks for their answers again */
void gm_conns_resume(struct gm_httpd *h);
/* Shuts down connections past their deadline. Return the next deadline; UINT64_MAX: none. */
uint64_t gm_conns_expire(struct gm_httpd *h, uint64_t now_ns);
/* Shuts down all connections to which this body is being sent. */
void gm_conns_evict_body(struct gm_httpd *h, const struct gm_body *b);

/* ---- the server ---- */

struct gm_httpd_limits {
	unsigned int connections;	/* limit; above it the connection with the oldest since_ns is closed */
	uint64_t deadline_ns;		/* from connect or the last completed request to the next completed one */
	size_t retired_bytes;		/* limit of bodies still being sent that are older than the newest sample */
};

struct gm_httpd {
	const struct gm_httpd_ops *ops;
	void *arg;
	char *path;
	struct gm_httpd_limits limits;
	int epoll, timer;
	struct gm_socks socks;
	struct MHD_Daemon *mhd[GM_SOCKS_MAX];	/* one per socket */
	struct gm_tls tls;
	struct gm_web_config *web;	/* NULL: none */
	/* struct gm_conn, sorted by since_ns; without connections that were shut down */
	struct gm_vec conns;
	struct gm_vec waiting;			/* struct gm_conn, suspended; some may be shut down */
	struct gm_vec bodies;			/* all struct gm_body, oldest first */
	struct gm_body *cached[GM_FORMAT_NR][2];	/* [format][gzip], of the newest sample */
	uint64_t sample_nr;
	bool closing;			/* requests are no longer made to wait */
	struct gm_httpd_stats stats;
	bool has_progress;			/* TLS: a byte was received or sent in this run */
	/* consecutive runs that libmicrohttpd requested and that moved no byte */
	unsigned int stalls;
};

/* The MHD_AccessHandlerCallback: queues an answer, or suspends the connection. */
enum MHD_Result gm_httpd_answer(void *arg, struct MHD_Connection *mc, const char *url, const char *method,
				const char *version, const char *upload, size_t *upload_size, void **ctx);
/* Replaces the limits, for tests, which cannot wait for 30 s. */
void gm_httpd_set_limits(struct gm_httpd *h, const struct gm_httpd_limits *l);

#endif
