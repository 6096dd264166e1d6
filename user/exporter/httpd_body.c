// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * httpd_body.c - bodies of answers, rendered once per sample and shared. libmicrohttpd counts the answers that use a
 * response, so a body of an old sample is freed when the last client has read it or was shut down.
 */
#include <stdlib.h>
#include <string.h>

#include "base/gzip.h"
#include "exporter/httpd_int.h"

/* Frees a body when libmicrohttpd drops its last reference. */
static void body_free(void *arg)
{
	struct gm_body *b = arg;

	gm_vec_remove(&b->h->bodies, b);
	gm_str_release(&b->text);
	free(b);
}

void gm_body_release(struct gm_body *b)
{
	if (b)
		MHD_destroy_response(b->response);
}

static void shrink_to_fit(struct gm_str *s)
{
	char *less = s->s ? realloc(s->s, s->len + 1) : NULL;

	if (!less)
		return;
	s->s = less;
	s->cap = s->len + 1;
}

static bool add_headers(struct MHD_Response *r, const char *type, bool gzip)
{
	return MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
	       MHD_add_response_header(r, "X-Content-Type-Options", "nosniff") == MHD_YES &&
	       (!gzip || MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip") == MHD_YES);
}

/* Makes a body with this text, which is taken over, or released on failure. NULL: no memory. */
static struct gm_body *body_new(struct gm_httpd *h, struct gm_str *text, const char *type, bool gzip)
{
	struct gm_body *b = text->err ? NULL : calloc(1, sizeof(*b));

	if (!b || gm_vec_push(&h->bodies, b)) {
		free(b);
		gm_str_release(text);
		return NULL;
	}
	shrink_to_fit(text);
	b->h = h;
	b->text = *text;
	*text = (struct gm_str){ 0 };
	b->response = MHD_create_response_from_buffer_with_free_callback_cls(
		b->text.len, b->text.s ? b->text.s : (char *)"", body_free, b);
	if (!b->response) {
		body_free(b);
		return NULL;
	}
	if (add_headers(b->response, type, gzip))
		return b;
	gm_body_release(b);
	return NULL;
}

/* ---- memory of what is under way ---- */

static size_t retired_bytes(const struct gm_httpd *h)
{
	size_t sum = 0;

	for (size_t i = 0; i < h->bodies.nr; i++) {
		const struct gm_body *b = h->bodies.at[i];

		sum += b->retired && !b->is_evicted ? b->text.cap : 0;
	}
	return sum;
}

static struct gm_body *oldest_retired(const struct gm_httpd *h)
{
	for (size_t i = 0; i < h->bodies.nr; i++) {
		struct gm_body *b = h->bodies.at[i];

		if (b->retired && !b->is_evicted)
			return b;
	}
	return NULL;
}

static void enforce_retired_limit(struct gm_httpd *h)
{
	struct gm_body *b;

	while (retired_bytes(h) > h->limits.retired_bytes && (b = oldest_retired(h))) {
		b->is_evicted = true;
		gm_conns_evict_body(h, b);
	}
}

void gm_bodies_retire(struct gm_httpd *h)
{
	struct gm_body **at = &h->cached[0][0];

	for (size_t i = 0; i < sizeof(h->cached) / sizeof(*at); i++) {
		if (at[i]) {
			at[i]->retired = true;
			gm_body_release(at[i]);
		}
		at[i] = NULL;
	}
	enforce_retired_limit(h);
}

/* ---- what is in them ---- */

static struct gm_body *metrics_plain(struct gm_httpd *h, enum gm_format f)
{
	struct gm_str text = { 0 };

	h->ops->render(h->arg, f, &text);
	return body_new(h, &text, gm_format_type(f), false);
}

/* Compresses the plain body if it is cached, else a text rendered for it. */
static struct gm_body *metrics_gzip(struct gm_httpd *h, enum gm_format f)
{
	struct gm_str text = { 0 }, packed = { 0 };
	const struct gm_str *plain = h->cached[f][0] ? &h->cached[f][0]->text : &text;

	if (plain == &text)
		h->ops->render(h->arg, f, &text);
	packed.err = plain->err;
	if (!packed.err)
		packed.err = gm_gzip(&packed, plain->s, plain->len);
	gm_str_release(&text);
	return body_new(h, &packed, gm_format_type(f), true);
}

void gm_bodies_set_sample(struct gm_httpd *h, uint64_t nr)
{
	if (nr != h->sample_nr)
		gm_bodies_retire(h);
	h->sample_nr = nr;
}

struct gm_body *gm_body_metrics(struct gm_httpd *h, enum gm_format f, bool gzip)
{
	struct gm_body **at = &h->cached[f][gzip];

	if (*at)
		return *at;
	*at = gzip ? metrics_gzip(h, f) : metrics_plain(h, f);
	/* Caches between us and clients must not mix up formats. */
	if (*at)
		MHD_add_response_header((*at)->response, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding");
	return *at;
}

struct gm_body *gm_body_landing(struct gm_httpd *h)
{
	struct gm_str html = { 0 };
	struct gm_body *b;

	h->ops->landing(h->arg, &html);
	b = body_new(h, &html, "text/html; charset=utf-8", false);
	if (!b)
		return NULL;
	/* The browser must fetch and run nothing, whatever names the page contains. */
	MHD_add_response_header(b->response, "Content-Security-Policy",
				"default-src 'none'; style-src 'unsafe-inline'");
	b->retired = true;
	enforce_retired_limit(h);
	return b;
}
