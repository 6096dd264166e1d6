// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of user/exporter/httpd_tls.c: TLS, and which client certificates are accepted. Each run makes its certificates
 * by openssl(1).
 */
#include "fixture/httpd_world.h"
#include <gnutls/gnutls.h>
#include <time.h>
#include "base/clock.h"

#define DAY 86400

/* The folder of the certificates; it is empty without openssl(1), and all tests are skipped. */
static char folder[] = "/tmp/gm-httpd-tls-XXXXXX";
static bool made;

static const char make_all[] =
	"set -e; exec >/dev/null 2>&1 </dev/null; cd \"$0\"\n"
	"cat >conf <<E\n"
	"[req]\ndistinguished_name=dn\n[dn]\n[ca]\nbasicConstraints=critical,CA:TRUE\n"
	"[server]\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n"
	"[client]\nbasicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n"
	"[any]\nbasicConstraints=CA:FALSE\n"
	"E\n"
	"new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config conf'\n"
	"ca() { openssl req -x509 $new -extensions ca -days 9 -subj /CN=$1 -keyout $1.key -out $1.pem; }\n"
	"leaf() { openssl req -new $new -subj /CN=$1 -keyout $1.key -out csr\n"
	"	openssl x509 -req -in csr -CA $2.pem -CAkey $2.key -CAcreateserial -days 2 -extfile conf -extensions "
	"$3 -out $1.pem; }\n"
	"ca ours; ca theirs\n"
	"leaf server ours server; leaf client ours client; leaf general ours any; leaf stranger theirs client\n"
	"openssl req -x509 $new -extensions client -days 9 -subj /CN=self -keyout self.key -out self.pem\n"
	"echo nonsense >garbage; : >empty; cat theirs.pem ours.pem >both.pem\n";

static int make_certificates(void **state)
{
	char command[4096];

	(void)state;
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6); /* restores the template for each call */
	assert_non_null(mkdtemp(folder));
	snprintf(command, sizeof(command), "sh -c '%s' 2>/dev/null", "command -v openssl >/dev/null");
	if (system(command) || MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
		return 0;
	/* $0 of the script is the folder */
	setenv("GM_TEST_SCRIPT", make_all, 1);
	snprintf(command, sizeof(command), "sh -c \"$GM_TEST_SCRIPT\" %s", folder);
	made = !system(command);
	assert_true(made);
	return 0;
}

