// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * push.c - tries to send batches by OTLP. libcurl names the sockets and the time that it waits for; the sockets and one
 * timer are in an epoll set, whose descriptor the caller waits for. All tries use one easy handle, one after the other,
 * so the connection stays open.
 *
 *	IDLE -> UNDER_WAY -> IDLE		accepted, or refused: the batch is removed
 *		UNDER_WAY -> PAUSED -> IDLE	retryable: the batch stays at the head
 */
#include "exporter/push.h"
#include "base/clock.h"
#include "base/parse.h"
#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/gzip.h"
#include "base/log.h"
#include "exporter/push_answer.h"
#include "exporter/push_int.h"

#define NEVER GM_PUSH_NEVER
#define NS_PER_MS 1000000ull
#define NS_PER_SEC 1000000000ull

enum fate { ACCEPTED, RETRY, REFUSED };

/* What was reported, so that it is not reported at every try. */
enum {
	REPORTED_RETRY = 1,
	REPORTED_REFUSED = 2,
	REPORTED_FULL = 4,
	REPORTED_FAILURES = REPORTED_RETRY | REPORTED_REFUSED | REPORTED_FULL,
	REPORTED_PARTIAL = 8,
	REPORTED_REMARK = 16,
};

static uint64_t add_saturating(uint64_t now, uint64_t ns)
{
	return ns < NEVER - now ? now + ns : NEVER;
}

/* ---- waiting ---- */

/* Sets the one timer to the earlier of libcurl's timeout and the pause before the next try. */
static void set_timer(struct gm_push *p)
{
	uint64_t due = p->curl_due < p->pause_due ? p->curl_due : p->pause_due;
	struct itimerspec its = { 0 }; /* off */

	if (due != NEVER) {
		its.it_value.tv_sec = (time_t)(due / NS_PER_SEC);
		its.it_value.tv_nsec = (long)(due % NS_PER_SEC);
	}
	timerfd_settime(p->timer, TFD_TIMER_ABSTIME, &its, NULL);
}

int gm_push_on_timer(CURLM *multi, long ms, void *arg)
{
	struct gm_push *p = arg;

	(void)multi;
	p->curl_due = ms < 0 ? NEVER : add_saturating(gm_now_ns(), (uint64_t)ms * NS_PER_MS);
	set_timer(p);
	return 0;
}

int gm_push_on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	struct gm_push *p = arg;
	struct epoll_event ev = { .data.fd = fd };

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(p->ep, EPOLL_CTL_DEL, fd, NULL); /* fails if fd is closed already */
		return 0;
	}
	ev.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
	if (!epoll_ctl(p->ep, EPOLL_CTL_MOD, fd, &ev))
		return 0;
	return errno == ENOENT && !epoll_ctl(p->ep, EPOLL_CTL_ADD, fd, &ev) ? 0 : -1;
}

