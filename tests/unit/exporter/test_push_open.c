// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/exporter/push: good and bad options, host names, secrets that must never be printed. */
#include "fixture/push_world.h"
#include <sys/wait.h>

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
	w->o.pause_ns = w->o.pause_max_ns = 3600 * SEC;
	open_push(w);
	add(w, "a");
	PUMP(w, stats(w).failed == 1); /* one failure only, as libcurl 8.14 leaks the name at the next */
	assert_non_null(strstr(said, "http://none.test:80"));
	assert_int_equal(w->p->state, GM_PUSH_PAUSED);
	expect_stats(w, 0, 1, 0, 1);
}

/* The resolver hangs: if the client waited for it, the test would never end. */
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
		sem_post(&resume);
	for (int i = 0; i < 3; i++)
		sem_wait(&resumed);
}

/* ---- options ---- */

static void test_bad_urls(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"/",
		"//",
		"nonsense",
		"localhost",
		"localhost:4318",
		"127.0.0.1:4318/v1/metrics",
		"http:",
		"http://",
		"http://:4318",
		"http://user@",
		"ftp://host/",
		"file:///etc/passwd",
		"unix:/run/x",
		"gopher://host",
		"https//host",
		"http://host:99999",
		"http://host:x",
		"http://host:-1",
		"http://ho st/",
		"http://host/a b",
		"http://host\n",
		"http://host/\r\nX: y",
		"http://[::1",
		"http://[::1]x:80",
		"http://[zz]/",
		"httpx://host",
		"javascript:1",
		"http://user:hunter2@",
		"ftp://user:hunter2@host/",
		"http://user:hunter2@host:99999/",
	};
	struct world *w = *state;

	for (size_t i = 0; i < GM_ARRAY_SIZE(bad); i++) {
		said[0] = '\0';
		w->o.url = bad[i];
		if (gm_push_open(&w->p, &w->o) != -EINVAL)
			fail_msg("%s: taken", bad[i]);
		assert_null(w->p);
		assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1); /* the message is one line */
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
	expect_url(w, "http://127.0.0.1:%u/otlp/v1/metrics?k=v", "POST /otlp/v1/metrics?k=v HTTP/1.1\r\n",
		   "http://127.0.0.1:%u");
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
	memset(w->o.header, 0, sizeof(w->o.header)); /* the client has copied the fields */
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
		"",
		":",
		"hunter2",
		"hunter2 hunter2",
		"Name",
		"Name:",
		"Name: \t",
		": hunter2",
		"Na me: hunter2",
		"Name : hunter2",
		"Name: a\r\nOther: hunter2",
		"Name: a\nb",
		"Name: hunter2\x01",
		"N\xc3\xa4me: hunter2",
		"Content-Type: hunter2",
		"content-encoding: hunter2",
		"CONTENT-LENGTH: 2",
		"Transfer-Encoding: chunked",
		"Expect: hunter2",
		"Name: \x7f",
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
	assert_non_null(strstr(w->p->error, "hunter2")); /* libcurl's error has the password */
	assert_int_equal(warnings, 1);
	assert_null(strstr(said, "hunter2"));
}

/* TLS to a server of plain HTTP gets no answer, so the client tries again. */
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
	assert_true(w->p->error[0] && strstr(said, w->p->error)); /* the message has TLS's detail */
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
	assert_true(w->p->pause_first > 0 && w->p->pause_max >= w->p->pause_first); /* a pause is never 0 */
	PUMP(w, stats(w).sent == 1);
	expect_bodies(w, "aaa");
}

/* ---- TLS: openssl serves, with a certificate for 127.0.0.1 that it signed itself ---- */

struct tls {
	char dir[40], cert[60];
	pid_t pid;
	int in, out;
	char heard[65536];
	size_t len;
	bool answered;
};

static void shell(const char *fmt, const char *arg)
{
	char cmd[600];

	snprintf(cmd, sizeof(cmd), fmt, arg, arg);
	assert_int_equal(system(cmd), 0);
}

