// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/exporter/httpd*.c with many, slow and hostile clients. */
#include "fixture/httpd_world.h"
#include "base/clock.h"

#define SECOND 1000000000ull

static void limit(struct world *w, unsigned int connections, uint64_t deadline_ns, size_t retired_bytes)
{
	const struct gm_httpd_limits l = { connections, deadline_ns, retired_bytes };

	gm_httpd_set_limits(w->h, &l);
}

/* Ages all connections, as if they had done nothing for so long. */
static void age(struct world *w, uint64_t ns)
{
	for (size_t i = 0; i < w->h->conns.nr; i++)
		((struct gm_conn *)w->h->conns.at[i])->since_ns -= ns;
	w_run(w);
}

static bool ended(int fd)
{
	char c;
	ssize_t n = recv(fd, &c, 1, MSG_PEEK);

	return n == 0 || (n < 0 && errno != EAGAIN);
}

/*
 * Ends all connections by their deadlines. libmicrohttpd (0.9.75) does not see the end of a connection that arrives
 * together with a request, and never ends one whose query has more words than its memory holds.
 */
static void everyone_goes(struct world *w)
{
	w_settle(w);
	age(w, 30 * SECOND);
	w_until(w, !w_stats(w).connections);
	w_settle(w);
}

/* ---- many ---- */

static void test_hundred_silent(void **state)
{
	struct world w;
	uint64_t before;
	int fd[100], gone = 0;

	(void)state;
	w_open(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(fd); i++)
		fd[i] = w_connect(&w);
	before = gm_now_ns();
	assert_int_equal(w_status(&w, "/metrics"), 200);
	assert_true(gm_now_ns() - before < 5 * SECOND);
	w_settle(&w);					   /* idle connections don't keep the server busy */
	assert_int_equal(w_stats(&w).connections, 64 - 1); /* the client that asked has closed its connection */
	assert_int_equal(w_stats(&w).evicted, 100 + 1 - 64);
	/* the server has closed the oldest connections */
	for (size_t i = 0; i < GM_ARRAY_SIZE(fd); i++) {
		gone += ended(fd[i]);
		assert_int_equal(gone, i < 37 ? i + 1 : 37);
		close(fd[i]);
	}
	w_until(&w, !w_stats(&w).connections);
	w_close(&w);
}

/* A connection waits only since its last complete request, however old it is. */
static void test_longest_waiting_goes(void **state)
{
	struct world w;
	struct reply r;
	int busy, idle, half, newest;

	(void)state;
	w_open(&w);
	limit(&w, 3, 30 * SECOND, 1 << 20);
	busy = w_connect(&w);
	w_until(&w, w_stats(&w).connections == 1);
	half = w_connect(&w);
	w_until(&w, w_stats(&w).connections == 2);
	idle = w_connect(&w);
	w_until(&w, w_stats(&w).connections == 3);
	w_puts(&w, half, "GET /metrics HTTP/1.1\r\nHost: t\r\n"); /* sends, but completes no request */
	w_puts(&w, busy, GET_METRICS);
	w_reply(&w, busy, &r, false);
	assert_int_equal(r.status, 200);
	r_release(&r);
	w_settle(&w); /* the server may note only in the next turn that the answer is sent */
	newest = w_connect(&w);
	assert_true(w_ends(&w, half));
	assert_false(ended(busy));
	assert_false(ended(idle));
	close(newest);
	w_until(&w, w_stats(&w).connections == 2);
	newest = w_connect(&w);
	w_settle(&w);
	assert_false(ended(idle)); /* the limit was no longer reached */
	assert_int_equal(w_stats(&w).evicted, 1);
	close(busy);
	close(half);
	close(idle);
	close(newest);
	w_close(&w);
}

/* ---- slow ---- */

