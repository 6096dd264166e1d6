// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * push_open.c - converts options to handles. All that can be refused is refused here, before anything is sent, with one
 * line that quotes neither the URL nor a header: both may contain a password.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/utf8.h"
#include "base/log.h"
#include "exporter/push_int.h"

#define NS_PER_MS 1000000ull

/* ---- the URL ---- */

/* Sets p->peer to the parts of the URL that may be printed. */
static int set_peer(struct gm_push *p)
{
	char *scheme = NULL, *host = NULL, *port = NULL;
	int n = -1;

	if (!curl_url_get(p->url, CURLUPART_SCHEME, &scheme, 0) && !curl_url_get(p->url, CURLUPART_HOST, &host, 0) &&
	    !curl_url_get(p->url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) &&
	    (!strcmp(scheme, "http") || !strcmp(scheme, "https"))) {
		char clean[256];

		n = snprintf(p->peer, sizeof(p->peer), "%s://%s:%s", scheme,
			     gm_clean(clean, sizeof(clean), host, strlen(host)), port);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return n < 0 ? gm_err(-EINVAL, "--otlp: a URL of http:// or https:// is needed (like http://127.0.0.1:4318)")
		     : 0;
}

static int add_path(struct gm_push *p)
{
	CURLUcode rc;
	char *path;
	bool none;

	rc = curl_url_get(p->url, CURLUPART_PATH, &path, 0);
	if (rc)
		return gm_err(-EINVAL, "--otlp: not a URL: %s (like http://127.0.0.1:4318)", curl_url_strerror(rc));
	none = !strcmp(path, "/");
	curl_free(path);
	rc = none ? curl_url_set(p->url, CURLUPART_PATH, "/v1/metrics", 0) : CURLUE_OK;
	return rc ? gm_errno(-ENOMEM, "--otlp") : 0;
}

static int set_url(struct gm_push *p, const char *url)
{
	CURLUcode rc;
	int err;

	p->url = curl_url();
	if (!p->url)
		return gm_errno(-ENOMEM, "--otlp");
	rc = curl_url_set(p->url, CURLUPART_URL, url, 0);
	if (rc)
		return gm_err(-EINVAL, "--otlp: not a URL: %s (like http://127.0.0.1:4318)", curl_url_strerror(rc));
	err = set_peer(p);
	return err ? err : add_path(p);
}

/* ---- headers ---- */

/* Return true for headers that describe the body: only this file sets them. */
static bool is_own_header(const char *h, size_t len)
{
	static const char *const names[] = { "content-type", "content-encoding", "content-length", "transfer-encoding",
					     "expect" };

	for (size_t i = 0; i < GM_ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == len && !strncasecmp(h, names[i], len))
			return true;
	return false;
}

/*
 * Checks "Name: value": a token, a value that is not blank, no character that would end the line (RFC 9110, 5.5 and
 * 5.6.2).
 */
static int check_header(const char *h, unsigned int nr)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t name = strspn(h, token);
	const char *v = h + name + 1;

	if (!name || h[name] != ':' || !v[strspn(v, " \t")])
		return gm_err(-EINVAL, "OTLP header %u: not \"Name: value\"", nr);
	for (; *v; v++)
		if (((unsigned char)*v < ' ' && *v != '\t') || *v == 0x7f)
			return gm_err(-EINVAL, "OTLP header %u: a control character in the value", nr);
	return is_own_header(h, name) ? gm_err(-EINVAL, "OTLP header %u: is set by the tool itself", nr) : 0;
}

static int add_header(struct gm_push *p, const char *h)
{
	struct curl_slist *l = curl_slist_append(p->headers, h);

	if (!l)
		return gm_errno(-ENOMEM, "OTLP headers");
	p->headers = l;
	return 0;
}

static int set_headers(struct gm_push *p, const struct gm_push_opts *o)
{
	/*
	 * Without the empty "Expect:" libcurl sends "Expect: 100-continue" before a large body, and waits a second if
	 * the server ignores it.
	 */
	static const char *const own[] = { "Content-Type: application/x-protobuf", "Content-Encoding: gzip",
					   "Expect:" };
	int err = 0;

	for (size_t i = 0; !err && i < GM_ARRAY_SIZE(own); i++)
		err = add_header(p, own[i]);
	for (unsigned int i = 0; !err && i < o->header_nr && i < GM_PUSH_HEADERS_MAX; i++) {
		err = check_header(o->header[i], i + 1);
		if (!err)
			err = add_header(p, o->header[i]);
	}
	return err;
}

/* ---- libcurl ---- */

