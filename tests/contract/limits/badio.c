// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * badio.c - a library to preload into a tool, which simulates files that change and disks that fail, at the tool's
 * reads and writes of regular files.
 *
 *   GM_BADIO_AT=N        the Nth call does GM_BADIO_DO (the first call is 1)
 *   GM_BADIO_DO=WHAT     read-error, write-error: the call fails with EIO; cut: GM_BADIO_FILE becomes GM_BADIO_LEN
 *                        bytes long; grow: it becomes GM_BADIO_LEN bytes longer
 *   GM_BADIO_LOG=FILE    gets a byte when that was done
 *   GM_BADIO_SHORT=1     every read and write transfers one byte
 *
 * Reads are read(2) and pread(2), writes are write(2) and pwrite(2), if the tool itself calls them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned long reads, writes, at;
static const char *what = "", *file;
static long length;
static bool one_byte;

__attribute__((constructor)) static void start(void)
{
	const char *n = getenv("GM_BADIO_AT"), *len = getenv("GM_BADIO_LEN");

	at = n ? strtoul(n, NULL, 10) : 0;
	length = len ? atol(len) : 0;
	what = getenv("GM_BADIO_DO") ? getenv("GM_BADIO_DO") : "";
	file = getenv("GM_BADIO_FILE");
	one_byte = getenv("GM_BADIO_SHORT");
	unsetenv("LD_PRELOAD");
}

static bool is_file(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

static void note(void)
{
	const char *log = getenv("GM_BADIO_LOG");
	int fd = log ? open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd >= 0 && syscall(SYS_write, fd, "x", 1) == 1)
		close(fd);
}

static void grow(void)
{
	int fd = open(file, O_WRONLY | O_APPEND | O_CLOEXEC);

	for (long i = 0; i < length && fd >= 0; i++)
		syscall(SYS_write, fd, "", 1);
	close(fd);
}

/* Counts the call, and does GM_BADIO_DO at its turn. Returns true if the call must fail. */
static bool inject_fault(int fd, unsigned long *nr, const char *error)
{
	if (!at || !is_file(fd) || ++*nr != at)
		return false;
	if (nr == &reads && !strcmp(what, "cut") && truncate(file, length))
		abort();
	if (nr == &reads && !strcmp(what, "grow"))
		grow();
	if (strcmp(what, error) && (nr == &writes || !strstr("cut grow", what)))
		return false;
	note();
	errno = EIO;
	return !strcmp(what, error);
}

static size_t some(int fd, size_t len)
{
	return one_byte && len > 1 && is_file(fd) ? 1 : len;
}

ssize_t read(int fd, void *buf, size_t len)
{
	return inject_fault(fd, &reads, "read-error") ? -1 : syscall(SYS_read, fd, buf, some(fd, len));
}

ssize_t pread(int fd, void *buf, size_t len, off_t offset)
{
	return inject_fault(fd, &reads, "read-error") ? -1 : syscall(SYS_pread64, fd, buf, len, offset);
}

ssize_t write(int fd, const void *buf, size_t len)
{
	return inject_fault(fd, &writes, "write-error") ? -1 : syscall(SYS_write, fd, buf, some(fd, len));
}

ssize_t pwrite(int fd, const void *buf, size_t len, off_t offset)
{
	return inject_fault(fd, &writes, "write-error") ? -1 : syscall(SYS_pwrite64, fd, buf, len, offset);
}
