/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * atomic_file.h - a file that takes its name when it is whole: written beside it under another one and renamed, so
 * that a failure leaves what was there as it was. What is no regular file (/dev/null, a pipe) is written as it is.
 */
#ifndef GM_BASE_ATOMIC_FILE_H
#define GM_BASE_ATOMIC_FILE_H

struct gm_aside {
	char *path, *temp;	/* NULL: what was opened is written as it is */
};

/* Opens for writing, 0600. The descriptor, which is the caller's; -errno, not reported, then nothing is left behind. */
int gm_aside_open(struct gm_aside *a, const char *path);
/* All is written: gives the file its name. 0 or -errno, not reported. Frees. */
int gm_aside_commit(struct gm_aside *a);
/* It is not wanted: removes it. Frees; a zeroed or committed one is left alone. */
void gm_aside_drop(struct gm_aside *a);

#endif
