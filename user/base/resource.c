// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* resource.c - what this process uses, and whether it, or the host, has run out of a resource. */
#include "base/resource.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

bool gm_is_resource_error(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE;
}

#define LITTLE_MEMORY (32u << 20)

int gm_library_error(int err)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), why = fd < 0 ? -errno : 0;
	void *volatile p = malloc(LITTLE_MEMORY); /* volatile: it must not be optimised away */

	if (fd >= 0)
		close(fd);
	if (!p)
		return -ENOMEM;
	free(p);
	return gm_is_resource_error(why) ? why : err;
}

uint64_t gm_self_cpu_ns(void)
{
	struct rusage use;

	if (getrusage(RUSAGE_SELF, &use))
		return 0;
	return ((uint64_t)use.ru_utime.tv_sec + (uint64_t)use.ru_stime.tv_sec) * 1000000000 +
	       ((uint64_t)use.ru_utime.tv_usec + (uint64_t)use.ru_stime.tv_usec) * 1000;
}

bool gm_self_memory(uint64_t *virtual_bytes, uint64_t *resident_bytes)
{
	unsigned long long size, resident, page = (unsigned long long)sysconf(_SC_PAGESIZE);
	FILE *f = fopen("/proc/self/statm", "re");
	bool ok = f && fscanf(f, "%llu %llu", &size, &resident) == 2;

	if (f)
		fclose(f);
	if (!ok)
		return false;
	*virtual_bytes = size * page;
	*resident_bytes = resident * page;
	return true;
}
