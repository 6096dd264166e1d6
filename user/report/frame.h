/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * frame.h - frames: lines of text with attributes, which views make from a const model. Pure functions without a
 * terminal, so that frames are tested as text; user/top/tty.h paints them.
 *
 * A frame owns its lines. Lack of memory is kept in gm_frame.err (-ENOMEM), which ends further growth; check it once,
 * at the end. gm_frame_clear() empties a frame for the next use, gm_frame_release() frees it.
 */
#ifndef GM_REPORT_FRAME_H
#define GM_REPORT_FRAME_H

#include <stdbool.h>
#include <stdint.h>
#include "base/str.h"
#include "model/model.h"

enum gm_attr { GM_ATTR_NORMAL = 0, GM_ATTR_HEAD = 1, GM_ATTR_SELECTED = 2, GM_ATTR_DIM = 3, GM_ATTR_WARN = 4,
	GM_ATTR_BOLD = 5,
	       GM_ATTR_BAR = 6, GM_ATTR_KEY = 7 };

/* A part of a line with an attribute of its own, in columns. */
struct gm_frame_span {
	unsigned int at, len;
	enum gm_attr attr;
};

struct gm_line {
	char *text;		/* UTF-8, no control characters, no newline */
	enum gm_attr attr;
	struct gm_frame_span *span;
	size_t spans, spans_cap;
};

/* A frame: zeroed = empty. */
struct gm_frame {
	struct gm_line *line;
	size_t nr, cap;
	int err;		/* 0 or -ENOMEM */
};
/* Add a formatted line. Control characters become '?'. */
void gm_frame_add(struct gm_frame *f, enum gm_attr attr, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Add the text of b as a line, and release b. */
void gm_frame_add_str(struct gm_frame *f, enum gm_attr attr, struct gm_str *b);
/* Give columns at .. at + len - 1 of the last line another attribute. Nothing if the frame has an error. */
void gm_frame_span(struct gm_frame *f, enum gm_attr attr, unsigned int at, unsigned int len);
/* Free the lines and reset err; gm_frame_release() also frees the list of lines. */
void gm_frame_clear(struct gm_frame *f);
void gm_frame_release(struct gm_frame *f);

/*
 * Copy untrusted text into a cell. In a UTF-8 locale printable characters stay; every other character, and every
 * character without width (joiners, direction marks), becomes \uHHHH, and each byte that is not UTF-8 becomes \xHH.
 * Returns dst.
 */
char *gm_plain(char *dst, size_t size, const char *src);
char *gm_plain_ascii(char *dst, size_t size, const char *src); /* gm_plain() for files: as in a locale without UTF-8 */
/* Return the columns of a terminal that a text takes, by wcwidth(3): wide characters take two, combining ones none. */
size_t gm_columns(const char *s);
/* Cut a text to at most width columns, at the end, never inside a character. */
void gm_cut(char *s, size_t width);
/* Cut a text to at most width columns, from the middle: "web-fr~end-01", since names of a fleet differ at the end. */
void gm_shorten(char *s, size_t width);
/* Append blanks up to width columns, as far as size allows (printf's %-*s counts bytes). Returns s. */
char *gm_pad(char *s, size_t size, size_t width);

#endif
