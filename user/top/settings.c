// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* settings.c - reads and writes the lines of gmemtop's settings. The values are checked by option rows. */
#include "top/settings.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "session/opt_row.h"
#include "top/top_int.h"

#define SET_PREFIX	"columns."
#define WARNINGS_MAX	8	/* warnings for a file; then one with the number of the other lines */
#define WHY_SIZE	900

const char *gm_theme_name(unsigned int theme)
{
	static const char *const names[] = {
		[GM_THEME_TERMINAL] = "terminal", [GM_THEME_LIGHT] = "light", [GM_THEME_MONO] = "mono"
	};

	return theme < GM_ARRAY_SIZE(names) ? names[theme] : NULL;
}

static const struct gm_opt_row keys[] = {
	{ "theme", 0, "NAME", NULL, GM_OPT_CHOICE, GM_IN(enum gm_theme, struct gm_settings, theme),
	  .min = GM_THEME_TERMINAL, .names = gm_theme_name },
	{ "sort", 0, "COLUMN", NULL, GM_OPT_WORD, GM_IN(const char *, struct gm_settings, sort), .names = gm_top_column,
	  .any_case = true },
	{ 0 },
};

void gm_settings_init(struct gm_settings *c)
{
	*c = (struct gm_settings){ 0 };
	gm_sets_init(&c->sets);
}

/* ---- lines ---- */

struct pair {
	const char *key, *value;
};

/* Splits a line, in place. Return false if it is empty or a comment; value is NULL if there is no "=". */
static bool split_line(char *line, struct pair *out)
{
	size_t len = strcspn(line, "\n");
	char *eq;

	line[len] = '\0';
	while (len && strchr(" \t\r", line[len - 1]))
		line[--len] = '\0';
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return false;
	*out = (struct pair){ .key = line };
	eq = strchr(line, '=');
	if (!eq)
		return true;
	out->value = eq + 1 + strspn(eq + 1, " \t");
	*eq = '\0';
	while (eq > line && strchr(" \t", eq[-1]))
		*--eq = '\0';
	return true;
}

/* Return the name of the set that a key is about; NULL: it is another key. */
static const char *set_of_key(const char *key)
{
	return strncmp(key, SET_PREFIX, strlen(SET_PREFIX)) != 0 ? NULL : key + strlen(SET_PREFIX);
}

/* Adds the columns to the set; a word that is no column is left out. Return false, with the reason, if one was. */
static bool read_columns(struct gm_top_columns *c, char *words, char *why, size_t size)
{
	static const struct gm_opt_row row = { "column",	 0,
					       "COLUMN",	 NULL,
					       GM_OPT_WORD,	 .names = gm_top_column,
					       .any_case = true, .size = sizeof(const char *) };
	bool ok = true;
	char *rest = words;

	gm_set_clear(c);
	for (char *word; (word = strtok_r(rest, " \t,", &rest));) {
		struct gm_top t = { 0 };
		const char *name;

		if (!gm_opt_row_set(&row, &name, "column", word, ok ? why : (char[WHY_SIZE]){ 0 },
				    ok ? size : WHY_SIZE))
			gm_set_add(c, gm_top_sort_by(&t, name) ? 0 : t.sort);
		else
			ok = false;
	}
	c->changed = false;
	return ok;
}

static bool read_set(struct gm_settings *c, const char *name, const char *value, char *why, size_t size)
{
	unsigned int nr;
	const char *not = gm_sets_copy(&c->sets, 0, name, &nr);
	char words[GM_SETTINGS_MAX];

	snprintf(why, size, "%s", not ? not : "");
	snprintf(words, sizeof(words), "%s", value);
	return !not &&read_columns(&c->sets.at[nr], words, why, size);
}

static bool read_pair(struct gm_settings *c, const struct pair *p, char *why, size_t size)
{
	const struct gm_opt_row *row = gm_opt_row_find(keys, p->key);

	if (!p->value) {
		snprintf(why, size, "not KEY = VALUE");
		return false;
	}
	if (set_of_key(p->key))
		return read_set(c, set_of_key(p->key), p->value, why, size);
	if (!strcmp(p->key, "set")) {
		snprintf(c->set, sizeof(c->set), "%s", p->value);
		return true;
	}
	if (!row) {
		snprintf(why, size, "unknown key '%s' (theme, sort, set, columns.NAME)", p->key);
		return false;
	}
	return !gm_opt_row_set(row, c, p->key, p->value, why, size);
}

