/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * frame.h - what a view makes: lines of text with attributes, from a const model. Pure functions, no
 * terminal, so that frames are tested as text; tty.h paints them.
 */
#ifndef GM_REPORT_FRAME_H
#define GM_REPORT_FRAME_H

#include <stdbool.h>
#include <stdint.h>
#include "base/str.h"
#include "model/model.h"

enum gm_attr { GM_ATTR_NORMAL = 0, GM_ATTR_HEAD = 1, GM_ATTR_SELECTED = 2, GM_ATTR_DIM = 3, GM_ATTR_WARN = 4,
	GM_ATTR_BOLD = 5,
	       GM_ATTR_BAR = 6 };

struct gm_line {
	char *text;		/* UTF-8, no control characters, no newline */
	enum gm_attr attr;
};

/* A frame: zeroed = empty. */
struct gm_frame {
	struct gm_line *line;
	size_t nr, cap;
	int err;		/* 0 or -ENOMEM */
};
/* Adds a formatted line; lack of memory is f->err. */
void gm_frame_add(struct gm_frame *f, enum gm_attr attr, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* a line that was put together; releases it */
void gm_frame_take(struct gm_frame *f, enum gm_attr attr, struct gm_str *b);
void gm_frame_clear(struct gm_frame *f);
void gm_frame_release(struct gm_frame *f);

/*
 * Copies text from outside into a cell: in a UTF-8 locale what that can print, as it is; of the rest, and of what
 * takes no room (joiners, marks of direction), each character as \uHHHH and each byte that is no UTF-8 as \xHH.
 * Returns dst.
 */
char *gm_plain(char *dst, size_t size, const char *src);
char *gm_plain_ascii(char *dst, size_t size, const char *src); /* the same as if in no UTF-8 locale: for files */
/* Columns of a terminal that a text takes, by wcwidth(3): wide characters take two, combining ones none. */
size_t gm_columns(const char *s);
/* Cuts a text to at most width columns, never inside a character. */
void gm_cut(char *s, size_t width);
/* The same from its middle: "web-fr~end-01", since names of a fleet differ at the end. */
void gm_shorten(char *s, size_t width);
/* Adds blanks up to width columns, as far as size allows; printf's %-*s counts bytes. Returns s. */
char *gm_pad(char *s, size_t size, size_t width);

#endif
