/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * settings.h - gmemtop's settings as text: a file of lines "KEY = VALUE", untrusted input. gmemtop(8), SETTINGS, has
 * the keys.
 *
 * gm_settings_init(), gm_settings_read() for the text, gm_settings_apply() to a struct gm_top; gm_settings_write()
 * makes the text to save. The functions of settings_file.h do that with files.
 */
#ifndef GM_TOP_SETTINGS_H
#define GM_TOP_SETTINGS_H

#include "base/str.h"
#include "top/top.h"

#define GM_SETTINGS_MAX	65536	/* bytes of a settings file; what is longer is ignored */

struct gm_settings {
	struct gm_top_sets sets;
	char set[GM_SET_NAME];		/* the set to show first; "": not given */
	const char *sort;		/* column; NULL: not given */
	enum gm_theme theme;		/* GM_THEME_UNSET: not given */
	unsigned int bad;		/* lines that were ignored, in full or in part */
};

/* Sets what gmemtop has without settings. */
void gm_settings_init(struct gm_settings *c);
/*
 * Reads a text, which is changed. A line that is wrong is ignored, and reported with gm_warn(): file (its name, for
 * messages), line, and what is allowed.
 */
void gm_settings_read(struct gm_settings *c, const char *file, char *text);
/* Gives t the sets, the set to show and the column to sort by. */
void gm_settings_apply(const struct gm_settings *c, struct gm_top *t);
/*
 * Appends the text to save: the text that the file has now (old, "" for none), with the sets that have changed and the
 * set that is shown. Every other line is as it was: comments, keys that are set by hand, keys of a newer version.
 */
void gm_settings_write(struct gm_str *out, const char *old, const struct gm_top *t);

#endif
