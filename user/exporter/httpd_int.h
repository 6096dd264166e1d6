/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * httpd_int.h - what the files of the HTTP server share: httpd.c (open, run, close), httpd_listen.c (sockets),
 * httpd_conn.c (who is connected, and who has to go), httpd_body.c (bodies that several answers share),
 * httpd_answer.c (which answer), httpd_tls.c. Nobody else includes it, but tests do.
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

/* ---- sockets ---- */

#define GM_SOCKS_MAX	(2 * GM_LISTEN_MAX)	/* an address of both families has two */

struct gm_sock {
	int fd;			/* -1: libmicrohttpd has taken it over */
	char where[128];	/* "127.0.0.1:9917", "unix:/run/x.sock" */
	char *file;		/* a socket file of our making, else NULL */
	dev_t dev;
	ino_t ino;
};

struct gm_socks {
	struct gm_sock at[GM_SOCKS_MAX];
	unsigned int nr;
};

/* Listens where an address of struct gm_httpd_opts says, in one or two sockets. 0 or -errno, reported. */
int gm_socks_add(struct gm_socks *s, const char *address);
/* The sockets of LISTEN_FDS, and forgets the variables. 0 or -errno, reported. */
int gm_socks_systemd(struct gm_socks *s);
void gm_socks_release(struct gm_socks *s); /* closes, and removes the files that are still ours */

/* ---- TLS ---- */

struct gm_tls {
	bool on;
	struct gm_str cert, key, ca;	/* PEM; ca is empty when clients need no certificate */
};

/* Reads the files of o, all of them optional, and sees whether they fit. 0 or -errno, reported. */
int gm_tls_load(struct gm_tls *t, const struct gm_httpd_opts *o);
void gm_tls_release(struct gm_tls *t);
/* The options for libmicrohttpd, ended by MHD_OPTION_END: at most GM_TLS_OPTIONS. */
#define GM_TLS_OPTIONS	5
void gm_tls_options(const struct gm_tls *t, struct MHD_OptionItem *o);
/* Has c's session tell what passes, in h->moved. */
struct gm_conn;
void gm_tls_watch(struct gm_conn *c, struct MHD_Connection *mc);
/* Has the other side shown a certificate by the CA, for a client, and valid now? */
bool gm_tls_peer_ok(struct MHD_Connection *mc);

/* ---- bodies ---- */

/*
 * An answer's body and headers. A body of the newest picture is cached: any number of answers share it. When the
 * picture changes it is retired, and goes with the last answer that it is part of.
 */
struct gm_body {
	struct gm_httpd *h;
	struct gm_str text;
	struct MHD_Response *response;
	bool retired;
	bool doomed;		/* all who hold it have been told to go */
};

/* From now on bodies are made of the picture of this number; those of another one are retired. */
void gm_bodies_picture(struct gm_httpd *h, uint64_t nr);
/* The newest picture's body; NULL: no memory, or what makes it failed. */
struct gm_body *gm_body_metrics(struct gm_httpd *h, enum gm_format f, bool gzip);
/* The landing page: made for one answer. To be given back by gm_body_put() once queued. NULL as above. */
struct gm_body *gm_body_landing(struct gm_httpd *h);
void gm_body_put(struct gm_body *b);
void gm_bodies_retire(struct gm_httpd *h); /* nothing is cached any more */

/* ---- connections ---- */

#define GM_PATH_MAX	256	/* a longer path is none of ours */

struct gm_conn {
	struct gm_httpd *h;
	struct MHD_Connection *mc;
	int fd;				/* libmicrohttpd's; good until the connection is closed */
	uint64_t since_ns;		/* connected, or the last request completed */
	uint64_t completed;		/* requests */
	bool begun;			/* a request line has come since */
	bool bad_target;		/* its target is none (http_target.h) */
	/* it is suspended until the next picture, or was: it does not wait for another one */
	bool waited;
	char path[GM_PATH_MAX];		/* of it */
	enum { GM_PEER_UNKNOWN, GM_PEER_GOOD, GM_PEER_BAD } peer;
	const struct gm_body *body;	/* of the answer under way */
};

/* libmicrohttpd's notices: MHD_NotifyConnectionCallback, MHD_RequestCompletedCallback, and that of the URI. */
void gm_conn_notice(void *arg, struct MHD_Connection *mc, void **ctx, enum MHD_ConnectionNotificationCode code);
void gm_conn_completed(void *arg, struct MHD_Connection *mc, void **ctx, enum MHD_RequestTerminationCode code);
void *gm_conn_begun(void *arg, const char *uri, struct MHD_Connection *mc);
struct gm_conn *gm_conn_of(struct MHD_Connection *mc); /* NULL: no memory when it came */
/*
 * Suspends the connection of a request until the next sample. Meanwhile libmicrohttpd does not notice that the client
 * has closed it, or that we shut it down; it does when the connection is resumed. 0 or -ENOMEM.
 */
int gm_conn_wait(struct gm_conn *c);
void gm_conns_resume(struct gm_httpd *h); /* those that wait: the next MHD_run() asks for their answers again */
/* Connections whose deadline is over are shut down. Returns the next deadline, UINT64_MAX: none. */
uint64_t gm_conns_expire(struct gm_httpd *h, uint64_t now_ns);
/* Those that an answer with this body is under way to are shut down. */
void gm_conns_evict_body(struct gm_httpd *h, const struct gm_body *b);

/* ---- the server ---- */

struct gm_httpd_limits {
	unsigned int connections;	/* above it the longest waiting one goes */
	uint64_t deadline_ns;		/* from connect or the last completed request to the next completed one */
	size_t retired_bytes;		/* bodies under way beside the newest picture's */
};

struct gm_httpd {
	const struct gm_httpd_ops *ops;
	void *arg;
	char *path;
	struct gm_httpd_limits limits;
	int epoll, timer;
	struct gm_socks socks;
	struct MHD_Daemon *mhd[GM_SOCKS_MAX];	/* one a socket */
	struct gm_tls tls;
	/* struct gm_conn, longest waiting first; not those that were told to go */
	struct gm_vec conns;
	struct gm_vec waiting;			/* struct gm_conn, suspended; also some of those that were told to go */
	struct gm_vec bodies;			/* struct gm_body, all there are, oldest first */
	struct gm_body *cached[GM_FORMAT_NR][2];	/* [format][gzip] of the newest picture */
	uint64_t picture;
	bool closing;			/* no request waits any more */
	struct gm_httpd_stats stats;
	bool moved;				/* TLS: a byte came or went in this run */
	unsigned int stalls;			/* runs in a row that were asked for and moved nothing */
};

/* MHD_AccessHandlerCallback */
enum MHD_Result gm_httpd_answer(void *arg, struct MHD_Connection *mc, const char *url, const char *method,
				const char *version, const char *upload, size_t *upload_size, void **ctx);
/* For tests, which do not want to wait for 30 s. */
void gm_httpd_set_limits(struct gm_httpd *h, const struct gm_httpd_limits *l);

#endif
