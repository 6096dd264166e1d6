/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pagemap.h - which pages of a process are in its page tables, by ioctl PAGEMAP_SCAN (Linux 6.7,
 * Documentation/admin-guide/mm/pagemap.rst). It reads, and changes no page.
 *
 * Opening takes a reference to the process's memory for a moment: see procinfo.h. An open file keeps no more than the
 * memory's descriptor: fs/proc/base.c, proc_mem_open(), and do_pagemap_scan(), 6.12 to 7.3. So open it once, and not of
 * a process that is exiting.
 */
#ifndef GM_KERNEL_PAGEMAP_H
#define GM_KERNEL_PAGEMAP_H

#include <stddef.h>
#include <stdint.h>

/* Pages of a process in a row: addresses in bytes. */
struct gm_page_run { uint64_t start, end; };

/* Opens the page map of a process. A descriptor, to be closed; -errno, not reported. */
int gm_pagemap_open(uint32_t tgid);
/*
 * Counts the bytes of the runs that are present; a page of zeroes that all processes share is not counted. The runs are
 * ascending and do not overlap. 0: *present is filled in; -ENOTTY: this kernel cannot; another -errno.
 */
int gm_pagemap_present(int fd, const struct gm_page_run *runs, size_t nr, uint64_t *present);

#endif
