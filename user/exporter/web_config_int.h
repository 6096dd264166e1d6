/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* web_config_int.h - shared by web_config.c, web_config_file.c and their tests; not for other files. */
#ifndef GM_EXPORTER_WEB_CONFIG_INT_H
#define GM_EXPORTER_WEB_CONFIG_INT_H

#include <stdint.h>

#include "base/vec.h"
#include "exporter/web_config.h"

#define GM_WEB_DIGESTS	8	/* accepted headers that are remembered */

struct gm_web_user { char *name, *hash; };

struct gm_web_config {
	char *cert, *key, *client_ca;
	bool requires_client_cert;
	struct gm_vec users;			/* struct gm_web_user */
	struct gm_web_crypt *crypt;		/* work memory; NULL without users */
	unsigned char secret[32];		/* random: key of the digests */
	unsigned char digest[GM_WEB_DIGESTS][32];
	unsigned int digests, next;
	uint64_t pause_until_ns;		/* CLOCK_MONOTONIC */
};

/* bcrypt. new: NULL if memory is short. Returns the hash of a password with the salt of another hash; NULL: failed. */
struct gm_web_crypt;
struct gm_web_crypt *gm_web_crypt_new(void);
const char *gm_web_crypt(struct gm_web_crypt *k, const char *password, const char *hash);
void gm_web_crypt_free(struct gm_web_crypt *k); /* NULL is allowed */

#endif
