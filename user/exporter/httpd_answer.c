// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * httpd_answer.c - which request gets which answer. libmicrohttpd calls twice for a request: with its head, and when
 * all of it has come. An answer to the first call ends the connection, whatever else the client sends: that is for
 * those who bring a body, or no certificate. All others are answered at the second call, and may ask again. One that
 * has to wait for a picture is suspended at the second call; when it is resumed, a third one comes.
 */
#include <string.h>
#include <strings.h>

#include "exporter/http_target.h"
#include "exporter/httpd_int.h"

/* One request, as far as an answer depends on it. */
struct request {
	struct gm_httpd *h;
	struct gm_conn *c;
	struct MHD_Connection *mc;
};

static enum MHD_Result queue(const struct request *q, unsigned int code, struct MHD_Response *r)
{
	q->h->stats.requests++;
	return MHD_queue_response(q->mc, code, r);
}

static enum MHD_Result say(const struct request *q, unsigned int code, const char *text)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result done = MHD_NO;

	if (!r)
		return MHD_NO;
	if (MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8") == MHD_YES &&
	    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff") == MHD_YES &&
	    (code != MHD_HTTP_METHOD_NOT_ALLOWED ||
	     MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD") == MHD_YES))
		done = queue(q, code, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result say_no_body(const struct request *q)
{
	return say(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "the answer could not be made: no memory\n");
}

/* All lines of one header as one list (RFC 9110 5.3). */
struct list {
	const char *name;
	struct gm_str text;
};

static enum MHD_Result add_line(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct list *l = arg;

	(void)kind;
	if (value && !strcasecmp(name, l->name))
		gm_str_printf(&l->text, "%s%s", l->text.len ? ", " : "", value);
	return MHD_YES;
}

/* Lack of memory is as if it had not been sent: the text is what every client reads. */
static struct list header(const struct request *q, const char *name)
{
	struct list l = { .name = name };

	MHD_get_connection_values(q->mc, MHD_HEADER_KIND, add_line, &l);
	if (l.text.err)
		gm_str_release(&l.text);
	return l;
}

/*
 * Return true if the picture is there that this request is to be answered with: when the server closes, no newer one
 * comes.
 */
static bool has_picture(const struct request *q)
{
	uint64_t nr;

	if (q->c->waited || q->h->closing)
		return true;
	if (!q->h->ops->fresh(q->h->arg, &nr))
		return false;
	gm_bodies_picture(q->h, nr);
	return true;
}

static enum MHD_Result metrics_body(const struct request *q)
{
	struct list accept = header(q, MHD_HTTP_HEADER_ACCEPT), encoding = header(q, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	struct gm_body *b = gm_body_metrics(q->h, gm_format_negotiate(accept.text.s), gm_accepts_gzip(encoding.text.s));

	gm_str_release(&accept.text);
	gm_str_release(&encoding.text);
	if (!b)
		return say_no_body(q);
	q->c->body = b;
	return queue(q, MHD_HTTP_OK, b->response);
}

static enum MHD_Result metrics(const struct request *q)
{
	if (has_picture(q))
		return metrics_body(q);
	return gm_conn_wait(q->c) ? say_no_body(q) : MHD_YES;
}

static enum MHD_Result landing(const struct request *q)
{
	struct gm_body *b = gm_body_landing(q->h);
	enum MHD_Result done;

	if (!b)
		return say_no_body(q);
	q->c->body = b;
	done = queue(q, MHD_HTTP_OK, b->response);
	gm_body_put(b);
	return done;
}

static enum MHD_Result healthy(const struct request *q)
{
	return say(q, MHD_HTTP_OK, "ok\n");
}

static enum MHD_Result ready(const struct request *q)
{
	const char *why = NULL;
	struct gm_str line = { 0 };
	enum MHD_Result done;

	if (q->h->ops->ready(q->h->arg, &why))
		return say(q, MHD_HTTP_OK, "ready\n");
	gm_str_printf(&line, "%s\n", why ? why : "not ready");
	done = say(q, MHD_HTTP_SERVICE_UNAVAILABLE, line.err ? "not ready\n" : line.s);
	gm_str_release(&line);
	return done;
}

static enum MHD_Result answer(const struct request *q, const char *method)
{
	static const struct {
		const char *path;
		enum MHD_Result (*fn)(const struct request *q);
	} pages[] = {
		{ "/", landing },
		{ "/-/healthy", healthy },
		{ "/-/ready", ready },
	};

	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return say(q, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD only\n");
	if (q->c->bad_target)
		return say(q, MHD_HTTP_BAD_REQUEST, "no valid request target\n");
	if (!strcmp(q->c->path, q->h->path))
		return metrics(q);
	for (size_t i = 0; i < GM_ARRAY_SIZE(pages); i++) {
		if (!strcmp(q->c->path, pages[i].path))
			return pages[i].fn(q);
	}
	return say(q, MHD_HTTP_NOT_FOUND, "nothing is here\n");
}

struct hosts {
	unsigned int nr;
	bool bad;
};

static enum MHD_Result seek_host(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct hosts *h = arg;

	(void)kind;
	if (strcasecmp(name, MHD_HTTP_HEADER_HOST))
		return MHD_YES;
	h->nr++;
	h->bad |= !gm_host_is_valid(value ? value : "");
	return MHD_YES;
}

/* What is wrong with a request's head, by RFC 9112 3.2; NULL: nothing. */
static const char *wrong_head(const struct request *q, const char *version)
{
	struct hosts h = { 0 };

	MHD_get_connection_values(q->mc, MHD_HEADER_KIND, seek_host, &h);
	if (h.nr > 1 || h.bad)
		return "one Host header with a valid value is needed\n";
	return !h.nr && !strcmp(version, MHD_HTTP_VERSION_1_1) ? "a Host header is needed\n" : NULL;
}

/* Content-Length of several lines, or in a form that we would read in another way than a proxy: a body as well. */
static enum MHD_Result seek_body(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	bool *has = arg;

	(void)kind;
	if (!strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING))
		*has = true;
	if (!strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) && (!value || strcmp(value, "0")))
		*has = true;
	return MHD_YES;
}

static bool has_body(struct MHD_Connection *mc)
{
	bool has = false;

	MHD_get_connection_values(mc, MHD_HEADER_KIND, seek_body, &has);
	return has;
}

/* Asked once a connection: the certificate does not change, to look at it costs a signature. */
static bool peer_ok(const struct request *q)
{
	if (!q->h->tls.ca.len)
		return true;
	if (q->c->peer == GM_PEER_UNKNOWN)
		q->c->peer = gm_tls_peer_ok(q->mc) ? GM_PEER_GOOD : GM_PEER_BAD;
	return q->c->peer == GM_PEER_GOOD;
}

enum MHD_Result gm_httpd_answer(void *arg, struct MHD_Connection *mc, const char *url, const char *method,
				const char *version, const char *upload, size_t *upload_size, void **ctx)
{
	const struct request q = { .h = arg, .c = gm_conn_of(mc), .mc = mc };
	bool first = !*ctx;
	const char *wrong;

	(void)url; /* decoded as a C string: what follows a %00 in it is lost */
	(void)upload;
	if (!q.c || *upload_size)
		return MHD_NO;
	*ctx = q.c;
	if (!peer_ok(&q))
		return say(&q, MHD_HTTP_FORBIDDEN, "a client certificate is needed\n");
	wrong = wrong_head(&q, version);
	if (wrong)
		return say(&q, MHD_HTTP_BAD_REQUEST, wrong);
	if (!first)
		return answer(&q, method);
	if (!has_body(mc))
		return MHD_YES;
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return say(&q, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD only\n");
	return say(&q, MHD_HTTP_CONTENT_TOO_LARGE, "no body is taken\n");
}
