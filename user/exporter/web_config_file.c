// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* web_config_file.c - reads --web.config.file with libyaml, which is optional, as libcrypt is (web_crypt.c). */
#include "exporter/web_config_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#if __has_include(<yaml.h>) && __has_include(<crypt.h>)
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <yaml.h>

/* What is being read, for messages. */
struct reader {
	struct gm_web_config *c;
	const char *path;
	yaml_document_t doc;
};

typedef int (*key_fn)(struct reader *r, const char *key, const yaml_node_t *value);

static const char *text_of(const yaml_node_t *n)
{
	return n && n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;
}

static int fail(const struct reader *r, const yaml_node_t *at, const char *key, const char *what)
{
	return gm_err(-EINVAL, "%s, line %zu: %s: %s", r->path, at->start_mark.line + 1, key, what);
}

/* Calls fn for each key of a mapping. An empty value is an empty mapping. */
static int for_each_key(struct reader *r, const char *name, const yaml_node_t *map, key_fn fn)
{
	int err = 0;

	if (text_of(map) && !text_of(map)[0])
		return 0;
	if (map->type != YAML_MAPPING_NODE)
		return fail(r, map, name, "keys with values are needed here");
	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; !err && p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *key = yaml_document_get_node(&r->doc, p->key);
		const yaml_node_t *value = yaml_document_get_node(&r->doc, p->value);

		err = text_of(key) ? fn(r, text_of(key), value) : fail(r, map, name, "a key is not a text");
	}
	return err;
}

/* Sets a path, which is relative to the directory of the file that names it. */
static int set_path(struct reader *r, char **to, const char *key, const yaml_node_t *value)
{
	const char *text = text_of(value), *slash = strrchr(r->path, '/');
	int dir = slash && text && text[0] != '/' ? (int)(slash - r->path) + 1 : 0;

	if (!text || !text[0])
		return fail(r, value, key, "a path is needed");
	free(*to);
	if (asprintf(to, "%.*s%s", dir, r->path, text) < 0)
		*to = NULL;
	return *to ? 0 : gm_errno(-ENOMEM, "%s", r->path);
}

static int set_client_auth(struct reader *r, const char *key, const yaml_node_t *value)
{
	const char *text = text_of(value);

	r->c->requires_client_cert = text && !strcmp(text, "RequireAndVerifyClientCert");
	if (!r->c->requires_client_cert && (!text || strcmp(text, "NoClientCert")))
		return fail(r, value, key, "only NoClientCert and RequireAndVerifyClientCert are supported");
	return 0;
}

static int set_tls(struct reader *r, const char *key, const yaml_node_t *value)
{
	if (!strcmp(key, "cert_file"))
		return set_path(r, &r->c->cert, key, value);
	if (!strcmp(key, "key_file"))
		return set_path(r, &r->c->key, key, value);
	if (!strcmp(key, "client_ca_file"))
		return set_path(r, &r->c->client_ca, key, value);
	if (!strcmp(key, "client_auth_type"))
		return set_client_auth(r, key, value);
	if (!strcmp(key, "min_version") && text_of(value) && !strcmp(text_of(value), "TLS12"))
		return 0; /* the server's own least version */
	return fail(r, value, key, "not supported (min_version: TLS12 only)");
}

static bool is_bcrypt(const char *hash)
{
	return hash && strlen(hash) == 60 && hash[0] == '$' && hash[1] == '2' && strchr("aby", hash[2]) &&
	       hash[3] == '$' && hash[6] == '$';
}

static int add_user(struct reader *r, const char *name, const yaml_node_t *value)
{
	struct gm_web_user *u;

	if (!is_bcrypt(text_of(value)))
		return fail(r, value, name, "not a bcrypt hash ($2y$... of 60 characters: htpasswd -nBC 10 USER)");
	u = calloc(1, sizeof(*u));
	if (!u || gm_vec_push(&r->c->users, u)) {
		free(u);
		return gm_errno(-ENOMEM, "%s", r->path);
	}
	u->name = strdup(name);
	u->hash = strdup(text_of(value));
	return u->name && u->hash ? 0 : gm_errno(-ENOMEM, "%s", r->path);
}

static int set_part(struct reader *r, const char *key, const yaml_node_t *value)
{
	if (!strcmp(key, "tls_server_config"))
		return for_each_key(r, key, value, set_tls);
	if (!strcmp(key, "basic_auth_users"))
		return for_each_key(r, key, value, add_user);
	return fail(r, value, key, "not supported (only tls_server_config and basic_auth_users)");
}

/* Checks what only the whole file shows; prepares for the check of passwords. */
static int complete(const struct reader *r)
{
	struct gm_web_config *c = r->c;

	if (!c->cert != !c->key)
		return gm_err(-EINVAL, "%s: cert_file and key_file go together", r->path);
	if (c->requires_client_cert != !!c->client_ca || (c->client_ca && !c->cert))
		return gm_err(-EINVAL,
			      "%s: client_ca_file, client_auth_type: RequireAndVerifyClientCert and cert_file "
			      "go together",
			      r->path);
	if (!c->users.nr)
		return 0;
	c->crypt = gm_web_crypt_new();
	if (!c->crypt || gnutls_rnd(GNUTLS_RND_KEY, c->secret, sizeof(c->secret)) < 0)
		return gm_errno(-ENOMEM, "%s", r->path);
	for (size_t i = 0; i < c->users.nr; i++)
		if (!gm_web_crypt(c->crypt, "", ((const struct gm_web_user *)c->users.at[i])->hash))
			return gm_err(-EINVAL, "%s: %s: libcrypt refuses the hash", r->path,
				      ((const struct gm_web_user *)c->users.at[i])->name);
	return 0;
}

static int read_document(struct reader *r, FILE *f)
{
	yaml_parser_t parser;
	const yaml_node_t *root;
	int err = 0;

	if (!yaml_parser_initialize(&parser))
		return gm_errno(-ENOMEM, "%s", r->path);
	yaml_parser_set_input_file(&parser, f);
	if (!yaml_parser_load(&parser, &r->doc)) {
		err = gm_err(-EINVAL, "%s, line %zu: not YAML: %s", r->path, parser.problem_mark.line + 1,
			     parser.problem ? parser.problem : "out of memory");
		yaml_parser_delete(&parser);
		return err;
	}
	root = yaml_document_get_root_node(&r->doc);
	if (root)
		err = for_each_key(r, "the file", root, set_part);
	yaml_document_delete(&r->doc);
	yaml_parser_delete(&parser);
	return err ? err : complete(r);
}

int gm_web_config_load(struct gm_web_config **out, const char *path)
{
	struct reader r = { .path = path };
	FILE *f = fopen(path, "re");
	int err;

	*out = NULL;
	if (!f)
		return gm_errno(-errno, "cannot read %s", path);
	r.c = calloc(1, sizeof(*r.c));
	err = r.c ? read_document(&r, f) : gm_errno(-ENOMEM, "%s", path);
	fclose(f);
	if (err)
		gm_web_config_free(r.c);
	else
		*out = r.c;
	return err;
}

#else

int gm_web_config_load(struct gm_web_config **out, const char *path)
{
	*out = NULL;
	return gm_err(-ENOTSUP, "cannot read %s: gmem_exporter was built without libyaml or libcrypt", path);
}

#endif
