// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/exporter/sandbox.c: libmicrohttpd answers and libcurl sends in the sandbox; the test is the peer. */
#include "fixture/box.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/log.h"

#define BIG (4u << 20)	/* more than a socket's buffer */

static int listen_on(uint16_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

/* Reads fd to its end; returns the number of bytes, and the first ones in head. */
static size_t drain(int fd, char *head, size_t size)
{
	static char buf[65536];
	size_t sum = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n && sum + (size_t)i < size - 1; i++)
			head[sum + (size_t)i] = buf[i];
		sum += (size_t)n;
	}
	head[sum < size - 1 ? sum : size - 1] = 0;
	return sum;
}

/* ---- a server in the sandbox ---- */

struct server {
	struct MHD_Daemon *d;
	struct MHD_Response *buffer, *file, *iov;
};

static enum MHD_Result answer(void *arg, struct MHD_Connection *c, const char *url, const char *method,
			      const char *version, const char *data, size_t *size, void **mine)
{
	struct server *s = arg;

	(void)method, (void)version, (void)data, (void)size, (void)mine;
	return MHD_queue_response(c, MHD_HTTP_OK,
				  !strcmp(url, "/file")	 ? s->file
				  : !strcmp(url, "/iov") ? s->iov
							 : s->buffer);
}

static int serve(void *arg)
{
	struct server *s = arg;
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->d, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fd = { .fd = info->epoll_fd, .events = POLLIN };

	for (;;) { /* until the process is killed */
		MHD_UNSIGNED_LONG_LONG left;

		if (MHD_get_timeout(s->d, &left) != MHD_YES || left > 100)
			left = 100;
		if (poll(&fd, 1, (int)left) < 0)
			return errno;
		if (MHD_run(s->d) != MHD_YES)
			return ENOTSUP;
	}
}

static void get(uint16_t port, const char *url, size_t body)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[128], head[256];
	size_t n;

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", url);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	n = drain(fd, head, sizeof(head));
	close(fd);
	if (n <= body || n > body + 512 || strncmp(head, "HTTP/1.1 200", 12))
		fail_msg("%s: %zu bytes: %s", url, n, head);
}

static void test_serves(void **state)
{
	static char big[BIG];
	struct MHD_IoVec iov[2] = { { big, BIG / 2 }, { big, BIG / 2 } };
	struct server s;
	struct unit_file f;
	uint16_t port;
	int fd = listen_on(&port);
	pid_t pid;

	(void)state;
	unit_file_init(&f);
	unit_file_set(&f, big, BIG);
	s.d = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, answer, &s, MHD_OPTION_LISTEN_SOCKET,
			       fd, MHD_OPTION_END);
	assert_non_null(s.d);
	s.buffer = MHD_create_response_from_buffer(BIG, big, MHD_RESPMEM_PERSISTENT);
	s.file = MHD_create_response_from_fd(BIG, dup(f.fd));
	s.iov = MHD_create_response_from_iovec(iov, 2, NULL, NULL);
	pid = box_start(&box_plain, serve, &s);
	for (int i = 0; i < 3; i++) {
		get(port, "/buffer", BIG);
		get(port, "/file", BIG);
		get(port, "/iov", BIG);
	}
	kill(pid, SIGTERM);
	assert_int_equal(box_end(pid), KILLED + SIGTERM);
	MHD_destroy_response(s.buffer);
	MHD_destroy_response(s.file);
	MHD_destroy_response(s.iov);
	MHD_stop_daemon(s.d);
	unit_file_release(&f);
}

/* ---- a client in the sandbox ---- */

struct client {
	CURLM *multi;
	CURL *easy;
};

static int post(void *arg)
{
	struct client *c = arg;
	int running = 1, left;
	const CURLMsg *m;

	while (running) {
		if (curl_multi_perform(c->multi, &running) || curl_multi_poll(c->multi, NULL, 0, 100, NULL))
			return ENOTSUP;
	}
	m = curl_multi_info_read(c->multi, &left);
	return m && m->data.result == CURLE_OK ? 0 : EIO;
}

static void test_sends(void **state)
{
	static char body[100000], head[256];
	const char *said = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	struct client c;
	char url[64];
	uint16_t port;
	int fd = listen_on(&port), conn;
	struct pollfd came = { .fd = fd, .events = POLLIN };
	size_t n = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(curl_global_init(CURL_GLOBAL_ALL), 0);
	c.multi = curl_multi_init();
	c.easy = curl_easy_init();
	/* a host name, which libcurl resolves in a thread */
	snprintf(url, sizeof(url), "http://localhost:%u/v1/metrics", port);
	curl_easy_setopt(c.easy, CURLOPT_URL, url);
	curl_easy_setopt(c.easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c.easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(c.easy, CURLOPT_POSTFIELDSIZE, (long)sizeof(body));
	curl_easy_setopt(c.easy, CURLOPT_TIMEOUT, 20L);
	curl_multi_add_handle(c.multi, c.easy);
	pid = box_start(&box_connects, post, &c);
	if (poll(&came, 1, 20000) == 1) {
		conn = accept(fd, NULL, NULL);
		while (n < sizeof(body)) {
			ssize_t r = recv(conn, head, sizeof(head), 0);

			if (r <= 0)
				break;
			n += (size_t)r;
			if (n == (size_t)r && strstr(head, "100-continue"))
				assert_true(write(conn, "HTTP/1.1 100 Continue\r\n\r\n", 25) == 25);
		}
		assert_int_equal(write(conn, said, strlen(said)), strlen(said));
		shutdown(conn, SHUT_WR);
		drain(conn, head, sizeof(head));
		close(conn);
	}
	assert_int_equal(box_end(pid), 0);
	assert_true(n >= sizeof(body));
	close(fd);
	curl_multi_remove_handle(c.multi, c.easy);
	curl_easy_cleanup(c.easy);
	curl_multi_cleanup(c.multi);
	curl_global_cleanup();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_serves),
		cmocka_unit_test(test_sends),
	};

	gm_log_init("test", GM_LOG_WARN);
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
