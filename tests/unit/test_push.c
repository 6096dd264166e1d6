// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * user/view/push: a server on loopback answers well and badly. Client and server are driven in one loop that runs the
 * client only when its descriptor is readable, so a wake-up that does not come is seen. Pauses are judged by
 * when the client means to go on, not by a clock; nothing sleeps.
 */
#include "unit.h"
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>
#include <zlib.h>
#include "http_server.h"
#include "base/gzip.h"
#include "base/log.h"
#include "view/push_answer.h"
#include "view/push_int.h"

#define MS 1000000ull
#define SEC (1000 * MS)

/* ---- stand-ins ---- */

/* Messages are kept instead of printed. */
static char said[16384];
static unsigned int warnings, infos;

static void keep(const char *fmt, va_list ap)
{
	size_t n = strlen(said);

	vsnprintf(said + n, sizeof(said) - n, fmt, ap);
	n = strlen(said);
	snprintf(said + n, sizeof(said) - n, "\n");
}

#define KEEP(fmt) do { va_list ap; va_start(ap, fmt); keep(fmt, ap); va_end(ap); } while (0)

void gm_log_init(const char *tool, enum gm_log_level level)
{
	(void)tool;
	(void)level;
}

enum gm_log_level gm_log_level(void)
{
	return GM_LOG_DEBUG;
}

int gm_err(int err, const char *fmt, ...)
{
	KEEP(fmt);
	return err;
}

int gm_errno(int err, const char *fmt, ...)
{
	KEEP(fmt);
	return err;
}

void gm_warn(const char *fmt, ...)
{
	warnings++;
	KEEP(fmt);
}

void gm_info(const char *fmt, ...)
{
	infos++;
	KEEP(fmt);
}

void gm_debug(const char *fmt, ...)
{
	KEEP(fmt);
}

/* Names: *.test is this machine; slow.test hangs till the test lets it go on. */
static sem_t let_go, gone;

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res)
{
	static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	const char *suffix = node ? strstr(node, ".test") : NULL;
	int rc;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (node && !strcmp(node, "slow.test"))
		sem_wait(&let_go);
	if (node && !strcmp(node, "none.test"))
		return EAI_NONAME;
	rc = real(suffix ? "127.0.0.1" : node, service, hints, res);
	if (node && !strcmp(node, "slow.test"))
		sem_post(&gone);
	return rc;
}

/* ---- client and server ---- */

struct world {
	struct server s;
	struct gm_push_opts o;
	struct gm_push *p;
	char url[200];
	unsigned int runs;		/* of gm_push_run() */
};

#define OK_TEXT "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"
static const struct reply ok = { SAY, OK_TEXT, 0, NULL };

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SEC + (uint64_t)ts.tv_nsec;
}

static void open_push(struct world *w)
{
	assert_int_equal(gm_push_open(&w->p, &w->o), 0);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	server_bind(&w->s);
	server_listen(&w->s);
	server_script(&w->s, &ok, 1);
	snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%u", w->s.port);
	w->o = (struct gm_push_opts){ .url = w->url, .timeout_ns = 30 * SEC, .queue = 8, .pause_ns = 2 * MS,
				      .pause_max_ns = 40 * MS, .agent = "gmtest/1" };
	said[0] = '\0';
	warnings = infos = 0;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	gm_push_close(w->p, 0);
	server_release(&w->s);
	free(w);
	return 0;
}

static void step(struct world *w)
{
	struct pollfd f[CONN_MAX + 2];

	server_fds(&w->s, f);
	f[CONN_MAX + 1] = (struct pollfd){ gm_push_fd(w->p), POLLIN, 0 };
	assert_true(poll(f, CONN_MAX + 2, 1000) >= 0);
	if (f[CONN_MAX + 1].revents) {
		gm_push_run(w->p);
		w->runs++;
	}
	server_step(&w->s, f);
}

#define PUMP(w, cond) do {								\
	for (uint64_t end_ = now_ns() + 60 * SEC; !(cond); step(w))			\
		if (now_ns() > end_)							\
			fail_msg("never happens: %s; said: %s", #cond, said);		\
} while (0)

static void add(struct world *w, const char *text)
{
	struct gm_str b = { 0 };

	gm_str_puts(&b, text);
	assert_int_equal(gm_push_add(w->p, &b), 0);
	assert_null(b.s);
	assert_int_equal(b.len, 0);
}

