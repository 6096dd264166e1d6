// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pb.c - the wire format of protocol buffers. A length stands in front of a message. One byte is reserved for it, which
 * suffices for most messages; a longer message is moved when it is closed, so each message moves at most once for each
 * level above it.
 */
#include "base/pb.h"

#include <string.h>

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_LEN = 2 };

#define VARINT_MAX 10

/* Encodes a varint: seven bits a byte, the lowest first. Returns the number of bytes. */
static size_t encode_varint(uint8_t buf[VARINT_MAX], uint64_t v)
{
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		buf[n++] = (uint8_t)(v | 0x80);
	buf[n++] = (uint8_t)v;
	return n;
}

void gm_pb_varint(struct gm_str *b, uint64_t v)
{
	uint8_t buf[VARINT_MAX];

	gm_str_add(b, (const char *)buf, encode_varint(buf, v));
}

/* Maps 0, -1, 1, -2 .. to 0, 1, 2, 3 .., so that numbers near zero are short. */
static uint64_t encode_zigzag(int64_t v)
{
	return v < 0 ? ~((uint64_t)v << 1) : (uint64_t)v << 1;
}

void gm_pb_zigzag(struct gm_str *b, int64_t v)
{
	gm_pb_varint(b, encode_zigzag(v));
}

static void add_tag(struct gm_str *b, unsigned int field, enum wire w)
{
	gm_pb_varint(b, (uint64_t)field << 3 | w);
}

size_t gm_pb_delimited(struct gm_str *b)
{
	size_t mark = b->len;

	gm_str_add(b, "", 1);
	return mark;
}

size_t gm_pb_open(struct gm_str *b, unsigned int field)
{
	add_tag(b, field, WIRE_LEN);
	return gm_pb_delimited(b);
}

void gm_pb_close(struct gm_str *b, size_t mark)
{
	uint8_t buf[VARINT_MAX];
	size_t len, n;

	if (b->err)
		return; /* the length's byte may be missing */
	len = b->len - mark - 1;
	n = encode_varint(buf, len);
	if (n > 1) {
		gm_str_add(b, (const char *)buf, n - 1); /* makes room; overwritten below */
		if (b->err)
			return;
		memmove(b->s + mark + n, b->s + mark + 1, len);
	}
	memcpy(b->s + mark, buf, n);
}

void gm_pb_u64(struct gm_str *b, unsigned int field, uint64_t v)
{
	add_tag(b, field, WIRE_VARINT);
	gm_pb_varint(b, v);
}

void gm_pb_i64(struct gm_str *b, unsigned int field, int64_t v)
{
	gm_pb_u64(b, field, (uint64_t)v);
}

void gm_pb_s64(struct gm_str *b, unsigned int field, int64_t v)
{
	gm_pb_u64(b, field, encode_zigzag(v));
}

void gm_pb_fixed64(struct gm_str *b, unsigned int field, uint64_t v)
{
	uint8_t le[8];

	for (unsigned int i = 0; i < sizeof(le); i++)
		le[i] = (uint8_t)(v >> 8 * i);
	add_tag(b, field, WIRE_64);
	gm_str_add(b, (const char *)le, sizeof(le));
}

void gm_pb_double(struct gm_str *b, unsigned int field, double v)
{
	uint64_t bits;

	_Static_assert(sizeof(bits) == sizeof(v), "an IEEE 754 double");
	memcpy(&bits, &v, sizeof(bits));
	gm_pb_fixed64(b, field, bits);
}

void gm_pb_str(struct gm_str *b, unsigned int field, const char *s)
{
	size_t len = strlen(s);

	add_tag(b, field, WIRE_LEN);
	gm_pb_varint(b, len);
	gm_str_add(b, s, len);
}
