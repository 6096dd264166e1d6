// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * top_foot.c - the bottom line: F keys with their labels, other keys as far as the width suffices, and at its end the
 * place in a page that is longer than the screen. Or what is typed, or what the last key did.
 */
#include "top/top_int.h"

#include <stdio.h>
#include <string.h>

#define PARTS_MAX	32
#define KEYS_MAX	128	/* rows of the table of keys */
#define LABELS_MIN	15	/* columns: F1Help F10Quit */

/* A key in the bottom line, in columns. */
struct part {
	const struct gm_key_row *key;
	unsigned int at, label, to;	/* label: where the label begins; = to: none */
};
struct foot {
	struct part part[PARTS_MAX];
	unsigned int nr, width;
	char place[320];			/* at the end of the line; "" if all lines are shown */
};

/* Sets f->place: "12-40 of 93", behind the filter if there is room for it. */
static void put_place(const struct gm_top *t, size_t lines, unsigned int width, struct foot *f)
{
	size_t to = t->scroll + (uint64_t)t->visible < lines ? t->scroll + t->visible : lines;
	bool filtered = t->filter[0] && (t->page == GM_TOP_MAIN || t->page == GM_TOP_TREE);
	char filter[4 * sizeof(t->filter)], where[48] = "";

	if (t->visible < lines)
		snprintf(where, sizeof(where), "%zu-%zu of %zu", to ? (size_t)t->scroll + 1 : 0, to, lines);
	gm_shorten(gm_plain(filter, sizeof(filter), t->filter), 24);
	snprintf(f->place, sizeof(f->place), "%s%s%s%s%s", filtered ? "filter \"" : "", filtered ? filter : "",
		 filtered ? "\"" : "", filtered && where[0] ? "  " : "", where);
	if (gm_columns(f->place) + 8 > width)
		snprintf(f->place, sizeof(f->place), "%s", strlen(where) + 8 > width ? "" : where);
}

static unsigned int label_cols(const struct gm_key_row *k)
{
	return 2 + (gm_key_f(k) > 9) + (unsigned int)strlen(k->label);
}

/* Return the page's most important F key that is not chosen yet and fits into room columns; gm_top_keys_nr: none. */
static unsigned int next_label(const struct gm_top *t, const bool *chosen, unsigned int room)
{
	unsigned int best = gm_top_keys_nr;

	for (unsigned int i = 0; i < gm_top_keys_nr; i++) {
		const struct gm_key_row *k = &gm_top_keys[i];

		if (k->label && !chosen[i] && gm_key_is_active(k, t) && label_cols(k) <= room &&
		    (best == gm_top_keys_nr || k->drop < gm_top_keys[best].drop))
			best = i;
	}
	return best;
}

/* Adds as many F keys as fit into room columns, in the order of the table. */
static void put_labels(const struct gm_top *t, unsigned int room, struct foot *f)
{
	bool chosen[KEYS_MAX] = { false };
	unsigned int at = 0, next;

	while ((next = next_label(t, chosen, room)) < KEYS_MAX && next < gm_top_keys_nr) {
		unsigned int cols = label_cols(&gm_top_keys[next]) + 1;

		chosen[next] = true;
		room -= cols < room ? cols : room;
	}
	for (unsigned int i = 0; i < gm_top_keys_nr && i < KEYS_MAX && f->nr < PARTS_MAX; i++) {
		const struct gm_key_row *k = &gm_top_keys[i];

		if (!chosen[i])
			continue;
		f->part[f->nr++] =
			(struct part){ k, at, at + label_cols(k) - (unsigned int)strlen(k->label), at + label_cols(k) };
		at += label_cols(k) + 1;
	}
}

/*
 * Return the columns for F keys. The main page fills the line with them; other pages and a replay have keys of their
 * own, which are less known, and need room as well.
 */
static unsigned int labels_room(const struct gm_top *t, unsigned int room)
{
	unsigned int least = room < LABELS_MIN ? room : LABELS_MIN, part = room * 3 / 5;

	if (t->page == GM_TOP_MAIN && !t->replay.on)
		return room;
	return part > least ? part : least;
}

static unsigned int foot_end(const struct foot *f)
{
	return f->nr ? f->part[f->nr - 1].to : 0;
}

