/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* resource.h - what this process uses, and whether it or the host has run out of something. */
#ifndef GM_BASE_RESOURCE_H
#define GM_BASE_RESOURCE_H

#include <stdbool.h>
#include <stdint.h>

/* This process: user and system CPU time; bytes of memory, false if /proc does not say. */
uint64_t gm_self_cpu_ns(void);
bool gm_self_memory(uint64_t *virtual_bytes, uint64_t *resident_bytes);

/* Return true if an error means that this process, or the host, has no more of something: -ENOMEM, -EMFILE, -ENFILE. */
bool gm_is_scarce(int err);
/*
 * Return why a library failed that makes up errors of its own: -EMFILE, -ENFILE or -ENOMEM if there is no descriptor
 * or little memory (32 MiB) to be had now; else err.
 */
int gm_true_error(int err);

#endif
