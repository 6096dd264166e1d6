/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * machine_map.h - the operator's file that assigns processes to machines. docs/machines.md has the format for users.
 *
 * One rule a line: NAME FIELD=PATTERN..., words separated by blanks, quoted with "..." if they have blanks; # begins a
 * comment. The first rule whose patterns all match names the machine. FIELD is uuid, name, id, comm, cgroup (any of the
 * process's paths) or pidfile (the file of -pidfile, or a file that has the process's number in it). A PATTERN is one
 * of fnmatch(3) in which * matches / as well; for pidfile it is one of glob(7), because files are looked up. NAME may
 * contain {FIELD}: the field's text, of a cgroup the last component, of a pid file the name without its directory and
 * ".pid".
 *
 * gm_machine_map_read() or gm_machine_map_parse(); gm_machine_map_on() or gm_machine_map_apply();
 * gm_machine_map_free(), once the feed is no longer used. Errors are returned with a text, not reported.
 */
#ifndef GM_PAST_MACHINE_MAP_H
#define GM_PAST_MACHINE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include "record/record.h"
#include "record/feed.h"

struct gm_machine_map;

/*
 * Parses a map of len bytes. 0: free *out with gm_machine_map_free(); -EINVAL or -ENOMEM: why has the line and the
 * reason.
 */
int gm_machine_map_parse(struct gm_machine_map **out, const char *text, size_t len, char *why, size_t size);
/*
 * Reads a map from a file. 0: free *out with gm_machine_map_free(); -EINVAL, -ENOMEM, -EFBIG (8 MiB or more) or the
 * -errno of reading: why has the reason.
 */
int gm_machine_map_read(struct gm_machine_map **out, const char *path, char *why, size_t size);
/*
 * Sets p->mapped by the first rule that matches, or empties it. files: pid files may be looked up, because p is a
 * process of this host now.
 */
void gm_machine_map_apply(const struct gm_machine_map *map, struct gm_rec_proc *p, bool files);
/* Applies the map to the processes that pass a feed; map NULL: none. The map must outlive the use of the feed. */
void gm_machine_map_on(struct gm_machine_map *map, struct gm_feed *feed, bool files);
void gm_machine_map_free(struct gm_machine_map *map); /* NULL allowed */

#endif
