/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ksyms.h - names of kernel functions by address, from /proc/kallsyms. Where addresses are hidden (no CAP_SYSLOG,
 * kptr_restrict) there are none, and every look-up says so: no address is ever printed in a name's place.
 */
#ifndef GM_KERNEL_KSYMS_H
#define GM_KERNEL_KSYMS_H

#include <stddef.h>
#include <stdint.h>

struct gm_ksyms;

/*
 * Calls fn for each symbol, of any type, of a file in the format of /proc/kallsyms. part: only lines that contain it
 * are parsed ("": all), since a search is faster for 200000 lines. Hidden addresses are 0. Ends early when fn returns
 * another value than 0, and returns that. 0; -errno, not reported: no such file.
 */
typedef int (*gm_ksym_fn)(void *arg, uint64_t addr, char type, const char *name);
int gm_ksyms_each(const char *path, const char *part, gm_ksym_fn fn, void *arg);

/* Reads a file in the format of /proc/kallsyms. 0; -errno, not reported: no such file, no memory. */
int gm_ksyms_read(struct gm_ksyms **out, const char *path);
void gm_ksyms_free(struct gm_ksyms *k); /* NULL allowed */

/*
 * The function that holds addr, and how far in; NULL: not known (k may be NULL: nothing is). A name lives as long as
 * k. Addresses beyond the last function of an area are given to it: kallsyms tells no sizes.
 */
const char *gm_ksyms_find(const struct gm_ksyms *k, uint64_t addr, uint64_t *offset);

/*
 * A stack as text: "name+0x12;name2+0x4;..." into buf (size > 0), whole names only; "?" for an unknown one. Leading
 * frames that belong to the tracing itself (BPF programs, trampolines, tracepoint glue) are left out. Returns how
 * many frames are in it.
 */
unsigned int gm_ksyms_stack(const struct gm_ksyms *k, const uint64_t *ip, unsigned int nr, char *buf, size_t size);

#endif
