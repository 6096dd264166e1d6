/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tty.h - paints frames on a terminal with ncursesw, reads keys. Nothing else in the house knows ncurses.
 * The terminal is put right again by gm_tty_close(), also when called from a failing path twice.
 */
#ifndef GM_TOP_TTY_H
#define GM_TOP_TTY_H

#include <stdbool.h>
#include <stdint.h>
#include "report/frame.h"

struct gm_tty;
/* 0; -ENOTTY when stdin or stdout is no terminal; -ENOTSUP when TERM is unknown to terminfo. Reported. */
int gm_tty_open(struct gm_tty **out, bool color);
void gm_tty_size(struct gm_tty *t, unsigned int *width, unsigned int *height);
void gm_tty_paint(struct gm_tty *t, const struct gm_frame *f);
/* Can it show more than ASCII? Else gm_top.ascii is wanted; what is not ASCII is painted as '#'. */
bool gm_tty_utf8(const struct gm_tty *t);
/* Keys that are no characters: above Unicode's BMP private range used by nobody. */
enum gm_key { GM_KEY_UP = 0x110000, GM_KEY_DOWN, GM_KEY_PGUP, GM_KEY_PGDN, GM_KEY_HOME, GM_KEY_END, GM_KEY_ENTER,
	GM_KEY_ESC,
	      GM_KEY_BACKSPACE, GM_KEY_LEFT, GM_KEY_RIGHT, GM_KEY_RESIZE };
/* A key (character or enum gm_key), or 0 when none came within timeout_ms. */
unsigned int gm_tty_key(struct gm_tty *t, int timeout_ms);
/* The descriptor to poll for input. */
int gm_tty_fd(const struct gm_tty *t);
void gm_tty_close(struct gm_tty *t);

#endif
