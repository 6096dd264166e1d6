/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * web_config.h - the file of --web.config.file, in the format of Prometheus' exporters: TLS, users with bcrypt hashes.
 *
 *	tls_server_config: { cert_file, key_file, client_ca_file, client_auth_type, min_version }
 *	basic_auth_users: { NAME: BCRYPT }
 *
 * An unknown key is refused: a setting that protects nothing must not look like one that does. The file is trusted;
 * requests are untrusted.
 */
#ifndef GM_EXPORTER_WEB_CONFIG_H
#define GM_EXPORTER_WEB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct gm_web_config;
/*
 * Reads a file. Paths in it are relative to its directory. 0; -errno, reported: no such file, no YAML, an unknown key,
 * a hash that is not bcrypt; -ENOTSUP: built without libyaml or without libcrypt. *out is then NULL.
 */
int gm_web_config_load(struct gm_web_config **out, const char *path);
void gm_web_config_free(struct gm_web_config *c);		    /* NULL is allowed */
const char *gm_web_config_cert(const struct gm_web_config *c);	    /* path; NULL: no TLS */
const char *gm_web_config_key(const struct gm_web_config *c);	    /* path; NULL: no TLS */
const char *gm_web_config_client_ca(const struct gm_web_config *c); /* path; NULL: clients need no certificate */
bool gm_web_config_has_users(const struct gm_web_config *c);	    /* c may be NULL */
enum gm_web_answer {
	GM_WEB_ADMITTED,
	GM_WEB_DENIED,
	GM_WEB_BUSY,	/* try again later: a wrong password came a moment ago */
};
/*
 * Judges the value of an Authorization header (NULL: none), which must be Basic with a user's password. c NULL, or
 * without users: admitted. bcrypt takes a tenth of a second, during which no other client gets an answer. So
 * accepted values are remembered, and after a wrong password others wait: guesses take at most a fifth of the time.
 */
enum gm_web_answer gm_web_config_check(struct gm_web_config *c, const char *authorization);

#endif