static int remove_certificates(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void need_certificates(void)
{
	if (!made) {
		print_message("no openssl(1), or a libmicrohttpd without TLS\n");
		skip();
	}
}

/* Returns the path of a file in the folder; several results are valid at a time. */
static const char *file(const char *name)
{
	static char paths[8][80];
	static unsigned int turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static int tls_try(struct world *w, const char *cert, const char *key, const char *ca)
{
	*w = (struct world){ .sample = 1 };
	return w_try(w, (struct gm_httpd_opts){
				.listen = { "127.0.0.1:0" },
				.listen_nr = 1,
				.cert = cert ? file(cert) : NULL,
				.key = key ? file(key) : NULL,
				.client_ca = ca ? file(ca) : NULL,
			});
}

/* ---- a client ---- */

struct client {
	int fd;
	gnutls_session_t s;
	gnutls_certificate_credentials_t c;
};

/* Opens a client with the certificate `name` (NULL: none). Returns the result of the handshake. */
static int client_open(struct client *k, struct world *w, const char *name, const char *priorities)
{
	uint64_t until = gm_now_ns() + TIMEOUT_NS;
	char cert[40], key[40];
	int code;

	k->fd = w_connect(w);
	assert_int_equal(gnutls_certificate_allocate_credentials(&k->c), 0);
	if (name) {
		snprintf(cert, sizeof(cert), "%s.pem", name);
		snprintf(key, sizeof(key), "%s.key", name);
		assert_int_equal(gnutls_certificate_set_x509_key_file(k->c, file(cert), file(key), GNUTLS_X509_FMT_PEM),
				 0);
	}
	/* sends the certificate even if the server does not list its issuer, as a hostile client does */
	assert_int_equal(
		gnutls_init(&k->s, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_FORCE_CLIENT_CERT), 0);
	assert_int_equal(gnutls_priority_set_direct(k->s, priorities ? priorities : "NORMAL", NULL), 0);
	assert_int_equal(gnutls_credentials_set(k->s, GNUTLS_CRD_CERTIFICATE, k->c), 0);
	gnutls_transport_set_int(k->s, k->fd);
	while ((code = gnutls_handshake(k->s)) == GNUTLS_E_AGAIN) {
		assert_true(gm_now_ns() < until);
		w_step(w, k->fd, POLLIN);
	}
	return code;
}

static void client_close(struct client *k)
{
	gnutls_deinit(k->s);
	gnutls_certificate_free_credentials(k->c);
	close(k->fd);
}

/* Sends a request; returns the status of the answer, which goes to r; 0: the connection ended. */
static int client_ask(struct client *k, struct world *w, const char *request, struct reply *r)
{
	uint64_t until = gm_now_ns() + TIMEOUT_NS;
	char part[16384];
	size_t missing;
	ssize_t n = 1;

	*r = (struct reply){ 0 };
	assert_int_equal(gnutls_record_send(k->s, request, strlen(request)), strlen(request));
	while (n && (missing = r_missing(r, false))) {
		n = gnutls_record_recv(k->s, part, missing < sizeof(part) ? missing : sizeof(part));
		assert_true(gm_now_ns() < until);
		if (n > 0)
			r_add(r, part, (size_t)n);
		else if (n == GNUTLS_E_AGAIN)
			w_step(w, k->fd, POLLIN);
		else
			n = 0;
	}
	r_finish(r, n);
	return r->status;
}

static int status_of(struct world *w, const char *name)
{
	struct client k;
	struct reply r;
	int status;

	assert_int_equal(client_open(&k, w, name, NULL), 0);
	status = client_ask(&k, w, GET_METRICS, &r);
	r_release(&r);
	client_close(&k);
	return status;
}

/* ---- tests ---- */

static void test_files(void **state)
{
	static const struct {
		const char *cert, *key, *ca;
		int err;
	} rows[] = {
		{ "server.pem", NULL, NULL, -EINVAL },
		{ NULL, "server.key", NULL, -EINVAL },
		{ NULL, NULL, "ours.pem", -EINVAL },
		{ "nothing", "server.key", NULL, -ENOENT },
		{ "server.pem", "nothing", NULL, -ENOENT },
		{ "server.pem", "server.key", "nothing", -ENOENT },
		{ ".", "server.key", NULL, -EISDIR },
		{ "empty", "server.key", NULL, -EINVAL },
		{ "server.pem", "empty", NULL, -EINVAL },
		{ "server.pem", "server.key", "empty", -EINVAL },
		{ "garbage", "server.key", NULL, -EINVAL },
		{ "server.pem", "garbage", NULL, -EINVAL },
		{ "server.pem", "server.key", "garbage", -EINVAL },
		{ "server.pem", "client.key", NULL, -EINVAL },
		{ "server.key", "server.pem", NULL, -EINVAL },
		{ "server.pem", "server.key", NULL, 0 },
		{ "server.pem", "server.key", "ours.pem", 0 },
		{ "server.pem", "server.key", "both.pem", 0 },
	};
	struct world w;

	(void)state;
	need_certificates();
	for (size_t i = 0; i < GM_ARRAY_SIZE(rows); i++) {
		int err = tls_try(&w, rows[i].cert, rows[i].key, rows[i].ca);

		if (err != rows[i].err)
			fail_msg("%s, %s, %s: %d", rows[i].cert, rows[i].key, rows[i].ca, err);
		w_close(&w);
	}
}

static void test_served(void **state)
{
	struct world w;
	struct client k;
	struct reply r;
	struct gm_str where = { 0 };

	(void)state;
	need_certificates();
	assert_int_equal(tls_try(&w, "server.pem", "server.key", NULL), 0);
	gm_httpd_where(w.h, &where);
	assert_memory_equal(where.s, "https://127.0.0.1:", 18);
	gm_str_release(&where);
	w.body_bytes = 3 << 20;
	assert_int_equal(client_open(&k, &w, NULL, NULL), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(client_ask(&k, &w, GET_METRICS, &r), 200);
		assert_memory_equal(r.body, "format 0 of sample 1\n", 21);
		assert_true(r.body_len >= w.body_bytes);
		r_release(&r);
	}
	assert_int_equal(w.renders[GM_FORMAT_TEXT], 1);
	assert_int_equal(w_stats(&w).connections, 1);
	client_close(&k);
	w_until(&w, !w_stats(&w).connections);
	w_close(&w);
}

static void test_versions(void **state)
{
	static const struct {
		const char *priorities;
		bool good;
	} rows[] = {
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.3", true },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2", true },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.1:+SIGN-ALL:%VERIFY_ALLOW_SIGN_WITH_SHA1", false },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.0:+SIGN-ALL:%VERIFY_ALLOW_SIGN_WITH_SHA1", false },
	};
	struct world w;
	struct client k;

	(void)state;
	need_certificates();
	assert_int_equal(tls_try(&w, "server.pem", "server.key", NULL), 0);
	for (size_t i = 0; i < GM_ARRAY_SIZE(rows); i++) {
		assert_int_equal(!client_open(&k, &w, NULL, rows[i].priorities), rows[i].good);
		client_close(&k);
	}
	w_until(&w, !w_stats(&w).connections);
	w_close(&w);
}