static struct gm_push_stats stats(const struct world *w)
{
	struct gm_push_stats s;

	gm_push_stats(w->p, &s);
	return s;
}

static void expect_stats(const struct world *w, uint64_t sent, uint64_t failed, uint64_t dropped, uint64_t queued)
{
	struct gm_push_stats s = stats(w);

	assert_int_equal(s.sent, sent);
	assert_int_equal(s.failed, failed);
	assert_int_equal(s.dropped, dropped);
	assert_int_equal(s.queued, queued);
}

static void expect_gunzip(const struct request *r, const void *want, size_t len)
{
	z_stream z = { .next_in = r->body, .avail_in = (uInt)r->len };
	uint8_t *out = malloc(len + 1);

	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	z.next_out = out;
	z.avail_out = (uInt)len + 1;
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.total_out, len);
	assert_int_equal(z.avail_in, 0);
	assert_memory_equal(out, want, len);
	inflateEnd(&z);
	free(out);
}

/* The bodies that came, each one character, in order. */
static void expect_bodies(const struct world *w, const char *want)
{
	assert_int_equal(w->s.req_nr, strlen(want));
	for (size_t i = 0; want[i]; i++)
		expect_gunzip(&w->s.req[i], want + i, 1);
}

#define SCRIPT(w, ...) do { static const struct reply script_[] = { __VA_ARGS__ }; server_script(&(w)->s, script_, GM_ARRAY_SIZE(script_)); } while (0)

/* ---- it goes well ---- */

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
	assert_int_equal(w->s.accepted, 1);		/* the connection stays */
	assert_memory_equal(r->head, "POST /v1/metrics HTTP/1.1\r\n", 27);
	assert_string_equal(request_header(r, "Content-Type"), "application/x-protobuf");
	assert_string_equal(request_header(r, "Content-Encoding"), "gzip");
	assert_string_equal(request_header(r, "User-Agent"), "gmtest/1");
	assert_null(request_header(r, "Expect"));
	assert_null(request_header(r, "Authorization"));
	assert_string_equal(said, "");
	assert_true(w->runs < 200);
}

/* A body that is large is sent without asking first, and comes out as it went in. */
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

static void test_gzip_alone(void **state)
{
	struct gm_str a = { 0 }, b = { 0 };
	char zeros[10000] = { 0 };

	(void)state;
	assert_int_equal(gm_gzip(&a, zeros, sizeof(zeros)), 0);
	assert_true(a.len < 100);
	assert_int_equal(gm_gzip(&b, zeros, sizeof(zeros)), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.s, b.s, a.len);
	assert_int_equal(gm_gzip(&b, zeros, 1), 0);	/* appends */
	assert_memory_equal(a.s, b.s, a.len);
	assert_true(b.len > a.len);
	assert_int_equal(gm_gzip(&b, zeros, (size_t)1 << 40), -E2BIG);
	b.err = -ENOMEM;
	assert_int_equal(gm_gzip(&b, zeros, 1), -ENOMEM);
	gm_str_release(&a);
	gm_str_release(&b);
}

/* Twenty batches, of which some fail at first: in order, one at a time. */
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

/* Sends a and b; a's first answer is text. */
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
	static const int codes[] = { 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 408, 413, 415, 418, 428, 431, 500,
				     501, 505, 507, 599 };

	for (size_t i = 0; i < GM_ARRAY_SIZE(codes); i++)
		try_code(*state, codes[i], "ab", 1, 1, 1);
}

static void test_taken(void **state)
{
	static const int codes[] = { 200, 201, 202, 204, 299 };

	for (size_t i = 0; i < GM_ARRAY_SIZE(codes); i++)
		try_code(*state, codes[i], "ab", 2, 0, 0);
}

/* Interim answers before it, a trailer behind it: none is the answer. */
static void test_around_the_answer(void **state)
{
	struct reply r = { SAY, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nRetry-After: 5\r\n\r\n"
				"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n", 0, NULL };

	try_reply(*state, &r, "ab", false);
}

