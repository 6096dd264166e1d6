// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* rec_io.c - reads bytes of a recording at an offset; the file's position stays. */
#include "record/rec_reader_int.h"

#include <errno.h>
#include <unistd.h>

int gm_read_at(int fd, void *buf, size_t len, uint64_t offset)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(fd, (char *)buf + got, len - got, (off_t)(offset + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : 0;
		got += (size_t)n;
	}
	return 1;
}
