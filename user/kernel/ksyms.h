/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ksyms.h - names of kernel functions by address, from /proc/kallsyms. If addresses are hidden (no CAP_SYSLOG,
 * kptr_restrict), no function has a name, and no address is ever printed instead.
 *
 * gm_ksyms_read(), gm_ksyms_find() and gm_ksyms_stack(), gm_ksyms_free(). Errors are not reported.
 */
#ifndef GM_KERNEL_KSYMS_H
#define GM_KERNEL_KSYMS_H

#include <stddef.h>
#include <stdint.h>

struct gm_ksyms;

/*
 * Calls fn for each symbol, of any type, in a file in the format of /proc/kallsyms. part: only lines that contain it
 * are parsed ("": all), because a search is faster than parsing 200000 lines. Hidden addresses are 0. Ends early if fn
 * does not return 0, and returns that value. 0; -errno of opening the file.
 */
typedef int (*gm_ksym_fn)(void *arg, uint64_t addr, char type, const char *name);
int gm_ksyms_each(const char *path, const char *part, gm_ksym_fn fn, void *arg);

/* Reads the text symbols of a file in the format of /proc/kallsyms. 0; -errno: no such file, no memory. */
int gm_ksyms_read(struct gm_ksyms **out, const char *path);
void gm_ksyms_free(struct gm_ksyms *k); /* NULL allowed */

/*
 * Returns the name of the function that contains addr, and the offset in it; NULL: unknown (as all are if k is NULL).
 * The name is valid as long as k. An address beyond the last function of an area counts as in that function: kallsyms
 * has no sizes.
 */
const char *gm_ksyms_find(const struct gm_ksyms *k, uint64_t addr, uint64_t *offset);

/*
 * Writes a stack as text, "name+0x12;name2+0x4;...", into buf (size > 0): complete names only; "?" for an unknown one.
 * Leading frames of the tracing itself (BPF programs, trampolines, tracepoint glue) are left out. Returns the number of
 * frames written.
 */
unsigned int gm_ksyms_stack(const struct gm_ksyms *k, const uint64_t *ip, unsigned int nr, char *buf, size_t size);

#endif