static void socket_ready(struct gm_push *p, const struct epoll_event *ev)
{
	int what = (ev->events & EPOLLIN ? CURL_CSELECT_IN : 0) | (ev->events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		   (ev->events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0),
	    running;

	curl_multi_socket_action(p->multi, ev->data.fd, what, &running);
}

static void timer_ready(struct gm_push *p)
{
	uint64_t times;
	int running;

	if (read(p->timer, &times, sizeof(times)) < 0)
		return; /* was set again since */
	if (gm_now_ns() >= p->curl_due) {
		p->curl_due = NEVER;
		curl_multi_socket_action(p->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	set_timer(p);
}

/* ---- the answer ---- */

static size_t too_long(struct gm_push *p)
{
	p->too_long = true;
	return 0; /* makes libcurl end the transfer */
}

/* Parses seconds or a date. Return 0 for anything else, and for a date in the past. */
static uint64_t retry_after(const char *s)
{
	time_t at, now = time(NULL);
	uint64_t sec;
	int err = gm_parse_u64(s, 0, UINT32_MAX, &sec);

	if (err == -ERANGE)
		return NEVER;
	if (!err)
		return sec * NS_PER_SEC;
	at = curl_getdate(s, NULL);
	return at > now ? (uint64_t)(at - now) * NS_PER_SEC : 0;
}

size_t gm_push_on_header(char *line, size_t size, size_t nr, void *arg)
{
	static const char name[] = "Retry-After:";
	size_t len = size * nr, skip = sizeof(name) - 1, n;
	struct gm_push *p = arg;
	char value[64];

	p->head_len += len;
	if (!len || p->head_len > GM_PUSH_ANSWER_MAX)
		return too_long(p);
	p->head_ended |= *line == '\r' || *line == '\n';
	if (len > 5 && !memcmp(line, "HTTP/", 5)) {
		p->head_ended = false; /* the headers so far were those of an interim answer */
		p->after_ns = 0;
	}
	if (len < skip || strncasecmp(line, name, skip))
		return len;
	while (skip < len && strchr(" \t", line[skip]))
		skip++;
	for (n = len; n > skip && strchr(" \t\r\n", line[n - 1]); n--)
		;
	snprintf(value, sizeof(value), "%.*s", (int)(n - skip), line + skip);
	p->after_ns = retry_after(value);
	return len;
}

size_t gm_push_on_body(char *data, size_t size, size_t nr, void *arg)
{
	struct gm_push *p = arg;
	size_t len = size * nr;

	if (len > sizeof(p->body) - p->body_len)
		return too_long(p);
	memcpy(p->body + p->body_len, data, len);
	p->body_len += len;
	return len;
}

/* ---- what becomes of a batch ---- */

static void drop_batch(struct gm_push *p, size_t i)
{
	struct gm_str *b = p->queue.at[i];

	gm_vec_remove(&p->queue, b);
	gm_str_release(b);
	free(b);
}

/*
 * Reports rejected data points of a partial success, and remarks of a successful answer. Each once: they would repeat.
 */
static void report_remark(struct gm_push *p, const struct gm_push_answer *a)
{
	const char *sep = a->text[0] ? ": " : "";

	if (a->rejected > 0 && !(p->reported & REPORTED_PARTIAL)) {
		p->reported |= REPORTED_PARTIAL;
		gm_warn("pushing to %s: %" PRId64 " data points were rejected%s%s", p->peer, a->rejected, sep, a->text);
	} else if (a->rejected <= 0 && a->text[0] && !(p->reported & REPORTED_REMARK)) {
		p->reported |= REPORTED_REMARK;
		gm_info("pushing to %s: %s", p->peer, a->text);
	}
}

static void batch_accepted(struct gm_push *p, const struct gm_push_answer *a)
{
	drop_batch(p, 0);
	p->stats.sent++;
	p->pause_ns = p->pause_first;
	/* As loud as the report of the failure: a reader of that one must see this one. */
	if (p->reported & REPORTED_FAILURES)
		gm_warn("pushing to %s: works again (failed attempts: %" PRIu64 ")", p->peer, p->failures);
	p->reported &= ~(unsigned int)REPORTED_FAILURES;
	p->failures = 0;
	report_remark(p, a);
}

/*
 * Return a random time in [pause / 2, pause], so that many exporters do not return to a restarted server at the same
 * time.
 */
static uint64_t jitter(struct gm_push *p, uint64_t pause)
{
	p->seed ^= p->seed << 13;
	p->seed ^= p->seed >> 7;
	p->seed ^= p->seed << 17;
	return pause - p->seed % (pause / 2 + 1);
}

static void pause_tries(struct gm_push *p)
{
	uint64_t pause = jitter(p, p->pause_ns);

	p->pause_ns = p->pause_ns < p->pause_max / 2 ? 2 * p->pause_ns : p->pause_max;
	if (p->after_ns)
		pause = p->after_ns < p->pause_max ? p->after_ns : p->pause_max;
	p->pause_due = add_saturating(gm_now_ns(), pause);
	p->state = GM_PUSH_PAUSED;
	set_timer(p);
}

static void batch_failed(struct gm_push *p, enum fate fate, const char *why)
{
	unsigned int report_bit = fate == RETRY ? REPORTED_RETRY : REPORTED_REFUSED;

	p->state = GM_PUSH_IDLE;
	p->stats.failed++;
	p->failures++;
	if (!(p->reported & report_bit))
		gm_warn("pushing to %s: %s%s", p->peer, why,
			p->closing	? ""
			: fate == RETRY ? "; will be tried again"
					: "; refused batches are dropped");
	p->reported |= report_bit;
	if (fate == RETRY && !p->closing) {
		pause_tries(p);
		return;
	}
	drop_batch(p, 0);
	p->stats.dropped++;
	p->pause_ns = p->pause_first;
}

/*
 * Describes a failure without an answer. libcurl's own detail is used for TLS only: otherwise it may contain a proxy's
 * URL with its password.
 */
static void describe_failure(struct gm_push *p, CURLcode res, char *why, size_t size)
{
	long err = 0;

	curl_easy_getinfo(p->easy, CURLINFO_OS_ERRNO, &err);
	if ((res == CURLE_SSL_CONNECT_ERROR || res == CURLE_PEER_FAILED_VERIFICATION) && p->error[0])
		gm_clean(why, size, p->error, strlen(p->error));
	else if (res == CURLE_COULDNT_CONNECT && err)
		snprintf(why, size, "%s", strerror((int)err));
	else
		snprintf(why, size, "%s", res ? curl_easy_strerror(res) : "the response is cut short");
}

static enum fate classify_status(long code)
{
	if (code >= 200 && code <= 299)
		return ACCEPTED;
	return code == 429 || code == 502 || code == 503 || code == 504 ? RETRY : REFUSED;
}

/*
 * Return true if the answer counts. A cut-off success does not, a cut-off error does. libcurl accepts cut-off headers.
 */
static bool has_answer(const struct gm_push *p, CURLcode res, long code)
{
	return code >= 200 && (classify_status(code) != ACCEPTED || (!res && p->head_ended));
}

static void finish_try(struct gm_push *p, CURLcode res)
{
	struct gm_push_answer a = { 0 };
	const char *type = NULL;
	char why[400];
	long code = 0;

	p->state = GM_PUSH_IDLE;
	curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &code);
	curl_easy_getinfo(p->easy, CURLINFO_CONTENT_TYPE, &type);
	if (p->too_long) {
		batch_failed(p, REFUSED, "the response is too long");
	} else if (!has_answer(p, res, code)) {
		describe_failure(p, res, why, sizeof(why));
		batch_failed(p, RETRY, why);
	} else {
		if (gm_push_answer(&a, classify_status(code) == ACCEPTED, type, p->body, p->body_len))
			gm_debug("pushing to %s: the response cannot be read", p->peer);
		snprintf(why, sizeof(why), "HTTP %ld%s%s", code, a.text[0] ? ": " : "", a.text);
		if (classify_status(code) == ACCEPTED)
			batch_accepted(p, &a);
		else
			batch_failed(p, classify_status(code), why);
	}
}

/* ---- tries ---- */

static void start_try(struct gm_push *p)
{
	const struct gm_str *b = p->queue.at[0];
	int rc = 0;

	p->head_len = p->body_len = 0;
	p->head_ended = p->too_long = false;
	p->after_ns = 0;
	p->error[0] = '\0';
	p->state = GM_PUSH_UNDER_WAY;
	rc |= (int)curl_easy_setopt(p->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)b->len);
	rc |= (int)curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, b->s);
	if (!rc)
		rc = (int)curl_multi_add_handle(p->multi, p->easy);
	if (rc)
		batch_failed(p, RETRY, "libcurl did not start");
}

