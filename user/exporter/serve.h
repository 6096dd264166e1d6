/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * serve.h - runs gmem_exporter: metrics at each tick, for HTTP clients, for an OTLP receiver, for a file, or once for
 * stdout.
 *
 * The functions are called from the members of struct gm_tool: gm_serve_open() in prepare(), gm_serve_start() in
 * start(), then gm_serve_fd(), gm_serve_idle() and gm_serve_tick(), and gm_serve_close() in stop(). All that return int
 * return 0 or -errno, reported, except gm_serve_fd().
 */
#ifndef GM_EXPORTER_SERVE_H
#define GM_EXPORTER_SERVE_H

#include "base/log.h"
#include "session/session.h"
#include "exporter/httpd.h"
#include "exporter/metrics.h"
#include "exporter/push.h"

/* Levels of --log.level, by the names of other exporters. UNSET: as -v says, else info. */
enum gm_serve_log { GM_SERVE_LOG_UNSET, GM_SERVE_LOG_ERROR, GM_SERVE_LOG_WARN, GM_SERVE_LOG_INFO, GM_SERVE_LOG_DEBUG };
const char *gm_serve_log_name(unsigned int i);	      /* UNSET has no name */
const char *gm_serve_log_format_name(unsigned int i); /* of enum gm_log_format */

struct gm_serve_opts {
	struct gm_metrics_opts metrics;
	struct gm_httpd_opts http;	/* ops and arg are set by gm_serve_open() */
	struct gm_push_opts push;	/* url NULL: no push */
	const char *textfile;		/* path, or NULL */
	bool once;			/* print the last tick's metrics to stdout, in this format */
	enum gm_format format;
	bool no_http;
	bool no_sandbox;
	enum gm_serve_log log_level;
	enum gm_log_format log_format;
};

struct gm_serve;
/*
 * Opens the listening sockets before the source, so that a port in use is reported at once. On failure *out may be set;
 * the caller closes it. o is kept.
 */
int gm_serve_open(struct gm_serve **out, struct gm_session *s, const struct gm_serve_opts *o);
int gm_serve_start(struct gm_serve *v);	   /* drops all privileges, unless it prints once */
int gm_serve_fd(const struct gm_serve *v); /* when readable, call gm_serve_idle(). -1: nothing to wait for */
/* Handles HTTP requests and pushes that are due. Always 0. */
int gm_serve_idle(struct gm_serve *v);
/* Updates the metrics; writes the file, pushes, or prints, as the options require. */
int gm_serve_tick(struct gm_serve *v, bool last);
/* Answers waiting requests, sends waiting batches (for 2 s at most), then closes and frees. NULL is allowed. */
void gm_serve_close(struct gm_serve *v);

#endif