static void tls_start(struct tls *t)
{
	int in[2], out[2];

	memset(t, 0, sizeof(*t));
	strcpy(t->dir, "/tmp/gmpushXXXXXX");
	assert_non_null(mkdtemp(t->dir));
	snprintf(t->cert, sizeof(t->cert), "%s/cert", t->dir);
	shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x -addext "
	      "subjectAltName=IP:127.0.0.1 "
	      "-keyout %s/key -out %s/cert 2>/dev/null",
	      t->dir);
	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	t->pid = fork();
	if (!t->pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		if (!chdir(t->dir))
			execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "cert", "-key",
			       "key", NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	t->in = in[1];
	t->out = out[0];
}

/* Reads openssl's output; answers a request once it has begun. */
static void tls_hear(struct tls *t)
{
	ssize_t n = read(t->out, t->heard + t->len, sizeof(t->heard) - 1 - t->len);

	assert_true(n > 0);
	for (ssize_t i = 0; i < n; i++) /* the output contains the body */
		t->heard[t->len + (size_t)i] += !t->heard[t->len + (size_t)i];
	t->len += (size_t)n;
	if (t->answered || !strstr(t->heard, "POST /v1/metrics "))
		return;
	t->answered = true;
	assert_int_equal(write(t->in, OK_TEXT, strlen(OK_TEXT)), strlen(OK_TEXT));
}

static unsigned int tls_port(struct tls *t)
{
	static const char before[] = "ACCEPT 127.0.0.1:";
	const char *p;

	while (!(p = strstr(t->heard, before)) || !strchr(p, '\n'))
		tls_hear(t);
	return (unsigned int)atoi(p + strlen(before));
}

static void tls_stop(struct tls *t)
{
	kill(t->pid, SIGTERM);
	assert_int_equal(waitpid(t->pid, NULL, 0), t->pid);
	close(t->in);
	close(t->out);
	shell("rm -r %s", t->dir);
}

/* Sends one batch; returns when it was accepted or a try has failed. */
static void tls_push(struct world *w, struct tls *t, const char *host, const char *ca)
{
	char url[100];

	snprintf(url, sizeof(url), "https://%s:%u", host, tls_port(t));
	w->o.url = url;
	w->o.ca = ca;
	open_push(w);
	add(w, "x");
	for (uint64_t end = now_ns() + 60 * SEC; !stats(w).sent && !stats(w).failed && now_ns() < end;) {
		struct pollfd f[] = { { gm_push_fd(w->p), POLLIN, 0 }, { t->out, POLLIN, 0 } };

		assert_true(poll(f, 2, 1000) >= 0);
		if (f[0].revents)
			gm_push_run(w->p);
		if (f[1].revents)
			tls_hear(t);
	}
}

static void test_tls(void **state)
{
	struct world *w = *state;
	struct tls t;

	if (system("openssl version >/dev/null 2>&1"))
		skip();
	tls_start(&t);
	tls_push(w, &t, "127.0.0.1", t.cert);
	expect_stats(w, 1, 0, 0, 0);
	gm_push_close(w->p, 0);

	tls_push(w, &t, "127.0.0.1", NULL); /* the system does not trust the certificate */
	expect_stats(w, 0, 1, 0, 1);
	assert_non_null(strstr(said, "certificate"));
	gm_push_close(w->p, 0);

	said[0] = '\0';
	tls_push(w, &t, "collector.test", t.cert); /* it is not for this name */
	expect_stats(w, 0, 1, 0, 1);
	assert_non_null(strstr(said, "certificate"));
	tls_stop(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_name),	      T(test_no_such_name), T(test_slow_name),
		T(test_bad_urls),     T(test_urls),	    T(test_headers),
		T(test_bad_headers),  T(test_credentials),  T(test_proxy_password),
		T(test_tls_to_plain), T(test_bad_ca),	    T(test_odd_options),
		T(test_tls),
	};

	push_world_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
