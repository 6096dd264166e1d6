// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* settings_opts.c - options about settings, and when the file is read and saved. */
#include "top/settings_opts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The sets that a settings file adds are known when all options are parsed. */
static int parse_columns(void *to, const char *arg, char *why, size_t size)
{
	(void)why, (void)size;
	*(const char **)to = arg;
	return 0;
}

#define IN(T, field) GM_IN(T, struct gm_settings_opts, field)

const struct gm_opt_row gm_settings_rows[] = {
	{ "columns", 'c', "SET", "Start with these columns: memory (default), phases", GM_OPT_CALL,
	  IN(const char *, columns), .names = gm_top_set_name, .parse = parse_columns },
	{ "theme", 0, "NAME", "Use colours terminal (default), light or mono", GM_OPT_CHOICE,
	  IN(enum gm_theme, theme), .min = GM_THEME_TERMINAL, .names = gm_theme_name },
	{ "settings", 0, "FILE", "Read and save settings in FILE", GM_OPT_TEXT, IN(const char *, file), .is_path = true,
	  .rare = true },
	{ "no-settings", 0, NULL, "Neither read nor save settings", GM_OPT_FLAG, IN(bool, none), .rare = true },
	{ 0 },
};

static void read_settings(struct gm_settings_opts *o, bool has_screen)
{
	gm_settings_init(&o->settings);
	if (o->none || (!o->file && !has_screen))
		return;
	if (o->file)
		snprintf(o->path, sizeof(o->path), "%s", o->file);
	else if (gm_settings_file_find(o->path))
		o->path[0] = '\0';
	if (o->path[0])
		gm_settings_file_read(&o->settings, o->path);
}

void gm_settings_check(struct gm_settings_opts *o, struct argp_state *state, bool has_screen)
{
	if (o->file && o->none)
		argp_error(state, "--settings and --no-settings: give only one");
	if (o->file && (!o->file[0] || strlen(o->file) >= sizeof(o->path)))
		argp_error(state, "--settings needs the name of a file");
	read_settings(o, has_screen);
	if (o->columns && gm_sets_find(&o->settings.sets, o->columns) == o->settings.sets.nr)
		argp_error(state,
			   "--columns: '%s' is not one of memory, phases, and the sets of the settings file (%s)",
			   o->columns, o->path[0] ? o->path : "none is read");
}

void gm_settings_start(const struct gm_settings_opts *o, struct gm_top *t)
{
	unsigned int bad = o->settings.bad;

	gm_settings_apply(&o->settings, t);
	if (o->columns)
		gm_top_show(t, o->columns);
	if (bad)
		snprintf(t->note, sizeof(t->note), "settings: %u line%s ignored: see the messages at the end", bad,
			 bad > 1 ? "s" : "");
}

enum gm_theme gm_settings_theme(const struct gm_settings_opts *o)
{
	const char *no = getenv("NO_COLOR");

	if (o->theme || o->settings.theme)
		return o->theme ? o->theme : o->settings.theme;
	return no && no[0] ? GM_THEME_MONO : GM_THEME_TERMINAL;
}

void gm_settings_keep(const struct gm_settings_opts *o, struct gm_top *t)
{
	const char *why = o->path[0] ? NULL : o->none ? "--no-settings" : "no home directory";
	char path[GM_SETTINGS_PATH];

	if (!t->save)
		return;
	t->save = false;
	why = why ? why : gm_settings_file_save(t, o->path);
	gm_shorten(gm_plain(path, sizeof(path), o->path), 60);
	snprintf(t->note, sizeof(t->note), "columns are %ssaved%s%.250s", why ? "not " : "", why ? ": " : " to ",
		 why ? why : path);
}
