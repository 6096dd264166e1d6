// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/exporter/httpd*.c: listening addresses, the answers to requests, shared bodies. */
#include "fixture/httpd_world.h"
#include <sys/stat.h>
#include <zlib.h>

static int open_files(void)
{
	int nr = 0;

	for (int fd = 0; fd < 256; fd++)
		nr += fcntl(fd, F_GETFD) >= 0;
	return nr;
}

/* ---- addresses ---- */

static bool have_ipv6(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool have = fd >= 0 && !bind(fd, (struct sockaddr *)&a, sizeof(a));

	if (fd >= 0)
		close(fd);
	return have;
}

/* Writes the server's URLs, with the port as P. */
static void urls(const struct world *w, char *out, size_t size)
{
	struct gm_str where = { 0 }, text = { 0 };
	char port[8];
	const char *at;

	gm_httpd_where(w->h, &where);
	snprintf(port, sizeof(port), ":%u\n", w->port);
	for (const char *s = where.s; *s; s = at + strlen(port)) {
		at = strstr(s, port);
		assert_non_null(at); /* all URLs have the same port */
		gm_str_printf(&text, "%.*s:P ", (int)(at - s), s);
	}
	snprintf(out, size, "%s", text.s);
	gm_str_release(&where);
	gm_str_release(&text);
}

static void test_addresses(void **state)
{
	static const struct {
		const char *address, *v6, *v4;
	} good[] = {
		{ "127.0.0.1:0", "http://127.0.0.1:P ", "http://127.0.0.1:P " },
		{ "127.0.0.2:0", "http://127.0.0.2:P ", "http://127.0.0.2:P " },
		{ "0.0.0.0:0", "http://0.0.0.0:P ", "http://0.0.0.0:P " },
		{ "localhost:0", "http://127.0.0.1:P http://[::1]:P ", "http://127.0.0.1:P " },
		{ ":0", "http://0.0.0.0:P http://[::]:P ", "http://0.0.0.0:P " },
		{ "[::1]:0", "http://[::1]:P ", NULL },
		{ "[::]:0", "http://[::]:P ", NULL },
		{ "LocalHost:0", "http://127.0.0.1:P http://[::1]:P ", "http://127.0.0.1:P " },
		/* IPv4 in the notation of IPv6 */
		{ "[::ffff:127.0.0.1]:0", "http://127.0.0.1:P ", "http://127.0.0.1:P " },
		{ "[::ffff:0:0]:0", "http://0.0.0.0:P ", "http://0.0.0.0:P " },
	};
	bool v6 = have_ipv6();
	char text[200];

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(good); i++) {
		struct world w = { 0 };
		const char *want = v6 ? good[i].v6 : good[i].v4;

		if (!want)
			continue;
		assert_int_equal(w_try(&w, (struct gm_httpd_opts){ .listen = { good[i].address }, .listen_nr = 1 }), 0);
		urls(&w, text, sizeof(text));
		assert_string_equal(text, want);
		w_close(&w);
	}
}

static void test_addresses_bad(void **state)
{
	static const char *const bad[] = {
		"",
		":",
		"9917",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:x",
		"127.0.0.1:1x",
		"127.0.0.1:-1",
		"127.0.0.1: 1",
		"127.0.0.1:65536",
		"127.0.0.1:99999999999999999999",
		"::1:9917",
		"[::1]",
		"[::1]:",
		"[::1:9917",
		"::1]:9917",
		"[]:9917",
		"[127.0.0.1]:9917",
		"[:9917",
		"]:9917",
		"[::1]x:9917",
		"example.com:9917",
		"300.0.0.1:9917",
		"127.0.0.1:80:90",
		"*:9917",
		" 127.0.0.1:9917",
		"http://127.0.0.1:9917",
		"unix:",
		"unix",
		"[::1]:9917 ",
		"111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
		"1111111111"
		"1111111111111111111:9917",
	};
	struct world w = { 0 };
	char path[300] = "unix:/tmp/";
	int files = open_files();

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(bad); i++) {
		if (w_try(&w, (struct gm_httpd_opts){ .listen = { bad[i] }, .listen_nr = 1 }) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
		assert_null(w.h);
	}
	memset(path + 10, 'x', 108);
	assert_int_equal(w_try(&w, (struct gm_httpd_opts){ .listen = { path }, .listen_nr = 1 }), -EINVAL);
	assert_int_equal(w_try(&w, (struct gm_httpd_opts){ .listen_nr = 0 }), -EINVAL);
	assert_int_equal(
		w_try(&w, (struct gm_httpd_opts){ .listen = { "127.0.0.1:0" }, .listen_nr = 1, .path = "metrics" }),
		-EINVAL);
	assert_int_equal(w_try(&w, (struct gm_httpd_opts){ .listen = { "127.0.0.1:0", "x" }, .listen_nr = 2 }),
			 -EINVAL);
	assert_int_equal(open_files(), files);
}