static void make_foot(const struct gm_top *t, size_t lines, unsigned int width, struct foot *f)
{
	unsigned int room;

	*f = (struct foot){ .width = width };
	put_place(t, lines, width, f);
	room = f->place[0] ? width - (unsigned int)gm_columns(f->place) - 2 : width;
	put_labels(t, labels_room(t, room), f);
	for (unsigned int i = 0; i < gm_top_keys_nr && f->nr < PARTS_MAX; i++) {
		const struct gm_key_row *k = &gm_top_keys[i];
		unsigned int from = foot_end(f) ? foot_end(f) + 2 : 0, to;

		if (!k->brief || k->label || !gm_key_is_active(k, t))
			continue;
		to = from + (unsigned int)(strlen(k->name) + 1 + strlen(k->brief));
		if (to <= room)
			f->part[f->nr++] = (struct part){ k, from, to, to };
	}
}

static void print_foot(const struct foot *f, struct gm_frame *out)
{
	struct gm_str b = { 0 };

	for (unsigned int i = 0; i < f->nr; i++) {
		const struct part *p = &f->part[i];
		unsigned int used = (unsigned int)b.len; /* of ASCII */

		gm_str_printf(&b, "%*s", (int)(p->at - used), "");
		if (p->key->label)
			gm_str_printf(&b, "F%u%s", gm_key_f(p->key), p->key->label);
		else
			gm_str_printf(&b, "%s %s", p->key->name, p->key->brief);
	}
	if (f->place[0] && gm_columns(f->place) + b.len <= f->width)
		gm_str_printf(&b, "%*s%s", (int)(f->width - gm_columns(f->place) - b.len), "", f->place);
	gm_frame_add_str(out, GM_ATTR_DIM, &b);
	for (unsigned int i = 0; i < f->nr; i++)
		if (f->part[i].label < f->part[i].to)
			gm_frame_span(out, GM_ATTR_KEY, f->part[i].label, f->part[i].to - f->part[i].label);
	if (f->place[0])
		gm_frame_span(out, GM_ATTR_BOLD, f->width - (unsigned int)gm_columns(f->place),
			      (unsigned int)gm_columns(f->place));
}

/* ---- what is typed ---- */

static void add_prompt(struct gm_items *it, const char *what, const char *text, const char *keep)
{
	gm_item(it, "%s: %s_", what, text);
	gm_item(it, "Enter %s", keep);
	gm_item(it, "Esc drop");
}

/* Return true if the line has something else to say than the keys. */
static bool make_prompt(const struct gm_top *t, struct gm_items *it)
{
	char text[4 * sizeof(t->filter)];

	if (t->typing) {
		add_prompt(it, "filter", gm_plain(text, sizeof(text), t->filter), "keep");
	} else if (t->searching) {
		add_prompt(it, "search", gm_plain(text, sizeof(text), t->search), "keep");
		gm_item(it, "F3 next");
		gm_item(it, "%s", t->note);
	} else if (t->going) {
		add_prompt(it, "go to", gm_plain(text, sizeof(text), t->go[0] ? t->go : "10:15:03 / 90s"), "go");
	} else if (t->no_past) {
		gm_item(it, "only a replay goes back: --record FILE now, --replay FILE then");
	} else if (t->note[0]) {
		gm_item(it, "%s", t->note);
	}
	return it->text[0];
}

void gm_top_footer(const struct gm_top *t, size_t lines, unsigned int width, struct gm_frame *out)
{
	struct gm_items it = { .width = width };
	struct foot f;

	if (make_prompt(t, &it)) {
		gm_cut(it.text, width);
		gm_frame_add(out, GM_ATTR_BOLD, "%s", it.text);
		return;
	}
	make_foot(t, lines, width, &f);
	print_foot(&f, out);
}

unsigned int gm_top_footer_key(const struct gm_top *t, size_t lines, unsigned int width, unsigned int x)
{
	struct gm_items it = { .width = width };
	struct foot f;

	if (make_prompt(t, &it))
		return 0;
	make_foot(t, lines, width, &f);
	for (unsigned int i = 0; i < f.nr; i++)
		if (x >= f.part[i].at && x < f.part[i].to)
			return f.part[i].key->key[0];
	return 0;
}