/* The answer breaks off: tried again, unless bad news had come already. */
static void test_cut_off(void **state)
{
	static const struct { const char *text; const char *bodies; } table[] = {
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
	assert_int_equal(warnings, 1);		/* once, not at each try */
	assert_non_null(strstr(said, "Connection refused"));
	server_listen(&w->s);
	PUMP(w, stats(w).sent == 1);
	assert_int_equal(warnings, 2);
	assert_non_null(strstr(said, "works again"));
}

/* A server that takes the connection and stays silent, before or within its answer. */
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
	assert_true(stats(w).failed >= 4);	/* on a busy machine a try may end before it was heard */
	assert_non_null(strstr(said, "Timeout"));
	assert_non_null(strstr(said, "404"));
	assert_int_equal(warnings, 2);
	assert_true(w->runs < 100 * stats(w).failed);	/* waits, does not spin */
}

/* Not even accepted: the listener's queue holds it. */
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

/* ---- answers that do not end ---- */

static void test_endless(void **state)
{
	/* The sixth ends by libcurl's own bound for one line, which is no answer. */
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
		PUMP(w, w->s.conn[0].fd < 0);		/* hung up on */
		assert_true(w->s.flooded < 30 << 20);	/* what two sockets' buffers hold */
		gm_push_close(w->p, 0);
		w->p = NULL;
		free(w->s.req[0].body);
	}
	w->s.req_nr = 0;
}

/* Exactly the limit is taken, one byte more is refused and not tried again. */
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

/* Runs until the next try is over and paused for; the pause as [*lo, *hi]: it began between them. */
static void next_pause(struct world *w, uint64_t *lo, uint64_t *hi)
{
	uint64_t failed = stats(w).failed, before, after;

	do {
		before = now_ns();
		step(w);
	} while (stats(w).failed == failed);
	after = now_ns();
	assert_int_equal(w->p->state, GM_PUSH_PAUSED);
	*lo = w->p->pause_due - after;
	*hi = w->p->pause_due - before;
}

/* The pause is over. */
static void pass(struct world *w)
{
	w->p->pause_due = 1;
	gm_push_run(w->p);
	assert_int_equal(w->p->state, GM_PUSH_UNDER_WAY);
}

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
	next_pause(w, &lo, &hi);		/* begins anew */
	assert_true(lo <= 800 * SEC);
}