static void test_port_in_use(void **state)
{
	struct world w, other = { 0 };
	char address[32];

	(void)state;
	w_open(&w);
	snprintf(address, sizeof(address), "127.0.0.1:%u", w.port);
	assert_int_equal(w_try(&other, (struct gm_httpd_opts){ .listen = { "127.0.0.1:0", address }, .listen_nr = 2 }),
			 -EADDRINUSE);
	assert_null(other.h);
	snprintf(address, sizeof(address), ":%u", w.port);
	assert_int_equal(w_try(&other, (struct gm_httpd_opts){ .listen = { address }, .listen_nr = 1 }), -EADDRINUSE);
	assert_int_equal(w_status(&w, "/-/healthy"), 200);
	w_close(&w);
}

static void test_several_addresses(void **state)
{
	struct world w = { 0 };
	struct gm_httpd_opts o = { .listen_nr = GM_LISTEN_MAX };
	struct gm_str where = { 0 };
	int lines = 0;

	(void)state;
	for (unsigned int i = 0; i < GM_LISTEN_MAX; i++)
		o.listen[i] = "127.0.0.1:0";
	assert_int_equal(w_try(&w, o), 0);
	gm_httpd_where(w.h, &where);
	for (const char *s = where.s; *s; s = strchr(s, '\n') + 1, lines++) {
		w.port = (uint16_t)strtoul(s + strlen("http://127.0.0.1:"), NULL, 10);
		assert_int_equal(w_status(&w, "/-/healthy"), 200);
	}
	assert_int_equal(lines, GM_LISTEN_MAX);
	gm_str_release(&where);
	w_close(&w);
}

/* ---- socket files ---- */

struct folder { char path[32], sock[64], address[80]; };

static void folder_init(struct folder *f)
{
	strcpy(f->path, "/tmp/gm-httpd-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	snprintf(f->sock, sizeof(f->sock), "%s/x.sock", f->path);
	snprintf(f->address, sizeof(f->address), "unix:%s", f->sock);
}

static void folder_release(struct folder *f)
{
	unlink(f->sock);
	assert_int_equal(rmdir(f->path), 0);
}

static int file_try(struct world *w, const struct folder *f)
{
	*w = (struct world){ .sample = 1 };
	return w_try(w, (struct gm_httpd_opts){ .listen = { f->address }, .listen_nr = 1 });
}

static int file_connect(const struct folder *f, const char *from)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX }, me = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(to.sun_path, f->sock);
	if (from) {
		strcpy(me.sun_path, from);
		assert_int_equal(bind(fd, (struct sockaddr *)&me, sizeof(me)), 0);
	}
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static void expect_served(struct world *w, const struct folder *f, const char *from)
{
	int fd = file_connect(f, from);
	struct reply r;

	w_puts(w, fd, GET_METRICS);
	w_reply(w, fd, &r, false);
	assert_int_equal(r.status, 200);
	r_release(&r);
	close(fd);
}

