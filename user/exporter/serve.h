/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * serve.h - gmem_exporter's run: metrics at each tick, given to whoever asks (HTTP), to a receiver (OTLP), to a file,
 * or to stdout once.
 */
#ifndef GM_EXPORTER_SERVE_H
#define GM_EXPORTER_SERVE_H

#include "session/session.h"
#include "exporter/httpd.h"
#include "exporter/metrics.h"
#include "exporter/push.h"

struct gm_serve_opts {
	struct gm_metrics_opts metrics;
	struct gm_httpd_opts http;	/* ops and arg are filled in here */
	struct gm_push_opts push;	/* url NULL: none */
	const char *textfile;		/* NULL: none */
	bool once;			/* the last tick's picture to stdout, in this format */
	enum gm_format format;
	bool no_http;
	bool no_sandbox;
};

struct gm_serve;
/* Before the source is open: listens, so that a port in use is told at once. 0 or -errno, reported. o is kept. */
int gm_serve_open(struct gm_serve **out, struct gm_session *s, const struct gm_serve_opts *o);
int gm_serve_start(struct gm_serve *v);	   /* the source is open: gives up all privileges, unless it prints once */
int gm_serve_fd(const struct gm_serve *v); /* readable: gm_serve_idle(). -1: nobody to wait for */
int gm_serve_idle(struct gm_serve *v);
int gm_serve_tick(struct gm_serve *v, bool last);
void gm_serve_close(struct gm_serve *v); /* NULL allowed */

#endif
