/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json.h - streaming JSON writer into a struct gm_str. It writes commas and escapes; order and nesting are the
 * caller's. key is NULL inside arrays. Strings are escaped by RFC 8259. A control character becomes an escape (\n,
 * \u001b), a byte that is no valid UTF-8 the text \xHH, as gm_clean() writes it; neither is ever written raw.
 *
 * gm_json_init(), then one value: an object or array and all in it. The only error is lack of memory, in out->err.
 */
#ifndef GM_BASE_JSON_H
#define GM_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include "base/str.h"

struct gm_json {
	struct gm_str *out;
	bool comma;		/* a separator is due before the next element */
};

/* Begins a value in *out, which stays the caller's. */
void gm_json_init(struct gm_json *j, struct gm_str *out);
/* Open and close an object or an array. */
void gm_json_obj(struct gm_json *j, const char *key); /* opens { */
void gm_json_end_obj(struct gm_json *j);
void gm_json_arr(struct gm_json *j, const char *key); /* opens [ */
void gm_json_end_arr(struct gm_json *j);
/* Write a value. */
void gm_json_str(struct gm_json *j, const char *key, const char *val); /* NULL: null */
void gm_json_strn(struct gm_json *j, const char *key, const char *val, size_t len);
void gm_json_u64(struct gm_json *j, const char *key, uint64_t v);
void gm_json_s64(struct gm_json *j, const char *key, int64_t v);
void gm_json_dbl(struct gm_json *j, const char *key, double v); /* null when not finite */
void gm_json_bool(struct gm_json *j, const char *key, bool v);
void gm_json_null(struct gm_json *j, const char *key);

#endif
