/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * machine_map.h - a file in which an operator says which machine a process runs. docs/machines.md has the format for
 * users.
 *
 * One rule a line: NAME FIELD=PATTERN..., words separated by blanks, "..." around what has blanks of its own, #
 * begins a comment. The first rule whose patterns all match names the machine. FIELD is uuid, name, id, comm, cgroup
 * (any of the process's paths) or pidfile (the file of -pidfile, or a file that has the process's number in it). A
 * PATTERN is one of fnmatch(3) in which * matches / as well; for pidfile files are looked up, so there it is one of
 * glob(7). NAME may have {FIELD} in it: the field's text, of a cgroup the last component, of a pid file the name
 * without its directory and ".pid".
 */
#ifndef GM_PAST_MACHINE_MAP_H
#define GM_PAST_MACHINE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include "record/record.h"
#include "record/feed.h"

struct gm_machine_map;

/*
 * Parses len bytes. 0; -EINVAL: why has the line and what is wrong with it; -ENOMEM. *out is freed with
 * gm_machine_map_free().
 */
int gm_machine_map_parse(struct gm_machine_map **out, const char *text, size_t len, char *why, size_t size);
/* The same of a file; -errno of reading it as well, told in why. */
int gm_machine_map_read(struct gm_machine_map **out, const char *path, char *why, size_t size);
/*
 * Sets p->mapped by the first rule that matches, or clears it. files: pid files may be looked up, because p lives on
 * this host now.
 */
void gm_machine_map_apply(const struct gm_machine_map *map, struct gm_rec_proc *p, bool files);
/* Applies it to what passes the feed, for as long as that is used; map NULL: nothing. */
void gm_machine_map_on(struct gm_machine_map *map, struct gm_feed *feed, bool files);
void gm_machine_map_free(struct gm_machine_map *map); /* NULL is none */

#endif
