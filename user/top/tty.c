// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * tty.c - paints frames on a terminal. The only file that uses ncurses. It makes its own screen (newterm()), which can
 * be deleted even if it was opened only in part.
 */
#define _XOPEN_SOURCE_EXTENDED 1
#include "top/tty.h"
#include "top/top.h"

#include <curses.h>
#include <term.h>
#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/log.h"

struct gm_tty {
	SCREEN *screen;
	void *reserve;
	bool color, utf8;
};

/* ncurses crashes without memory, also when it closes the screen: this much is reserved for closing. */
#define RESERVE (256u << 10)

/* Without colour, bold, dim and reverse make the same distinctions. */
static const struct {
	short fg, bg;
	attr_t mono, extra;
} styles[] = {
	[GM_ATTR_NORMAL] = { -1, -1, A_NORMAL, A_NORMAL },
	[GM_ATTR_HEAD] = { COLOR_BLACK, COLOR_GREEN, A_UNDERLINE | A_BOLD, A_NORMAL },
	[GM_ATTR_SELECTED] = { COLOR_BLACK, COLOR_CYAN, A_REVERSE, A_NORMAL },
	[GM_ATTR_DIM] = { -1, -1, A_DIM, A_DIM },
	[GM_ATTR_WARN] = { COLOR_RED, -1, A_BOLD, A_BOLD },
	[GM_ATTR_BOLD] = { -1, -1, A_BOLD, A_BOLD },
	[GM_ATTR_BAR] = { COLOR_CYAN, -1, A_NORMAL, A_NORMAL },
	[GM_ATTR_KEY] = { COLOR_BLACK, COLOR_CYAN, A_REVERSE, A_NORMAL },
};

static bool wants_color(bool color)
{
	const char *no = getenv("NO_COLOR");

	return color && !(no && no[0]) && has_colors();
}

static void init_colors(struct gm_tty *t)
{
	if (start_color() == ERR) {
		t->color = false;
		return;
	}
	use_default_colors();
	for (short i = 0; i < (short)GM_ARRAY_SIZE(styles); i++)
		init_pair((short)(i + 1), styles[i].fg, styles[i].bg);
}

/* Reports why newterm() failed, as ncurses does not say. Returns -errno, reported. */
static int no_screen(void)
{
	int found;

	if (setupterm(NULL, STDOUT_FILENO, &found) == OK)
		return gm_errno(-ENOMEM, "terminal");
	return gm_err(-ENOTSUP, "unknown terminal type: TERM=%s (use -b for plain text)",
		      getenv("TERM") ? getenv("TERM") : "");
}

/*
 * Presses come as they are. Where several events came at once, ncurses makes clicks of press and release, and double
 * clicks of these.
 */
#define CLICKS		(BUTTON1_PRESSED | BUTTON1_CLICKED)
#define DOUBLE_CLICKS	(BUTTON1_DOUBLE_CLICKED | BUTTON1_TRIPLE_CLICKED)

/* ncurses asks the terminal for nothing if terminfo knows of no mouse. */
static void open_mouse(void)
{
	mouseinterval(0);
	mousemask(CLICKS | DOUBLE_CLICKS | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
}

int gm_tty_open(struct gm_tty **out, bool color, bool mouse)
{
	struct gm_tty *t;

	*out = NULL;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return gm_err(-ENOTTY, "no terminal on standard input and output (use -b for plain text)");
	t = calloc(1, sizeof(*t));
	if (t)
		t->reserve = malloc(RESERVE);
	if (!t || !t->reserve) {
		free(t);
		return gm_errno(-ENOMEM, "terminal");
	}
	t->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	t->screen = newterm(NULL, stdout, stdin);
	if (!t->screen) {
		free(t->reserve);
		free(t);
		return no_screen();
	}
	gm_log_hold(true);
	set_term(t->screen);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(25); /* Esc alone must not wait a second for the rest of a sequence */
	curs_set(0);
	if (mouse)
		open_mouse();
	t->color = wants_color(color);
	if (t->color)
		init_colors(t);
	*out = t;
	return 0;
}

/* Reads the size from the terminal, not from ncurses: a resize then shows in the next frame even if no key was read. */
void gm_tty_size(struct gm_tty *t, unsigned int *width, unsigned int *height)
{
	struct winsize ws;

	(void)t;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_col && ws.ws_row) {
		if (ws.ws_col != COLS || ws.ws_row != LINES)
			resizeterm(ws.ws_row, ws.ws_col);
	}
	*width = COLS > 0 ? (unsigned int)COLS : 80;
	*height = LINES > 0 ? (unsigned int)LINES : 24;
}

