/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* resource.h - what this process uses, and whether it, or the host, has run out of a resource. */
#ifndef GM_BASE_RESOURCE_H
#define GM_BASE_RESOURCE_H

#include <stdbool.h>
#include <stdint.h>

/* User and system CPU time of this process, and its memory in bytes; false: /proc cannot be read. */
uint64_t gm_self_cpu_ns(void);
bool gm_self_memory(uint64_t *virtual_bytes, uint64_t *resident_bytes);

/*
 * Return true if an error means that this process, or the host, has run out of a resource: -ENOMEM, -EMFILE, -ENFILE.
 */
bool gm_is_resource_error(int err);
/*
 * Returns the reason why a library failed that uses error codes of its own: -EMFILE, -ENFILE or -ENOMEM if no
 * descriptor or 32 MiB of memory can be had now; else err.
 */
int gm_library_error(int err);

#endif
