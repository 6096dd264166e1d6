/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * atomic_file.h - replaces a file by a complete one. The new contents are written to a temporary file beside the old
 * one, which is renamed at the end, so that after a failure the old file is as it was. A path that is no regular file
 * (/dev/null, a pipe) is written in place.
 *
 * gm_atomic_file_open(), write to the descriptor and close it, then gm_atomic_file_commit() or
 * gm_atomic_file_discard(). Nothing is reported; errors are those of open(2), mkostemp(3) and rename(2), and -ENOMEM.
 */
#ifndef GM_BASE_ATOMIC_FILE_H
#define GM_BASE_ATOMIC_FILE_H

struct gm_atomic_file {
	char *path, *temp;	/* NULL: written in place */
};

/*
 * Opens a file for writing, with mode 0600. Returns the descriptor, which is the caller's; -errno: nothing is left
 * behind.
 */
int gm_atomic_file_open(struct gm_atomic_file *a, const char *path);
/* Replaces the old file by the new one, and frees a. 0; -errno: the old file stays, the temporary one is removed. */
int gm_atomic_file_commit(struct gm_atomic_file *a);
/* Removes the temporary file, and frees a. Does nothing if a is zeroed or was committed. */
void gm_atomic_file_discard(struct gm_atomic_file *a);

#endif
