// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * push_answer.c - reads the few useful fields of an OTLP answer. The answer is untrusted input: every length is
 * checked, unknown fields are skipped, and text is cleaned.
 */
#include "exporter/push_answer.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

struct bytes {
	const uint8_t *at, *end;
};

struct field {
	uint64_t nr;
	unsigned int wire;
	uint64_t v;		/* value of a varint */
	struct bytes in;	/* content of a field with a length */
};

/* Wire types of the encoding. Groups, which proto3 removed, end the parsing. */
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_LEN = 2, WIRE_32 = 5 };

static bool read_varint(struct bytes *b, uint64_t *v)
{
	*v = 0;
	for (unsigned int shift = 0; b->at < b->end && shift < 70; shift += 7) {
		uint8_t c = *b->at++;

		if (shift < 64)
			*v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return true;
	}
	return false;
}

static bool skip_bytes(struct bytes *b, uint64_t n)
{
	if (n > (uint64_t)(b->end - b->at))
		return false;
	b->at += n;
	return true;
}

static bool read_value(struct bytes *b, struct field *f)
{
	uint64_t n;

	switch (f->wire) {
	case WIRE_VARINT: return read_varint(b, &f->v);
	case WIRE_64: return skip_bytes(b, 8);
	case WIRE_32: return skip_bytes(b, 4);
	case WIRE_LEN:
		if (!read_varint(b, &n))
			return false;
		f->in.at = b->at;
		if (!skip_bytes(b, n))
			return false;
		f->in.end = b->at;
		return true;
	}
	return false;
}

/* Reads the next field. 1; 0: no more; -EBADMSG. */
static int next_field(struct bytes *b, struct field *f)
{
	uint64_t tag;

	if (b->at == b->end)
		return 0;
	if (!read_varint(b, &tag))
		return -EBADMSG;
	*f = (struct field){ .nr = tag >> 3, .wire = tag & 7 };
	return read_value(b, f) ? 1 : -EBADMSG;
}

static void set_text(struct gm_push_answer *out, struct bytes in)
{
	gm_clean(out->text, sizeof(out->text), (const char *)in.at, (size_t)(in.end - in.at));
}

/* ExportMetricsPartialSuccess { int64 rejected_data_points = 1; string error_message = 2; } */
static int parse_partial_success(struct gm_push_answer *out, struct bytes b)
{
	struct field f;
	int err;

	while ((err = next_field(&b, &f)) > 0) {
		if (f.nr == 1 && f.wire == WIRE_VARINT)
			out->rejected = (int64_t)f.v;
		else if (f.nr == 2 && f.wire == WIRE_LEN)
			set_text(out, f.in);
	}
	return err;
}

/* ExportMetricsServiceResponse { ExportMetricsPartialSuccess partial_success = 1; } */
static int parse_response(struct gm_push_answer *out, struct bytes b)
{
	struct field f;
	int err;

	while ((err = next_field(&b, &f)) > 0)
		if (f.nr == 1 && f.wire == WIRE_LEN && (err = parse_partial_success(out, f.in)))
			break;
	return err;
}

/* google.rpc.Status { int32 code = 1; string message = 2; repeated Any details = 3; } */
static int parse_status(struct gm_push_answer *out, struct bytes b)
{
	struct field f;
	int err;

	while ((err = next_field(&b, &f)) > 0)
		if (f.nr == 2 && f.wire == WIRE_LEN)
			set_text(out, f.in);
	return err;
}

static void first_line(struct gm_push_answer *out, struct bytes b)
{
	const uint8_t *p = b.at;

	while (p < b.end && *p != '\n' && *p != '\r')
		p++;
	set_text(out, (struct bytes){ b.at, p });
}

/* Return true if type is this media type, with any parameters. */
static bool is_media_type(const char *type, const char *want)
{
	size_t n = strlen(want);

	return type && !strncasecmp(type, want, n) && (!type[n] || strchr("; \t", type[n]));
}

int gm_push_answer(struct gm_push_answer *out, bool ok, const char *type, const void *body, size_t len)
{
	struct bytes b = { body, (const uint8_t *)body + len };

	*out = (struct gm_push_answer){ 0 };
	if (is_media_type(type, "application/x-protobuf"))
		return ok ? parse_response(out, b) : parse_status(out, b);
	if (is_media_type(type, "text/plain"))
		first_line(out, b);
	return 0;
}
