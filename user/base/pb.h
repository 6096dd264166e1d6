/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pb.h - writes protocol buffers into a struct gm_str: only the wire format ("Encoding" in the Protocol Buffers
 * documentation), no descriptors. The caller knows the fields of a message, their numbers (1 .. 2^29 - 1) and types.
 * Fields may come in any order; a field that is not written has its default value.
 *
 * Every varint, lengths included, is as short as possible, so that equal messages are equal bytes. A message is open
 * from gm_pb_open() or gm_pb_delimited() until gm_pb_close() gets its mark. Messages are closed innermost first, and
 * while one is open only these functions and gm_str_add() may touch the buffer. The same pair encloses packed repeated
 * fields and bytes:
 *
 *	size_t m = gm_pb_open(b, 2);
 *	for (i = 0; i < nr; i++)
 *		gm_pb_varint(b, count[i]);
 *	gm_pb_close(b, m);
 *
 * The only error is lack of memory, in b->err: check it once at the end; the bytes are then meaningless.
 */
#ifndef GM_BASE_PB_H
#define GM_BASE_PB_H

#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

size_t gm_pb_open(struct gm_str *b, unsigned int field); /* begins a nested message; returns its mark */
/* Ends a message; moves its contents if the length needs more than one byte. */
void gm_pb_close(struct gm_str *b, size_t mark);
/* Begins a top-level message with its length in front; gm_pb_close() ends it. */
size_t gm_pb_delimited(struct gm_str *b);

void gm_pb_u64(struct gm_str *b, unsigned int field, uint64_t v);     /* uint32, uint64, enum, bool */
void gm_pb_i64(struct gm_str *b, unsigned int field, int64_t v);      /* int32, int64: ten bytes when negative */
void gm_pb_s64(struct gm_str *b, unsigned int field, int64_t v);      /* sint32, sint64 */
void gm_pb_fixed64(struct gm_str *b, unsigned int field, uint64_t v); /* fixed64; sfixed64 as two's complement */
void gm_pb_double(struct gm_str *b, unsigned int field, double v);
/* Writes a string, also an empty one; s must be valid UTF-8. */
void gm_pb_str(struct gm_str *b, unsigned int field, const char *s);

/* Bare values, for packed fields between gm_pb_open() and gm_pb_close(). */
void gm_pb_varint(struct gm_str *b, uint64_t v);
void gm_pb_zigzag(struct gm_str *b, int64_t v);

#endif