static void test_silent(void **state)
{
	struct world w;
	int fd;

	(void)state;
	w_open(&w);
	fd = w_connect(&w);
	w_until(&w, w_stats(&w).connections == 1);
	age(&w, 29 * SECOND);
	w_settle(&w);
	assert_false(ended(fd));
	age(&w, SECOND);
	w_until(&w, !w_stats(&w).connections);
	assert_true(ended(fd));
	assert_int_equal(w_stats(&w).evicted, 1);
	close(fd);
	w_close(&w);
}

/* Only the timer wakes the server. */
static void test_deadline_wakes(void **state)
{
	struct world w;
	int fd;

	(void)state;
	w_open(&w);
	limit(&w, 64, SECOND / 10, 1 << 20);
	fd = w_connect(&w);
	w_until(&w, w_stats(&w).evicted == 1 && !w_stats(&w).connections);
	w_settle(&w);
	close(fd);
	w_close(&w);
}

/* A byte now and then is no progress. */
static void test_dribbling(void **state)
{
	static const char head[] = "GET /metrics HTTP/1.1\r\nHost: test\r\nX-Long: "
				   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
	struct world w;
	int fd;
	size_t i;

	(void)state;
	w_open(&w);
	fd = w_connect(&w);
	for (i = 0; i < sizeof(head) - 1 && !ended(fd); i++) {
		w_send(&w, fd, head + i, 1);
		w_settle(&w);
		age(&w, SECOND);
		w_settle(&w);
	}
	assert_in_range(i, 25, 30); /* real time passes, too */
	assert_int_equal(w_stats(&w).evicted, 1);
	close(fd);
	w_close(&w);
}

/* A connection that is idle between two requests is closed, and not counted as slow; one inside of a request is. */
static void test_idle(void **state)
{
	static const struct {
		const char *more;
		unsigned int evicted;
	} rows[] = {
		{ "", 0 },
		{ "GET /metrics HTTP/1.1\r\n", 1 },
	};
	struct world w;
	struct reply r;

	(void)state;
	w_open(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(rows); i++) {
		int fd = w_connect(&w);

		w_puts(&w, fd, GET_METRICS);
		w_reply(&w, fd, &r, false);
		assert_int_equal(r.status, 200);
		r_release(&r);
		w_settle(&w);
		age(&w, 29 * SECOND);
		w_puts(&w, fd, GET_METRICS); /* the deadline begins again here */
		w_reply(&w, fd, &r, false);
		assert_int_equal(r.status, 200);
		r_release(&r);
		w_settle(&w);
		age(&w, 29 * SECOND);
		w_puts(&w, fd, rows[i].more);
		w_settle(&w);
		assert_false(ended(fd));
		age(&w, SECOND);
		assert_true(w_ends(&w, fd));
		assert_int_equal(w_stats(&w).evicted, rows[i].evicted);
		close(fd);
	}
	w_close(&w);
}

/* A client that does not read: the server answers others, then closes the connection and frees the body. */
static void test_slow_reader(void **state)
{
	struct world w;
	struct reply r;
	int slow;

	(void)state;
	w_open(&w);
	w.body_bytes = 4 << 20;
	slow = w_connect_slow(&w);
	w_puts(&w, slow, GET_METRICS);
	w_until(&w, w_stats(&w).requests == 1);
	w_settle(&w); /* does not spin on it */
	w.sample++;
	w_ask(&w, &r, "GET", "/metrics", "");
	assert_int_equal(r.status, 200);
	assert_memory_equal(r.body, "format 0 of sample 2", 20);
	assert_true(r.body_len >= w.body_bytes);
	r_release(&r);
	w_settle(&w);
	assert_int_equal(w.h->bodies.nr, 2);
	age(&w, 30 * SECOND);
	w_until(&w, !w_stats(&w).connections);
	assert_int_equal(w_stats(&w).evicted, 1);
	assert_int_equal(w.h->bodies.nr, 1);
	assert_true(w_ends(&w, slow));
	close(slow);
	w_close(&w);
}

