// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * httpd_answer.c - chooses the answer to a request. libmicrohttpd calls twice for a request: with its head, and when it
 * is complete. An answer to the first call closes the connection, whatever else the client sends: this is for requests
 * with a body, or without the required certificate. All others are answered at the second call and may send more
 * requests. A request that must wait for a sample is suspended at the second call; a third call comes when it is
 * resumed.
 */
#include <string.h>
#include <strings.h>

#include "exporter/http_target.h"
#include "exporter/httpd_int.h"

/* The parts of a request on which the answer depends. */
struct request {
	struct gm_httpd *h;
	struct gm_conn *c;
	struct MHD_Connection *mc;
};

static enum MHD_Result queue_answer(const struct request *q, unsigned int code, struct MHD_Response *r)
{
	q->h->stats.requests++;
	return MHD_queue_response(q->mc, code, r);
}

static enum MHD_Result answer_text(const struct request *q, unsigned int code, const char *text)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result done = MHD_NO;

	if (!r)
		return MHD_NO;
	if (MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8") == MHD_YES &&
	    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff") == MHD_YES &&
	    (code != MHD_HTTP_METHOD_NOT_ALLOWED ||
	     MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD") == MHD_YES) &&
	    (code != MHD_HTTP_UNAUTHORIZED || MHD_add_response_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
								      "Basic realm=\"gmem_exporter\"") == MHD_YES) &&
	    (code != MHD_HTTP_TOO_MANY_REQUESTS ||
	     MHD_add_response_header(r, MHD_HTTP_HEADER_RETRY_AFTER, "1") == MHD_YES))
		done = queue_answer(q, code, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result answer_no_memory(const struct request *q)
{
	return answer_text(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
}

/* All lines of one header, joined to one list (RFC 9110 5.3). */
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

/* Return a header's list. Without memory the header counts as absent: every client can read the text format. */
static struct list header_list(const struct request *q, const char *name)
{
	struct list l = { .name = name };

	MHD_get_connection_values(q->mc, MHD_HEADER_KIND, add_line, &l);
	if (l.text.err)
		gm_str_release(&l.text);
	return l;
}

/*
 * Return true if the request can be answered now: with a recent sample, or, when it waited before or the server closes,
 * with the last one.
 */
static bool has_sample(const struct request *q)
{
	uint64_t nr;

	if (q->c->waited || q->h->closing)
		return true;
	if (!q->h->ops->fresh(q->h->arg, &nr))
		return false;
	gm_bodies_set_sample(q->h, nr);
	return true;
}

static enum MHD_Result answer_metrics_body(const struct request *q)
{
	struct list accept = header_list(q, MHD_HTTP_HEADER_ACCEPT),
		    encoding = header_list(q, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	struct gm_body *b = gm_body_metrics(q->h, gm_format_negotiate(accept.text.s), gm_accepts_gzip(encoding.text.s));

	gm_str_release(&accept.text);
	gm_str_release(&encoding.text);
	if (!b)
		return answer_no_memory(q);
	q->c->body = b;
	return queue_answer(q, MHD_HTTP_OK, b->response);
}

static enum MHD_Result answer_metrics(const struct request *q)
{
	if (has_sample(q))
		return answer_metrics_body(q);
	return gm_conn_suspend(q->c) ? answer_no_memory(q) : MHD_YES;
}

static enum MHD_Result answer_landing(const struct request *q)
{
	struct gm_body *b = gm_body_landing(q->h);
	enum MHD_Result done;

	if (!b)
		return answer_no_memory(q);
	q->c->body = b;
	done = queue_answer(q, MHD_HTTP_OK, b->response);
	gm_body_release(b);
	return done;
}

static enum MHD_Result answer_healthy(const struct request *q)
{
	return answer_text(q, MHD_HTTP_OK, "ok\n");
}

static enum MHD_Result ready(const struct request *q)
{
	const char *why = NULL;
	struct gm_str line = { 0 };
	enum MHD_Result done;

	if (q->h->ops->ready(q->h->arg, &why))
		return answer_text(q, MHD_HTTP_OK, "ready\n");
	gm_str_printf(&line, "%s\n", why ? why : "not ready");
	done = answer_text(q, MHD_HTTP_SERVICE_UNAVAILABLE, line.err ? "not ready\n" : line.s);
	gm_str_release(&line);
	return done;
}

static enum MHD_Result answer_request(const struct request *q, const char *method)
{
	static const struct {
		const char *path;
		enum MHD_Result (*fn)(const struct request *q);
	} pages[] = {
		{ "/", answer_landing },
		{ "/-/healthy", answer_healthy },
		{ "/-/ready", ready },
	};

	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return answer_text(q, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD only\n");
	if (q->c->bad_target)
		return answer_text(q, MHD_HTTP_BAD_REQUEST, "no valid request target\n");
	if (!strcmp(q->c->path, q->h->path))
		return answer_metrics(q);
	for (size_t i = 0; i < GM_ARRAY_SIZE(pages); i++) {
		if (!strcmp(q->c->path, pages[i].path))
			return pages[i].fn(q);
	}
	return answer_text(q, MHD_HTTP_NOT_FOUND, "not found\n");
}

struct hosts {
	unsigned int nr;
	bool bad;
};

static enum MHD_Result check_host_line(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct hosts *h = arg;

	(void)kind;
	if (strcasecmp(name, MHD_HTTP_HEADER_HOST))
		return MHD_YES;
	h->nr++;
	h->bad |= !gm_host_is_valid(value ? value : "");
	return MHD_YES;
}

/* Return what is wrong with a request's head by RFC 9112 3.2; NULL: nothing. */
static const char *head_error(const struct request *q, const char *version)
{
	struct hosts h = { 0 };

	MHD_get_connection_values(q->mc, MHD_HEADER_KIND, check_host_line, &h);
	if (h.nr > 1 || h.bad)
		return "one Host header with a valid value is needed\n";
	return !h.nr && !strcmp(version, MHD_HTTP_VERSION_1_1) ? "a Host header is needed\n" : NULL;
}

/* Detects a body. Several lines of Content-Length, or a form that a proxy might read differently, count as a body. */
static enum MHD_Result check_body_line(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
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

	MHD_get_connection_values(mc, MHD_HEADER_KIND, check_body_line, &has);
	return has;
}

/*
 * Return true if the client may be served. Checked once per connection: the certificate does not change, and verifying
 * a signature is expensive.
 */
static bool is_peer_accepted(const struct request *q)
{
	if (!q->h->tls.ca.len)
		return true;
	if (q->c->peer == GM_PEER_UNKNOWN)
		q->c->peer = gm_tls_is_peer_valid(q->mc) ? GM_PEER_GOOD : GM_PEER_BAD;
	return q->c->peer == GM_PEER_GOOD;
}

/* Return the answer to a client without a valid name and password; 0: it has one, or needs none. */
static unsigned int authorization_error(const struct request *q, const char **text)
{
	struct list header;
	enum gm_web_answer answer;

	if (!gm_web_config_has_users(q->h->web))
		return 0;
	header = header_list(q, MHD_HTTP_HEADER_AUTHORIZATION);
	answer = gm_web_config_check(q->h->web, header.text.s);
	gm_str_release(&header.text);
	*text = answer == GM_WEB_BUSY ? "too many wrong passwords\n" : "a name and a password are needed\n";
	return answer == GM_WEB_ADMITTED ? 0
	       : answer == GM_WEB_BUSY	 ? MHD_HTTP_TOO_MANY_REQUESTS
					 : MHD_HTTP_UNAUTHORIZED;
}

enum MHD_Result gm_httpd_answer(void *arg, struct MHD_Connection *mc, const char *url, const char *method,
				const char *version, const char *upload, size_t *upload_size, void **ctx)
{
	const struct request q = { .h = arg, .c = gm_conn_of(mc), .mc = mc };
	bool first = !*ctx;
	unsigned int refused;
	const char *wrong;

	(void)url; /* decoded as a C string: text behind a %00 is lost */
	(void)upload;
	if (!q.c || *upload_size)
		return MHD_NO;
	*ctx = q.c;
	if (!is_peer_accepted(&q))
		return answer_text(&q, MHD_HTTP_FORBIDDEN, "a client certificate is needed\n");
	wrong = head_error(&q, version);
	if (wrong)
		return answer_text(&q, MHD_HTTP_BAD_REQUEST, wrong);
	refused = first ? authorization_error(&q, &wrong) : 0;
	if (refused)
		return answer_text(&q, refused, wrong);
	if (!first)
		return answer_request(&q, method);
	if (!has_body(mc))
		return MHD_YES;
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return answer_text(&q, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD only\n");
	return answer_text(&q, MHD_HTTP_CONTENT_TOO_LARGE, "request bodies are not accepted\n");
}
