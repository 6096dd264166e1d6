/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * httpd_world.h - an HTTP server with something to serve, and clients in the same thread: a client waits by letting
 * the server run. Nothing sleeps; what does not come within PATIENCE_NS fails. w_group() runs the tests of a file
 * twice: a picture is always young enough, or each request waits for one.
 */
#ifndef GM_TESTS_HTTPD_WORLD_H
#define GM_TESTS_HTTPD_WORLD_H

#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "base/log.h"
#include "base/clock.h"
#include "base/str.h"
#include "exporter/httpd.h"
#include "exporter/httpd_int.h"
#include "exporter/metrics.h"

#define PATIENCE_NS	20000000000ull	/* with sanitizers, on a busy machine */

/* Stand-ins that do what these tests need of metrics.h, for a tree without it. */
#if !__has_include("exporter/metrics.c")
const char *gm_format_type(enum gm_format f)
{
	static const char *const types[] = {
		"text/plain; version=0.0.4",
		"application/openmetrics-text; version=1.0.0",
		"application/vnd.google.protobuf",
		"",
	};

	return types[f];
}

enum gm_format gm_format_negotiate(const char *accept)
{
	if (accept && strstr(accept, "openmetrics"))
		return GM_FORMAT_OPENMETRICS;
	return accept && strstr(accept, "protobuf") ? GM_FORMAT_PROTOBUF : GM_FORMAT_TEXT;
}

bool gm_accepts_gzip(const char *accept_encoding)
{
	return accept_encoding && strstr(accept_encoding, "gzip");
}
#endif

/* ---- the server ---- */

struct world {
	struct gm_httpd *h;
	uint16_t port;			/* of its first socket */
	uint64_t picture;
	unsigned int looks, renders[GM_FORMAT_NR];
	bool asked;			/* for a picture: requests wait */
	bool holds;			/* no picture comes until the test gives one */
	size_t body_bytes;		/* at least */
	bool mute, fails;		/* render: nothing; no memory */
	const char *not_ready;
};

static bool w_stale;	/* no picture is young enough */

static bool w_fresh(void *arg, uint64_t *nr)
{
	struct world *w = arg;

	w->looks++;
	w->asked |= w_stale;
	*nr = w->picture;
	return !w_stale;
}

/*
 * What a session does when its tool's descriptor is readable: once the server has run comes the picture that it asked
 * for.
 */
static void w_run(struct world *w)
{
	gm_httpd_run(w->h);
	if (w->asked && !w->holds) {
		w->asked = false;
		gm_httpd_refreshed(w->h, w->picture);
	}
}

static inline int w_group(const struct CMUnitTest *tests, size_t nr, CMFixtureFunction setup,
			  CMFixtureFunction teardown)
{
	int failed = _cmocka_run_group_tests("fresh", tests, nr, setup, teardown);

	w_stale = true;
	return failed + _cmocka_run_group_tests("stale", tests, nr, setup, teardown);
}

static void w_body(const struct world *w, enum gm_format f, struct gm_str *out)
{
	char lines[4096];
	size_t len = 0;

	gm_str_printf(out, "format %d of picture %u\n", f, (unsigned int)w->picture);
	for (unsigned int i = 0; len < sizeof(lines) - 40; i++)
		len += (size_t)snprintf(lines + len, 40, "line{nr=\"%u\"} %u\n", i, i * 2654435761u);
	while (out->len < w->body_bytes)
		gm_str_add(out, lines, len);
}

static void w_render(void *arg, enum gm_format f, struct gm_str *out)
{
	struct world *w = arg;

	w->renders[f]++;
	if (!w->mute)
		w_body(w, f, out);
	if (w->fails)
		out->err = -ENOMEM;
}

static bool w_ready(void *arg, const char **why)
{
	struct world *w = arg;

	*why = w->not_ready;
	return !w->not_ready;
}

static void w_landing(void *arg, struct gm_str *html)
{
	struct world *w = arg;

	gm_str_puts(html, "<!DOCTYPE html><title>landing</title>");
	while (html->len < w->body_bytes)
		gm_str_puts(html, "<p>...");
	if (w->fails)
		html->err = -ENOMEM;
}

static const struct gm_httpd_ops w_ops = { w_fresh, w_render, w_ready, w_landing };

/* Fills in what o leaves out. */
static int w_try(struct world *w, struct gm_httpd_opts o)
{
	struct gm_str where = { 0 };
	const char *colon;
	int err;

	o.ops = &w_ops;
	o.arg = w;
	o.path = o.path ? o.path : "/metrics";
	err = gm_httpd_open(&w->h, &o);
	if (err)
		return err;
	gm_httpd_where(w->h, &where);
	colon = strrchr(where.s, ':');
	w->port = colon ? (uint16_t)strtoul(colon + 1, NULL, 10) : 0;
	gm_str_release(&where);
	return 0;
}

static inline void w_open(struct world *w)
{
	*w = (struct world){ .picture = 1 };
	assert_int_equal(w_try(w, (struct gm_httpd_opts){ .listen = { "127.0.0.1:0" }, .listen_nr = 1 }), 0);
	assert_int_not_equal(w->port, 0);
}

static inline void w_close(struct world *w)
{
	gm_httpd_close(w->h);
}

static struct gm_httpd_stats w_stats(const struct world *w)
{
	struct gm_httpd_stats s;

	gm_httpd_stats(w->h, &s);
	return s;
}

/* Lets the server do what it has to; waits for that, or for the client, a short time. */
static void w_step(struct world *w, int fd, short events)
{
	struct pollfd p[] = { { .fd = gm_httpd_fd(w->h), .events = POLLIN }, { .fd = fd, .events = events } };

	assert_true(poll(p, 2, 100) >= 0);
	if (p[0].revents)
		w_run(w);
}