/* A slow one that does read has the sample that it asked for, whole, whatever became newer. */
static void test_old_picture_whole(void **state)
{
	struct world w, then;
	struct gm_str want = { 0 };
	struct reply r;
	int slow, bytes = 1 << 20;

	(void)state;
	w_open(&w);
	w.body_bytes = 4 << 20;
	slow = w_connect_slow(&w);
	w_puts(&w, slow, GET_METRICS);
	w_until(&w, w_stats(&w).requests == 1);
	then = w;
	for (int i = 0; i < 3; i++) {
		w.sample++;
		assert_int_equal(w_status(&w, "/metrics"), 200);
	}
	w_body(&then, GM_FORMAT_TEXT, &want);
	assert_int_equal(w.h->bodies.nr, 2);
	/* not so slow any more: the test has other things to do */
	assert_int_equal(setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)), 0);
	w_reply(&w, slow, &r, false);
	assert_int_equal(r.body_len, want.len);
	assert_memory_equal(r.body, want.s, want.len);
	r_release(&r);
	gm_str_release(&want);
	w_until(&w, w.h->bodies.nr == 1);
	assert_int_equal(w_stats(&w).evicted, 0);
	close(slow);
	w_close(&w);
}

/* Clients that pin old bodies: above the limit the server closes those with the oldest. */
static void test_memory_bound(void **state)
{
	struct world w;
	int fd[6];

	(void)state;
	w_open(&w);
	w.body_bytes = 4 << 20;
	limit(&w, 64, 30 * SECOND, 3 * (4 << 20) + (1 << 20));
	for (size_t i = 0; i < GM_ARRAY_SIZE(fd); i++) {
		fd[i] = w_connect_slow(&w);
		w_puts(&w, fd[i], GET_METRICS);
		w_until(&w, w_stats(&w).requests == i + 1);
		w_settle(&w);
		assert_int_equal(w_stats(&w).evicted, i < 4 ? 0 : i - 3);
		assert_int_equal(w.h->bodies.nr, i < 4 ? i + 1 : 4);
		w.sample++;
	}
	for (size_t i = 0; i < GM_ARRAY_SIZE(fd); i++) {
		if (i < 2)
			assert_true(w_ends(&w, fd[i]));
		else
			assert_false(ended(fd[i]));
		close(fd[i]);
	}
	w_until(&w, !w_stats(&w).connections);
	assert_int_equal(w.h->bodies.nr, 1);
	w_close(&w);
}

/* What is made for one answer counts as well. */
static void test_memory_bound_landing(void **state)
{
	struct world w;
	int fd[6];

	(void)state;
	w_open(&w);
	w.body_bytes = 4 << 20;
	limit(&w, 64, 30 * SECOND, 4 * (4 << 20) + (1 << 20));
	for (size_t i = 0; i < GM_ARRAY_SIZE(fd); i++) {
		fd[i] = w_connect_slow(&w);
		w_puts(&w, fd[i], "GET / HTTP/1.1\r\nHost: t\r\n\r\n");
		w_until(&w, w_stats(&w).requests == i + 1);
		w_settle(&w);
		assert_int_equal(w.h->bodies.nr, i < 4 ? i + 1 : 4);
	}
	assert_int_equal(w_stats(&w).evicted, 2);
	for (size_t i = 0; i < GM_ARRAY_SIZE(fd); i++)
		close(fd[i]);
	w_close(&w);
}

/* What the kernel keeps for one that does not read is bounded too. */
static void test_kernel_memory_bound(void **state)
{
	struct world w;
	int fd, bytes = 0, evicted;
	socklen_t len = sizeof(bytes);

	(void)state;
	w_open(&w);
	w.body_bytes = 16 << 20;
	fd = w_connect_slow(&w);
	w_puts(&w, fd, GET_METRICS);
	w_until(&w, w_stats(&w).requests == 1);
	w_settle(&w);
	assert_int_equal(w.h->conns.nr, 1);
	assert_int_equal(getsockopt(((struct gm_conn *)w.h->conns.at[0])->fd, SOL_SOCKET, SO_SNDBUF, &bytes, &len), 0);
	assert_in_range(bytes, 1, 1 << 20);
	/* and goes at once: the client sees a reset, not the rest of it */
	age(&w, 30 * SECOND);
	w_until(&w, !w_stats(&w).connections);
	len = sizeof(evicted);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &evicted, &len), 0);
	assert_int_equal(evicted, ECONNRESET);
	close(fd);
	w_close(&w);
}

