// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/exporter/push: good, bad, missing and endless answers; pauses. */
#include "fixture/push_world.h"

/* ---- good answers ---- */

static void test_success(void **state)
{
	struct world *w = *state;
	const struct request *r = &w->s.req[0];

	open_push(w);
	expect_stats(w, 0, 0, 0, 0);
	add(w, "a");
	expect_stats(w, 0, 0, 0, 1);
	PUMP(w, stats(w).sent == 1);
	add(w, "b");
	PUMP(w, stats(w).sent == 2);
	expect_bodies(w, "ab");
	expect_stats(w, 2, 0, 0, 0);
	assert_int_equal(w->s.accepted, 1); /* the connection stays */
	assert_memory_equal(r->head, "POST /v1/metrics HTTP/1.1\r\n", 27);
	assert_string_equal(request_header(r, "Content-Type"), "application/x-protobuf");
	assert_string_equal(request_header(r, "Content-Encoding"), "gzip");
	assert_string_equal(request_header(r, "User-Agent"), "gmtest/1");
	assert_null(request_header(r, "Expect"));
	assert_null(request_header(r, "Authorization"));
	assert_string_equal(said, "");
	assert_true(w->runs < 200);
}

/* A large body is sent without "Expect: 100-continue", and arrives unchanged. */
static void test_gzip(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 100000, 2000000 };
	struct world *w = *state;
	uint64_t seed = 3;

	open_push(w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(sizes); i++) {
		struct gm_str b = { 0 };
		char *copy = malloc(sizes[i] + 1);

		for (size_t k = 0; k < sizes[i]; k++)
			copy[k] = (char)unit_random(&seed);
		gm_str_add(&b, copy, sizes[i]);
		assert_int_equal(gm_push_add(w->p, &b), 0);
		PUMP(w, stats(w).sent == i + 1);
		expect_gunzip(&w->s.req[i], copy, sizes[i]);
		assert_null(request_header(&w->s.req[i], "Expect"));
		free(copy);
	}
}
/* Twenty batches, some of which fail at first, arrive in order, one at a time. */
static void test_order(void **state)
{
	struct world *w = *state;
	char text[2] = "a";

	w->o.queue = 30;
	SCRIPT(w, { SAY_CLOSE, "" }, { SAY, OK_TEXT }, { SAY, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" },
	       { SAY, "HTTP/1.1 429 No\r\nContent-Length: 2\r\n\r\n.." }, { SAY, OK_TEXT });
	open_push(w);
	for (; text[0] <= 't'; text[0]++)
		add(w, text);
	assert_int_equal(stats(w).queued, 20);
	PUMP(w, stats(w).sent == 20);
	expect_bodies(w, "aabbbcdefghijklmnopqrst");
	expect_stats(w, 20, 3, 0, 0);
	assert_int_equal(w->s.begun_max <= 1, 1);
}

/* ---- classes of answers ---- */

/* Sends batches a and b; the first answer to a is r. */
static void try_reply(struct world *w, const struct reply *r, const char *bodies, bool works_again)
{
	const struct reply script[] = { *r, ok };

	for (size_t i = 0; i < w->s.req_nr; i++)
		free(w->s.req[i].body);
	w->s.req_nr = 0;
	warnings = 0;
	said[0] = '\0';
	server_script(&w->s, script, 2);
	open_push(w);
	add(w, "a");
	add(w, "b");
	PUMP(w, stats(w).queued == 0);
	expect_bodies(w, bodies);
	assert_int_equal(warnings, works_again ? 2 : 0);
	assert_int_equal(!!strstr(said, "works again"), works_again);
}

static void try_code(struct world *w, int code, const char *bodies, uint64_t sent, uint64_t failed, uint64_t dropped)
{
	char text[400], tell[40];
	struct reply r = { SAY, text, 0, NULL };

	snprintf(text, sizeof(text), "HTTP/1.1 %d Word\r\nLocation: %s/elsewhere\r\n%s\r\n", code, w->url,
		 code == 204 ? "" : "Content-Length: 0\r\n");
	try_reply(w, &r, bodies, failed > 0);
	expect_stats(w, sent, failed, dropped, 0);
	snprintf(tell, sizeof(tell), "HTTP %d", code);
	assert_int_equal(!!strstr(said, tell), failed > 0);
	gm_push_close(w->p, 0);
	w->p = NULL;
}

static void test_retryable(void **state)
{
	static const int codes[] = { 429, 502, 503, 504 };

	for (size_t i = 0; i < GM_ARRAY_SIZE(codes); i++)
		try_code(*state, codes[i], "aab", 2, 1, 0);
}

static void test_final(void **state)
{
	static const int codes[] = { 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406,
				     408, 413, 415, 418, 428, 431, 500, 501, 505, 507, 599 };

	for (size_t i = 0; i < GM_ARRAY_SIZE(codes); i++)
		try_code(*state, codes[i], "ab", 1, 1, 1);
}

static void test_accepted(void **state)
{
	static const int codes[] = { 200, 201, 202, 204, 299 };

	for (size_t i = 0; i < GM_ARRAY_SIZE(codes); i++)
		try_code(*state, codes[i], "ab", 2, 0, 0);
}

/* Interim answers before the answer, and a trailer behind it, do not count as answers. */
static void test_around_the_answer(void **state)
{
	struct reply r = { SAY,
			   "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nRetry-After: 5\r\n\r\n"
			   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: "
			   "X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n",
			   0, NULL };

	try_reply(*state, &r, "ab", false);
}

/* A truncated answer is tried again, unless its status is an error that forbids that. */
static void test_cut_off(void **state)
{
	static const struct {
		const char *text;
		const char *bodies;
	} table[] = {
		{ "", "aab" },
		{ "HTTP/1.1 20", "aab" },
		{ "HTTP/1.1 200 OK\r\n", "aab" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", "aab" },
		{ "HTTP/1.1 100 Continue\r\n\r\n", "aab" },
		{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", "aab" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "aab" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha", "aab" },
		{ "HTTP/1.1 503 No\r\nContent-Length: 10\r\n\r\nhalf", "aab" },
		{ "HTTP/1.1 400 No\r\nContent-Length: 10\r\n\r\nhalf", "ab" },
		{ "SSH-2.0-OpenSSH_9.2\r\n", "aab" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < GM_ARRAY_SIZE(table); i++) {
		struct reply r = { SAY_CLOSE, table[i].text, 0, NULL };

		try_reply(w, &r, table[i].bodies, true);
		gm_push_close(w->p, 0);
		w->p = NULL;
	}
}

static void test_no_listener(void **state)
{
	struct world *w = *state;
	char url[200];

	server_release(&w->s);
	server_bind(&w->s);
	server_script(&w->s, &ok, 1);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", w->s.port);
	w->o.url = url;
	open_push(w);
	add(w, "a");
	PUMP(w, stats(w).failed == 5);
	expect_stats(w, 0, 5, 0, 1);
	assert_int_equal(warnings, 1); /* one warning for all tries */
	assert_non_null(strstr(said, "Connection refused"));
	server_listen(&w->s);
	PUMP(w, stats(w).sent == 1);
	assert_int_equal(warnings, 2);
	assert_non_null(strstr(said, "works again"));
}

/* A server accepts the connection and sends nothing, or only a part of its answer. */
static void test_timeout(void **state)
{
	struct world *w = *state;

	w->o.timeout_ns = 30 * MS;
	SCRIPT(w, { HOLD, "" }, { HOLD, "HTTP/1.1 2" }, { HOLD, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nx" },
	       { HOLD, "HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\nx" });
	open_push(w);
	add(w, "a");
	PUMP(w, stats(w).dropped == 1);
	expect_bodies(w, "aaaa");
	assert_true(stats(w).failed >= 4); /* on a busy machine a try may end before the server sees it */
	assert_non_null(strstr(said, "Timeout"));
	assert_non_null(strstr(said, "404"));
	assert_int_equal(warnings, 2);
	assert_true(w->runs < 100 * stats(w).failed); /* the client does not spin */
}

/* A connection that stays in the listener's queue. */
static void test_not_accepted(void **state)
{
	struct world *w = *state;

	w->o.timeout_ns = 30 * MS;
	open_push(w);
	add(w, "a");
	for (uint64_t end = now_ns() + 60 * SEC; stats(w).failed < 2 && now_ns() < end;) {
		struct pollfd f = { gm_push_fd(w->p), POLLIN, 0 };

		poll(&f, 1, 1000);
		if (f.revents)
			gm_push_run(w->p);
	}
	expect_stats(w, 0, 2, 0, 1);
}

/* ---- endless answers ---- */

static void test_endless(void **state)
{
	/* The sixth answer exceeds libcurl's limit for a line, which counts as no answer. */
	static const bool refused[] = { true, true, true, true, true, false, true, true };
	static const struct reply floods[] = {
		{ FLOOD, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", 0, "all work and no play " },
		{ FLOOD, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", 0, "all work and no play " },
		{ FLOOD, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0, "4\r\nword\r\n" },
		{ FLOOD, "HTTP/1.1 503 No\r\n\r\n", 0, "all work and no play " },
		{ FLOOD, "HTTP/1.1 200 OK\r\n", 0, "X-More: and more\r\n" },
		{ FLOOD, "HTTP/1.1 200 OK\r\nX-Long: ", 0, "all work and no play " },
		{ FLOOD, "", 0, "HTTP/1.1 100 Continue\r\n\r\n" },
		{ FLOOD, "HTTP/1.1 102 Processing\r\n\r\n", 0, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < GM_ARRAY_SIZE(floods); i++) {
		const struct reply script[] = { floods[i], ok };

		w->s.req_nr = 0;
		w->s.flooded = 0;
		server_script(&w->s, script, 2);
		open_push(w);
		add(w, "a");
		PUMP(w, stats(w).failed == 1);
		expect_stats(w, 0, 1, refused[i], !refused[i]);
		assert_int_equal(!!strstr(said, "too long"), refused[i]);
		said[0] = '\0';
		PUMP(w, w->s.conn[0].fd < 0);	      /* the client closes the connection */
		assert_true(w->s.flooded < 30 << 20); /* the buffers of two sockets hold less */
		gm_push_close(w->p, 0);
		w->p = NULL;
		free(w->s.req[0].body);
	}
	w->s.req_nr = 0;
}

/* An answer of exactly the limit is accepted; one byte more is refused and not tried again. */
static void test_answer_limit(void **state)
{
	struct world *w = *state;
	char *text = malloc(200000), *p = text;
	struct reply r = { SAY, text, 0, NULL };

	for (unsigned int over = 0; over < 2; over++) {
		p = text + sprintf(text, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", GM_PUSH_ANSWER_MAX + over);
		memset(p, 'x', GM_PUSH_ANSWER_MAX + over);
		r.len = (size_t)(p - text) + GM_PUSH_ANSWER_MAX + over;
		try_reply(w, &r, "ab", over);
		expect_stats(w, 2 - over, over, over, 0);
		assert_int_equal(!!strstr(said, "too long"), over);
		gm_push_close(w->p, 0);
		w->p = NULL;
	}
	free(text);
}

/* ---- pauses ---- */

static void test_backoff(void **state)
{
	static const unsigned int want[] = { 800, 1600, 3200, 5000, 5000, 5000 };
	struct world *w = *state;
	uint64_t lo, hi;

	SCRIPT(w, { SAY, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" }, { SAY_CLOSE, "" });
	w->o.pause_ns = 800 * SEC;
	w->o.pause_max_ns = 5000 * SEC;
	open_push(w);
	add(w, "a");
	for (size_t i = 0; i < GM_ARRAY_SIZE(want); i++) {
		next_pause(w, &lo, &hi);
		assert_true(hi >= want[i] * SEC / 2 && lo <= want[i] * SEC);
		pass(w);
	}
	SCRIPT(w, { SAY, OK_TEXT });
	PUMP(w, stats(w).sent == 1);
	SCRIPT(w, { SAY, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" });
	add(w, "b");
	next_pause(w, &lo, &hi); /* the first pause again */
	assert_true(lo <= 800 * SEC);
}

/* Pauses are random in the upper half of their range. */
static void test_jitter(void **state)
{
	struct world *w = *state;
	unsigned int low = 0, high = 0;
	uint64_t lo, hi;

	SCRIPT(w, { SAY, "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n" });
	w->o.pause_ns = w->o.pause_max_ns = 3600 * SEC;
	open_push(w);
	add(w, "a");
	for (int i = 0; i < 60; i++) {
		next_pause(w, &lo, &hi);
		assert_true(hi >= 1800 * SEC && lo <= 3600 * SEC);
		low += hi < 2700 * SEC;
		high += lo > 2700 * SEC;
		pass(w);
	}
	assert_true(low > 5 && high > 5);
}

static void expect_retry_after(struct world *w, const char *header, uint64_t least_ns, uint64_t most_ns)
{
	char text[300];
	struct reply r = { SAY, text, 0, NULL };
	uint64_t lo, hi;

	snprintf(text, sizeof(text), "HTTP/1.1 429 No\r\n%sContent-Length: 0\r\n\r\n", header);
	server_script(&w->s, &r, 1);
	open_push(w);
	add(w, "a");
	next_pause(w, &lo, &hi);
	if (hi < least_ns || lo > most_ns)
		fail_msg("%s: between %f and %f s", header, (double)lo / SEC, (double)hi / SEC);
	gm_push_close(w->p, 0);
	w->p = NULL;
}

static void test_retry_after(void **state)
{
	static const char *const none[] = {
		"",
		"Retry-After:\r\n",
		"Retry-After: 0\r\n",
		"Retry-After: -5\r\n",
		"Retry-After: soon\r\n",
		"Retry-After: 1x\r\n",
		"Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
		"X-Retry-After: 100\r\n",
		"Retry-Afterwards: 100\r\n",
	};
	static const char *const hundred[] = {
		"Retry-After: 100\r\n",
		"retry-after:100\r\n",
		"RETRY-AFTER:  \t 100 \t \r\n",
	};
	static const char *const ever[] = {
		"Retry-After: 601\r\n",
		"Retry-After: 99999999999999999999999\r\n",
		"Retry-After: 4294967295\r\n",
		"Retry-After: 4294967296\r\n",
		"Retry-After: Fri, 31 Dec 2999 23:59:59 GMT\r\n",
	};
	struct world *w = *state;
	char date[80];
	time_t at;

	w->o.pause_ns = 2 * SEC;
	w->o.pause_max_ns = 600 * SEC;
	for (size_t i = 0; i < GM_ARRAY_SIZE(none); i++)
		expect_retry_after(w, none[i], SEC, 2 * SEC);
	for (size_t i = 0; i < GM_ARRAY_SIZE(hundred); i++)
		expect_retry_after(w, hundred[i], 100 * SEC, 100 * SEC);
	for (size_t i = 0; i < GM_ARRAY_SIZE(ever); i++)
		expect_retry_after(w, ever[i], 600 * SEC, 600 * SEC);
	at = time(NULL) + 300;
	strftime(date, sizeof(date), "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime(&at));
	expect_retry_after(w, date, 240 * SEC, 300 * SEC);
}

/* Retry-After is valid for one answer, and its time is kept; an answer without it has an ordinary pause. */
static void test_retry_after_once(void **state)
{
	struct world *w = *state;
	uint64_t lo, hi;

	SCRIPT(w, { SAY, "HTTP/1.1 503 No\r\nRetry-After: 100\r\nContent-Length: 0\r\n\r\n" },
	       { SAY, "HTTP/1.1 103 Early\r\nRetry-After: 100\r\n\r\nHTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" },
	       { SAY, OK_TEXT });
	w->o.pause_ns = 2 * SEC;
	w->o.pause_max_ns = 50 * SEC;
	open_push(w);
	add(w, "a");
	next_pause(w, &lo, &hi);
	assert_true(hi >= 50 * SEC);
	pass(w);
	next_pause(w, &lo, &hi);
	assert_true(lo <= 4 * SEC);
	pass(w);
	PUMP(w, stats(w).sent == 1);
	expect_bodies(w, "aaa");
}

/* ---- messages of the server ---- */

#define PROTOBUF(code, len, body) \
	"HTTP/1.1 " code " Word\r\nContent-Type: application/x-protobuf\r\nContent-Length: " len "\r\n\r\n" body
#define PARTIAL PROTOBUF("200", "14", "\x0a\x0c\x08\x05\x12\x08" "too\x1b[old")

static void test_partial_success(void **state)
{
	struct world *w = *state;

	SCRIPT(w, { SAY, PARTIAL }, { SAY, PARTIAL }, { SAY, OK_TEXT }, { SAY, PARTIAL });
	open_push(w);
	for (int i = 0; i < 4; i++)
		add(w, "x");
	PUMP(w, stats(w).queued == 0);
	expect_bodies(w, "xxxx");
	expect_stats(w, 4, 0, 0, 0);
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(said, "5 data points were rejected: too\\x1b[old\n"));
}

static void test_remark(void **state)
{
	struct world *w = *state;

	SCRIPT(w, { SAY, PROTOBUF("200", "2", "\x0a\x00"), sizeof(PROTOBUF("200", "2", "\x0a\x00")) - 1 },
	       { SAY, PROTOBUF("200", "8",
			       "\x0a\x06\x12\x04"
			       "slow") });
	open_push(w);
	for (int i = 0; i < 4; i++)
		add(w, "x");
	PUMP(w, stats(w).sent == 4);
	assert_int_equal(warnings, 0);
	assert_int_equal(infos, 1);
	assert_non_null(strstr(said, ": slow\n"));
}

static void test_status_message(void **state)
{
	struct world *w = *state;

	SCRIPT(w, { SAY, PROTOBUF("400", "10",
				  "\x08\x03\x12\x06"
				  "no\nway") });
	open_push(w);
	add(w, "x");
	PUMP(w, stats(w).dropped == 1);
	assert_non_null(strstr(said, "HTTP 400: no\\x0away;"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_success),
		T(test_gzip),
		T(test_order),
		T(test_retryable),
		T(test_final),
		T(test_accepted),
		T(test_around_the_answer),
		T(test_cut_off),
		T(test_no_listener),
		T(test_timeout),
		T(test_not_accepted),
		T(test_endless),
		T(test_answer_limit),
		T(test_backoff),
		T(test_jitter),
		T(test_retry_after),
		T(test_retry_after_once),
		T(test_partial_success),
		T(test_remark),
		T(test_status_message),
	};

	push_world_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
