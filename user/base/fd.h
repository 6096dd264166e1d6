/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fd.h - complete reads and writes of a descriptor, and the width of stdout. Nothing is reported; errors are those of
 * open(2), read(2) and write(2).
 */
#ifndef GM_BASE_FD_H
#define GM_BASE_FD_H

#include <stddef.h>
#include <sys/types.h>

/* Writes all of data; signals do not interrupt it. fd must be blocking. 0; -errno: a part may have been written. */
int gm_write_all(int fd, const void *data, size_t len);
/*
 * Reads len bytes; signals do not interrupt it. Returns their number, less than len only at the end of the file; or
 * -errno.
 */
ssize_t gm_read_all(int fd, void *buf, size_t len);
/*
 * Reads the first size - 1 bytes of a file into buf and terminates them. path as in openat(2): relative to the folder
 * dir. Returns their number; -errno: the file cannot be opened; -EIO: it cannot be read. buf is empty on error.
 */
ssize_t gm_read_text(int dir, const char *path, char *buf, size_t size);
/* Return the columns of stdout's terminal; 80 if stdout is no terminal, or reports fewer than 20. */
unsigned int gm_stdout_columns(void);

#endif