static void test_file(void **state)
{
	struct folder f;
	struct world w;
	struct gm_str where = { 0 };
	struct stat st;
	char from[107];

	(void)state;
	folder_init(&f);
	assert_int_equal(file_try(&w, &f), 0);
	assert_int_equal(lstat(f.sock, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0660);
	gm_httpd_where(w.h, &where);
	assert_memory_equal(where.s, f.address, strlen(f.address));
	assert_string_equal(where.s + strlen(f.address), "\n");
	gm_str_release(&where);
	expect_served(&w, &f, NULL);
	/* a client with a long name of its own: longer than an address of the Internet */
	snprintf(from, sizeof(from), "%s/%0*d", f.path, (int)(sizeof(from) - strlen(f.path) - 2), 7);
	expect_served(&w, &f, from);
	unlink(from);
	w_close(&w);
	assert_int_equal(lstat(f.sock, &st), -1);
	folder_release(&f);
}

static void test_file_in_use(void **state)
{
	struct folder f;
	struct world w, other;

	(void)state;
	folder_init(&f);
	assert_int_equal(file_try(&w, &f), 0);
	assert_int_equal(file_try(&other, &f), -EADDRINUSE);
	expect_served(&w, &f, NULL);
	w_close(&w);
	folder_release(&f);
}

/* A socket file that an ended process has left: nobody listens on it. */
static void test_file_stale(void **state)
{
	struct folder f;
	struct world w;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	folder_init(&f);
	strcpy(a.sun_path, f.sock);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	close(fd);
	assert_int_equal(file_try(&w, &f), 0);
	expect_served(&w, &f, NULL);
	w_close(&w);
	folder_release(&f);
}

static void test_file_foreign(void **state)
{
	struct folder f;
	struct world w;
	struct stat st;
	int fd;

	(void)state;
	folder_init(&f);
	fd = open(f.sock, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "mine", 4), 4);
	close(fd);
	assert_int_equal(file_try(&w, &f), -EEXIST);
	assert_int_equal(lstat(f.sock, &st), 0);
	assert_int_equal(st.st_size, 4);
	unlink(f.sock);
	assert_int_equal(symlink("/nowhere", f.sock), 0);
	assert_int_equal(file_try(&w, &f), -EEXIST);
	assert_int_equal(lstat(f.sock, &st), 0);
	folder_release(&f);
	assert_int_equal(file_try(&w, &f), -ENOENT);
}

/* Another process's file has replaced the server's socket file: the server must not remove it. */
static void test_file_replaced(void **state)
{
	struct folder f;
	struct world w;
	struct stat st;
	char other[64];
	int fd;

	(void)state;
	folder_init(&f);
	assert_int_equal(file_try(&w, &f), 0);
	/* both files exist for a while, so they have different inodes */
	snprintf(other, sizeof(other), "%s/y", f.path);
	fd = open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(rename(other, f.sock), 0);
	close(fd);
	w_close(&w);
	assert_int_equal(lstat(f.sock, &st), 0);
	folder_release(&f);
}

/* ---- systemd ---- */

static void set_env(long pid, const char *fds)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", pid);
	setenv("LISTEN_PID", text, 1);
	setenv("LISTEN_FDS", fds, 1);
	setenv("LISTEN_FDNAMES", "x", 1);
}

