/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * push_world.h - a pushing client and a server on loopback, driven in one loop that runs the client only when its
 * descriptor is readable, so a wake-up that does not come is seen. Messages are kept instead of printed, names
 * resolved by a stand-in. Pauses are judged by when the client means to go on, not by a clock; nothing sleeps.
 */
#ifndef GM_TESTS_PUSH_WORLD_H
#define GM_TESTS_PUSH_WORLD_H

#include "unit.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>
#include <zlib.h>
#include "http_server.h"
#include "base/vec.h"
#include "base/str.h"
#include "base/log.h"
#include "exporter/push_int.h"

#define MS 1000000ull
#define SEC (1000 * MS)

/* ---- stand-ins ---- */

/* Messages are kept instead of printed. */
static char said[16384];
static unsigned int warnings, infos;

static inline void keep(const char *fmt, va_list ap)
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

static inline uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SEC + (uint64_t)ts.tv_nsec;
}

static inline void open_push(struct world *w)
{
	assert_int_equal(gm_push_open(&w->p, &w->o), 0);
}

static inline int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	server_bind(&w->s);
	server_listen(&w->s);
	server_script(&w->s, &ok, 1);
	snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%u", w->s.port);
	w->o = (struct gm_push_opts){ .url = w->url,
				      .timeout_ns = 30 * SEC,
				      .queue = 8,
				      .pause_ns = 2 * MS,
				      .pause_max_ns = 40 * MS,
				      .agent = "gmtest/1" };
	said[0] = '\0';
	warnings = infos = 0;
	*state = w;
	return 0;
}

static inline int teardown(void **state)
{
	struct world *w = *state;

	gm_push_close(w->p, 0);
	server_release(&w->s);
	free(w);
	return 0;
}

static inline void step(struct world *w)
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

static inline void add(struct world *w, const char *text)
{
	struct gm_str b = { 0 };

	gm_str_puts(&b, text);
	assert_int_equal(gm_push_add(w->p, &b), 0);
	assert_null(b.s);
	assert_int_equal(b.len, 0);
}

static inline struct gm_push_stats stats(const struct world *w)
{
	struct gm_push_stats s;

	gm_push_stats(w->p, &s);
	return s;
}

static inline void expect_stats(const struct world *w, uint64_t sent, uint64_t failed, uint64_t dropped,
				uint64_t queued)
{
	struct gm_push_stats s = stats(w);

	assert_int_equal(s.sent, sent);
	assert_int_equal(s.failed, failed);
	assert_int_equal(s.dropped, dropped);
	assert_int_equal(s.queued, queued);
}

static inline void expect_gunzip(const struct request *r, const void *want, size_t len)
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
static inline void expect_bodies(const struct world *w, const char *want)
{
	assert_int_equal(w->s.req_nr, strlen(want));
	for (size_t i = 0; want[i]; i++)
		expect_gunzip(&w->s.req[i], want + i, 1);
}

#define SCRIPT(w, ...)                                                      \
	do {                                                                \
		static const struct reply script_[] = { __VA_ARGS__ };      \
		server_script(&(w)->s, script_, GM_ARRAY_SIZE(script_));    \
	} while (0)
/* Runs until the next try is over and paused for; the pause as [*lo, *hi]: it began between them. */
static inline void next_pause(struct world *w, uint64_t *lo, uint64_t *hi)
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
static inline void pass(struct world *w)
{
	w->p->pause_due = 1;
	gm_push_run(w->p);
	assert_int_equal(w->p->state, GM_PUSH_UNDER_WAY);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* No proxy of the environment's, no pipe's signal (as in the session), and an end to what hangs. */
static inline void push_world_init(void)
{
	static const char *const env[] = { "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
					   "ALL_PROXY",	 "no_proxy",	"NO_PROXY" };

	for (size_t i = 0; i < GM_ARRAY_SIZE(env); i++)
		unsetenv(env[i]);
	sem_init(&let_go, 0, 0);
	sem_init(&gone, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	alarm(240);
}

#endif
