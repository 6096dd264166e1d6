/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * settings_opts.h - gmemtop's options about settings, colours and columns, and when its settings are read and saved.
 *
 * A zeroed struct and gm_settings_rows are the tool's `more`; gm_settings_check() in check(), gm_settings_start() in
 * start(), gm_settings_keep() after each key.
 */
#ifndef GM_TOP_SETTINGS_OPTS_H
#define GM_TOP_SETTINGS_OPTS_H

#include "session/session.h"
#include "top/settings_file.h"

struct gm_settings_opts {
	const char *file;		/* --settings */
	bool none;			/* --no-settings */
	enum gm_theme theme;		/* --theme */
	const char *columns;		/* --columns */
	struct gm_settings settings;	/* as read */
	char path[GM_SETTINGS_PATH];	/* where they are; "": they are neither read nor saved */
};
extern const struct gm_opt_row gm_settings_rows[];

/*
 * Refuses options without effect, reads the settings, refuses an unknown set of columns. has_screen: a page is drawn on
 * a terminal; else settings are read only if --settings names a file. Ends the process with argp_error() for a wrong
 * option; a wrong line of the file is a warning.
 */
void gm_settings_check(struct gm_settings_opts *o, struct argp_state *state, bool has_screen);
/* Gives t what the settings and options say. */
void gm_settings_start(const struct gm_settings_opts *o, struct gm_top *t);
/* Return the colours: by the option, else the settings, else NO_COLOR (no-color.org). */
enum gm_theme gm_settings_theme(const struct gm_settings_opts *o);
/* Saves the sets of columns if t->save is set, and says where in t->note. */
void gm_settings_keep(const struct gm_settings_opts *o, struct gm_top *t);

#endif