static void start_next(struct gm_push *p)
{
	if (p->state == GM_PUSH_PAUSED && gm_now_ns() >= p->pause_due) {
		p->pause_due = NEVER;
		p->state = GM_PUSH_IDLE;
		set_timer(p);
	}
	while (p->state == GM_PUSH_IDLE && p->queue.nr)
		start_try(p);
}

static void collect_results(struct gm_push *p)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(p->multi, &left))) {
		CURLcode res = m->data.result;

		curl_multi_remove_handle(p->multi, p->easy); /* frees m */
		finish_try(p, res);
	}
}

void gm_push_run(struct gm_push *p)
{
	struct epoll_event ev[8];
	int nr = epoll_wait(p->ep, ev, GM_ARRAY_SIZE(ev), 0);

	for (int i = 0; i < nr; i++)
		if (ev[i].data.fd == p->timer)
			timer_ready(p);
		else
			socket_ready(p, &ev[i]);
	collect_results(p);
	start_next(p);
}

/* ---- the queue ---- */

/* Return the compressed batch; NULL: no memory. */
static struct gm_str *make_batch(const struct gm_str *body)
{
	struct gm_str *b = body->err ? NULL : calloc(1, sizeof(*b));

	if (b && !gm_gzip(b, body->s, body->len))
		return b;
	if (b)
		gm_str_release(b);
	free(b);
	return NULL;
}

