// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of --web.config.file: what a file may contain, which passwords are accepted, and what a server answers. Skipped
 * where the exporter was built without libyaml.
 */
#include "fixture/httpd_world.h"
#include "exporter/web_config_int.h"

/* The hash of "secret" at the least cost. */
#define HASH "$2b$04$JloQUKxu5U3zV9JbTt66U.ZhsbklPeik4KuhR86kFAJ4yu01XLVaS"
#define USERS "basic_auth_users:\n  prom: " HASH "\n"
/* "prom:secret", "prom:wrong", "nobody:secret" in Base64 */
#define GOOD "Basic cHJvbTpzZWNyZXQ="
#define WRONG "Basic cHJvbTp3cm9uZw=="
#define NOBODY "Basic bm9ib2R5OnNlY3JldA=="

static char path[] = "/tmp/gm-web-config-XXXXXX";

static void write_config(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int load(struct gm_web_config **c, const char *text)
{
	int err;

	write_config(text);
	err = gm_web_config_load(c, path);
	if (err == -ENOTSUP)
		skip();
	return err;
}

static void test_refused(void **state)
{
	static const char *const wrong[] = {
		"nonsense",
		"a: [",
		"unknown: 1",
		"tls_server_config:\n  cert_file: a\n",
		"tls_server_config:\n  cipher_suites: [A]\n",
		"tls_server_config:\n  min_version: TLS10\n",
		"tls_server_config:\n  cert_file: a\n  key_file: b\n  client_ca_file: c\n",
		"tls_server_config:\n  cert_file: a\n  key_file: b\n  client_auth_type: RequireAndVerifyClientCert\n",
		"tls_server_config:\n  cert_file: a\n  key_file: b\n  client_auth_type: RequestClientCert\n",
		"basic_auth_users:\n  prom: secret\n",
		"basic_auth_users:\n  prom: [a]\n",
		"basic_auth_users:\n  prom: $2b$99$JloQUKxu5U3zV9JbTt66U.ZhsbklPeik4KuhR86kFAJ4yu01XLVaS\n",
		"[a]: b",
		"http_server_config:\n  http2: true\n",
	};
	struct gm_web_config *c;

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(wrong); i++) {
		if (load(&c, wrong[i]) != -EINVAL)
			fail_msg("not refused: %s", wrong[i]);
		assert_null(c);
	}
	assert_int_equal(gm_web_config_load(&c, "/nonexistent"), -ENOENT);
}

static void test_paths(void **state)
{
	struct gm_web_config *c;

	(void)state;
	assert_int_equal(load(&c, "tls_server_config:\n  cert_file: a.pem\n  key_file: /k/b.pem\n  min_version: TLS12\n"
				  "  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n"),
			 0);
	assert_string_equal(gm_web_config_cert(c), "/tmp/a.pem");
	assert_string_equal(gm_web_config_key(c), "/k/b.pem");
	assert_string_equal(gm_web_config_client_ca(c), "/tmp/ca.pem");
	assert_false(gm_web_config_has_users(c));
	assert_int_equal(gm_web_config_check(c, NULL), GM_WEB_ADMITTED);
	gm_web_config_free(c);
	assert_int_equal(load(&c, "# nothing\n"), 0);
	assert_null(gm_web_config_cert(c));
	gm_web_config_free(c);
}

/* A guess is not even judged soon after a wrong one; who was accepted before still is. */
static void test_passwords(void **state)
{
	static const char *const wrong[] = { WRONG,	  NOBODY,	    "Basic",	"Basic ",
					     "Basic %%%", "Basic cHJvbQ==", "Bearer x", GOOD ", " GOOD };
	struct gm_web_config *c;

	(void)state;
	assert_int_equal(load(&c, USERS), 0);
	for (size_t i = 0; i < GM_ARRAY_SIZE(wrong); i++) {
		c->pause_until_ns = 0;
		assert_int_equal(gm_web_config_check(c, wrong[i]), GM_WEB_DENIED);
	}
	assert_int_equal(gm_web_config_check(c, NULL), GM_WEB_DENIED);
	c->pause_until_ns = 0;
	assert_int_equal(gm_web_config_check(c, GOOD), GM_WEB_ADMITTED);
	assert_int_equal(gm_web_config_check(c, WRONG), GM_WEB_DENIED);
	assert_true(c->pause_until_ns > 0);
	c->pause_until_ns = UINT64_MAX;
	assert_int_equal(gm_web_config_check(c, NOBODY), GM_WEB_BUSY);
	assert_int_equal(gm_web_config_check(c, GOOD), GM_WEB_ADMITTED);
	gm_web_config_free(c);
}

static int ask(struct world *w, const char *target, const char *fields, const char *field, const char *want)
{
	struct reply r;
	int status;

	w_ask(w, &r, "GET", target, fields);
	status = r.status;
	if (field) {
		assert_non_null(r_header(&r, field));
		assert_string_equal(r_header(&r, field), want);
	}
	r_release(&r);
	return status;
}

static void test_server(void **state)
{
	struct world w = { .sample = 1 };
	struct gm_web_config *c;

	(void)state;
	assert_int_equal(load(&c, USERS), 0);
	gm_web_config_free(c);
	assert_int_equal(
		w_try(&w, (struct gm_httpd_opts){ .listen = { "127.0.0.1:0" }, .listen_nr = 1, .config = path }), 0);
	assert_int_equal(ask(&w, "/metrics", "", "WWW-Authenticate", "Basic realm=\"gmem_exporter\""), 401);
	assert_int_equal(ask(&w, "/", "", NULL, NULL), 401);
	assert_int_equal(ask(&w, "/-/healthy", "", NULL, NULL), 401);
	assert_int_equal(ask(&w, "/metrics", "Authorization: " GOOD "\r\n", NULL, NULL), 200);
	assert_int_equal(ask(&w, "/metrics", "Authorization: " WRONG "\r\n", NULL, NULL), 401);
	w.h->web->pause_until_ns = UINT64_MAX;
	assert_int_equal(ask(&w, "/metrics", "Authorization: " NOBODY "\r\n", "Retry-After", "1"), 429);
	assert_int_equal(ask(&w, "/metrics", "Authorization: " GOOD "\r\n", NULL, NULL), 200);
	w_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_passwords),
		cmocka_unit_test(test_server),
	};
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 1;
	close(fd);
	gm_log_init("test", GM_LOG_QUIET);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
