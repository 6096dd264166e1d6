// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/exporter/push: order and limits of the queue, the number of messages, the end. */
#include "fixture/push_world.h"
#include <pthread.h>

/* ---- the queue ---- */

/* A full queue drops its oldest batch but the one under way. */
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

/* A full queue drops its oldest batch in a pause, as none is under way; the pause continues for the next batch. */
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
	add(w, "b"); /* a is under way */
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
	b.len = GM_PUSH_BODY_MAX + 1; /* the text is not read */
	assert_int_equal(gm_push_add(w->p, &b), 0);
	assert_null(b.s);
	expect_stats(w, 0, 0, 2, 0);
	assert_int_equal(warnings, 1);
}

/* Three kinds of failures have a message each, and their end has one. */
static void test_reported_once(void **state)
{
	struct world *w = *state;

	w->o.queue = 2;
	SCRIPT(w, { SAY_CLOSE, "" }, { SAY, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" },
	       { SAY, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n" },
	       { SAY, "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n" }, { SAY, OK_TEXT });
	open_push(w);
	for (int i = 0; i < 5; i++)
		add(w, "x");
	assert_int_equal(warnings, 1); /* full */
	PUMP(w, stats(w).queued == 0);
	assert_int_equal(warnings, 3); /* and one of each kind of failure */
	add(w, "x");
	PUMP(w, stats(w).sent == 1);
	assert_int_equal(warnings, 4);
	assert_non_null(strstr(said, "works again (failed attempts: 4)"));
	expect_stats(w, 1, 4, 5, 0);
	add(w, "x");
	PUMP(w, stats(w).sent == 2);
	assert_int_equal(warnings, 4);
}

/* ---- closing, which blocks, so the server has a thread ---- */

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

/* Closes the client while the server runs; returns the time. */
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

/* At the end each batch is tried once more without a pause, and the loss is reported. */
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
	assert_non_null(strstr(said, ": batches not sent: 2\n"));
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
	assert_non_null(strstr(said, ": batches not sent: 2\n"));
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
	assert_non_null(strstr(said, ": batches not sent: 1\n"));
	said[0] = '\0';
	open_push(w);
	assert_true(close_served(w, 30 * SEC) < 20 * SEC); /* without a batch, closing does not wait */
	assert_string_equal(said, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_overflow),    T(test_overflow_paused), T(test_queue_of_one),
		T(test_add_bad),     T(test_reported_once),   T(test_close_flushes),
		T(test_close_fails), T(test_close_bound),     T(test_close_now),
	};

	push_world_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