static void get_style(const struct gm_tty *t, enum gm_attr attr, attr_t *a, short *pair)
{
	size_t i = (size_t)attr < GM_ARRAY_SIZE(styles) ? (size_t)attr : GM_ATTR_NORMAL;

	*a = t->color ? styles[i].extra : styles[i].mono;
	*pair = t->color ? (short)(i + 1) : 0;
}

static void set_style(const struct gm_tty *t, enum gm_attr attr)
{
	attr_t a;
	short pair;

	get_style(t, attr, &a, &pair);
	attr_set(a, pair, NULL);
}

static void paint_span(const struct gm_tty *t, int y, const struct gm_frame_span *s)
{
	attr_t a;
	short pair;

	get_style(t, s->attr, &a, &pair);
	mvchgat(y, (int)s->at, (int)s->len, a, pair, NULL);
}

bool gm_tty_has_utf8(const struct gm_tty *t)
{
	return t->utf8;
}

/* Paints '#' for each non-ASCII character: in another character set, a block character would take several columns. */
static void paint_ascii(const char *s)
{
	for (; *s; s++) {
		if ((*s & 0xc0) != 0x80)
			addch((unsigned char)*s < 0x80 ? (chtype)*s : '#');
	}
}

void gm_tty_paint(struct gm_tty *t, const struct gm_frame *f)
{
	erase();
	for (size_t i = 0; i < f->nr && i < (size_t)LINES; i++) {
		set_style(t, f->line[i].attr);
		move((int)i, 0);
		if (t->utf8)
			addstr(f->line[i].text);
		else
			paint_ascii(f->line[i].text);
		for (size_t k = 0; k < f->line[i].spans; k++)
			paint_span(t, (int)i, &f->line[i].span[k]);
	}
	attr_set(A_NORMAL, 0, NULL);
	refresh();
}

static unsigned int special_key(wint_t c)
{
	static const struct {
		wint_t from;
		unsigned int to;
	} keys[] = {
		{ KEY_UP, GM_KEY_UP },	       { KEY_DOWN, GM_KEY_DOWN },
		{ KEY_LEFT, GM_KEY_LEFT },     { KEY_RIGHT, GM_KEY_RIGHT },
		{ KEY_PPAGE, GM_KEY_PGUP },    { KEY_NPAGE, GM_KEY_PGDN },
		{ KEY_HOME, GM_KEY_HOME },     { KEY_END, GM_KEY_END },
		{ KEY_ENTER, GM_KEY_ENTER },   { KEY_BACKSPACE, GM_KEY_BACKSPACE },
		{ KEY_RESIZE, GM_KEY_RESIZE }, { KEY_MOUSE, GM_KEY_MOUSE },
	};

	for (size_t i = 0; i < GM_ARRAY_SIZE(keys); i++) {
		if (keys[i].from == c)
			return keys[i].to;
	}
	return c >= KEY_F(1) && c <= KEY_F(12) ? GM_KEY_F((unsigned int)c - KEY_F0) : 0;
}

static unsigned int plain_key(wint_t c)
{
	switch (c) {
	case '\r':
	case '\n': return GM_KEY_ENTER;
	case 27: return GM_KEY_ESC;
	case 8:
	case 127: return GM_KEY_BACKSPACE;
	default: return c >= 0x20 ? (unsigned int)c : 0;
	}
}

unsigned int gm_tty_key(struct gm_tty *t, int timeout_ms)
{
	wint_t c;

	(void)t;
	timeout(timeout_ms);
	switch (get_wch(&c)) {
	case OK: return plain_key(c);
	case KEY_CODE_YES: return special_key(c);
	default: return 0;
	}
}

bool gm_tty_mouse(struct gm_tty *t, struct gm_mouse *out)
{
	MEVENT e;

	(void)t;
	if (getmouse(&e) != OK || e.x < 0 || e.y < 0)
		return false;
	*out = (struct gm_mouse){ .x = (unsigned int)e.x, .y = (unsigned int)e.y };
	if (e.bstate & BUTTON4_PRESSED)
		out->what = GM_MOUSE_WHEEL_UP;
	else if (e.bstate & BUTTON5_PRESSED)
		out->what = GM_MOUSE_WHEEL_DOWN;
	else if (e.bstate & DOUBLE_CLICKS)
		out->what = GM_MOUSE_DOUBLE_CLICK;
	else if (e.bstate & CLICKS)
		out->what = GM_MOUSE_CLICK;
	else
		return false;
	return true;
}

int gm_tty_fd(const struct gm_tty *t)
{
	(void)t;
	return STDIN_FILENO;
}

void gm_tty_close(struct gm_tty *t)
{
	if (!t)
		return;
	free(t->reserve);
	if (t->screen) {
		set_term(t->screen);
		endwin();
		delscreen(t->screen);
		gm_log_hold(false);
	}
	free(t);
}
