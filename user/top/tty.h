/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tty.h - paints frames on a terminal with ncursesw, and reads keys. Nothing else uses ncurses.
 *
 * Call gm_tty_open(), then gm_tty_size(), gm_tty_paint() and gm_tty_key() as often as needed, then gm_tty_close(),
 * which restores the terminal, also after an error. While a terminal is open, messages are held back (gm_log_hold()).
 */
#ifndef GM_TOP_TTY_H
#define GM_TOP_TTY_H

#include <stdbool.h>
#include <stdint.h>
#include "report/frame.h"

struct gm_tty;
/*
 * Opens the terminal on stdin and stdout; the caller closes *out. mouse: report mouse events, if the terminal has a
 * mouse; its own selection of text then needs Shift. Returns 0; -ENOTTY: stdin or stdout is no terminal;
 * -ENOTSUP: TERM is unknown to terminfo; -ENOMEM. All reported; *out is then NULL.
 */
int gm_tty_open(struct gm_tty **out, bool color, bool mouse);
/* Sets the terminal's current size, in columns and lines. */
void gm_tty_size(struct gm_tty *t, unsigned int *width, unsigned int *height);
/* Paints the frame from the top line; lines beyond the terminal's height are left out. */
void gm_tty_paint(struct gm_tty *t, const struct gm_frame *f);
/* Return true if the terminal can show UTF-8. If not, set gm_top.ascii; other characters are painted as '#'. */
bool gm_tty_has_utf8(const struct gm_tty *t);
/* Keys that are no characters: values above the last code point of Unicode. */
enum gm_key { GM_KEY_UP = 0x110000, GM_KEY_DOWN, GM_KEY_PGUP, GM_KEY_PGDN, GM_KEY_HOME, GM_KEY_END, GM_KEY_ENTER,
	GM_KEY_ESC,
	      GM_KEY_BACKSPACE, GM_KEY_LEFT, GM_KEY_RIGHT, GM_KEY_RESIZE, GM_KEY_MOUSE, GM_KEY_F0 = 0x110100 };
#define GM_KEY_F(n) (GM_KEY_F0 + (n))	/* 1 to 12 */
/* Return a key (a character or enum gm_key); 0: no key within timeout_ms. GM_KEY_MOUSE: see gm_tty_mouse(). */
unsigned int gm_tty_key(struct gm_tty *t, int timeout_ms);
struct gm_mouse;
/* Sets *out to the event of the last GM_KEY_MOUSE. Return false if it was one that has no meaning here. */
bool gm_tty_mouse(struct gm_tty *t, struct gm_mouse *out);
/* Return the descriptor to poll for input. */
int gm_tty_fd(const struct gm_tty *t);
/* Restores the terminal, writes held messages and frees t. NULL is allowed. */
void gm_tty_close(struct gm_tty *t);

#endif