static void test_client_certificates(void **state)
{
	static const struct {
		const char *name;
		int status;
	} rows[] = {
		{ NULL, 403 },	 { "client", 200 }, { "general", 200 }, { "stranger", 403 },
		{ "self", 403 }, { "server", 403 }, { "client", 200 },
	};
	struct world w;

	(void)state;
	need_certificates();
	assert_int_equal(tls_try(&w, "server.pem", "server.key", "ours.pem"), 0);
	for (size_t i = 0; i < GM_ARRAY_SIZE(rows); i++) {
		int status = status_of(&w, rows[i].name);

		if (status != rows[i].status)
			fail_msg("%s: %d", rows[i].name ? rows[i].name : "none", status);
	}
	assert_int_equal(w.samples, 3);
	w_close(&w);
	/* a server that requests no certificate needs none */
	assert_int_equal(tls_try(&w, "server.pem", "server.key", NULL), 0);
	assert_int_equal(status_of(&w, NULL), 200);
	assert_int_equal(status_of(&w, "stranger"), 200);
	w_close(&w);
}

static time_t in_five_days(time_t *t)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += 5 * DAY;
	if (t)
		*t = ts.tv_sec;
	return ts.tv_sec;
}

static void test_expired(void **state)
{
	struct world w;

	(void)state;
	need_certificates();
	assert_int_equal(tls_try(&w, "server.pem", "server.key", "ours.pem"), 0);
	assert_int_equal(status_of(&w, "client"), 200);
	gnutls_global_set_time_function(in_five_days);
	assert_int_equal(status_of(&w, "client"), 403);
	gnutls_global_set_time_function(time);
	w_close(&w);
}

