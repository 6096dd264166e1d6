/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json.h - streaming JSON writer into a struct gm_str: commas and escapes are its business, order and
 * nesting the caller's. key is NULL inside arrays. Strings are escaped by RFC 8259; bytes that are not
 * valid UTF-8 and control characters come out as \u00XX or U+FFFD, never raw.
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

/* Begins a value in *out, which stays the caller's. Errors are out->err. */
void gm_json_init(struct gm_json *j, struct gm_str *out);
void gm_json_obj(struct gm_json *j, const char *key); /* opens { */
void gm_json_end_obj(struct gm_json *j);
void gm_json_arr(struct gm_json *j, const char *key); /* opens [ */
void gm_json_end_arr(struct gm_json *j);
void gm_json_str(struct gm_json *j, const char *key, const char *val); /* NULL: null */
void gm_json_strn(struct gm_json *j, const char *key, const char *val, size_t len);
void gm_json_u64(struct gm_json *j, const char *key, uint64_t v);
void gm_json_s64(struct gm_json *j, const char *key, int64_t v);
void gm_json_dbl(struct gm_json *j, const char *key, double v); /* null when not finite */
void gm_json_bool(struct gm_json *j, const char *key, bool v);
void gm_json_null(struct gm_json *j, const char *key);

#endif