static int listening(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

/* Moves a socket to descriptor 3, the first one of systemd; returns a copy of the old descriptor 3, to restore it. */
static int put_at_3(int fd)
{
	int was = fcntl(3, F_DUPFD_CLOEXEC, 10);

	if (fd != 3) {
		assert_int_equal(dup2(fd, 3), 3);
		close(fd);
	}
	return was;
}

static void put_back(int was)
{
	close(3);
	if (was >= 0)
		dup2(was, 3);
	if (was >= 0)
		close(was);
}

static const struct gm_httpd_opts by_systemd = { .systemd = true, .listen = { "127.0.0.1:0" }, .listen_nr = 1 };

static void test_systemd(void **state)
{
	struct world w = { .sample = 1 };
	int was = put_at_3(listening());

	(void)state;
	set_env(getpid(), "1");
	assert_int_equal(w_try(&w, by_systemd), 0);
	assert_null(getenv("LISTEN_PID"));
	assert_null(getenv("LISTEN_FDS"));
	assert_null(getenv("LISTEN_FDNAMES"));
	assert_int_equal(fcntl(3, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(3, F_GETFL) & O_NONBLOCK);
	assert_int_equal(w_status(&w, "/metrics"), 200);
	w_close(&w);
	put_back(was);
}

static void test_systemd_none(void **state)
{
	static const char *const bad[] = { "0", "", "x", "1x", "-1", "17", "99999999999" };
	struct world w = { 0 };
	int was = put_at_3(listening());

	(void)state;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	assert_int_equal(w_try(&w, by_systemd), -ENOENT);
	set_env(getpid() + 1, "1");
	assert_int_equal(w_try(&w, by_systemd), -ENOENT);
	assert_null(getenv("LISTEN_FDS"));
	for (size_t i = 0; i < GM_ARRAY_SIZE(bad); i++) {
		set_env(getpid(), bad[i]);
		assert_int_equal(w_try(&w, by_systemd), -ENOENT);
	}
	put_back(was);
}

static void test_systemd_foreign(void **state)
{
	struct world w = { 0 };
	int was = put_at_3(memfd_create("no socket", 0));

	(void)state;
	set_env(getpid(), "1");
	assert_int_equal(w_try(&w, by_systemd), -ENOTSOCK);
	put_back(was);
	was = put_at_3(socket(AF_INET, SOCK_STREAM, 0)); /* does not listen */
	set_env(getpid(), "1");
	assert_int_equal(w_try(&w, by_systemd), -ENOTSOCK);
	put_back(was);
}

/* ---- answers ---- */

static void test_routes(void **state)
{
	static const struct {
		const char *method, *path;
		int status;
		const char *type, *body;
	} rows[] = {
		{ "GET", "/metrics", 200, NULL, "format 0 of sample 1\n" },
		{ "GET", "/metrics?", 200, NULL, "format 0" },
		{ "GET", "/metrics?a=b&c=%20&d", 200, NULL, "format 0" },
		{ "GET", "/", 200, "text/html; charset=utf-8", "<!DOCTYPE html>" },
		{ "GET", "/?x", 200, "text/html; charset=utf-8", "<!DOCTYPE html>" },
		{ "GET", "/-/healthy", 200, "text/plain; charset=utf-8", "ok\n" },
		{ "GET", "/-/ready", 200, "text/plain; charset=utf-8", "ready\n" },
		{ "GET", "/metrics/", 404, "text/plain; charset=utf-8", "" },
		{ "GET", "/metric", 404, "text/plain; charset=utf-8", "" },
		{ "GET", "//", 404, "text/plain; charset=utf-8", "" },
		{ "GET", "/-/", 404, "text/plain; charset=utf-8", "" },
		{ "GET", "/../metrics", 404, "text/plain; charset=utf-8", "" },
		{ "GET", "*", 404, "text/plain; charset=utf-8", "" },
		{ "GET", "http://elsewhere:99/metrics?x", 200, NULL, "format 0" },
		{ "GET", "HTTPS://x/-/healthy", 200, "text/plain; charset=utf-8", "ok\n" },
		{ "GET", "http://x", 200, "text/html; charset=utf-8", "<!DOCTYPE html>" },
		{ "GET", "http://x/nothing", 404, "text/plain; charset=utf-8", "" },
		{ "GET", "/%6detric%73", 200, NULL, "format 0" },
		{ "GET", "/-%2Fready", 404, "text/plain; charset=utf-8", "" },
		{ "GET", "/metrics%00", 400, "text/plain; charset=utf-8", "" },
		{ "GET", "/metrics%00/x", 400, "text/plain; charset=utf-8", "" },
		{ "GET", "/metrics%0", 400, "text/plain; charset=utf-8", "" },
		{ "GET", "/metrics#x", 400, "text/plain; charset=utf-8", "" },
		{ "GET", "metrics", 400, "text/plain; charset=utf-8", "" },
		{ "GET", "ftp://x/metrics", 400, "text/plain; charset=utf-8", "" },
		{ "GET", "http:///metrics", 400, "text/plain; charset=utf-8", "" },
		{ "HEAD", "/metrics", 200, NULL, NULL },
		{ "HEAD", "/", 200, "text/html; charset=utf-8", NULL },
		{ "HEAD", "/-/healthy", 200, "text/plain; charset=utf-8", NULL },
		{ "HEAD", "/-/ready", 200, "text/plain; charset=utf-8", NULL },
		{ "HEAD", "/nothing", 404, "text/plain; charset=utf-8", NULL },
		{ "POST", "/metrics", 405, "text/plain; charset=utf-8", "" },
		{ "PUT", "/", 405, "text/plain; charset=utf-8", "" },
		{ "DELETE", "/-/healthy", 405, "text/plain; charset=utf-8", "" },
		{ "OPTIONS", "*", 405, "text/plain; charset=utf-8", "" },
		{ "TRACE", "/metrics", 405, "text/plain; charset=utf-8", "" },
		{ "CONNECT", "host:1", 405, "text/plain; charset=utf-8", "" },
		{ "get", "/metrics", 405, "text/plain; charset=utf-8", "" },
		{ "BREW", "/nothing", 405, "text/plain; charset=utf-8", "" },
	};
	struct world w;
	struct reply r;

	(void)state;
	w_open(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(rows); i++) {
		w_ask(&w, &r, rows[i].method, rows[i].path, "");
		if (r.status != rows[i].status)
			fail_msg("%s %s: %d", rows[i].method, rows[i].path, r.status);
		assert_string_equal(r_header(&r, "Content-Type"),
				    rows[i].type ? rows[i].type : gm_format_type(GM_FORMAT_TEXT));
		assert_string_equal(r_header(&r, "X-Content-Type-Options"), "nosniff");
		if (rows[i].status == 405)
			assert_string_equal(r_header(&r, "Allow"), "GET, HEAD");
		else
			assert_null(r_header(&r, "Allow"));
		if (rows[i].body)
			assert_memory_equal(r.body, rows[i].body, strlen(rows[i].body));
		r_release(&r);
	}
	assert_int_equal(w_stats(&w).requests, GM_ARRAY_SIZE(rows));
	assert_int_equal(w_stats(&w).evicted, 0);
	w_close(&w);
}

static void test_other_path(void **state)
{
	struct world w = { .sample = 1 };

	(void)state;
	assert_int_equal(
		w_try(&w, (struct gm_httpd_opts){ .listen = { "127.0.0.1:0" }, .listen_nr = 1, .path = "/gmem/m" }), 0);
	assert_int_equal(w_status(&w, "/gmem/m"), 200);
	assert_int_equal(w_status(&w, "/metrics"), 404);
	w_close(&w);
}

/* HEAD gets the head of an answer to GET without a body: the next bytes are the next answer. */
static void test_head(void **state)
{
	struct world w;
	struct reply r;
	char length[24];
	int fd;

	(void)state;
	w_open(&w);
	w.body_bytes = 1000;
	w_ask(&w, &r, "GET", "/metrics", "");
	snprintf(length, sizeof(length), "%zu", r.body_len);
	r_release(&r);
	fd = w_connect(&w);
	w_puts(&w, fd, "HEAD /metrics HTTP/1.1\r\nHost: test\r\n\r\nGET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n");
	w_reply(&w, fd, &r, true);
	assert_int_equal(r.status, 200);
	assert_string_equal(r_header(&r, "Content-Length"), length);
	r_release(&r);
	w_reply(&w, fd, &r, false);
	assert_int_equal(r.status, 200);
	assert_string_equal(r_header(&r, "Content-Length"), "3");
	r_release(&r);
	close(fd);
	w_close(&w);
}

static void test_not_ready(void **state)
{
	struct world w;
	struct reply r;

	(void)state;
	w_open(&w);
	w.not_ready = "no look yet";
	w_ask(&w, &r, "GET", "/-/ready", "");
	assert_int_equal(r.status, 503);
	assert_int_equal(r.body_len, 12);
	assert_memory_equal(r.body, "no look yet\n", 12);
	r_release(&r);
	assert_int_equal(w_status(&w, "/-/healthy"), 200);
	assert_int_equal(w.samples, 0);
	w_close(&w);
}

static void test_landing(void **state)
{
	struct world w;
	struct reply r;

	(void)state;
	w_open(&w);
	w_ask(&w, &r, "GET", "/", "");
	assert_non_null(strstr(r_header(&r, "Content-Security-Policy"), "default-src 'none'"));
	r_release(&r);
	w_until(&w, w.h->bodies.nr == 0); /* only this answer used the body */
	w_close(&w);
}

static void test_failing(void **state)
{
	struct world w;

	(void)state;
	w_open(&w);
	w.fails = true;
	assert_int_equal(w_status(&w, "/metrics"), 500);
	assert_int_equal(w_status(&w, "/"), 500);
	w.fails = false;
	assert_int_equal(w_status(&w, "/metrics"), 200); /* that was not cached */
	w.mute = true;
	w.sample++;
	assert_int_equal(w_status(&w, "/metrics"), 200);
	w_close(&w);
}

/* ---- formats ---- */

static void test_negotiation(void **state)
{
	static const struct {
		const char *accept;
		enum gm_format f;
	} rows[] = {
		{ "", GM_FORMAT_TEXT },
		{ "Accept: text/plain\r\n", GM_FORMAT_TEXT },
		{ "Accept: application/openmetrics-text;version=1.0.0\r\n", GM_FORMAT_OPENMETRICS },
		{ "Accept: "
		  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited\r\n",
		  GM_FORMAT_PROTOBUF },
		{ "Accept: image/png\r\n", GM_FORMAT_TEXT },
		{ "Accept: text/html\r\nX: y\r\naccept: application/openmetrics-text;version=1.0.0\r\n",
		  GM_FORMAT_OPENMETRICS },
		{ "Accept: application/openmetrics-text;q=0.3\r\nAccept: text/plain;q=0.5\r\n", GM_FORMAT_TEXT },
	};
	struct world w;
	struct reply r;
	char first[40];

	(void)state;
	w_open(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(rows); i++) {
		w_ask(&w, &r, "GET", "/metrics", rows[i].accept);
		assert_int_equal(r.status, 200);
		assert_string_equal(r_header(&r, "Content-Type"), gm_format_type(rows[i].f));
		assert_string_equal(r_header(&r, "Vary"), "Accept, Accept-Encoding");
		assert_null(r_header(&r, "Content-Encoding"));
		snprintf(first, sizeof(first), "format %d of", rows[i].f);
		assert_memory_equal(r.body, first, strlen(first));
		r_release(&r);
	}
	w_close(&w);
}

/* Requests with all kinds of Host fields, sent unchanged, and their statuses. */
static void test_host(void **state)
{
	static const struct {
		const char *head;
		int status;
	} rows[] = {
		{ "GET /metrics HTTP/1.1\r\nHost: x\r\n", 200 },
		{ "GET /metrics HTTP/1.1\r\nHost: [::1]:9917\r\n", 200 },
		{ "GET /metrics HTTP/1.1\r\nHost:\r\n", 200 },
		{ "GET /metrics HTTP/1.1\r\n", 400 },
		{ "GET /metrics HTTP/1.1\r\nHost: a\r\nHost: a\r\n", 400 },
		{ "GET /metrics HTTP/1.1\r\nHost: a\r\nX: y\r\nhost: b\r\n", 400 },
		{ "GET /metrics HTTP/1.1\r\nHost: a b\r\n", 400 },
		{ "GET /metrics HTTP/1.1\r\nHost: a/b\r\n", 400 },
		{ "GET /metrics HTTP/1.1\r\nHost: a:99999\r\n", 400 },
		{ "GET /metrics HTTP/1.1\r\nHost: [::1\r\n", 400 },
		{ "GET /metrics HTTP/1.0\r\n", 200 },
	};
	struct world w;
	struct reply r;
	int fd;

	(void)state;
	w_open(&w);
	for (size_t i = 0; i < GM_ARRAY_SIZE(rows); i++) {
		fd = w_connect(&w);
		w_puts(&w, fd, rows[i].head);
		w_puts(&w, fd, "\r\n");
		w_reply(&w, fd, &r, false);
		if (r.status != rows[i].status)
			fail_msg("%s: %d", rows[i].head, r.status);
		r_release(&r);
		close(fd);
	}
	w_close(&w);
}

/* A client that has shut down its sending side gets all of its answer, even a large one. */
static void test_half_closed(void **state)
{
	static const char *const heads[] = { "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
					     "GET /metrics HTTP/1.0\r\n\r\n",
					     "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" };
	struct world w;
	struct reply r;
	int fd;

	(void)state;
	w_open(&w);
	w.body_bytes = 8 << 20;
	for (size_t i = 0; i < 4 * GM_ARRAY_SIZE(heads); i++) {
		size_t first = i % 4 == 2 ? 10 : 0;

		fd = w_connect(&w);
		if (i % 4)
			w_settle(&w); /* the connection is accepted before the request arrives */
		w_send(&w, fd, heads[i / 4], first);
		if (first)
			w_settle(&w);
		w_puts(&w, fd, heads[i / 4] + first);
		if (i % 4 == 3)
			w_settle(&w); /* the kernel's buffers are full */
		assert_int_equal(shutdown(fd, SHUT_WR), 0);
		w_reply(&w, fd, &r, false);
		assert_int_equal(r.status, 200);
		assert_false(r.closed);
		assert_true(r.body_len >= w.body_bytes);
		r_release(&r);
		assert_true(w_ends(&w, fd));
		close(fd);
	}
	assert_int_equal(w_stats(&w).evicted, 0);
	w_close(&w);
}

static void test_once_a_picture(void **state)
{
	static const char *const fields[] = { "", "Accept-Encoding: gzip\r\n",
					      "Accept: application/openmetrics-text;version=1.0.0\r\n" };
	struct world w;
	struct reply r;

	(void)state;
	w_open(&w);
	for (int i = 0; i < 30; i++) {
		w_ask(&w, &r, "GET", "/metrics", fields[i % 3]);
		assert_int_equal(r.status, 200);
		r_release(&r);
	}
	assert_int_equal(w.samples, 30);
	assert_int_equal(w.renders[GM_FORMAT_TEXT], 1); /* the gzip body is made from the plain one */
	assert_int_equal(w.renders[GM_FORMAT_OPENMETRICS], 1);
	assert_int_equal(w.h->bodies.nr, 3);
	w.sample++;
	w_ask(&w, &r, "GET", "/metrics", "");
	assert_memory_equal(r.body, "format 0 of sample 2", 20);
	r_release(&r);
	assert_int_equal(w.renders[GM_FORMAT_TEXT], 2);
	w_until(&w, w.h->bodies.nr == 1);
	/* gzip first, when there is no plain body to make it from */
	w.sample++;
	for (int i = 0; i < 3; i++) {
		w_ask(&w, &r, "GET", "/metrics", fields[1]);
		r_release(&r);
	}
	assert_int_equal(w.renders[GM_FORMAT_TEXT], 3);
	w_close(&w);
}

static void gunzip(const struct reply *r, struct gm_str *out)
{
	z_stream z = { .next_in = (unsigned char *)r->body, .avail_in = (unsigned int)r->body_len };
	char part[4096];
	int code;

	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK); /* accepts only gzip's format */
	do {
		z.next_out = (unsigned char *)part;
		z.avail_out = sizeof(part);
		code = inflate(&z, Z_NO_FLUSH);
		gm_str_add(out, part, sizeof(part) - z.avail_out);
	} while (code == Z_OK);
	assert_int_equal(code, Z_STREAM_END);
	assert_int_equal(z.avail_in, 0);
	inflateEnd(&z);
}

static void test_gzip(void **state)
{
	static const size_t sizes[] = { 0, 1000, 300000, 3000000 };
	struct world w;
	struct reply plain, packed;
	struct gm_str text = { 0 };

	(void)state;
	w_open(&w);
	for (size_t i = 0; i < 2 * GM_ARRAY_SIZE(sizes); i++) {
		w.sample++;
		w.body_bytes = sizes[i / 2];
		w.mute = !w.body_bytes;
		/* both orders */
		if (i % 2)
			w_ask(&w, &plain, "GET", "/metrics", "");
		w_ask(&w, &packed, "GET", "/metrics", "Accept-Encoding: gzip\r\n");
		if (!(i % 2))
			w_ask(&w, &plain, "GET", "/metrics", "");
		assert_string_equal(r_header(&packed, "Content-Encoding"), "gzip");
		assert_string_equal(r_header(&packed, "Vary"), "Accept, Accept-Encoding");
		assert_string_equal(r_header(&packed, "Content-Type"), gm_format_type(GM_FORMAT_TEXT));
		assert_true(w.body_bytes < 1000 || packed.body_len < plain.body_len / 2);
		gm_str_clear(&text);
		gunzip(&packed, &text);
		assert_int_equal(text.len, plain.body_len);
		assert_true(!text.len || !memcmp(text.s, plain.body, text.len));
		r_release(&plain);
		r_release(&packed);
	}
	gm_str_release(&text);
	w_close(&w);
}

/* ---- connections that are used again ---- */

static void test_keep_alive(void **state)
{
	struct world w;
	struct reply r;
	int fd;

	(void)state;
	w_open(&w);
	fd = w_connect(&w);
	for (int i = 0; i < 5; i++) {
		w_puts(&w, fd, GET_METRICS);
		w_reply(&w, fd, &r, false);
		assert_int_equal(r.status, 200);
		r_release(&r);
	}
	assert_int_equal(w_stats(&w).connections, 1);
	assert_int_equal(w_stats(&w).requests, 5);
	/* several requests at once; an answer with an error does not end the connection */
	w_puts(&w, fd,
	       GET_METRICS "GET /no HTTP/1.1\r\nHost: t\r\n\r\n"
			   "POST / HTTP/1.1\r\nHost: "
			   "t\r\nContent-Length: 0\r\n\r\n" GET_METRICS);
	for (int i = 0; i < 4; i++) {
		static const int want[] = { 200, 404, 405, 200 };

		w_reply(&w, fd, &r, false);
		assert_int_equal(r.status, want[i]);
		r_release(&r);
	}
	w_puts(&w, fd, "GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
	w_reply(&w, fd, &r, false);
	assert_int_equal(r.status, 200);
	r_release(&r);
	assert_true(w_ends(&w, fd));
	close(fd);
	fd = w_connect(&w);
	w_puts(&w, fd, "GET / HTTP/1.0\r\n\r\n");
	w_reply(&w, fd, &r, false);
	assert_int_equal(r.status, 200);
	r_release(&r);
	assert_true(w_ends(&w, fd));
	close(fd);
	w_until(&w, !w_stats(&w).connections);
	assert_int_equal(w_stats(&w).evicted, 0);
	w_close(&w);
}

/* Closing with requests half read, answers half sent and a waiting client frees all memory (checked by ASan). */
static void test_close_in_the_middle(void **state)
{
	struct world w;
	int half, slow, idle;

	(void)state;
	w_open(&w);
	w.body_bytes = 16 << 20;
	half = w_connect(&w);
	slow = w_connect_slow(&w);
	idle = w_connect(&w);
	w_puts(&w, half, "GET /metr");
	w_puts(&w, slow, GET_METRICS);
	w_until(&w, w_stats(&w).connections == 3 && w_stats(&w).requests == 1);
	w_close(&w);
	close(half);
	close(slow);
	close(idle);
	gm_httpd_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_addresses_bad),
		cmocka_unit_test(test_port_in_use),
		cmocka_unit_test(test_several_addresses),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_file_in_use),
		cmocka_unit_test(test_file_stale),
		cmocka_unit_test(test_file_foreign),
		cmocka_unit_test(test_file_replaced),
		cmocka_unit_test(test_systemd),
		cmocka_unit_test(test_systemd_none),
		cmocka_unit_test(test_systemd_foreign),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_other_path),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_not_ready),
		cmocka_unit_test(test_landing),
		cmocka_unit_test(test_failing),
		cmocka_unit_test(test_negotiation),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_half_closed),
		cmocka_unit_test(test_once_a_picture),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_close_in_the_middle),
	};

	gm_log_init("test", GM_LOG_QUIET);
	return w_group(tests, GM_ARRAY_SIZE(tests), NULL, NULL);
}