static int set_peer_options(struct gm_push *p, const struct gm_push_opts *o)
{
	CURL *e = p->easy;
	int rc = 0;

	rc |= (int)curl_easy_setopt(e, CURLOPT_CURLU, p->url);
	rc |= (int)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	rc |= (int)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	/* One request at a time gains nothing from HTTP/2. */
	rc |= (int)curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	rc |= (int)curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	rc |= (int)curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	rc |= (int)curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	rc |= (int)curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (o->ca) {
		rc |= (int)curl_easy_setopt(e, CURLOPT_CAINFO, o->ca);
		/* replaces the system's certificates, not adds to them */
		rc |= (int)curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	}
	rc |= (int)curl_easy_setopt(e, CURLOPT_USERAGENT, o->agent);
	rc |= (int)curl_easy_setopt(e, CURLOPT_HTTPHEADER, p->headers);
	rc |= (int)curl_easy_setopt(e, CURLOPT_POST, 1L);
	return rc;
}

static int set_local_options(struct gm_push *p, const struct gm_push_opts *o)
{
	CURL *e = p->easy;
	int rc = 0;

	/* Abandon a hanging resolver thread at the timeout; otherwise libcurl waits for the thread. */
	rc |= (int)curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	rc |= (int)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	rc |= (int)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS,
				    (long)(o->timeout_ns < NS_PER_MS ? 1 : o->timeout_ns / NS_PER_MS));
	rc |= (int)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, p->error);
	rc |= (int)curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, gm_push_on_header);
	rc |= (int)curl_easy_setopt(e, CURLOPT_HEADERDATA, p);
	rc |= (int)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, gm_push_on_body);
	rc |= (int)curl_easy_setopt(e, CURLOPT_WRITEDATA, p);
	return rc;
}

static int set_multi_options(struct gm_push *p)
{
	int rc = 0;

	rc |= (int)curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, 1L);
	rc |= (int)curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, gm_push_on_socket);
	rc |= (int)curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
	rc |= (int)curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, gm_push_on_timer);
	rc |= (int)curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
	return rc;
}

static int open_curl(struct gm_push *p, const struct gm_push_opts *o)
{
	int err;

	p->multi = curl_multi_init();
	p->easy = curl_easy_init();
	if (!p->multi || !p->easy)
		return gm_errno(-ENOMEM, "libcurl");
	err = set_url(p, o->url);
	if (!err)
		err = set_headers(p, o);
	if (err)
		return err;
	if (set_multi_options(p) || set_peer_options(p, o) || set_local_options(p, o))
		return gm_err(-ENOSYS, "libcurl %s: lacks what is needed", curl_version_info(CURLVERSION_NOW)->version);
	return 0;
}

/* ---- the rest ---- */

static int open_epoll(struct gm_push *p)
{
	struct epoll_event ev = { .events = EPOLLIN };

	p->ep = epoll_create1(EPOLL_CLOEXEC);
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	ev.data.fd = p->timer;
	if (p->ep < 0 || p->timer < 0 || epoll_ctl(p->ep, EPOLL_CTL_ADD, p->timer, &ev))
		return gm_errno(-errno, "cannot wait for OTLP");
	return 0;
}

/* Checks that the file can be read: libcurl reads it at each connection, and would report an error only then. */
static int check_ca(const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (path && fd < 0)
		return gm_errno(-errno, "OTLP: %s", path);
	if (fd >= 0)
		close(fd);
	return 0;
}

static void set_limits(struct gm_push *p, const struct gm_push_opts *o)
{
	p->queue_max = o->queue ? o->queue : 1;
	p->pause_first = o->pause_ns ? o->pause_ns : NS_PER_MS;
	p->pause_max = o->pause_max_ns > p->pause_first ? o->pause_max_ns : p->pause_first;
	p->pause_ns = p->pause_first;
	p->curl_due = p->pause_due = GM_PUSH_NEVER;
	if (getrandom(&p->seed, sizeof(p->seed), GRND_NONBLOCK) != sizeof(p->seed) || !p->seed)
		p->seed = 1 + (uint64_t)getpid();
}

int gm_push_open(struct gm_push **out, const struct gm_push_opts *o)
{
	struct gm_push *p = calloc(1, sizeof(*p));
	int err;

	*out = NULL;
	if (!p)
		return gm_errno(-ENOMEM, "OTLP");
	p->ep = p->timer = -1;
	if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
		free(p);
		return gm_errno(-ENOMEM, "libcurl");
	}
	set_limits(p, o);
	err = check_ca(o->ca);
	if (!err)
		err = open_epoll(p);
	if (!err)
		err = open_curl(p, o);
	if (err) {
		gm_push_release(p);
		return err;
	}
	*out = p;
	return 0;
}