/* Pauses differ, and lie all over the upper half. */
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
		"", "Retry-After:\r\n", "Retry-After: 0\r\n", "Retry-After: -5\r\n", "Retry-After: soon\r\n", "Retry-After: 1x\r\n",
		"Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "X-Retry-After: 100\r\n", "Retry-Afterwards: 100\r\n",
	};
	static const char *const hundred[] = {
		"Retry-After: 100\r\n", "retry-after:100\r\n", "RETRY-AFTER:  \t 100 \t \r\n",
	};
	static const char *const ever[] = {
		"Retry-After: 601\r\n", "Retry-After: 99999999999999999999999\r\n", "Retry-After: 4294967295\r\n",
		"Retry-After: 4294967296\r\n", "Retry-After: Fri, 31 Dec 2999 23:59:59 GMT\r\n",
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

/* It is a word about one answer: the next without one is paused for as ever; and the time is kept. */
static void test_retry_after_once(void **state)
{
	struct world *w = *state;
	uint64_t lo, hi;

	SCRIPT(w, { SAY, "HTTP/1.1 503 No\r\nRetry-After: 100\r\nContent-Length: 0\r\n\r\n" },
	       { SAY, "HTTP/1.1 103 Early\r\nRetry-After: 100\r\n\r\nHTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" }, { SAY, OK_TEXT });
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

/* ---- what the server says ---- */

#define PROTOBUF(code, len, body) "HTTP/1.1 " code " Word\r\nContent-Type: application/x-protobuf\r\nContent-Length: " len "\r\n\r\n" body
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
	assert_non_null(strstr(said, "5 data points were rejected: too?[old\n"));
}

static void test_remark(void **state)
{
	struct world *w = *state;

	SCRIPT(w, { SAY, PROTOBUF("200", "2", "\x0a\x00"), sizeof(PROTOBUF("200", "2", "\x0a\x00")) - 1 }, { SAY, PROTOBUF("200", "8", "\x0a\x06\x12\x04" "slow") });
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

	SCRIPT(w, { SAY, PROTOBUF("400", "10", "\x08\x03\x12\x06" "no\nway") });
	open_push(w);
	add(w, "x");
	PUMP(w, stats(w).dropped == 1);
	assert_non_null(strstr(said, "HTTP 400: no?way;"));
}

static int answer(struct gm_push_answer *a, bool is_ok, const char *type, const char *body, size_t len)
{
	char *exact = malloc(len ? len : 1);	/* for the sanitizer: what is behind it is not ours */
	int err;

	memcpy(exact, body, len);
	err = gm_push_answer(a, is_ok, type, exact, len);
	free(exact);
	return err;
}
#define ANSWER(a, is_ok, type, body) answer(a, is_ok, type, body, sizeof(body) - 1)
#define PB "application/x-protobuf"

static void test_answers(void **state)
{
	struct gm_push_answer a;

	(void)state;
	assert_int_equal(ANSWER(&a, true, PB, ""), 0);
	assert_int_equal(a.rejected, 0);
	assert_string_equal(a.text, "");
	/* unknown fields of every kind before and behind */
	assert_int_equal(ANSWER(&a, true, PB "; v=1", "\x50\x07\x59" "12345678" "\x0a\x11\x5d" "1234" "\x08\xac\x02\x12\x01z\x62\x04" "word" "\x52\x00"), 0);
	assert_int_equal(a.rejected, 300);
	assert_string_equal(a.text, "z");
	assert_int_equal(ANSWER(&a, true, "APPLICATION/X-PROTOBUF", "\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 0);
	assert_int_equal(a.rejected, -1);
	assert_int_equal(ANSWER(&a, false, PB, "\x08\x03\x12\x02no"), 0);
	assert_string_equal(a.text, "no");
	assert_int_equal(ANSWER(&a, false, "text/plain; charset=utf-8", "404 page not found\nat all"), 0);
	assert_string_equal(a.text, "404 page not found");
	assert_int_equal(ANSWER(&a, false, "text/plain", ""), 0);
	assert_int_equal(ANSWER(&a, false, "text/html", "<html>"), 0);
	assert_string_equal(a.text, "");
	assert_int_equal(ANSWER(&a, false, "text/plainer", "x"), 0);
	assert_string_equal(a.text, "");
	assert_int_equal(ANSWER(&a, false, NULL, "x"), 0);
	assert_string_equal(a.text, "");
	/* cut at every byte */
	assert_int_equal(ANSWER(&a, true, PB, "\x0a"), -EBADMSG);
	assert_int_equal(ANSWER(&a, true, PB, "\x0a\x05\x08\x05"), -EBADMSG);
	assert_int_equal(ANSWER(&a, true, PB, "\x0a\x02\x08\x80"), -EBADMSG);
	assert_int_equal(ANSWER(&a, true, PB, "\x59" "1234567"), -EBADMSG);
	assert_int_equal(ANSWER(&a, true, PB, "\x5d" "123"), -EBADMSG);
	assert_int_equal(ANSWER(&a, true, PB, "\x0b"), -EBADMSG);	/* a group */
	assert_int_equal(ANSWER(&a, true, PB, "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), -EBADMSG);
	assert_int_equal(ANSWER(&a, true, PB, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), -EBADMSG);
}

static void test_answers_random(void **state)
{
	struct gm_push_answer a;
	uint64_t seed = 11;
	char body[64];

	(void)state;
	for (int i = 0; i < 300000; i++) {
		size_t len = unit_random(&seed) % sizeof(body);

		for (size_t k = 0; k < len; k++)
			body[k] = (char)(unit_random(&seed) % 3 ? unit_random(&seed) % 24 : unit_random(&seed));
		answer(&a, i & 1, PB, body, len);
		assert_true(strlen(a.text) < sizeof(a.text));
	}
}

/* ---- the queue ---- */

/* While one is under way: it stays, and the oldest of the others goes. */
static void test_overflow(void **state)
{
	struct world *w = *state;

	w->o.queue = 3;
	w->o.timeout_ns = 50 * MS;
	SCRIPT(w, { HOLD, "" }, { SAY, OK_TEXT });
	open_push(w);
	add(w, "a");
	PUMP(w, w->s.req_nr == 1);
	for (const char *s = "bcdef"; *s; s++)
		add(w, (char[]){ *s, 0 });
	assert_int_equal(stats(w).dropped, 3);
	assert_int_equal(stats(w).queued, 3);
	assert_non_null(strstr(said, "more than 3 batches wait"));
	PUMP(w, stats(w).sent == 3);
	expect_bodies(w, "aaef");
}

/* In a pause none is under way; the pause goes on for the next. */
static void test_overflow_paused(void **state)
{
	struct world *w = *state;
	uint64_t lo, hi, due;

	w->o.queue = 2;
	w->o.pause_max_ns = 3600 * SEC;
	SCRIPT(w, { SAY, "HTTP/1.1 503 No\r\nRetry-After: 900\r\nContent-Length: 0\r\n\r\n" }, { SAY, OK_TEXT });
	open_push(w);
	add(w, "a");
	next_pause(w, &lo, &hi);
	due = w->p->pause_due;
	add(w, "b");
	add(w, "c");
	add(w, "d");
	assert_int_equal(w->p->pause_due, due);
	pass(w);
	PUMP(w, stats(w).sent == 2);
	expect_bodies(w, "acd");
	expect_stats(w, 2, 1, 2, 0);
}

static void test_queue_of_one(void **state)
{
	struct world *w = *state;

	w->o.queue = 1;
	open_push(w);
	add(w, "a");
	add(w, "b");			/* a is under way */
	expect_stats(w, 0, 0, 1, 1);
	PUMP(w, stats(w).sent == 1);
	add(w, "c");
	PUMP(w, stats(w).sent == 2);
	expect_bodies(w, "ac");
}

static void test_add_bad(void **state)
{
	struct world *w = *state;
	struct gm_str b = { 0 };

	open_push(w);
	gm_str_puts(&b, "cut short");
	b.err = -ENOMEM;
	assert_int_equal(gm_push_add(w->p, &b), -ENOMEM);
	assert_null(b.s);
	expect_stats(w, 0, 0, 1, 0);
	gm_str_puts(&b, "x");
	b.len = GM_PUSH_BODY_MAX + 1;	/* not looked at */
	assert_int_equal(gm_push_add(w->p, &b), 0);
	assert_null(b.s);
	expect_stats(w, 0, 0, 2, 0);
	assert_int_equal(warnings, 1);
}

/* Three kinds of trouble, each told once; all over with one word. */
static void test_told_once(void **state)
{
	struct world *w = *state;

	w->o.queue = 2;
	SCRIPT(w, { SAY_CLOSE, "" }, { SAY, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" },
	       { SAY, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n" }, { SAY, "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n" },
	       { SAY, OK_TEXT });
	open_push(w);
	for (int i = 0; i < 5; i++)
		add(w, "x");
	assert_int_equal(warnings, 1);	/* full */
	PUMP(w, stats(w).queued == 0);
	assert_int_equal(warnings, 3);	/* and one of each kind of failure */
	add(w, "x");
	PUMP(w, stats(w).sent == 1);
	assert_int_equal(warnings, 4);
	assert_non_null(strstr(said, "works again (4 failed tries)"));
	expect_stats(w, 1, 4, 5, 0);
	add(w, "x");
	PUMP(w, stats(w).sent == 2);
	assert_int_equal(warnings, 4);
}

/* ---- closing: it waits, so the server has a thread ---- */

struct serving {
	struct server *s;
	int stop[2];
	pthread_t thread;
};

static void *serve(void *arg)
{
	struct serving *v = arg;
	struct pollfd f[CONN_MAX + 2];

	for (;;) {
		server_fds(v->s, f);
		f[CONN_MAX + 1] = (struct pollfd){ v->stop[0], POLLIN, 0 };
		poll(f, CONN_MAX + 2, -1);
		if (f[CONN_MAX + 1].revents)
			return NULL;
		server_step(v->s, f);
	}
}

/* Closes with the server running; returns how long it took. */
static uint64_t close_served(struct world *w, uint64_t at_most_ns)
{
	struct serving v = { .s = &w->s };
	uint64_t start;

	assert_int_equal(pipe(v.stop), 0);
	assert_int_equal(pthread_create(&v.thread, NULL, serve, &v), 0);
	start = now_ns();
	gm_push_close(w->p, at_most_ns);
	start = now_ns() - start;
	w->p = NULL;
	assert_int_equal(write(v.stop[1], "", 1), 1);
	assert_int_equal(pthread_join(v.thread, NULL), 0);
	close(v.stop[0]);
	close(v.stop[1]);
	return start;
}

static void test_close_flushes(void **state)
{
	struct world *w = *state;
	uint64_t lo, hi;

	w->o.pause_ns = w->o.pause_max_ns = 3600 * SEC;
	SCRIPT(w, { SAY, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" }, { SAY, OK_TEXT });
	open_push(w);
	add(w, "a");
	add(w, "b");
	add(w, "c");
	next_pause(w, &lo, &hi);
	close_served(w, 30 * SEC);
	expect_bodies(w, "aabc");
	assert_null(strstr(said, "not sent"));
}

/* Each once more, no pause, and the loss is told. */
static void test_close_fails(void **state)
{
	struct world *w = *state;

	w->o.pause_ns = w->o.pause_max_ns = 3600 * SEC;
	SCRIPT(w, { SAY, "HTTP/1.1 503 No\r\nRetry-After: 100\r\nContent-Length: 0\r\n\r\n" }, { SAY, OK_TEXT },
	       { SAY, "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n" });
	open_push(w);
	add(w, "a");
	add(w, "b");
	add(w, "c");
	close_served(w, 30 * SEC);
	expect_bodies(w, "abc");
	assert_non_null(strstr(said, ": 2 batches were not sent\n"));
}

static void test_close_bound(void **state)
{
	struct world *w = *state;
	uint64_t took;

	SCRIPT(w, { HOLD, "" });
	open_push(w);
	add(w, "a");
	add(w, "b");
	PUMP(w, w->s.req_nr == 1);
	took = close_served(w, 50 * MS);
	assert_true(took >= 50 * MS && took < 20 * SEC);
	expect_bodies(w, "a");
	assert_non_null(strstr(said, ": 2 batches were not sent\n"));
	gm_push_close(NULL, 0);
}

static void test_close_now(void **state)
{
	struct world *w = *state;

	open_push(w);
	add(w, "a");
	gm_push_close(w->p, 0);
	w->p = NULL;
	assert_int_equal(w->s.req_nr, 0);
	assert_non_null(strstr(said, ": 1 batches were not sent\n"));
	said[0] = '\0';
	open_push(w);
	assert_true(close_served(w, 30 * SEC) < 20 * SEC);	/* nothing waits: no wait */
	assert_string_equal(said, "");
}

/* ---- names ---- */

static void test_name(void **state)
{
	struct world *w = *state;
	char url[100];

	snprintf(url, sizeof(url), "http://collector.test:%u", w->s.port);
	w->o.url = url;
	open_push(w);
	add(w, "a");
	PUMP(w, stats(w).sent == 1);
	snprintf(url, sizeof(url), "collector.test:%u", w->s.port);
	assert_string_equal(request_header(&w->s.req[0], "Host"), url);
}

static void test_no_such_name(void **state)
{
	struct world *w = *state;

	w->o.url = "http://none.test";
	open_push(w);
	add(w, "a");
	PUMP(w, stats(w).failed == 2);
	assert_non_null(strstr(said, "http://none.test:80"));
	expect_stats(w, 0, 2, 0, 1);
}

/* The resolver hangs: would this wait for it, nothing would ever let it go on. */
static void test_slow_name(void **state)
{
	struct world *w = *state;
	char url[100];

	snprintf(url, sizeof(url), "http://slow.test:%u", w->s.port);
	w->o.url = url;
	w->o.timeout_ns = 20 * MS;
	open_push(w);
	add(w, "a");
	PUMP(w, stats(w).failed == 2);
	expect_stats(w, 0, 2, 0, 1);
	gm_push_close(w->p, 0);
	open_push(w);
	add(w, "a");
	gm_push_run(w->p);
	gm_push_close(w->p, 20 * MS);
	w->p = NULL;
	for (int i = 0; i < 3; i++)
		sem_post(&let_go);
	for (int i = 0; i < 3; i++)
		sem_wait(&gone);
}

/* ---- options ---- */

static void test_bad_urls(void **state)
{
	static const char *const bad[] = {
		"", " ", "/", "//", "nonsense", "localhost", "localhost:4318", "127.0.0.1:4318/v1/metrics", "http:", "http://",
		"http://:4318", "http://user@", "ftp://host/", "file:///etc/passwd", "unix:/run/x",
		"gopher://host", "https//host", "http://host:99999", "http://host:x", "http://host:-1", "http://ho st/", "http://host/a b",
		"http://host\n", "http://host/\r\nX: y", "http://[::1", "http://[::1]x:80", "http://[zz]/", "httpx://host", "javascript:1",
		"http://user:hunter2@", "ftp://user:hunter2@host/", "http://user:hunter2@host:99999/",
	};
	struct world *w = *state;

	for (size_t i = 0; i < GM_ARRAY_SIZE(bad); i++) {
		said[0] = '\0';
		w->o.url = bad[i];
		if (gm_push_open(&w->p, &w->o) != -EINVAL)
			fail_msg("%s: taken", bad[i]);
		assert_null(w->p);
		assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);	/* one line */
		assert_null(strstr(said, "hunter2"));
	}
}

static void expect_url(struct world *w, const char *host_on, const char *request, const char *peer)
{
	char url[300], want[300];

	snprintf(url, sizeof(url), host_on, w->s.port);
	w->o.url = url;
	open_push(w);
	add(w, "x");
	PUMP(w, stats(w).sent == 1);
	assert_memory_equal(w->s.req[w->s.req_nr - 1].head, request, strlen(request));
	snprintf(want, sizeof(want), peer, w->s.port);
	assert_string_equal(w->p->peer, want);
	gm_push_close(w->p, 0);
	w->p = NULL;
}

static void test_urls(void **state)
{
	struct world *w = *state;

	expect_url(w, "http://127.0.0.1:%u", "POST /v1/metrics HTTP/1.1\r\n", "http://127.0.0.1:%u");
	expect_url(w, "http://127.0.0.1:%u/", "POST /v1/metrics HTTP/1.1\r\n", "http://127.0.0.1:%u");
	expect_url(w, "HTTP://127.0.0.1:%u/#part", "POST /v1/metrics HTTP/1.1\r\n", "http://127.0.0.1:%u");
	expect_url(w, "http://127.0.0.1:%u?k=v", "POST /v1/metrics?k=v HTTP/1.1\r\n", "http://127.0.0.1:%u");
	expect_url(w, "http://127.0.0.1:%u/otlp/v1/metrics?k=v", "POST /otlp/v1/metrics?k=v HTTP/1.1\r\n", "http://127.0.0.1:%u");
	expect_url(w, "http://127.0.0.1:%u//", "POST // HTTP/1.1\r\n", "http://127.0.0.1:%u");
}

static void test_headers(void **state)
{
	struct world *w = *state;
	const struct request *r = &w->s.req[0];

	w->o.header[0] = "Authorization: Bearer hunter2";
	w->o.header[1] = "X-Scope-OrgID:tenant \t1";
	w->o.header[2] = "Content: here";
	w->o.header_nr = 3;
	open_push(w);
	memset(w->o.header, 0, sizeof(w->o.header));	/* they were copied */
	SCRIPT(w, { SAY, OK_TEXT }, { SAY, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n" });
	add(w, "x");
	add(w, "x");
	PUMP(w, stats(w).queued == 0);
	assert_string_equal(request_header(r, "Authorization"), "Bearer hunter2");
	assert_non_null(strstr(r->head, "X-Scope-OrgID:tenant \t1\r\n"));
	assert_string_equal(request_header(r, "Content"), "here");
	assert_int_equal(warnings, 1);
	assert_null(strstr(said, "hunter2"));
	assert_null(strstr(said, "tenant"));
}

static void test_bad_headers(void **state)
{
	static const char *const bad[] = {
		"", ":", "hunter2", "hunter2 hunter2", "Name", "Name:", "Name: \t", ": hunter2", "Na me: hunter2", "Name : hunter2",
		"Name: a\r\nOther: hunter2", "Name: a\nb", "Name: hunter2\x01", "N\xc3\xa4me: hunter2", "Content-Type: hunter2",
		"content-encoding: hunter2", "CONTENT-LENGTH: 2", "Transfer-Encoding: chunked", "Expect: hunter2", "Name: \x7f",
	};
	struct world *w = *state;

	w->o.header[0] = "Fine: yes";
	w->o.header_nr = 2;
	for (size_t i = 0; i < GM_ARRAY_SIZE(bad); i++) {
		said[0] = '\0';
		w->o.header[1] = bad[i];
		if (gm_push_open(&w->p, &w->o) != -EINVAL)
			fail_msg("%s: taken", bad[i]);
		assert_null(w->p);
		assert_non_null(strstr(said, "header 2"));
		assert_null(strstr(said, "hunter2"));
	}
}

static void test_credentials(void **state)
{
	struct world *w = *state;
	char url[200];

	snprintf(url, sizeof(url), "http://user:hunter2@127.0.0.1:%u/?key=hunter2", w->s.port);
	w->o.url = url;
	SCRIPT(w, { SAY_CLOSE, "" }, { SAY, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" },
	       { SAY, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n" });
	open_push(w);
	add(w, "x");
	PUMP(w, stats(w).failed == 3);
	assert_string_equal(request_header(&w->s.req[0], "Authorization"), "Basic dXNlcjpodW50ZXIy");
	assert_int_equal(warnings, 2);
	gm_push_close(w->p, 0);
	w->p = NULL;
	assert_null(strstr(said, "hunter2"));
	assert_null(strstr(said, "user"));
}

/* libcurl quotes a proxy's URL when it cannot use it. */
static void test_proxy_password(void **state)
{
	struct world *w = *state;

	setenv("http_proxy", "bogus://user:hunter2@127.0.0.1:1", 1);
	open_push(w);
	add(w, "x");
	PUMP(w, stats(w).failed == 1);
	unsetenv("http_proxy");
	assert_non_null(strstr(w->p->error, "hunter2"));	/* so the test is one */
	assert_int_equal(warnings, 1);
	assert_null(strstr(said, "hunter2"));
}

/* TLS to a server that speaks plain HTTP: no answer, so it is tried again. */
static void test_tls_to_plain(void **state)
{
	struct world *w = *state;
	char url[100];

	snprintf(url, sizeof(url), "https://127.0.0.1:%u", w->s.port);
	w->o.url = url;
	w->o.timeout_ns = 20 * SEC;
	open_push(w);
	add(w, "x");
	for (int i = 0; !w->s.conn[0].len && i < 100; i++)
		step(w);
	assert_int_equal(send(w->s.conn[0].fd, "HTTP/1.1 400 No\r\n\r\n", 19, MSG_NOSIGNAL), 19);
	PUMP(w, stats(w).failed == 1);
	assert_int_equal(warnings, 1);
	assert_true(w->p->error[0] && strstr(said, w->p->error));	/* of TLS the detail is told */
	expect_stats(w, 0, 1, 0, 1);
}

static void test_bad_ca(void **state)
{
	struct world *w = *state;

	w->o.ca = "/nonexistent/ca.pem";
	assert_int_equal(gm_push_open(&w->p, &w->o), -ENOENT);
	assert_null(w->p);
	assert_non_null(strstr(said, "/nonexistent/ca.pem"));
}

static void test_odd_options(void **state)
{
	struct world *w = *state;

	w->o.queue = 0;
	w->o.pause_ns = w->o.pause_max_ns = 0;
	w->o.timeout_ns = UINT64_MAX;
	SCRIPT(w, { SAY_CLOSE, "" }, { SAY_CLOSE, "" }, { SAY, OK_TEXT });
	open_push(w);
	add(w, "a");
	assert_true(w->p->pause_first > 0 && w->p->pause_max >= w->p->pause_first);	/* never no pause */
	PUMP(w, stats(w).sent == 1);
	expect_bodies(w, "aaa");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const char *const env[] = { "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY" };
	const struct CMUnitTest tests[] = {
		T(test_success),
		T(test_gzip),
		cmocka_unit_test(test_gzip_alone),
		T(test_order),
		T(test_retryable),
		T(test_final),
		T(test_taken),
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
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_answers_random),
		T(test_overflow),
		T(test_overflow_paused),
		T(test_queue_of_one),
		T(test_add_bad),
		T(test_told_once),
		T(test_close_flushes),
		T(test_close_fails),
		T(test_close_bound),
		T(test_close_now),
		T(test_name),
		T(test_no_such_name),
		T(test_slow_name),
		T(test_bad_urls),
		T(test_urls),
		T(test_headers),
		T(test_bad_headers),
		T(test_credentials),
		T(test_proxy_password),
		T(test_tls_to_plain),
		T(test_bad_ca),
		T(test_odd_options),
	};

	for (size_t i = 0; i < GM_ARRAY_SIZE(env); i++)
		unsetenv(env[i]);
	sem_init(&let_go, 0, 0);
	sem_init(&gone, 0, 0);
	alarm(240);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
