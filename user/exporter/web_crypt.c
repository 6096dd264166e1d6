// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* web_crypt.c - bcrypt, by libcrypt. Without it or libyaml no file is read (web_config_file.c), and nothing hashed. */
#include "exporter/web_config_int.h"

#include <stdlib.h>

#if __has_include(<yaml.h>) && __has_include(<crypt.h>)
#include <crypt.h>

struct gm_web_crypt { struct crypt_data data; };

struct gm_web_crypt *gm_web_crypt_new(void)
{
	return calloc(1, sizeof(struct gm_web_crypt));
}

const char *gm_web_crypt(struct gm_web_crypt *k, const char *password, const char *hash)
{
	const char *got = crypt_r(password, hash, &k->data);

	return got && got[0] != '*' ? got : NULL;
}

void gm_web_crypt_free(struct gm_web_crypt *k)
{
	free(k);
}

#else

struct gm_web_crypt *gm_web_crypt_new(void)
{
	return NULL;
}

const char *gm_web_crypt(struct gm_web_crypt *k, const char *password, const char *hash)
{
	(void)k;
	(void)password;
	(void)hash;
	return NULL;
}

void gm_web_crypt_free(struct gm_web_crypt *k)
{
	(void)k;
}

#endif