/* ---- hostile ---- */

enum { WAITS = -1, ENDS = 0 };	/* beside a status: the server waits for more; it closes without an answer */

struct head {
	const char *what, *text;
	size_t len;		/* 0: strlen(text) */
	int want[3];		/* accepted outcomes, as versions of libmicrohttpd differ */
};

#define BYTES(s) s, sizeof(s) - 1

static const struct head heads[] = {
	{ "nothing but ends of lines", "\r\n\r\n\n\n", 0, { WAITS, 400, ENDS } },
	{ "a lone NUL", BYTES("\0"), { WAITS, 400, ENDS } },
	{ "NULs", BYTES("\0\0\0\0\r\n\0\0\r\n\r\n"), { 400, WAITS, ENDS } },
	{ "NUL in the method", BYTES("GE\0T /metrics HTTP/1.1\r\nHost: t\r\n\r\n"), { 400, 405, ENDS } },
	{ "NUL in the path", BYTES("GET /metrics\0x HTTP/1.1\r\nHost: t\r\n\r\n"), { 400, 200, ENDS } },
	{ "NUL in a field", BYTES("GET /metrics HTTP/1.1\r\nHost: t\r\nAccept: a\0b\r\n\r\n"), { 400, 200, 400 } },
	{ "an escaped NUL", "GET /metrics%00x HTTP/1.1\r\nHost: t\r\n\r\n", 0, { 404, 400, 404 } },
	{ "a cut escape", "GET /metrics%4 HTTP/1.1\r\nHost: t\r\n\r\n", 0, { 404, 400, 404 } },
	{ "no version", "GET /metrics\r\n\r\n", 0, { 400, ENDS, 400 } },
	{ "no path", "GET\r\n\r\n", 0, { 400, ENDS, 400 } },
	{ "no path but a version", "GET HTTP/1.1\r\n\r\n", 0, { 400, ENDS, 400 } },
	{ "two spaces", "GET  /metrics  HTTP/1.1\r\nHost: t\r\n\r\n", 0, { 400, 200, ENDS } },
	{ "a space in the path", "GET /met rics HTTP/1.1\r\nHost: t\r\n\r\n", 0, { 400, ENDS, 400 } },
	{ "HTTP/0.9", "GET / HTTP/0.9\r\n\r\n", 0, { 400, 505, 400 } },
	{ "HTTP/2.0", "GET / HTTP/2.0\r\nHost: t\r\n\r\n", 0, { 400, 505, 400 } },
	{ "HTTP/9.9", "GET / HTTP/9.9\r\nHost: t\r\n\r\n", 0, { 400, 505, 400 } },
	{ "HTTP/1.1.1", "GET / HTTP/1.1.1\r\nHost: t\r\n\r\n", 0, { 400, 505, 400 } },
	{ "HTTP/x.y", "GET / HTTP/x.y\r\nHost: t\r\n\r\n", 0, { 400, 505, 400 } },
	{ "HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, { 400, 505, 400 } },
	{ "a ClientHello", BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"), { 400, ENDS, 400 } },
	{ "SSH", "SSH-2.0-OpenSSH_9.2\r\n\r\n", 0, { 400, ENDS, 400 } },
	{ "no Host", "GET /metrics HTTP/1.1\r\n\r\n", 0, { 400, 400, 400 } },
	{ "a field without colon", "GET / HTTP/1.1\r\nHost: t\r\nnonsense\r\n\r\n", 0, { 400, 200, 400 } },
	{ "a field without name", "GET / HTTP/1.1\r\nHost: t\r\n: x\r\n\r\n", 0, { 400, 200, 400 } },
	{ "a folded field", "GET / HTTP/1.1\r\nHost: t\r\nA: b\r\n c\r\n\r\n", 0, { 400, 200, 400 } },
	{ "a fold first", "GET / HTTP/1.1\r\n Host: t\r\n\r\n", 0, { 400, ENDS, 400 } },
	{ "half a head", "GET / HTTP/1.1\r\nHost: t\r\nX-A", 0, { WAITS, WAITS, WAITS } },
	{ "bytes above 127", "GET /\xff\xfe\x80 HTTP/1.1\r\nHost: \xff\r\nAccept: \xf0\x9f\x92\xa9\r\n\r\n", 0,
	  { 404, 400, 404 } },
	{ "format characters", "GET /%n%s%n HTTP/1.1\r\nHost: %s%n\r\nAccept: %n%n\r\n\r\n", 0, { 404, 400, 404 } },
	{ "a body with GET", "GET /metrics HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello", 0,
	  { 413, 413, 413 } },
	{ "a body with POST", "POST /metrics HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello", 0,
	  { 405, 405, 405 } },
	{ "a body to come", "GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 9999999999\r\n\r\n", 0, { 413, 413, 413 } },
	{ "a body that waits for us", "POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: "
	  "9\r\n\r\n", 0, { 405, 405, 405 } },
	{ "a body in chunks", "GET / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: "
	  "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 0, { 413, 413, 413 } },
	{ "an endless chunk", "GET / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
	  0, { 413, 400, 413 } },
	{ "another encoding", "GET / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip\r\n\r\n", 0, { 413, 400, 413 } },
	{ "two lengths", "GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nGET /", 0,
	  { 413, 400, 413 } },
	{ "chunks and a length", "GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nTransfer-Encoding: "
	  "chunked\r\n\r\n", 0, { 413, 400, 413 } },
	{ "a negative length", "GET / HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n", 0, { 400, 413, 400 } },
	{ "a length beyond all", "GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999999999999999\r\n\r\n", 0,
	  { 413, 413, 413 } },
	{ "no length in Content-Length", "GET / HTTP/1.1\r\nHost: t\r\nContent-Length: x\r\n\r\n", 0,
	  { 400, 413, 400 } },
	{ "an upgrade", "GET /metrics HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 0,
	  { 200, 200, 200 } },
	{ "a range", "GET /metrics HTTP/1.1\r\nHost: t\r\nRange: bytes=0-18446744073709551615\r\n\r\n", 0,
	  { 200, 200, 200 } },
	{ "a proxy's request", "GET http://t/metrics HTTP/1.1\r\nHost: t\r\n\r\n", 0, { 200, 200, 200 } },
	{ "an unknown method", "\x7f\x01 / HTTP/1.1\r\nHost: t\r\n\r\n", 0, { 405, 400, 405 } },
};

/* Sends a request; returns its status, WAITS or ENDS. */
static int outcome(struct world *w, const char *text, size_t len)
{
	int fd = w_connect(w), status = WAITS;
	struct reply r;

	w_send(w, fd, text, len);
	w_settle(w);
	if (ended(fd)) {
		status = ENDS;
	} else if (recv(fd, &(char){ 0 }, 1, MSG_PEEK) > 0) {
		w_reply(w, fd, &r, false);
		status = r.status;
		r_release(&r);
	}
	close(fd);
	return status;
}

static void test_hostile_heads(void **state)
{
	struct world w;

	(void)state;
	w_open(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(heads); i++) {
		const struct head *t = &heads[i];
		int got = outcome(&w, t->text, t->len ? t->len : strlen(t->text));

		if (got != t->want[0] && got != t->want[1] && got != t->want[2])
			fail_msg("%s: %d", t->what, got);
		assert_int_equal(w_status(&w, "/metrics"), 200);
	}
	w_until(&w, !w_stats(&w).connections);
	w_close(&w);
}

/* Sends a request with so many `what` between a begin and an end; returns its outcome. */
static int long_outcome(struct world *w, const char *begin, const char *what, size_t times, const char *end)
{
	struct gm_str s = { 0 };
	int got;

	gm_str_puts(&s, begin);
	for (size_t i = 0; i < times; i++)
		gm_str_puts(&s, what);
	gm_str_puts(&s, end);
	got = outcome(w, s.s, s.len);
	gm_str_release(&s);
	return got;
}

static void test_overlong(void **state)
{
	static const struct {
		const char *begin, *what;
		size_t times;
		const char *end;
		int want[4];
	} rows[] = {
		{ "GET /", "a", 100000, " HTTP/1.1\r\nHost: t\r\n\r\n", { 414, 431, ENDS, 400 } },
		{ "GET /metrics?", "a=b&", 30000, " HTTP/1.1\r\nHost: t\r\n\r\n", { 414, 431, ENDS, 400 } },
		{ "GET /metrics?", "a&", 3000, " HTTP/1.1\r\nHost: t\r\n\r\n", { 200, 414, 431, WAITS } },
		{ "", "G", 100000, " / HTTP/1.1\r\nHost: t\r\n\r\n", { 414, 431, ENDS, 501 } },
		{ "GET / HTTP/1.1\r\nHost: ", "t", 100000, "\r\n\r\n", { 431, ENDS, 413, 400 } },
		{ "GET / HTTP/1.1\r\nHost: t\r\nAccept: ", "x,", 50000, "\r\n\r\n", { 431, ENDS, 413, 400 } },
		{ "GET / HTTP/1.1\r\nHost: t\r\n", "A: b\r\n", 20000, "\r\n", { 431, ENDS, 413, 400 } },
		{ "GET / HTTP/1.1\r\nHost: t\r\nCookie: ", "a=b;", 20000, "\r\n\r\n", { 431, ENDS, 413, 400 } },
		{ "GET / HTTP/1.1\r\nHost: t\r\nCookie: ", "a=b;", 1000, "\r\n\r\n", { 200, 431, ENDS, 400 } },
		{ "", "\r\n", 50000, "GET / HTTP/1.1\r\nHost: t\r\n\r\n", { 200, 400, ENDS, 414 } },
		{ "", "\0", 1, "", { WAITS, ENDS, 400, 400 } },
		{ "GET /metrics HTTP/1.1\r\nHost: t\r\nAccept: ",
		  "application/openmetrics-text,",
		  300,
		  "\r\n\r\n",
		  { 200, 200, 200, 200 } },
	};
	struct world w;

	(void)state;
	w_open(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(rows); i++) {
		int got = long_outcome(&w, rows[i].begin, rows[i].what, rows[i].times, rows[i].end), n = 0;

		while (n < 4 && got != rows[i].want[n])
			n++;
		if (n == 4)
			fail_msg("%s%s...: %d", rows[i].begin, rows[i].what, got);
		assert_int_equal(w_status(&w, "/metrics"), 200);
	}
	w_close(&w);
}

/* Randomly changed requests, and random bytes; several on a connection. */
static void test_random(void **state)
{
	struct world w;
	uint64_t seed = 20250101;
	char text[600];

	(void)state;
	w_open(&w);
	for (int i = 0; i < 400; i++) {
		const struct head *t = &heads[unit_random(&seed) % GM_ARRAY_SIZE(heads)];
		size_t len = t->len ? t->len : strlen(t->text);
		int fd = w_connect(&w);

		for (int k = 0; k < 4; k++) {
			memcpy(text, t->text, len);
			for (uint64_t n = unit_random(&seed) % 8; n; n--)
				text[unit_random(&seed) % len] = (char)unit_random(&seed);
			if (!(unit_random(&seed) % 4)) {
				len = unit_random(&seed) % sizeof(text) + 1;
				for (size_t b = 0; b < len; b++)
					text[b] = (char)unit_random(&seed);
				k = 4; /* k still lies in the shorter text */
			}
			w_send(&w, fd, text, len);
		}
		w_run(&w);
		if (unit_random(&seed) % 2)
			shutdown(fd, SHUT_WR);
		w_run(&w);
		close(fd);
	}
	assert_int_equal(w_status(&w, "/metrics"), 200);
	everyone_goes(&w);
	w_close(&w);
}

/* Junk behind a good request: the request is answered, and the junk ends the connection. */
static void test_pipelined_junk(void **state)
{
	struct world w;
	struct reply r;
	int fd;

	(void)state;
	w_open(&w);
	fd = w_connect(&w);
	w_send(&w, fd, BYTES(GET_METRICS "\x01junk\0 junk junk\r\n\r\n" GET_METRICS));
	w_reply(&w, fd, &r, false);
	assert_int_equal(r.status, 200);
	r_release(&r);
	w_reply(&w, fd, &r, false);
	assert_true(r.status >= 400 || r.closed);
	r_release(&r);
	assert_true(w_ends(&w, fd));
	assert_int_equal(w_stats(&w).requests, 1);
	close(fd);
	w_close(&w);
}

/* A refused body is not read as the next request. */
static void test_no_smuggling(void **state)
{
	static const char *const heads_of[] = { "Content-Length: 39", "Transfer-Encoding: chunked",
						"Content-Length: 0\r\nContent-Length: 39" };
	struct world w;
	struct gm_str text = { 0 };
	struct reply r;

	(void)state;
	w_open(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(heads_of); i++) {
		int fd = w_connect(&w);

		gm_str_clear(&text);
		gm_str_printf(&text, "GET / HTTP/1.1\r\nHost: t\r\n%s\r\n\r\n" GET_METRICS, heads_of[i]);
		w_send(&w, fd, text.s, text.len);
		w_reply(&w, fd, &r, false);
		assert_true(r.status == 413 || r.status == 400);
		r_release(&r);
		assert_true(w_ends(&w, fd));
		close(fd);
	}
	assert_int_equal(w.renders[GM_FORMAT_TEXT], 0);
	gm_str_release(&text);
	w_close(&w);
}

/* Urgent data, half closed connections, and clients that end before they are accepted. */
static void test_rude(void **state)
{
	struct linger reset = { 1, 0 };
	struct world w;
	struct reply r;
	int fd;

	(void)state;
	w_open(&w);
	fd = w_connect(&w);
	assert_int_equal(send(fd, "!", 1, MSG_OOB), 1);
	w_settle(&w);
	close(fd);
	fd = w_connect(&w);
	w_puts(&w, fd, GET_METRICS);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	w_reply(&w, fd, &r, false);
	assert_true(r.status == 200 || r.closed);
	r_release(&r);
	close(fd);
	for (int i = 0; i < 50; i++) {
		fd = w_connect(&w);
		w_puts(&w, fd, i % 2 ? GET_METRICS : "");
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
		close(fd);
	}
	assert_int_equal(w_status(&w, "/metrics"), 200);
	everyone_goes(&w);
	w_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hundred_silent),
		cmocka_unit_test(test_longest_waiting_goes),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_deadline_wakes),
		cmocka_unit_test(test_dribbling),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_old_picture_whole),
		cmocka_unit_test(test_memory_bound),
		cmocka_unit_test(test_memory_bound_landing),
		cmocka_unit_test(test_kernel_memory_bound),
		cmocka_unit_test(test_hostile_heads),
		cmocka_unit_test(test_overlong),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_pipelined_junk),
		cmocka_unit_test(test_no_smuggling),
		cmocka_unit_test(test_rude),
	};

	gm_log_init("test", GM_LOG_QUIET);
	return w_group(tests, GM_ARRAY_SIZE(tests), NULL, NULL);
}
