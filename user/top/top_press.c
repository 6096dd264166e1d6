// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* top_press.c - applies keys and mouse events to struct gm_top: by the table of keys, or to what is being typed. */
#include "base/utf8.h"
#include "base/vec.h"
#include "top/top_int.h"
#include "top/tty.h"

#include <stdio.h>
#include <string.h>

#define WHEEL_LINES 3

/* Builds t's page as the last frame showed it. */
static void build_page(const struct gm_model *m, const struct gm_top *t, struct gm_page *p)
{
	gm_top_build(m, t, t->width ? t->width : 80, false, p);
}

/* ---- search ---- */

static const char *machine_name(const struct gm_model *m, uint32_t id)
{
	for (size_t i = 0; i < m->machines.nr; i++) {
		const struct gm_machine *mc = m->machines.at[i];

		if (mc->id == id)
			return mc->name;
	}
	return NULL;
}

/* A machine's row matches by its whole name, which the line may not have room for; every other line by its text. */
static bool line_matches(const struct gm_model *m, const struct gm_page *p, size_t line, const char *text)
{
	const struct gm_target *at = gm_page_at(p, line);
	const char *name = at && at->kind == GM_TARGET_MACHINE ? machine_name(m, at->machine) : NULL;

	return gm_clean_is_match(name ? name : p->body.line[line].text, text, true);
}

static void go_to_line(struct gm_top *t, const struct gm_page *p, size_t line)
{
	if (gm_top_view(t)->is_list)
		gm_top_select(t, gm_page_at(p, line));
	else
		t->found = (unsigned int)line + 1;
}

/* Goes to the next line (way 1) or the previous one (-1) that has the text; here: the present line counts as well. */
static void find_text(const struct gm_model *m, struct gm_top *t, int way, bool here)
{
	struct gm_page p;
	size_t at, nr;

	build_page(m, t, &p);
	nr = p.body.nr;
	at = p.focus < nr ? p.focus : t->scroll < nr ? t->scroll : 0;
	here |= p.focus >= nr; /* nothing was found yet: the first line that is shown may be the one */
	snprintf(t->note, sizeof(t->note), "not found");
	for (size_t i = here ? 0 : 1; t->search[0] && i < nr + !here; i++) {
		size_t line = way > 0 ? (at + i) % nr : (at + nr - i % nr) % nr;

		if (!line_matches(m, &p, line, t->search))
			continue;
		go_to_line(t, &p, line);
		t->note[0] = '\0';
		break;
	}
	gm_page_release(&p);
}

/* ---- what is typed ---- */

/* Applies a key to a line being typed. Return true if typing goes on; Esc empties the line. */
static bool edit_line(char *text, size_t size, unsigned int key)
{
	size_t len = strlen(text);

	if (key == GM_KEY_ESC) {
		text[0] = '\0';
	} else if (key == GM_KEY_BACKSPACE && len) {
		while (--len && ((unsigned char)text[len] & 0xc0) == 0x80)
			;
		text[len] = '\0';
	} else {
		gm_utf8_add(text, size, key);
	}
	return key != GM_KEY_ESC && key != GM_KEY_ENTER;
}

static void edit_go_time(struct gm_top *t, unsigned int key)
{
	t->going = edit_line(t->go, sizeof(t->go), key);
	if (!t->going && t->go[0])
		t->steer = GM_TOP_STEER_GO;
}

static void edit_search(const struct gm_model *m, struct gm_top *t, unsigned int key)
{
	if (key == GM_KEY_F(3)) {
		find_text(m, t, 1, false);
		return;
	}
	t->searching = edit_line(t->search, sizeof(t->search), key);
	if (t->search[0] && key != GM_KEY_ENTER)
		find_text(m, t, 1, true);
	if (!t->search[0])
		t->found = 0;
}

/* Return true if a line is being typed: it has taken the key. */
static bool type_key(const struct gm_model *m, struct gm_top *t, unsigned int key)
{
	if (t->typing)
		t->typing = edit_line(t->filter, sizeof(t->filter), key);
	else if (t->going)
		edit_go_time(t, key);
	else if (t->searching)
		edit_search(m, t, key);
	else
		return false;
	return true;
}

/* ---- the table ---- */

static bool sort_by_letter(const struct gm_model *m, struct gm_top *t, unsigned int key)
{
	for (unsigned int i = 0; i < gm_top_cols_nr; i++) {
		if (gm_top_cols[i].letter && (unsigned char)gm_top_cols[i].letter == key && gm_col_is_available(m, i)) {
			t->sort = i;
			return true;
		}
	}
	return false;
}

static bool matches_key(const struct gm_key_row *k, unsigned int key)
{
	for (size_t i = 0; key && i < GM_ARRAY_SIZE(k->key); i++)
		if (k->key[i] == key)
			return true;
	return false;
}