/* Drops the oldest batches that are not being sent until the queue is within its limit. */
static void trim_queue(struct gm_push *p)
{
	while (p->queue.nr > p->queue_max) {
		drop_batch(p, p->state == GM_PUSH_UNDER_WAY);
		p->stats.dropped++;
		if (!(p->reported & REPORTED_FULL))
			gm_warn("pushing to %s: more than %zu batches wait; the oldest is dropped", p->peer,
				p->queue_max);
		p->reported |= REPORTED_FULL;
	}
}

int gm_push_add(struct gm_push *p, struct gm_str *body)
{
	bool large = body->len > GM_PUSH_BODY_MAX;
	struct gm_str *b = large ? NULL : make_batch(body);

	if (large)
		gm_warn("pushing to %s: a batch of %zu bytes is too large and dropped", p->peer, body->len);
	gm_str_release(body);
	if (!b || gm_vec_push(&p->queue, b)) {
		if (b)
			gm_str_release(b);
		free(b);
		p->stats.dropped++;
		return large ? 0 : -ENOMEM;
	}
	trim_queue(p);
	start_next(p);
	return 0;
}

int gm_push_fd(const struct gm_push *p)
{
	return p->ep;
}

void gm_push_stats(const struct gm_push *p, struct gm_push_stats *out)
{
	*out = p->stats;
	out->queued = p->queue.nr;
}

/* ---- the end ---- */

static void flush_queue(struct gm_push *p, uint64_t at_most_ns)
{
	uint64_t now = gm_now_ns(), until = add_saturating(now, at_most_ns);
	struct epoll_event ev;

	p->closing = true;
	if (p->state == GM_PUSH_PAUSED)
		p->pause_due = now;
	for (; p->queue.nr && now < until; now = gm_now_ns()) {
		uint64_t ms = (until - now) / NS_PER_MS + 1;

		gm_push_run(p);
		if (p->queue.nr)
			epoll_wait(p->ep, &ev, 1, ms < 1000 ? (int)ms : 1000);
	}
}

void gm_push_close(struct gm_push *p, uint64_t at_most_ns)
{
	uint64_t dropped;

	if (!p)
		return;
	dropped = p->stats.dropped;
	flush_queue(p, at_most_ns);
	dropped = p->stats.dropped - dropped + p->queue.nr;
	if (dropped)
		gm_warn("pushing to %s: batches not sent: %" PRIu64, p->peer, dropped);
	gm_push_release(p);
}

static void release_queue(struct gm_vec *q)
{
	for (size_t i = 0; i < q->nr; i++) {
		gm_str_release(q->at[i]);
		free(q->at[i]);
	}
	gm_vec_release(q);
}

void gm_push_release(struct gm_push *p)
{
	if (p->multi && p->easy)
		curl_multi_remove_handle(p->multi, p->easy);
	curl_easy_cleanup(p->easy);
	curl_multi_cleanup(p->multi); /* calls back, so the epoll set must still exist */
	curl_url_cleanup(p->url);
	curl_slist_free_all(p->headers);
	if (p->ep >= 0)
		close(p->ep);
	if (p->timer >= 0)
		close(p->timer);
	release_queue(&p->queue);
	curl_global_cleanup();
	free(p);
}