/* No page and no method answers a client without an accepted certificate; the connection ends. */
static void test_forbidden_everywhere(void **state)
{
	static const char *const requests[] = {
		GET_METRICS,
		"GET / HTTP/1.1\r\nHost: t\r\n\r\n",
		"GET /-/healthy HTTP/1.1\r\nHost: t\r\n\r\n",
		"GET /no HTTP/1.1\r\nHost: t\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n\r\nx",
	};
	struct world w;
	struct client k;
	struct reply r;

	(void)state;
	need_certificates();
	assert_int_equal(tls_try(&w, "server.pem", "server.key", "ours.pem"), 0);
	for (size_t i = 0; i < GM_ARRAY_SIZE(requests); i++) {
		assert_int_equal(client_open(&k, &w, NULL, NULL), 0);
		assert_int_equal(client_ask(&k, &w, requests[i], &r), 403);
		r_release(&r);
		w_until(&w, !w_stats(&w).connections);
		client_close(&k);
	}
	assert_int_equal(w.samples, 0);
	w_close(&w);
}

static void test_not_tls(void **state)
{
	struct world w;
	int fd;

	(void)state;
	need_certificates();
	assert_int_equal(tls_try(&w, "server.pem", "server.key", NULL), 0);
	fd = w_connect(&w);
	w_puts(&w, fd, GET_METRICS);
	assert_true(w_ends(&w, fd));
	close(fd);
	assert_int_equal(w_stats(&w).requests, 0);
	assert_int_equal(status_of(&w, NULL), 200);
	w_close(&w);
}

/* Half a handshake, and an answer that is not read, both end at the deadline. */
static void test_slow(void **state)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
	struct world w;
	struct client k;
	int half, silent;

	(void)state;
	need_certificates();
	assert_int_equal(tls_try(&w, "server.pem", "server.key", NULL), 0);
	w.body_bytes = 16 << 20;
	half = w_connect(&w);
	silent = w_connect(&w);
	w_send(&w, half, hello, sizeof(hello) - 1);
	assert_int_equal(client_open(&k, &w, NULL, NULL), 0);
	assert_true(gnutls_record_send(k.s, GET_METRICS, sizeof(GET_METRICS) - 1) > 0);
	w_until(&w, w_stats(&w).requests == 1);
	w_settle(&w);
	assert_int_equal(w_stats(&w).connections, 3);
	w.sample++;
	assert_int_equal(status_of(&w, NULL), 200);
	w_settle(&w);
	assert_int_equal(w.h->bodies.nr, 2);
	for (size_t i = 0; i < w.h->conns.nr; i++)
		((struct gm_conn *)w.h->conns.at[i])->since_ns -= 30000000000ull;
	w_run(&w);
	w_until(&w, !w_stats(&w).connections);
	assert_int_equal(w_stats(&w).evicted, 3);
	assert_int_equal(w.h->bodies.nr, 1);
	client_close(&k);
	close(half);
	close(silent);
	w_close(&w);
}

static void test_random(void **state)
{
	static const char hello[] = "\x16\x03\x01\x00\x40\x01\x00\x00\x3c\x03\x03";
	uint64_t seed = 77;
	char junk[400];
	struct world w;

	(void)state;
	need_certificates();
	assert_int_equal(tls_try(&w, "server.pem", "server.key", "ours.pem"), 0);
	for (int i = 0; i < 300; i++) {
		int fd = w_connect(&w);

		for (size_t b = 0; b < sizeof(junk); b++)
			junk[b] = (char)unit_random(&seed);
		memcpy(junk, hello, unit_random(&seed) % sizeof(hello));
		w_send(&w, fd, junk, unit_random(&seed) % sizeof(junk) + 1);
		w_run(&w);
		close(fd);
		w_run(&w);
	}
	assert_int_equal(status_of(&w, "client"), 200);
	w_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),	 cmocka_unit_test(test_served),
		cmocka_unit_test(test_versions), cmocka_unit_test(test_client_certificates),
		cmocka_unit_test(test_expired),	 cmocka_unit_test(test_forbidden_everywhere),
		cmocka_unit_test(test_not_tls),	 cmocka_unit_test(test_slow),
		cmocka_unit_test(test_random),
	};

	gm_log_init("test", GM_LOG_QUIET);
	return w_group(tests, GM_ARRAY_SIZE(tests), make_certificates, remove_certificates);
}