#define w_until(w, condition) do {							\
	uint64_t until_ = gm_now_ns() + PATIENCE_NS;					\
											\
	while (!(condition)) {								\
		if (gm_now_ns() > until_)						\
			fail_msg("did not come: %s", #condition);			\
		w_step(w, -1, 0);							\
	}										\
} while (0)

/* All that is due soon has been done: the server need not be woken. */
static inline void w_settle(struct world *w)
{
	struct pollfd p = { .fd = gm_httpd_fd(w->h), .events = POLLIN };
	uint64_t until = gm_now_ns() + PATIENCE_NS;

	while (poll(&p, 1, 20)) {
		assert_true(gm_now_ns() < until);
		w_run(w);
	}
}

/* ---- clients ---- */

static int w_socket(int family, const void *to, socklen_t len)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, to, len), 0); /* the kernel's queue is enough */
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static int w_connect(const struct world *w)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(w->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return w_socket(AF_INET, &to, sizeof(to));
}

/* A client that takes little at a time. */
static inline int w_connect_slow(const struct world *w)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(w->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), bytes = 4096;

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

/* The server may have closed it already, and may have to read before more fits. */
static void w_send(struct world *w, int fd, const void *data, size_t len)
{
	uint64_t until = gm_now_ns() + PATIENCE_NS;
	size_t done = 0;

	while (done < len) {
		ssize_t n = send(fd, (const char *)data + done, len - done, MSG_NOSIGNAL);

		assert_true(gm_now_ns() < until);
		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			w_step(w, fd, POLLOUT);
		else
			return;
	}
}

static inline void w_puts(struct world *w, int fd, const char *text)
{
	w_send(w, fd, text, strlen(text));
}

/* One answer. */
struct reply {
	int status;		/* 0: the connection ended before one came */
	struct gm_str head;	/* with its end */
	struct gm_str text;	/* the body */
	const char *body;	/* text, "" for none */
	size_t body_len;
	bool closed;		/* the connection ended before it was whole */
};

/* A field of the head, or NULL; good until the next call. */
static const char *r_header(const struct reply *r, const char *name)
{
	static char value[256];
	size_t len = strlen(name);
	const char *line = r->head.s;

	while (line && (line = strstr(line, "\r\n"))) {
		line += 2;
		if (!strncasecmp(line, name, len) && line[len] == ':') {
			line += len + 1 + (line[len + 1] == ' ');
			snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, "\r"), line);
			return value;
		}
	}
	return NULL;
}

/* How many bytes are missing: one, as long as the head has no end, for another answer could follow. */
static size_t r_missing(const struct reply *r, bool head_only)
{
	const char *length;

	if (r->head.len < 4 || memcmp(r->head.s + r->head.len - 4, "\r\n\r\n", 4))
		return 1;
	length = r_header(r, "Content-Length");
	return length && !head_only ? strtoul(length, NULL, 10) - r->text.len : 0;
}

static void r_add(struct reply *r, const char *part, size_t len)
{
	bool in_body = r->head.len >= 4 && !memcmp(r->head.s + r->head.len - 4, "\r\n\r\n", 4);

	gm_str_add(in_body ? &r->text : &r->head, part, len);
}

static void r_finish(struct reply *r, bool whole)
{
	r->closed = !whole;
	r->status = r->head.len > strlen("HTTP/1.1 ") ? atoi(r->head.s + strlen("HTTP/1.1 ")) : 0;
	r->body = r->text.s ? r->text.s : "";
	r->body_len = r->text.len;
}

/* Reads one answer, or what has come of it when the connection ends. head_only: to a HEAD. */
static inline void w_reply(struct world *w, int fd, struct reply *r, bool head_only)
{
	uint64_t until = gm_now_ns() + PATIENCE_NS;
	char part[65536];
	size_t missing;
	ssize_t n = 1;

	*r = (struct reply){ 0 };
	while (n && (missing = r_missing(r, head_only))) {
		n = recv(fd, part, missing < sizeof(part) ? missing : sizeof(part), 0);
		assert_true(gm_now_ns() < until);
		if (n > 0)
			r_add(r, part, (size_t)n);
		else if (n < 0 && errno == EAGAIN)
			w_step(w, fd, POLLIN);
		else
			n = 0;
	}
	r_finish(r, n);
}

static inline void r_release(struct reply *r)
{
	gm_str_release(&r->head);
	gm_str_release(&r->text);
}

/* Does the server end it? What comes before is thrown away. */
static inline bool w_ends(struct world *w, int fd)
{
	uint64_t until = gm_now_ns() + PATIENCE_NS;
	char part[65536];
	ssize_t n;

	while ((n = recv(fd, part, sizeof(part), 0)) > 0 || (n < 0 && errno == EAGAIN)) {
		if (gm_now_ns() > until)
			return false;
		if (n < 0)
			w_step(w, fd, POLLIN);
	}
	return true;
}

/* A request of its own connection; fields: more lines of its head, each with its end. */
static inline void w_ask(struct world *w, struct reply *r, const char *method, const char *path, const char *fields)
{
	struct gm_str text = { 0 };
	int fd = w_connect(w);

	gm_str_printf(&text, "%s %s HTTP/1.1\r\nHost: test\r\n%s\r\n", method, path, fields);
	w_send(w, fd, text.s, text.len);
	w_reply(w, fd, r, !strcmp(method, "HEAD"));
	gm_str_release(&text);
	close(fd);
}

static inline int w_status(struct world *w, const char *path)
{
	struct reply r;
	int status;

	w_ask(w, &r, "GET", path, "");
	status = r.status;
	r_release(&r);
	return status;
}

#define GET_METRICS "GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n"

#endif
