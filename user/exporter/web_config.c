// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* web_config.c - the users of --web.config.file: passwords against bcrypt hashes. web_config_file.c reads the file. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "base/clock.h"
#include "base/hmac.h"
#include "exporter/web_config_int.h"

#define PAUSES	4	/* a failed check is followed by a pause of this many times its duration */

bool gm_web_config_has_users(const struct gm_web_config *c)
{
	return c && c->users.nr;
}

const char *gm_web_config_cert(const struct gm_web_config *c)
{
	return c->cert;
}

const char *gm_web_config_key(const struct gm_web_config *c)
{
	return c->key;
}

const char *gm_web_config_client_ca(const struct gm_web_config *c)
{
	return c->client_ca;
}

void gm_web_config_free(struct gm_web_config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->users.nr; i++) {
		struct gm_web_user *u = c->users.at[i];

		free(u->name);
		free(u->hash);
		free(u);
	}
	gm_vec_release(&c->users);
	free(c->cert);
	free(c->key);
	free(c->client_ca);
	gm_web_crypt_free(c->crypt);
	free(c);
}

/* Compares in a time that does not depend on where two texts differ. */
static bool is_equal(const void *a, const void *b, size_t len)
{
	const unsigned char *x = a, *y = b;
	unsigned char differ = 0;

	for (size_t i = 0; i < len; i++)
		differ |= x[i] ^ y[i];
	return !differ;
}

static const struct gm_web_user *find_user(const struct gm_web_config *c, const char *name)
{
	for (size_t i = 0; i < c->users.nr; i++)
		if (!strcmp(((const struct gm_web_user *)c->users.at[i])->name, name))
			return c->users.at[i];
	return NULL;
}

/* An unknown user costs as much time as a known one: the answer's time does not tell which names exist. */
static bool is_password(struct gm_web_config *c, const char *name, const char *password)
{
	const struct gm_web_user *u = find_user(c, name), *any = c->users.at[0];
	const char *want = u ? u->hash : any->hash, *got = gm_web_crypt(c->crypt, password, want);

	return got && strlen(got) == strlen(want) && is_equal(got, want, strlen(want)) && u;
}

/* Splits "Basic BASE64" into name and password. The result's text is freed by the caller; NULL: another form. */
static char *decode(const char *authorization, char **password)
{
	gnutls_datum_t in, out = { 0 };
	char *text;

	if (strncasecmp(authorization, "Basic ", 6))
		return NULL;
	authorization += 6 + strspn(authorization + 6, " ");
	in = (gnutls_datum_t){ (unsigned char *)authorization, (unsigned int)strlen(authorization) };
	if (!in.size || gnutls_base64_decode2(&in, &out) < 0)
		return NULL;
	text = memchr(out.data, '\0', out.size) ? NULL : strndup((const char *)out.data, out.size);
	gnutls_free(out.data);
	*password = text ? strchr(text, ':') : NULL;
	if (!*password) {
		free(text);
		return NULL;
	}
	*(*password)++ = '\0';
	return text;
}

static bool is_remembered(const struct gm_web_config *c, const unsigned char *digest)
{
	bool found = false;

	for (unsigned int i = 0; i < c->digests; i++)
		found |= is_equal(c->digest[i], digest, sizeof(c->digest[i]));
	return found;
}

static void remember(struct gm_web_config *c, const unsigned char *digest)
{
	unsigned int at = c->digests < GM_WEB_DIGESTS ? c->digests++ : c->next++ % GM_WEB_DIGESTS;

	memcpy(c->digest[at], digest, sizeof(c->digest[at]));
}

/* Checks a password, and sets the pause after a wrong one. */
static bool check(struct gm_web_config *c, const char *name, const char *password)
{
	uint64_t begin = gm_now_ns(), end;
	bool good = is_password(c, name, password);

	end = gm_now_ns();
	if (!good)
		c->pause_until_ns = end + PAUSES * (end - begin);
	return good;
}

enum gm_web_answer gm_web_config_check(struct gm_web_config *c, const char *authorization)
{
	enum gm_web_answer answer = GM_WEB_DENIED;
	unsigned char digest[32];
	char *name, *password;

	if (!gm_web_config_has_users(c))
		return GM_WEB_ADMITTED;
	if (!authorization)
		return GM_WEB_DENIED;
	gm_hmac(c->secret, sizeof(c->secret), authorization, strlen(authorization), digest);
	if (is_remembered(c, digest))
		return GM_WEB_ADMITTED;
	if (gm_now_ns() < c->pause_until_ns)
		return GM_WEB_BUSY;
	name = decode(authorization, &password);
	if (name && check(c, name, password)) {
		remember(c, digest);
		answer = GM_WEB_ADMITTED;
	}
	free(name);
	return answer;
}