static void warn_line(struct gm_settings *c, const char *file, unsigned int line, const char *why)
{
	char clean[WHY_SIZE];

	if (c->bad++ < WARNINGS_MAX)
		gm_warn("%s:%u: %s", file, line, gm_clean(clean, sizeof(clean), why, strlen(why)));
}

/* The set to show may be defined behind the line that names it. */
static void check_set(struct gm_settings *c, const char *file, unsigned int line)
{
	char why[GM_SETS_MAX * GM_SET_NAME + 80];
	size_t used;

	if (!c->set[0] || gm_sets_find(&c->sets, c->set) < c->sets.nr)
		return;
	used = (size_t)snprintf(why, sizeof(why), "set: '%s' is not one of ", c->set);
	for (unsigned int i = 0; i < c->sets.nr; i++)
		used += (size_t)snprintf(why + used, sizeof(why) - used, "%s%s", i ? ", " : "", c->sets.at[i].name);
	warn_line(c, file, line, why);
	c->set[0] = '\0';
}

void gm_settings_read(struct gm_settings *c, const char *file, char *text)
{
	unsigned int nr = 0, set_line = 0;
	char why[WHY_SIZE];
	struct pair p;

	for (char *line = text, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		next = next ? next + 1 : NULL;
		nr++;
		if (!split_line(line, &p))
			continue;
		if (!read_pair(c, &p, why, sizeof(why)))
			warn_line(c, file, nr, why);
		set_line = p.value && !strcmp(p.key, "set") ? nr : set_line;
	}
	check_set(c, file, set_line);
	if (c->bad > WARNINGS_MAX)
		gm_warn("%s: %u more lines are wrong and ignored", file, c->bad - WARNINGS_MAX);
}

void gm_settings_apply(const struct gm_settings *c, struct gm_top *t)
{
	t->sets = c->sets;
	if (c->set[0])
		gm_top_show(t, c->set);
	if (c->sort)
		gm_top_sort_by(t, c->sort);
}

/* ---- saving ---- */

static void put_set(struct gm_str *out, const struct gm_top_columns *c)
{
	gm_str_printf(out, SET_PREFIX "%s =", c->name);
	for (unsigned int i = 0; i < c->nr; i++)
		gm_str_printf(out, " %s", gm_top_cols[c->col[i]].name);
	gm_str_puts(out, "\n");
}

/* What is written so far of what gmemtop saves. */
struct saved {
	bool set[GM_SETS_MAX], shown;
};

static void put_shown(struct gm_str *out, const struct gm_top *t, struct saved *done)
{
	if (!done->shown)
		gm_str_printf(out, "set = %s\n", gm_top_shown(t)->name);
	done->shown = true;
}

/* Appends what becomes of a line. Return false if it stays as it is. */
static bool replace_line(struct gm_str *out, const struct pair *p, const struct gm_top *t, struct saved *done)
{
	const char *name = set_of_key(p->key);
	unsigned int nr;

	if (!strcmp(p->key, "set")) {
		put_shown(out, t, done);
		return true;
	}
	if (!name)
		return false;
	nr = gm_sets_find(&t->sets, name);
	if (nr == t->sets.nr)
		return gm_sets_was_dropped(&t->sets, name);
	if (t->sets.at[nr].changed && !done->set[nr])
		put_set(out, &t->sets.at[nr]);
	done->set[nr] = true;
	return t->sets.at[nr].changed;
}

void gm_settings_write(struct gm_str *out, const char *old, const struct gm_top *t)
{
	struct saved done = { 0 };
	char line[GM_SETTINGS_MAX];

	if (!old[0])
		gm_str_puts(out, "# Settings of gmemtop; gmemtop(8), SETTINGS, has the keys.\n");
	for (const char *next; *old; old = next) {
		size_t len = strcspn(old, "\n");
		struct pair p;

		next = old + len + (old[len] == '\n');
		snprintf(line, sizeof(line), "%.*s", (int)len, old);
		if (split_line(line, &p) && p.value && replace_line(out, &p, t, &done))
			continue;
		gm_str_add(out, old, len);
		gm_str_puts(out, "\n");
	}
	for (unsigned int i = 0; i < t->sets.nr; i++)
		if (t->sets.at[i].changed && !done.set[i])
			put_set(out, &t->sets.at[i]);
	put_shown(out, t, &done);
}
