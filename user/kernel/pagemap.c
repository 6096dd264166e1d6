// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* pagemap.c - counts present pages by PAGEMAP_SCAN. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "kernel/pagemap.h"

/* include/uapi/linux/fs.h, Linux 6.7: newer than the headers that we build with. */
struct page_region {
	uint64_t start, end, categories;
};
struct pm_scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages, category_inverted, category_mask,
		category_anyof_mask, return_mask;
};
#define PAGEMAP_SCAN	_IOWR('f', 16, struct pm_scan_arg)
#define PAGE_IS_PRESENT	(1u << 3)
#define PAGE_IS_PFNZERO	(1u << 5)

#define REGIONS	256
/* Runs that are farther apart are scanned one by one: the kernel would report what is in between. */
#define GAP	(1u << 21)

int gm_pagemap_open(uint32_t tgid)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/pagemap", tgid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Returns the bytes of the regions that are in runs; both are ascending. */
static uint64_t overlap(const struct page_region *r, size_t regions, const struct gm_page_run *runs, size_t nr)
{
	uint64_t bytes = 0;
	size_t k = 0;

	for (size_t i = 0; i < regions; i++) {
		while (k < nr && runs[k].end <= r[i].start)
			k++;
		for (size_t j = k; j < nr && runs[j].start < r[i].end; j++)
			bytes += min_u64(runs[j].end, r[i].end) - max_u64(runs[j].start, r[i].start);
	}
	return bytes;
}

/* Counts the runs of one range without larger gaps. */
static int scan(int fd, const struct gm_page_run *runs, size_t nr, uint64_t *present)
{
	struct page_region region[REGIONS];
	struct pm_scan_arg arg = { .size = sizeof(arg),
				   .start = runs[0].start,
				   .end = runs[nr - 1].end,
				   .vec = (uintptr_t)region,
				   .vec_len = REGIONS,
				   .category_inverted = PAGE_IS_PFNZERO,
				   .category_mask = PAGE_IS_PRESENT | PAGE_IS_PFNZERO,
				   .return_mask = PAGE_IS_PRESENT };
	int n;

	while (arg.start < arg.end) {
		n = ioctl(fd, PAGEMAP_SCAN, &arg);
		if (n < 0)
			return -errno;
		*present += overlap(region, (size_t)n, runs, nr);
		if (arg.walk_end <= arg.start)
			return -EIO;
		arg.start = arg.walk_end;
	}
	return 0;
}

int gm_pagemap_present(int fd, const struct gm_page_run *runs, size_t nr, uint64_t *present)
{
	size_t first = 0;
	int err = 0;

	*present = 0;
	for (size_t i = 1; i <= nr && !err; i++) {
		if (i < nr && runs[i].start - runs[i - 1].end < GAP)
			continue;
		err = scan(fd, runs + first, i - first, present);
		first = i;
	}
	return err;
}
