/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pb.h - writes protocol buffers into a struct gm_str: the wire format alone ("Encoding" in the Protocol Buffers
 * documentation), no descriptors. Which fields a message has, their numbers (1 .. 2^29 - 1) and types are the caller's
 * business; fields may come in any order, one that is not written has its default value.
 *
 * Every varint is as short as can be, lengths included, so that equal messages are equal bytes. A message is open from
 * gm_pb_open() or gm_pb_delimited() until gm_pb_close() gets the mark back: innermost first, and nothing but these
 * functions and gm_str_add() may touch the buffer meanwhile. The same pair encloses packed repeated fields and bytes:
 *
 *	size_t m = gm_pb_open(b, 2);
 *	for (i = 0; i < nr; i++)
 *		gm_pb_varint(b, count[i]);
 *	gm_pb_close(b, m);
 *
 * Lack of memory is in b->err, once, at the end; the bytes are then meaningless.
 */
#ifndef GM_BASE_PB_H
#define GM_BASE_PB_H

#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

size_t gm_pb_open(struct gm_str *b, unsigned int field); /* a nested message begins; returns its mark */
/* moves what is in it when its length needs more than one byte */
void gm_pb_close(struct gm_str *b, size_t mark);
/* a top-level message behind its length; ended by gm_pb_close() */
size_t gm_pb_delimited(struct gm_str *b);

void gm_pb_u64(struct gm_str *b, unsigned int field, uint64_t v);     /* uint32, uint64, enum, bool */
void gm_pb_i64(struct gm_str *b, unsigned int field, int64_t v);      /* int32, int64: ten bytes when negative */
void gm_pb_s64(struct gm_str *b, unsigned int field, int64_t v);      /* sint32, sint64 */
void gm_pb_fixed64(struct gm_str *b, unsigned int field, uint64_t v); /* fixed64; sfixed64 as two's complement */
void gm_pb_double(struct gm_str *b, unsigned int field, double v);
/* must be valid UTF-8; an empty one is written, too */
void gm_pb_str(struct gm_str *b, unsigned int field, const char *s);

/* Bare values, for packed fields between open and close. */
void gm_pb_varint(struct gm_str *b, uint64_t v);
void gm_pb_zigzag(struct gm_str *b, int64_t v);

#endif
