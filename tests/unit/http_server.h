/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * http_server.h - a peer for clients under test: listens on loopback, keeps what it is asked, answers by a script,
 * well or badly. It never blocks; a test drives it together with the client, or gives it a thread.
 */
#ifndef GM_TESTS_HTTP_SERVER_H
#define GM_TESTS_HTTP_SERVER_H

#include "unit.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

enum deed {
	SAY,		/* the text, and the connection stays */
	SAY_CLOSE,	/* the text, and the connection ends */
	HOLD,		/* the text, and nothing more */
	FLOOD,		/* the text, then more and more */
};

struct reply {
	enum deed deed;
	const char *text;
	size_t len;		/* 0: strlen */
	const char *more;
};

struct request {
	char head[4096];
	uint8_t *body;
	size_t len;
};

#define CONN_MAX 8
#define REQUEST_MAX 128

struct conn {
	int fd;			/* -1: free */
	char *in;
	size_t len, cap;
	const struct reply *flood;
};

struct server {
	int fd;
	unsigned int port;
	struct conn conn[CONN_MAX];
	const struct reply *script;	/* the last one goes on for ever */
	size_t script_nr;
	struct request req[REQUEST_MAX];
	size_t req_nr;
	unsigned int accepted;
	unsigned int begun_max;		/* requests at the same time */
	size_t flooded;
};

/* ---- set-up ---- */

/* The port is ours from now on; nobody listens there yet. */
static inline void server_bind(struct server *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	memset(s, 0, sizeof(*s));
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
	s->port = ntohs(a.sin_port);
	for (int i = 0; i < CONN_MAX; i++)
		s->conn[i].fd = -1;
}

static inline void server_listen(struct server *s)
{
	assert_int_equal(listen(s->fd, 16), 0);
}

static inline void server_script(struct server *s, const struct reply *script, size_t nr)
{
	s->script = script;
	s->script_nr = nr;
}

static inline void server_close_conn(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->len = 0;
	c->flood = NULL;
}

static inline void server_release(struct server *s)
{
	for (int i = 0; i < CONN_MAX; i++) {
		server_close_conn(&s->conn[i]);
		free(s->conn[i].in);
	}
	for (size_t i = 0; i < s->req_nr; i++)
		free(s->req[i].body);
	close(s->fd);
}

/* ---- requests ---- */

/* A header's value of a request, or NULL; in a buffer that the next call uses again. */
static inline const char *request_header(const struct request *r, const char *name)
{
	static char value[1024];
	size_t n = strlen(name);
	const char *p = r->head;

	while ((p = strstr(p, "\r\n")) && p[2]) {
		p += 2;
		if (strncasecmp(p, name, n) || p[n] != ':')
			continue;
		snprintf(value, sizeof(value), "%.*s", (int)(strcspn(p, "\r\n") - n - 2), p + n + 2);
		return value;
	}
	return NULL;
}

static inline void server_answer(struct server *s, struct conn *c)
{
	size_t i = s->req_nr - 1 < s->script_nr ? s->req_nr - 1 : s->script_nr - 1;
	const struct reply *r = &s->script[i];
	size_t len = r->len ? r->len : strlen(r->text);

	if (len)
		assert_int_equal(send(c->fd, r->text, len, MSG_NOSIGNAL), len);
	if (r->deed == SAY_CLOSE)
		server_close_conn(c);
	else if (r->deed == FLOOD)
		c->flood = r;
}

/* Takes one whole request out of what came in; false: there is none yet. */
static inline bool server_take(struct server *s, struct conn *c)
{
	struct request *r = &s->req[s->req_nr];
	const char *end = memmem(c->in, c->len, "\r\n\r\n", 4), *length;
	size_t head, body;

	if (!end)
		return false;
	head = (size_t)(end - c->in) + 4;
	assert_true(s->req_nr < REQUEST_MAX && head < sizeof(r->head));
	memcpy(r->head, c->in, head);
	r->head[head] = '\0';
	length = request_header(r, "Content-Length");
	body = length ? strtoul(length, NULL, 10) : 0;
	if (c->len < head + body)
		return false;
	r->body = malloc(body + 1);
	memcpy(r->body, c->in + head, body);
	r->len = body;
	c->len -= head + body;
	memmove(c->in, c->in + head + body, c->len);
	s->req_nr++;
	return true;
}

static inline void server_read(struct server *s, struct conn *c)
{
	ssize_t n;

	if (c->cap - c->len < 1 << 16) {
		c->cap = 2 * c->cap + (1 << 16);
		c->in = realloc(c->in, c->cap);
		assert_non_null(c->in);
	}
	n = recv(c->fd, c->in + c->len, c->cap - c->len, MSG_DONTWAIT);
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			server_close_conn(c);
		return;
	}
	c->len += (size_t)n;
	while (c->fd >= 0 && server_take(s, c))
		server_answer(s, c);
}

static inline void server_flood(struct server *s, struct conn *c)
{
	ssize_t n;

	for (int i = 0; i < 64; i++) {
		n = send(c->fd, c->flood->more, strlen(c->flood->more), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			server_close_conn(c);
		if (n < 0)
			return;
		s->flooded += (size_t)n;
	}
}

static inline void server_accept(struct server *s)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);

	for (int i = 0; fd >= 0 && i < CONN_MAX; i++)
		if (s->conn[i].fd < 0) {
			s->conn[i].fd = fd;
			s->accepted++;
			return;
		}
	assert_true(fd < 0);
}

/* ---- driving it ---- */

/* Fills CONN_MAX + 1 of them. */
static inline void server_fds(const struct server *s, struct pollfd *f)
{
	f[CONN_MAX] = (struct pollfd){ s->fd, POLLIN, 0 };
	for (int i = 0; i < CONN_MAX; i++)
		f[i] = (struct pollfd){ s->conn[i].fd, (short)(s->conn[i].flood ? POLLIN | POLLOUT : POLLIN), 0 };
}

static inline void server_step(struct server *s, const struct pollfd *f)
{
	unsigned int begun = 0;

	for (int i = 0; i < CONN_MAX; i++) {
		if (f[i].fd >= 0 && f[i].revents & (POLLIN | POLLERR | POLLHUP))
			server_read(s, &s->conn[i]);
		if (s->conn[i].flood && f[i].revents & POLLOUT)
			server_flood(s, &s->conn[i]);
		begun += s->conn[i].len > 0;
	}
	if (begun > s->begun_max)
		s->begun_max = begun;
	if (f[CONN_MAX].revents & POLLIN)
		server_accept(s);
}

#endif
