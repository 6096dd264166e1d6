/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * settings_file.h - the file of gmemtop's settings (settings.h): which one, reading, saving.
 *
 * gm_settings_file_find() unless the user named a file, gm_settings_file_read(), then gm_settings_file_save() when the
 * sets of columns have changed.
 */
#ifndef GM_TOP_SETTINGS_FILE_H
#define GM_TOP_SETTINGS_FILE_H

#include "top/settings.h"

#define GM_SETTINGS_PATH	4096	/* bytes of a path, with its end */

/*
 * Sets path (GM_SETTINGS_PATH bytes) to the file of the user as whom the process runs: gmemscope/gmemtop.conf in
 * $XDG_CONFIG_HOME, else in ~/.config. A directory of another user is not taken: with sudo, $HOME may still be that of
 * the user who called it; the home directory is then that of the password database. 0; -ENOENT: there is no home
 * directory.
 */
int gm_settings_file_find(char *path);
/*
 * Reads the file into c, with the warnings of gm_settings_read(). A file that does not exist, or cannot be read (a
 * warning), changes nothing.
 */
void gm_settings_file_read(struct gm_settings *c, const char *path);
/*
 * Replaces the file by one with t's sets, all at once (a rename). A new file has mode 0600; the folder of settings is
 * made if it does not exist. Root does not write to the folder, and not to the file, of another user. Returns NULL, or
 * why it failed, as a part of a sentence. Then t's sets count as saved.
 */
const char *gm_settings_file_save(struct gm_top *t, const char *path);

#endif
