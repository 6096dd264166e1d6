// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * httpd_conn.c - connections of the HTTP server and their eviction. libmicrohttpd's own timeout restarts with each
 * byte, so a client that sends single bytes never times out; and at its connection limit it accepts nobody, so the
 * first clients keep others out. Here the deadline counts from one completed request to the next, and at the limit the
 * connection that has waited longest is evicted.
 *
 * A connection is closed by shutting its socket down: libmicrohttpd sees a hang-up, closes it and releases the body.
 */
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "exporter/http_target.h"
#include "exporter/httpd_int.h"

struct gm_conn *gm_conn_of(struct MHD_Connection *mc)
{
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return i ? i->socket_context : NULL;
}

static int socket_of(struct MHD_Connection *mc)
{
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CONNECTION_FD);

	return i ? i->connect_fd : -1;
}

static void conn_shutdown(struct gm_httpd *h, struct gm_conn *c)
{
	static const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	gm_vec_remove(&h->conns, c);
	/* Unread data would stay in the kernel for minutes: a reset drops it. */
	if (c->body)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	shutdown(c->fd, SHUT_RDWR);
}

static void conn_evict(struct gm_httpd *h, struct gm_conn *c)
{
	h->stats.evicted++;
	conn_shutdown(h, c);
}

/* Return true if the connection is idle after at least one request: the client must expect it to be closed. */
static bool conn_is_idle(const struct gm_conn *c)
{
	return c->completed && !c->begun;
}

uint64_t gm_conns_expire(struct gm_httpd *h, uint64_t now_ns)
{
	while (h->conns.nr) {
		struct gm_conn *c = h->conns.at[0];

		if (c->since_ns + h->limits.deadline_ns > now_ns)
			return c->since_ns + h->limits.deadline_ns;
		if (conn_is_idle(c))
			conn_shutdown(h, c);
		else
			conn_evict(h, c);
	}
	return UINT64_MAX;
}

void gm_conns_evict_body(struct gm_httpd *h, const struct gm_body *b)
{
	for (size_t i = h->conns.nr; i-- > 0;) {
		struct gm_conn *c = h->conns.at[i];

		if (c->body == b)
			conn_evict(h, c);
	}
}

int gm_conn_suspend(struct gm_conn *c)
{
	int err = gm_vec_push(&c->h->waiting, c);

	if (err)
		return err;
	c->waited = true;
	MHD_suspend_connection(c->mc);
	return 0;
}

void gm_conns_resume(struct gm_httpd *h)
{
	for (size_t i = 0; i < h->waiting.nr; i++)
		MHD_resume_connection(((struct gm_conn *)h->waiting.at[i])->mc);
	h->waiting.nr = 0;
}

static void handle_connect(struct gm_httpd *h, struct MHD_Connection *mc, void **ctx)
{
	struct gm_conn *c = calloc(1, sizeof(*c));

	h->stats.connections++;
	if (!c || gm_vec_push(&h->conns, c)) {
		free(c);
		shutdown(socket_of(mc), SHUT_RDWR);
		return;
	}
	c->h = h;
	c->mc = mc;
	c->fd = socket_of(mc);
	c->since_ns = gm_now_ns();
	*ctx = c;
	if (h->tls.on)
		gm_tls_track_progress(c, mc);
	if (h->conns.nr > h->limits.connections)
		conn_evict(h, h->conns.at[0]);
}

void gm_conn_on_notify(void *arg, struct MHD_Connection *mc, void **ctx, enum MHD_ConnectionNotificationCode code)
{
	struct gm_httpd *h = arg;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		handle_connect(h, mc, ctx);
		return;
	}
	h->stats.connections--;
	gm_vec_remove(&h->conns, *ctx);
	free(*ctx);
	*ctx = NULL;
}

/* Moves c to the end of v. The push cannot fail: remove left room for it. */
static void move_to_tail(struct gm_vec *v, struct gm_conn *c)
{
	size_t before = v->nr;

	gm_vec_remove(v, c);
	if (v->nr < before)
		gm_vec_push(v, c);
}

void gm_conn_on_completed(void *arg, struct MHD_Connection *mc, void **ctx, enum MHD_RequestTerminationCode code)
{
	struct gm_httpd *h = arg;
	struct gm_conn *c = gm_conn_of(mc);

	*ctx = NULL;
	if (!c)
		return;
	c->body = NULL;
	if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK)
		return; /* libmicrohttpd closes the connection */
	c->completed++;
	c->begun = c->waited = false;
	c->since_ns = gm_now_ns();
	move_to_tail(&h->conns, c);
}

void *gm_conn_on_uri(void *arg, const char *uri, struct MHD_Connection *mc)
{
	struct gm_conn *c = gm_conn_of(mc);

	(void)arg;
	if (!c)
		return NULL;
	c->begun = true;
	c->bad_target = gm_target_path(uri, c->path, sizeof(c->path));
	return NULL;
}
