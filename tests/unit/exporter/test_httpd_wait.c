// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/exporter/httpd*.c: requests that wait for a sample. */
#include "fixture/httpd_world.h"

#define SECOND 1000000000ull

/* Opens a world in which only give() makes a sample. */
static void open_holding(struct world *w)
{
	w_open(w);
	w->holds = true;
}

static void give(struct world *w)
{
	w->sample++;
	w->asked = false;
	gm_httpd_refreshed(w->h, w->sample);
}

static int ask(struct world *w)
{
	unsigned int samples = w->samples;
	int fd = w_connect(w);

	w_puts(w, fd, GET_METRICS);
	w_until(w, w->samples == samples + 1);
	return fd;
}

static bool silent(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

static void expect_sample(struct world *w, int fd, unsigned int sample)
{
	char first[40];
	struct reply r;

	w_reply(w, fd, &r, false);
	assert_int_equal(r.status, 200);
	snprintf(first, sizeof(first), "format 0 of sample %u\n", sample);
	assert_memory_equal(r.body, first, strlen(first));
	r_release(&r);
}

static void drop(int fd, bool reset)
{
	const struct linger at_once = { 1, 0 };

	if (reset)
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	close(fd);
}

/* All requests are answered by the same sample, and none before it; the server does not spin meanwhile. */
static void test_one_for_all(void **state)
{
	struct world w;
	int fd[10];

	(void)state;
	open_holding(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(fd); i++)
		fd[i] = ask(&w);
	w_settle(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(fd); i++)
		assert_true(silent(fd[i]));
	assert_int_equal(w_stats(&w).requests, 0);
	give(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(fd); i++) {
		expect_sample(&w, fd[i], 2);
		close(fd[i]);
	}
	assert_int_equal(w.renders[GM_FORMAT_TEXT], 1);
	/* the sample was too old for others when the requests were answered, and they did not ask for another one */
	assert_int_equal(w.samples, GM_ARRAY_SIZE(fd));
	assert_false(w.asked);
	w_until(&w, !w_stats(&w).connections);
	assert_int_equal(w_stats(&w).evicted, 0);
	w_close(&w);
}

/* Each request of a connection waits for its own sample. */
static void test_pipelined(void **state)
{
	struct world w;
	int fd;

	(void)state;
	open_holding(&w);
	fd = w_connect(&w);
	w_puts(&w, fd, GET_METRICS GET_METRICS);
	for (unsigned int i = 1; i <= 2; i++) {
		w_until(&w, w.samples == i);
		w_settle(&w);
		assert_true(silent(fd));
		give(&w);
		expect_sample(&w, fd, i + 1);
	}
	close(fd);
	w_close(&w);
}

/* Requests that need no sample are answered at once. */
static void test_others_meanwhile(void **state)
{
	struct world w;
	int fd;

	(void)state;
	open_holding(&w);
	fd = ask(&w);
	assert_int_equal(w_status(&w, "/-/healthy"), 200);
	assert_int_equal(w_status(&w, "/"), 200);
	assert_int_equal(w_status(&w, "/no"), 404);
	assert_true(silent(fd));
	give(&w);
	expect_sample(&w, fd, 2);
	close(fd);
	w_close(&w);
}

/* A client that closes its connection is removed with the next sample. */
static void test_gone(void **state)
{
	struct world w;

	(void)state;
	for (int reset = 0; reset < 2; reset++) {
		int stays;

		open_holding(&w);
		drop(ask(&w), reset);
		stays = ask(&w);
		drop(ask(&w), reset);
		w_settle(&w);
		assert_int_equal(w_stats(&w).connections, 3);
		give(&w);
		expect_sample(&w, stays, 2);
		w_until(&w, w_stats(&w).connections == 1);
		w_settle(&w);
		close(stays);
		w_until(&w, !w_stats(&w).connections);
		w_close(&w);
	}
}

/*
 * The deadline is valid for waiting requests, too: the client sees the end at once, the server removes the connection
 * with the next sample.
 */
static void test_deadline(void **state)
{
	struct world w;
	int fd;

	(void)state;
	open_holding(&w);
	fd = ask(&w);
	((struct gm_conn *)w.h->conns.at[0])->since_ns -= 30 * SECOND;
	w_run(&w);
	assert_int_equal(w_stats(&w).evicted, 1);
	assert_true(w_ends(&w, fd));
	w_settle(&w);
	assert_int_equal(w_stats(&w).connections, 1);
	give(&w);
	w_until(&w, !w_stats(&w).connections);
	w_settle(&w);
	close(fd);
	w_close(&w);
}

/* More requests wait than connections are allowed: the server closes the oldest ones and answers the others. */
static void test_many(void **state)
{
	struct world w;
	int fd[100];

	(void)state;
	open_holding(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(fd); i++)
		fd[i] = ask(&w);
	assert_int_equal(w_stats(&w).evicted, GM_ARRAY_SIZE(fd) - 64);
	for (size_t i = 0; i < GM_ARRAY_SIZE(fd); i++)
		assert_int_equal(silent(fd[i]), i >= GM_ARRAY_SIZE(fd) - 64);
	give(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(fd); i++) {
		if (i >= GM_ARRAY_SIZE(fd) - 64)
			expect_sample(&w, fd[i], 2);
		close(fd[i]);
	}
	w_until(&w, !w_stats(&w).connections);
	assert_int_equal(w.renders[GM_FORMAT_TEXT], 1);
	w_close(&w);
}

/* At the end, waiting requests get the last sample. Some clients have closed, and one has passed its deadline. */
static void test_close(void **state)
{
	struct world w;
	int late, stays, half, twice, new;

	(void)state;
	open_holding(&w);
	late = ask(&w);
	((struct gm_conn *)w.h->conns.at[0])->since_ns -= 30 * SECOND;
	w_run(&w);
	drop(ask(&w), true);
	drop(ask(&w), false);
	stays = ask(&w);
	half = w_connect(&w);
	w_puts(&w, half, "GET /metr");
	twice = w_connect(&w);
	w_puts(&w, twice, GET_METRICS GET_METRICS);
	new = w_connect(&w);
	w_settle(&w);
	assert_int_equal(w_stats(&w).connections, 7);
	w_puts(&w, new, GET_METRICS); /* the request arrives while the last sample fails */
	w_close(&w);
	w.h = NULL; /* the answer is complete: expect_sample() must not run the server */
	expect_sample(&w, stays, 1);
	expect_sample(&w, twice, 1);
	expect_sample(&w, new, 1);
	close(twice);
	close(new);
	close(late);
	close(stays);
	close(half);
}

/* The session ends after the sample and before the server runs again. */
static void test_close_resumed(void **state)
{
	struct world w;
	int fd;

	(void)state;
	open_holding(&w);
	fd = ask(&w);
	give(&w);
	w_close(&w);
	w.h = NULL;
	expect_sample(&w, fd, 2);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_for_all),
		cmocka_unit_test(test_pipelined),
		cmocka_unit_test(test_others_meanwhile),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_close_resumed),
	};

	gm_log_init("test", GM_LOG_QUIET);
	w_stale = true;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