/* Return true if the key steers a replay and none is shown. */
static bool needs_replay(const struct gm_top *t, unsigned int key)
{
	for (unsigned int i = 0; i < gm_top_keys_nr; i++)
		if (matches_key(&gm_top_keys[i], key) && gm_top_keys[i].source == GM_KEY_REPLAY)
			return !t->replay.on;
	return false;
}

/* Opened from a row, the page of pins begins with the row's machine. */
static void show_pins_of_selected(const struct gm_model *m, struct gm_top *t)
{
	const char *name = t->selected ? machine_name(m, t->selected) : NULL;
	struct gm_page p;

	if (!name)
		return;
	build_page(m, t, &p);
	for (size_t i = 0; i < p.body.nr; i++) {
		if (!gm_clean_is_match(p.body.line[i].text, name, true))
			continue;
		t->scroll = (unsigned int)i;
		break;
	}
	gm_page_release(&p);
}

static void press_row(const struct gm_model *m, struct gm_top *t, const struct gm_key_row *k)
{
	enum gm_top_page before = t->page;
	struct gm_page p;

	build_page(m, t, &p);
	k->fn(m, t, &p, k->arg);
	gm_page_release(&p);
	if (t->page == GM_TOP_PINS && before != GM_TOP_PINS)
		show_pins_of_selected(m, t);
	if (t->find)
		find_text(m, t, t->find, false);
	t->find = 0;
}

void gm_top_key(const struct gm_model *m, struct gm_top *t, unsigned int key)
{
	t->no_past = false;
	t->note[0] = '\0';
	if (type_key(m, t, key))
		return;
	for (unsigned int i = 0; i < gm_top_keys_nr; i++) {
		if (matches_key(&gm_top_keys[i], key) && gm_key_is_active(&gm_top_keys[i], t)) {
			press_row(m, t, &gm_top_keys[i]);
			return;
		}
	}
	if ((t->page == GM_TOP_MAIN || t->page == GM_TOP_TREE) && sort_by_letter(m, t, key))
		return;
	t->no_past = needs_replay(t, key);
}

/* ---- mouse ---- */

/* A click on the sorted column's head turns the order round. */
static void click_head(struct gm_top *t, const struct gm_page *p, unsigned int x)
{
	for (unsigned int i = 0; i < p->heads; i++) {
		if (x < p->head[i].from || x >= p->head[i].to)
			continue;
		t->reverse = t->sort == p->head[i].col && !t->reverse;
		t->sort = p->head[i].col;
	}
}

/* Return the key that a click stands for, after selecting the row that it hit; 0: none. */
static unsigned int click_page(struct gm_top *t, const struct gm_page *p, const struct gm_mouse *event)
{
	size_t line = t->scroll + (size_t)(event->y - t->body_y);
	const struct gm_target *at = gm_page_at(p, line);

	if (event->y + 1 == t->height)
		return gm_top_footer_key(t, p->body.nr, p->width, event->x);
	if (event->y + 1 == t->body_y)
		click_head(t, p, event->x);
	if (event->y < t->body_y || event->y >= t->body_y + t->visible || !at)
		return 0;
	gm_top_select(t, at);
	return line == p->focus ? GM_KEY_ENTER : 0;
}

/* A double click opens a row, whether it was selected or not. Elsewhere it is one click. */
static bool must_open(const struct gm_page *p, const struct gm_top *t, const struct gm_mouse *event)
{
	return event->what == GM_MOUSE_DOUBLE_CLICK && event->y >= t->body_y && event->y + 1 < t->height &&
	       gm_page_at(p, t->scroll + (size_t)(event->y - t->body_y));
}

static void click(const struct gm_model *m, struct gm_top *t, const struct gm_mouse *event)
{
	struct gm_page p;
	unsigned int key;

	if (t->typing || t->going || t->searching)
		gm_top_key(m, t, GM_KEY_ENTER);
	t->note[0] = '\0';
	build_page(m, t, &p);
	key = click_page(t, &p, event);
	key = must_open(&p, t, event) ? GM_KEY_ENTER : key;
	gm_page_release(&p);
	if (key)
		gm_top_key(m, t, key);
}

void gm_top_mouse(const struct gm_model *m, struct gm_top *t, const struct gm_mouse *event)
{
	if (event->what == GM_MOUSE_CLICK || event->what == GM_MOUSE_DOUBLE_CLICK) {
		click(m, t, event);
		return;
	}
	for (int i = 0; i < WHEEL_LINES; i++)
		gm_top_key(m, t, event->what == GM_MOUSE_WHEEL_UP ? GM_KEY_UP : GM_KEY_DOWN);
}
